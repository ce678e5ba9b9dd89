// SPDX-License-Identifier: GPL-3.0-or-later
/* Statistics of repeats against values from elsewhere: R's documented examples, Cohen's tables, a count of all cases. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/rng.h"
#include "engine/statistics.h"

#include <gsl/gsl_randist.h>

#define N(a) ((u32)ARRAY_SIZE(a))

static void near(double a, double b, double relative)
{
	if (!(fabs(a - b) <= relative * fabs(b)))
		fail_msg("%.12g is not %.12g", a, b);
}

static double welch(const double *a, u32 na, const double *b, u32 nb)
{
	struct moments x = stats_moments(a, na), y = stats_moments(b, nb);

	return stats_welch(&x, &y);
}

/* R's data set `sleep`: extra hours of ten people under two drugs. */
static const double sleep1[] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
static const double sleep2[] = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};

static void moments(void **state)
{
	static const double five[] = {1, 2, NAN, 3, 4, 5},
			    tenths[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
	struct moments m = stats_moments(five, 6);
	double gaps[] = {NAN, 3, NAN, 1};

	(void)state;
	assert_int_equal(m.n, 5);
	near(m.mean, 3, 0);
	near(m.sd, sqrt(2.5), 1e-15);
	near(stats_half(&m), 2.7764451 * sqrt(2.5 / 5), 1e-7); /* t(0.975, 4) of a table */
	/* six tenths do not sum up to 0.6 in binary; their mean is a tenth all the same, without spread */
	m = stats_moments(tenths, 6);
	assert_true(m.mean == 0.1 && m.sd == 0.0);
	m = stats_moments(five, 1);
	assert_true(m.mean == 1 && m.n == 1 && isnan(m.sd) && isnan(stats_half(&m)));
	m = stats_moments(five + 2, 1);
	assert_true(isnan(m.mean) && !m.n);
	assert_int_equal(stats_compact(gaps, 4), 2);
	assert_true(gaps[0] == 3 && gaps[1] == 1);
}

/* R: t.test(extra ~ group, data = sleep): t = -1.8608, df = 17.776, p-value = 0.07939. */
static void welch_is_that_of_r(void **state)
{
	static const double flat[] = {2, 2}, flat3[] = {3, 3, 3};
	static const double five[] = {1, 2, 3, 4, 5}, other[] = {3, 4, 5, 6, 8};
	static const double a[] = {27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1,
				   21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4};
	static const double b[] = {27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0,
				   24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 24.4};

	(void)state;
	near(welch(a, 15, b, 15), 0.008071938172205084, 1e-6);
	near(welch(five, 5, other, 5), 0.08495606629725438, 1e-6);
	near(welch(sleep1, 10, sleep2, 10), 0.07939414, 1e-7);
	near(welch(sleep2, 10, sleep1, 10), 0.07939414, 1e-7);
	assert_true(welch(flat, 2, flat3, 3) == 0 && welch(flat, 2, flat, 2) == 1);
	assert_true(isnan(welch(flat, 1, flat3, 3)));
	/* one side varies: Student's t against a constant */
	near(welch(sleep1, 10, flat, 2), 0.05448816744102958, 1e-9);
}

/* R's ?wilcox.test: W = 35, p-value = 0.1272 for one side; the others were counted over all ways to deal. */
static void rank_test_is_exact_with_ties(void **state)
{
	static const double x[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
	static const double y[] = {1.15, 0.88, 0.90, 0.74, 1.21};
	static const double t1[] = {1, 2, 2, 3, 5}, t2[] = {2, 4, 4, 6, 6, 7};
	static const double ones[] = {1, 1, 1, 1, 1, 1, 1, 1}, half[] = {1, 1, 1, 1, 0, 0, 0, 0};
	static const double low[] = {1, 2, 3, 4, 5, NAN}, high[] = {6, 7, 8, 9, 10};

	(void)state;
	near(stats_rank(x, 10, y, 5), 2 * 0.12720612720612721, 1e-12);
	near(stats_rank(y, 5, x, 10), 2 * 0.12720612720612721, 1e-12);
	near(stats_rank(t1, 5, t2, 6), 0.07792207792207792, 1e-12);
	/* 0 and 1: Fisher's exact test */
	near(stats_rank(ones, 8, half, 8), 0.07692307692307693, 1e-12);
	near(stats_rank(low, 6, high, 5), 2.0 / 252, 1e-12);
	near(stats_rank_least(5, 5), 2.0 / 252, 1e-12);
	near(stats_rank_least(10, 10), 2.0 / 184756, 1e-12);
	assert_true(stats_rank(ones, 8, ones, 8) == 1);
	assert_true(isnan(stats_rank(ones, 8, low + 5, 1)));
}

/* Where the exact count ends, the normal one goes on: 20 and 20 values against 20 and 21. */
static void rank_test_of_many_is_normal(void **state)
{
	double a[20], b[21], exact, normal;

	(void)state;
	for (u32 i = 0; i < 21; i++) {
		if (i < 20)
			a[i] = i / 2 * 3;
		b[i] = i / 2 * 3 + 6.5;
	}
	exact = stats_rank(a, 20, b, 20);
	normal = stats_rank(a, 20, b, 21);
	near(exact, 0.017289015678530598, 1e-12);
	near(normal, 0.010176532521143065, 0.1); /* counted; an approximation */
}

static void the_test_follows_the_skew(void **state)
{
	static const double a[] = {1, 2, 3, 4, 20}, b[] = {2, 2, 3, 5, 30};
	double tail1[10], tail2[10];
	struct sample x, y;
	enum stats_test test;

	(void)state;
	near(stats_skewness(a, 5, b, 5), 1.832004969742016, 1e-12);
	assert_true(fabs(stats_skewness(sleep1, 10, sleep2, 10)) < 1);
	for (u32 i = 0; i < 10; i++) {
		tail1[i] = exp(i);
		tail2[i] = exp(i + 0.5);
	}
	x = (struct sample){stats_moments(tail1, 10), tail1};
	y = (struct sample){stats_moments(tail2, 10), tail2};
	near(stats_test(&x, &y, 0.01, &test), stats_rank(tail1, 10, tail2, 10), 0);
	assert_int_equal(test, STATS_RANK);
	/* moments alone, or a level that 184,756 cases cannot reach */
	y.v = NULL;
	near(stats_test(&x, &y, 0.01, &test), welch(tail1, 10, tail2, 10), 0);
	assert_int_equal(test, STATS_WELCH);
	y.v = tail2;
	stats_test(&x, &y, 1e-5, &test);
	assert_int_equal(test, STATS_WELCH);
	x = (struct sample){stats_moments(sleep1, 10), sleep1};
	y = (struct sample){stats_moments(sleep2, 10), sleep2};
	stats_test(&x, &y, 0.01, &test);
	assert_int_equal(test, STATS_WELCH);
	x.m = stats_moments(sleep1, 1);
	assert_true(isnan(stats_test(&x, &y, 0.01, &test)) && test == STATS_NONE);
	x.m = y.m = (struct moments){5, 0.0, 10};
	assert_true(stats_test(&x, &y, 0.01, &test) == 1 && test == STATS_EXACT);
}

/* What a file can hold and no computer square: a chance, and never the end of the program in GSL. */
static void extremes_have_a_chance(void **state)
{
	static const double sd[] = {0.0, 5e-324, 1e-300, 1e-170, 1e-100, 1.0, 1e100, 1e170, 1e300};
	static const double mean[] = {0.0, 1e-300, 1e-100, 1.0, 1e100, 1e300, -1e300};
	struct moments a = {.n = 2}, b = {.n = 10};

	(void)state;
	for (u32 i = 0; i < N(sd) * N(sd) * N(mean) * N(mean); i++) {
		u32 k = i / (N(sd) * N(sd));
		double p, d;

		a.sd = sd[i % N(sd)];
		b.sd = sd[i / N(sd) % N(sd)];
		a.mean = mean[k % N(mean)];
		b.mean = mean[k / N(mean)];
		p = stats_welch(&a, &b);
		assert_true(p >= 0 && p <= 1);
		assert_true(a.mean != b.mean || p == 1);
		d = stats_resolves(&a, &b, 0.01, 0.95);
		assert_true(d >= 0);
		stats_repeats(a.sd, fabs(b.mean), 0.01, 0.95);
	}
	/* the same question in other units has the same answer */
	a = (struct moments){1, 0.1, 5};
	b = (struct moments){2, 0.7, 7};
	for (double unit = 1e-140; unit < 1e140; unit *= 1e20) {
		struct moments x = {a.mean * unit, a.sd * unit, 5},
			       y = {b.mean * unit, b.sd * unit, 7};

		near(stats_welch(&x, &y), stats_welch(&a, &b), 1e-9);
	}
	a = (struct moments){INFINITY, NAN, 3};
	assert_true(isnan(stats_welch(&a, &b)) && isnan(stats_resolves(&a, &b, 0.01, 0.95)));
}

/* R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") = 0.05 0.08 0.09 0.09 0.09. */
static void holm_is_that_of_r(void **state)
{
	double p[] = {0.04, 0.02, NAN, 0.01, 0.05, 0.03}, two[] = {0.9, 0.8};
	static const double wanted[] = {0.09, 0.08, NAN, 0.05, 0.09, 0.09};

	(void)state;
	assert_int_equal(stats_holm(p, N(p)), 5);
	for (u32 i = 0; i < N(p); i++)
		if (i == 2)
			assert_true(isnan(p[i]));
		else
			near(p[i], wanted[i], 1e-12);
	assert_int_equal(stats_holm(two, 2), 2);
	assert_true(two[0] == 1 && two[1] == 1);
	assert_int_equal(stats_holm(two, 0), 0);
}

/* Cohen's table 2.4.1: 394, 64 and 26 for d = 0.2, 0.5, 0.8; R: power.t.test(delta = 1, power = .9): n = 22.02. */
static void repeats_are_those_of_cohens_table(void **state)
{
	struct moments m = {100, 2, 64};

	(void)state;
	assert_int_equal(stats_repeats(1, 0.2, 0.05, 0.8), 394);
	assert_int_equal(stats_repeats(1, 0.5, 0.05, 0.8), 64);
	assert_int_equal(stats_repeats(2, 1.6, 0.05, 0.8), 26);
	assert_int_equal(stats_repeats(1, 1, 0.05, 0.9), 23);
	assert_int_equal(stats_repeats(0, 1, 0.05, 0.9), 2);
	assert_int_equal(stats_repeats(1, 0, 0.05, 0.9), 0);
	assert_int_equal(stats_repeats(1, 1e-9, 0.05, 0.9), 0);
	/* the same, asked the other way round */
	near(stats_resolves(&m, &m, 0.05, 0.8), 1.0, 0.005);
	m.sd = 0;
	assert_true(stats_resolves(&m, &m, 0.05, 0.8) == 0);
}

/* How often 25 tests of alike distributions find a difference: never more than the level, Holm's promise. */
static void alike_distributions_seldom_differ(void **state)
{
	enum { STUDIES = 400, TESTS = 25, REPEATS = 10 };
	u32 alarms = 0, missed = 0, ranks = 0;
	struct rng r;

	(void)state;
	assert_int_equal(rng_init(&r, 7, "statistics"), 0);
	for (u32 i = 0; i < STUDIES; i++) {
		double p[TESTS];
		bool alarm = false;

		for (u32 k = 0; k < TESTS; k++) {
			double a[REPEATS], b[REPEATS];
			enum stats_test test;
			struct sample x, y;

			for (u32 n = 0; n < 2 * REPEATS; n++) {
				double *to = n < REPEATS ? &a[n] : &b[n - REPEATS];
				double z = gsl_ran_ugaussian(r.gsl);

				/* half of them skewed; the last one differs by 5 sd in every 2nd study */
				*to = k % 2 ? exp(z) : z;
				if (k == TESTS - 1 && i % 2 && n < REPEATS)
					*to += 5.0;
			}
			x = (struct sample){stats_moments(a, REPEATS), a};
			y = (struct sample){stats_moments(b, REPEATS), b};
			p[k] = stats_test(&x, &y, 0.05 / TESTS, &test);
			ranks += test == STATS_RANK;
		}
		stats_holm(p, TESTS);
		for (u32 k = 0; k < TESTS - 1; k++)
			alarm |= p[k] < 0.05;
		alarms += alarm;
		missed += i % 2 && p[TESTS - 1] >= 0.05;
	}
	rng_destroy(&r);
	assert_in_range(ranks, STUDIES * TESTS / 4, STUDIES * TESTS / 2);
	/* 20 expected at most; 34 has a chance under 0.2 % */
	assert_in_range(alarms, 0, 33);
	assert_int_equal(missed, 0);
}

/* The streams of the repeats of many seeds, and of several names, never begin alike. */
static void repeats_have_streams_of_their_own(void **state)
{
	enum { SEEDS = 100, REPEATS = 10 };
	static double first[SEEDS * REPEATS];
	double sum = 0.0, products = 0.0, squares = 0.0;

	(void)state;
	for (u32 i = 0; i < SEEDS * REPEATS; i++) {
		struct rng r;

		assert_int_equal(rng_init(&r, seed_of_repeat(i / REPEATS, i % REPEATS), "life"), 0);
		first[i] = rng_double(&r);
		rng_destroy(&r);
		for (u32 k = 0; k < i; k++)
			assert_true(first[k] != first[i]);
	}
	for (u32 i = 0; i + 1 < SEEDS * REPEATS; i++) {
		sum += first[i];
		squares += (first[i] - 0.5) * (first[i] - 0.5);
		products += (first[i] - 0.5) * (first[i + 1] - 0.5);
	}
	/* uniform, and neighbours know nothing of each other: within 4 standard errors */
	near(sum / 999, 0.5, 4 * sqrt(1.0 / 12 / 999) / 0.5);
	assert_true(fabs(products / squares) < 4 / sqrt(999));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments),
		cmocka_unit_test(welch_is_that_of_r),
		cmocka_unit_test(rank_test_is_exact_with_ties),
		cmocka_unit_test(rank_test_of_many_is_normal),
		cmocka_unit_test(the_test_follows_the_skew),
		cmocka_unit_test(extremes_have_a_chance),
		cmocka_unit_test(holm_is_that_of_r),
		cmocka_unit_test(repeats_are_those_of_cohens_table),
		cmocka_unit_test(alike_distributions_seldom_differ),
		cmocka_unit_test(repeats_have_streams_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
