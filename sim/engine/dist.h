/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random quantities of a scenario: a constant or a distribution, drawn with GSL and rounded to a
 * whole number before anything is steered by it (so a draw is the same integer on every run).
 */
#ifndef SIM_ENGINE_DIST_H
#define SIM_ENGINE_DIST_H

#include "engine/base.h"

struct rng;

enum dist_kind {
	DIST_CONSTANT,
	DIST_EXPONENTIAL,
	DIST_LOGNORMAL,
	DIST_PARETO,
	DIST_ZIPF,
	DIST_UNIFORM,
	DIST_NORMAL,
};

/*
 * All quantities in the unit of the key (ns, bytes, or a count).
 *   constant: value   exponential: mean   lognormal: mean, sigma (of the logarithm)
 *   pareto: mean, shape > 1   zipf: exponent, n (draws 1..n)   uniform: min, max (inclusive)
 *   normal: mean, stddev (clamped at 0)
 * Optional for all but constant: min, max clamp the draw.
 */
struct random_spec {
	enum dist_kind kind;
	double value; /* constant; also the mean of the others */
	double shape; /* sigma | shape | exponent | stddev */
	double lo, hi; /* uniform bounds, or clamps; hi == 0: no upper clamp */
	u64 n; /* zipf: number of ranks */
};

/* A draw, rounded to nearest, never negative. A constant uses up no random number. */
u64 random_draw(const struct random_spec *spec, struct rng *rng);
/* Rank in [0, n) of a Zipf distribution with the given exponent (rejection-inversion, exact). */
u64 zipf_draw(struct rng *rng, u64 n, double exponent);
/* The distribution's mean as specified, for estimates before a run. */
double random_mean(const struct random_spec *spec);
/* NULL if the parameters make sense, else what is wrong with them. */
const char *random_spec_check(const struct random_spec *spec);

#endif
