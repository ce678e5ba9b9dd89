/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page cache (mm/filemap.c, mm/swap.c, mm/workingset.c; KERNEL_FACTS 1.9, 2.4): pages of files and
 * of block devices, the inactive and active list of every (memcg, node), second chance, refault distance
 * with shadow entries, and the radix tree nodes that hold both. Anonymous memory is counted and charged,
 * but on no list: there is no swap.
 *
 * Pages are kept in runs: neighbours in a mapping, in memory and on their list, in the same state, never
 * across a radix tree node (64 pages). A run of k pages costs what a page does, and every count is exact:
 * reclaim that takes a part of a run shortens it. Not modelled: mapped pages, and which of a node's shadow
 * entries is how old (the node's last eviction stands for all of them).
 */
#ifndef MODELS_PAGE_CACHE_PAGE_CACHE_H
#define MODELS_PAGE_CACHE_PAGE_CACHE_H

#include "engine/idmap.h"
#include "vfs/vfs.h"

#define XA_CHUNK 64 /* pages of a leaf */
#define XA_CHUNK_SHIFT 6

enum page_list {
	INACTIVE_FILE,
	ACTIVE_FILE,
	NR_PAGE_LISTS,
};

enum run_flags {
	RUN_REFERENCED = 1 << 0, /* PG_referenced: one access while inactive */
	RUN_DIRTY = 1 << 1,
	RUN_WORKINGSET = 1 << 2, /* was active when it was evicted last */
	RUN_FOREIGN = 1 << 4, /* charged before a new cgroup took the memcg over (offline: reuse) */
	RUN_BUSY = 1 << 3, /* its buffers are busy: it stays (KERNEL_FACTS 5.4) */
};

struct page_run {
	u32 prev, next; /* list of its lruvec: next is older; first of a freed one: free list */
	u32 leaf; /* that it hangs on */
	u32 leaf_prev, leaf_next;
	u32 pfn; /* of its first page */
	u32 memcg; /* charged */
	u16 index; /* of its first page in the leaf */
	u16 n; /* pages; 0: a freed record */
	u8 node;
	u8 list; /* enum page_list */
	u8 flags; /* enum run_flags */
	u8 unused;
};

/* A lowest node of a mapping's radix tree: 64 consecutive pages or their shadows. */
struct leaf {
	u32 mapping; /* first: free list */
	u32 prefix; /* page index / 64 */
	u32 prev, next; /* leaves of the mapping */
	u32 runs; /* chain */
	u32 object; /* its radix_tree_node; 0: a single entry at index 0 needs none */
	u32 evicted_from; /* memcg whose page was evicted last */
	u8 evicted_node;
	u8 gc_shadows; /* shadows that the worker of axis dying_gc left; the first to refault */
	u8 pages, shadows;
	u64 age; /* nonresident_age of that lruvec at the eviction */
};

struct mapping {
	u32 inode; /* object; 0: a block device's. First: free list */
	u32 sb;
	u64 pages;
	u32 blocks; /* block device: blocks read so far */
	u32 leaves; /* chain */
	u32 first_leaf; /* that of prefix 0; others are found through the table */
	u32 height; /* levels of its radix tree */
	u32 dirty; /* pages */
	u32 dirty_prev, dirty_next; /* those with dirty pages: first dirtied first */
	u64 dirtied_when; /* ns */
	u64 place; /* on the disk, once it was written back; 0: by its id */
	bool live;
	bool has_extent; /* ext4: where its blocks are is cached */
};

/* The lists of one (memcg, node). */
struct page_lruvec {
	u32 head[NR_PAGE_LISTS], tail[NR_PAGE_LISTS]; /* head is the youngest */
	u64 pages[NR_PAGE_LISTS];
	u64 anon; /* on lists that are never scanned */
	u64 dirty; /* of the file pages */
	u64 nonresident_age; /* evictions and activations: the clock of refault distances */
	u64 refaults; /* refaults that activated (WORKINGSET_ACTIVATE) */
	u64 refaults_seen; /* as of the end of the last reclaim */
	/* from 5.5 on these three are of the whole tree below the memcg */
	u32 walk_at; /* memcg where the last partial walk over the tree ended; 0: at its end */
	u64 walk_serial; /* of that memcg */
};

struct page_cache {
	struct engine *e;
	struct machine *m;
	struct slab_system *slab;
	struct memcg_system *memcg;
	struct lru_system *lru;
	struct shrinker_system *shrinkers;
	struct vfs *vfs;
	const struct kernel_row *row;
	struct flat runs, leaves, mappings;
	struct flat lruvecs; /* struct page_lruvec [nr_nodes] each */
	u32 *lruvec_of; /* by memcg; 0: it has no page */
	u32 cap_memcgs;
	struct idmap leaf_of; /* mapping << 32 | prefix -> leaf, but for prefix 0 */
	struct idmap upper; /* (mapping, level, prefix) -> upper node record */
	struct flat uppers;
	u32 node_cache; /* radix_tree_node */
	u32 shadow_set; /* lru set of nodes that hold shadows alone */
	u32 shadow_shrinker;
	u16 cpu; /* that frees pages now */
	u32 target; /* memcg that reclaim works for: from 5.5 on shadows belong to it */
	struct idmap bdev_of; /* superblock -> mapping of its metadata blocks */
	struct idmap es_of; /* superblock -> extent status */
	struct flat es; /* struct extent_status */
	struct idmap dir_blocks; /* (superblock, directory, entries) -> block of the device + 1 */
	u32 next_dir_block;
	struct gauge file; /* pages */
	struct gauge anon; /* pages */
	struct gauge *node_file; /* [nr_nodes] pages */
	u64 *node_list; /* [nr_nodes][NR_PAGE_LISTS] pages */
	struct inode_pages_ops vfs_ops;
	u64 added, refaults, activated, evicted, truncated, inodesteal, written;
	/* writeback */
	u32 first_dirty, last_dirty; /* mappings */
	struct gauge dirty; /* pages */
	u32 hurry; /* memcg with too many dirty pages; 0: none */
	u64 next_place; /* of the next file that is written back */
	bool flusher_runs; /* a request of it is on its way */
	bool flusher_timer;
	bool writing; /* the access that runs writes */
	bool gc_drops; /* what is evicted now is for the worker of axis dying_gc */
	u64 gc_refaults; /* pages read again after that */
};

/* ext4's extent status of a superblock: what is cached of where files' blocks are (fs/ext4/extents_status.c). */
struct extent_status {
	u32 shrinker; /* first: free list */
	u64 fresh, referenced, seen; /* extents in the order that the shrinker meets them */
};

struct page_cache_spec {
	u32 shadow_set;
};

int page_cache_init(struct page_cache *pc, struct vfs *v, const struct page_cache_spec *spec);
void page_cache_destroy(struct page_cache *pc);

static inline struct page_run *run_at(const struct page_cache *pc, u32 id)
{
	return (struct page_run *)(void *)pc->runs.base + id;
}

static inline struct leaf *leaf_at(const struct page_cache *pc, u32 id)
{
	return (struct leaf *)(void *)pc->leaves.base + id;
}

static inline struct mapping *mapping_at(const struct page_cache *pc, u32 id)
{
	return (struct mapping *)(void *)pc->mappings.base + id;
}

/* Lists of (memcg, node); NULL if the memcg has never had a page. */
static inline struct page_lruvec *lruvec_at(const struct page_cache *pc, u32 memcg, u32 node)
{
	u32 id = memcg < pc->cap_memcgs ? pc->lruvec_of[memcg] : 0;

	return id ? (struct page_lruvec *)(void *)(pc->lruvecs.base +
						   (size_t)id * pc->lruvecs.elem) +
			       node
		  : NULL;
}

/* The same, made if they were not there; NULL: no memory. */
struct page_lruvec *lruvec_make(struct page_cache *pc, u32 memcg, u32 node);
/* Pages on a list of all memcgs of a tree, on a node. */
u64 page_tree_pages(const struct page_cache *pc, u32 memcg, u32 node, enum page_list list);

/* A new cgroup took the memcg over: all pages on its lists are its predecessors'. How many. */
u64 page_cache_memcg_taken(struct page_cache *pc, u32 memcg);
/* css_free(): a memcg that has no page any more gives its lists back. */
void page_cache_memcg_free(struct page_cache *pc, u32 memcg);

/* ---- mappings ---- */

/* The mapping of an inode's data, made at first use (a traced inode has none); of a superblock's metadata blocks. Id or 0. */
u32 inode_mapping(struct page_cache *pc, u32 inode);
u32 bdev_mapping(struct page_cache *pc, u32 sb);

/* ---- pages ---- */

/*
 * Reads pages [index, index + n) for t, whole runs at a time: those that are there are marked accessed,
 * the others allocated, charged and added to the inactive list (to the active one if their refault
 * distance says so). How many pages it got through; fewer than n: no memory, or over a limit.
 */
u32 page_cache_read(struct page_cache *pc, u32 mapping, u64 index, u32 n, const struct task *t);
/*
 * Writes them instead: pages that are not there are new ones, not read, and all are dirty. Same answer.
 */
u32 page_cache_write(struct page_cache *pc, u32 mapping, u64 index, u32 n, const struct task *t);
/* Must a task that writes wait (balance_dirty_pages(): it or the machine is above vm.dirty_ratio)? Then the flusher is started. */
bool page_cache_must_wait(struct page_cache *pc, u32 memcg);
/* One access to a page that is there (or not: then it is read). False: no memory. */
bool page_cache_touch(struct page_cache *pc, u32 mapping, u64 index, const struct task *t);

/*
 * Looks at up to n pages from the old end of a list, evicts them and leaves shadows (shrink_inactive_list of
 * clean, unmapped pages). How many went.
 */
u64 page_list_evict(struct page_cache *pc, u32 memcg, u32 node, u64 n);
/* Moves up to n pages from the old end of the active list to the young end of the inactive one. */
u64 page_list_deactivate(struct page_cache *pc, u32 memcg, u32 node, u64 n);

/* invalidate_mapping_pages() and truncate: pages that went; no shadow is left. */
u64 mapping_invalidate(struct page_cache *pc, u32 mapping);
/* The inode is evicted: pages, shadows and nodes go. */
void mapping_drop(struct page_cache *pc, u32 mapping);
/* drop_caches 1. Pages that went. */
u64 drop_pagecache(struct page_cache *pc);

/* ---- anonymous memory ---- */

struct anon_pages {
	u32 first; /* run chain through leaf_next; 0 = none */
	u64 pages;
	u32 memcg;
};

/* n more pages for t; how many came. */
u64 anon_grow(struct page_cache *pc, struct anon_pages *a, u64 n, const struct task *t);
void anon_free(struct page_cache *pc, struct anon_pages *a);

extern const struct metric_source page_cache_metrics[];

/* NULL or what is wrong. */
const char *page_cache_check(const struct page_cache *pc);

#endif
