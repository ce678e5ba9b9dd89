/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The comparison that the terminal table, the page and the bar charts show: headline metrics by
 * variants, over the repeats.
 *
 * Repeats that were stopped early are left out as long as the variant has a complete one; if it has
 * none, what it reached is shown and marked partial, and is not compared with the first variant.
 *
 * A level has a row for its peak and, unless it ended there, for its end; a ratio for its mean and end:
 * the peak of a utilization tells nothing.
 */
#ifndef REPORTS_COMPARE_H
#define REPORTS_COMPARE_H

#include "engine/arena.h"
#include "engine/result.h"
#include "engine/statistics.h"
#include "reports/format.h"

/* A star is promised to be wrong in at most so many tables; a difference that is told apart is found so often. */
#define COMPARE_LEVEL 0.05
#define COMPARE_POWER 0.95
/* How many repeats would show a difference of so much, is said. */
#define COMPARE_RESOLUTION 0.05

enum compare_stat {
	STAT_VALUE, /* counted and derived metrics */
	STAT_END,
	STAT_PEAK,
	STAT_MEAN,
};

struct compare_cell {
	double mean; /* over the repeats that have a value; NaN if none has */
	double half; /* half width of the 95 % confidence interval; NaN below two values */
	double p; /* against the first variant, two-sided; NaN if not testable */
	double holm; /* p, corrected for the number of comparisons in the table */
	enum stats_test test; /* that p is of */
	u32 n; /* repeats with a value */
	u32 of; /* repeats looked at */
	bool partial;
	bool differs; /* holm < COMPARE_LEVEL */
};

struct compare_row {
	const struct metric_info *metric;
	enum compare_stat stat;
	const char *label; /* as in summary.csv: "list_lru.bytes.peak" */
	struct compare_cell *cells; /* [nr_variants] */
	/*
	 * What nearly all of the level was already when the run began, alike in all variants: people are
	 * shown the growth over it. NaN: the level itself says more.
	 */
	double start;
	bool empty; /* no variant has a value */
	bool zero; /* 0 wherever there is a value */
	bool alike; /* every variant shows the same number */
};

struct compare {
	struct compare_row *rows;
	u32 nr_rows, nr_variants;
	bool spread; /* some cell has an interval */
	u32 nr_tests; /* cells with a test: those with nothing random in them are none */
	u32 nr_ranks; /* by the rank test */
	u32 nr_resolved; /* tests that find a difference of COMPARE_RESOLUTION */
	u32 most_repeats; /* that one of the others needs for it; 0: over a million */
	const char *most_label; /* which; NULL: none */
};

/* Rows of the headline metrics; everything is in a. 0 or -ENOMEM. */
int compare_build(struct compare *c, const struct result *r, struct arena *a);

/* ".end", ".peak", ".mean" or "". */
const char *compare_suffix(enum compare_stat stat);
/* The value of one run, NaN if there is none. metric is an index into r->metrics. */
double compare_value(const struct run_result *run, u32 metric, enum compare_stat stat);
/* Mean and half width of n values (NaN are left out); *count gets how many were left. */
double compare_mean(const double *v, u32 n, double *half, u32 *count);
/* The number of a cell as people see it: "5.58 GiB"; "+14.8 MiB" if the row counts from its start. */
const char *compare_text(char buf[FORMAT_LEN], const struct compare_row *row,
			 const struct compare *c, u32 variant);
/* Should this run be averaged (see above)? */
bool compare_uses(const struct result *r, const struct run_result *run);

/* Notes of all runs without repetitions, in order of first appearance. */
struct compare_note {
	const char *text;
	const char *of; /* "" if every variant has it, else "eager, lazy" */
	bool verdict; /* a result: shown without -v, too */
};

int compare_notes(const struct result *r, struct arena *a, struct compare_note **notes, u32 *n);

#endif
