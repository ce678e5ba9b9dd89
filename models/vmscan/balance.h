/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reclaim balance (DESIGN 7): what reclaim scans of the slab caches beside what it scans of the page cache.
 *
 * A cache is what one call of do_shrink_slab sees: the lists of one (shrinker, memcg, node), or all that a
 * shrinker has which knows neither. A pass is one shrink_node(): the memcgs that it visits, with the lists of file
 * pages that it scans there and their caches. Each pass gives every cache its share, scanned / freeable, divided by 4 / seeks; passes are
 * weighted by the file pages that they were over, so that one over a small cgroup does not count as one over a
 * node. Caches with seeks 0 (4b85afbdacd2) have no share that the classic formula would give: they are left out.
 */
#ifndef MODELS_VMSCAN_BALANCE_H
#define MODELS_VMSCAN_BALANCE_H

#include "page_cache/page_cache.h"

#define SMALL_CACHE 4096 /* freeable >> DEF_PRIORITY is 0 below */

/* What was scanned of a cache, of all caches of a shrinker, or of all there are. */
struct balance_sum {
	/* of the pass that is on */
	u64 scanned; /* objects times seeks */
	u64 objects; /* freeable; 0: not called yet */
	/* since pressure began */
	double slab; /* shares times the file pages of their pass */
	double pages; /* pages scanned by the same passes */
};

struct balance_cache {
	u32 shrinker; /* 0: the sum over all */
	u32 serial; /* of that shrinker: ids come again */
	u32 memcg; /* 0: knows none, or all of the shrinker's */
	u32 node;
	u64 memcg_serial;
	u64 first; /* freeable when pressure began */
	bool cache; /* not a sum over others */
	struct balance_sum sum;
};

struct balance {
	struct engine *e;
	struct shrinker_system *shrinkers;
	struct page_cache *pc;
	/* the pass that is on */
	bool on, kswapd;
	u32 node;
	u64 pages, pages_scanned;
	u32 *touched; /* caches called by it */
	u32 nr_touched, cap_touched;
	struct flat caches; /* struct balance_cache; the first is the sum over all */
	/* u32 ids in caches; 0: none */
	struct flat of_block; /* by block: [nr_nodes] */
	struct flat of_shrinker;
	/* page cache since pressure began */
	bool began;
	u64 began_at;
	s128 area; /* pages times ns up to there */
	s64 peak, fall;
};

int balance_init(struct balance *b, struct page_cache *pc);
void balance_destroy(struct balance *b);

/* Around every shrink_node(). */
void balance_pass_begin(struct balance *b, u32 node, bool kswapd);
void balance_pass_end(struct balance *b);

/*
 * In it: a list of file pages has its turn, some of them are looked at. An active list that is spared has none:
 * that is a decision within the page cache, and freeable >> priority knows nothing of it.
 */
static inline void balance_page_list(struct balance *b, u64 pages)
{
	b->pages += pages;
}

static inline void balance_pages_scanned(struct balance *b, u64 pages)
{
	b->pages_scanned += pages;
}

/* Slab's pace over the page cache's; NaN if no page was scanned where it was. The classic formula gives 1. */
double balance_ratio(const struct balance_sum *s);

/*
 * The caches and the sums over a shrinker's, in the order in which pressure met them; 0 starts, 0 is the end.
 * Those of a shrinker or memcg that is gone stay.
 */
static inline u32 balance_next(const struct balance *b, u32 id)
{
	u32 next = id ? id + 1 : 2;

	return next < b->caches.n ? next : 0;
}

static inline struct balance_cache *balance_at(const struct balance *b, u32 id)
{
	return (struct balance_cache *)(void *)b->caches.base + id;
}

double balance_scan_ratio(const struct balance *b);
double balance_jain(const struct balance *b);
double balance_small_retention(const struct balance *b);
double balance_sawtooth(const struct balance *b);

extern const struct metric_source balance_metrics[];

#endif
