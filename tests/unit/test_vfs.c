// SPDX-License-Identifier: GPL-3.0-or-later
/* Dentries, inodes and the shrinker of a superblock, rule by rule (KERNEL_FACTS 1.3, 1.4, 1.7, 1.8, 2.2, 2.7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel_rig.h"

static struct task task(u32 memcg, u16 cpu)
{
	return (struct task){.memcg = memcg, .cpu = cpu};
}

static void start(struct rig *r, const char *row)
{
	rig_spec(r, row, 2, 2, 512, NULL);
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

static u32 make_cgroup(struct rig *r, u32 parent)
{
	struct task t = task(ROOT_MEMCG, 0);
	u32 id = memcg_mkdir(&r->k.memcg, parent, "c", 0, &t);

	assert_true(id);
	return id;
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

/* A name, and its dentry with a reference. */
static u32 name(struct rig *r, u32 sb, u32 parent, bool is_dir)
{
	u32 vnode = vnode_new(&r->k.vfs, sb, parent, is_dir, false);

	assert_true(vnode);
	return vnode;
}

static u32 open_name(struct rig *r, u32 vnode, bool make, u32 memcg, u16 cpu)
{
	struct task t = task(memcg, cpu);
	u32 dentry = make ? vnode_create(&r->k.vfs, vnode, &t) : vnode_lookup(&r->k.vfs, vnode, &t);

	assert_true(dentry);
	return dentry;
}

static void close_name(struct rig *r, u32 dentry)
{
	dput(&r->k.vfs, dentry, 0);
}

/* A file (or directory) that was made and closed: its vnode. */
static u32 make_file(struct rig *r, u32 sb, u32 parent, bool is_dir, u32 memcg)
{
	u32 vnode = name(r, sb, parent, is_dir);

	close_name(r, open_name(r, vnode, true, memcg, 0));
	return vnode;
}

/* A lookup of a name that is not there: its vnode. */
static u32 make_negative(struct rig *r, u32 sb, u32 memcg)
{
	u32 vnode = name(r, sb, 0, false);

	close_name(r, open_name(r, vnode, false, memcg, 0));
	return vnode;
}

static void look_again(struct rig *r, u32 vnode)
{
	close_name(r, open_name(r, vnode, false, ROOT_MEMCG, 0));
}

static u32 dentry_of(const struct rig *r, u32 vnode)
{
	return vnode_at(&r->k.vfs, vnode)->dentry;
}

static u32 inode_of(const struct rig *r, u32 vnode)
{
	return vnode_at(&r->k.vfs, vnode)->inode;
}

static bool on_lru(const struct rig *r, u32 id)
{
	return obj(&r->k.vfs, id)->flags & OBJ_ON_LRU;
}

static bool referenced(const struct rig *r, u32 id)
{
	return obj(&r->k.vfs, id)->flags & OBJ_REFERENCED;
}

static s64 dentries(const struct rig *r)
{
	return r->k.vfs.dentries.level;
}

static s64 inodes(const struct rig *r)
{
	return r->k.vfs.inodes.level;
}

static u32 root_block(const struct rig *r, u32 sb)
{
	return lru_set_at(&r->k.lru, super_at(&r->k.vfs, sb)->set)->root_block;
}

static struct lru_list *list_of(struct rig *r, u32 sb, u32 list)
{
	return lru_list_at(&r->k.lru, lru_block_at(&r->k.lru, root_block(r, sb)), list, 0);
}

/* super_cache_scan(nr) of the root's lists on node 0. */
static unsigned long scan(struct rig *r, u32 sb, u64 nr)
{
	struct task t = task(ROOT_MEMCG, 0);

	return super_shrinker_ops.scan(&r->k.vfs, super_at(&r->k.vfs, sb)->shrinker,
				       root_block(r, sb), 0, nr, &t);
}

/* A scan that walks exactly n dentries, where there is nothing else: floor(nr * D / (D + 1)) + 1. */
static unsigned long walk_dentries(struct rig *r, u32 sb, u64 n)
{
	u64 d = list_of(r, sb, LRU_DENTRY)->nr, plus = r->k.row->split_plus_one, nr = 0;

	while (d && nr * d / (d + plus) + 1 < n)
		nr++;
	return scan(r, sb, nr);
}

/* ---- dput, names ---- */

static void the_first_dput_lists_a_dentry_the_second_marks_it(void **state)
{
	struct rig r;
	u32 sb, v, d;

	(void)state;
	start(&r, "v5.9");
	sb = mount(&r, FS_EXT4);
	v = name(&r, sb, 0, false);
	d = open_name(&r, v, true, ROOT_MEMCG, 0);
	assert_false(on_lru(&r, d));
	/* another user: nothing happens at his dput */
	look_again(&r, v);
	assert_false(on_lru(&r, d));
	close_name(&r, d);
	assert_true(on_lru(&r, d));
	assert_false(referenced(&r, d));
	look_again(&r, v);
	assert_int_equal(dentry_of(&r, v), d);
	assert_true(on_lru(&r, d));
	assert_true(referenced(&r, d));
	stop(&r);
}

static void unused_negative_dentries_stay_where_the_file_system_keeps_them(void **state)
{
	static const struct {
		enum fs_type fs;
		bool stays;
	} t[] = {{FS_EXT4, true},  {FS_XFS, true},     {FS_OVERLAY, true}, {FS_TMPFS, false},
		 {FS_PROC, false}, {FS_DEVPTS, false}, {FS_MQUEUE, false}, {FS_PSEUDO, false}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct rig r;
		s64 before;
		u32 sb, v, d;

		start(&r, "v5.9");
		sb = mount(&r, t[i].fs);
		before = dentries(&r);
		v = name(&r, sb, 0, false);
		d = open_name(&r, v, false, ROOT_MEMCG, 0);
		assert_int_equal(obj(&r.k.vfs, d)->peer, 0);
		assert_int_equal(dentries(&r), before + 1);
		close_name(&r, d);
		assert_int_equal(dentries(&r), before + t[i].stays);
		assert_int_equal(dentry_of(&r, v) != 0, t[i].stays);
		stop(&r);
	}
}

/* pipefs, sockfs: nobody looks them up again. */
static void dentries_of_pseudo_file_systems_are_never_cached(void **state)
{
	struct rig r;
	s64 d, n;
	u32 sb;

	(void)state;
	start(&r, "v5.9");
	sb = mount(&r, FS_PSEUDO);
	d = dentries(&r);
	n = inodes(&r);
	make_file(&r, sb, 0, false, ROOT_MEMCG);
	assert_int_equal(dentries(&r), d);
	assert_int_equal(inodes(&r), n);
	stop(&r);
}

static void dentries_of_tmpfs_are_pinned_until_unlink_or_umount(void **state)
{
	static const enum fs_type types[] = {FS_TMPFS, FS_DEVPTS, FS_MQUEUE};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
		struct task t = task(ROOT_MEMCG, 0);
		struct rig r;
		s64 d, n;
		u32 sb, v[3];

		start(&r, "v5.9");
		sb = mount(&r, types[i]);
		d = dentries(&r);
		n = inodes(&r);
		for (u32 k = 0; k < 3; k++) {
			v[k] = make_file(&r, sb, 0, false, ROOT_MEMCG);
			assert_false(on_lru(&r, dentry_of(&r, v[k])));
		}
		look_again(&r, v[0]);
		drop_slab(&r.k.shrinkers, &t);
		assert_int_equal(r.k.lru.items, 0);
		assert_int_equal(dentries(&r), d + 3);
		assert_int_equal(inodes(&r), n + 3);
		vnode_unlink(&r.k.vfs, v[1], &t);
		assert_int_equal(dentries(&r), d + 2);
		assert_int_equal(inodes(&r), n + 2);
		umount(&r, sb);
		assert_int_equal(dentries(&r), d - 1);
		assert_int_equal(inodes(&r), n - 1);
		stop(&r);
	}
}

static void an_inode_without_dentry_waits_on_the_lru_or_goes(void **state)
{
	static const struct {
		enum fs_type fs;
		bool stays;
	} t[] = {{FS_EXT4, true}, {FS_XFS, true}, {FS_OVERLAY, false}, {FS_PROC, false}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct rig r;
		u32 sb, v, id;
		s64 before;

		start(&r, "v5.9");
		sb = mount(&r, t[i].fs);
		before = inodes(&r);
		v = make_file(&r, sb, 0, false, ROOT_MEMCG);
		id = inode_of(&r, v);
		/* a cached dentry pins it */
		assert_false(on_lru(&r, id));
		vnode_prune(&r.k.vfs, v, 0);
		assert_int_equal(inodes(&r), before + t[i].stays);
		assert_int_equal(inode_of(&r, v) != 0, t[i].stays);
		if (t[i].stays) {
			assert_true(on_lru(&r, id));
			assert_false(referenced(&r, id));
			/* the next lookup finds it */
			look_again(&r, v);
			assert_int_equal(inode_of(&r, v), id);
		}
		stop(&r);
	}
}

static void unlink_of_an_unused_file_leaves_a_negative_dentry(void **state)
{
	struct task t = task(ROOT_MEMCG, 0);
	struct rig r;
	u32 sb, v, d;
	s64 n;

	(void)state;
	start(&r, "v5.9");
	sb = mount(&r, FS_EXT4);
	n = inodes(&r);
	v = make_file(&r, sb, 0, false, ROOT_MEMCG);
	d = dentry_of(&r, v);
	assert_int_equal(inodes(&r), n + 1);
	assert_true(vnode_unlink(&r.k.vfs, v, &t));
	assert_int_equal(inodes(&r), n);
	assert_int_equal(dentry_of(&r, v), d);
	assert_true(on_lru(&r, d));
	assert_int_equal(obj(&r.k.vfs, d)->peer, 0);
	stop(&r);
}

static void unlink_of_an_open_file_kills_it_at_the_last_put(void **state)
{
	struct task t = task(ROOT_MEMCG, 0);
	struct rig r;
	u32 sb, v, d, again;
	s64 before, n;

	(void)state;
	start(&r, "v5.9");
	sb = mount(&r, FS_EXT4);
	before = dentries(&r);
	n = inodes(&r);
	v = name(&r, sb, 0, false);
	d = open_name(&r, v, true, ROOT_MEMCG, 0);
	assert_true(vnode_unlink(&r.k.vfs, v, &t));
	/* unhashed: nobody finds it, its user still has it */
	again = open_name(&r, v, false, ROOT_MEMCG, 0);
	assert_int_not_equal(again, d);
	assert_int_equal(obj(&r.k.vfs, again)->peer, 0);
	close_name(&r, again);
	assert_int_equal(inodes(&r), n + 1);
	assert_int_equal(dentries(&r), before + 2);
	close_name(&r, d);
	assert_int_equal(inodes(&r), n);
	assert_int_equal(dentries(&r), before + 1);
	stop(&r);
}

static void umount_frees_everything_of_its_superblock(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.9", "v6.18"};

	(void)state;
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		for (enum fs_type fs = 0; fs < NR_FS_TYPES; fs++) {
			s64 d, n, items;
			u32 sb, other, groups[3];
			u64 live;
			struct rig r;

			start(&r, rows[row]);
			other = mount(&r, FS_EXT4);
			make_file(&r, other, 0, false, ROOT_MEMCG);
			groups[0] = ROOT_MEMCG;
			groups[1] = make_cgroup(&r, ROOT_MEMCG);
			groups[2] = make_cgroup(&r, groups[1]);
			d = dentries(&r);
			n = inodes(&r);
			items = r.k.lru.items;
			live = cache_at(&r.k.slab, r.k.vfs.dentry_cache)->live;
			sb = mount(&r, fs);
			for (u32 i = 0; i < 30; i++) {
				u32 memcg = groups[i % 3], dir = 0;

				for (u32 depth = 0; depth < 4; depth++)
					dir = make_file(&r, sb, dir, true, memcg);
				make_file(&r, sb, dir, false, groups[(i + 1) % 3]);
				vnode_prune(&r.k.vfs, make_file(&r, sb, dir, false, memcg), 0);
				make_negative(&r, sb, memcg);
				rig_run_until(&r, r.e.now + NSEC_PER_MSEC);
			}
			assert_true(dentries(&r) > d);
			umount(&r, sb);
			assert_int_equal(dentries(&r), d);
			assert_int_equal(inodes(&r), n);
			assert_int_equal(r.k.lru.items, items);
			/* memory comes back after a grace period */
			rig_settle(&r);
			if (rows[row][1] != '4')
				assert_int_equal(cache_at(&r.k.slab, r.k.vfs.dentry_cache)->live,
						 live);
			stop(&r);
		}
	}
}

static void a_dentry_is_freed_by_rcu_on_the_cpu_that_killed_it(void **state)
{
	struct rig r;
	u32 sb, v[42], slab;
	u64 live;

	(void)state;
	start(&r, "v5.9");
	sb = mount(&r, FS_EXT4);
	for (u32 i = 0; i < 42; i++)
		v[i] = make_negative(&r, sb, ROOT_MEMCG);
	live = cache_at(&r.k.slab, r.k.vfs.dentry_cache)->live;
	slab = obj(&r.k.vfs, dentry_of(&r, v[0]))->slab;
	assert_int_equal(slab_at(&r.k.slab, slab)->state, SLAB_FULL);
	vnode_prune(&r.k.vfs, v[0], 3);
	assert_int_equal(cache_at(&r.k.slab, r.k.vfs.dentry_cache)->live, live);
	rig_run_until(&r, r.e.now + 20 * NSEC_PER_MSEC - 1);
	assert_int_equal(cache_at(&r.k.slab, r.k.vfs.dentry_cache)->live, live);
	rig_run_until(&r, r.e.now + 1);
	assert_int_equal(cache_at(&r.k.slab, r.k.vfs.dentry_cache)->live, live - 1);
	/* on that CPU's partial list */
	assert_int_equal(slab_at(&r.k.slab, slab)->state, SLAB_CPU_PARTIAL);
	assert_int_equal(slab_at(&r.k.slab, slab)->cpu, 3);
	stop(&r);
}

/* ---- the walk over dentries ---- */

static void dentries_are_freed_from_the_oldest(void **state)
{
	struct rig r;
	u32 sb, v[10];

	(void)state;
	start(&r, "v5.9");
	sb = mount(&r, FS_EXT4);
	for (u32 i = 0; i < 10; i++)
		v[i] = make_negative(&r, sb, ROOT_MEMCG);
	assert_int_equal(walk_dentries(&r, sb, 4), 4);
	for (u32 i = 0; i < 10; i++)
		assert_int_equal(dentry_of(&r, v[i]) != 0, i >= 4);
	stop(&r);
}

static void a_dentry_in_use_leaves_the_list_and_lives(void **state)
{
	struct rig r;
	u32 sb, v, d;

	(void)state;
	start(&r, "v5.9");
	sb = mount(&r, FS_EXT4);
	v = make_negative(&r, sb, ROOT_MEMCG);
	d = open_name(&r, v, false, ROOT_MEMCG, 0);
	assert_true(on_lru(&r, d));
	/* and counts as freed */
	assert_int_equal(walk_dentries(&r, sb, 1), 1);
	assert_false(on_lru(&r, d));
	assert_int_equal(dentry_of(&r, v), d);
	close_name(&r, d);
	assert_true(on_lru(&r, d));
	assert_false(referenced(&r, d));
	stop(&r);
}

static void a_referenced_dentry_goes_round_once(void **state)
{
	struct rig r;
	u32 sb, v[3];

	(void)state;
	start(&r, "v5.9");
	sb = mount(&r, FS_EXT4);
	for (u32 i = 0; i < 3; i++)
		v[i] = make_negative(&r, sb, ROOT_MEMCG);
	look_again(&r, v[0]);
	assert_int_equal(walk_dentries(&r, sb, 1), 0);
	assert_int_equal(r.k.shrinkers.rotated, 1);
	assert_false(referenced(&r, dentry_of(&r, v[0])));
	assert_int_equal(list_of(&r, sb, LRU_DENTRY)->tail, dentry_of(&r, v[0]));
	assert_int_equal(walk_dentries(&r, sb, 1), 1);
	assert_int_equal(dentry_of(&r, v[1]), 0);
	/* it comes round again in the same walk where the budget lasts */
	look_again(&r, v[2]);
	assert_int_equal(walk_dentries(&r, sb, 3), 2);
	assert_int_equal(dentry_of(&r, v[0]), 0);
	assert_int_equal(dentry_of(&r, v[2]), 0);
	stop(&r);
}

/* list_for_each_safe has noted the end of the list before the last item is moved there. */
static void a_single_referenced_dentry_survives_one_walk_of_any_budget(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.9", "v5.18", "v6.18"};
	static const u64 budgets[] = {1, 2, 10, 1024};

	(void)state;
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		for (u32 i = 0; i < ARRAY_SIZE(budgets); i++) {
			struct rig r;
			u32 sb, v;

			start(&r, rows[row]);
			sb = mount(&r, FS_EXT4);
			v = make_negative(&r, sb, ROOT_MEMCG);
			look_again(&r, v);
			assert_int_equal(walk_dentries(&r, sb, budgets[i]), 0);
			assert_true(dentry_of(&r, v));
			assert_int_equal(walk_dentries(&r, sb, 1), 1);
			assert_int_equal(dentry_of(&r, v), 0);
			stop(&r);
		}
	}
}

static void a_parent_dies_with_its_last_child_referenced_or_not(void **state)
{
	struct rig r;
	u32 sb, top, dir, one, two;
	s64 before;

	(void)state;
	start(&r, "v5.9");
	sb = mount(&r, FS_EXT4);
	before = dentries(&r);
	top = make_file(&r, sb, 0, true, ROOT_MEMCG);
	dir = make_file(&r, sb, top, true, ROOT_MEMCG);
	look_again(&r, top);
	look_again(&r, dir);
	one = make_file(&r, sb, dir, false, ROOT_MEMCG);
	two = make_file(&r, sb, dir, false, ROOT_MEMCG);
	/* the directories are in use by their children */
	assert_int_equal(walk_dentries(&r, sb, 2), 2);
	assert_int_equal(dentries(&r), before + 4);
	assert_true(referenced(&r, dentry_of(&r, dir)));
	/* one file, and its inode: a list that was empty has a budget of one */
	assert_int_equal(walk_dentries(&r, sb, 1), 2);
	assert_int_equal(dentry_of(&r, one), 0);
	assert_true(dentry_of(&r, dir));
	assert_int_equal(walk_dentries(&r, sb, 1), 2);
	assert_int_equal(dentry_of(&r, two), 0);
	assert_int_equal(dentry_of(&r, dir), 0);
	assert_int_equal(dentry_of(&r, top), 0);
	assert_int_equal(dentries(&r), before);
	stop(&r);
}

/* ---- inodes: rules I1, I2, I3 ---- */

struct fake_pages {
	u64 pages[1000];
	u32 invalidated;
};

static u64 fake_nr_pages(void *ctx, u32 inode)
{
	return ((struct fake_pages *)ctx)->pages[inode];
}

static u64 fake_invalidate(void *ctx, u32 inode)
{
	struct fake_pages *f = ctx;
	u64 n = f->pages[inode];

	f->invalidated++;
	f->pages[inode] = 0;
	return n;
}

static struct fake_pages fake;

static bool fake_empty(void *ctx, u32 inode)
{
	return !fake_nr_pages(ctx, inode);
}

static void fake_evict(void *ctx, u32 inode)
{
	(void)ctx;
	(void)inode;
}

static void fake_touch_inode(void *ctx, u32 sb, u32 ino, const struct task *t)
{
	(void)ctx;
	(void)sb;
	(void)ino;
	(void)t;
}

static void fake_touch_dirent(void *ctx, u32 sb, u32 dir, u32 ino, const struct task *t)
{
	(void)dir;
	fake_touch_inode(ctx, sb, ino, t);
}

static void fake_umount(void *ctx, u32 sb)
{
	(void)ctx;
	(void)sb;
}

static const struct inode_pages_ops fake_ops = {
	.nr_pages = fake_nr_pages,
	.empty = fake_empty,
	.shrinkable = fake_empty,
	.invalidate = fake_invalidate,
	.evict = fake_evict,
	.touch_inode = fake_touch_inode,
	.touch_dirent = fake_touch_dirent,
	.umount = fake_umount,
	.ctx = &fake,
};

/* An inode alone, its dentry pruned, with so many pages. */
static u32 lone_inode(struct rig *r, u32 sb, u64 pages, u32 *vnode)
{
	u32 v = make_file(r, sb, 0, false, ROOT_MEMCG), id = inode_of(r, v);

	fake.pages[id] = pages;
	vnode_prune(&r->k.vfs, v, 0);
	*vnode = v;
	return id;
}

static void start_with_pages(struct rig *r, const char *row, u32 *sb)
{
	start(r, row);
	memset(&fake, 0, sizeof(fake));
	r->k.vfs.pages = &fake_ops;
	*sb = mount(r, FS_EXT4);
}

/* Where there are inodes alone: floor(nr * I / (I + 1)) + 1 of them are walked. */
static unsigned long walk_inodes(struct rig *r, u32 sb, u64 n)
{
	u64 i = list_of(r, sb, LRU_INODE)->nr, plus = r->k.row->split_plus_one, nr = 0;

	assert_int_equal(list_of(r, sb, LRU_DENTRY)->nr, 0);
	while (i && nr * i / (i + plus) + 1 < n)
		nr++;
	return scan(r, sb, nr);
}

static void an_inode_with_pages_is_stripped_and_freed_later_up_to_5_15(void **state)
{
	static const char *const rows[] = {"v4.18", "v4.19", "v5.0", "v5.9", "v5.14"};

	(void)state;
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		struct rig r;
		u32 sb, v, id;

		start_with_pages(&r, rows[row], &sb);
		id = lone_inode(&r, sb, 3, &v);
		assert_true(on_lru(&r, id));
		/* its pages go first, and the reference taken for that makes it look used */
		assert_int_equal(walk_inodes(&r, sb, 1), 0);
		assert_int_equal(fake.invalidated, 1);
		assert_int_equal(inode_of(&r, v), id);
		assert_true(on_lru(&r, id));
		assert_true(referenced(&r, id));
		assert_int_equal(walk_inodes(&r, sb, 1), 0);
		assert_false(referenced(&r, id));
		assert_int_equal(walk_inodes(&r, sb, 1), 1);
		assert_int_equal(inode_of(&r, v), 0);
		/* whatever the budget, not in one pass */
		id = lone_inode(&r, sb, 3, &v);
		assert_int_equal(walk_inodes(&r, sb, 100), 0);
		assert_int_equal(inode_of(&r, v), id);
		assert_int_equal(walk_inodes(&r, sb, 1), 1);
		assert_int_equal(fake.invalidated, 2);
		stop(&r);
	}
}

/* RETRY: the lock was dropped, the walk begins again at the head; the budget is spent. */
static void stripping_starts_the_walk_again(void **state)
{
	struct rig r;
	u32 sb, v[3];

	(void)state;
	start_with_pages(&r, "v5.9", &sb);
	lone_inode(&r, sb, 0, &v[0]);
	lone_inode(&r, sb, 2, &v[1]);
	lone_inode(&r, sb, 0, &v[2]);
	/* the first is freed, the second stripped, then rotated; the third is freed: four looks */
	assert_int_equal(walk_inodes(&r, sb, 3), 1);
	assert_true(inode_of(&r, v[2]));
	assert_int_equal(list_of(&r, sb, LRU_INODE)->tail, inode_of(&r, v[1]));
	assert_int_equal(walk_inodes(&r, sb, 1), 1);
	assert_int_equal(inode_of(&r, v[2]), 0);
	assert_true(inode_of(&r, v[1]));
	stop(&r);
}

static void referenced_inodes_rotate_in_every_era(void **state)
{
	static const char *const rows[] = {"v4.18", "v4.19.3", "v5.9", "v5.16", "v6.18"};

	(void)state;
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		struct rig r;
		u32 sb, v, id;

		start_with_pages(&r, rows[row], &sb);
		id = lone_inode(&r, sb, 0, &v);
		/* used once more, and let go: it is on the list already */
		look_again(&r, v);
		vnode_prune(&r.k.vfs, v, 0);
		assert_true(referenced(&r, id));
		assert_int_equal(walk_inodes(&r, sb, 10), 0);
		assert_false(referenced(&r, id));
		assert_int_equal(walk_inodes(&r, sb, 1), 1);
		assert_int_equal(inode_of(&r, v), 0);
		stop(&r);
	}
}

static void inodes_in_use_or_dirty_leave_the_list_alive(void **state)
{
	static const char *const rows[] = {"v4.18", "v4.19.3", "v5.9", "v5.16", "v6.18"};

	(void)state;
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		struct rig r;
		u32 sb, v, id;

		start_with_pages(&r, rows[row], &sb);
		id = lone_inode(&r, sb, 0, &v);
		obj(&r.k.vfs, id)->count++;
		assert_int_equal(walk_inodes(&r, sb, 1), 1);
		assert_false(on_lru(&r, id));
		assert_int_equal(inode_of(&r, v), id);
		iput(&r.k.vfs, id, 0);
		assert_true(on_lru(&r, id));
		/* written back later */
		obj(&r.k.vfs, id)->flags |= OBJ_DIRTY;
		assert_int_equal(walk_inodes(&r, sb, 1), 1);
		assert_false(on_lru(&r, id));
		assert_int_equal(inode_of(&r, v), id);
		inode_lru_add(&r.k.vfs, id, 0);
		assert_false(on_lru(&r, id));
		obj(&r.k.vfs, id)->flags &= (u8)~OBJ_DIRTY;
		inode_lru_add(&r.k.vfs, id, 0);
		assert_true(on_lru(&r, id));
		stop(&r);
	}
}

/* a76cf1a474d7: more than one page keeps an inode and its pages for ever, one page does not. */
static void from_4_19_3_an_inode_with_pages_only_rotates(void **state)
{
	static const char *const rows[] = {"v4.19.3", "v4.19.13", "v4.20"};

	(void)state;
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		struct rig r;
		u32 sb, many, one, id;

		start_with_pages(&r, rows[row], &sb);
		id = lone_inode(&r, sb, 2, &many);
		for (u32 i = 0; i < 5; i++) {
			obj(&r.k.vfs, id)->flags |= OBJ_REFERENCED;
			assert_int_equal(walk_inodes(&r, sb, 7), 0);
			assert_false(referenced(&r, id));
		}
		assert_int_equal(inode_of(&r, many), id);
		assert_int_equal(fake.pages[id], 2);
		assert_int_equal(fake.invalidated, 0);
		/* until its cache is gone */
		fake.pages[id] = 0;
		assert_int_equal(walk_inodes(&r, sb, 1), 1);
		lone_inode(&r, sb, 1, &one);
		assert_int_equal(walk_inodes(&r, sb, 1), 0);
		assert_int_equal(fake.invalidated, 1);
		assert_int_equal(walk_inodes(&r, sb, 1), 0);
		assert_int_equal(walk_inodes(&r, sb, 1), 1);
		stop(&r);
	}
}

/* 51b8c1fe250d */
static void from_5_16_an_inode_with_pages_is_not_on_the_lru(void **state)
{
	static const char *const rows[] = {"v5.16", "v5.18", "v6.18"};

	(void)state;
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		struct rig r;
		u32 sb, v, id;

		start_with_pages(&r, rows[row], &sb);
		id = lone_inode(&r, sb, 1, &v);
		assert_false(on_lru(&r, id));
		assert_int_equal(inode_of(&r, v), id);
		/* its last page goes: it comes, unreferenced */
		fake.pages[id] = 0;
		inode_lru_add(&r.k.vfs, id, 0);
		assert_true(on_lru(&r, id));
		assert_false(referenced(&r, id));
		/* found there with pages, it leaves alive, with them */
		fake.pages[id] = 5;
		assert_int_equal(walk_inodes(&r, sb, 1), 1);
		assert_false(on_lru(&r, id));
		assert_int_equal(inode_of(&r, v), id);
		assert_int_equal(fake.pages[id], 5);
		assert_int_equal(fake.invalidated, 0);
		fake.pages[id] = 0;
		inode_lru_add(&r.k.vfs, id, 0);
		assert_int_equal(walk_inodes(&r, sb, 1), 1);
		assert_int_equal(inode_of(&r, v), 0);
		stop(&r);
	}
}

/* evict_inodes() finds all of a superblock's inodes, those too that are on no LRU and have no dentry. */
static void umount_finds_inodes_that_left_the_lru(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.9", "v5.16", "v6.18"};

	(void)state;
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		struct rig r;
		u32 sb, with_pages, dirty, again, id;
		s64 n;

		start_with_pages(&r, rows[row], &sb);
		n = inodes(&r);
		/* one keeps its pages; one is dirty when it is looked at; one comes back into use */
		id = lone_inode(&r, sb, 0, &dirty);
		obj(&r.k.vfs, id)->flags |= OBJ_DIRTY;
		assert_int_equal(walk_inodes(&r, sb, 1), 1);
		assert_false(on_lru(&r, id));
		id = lone_inode(&r, sb, 0, &again);
		obj(&r.k.vfs, id)->flags |= OBJ_DIRTY;
		assert_int_equal(walk_inodes(&r, sb, 1), 1);
		assert_true(obj(&r.k.vfs, id)->flags & OBJ_LISTED);
		look_again(&r, again);
		assert_int_equal(inode_of(&r, again), id);
		assert_false(obj(&r.k.vfs, id)->flags & OBJ_LISTED);
		lone_inode(&r, sb, 9, &with_pages);
		assert_int_equal(inodes(&r), n + 3);
		umount(&r, sb);
		assert_int_equal(inodes(&r), n - 1);
		assert_int_equal(r.k.lru.items, 0);
		rig_settle(&r);
		stop(&r);
	}
}

/* ---- the shrinker of a superblock ---- */

/* Evicted inodes of xfs wait for its own reclaim; their names are forgotten. */
static void make_reclaimable(struct rig *r, u32 sb, u32 n)
{
	struct task t = task(ROOT_MEMCG, 0);

	while (n--) {
		u32 v = make_file(r, sb, 0, false, ROOT_MEMCG);

		vnode_unlink(&r->k.vfs, v, &t);
		vnode_prune(&r->k.vfs, v, 0);
	}
}

static void a_batch_is_split_by_share_with_and_without_one_more(void **state)
{
	static const struct {
		const char *row;
		u32 each;
	} t[] = {/* 100 * 100 / 201 + 1, 100 * 100 / 200 + 1 */
		 {"v4.18", 50},
		 {"v5.9", 50},
		 {"v6.13", 50},
		 {"v6.18", 51}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct rig r;
		u32 sb, v;

		start(&r, t[i].row);
		sb = mount(&r, FS_EXT4);
		for (u32 k = 0; k < 100; k++)
			lone_inode(&r, sb, 0, &v);
		for (u32 k = 0; k < 100; k++)
			make_negative(&r, sb, ROOT_MEMCG);
		assert_int_equal(scan(&r, sb, 100), 2 * t[i].each);
		assert_int_equal(list_of(&r, sb, LRU_DENTRY)->nr, 100 - t[i].each);
		assert_int_equal(list_of(&r, sb, LRU_INODE)->nr, 100 - t[i].each);
		stop(&r);
	}
}

static void the_file_systems_own_share_is_taken_too(void **state)
{
	static const struct {
		const char *row;
		u32 freed, left;
	} t[] = {
		/*
		 * Of 60: 10, 20 and 30 (+ 1) of 61: 9 + 1, 19 + 1, and 29 + 1 of the 50 that XFS has by then: one
		 * lookup of 32. It returns no count.
		 */
		{"v5.3", 10 + 20, 50 - 32},
		/* of 60: all dentries and inodes; all that XFS has are dirty, and are passed over */
		{"v6.18", 10 + 20, 50},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct rig r;
		u32 sb, v;

		start(&r, t[i].row);
		sb = mount(&r, FS_XFS);
		make_reclaimable(&r, sb, 30);
		for (u32 k = 0; k < 20; k++)
			lone_inode(&r, sb, 0, &v);
		for (u32 k = 0; k < 10; k++)
			make_negative(&r, sb, ROOT_MEMCG);
		assert_int_equal(super_at(&r.k.vfs, sb)->nr_reclaimable, 30);
		assert_int_equal(super_shrinker_ops.count(&r.k.vfs,
							  super_at(&r.k.vfs, sb)->shrinker,
							  root_block(&r, sb), 0),
				 60);
		/* of a list that holds nothing too: the count is of the whole file system */
		assert_int_equal(super_shrinker_ops.count(&r.k.vfs,
							  super_at(&r.k.vfs, sb)->shrinker,
							  root_block(&r, sb), 1),
				 30);
		assert_int_equal(scan(&r, sb, 60), t[i].freed);
		assert_int_equal(super_at(&r.k.vfs, sb)->nr_reclaimable, t[i].left);
		stop(&r);
	}
}

static void a_share_of_nothing_asks_the_file_system_for_nothing(void **state)
{
	struct rig r;
	u32 sb;

	(void)state;
	start(&r, "v5.9");
	sb = mount(&r, FS_XFS);
	make_reclaimable(&r, sb, 1);
	for (u32 k = 0; k < 200; k++)
		make_negative(&r, sb, ROOT_MEMCG);
	/* floor(100 / 202) */
	scan(&r, sb, 100);
	assert_int_equal(super_at(&r.k.vfs, sb)->nr_reclaimable, 1);
	/* its worker comes by itself */
	rig_settle(&r);
	assert_int_equal(super_at(&r.k.vfs, sb)->nr_reclaimable, 0);
	assert_int_equal(r.k.vfs.inodes_waiting, 0);
	stop(&r);
}

static s64 *deferred(struct rig *r, u32 sb, u32 memcg)
{
	struct shrinker *sh = shrinker_at(&r->k.shrinkers, super_at(&r->k.vfs, sb)->shrinker);
	u32 block = lru_block_find(&r->k.lru, super_at(&r->k.vfs, sb)->set, memcg, false);

	if (r->k.shrinkers.deferred->per_memcg)
		return lru_block_deferred(&r->k.lru, block, 0);
	return &sh->deferred[0];
}

static void without_gfp_fs_everything_is_deferred(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.9", "v5.13", "v6.18"};

	(void)state;
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		struct task t = {.memcg = ROOT_MEMCG, .gfp = GFP_NOFS};
		bool capped = row >= 2;
		struct rig r;
		s64 before;
		u32 sb;

		start(&r, rows[row]);
		sb = mount(&r, FS_EXT4);
		for (u32 k = 0; k < 1500; k++)
			make_negative(&r, sb, ROOT_MEMCG);
		before = dentries(&r);
		/* priority 0: 2 * 1500 a call, without bound up to 5.12, twice the list after it */
		for (s64 call = 1; call <= 3; call++) {
			assert_int_equal(shrink_slab(&r.k.shrinkers, 0, ROOT_MEMCG, 0, &t), 0);
			assert_int_equal(*deferred(&r, sb, ROOT_MEMCG),
					 capped ? 3000 : 3000 * call);
		}
		assert_int_equal(dentries(&r), before);
		assert_int_equal(r.k.shrinkers.scanned, 0);
		/* who may, pays: of 3000, two batches; 952 are no batch and not the whole list */
		t.gfp = GFP_KERNEL;
		assert_int_equal(shrink_slab(&r.k.shrinkers, 0, ROOT_MEMCG, 0, &t), 1500);
		assert_int_equal(*deferred(&r, sb, ROOT_MEMCG),
				 capped ? 3000 : 9000 + 3000 - 2 * 1024);
		assert_int_equal(r.k.shrinkers.owed.level, capped ? 3000 : 12000 - 2 * 1024);
		assert_int_equal(r.k.shrinkers.asked, 4 * 3000);
		assert_int_equal(r.k.shrinkers.largest, 2 * 1024);
		/* and nobody owes for what is unmounted */
		umount(&r, sb);
		assert_int_equal(r.k.shrinkers.owed.level, 0);
		stop(&r);
	}
}

/*
 * KERNEL_FACTS 1.5: small_scan is the shrinker's, whatever node and memcg a call is for. 2000 on node 0 and 1500 on
 * node 1 are no 4096; 2000 more are, and 5500 - 4096 stay. What comes of it is owed on that call's node.
 */
static void gradual_adds_up_over_nodes_and_memcgs(void **state)
{
	static const char *const gradual[] = {"shrinker=gradual", NULL};
	struct task t = task(ROOT_MEMCG, 0);
	const struct shrinker *sh;
	u32 sb, other, a, b;
	struct rig r;

	(void)state;
	rig_spec(&r, "v5.9", 2, 2, 512, gradual);
	assert_int_equal(rig_start(&r), 0);
	sb = mount(&r, FS_EXT4);
	other = mount(&r, FS_EXT4);
	a = make_cgroup(&r, ROOT_MEMCG);
	b = make_cgroup(&r, ROOT_MEMCG);
	for (u32 k = 0; k < 2000; k++)
		make_negative(&r, sb, a);
	for (u32 k = 0; k < 1500; k++)
		close_name(&r, open_name(&r, name(&r, sb, 0, false), false, b, 2));
	sh = shrinker_at(&r.k.shrinkers, super_at(&r.k.vfs, sb)->shrinker);
	shrink_slab(&r.k.shrinkers, 0, a, 12, &t);
	assert_int_equal(sh->small_scan, 2000);
	shrink_slab(&r.k.shrinkers, 1, b, 12, &t);
	assert_int_equal(sh->small_scan, 3500);
	assert_int_equal(r.k.shrinkers.asked, 0);
	shrink_slab(&r.k.shrinkers, 0, a, 12, &t);
	assert_int_equal(sh->small_scan, 5500 - 4096);
	assert_int_equal(r.k.shrinkers.asked, 2);
	assert_int_equal(sh->deferred[0], 2);
	assert_int_equal(sh->deferred[1], 0);
	assert_int_equal(
		shrinker_at(&r.k.shrinkers, super_at(&r.k.vfs, other)->shrinker)->small_scan, 0);
	stop(&r);
}

static void the_debt_of_a_dead_memcg_is_its_parents(void **state)
{
	struct task t = {.memcg = ROOT_MEMCG, .gfp = GFP_NOFS};
	struct task remover = task(ROOT_MEMCG, 0);
	struct rig r;
	u32 sb, parent, child;

	(void)state;
	start(&r, "v5.13");
	sb = mount(&r, FS_EXT4);
	parent = make_cgroup(&r, ROOT_MEMCG);
	child = make_cgroup(&r, parent);
	for (u32 k = 0; k < 30; k++)
		make_negative(&r, sb, child);
	for (u32 k = 0; k < 7; k++)
		make_negative(&r, sb, parent);
	shrink_slab(&r.k.shrinkers, 0, child, 0, &t);
	shrink_slab(&r.k.shrinkers, 0, parent, 0, &t);
	assert_int_equal(*deferred(&r, sb, child), 60);
	assert_int_equal(*deferred(&r, sb, parent), 14);
	memcg_rmdir(&r.k.memcg, child, &remover);
	rig_settle(&r);
	assert_int_equal(*deferred(&r, sb, parent), 74);
	memcg_rmdir(&r.k.memcg, parent, &remover);
	rig_settle(&r);
	assert_int_equal(*deferred(&r, sb, ROOT_MEMCG), 74);
	stop(&r);
}

static void cache_pressure_scales_what_is_counted(void **state)
{
	/* of 100 dentries at priority 1: delta is 2 * (freeable >> 1), which is just all of it */
	static const u32 pressures[] = {0, 50, 100, 150, 200};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(pressures); i++) {
		struct task t = task(ROOT_MEMCG, 0);
		u32 sb, g, p = pressures[i];
		struct rig r;

		rig_spec(&r, "v5.9", 2, 2, 512, NULL);
		r.spec.vfs_cache_pressure = p;
		assert_int_equal(rig_start(&r), 0);
		sb = mount(&r, FS_EXT4);
		g = make_cgroup(&r, ROOT_MEMCG);
		for (u32 k = 0; k < 100; k++)
			make_negative(&r, sb, g);
		shrink_slab(&r.k.shrinkers, 0, g, 1, &t);
		assert_int_equal(r.k.shrinkers.scanned, p / 2 * 2);
		/* floor(50 * 100 / 101) + 1 dentries are walked of 50 to be scanned; never more than there are */
		if (p == 0)
			assert_int_equal(r.k.shrinkers.freed, 0);
		else if (p == 50)
			assert_int_equal(r.k.shrinkers.freed, 50);
		else
			assert_int_equal(r.k.shrinkers.freed, 100);
		stop(&r);
	}
}

static void pressure_0_leaves_the_bit_set(void **state)
{
	struct task t = task(ROOT_MEMCG, 0);
	struct rig r;
	u32 sb, g;

	(void)state;
	rig_spec(&r, "v5.9", 2, 2, 512, NULL);
	r.spec.vfs_cache_pressure = 0;
	assert_int_equal(rig_start(&r), 0);
	sb = mount(&r, FS_EXT4);
	g = make_cgroup(&r, ROOT_MEMCG);
	make_negative(&r, sb, g);
	for (u64 call = 1; call <= 5; call++) {
		shrink_slab(&r.k.shrinkers, 0, g, 0, &t);
		assert_int_equal(r.k.shrinkers.calls, call);
	}
	stop(&r);
}

/* From 4.20 on seeks are 0 for proc and kernfs: half of the list at any priority, not 4 / 2 * (100 >> 5). */
static void zero_seeks_ask_for_half_of_the_list(void **state)
{
	static const struct {
		const char *row;
		enum fs_type fs;
		s64 owed;
	} t[] = {{"v4.18", FS_PROC, 6},	   {"v4.18", FS_CGROUP2, 6},  {"v5.9", FS_PROC, 50},
		 {"v5.9", FS_CGROUP2, 50}, {"v5.9", FS_SYSFS, 50},    {"v5.9", FS_EXT4, 6},
		 {"v6.18", FS_PROC, 50},   {"v6.18", FS_CGROUP2, 50}, {"v6.18", FS_EXT4, 6},
		 {"v6.18", FS_TMPFS, 0}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct task root = task(ROOT_MEMCG, 0);
		struct rig r;
		u32 sb;

		start(&r, t[i].row);
		sb = mount(&r, t[i].fs);
		for (u32 k = 0; k < 100; k++)
			make_file(&r, sb, 0, false, ROOT_MEMCG);
		shrink_slab(&r.k.shrinkers, 0, ROOT_MEMCG, 5, &root);
		assert_int_equal(*deferred(&r, sb, ROOT_MEMCG), t[i].owed);
		assert_int_equal(r.k.shrinkers.scanned, 0);
		stop(&r);
	}
}

/* ---- the map (KERNEL_FACTS 2.2) ---- */

static void a_bit_is_set_by_the_first_object_and_cleared_by_two_empty_answers(void **state)
{
	static const char *const rows[] = {"v4.19", "v5.9", "v5.13", "v5.18", "v6.18"};

	(void)state;
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		struct task t = task(ROOT_MEMCG, 0);
		u64 *calls;
		struct rig r;
		u32 sb, g;

		start(&r, rows[row]);
		calls = &r.k.shrinkers.calls;
		sb = mount(&r, FS_EXT4);
		mount(&r, FS_EXT4);
		g = make_cgroup(&r, ROOT_MEMCG);
		/* what comes uncharged before the worker is the root's */
		make_negative(&r, sb, g);
		rig_settle(&r);
		make_negative(&r, sb, g);
		*calls = 0;
		/* this node, this superblock alone */
		shrink_slab(&r.k.shrinkers, 1, g, 0, &t);
		assert_int_equal(*calls, 0);
		assert_true(shrink_slab(&r.k.shrinkers, 0, g, 0, &t) >= 1);
		assert_int_equal(*calls, 1);
		/* empty by now: asked twice, then no more */
		assert_int_equal(shrink_slab(&r.k.shrinkers, 0, g, 0, &t), 0);
		assert_int_equal(*calls, 3);
		assert_int_equal(shrink_slab(&r.k.shrinkers, 0, g, 0, &t), 0);
		assert_int_equal(*calls, 3);
		/* the next object sets it again */
		make_negative(&r, sb, g);
		assert_true(shrink_slab(&r.k.shrinkers, 0, g, 0, &t) >= 1);
		assert_int_equal(*calls, 4);
		/* the root has none: all its shrinkers are called, always: two superblocks' and the shadow nodes' */
		shrink_slab(&r.k.shrinkers, 0, ROOT_MEMCG, 0, &t);
		shrink_slab(&r.k.shrinkers, 0, ROOT_MEMCG, 0, &t);
		assert_int_equal(*calls, 4 + 2 * 3);
		stop(&r);
	}
}

static void without_maps_every_shrinker_is_asked_for_every_memcg(void **state)
{
	struct task t = task(ROOT_MEMCG, 0);
	struct rig r;
	u32 g;

	(void)state;
	start(&r, "v4.18");
	for (u32 i = 0; i < 7; i++)
		mount(&r, FS_TMPFS);
	g = make_cgroup(&r, ROOT_MEMCG);
	/* and the shadow nodes' */
	shrink_slab(&r.k.shrinkers, 0, g, 12, &t);
	assert_int_equal(r.k.shrinkers.calls, 7 + 1);
	shrink_slab(&r.k.shrinkers, 1, g, 12, &t);
	assert_int_equal(r.k.shrinkers.calls, 2 * (7 + 1));
	stop(&r);
}

/* KERNEL_FACTS 2.3: a 65th shrinker wants another word; every old bit comes out set, but not from 6.7 on. */
static void an_expanded_map_has_all_its_old_bits_set(void **state)
{
	static const struct {
		const char *row;
		u64 calls;
	} t[] = {{"v4.19", 2 * 64}, {"v5.9", 2 * 64}, {"v5.13", 2 * 64}, {"v6.7", 0}, {"v6.18", 0}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct task root = task(ROOT_MEMCG, 0);
		struct rig r;
		u32 g;

		start(&r, t[i].row);
		/* the shadow nodes' shrinker has the first id */
		for (u32 k = 1; k < 64; k++)
			mount(&r, FS_TMPFS);
		g = make_cgroup(&r, ROOT_MEMCG);
		shrink_slab(&r.k.shrinkers, 0, g, 12, &root);
		assert_int_equal(r.k.shrinkers.calls, 0);
		mount(&r, FS_TMPFS);
		/* each is asked twice, says that it is empty, and is not asked again */
		for (u32 again = 0; again < 2; again++) {
			shrink_slab(&r.k.shrinkers, 0, g, 12, &root);
			assert_int_equal(r.k.shrinkers.calls, t[i].calls);
		}
		shrink_slab(&r.k.shrinkers, 1, g, 12, &root);
		assert_int_equal(r.k.shrinkers.calls, 2 * t[i].calls);
		stop(&r);
	}
}

static void maps_take_what_their_layout_says(void **state)
{
	/* for one memcg on two nodes, with 64 ids and with 65: 16 + 8 * words; 32 + 520 * words; 24 + 8 + units */
	static const struct {
		const char *row;
		s64 one, two;
	} t[] = {
		{"v4.19", 2 * 32, 2 * 32},
		{"v5.13", 2 * 1024, 2 * 2048},
		{"v6.7", 2 * (32 + 1024), 2 * (64 + 2 * 1024)},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct rig r;
		s64 before;

		start(&r, t[i].row);
		for (u32 k = 1; k < 64; k++)
			mount(&r, FS_TMPFS);
		before = r.k.shrinkers.map_bytes.level;
		make_cgroup(&r, ROOT_MEMCG);
		assert_int_equal(r.k.shrinkers.map_bytes.level - before, t[i].one);
		mount(&r, FS_TMPFS);
		before = r.k.shrinkers.map_bytes.level;
		make_cgroup(&r, ROOT_MEMCG);
		assert_int_equal(r.k.shrinkers.map_bytes.level - before, t[i].two);
		stop(&r);
	}
}

static void a_dead_memcg_is_never_scanned(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.9", "v6.18"};

	(void)state;
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		struct task t = task(ROOT_MEMCG, 0);
		struct rig r;
		u32 sb, g;

		start(&r, rows[row]);
		sb = mount(&r, FS_EXT4);
		g = make_cgroup(&r, ROOT_MEMCG);
		make_negative(&r, sb, g);
		rig_settle(&r);
		make_negative(&r, sb, g);
		memcg_rmdir(&r.k.memcg, g, &t);
		rig_settle(&r);
		r.k.shrinkers.calls = 0;
		assert_int_equal(shrink_slab(&r.k.shrinkers, 0, g, 0, &t), 0);
		assert_int_equal(r.k.shrinkers.calls, 0);
		stop(&r);
	}
}

/* ---- drop_slab (KERNEL_FACTS 2.7) ---- */

/*
 * k files of the root on node 0, looked up once. The first pass frees k dentries and one of their inodes (what
 * was not counted gets a budget of 1), the second the other k - 1, the third nothing.
 */
static void drop_slab_ends_by_the_rule_of_its_era(void **state)
{
	static const struct {
		const char *row;
		u32 files;
		u64 calls; /* of a superblock's shrinker: passes over both nodes */
		s64 inodes_left;
	} t[] = {
		/* up to 5.12: until a node gave no more than 10 */
		{"v4.18", 5, 1 + 1, 4},
		{"v5.9", 9, 1 + 1, 8},
		{"v5.9", 10, 2 + 1, 0},
		{"v5.9", 20, 3 + 1, 0},
		/* then until freed >> pass is at most 1, a node */
		{"v5.16", 1, 2 + 1, 0},
		{"v5.16", 4, 2 + 1, 0},
		{"v5.16", 5, 3 + 1, 0},
		{"v6.1", 0, 1 + 1, 0},
		/* then the same with both nodes in each pass */
		{"v6.18", 1, 2 * 2, 0},
		{"v6.18", 4, 2 * 2, 0},
		{"v6.18", 5, 3 * 2, 0},
		{"v6.18", 0, 1 * 2, 0},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct task root = task(ROOT_MEMCG, 0);
		struct rig r;
		s64 d, n;
		u32 sb;

		start(&r, t[i].row);
		sb = mount(&r, FS_EXT4);
		d = dentries(&r);
		n = inodes(&r);
		for (u32 k = 0; k < t[i].files; k++)
			make_file(&r, sb, 0, false, ROOT_MEMCG);
		r.k.shrinkers.calls = 0;
		drop_slab(&r.k.shrinkers, &root);
		/* the shadow nodes' shrinker was called as often, and had nothing */
		if (r.k.shrinkers.calls != 2 * t[i].calls)
			fail_msg("%s, %u files: %u calls", t[i].row, t[i].files,
				 (u32)r.k.shrinkers.calls);
		assert_int_equal(dentries(&r), d);
		assert_int_equal(inodes(&r), n + t[i].inodes_left);
		stop(&r);
	}
}

/* At priority 0 each list is walked twice, so being referenced does not protect. */
static void drop_slab_takes_referenced_dentries_too(void **state)
{
	struct task t = task(ROOT_MEMCG, 0);
	struct rig r;
	u32 sb, g;
	s64 before;

	(void)state;
	start(&r, "v5.9");
	sb = mount(&r, FS_EXT4);
	g = make_cgroup(&r, ROOT_MEMCG);
	before = dentries(&r);
	for (u32 k = 0; k < 100; k++) {
		look_again(&r, make_negative(&r, sb, ROOT_MEMCG));
		look_again(&r, make_negative(&r, sb, g));
	}
	assert_int_equal(drop_slab(&r.k.shrinkers, &t), 200);
	assert_int_equal(dentries(&r), before);
	stop(&r);
}

/* A name of 32 letters does not fit into its dentry (DNAME_INLINE_LEN): 16 bytes, the letters and a 0 in a kmalloc. */
static void a_long_name_is_a_kmalloc_that_goes_with_its_dentry(void **state)
{
	static const struct {
		const char *row;
		u32 len, size;
	} cases[] = {{"v4.18", 31, 0}, {"v4.18", 32, 64},  {"v4.20", 47, 64},
		     {"v5.9", 48, 96}, {"v6.1", 109, 128}, {"v6.18", 255, 512}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 sb, a, vnode, dentry, rcl, kmalloc, long_name = cases[i].size != 0;
		u64 before, in;
		struct rig r;

		start(&r, cases[i].row);
		a = make_cgroup(&r, ROOT_MEMCG);
		sb = mount(&r, FS_EXT4);
		vnode = name(&r, sb, 0, false);
		vnode_set_name(&r.k.vfs, vnode, cases[i].len);
		vnode_set_absent(&r.k.vfs, vnode);
		kmalloc = r.k.slab.kmalloc_cg[kmalloc_class(&r.k.slab, max_of(cases[i].size, 8U))];
		before = cache_at(&r.k.slab, kmalloc)->live;
		dentry = open_name(&r, vnode, false, a, 0);
		close_name(&r, dentry);
		assert_int_equal(r.k.vfs.nr_names, long_name);
		rcl = r.k.vfs.name_caches[kmalloc_class(&r.k.slab, max_of(cases[i].size, 8U))];
		/* from 4.20 on a cache of its own */
		assert_int_equal(rcl != 0, long_name && r.k.row->version >= 0x041400);
		in = rcl ? cache_at(&r.k.slab, rcl)->live
			 : cache_at(&r.k.slab, kmalloc)->live - before;
		if (long_name)
			assert_int_equal(in, 1);
		if (rcl) {
			assert_int_equal(cache_at(&r.k.slab, rcl)->size, cases[i].size);
			assert_true(cache_at(&r.k.slab, rcl)->flags & CACHE_RECLAIM_ACCOUNT);
		}
		if (long_name && r.k.row->version >= 0x050900)
			assert_int_equal(
				owner_memcg(&r.k.memcg,
					    external_name_at(&r.k.vfs,
							     idmap_get(&r.k.vfs.name_of, dentry))
						    ->owner),
				a);
		assert_null(kernel_check(&r.k));
		/* a name that is looked up and never made reads one block of its directory, as another one does */
		assert_int_equal(r.k.pages.file.level, 1);
		umount(&r, sb);
		rig_settle(&r);
		assert_int_equal(r.k.vfs.nr_names, 0);
		stop(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_name_is_a_kmalloc_that_goes_with_its_dentry),
		cmocka_unit_test(the_first_dput_lists_a_dentry_the_second_marks_it),
		cmocka_unit_test(unused_negative_dentries_stay_where_the_file_system_keeps_them),
		cmocka_unit_test(dentries_of_pseudo_file_systems_are_never_cached),
		cmocka_unit_test(dentries_of_tmpfs_are_pinned_until_unlink_or_umount),
		cmocka_unit_test(an_inode_without_dentry_waits_on_the_lru_or_goes),
		cmocka_unit_test(unlink_of_an_unused_file_leaves_a_negative_dentry),
		cmocka_unit_test(unlink_of_an_open_file_kills_it_at_the_last_put),
		cmocka_unit_test(umount_frees_everything_of_its_superblock),
		cmocka_unit_test(a_dentry_is_freed_by_rcu_on_the_cpu_that_killed_it),
		cmocka_unit_test(dentries_are_freed_from_the_oldest),
		cmocka_unit_test(a_dentry_in_use_leaves_the_list_and_lives),
		cmocka_unit_test(a_referenced_dentry_goes_round_once),
		cmocka_unit_test(a_single_referenced_dentry_survives_one_walk_of_any_budget),
		cmocka_unit_test(a_parent_dies_with_its_last_child_referenced_or_not),
		cmocka_unit_test(an_inode_with_pages_is_stripped_and_freed_later_up_to_5_15),
		cmocka_unit_test(stripping_starts_the_walk_again),
		cmocka_unit_test(referenced_inodes_rotate_in_every_era),
		cmocka_unit_test(inodes_in_use_or_dirty_leave_the_list_alive),
		cmocka_unit_test(from_4_19_3_an_inode_with_pages_only_rotates),
		cmocka_unit_test(from_5_16_an_inode_with_pages_is_not_on_the_lru),
		cmocka_unit_test(umount_finds_inodes_that_left_the_lru),
		cmocka_unit_test(a_batch_is_split_by_share_with_and_without_one_more),
		cmocka_unit_test(the_file_systems_own_share_is_taken_too),
		cmocka_unit_test(a_share_of_nothing_asks_the_file_system_for_nothing),
		cmocka_unit_test(without_gfp_fs_everything_is_deferred),
		cmocka_unit_test(gradual_adds_up_over_nodes_and_memcgs),
		cmocka_unit_test(the_debt_of_a_dead_memcg_is_its_parents),
		cmocka_unit_test(cache_pressure_scales_what_is_counted),
		cmocka_unit_test(pressure_0_leaves_the_bit_set),
		cmocka_unit_test(zero_seeks_ask_for_half_of_the_list),
		cmocka_unit_test(a_bit_is_set_by_the_first_object_and_cleared_by_two_empty_answers),
		cmocka_unit_test(without_maps_every_shrinker_is_asked_for_every_memcg),
		cmocka_unit_test(an_expanded_map_has_all_its_old_bits_set),
		cmocka_unit_test(maps_take_what_their_layout_says),
		cmocka_unit_test(a_dead_memcg_is_never_scanned),
		cmocka_unit_test(drop_slab_ends_by_the_rule_of_its_era),
		cmocka_unit_test(drop_slab_takes_referenced_dentries_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
