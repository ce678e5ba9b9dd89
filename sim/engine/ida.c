// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ida.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int ida_init(struct ida *a, u32 limit)
{
	u32 words = (limit + 63) / 64;

	sim_assert(limit > 0 && limit <= 1U << (6 * IDA_LEVELS));
	*a = (struct ida){.limit = limit};
	for (u32 bits = limit;; bits = words, words = (words + 63) / 64) {
		u64 *level = calloc(words, sizeof(u64));

		if (!level) {
			ida_destroy(a);
			return -ENOMEM;
		}
		memset(level, 0xff, (size_t)words * sizeof(u64));
		if (bits % 64)
			level[words - 1] = (1ULL << (bits % 64)) - 1;
		a->free[a->levels++] = level;
		if (words == 1)
			return 0;
	}
}

void ida_destroy(struct ida *a)
{
	for (u32 l = 0; l < a->levels; l++)
		free(a->free[l]);
	a->levels = 0;
}

/* Lowest free id >= min among the descendants of node `index` of `level`. */
static u32 search(const struct ida *a, u32 level, u32 index, u32 min)
{
	u32 first = min >> (6 * level);
	u64 word = a->free[level][index];

	if (first >= (index + 1) * 64)
		return NONE_U32;
	if (first > index * 64)
		word &= ~0ULL << (first - index * 64);
	while (word) {
		u32 child = index * 64 + (u32)__builtin_ctzll(word);
		u32 found = level ? search(a, level - 1, child, min) : child;

		if (found != NONE_U32)
			return found;
		/* only the child that min stands in can be free below min alone */
		word &= word - 1;
	}
	return NONE_U32;
}

u32 ida_alloc(struct ida *a, u32 min)
{
	u32 id = min < a->limit ? search(a, a->levels - 1, 0, min) : NONE_U32;

	if (id == NONE_U32)
		return NONE_U32;
	for (u32 l = 0, i = id; l < a->levels; l++, i /= 64) {
		a->free[l][i / 64] &= ~(1ULL << (i % 64));
		if (a->free[l][i / 64])
			break;
	}
	a->used++;
	return id;
}

void ida_release(struct ida *a, u32 id)
{
	sim_assert(ida_in_use(a, id));
	for (u32 l = 0, i = id; l < a->levels; l++, i /= 64)
		a->free[l][i / 64] |= 1ULL << (i % 64);
	a->used--;
}

bool ida_in_use(const struct ida *a, u32 id)
{
	return id < a->limit && !(a->free[0][id / 64] >> (id % 64) & 1);
}

u32 ida_max(const struct ida *a)
{
	u32 words = (a->limit + 63) / 64;

	for (u32 w = a->used ? words : 0; w--;) {
		u64 valid = w == words - 1 && a->limit % 64 ? (1ULL << (a->limit % 64)) - 1 : ~0ULL;
		u64 used = ~a->free[0][w] & valid;

		if (used)
			return w * 64 + 63 - (u32)__builtin_clzll(used);
	}
	return NONE_U32;
}
