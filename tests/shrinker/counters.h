/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replays nr_deferred over a recorded trace. A call takes what its counter holds and leaves 0
 * ("objects to shrink"); at its end it adds what it owes and reports the sum ("new scan count").
 *
 * The kernel touches the counter a little before it writes the line, so when two tasks are in calls
 * on one counter, their lines may stand in the other order than what they did. The replay looks for
 * an order that gives every number of the trace exactly: an operation may go anywhere between its
 * task's line before and its own.
 *
 * Where the trace does not tell counters apart (one per memcg; super blocks whose pointers are
 * hidden) a call must find what an earlier one left and nobody took since, or 0.
 */
#ifndef TESTS_SHRINKER_COUNTERS_H
#define TESTS_SHRINKER_COUNTERS_H

#include "shrinker/recorded.h"

struct counter_sums {
	long moved; /* lines that another task's had to overtake */
	long unsure; /* "objects to shrink" that could not be anything else: a counter not seen
			before, or 0 where there are many counters */
	long wrong; /* lines that no order explains */
	int most; /* counters of one shrinker and node that were not 0 at the same time */
};

/* owed[]: by call, what a model says it adds. */
void counters_replay(const struct recorded *r, bool per_memcg, const int64_t *owed,
		     struct counter_sums *sums);

#endif
