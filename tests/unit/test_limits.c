// SPDX-License-Identifier: GPL-3.0-or-later
/* memory.max and memory.high: try_charge() and its OOM killer, reclaim on the way to user space (KERNEL_FACTS 2.4, 2.6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel_rig.h"
#include "memcg/stock.h"

static struct task task(u32 memcg, u16 cpu)
{
	return (struct task){.memcg = memcg, .cpu = cpu};
}

static void start(struct rig *r, const char *row)
{
	assert_int_equal(rig_init(r, row, NULL), 0);
}

static void stop(struct rig *r)
{
	const char *why = kernel_check(&r->k);

	if (why)
		fail_msg("%s", why);
	assert_int_equal(r->e.failed, 0);
	rig_destroy(r);
}

static u32 make_cgroup(struct rig *r, u32 parent, u32 number)
{
	struct task t = task(ROOT_MEMCG, 0);
	u32 id = memcg_mkdir(&r->k.memcg, parent, "pod", number, &t);

	assert_true(id);
	rig_settle(r);
	return id;
}

static struct memcg *cg(struct rig *r, u32 id)
{
	return memcg_at(&r->k.memcg, id);
}

static void limit(struct rig *r, u32 id, u64 max_pages, u64 high_pages)
{
	memcg_set_limits(&r->k.memcg, id, max_pages * 4096, high_pages * 4096);
}

/* Pages that a cgroup pays for the structures of its children (from 5.9 on); no CPU holds anything back. */
static u64 own_pages(struct rig *r, u32 id)
{
	memcg_drain_tree(&r->k.memcg, ROOT_MEMCG);
	return (u64)memcg_at(&r->k.memcg, id)->usage;
}

static bool charge(struct rig *r, u32 id, u16 cpu, u16 gfp)
{
	return memcg_charge(&r->k.memcg, id, 1, cpu, gfp);
}

/* Mapping of a new open file without a disk behind it. */
static u32 open_file(struct rig *r)
{
	struct task t = task(ROOT_MEMCG, 0);
	u32 sb = vfs_mount(&r->k.vfs, FS_OVERLAY, &t),
	    vnode = vnode_new(&r->k.vfs, sb, 0, false, false),
	    dentry = vnode_create(&r->k.vfs, vnode, &t);

	assert_true(dentry);
	return inode_mapping(&r->k.pages, obj(&r->k.vfs, dentry)->peer);
}

/* ---- tasks for the OOM killer ---- */

struct victim {
	struct rig *r;
	u32 memcg;
	struct anon_pages anon;
	bool running; /* it is the one that allocates */
	u32 asked, killed;
};

static void select_victim(void *ctx, u32 memcg, struct oom_task *best)
{
	struct victim *v = ctx;

	v->asked++;
	if (!v->killed && memcg_in_tree(&v->r->k.memcg, v->memcg, memcg))
		oom_consider(best, &(struct oom_task){.memcg = v->memcg,
						      .pages = v->anon.pages,
						      .name = "victim",
						      .number = 7});
}

static enum oom_result kill_victim(void *ctx, const struct oom_task *t)
{
	struct victim *v = ctx;

	assert_string_equal(t->name, "victim");
	v->killed++;
	if (v->running)
		return OOM_CURRENT;
	anon_free(&v->r->k.pages, &v->anon);
	return OOM_KILLED;
}

static void bind_victim(struct rig *r, struct victim *v, u32 memcg)
{
	*v = (struct victim){.r = r, .memcg = memcg};
	r->k.vmscan.oom.ops = (struct oom_ops){select_victim, kill_victim, v};
}

/* ---- try_charge() ---- */

static void stocks_of_the_whole_tree_are_drained_for_a_charge(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.3", "v5.9", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 parent, a, b, other, n = 0;
		struct rig r;
		u64 own;

		start(&r, rows[i]);
		parent = make_cgroup(&r, ROOT_MEMCG, 0);
		a = make_cgroup(&r, parent, 1);
		b = make_cgroup(&r, parent, 2);
		other = make_cgroup(&r, ROOT_MEMCG, 3);
		own = own_pages(&r, parent);
		limit(&r, parent, own + 64, 0);
		/* one page, and the rest of a batch in the stock of CPU 1 */
		assert_true(charge(&r, a, 1, 0));
		assert_true(charge(&r, other, 2, 0));
		assert_true(cg(&r, parent)->usage >= 32);
		while (charge(&r, b, 0, 0))
			n++;
		assert_int_equal(n, 63);
		assert_int_equal(cg(&r, parent)->usage, own + 64);
		assert_int_equal(cg(&r, a)->usage, 1);
		/* nobody else's */
		assert_true(cg(&r, other)->usage >= 32);
		memcg_uncharge(&r.k.memcg, a, 1);
		memcg_uncharge(&r.k.memcg, b, n);
		memcg_drain_tree(&r.k.memcg, ROOT_MEMCG);
		memcg_uncharge(&r.k.memcg, other, 1);
		stop(&r);
	}
}

/* An object of 4096 bytes with its pointer, freed: the byte stock keeps a whole page. */
static void a_page_in_a_byte_stock_is_drained_too(void **state)
{
	struct cache_spec spec = {.name = "x", .object_size = 4088, .flags = CACHE_ACCOUNT};
	u32 cache, a, owner, slab, n = 0;
	struct task t;
	struct rig r;

	(void)state;
	start(&r, "v5.9");
	cache = kmem_cache_create(&r.k.slab, &spec);
	a = make_cgroup(&r, ROOT_MEMCG, 0);
	limit(&r, a, 32, 0);
	t = task(a, 1);
	slab = memcg_slab_alloc(&r.k.memcg, cache, &t, -1, &owner);
	assert_true(slab && owner);
	memcg_slab_free(&r.k.memcg, slab, owner, 1);
	assert_int_equal(r.k.memcg.cpus[1].obj_bytes, 4096);
	assert_int_equal(cg(&r, a)->usage, 32);
	while (charge(&r, a, 0, 0))
		n++;
	assert_int_equal(n, 32);
	memcg_uncharge(&r.k.memcg, a, n);
	stop(&r);
}

static void who_reclaims_is_charged_over_the_limit(void **state)
{
	struct rig r;
	u32 a;

	(void)state;
	start(&r, "v5.9");
	a = make_cgroup(&r, ROOT_MEMCG, 0);
	limit(&r, a, 16, 0);
	for (u32 i = 0; i < 16; i++)
		assert_true(charge(&r, a, 0, 0));
	assert_false(charge(&r, a, 0, 0));
	r.k.vmscan.in_reclaim = true;
	assert_true(charge(&r, a, 0, 0));
	r.k.vmscan.in_reclaim = false;
	assert_int_equal(cg(&r, a)->usage, 17);
	assert_false(charge(&r, a, 0, 0));
	memcg_uncharge(&r.k.memcg, a, 17);
	stop(&r);
}

static void an_atomic_charge_fails_until_5_15_and_is_forced_later(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.14", "v5.16", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 a, forced = i >= 2;
		struct rig r;

		start(&r, rows[i]);
		a = make_cgroup(&r, ROOT_MEMCG, 0);
		limit(&r, a, 16, 0);
		for (u32 k = 0; k < 16; k++)
			assert_true(charge(&r, a, 0, 0));
		assert_int_equal(charge(&r, a, 0, GFP_ATOMIC), forced);
		assert_int_equal(cg(&r, a)->usage, 16 + forced);
		assert_int_equal(r.k.vmscan.limit_reclaims, 0);
		memcg_uncharge(&r.k.memcg, a, 16 + forced);
		stop(&r);
	}
}

/* One reclaim, one more when the stocks are drained, then 5 or 16 rounds. */
static void a_charge_has_the_rounds_of_its_era_and_then_somebody_is_killed(void **state)
{
	static const struct {
		const char *row;
		u32 rounds;
	} t[] = {{"v4.18", 5}, {"v4.19", 5}, {"v5.3", 5}, {"v5.9", 16}, {"v6.18", 16}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct anon_pages mine = {.first = 0};
		const struct oom_verdict *o;
		struct victim victim;
		u32 parent, a, b;
		struct task me, it;
		struct rig r;
		u64 own;

		start(&r, t[i].row);
		parent = make_cgroup(&r, ROOT_MEMCG, 0);
		a = make_cgroup(&r, parent, 1);
		b = make_cgroup(&r, parent, 2);
		own = own_pages(&r, parent);
		limit(&r, parent, own + 256, 0);
		bind_victim(&r, &victim, b);
		it = task(b, 0);
		me = task(a, 0);
		assert_int_equal(anon_grow(&r.k.pages, &victim.anon, 200, &it), 200);
		memcg_drain_tree(&r.k.memcg, ROOT_MEMCG);
		assert_int_equal(anon_grow(&r.k.pages, &mine, 56, &me), 56);
		assert_int_equal(victim.asked, 0);
		r.k.vmscan.limit_reclaims = 0;
		r.k.memcg.events_max = 0;
		assert_int_equal(anon_grow(&r.k.pages, &mine, 100, &me), 100);
		assert_int_equal(victim.killed, 1);
		assert_int_equal(victim.asked, 1);
		assert_int_equal(r.k.vmscan.limit_reclaims, 2 + t[i].rounds);
		assert_int_equal(r.k.memcg.events_max, 2 + t[i].rounds);
		assert_int_equal(r.k.vmscan.oom.kills, 1);
		assert_int_equal(r.k.vmscan.oom.kills_limit, 1);
		assert_int_equal(r.k.memcg.charge_failed, 0);
		o = &r.k.vmscan.oom.verdicts[0];
		assert_int_equal(r.k.vmscan.oom.nr_verdicts, 1);
		assert_true(o->limit && o->killed);
		assert_string_equal(o->memcg, "pod");
		assert_string_equal(o->task, "victim7");
		assert_int_equal(o->max, (own + 256) * 4096);
		assert_int_equal(o->anon, 256 * 4096);
		assert_int_equal(o->file + o->slab + o->other, own * 4096);
		assert_int_equal(o->task_anon, 200 * 4096);
		/* nobody is left to kill: a fault fails, and the verdict says so once */
		assert_int_equal(anon_grow(&r.k.pages, &mine, 200, &me), 100);
		assert_int_equal(r.k.memcg.charge_failed, 1);
		assert_int_equal(anon_grow(&r.k.pages, &mine, 1, &me), 0);
		assert_int_equal(r.k.vmscan.oom.nobody, 2);
		assert_int_equal(r.k.vmscan.oom.nr_verdicts, 2);
		assert_false(r.k.vmscan.oom.verdicts[1].killed);
		anon_free(&r.k.pages, &mine);
		stop(&r);
	}
}

/* 29ef680ae7c2 (4.19): before it a charge outside of a page fault got -ENOMEM. */
static void only_page_faults_killed_in_4_18(void **state)
{
	static const char *const rows[] = {"v4.18", "v4.19"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct victim victim;
		struct task t;
		struct rig r;
		u32 a, f;

		start(&r, rows[i]);
		a = make_cgroup(&r, ROOT_MEMCG, 0);
		limit(&r, a, 64, 0);
		t = task(a, 0);
		bind_victim(&r, &victim, a);
		assert_int_equal(anon_grow(&r.k.pages, &victim.anon, 64, &t), 64);
		f = open_file(&r);
		assert_int_equal(page_cache_read(&r.k.pages, f, 0, 1, &t), i);
		assert_int_equal(victim.killed, i);
		assert_int_equal(r.k.memcg.charge_failed, !i);
		if (!i) {
			struct anon_pages mine = {.first = 0};

			assert_int_equal(anon_grow(&r.k.pages, &mine, 1, &t), 1);
			assert_int_equal(victim.killed, 1);
			anon_free(&r.k.pages, &mine);
		}
		stop(&r);
	}
}

/* The task that charges is the largest: one page over the limit, and no more. */
static void who_is_chosen_itself_is_charged_and_goes(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.9", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct victim victim;
		struct task t;
		struct rig r;
		u32 a;

		start(&r, rows[i]);
		a = make_cgroup(&r, ROOT_MEMCG, 0);
		limit(&r, a, 64, 0);
		t = task(a, 0);
		bind_victim(&r, &victim, a);
		victim.running = true;
		assert_int_equal(anon_grow(&r.k.pages, &victim.anon, 1000, &t), 65);
		assert_int_equal(cg(&r, a)->usage, 65);
		assert_int_equal(victim.killed, 1);
		/* whatever else its operation charges */
		assert_true(charge(&r, a, 0, 0));
		oom_current_exits(&r.k.vmscan.oom);
		assert_false(charge(&r, a, 0, 0));
		memcg_uncharge(&r.k.memcg, a, 1);
		anon_free(&r.k.pages, &victim.anon);
		stop(&r);
	}
}

static void a_machine_without_memory_kills_the_largest(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.9", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct anon_pages mine = {.first = 0};
		struct task t = task(ROOT_MEMCG, 0);
		const struct oom_verdict *o;
		struct victim victim;
		struct rig r;
		u64 n = 0, before;

		start(&r, rows[i]);
		bind_victim(&r, &victim, ROOT_MEMCG);
		/* pages there are: two nodes of 512 MiB */
		assert_int_equal(anon_grow(&r.k.pages, &victim.anon, 150000, &t), 150000);
		while (!victim.killed) {
			assert_int_equal(anon_grow(&r.k.pages, &mine, 32, &t), 32);
			n += 32;
		}
		assert_in_range(n, 90000, 112144);
		o = &r.k.vmscan.oom.verdicts[0];
		assert_false(o->limit);
		assert_true(o->killed);
		assert_int_equal(o->node, 0);
		assert_int_equal(o->order, 0);
		assert_string_equal(o->zone, "DMA32");
		assert_true((u64)o->zone_free <= o->zone_min + 4096);
		assert_int_equal(o->task_anon, 150000ULL * 4096);
		assert_true(o->anon >= (150000 + n - 32) * 4096);
		assert_int_equal(r.k.vmscan.oom.kills_limit, 0);
		/* the next one has nobody to go for it */
		before = r.k.m.pages.failures;
		while (anon_grow(&r.k.pages, &mine, 32, &t) == 32)
			;
		assert_int_equal(r.k.m.pages.failures, before + 1);
		assert_int_equal(r.k.vmscan.oom.kills, 1);
		assert_true(r.k.vmscan.oom.nobody > 0);
		anon_free(&r.k.pages, &mine);
		stop(&r);
	}
}

static void nobody_is_killed_for_an_atomic_or_a_costly_allocation(void **state)
{
	struct anon_pages mine = {.first = 0};
	struct task t = task(ROOT_MEMCG, 0);
	struct victim victim;
	struct rig r;

	(void)state;
	start(&r, "v5.9");
	bind_victim(&r, &victim, ROOT_MEMCG);
	assert_int_equal(anon_grow(&r.k.pages, &victim.anon, 1000, &t), 1000);
	victim.killed = 1;
	while (anon_grow(&r.k.pages, &mine, 32, &t) == 32)
		;
	victim.killed = victim.asked = 0;
	while (alloc_pages(&r.k.m.pages, 0, 0, MIGRATE_UNMOVABLE, GFP_ATOMIC))
		;
	assert_int_equal(alloc_pages(&r.k.m.pages, 0, 4, MIGRATE_UNMOVABLE, 0), 0);
	assert_int_equal(victim.asked, 0);
	assert_true(alloc_pages(&r.k.m.pages, 0, 0, MIGRATE_UNMOVABLE, 0));
	assert_int_equal(victim.killed, 1);
	/* pages taken above stay taken */
	rig_destroy(&r);
}

/* ---- memory.high ---- */

static void a_task_over_high_reclaims_when_it_returns(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.3", "v5.9", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct task t;
		struct rig r;
		u32 parent, a, f;
		u64 own;

		start(&r, rows[i]);
		parent = make_cgroup(&r, ROOT_MEMCG, 0);
		a = make_cgroup(&r, parent, 1);
		own = own_pages(&r, parent);
		limit(&r, parent, 0, own + 500);
		t = task(a, 0);
		f = open_file(&r);
		/* below it nothing happens */
		assert_int_equal(page_cache_read(&r.k.pages, f, 0, 400, &t), 400);
		handle_over_high(&r.k.vmscan, a, 0);
		assert_int_equal(r.k.memcg.events_high, 0);
		/* above it neither, until it returns */
		assert_int_equal(page_cache_read(&r.k.pages, f, 400, 400, &t), 400);
		assert_true(cg(&r, parent)->usage >= 800);
		assert_int_equal(r.k.vmscan.limit_reclaims, 0);
		assert_true(cg(&r, a)->over_high >= 300);
		handle_over_high(&r.k.vmscan, a, 0);
		assert_int_equal(cg(&r, a)->over_high, 0);
		assert_int_equal(r.k.memcg.events_high, 1);
		assert_int_equal(r.k.vmscan.limit_reclaims, 1);
		assert_true(cg(&r, parent)->usage <= (s64)own + 500);
		/* once */
		handle_over_high(&r.k.vmscan, a, 0);
		assert_int_equal(r.k.memcg.events_high, 1);
		assert_int_equal(r.k.memcg.events_max, 0);
		rig_settle(&r);
		assert_int_equal(r.k.vmscan.limit_reclaims, 1);
		stop(&r);
	}
}

/* A workload that does not call handle_over_high(): it is done in this moment, and its CPU is busy for the time. */
static void over_high_is_handled_without_the_task_too(void **state)
{
	struct rig r;
	struct task t;
	u32 a, f;

	(void)state;
	start(&r, "v5.9");
	a = make_cgroup(&r, ROOT_MEMCG, 0);
	limit(&r, a, 0, 100);
	t = task(a, 1);
	f = open_file(&r);
	assert_int_equal(page_cache_read(&r.k.pages, f, 0, 400, &t), 400);
	assert_int_equal(r.k.vmscan.cpu_busy_until[1], 0);
	rig_settle(&r);
	assert_int_equal(r.k.memcg.events_high, 1);
	assert_true(cg(&r, a)->usage <= 132);
	assert_true(r.k.vmscan.direct_ns > 0);
	assert_int_equal(r.k.vmscan.cpu_busy_until[1], r.e.now + r.k.vmscan.direct_ns);
	stop(&r);
}

/* What can not be reclaimed stays above high; nobody is killed for it. */
static void high_kills_nobody(void **state)
{
	struct victim victim;
	struct task t;
	struct rig r;
	u32 a;

	(void)state;
	start(&r, "v5.9");
	a = make_cgroup(&r, ROOT_MEMCG, 0);
	limit(&r, a, 0, 100);
	t = task(a, 0);
	bind_victim(&r, &victim, a);
	assert_int_equal(anon_grow(&r.k.pages, &victim.anon, 400, &t), 400);
	handle_over_high(&r.k.vmscan, a, 0);
	assert_int_equal(r.k.memcg.events_high, 1);
	assert_true(cg(&r, a)->usage >= 400);
	assert_int_equal(victim.asked, 0);
	anon_free(&r.k.pages, &victim.anon);
	stop(&r);
}

/* ---- progress ---- */

static struct {
	struct slab_system *slab;
	u32 cache;
} empty_slabs;

static u64 shrink_cache(void *ctx, u32 inode)
{
	(void)ctx;
	(void)inode;
	kmem_cache_shrink(empty_slabs.slab, empty_slabs.cache, 0);
	return 0;
}

/* An inode whose pages are dropped, and with them slabs go at once: reclaim_state counts those, until 6.4 for all. */
static void slab_pages_freed_in_the_walk_are_progress(void **state)
{
	static const char *const strip[] = {"inode_isolate=strip", NULL};
	static const struct {
		const char *row;
		bool limit, counts;
	} t[] = {{"v4.18", true, true}, {"v5.9", true, true},	{"v6.1", true, true},
		 {"v6.7", true, false}, {"v6.18", true, false}, {"v4.18", false, true},
		 {"v5.9", false, true}, {"v6.18", false, true}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct cache_spec spec = {.name = "x", .object_size = 1024};
		struct task root = task(ROOT_MEMCG, 0), me, other;
		u32 g, sb, vnode, dentry, slabs[64];
		struct inode_pages_ops ops;
		struct scan_control sc;
		u64 before;
		struct rig r;

		rig_spec(&r, t[i].row, 2, 1, 512, strip);
		assert_int_equal(rig_start(&r), 0);
		g = t[i].limit ? make_cgroup(&r, ROOT_MEMCG, 0) : ROOT_MEMCG;
		/* whose pages they are does not matter; these lists come after the root's shrinkers */
		other = task(make_cgroup(&r, ROOT_MEMCG, 1), 0);
		me = task(g, 0);
		sb = vfs_mount(&r.k.vfs, FS_EXT4, &me);
		/* up to 5.8 the first objects of a memcg are the root's */
		vnode_create(&r.k.vfs, vnode_new(&r.k.vfs, sb, 0, false, false), &me);
		rig_settle(&r);
		vnode = vnode_new(&r.k.vfs, sb, 0, false, false);
		dentry = vnode_create(&r.k.vfs, vnode, &me);
		assert_int_equal(
			page_cache_read(&r.k.pages,
					inode_mapping(&r.k.pages, obj(&r.k.vfs, dentry)->peer), 0,
					40, &other),
			40);
		dput(&r.k.vfs, dentry, 0);
		vnode_prune(&r.k.vfs, vnode, 0);
		rig_settle(&r);
		empty_slabs.slab = &r.k.slab;
		empty_slabs.cache = kmem_cache_create(&r.k.slab, &spec);
		for (u32 k = 0; k < ARRAY_SIZE(slabs); k++)
			slabs[k] = slab_alloc(&r.k.slab, empty_slabs.cache, &root, -1);
		for (u32 k = 0; k < ARRAY_SIZE(slabs); k++)
			slab_free(&r.k.slab, slabs[k], 0);
		ops = *r.k.vfs.pages;
		ops.invalidate = shrink_cache;
		r.k.vfs.pages = &ops;
		sc = (struct scan_control){
			.target = g, .nr_to_reclaim = SWAP_CLUSTER_MAX, .task = root};
		before = r.k.slab.pages_freed;
		/* the shrinkers' part alone: what lists give is taken off */
		shrink_node(&r.k.vmscan, 0, &sc);
		before = r.k.slab.pages_freed - before;
		assert_true(before >= 8);
		assert_int_equal(sc.nr_reclaimed - r.k.pages.evicted, t[i].counts ? before : 0);
		r.k.vfs.pages = &r.k.pages.vfs_ops;
		stop(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stocks_of_the_whole_tree_are_drained_for_a_charge),
		cmocka_unit_test(a_page_in_a_byte_stock_is_drained_too),
		cmocka_unit_test(who_reclaims_is_charged_over_the_limit),
		cmocka_unit_test(an_atomic_charge_fails_until_5_15_and_is_forced_later),
		cmocka_unit_test(a_charge_has_the_rounds_of_its_era_and_then_somebody_is_killed),
		cmocka_unit_test(only_page_faults_killed_in_4_18),
		cmocka_unit_test(who_is_chosen_itself_is_charged_and_goes),
		cmocka_unit_test(a_machine_without_memory_kills_the_largest),
		cmocka_unit_test(nobody_is_killed_for_an_atomic_or_a_costly_allocation),
		cmocka_unit_test(a_task_over_high_reclaims_when_it_returns),
		cmocka_unit_test(over_high_is_handled_without_the_task_too),
		cmocka_unit_test(high_kills_nobody),
		cmocka_unit_test(slab_pages_freed_in_the_walk_are_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
