/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast is a trace replayed? (DESIGN section 10.) A synthetic trace: one third each of allocations,
 * frees of a uniformly drawn live object and lookups (Zipf 0.9), 1,000 memcgs, 100 superblocks, 2 nodes,
 * with fingerprint and sampling on, one thread. Making the records is not timed.
 */
#ifndef BENCH_BENCH_REPLAY_H
#define BENCH_BENCH_REPLAY_H

#include "engine/base.h"

struct bench_replay {
	const char *policies; /* "per-object+lazy" */
	u64 live, ops;
	double ops_per_s;
	double ns_per_op;
	double bytes_per_object; /* (peak RSS - RSS before) / live, without the records at hand */
	u64 visited; /* records that walks looked at, over the timed part */
};

/* live objects, then ops timed operations. 0 or a negative errno. */
int bench_replay(struct bench_replay *out, const char *accounting, const char *list_lru, u32 live,
		 u64 ops);
/* Nanoseconds of one dependent random read of a 32-byte record, n of them in memory. */
double bench_random_read(u32 n);

/* Event queue against bench/ref_heap.c: pop and reschedule with n pending. Millions of events a second. */
void bench_queue(u32 pending, u64 events, double *ours, double *reference);

#endif
