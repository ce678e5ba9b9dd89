// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/bench_replay.h"
#include "bench/ref_heap.h"
#include "engine/event_queue.h"

#include <time.h>

#define SPAN 1000000000ULL /* ns that events are scheduled ahead */

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static u64 next_random(u64 *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void nothing(void *ctx, u64 arg)
{
	(void)ctx;
	(void)arg;
}

static double run_ours(u32 pending, u64 events, u64 x)
{
	struct event_queue q;
	struct event e;
	int failed = 0;
	double start;
	u64 time;

	event_queue_init(&q, &failed);
	for (u32 i = 0; i < pending; i++)
		event_push(&q, next_random(&x) % SPAN, nothing, NULL, i);
	start = now_s();
	for (u64 i = 0; i < events && event_pop(&q, &time, &e); i++)
		event_push(&q, time + next_random(&x) % SPAN, e.fn, e.ctx, e.arg);
	start = now_s() - start;
	event_queue_destroy(&q);
	return (double)events / start / 1e6;
}

static double run_reference(u32 pending, u64 events, u64 x)
{
	struct ref_heap h = {0};
	struct ref_entry e;
	double start;

	for (u32 i = 0; i < pending; i++)
		ref_heap_push(&h, next_random(&x) % SPAN, &h);
	start = now_s();
	for (u64 i = 0; i < events && ref_heap_pop(&h, &e); i++)
		ref_heap_push(&h, e.time + next_random(&x) % SPAN, e.payload);
	start = now_s() - start;
	ref_heap_free(&h);
	return (double)events / start / 1e6;
}

/* In turns, and the best of three of each: the machine is shared. */
void bench_queue(u32 pending, u64 events, double *ours, double *reference)
{
	*ours = *reference = 0.0;
	for (u32 round = 0; round < 3; round++) {
		double a = run_ours(pending, events, 88172645463325252ULL + round);
		double b = run_reference(pending, events, 88172645463325252ULL + round);

		*ours = max_of(*ours, a);
		*reference = max_of(*reference, b);
	}
}
