// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * shrinker: proportional. Models 9092c71bb724 (v4.16): pressure is the same share of every cache,
 * set by the reclaim priority alone; with the zero-seek rule of 4b85afbdacd2 (v4.20, kept by the
 * revert a9a238e83fbb in v5.0). KERNEL_FACTS 1.2, formulas A and A'.
 */
#include "shrinker/policy.h"

static s64 delta(const struct shrink_call *call, bool zero_seek_rule)
{
	if (!call->seeks && zero_seek_rule)
		return call->freeable / 2;
	/* Before the rule a seeks of 0 would divide by zero: no shrinker had it. */
	return ((call->freeable >> call->priority) * 4) / (call->seeks ? call->seeks : 1);
}

const struct shrinker_policy shrinker_proportional = {
	.name = "proportional",
	.delta = delta,
};
