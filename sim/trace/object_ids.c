// SPDX-License-Identifier: GPL-3.0-or-later
#include "trace/object_ids.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_BITS 10

static int map_alloc(struct object_map *m, u32 bits)
{
	m->slots = calloc(1ULL << bits, sizeof(*m->slots));
	m->mask = (1ULL << bits) - 1;
	m->shift = 64 - bits;
	m->n = 0;
	return m->slots ? 0 : -ENOMEM;
}

int object_map_init(struct object_map *m)
{
	return map_alloc(m, FIRST_BITS);
}

void object_map_destroy(struct object_map *m)
{
	free(m->slots);
	m->slots = NULL;
}

static struct object_slot *place(struct object_map *m, u64 ptr)
{
	u64 i = object_map_home(m, ptr);

	while (m->slots[i].ptr)
		i = (i + 1) & m->mask;
	m->slots[i].ptr = ptr;
	m->n++;
	return &m->slots[i];
}

static int map_grow(struct object_map *m)
{
	struct object_map old = *m;

	if (map_alloc(m, 64 - old.shift + 1)) {
		*m = old;
		return -ENOMEM;
	}
	for (u64 i = 0; i <= old.mask; i++)
		if (old.slots[i].ptr)
			*place(m, old.slots[i].ptr) = old.slots[i];
	free(old.slots);
	return 0;
}

struct object_slot *object_map_add(struct object_map *m, u64 ptr)
{
	if (unlikely(m->n * 2 > m->mask) && map_grow(m))
		return NULL;
	return place(m, ptr);
}

void object_map_remove(struct object_map *m, struct object_slot *slot)
{
	u64 hole = (u64)(slot - m->slots);

	m->n--;
	/* Close the gap: move back every later entry of the run that may stand here. */
	for (u64 i = (hole + 1) & m->mask; m->slots[i].ptr; i = (i + 1) & m->mask) {
		u64 home = object_map_home(m, m->slots[i].ptr);

		if (((i - home) & m->mask) >= ((i - hole) & m->mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole].ptr = 0;
}

void id_pool_destroy(struct id_pool *p)
{
	for (u32 l = 0; l < p->levels; l++)
		free(p->level[l]);
	p->levels = 0;
}

/* Called when no id is free: every word is 0, nothing has to be carried over. */
static int pool_grow(struct id_pool *p)
{
	u64 cap = p->cap ? p->cap * 8 : 4096;

	if (cap > 1ULL << (6 * ID_LEVELS))
		return -ENOSPC;
	id_pool_destroy(p);
	for (u64 words = cap / 64;; words = (words + 63) / 64) {
		p->level[p->levels] = calloc(words, sizeof(u64));
		if (!p->level[p->levels]) {
			id_pool_destroy(p);
			return -ENOMEM;
		}
		p->levels++;
		if (words == 1)
			break;
	}
	p->cap = cap;
	return 0;
}

u32 id_pool_take(struct id_pool *p)
{
	u32 id = 0;

	if (!p->nr_free) {
		if (p->next == p->cap && pool_grow(p))
			return NONE_U32;
		return p->next++;
	}
	for (u32 l = p->levels; l--;)
		id = id * 64 + (u32)__builtin_ctzll(p->level[l][id]);
	p->nr_free--;
	for (u32 l = 0, i = id; l < p->levels; l++, i /= 64) {
		u64 *word = &p->level[l][i / 64];

		*word &= ~(1ULL << (i % 64));
		if (*word)
			break;
	}
	return id;
}

void id_pool_give(struct id_pool *p, u32 id)
{
	p->nr_free++;
	for (u32 l = 0, i = id; l < p->levels; l++, i /= 64) {
		u64 *word = &p->level[l][i / 64], before = *word;

		*word |= 1ULL << (i % 64);
		if (before)
			break;
	}
}
