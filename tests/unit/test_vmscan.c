// SPDX-License-Identifier: GPL-3.0-or-later
/* Reclaim: scan targets, active lists, kswapd, direct and limit reclaim, per-CPU lists (KERNEL_FACTS 1.6, 2). */
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

/* Nodes of so many MiB with one CPU each. */
static void start_on(struct rig *r, const char *row, u32 nodes, u64 mib)
{
	rig_spec(r, row, nodes, 1, mib, NULL);
	assert_int_equal(rig_start(r), 0);
}

static void start(struct rig *r, const char *row)
{
	start_on(r, row, 2, 512);
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
	rig_settle(r);
	return id;
}

/* Mapping of a new open file without a disk behind it. */
static u32 open_file(struct rig *r)
{
	struct task t = task(ROOT_MEMCG, 0);
	u32 sb = vfs_mount(&r->k.vfs, FS_OVERLAY, &t),
	    vnode = vnode_new(&r->k.vfs, sb, 0, false, false);
	u32 dentry = vnode_create(&r->k.vfs, vnode, &t);

	assert_true(dentry);
	return inode_mapping(&r->k.pages, obj(&r->k.vfs, dentry)->peer);
}

static void read_as(struct rig *r, u32 memcg, u32 mapping, u64 index, u32 n)
{
	struct task t = task(memcg, 0);

	assert_int_equal(page_cache_read(&r->k.pages, mapping, index, n, &t), n);
}

static u64 pages_of(const struct rig *r, u32 memcg, enum page_list list)
{
	const struct page_lruvec *v = lruvec_at(&r->k.pages, memcg, 0);

	return v ? v->pages[list] : 0;
}

static struct scan_control control(u32 target, int priority, bool kswapd)
{
	return (struct scan_control){
		.target = target,
		.priority = priority,
		.nr_to_reclaim = SWAP_CLUSTER_MAX,
		.kswapd = kswapd,
		.task = {.memcg = ROOT_MEMCG},
	};
}

/* ---- targets ---- */

static void a_list_gives_its_share_and_a_dying_memcg_32_pages(void **state)
{
	struct task root = task(ROOT_MEMCG, 0);
	const struct vmscan *v;
	struct rig r;
	u32 g;

	(void)state;
	start(&r, "v5.9");
	v = &r.k.vmscan;
	g = make_cgroup(&r, ROOT_MEMCG);
	read_as(&r, g, open_file(&r), 0, 1);
	assert_int_equal(scan_count(v, 4095, g, 12), 0);
	assert_int_equal(scan_count(v, 4096, g, 12), 1);
	assert_int_equal(scan_count(v, 4096, g, 0), 4096);
	memcg_rmdir(&r.k.memcg, g, &root);
	/* removed, but not offline yet */
	assert_int_equal(scan_count(v, 100, g, 12), 0);
	rig_settle(&r);
	assert_int_equal(scan_count(v, 100, g, 12), 32);
	assert_int_equal(scan_count(v, 20, g, 12), 20);
	/* only where the share is nothing */
	assert_int_equal(scan_count(v, 8192, g, 12), 2);
	assert_int_equal(scan_count(v, 0, g, 12), 0);
	stop(&r);
}

/*
 * A dying memcg has ten active pages and no other; the root has 5000 inactive ones. By the memcg's own lists
 * 0 * 1 < 10, by the node's 5000 * 1 > 10.
 */
static void active_lists_are_decided_for_a_lruvec_then_for_a_node(void **state)
{
	static const struct {
		const char *row;
		u64 active;
	} t[] = {{"v4.18", 0}, {"v5.3", 0}, {"v5.9", 10}, {"v6.18", 10}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct scan_control sc = control(ROOT_MEMCG, 12, true);
		struct task root = task(ROOT_MEMCG, 0);
		struct rig r;
		u32 g, f;

		start(&r, t[i].row);
		g = make_cgroup(&r, ROOT_MEMCG);
		f = open_file(&r);
		read_as(&r, g, f, 0, 10);
		read_as(&r, g, f, 0, 10);
		read_as(&r, ROOT_MEMCG, open_file(&r), 0, 5000);
		memcg_rmdir(&r.k.memcg, g, &root);
		rig_settle(&r);
		shrink_node(&r.k.vmscan, 0, &sc);
		assert_int_equal(pages_of(&r, g, ACTIVE_FILE), t[i].active);
		assert_int_equal(pages_of(&r, g, INACTIVE_FILE), 10 - t[i].active);
		/* 5000 >> 12 */
		assert_int_equal(sc.nr_reclaimed, 1);
		/* and it was noted: a direct reclaimer with nothing else comes back for them */
		assert_int_equal(sc.skipped_deactivate, t[i].active != 0);
		stop(&r);
	}
}

static void refaults_open_the_active_list_until_they_are_seen(void **state)
{
	struct scan_control sc = control(ROOT_MEMCG, 12, true);
	struct rig r;
	u32 hot, f;

	(void)state;
	start(&r, "v5.9");
	hot = open_file(&r);
	f = open_file(&r);
	read_as(&r, ROOT_MEMCG, hot, 0, 100);
	read_as(&r, ROOT_MEMCG, hot, 0, 100);
	read_as(&r, ROOT_MEMCG, f, 0, 1000);
	shrink_node(&r.k.vmscan, 0, &sc);
	assert_false(sc.may_deactivate);
	page_list_evict(&r.k.pages, ROOT_MEMCG, 0, 50);
	read_as(&r, ROOT_MEMCG, f, 0, 50);
	assert_int_equal(r.k.pages.refaults, 50);
	assert_int_equal(pages_of(&r, ROOT_MEMCG, ACTIVE_FILE), 150);
	shrink_node(&r.k.vmscan, 0, &sc);
	assert_true(sc.may_deactivate);
	snapshot_refaults(&r.k.vmscan, ROOT_MEMCG, 0);
	shrink_node(&r.k.vmscan, 0, &sc);
	assert_false(sc.may_deactivate);
	stop(&r);
}

/*
 * b910718a948a (5.5): a page of a memcg without any active page is evicted, then 50 more. Up to 5.4 the distance
 * of 50 is compared with its own active list, later with those of all that was reclaimed: the root's 100.
 */
static void a_refault_is_measured_by_the_tree_that_was_reclaimed(void **state)
{
	static const struct {
		const char *row;
		u64 active;
	} t[] = {{"v4.18", 0}, {"v5.3", 0}, {"v5.9", 1}, {"v6.18", 1}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct rig r;
		u32 g, hot, f;

		start(&r, t[i].row);
		g = make_cgroup(&r, ROOT_MEMCG);
		hot = open_file(&r);
		f = open_file(&r);
		read_as(&r, ROOT_MEMCG, hot, 0, 100);
		read_as(&r, ROOT_MEMCG, hot, 0, 100);
		read_as(&r, g, f, 1000, 1);
		read_as(&r, g, f, 0, 50);
		assert_int_equal(page_list_evict(&r.k.pages, g, 0, 51), 51);
		read_as(&r, g, f, 1000, 1);
		assert_int_equal(pages_of(&r, g, ACTIVE_FILE), t[i].active);
		stop(&r);
	}
}

/* ---- kswapd ---- */

static bool below_low(const struct rig *r, u32 node)
{
	const struct page_alloc *p = &r->k.m.pages;

	for (u32 i = 0; i < p->nr_zones; i++)
		if (p->zones[i].node == node && p->zones[i].free > (s64)p->zones[i].low)
			return false;
	return true;
}

static struct kswapd *kswapd(struct rig *r, u32 node)
{
	return &r->k.vmscan.kswapd[node];
}

/*
 * Nobody wakes while one zone of the list is above its low mark, then both nodes' do. There is nothing to
 * reclaim: each goes from priority 12 to 1 sixteen times and gives up.
 */
static void kswapds_wake_when_every_zone_is_low_and_give_up_after_16_runs(void **state)
{
	struct anon_pages a = {.first = 0};
	struct task t = task(ROOT_MEMCG, 0);
	struct rig r;
	bool one_was_low = false;

	(void)state;
	start(&r, "v4.18");
	while (!kswapd(&r, 0)->wakeups) {
		if (below_low(&r, 0) && !below_low(&r, 1)) {
			one_was_low = true;
			assert_int_equal(kswapd(&r, 1)->wakeups, 0);
		}
		assert_int_equal(anon_grow(&r.k.pages, &a, 1, &t), 1);
	}
	assert_true(one_was_low);
	assert_true(below_low(&r, 0) && below_low(&r, 1));
	assert_int_equal(kswapd(&r, 0)->wakeups, 1);
	assert_int_equal(kswapd(&r, 1)->wakeups, 1);
	rig_settle(&r);
	for (u32 node = 0; node < 2; node++) {
		assert_int_equal(kswapd(&r, node)->failures, 16);
		assert_int_equal(kswapd(&r, node)->rounds, 16 * 12);
		assert_int_equal(kswapd(&r, node)->state, KSWAPD_ASLEEP);
	}
	/* hopeless nodes are left alone */
	assert_int_equal(anon_grow(&r.k.pages, &a, 10, &t), 10);
	assert_int_equal(kswapd(&r, 0)->wakeups, 1);
	/* until somebody makes progress there */
	anon_free(&r.k.pages, &a);
	read_as(&r, ROOT_MEMCG, open_file(&r), 0, 100);
	assert_true(direct_reclaim(&r.k.vmscan, 0, 0, GFP_KERNEL));
	assert_int_equal(kswapd(&r, 0)->failures, 0);
	assert_int_equal(kswapd(&r, 1)->failures, 16);
	stop(&r);
}

/* Reads on until both nodes are low. Where it came to. */
static u64 read_until_woken(struct rig *r, u32 stream, u64 at)
{
	u64 before = kswapd(r, 0)->wakeups;

	for (; kswapd(r, 0)->wakeups == before; at += 8)
		read_as(r, ROOT_MEMCG, stream, at, 8);
	return at;
}

static struct zone *zone_of(struct rig *r, u32 node)
{
	return &r->k.m.pages.zones[node];
}

static void kswapd_stops_above_high_naps_and_looks_again(void **state)
{
	struct zone *z;
	struct rig r;
	u64 rounds, slept;
	u32 taken[4096], n = 0;

	(void)state;
	rig_spec(&r, "v5.9", 2, 1, 512, NULL);
	r.spec.machine.highatomic[0] = 1 << 20;
	assert_int_equal(rig_start(&r), 0);
	read_until_woken(&r, open_file(&r), 0);
	z = zone_of(&r, 0);
	assert_int_equal(z->highatomic, 256);
	assert_int_equal(kswapd(&r, 0)->state, KSWAPD_RUNNING);
	while (kswapd(&r, 0)->state == KSWAPD_RUNNING) {
		bool enough = z->free - 256 > (s64)z->high;

		rounds = kswapd(&r, 0)->rounds;
		engine_step(&r.e);
		/* what is kept for atomic allocations does not count as free */
		assert_true(!enough || kswapd(&r, 0)->rounds == rounds);
	}
	assert_int_equal(kswapd(&r, 0)->state, KSWAPD_NAPPING);
	assert_true(z->free - 256 > (s64)z->high);
	assert_int_equal(kswapd(&r, 0)->failures, 0);
	/* it is below high again, but not low: nobody wakes it, it looks itself */
	while (z->free - 256 > (s64)z->high) {
		assert_true(n < ARRAY_SIZE(taken));
		taken[n++] = alloc_pages(&r.k.m.pages, 0, 0, MIGRATE_UNMOVABLE, GFP_KERNEL);
	}
	rounds = kswapd(&r, 0)->rounds;
	slept = r.e.now;
	while (kswapd(&r, 0)->rounds == rounds)
		engine_step(&r.e);
	assert_in_range(r.e.now - slept, 99 * NSEC_PER_MSEC, 100 * NSEC_PER_MSEC);
	assert_int_equal(kswapd(&r, 0)->wakeups, 1);
	/* now nobody disturbs it */
	rig_settle(&r);
	assert_int_equal(kswapd(&r, 0)->state, KSWAPD_ASLEEP);
	while (n)
		free_pages(&r.k.m.pages, taken[--n], 0);
	stop(&r);
}

/* kswapd_shrink_node(): a round that looked at nr_to_reclaim pages and got some is repeated at its priority. */
static void priority_falls_unless_a_round_scanned_what_it_had_to(void **state)
{
	bool stayed = false, fell = false;
	struct kswapd *k;
	struct rig r;
	u32 stream;
	u64 at;

	(void)state;
	start(&r, "v4.18");
	stream = open_file(&r);
	at = read_until_woken(&r, stream, 0);
	k = kswapd(&r, 0);
	assert_int_equal(k->sc.nr_to_reclaim, max_of(zone_of(&r, 0)->high, 32UL));
	for (u32 i = 0; i < 400; i++) {
		int before = k->sc.priority;
		u64 rounds = k->rounds, got = k->sc.nr_reclaimed;

		/* a fast reader: the node is never balanced for long */
		for (u32 n = 0; n < 100; n++, at += 8)
			read_as(&r, ROOT_MEMCG, stream, at, 8);
		if (k->rounds != rounds || !engine_step(&r.e) || k->rounds == rounds ||
		    k->sc.nr_reclaimed < got)
			continue;
		if (k->sc.nr_scanned >= k->sc.nr_to_reclaim && k->sc.nr_reclaimed > got) {
			assert_int_equal(k->sc.priority, before);
			stayed = true;
		} else if (k->sc.priority != DEF_PRIORITY) {
			assert_int_equal(k->sc.priority, before - 1);
			fell = true;
		}
		assert_true(k->sc.priority >= 1);
	}
	assert_true(stayed);
	assert_true(fell);
	stop(&r);
}

/* A run of kswapd, with or without a task that computes on its CPU. How long it took, ns. */
static u64 run_time(bool contended, u64 *reclaimed)
{
	struct kswapd *k;
	struct rig r;
	u64 began;

	start(&r, "v4.18");
	r.k.vmscan.cost.page_scan_ns = NSEC_PER_MSEC;
	read_until_woken(&r, open_file(&r), 0);
	k = kswapd(&r, 0);
	began = r.e.now;
	if (contended)
		assert_int_equal(cpu_run(&r.k.vmscan, k->cpu, 3600 * NSEC_PER_SEC),
				 began + 3600 * NSEC_PER_SEC);
	while (k->state == KSWAPD_RUNNING)
		engine_step(&r.e);
	began = r.e.now - began;
	*reclaimed = k->sc.nr_reclaimed;
	stop(&r);
	return began;
}

/* Two CPUs: a latency of 12 ms for two, 6 ms each, which a tick of 4 ms makes 8. */
static void a_task_has_every_other_slice_of_kswapds_cpu(void **state)
{
	u64 slice = 8 * NSEC_PER_MSEC, alone_pages, shared_pages;
	u64 alone = run_time(false, &alone_pages), shared = run_time(true, &shared_pages);

	(void)state;
	assert_int_equal(alone_pages, shared_pages);
	assert_true(alone > 10 * slice);
	/* kswapd first, and then a slice of the task before each further one */
	assert_in_range(shared, 2 * alone - 2 * slice, 2 * alone + slice);
}

/*
 * A page for the kernel with no whole pageblock left: it is taken among movable ones, kswapd wakes although the
 * node is balanced, and finds nothing. The block is the kernel's then.
 */
static void a_fallback_boosts_the_watermarks_from_5_0_on(void **state)
{
	static const struct {
		const char *row;
		u32 boost;
	} t[] = {{"v4.20", 0}, {"v5.0", 512}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		u32 *taken = calloc(1 << 17, sizeof(*taken)), n = 0, kept = 0;
		struct page_alloc *p;
		struct zone *z;
		struct rig r;
		u64 fallbacks;

		start_on(&r, t[i].row, 1, 512);
		p = &r.k.m.pages;
		z = zone_of(&r, p->nr_zones - 1);
		while ((taken[n] = alloc_pages_nowait(p, 0, 0, MIGRATE_MOVABLE)))
			n++;
		/* every second page comes back */
		for (u32 j = 0; j < n; j++) {
			if (taken[j] % 2)
				free_pages(p, taken[j], 0);
			else
				taken[kept++] = taken[j];
		}
		for (fallbacks = p->fallbacks; p->fallbacks == fallbacks; kept++)
			assert_true(taken[kept] =
					    alloc_pages(p, 0, 0, MIGRATE_UNMOVABLE, GFP_KERNEL));
		assert_true(z->free > (s64)z->high);
		assert_int_equal(z->boost, t[i].boost);
		assert_int_equal(kswapd(&r, 0)->wakeups, t[i].boost ? 1 : 0);
		/* half of the block is free: the next hundred find room there */
		fallbacks = p->fallbacks;
		for (u32 j = 0; j < 100; j++)
			assert_true(taken[kept++] =
					    alloc_pages(p, 0, 0, MIGRATE_UNMOVABLE, GFP_KERNEL));
		assert_int_equal(p->fallbacks, fallbacks);
		rig_settle(&r);
		/* without progress it ends at once */
		assert_int_equal(kswapd(&r, 0)->rounds, t[i].boost ? 1 : 0);
		assert_int_equal(z->boost, 0);
		assert_int_equal(kswapd(&r, 0)->state, KSWAPD_ASLEEP);
		while (kept)
			free_pages(p, taken[--kept], 0);
		free(taken);
		stop(&r);
	}
}

/* ---- direct reclaim ---- */

/* 10000 pages: 2 + 4 + 9 + 19 at priorities 12 .. 9 are the first 32. */
static void direct_reclaim_stops_at_32_pages(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "v4.18");
	read_as(&r, ROOT_MEMCG, open_file(&r), 0, 10000);
	assert_true(direct_reclaim(&r.k.vmscan, 0, 0, GFP_KERNEL));
	assert_int_equal(r.k.vmscan.reclaimed_direct,
			 (10000 >> 12) + (9998 >> 11) + (9994 >> 10) + (9985 >> 9));
	assert_int_equal(r.k.vmscan.scanned_direct, r.k.vmscan.reclaimed_direct);
	assert_int_equal(r.k.vmscan.direct_reclaims, 1);
	stop(&r);
}

static void direct_reclaim_goes_down_to_priority_0(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "v5.9");
	/* 1 >> 0 is the first that is not 0 */
	read_as(&r, ROOT_MEMCG, open_file(&r), 0, 1);
	assert_true(direct_reclaim(&r.k.vmscan, 0, 0, GFP_KERNEL));
	assert_int_equal(r.k.vmscan.reclaimed_direct, 1);
	assert_int_equal(r.k.pages.file.level, 0);
	assert_false(direct_reclaim(&r.k.vmscan, 0, 0, GFP_KERNEL));
	assert_false(direct_reclaim(&r.k.vmscan, 0, 0, GFP_ATOMIC));
	assert_int_equal(r.k.vmscan.out_of_memory, 1);
	stop(&r);
}

/* Active pages that were spared are taken before it gives up. */
static void direct_reclaim_comes_back_for_spared_active_pages(void **state)
{
	static const char *const rows[] = {"v5.9", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct task t = task(ROOT_MEMCG, 0);
		struct rig r;
		u32 f, sb, dev;

		start(&r, rows[i]);
		/* 200 busy inactive blocks keep the node from taking active pages */
		sb = vfs_mount(&r.k.vfs, FS_OVERLAY, &t);
		super_at(&r.k.vfs, sb)->busy_every = 1;
		dev = bdev_mapping(&r.k.pages, sb);
		for (u32 b = 0; b < 200; b++)
			assert_true(page_cache_touch(&r.k.pages, dev, b, &t));
		f = open_file(&r);
		read_as(&r, ROOT_MEMCG, f, 0, 100);
		read_as(&r, ROOT_MEMCG, f, 0, 100);
		assert_true(direct_reclaim(&r.k.vmscan, 0, 0, GFP_KERNEL));
		assert_true(r.k.vmscan.reclaimed_direct > 0);
		assert_true(mapping_at(&r.k.pages, f)->pages < 100);
		assert_int_equal(mapping_at(&r.k.pages, dev)->pages, 200);
		stop(&r);
	}
}

/* ---- limits ---- */

/* 100 pages: 1 + 3 + 6 + 11 + 19 at priorities 6 .. 2. */
static void limit_reclaim_stays_in_its_tree(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.9", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rig r;
		u32 g, other;

		start(&r, rows[i]);
		g = make_cgroup(&r, ROOT_MEMCG);
		other = make_cgroup(&r, ROOT_MEMCG);
		read_as(&r, g, open_file(&r), 0, 100);
		read_as(&r, other, open_file(&r), 0, 1000);
		read_as(&r, ROOT_MEMCG, open_file(&r), 0, 1000);
		assert_int_equal(limit_reclaim(&r.k.vmscan, g, 1, GFP_KERNEL), 1 + 3 + 6 + 11 + 19);
		assert_int_equal(pages_of(&r, g, INACTIVE_FILE), 60);
		assert_int_equal(pages_of(&r, other, INACTIVE_FILE), 1000);
		assert_int_equal(pages_of(&r, ROOT_MEMCG, INACTIVE_FILE), 1000);
		stop(&r);
	}
}

static void a_reader_lives_within_its_limit_and_a_balloon_dies_of_it(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.3", "v5.9", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct anon_pages a = {.first = 0};
		struct rig r;
		struct task t;
		u32 g, f;

		start(&r, rows[i]);
		g = make_cgroup(&r, ROOT_MEMCG);
		t = task(g, 0);
		memcg_at(&r.k.memcg, g)->max_pages = 256;
		f = open_file(&r);
		for (u32 at = 0; at < 5000; at += 10) {
			read_as(&r, g, f, at, 10);
			assert_true(memcg_at(&r.k.memcg, g)->usage <= 256);
		}
		assert_true(r.k.vmscan.limit_reclaims > 0);
		assert_int_equal(r.k.vmscan.direct_reclaims, 0);
		assert_in_range(anon_grow(&r.k.pages, &a, 1000, &t), 150, 256);
		assert_true(r.k.memcg.charge_failed > 0);
		anon_free(&r.k.pages, &a);
		stop(&r);
	}
}

/*
 * grow_dev_page(): a metadata block is read without __GFP_FS and must not fail, so it may exceed the limit; the
 * file that wanted it does fail.
 */
static void a_metadata_block_is_charged_over_the_limit(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.9", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct task root = task(ROOT_MEMCG, 0);
		struct rig r;
		struct task t;
		u32 g, sb;

		start(&r, rows[i]);
		g = make_cgroup(&r, ROOT_MEMCG);
		t = task(g, 0);
		sb = vfs_mount(&r.k.vfs, FS_EXT4, &root);
		memcg_at(&r.k.memcg, g)->max_pages = 0;
		r.k.vfs.pages->touch_inode(r.k.vfs.pages->ctx, sb, 5, &t);
		assert_int_equal(pages_of(&r, g, INACTIVE_FILE), 1);
		assert_int_equal(memcg_at(&r.k.memcg, g)->usage, 1);
		assert_int_equal(page_cache_read(&r.k.pages, open_file(&r), 0, 1, &t), 0);
		stop(&r);
	}
}

/* KERNEL_FACTS 2.1: where the walk ends at the goal the next one goes on behind it, elsewhere it sees all. */
static void a_walk_that_stops_is_taken_up_by_the_next(void **state)
{
	static const struct {
		const char *row;
		bool stops;
	} t[] = {
		{"v4.18", true}, {"v5.3", true}, {"v5.9", false}, {"v6.7", false}, {"v6.13", true}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct rig r;
		u32 top, child[3];

		start(&r, t[i].row);
		top = make_cgroup(&r, ROOT_MEMCG);
		for (u32 c = 0; c < 3; c++) {
			child[c] = make_cgroup(&r, top);
			read_as(&r, child[c], open_file(&r), 0, 1000);
		}
		for (u32 pass = 0; pass < 4; pass++) {
			struct scan_control sc = control(top, 3, false);

			/* 1000 >> 3, but 32 at a time and no more than the goal */
			shrink_node(&r.k.vmscan, 0, &sc);
			assert_int_equal(sc.nr_reclaimed, t[i].stops ? 32 : 3 * 32);
		}
		assert_int_equal(pages_of(&r, child[0], INACTIVE_FILE),
				 1000 - (t[i].stops ? 2 : 4) * 32);
		assert_int_equal(pages_of(&r, child[1], INACTIVE_FILE),
				 1000 - (t[i].stops ? 1 : 4) * 32);
		assert_int_equal(pages_of(&r, child[2], INACTIVE_FILE),
				 1000 - (t[i].stops ? 1 : 4) * 32);
		stop(&r);
	}
}

/* KERNEL_FACTS 1.6: pages of stripped inodes are progress, but not for a limit from 6.4 on. */
static void stripped_pages_are_no_progress_for_a_limit_from_6_4_on(void **state)
{
	static const char *const rows[] = {"v6.1", "v6.7"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *const strip[] = {"inode_isolate=strip", NULL};
		struct scan_control sc;
		struct task t;
		struct rig r;
		u32 g, sb, vnode, dentry;

		rig_spec(&r, rows[i], 2, 1, 512, strip);
		assert_int_equal(rig_start(&r), 0);
		g = make_cgroup(&r, ROOT_MEMCG);
		t = task(g, 0);
		sb = vfs_mount(&r.k.vfs, FS_EXT4, &t);
		vnode = vnode_new(&r.k.vfs, sb, 0, false, false);
		dentry = vnode_create(&r.k.vfs, vnode, &t);
		/* the root's pages, so that the memcg's lists give nothing of their own */
		read_as(&r, ROOT_MEMCG, inode_mapping(&r.k.pages, obj(&r.k.vfs, dentry)->peer), 0,
			40);
		page_list_evict(&r.k.pages, g, 0, 100);
		dput(&r.k.vfs, dentry, 0);
		vnode_prune(&r.k.vfs, vnode, 0);
		sc = control(g, 0, false);
		shrink_node(&r.k.vmscan, 0, &sc);
		assert_int_equal(r.k.pages.inodesteal, 40);
		assert_int_equal(sc.nr_reclaimed, i ? 0 : 40);
		stop(&r);
	}
}

/* ---- per-CPU lists, the reserve ---- */

static void per_cpu_lists_have_the_size_of_their_era(void **state)
{
	/* a zone of 1 GiB: min(managed / 1024, limit) / 4 * 1.5, down to a power of two, less one */
	static const struct {
		const char *row;
		u32 batch, high;
	} t[] = {{"v4.18", 31, 186},
		 {"v4.19", 63, 378},
		 {"v5.13", 63, 378},
		 {"v5.14", 63, 0},
		 {"v6.18", 63, 0}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		const struct zone *z;
		struct rig r;

		rig_spec(&r, t[i].row, 2, 1, 1024, NULL);
		r.spec.machine.min_free_bytes = 67584 << 10;
		assert_int_equal(rig_start(&r), 0);
		z = zone_of(&r, 0);
		assert_int_equal(z->pcp_batch, t[i].batch);
		/* from 5.14 on the low mark, shared by the node's one CPU */
		assert_int_equal(z->pcp_high, t[i].high ? t[i].high : z->low);
		/* half of 16896 pages and a quarter on top */
		assert_in_range(z->low, 10500, 10600);
		stop(&r);
	}
}

static void pages_on_a_cpus_list_are_not_free(void **state)
{
	struct anon_pages a = {.first = 0};
	struct task t = task(ROOT_MEMCG, 0);
	const struct zone *z;
	struct rig r;
	s64 free;

	(void)state;
	start_on(&r, "v4.18", 2, 1024);
	z = zone_of(&r, 0);
	free = z->free;
	assert_int_equal(anon_grow(&r.k.pages, &a, 1, &t), 1);
	assert_int_equal(free - z->free, 31);
	assert_int_equal(z->pcp_pages, 30);
	/* the list comes first */
	assert_int_equal(anon_grow(&r.k.pages, &a, 30, &t), 30);
	assert_int_equal(free - z->free, 31);
	assert_int_equal(z->pcp_pages, 0);
	/* 1000 pages come back: the list holds 186 at most, a batch at a time goes to the zone */
	assert_int_equal(anon_grow(&r.k.pages, &a, 1000, &t), 1000);
	anon_free(&r.k.pages, &a);
	assert_in_range(z->pcp_pages, 186 - 31 + 1, 186);
	assert_int_equal(free - z->free, z->pcp_pages);
	page_alloc_drain(&r.k.m.pages);
	assert_int_equal(z->pcp_pages, 0);
	assert_int_equal(z->free, free);
	stop(&r);
}

static void the_fast_path_sees_the_atomic_reserve_from_5_9_on(void **state)
{
	static const struct {
		const char *row;
		s64 kept;
	} t[] = {{"v4.18", 0}, {"v5.3", 0}, {"v5.9", 2048}, {"v6.18", 2048}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		u32 *taken = calloc(1 << 17, sizeof(*taken)), n = 0;
		const struct zone *z;
		struct rig r;

		rig_spec(&r, t[i].row, 1, 1, 512, NULL);
		r.spec.machine.highatomic[0] = 8 << 20;
		assert_int_equal(rig_start(&r), 0);
		z = zone_of(&r, 0);
		while ((taken[n] = alloc_pages_nowait(&r.k.m.pages, 0, 0, MIGRATE_UNMOVABLE)))
			n++;
		assert_int_equal(z->free, (s64)z->low + t[i].kept);
		while (n)
			free_pages(&r.k.m.pages, taken[--n], 0);
		free(taken);
		stop(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_gives_its_share_and_a_dying_memcg_32_pages),
		cmocka_unit_test(active_lists_are_decided_for_a_lruvec_then_for_a_node),
		cmocka_unit_test(refaults_open_the_active_list_until_they_are_seen),
		cmocka_unit_test(a_refault_is_measured_by_the_tree_that_was_reclaimed),
		cmocka_unit_test(kswapds_wake_when_every_zone_is_low_and_give_up_after_16_runs),
		cmocka_unit_test(kswapd_stops_above_high_naps_and_looks_again),
		cmocka_unit_test(priority_falls_unless_a_round_scanned_what_it_had_to),
		cmocka_unit_test(a_task_has_every_other_slice_of_kswapds_cpu),
		cmocka_unit_test(a_fallback_boosts_the_watermarks_from_5_0_on),
		cmocka_unit_test(direct_reclaim_stops_at_32_pages),
		cmocka_unit_test(direct_reclaim_goes_down_to_priority_0),
		cmocka_unit_test(direct_reclaim_comes_back_for_spared_active_pages),
		cmocka_unit_test(limit_reclaim_stays_in_its_tree),
		cmocka_unit_test(a_reader_lives_within_its_limit_and_a_balloon_dies_of_it),
		cmocka_unit_test(a_metadata_block_is_charged_over_the_limit),
		cmocka_unit_test(a_walk_that_stops_is_taken_up_by_the_next),
		cmocka_unit_test(stripped_pages_are_no_progress_for_a_limit_from_6_4_on),
		cmocka_unit_test(per_cpu_lists_have_the_size_of_their_era),
		cmocka_unit_test(pages_on_a_cpus_list_are_not_free),
		cmocka_unit_test(the_fast_path_sees_the_atomic_reserve_from_5_9_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
