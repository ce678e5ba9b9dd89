// SPDX-License-Identifier: GPL-3.0-or-later
/* Runs of pages on the lists of their (memcg, node): mm/swap.c. */
#include "page_cache/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct page_lruvec *lruvec_make(struct page_cache *pc, u32 memcg, u32 node)
{
	if (memcg >= pc->cap_memcgs) {
		u32 cap = max_of(memcg + 1, max_of(pc->cap_memcgs * 2, 64U));
		u32 *of = realloc(pc->lruvec_of, cap * sizeof(*of));

		if (!of) {
			pc->e->failed = -ENOMEM;
			return NULL;
		}
		memset(of + pc->cap_memcgs, 0, (cap - pc->cap_memcgs) * sizeof(*of));
		pc->lruvec_of = of;
		pc->cap_memcgs = cap;
	}
	if (!pc->lruvec_of[memcg]) {
		u32 id = flat_take(&pc->lruvecs);

		if (!id)
			return NULL;
		memset(pc->lruvecs.base + (size_t)id * pc->lruvecs.elem, 0, pc->lruvecs.elem);
		pc->lruvec_of[memcg] = id;
	}
	return lruvec_at(pc, memcg, node);
}

/* The lruvec itself, or it and those of its ancestors. */
static u32 next_up(const struct page_cache *pc, u32 memcg)
{
	return pc->row->deactivate_per_node ? memcg_at(pc->memcg, memcg)->parent : 0;
}

void lruvec_age(struct page_cache *pc, u32 memcg, u32 node, u64 n)
{
	for (; memcg && lruvec_make(pc, memcg, node); memcg = next_up(pc, memcg))
		lruvec_at(pc, memcg, node)->nonresident_age += n;
}

void lruvec_refaulted(struct page_cache *pc, u32 memcg, u32 node, u64 n)
{
	for (; memcg && lruvec_make(pc, memcg, node); memcg = next_up(pc, memcg))
		lruvec_at(pc, memcg, node)->refaults += n;
}

u64 page_tree_pages(const struct page_cache *pc, u32 memcg, u32 node, enum page_list list)
{
	u64 pages = 0;

	if (memcg == ROOT_MEMCG)
		return pc->node_list[node * NR_PAGE_LISTS + list];
	for (u32 cg = memcg; cg; cg = memcg_next(pc->memcg, cg, memcg))
		pages += lruvec_at(pc, cg, node) ? lruvec_at(pc, cg, node)->pages[list] : 0;
	return pages;
}

/* Counts n pages (or -n) on the run's list. */
static void count_pages(struct page_cache *pc, const struct page_run *r, s64 n)
{
	struct page_lruvec *v = lruvec_at(pc, r->memcg, r->node);
	u64 *total = &pc->node_list[r->node * NR_PAGE_LISTS + r->list];

	v->pages[r->list] = (u64)((s64)v->pages[r->list] + n);
	*total = (u64)((s64)*total + n);
}

static void list_unlink(struct page_cache *pc, u32 id)
{
	struct page_run *r = run_at(pc, id);
	struct page_lruvec *v = lruvec_at(pc, r->memcg, r->node);

	if (r->prev)
		run_at(pc, r->prev)->next = r->next;
	else
		v->head[r->list] = r->next;
	if (r->next)
		run_at(pc, r->next)->prev = r->prev;
	else
		v->tail[r->list] = r->prev;
}

static void list_push(struct page_cache *pc, u32 id)
{
	struct page_run *r = run_at(pc, id);
	struct page_lruvec *v = lruvec_at(pc, r->memcg, r->node);

	r->prev = 0;
	r->next = v->head[r->list];
	if (r->next)
		run_at(pc, r->next)->prev = id;
	else
		v->tail[r->list] = id;
	v->head[r->list] = id;
}

static void leaf_chain(struct page_cache *pc, u32 id)
{
	struct page_run *r = run_at(pc, id);
	struct leaf *l = leaf_at(pc, r->leaf);

	r->leaf_prev = 0;
	r->leaf_next = l->runs;
	if (l->runs)
		run_at(pc, l->runs)->leaf_prev = id;
	l->runs = id;
}

static void leaf_unchain(struct page_cache *pc, u32 id)
{
	struct page_run *r = run_at(pc, id);

	if (r->leaf_prev)
		run_at(pc, r->leaf_prev)->leaf_next = r->leaf_next;
	else
		leaf_at(pc, r->leaf)->runs = r->leaf_next;
	if (r->leaf_next)
		run_at(pc, r->leaf_next)->leaf_prev = r->leaf_prev;
}

u32 run_new(struct page_cache *pc, u32 leaf, const struct page_run *r)
{
	u32 id = flat_take(&pc->runs);

	if (!id)
		return 0;
	*run_at(pc, id) = *r;
	run_at(pc, id)->leaf = leaf;
	leaf_chain(pc, id);
	list_push(pc, id);
	count_pages(pc, run_at(pc, id), r->n);
	leaf_at(pc, leaf)->pages = (u8)(leaf_at(pc, leaf)->pages + r->n);
	return id;
}

void run_move(struct page_cache *pc, u32 id, enum page_list list)
{
	struct page_run *r = run_at(pc, id);

	list_unlink(pc, id);
	count_pages(pc, r, -(s64)r->n);
	r->list = (u8)list;
	count_pages(pc, r, r->n);
	list_push(pc, id);
}

u32 run_split(struct page_cache *pc, u32 id, u32 k)
{
	u32 rest = flat_take(&pc->runs);
	struct page_run *r = run_at(pc, id), *b;

	if (!rest)
		return 0;
	b = run_at(pc, rest);
	*b = *r;
	b->index = (u16)(r->index + k);
	b->pfn = r->pfn + k;
	b->n = (u16)(r->n - k);
	r->n = (u16)k;
	leaf_chain(pc, rest);
	/* later pages came later: the rest is the younger part */
	b->prev = r->prev;
	b->next = id;
	if (r->prev)
		run_at(pc, r->prev)->next = rest;
	else
		lruvec_at(pc, r->memcg, r->node)->head[r->list] = rest;
	r->prev = rest;
	return rest;
}

/* Every page on a list holds its memcg, charged or not: the root's are counted alone. */
static void uncharge(struct page_cache *pc, u32 memcg, u32 n)
{
	if (memcg == ROOT_MEMCG)
		return;
	memcg_uncharge(pc->memcg, memcg, n);
	if (!pc->memcg->offline->slab_pins)
		memcg_put(pc->memcg, memcg, n);
}

u64 page_cache_memcg_taken(struct page_cache *pc, u32 memcg)
{
	u64 pages = 0;

	for (u32 node = 0; node < pc->m->nr_nodes; node++) {
		const struct page_lruvec *v = lruvec_at(pc, memcg, node);

		for (u32 list = 0; v && list < NR_PAGE_LISTS; list++) {
			for (u32 id = v->head[list]; id; id = run_at(pc, id)->next)
				run_at(pc, id)->flags |= RUN_FOREIGN;
			pages += v->pages[list];
		}
	}
	return pages;
}

void run_shrink(struct page_cache *pc, u32 id, u32 k)
{
	struct page_run *r = run_at(pc, id);
	struct leaf *l = leaf_at(pc, r->leaf);
	u32 memcg = r->memcg, pfn = r->pfn, node = r->node;

	if (unlikely(r->flags & RUN_FOREIGN))
		memcg_foreign_gone(pc->memcg, memcg, k);

	l->pages = (u8)(l->pages - k);
	if (r->flags & RUN_DIRTY)
		pages_cleaned(pc, r, k);
	mapping_at(pc, l->mapping)->pages -= k;
	count_pages(pc, r, -(s64)k);
	r->index = (u16)(r->index + k);
	r->pfn += k;
	r->n = (u16)(r->n - k);
	if (!r->n) {
		list_unlink(pc, id);
		leaf_unchain(pc, id);
		flat_give(&pc->runs, id);
	}
	gauge_add(&pc->file, pc->e, -(s64)k);
	gauge_add(&pc->node_file[node], pc->e, -(s64)k);
	free_movable_pages(&pc->m->pages, pfn, k, pc->cpu);
	uncharge(pc, memcg, k);
}

/* ---- reclaim ---- */

/* workingset_eviction(): k pages of a leaf leave shadows. */
static void leave_shadows(struct page_cache *pc, u32 leaf, u32 memcg, u32 node, u32 k)
{
	struct leaf *l = leaf_at(pc, leaf);
	/* whose reclaim it is, from 5.5 on; before, whose page it was */
	u32 owner = pc->row->deactivate_per_node ? pc->target : memcg;

	lruvec_age(pc, memcg, node, k);
	l->age = lruvec_make(pc, owner, node) ? lruvec_at(pc, owner, node)->nonresident_age : 0;
	l->evicted_from = owner;
	l->evicted_node = (u8)node;
	l->shadows = (u8)(l->shadows + k);
	if (unlikely(pc->gc_drops))
		l->gc_shadows = (u8)(l->gc_shadows + k);
}

u64 page_list_evict(struct page_cache *pc, u32 memcg, u32 node, u64 n)
{
	struct page_lruvec *v = lruvec_at(pc, memcg, node);
	u64 done = 0;

	while (v && n && v->tail[INACTIVE_FILE]) {
		u32 id = v->tail[INACTIVE_FILE], leaf = run_at(pc, id)->leaf;
		u32 k = (u32)min_of(n, (u64)run_at(pc, id)->n);

		n -= k;
		if (run_at(pc, id)->flags & RUN_BUSY) {
			/* looked at and put back */
			run_move(pc, id, INACTIVE_FILE);
			continue;
		}
		if (run_at(pc, id)->flags & RUN_DIRTY) {
			/* pageout() leaves it to the flusher: activated meanwhile (shrink_page_list()) */
			if (k == run_at(pc, id)->n || run_split(pc, id, k))
				run_move(pc, id, ACTIVE_FILE);
			continue;
		}
		leave_shadows(pc, leaf, memcg, node, k);
		run_shrink(pc, id, k);
		leaf_settle(pc, leaf, pc->cpu);
		pc->evicted += k;
		done += k;
		/* the last page may have freed its memcg, and its lists with it */
		v = lruvec_at(pc, memcg, node);
	}
	return done;
}

u64 page_list_deactivate(struct page_cache *pc, u32 memcg, u32 node, u64 n)
{
	struct page_lruvec *v = lruvec_at(pc, memcg, node);
	u64 done = 0;

	while (v && done < n && v->tail[ACTIVE_FILE]) {
		u32 id = v->tail[ACTIVE_FILE], k = (u32)min_of(n - done, (u64)run_at(pc, id)->n);

		if (k < run_at(pc, id)->n && !run_split(pc, id, k))
			break;
		/* shrink_active_list() leaves PG_referenced alone: one more access brings it back */
		run_at(pc, id)->flags |= RUN_WORKINGSET;
		run_move(pc, id, INACTIVE_FILE);
		done += k;
	}
	return done;
}
