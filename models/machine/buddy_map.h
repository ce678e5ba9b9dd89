/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Buddies of a pageblock, from the bitmap of its free pages (bit set: free): what free lists of every order are to the
 * kernel. A buddy of an order is an aligned run of 1 << order free pages. Nothing here knows a zone or a list;
 * map, words: the bitmap and its length. For page_alloc.c, in a header because it is asked for every allocation.
 */
#ifndef MODELS_MACHINE_BUDDY_MAP_H
#define MODELS_MACHINE_BUDDY_MAP_H

#include "engine/engine.h"

#define BLOCK_FULL 0xff /* an order: no page is free */

/* Bit i set: an aligned run of 1 << order pages may begin at i. */
static const u64 aligned[] = {
	0xffffffffffffffffULL, 0x5555555555555555ULL, 0x1111111111111111ULL,
	0x0101010101010101ULL, 0x0001000100010001ULL, 0x0000000100000001ULL,
};

/* Starts of the aligned free runs of 1 << order pages within a word, order <= 5. */
static inline u64 runs_in_word(u64 free, u32 order)
{
	for (u32 k = 0; k < order; k++)
		free &= free >> (1U << k);
	return free & aligned[order];
}

/* Is the aligned run of 1 << order pages at page i of the bitmap free? order >= 6. */
static inline bool words_free(const u64 *map, u32 i, u32 order)
{
	for (u32 w = i / 64; w < (i >> 6) + (1U << (order - 6)); w++)
		if (~map[w])
			return false;
	return true;
}

/* Of aligned free runs of 1 << order pages those that make one of twice the size, order <= 4. */
static inline u64 run_pairs(u64 runs, u32 order)
{
	return runs & (runs >> (1U << order)) & aligned[order + 1];
}

/* Largest free order of a pageblock, at most `from`; BLOCK_FULL if no page is free. */
static inline u8 largest_order(const u64 *map, u32 words, u32 from)
{
	u32 within = min_of(from, 5U), largest = BLOCK_FULL;

	for (u32 order = from; order >= 6; order--)
		for (u32 i = 0; i < words * 64; i += 1U << order)
			if (words_free(map, i, order))
				return (u8)order;
	for (u32 w = 0; w < words && largest != within; w++) {
		u64 runs = map[w], pairs;
		u32 order = 0;

		if (!runs)
			continue;
		while (order < within && (pairs = run_pairs(runs, order))) {
			runs = pairs;
			order++;
		}
		largest = largest == BLOCK_FULL ? order : max_of(largest, order);
	}
	return (u8)largest;
}

/*
 * The smallest free buddy of `order` or more (one whose own buddy is not wholly free): its first page, or
 * NONE_U32; *found: its order. One pass over the words, since it is asked for every allocation.
 */
static inline u32 smallest_buddy(const u64 *map, u32 words, u32 order, u32 *found)
{
	u32 first = NONE_U32, smallest = 6;

	for (u32 w = 0; w < words && order < smallest; w++) {
		/* a word that is wholly free is a part of something larger */
		u64 runs = map[w] && ~map[w] ? runs_in_word(map[w], min_of(order, 5U)) : 0;

		for (u32 k = order; runs && k < smallest; k++) {
			u64 pairs = k < 5 ? run_pairs(runs, k) : 0,
			    lone = runs & ~(pairs | pairs << (1U << k));

			if (lone) {
				first = w * 64 + (u32)__builtin_ctzll(lone);
				smallest = k;
			}
			runs = pairs;
		}
	}
	*found = smallest;
	if (first != NONE_U32)
		return first;
	for (u32 k = max_of(order, 6U), step = 1U << k; step <= words * 64; k++, step *= 2)
		for (u32 i = 0; i < words * 64; i += step)
			if (words_free(map, i, k) &&
			    (step == words * 64 || !words_free(map, i ^ step, k))) {
				*found = k;
				return i;
			}
	return NONE_U32;
}

static inline void set_pages(u64 *map, u32 first, u32 n, bool free)
{
	while (n) {
		u32 bit = first % 64, take = min_of(n, 64 - bit);
		u64 mask = (take == 64 ? ~0ULL : (1ULL << take) - 1) << bit;

		if (free)
			map[first / 64] |= mask;
		else
			map[first / 64] &= ~mask;
		first += take;
		n -= take;
	}
}

#endif
