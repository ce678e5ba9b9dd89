// SPDX-License-Identifier: GPL-3.0-or-later
/* Direct and limit reclaim: do_try_to_free_pages() (KERNEL_FACTS 2.4); set-up and metrics. */
#include "vmscan/vmscan.h"

#include <errno.h>
#include <stdlib.h>

int vmscan_init(struct vmscan *v, struct page_cache *pages)
{
	u32 cpu = 0;

	*v = (struct vmscan){
		.e = pages->e,
		.m = pages->m,
		.memcg = pages->memcg,
		.shrinkers = pages->shrinkers,
		.pages = pages,
		.row = pages->row,
		.cost = default_costs,
		.kswapd = calloc(pages->m->nr_nodes, sizeof(*v->kswapd)),
		.cpu_busy_until = calloc(pages->m->nr_cpus, sizeof(*v->cpu_busy_until)),
		.cpu_task_until = calloc(pages->m->nr_cpus, sizeof(*v->cpu_task_until)),
	};
	if (!v->kswapd || !v->cpu_busy_until || !v->cpu_task_until ||
	    balance_init(&v->balance, pages))
		return -ENOMEM;
	for (u32 node = 0; node < v->m->nr_nodes; node++) {
		/* kswapd runs on its node's CPUs: the first of them */
		for (cpu = 0; cpu + 1 < v->m->nr_present && cpu_to_node(v->m, cpu) != node; cpu++)
			;
		v->kswapd[node] = (struct kswapd){
			.v = v, .node = node, .cpu = (u16)cpu, .io = {.disk = &v->m->disk}};
	}
	return 0;
}

void vmscan_destroy(struct vmscan *v)
{
	free(v->kswapd);
	free(v->cpu_busy_until);
	free(v->cpu_task_until);
	balance_destroy(&v->balance);
	v->kswapd = NULL;
	v->cpu_busy_until = NULL;
	v->cpu_task_until = NULL;
}

/* One pass at sc->priority over all nodes, nearest first. */
static u64 shrink_zones(struct vmscan *v, u32 node, struct scan_control *sc)
{
	u64 ns = 0;

	for (u32 i = 0; i < v->m->nr_nodes; i++)
		ns += shrink_node(v, v->m->pages.node_order[node * v->m->nr_nodes + i], sc);
	return ns;
}

/* Priority 12 to 0 until the goal is met. CPU time, ns. */
static u64 all_priorities(struct vmscan *v, u32 node, struct scan_control *sc)
{
	u64 ns = 0;

	for (sc->priority = DEF_PRIORITY; sc->priority >= 0; sc->priority--) {
		sc->nr_scanned = 0;
		ns += shrink_zones(v, node, sc);
		v->scanned_direct += sc->nr_scanned;
		if (sc->nr_reclaimed >= sc->nr_to_reclaim)
			break;
	}
	for (u32 i = 0; i < v->m->nr_nodes; i++)
		snapshot_refaults(v, sc->target, i);
	return ns;
}

/* Who got nothing at all tries once more with all memcgs, and once more with active pages that were spared. */
static u64 try_to_free(struct vmscan *v, u32 node, struct scan_control *sc)
{
	u64 ns = all_priorities(v, node, sc);

	if (!sc->nr_reclaimed && v->row->direct_walk_stops) {
		sc->full_walk = true;
		ns += all_priorities(v, node, sc);
	}
	if (!sc->nr_reclaimed && sc->skipped_deactivate) {
		sc->force_deactivate = true;
		ns += all_priorities(v, node, sc);
	}
	return ns;
}

bool direct_reclaim(struct vmscan *v, u32 node, u32 order, u16 gfp)
{
	struct scan_control sc = {
		.target = ROOT_MEMCG,
		.nr_to_reclaim = SWAP_CLUSTER_MAX,
		/* which CPU allocates is not known here: one of the node */
		.task = {.memcg = ROOT_MEMCG,
			 .cpu = v->kswapd ? v->kswapd[node].cpu : 0,
			 .gfp = gfp},
	};
	s64 before = v->m->pages.free.level;

	(void)order;
	if (v->in_reclaim || !v->kswapd || (gfp & GFP_ATOMIC))
		return false;
	v->in_reclaim = true;
	v->direct_reclaims++;
	v->direct_ns += try_to_free(v, node, &sc);
	v->reclaimed_direct += sc.nr_reclaimed;
	/* slab that was killed is freed by RCU: the allocation waits for it if there is nothing else */
	if (v->m->pages.free.level <= before) {
		rcu_barrier(v->m);
		page_alloc_drain(&v->m->pages);
	}
	v->in_reclaim = false;
	if (v->m->pages.free.level > before)
		return true;
	v->out_of_memory++;
	return false;
}

/* try_to_free_mem_cgroup_pages() */
static u64 reclaim_tree(struct vmscan *v, u32 memcg, u64 nr_pages, u16 gfp)
{
	struct scan_control sc = {
		.target = memcg,
		.nr_to_reclaim = max_of(nr_pages, (u64)SWAP_CLUSTER_MAX),
		.task = {.memcg = memcg, .cpu = v->pages->cpu, .gfp = gfp},
	};

	if (v->in_reclaim || !v->kswapd || (gfp & GFP_ATOMIC))
		return 0;
	v->in_reclaim = true;
	v->limit_reclaims++;
	v->direct_ns += try_to_free(v, cpu_to_node(v->m, sc.task.cpu), &sc);
	v->reclaimed_direct += sc.nr_reclaimed;
	v->in_reclaim = false;
	return sc.nr_reclaimed;
}

u64 limit_reclaim(struct vmscan *v, u32 memcg, u64 nr_pages, u16 gfp)
{
	s64 before = memcg_at(v->memcg, memcg)->usage;
	u64 reclaimed = reclaim_tree(v, memcg, nr_pages, gfp);

	/*
	 * As above: nothing but what RCU will free. It is no progress, but the rounds of the charge take longer than
	 * a grace period, and then it fits.
	 */
	if (!v->in_reclaim && v->kswapd && v->m->rcu.pending_items &&
	    memcg_at(v->memcg, memcg)->usage >= before) {
		v->in_reclaim = true;
		rcu_barrier(v->m);
		v->in_reclaim = false;
		v->direct_ns += v->m->rcu.grace_period;
	}
	return reclaimed;
}

/* ---- memory.high ---- */

/* reclaim_high(): the memcg and all above it that are over theirs. */
static void reclaim_high(struct vmscan *v, u32 memcg, u32 nr_pages, u16 cpu)
{
	u16 before = v->pages->cpu;

	v->pages->cpu = cpu;
	for (u32 id = memcg; id > ROOT_MEMCG; id = memcg_at(v->memcg, id)->parent) {
		if (memcg_at(v->memcg, id)->usage <= memcg_at(v->memcg, id)->high_pages)
			continue;
		v->memcg->events_high++;
		reclaim_tree(v, id, nr_pages, GFP_KERNEL);
	}
	v->pages->cpu = before;
}

void handle_over_high(struct vmscan *v, u32 memcg, u16 cpu)
{
	u32 nr_pages = memcg_at(v->memcg, memcg)->over_high;

	if (!nr_pages)
		return;
	memcg_at(v->memcg, memcg)->over_high = 0;
	reclaim_high(v, memcg, nr_pages, cpu);
}

/* The task did not say when its operation was over: then it is now, and its CPU is busy for the time it takes. */
static void return_to_user(void *ctx, u64 arg)
{
	struct vmscan *v = ctx;
	u16 cpu = (u16)(arg >> 32);
	u64 ns = v->direct_ns;

	handle_over_high(v, (u32)arg, cpu);
	ns = v->direct_ns - ns;
	if (ns)
		v->cpu_busy_until[cpu] = cpu_free_at(v, cpu) + ns;
}

void over_high(struct vmscan *v, u32 memcg, u16 cpu)
{
	engine_after(v->e, 0, return_to_user, v, (u64)cpu << 32 | memcg);
}

/* ---- metrics ---- */

#define READ(fn, expr)                                                                             \
	static double fn(const void *model)                                                        \
	{                                                                                          \
		const struct vmscan *v = model;                                                    \
                                                                                                   \
		return (double)(expr);                                                             \
	}

READ(direct_calls, v->direct_reclaims)
READ(scanned, v->scanned_kswapd + v->scanned_direct)
READ(reclaimed, v->reclaimed_kswapd + v->reclaimed_direct)
/* Of all calls, those of drop_caches included. */
READ(shrink_cpu, (double)(v->shrinkers->calls * v->cost.shrink_call_ns +
			  v->shrinkers->scanned * v->cost.shrink_scan_ns +
			  v->shrinkers->freed * v->cost.shrink_free_ns) /
			 1e9)
READ(limit_calls, v->limit_reclaims)
READ(oom_kills, v->oom.kills)
READ(direct_stall, (double)v->direct_ns / 1e9)

static double wakeups(const void *model)
{
	const struct vmscan *v = model;
	u64 sum = 0;

	for (u32 i = 0; i < v->m->nr_nodes; i++)
		sum += v->kswapd[i].wakeups;
	return (double)sum;
}

/* Of all kswapds: time that they waited for what shrinkers had to write. */
static double kswapd_io(const void *model)
{
	const struct vmscan *v = model;
	u64 sum = 0;

	for (u32 i = 0; i < v->m->nr_nodes; i++)
		sum += v->kswapd[i].io.waited[IO_RECLAIM];
	return v->m->disk.present ? (double)sum / 1e9 : NAN;
}

#define COUNTED(n, u, h)                                                                           \
	.info = {.name = n, .unit = u, .help = h, .integer = true, .kind = METRIC_COUNTED}

const struct metric_source vmscan_metrics[] = {
	{COUNTED("reclaim.kswapd_wakeups", "calls", "kswapds woken, all nodes"), .read = wakeups},
	{COUNTED("reclaim.direct", "calls", "allocations that had to reclaim themselves"),
	 .read = direct_calls},
	{COUNTED("reclaim.limit", "calls", "reclaims for a memory.max or memory.high"),
	 .read = limit_calls},
	{COUNTED("reclaim.pages_scanned", "pages",
		 "pages looked at: pgscan_kswapd + pgscan_direct"),
	 .info.series = true, .read = scanned},
	{COUNTED("reclaim.pages_reclaimed", "pages",
		 "pages that went, those of stripped inodes included"),
	 .read = reclaimed},
	{.info = {.name = "shrink.cpu_s",
		  .unit = "s",
		  .kind = METRIC_COUNTED,
		  .help = "CPU time in shrinkers, by the cost model (342 ns a call)"},
	 .read = shrink_cpu},
	{.info = {.name = "stall.direct_s",
		  .unit = "s",
		  .kind = METRIC_COUNTED,
		  .help = "time that allocating tasks spent in reclaim"},
	 .read = direct_stall},
	{.info = {.name = "stall.kswapd_io_s",
		  .unit = "s",
		  .kind = METRIC_COUNTED,
		  .help = "time that kswapd waited for the disk inside shrinkers, all nodes"},
	 .read = kswapd_io},
	{COUNTED("oom.kills", "kills",
		 "tasks killed: nothing more could be reclaimed for the machine or within a limit"),
	 .read = oom_kills},
	{.info = {.name = NULL}},
};
