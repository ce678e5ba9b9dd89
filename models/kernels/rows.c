// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The kernel rows: each one is the row before it and what changed, with the commit that changed it.
 * Sizes: KERNEL_FACTS 5.5, 5.6 (x86-64); a release that was not measured there has the sizes of the
 * nearest one that was. What stands in memcg_alloc as measured was read from a kmalloc trace of
 * mkdir on Debian's 6.1.
 */
#include "kernels/rows.h"

#include <stdio.h>
#include <string.h>

#define V(major, minor, patch) ((major) << 16 | (minor) << 8 | (patch))

/*
 * Files of a non-root cgroup v2 directory with the memory controller alone. Their names are copies
 * (kstrdup in __kernfs_new_node), so each is a kmalloc: those of 16 to 31 letters are the kmalloc-32
 * objects of a cgroup (6 / 7 / 9 / 10 in 4.18 / 4.19 / 5.9 / 6.1; 4.19 to 5.12 add a shrinker map per
 * node). Checked against the growth of kernfs_node_cache in the recordings: 21 / 22 / 25 / 33 a cgroup.
 */
const struct cgroup_file cgroup_files[] = {
	{"cgroup.type", V(4, 18, 0), 0},
	{"cgroup.procs", V(4, 18, 0), 0},
	{"cgroup.threads", V(4, 18, 0), 0},
	{"cgroup.controllers", V(4, 18, 0), 0},
	{"cgroup.subtree_control", V(4, 18, 0), 0},
	{"cgroup.events", V(4, 18, 0), 0},
	{"cgroup.max.descendants", V(4, 18, 0), 0},
	{"cgroup.max.depth", V(4, 18, 0), 0},
	{"cgroup.stat", V(4, 18, 0), 0},
	{"cpu.stat", V(4, 18, 0), 0},
	{"memory.current", V(4, 18, 0), 0},
	{"memory.min", V(4, 18, 0), 0},
	{"memory.low", V(4, 18, 0), 0},
	{"memory.high", V(4, 18, 0), 0},
	{"memory.max", V(4, 18, 0), 0},
	{"memory.events", V(4, 18, 0), 0},
	{"memory.stat", V(4, 18, 0), 0},
	{"memory.swap.current", V(4, 18, 0), CONFIG_SWAP},
	{"memory.swap.max", V(4, 18, 0), CONFIG_SWAP},
	{"memory.swap.events", V(4, 18, 0), CONFIG_SWAP},
	{"memory.oom.group", V(4, 19, 0), 0},
	{"io.pressure", V(4, 20, 0), CONFIG_PSI},
	{"memory.pressure", V(4, 20, 0), CONFIG_PSI},
	{"cpu.pressure", V(4, 20, 0), CONFIG_PSI},
	{"memory.events.local", V(5, 2, 0), 0},
	{"cgroup.freeze", V(5, 2, 0), 0},
	{"memory.swap.high", V(5, 8, 0), CONFIG_SWAP},
	{"memory.numa_stat", V(5, 10, 0), 0},
	{"cgroup.kill", V(5, 14, 0), 0},
	{"memory.peak", V(5, 19, 0), 0},
	{"memory.reclaim", V(5, 19, 0), 0},
	{"memory.zswap.current", V(5, 19, 0), CONFIG_ZSWAP},
	{"memory.zswap.max", V(5, 19, 0), CONFIG_ZSWAP},
	{"cgroup.pressure", V(6, 1, 0), CONFIG_PSI},
	{NULL, 0, 0},
};

static const struct memcg_alloc allocs_4_18[] = {
	{.what = "mem_cgroup", .bytes = 2496, .per_node = 1},
	{.what = "mem_cgroup_per_node", .bytes = 784, .per_node = 2},
	{.what = "cgroup", .bytes = 816},
	{.what = NULL},
};

static const struct memcg_alloc allocs_4_19[] = {
	{.what = "mem_cgroup", .bytes = 2496, .per_node = 1},
	{.what = "mem_cgroup_per_node", .bytes = 792, .per_node = 2},
	{.what = "cgroup", .bytes = 832},
	{.what = NULL},
};

static const struct memcg_alloc allocs_5_3[] = {
	{.what = "mem_cgroup", .bytes = 2624, .per_node = 1},
	{.what = "mem_cgroup_per_node", .bytes = 816, .per_node = 2},
	{.what = "cgroup", .bytes = 1464},
	{.what = NULL},
};

/* 5.10's sizes; obj_cgroup: percpu_ref 56 (embedded before 5.10), memcg, bytes, list or rcu */
static const struct memcg_alloc allocs_5_9[] = {
	{.what = "mem_cgroup", .bytes = 2752, .per_node = 1},
	{.what = "mem_cgroup_per_node", .bytes = 680, .per_node = 2},
	{.what = "cgroup", .bytes = 1408},
	{.what = NULL},
};

/* A percpu_ref is 16 bytes and a percpu_ref_data: sizeof(struct obj_cgroup) is 48 in 5.10. */
static const struct memcg_alloc allocs_5_10[] = {
	{.what = "mem_cgroup", .bytes = 2752, .per_node = 1},
	{.what = "mem_cgroup_per_node", .bytes = 680, .per_node = 2},
	{.what = "cgroup", .bytes = 1408},
	{.what = "percpu_ref_data", .bytes = 56},
	{.what = "percpu_ref_data", .bytes = 56},
	{.what = NULL},
};

/* 5.15; percpu_ref_data of the cgroup's and the memory controller's css (the objcg's is its own) */
static const struct memcg_alloc allocs_5_13[] = {
	{.what = "mem_cgroup", .bytes = 3904, .per_node = 1},
	{.what = "mem_cgroup_per_node", .bytes = 1008, .per_node = 2},
	{.what = "cgroup", .bytes = 1472},
	{.what = "percpu_ref_data", .bytes = 56},
	{.what = "percpu_ref_data", .bytes = 56},
	{.what = NULL},
};

static const struct memcg_alloc allocs_6_1[] = {
	{.what = "mem_cgroup", .bytes = 2176, .per_node = 1, .measured = true},
	{.what = "memcg_vmstats", .bytes = 1040, .measured = true},
	{.what = "mem_cgroup_per_node", .bytes = 2560, .per_node = 2, .measured = true},
	{.what = "cgroup", .bytes = 1816, .measured = true},
	{.what = "psi_group", .bytes = 720, .psi = true, .measured = true},
	{.what = "perf_cgroup", .bytes = 208, .measured = true},
	{.what = "percpu_ref_data", .bytes = 56, .measured = true},
	{.what = "percpu_ref_data", .bytes = 56, .measured = true},
	{.what = "percpu_ref_data", .bytes = 56, .measured = true},
	{.what = "percpu_ref_data", .bytes = 56, .measured = true},
	{.what = NULL},
};

static const struct memcg_alloc allocs_6_7[] = {
	{.what = "mem_cgroup", .bytes = 2176, .per_node = 1},
	{.what = "memcg_vmstats", .bytes = 1712},
	{.what = "mem_cgroup_per_node", .bytes = 2680, .per_node = 2},
	{.what = "cgroup", .bytes = 1816, .measured = true},
	{.what = "psi_group", .bytes = 720, .psi = true, .measured = true},
	{.what = "perf_cgroup", .bytes = 208, .measured = true},
	{.what = "percpu_ref_data", .bytes = 56, .measured = true},
	{.what = "percpu_ref_data", .bytes = 56, .measured = true},
	{.what = "percpu_ref_data", .bytes = 56, .measured = true},
	{.what = "percpu_ref_data", .bytes = 56, .measured = true},
	{.what = NULL},
};

static const struct memcg_alloc allocs_6_13[] = {
	{.what = "mem_cgroup", .bytes = 1728, .per_node = 1},
	{.what = "memcg_vmstats", .bytes = 1712, .account = true},
	{.what = "mem_cgroup_per_node", .bytes = 1664, .per_node = 2},
	{.what = "lruvec_stats", .bytes = 792, .per_node = 2, .account = true},
	{.what = "cgroup", .bytes = 2240},
	{.what = "psi_group", .bytes = 720, .psi = true, .measured = true},
	{.what = "perf_cgroup", .bytes = 208, .measured = true},
	{.what = "percpu_ref_data", .bytes = 56},
	{.what = "percpu_ref_data", .bytes = 56},
	{.what = "percpu_ref_data", .bytes = 56, .measured = true},
	{.what = "percpu_ref_data", .bytes = 56, .measured = true},
	{.what = NULL},
};

static const struct memcg_alloc allocs_6_18[] = {
	{.what = "mem_cgroup", .bytes = 2176, .per_node = 1},
	{.what = "memcg_vmstats", .bytes = 1712, .account = true},
	{.what = "mem_cgroup_per_node", .bytes = 512, .per_node = 2},
	{.what = "lruvec_stats", .bytes = 792, .per_node = 2, .account = true},
	{.what = "cgroup", .bytes = 2240},
	{.what = "psi_group", .bytes = 720, .psi = true, .measured = true},
	{.what = "perf_cgroup", .bytes = 208, .measured = true},
	{.what = "percpu_ref_data", .bytes = 56},
	{.what = "percpu_ref_data", .bytes = 56},
	{.what = "percpu_ref_data", .bytes = 56, .measured = true},
	{.what = "percpu_ref_data", .bytes = 56, .measured = true},
	{.what = NULL},
};

/* A row is the one before it with later initializers winning. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif

/* clang-format off */
#define ROW_4_18                                                                                   \
	.name = "v4.18", .version = V(4, 18, 0),                                                   \
	.commit = "9092c71bb724 (priority-based shrinker targets, v4.16)",                         \
	.axes = {                                                                                  \
		[AXIS_ACCOUNTING] = "per-page",                                                    \
		[AXIS_OFFLINE] = "pin",                                                            \
		[AXIS_LIST_LRU] = "eager",                                                         \
		[AXIS_SHRINKER] = "proportional",                                                  \
		[AXIS_NR_DEFERRED] = "shared",                                                     \
		[AXIS_SHRINKER_MAP] = "off",                                                       \
		[AXIS_INODE_ISOLATE] = "strip",                                                    \
		[AXIS_FS_RECLAIM] = "blocking",                                                    \
		[AXIS_DYING_GC] = "off",                                                           \
		[AXIS_HOTPLUG_LOCK] = "nested",                                                    \
	},                                                                                         \
	.pcp_limit = 512 << 10, .min_free_max_kb = 65536, .kmem_cache = 328, .kmem_cache_cpu = 32, .kmem_cache_node = 64,                            \
	.memcg_allocs = allocs_4_18, .memcg_percpu = 920, .memcg_node_percpu = 224,                \
	.css_set = 392, .task_struct = 4992, .kmem_pages_pin = true, .charge_batch = 32, .charge_retries = 5, .limit_walk_stops = true, .stock_slots = 1,              \
	.slab_progress_in_memcg_reclaim = true,                                                    \
	.list_lru_one = 24, .lru_table_entry = 16, .list_lru = 24, .list_lru_node = 64,            \
	.xa_node = 584,                                                                            \
	.split_plus_one = true,                                                                    \
	.dentry = 192,                                                                             \
	.inode = {                                                                                 \
		[FS_EXT4] = 1088, [FS_XFS] = 960, [FS_TMPFS] = 712, [FS_PROC] = 680,               \
		[FS_OVERLAY] = 704, [FS_DEVPTS] = 608, [FS_MQUEUE] = 960, [FS_CGROUP2] = 608,      \
		[FS_SYSFS] = 608, [FS_PSEUDO] = 608,                                               \
	},                                                                                         \
	.super_block = 1472, .mount = 384, .kernfs_node = 136,                                     \
	.tp_kmem_cache_alloc = "call_site=%lx ptr=%p bytes_req=%zu bytes_alloc=%zu gfp_flags=%s",  \
	.tp_kmem_cache_free = "call_site=%lx ptr=%p",                                              \
	.tp_cgroup_mkdir = "root=%d id=%d level=%d path=%s",                                       \
	.tp_kswapd_wake = "nid=%d zid=%d order=%d",                                                \
	.tp_pid_columns = 5, .tp_flag_letters = 4

#define ROW_4_19                                                                                   \
	ROW_4_18, .name = "v4.19", .version = V(4, 19, 0),                                         \
	.commit = "172b06c32b94 (min-batch), 0a4465d34028 b0dedc49a2da (shrinker map)",            \
	.axes[AXIS_SHRINKER] = "min-batch", .axes[AXIS_SHRINKER_MAP] = "on",                       \
	.meminfo_percpu = true, .charge_calls_oom = true, .pcp_limit = 1 << 20, .map_layout = MAP_BITMAP, .shrink_empty = true, .root_runs_unaware = true,                 \
	.memcg_allocs = allocs_4_19, .list_lru = 32, .super_block = 1536,                          \
	.inode[FS_EXT4] = 1080, .inode[FS_TMPFS] = 704, .inode[FS_PROC] = 672,                     \
	.inode[FS_DEVPTS] = 600, .inode[FS_CGROUP2] = 600, .inode[FS_SYSFS] = 600,                 \
	.inode[FS_PSEUDO] = 600,  \
	.tp_shrink_start_nid = true

#define ROW_4_19_3                                                                                 \
	ROW_4_19, .name = "v4.19.3", .version = V(4, 19, 3),                                       \
	.commit = "a76cf1a474d7 (keep inodes with attached pages)",                                \
	.axes[AXIS_INODE_ISOLATE] = "keep-attached"

#define ROW_4_20                                                                                   \
	ROW_4_19_3, .name = "v4.20", .version = V(4, 20, 0),                                       \
	.commit = "4b85afbdacd2 (zero seeks), 68600f623d69 (dying memcgs), stocks drained at offline", \
	.zero_seeks = true, .drain_at_offline = true, .kmalloc_k_names = true, \
	.meminfo_kreclaimable = true,                                                              \
	.stack_charged_by_task = true, .names_reclaimable = true

#define ROW_5_0                                                                                    \
	ROW_4_20, .name = "v5.0", .version = V(5, 0, 0), .watermark_boost = true, .offline_drains_once = true,                                           \
	.commit = "a9a238e83fbb 69056ee6a8a3 (both reverted), 1c30844d2dfe (watermark boost)",                                     \
	.axes[AXIS_SHRINKER] = "proportional", .axes[AXIS_INODE_ISOLATE] = "strip"

#define ROW_5_3                                                                                    \
	ROW_5_0, .name = "v5.3", .version = V(5, 3, 0),                                            \
	.commit = "fb2f2b0adb98 (kmem_caches reparented)",                                         \
	.axes[AXIS_OFFLINE] = "reparent",                                                          \
	.kmem_cache = 384, .memcg_allocs = allocs_5_3, .memcg_percpu = 2 * 936,                    \
	.memcg_node_percpu = 2 * 240, .super_block = 1408, .inode[FS_XFS] = 1024,                  \
	.inode[FS_PROC] = 664, .inode[FS_DEVPTS] = 592, .inode[FS_CGROUP2] = 592,                  \
	.inode[FS_SYSFS] = 592, .inode[FS_PSEUDO] = 592,  \
	.tp_kswapd_wake = "nid=%d order=%d"

#define ROW_5_9                                                                                    \
	ROW_5_3, .name = "v5.9", .version = V(5, 9, 0),                                            \
	.commit = "286e04b8ed7a 10befea91b61 (obj_cgroup, one set of caches), 617825fe3489 (async xfs)", \
	.axes[AXIS_ACCOUNTING] = "per-object", .axes[AXIS_FS_RECLAIM] = "async",                   \
	.axes[AXIS_HOTPLUG_LOCK] = "free",                                                         \
	.fast_mark_sees_highatomic = true, .min_free_max_kb = 262144, .kmem_cache = 200, .memcg_allocs = allocs_5_9, .memcg_percpu = 2 * 1048, .memcg_percpu_charged = 2 * 1048,                   \
	.memcg_node_percpu = 2 * 296, .obj_cgroup = 88, .css_set = 408, .mount = 312,              \
	.deactivate_per_node = true, .limit_walk_stops = false, .charge_retries = 16, .large_kmalloc_in_slab = true, .kernfs_node = 128,                                         \
	.high_write_repeats = true, .mkdir_enospc = true, .offline_drains_once = false,                                          \
	.inode[FS_EXT4] = 1176, .inode[FS_XFS] = 960, .inode[FS_TMPFS] = 712,                      \
	.inode[FS_PROC] = 672, .inode[FS_DEVPTS] = 600, .inode[FS_CGROUP2] = 600,                  \
	.inode[FS_SYSFS] = 600, .inode[FS_PSEUDO] = 600,  \
	.tp_kmem_cache_alloc = "call_site=%pS ptr=%p bytes_req=%zu bytes_alloc=%zu gfp_flags=%s", \
	.tp_kmem_cache_free = "call_site=%pS ptr=%p", .tp_pid_columns = 7

#define ROW_5_10                                                                                   \
	ROW_5_9, .name = "v5.10", .version = V(5, 10, 0),                                          \
	.commit = "no axis changed; a percpu_ref is smaller, with a kmalloc",                      \
	.memcg_allocs = allocs_5_10, .obj_cgroup = 48, .percpu_ref_data = 56

#define ROW_5_12                                                                                   \
	ROW_5_10, .name = "v5.12", .version = V(5, 12, 0),                                         \
	.commit = "no axis changed; SLUB: orders by present CPUs, vectors with their slabs",       \
	.slub_present_cpus = true, .vector_at_creation = true,                                     \
	.tp_kmem_cache_free = "call_site=%pS ptr=%p name=%s"

#define ROW_5_13                                                                                   \
	ROW_5_12, .name = "v5.13", .version = V(5, 13, 0),                                          \
	.commit = "3c6f17e6c5d0 a178015cde69 18bb473e5031 (nr_deferred per memcg), b4e0b68fbd9d (stacks by obj_cgroup)", \
	.kmem_pages_pin = false,                                                                   \
	.axes[AXIS_NR_DEFERRED] = "per-memcg", .map_layout = MAP_INFO,                             \
	.tp_shrink_end_nid = true, .drop_slab_rule = 1,                                            \
	.memcg_allocs = allocs_5_13, .memcg_percpu = 2168, .memcg_percpu_charged = 2168, .memcg_node_percpu = 624,               \
	.inode[FS_EXT4] = 1168, .inode[FS_TMPFS] = 752, .inode[FS_PROC] = 704,                     \
	.inode[FS_DEVPTS] = 632, .inode[FS_CGROUP2] = 632, .inode[FS_SYSFS] = 632,                 \
	.inode[FS_PSEUDO] = 632

#define ROW_5_14                                                                                   \
	ROW_5_13, .name = "v5.14", .version = V(5, 14, 0),                                         \
	.commit = "494c1dfe855e (kmalloc-cg-*)",                                                   \
	.pcp_from_low_mark = true, .kmalloc_cg = true

#define ROW_5_15                                                                                   \
	ROW_5_14, .name = "v5.15", .version = V(5, 15, 0),                                         \
	.commit = "no axis changed; the byte stock keeps what is left of a page",                  \
	.obj_stock_keeps_rest = true, .shadows_are_cache = true, .kernfs_negative = true

#define ROW_5_16                                                                                   \
	ROW_5_15, .name = "v5.16", .version = V(5, 16, 0),                                         \
	.commit = "51b8c1fe250d (inodes with pages off the LRU), b47291ef02b0 (cpu partial in slabs)", \
	.axes[AXIS_INODE_ISOLATE] = "off-lru", .high_goes_over = true,                                                     \
	.cpu_partial_slabs = true,  \
	.tp_flag_letters = 5

#define ROW_5_18                                                                                   \
	ROW_5_16, .name = "v5.18", .version = V(5, 18, 0),                                         \
	.commit = "5abc1e37afa0 bbca91cca9a9 f9c69d6346bc (list_lru on demand)",                   \
	.axes[AXIS_LIST_LRU] = "lazy", .list_lru = 48, .percpu_charges_vector = true, .stat_kernel = true,                                             \
	.inode[FS_EXT4] = 1184, .inode[FS_XFS] = 960

#define ROW_6_1                                                                                    \
	ROW_5_18, .name = "v6.1", .version = V(6, 1, 0),                                           \
	.commit = "sizes of 6.1 (no axis changed since v5.18)",                                    \
	.memcg_allocs = allocs_6_1, .memcg_percpu = 1064 + 64 + 5 * 8 + 4 + 32 + 128, .memcg_percpu_charged = 1064, .task_struct = 8384,              \
	.memcg_node_percpu = 688, .css_set = 592, .mount = 320, .super_block = 1472,               \
	.inode[FS_EXT4] = 1192, .inode[FS_TMPFS] = 784, .inode[FS_PROC] = 712,                     \
	.inode[FS_DEVPTS] = 640, .inode[FS_CGROUP2] = 640, .inode[FS_SYSFS] = 640,                 \
	.inode[FS_PSEUDO] = 640,  \
	.tp_kmem_cache_alloc = "call_site=%pS ptr=%p bytes_req=%zu bytes_alloc=%zu gfp_flags=%s node=%d accounted=%s", \
	.tp_cgroup_mkdir = "root=%d id=%llu level=%d path=%s"

#define ROW_6_4                                                                                    \
	ROW_6_1, .name = "v6.4", .version = V(6, 4, 0),                                            \
	.commit = "no axis changed; slab is no progress of reclaim for a limit",                   \
	.slab_progress_in_memcg_reclaim = false

#define ROW_6_7                                                                                    \
	ROW_6_4, .name = "v6.7", .version = V(6, 7, 0),                                            \
	.commit = "307bececcd12 ca1d36b82394 50d09da8e119 (lockless shrink, map units)", \
	.map_layout = MAP_UNITS, .slub_order_new = true,                                           \
	.shrinker = 128, .charge_batch = 64,                                                       \
	.memcg_allocs = allocs_6_7, .memcg_percpu = 1216, .memcg_percpu_charged = 1216, .memcg_node_percpu = 704,                \
	.inode[FS_EXT4] = 1176, .inode[FS_XFS] = 1024, .inode[FS_TMPFS] = 760,                     \
	.inode[FS_PROC] = 704, .inode[FS_DEVPTS] = 632, .inode[FS_CGROUP2] = 632,                  \
	.inode[FS_SYSFS] = 632, .inode[FS_PSEUDO] = 632

#define ROW_6_13                                                                                   \
	ROW_6_7, .name = "v6.13", .version = V(6, 13, 0),                                          \
	.commit = "fb56fdf8b9a2 (lock per list: list_lru_one 24 -> 32 bytes)",                     \
	.list_lru_one = 32, .lru_table_entry = 0, .direct_walk_stops = true, .memcg_allocs = allocs_6_13,                     \
	.memcg_node_percpu = 528,                                                                  \
	.css_set = 616, .super_block = 1408,                                                       \
	.inode[FS_EXT4] = 1160, .inode[FS_TMPFS] = 752, .inode[FS_PROC] = 696,                     \
	.inode[FS_DEVPTS] = 624, .inode[FS_CGROUP2] = 624, .inode[FS_SYSFS] = 624,                 \
	.inode[FS_PSEUDO] = 624

#define ROW_6_18                                                                                   \
	ROW_6_13, .name = "v6.18", .version = V(6, 18, 0),                                         \
	.commit = "sizes of 6.18; drop_slab over all nodes at once; split without + 1",            \
	.kmem_cache_cpu = 48, .kmem_cache_node = 72, .memcg_allocs = allocs_6_18,                  \
	.mem_cgroup_cache = true, .stock_slots = 7, .split_plus_one = false, .drop_slab_rule = 2, .task_struct = 5888,                            \
	.css_set = 544, .super_block = 1472, .mount = 352, .kernfs_node = 136,                     \
	.inode[FS_EXT4] = 1128,  \
	.tp_kmem_cache_alloc = "call_site=%pS ptr=%p name=%s bytes_req=%zu bytes_alloc=%zu gfp_flags=%s node=%d accounted=%s"

static const struct kernel_row rows[] = {
	{ROW_4_18}, {ROW_4_19}, {ROW_4_19_3}, {ROW_4_20}, {ROW_5_0},  {ROW_5_3},  {ROW_5_9},
	{ROW_5_10}, {ROW_5_12}, {ROW_5_13},   {ROW_5_14}, {ROW_5_15}, {ROW_5_16}, {ROW_5_18},
	{ROW_6_1},  {ROW_6_4},  {ROW_6_7},    {ROW_6_13}, {ROW_6_18},
};
/* clang-format on */

#pragma GCC diagnostic pop

u32 kernel_row_count(void)
{
	return ARRAY_SIZE(rows);
}

const struct kernel_row *kernel_row_at(u32 i)
{
	return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

const struct kernel_row *kernel_row_find(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

/* One number of a release; advances *s behind it and a dot. */
static bool release_part(const char **s, u32 *out)
{
	u32 value = 0;

	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; (*s)++)
		value = min_of(value * 10 + (u32)(**s - '0'), 255U);
	*out = value;
	return true;
}

bool kernel_version_parse(const char *release, u32 *version)
{
	u32 part[3] = {0};

	if (*release++ != 'v')
		return false;
	for (u32 i = 0; i < 3; i++) {
		if (!release_part(&release, &part[i]))
			return false;
		if (!*release && i > 0)
			break;
		if (*release == '.' && i < 2)
			release++;
		else if (*release)
			return false;
	}
	*version = V(part[0], part[1], part[2]);
	return true;
}

const struct kernel_row *kernel_row_resolve(const char *release)
{
	const struct kernel_row *found = NULL;
	u32 version;

	if (!kernel_version_parse(release, &version))
		return NULL;
	for (u32 i = 0; i < ARRAY_SIZE(rows) && rows[i].version <= version; i++)
		found = &rows[i];
	return found;
}
