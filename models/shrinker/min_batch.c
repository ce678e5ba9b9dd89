// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * shrinker: min-batch. Models 172b06c32b94 (v4.19-rc5): never less than one batch, or the whole
 * cache if it is smaller, so that small caches see pressure at the mildest priority. Reproduces K10
 * (20,480 freeable at priority 12: 10 -> 1024). KERNEL_FACTS 1.2, formulas B and B'.
 */
#include "shrinker/policy.h"

static s64 delta(const struct shrink_call *call, bool zero_seek_rule)
{
	s64 proportional = shrinker_proportional.delta(call, zero_seek_rule);

	return max_of(proportional, min_of(call->freeable, call->batch));
}

const struct shrinker_policy shrinker_min_batch = {
	.name = "min-batch",
	.delta = delta,
};
