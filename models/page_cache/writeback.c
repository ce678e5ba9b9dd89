// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Dirty pages and who writes them (mm/page-writeback.c, fs/fs-writeback.c): a mapping with dirty pages stands in
 * a queue by the time of its first write; the flusher takes the oldest once it is 30 s old, or at once while
 * more than a tenth of what could be dirty is; a task that writes waits above a fifth. The flusher has one
 * request on its way at a time (writeback throttling keeps the queue short since 4.10).
 * Both shares also hold within the limit of a memcg, for its pages. Not modelled: limits per device, writeback by memcg, the pace that balance_dirty_pages() gives a writer below the limit,
 * pages under writeback (they are clean once the request is made), dirty metadata of ext4.
 */
#include "page_cache/internal.h"

#define WRITEBACK_INTERVAL (5 * NSEC_PER_SEC) /* vm.dirty_writeback_centisecs */
#define DIRTY_EXPIRE (30 * NSEC_PER_SEC) /* vm.dirty_expire_centisecs */
#define BACKGROUND_RATIO 10 /* vm.dirty_background_ratio */
#define DIRTY_RATIO 20 /* vm.dirty_ratio */
#define MAX_WRITEBACK_PAGES 1024

static void flusher(void *ctx, u64 arg);
static void flusher_timer(void *ctx, u64 arg);

/* global_dirtyable_memory(): free pages and page cache. */
static u64 dirtyable(const struct page_cache *pc)
{
	return (u64)max_of(pc->m->pages.free.level, (s64)0) + (u64)pc->file.level;
}

static bool above(const struct page_cache *pc, u32 percent)
{
	return (u64)pc->dirty.level * 100 > dirtyable(pc) * percent;
}

/* The same within a limit: its own file pages, and what there is room for (mem_cgroup_wb_stats()). */
static bool memcg_above(const struct page_cache *pc, u32 memcg, u32 percent)
{
	s64 room = INT64_MAX;
	u64 dirty = 0, file = 0;

	for (u32 id = memcg; id != ROOT_MEMCG && id; id = memcg_at(pc->memcg, id)->parent) {
		const struct memcg *cg = memcg_at(pc->memcg, id);

		room = min_of(room, max_of(cg->max_pages - cg->usage, (s64)0));
	}
	for (u32 node = 0; node < pc->m->nr_nodes; node++) {
		const struct page_lruvec *l = lruvec_at(pc, memcg, node);

		dirty += l ? l->dirty : 0;
		file += l ? l->pages[INACTIVE_FILE] + l->pages[ACTIVE_FILE] : 0;
	}
	room = min_of(room, pc->m->pages.free.level);
	return dirty * 100 > (file + (u64)max_of(room, (s64)0)) * percent;
}

/* Does the flusher write what is not old yet? Of all memcgs alike, oldest first. */
static bool in_a_hurry(struct page_cache *pc)
{
	if (pc->hurry && !memcg_above(pc, pc->hurry, BACKGROUND_RATIO))
		pc->hurry = 0;
	return pc->hurry || above(pc, BACKGROUND_RATIO);
}

static void dequeue(struct page_cache *pc, u32 mapping)
{
	struct mapping *m = mapping_at(pc, mapping);

	*(m->dirty_prev ? &mapping_at(pc, m->dirty_prev)->dirty_next : &pc->first_dirty) =
		m->dirty_next;
	*(m->dirty_next ? &mapping_at(pc, m->dirty_next)->dirty_prev : &pc->last_dirty) =
		m->dirty_prev;
	m->dirty_prev = m->dirty_next = 0;
}

static void enqueue(struct page_cache *pc, u32 mapping)
{
	struct mapping *m = mapping_at(pc, mapping);

	m->dirtied_when = pc->e->now;
	m->dirty_next = 0;
	m->dirty_prev = pc->last_dirty;
	*(pc->last_dirty ? &mapping_at(pc, pc->last_dirty)->dirty_next : &pc->first_dirty) =
		mapping;
	pc->last_dirty = mapping;
}

static void start_flusher(struct page_cache *pc)
{
	if (pc->flusher_runs || !in_a_hurry(pc))
		return;
	pc->flusher_runs = true;
	engine_after(pc->e, 0, flusher, pc, 0);
}

void pages_dirtied(struct page_cache *pc, const struct page_run *r, u32 k)
{
	u32 mapping = leaf_at(pc, r->leaf)->mapping;
	struct mapping *m = mapping_at(pc, mapping);

	if (!m->dirty) {
		enqueue(pc, mapping);
		if (m->inode)
			obj(pc->vfs, m->inode)->flags |= OBJ_DIRTY;
	}
	m->dirty += k;
	lruvec_at(pc, r->memcg, r->node)->dirty += k;
	gauge_add(&pc->dirty, pc->e, k);
	if (r->memcg != ROOT_MEMCG && memcg_above(pc, r->memcg, BACKGROUND_RATIO))
		pc->hurry = r->memcg;
	if (!pc->flusher_timer) {
		pc->flusher_timer = true;
		engine_after(pc->e, WRITEBACK_INTERVAL, flusher_timer, pc, 0);
	}
	start_flusher(pc);
}

bool page_cache_must_wait(struct page_cache *pc, u32 memcg)
{
	bool within = memcg != ROOT_MEMCG && memcg_above(pc, memcg, DIRTY_RATIO);

	if (!within && !above(pc, DIRTY_RATIO))
		return false;
	/* who waits sees to it that somebody writes: nothing may have become dirty since the share was passed */
	if (within)
		pc->hurry = memcg;
	start_flusher(pc);
	return true;
}

void pages_cleaned(struct page_cache *pc, const struct page_run *r, u32 k)
{
	u32 mapping = leaf_at(pc, r->leaf)->mapping;
	struct mapping *m = mapping_at(pc, mapping);

	m->dirty -= k;
	lruvec_at(pc, r->memcg, r->node)->dirty -= k;
	gauge_add(&pc->dirty, pc->e, -(s64)k);
	if (m->dirty)
		return;
	dequeue(pc, mapping);
	if (m->inode)
		obj(pc->vfs, m->inode)->flags &= (u8)~OBJ_DIRTY;
}

/* Up to max dirty pages of a mapping are written; how many. */
static u32 clean_pages(struct page_cache *pc, u32 mapping, u32 max)
{
	u32 done = 0;

	for (u32 leaf = mapping_at(pc, mapping)->leaves; leaf && done < max;
	     leaf = leaf_at(pc, leaf)->next)
		for (u32 id = leaf_at(pc, leaf)->runs; id && done < max;
		     id = run_at(pc, id)->leaf_next) {
			if (!(run_at(pc, id)->flags & RUN_DIRTY))
				continue;
			run_at(pc, id)->flags &= (u8)~RUN_DIRTY;
			done += run_at(pc, id)->n;
			pages_cleaned(pc, run_at(pc, id), run_at(pc, id)->n);
		}
	return done;
}

/* Blocks are allocated at writeback: requests that are made one after the other lie side by side. */
static u64 allocate(struct page_cache *pc, u32 mapping, u32 n)
{
	struct mapping *m = mapping_at(pc, mapping);
	u64 place = 1ULL << 62 | pc->next_place;

	pc->next_place += (u64)n << pc->m->page_shift;
	if (!m->place)
		m->place = place;
	return place;
}

/* wb_writeback(): one request. */
static void flusher(void *ctx, u64 arg)
{
	struct page_cache *pc = ctx;
	u32 mapping = pc->first_dirty, inode, n;
	struct mapping *m = mapping_at(pc, mapping);
	u64 done = pc->e->now, place;

	(void)arg;
	if (!mapping || (pc->e->now - m->dirtied_when < DIRTY_EXPIRE && !in_a_hurry(pc))) {
		pc->flusher_runs = false;
		return;
	}
	pc->flusher_runs = true;
	inode = m->inode;
	n = clean_pages(pc, mapping, MAX_WRITEBACK_PAGES);
	place = allocate(pc, mapping, n);
	pc->written += n;
	if (!super_at(pc->vfs, m->sb)->remote)
		done = disk_submit(&pc->m->disk, IO_WRITE, place, (u64)n << pc->m->page_shift);
	engine_at(pc->e, done, flusher, pc, 0);
	if (!inode || (obj(pc->vfs, inode)->flags & OBJ_DIRTY))
		return;
	/* the size on disk is a transaction of its own (xfs_setfilesize()); an unused inode may go on the LRU now */
	inode_logged(pc->vfs, inode);
	inode_lru_add(pc->vfs, inode, 0);
}

static void flusher_timer(void *ctx, u64 arg)
{
	struct page_cache *pc = ctx;

	(void)arg;
	pc->flusher_timer = pc->first_dirty != 0;
	if (!pc->flusher_timer)
		return;
	engine_after(pc->e, WRITEBACK_INTERVAL, flusher_timer, pc, 0);
	if (!pc->flusher_runs)
		flusher(pc, 0);
}
