// SPDX-License-Identifier: GPL-3.0-or-later
/* The machine: what hwloc says of it, the page allocator, percpu memory, RCU (KERNEL_FACTS 2.5, 4.2). */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <hwloc.h>

#include "engine/arena.h"
#include "engine/diag.h"
#include "machine/machine.h"

static u64 rnd_state;

static u64 rnd(u64 below)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return rnd_state % below;
}

static int reset_rnd(void **state)
{
	(void)state;
	rnd_state = 88172645463325252ULL;
	return 0;
}

/* ---- topology ---- */

struct reading {
	struct topology t;
	struct arena *arena;
	struct diag d;
	int ret;
};

static void read_topology(struct reading *r, const char *text)
{
	memset(r, 0, sizeof(*r));
	r->arena = arena_new();
	diag_init(&r->d);
	r->ret = topology_read(&r->t, text, r->arena, &r->d);
}

static void forget_topology(struct reading *r)
{
	arena_free(r->arena);
	diag_free(&r->d);
}

static void a_synthetic_description_gives_nodes_cpus_and_distances(void **state)
{
	struct reading r;

	(void)state;
	read_topology(&r, "numa:4 core:6 pu:2");
	assert_int_equal(r.ret, 0);
	assert_int_equal(r.t.nr_nodes, 4);
	assert_int_equal(r.t.nr_cpus, 48);
	for (u32 c = 0; c < 48; c++)
		assert_int_equal(r.t.cpu_node[c], c / 12);
	for (u32 a = 0; a < 4; a++)
		for (u32 b = 0; b < 4; b++)
			assert_int_equal(r.t.distance[a * 4 + b], a == b ? 10 : 20);
	forget_topology(&r);
	read_topology(&r, "core:2 pu:1");
	assert_int_equal(r.ret, 0);
	assert_int_equal(r.t.nr_nodes, 1);
	assert_int_equal(r.t.nr_cpus, 2);
	forget_topology(&r);
}

static void memory_of_a_synthetic_description_is_read(void **state)
{
	struct reading r;

	(void)state;
	read_topology(&r, "numa:2(memory=3GB) core:1 pu:1");
	assert_int_equal(r.ret, 0);
	assert_true(r.t.node_bytes[0] == 3000000000ULL || r.t.node_bytes[0] == 3ULL << 30);
	assert_int_equal(r.t.node_bytes[0], r.t.node_bytes[1]);
	forget_topology(&r);
}

/* Four nodes on a ring, written by hwloc itself. */
static void write_ring(const char *path, u64 values[16])
{
	hwloc_topology_t t;
	hwloc_distances_add_handle_t add;
	hwloc_obj_t nodes[4];

	assert_int_equal(hwloc_topology_init(&t), 0);
	assert_int_equal(hwloc_topology_set_synthetic(t, "numa:4 core:2 pu:1"), 0);
	assert_int_equal(hwloc_topology_load(t), 0);
	for (u32 i = 0; i < 4; i++)
		nodes[i] = hwloc_get_obj_by_type(t, HWLOC_OBJ_NUMANODE, i);
	add = hwloc_distances_add_create(
		t, "ring", HWLOC_DISTANCES_KIND_MEANS_LATENCY | HWLOC_DISTANCES_KIND_FROM_USER, 0);
	assert_non_null(add);
	assert_int_equal(hwloc_distances_add_values(t, add, 4, nodes, values, 0), 0);
	assert_int_equal(hwloc_distances_add_commit(t, add, 0), 0);
	assert_int_equal(hwloc_topology_export_xml(t, path, 0), 0);
	hwloc_topology_destroy(t);
}

static void distances_of_an_xml_file_are_read(void **state)
{
	u64 values[16];
	char path[] = "/tmp/test_machine.XXXXXX";
	struct reading r;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (u32 i = 0; i < 16; i++) {
		u32 d = (i / 4 + 4 - i % 4) % 4;

		values[i] = d == 0 ? 10 : d == 1 ? 21 : d == 2 ? 31 : 26; /* one way is longer */
	}
	write_ring(path, values);
	read_topology(&r, path);
	assert_int_equal(r.ret, 0);
	assert_int_equal(r.t.nr_nodes, 4);
	assert_int_equal(r.t.nr_cpus, 8);
	for (u32 i = 0; i < 16; i++)
		assert_int_equal(r.t.distance[i], values[i]);
	forget_topology(&r);
	unlink(path);
}

static void what_is_no_topology_is_an_input_error(void **state)
{
	static const char *const bad[] = {"",
					  "numa:x",
					  "nonsense",
					  "/nowhere/at/all.xml",
					  "gone.xml",
					  "numa:65 core:1 pu:1",
					  "numa:64 core:5 pu:26"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		struct reading r;

		read_topology(&r, bad[i]);
		assert_true(r.ret < 0);
		assert_int_equal(r.d.nr_errors, 1);
		assert_int_equal(r.d.worst, DIAG_INPUT);
		forget_topology(&r);
	}
}

/* ---- page allocator ---- */

struct mem {
	struct engine e;
	struct kernel_ops ops;
	struct page_alloc p;
	u64 node_bytes[8];
	u32 distance[64];
	/* what a fake reclaim may give back */
	u32 held[64], nr_held, reclaims;
};

static void mem_init(struct mem *m, u32 page_size, u32 nodes, u64 mib, const u32 *distance)
{
	struct page_alloc_spec spec = {.page_size = page_size,
				       .nr_nodes = nodes,
				       .node_bytes = m->node_bytes,
				       .distance = m->distance};

	memset(m, 0, sizeof(*m));
	for (u32 i = 0; i < nodes; i++)
		m->node_bytes[i] = mib << 20;
	for (u32 i = 0; i < nodes * nodes; i++)
		m->distance[i] = distance ? distance[i] : i / nodes == i % nodes ? 10 : 20;
	m->ops.kernel = m;
	assert_int_equal(engine_init(&m->e), 0);
	assert_int_equal(page_alloc_init(&m->p, &m->e, &m->ops, &spec), 0);
}

static void mem_destroy(struct mem *m)
{
	page_alloc_destroy(&m->p);
	engine_destroy(&m->e);
}

static void assert_sound(const struct mem *m)
{
	const char *why = page_alloc_check(&m->p);

	if (why)
		fail_msg("%s", why);
}

/* Pages by pfn: who has them. */
struct owned {
	u8 *taken;
	u64 n;
	s64 pages;
};

static void take(struct owned *o, u32 pfn, u32 pages)
{
	assert_true(pfn > 0 && pfn + (u64)pages <= o->n);
	for (u32 i = 0; i < pages; i++) {
		if (o->taken[pfn + i])
			fail_msg("page %u was given out twice", pfn + i);
		o->taken[pfn + i] = 1;
	}
	o->pages += pages;
}

static void give(struct owned *o, u32 pfn, u32 pages)
{
	memset(o->taken + pfn, 0, pages);
	o->pages -= pages;
}

static void random_orders(u32 page_size, u32 nodes, u64 mib)
{
	enum { MAX_BLOCKS = 3000 };
	struct {
		u32 pfn, order, n;
	} *blocks = calloc(MAX_BLOCKS, sizeof(*blocks));
	struct owned o = {.n = nodes * (mib << 20) / page_size};
	struct mem m;
	u32 nr = 0;
	s64 managed;

	mem_init(&m, page_size, nodes, mib, NULL);
	o.taken = calloc(o.n, 1);
	assert_non_null(o.taken);
	managed = m.p.free.level;
	assert_int_equal(managed, m.p.managed);
	for (u32 step = 0; step < 60000; step++) {
		bool grow = (step / 10000) % 2 == 0;

		if (rnd(10) < (grow ? 7 : 3) && nr < MAX_BLOCKS) {
			/* small ones mostly, and runs of blocks in a row */
			u32 order = (u32)min_of(rnd(m.p.block_order + 1), rnd(m.p.block_order + 1));
			u32 node = (u32)rnd(nodes), n = 1, pfn;
			enum migratetype type = (enum migratetype)rnd(NR_MIGRATETYPES);

			if (rnd(4))
				pfn = alloc_pages(&m.p, node, order, type, 0);
			else
				pfn = alloc_page_run(&m.p, node, order, 1 + (u32)rnd(20), type, 0,
						     &n);
			if (!pfn)
				continue;
			assert_int_equal(pfn % (1U << order), 0);
			take(&o, pfn, n << order);
			blocks[nr].pfn = pfn;
			blocks[nr].order = order;
			blocks[nr++].n = n;
		} else if (nr) {
			u32 i = (u32)rnd(nr);

			give(&o, blocks[i].pfn, blocks[i].n << blocks[i].order);
			free_page_run(&m.p, blocks[i].pfn, blocks[i].order, blocks[i].n);
			blocks[i] = blocks[--nr];
		}
		assert_int_equal(m.p.free.level + o.pages, managed);
		assert_int_equal(m.p.used.level, o.pages);
		if (step % 1000 == 0)
			assert_sound(&m);
	}
	while (nr--)
		free_page_run(&m.p, blocks[nr].pfn, blocks[nr].order, blocks[nr].n);
	assert_int_equal(m.p.free.level, managed);
	assert_sound(&m);
	free(o.taken);
	free(blocks);
	mem_destroy(&m);
}

static void no_page_is_lost_or_given_out_twice(void **state)
{
	(void)state;
	random_orders(4096, 2, 32);
	random_orders(4096, 1, 16);
	random_orders(65536, 2, 256);
}

/* Largest aligned free run of a pageblock that page i lies in, page by page; -1: the page is not free. */
static int buddy_order(const u8 *taken, u32 block_order, u32 i)
{
	int order = -1;

	for (u32 k = 0; k <= block_order; k++) {
		u32 first = i >> k << k;

		for (u32 j = first; j < first + (1U << k); j++)
			if (taken[j])
				return order;
		order = (int)k;
	}
	return order;
}

/* The rule by which a pageblock's bitmap is read, against one that looks at every page and every order. */
static void the_smallest_buddy_that_fits_is_split(void **state)
{
	enum { MAX_RUNS = 4000, PAGES = 1 << 11 };
	static struct {
		u32 pfn, order, n;
	} runs[MAX_RUNS];
	static u8 taken[PAGES], before[512];
	struct mem m;
	u32 nr = 0, split[MAX_BLOCK_ORDER + 1] = {0};

	(void)state;
	mem_init(&m, 4096, 1, 8, NULL);
	memset(taken, 1, sizeof(taken));
	for (u32 i = 0; i < PAGES; i++)
		taken[i] = !(m.p.bitmaps[i >> 9][(i & 511) / 64] >> i % 64 & 1) &&
			   i >> 9 < m.p.zones[0].next_fresh;
	for (u32 step = 0; step < 30000; step++) {
		u32 order = rnd(4) ? 0 : rnd(MAX_BLOCK_ORDER + 1), max = 1 + rnd(40), n, pfn, most;

		if (nr < MAX_RUNS && rnd(5) < 3 &&
		    (pfn = alloc_page_run(&m.p, 0, order, max, MIGRATE_MOVABLE, GFP_NOFAIL, &n))) {
			int smallest = 99, got;

			memcpy(before, &taken[pfn >> 9 << 9], sizeof(before));
			got = buddy_order(before, 9, pfn & 511);
			for (u32 i = 0; i < 512; i++) {
				int k = buddy_order(before, 9, i);

				if (k >= (int)order && k < smallest)
					smallest = k;
			}
			assert_int_equal(got, smallest);
			assert_int_equal((pfn & 511) % (1U << got), 0);
			/* all of it, unless the watermark comes first */
			most = min_of(max, 1U << ((u32)got - order));
			assert_true(n == most || (n < most && m.p.free.level - (2 << order) <=
								      (s64)m.p.zones[0].low));
			memset(&taken[pfn], 1, n << order);
			split[got]++;
			runs[nr].pfn = pfn;
			runs[nr].order = order;
			runs[nr++].n = n;
		} else if (nr) {
			u32 i = rnd(nr);

			free_page_run(&m.p, runs[i].pfn, runs[i].order, runs[i].n);
			memset(&taken[runs[i].pfn], 0, runs[i].n << runs[i].order);
			runs[i] = runs[--nr];
		}
		/* the largest order of each pageblock, too */
		for (u32 b = 0; b < m.p.zones[0].next_fresh; b++) {
			int largest = -1;

			if (step % 64)
				break;
			for (u32 i = 0; i < 512; i++)
				largest = max_of(largest, buddy_order(&taken[b << 9], 9, i));
			assert_int_equal(m.p.blocks[b].order, largest < 0 ? 0xff : largest);
		}
	}
	for (u32 k = 0; k <= MAX_BLOCK_ORDER; k++)
		assert_true(split[k] > 0);
	mem_destroy(&m);
}

/* All free pages of one order; how many blocks. They are freed again. */
static u32 count_blocks(struct mem *m, u32 order)
{
	static u32 pfns[1 << 20];
	u32 n = 0;

	while ((pfns[n] = alloc_pages(&m->p, 0, order, MIGRATE_UNMOVABLE, GFP_NOFAIL)) != 0)
		n++;
	for (u32 i = 0; i < n; i++)
		free_pages(&m->p, pfns[i], order);
	return n;
}

static void freed_buddies_merge_to_the_largest_order_again(void **state)
{
	struct mem m;
	u32 whole, n = 0, *pfns = calloc(1 << 15, sizeof(*pfns)), half;

	(void)state;
	mem_init(&m, 4096, 1, 64, NULL);
	whole = count_blocks(&m, MAX_BLOCK_ORDER);
	assert_true(whole >= 30);
	while ((pfns[n] = alloc_pages(&m.p, 0, 0, MIGRATE_UNMOVABLE, GFP_NOFAIL)) != 0)
		n++;
	assert_int_equal(m.p.free.level, 0);
	/* every second page comes back: nothing above order 0 */
	half = n / 2;
	for (u32 i = 0; i < n; i++)
		if (pfns[i] % 2)
			free_pages(&m.p, pfns[i], 0);
	assert_true((u32)m.p.free.level >= half - 1);
	assert_int_equal(alloc_pages(&m.p, 0, 1, MIGRATE_UNMOVABLE, GFP_NOFAIL), 0);
	assert_sound(&m);
	for (u32 i = 0; i < n; i++)
		if (pfns[i] % 2 == 0)
			free_pages(&m.p, pfns[i], 0);
	assert_int_equal(count_blocks(&m, MAX_BLOCK_ORDER), whole);
	free(pfns);
	mem_destroy(&m);
}

static void a_split_block_serves_the_orders_below_it(void **state)
{
	struct mem m;
	u32 pfn, rest[9];

	(void)state;
	mem_init(&m, 4096, 1, 64, NULL);
	/* what is left of a block of 512 pages after one page: 1, 2, 4 ... 256, all in that block */
	pfn = alloc_pages(&m.p, 0, 0, MIGRATE_RECLAIMABLE, 0);
	for (u32 o = 0; o < 9; o++) {
		rest[o] = alloc_pages(&m.p, 0, o, MIGRATE_RECLAIMABLE, 0);
		assert_int_equal(rest[o], (pfn ^ (1U << o)) & ~((1U << o) - 1));
	}
	/* the smallest buddy that fits is taken, not the first: page 5 of 0-3, 5, 6-7 and so on */
	for (u32 o = 3; o < 9; o++)
		free_pages(&m.p, rest[o], o);
	free_pages(&m.p, rest[0], 0);
	free_pages(&m.p, rest[1], 1);
	free_pages(&m.p, rest[2], 2);
	free_pages(&m.p, pfn, 0);
	for (u32 i = 0; i < 5; i++)
		rest[i] = alloc_pages(&m.p, 0, 0, MIGRATE_RECLAIMABLE, 0);
	for (u32 i = 0; i < 4; i++)
		free_pages(&m.p, rest[i], 0);
	assert_int_equal(alloc_pages(&m.p, 0, 0, MIGRATE_RECLAIMABLE, 0), rest[4] + 1);
	assert_int_equal(alloc_pages(&m.p, 0, 1, MIGRATE_RECLAIMABLE, 0), rest[4] + 2);
	assert_int_equal(alloc_pages(&m.p, 0, 0, MIGRATE_RECLAIMABLE, 0), rest[0]);
	assert_sound(&m);
	mem_destroy(&m);
}

static void types_keep_to_pageblocks_of_their_own(void **state)
{
	struct mem m;
	u32 pfn;

	(void)state;
	mem_init(&m, 4096, 1, 64, NULL);
	pfn = alloc_pages(&m.p, 0, 0, MIGRATE_UNMOVABLE, 0);
	assert_int_not_equal(alloc_pages(&m.p, 0, 0, MIGRATE_MOVABLE, 0) >> 9, pfn >> 9);
	assert_int_equal(alloc_pages(&m.p, 0, 0, MIGRATE_UNMOVABLE, 0) >> 9, pfn >> 9);
	assert_int_equal(m.p.fallbacks, 0);
	/* until there are no others */
	while (alloc_pages(&m.p, 0, 9, MIGRATE_UNMOVABLE, GFP_NOFAIL))
		;
	while (alloc_pages(&m.p, 0, 0, MIGRATE_UNMOVABLE, GFP_NOFAIL))
		;
	assert_true(m.p.fallbacks > 0);
	assert_int_equal(m.p.free.level, 0);
	mem_destroy(&m);
}

static void an_order_above_a_pageblock_is_refused(void **state)
{
	struct mem m;

	(void)state;
	mem_init(&m, 4096, 1, 64, NULL);
	assert_int_equal(alloc_pages(&m.p, 0, 10, MIGRATE_UNMOVABLE, 0), 0);
	assert_int_equal(alloc_pages_nowait(&m.p, 0, 10, MIGRATE_UNMOVABLE), 0);
	assert_true(alloc_pages(&m.p, 0, 9, MIGRATE_UNMOVABLE, 0));
	mem_destroy(&m);
	/* 16 MiB are 256 pages of 64 KiB */
	mem_init(&m, 65536, 1, 256, NULL);
	assert_int_equal(alloc_pages(&m.p, 0, 9, MIGRATE_UNMOVABLE, 0), 0);
	assert_true(alloc_pages(&m.p, 0, 8, MIGRATE_UNMOVABLE, 0));
	mem_destroy(&m);
}

/* Which nodes serve a caller on node `from`, in order, down to the low watermark. */
static void assert_node_order(const u32 *distance, u32 from, const u32 *wanted)
{
	u32 seen[4], nr_seen = 0, pfn;
	struct mem m;

	mem_init(&m, 4096, 4, 16, distance);
	while ((pfn = alloc_pages_nowait(&m.p, from, 0, MIGRATE_UNMOVABLE)) != 0) {
		u32 node = pfn_to_node(&m.p, pfn);
		bool again = false;

		for (u32 i = 0; i < nr_seen; i++)
			again |= seen[i] == node;
		if (again) {
			/* nobody goes back to a node that was left */
			assert_int_equal(seen[nr_seen - 1], node);
			continue;
		}
		/* the one before had reached its low watermark */
		for (u32 i = 0; nr_seen && i < m.p.nr_zones; i++)
			if (m.p.zones[i].node == seen[nr_seen - 1])
				assert_int_equal(m.p.zones[i].free, m.p.zones[i].low);
		seen[nr_seen++] = node;
	}
	assert_int_equal(nr_seen, 4);
	assert_memory_equal(seen, wanted, sizeof(seen));
	assert_sound(&m);
	mem_destroy(&m);
}

static void the_nearest_node_with_memory_is_next(void **state)
{
	/* from node 0: 2, 1, 3; from node 3: 1 and 2 are equally far */
	static const u32 distance[16] = {10, 30, 20, 40, 30, 10, 20, 25,
					 20, 20, 10, 25, 40, 25, 25, 10};
	static const u32 wanted[4][4] = {{0, 2, 1, 3}, {1, 2, 3, 0}, {2, 0, 1, 3}, {3, 1, 2, 0}};
	static const u32 round_robin[4] = {2, 3, 0, 1};

	(void)state;
	for (u32 from = 0; from < 4; from++)
		assert_node_order(distance, from, wanted[from]);
	/* equal distances: the next node number on */
	assert_node_order(NULL, 2, round_robin);
}

static void high_zones_of_a_node_go_first(void **state)
{
	struct mem m;
	struct page_alloc_spec spec = {.page_size = 4096, .nr_nodes = 1, .zone_dma = true};
	u64 bytes = 6ULL << 30;
	u32 distance = 10, pfn;

	(void)state;
	memset(&m, 0, sizeof(m));
	spec.node_bytes = &bytes;
	spec.distance = &distance;
	m.ops.kernel = &m;
	assert_int_equal(engine_init(&m.e), 0);
	assert_int_equal(page_alloc_init(&m.p, &m.e, &m.ops, &spec), 0);
	assert_int_equal(m.p.nr_zones, 3);
	/* 16 MiB of DMA, DMA32 to 4 GiB, the rest is NORMAL */
	assert_int_equal(m.p.zones[ZONE_DMA].end_pfn, 4096);
	assert_int_equal(m.p.zones[ZONE_DMA32].end_pfn, 1 << 20);
	pfn = alloc_pages(&m.p, 0, 0, MIGRATE_UNMOVABLE, 0);
	assert_true(pfn >= 1 << 20);
	mem_destroy(&m);
}

/* KERNEL_FACTS 2.5: min = int_sqrt(lowmem_kB * 16), steps of max(min / 4, managed / 1000). */
static void watermarks_follow_the_kernels_formula(void **state)
{
	struct mem m;
	u64 min_kb, sum = 0;

	(void)state;
	mem_init(&m, 4096, 2, 1024, NULL);
	min_kb = (u64)floor(sqrt((double)(m.p.managed * 4 * 16)));
	for (u32 i = 0; i < m.p.nr_zones; i++) {
		const struct zone *z = &m.p.zones[i];
		u64 min = min_kb / 4 * z->managed / m.p.managed;

		/* kB to pages before or after the share: not more than a page */
		assert_in_range(z->min, min ? min - 1 : 0, min + 1);
		assert_int_equal(z->low, z->min + max_of(z->min / 4, z->managed / 1000));
		assert_int_equal(z->high, z->low + max_of(z->min / 4, z->managed / 1000));
		sum += z->managed;
	}
	assert_int_equal(sum, m.p.managed);
	mem_destroy(&m);
	/* 64 GiB: the formula gives 32 MiB; clamped to 64 MiB only above 256 GiB */
	mem_init(&m, 4096, 1, 65536, NULL);
	sum = 0;
	for (u32 i = 0; i < m.p.nr_zones; i++)
		sum += m.p.zones[i].min;
	assert_in_range(sum, 8190 - 100, 8192);
	mem_destroy(&m);
	mem_init(&m, 4096, 8, 131072, NULL);
	sum = 0;
	for (u32 i = 0; i < m.p.nr_zones; i++)
		sum += m.p.zones[i].min;
	assert_in_range(sum, 16384 - 10, 16384);
	mem_destroy(&m);
}

/* Pages that come with gfp until nothing is left. */
static void drain(struct mem *m, u16 gfp)
{
	while (alloc_pages(&m->p, 0, 0, MIGRATE_UNMOVABLE, gfp))
		;
}

static void the_last_pages_are_for_those_who_may_not_wait(void **state)
{
	struct mem m;
	const struct zone *z;
	u64 failures;

	(void)state;
	mem_init(&m, 4096, 1, 64, NULL);
	z = &m.p.zones[0];
	while (alloc_pages_nowait(&m.p, 0, 0, MIGRATE_UNMOVABLE))
		;
	assert_int_equal(z->free, z->low);
	assert_int_equal(m.p.failures, 0);
	drain(&m, GFP_KERNEL);
	assert_int_equal(z->free, z->min);
	failures = m.p.failures;
	assert_true(failures > 0);
	drain(&m, GFP_ATOMIC);
	assert_int_equal(z->free, z->min * 3 / 8);
	drain(&m, GFP_NOFAIL);
	assert_int_equal(z->free, 0);
	assert_int_equal(alloc_pages(&m.p, 0, 0, MIGRATE_UNMOVABLE, GFP_NOFAIL), 0);
	assert_true(m.p.failures > failures);
	assert_sound(&m);
	mem_destroy(&m);
}

static bool fake_reclaim(void *kernel, u32 node, u32 order, u16 gfp)
{
	struct mem *m = kernel;

	(void)node;
	(void)order;
	(void)gfp;
	m->reclaims++;
	if (!m->nr_held)
		return false;
	free_pages(&m->p, m->held[--m->nr_held], 0);
	return true;
}

static void an_allocation_that_may_wait_reclaims(void **state)
{
	struct mem m;
	u32 pfn, again;

	(void)state;
	mem_init(&m, 4096, 1, 64, NULL);
	for (m.nr_held = 0; m.nr_held < 5; m.nr_held++)
		m.held[m.nr_held] = alloc_pages(&m.p, 0, 0, MIGRATE_UNMOVABLE, 0);
	drain(&m, GFP_KERNEL);
	m.ops.reclaim_pages = fake_reclaim;
	pfn = m.held[4];
	/* not for this one, nor for callers with another way */
	assert_int_equal(alloc_pages_nowait(&m.p, 0, 0, MIGRATE_UNMOVABLE), 0);
	assert_int_equal(m.reclaims, 0);
	again = alloc_pages(&m.p, 0, 0, MIGRATE_UNMOVABLE, GFP_KERNEL);
	assert_int_equal(again, pfn);
	assert_int_equal(m.reclaims, 1);
	m.nr_held = 0;
	assert_int_equal(alloc_pages(&m.p, 0, 0, MIGRATE_UNMOVABLE, GFP_KERNEL), 0);
	assert_int_equal(m.reclaims, 2);
	drain(&m, GFP_ATOMIC);
	assert_int_equal(m.reclaims, 2);
	mem_destroy(&m);
}

/* A run never goes beyond what single allocations would have been given. */
static void a_run_of_blocks_is_what_single_blocks_would_be(void **state)
{
	struct mem runs, singles;

	(void)state;
	mem_init(&runs, 4096, 2, 16, NULL);
	mem_init(&singles, 4096, 2, 16, NULL);
	for (;;) {
		u32 order = (u32)rnd(4), n = 0;
		u32 pfn = alloc_page_run(&runs.p, 0, order, 1 + (u32)rnd(100), MIGRATE_UNMOVABLE, 0,
					 &n);

		if (!pfn) {
			assert_int_equal(alloc_pages(&singles.p, 0, order, MIGRATE_UNMOVABLE, 0),
					 0);
			if (!order)
				break;
			continue;
		}
		for (u32 i = 0; i < n; i++)
			assert_int_equal(alloc_pages(&singles.p, 0, order, MIGRATE_UNMOVABLE, 0),
					 pfn + (i << order));
		assert_int_equal(runs.p.free.level, singles.p.free.level);
	}
	mem_destroy(&runs);
	mem_destroy(&singles);
}

/* ---- percpu memory and RCU ---- */

struct whole {
	struct engine e;
	struct kernel_ops ops;
	struct machine m;
	u16 cpu_node[4];
	u32 distance[4];
	struct {
		u64 time;
		u32 kind, arg;
		u16 cpu;
	} freed[100];
	u32 nr_freed;
	u32 requeue; /* items that a callback queues again */
};

static void rcu_freed(void *kernel, u32 kind, u32 arg, u16 cpu)
{
	struct whole *w = kernel;

	w->freed[w->nr_freed].time = w->e.now;
	w->freed[w->nr_freed].kind = kind;
	w->freed[w->nr_freed].arg = arg;
	w->freed[w->nr_freed++].cpu = cpu;
	if (w->requeue) {
		w->requeue--;
		call_rcu(&w->m, cpu, kind, arg + 1000);
	}
}

static void whole_init(struct whole *w, u32 possible)
{
	struct machine_spec spec = {
		.page_size = 4096, .rcu_grace_period = 100, .possible_cpus = possible};

	memset(w, 0, sizeof(*w));
	for (u32 i = 0; i < 4; i++) {
		w->cpu_node[i] = (u16)(i / 2);
		w->distance[i] = i % 3 ? 20 : 10;
	}
	spec.topology = (struct topology){
		.nr_cpus = 4, .nr_nodes = 2, .cpu_node = w->cpu_node, .distance = w->distance};
	spec.node_bytes[0] = spec.node_bytes[1] = 64 << 20;
	w->ops = (struct kernel_ops){.kernel = w, .rcu_free = rcu_freed};
	assert_int_equal(engine_init(&w->e), 0);
	assert_int_equal(machine_init(&w->m, &w->e, &w->ops, &spec), 0);
}

static void whole_destroy(struct whole *w)
{
	machine_destroy(&w->m);
	engine_destroy(&w->e);
}

static void percpu_memory_is_taken_for_every_possible_cpu(void **state)
{
	struct whole w;
	s64 before;

	(void)state;
	whole_init(&w, 16);
	assert_int_equal(w.m.nr_cpus, 16);
	assert_int_equal(w.m.nr_present, 4);
	before = w.m.pages.free.level;
	assert_int_equal(percpu_alloc(&w.m, 920, 0), 0);
	assert_int_equal(w.m.percpu.bytes.level, 16 * 920);
	/* 14,720 bytes: four pages */
	assert_int_equal(before - w.m.pages.free.level, 4);
	assert_int_equal(percpu_alloc(&w.m, 100, 0), 0);
	assert_int_equal(before - w.m.pages.free.level, 4);
	assert_int_equal(percpu_alloc(&w.m, 5, 0), 0);
	assert_int_equal(before - w.m.pages.free.level, 5);
	percpu_free(&w.m, 920);
	assert_int_equal(before - w.m.pages.free.level, 1);
	percpu_free(&w.m, 105);
	assert_int_equal(before, w.m.pages.free.level);
	whole_destroy(&w);
}

static void rcu_frees_on_the_cpu_that_queued_after_a_grace_period(void **state)
{
	struct whole w;

	(void)state;
	whole_init(&w, 0);
	w.e.now = 1000;
	call_rcu(&w.m, 3, RCU_OBJECT, 7);
	call_rcu(&w.m, 1, RCU_KMEM, 8);
	assert_int_equal(w.nr_freed, 0);
	w.e.now = 1050;
	/* the grace period of CPU 3 runs already: this one waits for the next */
	call_rcu(&w.m, 3, RCU_OBJECT, 9);
	while (engine_step(&w.e))
		;
	assert_int_equal(w.nr_freed, 3);
	assert_int_equal(w.freed[0].time, 1100);
	assert_int_equal(w.freed[0].cpu, 3);
	assert_int_equal(w.freed[0].arg, 7);
	assert_int_equal(w.freed[0].kind, RCU_OBJECT);
	assert_int_equal(w.freed[1].time, 1100);
	assert_int_equal(w.freed[1].cpu, 1);
	assert_int_equal(w.freed[1].arg, 8);
	assert_int_equal(w.freed[1].kind, RCU_KMEM);
	assert_int_equal(w.freed[2].time, 1200);
	assert_int_equal(w.freed[2].cpu, 3);
	assert_int_equal(w.freed[2].arg, 9);
	assert_int_equal(w.m.rcu.pending_items, 0);
	whole_destroy(&w);
}

static void a_barrier_leaves_nothing_queued(void **state)
{
	struct whole w;

	(void)state;
	whole_init(&w, 0);
	w.requeue = 3;
	for (u32 i = 0; i < 20; i++)
		call_rcu(&w.m, (u16)(i % 4), RCU_OBJECT, i);
	rcu_barrier(&w.m);
	assert_int_equal(w.nr_freed, 23);
	assert_int_equal(w.m.rcu.pending_items, 0);
	/* and what comes later is freed as ever */
	call_rcu(&w.m, 0, RCU_OBJECT, 77);
	while (engine_step(&w.e))
		;
	assert_int_equal(w.nr_freed, 24);
	assert_int_equal(w.freed[23].arg, 77);
	whole_destroy(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_synthetic_description_gives_nodes_cpus_and_distances,
				       reset_rnd),
		cmocka_unit_test_setup(memory_of_a_synthetic_description_is_read, reset_rnd),
		cmocka_unit_test_setup(distances_of_an_xml_file_are_read, reset_rnd),
		cmocka_unit_test_setup(what_is_no_topology_is_an_input_error, reset_rnd),
		cmocka_unit_test_setup(no_page_is_lost_or_given_out_twice, reset_rnd),
		cmocka_unit_test_setup(the_smallest_buddy_that_fits_is_split, reset_rnd),
		cmocka_unit_test_setup(freed_buddies_merge_to_the_largest_order_again, reset_rnd),
		cmocka_unit_test_setup(a_split_block_serves_the_orders_below_it, reset_rnd),
		cmocka_unit_test_setup(types_keep_to_pageblocks_of_their_own, reset_rnd),
		cmocka_unit_test_setup(an_order_above_a_pageblock_is_refused, reset_rnd),
		cmocka_unit_test_setup(the_nearest_node_with_memory_is_next, reset_rnd),
		cmocka_unit_test_setup(high_zones_of_a_node_go_first, reset_rnd),
		cmocka_unit_test_setup(watermarks_follow_the_kernels_formula, reset_rnd),
		cmocka_unit_test_setup(the_last_pages_are_for_those_who_may_not_wait, reset_rnd),
		cmocka_unit_test_setup(an_allocation_that_may_wait_reclaims, reset_rnd),
		cmocka_unit_test_setup(a_run_of_blocks_is_what_single_blocks_would_be, reset_rnd),
		cmocka_unit_test_setup(percpu_memory_is_taken_for_every_possible_cpu, reset_rnd),
		cmocka_unit_test_setup(rcu_frees_on_the_cpu_that_queued_after_a_grace_period,
				       reset_rnd),
		cmocka_unit_test_setup(a_barrier_leaves_nothing_queued, reset_rnd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
