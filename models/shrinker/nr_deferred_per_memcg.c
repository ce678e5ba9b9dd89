// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * nr_deferred: per-memcg. Models 3c6f17e6c5d0, a178015cde69 and 18bb473e5031 (v5.13): a counter per
 * (memcg, node), of which only nr >> priority is used per call, capped at twice the list.
 * KERNEL_FACTS 1.4.
 */
#include "shrinker/policy.h"

static void plan(const struct shrink_call *call, struct shrink_plan *p)
{
	s64 total = (call->nr >> call->priority) + p->delta;

	p->total_scan = min_of(total, 2 * call->freeable);
	p->next = call->nr + p->delta;
}

static s64 owed(const struct shrink_call *call, const struct shrink_plan *p, s64 scanned)
{
	s64 next = max_of(p->next - scanned, (s64)0);

	return min_of(next, 2 * call->freeable);
}

const struct nr_deferred_policy nr_deferred_per_memcg = {
	.name = "per-memcg",
	.per_memcg = true,
	.plan = plan,
	.owed = owed,
};
