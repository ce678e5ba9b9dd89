/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures of a result: one per headline metric that is not 0 or empty everywhere, and an overview of
 * four. Levels are lines over time (mean of the repeats, with the 95 % band from three repeats on),
 * totals are bars. gnuplot draws them in one go; the same result gives the same bytes.
 */
#ifndef REPORTS_PLOT_H
#define REPORTS_PLOT_H

#include "engine/arena.h"
#include "engine/diag.h"
#include "engine/result.h"
#include "reports/compare.h"

struct plot {
	const char *name; /* "list_lru.bytes", "overview": a file name without its suffix */
	const char *data; /* the picture; SVG begins at <svg, without an XML declaration */
	size_t len;
};

struct plot_set {
	struct plot *plots;
	u32 n;
};

struct plot_opts {
	const char *terminal; /* svg, png or pngcairo: those that write no date; NULL = svg */
	const char *gnuplot; /* program; NULL = gnuplot from PATH */
};

/*
 * Draws into *set, everything in a. Without gnuplot, or if it fails, a warning and an empty set: plots
 * never decide about success. 0, or -ENOMEM without a message.
 */
int plot_render(struct plot_set *set, const struct result *r, const struct compare *c,
		const struct plot_opts *opts, struct arena *a, struct diag *d);

/* Suffix of the files of a terminal, "svg" or "png"; NULL if it is not one of ours. */
const char *plot_suffix(const char *terminal);

#endif
