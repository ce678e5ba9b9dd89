// SPDX-License-Identifier: GPL-3.0-or-later
/* Every page of a node is free or has one owner: a record or a counter that says otherwise is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel_rig.h"
#include "slab/extent.h"

#define FILES 300

/* A kernel with pages of every kind: 2 nodes of 32 MiB, 4 CPUs. */
struct host {
	struct rig r;
	struct kmem_ref large, vmalloc;
	u32 extent;
	struct anon_pages anon;
	u32 mapping; /* of a large open file */
};

static struct task on_cpu(u16 cpu)
{
	return (struct task){.memcg = ROOT_MEMCG, .cpu = cpu};
}

static u32 open_file(struct host *h, u32 sb, const struct task *t)
{
	u32 vnode = vnode_new(&h->r.k.vfs, sb, 0, false, false);
	u32 dentry = vnode_create(&h->r.k.vfs, vnode, t);

	assert_true(dentry);
	return inode_mapping(&h->r.k.pages, obj(&h->r.k.vfs, dentry)->peer);
}

static void start(struct host *h, const char *row)
{
	struct kernel *k = &h->r.k;
	struct task t = on_cpu(0), other = on_cpu(2);
	u32 sb, cgroup;

	*h = (struct host){.extent = 0};
	rig_spec(&h->r, row, 2, 2, 32, NULL);
	assert_int_equal(rig_start(&h->r), 0);
	sb = vfs_mount(&k->vfs, FS_EXT4, &t);
	cgroup = memcg_mkdir(&k->memcg, ROOT_MEMCG, "g", 0, &t);
	assert_true(sb && cgroup);
	t.memcg = cgroup;
	for (u32 i = 0; i < FILES; i++) {
		struct task any = i % 2 ? other : t;
		u32 vnode = vnode_new(&k->vfs, sb, 0, false, false),
		    dentry = vnode_create(&k->vfs, vnode, &any);

		assert_true(dentry);
		assert_int_equal(
			page_cache_read(&k->pages,
					inode_mapping(&k->pages, obj(&k->vfs, dentry)->peer), 0, 3,
					&any),
			3);
		dput(&k->vfs, dentry, any.cpu);
	}
	h->mapping = open_file(h, sb, &other);
	assert_int_equal(page_cache_read(&k->pages, h->mapping, 0, 1000, &other), 1000);
	assert_int_equal(anon_grow(&k->pages, &h->anon, 500, &t), 500);
	h->large = kmem_alloc(&k->slab, 256 << 10, &other);
	h->vmalloc = kmem_alloc(&k->slab, 6 << 20, &t);
	h->extent = extent_alloc(&k->slab, k->slab.kmalloc[kmalloc_class(&k->slab, 32)], 20000, &t);
	assert_true(h->large.pfn && h->vmalloc.pfn && h->extent);
	rig_settle(&h->r);
	assert_null(kernel_check(k));
}

static void stop(struct host *h)
{
	struct kernel *k = &h->r.k;

	anon_free(&k->pages, &h->anon);
	kmem_free(&k->slab, h->large, 0);
	kmem_free(&k->slab, h->vmalloc, 3);
	extent_free(&k->slab, h->extent, 1);
	assert_null(kernel_check(k));
	assert_int_equal(k->slab.node_large[0] + k->slab.node_large[1], 0);
	rig_destroy(&h->r);
}

/* ---- what is broken ---- */

static struct zone *zone_of(struct host *h, u32 node)
{
	struct page_alloc *p = &h->r.k.m.pages;
	u32 i = p->nr_zones;

	while (p->zones[--i].node != node)
		;
	return &p->zones[i];
}

static struct page_run *some_run(struct host *h, bool anon)
{
	const struct page_cache *pc = &h->r.k.pages;

	for (u32 id = 1; id < pc->runs.n; id++)
		if (run_at(pc, id)->n && !run_at(pc, id)->leaf == anon)
			return run_at(pc, id);
	fail();
	return NULL;
}

static struct slab *some_slab(struct host *h)
{
	const struct slab_system *s = &h->r.k.slab;

	for (u32 id = 1; id < s->slabs.n; id++)
		if (slab_at(s, id)->state != SLAB_FREE && !slab_at(s, id)->order)
			return slab_at(s, id);
	fail();
	return NULL;
}

/* by: 1 breaks it, -1 mends it */
static void free_counter(struct host *h, int by)
{
	zone_of(h, 1)->free += by;
}

static void pcp_counter(struct host *h, int by)
{
	zone_of(h, 0)->pcp_pages += (u64)by;
}

static void managed_counter(struct host *h, int by)
{
	zone_of(h, 1)->managed += (u64)by;
}

static void large_counter(struct host *h, int by)
{
	h->r.k.slab.node_large[0] += (u64)by;
}

static void large_on_the_wrong_node(struct host *h, int by)
{
	h->r.k.slab.node_large[0] += (u64)by;
	h->r.k.slab.node_large[1] -= (u64)by;
}

static void percpu_page_lost(struct host *h, int by)
{
	h->r.k.m.percpu.nr_pages -= (u32)by;
}

static void file_page_lost(struct host *h, int by)
{
	static struct page_run *r;

	r = by > 0 ? some_run(h, false) : r;
	r->n = (u16)(r->n - by);
}

static void anon_page_lost(struct host *h, int by)
{
	static struct page_run *r;

	r = by > 0 ? some_run(h, true) : r;
	r->n = (u16)(r->n - by);
}

static void slab_lost(struct host *h, int by)
{
	static struct slab *slab;
	static u8 state;

	if (by > 0) {
		slab = some_slab(h);
		state = slab->state;
	}
	slab->state = by > 0 ? SLAB_FREE : state;
}

static void full_slabs_lost(struct host *h, int by)
{
	const struct slab_system *s = &h->r.k.slab;
	u32 id = extent_at(s, h->extent)->first;
	struct piece *piece = (struct piece *)(void *)s->pieces.base + id;

	while (!(piece->n & PIECE_RUN))
		piece = (struct piece *)(void *)s->pieces.base + piece->next;
	piece->n -= (u32)by;
}

static void slab_where_file_pages_are(struct host *h, int by)
{
	static struct slab *slab;
	static u32 pfn;

	if (by > 0) {
		slab = some_slab(h);
		pfn = slab->pfn;
	}
	slab->pfn = by > 0 ? some_run(h, false)->pfn : pfn;
}

static void anon_where_file_pages_are(struct host *h, int by)
{
	static u32 pfn;
	static struct page_run *r;

	if (by > 0) {
		r = some_run(h, true);
		pfn = r->pfn;
	}
	r->pfn = by > 0 ? some_run(h, false)->pfn : pfn;
}

static void page_freed_under_its_owner(struct host *h, int by)
{
	const struct page_alloc *p = &h->r.k.m.pages;
	u32 pfn = some_run(h, false)->pfn, bit = pfn & ((1U << p->block_order) - 1);

	(void)by;
	p->bitmaps[pfn >> p->block_order][bit / 64] ^= 1ULL << bit % 64;
}

static void slab_gauge(struct host *h, int by)
{
	h->r.k.slab.node_bytes[1].level += by * 4096;
}

static void file_gauge(struct host *h, int by)
{
	h->r.k.pages.node_file[0].level += by;
}

static void anon_gauge(struct host *h, int by)
{
	h->r.k.pages.anon.level += by;
}

static void used_gauge(struct host *h, int by)
{
	h->r.k.m.pages.used.level += by;
}

static const char all_pages[] = "pages of a node with an owner and free ones are not all its pages";

static const struct {
	void (*change)(struct host *h, int by);
	const char *why;
} breaks[] = {
	{free_counter, all_pages},
	{pcp_counter, all_pages},
	{managed_counter, all_pages},
	{large_counter, all_pages},
	{large_on_the_wrong_node, all_pages},
	{percpu_page_lost, all_pages},
	{file_page_lost, all_pages},
	{anon_page_lost, all_pages},
	{slab_lost, all_pages},
	{full_slabs_lost, all_pages},
	{slab_where_file_pages_are, "a page has two owners"},
	{anon_where_file_pages_are, "a page has two owners"},
	{page_freed_under_its_owner, "a page that has an owner is free"},
	{slab_gauge, "a node's slab pages differ from its slabs"},
	{file_gauge, "a node's file pages differ from its runs of pages"},
	{anon_gauge, "anonymous pages differ from their runs"},
	{used_gauge, "pages of the kernel differ from their owners"},
};

static void what_is_broken_is_found(void **state)
{
	static const char *const rows[] = {"v4.18", "v5.9", "v6.18"};
	struct host h;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		start(&h, rows[i]);
		for (u32 b = 0; b < ARRAY_SIZE(breaks); b++) {
			breaks[b].change(&h, 1);
			if (!conservation_check(&h.r.k))
				fail_msg("break %u is not found", b);
			assert_string_equal(conservation_check(&h.r.k), breaks[b].why);
			assert_non_null(kernel_check(&h.r.k));
			breaks[b].change(&h, -1);
			assert_null(kernel_check(&h.r.k));
		}
		stop(&h);
	}
}

/* Pages that somebody takes and nobody accounts for. */
static void a_leak_is_found(void **state)
{
	struct host h;
	u32 pfn;

	(void)state;
	start(&h, "v5.9");
	pfn = alloc_pages(&h.r.k.m.pages, 1, 0, MIGRATE_UNMOVABLE, 0);
	assert_true(pfn);
	assert_string_equal(kernel_check(&h.r.k), all_pages);
	free_pages(&h.r.k.m.pages, pfn, 0);
	assert_null(kernel_check(&h.r.k));
	stop(&h);
}

static void per_cpu_lists_are_counted(void **state)
{
	struct host h;

	(void)state;
	start(&h, "v5.9");
	zone_of(&h, 0)->pcp_pages++;
	zone_of(&h, 0)->free--;
	h.r.k.m.pages.free.level--;
	assert_string_equal(page_alloc_check(&h.r.k.m.pages),
			    "a zone's pages on per-CPU lists differ from the lists");
	zone_of(&h, 0)->pcp_pages--;
	zone_of(&h, 0)->free++;
	h.r.k.m.pages.free.level++;
	stop(&h);
}

/* 64 MiB, twice read through and then wanted by an anonymous task: nothing is lost at any step. */
static void it_holds_at_every_step_under_pressure(void **state)
{
	static const char *const rows[] = {"v4.18", "v4.19", "v5.0", "v5.9", "v6.1", "v6.18"};
	struct host h;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kernel *k = &h.r.k;
		u64 index = 1000;

		start(&h, rows[i]);
		for (u32 step = 0; step < 1000; step++, index += 32) {
			struct task t = on_cpu((u16)(step % 4));
			const char *why;

			page_cache_read(&k->pages, h.mapping, index, 32, &t);
			rig_run_until(&h.r, h.r.e.now + NSEC_PER_MSEC);
			why = step % 16 ? conservation_check(k) : kernel_check(k);
			if (why)
				fail_msg("%s, reading %u: %s", rows[i], step, why);
		}
		assert_true(k->pages.evicted > 10000);
		for (u32 step = 0; step < 1000; step++) {
			struct task t = on_cpu((u16)(step % 4));
			u64 got = anon_grow(&k->pages, &h.anon, 32, &t);
			const char *why;

			rig_run_until(&h.r, h.r.e.now + NSEC_PER_MSEC);
			why = step % 16 ? conservation_check(k) : kernel_check(k);
			if (why)
				fail_msg("%s, balloon %u: %s", rows[i], step, why);
			if (!got)
				break;
		}
		/* it took what there was, slab too, until there was no more */
		assert_true(k->vmscan.out_of_memory > 0);
		assert_true(k->shrinkers.freed > 0);
		stop(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_broken_is_found),
		cmocka_unit_test(a_leak_is_found),
		cmocka_unit_test(per_cpu_lists_are_counted),
		cmocka_unit_test(it_holds_at_every_step_under_pressure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
