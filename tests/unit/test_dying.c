// SPDX-License-Identifier: GPL-3.0-or-later
/* Dead cgroups: taken over by new ones (offline: reuse), emptied by a worker (dying_gc), counted caches (SEEDS C5 to C8). */
#include <math.h>
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

static void start(struct rig *r, const char *row, const char *override)
{
	const char *overrides[] = {override, NULL};

	assert_int_equal(rig_init(r, row, overrides), 0);
}

/* dying_gc: on, with parameters that outlive the rig's start. */
static void start_gc(struct rig *r, const char *row, const char *override,
		     const struct dying_gc_params *p)
{
	const char *overrides[] = {"dying_gc=on", override, NULL};

	rig_spec(r, row, 2, 2, 512, overrides);
	r->spec.axis_params[AXIS_DYING_GC] = p;
	assert_int_equal(rig_start(r), 0);
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

static struct memcg *cg(const struct rig *r, u32 id)
{
	return memcg_at(&r->k.memcg, id);
}

static u32 make_cgroup(struct rig *r, u32 parent)
{
	struct task t = task(ROOT_MEMCG, 0);
	u32 id = memcg_mkdir(&r->k.memcg, parent, "c", 0, &t);

	assert_true(id);
	return id;
}

static void run_for(struct rig *r, u64 ns)
{
	rig_run_until(r, r->e.now + ns);
}

/* rmdir, the grace period and what comes of it. */
static void remove_cgroup(struct rig *r, u32 id)
{
	struct task t = task(ROOT_MEMCG, 0);

	memcg_rmdir(&r->k.memcg, id, &t);
	/* what a CPU holds in stock is not what is looked at here */
	memcg_drain_stock(&r->k.memcg, id);
	run_for(r, NSEC_PER_SEC);
}

/* An overlay has no blocks of a device: what is charged for its names is slab. */
static u32 mount(struct rig *r, enum fs_type fs)
{
	struct task t = task(ROOT_MEMCG, 0);
	u32 sb = vfs_mount(&r->k.vfs, fs, &t);

	assert_true(sb);
	return sb;
}

/* stat() of a file that is there, by a task of the memcg on the CPU. */
static void look_up(struct rig *r, u32 vnode, u32 memcg, u16 cpu)
{
	struct task t = task(memcg, cpu);

	assert_true(vnode_stat(&r->k.vfs, vnode, &t));
}

static u32 new_name(struct rig *r, u32 sb)
{
	u32 vnode = vnode_new(&r->k.vfs, sb, 0, false, true);

	assert_true(vnode);
	return vnode;
}

/* A cached file of a memcg that has caches of its own by then. */
static u32 make_file(struct rig *r, u32 sb, u32 memcg, u16 cpu)
{
	u32 vnode = new_name(r, sb);

	look_up(r, vnode, memcg, cpu);
	return vnode;
}

/* Up to 5.8 its first objects are the root's, until the worker has made its caches. */
static void warm_up(struct rig *r, u32 sb, u32 memcg)
{
	make_file(r, sb, memcg, 0);
	run_for(r, NSEC_PER_MSEC);
}

static bool cached(const struct rig *r, u32 vnode)
{
	return vnode_at(&r->k.vfs, vnode)->dentry != 0;
}

static u32 owner_of(const struct rig *r, u32 vnode)
{
	return obj(&r->k.vfs, vnode_at(&r->k.vfs, vnode)->dentry)->owner;
}

/* The objects of the memcg and of nobody below are dropped as reclaim does it, and their pages come back. */
static void shrink(struct rig *r, u32 memcg)
{
	struct task t = task(ROOT_MEMCG, 0);

	for (u32 node = 0; node < r->k.m.nr_nodes; node++)
		while (shrink_slab(&r->k.shrinkers, node, memcg, 0, &t))
			;
	run_for(r, NSEC_PER_SEC);
}

/* ---- offline: reuse ---- */

static void a_new_cgroup_takes_over_the_dead_one_with_ids_and_caches(void **state)
{
	u32 sb, a, b, vnode, owner;
	struct rig r;
	s64 pages;
	u16 id;
	s32 row;

	(void)state;
	start(&r, "v5.0", "offline=reuse");
	sb = mount(&r, FS_OVERLAY);
	a = make_cgroup(&r, ROOT_MEMCG);
	warm_up(&r, sb, a);
	vnode = make_file(&r, sb, a, 0);
	owner = owner_of(&r, vnode);
	assert_true(owner);
	id = cg(&r, a)->id;
	row = cg(&r, a)->kmemcg_id;
	remove_cgroup(&r, a);
	assert_int_equal(cg(&r, a)->state, MEMCG_PARKED);
	assert_int_equal(r.k.memcg.dying.level, 1);
	assert_int_equal(r.k.memcg.dead_caches.level, 2);
	assert_int_equal(r.k.memcg.foreign.level, 0);
	assert_sound(&r);
	pages = cg(&r, a)->slab_pages;
	assert_true(pages > 0);

	b = make_cgroup(&r, ROOT_MEMCG);
	assert_int_equal(b, a);
	assert_int_equal(cg(&r, b)->id, id);
	assert_int_equal(cg(&r, b)->kmemcg_id, row);
	assert_int_equal(r.k.memcg.dying.level, 0);
	assert_int_equal(r.k.memcg.online.level, 1);
	assert_int_equal(r.k.memcg.kmem_caches.level, 2);
	assert_int_equal(r.k.memcg.dead_caches.level, 0);
	assert_int_equal(r.k.memcg.reused, 1);
	assert_int_equal(r.k.memcg.foreign.level, pages * 4096);
	/* room in the slabs that are paid for: its own object costs nothing */
	vnode = make_file(&r, sb, b, 0);
	assert_int_equal(owner_of(&r, vnode), owner);
	assert_int_equal(cg(&r, b)->slab_pages, pages);
	assert_int_equal(r.k.memcg.foreign.level, pages * 4096);
	stop(&r);
}

static void only_below_the_same_parent_and_the_last_dead_one_first(void **state)
{
	u32 sb, p, q, a, b;
	struct rig r;

	(void)state;
	start(&r, "v5.0", "offline=reuse");
	sb = mount(&r, FS_OVERLAY);
	p = make_cgroup(&r, ROOT_MEMCG);
	q = make_cgroup(&r, ROOT_MEMCG);
	a = make_cgroup(&r, p);
	b = make_cgroup(&r, p);
	warm_up(&r, sb, a);
	make_file(&r, sb, a, 0);
	warm_up(&r, sb, b);
	make_file(&r, sb, b, 0);
	remove_cgroup(&r, a);
	remove_cgroup(&r, b);
	assert_int_equal(r.k.memcg.dying.level, 2);
	assert_int_not_equal(make_cgroup(&r, q), b);
	assert_int_equal(r.k.memcg.reused, 0);
	assert_int_equal(make_cgroup(&r, p), b);
	assert_int_equal(make_cgroup(&r, p), a);
	assert_int_equal(r.k.memcg.dying.level, 0);
	make_cgroup(&r, p);
	assert_int_equal(r.k.memcg.reused, 2);
	stop(&r);
}

static void who_is_pinned_by_nothing_is_freed_and_not_taken(void **state)
{
	u32 sb, a, p;
	struct rig r;

	(void)state;
	start(&r, "v5.0", "offline=reuse");
	sb = mount(&r, FS_OVERLAY);
	p = make_cgroup(&r, ROOT_MEMCG);
	a = make_cgroup(&r, p);
	remove_cgroup(&r, a);
	assert_int_equal(r.k.memcg.dying.level, 0);
	a = make_cgroup(&r, p);
	warm_up(&r, sb, a);
	make_file(&r, sb, a, 0);
	remove_cgroup(&r, a);
	assert_int_equal(cg(&r, a)->state, MEMCG_PARKED);
	/* its lists are still its own, and found there */
	shrink(&r, a);
	assert_int_equal(r.k.memcg.dying.level, 0);
	assert_int_equal(r.k.memcg.kmem_caches.level, 0);
	assert_int_equal(cg(&r, p)->parked, 0);
	remove_cgroup(&r, p);
	assert_int_equal(r.k.memcg.dying.level, 0);
	assert_int_equal(r.k.memcg.reused, 0);
	stop(&r);
}

static void a_dead_parent_keeps_its_dead_children_for_its_successor(void **state)
{
	u32 sb, p, a;
	struct rig r;

	(void)state;
	start(&r, "v5.0", "offline=reuse");
	sb = mount(&r, FS_OVERLAY);
	p = make_cgroup(&r, ROOT_MEMCG);
	a = make_cgroup(&r, p);
	warm_up(&r, sb, a);
	make_file(&r, sb, a, 0);
	remove_cgroup(&r, a);
	remove_cgroup(&r, p);
	assert_int_equal(r.k.memcg.dying.level, 2);
	assert_int_equal(make_cgroup(&r, ROOT_MEMCG), p);
	assert_int_equal(make_cgroup(&r, p), a);
	stop(&r);
}

/* Pages that are foreign go one by one with their objects; what the new cgroup charges is its own. */
static void foreign_charges_are_told_apart(void **state)
{
	static const char *const rows[] = {"v5.0", "v5.8", "v5.9", "v6.1", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 sb, a, keep;
		struct rig r;
		s64 own;

		start(&r, rows[i], "offline=reuse");
		sb = mount(&r, FS_OVERLAY);
		a = make_cgroup(&r, ROOT_MEMCG);
		warm_up(&r, sb, a);
		for (u32 n = 0; n < 200; n++)
			make_file(&r, sb, a, 0);
		remove_cgroup(&r, a);
		assert_int_equal(make_cgroup(&r, ROOT_MEMCG), a);
		assert_true(cg(&r, a)->foreign >= 200 * (192 + 600) / 4096);
		assert_sound(&r);
		/* its own ones are in use, on slabs of another node's CPU */
		keep = new_name(&r, sb);
		assert_true(vnode_lookup(&r.k.vfs, keep, &(struct task){.memcg = a, .cpu = 3}));
		assert_int_equal(r.k.memcg.foreign_gone, 0);
		shrink(&r, a);
		memcg_drain_tree(&r.k.memcg, a);
		run_for(&r, NSEC_PER_SEC);
		if (!r.k.memcg.accounting->shared_caches)
			/* what the cache keeps of empty slabs */
			for (u32 c = cg(&r, a)->twins; c; c = cache_at(&r.k.slab, c)->next_of_owner)
				kmem_cache_shrink(&r.k.slab, c, 0);
		own = cg(&r, a)->slab_pages;
		assert_int_equal(cg(&r, a)->foreign, 0);
		assert_int_equal(r.k.memcg.foreign.level, 0);
		assert_true(r.k.memcg.foreign_gone > 0);
		assert_true(own > 0);
		stop(&r);
	}
}

static void foreign_page_cache_goes_by_the_limit_that_is_written(void **state)
{
	u32 sb, a, vnode, dentry, mapping;
	struct task t;
	struct rig r;

	(void)state;
	start(&r, "v5.0", "offline=reuse");
	sb = mount(&r, FS_OVERLAY);
	a = make_cgroup(&r, ROOT_MEMCG);
	t = task(a, 0);
	vnode = new_name(&r, sb);
	dentry = vnode_lookup(&r.k.vfs, vnode, &t);
	mapping = inode_mapping(&r.k.pages, obj(&r.k.vfs, dentry)->peer);
	assert_int_equal(page_cache_read(&r.k.pages, mapping, 0, 500, &t), 500);
	remove_cgroup(&r, a);
	assert_int_equal(make_cgroup(&r, ROOT_MEMCG), a);
	assert_true(cg(&r, a)->foreign >= 500);
	assert_sound(&r);
	/* its own pages of the same file are not foreign */
	assert_int_equal(page_cache_read(&r.k.pages, mapping, 500, 20, &t), 20);
	assert_true(cg(&r, a)->foreign < 520);
	assert_sound(&r);
	memcg_set_limits(&r.k.memcg, a, 100 * 4096, 0);
	assert_true(cg(&r, a)->usage <= 100);
	assert_true(r.k.memcg.foreign_gone >= 400);
	assert_sound(&r);
	/* without a successor that runs nothing is foreign */
	remove_cgroup(&r, a);
	assert_int_equal(r.k.memcg.foreign.level, 0);
	dput(&r.k.vfs, dentry, 0);
	stop(&r);
}

/* Who asks for a cache and is removed before the worker has made it leaves nothing that stands in a successor's way. */
static void a_cache_asked_for_too_late_can_be_asked_for_again(void **state)
{
	static const char *const how[] = {"offline=pin", "offline=reparent", "offline=reuse"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(how); i++) {
		u32 sb, a, vnode;
		struct rig r;

		start(&r, "v5.0", how[i]);
		r.k.memcg.create_latency = 2 * r.k.m.rcu.grace_period;
		sb = mount(&r, FS_OVERLAY);
		a = make_cgroup(&r, ROOT_MEMCG);
		make_file(&r, sb, a, 0);
		remove_cgroup(&r, a);
		assert_int_equal(r.k.memcg.dying.level, 0);
		assert_int_equal(make_cgroup(&r, ROOT_MEMCG), a);
		make_file(&r, sb, a, 0);
		run_for(&r, NSEC_PER_SEC);
		vnode = make_file(&r, sb, a, 0);
		assert_true(owner_of(&r, vnode));
		stop(&r);
	}
}

/* ---- caches of removed cgroups (C5) ---- */

static void caches_of_removed_cgroups_dangle_or_stay_with_them(void **state)
{
	u32 sb, a;
	struct rig r;

	(void)state;
	for (u32 reparent = 0; reparent < 2; reparent++) {
		start(&r, "v5.0", reparent ? "offline=reparent" : "offline=pin");
		sb = mount(&r, FS_OVERLAY);
		a = make_cgroup(&r, ROOT_MEMCG);
		warm_up(&r, sb, a);
		make_file(&r, sb, a, 0);
		assert_int_equal(r.k.memcg.dead_caches.level, 0);
		remove_cgroup(&r, a);
		assert_int_equal(r.k.memcg.dead_caches.level, 2);
		assert_int_equal(r.k.memcg.dying.level, reparent ? 0 : 1);
		shrink(&r, ROOT_MEMCG);
		assert_int_equal(r.k.memcg.dead_caches.level, 0);
		assert_int_equal(r.k.memcg.dying.level, 0);
		stop(&r);
	}
}

/* ---- operations of a charge (C3, C4) ---- */

/* 100 objects of 192 bytes in 5 slabs: a charge for each slab, or for each object; counters change in batches. */
static void charges_are_counted(void **state)
{
	struct thing {
		u32 slab, owner;
	} things[105];
	u32 cache, a;
	struct rig r;

	(void)state;
	for (u32 per_object = 0; per_object < 2; per_object++) {
		struct cache_spec spec = {.name = "x", .object_size = 192, .flags = CACHE_ACCOUNT};
		struct memcg_system *m = &r.k.memcg;
		struct task t;

		start(&r, per_object ? "v5.9" : "v5.0", NULL);
		cache = kmem_cache_create(&r.k.slab, &spec);
		a = make_cgroup(&r, ROOT_MEMCG);
		t = task(a, 0);
		things[0].slab = memcg_slab_alloc(m, cache, &t, -1, &things[0].owner);
		memcg_slab_free(m, things[0].slab, things[0].owner, 0);
		run_for(&r, NSEC_PER_SEC);
		m->slab_charges = m->object_charges = m->counter_updates = 0;
		for (u32 i = 0; i < ARRAY_SIZE(things); i++) {
			things[i].slab = memcg_slab_alloc(m, cache, &t, -1, &things[i].owner);
			assert_true(things[i].owner);
		}
		assert_int_equal(m->slab_charges, per_object ? 0 : 5);
		assert_int_equal(m->object_charges, per_object ? ARRAY_SIZE(things) : 0);
		/* a batch of 32 pages, on the cgroup and on the root */
		assert_int_equal(m->counter_updates, per_object ? 0 : 2);
		for (u32 i = 0; i < ARRAY_SIZE(things); i++)
			memcg_slab_free(m, things[i].slab, things[i].owner, 0);
		assert_int_equal(m->object_charges, per_object ? 2 * ARRAY_SIZE(things) : 0);
		stop(&r);
	}
}

/* ---- dying_gc ---- */

/* A dead cgroup's file, its sibling's, and its parent's. */
struct family {
	u32 sb, parent, child, file, parents_file;
};

static void make_family(struct rig *r, struct family *f)
{
	f->sb = mount(r, FS_OVERLAY);
	f->parent = make_cgroup(r, ROOT_MEMCG);
	f->child = make_cgroup(r, f->parent);
	warm_up(r, f->sb, f->parent);
	warm_up(r, f->sb, f->child);
	f->file = make_file(r, f->sb, f->child, 0);
	f->parents_file = make_file(r, f->sb, f->parent, 0);
	assert_true(owner_of(r, f->file) && owner_of(r, f->parents_file));
}

static void before_the_lists_are_reparented_it_frees_the_cgroup(void **state)
{
	static const struct dying_gc_params p = {.when = GC_OFFLINE};
	struct family f;
	struct rig r;

	(void)state;
	start_gc(&r, "v5.0", NULL, &p);
	make_family(&r, &f);
	remove_cgroup(&r, f.child);
	assert_false(cached(&r, f.file));
	assert_true(cached(&r, f.parents_file));
	assert_int_equal(r.k.memcg.dying.level, 0);
	/* the dentry from its list, and its inode with it: overlay keeps none without a dentry */
	assert_int_equal(r.k.dying_gc.freed, 1);
	assert_int_equal(r.k.dying_gc.set_free, 1);
	/* somebody else wants the file: both are missed, once */
	look_up(&r, f.file, f.parent, 0);
	look_up(&r, f.file, f.parent, 0);
	assert_int_equal(r.k.vfs.gc_refaults, 2);
	look_up(&r, f.parents_file, f.parent, 0);
	assert_int_equal(r.k.vfs.gc_refaults, 2);
	stop(&r);
}

static void behind_the_reparenting_it_finds_nothing(void **state)
{
	static const struct dying_gc_params p = {.when = GC_AFTER};
	/* pinned by slab, by page cache alone, and with lists that are made lazily */
	static const char *const rows[] = {"v4.18", "v5.0", "v5.8", "v5.9", "v5.18", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct family f;
		struct rig r;

		start_gc(&r, rows[i], NULL, &p);
		make_family(&r, &f);
		remove_cgroup(&r, f.child);
		assert_true(cached(&r, f.file));
		assert_int_equal(r.k.dying_gc.rounds, 1);
		assert_int_equal(r.k.dying_gc.scanned, 0);
		stop(&r);
	}
}

static void over_the_parents_lists_it_takes_what_the_parent_uses(void **state)
{
	static const struct dying_gc_params p = {.when = GC_AFTER, .lists = GC_PARENT};
	struct family f;
	struct rig r;

	(void)state;
	start_gc(&r, "v5.0", NULL, &p);
	make_family(&r, &f);
	remove_cgroup(&r, f.child);
	assert_false(cached(&r, f.file));
	assert_false(cached(&r, f.parents_file));
	assert_int_equal(r.k.memcg.dying.level, 0);
	assert_int_equal(r.k.dying_gc.set_free, 1);
	look_up(&r, f.parents_file, f.parent, 0);
	assert_int_equal(r.k.vfs.gc_refaults, 2);
	stop(&r);
}

static void with_reuse_the_lists_are_still_there(void **state)
{
	static const struct dying_gc_params p = {.when = GC_AFTER};
	struct family f;
	struct rig r;

	(void)state;
	start_gc(&r, "v5.0", "offline=reuse", &p);
	make_family(&r, &f);
	remove_cgroup(&r, f.child);
	assert_false(cached(&r, f.file));
	assert_int_equal(r.k.memcg.dying.level, 0);
	assert_int_equal(r.k.dying_gc.set_free, 1);
	stop(&r);
}

static void what_is_in_use_stays(void **state)
{
	static const struct dying_gc_params p = {.when = GC_OFFLINE};
	struct family f;
	struct task t;
	struct rig r;
	u32 dentry;

	(void)state;
	start_gc(&r, "v5.0", NULL, &p);
	make_family(&r, &f);
	t = task(f.parent, 0);
	dentry = vnode_lookup(&r.k.vfs, f.file, &t);
	remove_cgroup(&r, f.child);
	assert_true(cached(&r, f.file));
	assert_int_equal(r.k.memcg.dying.level, 1);
	/* and when it is used no longer it is on the parent's list */
	dput(&r.k.vfs, dentry, 0);
	assert_int_equal(lru_memcg_of(&r.k.lru, owner_of(&r, f.file)), f.parent);
	shrink(&r, f.parent);
	assert_int_equal(r.k.memcg.dying.level, 0);
	stop(&r);
}

/* 10 cgroups of 20 files a node; a round may look at 100 objects. */
static void rounds_are_limited_and_kept_apart(void **state)
{
	static const struct dying_gc_params p = {
		.when = GC_OFFLINE, .interval = 100 * NSEC_PER_MSEC, .scan = 100};
	struct task t = task(ROOT_MEMCG, 0);
	u32 sb, group[10];
	u64 rounds, scanned;
	struct rig r;

	(void)state;
	start_gc(&r, "v5.0", NULL, &p);
	sb = mount(&r, FS_OVERLAY);
	for (u32 i = 0; i < ARRAY_SIZE(group); i++) {
		group[i] = make_cgroup(&r, ROOT_MEMCG);
		warm_up(&r, sb, group[i]);
		for (u32 n = 0; n < 40; n++)
			make_file(&r, sb, group[i], n % 2 ? 0 : 2);
	}
	for (u32 i = 0; i < ARRAY_SIZE(group); i++)
		memcg_rmdir(&r.k.memcg, group[i], &t);
	run_for(&r, 2 * r.k.m.rcu.grace_period);
	rounds = r.k.dying_gc.rounds;
	assert_int_equal(rounds, 1);
	for (u32 i = 0; i < 5; i++) {
		scanned = r.k.dying_gc.scanned;
		/* a node of one cgroup that was begun is finished: two scans of a list of 20 dentries or inodes */
		assert_true(scanned <= (rounds + i) * (100 + 80));
		assert_true(r.k.memcg.dying.level > 0);
		run_for(&r, 100 * NSEC_PER_MSEC);
		assert_int_equal(r.k.dying_gc.rounds, rounds + i + 1);
		assert_true(r.k.dying_gc.scanned > scanned);
	}
	rig_settle(&r);
	assert_int_equal(r.k.memcg.dying.level, 0);
	assert_int_equal(r.k.dying_gc.set_free, 10);
	stop(&r);
}

/* Its time is what the cost table says, on a CPU of the node where the objects are. */
static void it_takes_cpu_time_on_the_objects_node(void **state)
{
	static const struct dying_gc_params p = {.when = GC_OFFLINE};
	struct task t = task(ROOT_MEMCG, 0);
	const struct cost_model *cost;
	u64 calls, ns, busy[2];
	struct rig r;
	u32 sb, a;

	(void)state;
	start_gc(&r, "v5.0", NULL, &p);
	sb = mount(&r, FS_OVERLAY);
	a = make_cgroup(&r, ROOT_MEMCG);
	warm_up(&r, sb, a);
	for (u32 n = 0; n < 100; n++)
		make_file(&r, sb, a, 2);
	calls = r.k.shrinkers.calls;
	memcg_rmdir(&r.k.memcg, a, &t);
	run_for(&r, r.k.m.rcu.grace_period);
	cost = &r.k.vmscan.cost;
	calls = r.k.shrinkers.calls - calls;
	ns = calls * cost->shrink_call_ns + r.k.dying_gc.scanned * cost->shrink_scan_ns +
	     r.k.dying_gc.freed * cost->shrink_free_ns;
	/* passes over two nodes, each of which looks at the memcg */
	assert_int_equal(r.k.dying_gc.freed, 100);
	assert_true(r.k.dying_gc.ns > ns);
	assert_int_equal((r.k.dying_gc.ns - ns) % cost->memcg_ns, 0);
	for (u32 node = 0; node < 2; node++)
		busy[node] = r.k.vmscan.cpu_busy_until[r.k.vmscan.kswapd[node].cpu];
	assert_true(busy[1] > busy[0]);
	rig_settle(&r);
	stop(&r);
}

/* The reaper takes pages, which are on the dead memcg's lists in any release, and nothing of the living. */
static void a_reaper_takes_the_pages_of_dead_cgroups_alone(void **state)
{
	static const struct dying_gc_params p = {
		.when = GC_PERIODIC, .take = GC_PAGES, .interval = 5 * NSEC_PER_SEC, .scan = 300};
	static const char *const rows[] = {"v5.9", "v6.1"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 sb, dead, living, mapping[2];
		struct rig r;

		start_gc(&r, rows[i], NULL, &p);
		sb = mount(&r, FS_OVERLAY);
		dead = make_cgroup(&r, ROOT_MEMCG);
		living = make_cgroup(&r, ROOT_MEMCG);
		for (u32 f = 0; f < 2; f++) {
			struct task t = task(f ? living : dead, 0);
			u32 dentry = vnode_lookup(&r.k.vfs, new_name(&r, sb), &t);

			mapping[f] = inode_mapping(&r.k.pages, obj(&r.k.vfs, dentry)->peer);
			assert_int_equal(page_cache_read(&r.k.pages, mapping[f], 0, 500, &t), 500);
			dput(&r.k.vfs, dentry, 0);
		}
		remove_cgroup(&r, dead);
		assert_int_equal(r.k.memcg.dying.level, 1);
		rig_run_until(&r, 6 * NSEC_PER_SEC);
		assert_int_equal(r.k.dying_gc.pages_freed, 300);
		assert_int_equal(r.k.dying_gc.pages_scanned, 300);
		rig_run_until(&r, 11 * NSEC_PER_SEC);
		assert_int_equal(r.k.dying_gc.pages_freed, 500);
		assert_int_equal(r.k.memcg.dying.level, 0);
		assert_int_equal(r.k.dying_gc.set_free, 1);
		assert_int_equal(r.k.pages.file.level, 500);
		/* the living one wants the file, too */
		for (u32 again = 0; again < 2; again++) {
			struct task t = task(living, 0);

			assert_int_equal(page_cache_read(&r.k.pages, mapping[0], 0, 500, &t), 500);
			assert_int_equal(r.k.pages.gc_refaults, 500);
		}
		assert_int_equal(r.k.pages.refaults, 500);
		stop(&r);
	}
}

static void one_round_when_asked(void **state)
{
	u64 times[] = {3 * NSEC_PER_SEC, 4 * NSEC_PER_SEC};
	struct dying_gc_params p = {.when = GC_ONCE, .take = GC_BOTH, .at = {times, 2}};
	struct family f;
	struct rig r;

	(void)state;
	start_gc(&r, "v5.0", NULL, &p);
	make_family(&r, &f);
	remove_cgroup(&r, f.child);
	rig_run_until(&r, 10 * NSEC_PER_SEC);
	assert_int_equal(r.k.dying_gc.rounds, 2);
	/* no pages here, and slab is the parent's */
	assert_int_equal(r.k.dying_gc.freed, 0);
	assert_int_equal(r.k.memcg.dying.level, 1);
	stop(&r);
}

/* Cgroups that wait for the worker may go by themselves, or be taken over, before it comes. */
static void who_is_gone_before_its_turn_is_passed_over(void **state)
{
	static const struct dying_gc_params p = {.when = GC_AFTER, .interval = 5 * NSEC_PER_SEC};
	struct task t = task(ROOT_MEMCG, 0);
	struct rig r;
	u32 sb, a, b, file;

	(void)state;
	start_gc(&r, "v5.0", "offline=reuse", &p);
	sb = mount(&r, FS_OVERLAY);
	a = make_cgroup(&r, ROOT_MEMCG);
	remove_cgroup(&r, a);
	assert_int_equal(r.k.dying_gc.rounds, 1);
	a = make_cgroup(&r, ROOT_MEMCG);
	b = make_cgroup(&r, ROOT_MEMCG);
	warm_up(&r, sb, a);
	file = make_file(&r, sb, a, 0);
	memcg_rmdir(&r.k.memcg, a, &t);
	memcg_rmdir(&r.k.memcg, b, &t);
	run_for(&r, NSEC_PER_SEC);
	/* b had nothing, and a has a successor that uses the file */
	assert_int_equal(make_cgroup(&r, ROOT_MEMCG), a);
	run_for(&r, 10 * NSEC_PER_SEC);
	assert_int_equal(r.k.dying_gc.scanned, 0);
	assert_true(cached(&r, file));
	stop(&r);
}

/* Reclaim at every allocation, and a worker: whoever holds an index over one is found out. */
static void it_holds_with_reclaim_at_every_allocation(void **state)
{
	static const struct dying_gc_params p = {
		.when = GC_AFTER, .take = GC_BOTH, .interval = 30 * NSEC_PER_MSEC, .scan = 50};
	static const char *const rows[] = {"v4.18", "v5.0", "v5.9", "v6.18"};
	static const char *const how[] = {"offline=reuse", NULL};

	(void)state;
	for (u32 i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		u32 sb, slice, shared[20];
		struct rig r;

		start_gc(&r, rows[i / 2], how[i % 2], &p);
		kernel_reclaim_always(&r.k);
		sb = mount(&r, FS_EXT4);
		slice = make_cgroup(&r, ROOT_MEMCG);
		for (u32 n = 0; n < ARRAY_SIZE(shared); n++)
			shared[n] = new_name(&r, sb);
		for (u32 round = 0; round < 12; round++) {
			struct task root = task(ROOT_MEMCG, 0), t;
			u32 a = make_cgroup(&r, slice);

			t = task(a, (u16)(round % 4));
			memcg_set_limits(&r.k.memcg, a, 64 * 4096, 0);
			for (u32 n = 0; n < ARRAY_SIZE(shared); n++) {
				u32 dentry = vnode_lookup(&r.k.vfs, shared[n], &t), mapping;

				/* over the limit is no error */
				if (!dentry)
					continue;
				mapping = inode_mapping(&r.k.pages, obj(&r.k.vfs, dentry)->peer);
				page_cache_read(&r.k.pages, mapping, 0, 8, &t);
				dput(&r.k.vfs, dentry, t.cpu);
				run_for(&r, NSEC_PER_MSEC);
			}
			memcg_rmdir(&r.k.memcg, a, &root);
			run_for(&r, 45 * NSEC_PER_MSEC);
			assert_sound(&r);
		}
		rig_settle(&r);
		stop(&r);
	}
}

static double metric(const struct rig *r, const char *name)
{
	for (u32 i = 0; i < r->k.nr_metric_tables; i++)
		for (const struct metric_source *s = r->k.metrics[i].sources; s->info.name; s++)
			if (!strcmp(s->info.name, name))
				return s->read(r->k.metrics[i].model);
	fail_msg("no metric %s", name);
	return 0.0;
}

static void without_a_worker_its_metrics_have_no_value(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "v5.0", NULL);
	assert_true(isnan(metric(&r, "dying_gc.cpu_s")));
	assert_true(isnan(metric(&r, "memcg.reused")));
	stop(&r);
	start_gc(&r, "v5.0", "offline=reuse", NULL);
	assert_true(metric(&r, "dying_gc.cpu_s") == 0.0);
	assert_true(metric(&r, "memcg.reused") == 0.0);
	stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_cgroup_takes_over_the_dead_one_with_ids_and_caches),
		cmocka_unit_test(only_below_the_same_parent_and_the_last_dead_one_first),
		cmocka_unit_test(who_is_pinned_by_nothing_is_freed_and_not_taken),
		cmocka_unit_test(a_dead_parent_keeps_its_dead_children_for_its_successor),
		cmocka_unit_test(foreign_charges_are_told_apart),
		cmocka_unit_test(foreign_page_cache_goes_by_the_limit_that_is_written),
		cmocka_unit_test(a_cache_asked_for_too_late_can_be_asked_for_again),
		cmocka_unit_test(caches_of_removed_cgroups_dangle_or_stay_with_them),
		cmocka_unit_test(charges_are_counted),
		cmocka_unit_test(before_the_lists_are_reparented_it_frees_the_cgroup),
		cmocka_unit_test(behind_the_reparenting_it_finds_nothing),
		cmocka_unit_test(over_the_parents_lists_it_takes_what_the_parent_uses),
		cmocka_unit_test(with_reuse_the_lists_are_still_there),
		cmocka_unit_test(what_is_in_use_stays),
		cmocka_unit_test(rounds_are_limited_and_kept_apart),
		cmocka_unit_test(it_takes_cpu_time_on_the_objects_node),
		cmocka_unit_test(a_reaper_takes_the_pages_of_dead_cgroups_alone),
		cmocka_unit_test(one_round_when_asked),
		cmocka_unit_test(who_is_gone_before_its_turn_is_passed_over),
		cmocka_unit_test(it_holds_with_reclaim_at_every_allocation),
		cmocka_unit_test(without_a_worker_its_metrics_have_no_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
