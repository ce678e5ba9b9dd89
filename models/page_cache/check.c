// SPDX-License-Identifier: GPL-3.0-or-later
/* Recount of the page cache: from mappings down to pages, then from the lists, and both must agree. */
#include "page_cache/internal.h"

#include <stdlib.h>

struct recount {
	const struct page_cache *pc;
	u8 *seen; /* by run: 1 found on a leaf, 2 on its list too */
	u32 *below; /* by upper node: children found */
	u64 runs, mappings, uppers;
};

/* ---- from the mappings ---- */

/* Its pages are on one node and in one pageblock. That they are its alone is for conservation_check(). */
static const char *check_pages(const struct recount *c, const struct page_run *r)
{
	const struct page_alloc *p = &c->pc->m->pages;
	u32 last = r->pfn + r->n - 1;

	if (r->pfn >> p->block_order != last >> p->block_order)
		return "a run of pages crosses a pageblock";
	if (pfn_to_node(p, r->pfn) != r->node)
		return "a run of pages is not on its node";
	return NULL;
}

static const char *check_runs(struct recount *c, u32 leaf)
{
	const struct page_cache *pc = c->pc;
	const struct leaf *l = leaf_at(pc, leaf);
	u64 used = 0;
	u32 pages = 0, prev = 0;

	for (u32 id = l->runs; id; prev = id, id = run_at(pc, id)->leaf_next) {
		const struct page_run *r = run_at(pc, id);
		const char *why;
		u64 mask;

		if (c->seen[id]++)
			return "a run of pages is on two leaves";
		if (r->leaf != leaf || r->leaf_prev != prev)
			return "a leaf's chain of runs is broken";
		if (!r->n || (u32)r->index + r->n > XA_CHUNK)
			return "a run of pages is empty or crosses its leaf";
		mask = (r->n == XA_CHUNK ? ~0ULL : (1ULL << r->n) - 1) << r->index;
		if (used & mask)
			return "runs of a leaf overlap";
		why = check_pages(c, r);
		if (why)
			return why;
		used |= mask;
		pages += r->n;
		c->runs++;
	}
	return pages == l->pages ? NULL : "a leaf's pages differ from its runs";
}

/* A leaf with its node is known above; only one entry at index 0 does without. */
static const char *check_node(struct recount *c, u32 mapping, const struct leaf *l, u32 leaf)
{
	const struct page_cache *pc = c->pc;
	const struct object *o = obj(pc->vfs, l->object);
	u32 prefix = l->prefix;

	if (!l->object)
		return !prefix && l->pages + l->shadows == 1 && mapping_at(pc, mapping)->height == 1
			       ? NULL
			       : "a leaf has no node";
	if (o->kind != OBJECT_PLAIN || (o->flags & OBJ_GONE) || o->parent != leaf)
		return "a leaf's node is gone";
	if (((o->flags & OBJ_ON_LRU) || o->untracked) != !l->pages)
		return "a node with shadows alone is not on its list, or another one is";
	for (u32 level = 1; level < mapping_at(pc, mapping)->height; level++) {
		u32 id = upper_find(pc, mapping, level, prefix >>= XA_CHUNK_SHIFT);

		if (!id)
			return "a node has none above it";
		if (c->below[id]++)
			return NULL;
		c->uppers++;
	}
	return NULL;
}

static const char *check_leaves(struct recount *c, u32 mapping)
{
	const struct page_cache *pc = c->pc;
	const struct mapping *m = mapping_at(pc, mapping);
	u64 pages = 0;
	u32 prev = 0;

	for (u32 id = m->leaves; id; prev = id, id = leaf_at(pc, id)->next) {
		const struct leaf *l = leaf_at(pc, id);
		const char *why;

		if (l->mapping != mapping || l->prev != prev ||
		    leaf_find(pc, mapping, l->prefix) != id)
			return "a mapping's leaves are broken";
		if (!(l->pages + l->shadows) || l->pages + l->shadows > XA_CHUNK)
			return "a leaf holds nothing, or more than fits";
		why = check_runs(c, id);
		if (!why)
			why = check_node(c, mapping, l, id);
		if (why)
			return why;
		pages += l->pages;
	}
	if (!m->leaves && m->height != 1)
		return "an empty tree has levels";
	return pages == m->pages ? NULL : "a mapping's pages differ from its leaves";
}

static const char *check_mapping(struct recount *c, u32 id)
{
	const struct page_cache *pc = c->pc;
	const struct mapping *m = mapping_at(pc, id);
	const struct object *i = obj(pc->vfs, m->inode);

	c->mappings++;
	if (m->inode && (i->kind != OBJECT_INODE || (i->flags & OBJ_GONE) || i->parent != id))
		return "a mapping's inode is gone";
	if (!m->inode && (!super_at(pc->vfs, m->sb)->live || idmap_get(&pc->bdev_of, m->sb) != id))
		return "a mapping's block device is gone";
	return check_leaves(c, id);
}

static const char *check_mappings(struct recount *c)
{
	const struct page_cache *pc = c->pc;

	for (u32 id = 1; id < pc->mappings.n; id++) {
		const char *why = mapping_at(pc, id)->live ? check_mapping(c, id) : NULL;

		if (why)
			return why;
	}
	for (u32 id = 1; id < pc->uppers.n; id++)
		if (c->below[id] && c->below[id] != upper_children(pc, id))
			return "a node's children differ from its count";
	return c->mappings == pc->mappings.live && c->uppers == pc->uppers.live
		       ? NULL
		       : "mappings or nodes were lost";
}

/* ---- from the lists ---- */

static const char *check_list(struct recount *c, u32 memcg, u32 node, u32 list)
{
	const struct page_cache *pc = c->pc;
	const struct page_lruvec *v = lruvec_at(pc, memcg, node);
	u64 pages = 0;
	u32 prev = 0;

	for (u32 id = v->head[list]; id; prev = id, id = run_at(pc, id)->next) {
		const struct page_run *r = run_at(pc, id);

		if (r->prev != prev || r->memcg != memcg || r->node != node || r->list != list)
			return "a list of pages is broken";
		if (c->seen[id]++ != 1)
			return "a run of pages is on two lists, or on no leaf";
		pages += r->n;
		c->runs--;
	}
	return pages == v->pages[list] && v->tail[list] == prev
		       ? NULL
		       : "a list's pages differ from its count";
}

/* Pages that are charged hold their memcg, and are not more than it was charged for. */
static const char *check_charges(const struct page_cache *pc, u32 memcg, u64 pages)
{
	const struct memcg *cg = memcg_at(pc->memcg, memcg);

	if (memcg == ROOT_MEMCG || !pages)
		return NULL;
	if (cg->state == MEMCG_FREE || cg->state == MEMCG_FREEING || cg->refs < pages)
		return "a memcg does not outlive its pages";
	return cg->pages >= (s64)pages ? NULL : "a memcg has more pages than it is charged for";
}

static const char *check_lists(struct recount *c)
{
	const struct page_cache *pc = c->pc;
	u64 anon = 0, file = 0;

	for (u32 node = 0; node < pc->m->nr_nodes; node++) {
		u64 on_node = 0;

		for (u32 list = 0; list < NR_PAGE_LISTS; list++) {
			u64 total = 0;

			for (u32 cg = ROOT_MEMCG; cg < pc->cap_memcgs; cg++) {
				const char *why = lruvec_at(pc, cg, node)
							  ? check_list(c, cg, node, list)
							  : NULL;

				if (why)
					return why;
				total += lruvec_at(pc, cg, node)
						 ? lruvec_at(pc, cg, node)->pages[list]
						 : 0;
			}
			if (total != pc->node_list[node * NR_PAGE_LISTS + list])
				return "a node's lists of pages differ from their count";
			on_node += total;
		}
		if ((s64)on_node != pc->node_file[node].level)
			return "a node's file pages differ from its lists";
		file += on_node;
	}
	for (u32 cg = ROOT_MEMCG; cg < pc->cap_memcgs; cg++) {
		u64 own = 0;
		const char *why;

		for (u32 node = 0; lruvec_at(pc, cg, 0) && node < pc->m->nr_nodes; node++) {
			const struct page_lruvec *v = lruvec_at(pc, cg, node);

			own += v->pages[INACTIVE_FILE] + v->pages[ACTIVE_FILE] + v->anon;
			anon += v->anon;
		}
		why = check_charges(pc, cg, own);
		if (why)
			return why;
	}
	if ((s64)file != pc->file.level || (s64)anon != pc->anon.level)
		return "file or anonymous pages differ from the lists";
	return c->runs ? "a run of pages is on no list" : NULL;
}

const char *page_cache_check(const struct page_cache *pc)
{
	struct recount c = {
		.pc = pc,
		.seen = calloc(pc->runs.n + 1, sizeof(*c.seen)),
		.below = calloc(pc->uppers.n + 1, sizeof(*c.below)),
	};
	const char *why = "out of memory";

	if (c.seen && c.below)
		why = check_mappings(&c);
	if (!why)
		why = check_lists(&c);
	free(c.seen);
	free(c.below);
	return why;
}
