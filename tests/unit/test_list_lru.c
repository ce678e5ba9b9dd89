// SPDX-License-Identifier: GPL-3.0-or-later
/* list_lru: what the kernel allocates for lists, in the eager and the lazy era, and reparenting (KERNEL_FACTS 3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel_rig.h"

#define XA_NODE 584

static u64 kmalloc_bytes(u64 size)
{
	static const u32 classes[] = {8,   16,	32,   64,   96,	  128, 192,
				      256, 512, 1024, 2048, 4096, 8192};
	u64 pages = 1;

	for (u32 i = 0; i < ARRAY_SIZE(classes); i++)
		if (size <= classes[i])
			return classes[i];
	while (pages * 4096 < size)
		pages *= 2;
	return pages * 4096;
}

static struct task task(u32 memcg, u16 cpu)
{
	return (struct task){.memcg = memcg, .cpu = cpu};
}

static u32 make_cgroup(struct rig *r, u32 parent)
{
	struct task t = task(ROOT_MEMCG, 0);
	u32 id = memcg_mkdir(&r->k.memcg, parent, "c", 0, &t);

	assert_true(id);
	return id;
}

static void remove_cgroup(struct rig *r, u32 id)
{
	struct task t = task(ROOT_MEMCG, 0);

	memcg_rmdir(&r->k.memcg, id, &t);
}

static u32 mount(struct rig *r, enum fs_type fs)
{
	struct task t = task(ROOT_MEMCG, 0);
	u32 sb = vfs_mount(&r->k.vfs, fs, &t);

	assert_true(sb);
	return sb;
}

static void umount(struct rig *r, u32 sb)
{
	struct task t = task(ROOT_MEMCG, 0);

	vfs_umount(&r->k.vfs, sb, &t);
}

/* A lookup of a name that is not there: one dentry, no inode, on the LRU of the memcg. */
static u32 lookup(struct rig *r, u32 sb, u32 memcg, u16 cpu)
{
	struct task t = task(memcg, cpu);
	u32 vnode = vnode_new(&r->k.vfs, sb, 0, false, false), dentry;

	dentry = vnode_lookup(&r->k.vfs, vnode, &t);
	assert_true(dentry);
	dput(&r->k.vfs, dentry, cpu);
	return dentry;
}

static u32 create(struct rig *r, u32 sb, u32 memcg, u16 cpu)
{
	struct task t = task(memcg, cpu);
	u32 vnode = vnode_new(&r->k.vfs, sb, 0, false, false), dentry;

	dentry = vnode_create(&r->k.vfs, vnode, &t);
	assert_true(dentry);
	dput(&r->k.vfs, dentry, cpu);
	return dentry;
}

static void start(struct rig *r, const char *row, u32 nodes)
{
	rig_spec(r, row, nodes, 2, 2048 / nodes, NULL);
	assert_int_equal(rig_start(r), 0);
}

static void stop(struct rig *r)
{
	const char *why = kernel_check(&r->k);

	if (why)
		fail_msg("%s", why);
	assert_int_equal(r->e.failed, 0);
	rig_destroy(r);
}

static s64 lists(const struct rig *r)
{
	return r->k.lru.lists_bytes.level;
}

static s64 xa_nodes(const struct rig *r, s64 before)
{
	s64 bytes = r->k.lru.other_bytes.level - before;

	assert_int_equal(bytes % XA_NODE, 0);
	return bytes / XA_NODE;
}

/* ---- the id table ---- */

static const u32 doubling[] = {4,    10,   22,	 46,	94,    190,   382,  766,
			       1534, 3070, 6142, 12286, 24574, 49150, 65535};

static void the_id_table_doubles_with_each_id_that_does_not_fit(void **state)
{
	u32 size = 0;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(doubling); i++) {
		size = grow_ids_double(size);
		assert_int_equal(size, doubling[i]);
	}
}

static void kirills_table_grows_by_two_thousand(void **state)
{
	static const u32 wanted[] = {4,	  10,	22,   46,   94,	  190,	382,
				     766, 1534, 3070, 5070, 7070, 9070, 11070};
	u32 size = 0;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(wanted); i++) {
		size = grow_ids_kirill(size);
		assert_int_equal(size, wanted[i]);
	}
	assert_int_equal(grow_ids_kirill(64000), 65535);
}

static void mkdir_grows_the_table_when_its_id_does_not_fit(void **state)
{
	static const struct list_lru_params kirill = {.growth = 1};
	struct rig r;

	(void)state;
	for (u32 k = 0; k < 2; k++) {
		u32 step = 0;

		rig_spec(&r, "v5.9", 2, 2, 1024, NULL);
		r.spec.axis_params[AXIS_LIST_LRU] = k ? &kirill : NULL;
		assert_int_equal(rig_start(&r), 0);
		assert_int_equal(r.k.memcg.nr_cache_ids, 0);
		for (u32 id = 0; id < 3100; id++) {
			u32 wanted;

			make_cgroup(&r, ROOT_MEMCG);
			while (doubling[step] <= id)
				step++;
			wanted = k && doubling[step] > 3070 ? 5070 : doubling[step];
			assert_int_equal(r.k.memcg.nr_cache_ids, wanted);
			assert_int_equal(r.k.memcg.nr_ids.peak, wanted);
		}
		rig_destroy(&r);
	}
}

static void without_kmem_accounting_nobody_has_an_id(void **state)
{
	static const char *const none[] = {"accounting=none", NULL};
	struct rig r;

	(void)state;
	assert_int_equal(rig_init(&r, "v5.9", none), 0);
	mount(&r, FS_EXT4);
	for (u32 i = 0; i < 20; i++)
		make_cgroup(&r, ROOT_MEMCG);
	assert_int_equal(r.k.memcg.nr_cache_ids, 0);
	assert_int_equal(lists(&r), 0);
	stop(&r);
}

/* ---- eager (KERNEL_FACTS 3.2) ---- */

/* Heads for every id and node of two lrus a superblock, and one of the shadow nodes; arrays beside them. */
static void assert_eager_bytes(const struct rig *r, u64 supers, u64 nodes, u64 ids)
{
	assert_int_equal(lists(r), supers * 2 * nodes * ids * 32);
	assert_int_equal(r->k.lru.shadow_bytes.level, nodes * ids * 32);
	assert_int_equal(r->k.lru.arrays_bytes.level,
			 (supers * 2 + 1) * nodes * kmalloc_bytes(16 + 8 * ids));
}

static void eager_lists_are_there_for_every_id_node_and_lru(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.3", "v5.9", "v5.17"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 supers[4], groups[800], step = 0;
		struct rig r;

		start(&r, rows[i], 2);
		for (u32 k = 0; k < 3; k++)
			supers[k] = mount(&r, k ? FS_TMPFS : FS_EXT4);
		assert_eager_bytes(&r, 3, 2, 0);
		/* up to 1534 ids, whose arrays of 12,288 bytes take four pages */
		for (u32 id = 0; id < 800; id++) {
			groups[id] = make_cgroup(&r, ROOT_MEMCG);
			while (doubling[step] <= id)
				step++;
			assert_eager_bytes(&r, 3, 2, doubling[step]);
		}
		rig_settle(&r);
		/* nothing is freed when they are gone */
		for (u32 id = 0; id < 800; id++)
			remove_cgroup(&r, groups[id]);
		rig_settle(&r);
		assert_int_equal(r.k.memcg.dying.level, 0);
		assert_eager_bytes(&r, 3, 2, 1534);
		/* a new mount pays for the present size: 2 * 2 * 1534 of kmalloc-32 at once */
		step = (u32)r.k.slab.kmalloc_32.objects.level;
		supers[3] = mount(&r, FS_DEVPTS);
		assert_int_equal(r.k.slab.kmalloc_32.objects.level - step, 2 * 2 * 1534);
		assert_eager_bytes(&r, 4, 2, 1534);
		for (u32 k = 4; k--;) {
			umount(&r, supers[k]);
			assert_eager_bytes(&r, k, 2, 1534);
		}
		rig_settle(&r);
		stop(&r);
	}
}

static void eager_lists_are_sized_for_possible_nodes(void **state)
{
	struct rig r;

	(void)state;
	rig_spec(&r, "v5.9", 2, 2, 512, NULL);
	r.spec.machine.possible_nodes = 4;
	assert_int_equal(rig_start(&r), 0);
	mount(&r, FS_EXT4);
	make_cgroup(&r, ROOT_MEMCG);
	assert_eager_bytes(&r, 1, 4, 4);
	stop(&r);
}

static void lists_that_are_not_numa_aware_are_one_node_wide(void **state)
{
	static const struct list_lru_params one = {.nodes = 1};
	struct rig r;
	u32 sb, g;

	(void)state;
	rig_spec(&r, "v5.9", 4, 1, 512, NULL);
	r.spec.axis_params[AXIS_LIST_LRU] = &one;
	assert_int_equal(rig_start(&r), 0);
	sb = mount(&r, FS_EXT4);
	g = make_cgroup(&r, ROOT_MEMCG);
	assert_eager_bytes(&r, 1, 1, 4);
	for (u16 cpu = 0; cpu < 4; cpu++)
		lookup(&r, sb, g, cpu);
	assert_int_equal(r.k.lru.used.level, 1);
	stop(&r);
}

/* Old arrays go after a grace period, new ones are there at once. */
static void an_outgrown_array_is_freed_by_rcu(void **state)
{
	struct rig r;
	s64 large;

	(void)state;
	start(&r, "v5.9", 1);
	mount(&r, FS_EXT4);
	for (u32 i = 0; i < 1534; i++)
		make_cgroup(&r, ROOT_MEMCG);
	rig_settle(&r);
	/* arrays of 16 KiB: two of the superblock, one of the shadow nodes, in whole pages */
	large = r.k.slab.large_kmalloc.level;
	assert_int_equal(large, 3 * 16384);
	make_cgroup(&r, ROOT_MEMCG);
	/* 3070 ids: 24,576 bytes in 32 KiB */
	assert_int_equal(r.k.slab.large_kmalloc.level, 3 * (16384 + 32768));
	rig_settle(&r);
	assert_int_equal(r.k.slab.large_kmalloc.level, 3 * 32768);
	stop(&r);
}

/*
 * memcg_alloc_cache_id(): the new size counts when all lists have it. On the way back the new heads are
 * freed, the arrays stay as large as they have become; the next mkdir tries again.
 */
static void a_table_that_cannot_grow_keeps_its_size(void **state)
{
	static u32 supers[600];
	struct task t = task(ROOT_MEMCG, 0);
	u32 size = 0, n = 0;
	struct rig r;
	s64 free_pages;

	(void)state;
	rig_spec(&r, "v5.9", 1, 2, 48, NULL);
	assert_int_equal(rig_start(&r), 0);
	for (u32 i = 0; i < ARRAY_SIZE(supers); i++)
		supers[i] = mount(&r, FS_TMPFS);
	while (memcg_mkdir(&r.k.memcg, ROOT_MEMCG, "c", 0, &t)) {
		size = r.k.memcg.nr_cache_ids;
		n++;
	}
	/* it was the growth that failed: 1201 lists of 766 heads are 29 MB */
	assert_int_equal(n, size);
	for (u32 again = 0; again < 3; again++) {
		rig_settle(&r);
		assert_int_equal(r.k.memcg.nr_cache_ids, size);
		assert_int_equal(lists(&r), 600ULL * 2 * size * 32);
		assert_int_equal(r.k.lru.shadow_bytes.level, size * 32);
		assert_true(r.k.lru.arrays_bytes.level >= 1201 * (s64)kmalloc_bytes(16 + 8 * size));
		assert_int_equal(memcg_mkdir(&r.k.memcg, ROOT_MEMCG, "c", 0, &t), 0);
	}
	/* room is made, and it goes on */
	free_pages = r.k.m.pages.free.level;
	for (u32 i = 0; i < 400; i++)
		umount(&r, supers[i]);
	rig_settle(&r);
	assert_true(r.k.m.pages.free.level > free_pages);
	make_cgroup(&r, ROOT_MEMCG);
	assert_int_equal(r.k.memcg.nr_cache_ids, 2 * (n + 1));
	assert_eager_bytes(&r, 200, 1, 2 * (n + 1));
	stop(&r);
}

/* ---- lazy (KERNEL_FACTS 3.1, 3.4) ---- */

static void a_lazy_block_has_the_lists_of_all_nodes(void **state)
{
	static const struct {
		const char *row;
		u32 nodes, bytes;
	} t[] = {
		{"v5.18", 1, 64}, {"v5.18", 2, 64}, {"v5.18", 4, 128}, {"v5.18", 8, 256},
		{"v6.12", 1, 64}, {"v6.12", 2, 64}, {"v6.12", 4, 128}, {"v6.12", 8, 256},
		{"v6.13", 1, 64}, {"v6.13", 2, 96}, {"v6.13", 4, 192}, {"v6.13", 8, 512},
		{"v6.18", 1, 64}, {"v6.18", 2, 96}, {"v6.18", 4, 192}, {"v6.18", 8, 512},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct rig r;
		u32 sb, g;

		start(&r, t[i].row, t[i].nodes);
		sb = mount(&r, FS_EXT4);
		g = make_cgroup(&r, ROOT_MEMCG);
		assert_int_equal(lists(&r), 0);
		assert_int_equal(r.k.lru.arrays_bytes.level, 0);
		lookup(&r, sb, g, 0);
		assert_int_equal(lists(&r), t[i].bytes);
		lookup(&r, sb, g, 1);
		assert_int_equal(lists(&r), t[i].bytes);
		/* an inode has an lru of its own */
		create(&r, sb, g, 0);
		assert_int_equal(lists(&r), 2 * t[i].bytes);
		stop(&r);
	}
}

static void a_lazy_block_comes_with_the_object_not_with_its_list(void **state)
{
	struct task t;
	struct rig r;
	u32 sb, g, dentry;

	(void)state;
	start(&r, "v5.18", 2);
	sb = mount(&r, FS_EXT4);
	g = make_cgroup(&r, ROOT_MEMCG);
	t = task(g, 0);
	/* in use: on no list, but the block is paid for */
	dentry = dentry_alloc(&r.k.vfs, sb, super_at(&r.k.vfs, sb)->root, &t);
	assert_int_equal(lists(&r), 64);
	assert_int_equal(r.k.lru.items, 0);
	dput(&r.k.vfs, dentry, 0);
	stop(&r);
}

static void ancestors_have_a_lazy_block_too_and_the_root_has_none(void **state)
{
	struct rig r;
	u32 sb, other, a, b, c, sibling;

	(void)state;
	start(&r, "v5.18", 2);
	sb = mount(&r, FS_EXT4);
	other = mount(&r, FS_EXT4);
	lookup(&r, sb, ROOT_MEMCG, 0);
	assert_int_equal(lists(&r), 0);
	a = make_cgroup(&r, ROOT_MEMCG);
	b = make_cgroup(&r, a);
	c = make_cgroup(&r, b);
	sibling = make_cgroup(&r, b);
	lookup(&r, sb, c, 0);
	assert_int_equal(lists(&r), 3 * 64);
	lookup(&r, sb, a, 0);
	lookup(&r, sb, b, 0);
	assert_int_equal(lists(&r), 3 * 64);
	lookup(&r, sb, sibling, 0);
	assert_int_equal(lists(&r), 4 * 64);
	/* every superblock has lists of its own */
	lookup(&r, other, b, 0);
	assert_int_equal(lists(&r), 6 * 64);
	stop(&r);
}

/* overlay here and below: no disk, so no page cache of it whose nodes have an lru as well. */
static void a_lazy_block_goes_at_offline_or_umount(void **state)
{
	static const char *const rows[] = {"v5.18", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 sb, parent, child;
		const struct kmem_cache *kmalloc;
		struct rig r;
		u64 live;
		s64 one;

		start(&r, rows[i], 2);
		kmalloc = cache_at(&r.k.slab,
				   kmem_cache_find(&r.k.slab, i ? "kmalloc-96" : "kmalloc-64"));
		sb = mount(&r, FS_OVERLAY);
		parent = make_cgroup(&r, ROOT_MEMCG);
		lookup(&r, sb, parent, 0);
		one = lists(&r);
		live = kmalloc->live;
		child = make_cgroup(&r, parent);
		lookup(&r, sb, child, 0);
		assert_int_equal(lists(&r), 2 * one);
		remove_cgroup(&r, child);
		/* rmdir is not offline yet */
		assert_int_equal(lists(&r), 2 * one);
		rig_settle(&r);
		assert_int_equal(lists(&r), one);
		assert_int_equal(kmalloc->live, live);
		umount(&r, sb);
		assert_int_equal(lists(&r), 0);
		assert_int_equal(r.k.lru.heads.level, r.k.m.nr_nodes);
		rig_settle(&r);
		stop(&r);
	}
}

/* One node for 64 ids in a row; with more than one of them one above, and so on. */
static void xarray_nodes_hold_64_ids_each(void **state)
{
	u32 *groups = calloc(4200, sizeof(*groups)), n = 0, sb;
	struct rig r;
	s64 before;

	(void)state;
	start(&r, "v5.18", 2);
	sb = mount(&r, FS_OVERLAY);
	before = r.k.lru.other_bytes.level;
	/* the root has id 1, so the n-th one has id n + 1 */
	while (n < 4100) {
		u32 id;

		groups[n] = make_cgroup(&r, ROOT_MEMCG);
		lookup(&r, sb, groups[n++], 0);
		id = n + 1;
		assert_int_equal(memcg_at(&r.k.memcg, groups[n - 1])->id, id);
		if (id < 64)
			assert_int_equal(xa_nodes(&r, before), 1);
		else if (id < 4096)
			assert_int_equal(xa_nodes(&r, before), id / 64 + 1 + 1);
		else
			assert_int_equal(xa_nodes(&r, before), id / 64 + 1 + 2 + 1);
	}
	while (n)
		remove_cgroup(&r, groups[--n]);
	rig_settle(&r);
	assert_int_equal(lists(&r), 0);
	assert_int_equal(r.k.lru.other_bytes.level, before);
	stop(&r);
	free(groups);
}

/* xas_delete_node(), xas_shrink(): a tree that loses its high ids, or all, is as low as a new one. */
static void an_xarray_shrinks_when_its_high_ids_go(void **state)
{
	u32 groups[70], n = 0, sb;
	struct rig r;
	s64 before;

	(void)state;
	start(&r, "v5.18", 2);
	sb = mount(&r, FS_OVERLAY);
	before = r.k.lru.other_bytes.level;
	/* ids 2 .. 71 */
	for (; n < 70; n++) {
		groups[n] = make_cgroup(&r, ROOT_MEMCG);
		lookup(&r, sb, groups[n], 0);
	}
	assert_int_equal(xa_nodes(&r, before), 3);
	while (n > 10)
		remove_cgroup(&r, groups[--n]);
	rig_settle(&r);
	assert_int_equal(xa_nodes(&r, before), 1);
	while (n)
		remove_cgroup(&r, groups[--n]);
	rig_settle(&r);
	assert_int_equal(xa_nodes(&r, before), 0);
	lookup(&r, sb, make_cgroup(&r, ROOT_MEMCG), 0);
	assert_int_equal(xa_nodes(&r, before), 1);
	stop(&r);
}

static void every_used_lru_has_an_xarray_of_its_own(void **state)
{
	struct rig r;
	u32 one, two, g;
	s64 before;

	(void)state;
	start(&r, "v5.18", 2);
	one = mount(&r, FS_OVERLAY);
	two = mount(&r, FS_OVERLAY);
	g = make_cgroup(&r, ROOT_MEMCG);
	before = r.k.lru.other_bytes.level;
	lookup(&r, one, g, 0);
	assert_int_equal(xa_nodes(&r, before), 1);
	create(&r, one, g, 0);
	assert_int_equal(xa_nodes(&r, before), 2);
	lookup(&r, two, g, 0);
	assert_int_equal(xa_nodes(&r, before), 3);
	umount(&r, two);
	rig_settle(&r);
	/* its list_lru_node arrays went too: two of 128 bytes */
	assert_int_equal(r.k.lru.other_bytes.level, before - 2 * 128 + 2 * XA_NODE);
	stop(&r);
}

/* memcg_list_lru_alloc() frees what it has got when the xarray's node finds no memory. */
static void an_object_without_memory_for_its_block_is_refused(void **state)
{
	const struct kmem_cache *kmalloc, *xa;
	struct task t;
	struct rig r;
	static u32 taken[(48 << 20) / 4096];
	u32 sb, g, dentry, n = 0;
	u64 live;
	s64 bytes;

	(void)state;
	rig_spec(&r, "v5.18", 1, 2, 48, NULL);
	assert_int_equal(rig_start(&r), 0);
	sb = mount(&r, FS_EXT4);
	g = make_cgroup(&r, ROOT_MEMCG);
	t = task(g, 0);
	xa = cache_at(&r.k.slab, kmem_cache_find(&r.k.slab, "radix_tree_node"));
	kmalloc = cache_at(&r.k.slab, kmem_cache_find(&r.k.slab, "kmalloc-64"));
	assert_int_equal(xa->nr_slabs, 0);
	while ((taken[n] = alloc_pages(&r.k.m.pages, 0, 0, MIGRATE_UNMOVABLE, GFP_NOFAIL)))
		n++;
	live = kmalloc->live;
	bytes = r.k.slab.active_bytes.level;
	dentry = dentry_alloc(&r.k.vfs, sb, super_at(&r.k.vfs, sb)->root, &t);
	assert_int_equal(dentry, 0);
	assert_int_equal(r.k.vfs.alloc_failed, 1);
	assert_int_equal(lists(&r), 0);
	assert_int_equal(kmalloc->live, live);
	assert_int_equal(r.k.slab.active_bytes.level, bytes);
	/* nobody owns these: they go before every page is asked whose it is */
	while (n)
		free_pages(&r.k.m.pages, taken[--n], 0);
	stop(&r);
}

/* ---- who is on which list ---- */

static u32 nth(struct rig *r, u32 block, u32 list, u32 node, u32 n)
{
	u32 id = lru_list_at(&r->k.lru, lru_block_at(&r->k.lru, block), list, node)->head;

	while (n-- && id)
		id = obj(&r->k.vfs, id)->next;
	return id;
}

static u32 length(struct rig *r, u32 block, u32 list, u32 node)
{
	return block ? lru_list_at(&r->k.lru, lru_block_at(&r->k.lru, block), list, node)->nr : 0;
}

static u32 block_of(struct rig *r, u32 sb, u32 memcg)
{
	return lru_block_find(&r->k.lru, super_at(&r->k.vfs, sb)->set, memcg, false);
}

static void an_object_is_on_the_list_of_its_memcg_and_node(void **state)
{
	struct rig r;
	u32 sb, a, b;

	(void)state;
	start(&r, "v5.9", 2);
	sb = mount(&r, FS_EXT4);
	a = make_cgroup(&r, ROOT_MEMCG);
	b = make_cgroup(&r, a);
	/* CPUs 0, 1 on node 0; 2, 3 on node 1 */
	lookup(&r, sb, a, 0);
	lookup(&r, sb, a, 2);
	lookup(&r, sb, a, 3);
	lookup(&r, sb, b, 3);
	lookup(&r, sb, ROOT_MEMCG, 1);
	assert_int_equal(length(&r, block_of(&r, sb, a), LRU_DENTRY, 0), 1);
	assert_int_equal(length(&r, block_of(&r, sb, a), LRU_DENTRY, 1), 2);
	assert_int_equal(length(&r, block_of(&r, sb, b), LRU_DENTRY, 0), 0);
	assert_int_equal(length(&r, block_of(&r, sb, b), LRU_DENTRY, 1), 1);
	assert_int_equal(length(&r, block_of(&r, sb, ROOT_MEMCG), LRU_DENTRY, 0), 1);
	assert_int_equal(length(&r, block_of(&r, sb, ROOT_MEMCG), LRU_DENTRY, 1), 0);
	assert_int_equal(r.k.lru.items, 5);
	assert_int_equal(r.k.lru.used.level, 4);
	stop(&r);
}

static void new_objects_join_at_the_tail(void **state)
{
	struct rig r;
	u32 sb, a, d[5];

	(void)state;
	start(&r, "v5.9", 1);
	sb = mount(&r, FS_EXT4);
	a = make_cgroup(&r, ROOT_MEMCG);
	for (u32 i = 0; i < 5; i++)
		d[i] = lookup(&r, sb, a, 0);
	for (u32 i = 0; i < 5; i++)
		assert_int_equal(nth(&r, block_of(&r, sb, a), LRU_DENTRY, 0, i), d[i]);
	stop(&r);
}

/* list_splice_init(src, dst): in order, before what the parent has. */
static void the_lists_of_a_dead_memcg_go_to_the_head_of_its_parents(void **state)
{
	static const char *const rows[] = {"v4.18", "v4.19", "v5.3", "v5.9",
					   "v5.16", "v5.18", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 sb, parent, child, p[3], c[3], root;
		struct rig r;

		start(&r, rows[i], 2);
		sb = mount(&r, FS_EXT4);
		root = lookup(&r, sb, ROOT_MEMCG, 0);
		parent = make_cgroup(&r, ROOT_MEMCG);
		child = make_cgroup(&r, parent);
		/* has every memcg got its caches? what came before is on the root's list */
		lookup(&r, sb, parent, 0);
		lookup(&r, sb, child, 0);
		rig_settle(&r);
		shrink_slab(&r.k.shrinkers, 0, parent, 0, &(struct task){.memcg = ROOT_MEMCG});
		shrink_slab(&r.k.shrinkers, 0, child, 0, &(struct task){.memcg = ROOT_MEMCG});
		for (u32 k = 0; k < 3; k++) {
			p[k] = lookup(&r, sb, parent, 0);
			c[k] = lookup(&r, sb, child, 0);
		}
		lookup(&r, sb, child, 2);
		remove_cgroup(&r, child);
		/* until it is offline they are its own */
		assert_int_equal(length(&r, block_of(&r, sb, child), LRU_DENTRY, 0), 3);
		rig_settle(&r);
		for (u32 k = 0; k < 3; k++) {
			assert_int_equal(nth(&r, block_of(&r, sb, parent), LRU_DENTRY, 0, k), c[k]);
			assert_int_equal(nth(&r, block_of(&r, sb, parent), LRU_DENTRY, 0, 3 + k),
					 p[k]);
		}
		assert_int_equal(length(&r, block_of(&r, sb, parent), LRU_DENTRY, 0), 6);
		assert_int_equal(length(&r, block_of(&r, sb, parent), LRU_DENTRY, 1), 1);
		assert_int_equal(length(&r, block_of(&r, sb, child), LRU_DENTRY, 0), 0);
		/* and on to the root */
		remove_cgroup(&r, parent);
		rig_settle(&r);
		for (u32 k = 0; k < 3; k++) {
			assert_int_equal(nth(&r, block_of(&r, sb, ROOT_MEMCG), LRU_DENTRY, 0, k),
					 c[k]);
			assert_int_equal(
				nth(&r, block_of(&r, sb, ROOT_MEMCG), LRU_DENTRY, 0, 3 + k), p[k]);
		}
		assert_int_equal(nth(&r, block_of(&r, sb, ROOT_MEMCG), LRU_DENTRY, 0, 6), root);
		stop(&r);
	}
}

/* A dead memcg is never scanned; its objects are found through the parent, whose bit is set for that. */
static void reparented_objects_are_reclaimed_through_the_parent(void **state)
{
	static const char *const rows[] = {"v4.18", "v4.19", "v5.9", "v5.18", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct task t = task(ROOT_MEMCG, 0);
		u32 sb, parent, child;
		struct rig r;
		s64 before;

		start(&r, rows[i], 1);
		sb = mount(&r, FS_EXT4);
		parent = make_cgroup(&r, ROOT_MEMCG);
		child = make_cgroup(&r, parent);
		lookup(&r, sb, child, 0);
		rig_settle(&r);
		before = r.k.vfs.dentries.level;
		lookup(&r, sb, child, 0);
		remove_cgroup(&r, child);
		rig_settle(&r);
		shrink_slab(&r.k.shrinkers, 0, child, 0, &t);
		assert_int_equal(r.k.vfs.dentries.level, before + 1);
		assert_true(shrink_slab(&r.k.shrinkers, 0, parent, 0, &t) > 0);
		assert_true(r.k.vfs.dentries.level <= before);
		stop(&r);
	}
}

/* ---- shrink (KERNEL_FACTS 3.3, SEEDS A3) ---- */

static void the_shrinking_table_grows_to_twice_the_id(void **state)
{
	static const u32 wanted[] = {4,	   8,	 16,   32,   64,    128,   256,	 512,
				     1024, 2048, 4096, 8192, 16384, 32768, 65535};
	u32 size = 0;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(wanted); i++) {
		size = list_lru_shrink.grow_ids(size);
		assert_int_equal(size, wanted[i]);
	}
}

static void the_table_shrinks_when_the_highest_id_is_below_a_third(void **state)
{
	static const struct {
		u32 max, size, wanted;
	} t[] = {
		/* 16384 / 3 = 5461 */
		{12286, 16384, 16384}, {5461, 16384, 16384},  {5460, 16384, 8192},
		{4096, 16384, 8192},   {4095, 16384, 4096},   {512, 16384, 1024},
		{511, 16384, 512},     {500, 16384, 512},     {500, 24574, 512},
		{4, 16384, 8},	       {3, 16384, 4},	      {0, 16384, 4},
		{NONE_U32, 16384, 4},  {NONE_U32, 4, 4},      {3, 8, 8},
		{21844, 65535, 32768}, {21845, 65535, 65535},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++)
		assert_int_equal(list_lru_shrink.shrink_ids(t[i].max, t[i].size), t[i].wanted);
}

static const char *const shrink[] = {"list_lru=shrink", NULL};

static void memory_comes_back_with_the_ids_that_are_freed(void **state)
{
	u32 groups[800], sb;
	struct rig r;

	(void)state;
	rig_spec(&r, "v5.17", 2, 2, 1024, shrink);
	assert_int_equal(rig_start(&r), 0);
	sb = mount(&r, FS_EXT4);
	for (u32 id = 0; id < 800; id++)
		groups[id] = make_cgroup(&r, ROOT_MEMCG);
	assert_int_equal(r.k.memcg.nr_cache_ids, 1024);
	assert_eager_bytes(&r, 1, 2, 1024);
	/* an object in a row that stays, and one in a row that goes */
	lookup(&r, sb, groups[99], 0);
	lookup(&r, sb, groups[799], 0);
	/* from the top: 341 is a third of 1024, so nothing before 340 is the highest */
	for (u32 id = 799; id > 341; id--)
		remove_cgroup(&r, groups[id]);
	rig_settle(&r);
	assert_int_equal(r.k.memcg.nr_cache_ids, 1024);
	remove_cgroup(&r, groups[341]);
	rig_settle(&r);
	assert_int_equal(r.k.memcg.nr_cache_ids, 512);
	assert_eager_bytes(&r, 1, 2, 512);
	for (u32 id = 340; id > 99; id--)
		remove_cgroup(&r, groups[id]);
	rig_settle(&r);
	/* 170 of 512: at 169 to 256; 85 of 256 is not reached */
	assert_int_equal(r.k.memcg.nr_cache_ids, 256);
	assert_eager_bytes(&r, 1, 2, 256);
	assert_int_equal(r.k.slab.kmalloc_32.objects.level >= 3 * 2 * 256, true);
	assert_int_equal(r.k.lru.items, 2);
	/* and it grows again */
	for (u32 id = 100; id < 257; id++)
		groups[id] = make_cgroup(&r, ROOT_MEMCG);
	assert_eager_bytes(&r, 1, 2, 512);
	umount(&r, sb);
	rig_settle(&r);
	assert_eager_bytes(&r, 0, 2, 512);
	stop(&r);
}

static void one_high_id_keeps_the_table_large(void **state)
{
	u32 groups[800];
	struct rig r;

	(void)state;
	rig_spec(&r, "v5.17", 1, 2, 512, shrink);
	assert_int_equal(rig_start(&r), 0);
	mount(&r, FS_EXT4);
	for (u32 id = 0; id < 800; id++)
		groups[id] = make_cgroup(&r, ROOT_MEMCG);
	for (u32 id = 0; id < 799; id++)
		remove_cgroup(&r, groups[id]);
	rig_settle(&r);
	assert_int_equal(r.k.memcg.online.level, 1);
	assert_eager_bytes(&r, 1, 1, 1024);
	remove_cgroup(&r, groups[799]);
	rig_settle(&r);
	assert_eager_bytes(&r, 1, 1, 4);
	stop(&r);
}

/* ---- first-insert (KERNEL_FACTS 3.3, SEEDS A4, A5, P1) ---- */

static const char *const first_insert[] = {"list_lru=first-insert", NULL};

static void a_head_comes_with_the_first_object_on_its_list(void **state)
{
	u32 groups[20], sb, dentry;
	struct task t;
	struct rig r;

	(void)state;
	rig_spec(&r, "v5.11", 2, 2, 512, first_insert);
	assert_int_equal(rig_start(&r), 0);
	sb = mount(&r, FS_EXT4);
	for (u32 id = 0; id < 20; id++)
		groups[id] = make_cgroup(&r, ROOT_MEMCG);
	/* 22 rows: arrays of pointers on two nodes for three lrus */
	assert_int_equal(r.k.memcg.nr_cache_ids, 22);
	assert_int_equal(r.k.lru.arrays_bytes.level, 3 * 2 * kmalloc_bytes(16 + 8 * 22));
	assert_int_equal(lists(&r), 0);
	t = task(groups[3], 0);
	dentry = dentry_alloc(&r.k.vfs, sb, super_at(&r.k.vfs, sb)->root, &t);
	/* in use: on no list yet */
	assert_int_equal(lists(&r), 0);
	dput(&r.k.vfs, dentry, 0);
	assert_int_equal(lists(&r), 32);
	lookup(&r, sb, groups[3], 1);
	assert_int_equal(lists(&r), 32);
	/* another node, another memcg, and nothing for the root or an ancestor */
	lookup(&r, sb, groups[3], 2);
	lookup(&r, sb, make_cgroup(&r, groups[4]), 0);
	lookup(&r, sb, ROOT_MEMCG, 0);
	assert_int_equal(lists(&r), 3 * 32);
	/* the row's next owner finds it; the splice went to the root's list, which has one */
	remove_cgroup(&r, groups[3]);
	rig_settle(&r);
	assert_int_equal(lists(&r), 3 * 32);
	groups[3] = make_cgroup(&r, ROOT_MEMCG);
	assert_int_equal(memcg_at(&r.k.memcg, groups[3])->kmemcg_id, 3);
	lookup(&r, sb, groups[3], 0);
	assert_int_equal(lists(&r), 3 * 32);
	assert_int_equal(r.k.lru.add_failed, 0);
	umount(&r, sb);
	assert_int_equal(lists(&r), 0);
	rig_settle(&r);
	stop(&r);
}

static void a_parent_gets_a_head_for_what_is_spliced_to_it(void **state)
{
	u32 sb, parent, child;
	struct rig r;

	(void)state;
	rig_spec(&r, "v5.11", 1, 2, 512, first_insert);
	assert_int_equal(rig_start(&r), 0);
	sb = mount(&r, FS_EXT4);
	parent = make_cgroup(&r, ROOT_MEMCG);
	child = make_cgroup(&r, parent);
	lookup(&r, sb, child, 0);
	assert_int_equal(lists(&r), 32);
	remove_cgroup(&r, child);
	rig_settle(&r);
	assert_int_equal(lists(&r), 2 * 32);
	assert_int_equal(length(&r, block_of(&r, sb, parent), LRU_DENTRY, 0), 1);
	stop(&r);
}

/* Down to what an atomic allocation may not take either, without reclaim, and kmalloc-32 is full. */
static u32 eat_memory(struct rig *r, u32 *pages)
{
	struct task t = {.memcg = ROOT_MEMCG, .gfp = GFP_ATOMIC};
	u32 n = 0;

	while ((pages[n] = alloc_pages(&r->k.m.pages, 0, 0, MIGRATE_UNMOVABLE, GFP_ATOMIC)))
		n++;
	for (u16 cpu = 0; cpu < 2; cpu++)
		for (t.cpu = cpu; kmem_alloc(&r->k.slab, 24, &t).slab;)
			;
	return n;
}

static void an_object_without_memory_for_its_list_is_tracked_by_nobody(void **state)
{
	static u32 taken[(48 << 20) / 4096];
	u32 sb, a, b, d[3], n;
	struct task root = task(ROOT_MEMCG, 0), t;
	struct rig r;
	s64 dentries;

	(void)state;
	rig_spec(&r, "v5.11", 1, 2, 48, first_insert);
	assert_int_equal(rig_start(&r), 0);
	sb = mount(&r, FS_EXT4);
	a = make_cgroup(&r, ROOT_MEMCG);
	b = make_cgroup(&r, ROOT_MEMCG);
	lookup(&r, sb, b, 0);
	t = task(a, 0);
	d[0] = dentry_alloc(&r.k.vfs, sb, super_at(&r.k.vfs, sb)->root, &t);
	d[1] = dentry_alloc(&r.k.vfs, sb, super_at(&r.k.vfs, sb)->root, &t);
	t = task(b, 0);
	d[2] = dentry_alloc(&r.k.vfs, sb, super_at(&r.k.vfs, sb)->root, &t);
	n = eat_memory(&r, taken);
	dput(&r.k.vfs, d[0], 0);
	assert_int_equal(r.k.lru.add_failed, 1);
	assert_int_equal(r.k.lru.nr_untracked.level, 1);
	assert_int_equal(r.k.lru.items, 1);
	/* a list that has its head takes objects as ever */
	dput(&r.k.vfs, d[2], 0);
	assert_int_equal(r.k.lru.items, 2);
	while (n)
		free_pages(&r.k.m.pages, taken[--n], 0);
	/* it counts as on the list already: used again, it is not added */
	dget(&r.k.vfs, d[0]);
	dput(&r.k.vfs, d[0], 0);
	assert_int_equal(r.k.lru.nr_untracked.level, 1);
	dput(&r.k.vfs, d[1], 0);
	assert_int_equal(r.k.lru.items, 3);
	/* reclaim takes what it can see */
	dentries = r.k.vfs.dentries.level;
	for (u32 i = 0; i < 4; i++)
		shrink_slab(&r.k.shrinkers, 0, a, 0, &root);
	assert_int_equal(r.k.vfs.dentries.level, dentries - 1);
	assert_int_equal(obj(&r.k.vfs, d[0])->kind, OBJECT_DENTRY);
	/* umount finds it */
	umount(&r, sb);
	assert_int_equal(r.k.lru.nr_untracked.level, 0);
	assert_int_equal(r.k.lru.add_failed, 1);
	assert_int_equal(r.k.vfs.dentries.level, 0);
	rig_destroy(&r);
}

/* A directory that only an untracked child kept is on no list either when the superblock goes. */
static void umount_finds_what_an_untracked_object_refers_to(void **state)
{
	static u32 taken[(48 << 20) / 4096];
	struct task t;
	u32 sb, a, dir, child, inode, n;
	struct rig r;

	(void)state;
	rig_spec(&r, "v5.11", 1, 2, 48, first_insert);
	assert_int_equal(rig_start(&r), 0);
	sb = mount(&r, FS_EXT4);
	a = make_cgroup(&r, ROOT_MEMCG);
	t = task(a, 0);
	dir = dentry_alloc(&r.k.vfs, sb, super_at(&r.k.vfs, sb)->root, &t);
	child = dentry_alloc(&r.k.vfs, sb, dir, &t);
	inode = inode_alloc(&r.k.vfs, sb, &t);
	n = eat_memory(&r, taken);
	dput(&r.k.vfs, dir, 0);
	dput(&r.k.vfs, child, 0);
	iput(&r.k.vfs, inode, 0);
	assert_int_equal(r.k.lru.nr_untracked.level, 2);
	/* an inode is added anew when its next user goes */
	while (n)
		free_pages(&r.k.m.pages, taken[--n], 0);
	inode_lru_add(&r.k.vfs, inode, 0);
	assert_int_equal(r.k.lru.nr_untracked.level, 1);
	assert_int_equal(r.k.lru.items, 1);
	umount(&r, sb);
	assert_int_equal(r.k.vfs.dentries.level, 0);
	assert_int_equal(r.k.vfs.inodes.level, 0);
	assert_int_equal(r.k.lru.nr_untracked.level, 0);
	rig_destroy(&r);
}

static void a_splice_without_memory_leaves_the_objects_untracked(void **state)
{
	static u32 taken[(48 << 20) / 4096];
	u32 sb, parent, child, n;
	struct rig r;

	(void)state;
	rig_spec(&r, "v5.11", 1, 2, 48, first_insert);
	assert_int_equal(rig_start(&r), 0);
	sb = mount(&r, FS_EXT4);
	parent = make_cgroup(&r, ROOT_MEMCG);
	child = make_cgroup(&r, parent);
	for (u32 i = 0; i < 3; i++)
		lookup(&r, sb, child, 0);
	n = eat_memory(&r, taken);
	lru_memcg_offline(&r.k.lru, child);
	assert_int_equal(r.k.lru.nr_untracked.level, 3);
	assert_int_equal(r.k.lru.items, 0);
	assert_int_equal(r.k.lru.used.level, 0);
	while (n)
		free_pages(&r.k.m.pages, taken[--n], 0);
	umount(&r, sb);
	assert_int_equal(r.k.lru.nr_untracked.level, 0);
	rig_destroy(&r);
}

/* ---- mount-scoped (KERNEL_FACTS 3.3, SEEDS A9) ---- */

static const char *const mount_scoped[] = {"list_lru=mount-scoped", NULL};

static u32 mount_by(struct rig *r, enum fs_type fs, u32 memcg)
{
	struct task t = task(memcg, 0);
	u32 sb = vfs_mount(&r->k.vfs, fs, &t);

	assert_true(sb);
	return sb;
}

static void a_mount_makes_lists_for_the_memcgs_below_its_own(void **state)
{
	u32 all, pods, sb, a, b, other, before;
	struct rig r;

	(void)state;
	rig_spec(&r, "v5.17", 2, 2, 512, mount_scoped);
	assert_int_equal(rig_start(&r), 0);
	pods = make_cgroup(&r, ROOT_MEMCG);
	a = make_cgroup(&r, pods);
	other = make_cgroup(&r, ROOT_MEMCG);
	assert_int_equal(lists(&r), 0);
	/* 16 + 24 * 2 bytes for each list of each of them, before there is any object */
	sb = mount_by(&r, FS_OVERLAY, pods);
	assert_int_equal(lists(&r), 2 * 2 * 64);
	all = mount_by(&r, FS_OVERLAY, ROOT_MEMCG);
	assert_int_equal(lists(&r), (2 + 3) * 2 * 64);
	b = make_cgroup(&r, a);
	lookup(&r, sb, a, 0);
	assert_int_equal(r.k.lru.fallbacks, 0);
	/* late: on its parent's; elsewhere: on the root's */
	lookup(&r, sb, b, 0);
	assert_int_equal(length(&r, block_of(&r, sb, a), LRU_DENTRY, 0), 2);
	assert_int_equal(r.k.lru.fallbacks, 1);
	before = length(&r, block_of(&r, sb, ROOT_MEMCG), LRU_DENTRY, 0);
	lookup(&r, sb, other, 0);
	assert_int_equal(length(&r, block_of(&r, sb, ROOT_MEMCG), LRU_DENTRY, 0), before + 1);
	assert_int_equal(r.k.lru.fallbacks, 2);
	lookup(&r, all, other, 0);
	assert_int_equal(r.k.lru.fallbacks, 2);
	assert_int_equal(lists(&r), (2 + 3) * 2 * 64);
	umount(&r, all);
	umount(&r, sb);
	assert_int_equal(lists(&r), 0);
	rig_settle(&r);
	stop(&r);
}

/* Reclaim for a memcg that came late finds none of its objects; for the one above it, all. */
static void what_fell_back_is_reclaimed_through_the_ancestor(void **state)
{
	struct task root = task(ROOT_MEMCG, 0);
	u32 pods, sb, late;
	struct rig r;
	s64 before;

	(void)state;
	rig_spec(&r, "v5.17", 1, 2, 512, mount_scoped);
	assert_int_equal(rig_start(&r), 0);
	pods = make_cgroup(&r, ROOT_MEMCG);
	sb = mount(&r, FS_OVERLAY);
	late = make_cgroup(&r, pods);
	before = r.k.vfs.dentries.level;
	for (u32 i = 0; i < 5; i++)
		lookup(&r, sb, late, 0);
	shrink_slab(&r.k.shrinkers, 0, late, 0, &root);
	assert_int_equal(r.k.vfs.dentries.level, before + 5);
	/* also when it is gone: nothing has to move */
	remove_cgroup(&r, late);
	rig_settle(&r);
	shrink_slab(&r.k.shrinkers, 0, pods, 0, &root);
	assert_int_equal(r.k.vfs.dentries.level, before);
	/* and what is on the lists of pods goes to the root's with it */
	lookup(&r, sb, pods, 0);
	remove_cgroup(&r, pods);
	rig_settle(&r);
	assert_int_equal(lists(&r), 0);
	assert_int_equal(length(&r, block_of(&r, sb, ROOT_MEMCG), LRU_DENTRY, 0), 1);
	stop(&r);
}

/* ---- file systems that do not say the lru (SEEDS A8, A11, A12) ---- */

static void inodes_allocated_without_their_lru_are_on_the_roots_list(void **state)
{
	static const struct {
		enum fs_type fs;
		u32 aware; /* a bit for each value of enum lru_inodes */
	} t[] = {
		{FS_EXT4, 3}, {FS_XFS, 1}, {FS_OVERLAY, 3}, {FS_CGROUP2, 7}, {FS_SYSFS, 7},
	};

	(void)state;
	for (u32 inodes = 0; inodes < 3; inodes++) {
		const struct list_lru_params params = {.inodes = (int)inodes};

		for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
			bool aware = t[i].aware >> inodes & 1;
			u32 sb, g, inode, root;
			struct task by;
			struct rig r;

			rig_spec(&r, "v5.18", 1, 2, 512, NULL);
			r.spec.axis_params[AXIS_LIST_LRU] = &params;
			assert_int_equal(rig_start(&r), 0);
			sb = mount(&r, t[i].fs);
			g = make_cgroup(&r, ROOT_MEMCG);
			by = task(g, 0);
			root = length(&r, block_of(&r, sb, ROOT_MEMCG), LRU_INODE, 0);
			inode = inode_alloc(&r.k.vfs, sb, &by);
			/* no block for it */
			assert_int_equal(lists(&r), aware ? 64 : 0);
			obj(&r.k.vfs, inode)->count = 0;
			inode_lru_add(&r.k.vfs, inode, 0);
			assert_int_equal(length(&r, block_of(&r, sb, g), LRU_INODE, 0), aware);
			assert_int_equal(length(&r, block_of(&r, sb, ROOT_MEMCG), LRU_INODE, 0),
					 root + !aware);
			assert_int_equal(r.k.lru.fallbacks, !aware);
			assert_int_equal(r.k.vfs.inodes_charged, 1);
			assert_int_equal(r.k.vfs.inodes_uncovered, !aware);
			/* its dentries are the VFS' in any case */
			lookup(&r, sb, g, 0);
			assert_int_equal(length(&r, block_of(&r, sb, g), LRU_DENTRY, 0), 1);
			remove_cgroup(&r, g);
			rig_settle(&r);
			assert_int_equal(lists(&r), 0);
			assert_int_equal(length(&r, block_of(&r, sb, ROOT_MEMCG), LRU_INODE, 0),
					 root + 1);
			umount(&r, sb);
			rig_settle(&r);
			stop(&r);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_id_table_doubles_with_each_id_that_does_not_fit),
		cmocka_unit_test(kirills_table_grows_by_two_thousand),
		cmocka_unit_test(mkdir_grows_the_table_when_its_id_does_not_fit),
		cmocka_unit_test(without_kmem_accounting_nobody_has_an_id),
		cmocka_unit_test(eager_lists_are_there_for_every_id_node_and_lru),
		cmocka_unit_test(eager_lists_are_sized_for_possible_nodes),
		cmocka_unit_test(lists_that_are_not_numa_aware_are_one_node_wide),
		cmocka_unit_test(an_outgrown_array_is_freed_by_rcu),
		cmocka_unit_test(a_table_that_cannot_grow_keeps_its_size),
		cmocka_unit_test(a_lazy_block_has_the_lists_of_all_nodes),
		cmocka_unit_test(a_lazy_block_comes_with_the_object_not_with_its_list),
		cmocka_unit_test(ancestors_have_a_lazy_block_too_and_the_root_has_none),
		cmocka_unit_test(a_lazy_block_goes_at_offline_or_umount),
		cmocka_unit_test(xarray_nodes_hold_64_ids_each),
		cmocka_unit_test(an_xarray_shrinks_when_its_high_ids_go),
		cmocka_unit_test(every_used_lru_has_an_xarray_of_its_own),
		cmocka_unit_test(an_object_without_memory_for_its_block_is_refused),
		cmocka_unit_test(an_object_is_on_the_list_of_its_memcg_and_node),
		cmocka_unit_test(new_objects_join_at_the_tail),
		cmocka_unit_test(the_lists_of_a_dead_memcg_go_to_the_head_of_its_parents),
		cmocka_unit_test(reparented_objects_are_reclaimed_through_the_parent),
		cmocka_unit_test(the_shrinking_table_grows_to_twice_the_id),
		cmocka_unit_test(the_table_shrinks_when_the_highest_id_is_below_a_third),
		cmocka_unit_test(memory_comes_back_with_the_ids_that_are_freed),
		cmocka_unit_test(one_high_id_keeps_the_table_large),
		cmocka_unit_test(a_head_comes_with_the_first_object_on_its_list),
		cmocka_unit_test(a_parent_gets_a_head_for_what_is_spliced_to_it),
		cmocka_unit_test(an_object_without_memory_for_its_list_is_tracked_by_nobody),
		cmocka_unit_test(umount_finds_what_an_untracked_object_refers_to),
		cmocka_unit_test(a_splice_without_memory_leaves_the_objects_untracked),
		cmocka_unit_test(a_mount_makes_lists_for_the_memcgs_below_its_own),
		cmocka_unit_test(what_fell_back_is_reclaimed_through_the_ancestor),
		cmocka_unit_test(inodes_allocated_without_their_lru_are_on_the_roots_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
