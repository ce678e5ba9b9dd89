// SPDX-License-Identifier: GPL-3.0-or-later
/* The balance metrics (DESIGN 7): what the formulas of 4.18 and 4.19 make of large and small caches. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel_rig.h"

static void start(struct rig *r, const char *row)
{
	rig_spec(r, row, 1, 1, 1024, NULL);
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

static u32 mount(struct rig *r, enum fs_type fs)
{
	struct task t = {.memcg = ROOT_MEMCG};
	u32 sb = vfs_mount(&r->k.vfs, fs, &t);

	assert_true(sb);
	return sb;
}

static u32 make_cgroup(struct rig *r)
{
	struct task t = {.memcg = ROOT_MEMCG};
	u32 id = memcg_mkdir(&r->k.memcg, ROOT_MEMCG, "c", 0, &t);

	assert_true(id);
	rig_settle(r);
	return id;
}

static void make_file(struct rig *r, u32 sb, u32 memcg)
{
	struct task t = {.memcg = memcg};
	u32 dentry = vnode_create(&r->k.vfs, vnode_new(&r->k.vfs, sb, 0, false, false), &t);

	assert_true(dentry);
	dput(&r->k.vfs, dentry, t.cpu);
}

/*
 * So many closed files of a cgroup, never looked up again: their dentries are on its LRU. Up to 5.8 the first one
 * is the root's, who has the cgroup's caches made.
 */
static void make_files(struct rig *r, u32 sb, u32 memcg, u32 n)
{
	if (memcg != ROOT_MEMCG && r->k.row->version < 0x050900) {
		make_file(r, sb, memcg);
		rig_settle(r);
	}
	while (n--)
		make_file(r, sb, memcg);
}

/* Pages of an open file, each read so many times: at the second they become active. */
static void read_pages_times(struct rig *r, u32 memcg, u32 n, u32 times)
{
	struct task t = {.memcg = memcg};
	u32 sb = mount(r, FS_OVERLAY), dentry, mapping;

	dentry = vnode_create(&r->k.vfs, vnode_new(&r->k.vfs, sb, 0, false, false), &t);
	assert_true(dentry);
	mapping = inode_mapping(&r->k.pages, obj(&r->k.vfs, dentry)->peer);
	while (times--)
		assert_int_equal(page_cache_read(&r->k.pages, mapping, 0, n, &t), n);
}

static void read_pages(struct rig *r, u32 memcg, u32 n)
{
	read_pages_times(r, memcg, n, 1);
}

/* One pass of kswapd that no goal ends early. */
static void pass(struct rig *r, u32 target, int priority)
{
	struct scan_control sc = {
		.target = target,
		.priority = priority,
		.nr_to_reclaim = 1U << 30,
		.kswapd = true,
		.task = {.memcg = ROOT_MEMCG},
	};

	shrink_node(&r->k.vmscan, 0, &sc);
}

static const struct balance *balance(const struct rig *r)
{
	return &r->k.vmscan.balance;
}

/* The sum over a superblock's caches. */
static double ratio_of(const struct rig *r, u32 sb)
{
	u32 shrinker = super_at(&r->k.vfs, sb)->shrinker;

	for (u32 id = balance_next(balance(r), 0); id; id = balance_next(balance(r), id)) {
		const struct balance_cache *c = balance_at(balance(r), id);

		if (c->shrinker == shrinker && !c->memcg)
			return balance_ratio(&c->sum);
	}
	return NAN;
}

static void assert_close(double got, double want, double within)
{
	if (!(fabs(got - want) <= within))
		fail_msg("%.9g, wanted %.9g within %g", got, want, within);
}

/* ---- scan_ratio ---- */

static void nothing_has_a_value_before_reclaim(void **state)
{
	struct task t = {.memcg = ROOT_MEMCG};
	struct rig r;

	(void)state;
	start(&r, "v5.0");
	make_files(&r, mount(&r, FS_OVERLAY), ROOT_MEMCG, 3000);
	read_pages(&r, ROOT_MEMCG, 5000);
	/* drop_caches scans slab, and no page */
	assert_true(drop_slab(&r.k.shrinkers, &t) >= 3000);
	assert_true(r.k.shrinkers.scanned >= 3000);
	assert_true(isnan(balance_scan_ratio(balance(&r))));
	assert_true(isnan(balance_jain(balance(&r))));
	assert_true(isnan(balance_small_retention(balance(&r))));
	assert_true(isnan(balance_sawtooth(balance(&r))));
	/* nor does what it scanned count in a pass that follows */
	make_files(&r, mount(&r, FS_OVERLAY), ROOT_MEMCG, 500);
	pass(&r, ROOT_MEMCG, 12);
	assert_true(balance_scan_ratio(balance(&r)) == 0.0);
	stop(&r);
}

/* Every release whose formula is proportional to freeable >> priority; what stays owed is less than a batch a pass. */
static void a_large_cache_is_scanned_at_the_pace_of_the_page_cache(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.0", "v5.13", "v6.1"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rig r;
		u32 sb;

		start(&r, rows[i]);
		sb = mount(&r, FS_OVERLAY);
		make_files(&r, sb, ROOT_MEMCG, 100000);
		read_pages(&r, ROOT_MEMCG, 60000);
		for (int n = 0; n < 4; n++)
			pass(&r, ROOT_MEMCG, 3);
		assert_close(balance_scan_ratio(balance(&r)), 1.0, 0.03);
		assert_close(ratio_of(&r, sb), 1.0, 0.03);
		assert_true(isnan(balance_small_retention(balance(&r))));
		stop(&r);
	}
}

/* Exact where nothing is truncated: 32,768 objects give 8 batches at priority 3, and a list of pages its eighth. */
static void an_active_list_counts_when_pages_are_taken_from_it(void **state)
{
	static const struct {
		u32 inactive, active;
		u64 weight; /* pages of the lists that are scanned */
	} t[] = {{4096, 8192, 12288}, {8192, 4096, 8192}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct rig r;

		start(&r, "v5.0");
		make_files(&r, mount(&r, FS_OVERLAY), ROOT_MEMCG, 32768);
		read_pages_times(&r, ROOT_MEMCG, t[i].active, 2);
		read_pages(&r, ROOT_MEMCG, t[i].inactive);
		pass(&r, ROOT_MEMCG, 3);
		assert_int_equal(balance(&r)->pages, t[i].weight);
		assert_int_equal(balance(&r)->pages_scanned, t[i].weight / 8);
		assert_close(balance_scan_ratio(balance(&r)), 1.0, 1e-9);
		stop(&r);
	}
}

/* 60,000 pages give 14 at priority 12; a list of 200 or 100,000 objects gives at least min(list, 1024) in 4.19. */
static void the_minimum_batch_scans_small_caches_first(void **state)
{
	struct rig r;
	u32 small, large;

	(void)state;
	start(&r, "v4.19");
	small = mount(&r, FS_OVERLAY);
	large = mount(&r, FS_OVERLAY);
	make_files(&r, small, ROOT_MEMCG, 200);
	make_files(&r, large, ROOT_MEMCG, 100000);
	read_pages(&r, ROOT_MEMCG, 60000);
	pass(&r, ROOT_MEMCG, 12);
	/* the share of the pages, 14 in 60,000; the list has the root directory too */
	assert_close(ratio_of(&r, small), 0.5 * 60000 / 14, 1.0);
	assert_close(ratio_of(&r, large), 0.5 * 1024 / 100000 * 60000 / 14, 0.1);
	assert_in_range((u64)balance_scan_ratio(balance(&r)), 25, 30);
	stop(&r);
	start(&r, "v4.18");
	small = mount(&r, FS_OVERLAY);
	make_files(&r, small, ROOT_MEMCG, 200);
	read_pages(&r, ROOT_MEMCG, 60000);
	for (int n = 0; n < 100; n++)
		pass(&r, ROOT_MEMCG, 12);
	assert_true(ratio_of(&r, small) == 0.0);
	assert_true(balance_scan_ratio(balance(&r)) == 0.0);
	stop(&r);
}

/* A pass over a cgroup of 1,000 pages at 1 to 2 and one over a node of 50,000 at 1 to 2^12: weighted by pages. */
static void passes_weigh_as_much_as_the_pages_that_they_were_over(void **state)
{
	double small, both;
	struct rig r;
	u32 g, sb;

	(void)state;
	start(&r, "v4.19");
	sb = mount(&r, FS_OVERLAY);
	g = make_cgroup(&r);
	make_files(&r, sb, g, 100);
	read_pages(&r, g, 1000);
	pass(&r, g, 12);
	/* pages >> 12 is 0: no page was scanned, so there is no ratio yet */
	assert_true(isnan(balance_scan_ratio(balance(&r))));
	make_files(&r, sb, g, 100);
	pass(&r, g, 1);
	small = balance_scan_ratio(balance(&r));
	/* whole list in 1,000 pages, then in 1,000 of which 500 are scanned */
	assert_close(small, 0.5 * (1000 + 1000) / 500, 0.02);
	/* the same pace where nothing is over-scanned but 50 times the pages */
	make_files(&r, mount(&r, FS_OVERLAY), ROOT_MEMCG, 50000);
	read_pages(&r, ROOT_MEMCG, 50000);
	pass(&r, ROOT_MEMCG, 4);
	both = balance_scan_ratio(balance(&r));
	assert_true(both < small && both > 1.0 && both < 1.4);
	stop(&r);
}

/* 4b85afbdacd2: for a seeks of 0 there is no pace that the classic formula would give. */
static void caches_with_seeks_0_are_left_out(void **state)
{
	struct rig r;
	u32 sb;

	(void)state;
	start(&r, "v5.0");
	sb = mount(&r, FS_PROC);
	make_files(&r, sb, ROOT_MEMCG, 2000);
	read_pages(&r, ROOT_MEMCG, 5000);
	pass(&r, ROOT_MEMCG, 12);
	pass(&r, ROOT_MEMCG, 12);
	assert_true(r.k.shrinkers.scanned >= 1000);
	assert_true(isnan(ratio_of(&r, sb)));
	stop(&r);
}

/* ---- jain ---- */

static void jain_is_1_for_equal_shares_and_1_in_n_for_a_single_one(void **state)
{
	struct rig r;
	u32 g[4], sb;

	(void)state;
	start(&r, "v5.0");
	sb = mount(&r, FS_OVERLAY);
	for (u32 i = 0; i < 4; i++) {
		g[i] = make_cgroup(&r);
		make_files(&r, sb, g[i], 100 * (i + 1));
		read_pages(&r, g[i], 5000);
	}
	/* at 12 a small list gives nothing */
	for (u32 i = 1; i < 4; i++)
		pass(&r, g[i], 12);
	assert_true(isnan(balance_jain(balance(&r))));
	/* at 1 all of it */
	pass(&r, g[0], 1);
	assert_close(balance_jain(balance(&r)), 0.25, 1e-9);
	pass(&r, g[1], 1);
	pass(&r, g[2], 1);
	pass(&r, g[3], 1);
	/* three of them had one pass at 12 more: 1 page of 5,000 beside 2,500 */
	assert_close(balance_jain(balance(&r)), 1.0, 1e-3);
	assert_true(balance_jain(balance(&r)) < 1.0);
	stop(&r);
}

/* ---- small_retention ---- */

static void small_caches_are_kept_or_not(void **state)
{
	static const struct {
		const char *row;
		double kept;
	} t[] = {{"v4.18", 1.0}, {"v4.19", 0.0}, {"v5.0", 1.0}, {"v6.1", 1.0}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct rig r;
		u32 sb;

		start(&r, t[i].row);
		sb = mount(&r, FS_OVERLAY);
		for (u32 n = 0; n < 5; n++)
			make_files(&r, sb, make_cgroup(&r), 200 + 100 * n);
		/* a large one does not count */
		make_files(&r, sb, ROOT_MEMCG, 5000);
		read_pages(&r, ROOT_MEMCG, 20000);
		for (u32 n = 0; n < 20; n++)
			pass(&r, ROOT_MEMCG, 12);
		assert_close(balance_small_retention(balance(&r)), t[i].kept, 0.0);
		stop(&r);
	}
}

static void what_is_kept_is_counted_against_what_was_there(void **state)
{
	struct task t = {.memcg = ROOT_MEMCG};
	struct rig r;
	u32 sb, a, b;

	(void)state;
	start(&r, "v5.0");
	sb = mount(&r, FS_OVERLAY);
	a = make_cgroup(&r);
	b = make_cgroup(&r);
	make_files(&r, sb, a, 300);
	make_files(&r, sb, b, 100);
	read_pages(&r, b, 5000);
	pass(&r, b, 12);
	assert_close(balance_small_retention(balance(&r)), 1.0, 0.0);
	/* at 1 all of it goes */
	pass(&r, b, 1);
	assert_close(balance_small_retention(balance(&r)), 300.0 / 400.0, 0.02);
	/* more than there was does not make good for another's loss; what comes later was not there */
	make_files(&r, sb, a, 500);
	make_files(&r, sb, make_cgroup(&r), 500);
	assert_close(balance_small_retention(balance(&r)), 300.0 / 400.0, 0.02);
	/* a cgroup that is removed lost nothing to reclaim */
	memcg_rmdir(&r.k.memcg, b, &t);
	rig_settle(&r);
	assert_close(balance_small_retention(balance(&r)), 1.0, 0.0);
	stop(&r);
}

/* ---- sawtooth ---- */

static void sawtooth_is_the_deepest_fall_over_the_mean(void **state)
{
	double level, area, deep;
	struct rig r;
	u64 before;

	(void)state;
	start(&r, "v5.0");
	read_pages(&r, ROOT_MEMCG, 10000);
	r.e.now = 5 * NSEC_PER_SEC;
	before = (u64)r.k.pages.file.level;
	pass(&r, ROOT_MEMCG, 3);
	/* no time is over yet */
	assert_true(isnan(balance_sawtooth(balance(&r))));
	deep = (double)before - (double)r.k.pages.file.level;
	assert_int_equal((u64)deep, before >> 3);
	level = (double)r.k.pages.file.level;
	r.e.now += NSEC_PER_SEC;
	assert_close(balance_sawtooth(balance(&r)), deep / level, 1e-9);
	/* it grows: no fall; then a smaller one */
	area = level;
	read_pages(&r, ROOT_MEMCG, 4000);
	level = (double)r.k.pages.file.level;
	r.e.now += 3 * NSEC_PER_SEC;
	area += 3 * level;
	pass(&r, ROOT_MEMCG, 6);
	assert_close(balance_sawtooth(balance(&r)), deep / (area / 4), 1e-9);
	/* a deeper one, from the peak so far: exact though nobody looked between the passes */
	pass(&r, ROOT_MEMCG, 2);
	read_pages(&r, ROOT_MEMCG, 1000);
	deep = level - (double)(r.k.pages.file.level - 1000);
	assert_true(deep > (double)(before >> 3));
	assert_close(balance_sawtooth(balance(&r)), deep / (area / 4), 1e-9);
	stop(&r);
}

/* ---- accessor ---- */

/* Ids of cgroups and superblocks come again: their caches are others. */
static void caches_of_reused_ids_are_new_ones(void **state)
{
	struct task t = {.memcg = ROOT_MEMCG};
	u32 sb, g, again, n = 0;
	struct rig r;

	(void)state;
	start(&r, "v5.9");
	sb = mount(&r, FS_OVERLAY);
	g = make_cgroup(&r);
	make_files(&r, sb, g, 50);
	read_pages(&r, ROOT_MEMCG, 5000);
	pass(&r, ROOT_MEMCG, 1);
	memcg_rmdir(&r.k.memcg, g, &t);
	drop_slab(&r.k.shrinkers, &t);
	drop_pagecache(&r.k.pages);
	rig_settle(&r);
	again = make_cgroup(&r);
	assert_int_equal(again, g);
	make_files(&r, sb, again, 50);
	read_pages(&r, ROOT_MEMCG, 5000);
	pass(&r, ROOT_MEMCG, 1);
	for (u32 id = balance_next(balance(&r), 0); id; id = balance_next(balance(&r), id)) {
		const struct balance_cache *c = balance_at(balance(&r), id);

		if (c->memcg != g || !c->cache)
			continue;
		n++;
		assert_int_equal(c->first, n == 1 ? 50 : 0);
		assert_true(balance_ratio(&c->sum) > 0.9);
	}
	assert_int_equal(n, 2);
	stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_has_a_value_before_reclaim),
		cmocka_unit_test(a_large_cache_is_scanned_at_the_pace_of_the_page_cache),
		cmocka_unit_test(an_active_list_counts_when_pages_are_taken_from_it),
		cmocka_unit_test(the_minimum_batch_scans_small_caches_first),
		cmocka_unit_test(passes_weigh_as_much_as_the_pages_that_they_were_over),
		cmocka_unit_test(caches_with_seeks_0_are_left_out),
		cmocka_unit_test(jain_is_1_for_equal_shares_and_1_in_n_for_a_single_one),
		cmocka_unit_test(small_caches_are_kept_or_not),
		cmocka_unit_test(what_is_kept_is_counted_against_what_was_there),
		cmocka_unit_test(sawtooth_is_the_deepest_fall_over_the_mean),
		cmocka_unit_test(caches_of_reused_ids_are_new_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
