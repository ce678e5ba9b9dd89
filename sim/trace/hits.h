/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The events of a recording between reading and joining: 32 bytes each. The join turns each hit
 * into a trace_record in its place, so that a recording stands in memory once.
 */
#ifndef SIM_TRACE_HITS_H
#define SIM_TRACE_HITS_H

#include "engine/trace_record.h"

enum hit_flags {
	HIT_NAMED = 1 << 0, /* cache is known */
	HIT_IRQ = 1 << 1, /* hardirq or softirq context */
	HIT_RCU = 1 << 2, /* freed by rcu_do_batch() */
	HIT_KSWAPD = 1 << 3,
	HIT_KTHREAD = 1 << 4, /* a kernel thread, by its name: never in a memory cgroup */
	HIT_ACCOUNTED = 1 << 5, /* accounted=true, or the gfp flags ask for it */
	HIT_ACCOUNT_SAID = 1 << 6, /* accounted= was printed */
	HIT_SKIP = 1 << 7, /* nothing to join: a mark */
};

struct hit {
	u64 time_ns; /* on the recording's clock */
	union {
		u64 ptr; /* allocations, frees */
		u64 child; /* forks */
	};
	u32 pid;
	u32 aux; /* nameless allocations: site; cgroup events: place in the list of them */
	u16 cache; /* HIT_NAMED */
	u16 cpu;
	u8 type; /* enum raw_type */
	u8 flags;
	s16 node;
};

union hit_slot {
	struct hit hit;
	struct trace_record record;
};

_Static_assert(sizeof(union hit_slot) == sizeof(struct trace_record), "joined in place");

/* One mapping that grows by moving page tables, not bytes; it becomes the trace's records. */
struct hits {
	union hit_slot *at;
	u64 n, cap;
	u64 last_time;
	bool unsorted;
};

void hits_destroy(struct hits *h);
/* Room for at least n more. 0 or -ENOMEM. */
int hits_reserve(struct hits *h, u64 n);
/* Gives the unused end of the mapping back; returns its size in bytes. */
u64 hits_trim(struct hits *h);
/* By time; equal times keep their order. */
int hits_sort(struct hits *h);

/* NULL when out of memory. */
static inline struct hit *hits_add(struct hits *h, u64 time_ns)
{
	if (unlikely(h->n == h->cap) && hits_reserve(h, 1))
		return NULL;
	h->unsorted |= time_ns < h->last_time;
	h->last_time = time_ns;
	return &h->at[h->n++].hit;
}

#endif
