/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One call of do_shrink_slab: plan, scan in batches, hand back what is still owed
 * (KERNEL_FACTS 1.3, 1.4). The scan itself is a function of the caller's.
 */
#ifndef MODELS_SHRINKER_SCAN_LOOP_H
#define MODELS_SHRINKER_SCAN_LOOP_H

#include "shrinker/policy.h"

#define SHRINK_STOP (~0UL)
#define SHRINK_EMPTY (~0UL - 1)

/* What the end of the call shows, in the words of mm_shrink_slab_end. */
struct shrink_end {
	s64 total_scan; /* what was left of it */
	s64 scanned;
	s64 owed; /* to be added to nr_deferred */
	u64 freed; /* last shrinker return val */
};

/*
 * scan(arg, n) asks for n objects and returns how many it took off its lists, or SHRINK_STOP.
 * *plan and *end are filled.
 */
void shrink_scan_loop(const struct shrinker_policy *shrinker,
		      const struct nr_deferred_policy *deferred, bool zero_seek_rule,
		      const struct shrink_call *call, unsigned long (*scan)(void *arg, s64 n),
		      void *arg, struct shrink_plan *plan, struct shrink_end *end);

#endif
