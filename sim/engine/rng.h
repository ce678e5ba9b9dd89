/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random streams: one per named purpose, seeded from the run's seed and the name, so that adding a
 * workload (a new name) leaves every other stream as it was. The generator is GSL's mt19937.
 */
#ifndef SIM_ENGINE_RNG_H
#define SIM_ENGINE_RNG_H

#include "engine/base.h"

#include <gsl/gsl_rng.h>

struct rng {
	gsl_rng *gsl;
};

/* purpose: "workload.churn.life", ... 0 or -ENOMEM. */
int rng_init(struct rng *r, u64 seed, const char *purpose);
void rng_destroy(struct rng *r);

/* The seed of repeat `repeat` of a run; repeat 0 is the scenario's own seed. */
u64 seed_of_repeat(u64 seed, u32 repeat);

/* Whole number in [0, n), n > 0, without modulo bias. */
u64 rng_below(struct rng *r, u64 n);
/* [0, 1) */
double rng_double(struct rng *r);

#endif
