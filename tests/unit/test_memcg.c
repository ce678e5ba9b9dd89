// SPDX-License-Identifier: GPL-3.0-or-later
/* Memory cgroups by era: what pins them, who is charged for an object and how, ids, sizes (KERNEL_FACTS 5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel_rig.h"
#include "kernels/memory_stat.h"
#include "memcg/kernel_stack.h"
#include "memcg/stock.h"

#define PAGE 4096

/* An object of a cache and whom it is charged to. */
struct thing {
	u32 slab, owner;
};

static struct task task(u32 memcg, u16 cpu)
{
	return (struct task){.memcg = memcg, .cpu = cpu};
}

static u32 make_cache(struct rig *r, const char *name, u32 size)
{
	struct cache_spec spec = {.name = name, .object_size = size, .flags = CACHE_ACCOUNT};
	u32 id = kmem_cache_create(&r->k.slab, &spec);

	assert_true(id);
	return id;
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

static struct thing get(struct rig *r, u32 cache, u32 memcg, u16 cpu)
{
	struct task t = task(memcg, cpu);
	struct thing x = {0};

	x.slab = memcg_slab_alloc(&r->k.memcg, cache, &t, -1, &x.owner);
	assert_true(x.slab);
	return x;
}

static void put(struct rig *r, struct thing x, u16 cpu)
{
	memcg_slab_free(&r->k.memcg, x.slab, x.owner, cpu);
}

static struct memcg *cg(struct rig *r, u32 id)
{
	return memcg_at(&r->k.memcg, id);
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

/* A charged object of a memcg: where the cache of its own must be made first, that has happened. */
static struct thing get_charged(struct rig *r, u32 cache, u32 memcg, u16 cpu)
{
	struct thing x = get(r, cache, memcg, cpu);

	if (x.owner)
		return x;
	put(r, x, cpu);
	rig_settle(r);
	x = get(r, cache, memcg, cpu);
	assert_true(x.owner);
	return x;
}

/* ---- what pins a dying memcg (KERNEL_FACTS 5.4) ---- */

static void live_slab_objects_pin_a_memcg_until_5_2(void **state)
{
	static const struct {
		const char *row;
		bool pins;
	} eras[] = {{"v4.18", true},  {"v4.19", true},	{"v4.19.3", true}, {"v4.20", true},
		    {"v5.0", true},   {"v5.2", true},	{"v5.3", false},   {"v5.8", false},
		    {"v5.9", false},  {"v5.13", false}, {"v5.14", false},  {"v5.16", false},
		    {"v5.18", false}, {"v6.1", false},	{"v6.7", false},   {"v6.18", false}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(eras); i++) {
		u32 cache, a, b;
		struct thing x, y;
		struct rig r;

		start(&r, eras[i].row);
		cache = make_cache(&r, "x", 192);
		a = make_cgroup(&r, ROOT_MEMCG);
		b = make_cgroup(&r, ROOT_MEMCG);
		x = get_charged(&r, cache, a, 0);
		/* another memcg takes the CPU's stock, which would pin it too up to 4.19 */
		y = get_charged(&r, cache, b, 0);
		remove_cgroup(&r, a);
		assert_int_equal(r.k.memcg.dying.level, 1);
		rig_settle(&r);
		if ((r.k.memcg.dying.level == 1) != eras[i].pins)
			fail_msg("%s: %d dying", eras[i].row, (int)r.k.memcg.dying.level);
		put(&r, x, 0);
		rig_settle(&r);
		assert_int_equal(r.k.memcg.dying.level, 0);
		assert_int_equal(r.k.memcg.online.level, 1);
		put(&r, y, 0);
		stop(&r);
	}
}

/* Without anything charged the memcg goes after its grace periods; what is not charged pins nothing. */
static void a_memcg_with_nothing_charged_goes_at_once(void **state)
{
	(void)state;
	for (u32 i = 0; kernel_row_at(i); i++) {
		u32 cache, a;
		struct thing x;
		struct rig r;

		start(&r, kernel_row_at(i)->name);
		cache = make_cache(&r, "x", 192);
		a = make_cgroup(&r, ROOT_MEMCG);
		x = get(&r, cache, ROOT_MEMCG, 0);
		assert_int_equal(x.owner, 0);
		remove_cgroup(&r, a);
		rig_settle(&r);
		assert_int_equal(r.k.memcg.dying.level, 0);
		put(&r, x, 0);
		stop(&r);
	}
}

static void a_cpu_stock_pins_a_dying_memcg_up_to_4_19(void **state)
{
	static const char *const rows[] = {"v4.18", "v4.19.3", "v4.20", "v5.3", "v5.9", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 cache, a, b;
		struct thing x, y;
		struct rig r;

		start(&r, rows[i]);
		cache = make_cache(&r, "x", 192);
		a = make_cgroup(&r, ROOT_MEMCG);
		b = make_cgroup(&r, ROOT_MEMCG);
		x = get_charged(&r, cache, a, 0);
		remove_cgroup(&r, a);
		put(&r, x, 0);
		rig_settle(&r);
		assert_int_equal(r.k.memcg.dying.level, i < 2);
		/* a charge of another one on that CPU takes it over */
		y = get_charged(&r, cache, b, 0);
		rig_settle(&r);
		assert_int_equal(r.k.memcg.dying.level, 0);
		put(&r, y, 0);
		stop(&r);
	}
}

static void a_dying_child_keeps_its_parent(void **state)
{
	u32 cache, parent, child;
	struct thing x;
	struct rig r;

	(void)state;
	start(&r, "v5.0");
	cache = make_cache(&r, "x", 192);
	parent = make_cgroup(&r, ROOT_MEMCG);
	child = make_cgroup(&r, parent);
	x = get_charged(&r, cache, child, 0);
	remove_cgroup(&r, child);
	rig_settle(&r);
	remove_cgroup(&r, parent);
	rig_settle(&r);
	assert_int_equal(r.k.memcg.dying.level, 2);
	put(&r, x, 0);
	rig_settle(&r);
	assert_int_equal(r.k.memcg.dying.level, 0);
	stop(&r);
}

/* 5.3: the dead memcg's caches are its parent's and go with their last page. */
static void reparented_caches_outlive_their_memcg_until_they_are_empty(void **state)
{
	u32 cache, parent, child;
	struct thing x;
	struct rig r;

	(void)state;
	start(&r, "v5.3");
	cache = make_cache(&r, "x", 192);
	parent = make_cgroup(&r, ROOT_MEMCG);
	child = make_cgroup(&r, parent);
	x = get_charged(&r, cache, child, 0);
	assert_int_equal(r.k.memcg.kmem_caches.level, 1);
	assert_int_equal(cg(&r, child)->slab_pages, 1);
	assert_int_equal(cg(&r, parent)->slab_pages, 0);
	remove_cgroup(&r, child);
	rig_settle(&r);
	assert_int_equal(r.k.memcg.dying.level, 0);
	assert_int_equal(r.k.memcg.kmem_caches.level, 1);
	assert_int_equal(cg(&r, parent)->slab_pages, 1);
	put(&r, x, 0);
	rig_settle(&r);
	assert_int_equal(r.k.memcg.kmem_caches.level, 0);
	assert_int_equal(cg(&r, parent)->slab_pages, 0);
	stop(&r);
}

/* Up to 5.2 they stay as long as the memcg, empty or not; one live object keeps all of them. */
static void pinned_caches_stay_with_their_memcg(void **state)
{
	u32 caches[3], a;
	struct thing x[3];
	struct rig r;

	(void)state;
	start(&r, "v5.0");
	a = make_cgroup(&r, ROOT_MEMCG);
	for (u32 i = 0; i < 3; i++) {
		caches[i] = make_cache(&r, "x", 64 + 64 * i);
		x[i] = get_charged(&r, caches[i], a, 0);
	}
	assert_int_equal(r.k.memcg.kmem_caches.level, 3);
	remove_cgroup(&r, a);
	rig_settle(&r);
	put(&r, x[0], 0);
	put(&r, x[1], 0);
	rig_settle(&r);
	assert_int_equal(r.k.memcg.kmem_caches.level, 3);
	assert_int_equal(cg(&r, a)->slab_pages, 1);
	put(&r, x[2], 0);
	rig_settle(&r);
	assert_int_equal(r.k.memcg.kmem_caches.level, 0);
	assert_int_equal(r.k.memcg.dying.level, 0);
	stop(&r);
}

/* ---- per-page accounting (KERNEL_FACTS 5.2) ---- */

static void the_first_objects_come_uncharged_from_the_root_cache(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.8"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 cache, a, twin;
		struct thing x[4];
		struct rig r;

		start(&r, rows[i]);
		cache = make_cache(&r, "x", 192);
		a = make_cgroup(&r, ROOT_MEMCG);
		for (u32 k = 0; k < 3; k++) {
			x[k] = get(&r, cache, a, 0);
			assert_int_equal(x[k].owner, 0);
			assert_int_equal(slab_at(&r.k.slab, x[k].slab)->cache, cache);
		}
		assert_int_equal(cg(&r, a)->usage, 0);
		assert_int_equal(r.k.memcg.kmem_caches.level, 0);
		/* the worker's latency is an input: not before it, at it */
		rig_run_until(&r, r.e.now + r.k.memcg.create_latency - 1);
		assert_int_equal(r.k.memcg.kmem_caches.level, 0);
		rig_run_until(&r, r.e.now + 1);
		assert_int_equal(r.k.memcg.kmem_caches.level, 1);
		x[3] = get(&r, cache, a, 0);
		twin = slab_at(&r.k.slab, x[3].slab)->cache;
		assert_int_not_equal(twin, cache);
		assert_int_equal(cache_at(&r.k.slab, twin)->root, cache);
		assert_int_equal(owner_memcg(&r.k.memcg, x[3].owner), a);
		assert_true(cg(&r, a)->usage > 0);
		for (u32 k = 0; k < 4; k++)
			put(&r, x[k], 0);
		stop(&r);
	}
}

static void every_memcg_and_cache_has_a_cache_of_its_own(void **state)
{
	u32 one, two, a, b;
	struct rig r;

	(void)state;
	start(&r, "v4.18");
	one = make_cache(&r, "one", 192);
	two = make_cache(&r, "two", 192);
	a = make_cgroup(&r, ROOT_MEMCG);
	b = make_cgroup(&r, ROOT_MEMCG);
	get_charged(&r, one, a, 0);
	get_charged(&r, one, b, 0);
	get_charged(&r, two, a, 0);
	assert_int_equal(r.k.memcg.kmem_caches.level, 3);
	/* and so slabs of its own: two live objects of cache one in two slabs */
	assert_int_equal(cg(&r, a)->slab_pages, 2);
	assert_int_equal(cg(&r, b)->slab_pages, 1);
	stop(&r);
}

static void a_slab_is_charged_as_a_whole(void **state)
{
	struct thing x[30];
	u32 cache, a;
	struct rig r;

	(void)state;
	start(&r, "v4.18");
	/* order 3: 29 objects of 1096 bytes in 8 pages */
	cache = make_cache(&r, "x", 1096);
	a = make_cgroup(&r, ROOT_MEMCG);
	x[0] = get_charged(&r, cache, a, 0);
	for (u32 i = 1; i < 30; i++) {
		assert_int_equal(cg(&r, a)->slab_pages, 8);
		x[i] = get(&r, cache, a, 0);
	}
	assert_int_equal(cg(&r, a)->slab_pages, 16);
	for (u32 i = 0; i < 30; i++)
		put(&r, x[i], 0);
	stop(&r);
}

static void a_worker_that_comes_too_late_makes_nothing(void **state)
{
	u32 cache, a;
	struct thing x;
	struct rig r;

	(void)state;
	start(&r, "v5.0");
	r.k.memcg.create_latency = 10 * NSEC_PER_SEC;
	cache = make_cache(&r, "x", 192);
	a = make_cgroup(&r, ROOT_MEMCG);
	x = get(&r, cache, a, 0);
	remove_cgroup(&r, a);
	rig_run_until(&r, 5 * NSEC_PER_SEC);
	/* its work item holds the css */
	assert_int_equal(r.k.memcg.dying.level, 1);
	rig_settle(&r);
	assert_int_equal(r.k.memcg.dying.level, 0);
	assert_int_equal(r.k.memcg.kmem_caches.peak, 0);
	put(&r, x, 0);
	stop(&r);
}

/* ---- per-object accounting (KERNEL_FACTS 5.3) ---- */

static void an_object_is_charged_with_its_size_and_eight_bytes(void **state)
{
	static const u32 sizes[] = {8, 192, 1096, 4088, 4096, 8192};
	static const char *const rows[] = {"v5.9", "v5.16", "v6.18"};

	(void)state;
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
			u32 cache, a;
			struct rig r;

			start(&r, rows[row]);
			cache = make_cache(&r, "x", sizes[i]);
			a = make_cgroup(&r, ROOT_MEMCG);
			/* one CPU's byte stock carries the rest of a page over to the next object */
			for (u64 n = 1; n <= 600; n++) {
				u64 whole = (n * (sizes[i] + 8) + PAGE - 1) / PAGE;

				get(&r, cache, a, 0);
				/* rests of larger objects' charges gather until one of them fits */
				if (sizes[i] + 8 > PAGE)
					assert_in_range(cg(&r, a)->slab_pages, whole,
							whole + (sizes[i] + 8) / PAGE);
				else
					assert_int_equal(cg(&r, a)->slab_pages, whole);
			}
			stop(&r);
		}
	}
}

static void the_byte_stock_of_a_cpu_is_its_own(void **state)
{
	u32 cache, a, b;
	struct rig r;

	(void)state;
	start(&r, "v5.9");
	cache = make_cache(&r, "x", 192);
	a = make_cgroup(&r, ROOT_MEMCG);
	b = make_cgroup(&r, ROOT_MEMCG);
	for (u16 cpu = 0; cpu < 4; cpu++) {
		get(&r, cache, a, cpu);
		assert_int_equal(cg(&r, a)->slab_pages, cpu + 1);
	}
	/* two memcgs in turn on a CPU: what is left of each one's page is kept for it */
	for (u32 i = 0; i < 19; i++) {
		get(&r, cache, b, 0);
		get(&r, cache, a, 0);
		assert_int_equal(cg(&r, b)->slab_pages, 1);
		assert_int_equal(cg(&r, a)->slab_pages, 4);
	}
	/* 20 objects of 200 bytes fit a page */
	get(&r, cache, a, 0);
	assert_int_equal(cg(&r, a)->slab_pages, 5);
	get(&r, cache, b, 0);
	assert_int_equal(cg(&r, b)->slab_pages, 1);
	get(&r, cache, b, 0);
	assert_int_equal(cg(&r, b)->slab_pages, 2);
	stop(&r);
}

static u64 rnd_state = 88172645463325252ULL;

static u64 rnd(u64 below)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return rnd_state % below;
}

/* What the stocks and the leftovers of a memcg hold, in bytes. */
static u64 stocked_bytes(struct rig *r, u32 memcg)
{
	u64 bytes = 0;

	for (u32 cpu = 0; cpu < r->k.m.nr_cpus; cpu++)
		if (r->k.memcg.cpus[cpu].obj_owner == cg(r, memcg)->owner)
			bytes += r->k.memcg.cpus[cpu].obj_bytes;
	return bytes + owner_at(&r->k.memcg, cg(r, memcg)->owner)->nr_charged_bytes;
}

static void charged_pages_are_the_live_bytes_and_the_stocks(void **state)
{
	static const char *const rows[] = {"v5.9", "v5.16", "v6.18"};
	enum { MAX = 400 };

	(void)state;
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		struct {
			struct thing x;
			u32 memcg, bytes;
		} live[MAX];
		u32 caches[3], groups[3], n = 0;
		u64 bytes[3] = {0};
		struct rig r;

		start(&r, rows[row]);
		for (u32 i = 0; i < 3; i++) {
			caches[i] = make_cache(&r, "x", (u32[]){64, 600, 4096}[i]);
			groups[i] = make_cgroup(&r, ROOT_MEMCG);
		}
		for (u32 step = 0; step < 20000; step++) {
			bool grow = (step / 2000) % 2 == 0;

			if (rnd(10) < (grow ? 7 : 3) && n < MAX) {
				u32 g = (u32)rnd(3), c = (u32)rnd(3);

				live[n].x = get(&r, caches[c], groups[g], (u16)rnd(4));
				live[n].memcg = g;
				live[n].bytes = cache_at(&r.k.slab, caches[c])->size + 8;
				bytes[g] += live[n++].bytes;
			} else if (n) {
				u32 i = (u32)rnd(n);

				put(&r, live[i].x, (u16)rnd(4));
				bytes[live[i].memcg] -= live[i].bytes;
				live[i] = live[--n];
			}
			for (u32 g = 0; g < 3; g++) {
				u64 stocked = stocked_bytes(&r, groups[g]);
				u64 pages = (u64)cg(&r, groups[g])->slab_pages;

				assert_int_equal(pages * PAGE, bytes[g] + stocked);
				/* a page a CPU, and the rest that was saved */
				assert_true(stocked <= 4 * PAGE + 4 * PAGE);
			}
		}
		while (n--)
			put(&r, live[n].x, 0);
		stop(&r);
	}
}

/* Over a page: up to 5.14 the stock is emptied, from 5.15 on what is below a page stays in it. */
static void a_full_byte_stock_is_drained_or_keeps_the_rest(void **state)
{
	static const char *const rows[] = {"v5.9", "v5.16"};

	(void)state;
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		struct thing x[21];
		u32 cache, a, owner;
		struct rig r;

		start(&r, rows[row]);
		cache = make_cache(&r, "x", 192);
		a = make_cgroup(&r, ROOT_MEMCG);
		/* 21 * 200 = 4200 bytes: two pages, 3992 in the stock */
		for (u32 i = 0; i < 21; i++)
			x[i] = get(&r, cache, a, 0);
		owner = x[0].owner;
		assert_int_equal(r.k.memcg.cpus[0].obj_bytes, 3992);
		put(&r, x[0], 0);
		/* 4192: one page goes back, 96 bytes are left */
		assert_int_equal(cg(&r, a)->slab_pages, 1);
		assert_int_equal(r.k.memcg.cpus[0].obj_bytes, row ? 96 : 0);
		assert_int_equal(owner_at(&r.k.memcg, owner)->nr_charged_bytes, row ? 0 : 96);
		for (u32 i = 1; i < 21; i++)
			put(&r, x[i], 0);
		stop(&r);
	}
}

/* Pages that a memcg's own structures cost its parent. */
static s64 own_pages(struct rig *r)
{
	u64 bytes = 0, one;
	bool slab;

	for (u32 i = 0; (one = memcg_css_charge(&r->k.memcg, i, &slab)); i++)
		bytes += one;
	return (s64)div_round_up(bytes, r->k.m.page_size);
}

static void the_charge_of_live_objects_moves_to_the_parent(void **state)
{
	u32 cache, parent, child;
	struct thing x[100];
	struct rig r;

	(void)state;
	start(&r, "v5.9");
	cache = make_cache(&r, "x", 4088);
	parent = make_cgroup(&r, ROOT_MEMCG);
	child = make_cgroup(&r, parent);
	for (u32 i = 0; i < 100; i++)
		x[i] = get(&r, cache, child, 0);
	assert_int_equal(cg(&r, child)->slab_pages, 100);
	assert_int_equal(cg(&r, parent)->slab_pages, own_pages(&r));
	assert_true(cg(&r, parent)->usage >= 100);
	remove_cgroup(&r, child);
	rig_settle(&r);
	/* gone, and its objects are the parent's; of its own structures less than a page is still in a stock */
	assert_int_equal(r.k.memcg.dying.level, 0);
	assert_in_range(cg(&r, parent)->slab_pages, 100, 101);
	assert_int_equal(owner_memcg(&r.k.memcg, x[0].owner), parent);
	remove_cgroup(&r, parent);
	rig_settle(&r);
	assert_int_equal(owner_memcg(&r.k.memcg, x[0].owner), ROOT_MEMCG);
	assert_in_range(cg(&r, ROOT_MEMCG)->slab_pages, 100, 101);
	for (u32 i = 0; i < 100; i++)
		put(&r, x[i], 0);
	assert_true(cg(&r, ROOT_MEMCG)->slab_pages <= 1);
	stop(&r);
}

static void a_task_of_a_dead_memcg_is_charged_to_its_ancestor(void **state)
{
	u32 cache, parent, child;
	struct thing x;
	struct rig r;

	(void)state;
	start(&r, "v5.9");
	cache = make_cache(&r, "x", 192);
	parent = make_cgroup(&r, ROOT_MEMCG);
	child = make_cgroup(&r, parent);
	remove_cgroup(&r, child);
	x = get(&r, cache, child, 0);
	assert_int_equal(owner_memcg(&r.k.memcg, x.owner), parent);
	put(&r, x, 0);
	stop(&r);
	/* the root is not charged */
	start(&r, "v5.9");
	cache = make_cache(&r, "x", 192);
	child = make_cgroup(&r, ROOT_MEMCG);
	remove_cgroup(&r, child);
	x = get(&r, cache, child, 0);
	assert_int_equal(x.owner, 0);
	put(&r, x, 0);
	stop(&r);
}

/* 8 bytes an object: 21 of them are a kmalloc-192, 42 a kmalloc-512; with the slab it goes. */
static void a_slab_with_an_accounted_object_has_a_vector(void **state)
{
	struct thing x, y;
	u32 cache, a;
	struct rig r;

	(void)state;
	start(&r, "v5.9");
	cache = make_cache(&r, "x", 192);
	a = make_cgroup(&r, ROOT_MEMCG);
	/* in 5.9 the first accounted object brings it */
	y = get(&r, cache, ROOT_MEMCG, 0);
	assert_int_equal(r.k.memcg.vector_bytes.level, 0);
	x = get(&r, cache, a, 0);
	assert_int_equal(x.slab, y.slab);
	assert_int_equal(r.k.memcg.vector_bytes.level, 192);
	put(&r, x, 0);
	put(&r, y, 0);
	assert_int_equal(r.k.memcg.vector_bytes.level, 192);
	kmem_cache_shrink(&r.k.slab, cache, 0);
	assert_int_equal(r.k.memcg.vector_bytes.level, 0);
	stop(&r);
	/* from 5.12 on it comes with the slab */
	start(&r, "v5.13");
	cache = make_cache(&r, "x", 192);
	y = get(&r, cache, ROOT_MEMCG, 0);
	assert_int_equal(r.k.memcg.vector_bytes.level, 192);
	put(&r, y, 0);
	stop(&r);
	/* 42 objects: 336 bytes, of 16 CPUs */
	rig_spec(&r, "v5.13", 2, 8, 512, NULL);
	assert_int_equal(rig_start(&r), 0);
	cache = make_cache(&r, "x", 192);
	y = get(&r, cache, ROOT_MEMCG, 0);
	assert_int_equal(r.k.memcg.vector_bytes.level, 512);
	put(&r, y, 0);
	stop(&r);
}

static void nokmem_charges_nothing(void **state)
{
	static const char *const none[] = {"accounting=none", NULL};
	struct thing x;
	u32 cache, a;
	struct rig r;

	(void)state;
	assert_int_equal(rig_init(&r, "v5.9", none), 0);
	cache = make_cache(&r, "x", 192);
	a = make_cgroup(&r, ROOT_MEMCG);
	x = get(&r, cache, a, 0);
	assert_int_equal(x.owner, 0);
	assert_int_equal(cg(&r, a)->usage, 0);
	assert_int_equal(r.k.memcg.vector_bytes.level, 0);
	remove_cgroup(&r, a);
	rig_settle(&r);
	assert_int_equal(r.k.memcg.dying.level, 0);
	put(&r, x, 0);
	stop(&r);
}

/* ---- page charges (KERNEL_FACTS 2.6) ---- */

static void charges_come_in_batches_through_a_cpu_stock(void **state)
{
	static const struct {
		const char *row;
		s64 batch;
	} eras[] = {{"v4.18", 32}, {"v5.9", 32}, {"v6.1", 32}, {"v6.8", 64}, {"v6.18", 64}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(eras); i++) {
		u32 parent, a;
		s64 own;
		struct rig r;

		start(&r, eras[i].row);
		parent = make_cgroup(&r, ROOT_MEMCG);
		a = make_cgroup(&r, parent);
		/* what a itself costs its parent (from 5.9 on) */
		memcg_drain_tree(&r.k.memcg, ROOT_MEMCG);
		own = cg(&r, parent)->usage;
		assert_int_equal(own, own_pages(&r));
		for (s64 n = 0; n < eras[i].batch; n++) {
			assert_true(memcg_charge(&r.k.memcg, a, 1, 0, 0));
			assert_int_equal(cg(&r, a)->usage, eras[i].batch);
		}
		assert_true(memcg_charge(&r.k.memcg, a, 1, 0, 0));
		assert_int_equal(cg(&r, a)->usage, 2 * eras[i].batch);
		/* ancestors are charged too, the stock is the CPU's own */
		assert_int_equal(cg(&r, parent)->usage, own + 2 * eras[i].batch);
		assert_true(memcg_charge(&r.k.memcg, a, 1, 1, 0));
		assert_int_equal(cg(&r, a)->usage, 3 * eras[i].batch);
		/* more than a batch at once is charged as it is */
		assert_true(memcg_charge(&r.k.memcg, a, 100, 2, 0));
		assert_int_equal(cg(&r, a)->usage, 3 * eras[i].batch + 100);
		memcg_drain_stock(&r.k.memcg, a);
		assert_int_equal(cg(&r, a)->usage, eras[i].batch + 1 + 1 + 100);
		memcg_uncharge(&r.k.memcg, a, (u32)eras[i].batch + 102);
		assert_int_equal(cg(&r, parent)->usage, own);
		stop(&r);
	}
}

static void a_cpu_stock_holds_one_memcg_or_seven(void **state)
{
	u32 a[9];
	struct rig r;

	(void)state;
	start(&r, "v6.1");
	a[0] = make_cgroup(&r, ROOT_MEMCG);
	a[1] = make_cgroup(&r, ROOT_MEMCG);
	assert_true(memcg_charge(&r.k.memcg, a[0], 1, 0, 0));
	assert_true(memcg_charge(&r.k.memcg, a[1], 1, 0, 0));
	assert_int_equal(cg(&r, a[0])->usage, 1);
	assert_int_equal(cg(&r, a[1])->usage, 32);
	stop(&r);
	start(&r, "v6.18");
	for (u32 i = 0; i < 8; i++) {
		s64 full = 0;

		a[i] = make_cgroup(&r, ROOT_MEMCG);
		assert_true(memcg_charge(&r.k.memcg, a[i], 1, 0, 0));
		for (u32 k = 0; k <= i; k++)
			full += cg(&r, a[k])->usage == 64;
		assert_int_equal(full, i < 7 ? i + 1 : 7);
	}
	stop(&r);
}

static u32 reclaims;

static u64 reclaims_nothing(void *kernel, u32 memcg, u64 nr, u16 gfp, u16 cpu)
{
	(void)kernel;
	(void)memcg;
	(void)nr;
	(void)gfp;
	(void)cpu;
	reclaims++;
	return 0;
}

/* 8c8c383c04f6 (v5.5): who writes memory.high gives up when nothing comes for so many rounds; before it tried once. */
static void memory_high_is_reclaimed_as_the_row_says(void **state)
{
	static const struct {
		const char *row;
		u32 rounds;
	} eras[] = {{"v4.18", 1}, {"v5.3", 1}, {"v5.9", 17}, {"v6.18", 17}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(eras); i++) {
		struct rig r;
		u32 a;

		start(&r, eras[i].row);
		a = make_cgroup(&r, ROOT_MEMCG);
		assert_true(memcg_charge(&r.k.memcg, a, 100, 0, 0));
		cg(&r, a)->high_pages = 99;
		r.k.ops.reclaim_memcg = reclaims_nothing;
		reclaims = 0;
		assert_int_equal(memcg_reclaim_high(&r.k.memcg, a, 0), 0);
		assert_int_equal(reclaims, eras[i].rounds);
		/* a cgroup that took over a dead one gets its limits in the same way */
		reclaims = 0;
		memcg_shrink_to_limits(&r.k.memcg, a);
		assert_int_equal(reclaims, eras[i].rounds);
		memcg_uncharge(&r.k.memcg, a, 100);
		stop(&r);
	}
}

static void a_limit_of_an_ancestor_stops_a_charge(void **state)
{
	u32 parent, a;
	s64 own;
	struct rig r;

	(void)state;
	start(&r, "v5.9");
	parent = make_cgroup(&r, ROOT_MEMCG);
	a = make_cgroup(&r, parent);
	memcg_drain_tree(&r.k.memcg, ROOT_MEMCG);
	own = cg(&r, parent)->usage;
	cg(&r, parent)->max_pages = own + 40;
	/* a batch of 32, then eight single ones */
	for (u32 i = 0; i < 40; i++)
		assert_true(memcg_charge(&r.k.memcg, a, 1, 0, 0));
	assert_int_equal(cg(&r, parent)->usage, own + 40);
	assert_false(memcg_charge(&r.k.memcg, a, 1, 0, 0));
	assert_int_equal(r.k.memcg.charge_failed, 1);
	assert_int_equal(cg(&r, parent)->usage, own + 40);
	assert_true(memcg_charge(&r.k.memcg, a, 1, 0, GFP_NOFAIL));
	assert_int_equal(cg(&r, parent)->usage, own + 41);
	stop(&r);
}

/* Nothing that is charged is unknown to memory.stat: a check that holds to the byte. */
static s64 unexplained(struct rig *r, u32 memcg, struct memory_stat *stat)
{
	memory_stat_read(&r->k, memcg, stat);
	return (s64)stat->current -
	       (s64)(stat->anon + stat->file + stat->kernel + stat->unused_stacks + stat->stocks);
}

static void threads_have_stacks_that_are_charged(void **state)
{
	static const struct {
		const char *row;
		bool pins,
			stays; /* the cgroup of a stack; who ran first pays for one that a CPU keeps */
	} eras[] = {{"v4.18", true, true},
		    {"v4.20", true, false},
		    {"v5.9", true, false},
		    {"v5.13", false, false},
		    {"v6.18", false, false}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(eras); i++) {
		u32 parent, a, b, th[5];
		struct memory_stat stat;
		struct task t;
		struct rig r;

		start(&r, eras[i].row);
		parent = make_cgroup(&r, ROOT_MEMCG);
		a = make_cgroup(&r, parent);
		b = make_cgroup(&r, parent);
		t = (struct task){.memcg = a};
		for (u32 n = 0; n < ARRAY_SIZE(th); n++)
			assert_true((th[n] = thread_new(&r.k.memcg, &t)));
		assert_int_equal(unexplained(&r, parent, &stat), 0);
		assert_int_equal(stat.kernel_stack, 5 * THREAD_SIZE);
		assert_int_equal(r.k.memcg.kernel_stack.level, 5 * THREAD_SIZE);
		assert_null(kernel_check(&r.k));
		for (u32 n = 0; n < 3; n++)
			thread_exit(&r.k.memcg, th[n], 0);
		/* the CPU keeps two of the three */
		assert_int_equal(unexplained(&r, parent, &stat), 0);
		assert_int_equal(stat.kernel_stack, 2 * THREAD_SIZE);
		assert_int_equal(stat.unused_stacks, eras[i].stays ? 2 * THREAD_SIZE : 0);
		/* another cgroup's thread gets one of these */
		t.memcg = b;
		th[0] = thread_new(&r.k.memcg, &t);
		assert_int_equal(unexplained(&r, b, &stat), 0);
		assert_int_equal(stat.kernel_stack, eras[i].stays ? 0 : THREAD_SIZE);
		thread_exit(&r.k.memcg, th[0], 0);
		/* a live stack holds its cgroup as long as no obj_cgroup does */
		remove_cgroup(&r, a);
		rig_settle(&r);
		assert_int_equal(r.k.memcg.dying.level, eras[i].pins);
		assert_int_equal(unexplained(&r, parent, &stat), 0);
		thread_exit(&r.k.memcg, th[3], 0);
		thread_exit(&r.k.memcg, th[4], 0);
		rig_settle(&r);
		assert_int_equal(r.k.memcg.dying.level, eras[i].stays);
		assert_null(kernel_check(&r.k));
		stop(&r);
	}
}

static void a_thread_over_the_limit_is_refused(void **state)
{
	static const char *const rows[] = {"v4.18", "v4.20", "v5.9", "v6.1"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct memory_stat stat;
		struct task t;
		struct rig r;
		u32 a, n = 0, th[20];

		start(&r, rows[i]);
		a = make_cgroup(&r, ROOT_MEMCG);
		cg(&r, a)->max_pages = 50;
		t = (struct task){.memcg = a};
		while (n < ARRAY_SIZE(th) && (th[n] = thread_new(&r.k.memcg, &t)))
			n++;
		assert_in_range(n, 5, 12);
		assert_int_equal(unexplained(&r, a, &stat), 0);
		assert_int_equal(stat.kernel_stack, n * THREAD_SIZE);
		while (n)
			thread_exit(&r.k.memcg, th[--n], 0);
		rig_settle(&r);
		assert_int_equal(unexplained(&r, a, &stat), 0);
		assert_null(kernel_check(&r.k));
		stop(&r);
	}
}

static void kpagecgroup_finds_a_charge_that_outlived_its_memcg(void **state)
{
	struct kpagecgroup p;
	struct task t;
	struct rig r;
	u32 a;

	(void)state;
	start(&r, "v5.9");
	a = make_cgroup(&r, ROOT_MEMCG);
	t = (struct task){.memcg = a};
	assert_true(thread_new(&r.k.memcg, &t));
	kpagecgroup_read(&r.k, &p);
	assert_int_equal(p.charged, 4);
	assert_int_equal(p.dying + p.lost, 0);
	remove_cgroup(&r, a);
	rig_settle(&r);
	kpagecgroup_read(&r.k, &p);
	assert_int_equal(p.dying, 4);
	/* what a missing reference would do */
	cg(&r, a)->state = MEMCG_FREE;
	kpagecgroup_read(&r.k, &p);
	assert_int_equal(p.lost, 4);
	cg(&r, a)->state = MEMCG_OFFLINE;
	stop(&r);
}

static void an_object_over_the_limit_is_refused(void **state)
{
	static const char *const rows[] = {"v5.3", "v5.9"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct thing x;
		u32 cache, a;
		struct rig r;
		struct task t;

		start(&r, rows[i]);
		cache = make_cache(&r, "x", 4088);
		a = make_cgroup(&r, ROOT_MEMCG);
		t = task(a, 0);
		x = get_charged(&r, cache, a, 0);
		cg(&r, a)->max_pages = cg(&r, a)->usage;
		for (u32 n = 0; n < 100; n++) {
			u32 owner;

			if (!memcg_slab_alloc(&r.k.memcg, cache, &t, -1, &owner))
				break;
		}
		assert_true(r.k.memcg.charge_failed > 0);
		assert_int_equal(cg(&r, a)->usage, cg(&r, a)->max_pages);
		put(&r, x, 0);
		stop(&r);
	}
}

/* ---- ids ---- */

static void ids_of_the_table_are_lowest_free_and_free_at_offline(void **state)
{
	u32 cache, g[4];
	struct rig r;

	(void)state;
	start(&r, "v5.0");
	cache = make_cache(&r, "x", 192);
	for (u32 i = 0; i < 4; i++) {
		g[i] = make_cgroup(&r, ROOT_MEMCG);
		assert_int_equal(cg(&r, g[i])->kmemcg_id, i);
		assert_int_equal(r.k.memcg.nr_cache_ids, 4);
	}
	/* dying for ever, but its row is free as soon as it is offline */
	get_charged(&r, cache, g[1], 0);
	remove_cgroup(&r, g[1]);
	assert_int_equal(cg(&r, make_cgroup(&r, ROOT_MEMCG))->kmemcg_id, 4);
	assert_int_equal(r.k.memcg.nr_cache_ids, 10);
	rig_settle(&r);
	assert_int_equal(r.k.memcg.dying.level, 1);
	assert_int_equal(cg(&r, make_cgroup(&r, ROOT_MEMCG))->kmemcg_id, 1);
	assert_int_equal(cg(&r, make_cgroup(&r, ROOT_MEMCG))->kmemcg_id, 5);
	stop(&r);
}

/* mem_cgroup_id: 1 .. 65535, and the root has one of them. */
static void without_an_id_mkdir_fails_until_one_goes_offline(void **state)
{
	static const char *const none[] = {"accounting=none", NULL};
	static u32 g[65535];
	struct task t = task(ROOT_MEMCG, 0);
	u32 n = 0;
	u16 id;
	struct rig r;

	(void)state;
	rig_spec(&r, "v5.9", 2, 2, 16384, none);
	assert_int_equal(rig_start(&r), 0);
	while (n < 65535 && (g[n] = memcg_mkdir(&r.k.memcg, ROOT_MEMCG, "c", n, &t)) != 0)
		n++;
	assert_int_equal(n, 65534);
	assert_int_equal(r.k.memcg.mkdir_failed, 1);
	assert_int_equal(r.k.memcg.online.level, 65534);
	id = cg(&r, g[777])->id;
	remove_cgroup(&r, g[777]);
	/* not offline yet */
	assert_int_equal(memcg_mkdir(&r.k.memcg, ROOT_MEMCG, "c", n, &t), 0);
	assert_int_equal(r.k.memcg.mkdir_failed, 2);
	rig_settle(&r);
	g[777] = make_cgroup(&r, ROOT_MEMCG);
	assert_int_equal(cg(&r, g[777])->id, id);
	assert_int_equal(memcg_mkdir(&r.k.memcg, ROOT_MEMCG, "c", n, &t), 0);
	assert_int_equal(r.e.failed, 0);
	rig_destroy(&r);
}

static void a_mkdir_without_memory_fails_and_leaves_nothing(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.3", "v5.9", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct task t = task(ROOT_MEMCG, 0);
		u32 n = 0, g[5000], failed;
		struct rig r;

		rig_spec(&r, rows[i], 1, 2, 16, NULL);
		assert_int_equal(rig_start(&r), 0);
		while (n < ARRAY_SIZE(g) &&
		       (g[n] = memcg_mkdir(&r.k.memcg, ROOT_MEMCG, "c", 0, &t)) != 0)
			n++;
		assert_in_range(n, 10, 4999);
		failed = (u32)r.k.memcg.mkdir_failed;
		assert_int_equal(failed, 1);
		rig_settle(&r);
		assert_int_equal(r.k.memcg.dying.level, 0);
		assert_int_equal(r.k.memcg.online.level, n);
		/* room is made: it works again */
		for (u32 k = 0; k < 10; k++)
			remove_cgroup(&r, g[--n]);
		rig_settle(&r);
		make_cgroup(&r, ROOT_MEMCG);
		stop(&r);
	}
}

/* ---- size (KERNEL_FACTS 5.5) ---- */

/*
 * The examples of 5.5 (M + 8 * nodes + percpu + per node parts) leave out the cgroup itself, its files,
 * objcg and shrinker maps, and the rounding to size classes, which the model adds. So: percpu bytes as they
 * are, the kmallocs before rounding, and their size classes.
 */
static void a_memcg_is_as_large_as_the_published_examples(void **state)
{
	static const struct {
		const char *row;
		u32 cpus_per_node;
		u64 total, percpu;
		u64 kmallocs[4]; /* before rounding: M + pointers, stats, per node (twice) */
		u64 css; /* size classes, cgroup and objcg with it */
	} t[] = {
		{"v4.18",
		 8,
		 25968,
		 16 * (920 + 2 * 224),
		 {2496 + 16, 0, 784, 0},
		 4096 + 2 * 1024 + 1024},
		{"v5.9",
		 8,
		 56608,
		 16 * (2 * 1048 + 2 * 2 * 296),
		 {2752 + 16, 0, 680, 0},
		 4096 + 2 * 1024 + 2048 + 96},
		/* two percpu_ref_data; objcg and its own */
		{"v5.10",
		 8,
		 56608,
		 16 * (2 * 1048 + 2 * 2 * 296),
		 {2752 + 16, 0, 680, 0},
		 4096 + 2 * 1024 + 2048 + 2 * 64 + 64 + 64},
		{"v5.10",
		 32,
		 214048,
		 64 * (2 * 1048 + 2 * 2 * 296),
		 {2752 + 16, 0, 680, 0},
		 4096 + 2 * 1024 + 2048 + 2 * 64 + 64 + 64},
		/* mem_cgroup from its own cache; four percpu_ref_data, perf_cgroup; objcg and its percpu_ref_data */
		{"v6.18",
		 8,
		 42864,
		 16 * (1216 + 2 * 528),
		 {2176 + 16, 1712, 512, 792},
		 2240 + 2048 + 2 * 512 + 2 * 1024 + 4096 + 4 * 64 + 256 + 64 + 64},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		const struct memcg_alloc *a;
		u64 kmallocs = t[i].kmallocs[0] + t[i].kmallocs[1] +
			       2 * (t[i].kmallocs[2] + t[i].kmallocs[3]);
		u64 known = 0;
		s64 percpu;
		struct rig r;
		u32 g;

		assert_int_equal(t[i].total, kmallocs + t[i].percpu);
		rig_spec(&r, t[i].row, 2, t[i].cpus_per_node, 512, NULL);
		assert_int_equal(rig_start(&r), 0);
		percpu = r.k.m.percpu.bytes.level;
		g = make_cgroup(&r, ROOT_MEMCG);
		assert_int_equal(cg(&r, g)->percpu_bytes, t[i].percpu);
		assert_int_equal(r.k.m.percpu.bytes.level - percpu, t[i].percpu);
		assert_int_equal(cg(&r, g)->css.bytes, t[i].css);
		for (a = r.spec.row->memcg_allocs; a->what; a++)
			if (!strncmp(a->what, "mem", 3) || !strcmp(a->what, "lruvec_stats"))
				known += a->per_node == 2 ? 2 * a->bytes
							  : a->bytes + (a->per_node ? 16 : 0);
		assert_int_equal(known, kmallocs);
		stop(&r);
	}
}

/* kernfs nodes of a directory and its files, which go at rmdir: 21 on 4.18, 22 on 4.19 (recorded W1). */
static void the_files_of_a_cgroup_go_with_rmdir_the_css_later(void **state)
{
	static const struct {
		const char *row;
		u64 files;
	} t[] = {{"v4.18", 21}, {"v4.19", 22}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		const struct kmem_cache *kernfs;
		u64 before;
		struct rig r;
		u32 g;

		start(&r, t[i].row);
		kernfs = cache_at(&r.k.slab, kmem_cache_find(&r.k.slab, "kernfs_node_cache"));
		before = kernfs->live;
		g = make_cgroup(&r, ROOT_MEMCG);
		assert_int_equal(kernfs->live - before, t[i].files);
		remove_cgroup(&r, g);
		assert_int_equal(kernfs->live, before);
		assert_true(r.k.memcg.dying_bytes.level >=
			    (s64)(cg(&r, g)->css.bytes + cg(&r, g)->percpu_bytes));
		assert_true(cg(&r, g)->css.bytes > 0);
		rig_settle(&r);
		assert_int_equal(r.k.memcg.dying_bytes.level, 0);
		assert_int_equal(r.k.m.percpu.bytes.level, 0);
		stop(&r);
	}
}

/* KERNEL_FACTS 5.2: struct with 8 bytes a node, 32 bytes a CPU, 64 a node. */
static void a_cache_of_a_memcg_has_structures_of_its_own(void **state)
{
	u32 cache, a;
	s64 percpu;
	struct rig r;

	(void)state;
	start(&r, "v4.18");
	cache = make_cache(&r, "x", 192);
	a = make_cgroup(&r, ROOT_MEMCG);
	percpu = r.k.m.percpu.bytes.level;
	get_charged(&r, cache, a, 0);
	assert_int_equal(r.k.m.percpu.bytes.level - percpu, 4 * 32);
	/* 328 + 16 and two of 64 bytes, in whole cache lines, and the name */
	assert_in_range(cg(&r, a)->twin_bytes, 384 + 2 * 64 + 4 * 32 + 8,
			384 + 2 * 64 + 4 * 32 + 64);
	stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(live_slab_objects_pin_a_memcg_until_5_2),
		cmocka_unit_test(a_memcg_with_nothing_charged_goes_at_once),
		cmocka_unit_test(a_cpu_stock_pins_a_dying_memcg_up_to_4_19),
		cmocka_unit_test(a_dying_child_keeps_its_parent),
		cmocka_unit_test(reparented_caches_outlive_their_memcg_until_they_are_empty),
		cmocka_unit_test(pinned_caches_stay_with_their_memcg),
		cmocka_unit_test(the_first_objects_come_uncharged_from_the_root_cache),
		cmocka_unit_test(every_memcg_and_cache_has_a_cache_of_its_own),
		cmocka_unit_test(a_slab_is_charged_as_a_whole),
		cmocka_unit_test(a_worker_that_comes_too_late_makes_nothing),
		cmocka_unit_test(an_object_is_charged_with_its_size_and_eight_bytes),
		cmocka_unit_test(the_byte_stock_of_a_cpu_is_its_own),
		cmocka_unit_test(charged_pages_are_the_live_bytes_and_the_stocks),
		cmocka_unit_test(a_full_byte_stock_is_drained_or_keeps_the_rest),
		cmocka_unit_test(the_charge_of_live_objects_moves_to_the_parent),
		cmocka_unit_test(a_task_of_a_dead_memcg_is_charged_to_its_ancestor),
		cmocka_unit_test(a_slab_with_an_accounted_object_has_a_vector),
		cmocka_unit_test(nokmem_charges_nothing),
		cmocka_unit_test(charges_come_in_batches_through_a_cpu_stock),
		cmocka_unit_test(a_cpu_stock_holds_one_memcg_or_seven),
		cmocka_unit_test(memory_high_is_reclaimed_as_the_row_says),
		cmocka_unit_test(a_limit_of_an_ancestor_stops_a_charge),
		cmocka_unit_test(threads_have_stacks_that_are_charged),
		cmocka_unit_test(a_thread_over_the_limit_is_refused),
		cmocka_unit_test(kpagecgroup_finds_a_charge_that_outlived_its_memcg),
		cmocka_unit_test(an_object_over_the_limit_is_refused),
		cmocka_unit_test(ids_of_the_table_are_lowest_free_and_free_at_offline),
		cmocka_unit_test(without_an_id_mkdir_fails_until_one_goes_offline),
		cmocka_unit_test(a_mkdir_without_memory_fails_and_leaves_nothing),
		cmocka_unit_test(a_memcg_is_as_large_as_the_published_examples),
		cmocka_unit_test(the_files_of_a_cgroup_go_with_rmdir_the_css_later),
		cmocka_unit_test(a_cache_of_a_memcg_has_structures_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
