/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this room share and nobody else sees. */
#ifndef MODELS_PAGE_CACHE_INTERNAL_H
#define MODELS_PAGE_CACHE_INTERNAL_H

#include "page_cache/page_cache.h"

/* ---- tree.c: leaves and the nodes above them ---- */

u32 leaf_find(const struct page_cache *pc, u32 mapping, u32 prefix);
/*
 * The leaf, made with its nodes if need be; node: more than one entry at index 0 will be in it. 0: no
 * memory. May reclaim: nothing that was looked up before is good after it.
 */
u32 leaf_make(struct page_cache *pc, u32 mapping, u32 prefix, bool node, const struct task *t);
/* After pages or shadows went: on or off the shadow lru, or freed when it holds neither. */
void leaf_settle(struct page_cache *pc, u32 leaf, u16 cpu);
/* Node above a prefix of its level, or 0; how many nodes hang on it. */
u32 upper_find(const struct page_cache *pc, u32 mapping, u32 level, u32 prefix);
u32 upper_children(const struct page_cache *pc, u32 upper);
int trees_init(struct page_cache *pc);
void trees_destroy(struct page_cache *pc);

/* No page, and no shadow but a lone one at index 0. */
bool mapping_shrinkable(const struct page_cache *pc, u32 mapping);

/* ---- lists.c: runs and their lists ---- */

/* A run at the young end of a list, hung on its leaf; 0: no memory for the record. */
u32 run_new(struct page_cache *pc, u32 leaf, const struct page_run *r);
/* k pages of the run from its first on go: off its list, leaf and charge, back to the page allocator. */
void run_shrink(struct page_cache *pc, u32 run, u32 k);
/* The run keeps its first k pages, the rest is a run of its own next to it. That one, or 0. */
u32 run_split(struct page_cache *pc, u32 run, u32 k);
/* To the young end of a list (which may be its own). */
void run_move(struct page_cache *pc, u32 run, enum page_list list);

/* workingset_age_nonresident(): the clock goes on by n, from 5.5 on that of all ancestors as well. */
void lruvec_age(struct page_cache *pc, u32 memcg, u32 node, u64 n);
/* n refaults were activated. */
void lruvec_refaulted(struct page_cache *pc, u32 memcg, u32 node, u64 n);

/* ---- extent_status.c ---- */

int extent_status_init(struct page_cache *pc);
void extent_status_destroy(struct page_cache *pc);
/* A file of an ext4 was read: where its blocks are stays cached until the inode or the shrinker goes. */
void extent_status_add(struct page_cache *pc, u32 mapping, const struct task *t);
void extent_status_del(struct page_cache *pc, u32 mapping, u16 cpu);
void extent_status_umount(struct page_cache *pc, u32 sb, u16 cpu);

/* Where a file's page is on the disk. */
u64 file_place(const struct page_cache *pc, u32 mapping, u64 index);

/* ---- writeback.c ---- */

/* k clean pages of a run became dirty; k dirty ones are clean or gone. */
void pages_dirtied(struct page_cache *pc, const struct page_run *r, u32 k);
void pages_cleaned(struct page_cache *pc, const struct page_run *r, u32 k);

/* ---- shadow.c ---- */

extern const struct shrinker_ops shadow_shrinker_ops;

#endif
