/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The registry of policies: a line for each value of each axis, in the order of `memcgsim list axes`. A policy is a file
 * of its own and its line here (docs/adding-a-policy.md).
 *
 *   P(axis, id, name, parameters, meaning)
 *
 * stands for the const struct AXIS_policy called AXIS_ID, which needs no other declaration unless somebody else names
 * it; parameters is NULL or a table in axes.c. Every line ends in a backslash: the empty one ends the list.
 */
#ifndef MODELS_KERNELS_REGISTRY_H
#define MODELS_KERNELS_REGISTRY_H

/* clang-format off */

#define ACCOUNTING_POLICIES(P) \
	P(accounting, none, "none", NULL, "cgroup.memory=nokmem: nobody is charged for slab") \
	P(accounting, per_page, "per-page", &per_page_table, "a set of kmem_caches per memcg (<= 5.8)") \
	P(accounting, per_object, "per-object", &per_object_table, "obj_cgroup: shared slabs, charged by the byte (>= 5.9)") \

#define OFFLINE_POLICIES(P) \
	P(offline, pin, "pin", NULL, "slab keeps a removed memcg (<= 5.2)") \
	P(offline, reparent, "reparent", NULL, "slab becomes the parent's at offline (>= 5.3)") \
	P(offline, reuse, "reuse", NULL, "a new cgroup takes over a dead one of the same parent (Vladimir Davydov's idea)") \

#define LIST_LRU_POLICIES(P) \
	P(list_lru, eager, "eager", &eager_table, "lists for every memcg id, growing only (<= 5.17)") \
	P(list_lru, shrink, "shrink", &shrink_table, "as eager, the table of ids shrinks with the highest one (Muchun Song, never merged)") \
	P(list_lru, first_insert, "first-insert", &first_insert_table, "arrays for every memcg id, a list with its first object (Bharata B Rao, never merged)") \
	P(list_lru, lazy, "lazy", &lazy_table, "lists with a memcg's first object (>= 5.18)") \
	P(list_lru, mount_scoped, "mount-scoped", &mount_scoped_table, "lists at mount time for the memcgs below the mounter's (Matthew Wilcox' idea)") \

#define SHRINKER_POLICIES(P) \
	P(shrinker, proportional, "proportional", NULL, "the same share of every cache (4.18; >= 5.0)") \
	P(shrinker, min_batch, "min-batch", NULL, "at least one batch (4.19, 4.20)") \
	P(shrinker, gradual, "gradual", NULL, "small caches: what is rounded away adds up (Rik van Riel, never merged)") \

#define NR_DEFERRED_POLICIES(P) \
	P(nr_deferred, shared, "shared", NULL, "per node for all memcgs, unbounded (<= 5.12)") \
	P(nr_deferred, per_memcg, "per-memcg", NULL, "per memcg and node, decaying (>= 5.13)") \

#define SHRINKER_MAP_POLICIES(P) \
	P(shrinker_map, off, "off", NULL, "every shrinker is called for every memcg (<= 4.18)") \
	P(shrinker_map, on, "on", NULL, "a bit says which have something (>= 4.19)") \

#define INODE_ISOLATE_POLICIES(P) \
	P(inode_isolate, strip, "strip", NULL, "an inode's pages go with it (<= 4.19.2, 5.0 .. 5.15)") \
	P(inode_isolate, keep_attached, "keep-attached", NULL, "inodes with pages are rotated (4.19.3, 4.20)") \
	P(inode_isolate, off_lru, "off-lru", NULL, "inodes with pages are on no LRU (>= 5.16)") \

#define FS_RECLAIM_POLICIES(P) \
	P(fs_reclaim, blocking, "blocking", NULL, "the XFS shrinker waits for dirty inodes (<= 5.8)") \
	P(fs_reclaim, async, "async", NULL, "it passes them over (>= 5.9)") \

#define DYING_GC_POLICIES(P) \
	P(dying_gc, off, "off", NULL, "no worker for dying memcgs (every release)") \
	P(dying_gc, on, "on", &dying_gc_table, "one empties them (Dave Chinner's idea; OpenAnolis' memcg_zombie_reaper)") \

#define HOTPLUG_LOCK_POLICIES(P) \
	P(hotplug_lock, nested, "nested", &nested_table, "cgroup_mutex -> mem_hotplug_lock (<= 5.8)") \
	P(hotplug_lock, free, "free", NULL, "not nested: memcgs have no kmem_caches (>= 5.9)") \

#endif
