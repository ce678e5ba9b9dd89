// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Per-object accounting with one set of kmem_caches or two, what goes offline with a memcg, and what is counted as
 * its kernel memory (SEEDS B6 to B8; KERNEL_FACTS 5.3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "kernel_rig.h"

#define OBJECTS 2000

struct thing {
	u32 slab, owner;
};

static const struct accounting_params two_sets = {.create_latency = 100 * NSEC_PER_USEC,
						  .caches = 1};

static void start_with(struct rig *r, const char *row, const struct accounting_params *params)
{
	rig_spec(r, row, 2, 2, 512, NULL);
	r->spec.axis_params[AXIS_ACCOUNTING] = params;
	assert_int_equal(rig_start(r), 0);
}

static void start(struct rig *r, const char *row, bool two)
{
	start_with(r, row, two ? &two_sets : NULL);
}

static void stop(struct rig *r)
{
	const char *why = kernel_check(&r->k);

	if (why)
		fail_msg("%s", why);
	assert_int_equal(r->e.failed, 0);
	rig_destroy(r);
}

static u32 make_cache(struct rig *r, u16 flags)
{
	struct cache_spec spec = {.name = "x", .object_size = 192, .flags = flags};
	u32 id = kmem_cache_create(&r->k.slab, &spec);

	assert_true(id);
	return id;
}

static u32 make_cgroup(struct rig *r)
{
	struct task t = {.memcg = ROOT_MEMCG};
	u32 id = memcg_mkdir(&r->k.memcg, ROOT_MEMCG, "c", 0, &t);

	assert_true(id);
	return id;
}

static void remove_cgroup(struct rig *r, u32 id)
{
	struct task t = {.memcg = ROOT_MEMCG};

	memcg_rmdir(&r->k.memcg, id, &t);
	rig_settle(r);
}

static struct thing get(struct rig *r, u32 cache, u32 memcg)
{
	struct task t = {.memcg = memcg};
	struct thing x = {0};

	x.slab = memcg_slab_alloc(&r->k.memcg, cache, &t, -1, &x.owner);
	assert_true(x.slab);
	return x;
}

static void put(struct rig *r, struct thing x)
{
	memcg_slab_free(&r->k.memcg, x.slab, x.owner, 0);
}

static u32 cache_of(const struct rig *r, struct thing x)
{
	return slab_at(&r->k.slab, x.slab)->cache;
}

static void accounted_objects_of_all_memcgs_come_from_the_second_set(void **state)
{
	struct thing early, root, a, b;
	u32 cache, one, other;
	struct rig r;

	(void)state;
	start(&r, "v5.9", true);
	cache = make_cache(&r, CACHE_ACCOUNT);
	one = make_cgroup(&r);
	other = make_cgroup(&r);
	/* until the worker has made it: the root cache, not charged */
	early = get(&r, cache, one);
	assert_int_equal(early.owner, 0);
	assert_int_equal(cache_of(&r, early), cache);
	rig_settle(&r);
	a = get(&r, cache, one);
	b = get(&r, cache, other);
	root = get(&r, cache, ROOT_MEMCG);
	assert_true(a.owner && b.owner && a.owner != b.owner);
	assert_int_equal(a.slab, b.slab);
	assert_int_not_equal(cache_of(&r, a), cache);
	assert_int_equal(cache_at(&r.k.slab, cache_of(&r, a))->root, cache);
	assert_int_equal(cache_of(&r, root), cache);
	assert_int_equal(r.k.memcg.kmem_caches.level, 1);
	put(&r, early);
	put(&r, root);
	put(&r, a);
	put(&r, b);
	stop(&r);
}

/* No memcg makes or destroys one: it is there for the next. */
static void the_second_set_outlives_memcgs(void **state)
{
	u32 cache, second = 0;
	struct rig r;

	(void)state;
	start(&r, "v5.9", true);
	cache = make_cache(&r, CACHE_ACCOUNT);
	for (u32 i = 0; i < 50; i++) {
		u32 cg = make_cgroup(&r);
		struct thing x = get(&r, cache, cg), y;

		rig_settle(&r);
		y = get(&r, cache, cg);
		if (!second)
			second = cache_of(&r, y);
		assert_int_equal(cache_of(&r, y), second);
		put(&r, x);
		put(&r, y);
		remove_cgroup(&r, cg);
		assert_int_equal(r.k.memcg.kmem_caches.level, 1);
	}
	stop(&r);
}

static void free_slots_are_not_shared_between_the_sets(void **state)
{
	(void)state;
	for (u32 two = 0; two < 2; two++) {
		static struct thing things[OBJECTS];
		struct thing first;
		u32 cache, cg;
		u64 slabs;
		struct rig r;

		start(&r, "v5.9", two);
		cache = make_cache(&r, CACHE_ACCOUNT);
		cg = make_cgroup(&r);
		first = get(&r, cache, cg);
		rig_settle(&r);
		/* the root cgroup leaves slabs with one object each */
		for (u32 i = 0; i < OBJECTS; i++)
			things[i] = get(&r, cache, ROOT_MEMCG);
		for (u32 i = 0; i < OBJECTS; i++)
			if (i % 16)
				put(&r, things[i]);
		slabs = r.k.slab.slabs_made;
		for (u32 i = 0; i < OBJECTS; i++)
			if (i % 16)
				things[i] = get(&r, cache, cg);
		/* 21 a slab */
		if (two)
			assert_true(r.k.slab.slabs_made - slabs >= OBJECTS * 15 / 16 / 21);
		else
			assert_true(r.k.slab.slabs_made - slabs < OBJECTS / 21 / 4);
		for (u32 i = 0; i < OBJECTS; i++)
			put(&r, things[i]);
		put(&r, first);
		stop(&r);
	}
}

/* From 5.12 on the vector comes with the slab; a root cache beside a second one needs none. */
static void only_the_second_set_has_vectors(void **state)
{
	struct thing root, early, x;
	u32 cache, cg;
	struct rig r;

	(void)state;
	start(&r, "v5.13", true);
	cache = make_cache(&r, CACHE_ACCOUNT);
	cg = make_cgroup(&r);
	early = get(&r, cache, cg);
	rig_settle(&r);
	root = get(&r, cache, ROOT_MEMCG);
	assert_int_equal(r.k.memcg.vector_bytes.level, 0);
	x = get(&r, cache, cg);
	/* 21 objects of 192 bytes: 168 bytes of pointers, kmalloc-192 (B6) */
	assert_int_equal(slab_at(&r.k.slab, x.slab)->objects, 21);
	assert_int_equal(r.k.memcg.vector_bytes.level, 192);
	put(&r, early);
	put(&r, root);
	put(&r, x);
	stop(&r);
}

/* B7: an obj_cgroup is one record however many objects it stands for; kmem_caches are one each. */
static void offline_touches_owners_not_objects(void **state)
{
	static const struct {
		const char *row;
		u64 records;
	} rows[] = {{"v5.9", 1}, {"v6.18", 1}, {"v5.3", 2}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		for (u32 n = 10; n <= OBJECTS; n *= 200) {
			static struct thing things[OBJECTS];
			u32 cache, cg;
			struct rig r;

			start(&r, rows[i].row, false);
			cache = make_cache(&r, CACHE_ACCOUNT);
			cg = make_cgroup(&r);
			things[0] = get(&r, cache, cg);
			rig_settle(&r);
			for (u32 k = 1; k < n; k++)
				things[k] = get(&r, cache, cg);
			remove_cgroup(&r, cg);
			assert_int_equal(r.k.memcg.offline_records, rows[i].records);
			assert_true(r.k.memcg.offline_refs >= n - 1 &&
				    r.k.memcg.offline_refs <= n + 2);
			for (u32 k = 0; k < n; k++)
				put(&r, things[k]);
			stop(&r);
		}
	}
}

/* Kernel memory of a cgroup: pages of slabs, or of bytes; gone when it is the root's. */
static void charged_slab_pages_are_counted(void **state)
{
	struct thing x;
	u32 cache, cg;
	struct rig r;

	(void)state;
	start(&r, "v5.3", false);
	cache = make_cache(&r, CACHE_ACCOUNT);
	cg = make_cgroup(&r);
	x = get(&r, cache, cg);
	rig_settle(&r);
	assert_int_equal(r.k.memcg.kmem.level, 0);
	put(&r, x);
	x = get(&r, cache, cg);
	assert_int_equal(r.k.memcg.kmem.level, 1);
	assert_int_equal(memcg_at(&r.k.memcg, cg)->kmem_peak, 1);
	assert_int_equal(r.k.memcg.usage.level, memcg_at(&r.k.memcg, cg)->usage);
	remove_cgroup(&r, cg);
	assert_int_equal(r.k.memcg.kmem.level, 0);
	put(&r, x);
	stop(&r);
}

/* memcg_caches: 16 + 8 bytes a row for every root cache, made anew as the table of ids grows; up to v5.8. */
static void root_caches_have_an_array_a_row_for_each_id(void **state)
{
	/* 48 bytes for 4 rows, 96 for 10, 192 for 22, 384 for 46: their size classes */
	static const struct {
		u32 cgroups, bytes;
	} steps[] = {{1, 64}, {4, 64}, {5, 96}, {10, 96}, {11, 192}, {23, 512}};

	static const struct accounting_params with = {.create_latency = 100 * NSEC_PER_USEC,
						      .arrays = true};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(steps); i++) {
		struct rig r;

		start_with(&r, "v5.3", &with);
		for (u32 n = 0; n < steps[i].cgroups; n++)
			make_cgroup(&r);
		rig_settle(&r);
		assert_int_equal(r.k.memcg.cache_array_bytes.level,
				 (s64)steps[i].bytes * r.k.slab.root_caches);
		stop(&r);
	}
	for (u32 i = 0; i < 2; i++) {
		struct rig r;

		/* not asked for; shared caches */
		start(&r, i ? "v5.3" : "v5.9", false);
		make_cgroup(&r);
		assert_int_equal(r.k.memcg.cache_array_bytes.level, 0);
		stop(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accounted_objects_of_all_memcgs_come_from_the_second_set),
		cmocka_unit_test(the_second_set_outlives_memcgs),
		cmocka_unit_test(free_slots_are_not_shared_between_the_sets),
		cmocka_unit_test(only_the_second_set_has_vectors),
		cmocka_unit_test(offline_touches_owners_not_objects),
		cmocka_unit_test(charged_slab_pages_are_counted),
		cmocka_unit_test(root_caches_have_an_array_a_row_for_each_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
