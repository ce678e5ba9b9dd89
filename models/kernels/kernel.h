/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A kernel row: what one range of kernel releases holds for the models. Plain data, so it stands
 * below every model; the rows themselves are in kernels/rows.c. Sizes are sizeof() as KERNEL_FACTS
 * 5.5 and 5.6 print them; what was measured instead of derived says so in `source`.
 */
#ifndef MODELS_KERNELS_KERNEL_H
#define MODELS_KERNELS_KERNEL_H

#include "engine/base.h"

/* Axes of DESIGN section 5, in its order. */
enum axis {
	AXIS_ACCOUNTING,
	AXIS_OFFLINE,
	AXIS_LIST_LRU,
	AXIS_SHRINKER,
	AXIS_NR_DEFERRED,
	AXIS_SHRINKER_MAP,
	AXIS_INODE_ISOLATE,
	AXIS_FS_RECLAIM,
	AXIS_DYING_GC,
	AXIS_HOTPLUG_LOCK,
	NR_AXES,
};

/* File systems that have a model (KERNEL_FACTS 1.7, 5.6). */
enum fs_type {
	FS_EXT4,
	FS_XFS,
	FS_TMPFS,
	FS_PROC,
	FS_OVERLAY,
	FS_DEVPTS,
	FS_MQUEUE,
	FS_CGROUP2, /* kernfs */
	FS_SYSFS, /* kernfs */
	FS_PSEUDO, /* pipefs, sockfs, anon_inodefs, bdev, ...: never on an LRU */
	NR_FS_TYPES,
};

/* How shrinker maps keep their bits (KERNEL_FACTS 2.3). */
enum shrinker_map_layout {
	MAP_NONE,
	MAP_BITMAP, /* 4.19 .. 5.12: 16 + 8 * words, per (memcg, node) */
	MAP_INFO, /* 5.13 .. 6.6: map and deferred counters in one block */
	MAP_UNITS, /* 6.7 ..: 24 + 8 * units, and 520 B a unit of 64 ids */
};

/* One kmalloc that a new memcg with its cgroup makes; struct mem_cgroup is the first. */
struct memcg_alloc {
	const char *what;
	u32 bytes;
	u32 per_node; /* 8 * nr_node_ids come on top of bytes if 1; the whole of it per node if 2 */
	bool psi; /* only with CONFIG_PSI */
	bool measured; /* seen in a trace of kmalloc during mkdir, not derived */
	bool account; /* GFP_KERNEL_ACCOUNT: charged to the parent (aab6103b97f1, 6.10) */
};

/* A kernfs file that every cgroup v2 with the memory controller has; its name is a kmalloc of its own. */
struct cgroup_file {
	const char *name;
	u32 since; /* first version with it, as kernel_row.version */
	u32 config; /* enum kernel_config bits that must all be set */
};

/* Build options that change what a cgroup costs. */
enum kernel_config {
	CONFIG_SWAP = 1 << 0, /* swap accounting files */
	CONFIG_PSI = 1 << 1,
	CONFIG_ZSWAP = 1 << 2,
};

extern const struct cgroup_file cgroup_files[]; /* ends with .name == NULL */

struct kernel_row {
	const char *name; /* "v5.16" */
	u32 version; /* 0x051000: major << 16 | minor << 8 | patch */
	const char *axes[NR_AXES]; /* the policy in force, by name */
	const char *commit; /* what changed against the row before */

	/* page allocator (KERNEL_FACTS 2.5) */
	u64 pcp_limit; /* bytes: zone_batchsize()'s limit, 512 KiB; 1 MiB from 4.19 on */
	bool fast_mark_sees_highatomic; /* zone_watermark_fast() (f27ce0e14088, 5.9) */
	bool watermark_boost; /* a fallback to another migrate type raises the marks (1c30844d2dfe, 5.0) */
	bool pcp_from_low_mark; /* per-CPU lists as large as the low watermark allows (5.14) */
	u32 min_free_max_kb; /* upper clamp of min_free_kbytes: 65536; 262144 by 5.8 */

	/* SLUB (KERNEL_FACTS 4) */
	bool slub_present_cpus; /* order from num_present_cpus() (>= 5.12) instead of nr_cpu_ids */
	bool slub_order_new; /* calculate_order() of 6.7 */
	bool cpu_partial_slabs; /* CPU partial lists are limited in slabs (5.16) instead of objects */
	u32 kmem_cache; /* sizeof(struct kmem_cache) without its node pointers */
	u32 kmem_cache_cpu; /* percpu */
	u32 kmem_cache_node;
	bool vector_at_creation; /* obj_cgroup vector with the slab of a SLAB_ACCOUNT cache (5.12) */
	bool kmalloc_cg; /* kmalloc-cg-* for accounted kmallocs (5.14) */
	bool kmalloc_k_names; /* kmalloc-1k instead of kmalloc-1024 (4.20) */
	bool large_kmalloc_in_slab; /* meminfo's Slab counts kmallocs above the largest class */
	bool offline_drains_once; /* memory offline drains per-CPU lists once, not in its loop (c52e75935f8d, 5.0; back in 968318261221, 5.9) */
	bool meminfo_kreclaimable; /* meminfo has KReclaimable (4.20) */
	bool meminfo_percpu; /* and Percpu (4.19) */

	/* memcg (KERNEL_FACTS 5.4, 5.5) */
	const struct memcg_alloc *memcg_allocs; /* kmallocs at creation; ends with .what == NULL */
	bool mem_cgroup_cache; /* struct mem_cgroup has a kmem_cache of its own (6.16) */
	u32 memcg_percpu; /* PC: bytes on every possible CPU */
	u32 memcg_node_percpu; /* PNC: the same for every node */
	u32 memcg_percpu_charged; /* of PC: what the parent is charged for, with all of PNC; 0 before 5.9 */
	bool percpu_charges_vector; /* and 8 bytes for every 4 of a CPU's part (8f425e4ed0eb, 5.17) */
	u32 task_struct; /* measured: objsize of the slabinfo of a recording, or of the nearest one */
	bool stack_charged_by_task; /* a stack is charged to who runs on it (9b6f7e163cd0, 4.20), not to who made it */
	bool names_reclaimable; /* kmalloc-rcl-* for long names (2e03b4bc4ae8, 4.20) */
	u32 css_set;
	u32 obj_cgroup; /* 0 before 5.9 */
	u32 percpu_ref_data; /* kmalloc behind every percpu_ref (5.11); 0 before */
	bool drain_at_offline; /* CPU page stocks are drained when a memcg goes offline (4.20) */
	bool kmem_pages_pin; /* kmem pages that are no slab hold the css (until 5.13) */
	u32 charge_batch; /* pages (2.6) */
	bool high_write_repeats; /* who writes memory.high reclaims until nothing more comes (8c8c383c04f6, 5.5) */
	bool mkdir_enospc; /* mkdir without an id left is -ENOSPC, not -ENOMEM (11d6761218d1, 5.7) */
	bool stat_kernel; /* memory.stat has the line kernel: all charged pages of it (a8c49af3be5f, 5.18) */
	u32 charge_retries; /* rounds of reclaim without progress: 5 up to 5.8, then 16 */
	bool charge_calls_oom; /* each charge without room has the OOM killer called, not user faults alone (29ef680ae7c2, 4.19) */
	bool high_goes_over; /* __GFP_HIGH charges may go over the limit (5.16) */
	u32 stock_slots; /* memcgs a CPU's page stock caches: 1; 7 in 6.18 */
	bool obj_stock_keeps_rest; /* uncharging over a page keeps the rest in the stock (5.15) */
	bool slab_progress_in_memcg_reclaim; /* until 6.4 (1.6) */

	/* list_lru (KERNEL_FACTS 3.1) */
	u32 list_lru_one; /* 24; 32 from 6.13 */
	u32 lru_table_entry; /* lazy: bytes a level that memcg_list_lru_alloc() notes its blocks in; 0 from 6.13 */
	u32 list_lru;
	u32 list_lru_node; /* 64 */
	u32 xa_node; /* object size on slab: 584 */

	/* shrinkers (KERNEL_FACTS 1, 2) */
	bool shadows_are_cache; /* an inode with shadow entries alone has page cache: for isolate and drop_caches (5.15) */
	bool kernfs_negative; /* kernfs keeps negative dentries (5.15) */
	bool shrink_empty; /* SHRINK_EMPTY exists (4.19) */
	bool zero_seeks; /* proc and kernfs superblocks, shadow nodes have seeks 0 (4.20) */
	enum shrinker_map_layout map_layout;
	bool root_runs_unaware; /* 4.19: the root call runs every shrinker; 4.18: a separate NULL call */
	bool deactivate_per_node; /* active lists: one decision a node (b91ac374346b, 5.5), not one a lruvec;
				   * shadows belong to the target of reclaim (b910718a948a, 5.5) */
	bool limit_walk_stops; /* limit reclaim ends its walk over memcgs at its goal (until 5.7, 2.1) */
	bool direct_walk_stops; /* all but kswapd do (6.10) */
	bool split_plus_one; /* super_cache_scan divides by dentries + inodes + fs + 1 (until 6.13) */
	int drop_slab_rule; /* 0: until freed <= 10 a node; 1: freed >> k <= 1 a node; 2: all nodes inside */

	/* sizeof of what superblocks and files are made of (5.6) */
	u32 dentry;
	u32 inode[NR_FS_TYPES]; /* object size on slab, constructor's 8 bytes included */
	u32 super_block;
	u32 mount;
	u32 shrinker; /* embedded until 6.6: 0; own kmalloc from 6.7 */
	u32 kernfs_node;

	/* text of tracepoints (8): after "event: ", as the kernel's printk formats */
	const char *tp_kmem_cache_alloc, *tp_kmem_cache_free, *tp_cgroup_mkdir, *tp_kswapd_wake;
	/* Which node mm_shrink_slab_start and _end name for a shrinker that knows none: the real one, or 0. */
	bool tp_shrink_start_nid, tp_shrink_end_nid;
	u32 tp_pid_columns; /* width of a pid: five, seven from 5.9 on (recorded) */
	u32 tp_flag_letters; /* of a line's context: four, five from 5.16 on (recorded on 6.1) */
};

#endif
