// SPDX-License-Identifier: GPL-3.0-or-later
/* Pages of files, their lists, shadows and radix tree nodes (KERNEL_FACTS 1.7, 1.9, 2.4, 2.7, 5.4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel_rig.h"

struct file {
	u32 vnode, dentry, mapping; /* open: its dentry is held */
};

static struct task task(u32 memcg, u16 cpu)
{
	return (struct task){.memcg = memcg, .cpu = cpu};
}

static void start(struct rig *r, const char *row)
{
	assert_int_equal(rig_init(r, row, NULL), 0);
}

static void assert_sound(const struct rig *r)
{
	const char *why = kernel_check(&r->k);

	if (why)
		fail_msg("%s", why);
	assert_int_equal(r->e.failed, 0);
}

static void stop(struct rig *r)
{
	assert_sound(r);
	rig_destroy(r);
}

static u32 make_cgroup(struct rig *r)
{
	struct task t = task(ROOT_MEMCG, 0);
	u32 id = memcg_mkdir(&r->k.memcg, ROOT_MEMCG, "c", 0, &t);

	assert_true(id);
	/* up to 5.8 its first objects are the root's, until the worker has made its caches */
	rig_settle(r);
	return id;
}

static void remove_cgroup(struct rig *r, u32 id)
{
	struct task t = task(ROOT_MEMCG, 0);

	memcg_rmdir(&r->k.memcg, id, &t);
	/* what a CPU holds in stock is not what is looked at here */
	memcg_drain_stock(&r->k.memcg, id);
	rig_settle(r);
}

/* overlay has no disk, so there are no pages but the files' own. */
static u32 mount(struct rig *r, enum fs_type fs)
{
	struct task t = task(ROOT_MEMCG, 0);
	u32 sb = vfs_mount(&r->k.vfs, fs, &t);

	assert_true(sb);
	return sb;
}

static struct file open_file(struct rig *r, u32 sb)
{
	struct task t = task(ROOT_MEMCG, 0);
	struct file f = {.vnode = vnode_new(&r->k.vfs, sb, 0, false, false)};

	f.dentry = vnode_create(&r->k.vfs, f.vnode, &t);
	assert_true(f.dentry);
	f.mapping = inode_mapping(&r->k.pages, obj(&r->k.vfs, f.dentry)->peer);
	assert_true(f.mapping);
	return f;
}

static u32 inode_of(const struct rig *r, struct file f)
{
	return vnode_at(&r->k.vfs, f.vnode)->inode;
}

/* close(), and its dentry goes: the inode is alone. */
static void leave_inode_alone(struct rig *r, struct file f)
{
	dput(&r->k.vfs, f.dentry, 0);
	vnode_prune(&r->k.vfs, f.vnode, 0);
}

static void read_as(struct rig *r, u32 memcg, struct file f, u64 index, u32 n)
{
	struct task t = task(memcg, 0);

	assert_int_equal(page_cache_read(&r->k.pages, f.mapping, index, n, &t), n);
}

static void read_pages(struct rig *r, struct file f, u64 index, u32 n)
{
	read_as(r, ROOT_MEMCG, f, index, n);
}

static u64 on_list(const struct rig *r, u32 memcg, enum page_list list)
{
	const struct page_lruvec *v = lruvec_at(&r->k.pages, memcg, 0);

	return v ? v->pages[list] : 0;
}

static u64 evict(struct rig *r, u32 memcg, u64 n)
{
	return page_list_evict(&r->k.pages, memcg, 0, n);
}

static u64 nodes(const struct rig *r)
{
	return cache_at(&r->k.slab, r->k.pages.node_cache)->live;
}

static u32 shadow_nodes(const struct rig *r, u32 memcg)
{
	const struct kernel *k = &r->k;
	u32 block = memcg == ROOT_MEMCG ? lru_set_at(&k->lru, k->shadow_set)->root_block
					: lru_block_get(&k->lru, k->shadow_set, memcg);

	return block ? lru_list_at(&k->lru, lru_block_at(&k->lru, block), LRU_SHADOW, 0)->nr : 0;
}

/* ---- lists ---- */

/* mark_page_accessed(): inactive, inactive and referenced, active, active and referenced. */
static void the_second_access_activates(void **state)
{
	struct file f;
	struct rig r;

	(void)state;
	start(&r, "v4.18");
	f = open_file(&r, mount(&r, FS_OVERLAY));
	read_pages(&r, f, 0, 20);
	assert_int_equal(on_list(&r, ROOT_MEMCG, INACTIVE_FILE), 20);
	assert_int_equal(on_list(&r, ROOT_MEMCG, ACTIVE_FILE), 0);
	assert_int_equal(r.k.pages.file.level, 20);
	/* pages 5 .. 9 alone */
	read_pages(&r, f, 5, 5);
	assert_int_equal(on_list(&r, ROOT_MEMCG, INACTIVE_FILE), 15);
	assert_int_equal(on_list(&r, ROOT_MEMCG, ACTIVE_FILE), 5);
	assert_int_equal(r.k.pages.activated, 5);
	read_pages(&r, f, 0, 20);
	read_pages(&r, f, 0, 20);
	assert_int_equal(on_list(&r, ROOT_MEMCG, ACTIVE_FILE), 20);
	assert_int_equal(r.k.pages.activated, 20);
	assert_int_equal(r.k.pages.file.level, 20);
	assert_int_equal(r.k.pages.added, 20);
	stop(&r);
}

static void the_oldest_pages_are_evicted_first(void **state)
{
	struct file a, b;
	struct rig r;
	u32 sb;

	(void)state;
	start(&r, "v6.1");
	sb = mount(&r, FS_OVERLAY);
	a = open_file(&r, sb);
	b = open_file(&r, sb);
	read_pages(&r, a, 0, 30);
	read_pages(&r, b, 0, 30);
	assert_int_equal(evict(&r, ROOT_MEMCG, 40), 40);
	assert_int_equal(mapping_at(&r.k.pages, a.mapping)->pages, 0);
	assert_int_equal(mapping_at(&r.k.pages, b.mapping)->pages, 20);
	/* its first ten went: reading the whole file reads just these */
	read_pages(&r, b, 10, 20);
	assert_int_equal(r.k.pages.added, 60);
	read_pages(&r, b, 0, 10);
	assert_int_equal(r.k.pages.added, 70);
	/* active pages are not evicted, but deactivated */
	assert_int_equal(
		on_list(&r, ROOT_MEMCG, ACTIVE_FILE) + on_list(&r, ROOT_MEMCG, INACTIVE_FILE), 30);
	page_list_deactivate(&r.k.pages, ROOT_MEMCG, 0, 100);
	assert_int_equal(on_list(&r, ROOT_MEMCG, ACTIVE_FILE), 0);
	assert_int_equal(evict(&r, ROOT_MEMCG, 100), 30);
	assert_int_equal(r.k.pages.file.level, 0);
	stop(&r);
}

/* KERNEL_FACTS 5.4: buffers that stay busy keep their page. */
static void a_busy_block_outlives_reclaim_and_drop_caches(void **state)
{
	struct task t = task(ROOT_MEMCG, 0);
	struct rig r;
	u32 sb, dev;

	(void)state;
	start(&r, "v4.18");
	sb = mount(&r, FS_OVERLAY);
	super_at(&r.k.vfs, sb)->busy_every = 4;
	dev = bdev_mapping(&r.k.pages, sb);
	for (u32 i = 0; i < 8; i++)
		assert_true(page_cache_touch(&r.k.pages, dev, i * 100, &t));
	assert_int_equal(evict(&r, ROOT_MEMCG, 8), 6);
	assert_int_equal(drop_pagecache(&r.k.pages), 0);
	assert_int_equal(mapping_at(&r.k.pages, dev)->pages, 2);
	assert_sound(&r);
	vfs_umount(&r.k.vfs, sb, &t);
	assert_int_equal(r.k.pages.file.level, 0);
	stop(&r);
}

/* ---- shadows and refaults ---- */

static void a_node_with_shadows_alone_is_on_the_shadow_list(void **state)
{
	struct file f;
	struct rig r;

	(void)state;
	start(&r, "v5.9");
	f = open_file(&r, mount(&r, FS_OVERLAY));
	read_pages(&r, f, 0, 10);
	assert_int_equal(nodes(&r), 1);
	assert_int_equal(evict(&r, ROOT_MEMCG, 9), 9);
	assert_int_equal(shadow_nodes(&r, ROOT_MEMCG), 0);
	assert_int_equal(evict(&r, ROOT_MEMCG, 9), 1);
	assert_int_equal(shadow_nodes(&r, ROOT_MEMCG), 1);
	assert_int_equal(nodes(&r), 1);
	/* a page comes back: the node holds more than shadows */
	read_pages(&r, f, 3, 1);
	assert_int_equal(r.k.pages.refaults, 1);
	assert_int_equal(shadow_nodes(&r, ROOT_MEMCG), 0);
	/* invalidation leaves no shadow, and no node */
	assert_int_equal(drop_pagecache(&r.k.pages), 1);
	rig_settle(&r);
	assert_int_equal(nodes(&r), 0);
	read_pages(&r, f, 3, 1);
	assert_int_equal(r.k.pages.refaults, 1);
	stop(&r);
}

/*
 * workingset_refault(): 100 active pages, then one page is evicted and `more` others. It comes back active if no
 * more pages went after it than the active list holds.
 */
static void a_refault_activates_within_the_size_of_the_active_list(void **state)
{
	static const struct {
		u32 more;
		bool active;
	} t[] = {{0, true}, {99, true}, {100, true}, {101, false}, {5000, false}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct file hot, one, stream;
		struct rig r;
		u32 sb;

		start(&r, "v4.18");
		sb = mount(&r, FS_OVERLAY);
		hot = open_file(&r, sb);
		one = open_file(&r, sb);
		stream = open_file(&r, sb);
		read_pages(&r, hot, 0, 100);
		read_pages(&r, hot, 0, 100);
		assert_int_equal(on_list(&r, ROOT_MEMCG, ACTIVE_FILE), 100);
		read_pages(&r, one, 7, 1);
		assert_int_equal(evict(&r, ROOT_MEMCG, 1), 1);
		if (t[i].more)
			read_pages(&r, stream, 0, t[i].more);
		assert_int_equal(evict(&r, ROOT_MEMCG, 10000), t[i].more);
		read_pages(&r, one, 7, 1);
		assert_int_equal(r.k.pages.refaults, 1);
		assert_int_equal(on_list(&r, ROOT_MEMCG, ACTIVE_FILE), 100 + t[i].active);
		assert_int_equal(on_list(&r, ROOT_MEMCG, INACTIVE_FILE), !t[i].active);
		stop(&r);
	}
}

static u64 count_shadows(const struct rig *r, u32 memcg)
{
	const struct kernel *k = &r->k;
	const struct shrinker *s = shrinker_at(&k->shrinkers, k->pages.shadow_shrinker);
	u32 block = memcg == ROOT_MEMCG ? lru_set_at(&k->lru, k->shadow_set)->root_block
					: lru_block_get(&k->lru, k->shadow_set, memcg);

	return s->ops->count(s->ctx, k->pages.shadow_shrinker, block, 0);
}

/* Files of two pages each that were evicted: a node of shadows each. */
static void make_shadow_nodes(struct rig *r, u32 sb, u32 memcg, u32 n)
{
	struct file first = open_file(r, sb);

	/* up to 5.8 the first nodes are the root's, until the worker has made the memcg's cache */
	read_as(r, memcg, first, 0, 2);
	mapping_invalidate(&r->k.pages, first.mapping);
	rig_settle(r);
	for (u32 i = 0; i < n; i++)
		read_as(r, memcg, open_file(r, sb), 0, 2);
	assert_int_equal(evict(r, memcg, 2ULL * n), 2 * n);
	assert_int_equal(shadow_nodes(r, memcg), n);
}

static void shadow_nodes_above_one_for_eight_pages_can_go(void **state)
{
	static const char *const rows[] = {"v4.19", "v4.20", "v5.9", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct task root = task(ROOT_MEMCG, 0);
		struct file stream;
		struct rig r;
		u32 sb, g, block;

		start(&r, rows[i]);
		sb = mount(&r, FS_OVERLAY);
		g = make_cgroup(&r);
		stream = open_file(&r, sb);
		make_shadow_nodes(&r, sb, g, 20);
		block = lru_block_get(&r.k.lru, r.k.shadow_set, g);
		assert_int_equal(count_shadows(&r, g), 20);
		/* 87 pages allow ten nodes, 160 allow all twenty */
		read_as(&r, g, stream, 0, 87);
		assert_int_equal(count_shadows(&r, g), 20 - 87 / 8);
		read_as(&r, g, stream, 87, 160 - 87);
		assert_int_equal(count_shadows(&r, g), 0);
		/* there are nodes, so the map's bit stays although nothing can go */
		shrink_slab(&r.k.shrinkers, 0, g, 0, &root);
		assert_int_equal(lru_links_at(&r.k.lru, block)->map & 1, 1);
		assert_int_equal(shadow_nodes(&r, g), 20);
		/*
		 * Without pages: seeks 2 gives 2 * 20 at priority 0, all go, and so do they where the least is
		 * min(freeable, batch). Seeks 0 gives 20 / 2 from 5.0 on, less than there are: nothing, but with the
		 * ten that are owed the next call takes all.
		 */
		mapping_invalidate(&r.k.pages, stream.mapping);
		assert_int_equal(count_shadows(&r, g), 20);
		shrink_slab(&r.k.shrinkers, 0, g, 0, &root);
		assert_int_equal(shadow_nodes(&r, g), i < 2 ? 0 : 20);
		shrink_slab(&r.k.shrinkers, 0, g, 0, &root);
		assert_int_equal(shadow_nodes(&r, g), 0);
		/* two empty answers clear the bit */
		shrink_slab(&r.k.shrinkers, 0, g, 0, &root);
		assert_int_equal(lru_links_at(&r.k.lru, block)->map & 1, 0);
		assert_int_equal(count_shadows(&r, g), SHRINK_EMPTY);
		stop(&r);
	}
}

static void the_shadow_shrinker_has_seeks_0_from_4_20_on(void **state)
{
	static const struct {
		const char *row;
		u32 seeks;
	} t[] = {{"v4.18", 2}, {"v4.19", 2}, {"v4.19.3", 2},
		 {"v4.20", 0}, {"v5.0", 0},  {"v6.18", 0}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct rig r;

		start(&r, t[i].row);
		assert_int_equal(shrinker_at(&r.k.shrinkers, r.k.pages.shadow_shrinker)->seeks,
				 t[i].seeks);
		stop(&r);
	}
}

/* ---- nodes ---- */

static void a_node_holds_64_pages_or_64_nodes(void **state)
{
	struct file f, lone, far;
	struct rig r;
	u32 sb;

	(void)state;
	start(&r, "v6.1");
	sb = mount(&r, FS_OVERLAY);
	f = open_file(&r, sb);
	read_pages(&r, f, 0, 64);
	assert_int_equal(nodes(&r), 1);
	read_pages(&r, f, 64, 1);
	assert_int_equal(nodes(&r), 2 + 1);
	read_pages(&r, f, 65, 65536 - 65);
	assert_int_equal(nodes(&r), 1024 + 16 + 1);
	/* page 2^18: one more level, and a path of three nodes below it */
	read_pages(&r, f, 1 << 18, 1);
	assert_int_equal(nodes(&r), 1024 + 16 + 1 + 1 + 3);
	drop_pagecache(&r.k.pages);
	rig_settle(&r);
	assert_int_equal(nodes(&r), 0);
	lone = open_file(&r, sb);
	read_pages(&r, lone, 0, 1);
	assert_int_equal(nodes(&r), 0);
	/* it hangs on the root until the tree has a second entry */
	read_pages(&r, lone, 1, 1);
	assert_int_equal(nodes(&r), 1);
	/* an empty tree needs but the path */
	far = open_file(&r, sb);
	read_pages(&r, far, 4096, 1);
	assert_int_equal(nodes(&r), 1 + 3);
	/* now a page at the other end of it: a leaf and the node above */
	read_pages(&r, far, 0, 1);
	assert_int_equal(nodes(&r), 1 + 3 + 2);
	stop(&r);
}

/* radix_tree_extend(), xas_expand(): the entry gets a node of its own at the bottom. */
static void a_lone_entry_gets_a_node_when_the_tree_grows_above_it(void **state)
{
	struct file f;
	struct rig r;

	(void)state;
	start(&r, "v4.18");
	f = open_file(&r, mount(&r, FS_OVERLAY));
	read_pages(&r, f, 0, 1);
	read_pages(&r, f, 64, 1);
	assert_int_equal(nodes(&r), 3);
	assert_int_equal(mapping_at(&r.k.pages, f.mapping)->height, 2);
	stop(&r);
}

/* The leaf far away goes with its shadows, and the levels above the first leaf with it. */
static void a_tree_loses_its_levels_with_what_was_below_them(void **state)
{
	struct task root = task(ROOT_MEMCG, 0);
	struct file f;
	struct rig r;

	(void)state;
	start(&r, "v4.18");
	f = open_file(&r, mount(&r, FS_OVERLAY));
	read_pages(&r, f, 1 << 18, 1);
	read_pages(&r, f, 0, 2);
	/* page 2^18 is in leaf 2^12: height 4. Top, two paths of two, two leaves */
	assert_int_equal(nodes(&r), 1 + 2 * 2 + 2);
	assert_int_equal(evict(&r, ROOT_MEMCG, 1), 1);
	assert_int_equal(shadow_nodes(&r, ROOT_MEMCG), 1);
	shrink_slab(&r.k.shrinkers, 0, ROOT_MEMCG, 0, &root);
	rig_settle(&r);
	assert_int_equal(nodes(&r), 1);
	assert_int_equal(mapping_at(&r.k.pages, f.mapping)->height, 1);
	stop(&r);
}

/* ---- memcgs ---- */

static void a_page_pins_its_memcg_in_every_era(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.3", "v5.9", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct file f;
		struct rig r;
		u32 g;

		start(&r, rows[i]);
		f = open_file(&r, mount(&r, FS_OVERLAY));
		g = make_cgroup(&r);
		/* two lone pages need no node */
		read_as(&r, g, f, 0, 1);
		read_as(&r, g, open_file(&r, mount(&r, FS_OVERLAY)), 0, 1);
		assert_true(memcg_at(&r.k.memcg, g)->pages >= 2);
		remove_cgroup(&r, g);
		assert_int_equal(r.k.memcg.dying.level, 1);
		assert_int_equal(memcg_at(&r.k.memcg, g)->pages, 2);
		assert_sound(&r);
		/* who else uses the page does not matter */
		read_pages(&r, f, 0, 1);
		assert_int_equal(on_list(&r, g, ACTIVE_FILE), 1);
		assert_int_equal(evict(&r, g, 5), 1);
		rig_settle(&r);
		assert_int_equal(r.k.memcg.dying.level, 1);
		page_list_deactivate(&r.k.pages, g, 0, 5);
		assert_int_equal(evict(&r, g, 5), 1);
		rig_settle(&r);
		assert_int_equal(r.k.memcg.dying.level, 0);
		assert_null(lruvec_at(&r.k.pages, g, 0));
		stop(&r);
	}
}

static void anonymous_pages_are_charged_until_they_are_freed(void **state)
{
	struct anon_pages a = {.first = 0};
	struct rig r;
	struct task t;
	u32 g;

	(void)state;
	start(&r, "v5.9");
	g = make_cgroup(&r);
	t = task(g, 0);
	assert_int_equal(anon_grow(&r.k.pages, &a, 1000, &t), 1000);
	assert_int_equal(r.k.pages.anon.level, 1000);
	assert_int_equal(r.k.pages.file.level, 0);
	/* 1000 pages, and what is left of the last batch of 32 */
	assert_in_range(memcg_at(&r.k.memcg, g)->pages, 1000, 1031);
	remove_cgroup(&r, g);
	assert_int_equal(r.k.memcg.dying.level, 1);
	assert_sound(&r);
	anon_free(&r.k.pages, &a);
	rig_settle(&r);
	assert_int_equal(r.k.memcg.dying.level, 0);
	assert_int_equal(r.k.pages.anon.level, 0);
	stop(&r);
}

/* ---- inodes: rules I1, I2, I3 ---- */

static bool on_lru(const struct rig *r, u32 inode)
{
	return obj(&r->k.vfs, inode)->flags & OBJ_ON_LRU;
}

/* super_cache_scan() of nothing but one object: it walks one inode. */
static void walk_inode(struct rig *r, u32 sb)
{
	struct task t = task(ROOT_MEMCG, 0);
	struct super_block *s = super_at(&r->k.vfs, sb);
	u32 block = lru_set_at(&r->k.lru, s->set)->root_block;

	super_shrinker_ops.scan(&r->k.vfs, s->shrinker, block, 0, 0, &t);
}

static void strip_takes_the_pages_first_and_the_inode_two_rounds_later(void **state)
{
	static const char *const rows[] = {"v4.18", "v4.19", "v5.0", "v5.14"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct file f;
		struct rig r;
		u32 sb, inode;

		start(&r, rows[i]);
		sb = mount(&r, FS_EXT4);
		f = open_file(&r, sb);
		read_pages(&r, f, 0, 5);
		inode = inode_of(&r, f);
		leave_inode_alone(&r, f);
		assert_true(on_lru(&r, inode));
		/* its pages go; the reference that was taken meanwhile makes it look used */
		walk_inode(&r, sb);
		assert_int_equal(mapping_at(&r.k.pages, f.mapping)->pages, 0);
		assert_int_equal(r.k.pages.inodesteal, 5);
		assert_true(on_lru(&r, inode));
		assert_true(obj(&r.k.vfs, inode)->flags & OBJ_REFERENCED);
		walk_inode(&r, sb);
		assert_true(on_lru(&r, inode));
		walk_inode(&r, sb);
		assert_int_equal(inode_of(&r, f), 0);
		stop(&r);
	}
}

/* nrpages alone up to 5.14, then whatever is in the mapping. */
static void shadows_alone_keep_an_inode_from_5_15_on(void **state)
{
	static const char *const rows[] = {"v5.14", "v5.15"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct file f;
		struct rig r;
		u32 sb;

		start(&r, rows[i]);
		sb = mount(&r, FS_EXT4);
		f = open_file(&r, sb);
		read_pages(&r, f, 0, 5);
		evict(&r, ROOT_MEMCG, 100);
		leave_inode_alone(&r, f);
		walk_inode(&r, sb);
		assert_int_equal(inode_of(&r, f) != 0, i);
		assert_int_equal(r.k.pages.inodesteal, 0);
		stop(&r);
	}
}

static void keep_attached_rotates_an_inode_with_more_than_one_page(void **state)
{
	struct file many, one;
	struct rig r;
	u32 sb;

	(void)state;
	start(&r, "v4.19.3");
	sb = mount(&r, FS_EXT4);
	many = open_file(&r, sb);
	read_pages(&r, many, 0, 2);
	leave_inode_alone(&r, many);
	for (u32 i = 0; i < 10; i++)
		walk_inode(&r, sb);
	assert_int_equal(mapping_at(&r.k.pages, many.mapping)->pages, 2);
	assert_int_equal(r.k.pages.inodesteal, 0);
	/* without it, one with a single page is as before */
	drop_pagecache(&r.k.pages);
	walk_inode(&r, sb);
	assert_int_equal(inode_of(&r, many), 0);
	one = open_file(&r, sb);
	read_pages(&r, one, 0, 1);
	leave_inode_alone(&r, one);
	walk_inode(&r, sb);
	assert_int_equal(r.k.pages.inodesteal, 1);
	stop(&r);
}

static void off_lru_inodes_come_back_with_their_last_page_or_node(void **state)
{
	struct task root = task(ROOT_MEMCG, 0);
	struct file lone, two, too, dropped;
	struct rig r;
	u32 sb;

	(void)state;
	start(&r, "v5.16");
	sb = mount(&r, FS_EXT4);
	lone = open_file(&r, sb);
	two = open_file(&r, sb);
	too = open_file(&r, sb);
	dropped = open_file(&r, sb);
	read_pages(&r, lone, 0, 1);
	read_pages(&r, two, 0, 2);
	leave_inode_alone(&r, lone);
	read_pages(&r, too, 0, 2);
	leave_inode_alone(&r, two);
	leave_inode_alone(&r, too);
	assert_false(on_lru(&r, inode_of(&r, lone)));
	assert_false(on_lru(&r, inode_of(&r, two)));
	/* a lone shadow at index 0 is nothing, shadows in a node are something */
	evict(&r, ROOT_MEMCG, 100);
	assert_true(on_lru(&r, inode_of(&r, lone)));
	assert_false(obj(&r.k.vfs, inode_of(&r, lone))->flags & OBJ_REFERENCED);
	assert_false(on_lru(&r, inode_of(&r, two)));
	assert_sound(&r);
	/* seeks 0: half of the nodes are due, then all */
	while (shadow_nodes(&r, ROOT_MEMCG) > 1)
		shrink_slab(&r.k.shrinkers, 0, ROOT_MEMCG, 0, &root);
	for (u32 i = 0; i < 3; i++)
		walk_inode(&r, sb);
	assert_int_equal(inode_of(&r, lone), 0);
	assert_int_equal(inode_of(&r, two), 0);
	assert_int_equal(inode_of(&r, too), 0);
	/* pages that are dropped leave nothing */
	read_pages(&r, dropped, 0, 100);
	leave_inode_alone(&r, dropped);
	assert_false(on_lru(&r, inode_of(&r, dropped)));
	drop_pagecache(&r.k.pages);
	assert_true(on_lru(&r, inode_of(&r, dropped)));
	stop(&r);
}

/* It is found by umount although it is on no LRU. */
static void umount_takes_inodes_with_pages(void **state)
{
	static const char *const rows[] = {"v4.18", "v4.19.3", "v5.16", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct task root = task(ROOT_MEMCG, 0);
		struct rig r;
		u32 sb;

		start(&r, rows[i]);
		sb = mount(&r, FS_EXT4);
		for (u32 k = 0; k < 20; k++) {
			struct file f = open_file(&r, sb);

			read_pages(&r, f, 0, k + 1);
			if (k % 3)
				leave_inode_alone(&r, f);
			else
				dput(&r.k.vfs, f.dentry, 0);
		}
		vfs_umount(&r.k.vfs, sb, &root);
		assert_int_equal(r.k.pages.file.level, 0);
		assert_int_equal(r.k.pages.mappings.live, 0);
		rig_settle(&r);
		assert_int_equal(nodes(&r), 0);
		stop(&r);
	}
}

/* d_delete() while somebody has the file open: its pages go with the last user. */
static void an_unlinked_file_keeps_its_pages_while_it_is_open(void **state)
{
	struct task root = task(ROOT_MEMCG, 0);
	struct file f;
	struct rig r;

	(void)state;
	start(&r, "v6.1");
	f = open_file(&r, mount(&r, FS_OVERLAY));
	read_pages(&r, f, 0, 100);
	assert_true(vnode_unlink(&r.k.vfs, f.vnode, &root));
	assert_int_equal(r.k.pages.file.level, 100);
	read_pages(&r, f, 100, 50);
	/* the next file of the name is another one */
	assert_true(vnode_create(&r.k.vfs, f.vnode, &root));
	assert_int_not_equal(inode_mapping(&r.k.pages, inode_of(&r, f)), f.mapping);
	dput(&r.k.vfs, f.dentry, 0);
	assert_int_equal(r.k.pages.file.level, 0);
	stop(&r);
}

/* ---- drop_caches ---- */

static void drop_caches_1_takes_pages_and_3_inodes_too(void **state)
{
	struct task root = task(ROOT_MEMCG, 0);
	struct rig r;
	s64 inodes;
	u32 sb;

	(void)state;
	start(&r, "v5.9");
	sb = mount(&r, FS_EXT4);
	inodes = r.k.vfs.inodes.level;
	for (u32 i = 0; i < 50; i++) {
		struct file f = open_file(&r, sb);

		read_pages(&r, f, 0, 10);
		dput(&r.k.vfs, f.dentry, 0);
	}
	/* files 1 .. 50 are in blocks 0 .. 3 of the inode table, their names in one block of the directory */
	assert_int_equal(r.k.pages.file.level, 50 * 10 + 4 + 1);
	assert_int_equal(drop_pagecache(&r.k.pages), 50 * 10 + 4 + 1);
	assert_int_equal(r.k.vfs.inodes.level, inodes + 50);
	drop_slab(&r.k.shrinkers, &root);
	assert_int_equal(r.k.vfs.inodes.level, inodes);
	assert_int_equal(r.k.pages.mappings.live, 1);
	stop(&r);
}

/* ---- extent status ---- */

/*
 * Every extent was used once when its file was read: the first turn of the shrinker over them all takes none,
 * the second takes all.
 */
static void an_extent_that_was_used_gets_another_turn(void **state)
{
	struct task root = task(ROOT_MEMCG, 0);
	const struct shrinker *s;
	struct rig r;
	u32 sb, id;

	(void)state;
	start(&r, "v4.18");
	sb = mount(&r, FS_EXT4);
	for (u32 i = 0; i < 300; i++)
		read_pages(&r, open_file(&r, sb), 0, 1);
	id = ((struct extent_status *)(void *)r.k.pages.es.base)[idmap_get(&r.k.pages.es_of, sb)]
		     .shrinker;
	s = shrinker_at(&r.k.shrinkers, id);
	assert_int_equal(s->set, 0);
	assert_int_equal(s->ops->count(s->ctx, id, 0, 0), 300);
	assert_int_equal(s->ops->scan(s->ctx, id, 0, 0, 128, &root), 0);
	assert_int_equal(s->ops->scan(s->ctx, id, 0, 0, 128, &root), 0);
	assert_int_equal(s->ops->count(s->ctx, id, 0, 0), 300);
	/* the last 44 of the first turn, and 84 of the second */
	assert_int_equal(s->ops->scan(s->ctx, id, 0, 0, 128, &root), 128 - (300 - 2 * 128));
	assert_int_equal(s->ops->count(s->ctx, id, 0, 0), 300 - 84);
	assert_int_equal(s->ops->scan(s->ctx, id, 0, 0, 1000, &root), 300 - 84);
	vfs_umount(&r.k.vfs, mount(&r, FS_EXT4), &root);
	stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_second_access_activates),
		cmocka_unit_test(the_oldest_pages_are_evicted_first),
		cmocka_unit_test(a_busy_block_outlives_reclaim_and_drop_caches),
		cmocka_unit_test(a_node_with_shadows_alone_is_on_the_shadow_list),
		cmocka_unit_test(a_refault_activates_within_the_size_of_the_active_list),
		cmocka_unit_test(shadow_nodes_above_one_for_eight_pages_can_go),
		cmocka_unit_test(the_shadow_shrinker_has_seeks_0_from_4_20_on),
		cmocka_unit_test(a_node_holds_64_pages_or_64_nodes),
		cmocka_unit_test(a_lone_entry_gets_a_node_when_the_tree_grows_above_it),
		cmocka_unit_test(a_tree_loses_its_levels_with_what_was_below_them),
		cmocka_unit_test(a_page_pins_its_memcg_in_every_era),
		cmocka_unit_test(anonymous_pages_are_charged_until_they_are_freed),
		cmocka_unit_test(strip_takes_the_pages_first_and_the_inode_two_rounds_later),
		cmocka_unit_test(shadows_alone_keep_an_inode_from_5_15_on),
		cmocka_unit_test(keep_attached_rotates_an_inode_with_more_than_one_page),
		cmocka_unit_test(off_lru_inodes_come_back_with_their_last_page_or_node),
		cmocka_unit_test(umount_takes_inodes_with_pages),
		cmocka_unit_test(an_unlinked_file_keeps_its_pages_while_it_is_open),
		cmocka_unit_test(drop_caches_1_takes_pages_and_3_inodes_too),
		cmocka_unit_test(an_extent_that_was_used_gets_another_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
