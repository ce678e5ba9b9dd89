/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A kernel on a machine: all mechanisms with the policies of one variant, bound to each other through
 * struct kernel_ops. Workloads drive it; nothing below knows that it exists.
 */
#ifndef MODELS_KERNELS_INSTANCE_H
#define MODELS_KERNELS_INSTANCE_H

#include "engine/metric.h"
#include "kernels/axes.h"
#include "lock/lock.h"
#include "vfs/vfs.h"
#include "vmscan/dying_gc.h"
#include "vmscan/vmscan.h"
#include "xfs/xfs.h"

#define MAX_METRIC_TABLES 16

struct kernel_spec {
	const struct kernel_row *row;
	const char *axes[NR_AXES]; /* value names, the row's where nothing was chosen */
	const void *axis_params[NR_AXES]; /* struct of the value's table, or NULL: defaults */
	struct machine_spec machine;
	u32 config; /* enum kernel_config */
	const struct cache_layout *layouts; /* of caches, from a slabinfo; outlive the kernel */
	u32 nr_layouts;
	u32 vfs_cache_pressure;
	double slowness; /* reclaim takes so many times what the cost table says; 0: 1 */
};

struct kernel {
	struct engine *e;
	const struct kernel_row *row;
	struct kernel_ops ops;
	struct machine m;
	struct slab_system slab;
	struct memcg_system memcg;
	struct lru_system lru;
	struct shrinker_system shrinkers;
	struct vfs vfs;
	struct xfs xfs;
	struct page_cache pages;
	struct vmscan vmscan;
	struct dying_gc dying_gc;
	const struct hotplug_lock_policy *hotplug_lock; /* its locks belong to the workload */
	struct hotplug_lock_params hotplug_lock_params;
	u32 shadow_set; /* lru set of the workingset shadow nodes */
	struct metric_table metrics[MAX_METRIC_TABLES];
	u32 nr_metric_tables;
};

/* 0 or a negative errno. The spec's machine must have been read already. */
int kernel_init(struct kernel *k, struct engine *e, const struct kernel_spec *spec);
void kernel_destroy(struct kernel *k);

/* Reclaims at every allocation from now on (tests): the worst moment for whoever holds an index. */
void kernel_reclaim_always(struct kernel *k);

/* NULL, or which invariant of which room is broken. Recounts everything. */
const char *kernel_check(const struct kernel *k);
/* The part of it between the rooms: every page of a node is free or has one owner (conservation.c). */
const char *conservation_check(const struct kernel *k);
/* What cgroups hold of their predecessors (foreign_check.c). */
const char *foreign_check(const struct kernel *k);

#endif
