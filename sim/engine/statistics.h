/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What repeats say: moments, intervals, whether two sets of them differ, and how many it takes to see a difference.
 * For the comparison of `run` and for the stored baselines of `check`. Values that are NaN are left out everywhere.
 */
#ifndef SIM_ENGINE_STATISTICS_H
#define SIM_ENGINE_STATISTICS_H

#include "engine/base.h"

struct moments {
	double mean; /* NaN if n is 0 */
	double sd; /* with n - 1 below; exactly 0 if all values are alike; NaN if n is under 2 */
	u32 n;
};

/* Two sets of values. Values may be NULL where only moments are known; then there is no rank test. */
struct sample {
	struct moments m;
	const double *v; /* [n], without NaN */
};

enum stats_test {
	STATS_NONE, /* under two values on a side */
	STATS_EXACT, /* all alike on both sides: nothing random in it, p is 1 or 0 */
	STATS_WELCH,
	STATS_RANK,
};

struct moments stats_moments(const double *v, u32 n);
/* Moves what is no NaN to the front; how many that are. */
u32 stats_compact(double *v, u32 n);
/* Half width of the 95 % interval of the mean, Student's t; NaN under two values. */
double stats_half(const struct moments *m);

/* Two-sided p of Welch's t-test (unequal variances); NaN under two values on a side. */
double stats_welch(const struct moments *a, const struct moments *b);
/*
 * Two-sided p of the rank test of Wilcoxon, Mann and Whitney, twice the smaller tail. Up to 40 values together it
 * is exact, ties included (all ways to deal the ranks out); above, normal with corrections for ties and
 * continuity. NaN if a side is empty.
 */
double stats_rank(const double *a, u32 na, const double *b, u32 nb);
/* The smallest p that the rank test can give: 2 / (na + nb over na). */
double stats_rank_least(u32 na, u32 nb);
/*
 * Skewness (adjusted, G1) of the distances of all values from the mean of their own side; 0 where there is no
 * spread or under three values.
 */
double stats_skewness(const double *a, u32 na, const double *b, u32 nb);
/*
 * Two-sided p by the test that suits: the rank test where both sides' values are known, their |skewness| is above 1
 * and it can become significant at this level at all; else Welch's.
 */
double stats_test(const struct sample *a, const struct sample *b, double level,
		  enum stats_test *test);

/*
 * Corrects n p values in place for their number (Holm's step-down: whatever depends on whatever, the chance that
 * any is below the level by accident is the level's). NaN are no tests. How many tests there are.
 */
u32 stats_holm(double *p, u32 n);

/*
 * Values needed on each side so that a difference is significant at the (two-sided) level with this probability,
 * for Welch's test of two sides of this standard deviation; at least 2. 0 if it would be over a million.
 */
u32 stats_repeats(double sd, double difference, double level, double power);
/* The smallest difference that two sides of these moments show with this probability; NaN under two values. */
double stats_resolves(const struct moments *a, const struct moments *b, double level, double power);

#endif
