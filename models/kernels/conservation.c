// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Conservation of pages: every page of every node is free, on a per-CPU list, the boot's, or owned once: by a
 * slab, a kmalloc above the size classes, percpu memory, a kernel stack, the page cache or an anonymous mapping. Owners are
 * found from the records that hold a pfn, not from the counters, and both must agree. What was
 * occupied from boot on (machine.occupied) is a number. Kmallocs above the
 * classes are known to whoever made them alone: of these the number of pages on each node is checked.
 */
#include "kernels/instance.h"
#include "memcg/kernel_stack.h"
#include "slab/extent.h"

#include <stdlib.h>

enum owner_kind {
	OWNER_SLAB,
	OWNER_PERCPU,
	OWNER_STACK,
	OWNER_FILE,
	OWNER_ANON,
	NR_OWNER_KINDS,
};

struct owners {
	const struct page_alloc *p;
	u64 *owned; /* a bit for each page of the machine */
	u64 pages[MAX_NODES][NR_OWNER_KINDS];
	const char *why;
};

/* n pages from pfn on are this owner's, and nobody else's. */
static void claim(struct owners *o, u32 pfn, u32 n, enum owner_kind kind)
{
	const struct page_alloc *p = o->p;
	u32 in_block = (1U << p->block_order) - 1;

	if (!n || (u64)pfn + n > p->nr_blocks << p->block_order ||
	    pfn >> p->block_order != (pfn + n - 1) >> p->block_order) {
		o->why = "an owner's pages are not in one pageblock";
		return;
	}
	o->pages[pfn_to_node(p, pfn)][kind] += n;
	for (u32 i = pfn, end = pfn + n; i < end;) {
		u32 bit = i % 64, take = min_of(end - i, 64 - bit);
		u64 mask = (take == 64 ? ~0ULL : (1ULL << take) - 1) << bit;

		if (p->bitmaps[i >> p->block_order][(i & in_block) / 64] & mask)
			o->why = "a page that has an owner is free";
		if (o->owned[i / 64] & mask)
			o->why = "a page has two owners";
		o->owned[i / 64] |= mask;
		i += take;
	}
}

static void claim_slabs(struct owners *o, const struct slab_system *s)
{
	for (u32 id = 1; !o->why && id < s->slabs.n; id++)
		if (slab_at(s, id)->state != SLAB_FREE)
			claim(o, slab_at(s, id)->pfn, 1U << slab_at(s, id)->order, OWNER_SLAB);
	for (u32 id = 1; !o->why && id < s->extents.n; id++) {
		const struct extent *x = extent_at(s, id);

		for (u32 at = x->cache ? x->first : 0; !o->why && at;) {
			const struct piece *piece = (struct piece *)(void *)s->pieces.base + at;
			u32 slabs = piece->n & PIECE_RUN ? piece->n & ~PIECE_RUN : 0;

			/* a run that was cut off at its first slab is empty */
			if (slabs)
				claim(o, piece->at, slabs << cache_at(s, x->cache)->order,
				      OWNER_SLAB);
			at = piece->next;
		}
	}
}

/* Runs without a leaf are anonymous; free records have no pages. */
static void claim_runs(struct owners *o, const struct page_cache *pc)
{
	for (u32 id = 1; !o->why && id < pc->runs.n; id++) {
		const struct page_run *r = run_at(pc, id);

		if (r->n)
			claim(o, r->pfn, r->n, r->leaf ? OWNER_FILE : OWNER_ANON);
	}
}

/* Stacks of threads, and those that CPUs keep. */
static void claim_stacks(struct owners *o, const struct memcg_system *m)
{
	for (u32 id = 1; !o->why && id < nr_threads(m); id++) {
		const struct thread_kmem *th = thread_at(m, id);

		for (u32 i = 0; th->state != STACK_FREE && i < th->pages; i++)
			claim(o, th->pfn[i], 1, OWNER_STACK);
	}
}

/* What the owners hold against what they are counted for. */
static const char *check_owners(const struct kernel *k, const struct owners *o)
{
	u64 anon = 0, kernel = 0;

	for (u32 node = 0; node < k->m.nr_nodes; node++) {
		const u64 *pages = o->pages[node];

		if (pages[OWNER_SLAB] << k->m.page_shift != (u64)k->slab.node_bytes[node].level)
			return "a node's slab pages differ from its slabs";
		if (pages[OWNER_FILE] != (u64)k->pages.node_file[node].level)
			return "a node's file pages differ from its runs of pages";
		anon += pages[OWNER_ANON];
		kernel += pages[OWNER_SLAB] + pages[OWNER_PERCPU] + pages[OWNER_STACK] +
			  k->slab.node_large[node];
	}
	if (anon != (u64)k->pages.anon.level)
		return "anonymous pages differ from their runs";
	return kernel == (u64)k->m.pages.used.level
		       ? NULL
		       : "pages of the kernel differ from their owners";
}

/* page cache + anonymous + slab + large kmallocs + percpu + free + per-CPU lists = managed pages. */
static const char *check_node(const struct kernel *k, const struct owners *o, u32 node)
{
	const struct page_alloc *p = &k->m.pages;
	s64 sum = (s64)k->slab.node_large[node], managed = 0;

	for (u32 i = 0; i < NR_OWNER_KINDS; i++)
		sum += (s64)o->pages[node][i];
	for (u32 i = 0; i < p->nr_zones; i++) {
		if (p->zones[i].node != node)
			continue;
		managed += (s64)p->zones[i].managed;
		sum += p->zones[i].free + (s64)(p->zones[i].pcp_pages + p->zones[i].occupied);
	}
	return sum == managed ? NULL
			      : "pages of a node with an owner and free ones are not all its pages";
}

const char *conservation_check(const struct kernel *k)
{
	const struct page_alloc *p = &k->m.pages;
	struct owners *o = calloc(1, sizeof(*o));
	const char *why = "out of memory";

	if (o) {
		o->p = p;
		o->owned = calloc((p->nr_blocks << p->block_order) / 64 + 1, sizeof(u64));
	}
	if (o && o->owned) {
		claim_slabs(o, &k->slab);
		for (u32 i = 0; !o->why && i < k->m.percpu.nr_pages; i++)
			claim(o, k->m.percpu.pages[i], 1, OWNER_PERCPU);
		claim_stacks(o, &k->memcg);
		claim_runs(o, &k->pages);
		why = o->why;
		for (u32 node = 0; !why && node < p->nr_nodes; node++)
			why = check_node(k, o, node);
		if (!why)
			why = check_owners(k, o);
	}
	if (o)
		free(o->owned);
	free(o);
	return why;
}
