// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Statistics of repeats. Welch, Biometrika 34 (1947) 28; Mann and Whitney, Ann. Math. Stat. 18 (1947) 50; Holm, Scand.
 * J. Statist. 6 (1979) 65; the number of repeats by the iteration of Zar, Biostatistical Analysis, section 8.3.
 * Distributions are GSL's.
 */
#include "engine/statistics.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Above this the distribution counts as skewed: "highly" in Bulmer, Principles of Statistics. */
#define SKEWED 1.0
/* Values together that the rank test is exact for. */
#define EXACT_MOST 40
#define MOST_REPEATS 1000000

/* ---- moments ---- */

struct moments stats_moments(const double *v, u32 n)
{
	struct moments m = {NAN, NAN, 0};
	double sum = 0.0, squares = 0.0, first = NAN;
	bool alike = true;

	for (u32 i = 0; i < n; i++) {
		if (isnan(v[i]))
			continue;
		if (!m.n++)
			first = v[i];
		alike = alike && v[i] == first;
		sum += v[i];
	}
	if (!m.n)
		return m;
	/* the sum of n equal numbers is not always n times the number */
	m.mean = alike ? first : sum / m.n;
	for (u32 i = 0; i < n; i++)
		if (!isnan(v[i]))
			squares += (v[i] - m.mean) * (v[i] - m.mean);
	if (m.n > 1)
		m.sd = alike ? 0.0 : sqrt(squares / (m.n - 1));
	return m;
}

u32 stats_compact(double *v, u32 n)
{
	u32 left = 0;

	for (u32 i = 0; i < n; i++)
		if (!isnan(v[i]))
			v[left++] = v[i];
	return left;
}

double stats_half(const struct moments *m)
{
	return m->n > 1 ? gsl_cdf_tdist_Pinv(0.975, m->n - 1) * m->sd / sqrt(m->n) : NAN;
}

/* ---- Welch's t-test ---- */

/* Variance of a mean. */
static double variance_of_mean(const struct moments *m)
{
	return m->sd * m->sd / m->n;
}

/* Degrees of freedom, by Welch and Satterthwaite. */
static double freedom(const struct moments *a, const struct moments *b)
{
	double x = variance_of_mean(a), y = variance_of_mean(b);
	/* shares: the squares of small or large variances are no doubles any more */
	double share = x / (x + y), other = y / (x + y);

	return 1.0 / (share * share / (a->n - 1) + other * other / (b->n - 1));
}

double stats_welch(const struct moments *a, const struct moments *b)
{
	double spread, t, nu;

	if (a->n < 2 || b->n < 2)
		return NAN;
	spread = variance_of_mean(a) + variance_of_mean(b);
	/* every repeat alike on both sides: nothing is random, any difference is real */
	if (spread == 0.0)
		return a->mean == b->mean ? 1.0 : 0.0;
	/* GSL ends the program where it is asked for what is no number */
	if (!isfinite(spread))
		return isnan(spread) ? NAN : 1.0;
	t = fabs(a->mean - b->mean) / sqrt(spread);
	nu = freedom(a, b);
	if (isnan(t) || !isfinite(nu))
		return NAN;
	if (isinf(t))
		return 0.0;
	return min_of(2.0 * gsl_cdf_tdist_Q(t, nu), 1.0);
}

/* ---- rank test ---- */

struct ranked {
	double v;
	bool mine; /* of side a */
};

static int by_value(const void *x, const void *y)
{
	double a = ((const struct ranked *)x)->v, b = ((const struct ranked *)y)->v;

	return (a > b) - (a < b);
}

/*
 * Twice the rank of each of the n values, in their order: that of equal ones is their mean, so a half at most. *sum is
 * the sum over side a, *ties that of t^3 - t over groups of t equal ones.
 */
static void rank_all(struct ranked *all, u32 n, u32 *twice, u64 *sum, double *ties)
{
	qsort(all, n, sizeof(*all), by_value);
	*sum = 0;
	*ties = 0.0;
	for (u32 i = 0, end; i < n; i = end) {
		double t;

		for (end = i + 1; end < n && all[end].v == all[i].v; end++)
			;
		t = end - i;
		*ties += t * t * t - t;
		for (u32 k = i; k < end; k++) {
			twice[k] = i + 1 + end;
			if (all[k].mine)
				*sum += twice[k];
		}
	}
}

/*
 * ways[k][s]: of dealing k of the ranks to side a with the sum s. The counts are whole, and below 2^53 for 40 values.
 */
static double rank_exact(const u32 *twice, u32 n, u32 na, u64 sum)
{
	enum { SUMS = EXACT_MOST * (EXACT_MOST + 1) + 1 };
	double below = 0.0, above = 0.0, all = 0.0;
	double(*ways)[SUMS] = calloc(na + 1, sizeof(*ways));

	if (!ways)
		return NAN;
	ways[0][0] = 1.0;
	for (u32 i = 0; i < n; i++)
		for (u32 k = min_of(i + 1, na); k; k--)
			for (u32 s = SUMS - 1; s >= twice[i]; s--)
				ways[k][s] += ways[k - 1][s - twice[i]];
	for (u32 s = 0; s < SUMS; s++) {
		all += ways[na][s];
		below += s <= sum ? ways[na][s] : 0.0;
		above += s >= sum ? ways[na][s] : 0.0;
	}
	free(ways);
	return min_of(2.0 * min_of(below, above) / all, 1.0);
}

static double rank_normal(u32 na, u32 nb, u64 sum, double ties)
{
	double n = (double)na + nb, mean = na * (n + 1.0) / 2.0;
	double var = (double)na * nb / 12.0 * (n + 1.0 - ties / (n * (n - 1.0)));
	double z = fabs((double)sum / 2.0 - mean) - 0.5;

	return var > 0.0 && z > 0.0 ? min_of(2.0 * gsl_cdf_ugaussian_Q(z / sqrt(var)), 1.0) : 1.0;
}

double stats_rank(const double *a, u32 na, const double *b, u32 nb)
{
	struct ranked *all = calloc((size_t)na + nb + 1, sizeof(*all));
	u32 *twice = calloc((size_t)na + nb + 1, sizeof(*twice)), x = 0, y = 0;
	double ties, p = NAN;
	u64 sum;

	for (u32 i = 0; all && i < na; i++)
		if (!isnan(a[i]))
			all[x++] = (struct ranked){a[i], true};
	for (u32 i = 0; all && i < nb; i++)
		if (!isnan(b[i]))
			all[x + y++] = (struct ranked){b[i], false};
	if (all && twice && x && y) {
		rank_all(all, x + y, twice, &sum, &ties);
		p = x + y > EXACT_MOST ? rank_normal(x, y, sum, ties)
				       : rank_exact(twice, x + y, x, sum);
	}
	free(all);
	free(twice);
	return p;
}

double stats_rank_least(u32 na, u32 nb)
{
	double p = 2.0;

	for (u32 i = 1; i <= na; i++)
		p *= (double)i / ((double)nb + i);
	return min_of(p, 1.0);
}

/* ---- which of them ---- */

double stats_skewness(const double *a, u32 na, const double *b, u32 nb)
{
	struct moments x = stats_moments(a, na), y = stats_moments(b, nb);
	double n = (double)x.n + y.n, squares = 0.0, cubes = 0.0;

	for (u32 i = 0; i < na + nb; i++) {
		double d = i < na ? a[i] - x.mean : b[i - na] - y.mean;

		if (isnan(d))
			continue;
		squares += d * d;
		cubes += d * d * d;
	}
	if (n < 3.0 || squares == 0.0)
		return 0.0;
	return cubes / n / pow(squares / n, 1.5) * sqrt(n * (n - 1.0)) / (n - 2.0);
}

double stats_test(const struct sample *a, const struct sample *b, double level,
		  enum stats_test *test)
{
	double p;

	*test = STATS_NONE;
	if (a->m.n < 2 || b->m.n < 2)
		return NAN;
	if (a->m.sd == 0.0 && b->m.sd == 0.0) {
		*test = STATS_EXACT;
	} else if (a->v && b->v && stats_rank_least(a->m.n, b->m.n) < level &&
		   fabs(stats_skewness(a->v, a->m.n, b->v, b->m.n)) > SKEWED) {
		p = stats_rank(a->v, a->m.n, b->v, b->m.n);
		if (!isnan(p)) {
			*test = STATS_RANK;
			return p;
		}
	}
	if (*test == STATS_NONE)
		*test = STATS_WELCH;
	return stats_welch(&a->m, &b->m);
}

/* ---- many tests ---- */

static int by_p(const void *x, const void *y)
{
	double a = **(double *const *)x, b = **(double *const *)y;

	return (a > b) - (a < b);
}

u32 stats_holm(double *p, u32 n)
{
	double **order = calloc(max_of(n, 1U), sizeof(*order)), before = 0.0;
	u32 tests = 0;

	/* without memory: Bonferroni's factor for all, which is never too small */
	for (u32 i = 0; i < n; i++)
		tests += !isnan(p[i]);
	for (u32 i = 0, k = 0; i < n; i++) {
		if (isnan(p[i]))
			continue;
		if (order)
			order[k++] = &p[i];
		else
			p[i] = min_of(p[i] * tests, 1.0);
	}
	if (order)
		qsort(order, tests, sizeof(*order), by_p);
	for (u32 i = 0; order && i < tests; i++) {
		before = max_of(before, min_of(*order[i] * (tests - i), 1.0));
		*order[i] = before;
	}
	free(order);
	return tests;
}

/* ---- how much they show ---- */

/* Standard errors that a difference must have: to be significant, and to be so with this probability. */
static double errors_needed(double nu, double level, double power)
{
	return gsl_cdf_tdist_Qinv(level / 2.0, nu) + gsl_cdf_tdist_Pinv(power, nu);
}

u32 stats_repeats(double sd, double difference, double level, double power)
{
	u32 lo = 2, hi = 2;

	if (!(sd > 0.0))
		return 2;
	if (!(difference > 0.0))
		return 0;
	/* errors_needed falls and the square root rises with n: double, then halve */
	for (;;) {
		double n = hi, need = errors_needed(2.0 * n - 2.0, level, power);

		if (difference >= need * sd * sqrt(2.0 / n))
			break;
		if (hi >= MOST_REPEATS)
			return 0;
		lo = hi;
		hi *= 2;
	}
	while (hi - lo > 1) {
		u32 mid = lo + (hi - lo) / 2;
		double n = mid, need = errors_needed(2.0 * n - 2.0, level, power);

		if (difference >= need * sd * sqrt(2.0 / n))
			hi = mid;
		else
			lo = mid;
	}
	return hi;
}

double stats_resolves(const struct moments *a, const struct moments *b, double level, double power)
{
	double spread;

	if (a->n < 2 || b->n < 2)
		return NAN;
	spread = variance_of_mean(a) + variance_of_mean(b);
	if (!isfinite(spread))
		return spread;
	return spread == 0.0 ? 0.0 : errors_needed(freedom(a, b), level, power) * sqrt(spread);
}
