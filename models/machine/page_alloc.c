// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Models mm/page_alloc.c (KERNEL_FACTS 2.5): what an allocation takes from which zone, watermarks, reclaim and the OOM
 * killer on its way, per-CPU lists, and the free. Buddies are buddy_map.h's, page_alloc_init.c makes the zones.
 */
#include "machine/page_alloc.h"

#include "machine/buddy_map.h"
#include "ops.h"

#include <string.h>

#define MAX_RECLAIM_RETRIES 16

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

/* ---- of zones and nodes ---- */

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

void page_alloc_reserve(struct page_alloc *p, struct zone *z, u64 pages, bool managed)
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
