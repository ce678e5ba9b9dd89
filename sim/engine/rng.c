// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/rng.h"

#include <errno.h>
#include <string.h>
#include <xxhash.h>

int rng_init(struct rng *r, u64 seed, const char *purpose)
{
	u64 mixed = XXH3_64bits_withSeed(purpose, strlen(purpose), seed);

	r->gsl = gsl_rng_alloc(gsl_rng_mt19937);
	if (!r->gsl)
		return -ENOMEM;
	/* mt19937 takes 32 bits of seed and reads 0 as its default, the same as 4357. */
	mixed = (u32)(mixed ^ (mixed >> 32));
	gsl_rng_set(r->gsl, mixed ? mixed : 1);
	return 0;
}

void rng_destroy(struct rng *r)
{
	if (r->gsl)
		gsl_rng_free(r->gsl);
	r->gsl = NULL;
}

u64 seed_of_repeat(u64 seed, u32 repeat)
{
	return repeat ? XXH3_64bits_withSeed(&repeat, sizeof(repeat), seed) : seed;
}

u64 rng_below(struct rng *r, u64 n)
{
	u64 limit, v;

	if (n <= 0xffffffffULL)
		return gsl_rng_uniform_int(r->gsl, n);
	/* Two 32-bit draws; the tail that would bias the modulo is thrown away. */
	limit = UINT64_MAX - UINT64_MAX % n;
	do {
		v = (u64)gsl_rng_get(r->gsl) << 32;
		v |= gsl_rng_get(r->gsl);
	} while (v >= limit);
	return v % n;
}

double rng_double(struct rng *r)
{
	return gsl_rng_uniform(r->gsl);
}
