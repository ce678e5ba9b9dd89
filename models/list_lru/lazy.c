// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * list_lru: lazy. Models 5abc1e37afa0, bbca91cca9a9, f9c69d6346bc and the rest of that series (v5.18), and
 * the sizes of fb56fdf8b9a2 (v6.13): a block with the lists of all nodes for a (memcg, list_lru), made
 * with the first object that the memcg allocates for that lru, and for every ancestor; freed when the
 * memcg goes offline (KERNEL_FACTS 3.4, 3.1). Blocks hang in an xarray per list_lru, keyed by memcg id.
 */
#include "list_lru/internal.h"

#include <errno.h>

#define BLOCK_HEADER 16 /* rcu_head */
#define XA_SHIFT 6

/* A node of an xarray: its slab and how many entries or nodes hang on it. */
struct xa_record {
	u32 slab; /* first: free list */
	u32 count;
};

static struct xa_record *xa_at(const struct lru_system *s, u32 id)
{
	return (struct xa_record *)(void *)s->xa_nodes.base + id;
}

static u64 xa_key(u32 set, u32 list, u32 level, u32 prefix)
{
	return (((u64)set * LRU_LISTS + list) * 4 + level) << 16 | prefix;
}

static u64 block_size(const struct lru_system *s)
{
	return BLOCK_HEADER + (u64)s->row->list_lru_one * s->nr_node_ids;
}

/* The node above entry or node `index`, made if need be, holds one more. 0 or -ENOMEM. */
static int xa_add(struct lru_system *s, u32 set, u32 list, u32 level, u32 prefix,
		  const struct task *t)
{
	u64 key = xa_key(set, list, level, prefix);
	u32 id = idmap_get(&s->xa_of, key);
	struct task root = {.memcg = ROOT_MEMCG, .cpu = t->cpu, .gfp = t->gfp};

	if (!id) {
		u32 slab = slab_alloc(s->slab, s->xa_cache, &root, -1);

		id = slab ? flat_take(&s->xa_nodes) : 0;
		if (!id || !idmap_put(&s->xa_of, key, id))
			return -ENOMEM;
		*xa_at(s, id) = (struct xa_record){.slab = slab};
		lru_account(s, &s->other_bytes, cache_at(s->slab, s->xa_cache)->size);
		if (level + 1 < lru_set_at(s, set)->xa_height[list] &&
		    xa_add(s, set, list, level + 1, prefix >> XA_SHIFT, t))
			return -ENOMEM;
	}
	xa_at(s, id)->count++;
	return 0;
}

static void xa_free(struct lru_system *s, u64 key, u16 cpu)
{
	u32 id = idmap_get(&s->xa_of, key);

	lru_account(s, &s->other_bytes, -(s64)cache_at(s->slab, s->xa_cache)->size);
	kmem_free_rcu(s->slab, (struct kmem_ref){.slab = xa_at(s, id)->slab}, cpu);
	idmap_remove(&s->xa_of, key);
	flat_give(&s->xa_nodes, id);
}

static void xa_del(struct lru_system *s, u32 set, u32 list, u32 level, u32 prefix, u16 cpu)
{
	u64 key = xa_key(set, list, level, prefix);
	u32 id = idmap_get(&s->xa_of, key);

	if (!id || --xa_at(s, id)->count)
		return;
	xa_free(s, key, cpu);
	if (level + 1 < lru_set_at(s, set)->xa_height[list])
		xa_del(s, set, list, level + 1, prefix >> XA_SHIFT, cpu);
}

/* xas_shrink(): a top node that holds its first child alone goes; without any node the tree is low. */
static void xa_shrink(struct lru_system *s, u32 set, u32 list, u16 cpu)
{
	u8 *height = &lru_set_at(s, set)->xa_height[list];

	for (; *height > 1; (*height)--) {
		u64 key = xa_key(set, list, *height - 1U, 0);
		u32 top = idmap_get(&s->xa_of, key);

		if (top && (xa_at(s, top)->count > 1 ||
			    !idmap_get(&s->xa_of, xa_key(set, list, *height - 2U, 0))))
			return;
		if (top)
			xa_free(s, key, cpu);
	}
}

/* Levels that hold an index; ids below 64 need one, because index 0 is never the only one. */
static u8 height_for(u32 index)
{
	u8 height = 1;

	while (index >> (XA_SHIFT * height))
		height++;
	return height;
}

/* The tree grows at the top: the old top node becomes the first child of a new one. */
static int xa_grow(struct lru_system *s, u32 set, u32 list, u32 index, const struct task *t)
{
	u8 *height = &lru_set_at(s, set)->xa_height[list];

	if (!*height)
		*height = height_for(index);
	while (*height < height_for(index)) {
		u8 top = (*height)++;

		if (idmap_get(&s->xa_of, xa_key(set, list, top - 1U, 0)) &&
		    xa_add(s, set, list, top, 0, t))
			return -ENOMEM;
	}
	return 0;
}

/* memcg_list_lru_alloc() for one memcg. */
int lru_make_block(struct lru_system *s, u32 set, u32 list, u32 memcg, const struct task *t)
{
	u32 index = memcg_at(s->memcg, memcg)->id, block = lru_block_find(s, set, memcg, true);
	struct kmem_ref ref;

	if (!block)
		return -ENOMEM;
	ref = kmem_alloc(s->slab, block_size(s), t);
	if (!ref.slab || xa_grow(s, set, list, index, t) ||
	    xa_add(s, set, list, 0, index >> XA_SHIFT, t)) {
		kmem_free(s->slab, ref, t->cpu);
		return -ENOMEM;
	}
	lru_block_at(s, block)->mem[list] = ref.slab;
	lru_account(s,
		    lru_set_at(s, set)->kind == LRU_SET_SHADOW ? &s->shadow_bytes : &s->lists_bytes,
		    (s64)kmem_ref_bytes(s->slab, ref));
	lru_count_heads(s, s->nr_node_ids);
	return 0;
}

static bool has_block(struct lru_system *s, u32 set, u32 list, u32 memcg)
{
	u32 block = lru_block_find(s, set, memcg, false);

	return block && lru_block_at(s, block)->mem[list];
}

/* The memcg and every ancestor that lacks one: whoever has a block has ancestors with blocks. */
static int make_blocks(struct lru_system *s, u32 set, u32 list, u32 memcg, const struct task *t)
{
	for (; memcg > ROOT_MEMCG && !has_block(s, set, list, memcg);
	     memcg = memcg_at(s->memcg, memcg)->parent)
		if (lru_make_block(s, set, list, memcg, t))
			return -ENOMEM;
	return 0;
}

/*
 * memcg_list_lru_alloc() when there is something to make. Up to 6.12 it notes what it made in a table with an entry a level, gone at
 * the end: nothing is left of it but the slab that the CPU took for it, which slabinfo shows as full.
 */
static __attribute__((noinline)) int alloc_blocks(struct lru_system *s, u32 set, u32 list,
						  u32 memcg, const struct task *t)
{
	u64 bytes = (u64)s->row->lru_table_entry * memcg_at(s->memcg, memcg)->level;
	struct kmem_ref table = kmem_alloc(s->slab, bytes, t);
	int ret;

	if (bytes && !table.slab && !table.pfn)
		return -ENOMEM;
	ret = make_blocks(s, set, list, memcg, t);
	kmem_free(s->slab, table, t->cpu);
	return ret;
}

static int object_alloc(struct lru_system *s, u32 set, u32 list, u32 memcg, const struct task *t)
{
	const struct lru_block *b = lru_block_at(s, s->hint);

	/* nearly always, and without a call */
	if (likely(memcg <= ROOT_MEMCG || (lru_block_is(s, s->hint, set, memcg) && b->mem[list])))
		return 0;
	return has_block(s, set, list, memcg) ? 0 : alloc_blocks(s, set, list, memcg, t);
}

static void block_gone(struct lru_system *s, u32 id)
{
	struct lru_block *b = lru_block_at(s, id);

	for (u32 list = 0; list < LRU_LISTS; list++) {
		struct kmem_ref ref = {.slab = b->mem[list]};

		if (!ref.slab)
			continue;
		b->mem[list] = 0;
		lru_account(s,
			    lru_set_at(s, b->set)->kind == LRU_SET_SHADOW ? &s->shadow_bytes
									  : &s->lists_bytes,
			    -(s64)kmem_ref_bytes(s->slab, ref));
		lru_count_heads(s, -(s64)s->nr_node_ids);
		kmem_free_rcu(s->slab, ref, 0);
		xa_del(s, b->set, list, 0, memcg_at(s->memcg, b->memcg)->id >> XA_SHIFT, 0);
		xa_shrink(s, b->set, list, 0);
	}
}

static int set_register(struct lru_system *s, u32 set, const struct task *t)
{
	(void)s;
	(void)set;
	(void)t;
	return 0;
}

static void set_unregister(struct lru_system *s, u32 set, u16 cpu)
{
	(void)s;
	(void)set;
	(void)cpu;
}

const struct list_lru_policy list_lru_lazy = {
	.name = "lazy",
	.id_table = false,
	.set_register = set_register,
	.set_unregister = set_unregister,
	.object_alloc = object_alloc,
	.block_gone = block_gone,
};
