// SPDX-License-Identifier: GPL-3.0-or-later
/* SLUB: orders of KERNEL_FACTS 4.1, what leaves and what stays (4.2), extents against single objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mini_kernel.h"

#define MAX_OBJECTS 20000

static u64 rnd_state = 88172645463325252ULL;

static u64 rnd(u64 below)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return rnd_state % below;
}

static void assert_sound(const struct mini *k)
{
	const char *why = slab_system_check(&k->slab);

	if (!why)
		why = page_alloc_check(&k->m.pages);
	if (why)
		fail_msg("%s", why);
}

static void orders_are_those_of_the_kernel_table(void **state)
{
	/* size, then order/objects at 2 4 8 16 32 64 128 CPUs (KERNEL_FACTS 4.1) */
	static const struct {
		u32 size;
		u32 want[7][2];
	} t[] = {
		{32, {{0, 128}, {0, 128}, {0, 128}, {0, 128}, {0, 128}, {0, 128}, {0, 128}}},
		{96, {{0, 42}, {0, 42}, {0, 42}, {0, 42}, {0, 42}, {0, 42}, {0, 42}}},
		{128, {{0, 32}, {0, 32}, {0, 32}, {0, 32}, {0, 32}, {0, 32}, {1, 64}}},
		{192, {{0, 21}, {0, 21}, {0, 21}, {1, 42}, {1, 42}, {1, 42}, {1, 42}}},
		{256, {{0, 16}, {0, 16}, {1, 32}, {1, 32}, {1, 32}, {1, 32}, {2, 64}}},
		{512, {{1, 16}, {1, 16}, {2, 32}, {2, 32}, {2, 32}, {2, 32}, {3, 64}}},
		{584, {{1, 14}, {2, 28}, {2, 28}, {2, 28}, {2, 28}, {3, 56}, {3, 56}}},
		{608, {{1, 13}, {2, 26}, {2, 26}, {2, 26}, {3, 53}, {3, 53}, {3, 53}}},
		{680, {{1, 12}, {2, 24}, {2, 24}, {2, 24}, {3, 48}, {3, 48}, {3, 48}}},
		{760, {{2, 21}, {2, 21}, {2, 21}, {3, 43}, {3, 43}, {3, 43}, {3, 43}}},
		{1096, {{3, 29}, {3, 29}, {3, 29}, {3, 29}, {3, 29}, {3, 29}, {3, 29}}},
		{1184, {{2, 13}, {3, 27}, {3, 27}, {3, 27}, {3, 27}, {3, 27}, {3, 27}}},
		{4096, {{3, 8}, {3, 8}, {3, 8}, {3, 8}, {3, 8}, {3, 8}, {3, 8}}},
	};
	struct mini k;

	(void)state;
	assert_int_equal(mini_init(&k, "v5.9", 1, 2, 64, 4096), 0);
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		for (u32 c = 0; c < 7; c++) {
			u32 order, objects;

			k.m.nr_cpus = k.m.nr_present = 2U << c;
			slab_order(&k.slab, t[i].size, &order, &objects);
			assert_int_equal(order, t[i].want[c][0]);
			assert_int_equal(objects, t[i].want[c][1]);
		}
	}
	k.m.nr_cpus = k.m.nr_present = 2;
	mini_destroy(&k);
}

static void kmalloc_classes_end_at_two_pages(void **state)
{
	struct mini k;
	struct task t = {.cpu = 0};
	struct kmem_ref ref;

	(void)state;
	assert_int_equal(mini_init(&k, "v5.9", 1, 2, 64, 4096), 0);
	assert_int_equal(kmalloc_class_size(kmalloc_class(&k.slab, 24)), 32);
	assert_int_equal(kmalloc_class_size(kmalloc_class(&k.slab, 8192)), 8192);
	assert_int_equal(kmalloc_class(&k.slab, 8193), KMALLOC_CLASSES);
	/* a 96 KiB pointer array costs 128 KiB (SEEDS trap 1) */
	ref = kmem_alloc(&k.slab, 16 + 8 * 12286, &t);
	assert_int_equal(kmem_ref_bytes(&k.slab, ref), 128 << 10);
	assert_int_equal(k.slab.large_kmalloc.level, 128 << 10);
	kmem_free(&k.slab, ref, 0);
	assert_int_equal(k.slab.large_kmalloc.level, 0);
	mini_destroy(&k);
	assert_int_equal(mini_init(&k, "v5.9", 1, 2, 1024, 65536), 0);
	assert_int_equal(kmalloc_class_size(kmalloc_class(&k.slab, 16 + 8 * 12286)), 131072);
	mini_destroy(&k);
}

static void a_large_kmalloc_falls_back_to_single_pages(void **state)
{
	struct mini k;
	struct task t = {.cpu = 0};
	struct kmem_ref ref, holes[4096];
	s64 free_before;
	u32 n = 0;

	(void)state;
	assert_int_equal(mini_init(&k, "v5.9", 1, 1, 16, 4096), 0);
	/* every second page taken: no block of two pages is free */
	while (n < 3600) {
		holes[n] = kmem_alloc(&k.slab, 8193, &t);
		if (!holes[n].pfn || holes[n].pages & KMEM_VMALLOC)
			break;
		n++;
	}
	assert_true(n > 100);
	free_before = k.m.pages.free.level;
	ref = kmem_alloc(&k.slab, 9000, &t);
	if (ref.pfn) {
		assert_true(ref.pages & KMEM_VMALLOC);
		kmem_free(&k.slab, ref, 0);
	}
	assert_int_equal(k.m.pages.free.level, free_before);
	if (n < 3600 && holes[n].pfn)
		kmem_free(&k.slab, holes[n], 0);
	while (n--)
		kmem_free(&k.slab, holes[n], 0);
	assert_int_equal(k.slab.large_kmalloc.level, 0);
	assert_sound(&k);
	mini_destroy(&k);
}

/* Recorded on 4.18, W2 offline: freeing 300 dentries leaves 15 empty slabs on the CPU's list, because
 * the limit counts free objects as they came (KERNEL_FACTS 4.2). */
static void empty_slabs_hide_on_the_cpu_partial_list_before_5_16(void **state)
{
	static u32 slabs[21 * 24];
	struct mini k;
	struct task t = {.cpu = 0};
	struct cache_spec spec = {.name = "dentry", .object_size = 192};
	struct slabinfo info;
	u32 cache;

	(void)state;
	assert_int_equal(mini_init(&k, "v4.18", 2, 1, 256, 4096), 0);
	cache = kmem_cache_create(&k.slab, &spec);
	for (u32 i = 0; i < ARRAY_SIZE(slabs); i++)
		slabs[i] = slab_alloc(&k.slab, cache, &t, -1);
	for (u32 i = 0; i < ARRAY_SIZE(slabs); i++)
		slab_free(&k.slab, slabs[i], 0);
	slabinfo_of(&k.slab, cache, &info);
	assert_int_equal(info.live_objs, 0);
	/* 23 slabs on the CPU's list (its limit is 30 objects, one a slab) and the active one */
	assert_int_equal(info.num_slabs, 24);
	assert_int_equal(info.active_objs, 21 * 24);
	kmem_cache_shrink(&k.slab, cache, 0);
	slabinfo_of(&k.slab, cache, &info);
	assert_int_equal(info.num_slabs, 0);
	assert_sound(&k);
	mini_destroy(&k);
}

static void from_5_16_the_cpu_partial_list_is_limited_in_slabs(void **state)
{
	static u32 slabs[21 * 24];
	struct mini k;
	struct task t = {.cpu = 0};
	struct cache_spec spec = {.name = "dentry", .object_size = 192};
	struct slabinfo info;
	u32 cache;

	(void)state;
	assert_int_equal(mini_init(&k, "v5.16", 2, 1, 256, 4096), 0);
	cache = kmem_cache_create(&k.slab, &spec);
	/* ceil(2 * 120 / 21) slabs */
	assert_int_equal(cache_at(&k.slab, cache)->cpu_partial, 12);
	for (u32 i = 0; i < ARRAY_SIZE(slabs); i++)
		slabs[i] = slab_alloc(&k.slab, cache, &t, -1);
	for (u32 i = 0; i < ARRAY_SIZE(slabs); i++)
		slab_free(&k.slab, slabs[i], 0);
	slabinfo_of(&k.slab, cache, &info);
	/* one drain: 5 of 12 stay on the node (min_partial), then 11 on the CPU and the active one */
	assert_int_equal(info.num_slabs, 5 + 11 + 1);
	assert_int_equal(info.active_objs, 21 * 12);
	assert_sound(&k);
	mini_destroy(&k);
}

static void a_deactivated_cache_gives_empty_slabs_back_at_once(void **state)
{
	u32 slabs[64];
	struct mini k;
	struct task t = {.cpu = 1};
	struct cache_spec spec = {.name = "x", .object_size = 256};
	u32 cache;

	(void)state;
	assert_int_equal(mini_init(&k, "v4.18", 2, 1, 256, 4096), 0);
	cache = kmem_cache_create(&k.slab, &spec);
	for (u32 i = 0; i < 64; i++)
		slabs[i] = slab_alloc(&k.slab, cache, &t, -1);
	kmem_cache_deactivate(&k.slab, cache);
	kmem_cache_shrink(&k.slab, cache, 0);
	assert_int_equal(cache_at(&k.slab, cache)->nr_slabs, 4);
	for (u32 i = 0; i < 64; i++) {
		slab_free(&k.slab, slabs[i], 0);
		assert_int_equal(cache_at(&k.slab, cache)->nr_slabs, 4 - (i + 1) / 16);
	}
	assert_sound(&k);
	mini_destroy(&k);
}

/* Random allocs, frees, remote frees, shrinks on random CPUs; every counter recounted. */
static void counters_hold_in_random_runs(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.9", "v5.16", "v6.18"};
	static u32 slabs[MAX_OBJECTS];

	(void)state;
	for (u32 r = 0; r < ARRAY_SIZE(rows); r++) {
		struct cache_spec spec = {.name = "x", .object_size = 100 + 300 * r};
		struct mini k;
		u32 cache, n = 0;

		assert_int_equal(mini_init(&k, rows[r], 2, 2, 64, 4096), 0);
		cache = kmem_cache_create(&k.slab, &spec);
		for (u32 i = 0; i < 200000; i++) {
			struct task t = {.cpu = (u16)rnd(4)};
			u64 what = rnd(1000);
			bool grow = (i / 20000) % 2 == 0;

			if (what < (grow ? 550 : 450) && n < MAX_OBJECTS) {
				slabs[n] =
					slab_alloc(&k.slab, cache, &t, what % 7 ? -1 : (int)rnd(2));
				assert_true(slabs[n]);
				n++;
			} else if (what < 999 && n) {
				u32 victim = (u32)rnd(n);

				slab_free(&k.slab, slabs[victim], t.cpu);
				slabs[victim] = slabs[--n];
			} else {
				kmem_cache_shrink(&k.slab, cache, t.cpu);
			}
			if (i % 500 == 0 || i < 500)
				assert_sound(&k);
		}
		assert_int_equal(cache_at(&k.slab, cache)->live, n);
		while (n)
			slab_free(&k.slab, slabs[--n], 0);
		kmem_cache_shrink(&k.slab, cache, 0);
		assert_int_equal(cache_at(&k.slab, cache)->nr_slabs, 0);
		assert_sound(&k);
		mini_destroy(&k);
	}
}

/* ---- extents ---- */

#define LISTS 40

struct single_list {
	u32 *slabs;
	u32 n;
};

static void same_state(const struct mini *a, const struct mini *b, u32 cache)
{
	struct slabinfo ia, ib;

	slabinfo_of(&a->slab, cache, &ia);
	slabinfo_of(&b->slab, cache, &ib);
	assert_int_equal(ia.live_objs, ib.live_objs);
	assert_int_equal(ia.num_objs, ib.num_objs);
	assert_int_equal(ia.active_objs, ib.active_objs);
	assert_int_equal(a->m.pages.free.level, b->m.pages.free.level);
	for (u32 node = 0; node < a->m.nr_nodes; node++) {
		assert_int_equal(node_free_pages(&a->m.pages, node),
				 node_free_pages(&b->m.pages, node));
		assert_int_equal(cache_at(&a->slab, cache)->nodes[node].nr_partial,
				 cache_at(&b->slab, cache)->nodes[node].nr_partial);
	}
}

static void free_singles(struct mini *k, struct single_list *l, u32 from, u16 cpu)
{
	for (u32 i = from; i < l->n; i++)
		slab_free(&k->slab, l->slabs[i], cpu);
	l->n = from;
}

/* The promise of slab/extent.h: bulk and single give the same slabs, lists and pages. */
static void extents_leave_what_single_objects_leave(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.16"};

	(void)state;
	for (u32 round = 0; round < 24; round++) {
		struct mini bulk, single;
		struct single_list lists[LISTS] = {{0}};
		u32 extents[LISTS] = {0}, cache, size = (u32[]){32, 192, 1024}[round % 3];
		struct cache_spec spec = {.name = "x", .object_size = size, .size = size};

		assert_int_equal(mini_init(&bulk, rows[round % 2], 2, 2, 128, 4096), 0);
		assert_int_equal(mini_init(&single, rows[round % 2], 2, 2, 128, 4096), 0);
		cache = kmem_cache_create(&bulk.slab, &spec);
		assert_int_equal(kmem_cache_create(&single.slab, &spec), cache);
		for (u32 step = 0; step < 300; step++) {
			u32 i = (u32)rnd(LISTS), n = (u32)rnd(rnd(3) ? 30 : 3000);
			struct task t = {.cpu = (u16)rnd(4)};
			struct single_list *l = &lists[i];

			if (!l->n || rnd(3) == 0) {
				l->slabs = realloc(l->slabs, (l->n + n + 1) * sizeof(u32));
				for (u32 j = 0; j < n; j++)
					l->slabs[l->n++] = slab_alloc(&single.slab, cache, &t, -1);
				if (!extents[i])
					extents[i] = extent_alloc(&bulk.slab, cache, n, &t);
				else
					assert_int_equal(extent_grow(&bulk.slab, extents[i], n, &t),
							 0);
			} else if (rnd(3) == 0) {
				u32 keep = (u32)rnd(l->n);

				free_singles(&single, l, keep, t.cpu);
				extent_trim(&bulk.slab, extents[i],
					    extent_at(&bulk.slab, extents[i])->count - keep, t.cpu);
			} else {
				free_singles(&single, l, 0, t.cpu);
				extent_free(&bulk.slab, extents[i], t.cpu);
				extents[i] = 0;
			}
			same_state(&bulk, &single, cache);
			if (step % 20 == 0) {
				assert_sound(&bulk);
				assert_sound(&single);
			}
		}
		for (u32 i = 0; i < LISTS; i++)
			free(lists[i].slabs);
		mini_destroy(&bulk);
		mini_destroy(&single);
	}
}

static void a_population_shows_the_slabinfo_it_came_from(void **state)
{
	struct mini k;
	struct cache_spec spec = {.name = "dentry", .object_size = 192, .objects = 21};
	u64 weight[2] = {1, 1};
	struct slab_population p = {
		.num_objs = 3591, .active_objs = 3570, .live_objs = 3488, .weight = weight};
	struct slabinfo info;
	u32 cache;

	(void)state;
	assert_int_equal(mini_init(&k, "v4.18", 2, 1, 256, 4096), 0);
	cache = kmem_cache_create(&k.slab, &spec);
	assert_int_equal(slab_populate(&k.slab, cache, &p), 0);
	slabinfo_of(&k.slab, cache, &info);
	assert_int_equal(info.num_objs, 3591);
	assert_int_equal(info.active_objs, 3570);
	assert_int_equal(info.live_objs, 3488);
	assert_sound(&k);
	mini_destroy(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_are_those_of_the_kernel_table),
		cmocka_unit_test(kmalloc_classes_end_at_two_pages),
		cmocka_unit_test(a_large_kmalloc_falls_back_to_single_pages),
		cmocka_unit_test(empty_slabs_hide_on_the_cpu_partial_list_before_5_16),
		cmocka_unit_test(from_5_16_the_cpu_partial_list_is_limited_in_slabs),
		cmocka_unit_test(a_deactivated_cache_gives_empty_slabs_back_at_once),
		cmocka_unit_test(counters_hold_in_random_runs),
		cmocka_unit_test(extents_leave_what_single_objects_leave),
		cmocka_unit_test(a_population_shows_the_slabinfo_it_came_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
