/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The two policy axes of a shrinker's arithmetic (KERNEL_FACTS 1.2 - 1.4):
 *
 *   shrinker     how many objects a call should scan (delta): proportional, min-batch, gradual
 *   nr_deferred  what becomes of work that was owed and not done: shared, per-memcg
 *
 * Both are pure integer arithmetic, truncating as the kernel's does. One policy is one file.
 */
#ifndef MODELS_SHRINKER_POLICY_H
#define MODELS_SHRINKER_POLICY_H

#include "engine/base.h"

#define DEF_PRIORITY 12
#define DEFAULT_SEEKS 2
#define SHRINK_BATCH 128
#define SUPER_BATCH 1024

/* What a call of do_shrink_slab knows before it scans. */
struct shrink_call {
	s64 freeable; /* count_objects(), > 0 */
	s64 nr; /* taken from nr_deferred */
	int priority; /* 12 (mild) .. 0 */
	u32 seeks; /* cost to recreate an object; 0: the zero-seek rule, where the row has it */
	s64 batch;
	int *small_scan; /* the shrinker's own, kept from call to call: for gradual alone */
};

/* What it decides, in the trace's words. */
struct shrink_plan {
	s64 delta; /* new pressure of this call */
	s64 total_scan; /* after the clamps: what the scan loop starts with */
	s64 next; /* work owed before the scan (before the clamps) */
};

struct shrinker_policy {
	const char *name;
	/* New pressure; zero_seek_rule: seeks == 0 means freeable / 2 (4b85afbdacd2, v4.20). */
	s64 (*delta)(const struct shrink_call *call, bool zero_seek_rule);
};

struct nr_deferred_policy {
	const char *name;
	/* One counter per (memcg, node) of a memcg-aware shrinker instead of one per node. */
	bool per_memcg;
	/* Sets total_scan and next from plan->delta. */
	void (*plan)(const struct shrink_call *call, struct shrink_plan *plan);
	/* What goes back into the counter after `scanned` objects were scanned; >= 0. */
	s64 (*owed)(const struct shrink_call *call, const struct shrink_plan *plan, s64 scanned);
};

extern const struct shrinker_policy shrinker_proportional;
extern const struct shrinker_policy shrinker_min_batch;
extern const struct shrinker_policy shrinker_gradual;
extern const struct nr_deferred_policy nr_deferred_shared;
extern const struct nr_deferred_policy nr_deferred_per_memcg;

#endif
