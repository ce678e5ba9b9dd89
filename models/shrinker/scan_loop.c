// SPDX-License-Identifier: GPL-3.0-or-later
#include "shrinker/scan_loop.h"

void shrink_scan_loop(const struct shrinker_policy *shrinker,
		      const struct nr_deferred_policy *deferred, bool zero_seek_rule,
		      const struct shrink_call *call, unsigned long (*scan)(void *arg, s64 n),
		      void *arg, struct shrink_plan *plan, struct shrink_end *end)
{
	plan->delta = shrinker->delta(call, zero_seek_rule);
	deferred->plan(call, plan);
	*end = (struct shrink_end){.total_scan = plan->total_scan};
	/* freeable is not counted again in the loop */
	while (end->total_scan >= call->batch || end->total_scan >= call->freeable) {
		s64 n = min_of(call->batch, end->total_scan);
		unsigned long ret = scan(arg, n);

		if (ret == SHRINK_STOP)
			break;
		end->freed += ret;
		end->total_scan -= n;
		end->scanned += n;
		/* A list of 0 length would loop for ever; count_objects() never lets one in. */
		if (n <= 0)
			break;
	}
	end->owed = deferred->owed(call, plan, end->scanned);
}
