// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * kswapd: when it wakes, its rounds at falling priority, when it stops, its nap (KERNEL_FACTS 2.4, 2.5).
 */
#include "vmscan/vmscan.h"

#define NAP_NS (100 * NSEC_PER_MSEC) /* HZ / 10 */

/* pgdat_balanced(): some zone of the node has its high watermark free, above its reserve. */
static bool balanced(const struct vmscan *v, u32 node)
{
	const struct page_alloc *p = &v->m->pages;

	for (u32 i = 0; i < p->nr_zones; i++) {
		const struct zone *z = &p->zones[i];

		if (z->node == node && z->managed &&
		    z->free - (s64)z->highatomic > (s64)(z->high + z->reserve[ZONE_NORMAL]))
			return true;
	}
	return false;
}

static void round_event(void *ctx, u64 arg);
static void nap_over(void *ctx, u64 arg);

/* ZONE_RECLAIM_ACTIVE */
static void set_active(const struct kswapd *k, bool active)
{
	struct page_alloc *p = &k->v->m->pages;

	for (u32 i = 0; i < p->nr_zones; i++)
		if (p->zones[i].node == k->node)
			p->zones[i].reclaim_active = active;
}

static void begin(struct kswapd *k)
{
	struct vmscan *v = k->v;
	const struct page_alloc *p = &v->m->pages;

	k->state = KSWAPD_RUNNING;
	set_active(k, true);
	k->sc = (struct scan_control){
		.target = ROOT_MEMCG,
		.priority = DEF_PRIORITY,
		.kswapd = true,
		.task = {.memcg = ROOT_MEMCG, .cpu = k->cpu},
	};
	for (u32 i = 0; i < p->nr_zones; i++)
		if (p->zones[i].node == k->node && p->zones[i].managed)
			k->sc.nr_to_reclaim += max_of(p->zones[i].high, (u64)SWAP_CLUSTER_MAX);
	engine_at(v->e, cpu_free_at(v, k->cpu), round_event, k, 0);
}

static void nap(struct kswapd *k)
{
	k->state = KSWAPD_NAPPING;
	k->woken = false;
	k->nap = engine_after(k->v->e, NAP_NS, nap_over, k, 0);
}

/* balance_pgdat() is over; kswapd_try_to_sleep(): balanced, it naps first. */
static void end_of_run(struct kswapd *k)
{
	set_active(k, false);
	snapshot_refaults(k->v, ROOT_MEMCG, k->node);
	/* a run through all priorities for nothing; progress sets it back (shrink_node()) */
	if (k->sc.priority < 1 && !k->sc.nr_reclaimed)
		k->failures++;
	if (k->failures >= MAX_RECLAIM_RETRIES) {
		k->state = KSWAPD_ASLEEP;
		return;
	}
	if (balanced(k->v, k->node))
		nap(k);
	else
		begin(k);
}

/* One turn of balance_pgdat()'s loop. */
static void round_event(void *ctx, u64 arg)
{
	struct kswapd *k = ctx;
	struct vmscan *v = k->v;
	u64 before = k->sc.nr_reclaimed, ns;
	bool enough;

	(void)arg;
	if (balanced(v, k->node)) {
		end_of_run(k);
		return;
	}
	k->sc.nr_scanned = 0;
	v->in_reclaim = true;
	ns = shrink_node(v, k->node, &k->sc);
	v->in_reclaim = false;
	k->rounds++;
	v->scanned_kswapd += k->sc.nr_scanned;
	v->reclaimed_kswapd += k->sc.nr_reclaimed - before;
	engine_trail(v->e, TRAIL_SHRINK, k->node, k->sc.nr_scanned << 8 | (u64)k->sc.priority);
	/* kswapd_shrink_node(): priority falls unless the round scanned what it was to reclaim */
	enough = k->sc.nr_scanned >= k->sc.nr_to_reclaim;
	if (!enough || k->sc.nr_reclaimed == before)
		k->sc.priority--;
	/* tasks on its CPU wait that much longer */
	v->cpu_busy_until[k->cpu] = cpu_free_at(v, k->cpu) + ns;
	if (k->sc.priority >= 1)
		io_wait(&k->io, ns, round_event, k, 0);
	else
		end_of_run(k);
}

static void nap_over(void *ctx, u64 arg)
{
	struct kswapd *k = ctx;

	(void)arg;
	k->nap = 0;
	if (!k->woken && balanced(k->v, k->node))
		k->state = KSWAPD_ASLEEP;
	else
		begin(k);
}

/* wakeup_kswapd() */
static void wake(struct kswapd *k)
{
	struct vmscan *v = k->v;

	if (k->state == KSWAPD_RUNNING || k->failures >= MAX_RECLAIM_RETRIES ||
	    balanced(v, k->node))
		return;
	k->wakeups++;
	if (k->state == KSWAPD_NAPPING && k->nap)
		event_cancel(&v->e->queue, k->nap);
	k->nap = 0;
	begin(k);
}

void wake_kswapds(struct vmscan *v, u32 node, u32 order)
{
	(void)order;
	/* a kernel that is being built has no kswapd yet */
	for (u32 i = 0; v->kswapd && i < v->m->nr_nodes; i++)
		wake(&v->kswapd[v->m->pages.node_order[node * v->m->nr_nodes + i]]);
}
