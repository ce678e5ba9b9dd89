// SPDX-License-Identifier: GPL-3.0-or-later
#include "kernels/axes.h"

#include "kernels/registry.h"
#include "list_lru/list_lru.h"
#include "lock/lock.h"
#include "memcg/memcg.h"
#include "shrinker/shrinker.h"
#include "vfs/vfs.h"
#include "vmscan/dying_gc.h"
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

static const char *const gc_when_names[] = {"offline", "after", "periodic", "once", NULL};
static const char *const gc_lists_names[] = {"own", "parent", NULL};
static const char *const gc_take_names[] = {"slab", "pages", "both", NULL};

static const struct param_key dying_gc_keys[] = {
	{.name = "when",
	 .type = PARAM_ENUM,
	 .choices = gc_when_names,
	 .dflt = "offline",
	 .offset = offsetof(struct dying_gc_params, when),
	 .help = "offline: before a removed memcg's lists go to its parent; after: behind that; "
		 "periodic: every interval, over all dying ones; once: at given times"},
	{.name = "lists",
	 .type = PARAM_ENUM,
	 .choices = gc_lists_names,
	 .dflt = "own",
	 .offset = offsetof(struct dying_gc_params, lists),
	 .help = "LRU lists of slab that it scans: those that are still the dying memcg's, or its "
		 "living parent's"},
	{.name = "take",
	 .type = PARAM_ENUM,
	 .choices = gc_take_names,
	 .dflt = "slab",
	 .offset = offsetof(struct dying_gc_params, take),
	 .help = "slab objects, pages of the page cache, or both"},
	{.name = "interval",
	 .type = PARAM_TIME,
	 .offset = offsetof(struct dying_gc_params, interval),
	 .help = "from one round to the next at least; periodic: 5s where none is given"},
	{.name = "scan",
	 .type = PARAM_INT,
	 .dflt = "1310720",
	 .min = 0,
	 .max = 1e15,
	 .offset = offsetof(struct dying_gc_params, scan),
	 .help = "objects and pages that a round looks at; 0: no limit"},
	{.name = "at",
	 .type = PARAM_TIMES,
	 .offset = offsetof(struct dying_gc_params, at),
	 .help = "times of the rounds, with once"},
	{.name = NULL},
};

static const char *check_dying_gc(const void *values)
{
	const struct dying_gc_params *p = values;

	if (p->when == GC_ONCE && !p->at.n)
		return "when: once wants at, the times of its rounds";
	if (p->when != GC_ONCE && p->at.n)
		return "at goes with when: once alone";
	return NULL;
}

static const struct param_table dying_gc_table = {
	.what = "dying_gc policy on",
	.size = sizeof(struct dying_gc_params),
	.keys = dying_gc_keys,
	.check = check_dying_gc,
};

/* ---- the registry ---- */

#define DECLARE(axis, id, name, params, help) extern const struct axis##_policy axis##_##id;
#define VALUE(axis, id, name, params, help) {name, &axis##_##id, params, help},
#define END                                                                                        \
	{                                                                                          \
		NULL, NULL, NULL, NULL                                                             \
	}

ACCOUNTING_POLICIES(DECLARE)
OFFLINE_POLICIES(DECLARE)
LIST_LRU_POLICIES(DECLARE)
SHRINKER_POLICIES(DECLARE)
NR_DEFERRED_POLICIES(DECLARE)
SHRINKER_MAP_POLICIES(DECLARE)
INODE_ISOLATE_POLICIES(DECLARE)
FS_RECLAIM_POLICIES(DECLARE)
DYING_GC_POLICIES(DECLARE)
HOTPLUG_LOCK_POLICIES(DECLARE)

static const struct axis_value accounting_values[] = {ACCOUNTING_POLICIES(VALUE) END};
static const struct axis_value offline_values[] = {OFFLINE_POLICIES(VALUE) END};
static const struct axis_value list_lru_values[] = {LIST_LRU_POLICIES(VALUE) END};
static const struct axis_value shrinker_values[] = {SHRINKER_POLICIES(VALUE) END};
static const struct axis_value nr_deferred_values[] = {NR_DEFERRED_POLICIES(VALUE) END};
static const struct axis_value shrinker_map_values[] = {SHRINKER_MAP_POLICIES(VALUE) END};
static const struct axis_value inode_isolate_values[] = {INODE_ISOLATE_POLICIES(VALUE) END};
static const struct axis_value fs_reclaim_values[] = {FS_RECLAIM_POLICIES(VALUE) END};
static const struct axis_value dying_gc_values[] = {DYING_GC_POLICIES(VALUE) END};
static const struct axis_value hotplug_lock_values[] = {HOTPLUG_LOCK_POLICIES(VALUE) END};

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
	[AXIS_DYING_GC] = {"dying_gc", dying_gc_values, "a worker that empties dying memcgs"},
	[AXIS_HOTPLUG_LOCK] = {"hotplug_lock", hotplug_lock_values,
			       "lock order of cache deactivation"},
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
