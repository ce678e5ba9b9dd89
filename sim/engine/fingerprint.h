/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A run's fingerprint: XXH3-128 over (time, kind and place, result) of every event, integers only.
 * The cheapest net against unwanted change: two runs that did the same things in the same order
 * have the same one (OMNeT++ taught this). Words are gathered in a small buffer, so that an event
 * costs three stores.
 */
#ifndef SIM_ENGINE_FINGERPRINT_H
#define SIM_ENGINE_FINGERPRINT_H

#include "engine/base.h"

#define FINGERPRINT_WORDS 510 /* a multiple of 3 */

struct fingerprint {
	void *state; /* XXH3_state_t */
	u32 n;
	u64 words[FINGERPRINT_WORDS];
};

int fingerprint_init(struct fingerprint *f);
void fingerprint_destroy(struct fingerprint *f);
void fingerprint_flush(struct fingerprint *f);
/* The digest so far: high and low word. */
void fingerprint_digest(struct fingerprint *f, u64 out[2]);

static inline void fingerprint_add(struct fingerprint *f, u64 time, u64 kind_place, u64 result)
{
	f->words[f->n] = time;
	f->words[f->n + 1] = kind_place;
	f->words[f->n + 2] = result;
	f->n += 3;
	if (unlikely(f->n == FINGERPRINT_WORDS))
		fingerprint_flush(f);
}

#endif
