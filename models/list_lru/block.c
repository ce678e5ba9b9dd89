// SPDX-License-Identifier: GPL-3.0-or-later
/* Blocks of lists, by (set, memcg): a hash table of ids, and chains by memcg and by set. */
#include "list_lru/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 256

int lru_blocks_init(struct lru_system *s, u32 block_bytes)
{
	s->slots = calloc(FIRST_SLOTS, sizeof(*s->slots));
	s->slot_mask = FIRST_SLOTS - 1;
	if (!s->slots || flat_init(&s->blocks, block_bytes, MAX_BLOCKS, true, &s->e->failed) ||
	    flat_init(&s->links, sizeof(struct lru_links), MAX_BLOCKS, false, &s->e->failed) ||
	    flat_init(&s->deferred, (u32)sizeof(s64) * max_of(s->nr_nodes, s->m->nr_nodes),
		      MAX_BLOCKS, false, &s->e->failed))
		return -ENOMEM;
	return 0;
}

void lru_blocks_destroy(struct lru_system *s)
{
	flat_destroy(&s->blocks);
	flat_destroy(&s->links);
	flat_destroy(&s->deferred);
	free(s->slots);
	free(s->memcg_blocks);
	s->slots = s->memcg_blocks = NULL;
}

u32 lru_first_block_of_memcg(const struct lru_system *s, u32 memcg)
{
	return memcg < s->cap_memcgs ? s->memcg_blocks[memcg] : 0;
}

/* Room for a memcg's chain. */
static int grow_chains(struct lru_system *s, u32 memcg)
{
	u32 cap = s->cap_memcgs, *chains;

	if (memcg < cap)
		return 0;
	while (cap <= memcg)
		cap = max_of(cap * 2, 64U);
	chains = realloc(s->memcg_blocks, cap * sizeof(*chains));
	if (!chains)
		return s->e->failed = -ENOMEM;
	memset(chains + s->cap_memcgs, 0, (cap - s->cap_memcgs) * sizeof(*chains));
	s->memcg_blocks = chains;
	s->cap_memcgs = cap;
	return 0;
}

static void insert_slot(struct lru_system *s, u32 id)
{
	const struct lru_block *b = lru_block_at(s, id);
	u64 hash = lru_hash(b->set, b->memcg);
	u32 i = lru_slot_of(s, hash);

	while (s->slots[i])
		i = (i + 1) & s->slot_mask;
	s->slots[i] = (u32)(hash >> (32 + LRU_BLOCK_BITS)) << LRU_BLOCK_BITS | id;
}

static int grow_slots(struct lru_system *s)
{
	u32 *old = s->slots, n = s->slot_mask + 1;

	if (s->slots_used * 2 <= n)
		return 0;
	s->slots = huge_calloc(n * 2ULL, sizeof(*s->slots));
	if (!s->slots) {
		s->slots = old;
		return s->e->failed = -ENOMEM;
	}
	s->slot_mask = n * 2 - 1;
	for (u32 i = 0; i < n; i++)
		if (old[i])
			insert_slot(s, old[i] & (MAX_BLOCKS - 1));
	free(old);
	return 0;
}

static int add_slot(struct lru_system *s, u32 id)
{
	s->slots_used++;
	if (grow_slots(s)) {
		s->slots_used--;
		return -ENOMEM;
	}
	insert_slot(s, id);
	return 0;
}

/* Where a slot's block would stand if there were no others. */
static u32 home_of(const struct lru_system *s, u32 slot)
{
	const struct lru_block *b = lru_block_at(s, s->slots[slot] & (MAX_BLOCKS - 1));

	return lru_slot_of(s, lru_hash(b->set, b->memcg));
}

static void remove_slot(struct lru_system *s, u32 id)
{
	const struct lru_block *b = lru_block_at(s, id);
	u32 i = lru_slot_of(s, lru_hash(b->set, b->memcg)), hole;

	while ((s->slots[i] & (MAX_BLOCKS - 1)) != id)
		i = (i + 1) & s->slot_mask;
	s->slots_used--;
	/* close the gap: move back every later one of the run that may stand here */
	for (hole = i;;) {
		i = (i + 1) & s->slot_mask;
		if (!s->slots[i])
			break;
		if (((i - home_of(s, i)) & s->slot_mask) >= ((i - hole) & s->slot_mask)) {
			s->slots[hole] = s->slots[i];
			hole = i;
		}
	}
	s->slots[hole] = 0;
}

static void chain_block(struct lru_system *s, u32 id, u32 *of_memcg, u32 *of_set)
{
	struct lru_links *b = lru_links_at(s, id);

	b->next_of_memcg = *of_memcg;
	if (*of_memcg)
		lru_links_at(s, *of_memcg)->prev_of_memcg = id;
	*of_memcg = id;
	b->next_of_set = *of_set;
	if (*of_set)
		lru_links_at(s, *of_set)->prev_of_set = id;
	*of_set = id;
}

static void unchain_block(struct lru_system *s, u32 id, u32 *of_memcg, u32 *of_set)
{
	const struct lru_links *b = lru_links_at(s, id);

	if (b->prev_of_memcg)
		lru_links_at(s, b->prev_of_memcg)->next_of_memcg = b->next_of_memcg;
	else
		*of_memcg = b->next_of_memcg;
	if (b->next_of_memcg)
		lru_links_at(s, b->next_of_memcg)->prev_of_memcg = b->prev_of_memcg;
	if (b->prev_of_set)
		lru_links_at(s, b->prev_of_set)->next_of_set = b->next_of_set;
	else
		*of_set = b->next_of_set;
	if (b->next_of_set)
		lru_links_at(s, b->next_of_set)->prev_of_set = b->prev_of_set;
}

/* All zeroes. Counters that nobody touched cost no memory, and shall not now. */
static void clear_block(struct lru_system *s, u32 id)
{
	memset(lru_block_at(s, id), 0, s->blocks.elem);
	*lru_links_at(s, id) = (struct lru_links){0};
	for (u32 node = 0; node < s->deferred.elem / sizeof(s64); node++)
		if (*lru_block_deferred(s, id, node))
			*lru_block_deferred(s, id, node) = 0;
}

u32 lru_block_make(struct lru_system *s, u32 set, u32 memcg)
{
	u32 id = flat_take(&s->blocks);
	struct lru_block *b;

	if (!id)
		return 0;
	b = lru_block_at(s, id);
	clear_block(s, id);
	b->set = set;
	b->memcg = memcg;
	if (memcg == ROOT_MEMCG)
		return id;
	if (grow_chains(s, memcg) || add_slot(s, id)) {
		b->memcg = 0;
		flat_give(&s->blocks, id);
		return 0;
	}
	chain_block(s, id, &s->memcg_blocks[memcg], &lru_set_at(s, set)->blocks);
	return id;
}

void lru_block_drop(struct lru_system *s, u32 id)
{
	struct lru_block *b = lru_block_at(s, id);

	if (b->memcg != ROOT_MEMCG) {
		remove_slot(s, id);
		unchain_block(s, id, &s->memcg_blocks[b->memcg], &lru_set_at(s, b->set)->blocks);
	}
	b->memcg = 0;
	flat_give(&s->blocks, id);
}
