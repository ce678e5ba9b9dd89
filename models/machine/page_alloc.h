/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page allocator (mm/page_alloc.c): zones of nodes, free pages by order, watermarks, zonelists
 * by distance. Free page counts are exact at every moment.
 *
 * Unlike the kernel's, free lists are lists of pageblocks (512 pages with 4 KiB pages), not of
 * blocks of every order: a pageblock holds a bitmap of its free pages, from which the buddies
 * follow, and stands on the list of its largest free order. An allocation takes the smallest buddy
 * that fits from a pageblock with the smallest sufficient order. Pageblocks that were never touched
 * cost nothing but a counter, so that a 256 GiB machine is cheap. Pages of the page cache and anonymous
 * ones come and go through per-CPU lists (pcp), which watermarks do not see: here a list is a number, its
 * pages lie where they are. Not modelled: per-CPU lists of slab pages, the last-in-first-out order within
 * one order, orders above a pageblock.
 */
#ifndef MODELS_MACHINE_PAGE_ALLOC_H
#define MODELS_MACHINE_PAGE_ALLOC_H

#include "engine/arena.h"
#include "engine/engine.h"

struct kernel_ops;

enum zone_type {
	ZONE_DMA,
	ZONE_DMA32,
	ZONE_NORMAL,
	NR_ZONE_TYPES,
};

enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_MOVABLE,
	NR_MIGRATETYPES,
};

#define MAX_BLOCK_ORDER 9 /* of a pageblock with 4 KiB pages; 8 with 64 KiB pages */
#define BLOCK_WORDS ((1 << MAX_BLOCK_ORDER) / 64)
#define MAX_ZONES (64 + 2)

struct zone {
	u8 type; /* enum zone_type */
	u8 node;
	u64 first_pfn, end_pfn; /* whole pageblocks */
	u64 managed; /* pages */
	u64 occupied; /* of these somebody holds so many from boot on (machine.occupied) */
	s64 free; /* pages: NR_FREE_PAGES, without those on per-CPU lists */
	u64 pcp_pages; /* on the per-CPU lists */
	u32 pcp_batch, pcp_high; /* pages moved at once; a CPU's list holds at most */
	u64 highatomic; /* free pages kept for atomic allocations of higher orders */
	bool reclaim_active; /* kswapd is at work: per-CPU lists are kept short (from 5.14 on) */
	u64 min, low, high; /* watermarks, pages */
	u64 boost; /* on top of each, until kswapd has run (5.0) */
	u64 reserve[NR_ZONE_TYPES]; /* lowmem_reserve against allocations that may use type i */
	u32 next_fresh; /* first pageblock never touched */
	u32 end_block;
	u32 lists[NR_MIGRATETYPES][MAX_BLOCK_ORDER + 1]; /* heads: pageblock + 1 */
	u32 free_blocks; /* list of wholly free pageblocks, of any type */
};

struct pageblock {
	u32 prev, next; /* block + 1 */
	u16 nr_free;
	u8 order; /* largest free order; BLOCK_FULL: none free */
	u8 migratetype;
	u8 zone;
	u8 listed;
	u16 unused;
};

struct page_alloc {
	struct engine *e;
	const struct kernel_ops *ops;
	u32 page_size;
	u32 block_order; /* 9 or 8 */
	u32 nr_nodes, nr_zones, nr_cpus;
	struct zone zones[MAX_ZONES];
	u8 *zonelist; /* [nr_nodes][nr_zones], nearest node first, high zones first */
	u16 *node_order; /* [nr_nodes][nr_nodes] nodes by distance */
	struct pageblock *blocks;
	u64 (*bitmaps)[BLOCK_WORDS]; /* bit set: page free; untouched blocks read 0 */
	u64 nr_blocks;
	struct gauge free; /* pages, whole machine */
	struct gauge used; /* pages given out, but for alloc_movable_pages() */
	u64 managed; /* pages, whole machine */
	u32 *pcp; /* [nr_cpus][nr_zones] pages on per-CPU lists */
	bool fast_mark_sees_highatomic; /* f27ce0e14088 (5.9) */
	bool pcp_from_low_mark; /* size of per-CPU lists (5.14) */
	u32 watermark_boost_factor; /* 1c30844d2dfe (5.0): 1/10000 of the high mark; 0: no boost */
	u32 boosted; /* node + 1 of a zone that was boosted just now */
	u64 fallbacks; /* allocations that took a pageblock of another migrate type */
	u64 failures;
};

struct page_alloc_spec {
	u32 page_size;
	u32 nr_nodes;
	const u64 *node_bytes;
	const u32 *distance; /* [nr_nodes * nr_nodes] */
	u64 min_free_bytes; /* 0: int_sqrt(lowmem_kB * 16), at least 128 kB (KERNEL_FACTS 2.5) */
	u32 min_free_max_kb; /* and at most this; 0: 65536 */
	u64 reserved[MAX_ZONES]; /* bytes per node; 0: 64 bytes a page */
	u64 occupied[MAX_ZONES]; /* bytes per node that are in use from the start */
	bool zone_dma;
	u32 nr_cpus;
	const u16 *cpu_node;
	u64 highatomic[MAX_ZONES]; /* bytes per node, in its largest zone */
	u64 pcp_limit; /* bytes that a batch is at most, times 4: 512 KiB, 1 MiB from 4.19 on */
	bool fast_mark_sees_highatomic, pcp_from_low_mark;
	u32 watermark_boost_factor;
};

int page_alloc_init(struct page_alloc *p, struct engine *e, const struct kernel_ops *ops,
		    const struct page_alloc_spec *spec);
void page_alloc_destroy(struct page_alloc *p);
/*
 * For page_alloc_init(). Pages that are never free: the page allocator does not know them (memblock), or, managed,
 * somebody holds them for ever.
 */
void page_alloc_reserve(struct page_alloc *p, struct zone *z, u64 pages, bool managed);

/*
 * A block of 1 << order pages, from `node` if it has one, else from the nearest that has. Returns
 * its first pfn, or 0: no memory even after reclaim (ops->reclaim_pages, unless gfp forbids it).
 */
u32 alloc_pages(struct page_alloc *p, u32 node, u32 order, enum migratetype type, u16 gfp);
/*
 * The same without reclaim, for callers that have another way (the higher orders of SLUB, kvmalloc).
 */
u32 alloc_pages_nowait(struct page_alloc *p, u32 node, u32 order, enum migratetype type);
/*
 * As many blocks of `order` as stand in a row in one pageblock, up to max; *n says how many came.
 * The pfn of the first, or 0. The second one never reclaims.
 */
u32 alloc_page_run(struct page_alloc *p, u32 node, u32 order, u32 max, enum migratetype type,
		   u16 gfp, u32 *n);
u32 alloc_page_run_nowait(struct page_alloc *p, u32 node, u32 order, u32 max, enum migratetype type,
			  u32 *n);
void free_pages(struct page_alloc *p, u32 pfn, u32 order);
/* n blocks of order in a row, as alloc_page_run gave them (or a part of them). */
void free_page_run(struct page_alloc *p, u32 pfn, u32 order, u32 n);
/* Up to max single movable pages in a row for a task on a CPU, through its per-CPU lists. */
u32 alloc_movable_pages(struct page_alloc *p, u32 cpu, u32 node, u32 max, u16 gfp, u32 *n);
/* n of them in a row go back, to the lists of the CPU that frees them. */
void free_movable_pages(struct page_alloc *p, u32 pfn, u32 n, u32 cpu);
/* drain_all_pages() */
void page_alloc_drain(struct page_alloc *p);

u32 pfn_to_node(const struct page_alloc *p, u32 pfn);
/* Free pages of a node, all zones. */
s64 node_free_pages(const struct page_alloc *p, u32 node);
u64 node_managed_pages(const struct page_alloc *p, u32 node);
/* 0, or a static text that says which recount differs from its counter. */
const char *page_alloc_check(const struct page_alloc *p);

#endif
