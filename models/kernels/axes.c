// SPDX-License-Identifier: GPL-3.0-or-later
#include "kernels/axes.h"

#include "list_lru/list_lru.h"
#include "lock/lock.h"
#include "memcg/memcg.h"
#include "shrinker/shrinker.h"
#include "vfs/vfs.h"
#include "xfs/xfs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct param_key per_page_keys[] = {
	{.name = "create_latency",
	 .type = PARAM_TIME,
	 .dflt = "100us",
	 .offset = offsetof(struct accounting_params, create_latency),
	 .help = "from the first allocation until the worker has made the memcg's kmem_cache"},
	{.name = "arrays",
	 .type = PARAM_BOOL,
	 .dflt = "off",
	 .offset = offsetof(struct accounting_params, arrays),
	 .help = "root caches have their memcg_caches arrays, a pointer for every memcg id"},
	{.name = NULL},
};

static const struct param_table per_page_table = {
	.what = "accounting policy per-page",
	.size = sizeof(struct accounting_params),
	.keys = per_page_keys,
};

static const char *const caches_names[] = {"one", "two", NULL};

static const struct param_key per_object_keys[] = {
	{.name = "caches",
	 .type = PARAM_ENUM,
	 .choices = caches_names,
	 .dflt = "one",
	 .offset = offsetof(struct accounting_params, caches),
	 .help = "one set of kmem_caches for all objects (as merged), or a second one for those "
		 "that are accounted"},
	{.name = "create_latency",
	 .type = PARAM_TIME,
	 .dflt = "100us",
	 .offset = offsetof(struct accounting_params, create_latency),
	 .help = "caches: two: from the first accounted allocation until the worker has made the "
		 "second kmem_cache"},
	{.name = NULL},
};

static const struct param_table per_object_table = {
	.what = "accounting policy per-object",
	.size = sizeof(struct accounting_params),
	.keys = per_object_keys,
};

static const char *const growth_names[] = {"double", "kirill", NULL};

static const struct param_key eager_keys[] = {
	{.name = "growth",
	 .type = PARAM_ENUM,
	 .choices = growth_names,
	 .dflt = "double",
	 .offset = offsetof(struct list_lru_params, growth),
	 .help = "how memcg_nr_cache_ids grows: 2 * (id + 1), or Kirill Tkhai's id + 2000 from "
		 "2000 on"},
	{.name = "nodes",
	 .type = PARAM_INT,
	 .dflt = "0",
	 .min = 0,
	 .max = 64,
	 .offset = offsetof(struct list_lru_params, nodes),
	 .help = "lists of a memcg in an lru: 1 = not NUMA aware, 0 = as many as the machine has "
		 "nodes"},
	{.name = NULL},
};

static const char *const inodes_names[] = {"all", "alloc_inode", "inode_cachep", NULL};

static const struct param_key lazy_keys[] = {
	{.name = "nodes",
	 .type = PARAM_INT,
	 .dflt = "0",
	 .min = 0,
	 .max = 64,
	 .offset = offsetof(struct list_lru_params, nodes),
	 .help = "lists of a memcg in an lru: 1 = not NUMA aware, 0 = as many as the machine has "
		 "nodes"},
	{.name = "inodes",
	 .type = PARAM_ENUM,
	 .choices = inodes_names,
	 .dflt = "all",
	 .offset = offsetof(struct list_lru_params, inodes),
	 .help = "whose inodes are allocated with their lru: of all file systems, of those that "
		 "use the VFS' alloc_inode() (not xfs), of those without a cache of their own"},
	{.name = NULL},
};

static const struct param_table eager_table = {
	.what = "list_lru policy eager",
	.size = sizeof(struct list_lru_params),
	.keys = eager_keys,
};

static const struct param_table shrink_table = {
	.what = "list_lru policy shrink",
	.size = sizeof(struct list_lru_params),
	.keys = eager_keys + 1,
};

static const struct param_table first_insert_table = {
	.what = "list_lru policy first-insert",
	.size = sizeof(struct list_lru_params),
	.keys = eager_keys,
};

static const struct param_table lazy_table = {
	.what = "list_lru policy lazy",
	.size = sizeof(struct list_lru_params),
	.keys = lazy_keys,
};

static const struct param_table mount_scoped_table = {
	.what = "list_lru policy mount-scoped",
	.size = sizeof(struct list_lru_params),
	.keys = eager_keys + 1,
};

static const char *const mems_names[] = {"inside", "before", "none", NULL};

static const struct param_key nested_keys[] = {
	{.name = "get_online_mems",
	 .type = PARAM_ENUM,
	 .choices = mems_names,
	 .dflt = "inside",
	 .offset = offsetof(struct hotplug_lock_params, get_online_mems),
	 .help = "where deactivation takes mem_hotplug_lock: inside cgroup_mutex, before it, or "
		 "not at all (proposals of 2020)"},
	{.name = NULL},
};

static const struct param_table nested_table = {
	.what = "hotplug_lock policy nested",
	.size = sizeof(struct hotplug_lock_params),
	.keys = nested_keys,
};

static const struct axis_value accounting_values[] = {
	{"none", &accounting_none, NULL, "cgroup.memory=nokmem: nobody is charged for slab"},
	{"per-page", &accounting_per_page, &per_page_table,
	 "a set of kmem_caches per memcg (<= 5.8)"},
	{"per-object", &accounting_per_object, &per_object_table,
	 "obj_cgroup: shared slabs, charged by the byte (>= 5.9)"},
	{NULL, NULL, NULL, NULL},
};

static const struct axis_value offline_values[] = {
	{"pin", &offline_pin, NULL, "slab keeps a removed memcg (<= 5.2)"},
	{"reparent", &offline_reparent, NULL, "slab becomes the parent's at offline (>= 5.3)"},
	{NULL, NULL, NULL, NULL},
};

static const struct axis_value list_lru_values[] = {
	{"eager", &list_lru_eager, &eager_table,
	 "lists for every memcg id, growing only (<= 5.17)"},
	{"shrink", &list_lru_shrink, &shrink_table,
	 "as eager, the table of ids shrinks with the highest one (Muchun Song, never merged)"},
	{"first-insert", &list_lru_first_insert, &first_insert_table,
	 "arrays for every memcg id, a list with its first object (Bharata B Rao, never merged)"},
	{"lazy", &list_lru_lazy, &lazy_table, "lists with a memcg's first object (>= 5.18)"},
	{"mount-scoped", &list_lru_mount_scoped, &mount_scoped_table,
	 "lists at mount time for the memcgs below the mounter's (Matthew Wilcox' idea)"},
	{NULL, NULL, NULL, NULL},
};

static const struct axis_value shrinker_values[] = {
	{"proportional", &shrinker_proportional, NULL,
	 "the same share of every cache (4.18; >= 5.0)"},
	{"min-batch", &shrinker_min_batch, NULL, "at least one batch (4.19, 4.20)"},
	{"gradual", &shrinker_gradual, NULL,
	 "small caches: what is rounded away adds up (Rik van Riel, never merged)"},
	{NULL, NULL, NULL, NULL},
};

static const struct axis_value nr_deferred_values[] = {
	{"shared", &nr_deferred_shared, NULL, "per node for all memcgs, unbounded (<= 5.12)"},
	{"per-memcg", &nr_deferred_per_memcg, NULL, "per memcg and node, decaying (>= 5.13)"},
	{NULL, NULL, NULL, NULL},
};

static const struct axis_value shrinker_map_values[] = {
	{"off", &shrinker_map_off, NULL, "every shrinker is called for every memcg (<= 4.18)"},
	{"on", &shrinker_map_on, NULL, "a bit says which have something (>= 4.19)"},
	{NULL, NULL, NULL, NULL},
};

static const struct axis_value inode_isolate_values[] = {
	{"strip", &inode_isolate_strip, NULL,
	 "an inode's pages go with it (<= 4.19.2, 5.0 .. 5.15)"},
	{"keep-attached", &inode_isolate_keep_attached, NULL,
	 "inodes with pages are rotated (4.19.3, 4.20)"},
	{"off-lru", &inode_isolate_off_lru, NULL, "inodes with pages are on no LRU (>= 5.16)"},
	{NULL, NULL, NULL, NULL},
};

static const struct axis_value fs_reclaim_values[] = {
	{"blocking", &fs_reclaim_blocking, NULL,
	 "the XFS shrinker waits for dirty inodes (<= 5.8)"},
	{"async", &fs_reclaim_async, NULL, "it passes them over (>= 5.9)"},
	{NULL, NULL, NULL, NULL},
};

/* What rows hold for reclaim that has no model yet: shown, but not to be chosen. */
static const struct axis_value dying_gc_values[] = {
	{"off", NULL, NULL, "no worker for dying memcgs; no model yet"},
	{NULL, NULL, NULL, NULL},
};

static const struct axis_value hotplug_lock_values[] = {
	{"nested", &hotplug_lock_nested, &nested_table,
	 "cgroup_mutex -> mem_hotplug_lock (<= 5.8)"},
	{"free", &hotplug_lock_free, NULL, "not nested: memcgs have no kmem_caches (>= 5.9)"},
	{NULL, NULL, NULL, NULL},
};

const struct axis_info axis_infos[NR_AXES + 1] = {
	[AXIS_ACCOUNTING] = {"accounting", accounting_values, "who is charged for a slab object"},
	[AXIS_OFFLINE] = {"offline", offline_values,
			  "what happens to slab when its memcg is removed"},
	[AXIS_LIST_LRU] = {"list_lru", list_lru_values, "when memory for LRU lists is allocated"},
	[AXIS_SHRINKER] = {"shrinker", shrinker_values, "how much a shrinker is asked to scan"},
	[AXIS_NR_DEFERRED] = {"nr_deferred", nr_deferred_values, "what becomes of work not done"},
	[AXIS_SHRINKER_MAP] = {"shrinker_map", shrinker_map_values, "which shrinkers are called"},
	[AXIS_INODE_ISOLATE] = {"inode_isolate", inode_isolate_values, "inodes with page cache"},
	[AXIS_FS_RECLAIM] = {"fs_reclaim", fs_reclaim_values, "does a file system's shrinker wait"},
	[AXIS_HOTPLUG_LOCK] = {"hotplug_lock", hotplug_lock_values,
			       "lock order of cache deactivation"},
	[AXIS_DYING_GC] = {"dying_gc", dying_gc_values, "a worker that empties dying memcgs"},
	{NULL, NULL, NULL},
};

const struct axis_value *axis_value_find(enum axis axis, const char *name)
{
	for (const struct axis_value *v = axis_infos[axis].values; v->name; v++)
		if (!strcmp(v->name, name))
			return v;
	return NULL;
}

/* Pairs that no kernel can have. */
static const struct {
	enum axis a;
	const char *value_a;
	enum axis b;
	const char *value_b;
	const char *why;
} impossible[] = {
	{AXIS_ACCOUNTING, "per-object", AXIS_OFFLINE, "pin",
	 "an obj_cgroup is reparented at offline: its objects never pin the memcg"},
	{AXIS_SHRINKER_MAP, "off", AXIS_NR_DEFERRED, "per-memcg",
	 "the counters per memcg live in the shrinker maps"},
};

int axes_check(const char *const *values, char *why, size_t why_len)
{
	for (u32 axis = 0; axis < NR_AXES; axis++) {
		if (axis_value_find((enum axis)axis, values[axis]))
			continue;
		snprintf(why, why_len, "%s: %s is not modelled", axis_infos[axis].name,
			 values[axis]);
		return -EINVAL;
	}
	for (u32 i = 0; i < ARRAY_SIZE(impossible); i++) {
		if (strcmp(values[impossible[i].a], impossible[i].value_a) ||
		    strcmp(values[impossible[i].b], impossible[i].value_b))
			continue;
		snprintf(why, why_len, "%s: %s and %s: %s do not go together: %s",
			 axis_infos[impossible[i].a].name, impossible[i].value_a,
			 axis_infos[impossible[i].b].name, impossible[i].value_b,
			 impossible[i].why);
		return -EINVAL;
	}
	return 0;
}
