// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The shrinker of nodes that hold nothing but shadow entries (mm/workingset.c: count_shadow_nodes,
 * scan_shadow_nodes; KERNEL_FACTS 1.9): what is above one entry for eight pages.
 */
#include "page_cache/internal.h"

static u64 count(void *ctx, u32 shrinker, u32 block, u32 node)
{
	const struct page_cache *pc = ctx;
	struct lru_block *b = lru_block_at(pc->lru, block);
	const struct page_lruvec *v = lruvec_at(pc, b->memcg, node);
	u64 nodes = lru_list_at(pc->lru, b, LRU_SHADOW, pc->lru->nr_nodes == 1 ? 0 : node)->nr;
	/* 4.18: pages of files; from 95f9ab2d596e (4.20) on those of all lists */
	u64 pages = v ? v->pages[INACTIVE_FILE] + v->pages[ACTIVE_FILE] +
				    (pc->row->zero_seeks ? v->anon : 0)
		      : 0,
	    max;

	(void)shrinker;
	/* without memcg lists: the node's present pages; with them also slab, which is small beside */
	if (!pc->memcg->accounting->has_kmem_ids)
		pages = pc->node_list[node * NR_PAGE_LISTS + INACTIVE_FILE] +
			pc->node_list[node * NR_PAGE_LISTS + ACTIVE_FILE];
	max = pages >> (XA_CHUNK_SHIFT - 3);
	if (!nodes)
		return SHRINK_EMPTY;
	return nodes > max ? nodes - max : 0;
}

static unsigned long scan(void *ctx, u32 shrinker, u32 block, u32 node, u64 nr,
			  const struct task *t)
{
	struct page_cache *pc = ctx;
	unsigned long freed = 0;

	(void)shrinker;
	while (freed < nr) {
		u32 id = lru_list_at(pc->lru, lru_block_at(pc->lru, block), LRU_SHADOW,
				     pc->lru->nr_nodes == 1 ? 0 : node)
				 ->head;

		if (!id)
			break;
		leaf_at(pc, obj(pc->vfs, id)->parent)->shadows = 0;
		leaf_at(pc, obj(pc->vfs, id)->parent)->gc_shadows = 0;
		leaf_settle(pc, obj(pc->vfs, id)->parent, t->cpu);
		freed++;
	}
	return freed;
}

const struct shrinker_ops shadow_shrinker_ops = {
	.scan_name = "scan_shadow_nodes",
	.count = count,
	.scan = scan,
};
