/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reclaim (mm/vmscan.c; KERNEL_FACTS 2): kswapd of every node, direct and limit reclaim, the walk over
 * memcgs, and on each of them its page lists and then its shrinkers.
 *
 * A round of kswapd (shrink_node at one priority) is one event, followed by the CPU time that it cost, so
 * that who allocates goes on meanwhile: on other CPUs, and in turn with it on its own (CFS). Not modelled: swap, mapped pages, compaction, the throttling of
 * direct reclaimers, writeback by reclaim.
 */
#ifndef MODELS_VMSCAN_VMSCAN_H
#define MODELS_VMSCAN_VMSCAN_H

#include "cost/cost.h"
#include "page_cache/page_cache.h"
#include "vmscan/balance.h"
#include "vmscan/oom.h"

#define SWAP_CLUSTER_MAX 32
#define MAX_RECLAIM_RETRIES 16

/* Which lists a pass may take active pages from: per lruvec until 5.4, per node from b91ac374346b on. */
struct scan_control {
	u32 target; /* memcg whose tree is reclaimed: the root, or one over its limit */
	int priority; /* 12 (mild) .. 0 */
	u64 nr_to_reclaim;
	u64 nr_scanned, nr_reclaimed; /* pages */
	bool kswapd;
	bool may_deactivate; /* per-node rule: decided for this pass */
	bool force_deactivate;
	bool skipped_deactivate;
	bool full_walk; /* a direct reclaimer that found nothing on partial walks */
	struct task task;
};

enum kswapd_state {
	KSWAPD_ASLEEP,
	KSWAPD_RUNNING,
	KSWAPD_NAPPING, /* HZ / 10, then it looks again */
};

struct kswapd {
	struct vmscan *v;
	u32 node;
	u16 cpu; /* where it runs */
	u8 state; /* enum kswapd_state */
	u64 slice; /* ns of CPU time left before a task on its CPU has its turn */
	int failures; /* runs that reclaimed nothing; at 16 it gives up */
	u64 boosts[NR_ZONE_TYPES]; /* of its zones when the run began */
	bool over; /* the run ends without being balanced */
	u64 boost_left; /* pages still to reclaim for them; 0: only balance matters */
	struct scan_control sc;
	event_id nap;
	struct io_waiter io; /* for what its shrinkers write and wait for */
	u64 wakeups, rounds;
};

struct vmscan {
	struct engine *e;
	struct machine *m;
	struct memcg_system *memcg;
	struct shrinker_system *shrinkers;
	struct page_cache *pages;
	const struct kernel_row *row;
	struct cost_model cost;
	struct kswapd *kswapd; /* [nr_nodes] */
	u64 *cpu_busy_until; /* [nr_cpus] ns: reclaim has the CPU until then */
	struct balance balance;
	u64 *cpu_task_until; /* [nr_cpus] ns: a task wants the CPU until then */
	bool in_reclaim; /* PF_MEMALLOC: reclaim does not reclaim again */
	u64 direct_reclaims, limit_reclaims;
	u64 scanned_kswapd, scanned_direct, reclaimed_kswapd, reclaimed_direct;
	u64 shrink_ns, direct_ns;
	u64 out_of_memory;
	struct oom oom;
};

int vmscan_init(struct vmscan *v, struct page_cache *pages);
void vmscan_destroy(struct vmscan *v);

/* wake_all_kswapds(): those of all nodes in the zonelist that are not balanced. */
void wake_kswapds(struct vmscan *v, u32 node, u32 order);
/* wakeup_kswapd() of a node whose watermarks were boosted. */
void wake_boosted_kswapd(struct vmscan *v, u32 node);
/* try_to_free_pages() for an allocation on a node. True: something came free. */
bool direct_reclaim(struct vmscan *v, u32 node, u32 order, u16 gfp);
/* try_to_free_mem_cgroup_pages(): pages reclaimed. */
u64 limit_reclaim(struct vmscan *v, u32 memcg, u64 nr_pages, u16 gfp);
/* A charge on a CPU went over memory.high: unless the task itself comes first, an event of this moment reclaims. */
void over_high(struct vmscan *v, u32 memcg, u16 cpu);
/* mem_cgroup_handle_over_high(): a task that charged the memcg returns to user space. */
void handle_over_high(struct vmscan *v, u32 memcg, u16 cpu);
/* mem_cgroup_out_of_memory(), out_of_memory(): somebody is killed, and there is a verdict. */
enum oom_result oom_memcg(struct vmscan *v, u32 memcg);
enum oom_result oom_machine(struct vmscan *v, u32 node, u32 order);
/* enum current_flags */
static inline u32 current_flags(const struct vmscan *v)
{
	return (v->in_reclaim ? CURRENT_MEMALLOC : 0) | (v->oom.current_dies ? CURRENT_DYING : 0);
}
/* When a task on the CPU may go on, if reclaim holds it up: now or later. */
static inline u64 cpu_free_at(const struct vmscan *v, u16 cpu)
{
	return max_of(v->cpu_busy_until[cpu], v->e->now);
}

/* When a task on the CPU has computed for ns, beginning as soon as reclaim lets it. */
static inline u64 cpu_run(struct vmscan *v, u16 cpu, u64 ns)
{
	v->cpu_task_until[cpu] = cpu_free_at(v, cpu) + ns;
	return v->cpu_task_until[cpu];
}

/* get_scan_count(): a list's share at a priority; a dying memcg's last pages are scraped out. */
u64 scan_count(const struct vmscan *v, u64 pages, u32 memcg, int priority);
/* At the end of reclaim: refaults that activate from now on are new ones. */
void snapshot_refaults(struct vmscan *v, u32 target, u32 node);
/* shrink_node(): one pass over the target's tree on a node. CPU time that it took, ns. */
u64 shrink_node(struct vmscan *v, u32 node, struct scan_control *sc);

extern const struct metric_source vmscan_metrics[];

#endif
