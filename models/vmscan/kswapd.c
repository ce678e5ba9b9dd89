// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * kswapd: when it wakes, its rounds at falling priority, when it stops, its nap (KERNEL_FACTS 2.4, 2.5).
 */
#include "vmscan/vmscan.h"

#define NAP_NS (100 * NSEC_PER_MSEC) /* HZ / 10 */
#define BOOST_PRIORITY (DEF_PRIORITY - 2) /* no reclaim for a boost goes further */
#define TICK_NS (4 * NSEC_PER_MSEC) /* HZ = 250 */
#define SCHED_LATENCY_NS (6 * NSEC_PER_MSEC) /* for one CPU; CFS, until 6.5 */

/* pgdat_balanced(): some zone of the node has its high watermark free, above its reserve. */
static bool balanced(const struct vmscan *v, u32 node)
{
	const struct page_alloc *p = &v->m->pages;

	for (u32 i = 0; i < p->nr_zones; i++) {
		const struct zone *z = &p->zones[i];

		if (z->node == node && z->managed &&
		    z->free - (s64)z->highatomic >
			    (s64)(z->high + z->boost + z->reserve[ZONE_NORMAL]))
			return true;
	}
	return false;
}

/*
 * sched_slice() of two that share a CPU: half of sysctl_sched_latency, which grows with the logarithm of the CPUs
 * up to 8; a tick ends it.
 */
static u64 sched_slice(const struct vmscan *v)
{
	u64 latency = SCHED_LATENCY_NS;

	for (u32 cpus = 2; cpus <= min_of(v->m->nr_present, 8U); cpus *= 2)
		latency += SCHED_LATENCY_NS;
	return div_round_up(latency / 2, TICK_NS) * TICK_NS;
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

/* balance_pgdat() takes on the boosts that it finds, and takes them off again at its end. */
static void note_boosts(struct kswapd *k)
{
	const struct page_alloc *p = &k->v->m->pages;

	k->boost_left = 0;
	for (u32 i = 0; i < p->nr_zones; i++) {
		if (p->zones[i].node != k->node)
			continue;
		k->boosts[p->zones[i].type] = p->zones[i].boost;
		k->boost_left += p->zones[i].boost;
	}
}

static void drop_boosts(struct kswapd *k)
{
	struct page_alloc *p = &k->v->m->pages;

	for (u32 i = 0; i < p->nr_zones; i++)
		if (p->zones[i].node == k->node)
			p->zones[i].boost -= min_of(p->zones[i].boost, k->boosts[p->zones[i].type]);
}

static bool boosted(const struct vmscan *v, u32 node)
{
	const struct page_alloc *p = &v->m->pages;

	for (u32 i = 0; i < p->nr_zones; i++)
		if (p->zones[i].node == node && p->zones[i].boost)
			return true;
	return false;
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
			k->sc.nr_to_reclaim +=
				max_of(p->zones[i].high + p->zones[i].boost, (u64)SWAP_CLUSTER_MAX);
	note_boosts(k);
	engine_at(v->e, cpu_free_at(v, k->cpu), round_event, k, 0);
}

static void nap(struct kswapd *k)
{
	k->state = KSWAPD_NAPPING;
	k->nap = engine_after(k->v->e, NAP_NS, nap_over, k, 0);
}

/* balance_pgdat() is over; kswapd_try_to_sleep(): balanced, it naps first. */
static void end_of_run(struct kswapd *k)
{
	set_active(k, false);
	drop_boosts(k);
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

static void run_over(void *ctx, u64 arg)
{
	(void)arg;
	end_of_run(ctx);
}

static void compute(void *ctx, u64 ns);

/* One turn of balance_pgdat()'s loop. */
static void round_event(void *ctx, u64 arg)
{
	struct kswapd *k = ctx;
	struct vmscan *v = k->v;
	u64 before = k->sc.nr_reclaimed, got, ns;
	bool enough, even = balanced(v, k->node);

	(void)arg;
	if (even && !k->boost_left) {
		end_of_run(k);
		return;
	}
	if (!even && k->boost_left) {
		/* balance comes first, with the marks as they are */
		k->boost_left = 0;
		k->sc.priority = DEF_PRIORITY;
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
	got = k->sc.nr_reclaimed - before;
	enough = k->sc.nr_scanned >= k->sc.nr_to_reclaim ||
		 (k->boost_left && k->sc.priority == BOOST_PRIORITY);
	k->boost_left -= min_of(k->boost_left, got);
	if (!enough || !got)
		k->sc.priority--;
	/* for a boost alone nobody goes on without progress */
	k->over = k->boost_left && !got;
	io_collect(&k->io);
	compute(k, ns);
}

/* The round takes ns of CPU time; a task that wants the CPU as well gets it every other slice. */
static void compute(void *ctx, u64 ns)
{
	struct kswapd *k = ctx;
	struct vmscan *v = k->v;
	u64 now = ns, rest = 0;

	if (v->cpu_task_until[k->cpu] > v->e->now) {
		now = min_of(ns, k->slice);
		k->slice -= now;
		if (!k->slice) {
			k->slice = sched_slice(v);
			rest = k->slice;
		}
	}
	v->cpu_busy_until[k->cpu] = v->e->now + now;
	if (now < ns)
		engine_after(v->e, now + rest, compute, k, ns - now);
	else if (k->sc.priority >= 1 && !k->over)
		io_serve(&k->io, now + rest, round_event, k, 0);
	else
		io_serve(&k->io, now, run_over, k, 0);
}

static void nap_over(void *ctx, u64 arg)
{
	struct kswapd *k = ctx;

	(void)arg;
	k->nap = 0;
	/* a sleeper goes before the task that ran meanwhile (place_entity()) */
	k->slice = sched_slice(k->v);
	if (balanced(k->v, k->node))
		k->state = KSWAPD_ASLEEP;
	else
		begin(k);
}

/* wakeup_kswapd() */
static void wake(struct kswapd *k)
{
	struct vmscan *v = k->v;

	if (k->state == KSWAPD_RUNNING || k->failures >= MAX_RECLAIM_RETRIES ||
	    (balanced(v, k->node) && !boosted(v, k->node)))
		return;
	k->wakeups++;
	k->slice = sched_slice(v);
	if (k->state == KSWAPD_NAPPING && k->nap)
		event_cancel(&v->e->queue, k->nap);
	k->nap = 0;
	begin(k);
}

void wake_boosted_kswapd(struct vmscan *v, u32 node)
{
	if (v->kswapd)
		wake(&v->kswapd[node]);
}

void wake_kswapds(struct vmscan *v, u32 node, u32 order)
{
	(void)order;
	/* a kernel that is being built has no kswapd yet */
	for (u32 i = 0; v->kswapd && i < v->m->nr_nodes; i++)
		wake(&v->kswapd[v->m->pages.node_order[node * v->m->nr_nodes + i]]);
}
