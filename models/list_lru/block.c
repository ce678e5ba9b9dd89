// SPDX-License-Identifier: GPL-3.0-or-later
/* Blocks of lists, by (set, memcg): a radix tree of two levels for each memcg, with what it uses alone. */
#include "list_lru/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int lru_blocks_init(struct lru_system *s, u32 block_bytes)
{
	int *failed = &s->e->failed;

	if (flat_init(&s->blocks, block_bytes, MAX_BLOCKS, true, failed) ||
	    flat_init(&s->leaves, sizeof(u32) * LRU_LEAF, MAX_BLOCKS, true, failed) ||
	    flat_init(&s->dirs, sizeof(u32) * LRU_DIR, MAX_BLOCKS, true, failed))
		return -ENOMEM;
	return 0;
}

void lru_blocks_destroy(struct lru_system *s)
{
	flat_destroy(&s->blocks);
	flat_destroy(&s->leaves);
	flat_destroy(&s->dirs);
	free(s->top);
	free(s->memcg_blocks);
	s->top = s->memcg_blocks = NULL;
}

u32 lru_first_block_of_memcg(const struct lru_system *s, u32 memcg)
{
	return memcg < s->cap_memcgs ? s->memcg_blocks[memcg] : 0;
}

/* Room in the tables by memcg for this memcg and this set. */
static int grow_top(struct lru_system *s, u32 set, u32 memcg)
{
	u32 rows = s->cap_memcgs, columns = s->top_columns, *top, *chains;

	while (rows <= memcg)
		rows = max_of(rows * 2, 64U);
	while (columns <= set / LRU_SPAN)
		columns = max_of(columns * 2, 1U);
	if (rows == s->cap_memcgs && columns == s->top_columns)
		return 0;
	top = calloc((size_t)rows * columns, sizeof(*top));
	chains = calloc(rows, sizeof(*chains));
	if (!top || !chains) {
		free(top);
		free(chains);
		return s->e->failed = -ENOMEM;
	}
	for (u32 row = 0; row < s->cap_memcgs; row++) {
		chains[row] = s->memcg_blocks[row];
		memcpy(top + (size_t)row * columns, s->top + (size_t)row * s->top_columns,
		       s->top_columns * sizeof(*top));
	}
	free(s->top);
	free(s->memcg_blocks);
	s->top = top;
	s->memcg_blocks = chains;
	s->cap_memcgs = rows;
	s->top_columns = columns;
	return 0;
}

/* A node of u32 of a flat, cleared. */
static u32 new_node(struct flat *f)
{
	u32 id = flat_take(f);

	if (id)
		memset(f->base + (size_t)id * f->elem, 0, f->elem);
	return id;
}

/* Where the block of (set, memcg) stands in its leaf; NULL when out of memory. */
static u32 *make_entry(struct lru_system *s, u32 set, u32 memcg)
{
	u32 *dir, *leaf;

	if (grow_top(s, set, memcg))
		return NULL;
	dir = &s->top[(size_t)memcg * s->top_columns + set / LRU_SPAN];
	if (!*dir)
		*dir = new_node(&s->dirs);
	if (!*dir)
		return NULL;
	leaf = lru_dir_at(s, *dir) + set / LRU_LEAF % LRU_DIR;
	if (!*leaf)
		*leaf = new_node(&s->leaves);
	return *leaf ? lru_leaf_at(s, *leaf) + set % LRU_LEAF : NULL;
}

static bool all_zero(const u32 *node, u32 n)
{
	u32 any = 0;

	for (u32 i = 0; i < n; i++)
		any |= node[i];
	return !any;
}

/* The entry goes, and the nodes that hold no other. */
static void drop_entry(struct lru_system *s, u32 set, u32 memcg)
{
	u32 *dir = &s->top[(size_t)memcg * s->top_columns + set / LRU_SPAN];
	u32 *leaf = lru_dir_at(s, *dir) + set / LRU_LEAF % LRU_DIR;

	lru_leaf_at(s, *leaf)[set % LRU_LEAF] = 0;
	if (!all_zero(lru_leaf_at(s, *leaf), LRU_LEAF))
		return;
	flat_give(&s->leaves, *leaf);
	*leaf = 0;
	if (!all_zero(lru_dir_at(s, *dir), LRU_DIR))
		return;
	flat_give(&s->dirs, *dir);
	*dir = 0;
}

static void chain_block(struct lru_system *s, u32 id, u32 *of_memcg, u32 *of_set)
{
	struct lru_block *b = lru_block_at(s, id);

	b->next_of_memcg = *of_memcg;
	if (*of_memcg)
		lru_block_at(s, *of_memcg)->prev_of_memcg = id;
	*of_memcg = id;
	b->next_of_set = *of_set;
	if (*of_set)
		lru_block_at(s, *of_set)->prev_of_set = id;
	*of_set = id;
}

u32 lru_block_make(struct lru_system *s, u32 set, u32 memcg)
{
	u32 id = flat_take(&s->blocks), *entry;
	struct lru_block *b;

	if (!id)
		return 0;
	b = lru_block_at(s, id);
	memset(b, 0, s->blocks.elem);
	b->set = set;
	b->memcg = memcg;
	if (memcg == ROOT_MEMCG)
		return id;
	entry = make_entry(s, set, memcg);
	if (!entry) {
		b->memcg = 0;
		flat_give(&s->blocks, id);
		return 0;
	}
	*entry = id;
	chain_block(s, id, &s->memcg_blocks[memcg], &lru_set_at(s, set)->blocks);
	return id;
}

void lru_block_drop(struct lru_system *s, u32 id)
{
	struct lru_block *b = lru_block_at(s, id);

	if (b->memcg != ROOT_MEMCG) {
		drop_entry(s, b->set, b->memcg);
		if (b->prev_of_memcg)
			lru_block_at(s, b->prev_of_memcg)->next_of_memcg = b->next_of_memcg;
		else
			s->memcg_blocks[b->memcg] = b->next_of_memcg;
		if (b->next_of_memcg)
			lru_block_at(s, b->next_of_memcg)->prev_of_memcg = b->prev_of_memcg;
		if (b->prev_of_set)
			lru_block_at(s, b->prev_of_set)->next_of_set = b->next_of_set;
		else
			lru_set_at(s, b->set)->blocks = b->next_of_set;
		if (b->next_of_set)
			lru_block_at(s, b->next_of_set)->prev_of_set = b->prev_of_set;
	}
	b->memcg = 0;
	flat_give(&s->blocks, id);
}
