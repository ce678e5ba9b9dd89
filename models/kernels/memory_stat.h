/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a memcg's files say: memory.current from the page counter, memory.stat recounted from the records themselves
 * (objects, runs of pages, stacks, structures of cgroups), so that the two come from different places and can be held
 * against each other.
 */
#ifndef MODELS_KERNELS_MEMORY_STAT_H
#define MODELS_KERNELS_MEMORY_STAT_H

#include "kernels/instance.h"

/* Bytes, of the memcg and everything below it, dying ones included. */
struct memory_stat {
	u64 current; /* page counter */
	u64 anon, file, slab, kernel_stack, percpu;
	u64 kernel; /* these three, and from 5.18 on what else of their pages is charged; page tables and vmalloc have no model */
	u64 unused_stacks; /* charged, of stacks that a CPU keeps without a task: in no line of memory.stat (up to 4.19) */
	u64 stocks; /* charged, and held back by CPUs and owner slots: in no line of memory.stat */
	u32 nr_dying; /* nr_dying_descendants of cgroup.stat */
};

void memory_stat_read(const struct kernel *k, u32 memcg, struct memory_stat *stat);

/* /proc/kpagecgroup, read to its end: every page that is charged names its memcg. */
struct kpagecgroup {
	u64 pages; /* of the machine */
	u64 charged; /* to a memcg below the root */
	u64 dying; /* of these: the memcg was removed */
	u64 lost; /* of these: there is no such memcg any more */
};

void kpagecgroup_read(const struct kernel *k, struct kpagecgroup *p);

#endif
