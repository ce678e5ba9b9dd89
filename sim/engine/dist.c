// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/dist.h"

#include "engine/rng.h"

#include <gsl/gsl_randist.h>
#include <math.h>

/*
 * Rejection-inversion sampling of a Zipf law (W. Hoermann, G. Derflinger, "Rejection-inversion to
 * generate variates from monotone discrete distributions", ACM TOMACS 6(3), 1996). GSL has no Zipf
 * generator. H is an antiderivative of x^-e; written with expm1/log1p so that e = 1 needs no case.
 */
static double helper_log(double x)
{
	return fabs(x) > 1e-8 ? log1p(x) / x : 1.0 - x * (0.5 - x * (1.0 / 3.0 - 0.25 * x));
}

static double helper_exp(double x)
{
	return fabs(x) > 1e-8 ? expm1(x) / x : 1.0 + x * 0.5 * (1.0 + x / 3.0 * (1.0 + 0.25 * x));
}

static double zipf_h_integral(double x, double e)
{
	double log_x = log(x);

	return helper_exp((1.0 - e) * log_x) * log_x;
}

static double zipf_h_integral_inverse(double x, double e)
{
	double t = x * (1.0 - e);

	/* Rounding may push the argument of log1p just below -1. */
	if (t < -1.0)
		t = -1.0;
	return exp(helper_log(t) * x);
}

static double zipf_h(double x, double e)
{
	return exp(-e * log(x));
}

u64 zipf_draw(struct rng *rng, u64 n, double e)
{
	double from = zipf_h_integral(1.5, e) - 1.0;
	double to = zipf_h_integral((double)n + 0.5, e);
	double shortcut =
		2.0 - zipf_h_integral_inverse(zipf_h_integral(2.5, e) - zipf_h(2.0, e), e);

	if (n <= 1)
		return 0;
	for (;;) {
		double u = to + rng_double(rng) * (from - to);
		double x = zipf_h_integral_inverse(u, e);
		double k = floor(x + 0.5);

		k = k < 1.0 ? 1.0 : k > (double)n ? (double)n : k;
		if (k - x <= shortcut || u >= zipf_h_integral(k + 0.5, e) - zipf_h(k, e))
			return (u64)k - 1;
	}
}

static double draw(const struct random_spec *s, struct rng *rng)
{
	switch (s->kind) {
	case DIST_CONSTANT:
		return s->value;
	case DIST_EXPONENTIAL:
		return gsl_ran_exponential(rng->gsl, s->value);
	case DIST_LOGNORMAL:
		/* value is the mean of the quantity, not of its logarithm */
		return gsl_ran_lognormal(rng->gsl, log(s->value) - s->shape * s->shape / 2.0,
					 s->shape);
	case DIST_PARETO:
		return gsl_ran_pareto(rng->gsl, s->shape, s->value * (s->shape - 1.0) / s->shape);
	case DIST_ZIPF:
		return (double)zipf_draw(rng, s->n, s->shape) + 1.0;
	case DIST_UNIFORM:
		return s->lo + (double)rng_below(rng, (u64)(s->hi - s->lo) + 1);
	case DIST_NORMAL:
		return s->value + gsl_ran_gaussian(rng->gsl, s->shape);
	}
	return 0.0;
}

u64 random_draw(const struct random_spec *s, struct rng *rng)
{
	double x = draw(s, rng);

	if (s->kind != DIST_CONSTANT && x < s->lo)
		x = s->lo;
	if (s->kind != DIST_CONSTANT && s->hi > 0.0 && x > s->hi)
		x = s->hi;
	return x <= 0.0 ? 0 : x >= 9.0e18 ? (u64)9e18 : (u64)llround(x);
}

double random_mean(const struct random_spec *s)
{
	double sum = 0.0, norm = 0.0;

	switch (s->kind) {
	case DIST_UNIFORM:
		return (s->lo + s->hi) / 2.0;
	case DIST_ZIPF:
		/* The head carries the mean; 1e6 terms are enough for an estimate. */
		for (u64 k = 1; k <= min_of(s->n, (u64)1000000); k++) {
			double p = pow((double)k, -s->shape);

			norm += p;
			sum += p * (double)k;
		}
		return norm > 0.0 ? sum / norm : 0.0;
	default:
		return s->value;
	}
}

const char *random_spec_check(const struct random_spec *s)
{
	bool need_mean =
		s->kind == DIST_EXPONENTIAL || s->kind == DIST_LOGNORMAL || s->kind == DIST_PARETO;

	if (!isfinite(s->value) || !isfinite(s->shape) || !isfinite(s->lo) || !isfinite(s->hi))
		return "a parameter is not a finite number";
	if (s->value < 0.0 || s->lo < 0.0 || s->hi < 0.0)
		return "a parameter is negative";
	if (need_mean && s->value <= 0.0)
		return "needs a mean above 0";
	if (s->kind == DIST_LOGNORMAL && s->shape <= 0.0)
		return "lognormal needs sigma above 0";
	if (s->kind == DIST_PARETO && s->shape <= 1.0)
		return "pareto needs a shape above 1, or its mean is infinite";
	if (s->kind == DIST_ZIPF && (s->n < 1 || s->shape <= 0.0))
		return "zipf needs n of at least 1 and an exponent above 0";
	if (s->kind == DIST_NORMAL && s->shape < 0.0)
		return "normal needs a stddev of at least 0";
	if (s->kind == DIST_UNIFORM && s->hi < s->lo)
		return "uniform needs max of at least min";
	if (s->kind != DIST_CONSTANT && s->hi > 0.0 && s->hi < s->lo)
		return "max is below min";
	return NULL;
}
