// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/shrink_trace.h"

#include <errno.h>
#include <inttypes.h>

#define KSWAPD_PID 30 /* of kswapd0 */
#define TASK_PID 1000 /* of a task in the memcg with id 0 */
#define MANY_TASKS 4000000U /* pids end at 4194304 */

/* "%p" is a hash of the address, of 32 bits: here of the order of registration, one to one (murmur3's last step). */
static u32 hashed_pointer(u32 serial)
{
	u32 h = serial + 1;

	h = (h ^ h >> 16) * 0x85ebca6bU;
	h = (h ^ h >> 13) * 0xc2b2ae35U;
	return h ^ h >> 16;
}

/* What the release's tables make of the flags that the models know. */
static const char *gfp_name(u16 gfp)
{
	bool nofs = gfp & GFP_NOFS, nofail = gfp & GFP_NOFAIL, account = gfp & GFP_ACCOUNT;

	if (gfp & GFP_ATOMIC)
		return "GFP_ATOMIC";
	if (nofs)
		return nofail && account ? "GFP_NOFS|__GFP_NOFAIL|__GFP_ACCOUNT"
		       : nofail		 ? "GFP_NOFS|__GFP_NOFAIL"
		       : account	 ? "GFP_NOFS|__GFP_ACCOUNT"
					 : "GFP_NOFS";
	return nofail && account ? "GFP_KERNEL_ACCOUNT|__GFP_NOFAIL"
	       : nofail		 ? "GFP_KERNEL|__GFP_NOFAIL"
	       : account	 ? "GFP_KERNEL_ACCOUNT"
				 : "GFP_KERNEL";
}

/* "         kswapd0-30    [000] ....    21.570349: " */
static void context(const struct shrink_trace *t, const struct shrink_record *r)
{
	const struct balance *pass = &t->k->vmscan.balance;
	const struct kernel_row *row = t->k->row;
	u32 pid = TASK_PID + r->t->memcg % MANY_TASKS;
	u64 us = t->k->e->now / NSEC_PER_USEC;
	char comm[24] = "task";

	if (pass->on && pass->kswapd) {
		snprintf(comm, sizeof(comm), "kswapd%u", pass->node);
		pid = KSWAPD_PID + pass->node;
	}
	fprintf(t->f, "%16s-%-*u [%03u] %s %5" PRIu64 ".%06" PRIu64 ": ", comm,
		(int)row->tp_pid_columns, pid, r->t->cpu, &"....."[5 - row->tp_flag_letters],
		us / 1000000, us % 1000000);
}

static void write_call(void *ctx, const struct shrink_record *r)
{
	const struct shrink_trace *t = ctx;
	const struct shrinker *sh = shrinker_at(&t->k->shrinkers, r->shrinker);
	const struct kernel_row *row = t->k->row;
	u32 pointer = hashed_pointer(sh->serial);
	bool numa = sh->set != 0;

	/* the rest of a file that could not be written would be made in vain */
	if (ferror(t->f)) {
		t->k->e->failed = -EIO;
		return;
	}
	context(t, r);
	fprintf(t->f,
		"mm_shrink_slab_start: %s+0x0/0x1d0 %016" PRIx32
		": nid: %u objects to shrink %" PRId64 " gfp_flags %s cache items %" PRId64
		" delta %" PRId64 " total_scan %" PRId64 " priority %d\n",
		sh->ops->scan_name, pointer, numa || row->tp_shrink_start_nid ? r->node : 0,
		r->call->nr, gfp_name(r->t->gfp), r->call->freeable, r->plan->delta,
		r->plan->total_scan, r->call->priority);
	context(t, r);
	fprintf(t->f,
		"mm_shrink_slab_end: %s+0x0/0x1d0 %016" PRIx32
		": nid: %u unused scan count %" PRId64 " new scan count %" PRId64
		" total_scan %" PRId64 " last shrinker return val %d\n",
		sh->ops->scan_name, pointer, numa || row->tp_shrink_end_nid ? r->node : 0,
		r->call->nr, r->new_nr, r->end->total_scan, (int)r->end->freed);
}

void shrink_trace_start(struct shrink_trace *t, struct kernel *k, FILE *f)
{
	*t = (struct shrink_trace){.f = f, .k = k};
	fputs("# tracer: nop\n#\n", f);
	k->shrinkers.trace = (struct shrink_watch){write_call, t};
}

void shrink_trace_stop(struct kernel *k)
{
	k->shrinkers.trace = (struct shrink_watch){NULL, NULL};
}
