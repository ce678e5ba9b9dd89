// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The fields of a kernel row and who changed each (KERNEL_FACTS 0 to 5, 8). Where the commit is not known, the source
 * that the value was read in; "sizeof" is what the compiler printed for that release's headers.
 */
#include "kernels/fields.h"

#include "kernels/axes.h"
#include "kernels/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum field_type {
	FIELD_AXIS, /* offset: enum axis */
	FIELD_BOOL,
	FIELD_U32,
	FIELD_U64,
	FIELD_INT,
	FIELD_TEXT,
	FIELD_SIZE, /* u32; 0: there is no such structure */
	FIELD_MAP,
	FIELD_ALLOC, /* kmallocs of a new memcg by that name */
};

struct row_field {
	const char *group, *name, *unit, *help;
	enum field_type type;
	u32 offset;
};

#define AT(member) offsetof(struct kernel_row, member)
#define AXIS(axis, name)                                                                           \
	{                                                                                          \
		"axes", name, "", "", FIELD_AXIS, axis                                             \
	}
#define SIZE(name, member)                                                                         \
	{                                                                                          \
		"sizes", name, "bytes", "", FIELD_SIZE, AT(member)                                 \
	}
#define ALLOC(name)                                                                                \
	{                                                                                          \
		"sizes", name, "bytes", "of every cgroup", FIELD_ALLOC, 0                          \
	}

#define PAGES "page allocator"
#define RECLAIM "shrinkers and reclaim"

/* clang-format off */
static const struct row_field fields[] = {
	AXIS(AXIS_ACCOUNTING, "accounting"), AXIS(AXIS_OFFLINE, "offline"), AXIS(AXIS_LIST_LRU, "list_lru"),
	AXIS(AXIS_SHRINKER, "shrinker"), AXIS(AXIS_NR_DEFERRED, "nr_deferred"), AXIS(AXIS_SHRINKER_MAP, "shrinker_map"),
	AXIS(AXIS_INODE_ISOLATE, "inode_isolate"), AXIS(AXIS_FS_RECLAIM, "fs_reclaim"),
	AXIS(AXIS_DYING_GC, "dying_gc"), AXIS(AXIS_HOTPLUG_LOCK, "hotplug_lock"),

	{PAGES, "pcp_limit", "bytes", "per-CPU lists take and give a quarter of it at once", FIELD_U64, AT(pcp_limit)},
	{PAGES, "pcp_from_low_mark", "", "per-CPU lists as large as the low watermark allows", FIELD_BOOL, AT(pcp_from_low_mark)},
	{PAGES, "fast_mark_sees_highatomic", "", "the fast watermark check leaves out pages kept for atomic allocations", FIELD_BOOL, AT(fast_mark_sees_highatomic)},
	{PAGES, "watermark_boost", "", "a fallback to another migrate type raises the watermarks", FIELD_BOOL, AT(watermark_boost)},
	{PAGES, "offline_drains_once", "", "memory offline drains per-CPU lists once, not in its loop", FIELD_BOOL, AT(offline_drains_once)},
	{PAGES, "min_free_max", "kB", "upper clamp of min_free_kbytes", FIELD_U32, AT(min_free_max_kb)},

	{"SLUB", "order_by_present_cpus", "", "orders follow from the present CPUs, not the possible ones", FIELD_BOOL, AT(slub_present_cpus)},
	{"SLUB", "order_new", "", "calculate_order() of 6.7", FIELD_BOOL, AT(slub_order_new)},
	{"SLUB", "cpu_partial_in_slabs", "", "CPU partial lists: 120/52/24/6 objects (below 256, 1024, 4096 B, above) counted in slabs; no: 30/13/6/2 free objects", FIELD_BOOL, AT(cpu_partial_slabs)},
	{"SLUB", "kmalloc_cg", "", "kmalloc-cg-* for accounted kmallocs", FIELD_BOOL, AT(kmalloc_cg)},
	{"SLUB", "kmalloc_k_names", "", "kmalloc-1k instead of kmalloc-1024", FIELD_BOOL, AT(kmalloc_k_names)},
	{"SLUB", "large_kmalloc_in_slab", "", "meminfo's Slab counts kmallocs above the largest class", FIELD_BOOL, AT(large_kmalloc_in_slab)},
	{"SLUB", "meminfo_kreclaimable", "", "meminfo has KReclaimable", FIELD_BOOL, AT(meminfo_kreclaimable)},
	{"SLUB", "meminfo_percpu", "", "meminfo has Percpu", FIELD_BOOL, AT(meminfo_percpu)},

	{"memcg", "charge_batch", "pages", "charged at once, the rest is the CPU's stock", FIELD_U32, AT(charge_batch)},
	{"memcg", "charge_retries", "rounds", "of reclaim without progress before the OOM killer", FIELD_U32, AT(charge_retries)},
	{"memcg", "high_write_repeats", "", "who writes memory.high reclaims until nothing more comes, not once", FIELD_BOOL, AT(high_write_repeats)},
	{"memcg", "mkdir_enospc", "", "mkdir without an id left: -ENOSPC, not -ENOMEM", FIELD_BOOL, AT(mkdir_enospc)},
	{"memcg", "stat_kernel", "", "memory.stat has the line kernel", FIELD_BOOL, AT(stat_kernel)},
	{"memcg", "charge_calls_oom", "", "each charge without room has the OOM killer called, not page faults of user space alone", FIELD_BOOL, AT(charge_calls_oom)},
	{"memcg", "high_goes_over", "", "__GFP_HIGH charges may go over the limit", FIELD_BOOL, AT(high_goes_over)},
	{"memcg", "stock_slots", "cgroups", "whose pages a CPU's stock holds", FIELD_U32, AT(stock_slots)},
	{"memcg", "obj_stock_keeps_rest", "", "uncharging over a page keeps the rest in the byte stock", FIELD_BOOL, AT(obj_stock_keeps_rest)},
	{"memcg", "vector_at_creation", "", "obj_cgroup vector with the slab, not with its first accounted object", FIELD_BOOL, AT(vector_at_creation)},
	{"memcg", "drain_at_offline", "", "CPU stocks of a removed cgroup are drained", FIELD_BOOL, AT(drain_at_offline)},
	{"memcg", "kmem_pages_pin", "", "kernel pages that are no slab keep a removed cgroup", FIELD_BOOL, AT(kmem_pages_pin)},
	{"memcg", "mem_cgroup_cache", "", "struct mem_cgroup from a kmem_cache of its own", FIELD_BOOL, AT(mem_cgroup_cache)},
	{"memcg", "stack_charged_by_task", "", "a kernel stack is charged to who runs on it, not to who made it", FIELD_BOOL, AT(stack_charged_by_task)},
	{"memcg", "names_reclaimable", "", "kmalloc-rcl-* for names of 32 letters and more", FIELD_BOOL, AT(names_reclaimable)},
	{"memcg", "percpu_charged", "bytes", "of percpu, what the parent is charged for, beside all of it per node", FIELD_U32, AT(memcg_percpu_charged)},
	{"memcg", "percpu_charges_vector", "", "and 8 bytes for every 4 of one CPU's part", FIELD_BOOL, AT(percpu_charges_vector)},
	{"memcg", "percpu", "bytes", "on every possible CPU, of a cgroup", FIELD_U32, AT(memcg_percpu)},
	{"memcg", "percpu_per_node", "bytes", "the same for every node", FIELD_U32, AT(memcg_node_percpu)},

	{"list_lru", "list_lru_one", "bytes", "head of a list", FIELD_U32, AT(list_lru_one)},
	{"list_lru", "list_lru_node", "bytes", "", FIELD_U32, AT(list_lru_node)},
	{"list_lru", "struct list_lru", "bytes", "", FIELD_U32, AT(list_lru)},
	{"list_lru", "table_entry", "bytes", "a level, while lists are allocated on demand", FIELD_U32, AT(lru_table_entry)},
	{"list_lru", "xa_node", "bytes", "on its slab", FIELD_U32, AT(xa_node)},

	{RECLAIM, "shrink_empty", "", "SHRINK_EMPTY: a shrinker says that it has nothing at all", FIELD_BOOL, AT(shrink_empty)},
	{RECLAIM, "zero_seeks", "", "superblocks of proc and kernfs, and shadow nodes have seeks 0", FIELD_BOOL, AT(zero_seeks)},
	{RECLAIM, "map_layout", "", "of shrinker maps", FIELD_MAP, AT(map_layout)},
	{RECLAIM, "root_runs_unaware", "", "shrinkers that know no cgroups run at the root's turn, not in a call of their own", FIELD_BOOL, AT(root_runs_unaware)},
	{RECLAIM, "active_list_by_node", "", "whether to take from active lists is decided for a node, not for each cgroup", FIELD_BOOL, AT(deactivate_per_node)},
	{RECLAIM, "limit_walk_stops", "", "reclaim for a limit ends its walk over cgroups at its goal", FIELD_BOOL, AT(limit_walk_stops)},
	{RECLAIM, "direct_walk_stops", "", "all reclaim but kswapd's does", FIELD_BOOL, AT(direct_walk_stops)},
	{RECLAIM, "slab_is_limit_progress", "", "slab pages count as progress of reclaim for a limit", FIELD_BOOL, AT(slab_progress_in_memcg_reclaim)},
	{RECLAIM, "split_plus_one", "", "a superblock's shrinker divides by all its objects and one", FIELD_BOOL, AT(split_plus_one)},
	{RECLAIM, "shadows_are_cache", "", "an inode with shadow entries alone has page cache, for inode_lru_isolate() and drop_caches", FIELD_BOOL, AT(shadows_are_cache)},
	{RECLAIM, "kernfs_negative", "", "kernfs keeps negative dentries", FIELD_BOOL, AT(kernfs_negative)},
	{RECLAIM, "drop_slab_rule", "", "drop_caches repeats 0: until 10 or fewer went on the node; 1: until freed >> round is 1 or less; 2: as 1, over all nodes", FIELD_INT, AT(drop_slab_rule)},

	ALLOC("mem_cgroup"), ALLOC("memcg_vmstats"), ALLOC("mem_cgroup_per_node"), ALLOC("lruvec_stats"),
	ALLOC("cgroup"), ALLOC("psi_group"), ALLOC("perf_cgroup"), ALLOC("percpu_ref_data"),
	SIZE("css_set", css_set), SIZE("obj_cgroup", obj_cgroup), SIZE("objcg_ref_data", percpu_ref_data),
	SIZE("kmem_cache", kmem_cache), SIZE("kmem_cache_cpu", kmem_cache_cpu), SIZE("kmem_cache_node", kmem_cache_node),
	SIZE("struct shrinker", shrinker), SIZE("super_block", super_block), SIZE("mount", mount), SIZE("kernfs_node", kernfs_node),
	SIZE("task_struct", task_struct),
	SIZE("dentry", dentry),
	SIZE("ext4 inode", inode[FS_EXT4]), SIZE("xfs inode", inode[FS_XFS]), SIZE("tmpfs inode", inode[FS_TMPFS]),
	SIZE("proc inode", inode[FS_PROC]), SIZE("overlay inode", inode[FS_OVERLAY]), SIZE("devpts inode", inode[FS_DEVPTS]),
	SIZE("mqueue inode", inode[FS_MQUEUE]), SIZE("cgroup2 inode", inode[FS_CGROUP2]), SIZE("sysfs inode", inode[FS_SYSFS]),
	SIZE("pseudo inode", inode[FS_PSEUDO]),

	{"tracepoints", "kmem_cache_alloc", "", "", FIELD_TEXT, AT(tp_kmem_cache_alloc)},
	{"tracepoints", "kmem_cache_free", "", "", FIELD_TEXT, AT(tp_kmem_cache_free)},
	{"tracepoints", "cgroup_mkdir", "", "and rmdir, release", FIELD_TEXT, AT(tp_cgroup_mkdir)},
	{"tracepoints", "mm_vmscan_kswapd_wake", "", "", FIELD_TEXT, AT(tp_kswapd_wake)},
	{"tracepoints", "shrink_start_real_nid", "", "mm_shrink_slab_start names the node of a shrinker that knows none; no: 0", FIELD_BOOL, AT(tp_shrink_start_nid)},
	{"tracepoints", "shrink_end_real_nid", "", "mm_shrink_slab_end does", FIELD_BOOL, AT(tp_shrink_end_nid)},
	{"tracepoints", "pid_columns", "", "width of a pid in a line", FIELD_U32, AT(tp_pid_columns)},
	{"tracepoints", "flag_letters", "", "of a line's context", FIELD_U32, AT(tp_flag_letters)},
};

/* In the order of the rows. */
const struct row_change row_changes[] = {
	{"v4.18", "shrinker", NULL, "9092c71bb724 (v4.16)"},
	{"v4.18", "*", "axes", "source of 4.18"},
	{"v4.18", "*", PAGES, "source of 4.18"},
	{"v4.18", "*", "SLUB", "source of 4.18"},
	{"v4.18", "*", "memcg", "source of 4.18"},
	{"v4.18", "percpu", NULL, "sizeof, 4.18"},
	{"v4.18", "percpu_per_node", NULL, "sizeof, 4.18"},
	{"v4.18", "*", "list_lru", "sizeof, 4.18"},
	{"v4.18", "*", RECLAIM, "source of 4.18"},
	{"v4.18", "*", "sizes", "sizeof, 4.18"},
	{"v4.18", "task_struct", NULL, "recorded: slabinfo of 5.9.1"},
	{"v4.18", "overlay inode", NULL, "recorded: slabinfo of 6.18"},
	{"v4.18", "mqueue inode", NULL, "recorded: slabinfo of 6.1"},
	{"v4.18", "kernfs_node", NULL, "recorded: slabinfo of 4.18"},
	{"v4.18", "*", "tracepoints", "source of 4.18"},

	{"v4.19", "shrinker", NULL, "172b06c32b94"},
	{"v4.19", "shrinker_map", NULL, "0a4465d34028 b0dedc49a2da"},
	{"v4.19", "map_layout", NULL, "0a4465d34028"},
	{"v4.19", "*", RECLAIM, "source of 4.19.1"},
	{"v4.19", "*", PAGES, "source of 4.19.1"},
	{"v4.19", "charge_calls_oom", NULL, "29ef680ae7c2"},
	{"v4.19", "meminfo_percpu", NULL, "recorded: in 4.19.1, not in 4.18"},
	{"v4.19", "*", "list_lru", "sizeof, 4.19.13"},
	{"v4.19", "*", "sizes", "sizeof, 4.19.13"},
	{"v4.19", "shrink_start_real_nid", NULL, "source of 4.19.1"},

	{"v4.19.3", "inode_isolate", NULL, "a76cf1a474d7"},

	{"v4.20", "zero_seeks", NULL, "4b85afbdacd2"},
	{"v4.20", "drain_at_offline", NULL, "source of 4.20"},
	{"v4.20", "kmalloc_k_names", NULL, "source of 4.20"},
	{"v4.20", "stack_charged_by_task", NULL, "9b6f7e163cd0"},
	{"v4.20", "names_reclaimable", NULL, "2e03b4bc4ae8"},
	{"v4.20", "meminfo_kreclaimable", NULL, "recorded: in 5.9.1, not in 4.19.1; from 4.20 on from memory"},

	{"v5.0", "shrinker", NULL, "a9a238e83fbb (revert of 172b06c32b94)"},
	{"v5.0", "inode_isolate", NULL, "69056ee6a8a3 (revert of a76cf1a474d7)"},
	{"v5.0", "watermark_boost", NULL, "1c30844d2dfe"},
	{"v5.0", "offline_drains_once", NULL, "c52e75935f8d (from memory)"},

	{"v5.3", "offline", NULL, "fb2f2b0adb98"},
	{"v5.3", "*", "memcg", "sizeof, 5.3"},
	{"v5.3", "*", "sizes", "sizeof, 5.3"},
	{"v5.3", "mm_vmscan_kswapd_wake", NULL, "source of 5.2"},

	{"v5.9", "accounting", NULL, "286e04b8ed7a 10befea91b61"},
	{"v5.9", "fs_reclaim", NULL, "617825fe3489 0e8e2c6343dd 9552e14d3e87"},
	{"v5.9", "hotplug_lock", NULL, "10befea91b61"},
	{"v5.9", "fast_mark_sees_highatomic", NULL, "f27ce0e14088"},
	{"v5.9", "min_free_max", NULL, "source of 5.8"},
	{"v5.9", "large_kmalloc_in_slab", NULL, "source of 5.9"},
	{"v5.9", "charge_retries", NULL, "source of 5.12; 5 in 5.8"},
	{"v5.9", "offline_drains_once", NULL, "968318261221"},
	{"v5.9", "high_write_repeats", NULL, "8c8c383c04f6 (v5.5)"},
	{"v5.9", "mkdir_enospc", NULL, "11d6761218d1 (v5.7)"},
	{"v5.9", "active_list_by_node", NULL, "b91ac374346b b910718a948a (v5.5)"},
	{"v5.9", "limit_walk_stops", NULL, "source of 5.8"},
	{"v5.9", "percpu_charged", NULL, "3e38e0aaca9e"},
	{"v5.9", "*", "memcg", "sizeof, 5.10"},
	{"v5.9", "obj_cgroup", NULL, "286e04b8ed7a; size: 5.10's with its percpu_ref inside"},
	{"v5.9", "*", "sizes", "sizeof, 5.10"},
	{"v5.9", "kernfs_node", NULL, "recorded: slabinfo of 5.9.1"},
	{"v5.9", "kmem_cache_alloc", NULL, "source of 5.8"},
	{"v5.9", "kmem_cache_free", NULL, "source of 5.8"},
	{"v5.9", "pid_columns", NULL, "recorded: 5.9.1"},

	{"v5.10", "*", "sizes", "sizeof, 5.10: a percpu_ref is 16 bytes and a kmalloc"},

	{"v5.12", "order_by_present_cpus", NULL, "source of 5.12"},
	{"v5.12", "vector_at_creation", NULL, "source of 5.12"},
	{"v5.12", "kmem_cache_free", NULL, "source of 5.12"},

	{"v5.13", "kmem_pages_pin", NULL, "b4e0b68fbd9d"},
	{"v5.13", "nr_deferred", NULL, "3c6f17e6c5d0 a178015cde69 18bb473e5031"},
	{"v5.13", "map_layout", NULL, "3c6f17e6c5d0"},
	{"v5.13", "drop_slab_rule", NULL, "source of 5.15"},
	{"v5.13", "*", "memcg", "sizeof, 5.15"},
	{"v5.13", "*", "sizes", "sizeof, 5.15"},
	{"v5.13", "shrink_end_real_nid", NULL, "source of 5.13"},

	{"v5.14", "kmalloc_cg", NULL, "494c1dfe855e"},
	{"v5.14", "pcp_from_low_mark", NULL, "source of 5.15"},

	{"v5.15", "obj_stock_keeps_rest", NULL, "source of 5.15"},
	{"v5.15", "shadows_are_cache", NULL, "from memory"},
	{"v5.15", "kernfs_negative", NULL, "from memory"},

	{"v5.16", "inode_isolate", NULL, "51b8c1fe250d"},
	{"v5.16", "high_goes_over", NULL, "source of 5.16"},
	{"v5.16", "cpu_partial_in_slabs", NULL, "b47291ef02b0"},
	{"v5.16", "flag_letters", NULL, "recorded: 6.1"},

	{"v5.18", "list_lru", NULL, "5abc1e37afa0 bbca91cca9a9 f9c69d6346bc"},
	{"v5.18", "percpu_charges_vector", NULL, "8f425e4ed0eb (v5.17)"},
	{"v5.18", "stat_kernel", NULL, "a8c49af3be5f"},
	{"v5.18", "*", "list_lru", "sizeof, 5.19"},
	{"v5.18", "*", "sizes", "sizeof, 5.19"},

	{"v6.1", "mem_cgroup", NULL, "kmalloc trace of mkdir on Debian's 6.1"},
	{"v6.1", "memcg_vmstats", NULL, "kmalloc trace of mkdir on Debian's 6.1"},
	{"v6.1", "mem_cgroup_per_node", NULL, "kmalloc trace of mkdir on Debian's 6.1"},
	{"v6.1", "cgroup", NULL, "kmalloc trace of mkdir on Debian's 6.1"},
	{"v6.1", "psi_group", NULL, "kmalloc trace of mkdir on Debian's 6.1"},
	{"v6.1", "perf_cgroup", NULL, "kmalloc trace of mkdir on Debian's 6.1"},
	{"v6.1", "percpu_ref_data", NULL, "kmalloc trace of mkdir on Debian's 6.1"},
	{"v6.1", "task_struct", NULL, "recorded: slabinfo of Debian's 6.1"},
	{"v6.1", "*", "sizes", "slabinfo of Debian's 6.1"},
	{"v6.1", "super_block", NULL, "source of 6.1"},
	{"v6.1", "css_set", NULL, "source of 6.1"},
	{"v6.1", "*", "memcg", "added up from its parts, source of 6.1"},
	{"v6.1", "*", "tracepoints", "source of 6.0 and 6.8"},

	{"v6.4", "slab_is_limit_progress", NULL, "source of 6.8; changed in 6.4"},

	{"v6.7", "map_layout", NULL, "307bececcd12 ca1d36b82394 50d09da8e119"},
	{"v6.7", "order_new", NULL, "source of 6.8; changed in 6.7"},
	{"v6.7", "charge_batch", NULL, "source of 6.8; 32 in 6.0"},
	{"v6.7", "percpu", NULL, "type information of a running 6.18"},
	{"v6.7", "memcg_vmstats", NULL, "type information of a running 6.18"},
	{"v6.7", "*", "memcg", "sizeof, 6.8"},
	{"v6.7", "*", "sizes", "sizeof, 6.8"},

	{"v6.13", "list_lru_one", NULL, "fb56fdf8b9a2"},
	{"v6.13", "table_entry", NULL, "fb56fdf8b9a2"},
	{"v6.13", "direct_walk_stops", NULL, "source of 6.13; probably from 6.10 on"},
	{"v6.13", "cgroup", NULL, "type information of a running 6.18"},
	{"v6.13", "lruvec_stats", NULL, "type information of a running 6.18; charged: aab6103b97f1 (v6.10)"},
	{"v6.13", "memcg_vmstats", NULL, "aab6103b97f1 (v6.10)"},
	{"v6.13", "*", "memcg", "type information of a running 6.18"},
	{"v6.13", "*", "sizes", "sizeof, 6.13"},

	{"v6.18", "task_struct", NULL, "recorded: slabinfo of a 6.18 host"},
	{"v6.18", "mem_cgroup_cache", NULL, "source of 6.18; from 6.16 on"},
	{"v6.18", "stock_slots", NULL, "source of 6.18"},
	{"v6.18", "split_plus_one", NULL, "source of 6.18"},
	{"v6.18", "drop_slab_rule", NULL, "source of 6.18"},
	{"v6.18", "kmem_cache_alloc", NULL, "source of 6.18"},
	{"v6.18", "*", "sizes", "type information of a running 6.18"},
	{NULL, NULL, NULL, NULL},
};
/* clang-format on */

static const struct row_field *field_at(u32 i)
{
	return &fields[min_of(i, (u32)ARRAY_SIZE(fields) - 1)];
}

u32 row_field_count(void)
{
	return ARRAY_SIZE(fields);
}

const char *row_field_group(u32 field)
{
	return field_at(field)->group;
}

const char *row_field_name(u32 field)
{
	return field_at(field)->name;
}

const char *row_field_unit(u32 field)
{
	return field_at(field)->unit;
}

const char *row_field_help(u32 field)
{
	const struct row_field *f = field_at(field);

	return f->type == FIELD_AXIS ? axis_infos[f->offset].help : f->help;
}

/* "5 x 56"; "2176 + 8 a node"; "784 a node" */
static void alloc_value(const struct kernel_row *row, const char *what, char *value)
{
	const struct memcg_alloc *a = row->memcg_allocs, *one = NULL;
	char times[16] = "";
	u32 n = 0;

	for (; a->what; a++) {
		if (strcmp(a->what, what))
			continue;
		one = a;
		n++;
	}
	if (!one) {
		snprintf(value, ROW_VALUE_LEN, "-");
		return;
	}
	if (n > 1)
		snprintf(times, sizeof(times), "%u x ", n);
	snprintf(value, ROW_VALUE_LEN, "%s%u%s%s%s", times, one->bytes,
		 one->per_node == 1   ? " + 8 a node"
		 : one->per_node == 2 ? " a node"
				      : "",
		 one->psi ? " with PSI" : "", one->account ? ", charged to the parent" : "");
}

void row_field_value(const struct kernel_row *row, u32 field, char value[ROW_VALUE_LEN])
{
	static const char *const maps[] = {
		[MAP_NONE] = "none",
		[MAP_BITMAP] = "bitmap",
		[MAP_INFO] = "map and counters in one",
		[MAP_UNITS] = "units of 64 ids",
	};
	const struct row_field *f = field_at(field);
	const void *at = (const char *)row + (f->type == FIELD_AXIS ? 0 : f->offset);
	const char *text = NULL;

	switch (f->type) {
	case FIELD_AXIS:
		text = row->axes[f->offset];
		break;
	case FIELD_BOOL:
		text = *(const bool *)at ? "yes" : "no";
		break;
	case FIELD_MAP:
		text = maps[*(const enum shrinker_map_layout *)at];
		break;
	case FIELD_TEXT:
		text = *(const char *const *)at;
		break;
	case FIELD_U64:
		snprintf(value, ROW_VALUE_LEN, "%" PRIu64, *(const u64 *)at);
		break;
	case FIELD_INT:
		snprintf(value, ROW_VALUE_LEN, "%d", *(const int *)at);
		break;
	case FIELD_SIZE:
		text = *(const u32 *)at ? NULL : "-";
		/* fall through */
	case FIELD_U32:
		snprintf(value, ROW_VALUE_LEN, "%u", *(const u32 *)at);
		break;
	case FIELD_ALLOC:
		alloc_value(row, f->name, value);
		break;
	}
	if (text)
		snprintf(value, ROW_VALUE_LEN, "%s", text);
}

bool row_field_measured(const struct kernel_row *row, u32 field)
{
	const struct row_field *f = field_at(field);

	/* no release's was derived from its headers */
	if (f->type == FIELD_SIZE && f->offset == AT(task_struct))
		return true;
	if (f->type != FIELD_ALLOC)
		return false;
	for (const struct memcg_alloc *a = row->memcg_allocs; a->what; a++)
		if (!strcmp(a->what, f->name) && a->measured)
			return true;
	return false;
}

static const struct kernel_row *row_before(const struct kernel_row *row)
{
	for (u32 i = 1; kernel_row_at(i); i++)
		if (kernel_row_at(i) == row)
			return kernel_row_at(i - 1);
	return NULL;
}

bool row_field_changed(const struct kernel_row *row, u32 field)
{
	const struct kernel_row *before = row_before(row);
	char a[ROW_VALUE_LEN], b[ROW_VALUE_LEN];

	if (!before)
		return true;
	row_field_value(before, field, a);
	row_field_value(row, field, b);
	return strcmp(a, b) != 0;
}

/* Its own line goes before that of its group. */
static const char *changed_by(const struct kernel_row *row, const struct row_field *f)
{
	const char *by = NULL;

	for (const struct row_change *c = row_changes; c->row; c++) {
		if (strcmp(c->row, row->name))
			continue;
		if (!strcmp(c->field, f->name) && !c->group)
			return c->by;
		if (!strcmp(c->field, "*") && !strcmp(c->group, f->group))
			by = c->by;
	}
	return by;
}

const char *row_field_source(const struct kernel_row *row, u32 field)
{
	while (row && !row_field_changed(row, field))
		row = row_before(row);
	return row ? changed_by(row, field_at(field)) : NULL;
}
