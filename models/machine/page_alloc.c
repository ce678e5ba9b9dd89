// SPDX-License-Identifier: GPL-3.0-or-later
/* Models mm/page_alloc.c: zones, watermarks, zonelists (KERNEL_FACTS 2.5). */
#include "machine/page_alloc.h"

#include "ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define BLOCK_FULL 0xff
#define MAX_RECLAIM_RETRIES 16
#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

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
static u8 largest_order(const u64 *map, u32 words, u32 from)
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
static u32 smallest_buddy(const u64 *map, u32 words, u32 order, u32 *found)
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

static void set_pages(u64 *map, u32 first, u32 n, bool free)
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

static inline u32 block_words(const struct page_alloc *p)
{
	return (1U << p->block_order) / 64;
}

static u32 *list_of(struct page_alloc *p, const struct pageblock *b)
{
	struct zone *z = &p->zones[b->zone];

	return b->order == p->block_order ? &z->free_blocks : &z->lists[b->migratetype][b->order];
}

static void block_unlist(struct page_alloc *p, u32 block)
{
	struct pageblock *b = &p->blocks[block];

	if (!b->listed)
		return;
	if (b->prev)
		p->blocks[b->prev - 1].next = b->next;
	else
		*list_of(p, b) = b->next;
	if (b->next)
		p->blocks[b->next - 1].prev = b->prev;
	b->listed = 0;
}

static void block_list(struct page_alloc *p, u32 block)
{
	struct pageblock *b = &p->blocks[block];
	u32 *head;

	if (b->order == BLOCK_FULL)
		return;
	head = list_of(p, b);
	b->prev = 0;
	b->next = *head;
	if (*head)
		p->blocks[*head - 1].prev = block + 1;
	*head = block + 1;
	b->listed = 1;
}

/* Moves a pageblock to the list of its new largest free order. */
static void block_set_order(struct page_alloc *p, u32 block, u8 order)
{
	struct pageblock *b = &p->blocks[block];

	if (b->listed && b->order == order)
		return;
	block_unlist(p, block);
	b->order = order;
	block_list(p, block);
}

/* user: pages of the page cache and anonymous ones, which are not the kernel's own. */
static void account(struct page_alloc *p, struct zone *z, s64 pages, bool user)
{
	z->free += pages;
	gauge_add(&p->free, p->e, pages);
	if (!user)
		gauge_add(&p->used, p->e, -pages);
}

/* The first touch of a pageblock: all of it is free. */
static u32 touch_fresh(struct page_alloc *p, struct zone *z, enum migratetype type)
{
	u32 block = z->next_fresh++;
	struct pageblock *b = &p->blocks[block];

	b->zone = (u8)(z - p->zones);
	b->migratetype = (u8)type;
	b->nr_free = (u16)(1U << p->block_order);
	b->order = (u8)p->block_order;
	memset(p->bitmaps[block], 0xff, block_words(p) * sizeof(u64));
	block_list(p, block);
	return block;
}

/*
 * boost_watermark(): no whole pageblock was left, so types mix in one; more is reclaimed for a while, up to
 * watermark_boost_factor of the high mark, 1.5 times by default, and at least a pageblock.
 */
static void boost_watermark(struct page_alloc *p, struct zone *z)
{
	u64 block = 1ULL << p->block_order;

	if (!p->watermark_boost_factor || 4 * block > z->managed || !z->high)
		return;
	z->boost = min_of(z->boost + block,
			  max_of(z->high * p->watermark_boost_factor / 10000, block));
	p->boosted = z->node + 1U;
}

/* rmqueue(): who boosted a zone wakes its kswapd. */
static void tell_boost(struct page_alloc *p)
{
	u32 node = p->boosted;

	p->boosted = 0;
	if (node && p->ops->wake_boosted)
		p->ops->wake_boosted(p->ops->kernel, node - 1);
}

/* A pageblock of the zone with a free buddy of `order` or more: own type first, then whole ones. */
static u32 find_block(struct page_alloc *p, struct zone *z, u32 order, enum migratetype type)
{
	for (u32 o = order; o < p->block_order; o++)
		if (z->lists[type][o])
			return z->lists[type][o] - 1;
	if (z->free_blocks) {
		u32 block = z->free_blocks - 1;

		p->blocks[block].migratetype = (u8)type;
		return block;
	}
	if (z->next_fresh < z->end_block)
		return touch_fresh(p, z, type);
	/* Fallback: the largest free buddy of another type, as __rmqueue_fallback looks for it. */
	for (u32 o = p->block_order; o-- > order;) {
		u32 block;

		for (u32 t = 0; t < NR_MIGRATETYPES; t++) {
			if (t == type || !z->lists[t][o])
				continue;
			block = z->lists[t][o] - 1;
			p->fallbacks++;
			boost_watermark(p, z);
			/*
			 * can_steal_fallback(): all that is free in it goes over. The kernel makes the
			 * block itself the other type's only if that is half of it.
			 */
			if (o >= p->block_order / 2 || type != MIGRATE_MOVABLE) {
				block_unlist(p, block);
				p->blocks[block].migratetype = (u8)type;
				block_list(p, block);
			}
			return block;
		}
	}
	return NONE_U32;
}

/*
 * Takes up to max blocks of `order` out of one buddy of the zone: what as many single allocations
 * would take, because the rest of a split buddy is the best fit for the next one.
 */
static u32 take_from_zone(struct page_alloc *p, struct zone *z, u32 order, u32 max,
			  enum migratetype type, bool user, u32 *n)
{
	u32 block = find_block(p, z, order, type), first, found;
	struct pageblock *b;
	u64 *map;

	if (block == NONE_U32)
		return 0;
	b = &p->blocks[block];
	map = p->bitmaps[block];
	first = smallest_buddy(map, block_words(p), order, &found);
	sim_assert(first != NONE_U32);
	*n = min_of(max, 1U << (found - order));
	set_pages(map, first, *n << order, false);
	b->nr_free = (u16)(b->nr_free - (*n << order));
	block_set_order(p, block,
			b->nr_free ? largest_order(map, block_words(p), b->order) : BLOCK_FULL);
	account(p, z, -(s64)(*n << order), user);
	return (block << p->block_order) + first;
}

/* Pages of a zone above a mark; from 5.9 on the fast path leaves out what is kept for atomic allocations. */
static s64 zone_room(const struct page_alloc *p, const struct zone *z, u64 mark, u32 order)
{
	/* order 0: zone_watermark_fast(), which did not look at the reserve */
	u64 kept = order || p->fast_mark_sees_highatomic ? z->highatomic : 0;

	return z->free - (s64)(mark + z->reserve[ZONE_NORMAL] + kept) - (1LL << order);
}

static u32 try_zonelist(struct page_alloc *p, u32 node, u32 order, u32 max, enum migratetype type,
			bool low_mark, u32 min_eighths, u32 *n)
{
	const u8 *list = &p->zonelist[node * p->nr_zones];

	for (u32 i = 0; i < p->nr_zones; i++) {
		struct zone *z = &p->zones[list[i]];
		/* GFP_ATOMIC below the min mark does not see a boost (f80b08fc4453, 5.8) */
		u64 mark = low_mark ? z->low + z->boost
				    : z->min * min_eighths / 8 + (min_eighths == 8 ? z->boost : 0);
		s64 room = zone_room(p, z, mark, order);
		u32 pfn;

		if (room < 0)
			continue;
		/* a run stops where single allocations would meet the watermark */
		pfn = take_from_zone(p, z, order, (u32)min_of((u64)max, ((u64)room >> order) + 1),
				     type, false, n);
		if (pfn)
			return pfn;
	}
	return 0;
}

/* Eighths of the min watermark: GFP_ATOMIC may go down to 3/8 of it (ALLOC_HIGH and ALLOC_HARDER). */
static u32 min_share(u16 gfp)
{
	return gfp & GFP_ATOMIC ? 3 : 8;
}

/*
 * __alloc_pages_may_oom(): true if a task was killed and its memory is back. Never for orders above
 * PAGE_ALLOC_COSTLY_ORDER. Who may not enter file systems waits for somebody else to kill: done here at once.
 */
static bool may_oom(const struct page_alloc *p, u32 node, u32 order, u16 gfp)
{
	return !(gfp & GFP_ATOMIC) && order <= 3 && p->ops->out_of_memory &&
	       p->ops->out_of_memory(p->ops->kernel, node, order) == OOM_KILLED;
}

/*
 * Before somebody is killed the kernel goes through its retries, and meanwhile kswapd ends its run and takes the
 * boosts off; here all of that is one moment. True: there was one.
 */
static bool outlast_boost(struct page_alloc *p, u16 gfp)
{
	bool any = false;

	for (u32 i = 0; !(gfp & GFP_ATOMIC) && i < p->nr_zones; i++) {
		any |= p->zones[i].boost > 0;
		p->zones[i].boost = 0;
	}
	return any;
}

u32 alloc_page_run(struct page_alloc *p, u32 node, u32 order, u32 max, enum migratetype type,
		   u16 gfp, u32 *n)
{
	u32 pfn = try_zonelist(p, node, order, max, type, true, 8, n);

	tell_boost(p);
	if (pfn)
		return pfn;
	if (p->ops->wake_kswapd)
		p->ops->wake_kswapd(p->ops->kernel, node, order);
	pfn = try_zonelist(p, node, order, max, type, false, min_share(gfp), n);
	for (u32 i = 0; !pfn && !(gfp & GFP_ATOMIC) && i < MAX_RECLAIM_RETRIES; i++) {
		if (!p->ops->reclaim_pages ||
		    !p->ops->reclaim_pages(p->ops->kernel, node, order, gfp))
			break;
		pfn = try_zonelist(p, node, order, max, type, false, 8, n);
	}
	if (!pfn && outlast_boost(p, gfp))
		pfn = try_zonelist(p, node, order, max, type, false, min_share(gfp), n);
	while (!pfn && may_oom(p, node, order, gfp))
		pfn = try_zonelist(p, node, order, max, type, false, 8, n);
	if (!pfn && (gfp & GFP_NOFAIL))
		pfn = try_zonelist(p, node, order, max, type, false, 0, n);
	if (!pfn)
		p->failures++;
	return pfn;
}

u32 alloc_pages(struct page_alloc *p, u32 node, u32 order, enum migratetype type, u16 gfp)
{
	u32 n;

	return order > p->block_order ? 0 : alloc_page_run(p, node, order, 1, type, gfp, &n);
}

u32 alloc_page_run_nowait(struct page_alloc *p, u32 node, u32 order, u32 max, enum migratetype type,
			  u32 *n)
{
	u32 pfn = order > p->block_order ? 0 : try_zonelist(p, node, order, max, type, true, 8, n);

	p->boosted = 0; /* without __GFP_KSWAPD_RECLAIM nobody is woken */
	return pfn;
}

u32 alloc_pages_nowait(struct page_alloc *p, u32 node, u32 order, enum migratetype type)
{
	u32 n;

	return alloc_page_run_nowait(p, node, order, 1, type, &n);
}

static void free_run(struct page_alloc *p, u32 pfn, u32 order, u32 n, bool user)
{
	u32 block = pfn >> p->block_order, first = pfn & ((1U << p->block_order) - 1);
	struct pageblock *b = &p->blocks[block];
	u64 *map = p->bitmaps[block];

	dbg_assert(first + (n << order) <= 1U << p->block_order);
	set_pages(map, first, n << order, true);
	b->nr_free = (u16)(b->nr_free + (n << order));
	/* BLOCK_FULL is no lower bound; an order that was there still is */
	block_set_order(p, block, largest_order(map, block_words(p), p->block_order));
	account(p, &p->zones[b->zone], (s64)n << order, user);
}

void free_page_run(struct page_alloc *p, u32 pfn, u32 order, u32 n)
{
	free_run(p, pfn, order, n, false);
}

/* ---- per-CPU lists ---- */

static u32 *pcp_of(const struct page_alloc *p, u32 cpu, const struct zone *z)
{
	return &p->pcp[cpu * p->nr_zones + (u32)(z - p->zones)];
}

/* n pages of the zone go to (or, negative, come from) a CPU's list. */
static void pcp_move(struct page_alloc *p, struct zone *z, u32 *pcp, s64 n)
{
	*pcp = (u32)((s64)*pcp + n);
	z->pcp_pages = (u64)((s64)z->pcp_pages + n);
	z->free -= n;
	gauge_add(&p->free, p->e, -n);
}

/* A CPU's list is over its limit: a batch at a time goes back. */
static void pcp_trim(struct page_alloc *p, struct zone *z, u32 *pcp)
{
	u32 high = p->pcp_from_low_mark && z->reclaim_active ? min_of(z->pcp_batch * 4, z->pcp_high)
							     : z->pcp_high;

	while (*pcp > high)
		pcp_move(p, z, pcp, -(s64)min_of(z->pcp_batch, *pcp));
}

enum mark { MARK_LOW, MARK_MIN, MARK_NONE };

static u32 movable_from_zonelist(struct page_alloc *p, u32 cpu, u32 node, u32 max, enum mark mark,
				 u32 *n)
{
	const u8 *list = &p->zonelist[node * p->nr_zones];

	for (u32 i = 0; i < p->nr_zones; i++) {
		struct zone *z = &p->zones[list[i]];
		s64 room = zone_room(p, z,
				     mark == MARK_LOW	? z->low + z->boost
				     : mark == MARK_MIN ? z->min + z->boost
							: 0,
				     0);
		u32 *pcp = pcp_of(p, cpu, z), pfn;

		if (room < 0)
			continue;
		if (!*pcp)
			pcp_move(p, z, pcp,
				 min_of((s64)z->pcp_batch,
					max_of(z->free - (s64)z->highatomic, (s64)0)));
		if (!*pcp)
			continue;
		pfn = take_from_zone(p, z, 0, min_of(max, *pcp), MIGRATE_MOVABLE, true, n);
		if (!pfn)
			continue;
		/* they come from the list, not from the zone's free pages */
		pcp_move(p, z, pcp, -(s64)*n);
		return pfn;
	}
	return 0;
}

u32 alloc_movable_pages(struct page_alloc *p, u32 cpu, u32 node, u32 max, u16 gfp, u32 *n)
{
	u32 pfn = movable_from_zonelist(p, cpu, node, max, MARK_LOW, n);

	tell_boost(p);
	if (pfn)
		return pfn;
	if (p->ops->wake_kswapd)
		p->ops->wake_kswapd(p->ops->kernel, node, 0);
	pfn = movable_from_zonelist(p, cpu, node, max, MARK_MIN, n);
	for (u32 i = 0; !pfn && !(gfp & GFP_ATOMIC) && i < MAX_RECLAIM_RETRIES; i++) {
		if (!p->ops->reclaim_pages || !p->ops->reclaim_pages(p->ops->kernel, node, 0, gfp))
			break;
		pfn = movable_from_zonelist(p, cpu, node, max, MARK_MIN, n);
	}
	if (!pfn && outlast_boost(p, gfp))
		pfn = movable_from_zonelist(p, cpu, node, max, MARK_MIN, n);
	while (!pfn && may_oom(p, node, 0, gfp))
		pfn = movable_from_zonelist(p, cpu, node, max, MARK_MIN, n);
	if (!pfn && (gfp & GFP_NOFAIL))
		pfn = movable_from_zonelist(p, cpu, node, max, MARK_NONE, n);
	if (!pfn)
		p->failures++;
	return pfn;
}

void free_movable_pages(struct page_alloc *p, u32 pfn, u32 n, u32 cpu)
{
	struct zone *z = &p->zones[p->blocks[pfn >> p->block_order].zone];
	u32 *pcp = pcp_of(p, cpu, z);

	free_run(p, pfn, 0, n, true);
	pcp_move(p, z, pcp, n);
	pcp_trim(p, z, pcp);
}

void page_alloc_drain(struct page_alloc *p)
{
	for (u32 cpu = 0; cpu < p->nr_cpus; cpu++)
		for (u32 i = 0; i < p->nr_zones; i++)
			pcp_move(p, &p->zones[i], pcp_of(p, cpu, &p->zones[i]),
				 -(s64)*pcp_of(p, cpu, &p->zones[i]));
}

/* zone_batchsize() and the size of the lists: six batches, from 5.14 on the low mark over the node's CPUs. */
static void size_pcp(struct page_alloc *p, const struct page_alloc_spec *s)
{
	for (u32 i = 0; i < p->nr_zones; i++) {
		struct zone *z = &p->zones[i];
		u64 limit = (s->pcp_limit ? s->pcp_limit : 1 * MIB) / s->page_size;
		u64 batch = max_of(min_of(z->managed / 1024, limit) / 4, (u64)1), power = 1,
		    cpus = 0;

		for (batch += batch / 2; power * 2 <= batch; power *= 2)
			;
		z->pcp_batch = (u32)max_of(power - 1, (u64)1);
		z->pcp_high = 6 * z->pcp_batch;
		for (u32 c = 0; c < s->nr_cpus; c++)
			cpus += s->cpu_node[c] == z->node;
		if (s->pcp_from_low_mark)
			z->pcp_high =
				(u32)max_of(z->low / max_of(cpus, (u64)1), (u64)z->pcp_batch * 4);
	}
}

/* Pageblocks that atomic allocations of higher orders made theirs: in the largest zone of the node. */
static void keep_highatomic(struct page_alloc *p, const struct page_alloc_spec *s)
{
	for (u32 node = 0; node < p->nr_nodes; node++) {
		struct zone *largest = NULL;

		for (u32 i = 0; i < p->nr_zones; i++)
			if (p->zones[i].node == node &&
			    (!largest || p->zones[i].managed > largest->managed))
				largest = &p->zones[i];
		if (largest)
			largest->highatomic =
				min_of(s->highatomic[node] / s->page_size, largest->managed / 2);
	}
}

void free_pages(struct page_alloc *p, u32 pfn, u32 order)
{
	free_page_run(p, pfn, order, 1);
}

u32 pfn_to_node(const struct page_alloc *p, u32 pfn)
{
	return p->zones[p->blocks[pfn >> p->block_order].zone].node;
}

s64 node_free_pages(const struct page_alloc *p, u32 node)
{
	s64 free = 0;

	for (u32 i = 0; i < p->nr_zones; i++)
		if (p->zones[i].node == node)
			free += p->zones[i].free;
	return free;
}

u64 node_managed_pages(const struct page_alloc *p, u32 node)
{
	u64 managed = 0;

	for (u32 i = 0; i < p->nr_zones; i++)
		if (p->zones[i].node == node)
			managed += p->zones[i].managed;
	return managed;
}

/* ---- setting up ---- */

static u64 int_sqrt(u64 x)
{
	u64 r = 0;

	for (u64 bit = 1ULL << 31; bit; bit >>= 1)
		if ((r + bit) * (r + bit) <= x)
			r += bit;
	return r;
}

/* Ends of the DMA and DMA32 zones; 64 KiB pages (powerpc, arm64 as configured) have one zone. */
static u64 zone_end_bytes(const struct page_alloc_spec *s, u32 type)
{
	if (type == ZONE_NORMAL || s->page_size != 4096)
		return type == ZONE_NORMAL ? UINT64_MAX : 0;
	if (type == ZONE_DMA)
		return s->zone_dma ? 16 * MIB : 0;
	return 4 * GIB;
}

/* Pages that are never free: the page allocator does not know them (memblock), or somebody holds them for ever. */
static void reserve_pages(struct page_alloc *p, struct zone *z, u64 pages, bool managed)
{
	while (pages && z->next_fresh < z->end_block) {
		u32 block = touch_fresh(p, z, MIGRATE_UNMOVABLE);
		u32 n = (u32)min_of(pages, (u64)1 << p->block_order);
		struct pageblock *b = &p->blocks[block];

		set_pages(p->bitmaps[block], 0, n, false);
		b->nr_free = (u16)(b->nr_free - n);
		block_set_order(p, block,
				largest_order(p->bitmaps[block], block_words(p), p->block_order));
		z->managed -= managed ? 0 : n;
		z->occupied += managed ? n : 0;
		z->free -= n;
		pages -= n;
	}
}

static void add_zone(struct page_alloc *p, u32 node, u32 type, u64 first_pfn, u64 end_pfn)
{
	struct zone *z = &p->zones[p->nr_zones++];

	*z = (struct zone){
		.type = (u8)type,
		.node = (u8)node,
		.first_pfn = first_pfn,
		.end_pfn = end_pfn,
		.managed = end_pfn - first_pfn,
		.free = (s64)(end_pfn - first_pfn),
		.next_fresh = (u32)(first_pfn >> p->block_order),
		.end_block = (u32)(end_pfn >> p->block_order),
	};
}

/* The kernel's own early memory comes from the largest zone of a node (memblock takes it from above). */
static void reserve_early(struct page_alloc *p, u32 node, u64 pages, u64 occupied)
{
	struct zone *largest = NULL;

	for (u32 i = 0; i < p->nr_zones; i++) {
		struct zone *z = &p->zones[i];

		if (z->node == node && (!largest || z->managed > largest->managed))
			largest = z;
	}
	/* pfn 0 means "no memory", so the first page of all is never given out */
	if (!node && largest != &p->zones[0])
		reserve_pages(p, &p->zones[0], 1, false);
	if (largest) {
		reserve_pages(p, largest, max_of(pages, node ? 0ULL : 1ULL), false);
		reserve_pages(p, largest, occupied, true);
	}
}

static void cut_zones(struct page_alloc *p, const struct page_alloc_spec *s)
{
	u64 block_pages = 1ULL << p->block_order, pfn = 0;

	for (u32 node = 0; node < s->nr_nodes; node++) {
		u64 first = pfn;
		u64 end = pfn + s->node_bytes[node] / s->page_size / block_pages * block_pages;
		u64 reserved = s->reserved[node] ? s->reserved[node] : (end - first) * 64;

		for (u32 type = 0; type < NR_ZONE_TYPES && pfn < end; type++) {
			u64 limit = min_of(zone_end_bytes(s, type) / s->page_size, end);

			if (limit <= pfn)
				continue;
			add_zone(p, node, type, pfn, limit);
			pfn = limit;
		}
		reserve_early(p, node, div_round_up(reserved, s->page_size),
			      s->occupied[node] / s->page_size);
	}
}

static void set_watermarks(struct page_alloc *p, const struct page_alloc_spec *s)
{
	u64 min_kb = s->min_free_bytes / 1024;

	for (u32 i = 0; i < p->nr_zones; i++)
		p->managed += p->zones[i].managed;
	if (!min_kb) {
		min_kb = int_sqrt(p->managed * (s->page_size / 1024) * 16);
		min_kb = min_of(max_of(min_kb, (u64)128),
				(u64)(s->min_free_max_kb ? s->min_free_max_kb : 65536));
	}
	for (u32 i = 0; i < p->nr_zones; i++) {
		struct zone *z = &p->zones[i];
		u64 step;

		z->min = (u64)((u128)(min_kb * 1024 / s->page_size) * z->managed / p->managed);
		step = max_of(z->min / 4, z->managed / 1000);
		z->low = z->min + step;
		z->high = z->min + 2 * step;
		/* what higher zones of the node could have held stays reserved (ratio 256) */
		for (u32 j = 0, above = 0; j < p->nr_zones; j++) {
			struct zone *h = &p->zones[j];

			if (h->node == z->node && h->type > z->type)
				above += (u32)h->managed;
			z->reserve[ZONE_NORMAL] = above / 256;
		}
	}
}

/* Nodes by distance from `node`; equal distances in order of node number from `node` on. */
static void order_nodes(struct page_alloc *p, const struct page_alloc_spec *s, u32 node)
{
	u16 *order = &p->node_order[node * p->nr_nodes];

	for (u32 i = 0; i < p->nr_nodes; i++) {
		u32 candidate = (node + i) % p->nr_nodes, j = i;
		u32 d = s->distance[node * p->nr_nodes + candidate];

		while (j > 0 && s->distance[node * p->nr_nodes + order[j - 1]] > d) {
			order[j] = order[j - 1];
			j--;
		}
		order[j] = (u16)candidate;
	}
}

static int build_zonelists(struct page_alloc *p, const struct page_alloc_spec *s)
{
	p->zonelist = calloc((size_t)p->nr_nodes * p->nr_zones, 1);
	p->node_order = calloc((size_t)p->nr_nodes * p->nr_nodes, sizeof(u16));
	if (!p->zonelist || !p->node_order)
		return -ENOMEM;
	for (u32 node = 0; node < p->nr_nodes; node++) {
		u8 *list = &p->zonelist[node * p->nr_zones];

		order_nodes(p, s, node);
		for (u32 i = 0; i < p->nr_nodes; i++)
			for (u32 z = p->nr_zones; z--;)
				if (p->zones[z].node == p->node_order[node * p->nr_nodes + i])
					*list++ = (u8)z;
	}
	return 0;
}

int page_alloc_init(struct page_alloc *p, struct engine *e, const struct kernel_ops *ops,
		    const struct page_alloc_spec *s)
{
	u64 bytes = 0;

	*p = (struct page_alloc){
		.e = e,
		.ops = ops,
		.page_size = s->page_size,
		.block_order = s->page_size == 4096 ? 9 : 8,
		.watermark_boost_factor = s->watermark_boost_factor,
		.nr_nodes = s->nr_nodes,
	};
	for (u32 i = 0; i < s->nr_nodes; i++)
		bytes += s->node_bytes[i];
	if (bytes / s->page_size >= NONE_U32)
		return -E2BIG;
	p->nr_blocks = bytes / s->page_size >> p->block_order;
	if (!p->nr_blocks)
		return -EINVAL;
	/* calloc of much memory is untouched pages: a block costs something when it is used */
	p->blocks = calloc(p->nr_blocks, sizeof(*p->blocks));
	p->bitmaps = calloc(p->nr_blocks, sizeof(*p->bitmaps));
	if (!p->blocks || !p->bitmaps)
		return -ENOMEM;
	cut_zones(p, s);
	p->nr_cpus = s->nr_cpus;
	p->fast_mark_sees_highatomic = s->fast_mark_sees_highatomic;
	p->pcp_from_low_mark = s->pcp_from_low_mark;
	p->pcp = calloc((size_t)s->nr_cpus * p->nr_zones + 1, sizeof(*p->pcp));
	if (!p->pcp)
		return -ENOMEM;
	set_watermarks(p, s);
	size_pcp(p, s);
	keep_highatomic(p, s);
	for (u32 i = 0; i < p->nr_zones; i++)
		gauge_add(&p->free, e, p->zones[i].free);
	return build_zonelists(p, s);
}

void page_alloc_destroy(struct page_alloc *p)
{
	free(p->blocks);
	free(p->bitmaps);
	free(p->zonelist);
	free(p->pcp);
	free(p->node_order);
	*p = (struct page_alloc){0};
}

const char *page_alloc_check(const struct page_alloc *p)
{
	s64 total = 0;

	for (u32 i = 0; i < p->nr_zones; i++) {
		const struct zone *z = &p->zones[i];
		s64 free = (s64)(z->end_block - z->next_fresh) << p->block_order;
		u64 pcp = 0;

		for (u64 b = z->first_pfn >> p->block_order; b < z->next_fresh; b++) {
			const struct pageblock *block = &p->blocks[b];
			u32 set = 0;

			for (u32 w = 0; w < block_words(p); w++)
				set += (u32)__builtin_popcountll(p->bitmaps[b][w]);
			if (set != block->nr_free)
				return "a pageblock's free count differs from its bitmap";
			if (block->order !=
			    largest_order(p->bitmaps[b], block_words(p), p->block_order))
				return "a pageblock stands on the list of the wrong order";
			if (!!block->listed != (set > 0))
				return "a pageblock with free pages is on no list";
			free += set;
		}
		for (u32 cpu = 0; cpu < p->nr_cpus; cpu++)
			pcp += *pcp_of(p, cpu, z);
		if (pcp != z->pcp_pages)
			return "a zone's pages on per-CPU lists differ from the lists";
		if (free != z->free + (s64)z->pcp_pages)
			return "a zone's free pages differ from its pageblocks";
		total += z->free;
	}
	return total == p->free.level ? NULL : "free pages of the machine differ from its zones";
}
