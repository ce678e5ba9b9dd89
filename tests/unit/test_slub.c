// SPDX-License-Identifier: GPL-3.0-or-later
/* SLUB's rules one by one: KERNEL_FACTS 4.1 cell by cell, and which slab goes where (4.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mini_kernel.h"

#define OBJECTS 21 /* of 192 bytes in a page */

struct rig {
	struct mini k;
	struct task t[4]; /* a task on each CPU: 0 and 1 on node 0, 2 and 3 on node 1 */
	u32 cache;
};

static void rig_init(struct rig *r, const char *row, u32 size)
{
	struct cache_spec spec = {.name = "x", .object_size = size};

	assert_int_equal(mini_init(&r->k, row, 2, 2, 64, 4096), 0);
	for (u32 i = 0; i < 4; i++)
		r->t[i] = (struct task){.cpu = (u16)i};
	r->cache = kmem_cache_create(&r->k.slab, &spec);
	assert_true(r->cache);
}

static void rig_destroy(struct rig *r)
{
	const char *why = slab_system_check(&r->k.slab);

	if (why)
		fail_msg("%s", why);
	mini_destroy(&r->k);
}

/* An object allocated on a CPU: its slab. */
static u32 get(struct rig *r, u32 cpu)
{
	u32 id = slab_alloc(&r->k.slab, r->cache, &r->t[cpu], -1);

	assert_true(id);
	return id;
}

static u32 get_on_node(struct rig *r, u32 cpu, int node)
{
	u32 id = slab_alloc(&r->k.slab, r->cache, &r->t[cpu], node);

	assert_true(id);
	assert_int_equal(slab_at(&r->k.slab, id)->node, node);
	return id;
}

static void put(struct rig *r, u32 slab, u32 cpu)
{
	slab_free(&r->k.slab, slab, (u16)cpu);
}

/* A whole slab's objects; every one must be of the same slab. */
static u32 fill_slab(struct rig *r, u32 cpu)
{
	u32 id = get(r, cpu), n = slab_at(&r->k.slab, id)->objects;

	for (u32 i = 1; i < n; i++)
		assert_int_equal(get(r, cpu), id);
	return id;
}

static const struct kmem_cache *cache(const struct rig *r)
{
	return cache_at(&r->k.slab, r->cache);
}

static u32 node_partial(const struct rig *r, u32 node)
{
	return cache(r)->nodes[node].nr_partial;
}

/* ---- sizes ---- */

static void every_cell_of_the_order_table_is_met(void **state)
{
	/* size; order and objects at 2 4 8 16 32 64 128 CPUs */
	static const struct {
		u32 size, want[7][2];
	} t[] = {
		{32, {{0, 128}, {0, 128}, {0, 128}, {0, 128}, {0, 128}, {0, 128}, {0, 128}}},
		{64, {{0, 64}, {0, 64}, {0, 64}, {0, 64}, {0, 64}, {0, 64}, {0, 64}}},
		{96, {{0, 42}, {0, 42}, {0, 42}, {0, 42}, {0, 42}, {0, 42}, {0, 42}}},
		{128, {{0, 32}, {0, 32}, {0, 32}, {0, 32}, {0, 32}, {0, 32}, {1, 64}}},
		{192, {{0, 21}, {0, 21}, {0, 21}, {1, 42}, {1, 42}, {1, 42}, {1, 42}}},
		{256, {{0, 16}, {0, 16}, {1, 32}, {1, 32}, {1, 32}, {1, 32}, {2, 64}}},
		{512, {{1, 16}, {1, 16}, {2, 32}, {2, 32}, {2, 32}, {2, 32}, {3, 64}}},
		{584, {{1, 14}, {2, 28}, {2, 28}, {2, 28}, {2, 28}, {3, 56}, {3, 56}}},
		{600, {{1, 13}, {2, 27}, {2, 27}, {2, 27}, {3, 54}, {3, 54}, {3, 54}}},
		{608, {{1, 13}, {2, 26}, {2, 26}, {2, 26}, {3, 53}, {3, 53}, {3, 53}}},
		{680, {{1, 12}, {2, 24}, {2, 24}, {2, 24}, {3, 48}, {3, 48}, {3, 48}}},
		{720, {{2, 22}, {2, 22}, {2, 22}, {3, 45}, {3, 45}, {3, 45}, {3, 45}}},
		{760, {{2, 21}, {2, 21}, {2, 21}, {3, 43}, {3, 43}, {3, 43}, {3, 43}}},
		{960, {{2, 17}, {2, 17}, {3, 34}, {3, 34}, {3, 34}, {3, 34}, {3, 34}}},
		{1024, {{2, 16}, {2, 16}, {3, 32}, {3, 32}, {3, 32}, {3, 32}, {3, 32}}},
		{1080, {{2, 15}, {3, 30}, {3, 30}, {3, 30}, {3, 30}, {3, 30}, {3, 30}}},
		{1096, {{3, 29}, {3, 29}, {3, 29}, {3, 29}, {3, 29}, {3, 29}, {3, 29}}},
		{1184, {{2, 13}, {3, 27}, {3, 27}, {3, 27}, {3, 27}, {3, 27}, {3, 27}}},
		{2048, {{3, 16}, {3, 16}, {3, 16}, {3, 16}, {3, 16}, {3, 16}, {3, 16}}},
		{4096, {{3, 8}, {3, 8}, {3, 8}, {3, 8}, {3, 8}, {3, 8}, {3, 8}}},
		{8192, {{3, 4}, {3, 4}, {3, 4}, {3, 4}, {3, 4}, {3, 4}, {3, 4}}},
		/* not in the table: 4568 of 32768 are wasted, over an eighth and below a quarter */
		{4700, {{3, 6}, {3, 6}, {3, 6}, {3, 6}, {3, 6}, {3, 6}, {3, 6}}},
	};
	/* calculate_order() before and after 6.7 agree on all of them */
	static const char *const rows[] = {"v4.18", "v5.9", "v6.1", "v6.7", "v6.18"};

	(void)state;
	for (u32 r = 0; r < ARRAY_SIZE(rows); r++) {
		struct mini k;

		assert_int_equal(mini_init(&k, rows[r], 1, 2, 64, 4096), 0);
		for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
			for (u32 c = 0; c < 7; c++) {
				u32 order, objects;

				k.m.nr_cpus = k.m.nr_present = 2U << c;
				slab_order(&k.slab, t[i].size, &order, &objects);
				if (order != t[i].want[c][0] || objects != t[i].want[c][1])
					fail_msg("%s, %u B, %u CPUs: %u/%u", rows[r], t[i].size,
						 2U << c, order, objects);
			}
		}
		k.m.nr_cpus = k.m.nr_present = 2;
		mini_destroy(&k);
	}
}

/* 10768 of 32768 wasted are over a quarter: one object a slab before 6.7, half is tolerated from then on. */
static void from_6_7_half_a_slab_may_be_wasted(void **state)
{
	struct mini k;
	u32 order, objects;

	(void)state;
	assert_int_equal(mini_init(&k, "v6.1", 1, 2, 64, 4096), 0);
	slab_order(&k.slab, 11000, &order, &objects);
	assert_int_equal(order, 2);
	assert_int_equal(objects, 1);
	/* above the largest order: what one object needs */
	slab_order(&k.slab, 40000, &order, &objects);
	assert_int_equal(order, 4);
	mini_destroy(&k);
	assert_int_equal(mini_init(&k, "v6.7", 1, 2, 64, 4096), 0);
	slab_order(&k.slab, 11000, &order, &objects);
	assert_int_equal(order, 3);
	assert_int_equal(objects, 2);
	slab_order(&k.slab, 40000, &order, &objects);
	assert_int_equal(order, 4);
	mini_destroy(&k);
}

/* 3286222fc609: present CPUs count from 5.12 on, unless there is only one of them. */
static void from_5_12_present_cpus_decide_the_order(void **state)
{
	struct mini k;
	u32 order, objects;

	(void)state;
	assert_int_equal(mini_init(&k, "v5.9", 1, 2, 64, 4096), 0);
	k.m.nr_cpus = 64;
	slab_order(&k.slab, 192, &order, &objects);
	assert_int_equal(objects, 42);
	k.m.nr_cpus = 2;
	mini_destroy(&k);
	assert_int_equal(mini_init(&k, "v5.13", 1, 2, 64, 4096), 0);
	k.m.nr_cpus = 64;
	slab_order(&k.slab, 192, &order, &objects);
	assert_int_equal(objects, 21);
	k.m.nr_present = 1;
	slab_order(&k.slab, 192, &order, &objects);
	assert_int_equal(objects, 42);
	k.m.nr_cpus = k.m.nr_present = 2;
	mini_destroy(&k);
}

static void limits_of_a_cache_follow_its_size_and_era(void **state)
{
	/* sizes; free objects on a CPU list (<= 5.15); slabs of it at 2 CPUs (5.16); min_partial */
	static const struct {
		u32 size, objects, slabs, min_partial;
	} t[] = {
		{8, 30, 1 /* 240 / 512 */, 5},	 {32, 30, 2 /* 240 / 128 */, 5},
		{192, 30, 12 /* 240 / 21 */, 5}, {248, 30, 15 /* 240 / 16 */, 5},
		{256, 13, 7 /* 104 / 16 */, 5},	 {400, 13, 6 /* 104 / 20 */, 5},
		{584, 13, 8 /* 104 / 14 */, 5},	 {1016, 13, 7 /* 104 / 16 */, 5},
		{1024, 6, 3 /* 48 / 16 */, 5},	 {4088, 6, 6 /* 48 / 8 */, 5},
		{4096, 2, 2 /* 12 / 8 */, 6},	 {8192, 2, 3 /* 12 / 4 */, 6},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct cache_spec spec = {.name = "y", .object_size = t[i].size};
		struct mini k;
		u32 id;

		assert_int_equal(mini_init(&k, "v5.14", 1, 2, 64, 4096), 0);
		id = kmem_cache_create(&k.slab, &spec);
		assert_int_equal(cache_at(&k.slab, id)->cpu_partial, t[i].objects);
		assert_int_equal(cache_at(&k.slab, id)->min_partial, t[i].min_partial);
		mini_destroy(&k);
		assert_int_equal(mini_init(&k, "v5.16", 1, 2, 64, 4096), 0);
		id = kmem_cache_create(&k.slab, &spec);
		assert_int_equal(cache_at(&k.slab, id)->cpu_partial, t[i].slabs);
		assert_int_equal(cache_at(&k.slab, id)->min_partial, t[i].min_partial);
		mini_destroy(&k);
	}
}

static void a_kmalloc_takes_the_smallest_class_that_holds_it(void **state)
{
	static const u32 classes[] = {8,   16,	32,   64,   96,	  128, 192,
				      256, 512, 1024, 2048, 4096, 8192};
	struct mini k;
	u32 class = 0;

	(void)state;
	assert_int_equal(mini_init(&k, "v5.9", 1, 2, 64, 4096), 0);
	for (u32 size = 1; size <= 8192; size++) {
		if (size > classes[class])
			class ++;
		assert_int_equal(kmalloc_class_size(kmalloc_class(&k.slab, size)), classes[class]);
	}
	assert_int_equal(kmalloc_class(&k.slab, 8193), KMALLOC_CLASSES);
	assert_true(kmem_cache_find(&k.slab, "kmalloc-8k"));
	assert_true(kmem_cache_find(&k.slab, "kmalloc-96"));
	assert_false(kmem_cache_find(&k.slab, "kmalloc-16k"));
	mini_destroy(&k);
	/* two pages are the largest class: 128 KiB with pages of 64 KiB */
	assert_int_equal(mini_init(&k, "v4.18", 1, 2, 1024, 65536), 0);
	assert_int_equal(kmalloc_class_size(kmalloc_class(&k.slab, 65537)), 131072);
	assert_int_equal(kmalloc_class(&k.slab, 131073), KMALLOC_CLASSES);
	assert_true(kmem_cache_find(&k.slab, "kmalloc-131072"));
	mini_destroy(&k);
}

/* 494c1dfe855e: accounted kmallocs have caches of their own from 5.14 on. */
static void accounted_kmallocs_have_their_own_caches_from_5_14(void **state)
{
	struct mini k;

	(void)state;
	assert_int_equal(mini_init(&k, "v5.13", 1, 2, 64, 4096), 0);
	assert_false(kmem_cache_find(&k.slab, "kmalloc-cg-64"));
	mini_destroy(&k);
	assert_int_equal(mini_init(&k, "v5.14", 1, 2, 64, 4096), 0);
	assert_true(kmem_cache_find(&k.slab, "kmalloc-cg-64"));
	assert_int_not_equal(k.slab.kmalloc_cg[3], k.slab.kmalloc[3]);
	mini_destroy(&k);
}

static void a_slab_of_fragmented_memory_has_the_smallest_order(void **state)
{
	static u32 pfns[1 << 15];
	struct rig r;
	u32 n = 0, id;

	(void)state;
	rig_init(&r, "v5.9", 1024);
	assert_int_equal(cache(&r)->order, 2);
	while ((pfns[n] = alloc_pages(&r.k.m.pages, 0, 0, MIGRATE_UNMOVABLE, GFP_NOFAIL)) != 0)
		n++;
	for (u32 i = 0; i < n; i++)
		if (pfns[i] % 2)
			free_pages(&r.k.m.pages, pfns[i], 0);
	id = get(&r, 0);
	assert_int_equal(slab_at(&r.k.slab, id)->order, 0);
	assert_int_equal(slab_at(&r.k.slab, id)->objects, 4);
	put(&r, id, 0);
	rig_destroy(&r);
}

/* ---- what an allocation takes ---- */

static void remote_frees_of_the_active_slab_are_taken_first(void **state)
{
	struct rig r;
	u32 full, active;

	(void)state;
	rig_init(&r, "v5.9", 192);
	full = fill_slab(&r, 0);
	active = fill_slab(&r, 0);
	/* one on the CPU's partial list, one freed by another CPU into the active slab */
	put(&r, full, 0);
	put(&r, active, 1);
	assert_int_equal(get(&r, 0), active);
	assert_int_equal(get(&r, 0), full);
	rig_destroy(&r);
}

static void the_cpu_partial_list_is_last_in_first_out(void **state)
{
	struct rig r;
	u32 slabs[4], fresh;

	(void)state;
	rig_init(&r, "v5.9", 192);
	for (u32 i = 0; i < 4; i++)
		slabs[i] = fill_slab(&r, 0);
	put(&r, slabs[1], 0);
	put(&r, slabs[0], 0);
	put(&r, slabs[2], 0);
	/* another CPU does not get at it */
	fresh = get(&r, 1);
	for (u32 i = 0; i < 4; i++)
		assert_int_not_equal(fresh, slabs[i]);
	assert_int_equal(get(&r, 0), slabs[2]);
	assert_int_equal(get(&r, 0), slabs[0]);
	assert_int_equal(get(&r, 0), slabs[1]);
	rig_destroy(&r);
}

/* n slabs on node 0's partial list with `free` free objects each; no CPU has one. */
static void make_partial(struct rig *r, u32 *slabs, u32 n, u32 free)
{
	for (u32 i = 0; i < n; i++)
		slabs[i] = fill_slab(r, 0);
	for (u32 i = 0; i < n; i++)
		for (u32 k = 0; k < free; k++)
			put(r, slabs[i], 0);
	kmem_cache_shrink(&r->k.slab, r->cache, 0);
	assert_int_equal(node_partial(r, 0), n);
}

/* Of the slabs made, how many stand in a state. */
static u32 in_state(const struct rig *r, const u32 *slabs, u32 n, enum slab_state wanted)
{
	u32 count = 0;

	for (u32 i = 0; i < n; i++)
		count += slab_at(&r->k.slab, slabs[i])->state == wanted;
	return count;
}

static void a_refill_moves_free_objects_to_the_cpu_until_half_its_limit(void **state)
{
	struct rig r;
	u32 slabs[20];

	(void)state;
	/* limit 30: slabs of 4 free objects are taken until there are more than 15: four of them */
	rig_init(&r, "v5.14", 192);
	make_partial(&r, slabs, 20, 4);
	get(&r, 1);
	assert_int_equal(in_state(&r, slabs, 20, SLAB_CPU_ACTIVE), 1);
	assert_int_equal(in_state(&r, slabs, 20, SLAB_CPU_PARTIAL), 3);
	assert_int_equal(node_partial(&r, 0), 16);
	rig_destroy(&r);
	/* 12 slabs: beside the active one, until there are more than 6 of them */
	rig_init(&r, "v5.16", 192);
	make_partial(&r, slabs, 20, 4);
	get(&r, 1);
	assert_int_equal(in_state(&r, slabs, 20, SLAB_CPU_ACTIVE), 1);
	assert_int_equal(in_state(&r, slabs, 20, SLAB_CPU_PARTIAL), 7);
	assert_int_equal(node_partial(&r, 0), 12);
	rig_destroy(&r);
}

static void the_head_of_the_node_list_becomes_active(void **state)
{
	struct rig r;
	u32 slabs[8], active;

	(void)state;
	rig_init(&r, "v5.9", 192);
	for (u32 i = 0; i < 8; i++)
		slabs[i] = fill_slab(&r, 0);
	/* 1..8 free objects: shrinking puts the fullest first */
	for (u32 i = 0; i < 8; i++)
		for (u32 k = 0; k <= i; k++)
			put(&r, slabs[i], 0);
	kmem_cache_shrink(&r.k.slab, r.cache, 0);
	active = get(&r, 0);
	assert_int_equal(active, slabs[0]);
	/* 1 + 2 + 3 + 4 + 5 + 6 free objects are the first to be over 15 with five slabs: 15, then 21 */
	assert_int_equal(node_partial(&r, 0), 2);
	/* and the list that came along is last in first out */
	assert_int_equal(get(&r, 0), slabs[5]);
	rig_destroy(&r);
}

static void another_nodes_slab_is_taken_only_above_its_minimum(void **state)
{
	struct rig r;
	u32 slabs[6], id;

	(void)state;
	rig_init(&r, "v5.9", 192);
	/* five on node 0: CPU 2 of node 1 makes a new slab at home */
	make_partial(&r, slabs, 5, 20);
	id = get(&r, 3);
	assert_int_equal(slab_at(&r.k.slab, id)->node, 1);
	assert_int_equal(node_partial(&r, 0), 5);
	rig_destroy(&r);
	/* six: it takes one of them, more than half the limit of 30 at once */
	rig_init(&r, "v5.9", 192);
	make_partial(&r, slabs, 6, 20);
	id = cache(&r)->nodes[0].partial_head;
	assert_int_equal(get(&r, 3), id);
	assert_int_equal(slab_at(&r.k.slab, id)->node, 0);
	assert_int_equal(node_partial(&r, 0), 5);
	rig_destroy(&r);
}

static void an_explicit_node_gets_its_own_slabs_alone(void **state)
{
	struct rig r;
	u32 slabs[9], id, head;

	(void)state;
	rig_init(&r, "v5.9", 192);
	make_partial(&r, slabs, 9, 20);
	head = cache(&r)->nodes[0].partial_head;
	/* nine partial slabs next door are left alone */
	id = get_on_node(&r, 3, 1);
	for (u32 i = 0; i < 9; i++)
		assert_int_not_equal(id, slabs[i]);
	assert_int_equal(node_partial(&r, 0), 9);
	/* the active slab of the wrong node is let go */
	assert_int_equal(slab_at(&r.k.slab, id)->state, SLAB_CPU_ACTIVE);
	assert_int_equal(get_on_node(&r, 3, 0), head);
	assert_int_equal(slab_at(&r.k.slab, id)->state, SLAB_NODE_PARTIAL);
	assert_int_equal(node_partial(&r, 1), 1);
	assert_int_equal(get_on_node(&r, 3, 1), id);
	rig_destroy(&r);
}

/* ---- where a slab goes ---- */

static void a_deactivated_slab_goes_to_the_head_unless_others_freed_into_it(void **state)
{
	struct rig r;
	u32 slabs[3], mine, others, left;

	(void)state;
	rig_init(&r, "v5.9", 192);
	make_partial(&r, slabs, 3, 18);
	/* one slab each: 18 free objects are more than half of 30 */
	mine = get_on_node(&r, 0, 0);
	others = get_on_node(&r, 1, 0);
	assert_int_not_equal(mine, others);
	left = cache(&r)->nodes[0].partial_head;
	assert_int_equal(node_partial(&r, 0), 1);
	/* asking for another node's memory lets go of it */
	get_on_node(&r, 0, 1);
	assert_int_equal(cache(&r)->nodes[0].partial_head, mine);
	assert_int_equal(cache(&r)->nodes[0].partial_tail, left);
	put(&r, others, 3);
	get_on_node(&r, 1, 1);
	assert_int_equal(cache(&r)->nodes[0].partial_head, mine);
	assert_int_equal(cache(&r)->nodes[0].partial_tail, others);
	assert_int_equal(node_partial(&r, 0), 3);
	rig_destroy(&r);
}

static void a_full_cpu_list_moves_to_the_node_as_a_whole(void **state)
{
	static u32 slabs[40];
	struct rig r;

	(void)state;
	/* 30 free objects fit: the list is full with 31, counted one a slab as they came */
	rig_init(&r, "v5.14", 192);
	for (u32 i = 0; i < 40; i++)
		slabs[i] = fill_slab(&r, 0);
	for (u32 i = 0; i < 31; i++) {
		put(&r, slabs[i], 0);
		/* what is freed later into the same slab does not count */
		put(&r, slabs[i], 1);
	}
	assert_int_equal(node_partial(&r, 0), 0);
	put(&r, slabs[31], 0);
	assert_int_equal(node_partial(&r, 0), 31);
	assert_int_equal(in_state(&r, slabs, 40, SLAB_CPU_PARTIAL), 1);
	/* from its head on, so the last to come is the first of the node */
	assert_int_equal(cache(&r)->nodes[0].partial_head, slabs[30]);
	assert_int_equal(cache(&r)->nodes[0].partial_tail, slabs[0]);
	rig_destroy(&r);
	/* 12 slabs from 5.16 on, however many free objects they have */
	rig_init(&r, "v5.16", 192);
	for (u32 i = 0; i < 40; i++)
		slabs[i] = fill_slab(&r, 0);
	for (u32 i = 0; i < 12; i++)
		put(&r, slabs[i], 0);
	assert_int_equal(node_partial(&r, 0), 0);
	put(&r, slabs[12], 0);
	assert_int_equal(node_partial(&r, 0), 12);
	assert_int_equal(in_state(&r, slabs, 40, SLAB_CPU_PARTIAL), 1);
	rig_destroy(&r);
}

static void a_large_slab_counts_with_what_is_free_when_it_comes(void **state)
{
	u32 slabs[8];
	struct rig r;

	(void)state;
	/* 2 objects of 4096 B fit: three slabs with one each are over it */
	rig_init(&r, "v5.14", 4096);
	for (u32 i = 0; i < 8; i++)
		slabs[i] = fill_slab(&r, 0);
	for (u32 i = 0; i < 3; i++)
		put(&r, slabs[i], 0);
	assert_int_equal(node_partial(&r, 0), 0);
	put(&r, slabs[3], 0);
	assert_int_equal(node_partial(&r, 0), 3);
	rig_destroy(&r);
}

static void a_deactivated_cache_keeps_no_slab_on_a_cpu(void **state)
{
	struct rig r;
	u32 id;

	(void)state;
	rig_init(&r, "v4.18", 192);
	id = fill_slab(&r, 0);
	fill_slab(&r, 0);
	kmem_cache_deactivate(&r.k.slab, r.cache);
	put(&r, id, 0);
	assert_int_equal(slab_at(&r.k.slab, id)->state, SLAB_NODE_PARTIAL);
	rig_destroy(&r);
}

/* KERNEL_FACTS 4.2: an empty slab goes only while the node has min_partial slabs, itself among them. */
static void empty_slabs_are_kept_below_the_minimum(void **state)
{
	u32 slabs[9];
	struct rig r;

	(void)state;
	rig_init(&r, "v5.9", 192);
	make_partial(&r, slabs, 9, OBJECTS - 1);
	for (u32 i = 0; i < 9; i++) {
		/* 9, 8, 7, 6, 5 on the list: freed; then 4 are left, which stay */
		put(&r, slabs[i], 0);
		assert_int_equal(node_partial(&r, 0), i < 5 ? 8 - i : 4);
	}
	assert_int_equal(cache(&r)->nodes[0].nr_slabs, 4);
	/* a shrink frees them all */
	kmem_cache_shrink(&r.k.slab, r.cache, 0);
	assert_int_equal(cache(&r)->nodes[0].nr_slabs, 0);
	rig_destroy(&r);
}

static void an_empty_active_slab_stays_until_it_is_let_go(void **state)
{
	u32 slabs[5], id;
	struct rig r;

	(void)state;
	rig_init(&r, "v5.9", 192);
	make_partial(&r, slabs, 5, 3);
	/* CPU 3 has an empty active slab on node 1 */
	id = get_on_node(&r, 3, 1);
	put(&r, id, 3);
	assert_int_equal(slab_at(&r.k.slab, id)->state, SLAB_CPU_ACTIVE);
	/* node 1 has none: kept on its list */
	get_on_node(&r, 3, 0);
	assert_int_equal(slab_at(&r.k.slab, id)->state, SLAB_NODE_PARTIAL);
	/* node 0 has five: freed */
	id = 0;
	for (u32 i = 0; !id && i < 10000; i++) {
		u32 got = get_on_node(&r, 1, 0);

		id = slab_at(&r.k.slab, got)->inuse == 1 ? got : 0;
	}
	assert_true(id);
	put(&r, id, 1);
	kmem_cache_shrink(&r.k.slab, r.cache, 0);
	assert_int_equal(slab_at(&r.k.slab, id)->state, SLAB_FREE);
	rig_destroy(&r);
}

static void the_drain_of_a_cpu_list_frees_empty_slabs_above_the_minimum(void **state)
{
	static u32 slabs[40];
	struct rig r;

	(void)state;
	rig_init(&r, "v5.16", 192);
	for (u32 i = 0; i < 14; i++)
		slabs[i] = fill_slab(&r, 0);
	/* twelve empty slabs on the CPU's list: nothing is given back */
	for (u32 i = 0; i < 12; i++)
		for (u32 k = 0; k < OBJECTS; k++)
			put(&r, slabs[i], 0);
	assert_int_equal(cache(&r)->nr_slabs, 14);
	/* the next one drains it: five stay on the node, seven go */
	put(&r, slabs[12], 0);
	assert_int_equal(cache(&r)->nr_slabs, 7);
	assert_int_equal(node_partial(&r, 0), 5);
	rig_destroy(&r);
}

static void shrinking_sorts_by_free_objects_fewest_first(void **state)
{
	/* of 64 objects of 64 B */
	static const u32 free[] = {7, 1, 32, 33, 60, 5, 64, 7, 40, 64};
	static const u32 wanted[] = {1, 5, 7, 7, 32};
	u32 slabs[ARRAY_SIZE(free)], seen = 0;
	struct rig r;

	(void)state;
	rig_init(&r, "v5.9", 64);
	for (u32 i = 0; i < ARRAY_SIZE(free); i++)
		slabs[i] = fill_slab(&r, 0);
	for (u32 i = 0; i < ARRAY_SIZE(free); i++)
		for (u32 k = 0; k < free[i]; k++)
			put(&r, slabs[i], 0);
	kmem_cache_shrink(&r.k.slab, r.cache, 1);
	/* the two empty ones are gone */
	assert_int_equal(node_partial(&r, 0), 8);
	for (u32 id = cache(&r)->nodes[0].partial_head; id;
	     id = slab_at(&r.k.slab, id)->next, seen++) {
		u32 n = 64U - slab_at(&r.k.slab, id)->inuse;

		if (seen < ARRAY_SIZE(wanted))
			assert_int_equal(n, wanted[seen]);
		else
			assert_true(n > 32);
	}
	assert_int_equal(seen, 8);
	rig_destroy(&r);
}

static void shrinking_flushes_every_cpu(void **state)
{
	struct rig r;
	u32 ids[4];

	(void)state;
	rig_init(&r, "v5.9", 192);
	for (u32 cpu = 0; cpu < 4; cpu++) {
		u32 full = fill_slab(&r, cpu);

		ids[cpu] = get(&r, cpu);
		put(&r, full, cpu);
	}
	assert_int_equal(node_partial(&r, 0) + node_partial(&r, 1), 0);
	kmem_cache_shrink(&r.k.slab, r.cache, 0);
	assert_int_equal(node_partial(&r, 0), 4);
	assert_int_equal(node_partial(&r, 1), 4);
	for (u32 cpu = 0; cpu < 4; cpu++)
		assert_int_equal(slab_at(&r.k.slab, ids[cpu])->state, SLAB_NODE_PARTIAL);
	rig_destroy(&r);
}

/* slabinfo counts what is free on a CPU's slabs as active (DESIGN 7). */
static void slabinfo_counts_free_objects_on_cpu_slabs_as_active(void **state)
{
	struct slabinfo info;
	struct rig r;
	u32 full;

	(void)state;
	rig_init(&r, "v5.9", 192);
	full = fill_slab(&r, 0);
	get(&r, 0);
	for (u32 i = 0; i < 10; i++)
		put(&r, full, 0);
	slabinfo_of(&r.k.slab, r.cache, &info);
	assert_int_equal(info.num_objs, 2 * OBJECTS);
	assert_int_equal(info.active_objs, 2 * OBJECTS);
	assert_int_equal(info.live_objs, OBJECTS + 1 - 10);
	assert_int_equal(info.num_slabs, 2);
	/* on the node's list they are free */
	kmem_cache_shrink(&r.k.slab, r.cache, 0);
	slabinfo_of(&r.k.slab, r.cache, &info);
	assert_int_equal(info.num_objs, 2 * OBJECTS);
	assert_int_equal(info.active_objs, OBJECTS + 1 - 10);
	rig_destroy(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_of_the_order_table_is_met),
		cmocka_unit_test(from_6_7_half_a_slab_may_be_wasted),
		cmocka_unit_test(from_5_12_present_cpus_decide_the_order),
		cmocka_unit_test(limits_of_a_cache_follow_its_size_and_era),
		cmocka_unit_test(a_kmalloc_takes_the_smallest_class_that_holds_it),
		cmocka_unit_test(accounted_kmallocs_have_their_own_caches_from_5_14),
		cmocka_unit_test(a_slab_of_fragmented_memory_has_the_smallest_order),
		cmocka_unit_test(remote_frees_of_the_active_slab_are_taken_first),
		cmocka_unit_test(the_cpu_partial_list_is_last_in_first_out),
		cmocka_unit_test(a_refill_moves_free_objects_to_the_cpu_until_half_its_limit),
		cmocka_unit_test(the_head_of_the_node_list_becomes_active),
		cmocka_unit_test(another_nodes_slab_is_taken_only_above_its_minimum),
		cmocka_unit_test(an_explicit_node_gets_its_own_slabs_alone),
		cmocka_unit_test(a_deactivated_slab_goes_to_the_head_unless_others_freed_into_it),
		cmocka_unit_test(a_full_cpu_list_moves_to_the_node_as_a_whole),
		cmocka_unit_test(a_large_slab_counts_with_what_is_free_when_it_comes),
		cmocka_unit_test(a_deactivated_cache_keeps_no_slab_on_a_cpu),
		cmocka_unit_test(empty_slabs_are_kept_below_the_minimum),
		cmocka_unit_test(an_empty_active_slab_stays_until_it_is_let_go),
		cmocka_unit_test(the_drain_of_a_cpu_list_frees_empty_slabs_above_the_minimum),
		cmocka_unit_test(shrinking_sorts_by_free_objects_fewest_first),
		cmocka_unit_test(shrinking_flushes_every_cpu),
		cmocka_unit_test(slabinfo_counts_free_objects_on_cpu_slabs_as_active),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
