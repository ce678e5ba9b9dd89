// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * nr_deferred: shared. Models the rule up to v5.12: one counter per node for all memcgs of a
 * shrinker, what is owed is not clamped, so it can grow without bound (Yang Shi's 2.5 T objects,
 * SEEDS P10). KERNEL_FACTS 1.3.
 */
#include "shrinker/policy.h"

static void plan(const struct shrink_call *call, struct shrink_plan *p)
{
	s64 total = call->nr + p->delta;

	if (total < 0) {
		/* the counter overflowed: the kernel complains and starts over */
		total = call->freeable;
		p->next = call->nr;
	} else {
		p->next = total;
	}
	/* small pressure may not empty the cache */
	if (p->delta < call->freeable / 4)
		total = min_of(total, call->freeable / 2);
	p->total_scan = min_of(total, 2 * call->freeable);
}

static s64 owed(const struct shrink_call *call, const struct shrink_plan *p, s64 scanned)
{
	(void)call;
	return max_of(p->next - scanned, (s64)0);
}

const struct nr_deferred_policy nr_deferred_shared = {
	.name = "shared",
	.per_memcg = false,
	.plan = plan,
	.owed = owed,
};
