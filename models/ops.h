/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Calls that go against the direction of includes, bound when a world is built: an allocation that
 * must reclaim, a slab that has to be charged or gives its charge back, a cgroup that goes offline.
 *
 * All of them may change anything: no index, count or pointer read before such a call may be used
 * after it without a new look.
 */
#ifndef MODELS_OPS_H
#define MODELS_OPS_H

#include "engine/engine.h"
#include "kernels/kernel.h"

/* On whose behalf something happens. memcg is an index into memcgs (0 is not one; the root is 1). */
struct task {
	u32 memcg;
	u16 cpu;
	u16 gfp; /* enum gfp_flags */
};

enum gfp_flags {
	GFP_KERNEL = 0,
	GFP_NOFS = 1 << 0, /* reclaim may not enter file systems */
	GFP_ATOMIC = 1 << 1, /* may not reclaim at all */
	GFP_ACCOUNT = 1 << 2, /* a kmalloc that is charged */
	GFP_NOFAIL = 1 << 3,
	GFP_USER_FAULT =
		1 << 4, /* no gfp flag: current->in_user_fault, a page fault of user space */
};

/* What call_rcu() queues; the argument names it. */
enum rcu_kind {
	RCU_KMEM = 1, /* slab/: a kmalloc (piece id) */
	RCU_OBJECT, /* vfs/: a dentry or inode */
};

/* What the task that is running now is, as far as charges ask. */
enum current_flags {
	CURRENT_MEMALLOC = 1 << 0, /* PF_MEMALLOC: it reclaims */
	CURRENT_DYING = 1 << 1, /* the OOM killer chose it: it is to exit */
};

/* What the OOM killer did. */
enum oom_result {
	OOM_NO_VICTIM, /* there was no task to kill */
	OOM_KILLED, /* a task was killed, and its memory is back */
	OOM_CURRENT, /* the task that is running was: it goes when its operation ends */
};

struct kmem_cache;

struct kernel_ops {
	void *kernel; /* first argument of every call */

	/* machine -> vmscan: no zone of the zonelist is above its watermark. True: try again. */
	bool (*reclaim_pages)(void *kernel, u32 node, u32 order, u16 gfp);
	/* machine -> vmscan: every zone of the node's zonelist is below its low watermark. */
	void (*wake_kswapd)(void *kernel, u32 node, u32 order);
	/* machine -> vmscan: the marks of a zone of the node were raised. */
	void (*wake_boosted)(void *kernel, u32 node);
	/* slab -> memcg: pages of a new slab of a per-memcg cache. False: over the limit. */
	bool (*charge_slab)(void *kernel, struct kmem_cache *cache, u32 pages, u16 cpu);
	void (*uncharge_slab)(void *kernel, struct kmem_cache *cache, u32 pages, u16 cpu);
	/* slab -> memcg: a slab was made / is about to go (its obj_cgroup vector comes and goes). */
	void (*slab_made)(void *kernel, u32 slab, u16 cpu);
	void (*slab_gone)(void *kernel, u32 slab, u16 cpu);
	/* slab -> memcg: the last slab of a cache that was shut down is gone. */
	void (*cache_empty)(void *kernel, struct kmem_cache *cache);
	/* memcg -> vmscan: over its limit. Pages reclaimed. */
	u64 (*reclaim_memcg)(void *kernel, u32 memcg, u64 nr_pages, u16 gfp, u16 cpu);
	/* memcg -> vmscan: over memory.high; the task has to reclaim when it returns to user space. */
	void (*over_high)(void *kernel, u32 memcg, u16 cpu);
	/* memcg, page_cache -> vmscan: enum current_flags. */
	u32 (*current_flags)(void *kernel);
	/* memcg -> vmscan: mem_cgroup_out_of_memory(); machine -> vmscan: out_of_memory(). */
	enum oom_result (*memcg_oom)(void *kernel, u32 memcg);
	enum oom_result (*out_of_memory)(void *kernel, u32 node, u32 order);
	/* memcg -> list_lru and shrinker: memory for a new one (0 or -ENOMEM), lists to the parent. */
	int (*memcg_online)(void *kernel, u32 memcg, const struct task *t);
	void (*memcg_offline)(void *kernel, u32 memcg);
	void (*memcg_free)(void *kernel, u32 memcg);
	/* memcg -> vmscan: it is about to go offline. True: memcg_offline_now() will be called later. */
	bool (*memcg_dies)(void *kernel, u32 memcg);
	/* memcg -> vmscan: its offline work is done. */
	void (*memcg_died)(void *kernel, u32 memcg);
	/* memcg -> page_cache: a new cgroup took it over. Pages of its lists, marked as its predecessors'. */
	u64 (*memcg_taken)(void *kernel, u32 memcg);
	/* memcg -> list_lru: the id table is to have a new size (eager era). 0 or -ENOMEM. */
	int (*cache_ids_resized)(void *kernel, u32 old_size, u32 new_size, const struct task *t);
	/* rcu -> slab and above: a grace period is over for an object that was queued. */
	void (*rcu_free)(void *kernel, u32 kind, u32 arg, u16 cpu);
	/* Tests only: called before every slab allocation, to reclaim at the worst moment. */
	void (*before_alloc)(void *kernel, const struct task *t);
};

#endif
