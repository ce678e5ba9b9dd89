/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report.html: one page that can be mailed, archived and printed. No scripts, nothing loaded from
 * elsewhere; the pictures are inside. Holds no time and no host name.
 */
#ifndef REPORTS_HTML_H
#define REPORTS_HTML_H

#include <stdio.h>

#include "engine/arena.h"
#include "engine/result.h"
#include "reports/compare.h"
#include "reports/plot.h"

/* plots are SVG (may be empty). 0 or -ENOMEM; write errors stay in f. */
int html_write(FILE *f, const struct result *r, const struct compare *c,
	       const struct plot_set *plots, struct arena *a);

#endif
