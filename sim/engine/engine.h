/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The clock of one world and what goes with it. Every model holds a pointer to its world's engine;
 * there is no other shared state between worlds, so many run side by side.
 */
#ifndef SIM_ENGINE_ENGINE_H
#define SIM_ENGINE_ENGINE_H

#include "engine/base.h"
#include "engine/event_queue.h"
#include "engine/fingerprint.h"

struct engine {
	u64 now; /* simulated time, ns from the start */
	u64 events; /* handled so far: queue events and trace records */
	u64 visited; /* records looked at by walks: the work that must not grow with what is idle */
	int failed; /* negative errno: out of memory somewhere; the main loop stops */
	struct event_queue queue;
	struct fingerprint fp;
};

int engine_init(struct engine *e);
void engine_destroy(struct engine *e);

static inline event_id engine_at(struct engine *e, u64 time, void (*fn)(void *ctx, u64 arg),
				 void *ctx, u64 arg)
{
	return event_push(&e->queue, max_of(time, e->now), fn, ctx, arg);
}

static inline event_id engine_after(struct engine *e, u64 delay, void (*fn)(void *ctx, u64 arg),
				    void *ctx, u64 arg)
{
	return event_push(&e->queue, e->now + delay, fn, ctx, arg);
}

/* Kinds of fingerprint entries; the place is model specific. */
enum trail_kind {
	TRAIL_ALLOC = 1,
	TRAIL_FREE,
	TRAIL_TOUCH,
	TRAIL_CGROUP,
	TRAIL_MOUNT,
	TRAIL_SHRINK,
	TRAIL_SLAB,
	TRAIL_WORKLOAD,
	TRAIL_RCU,
	TRAIL_OOM,
};

/* Notes in the fingerprint that something happened here and now. */
static inline void engine_trail(struct engine *e, enum trail_kind kind, u32 place, u64 result)
{
	fingerprint_add(&e->fp, e->now, (u64)kind << 56 | place, result);
}

/* Runs the next queue event. False if there is none. */
bool engine_step(struct engine *e);

/*
 * A level with its exact peak and time-weighted mean. The mean needs no stored time: with
 * M = sum(delta * t), mean = level - M / T at the end T (first level 0 at time 0).
 */
struct gauge {
	s64 level, peak;
	s128 moment;
};

static inline void gauge_add(struct gauge *g, const struct engine *e, s64 delta)
{
	g->level += delta;
	g->moment += (s128)delta * (s64)e->now;
	if (g->level > g->peak)
		g->peak = g->level;
}

static inline void gauge_set(struct gauge *g, const struct engine *e, s64 level)
{
	gauge_add(g, e, level - g->level);
}

static inline double gauge_mean(const struct gauge *g, u64 now)
{
	return now ? (double)g->level - (double)g->moment / (double)now : (double)g->level;
}

#endif
