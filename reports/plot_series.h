/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to be drawn, worked out from the result arrays; how it looks is in plot.c. */
#ifndef REPORTS_PLOT_SERIES_H
#define REPORTS_PLOT_SERIES_H

#include "engine/arena.h"
#include "engine/result.h"
#include "reports/compare.h"

struct point {
	double time_s, mean;
	double half; /* of the 95 % interval; 0 below three repeats */
};

/* A variant's line. */
struct series {
	struct point *points;
	u32 n;
	bool band;
};

struct figure {
	const struct compare_row *row; /* for bars */
	u32 metric;
	struct series *series; /* [nr_variants]; NULL: bars */
	double max, max_time; /* over all series, bands included; of bars: over all cells */
	double min; /* of the lines */
	double start; /* taken off the lines: they show growth; 0: they show levels */
};

/* Figures in order of the metrics; *figures has room for c->nr_rows. 0 or -ENOMEM. */
int plot_figures(struct figure *figures, u32 *n, const struct result *r, const struct compare *c,
		 struct arena *a);

#endif
