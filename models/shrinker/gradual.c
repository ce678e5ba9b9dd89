// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * shrinker: gradual. Models Rik van Riel's "accumulate gradual pressure on small slabs" (linux-kernel,
 * 28 January 2019; the version of the -mm tree, not merged), which was to take the place of
 * 172b06c32b94 in v4.20: what a call would round down to nothing is kept in the shrinker until it
 * makes an object, so that small caches see the same share as large ones, only less often. One
 * counter a shrinker, for all nodes and memcgs. KERNEL_FACTS 1.5.
 */
#include "shrinker/policy.h"

static s64 delta(const struct shrink_call *call, bool zero_seek_rule)
{
	s64 objects, considered;

	/* The patch stands on 4b85afbdacd2 and rounds its rule up: the last object can go, too. */
	if (!call->seeks)
		return (call->freeable + 1) / 2;
	objects = shrinker_proportional.delta(call, zero_seek_rule);
	if (objects)
		return objects;
	*call->small_scan += (int)call->freeable;
	considered = *call->small_scan >> call->priority;
	objects = 4 * considered / call->seeks;
	if (objects)
		*call->small_scan -= (int)(considered << call->priority);
	return objects;
}

const struct shrinker_policy shrinker_gradual = {
	.name = "gradual",
	.delta = delta,
};
