// SPDX-License-Identifier: GPL-3.0-or-later
/* Mappings, reading, what invalidation and truncation take: mm/filemap.c, mm/truncate.c. */
#include "memcg/stock.h"
#include "page_cache/internal.h"

#include <errno.h>
#include <stdlib.h>

#define MAX_RUNS (1U << 28)
#define MAX_MAPPINGS (1U << 27) /* inodes with pages or shadows at one time */
#define MAX_LRUVECS (1U << 17)

/* ---- what the VFS asks ---- */

/* What a trace made has no pages. */
static u32 mapping_of(const struct page_cache *pc, u32 inode)
{
	return object_traced(obj(pc->vfs, inode)) ? 0 : obj(pc->vfs, inode)->parent;
}

static u64 ops_nr_pages(void *ctx, u32 inode)
{
	const struct page_cache *pc = ctx;
	u32 mapping = mapping_of(pc, inode);

	return mapping ? mapping_at(pc, mapping)->pages : 0;
}

static bool ops_empty(void *ctx, u32 inode)
{
	const struct page_cache *pc = ctx;
	u32 mapping = mapping_of(pc, inode);

	return !mapping || !mapping_at(pc, mapping)->leaves;
}

static bool ops_shrinkable(void *ctx, u32 inode)
{
	const struct page_cache *pc = ctx;
	u32 mapping = mapping_of(pc, inode);

	return !mapping || mapping_shrinkable(pc, mapping);
}

static u64 ops_invalidate(void *ctx, u32 inode)
{
	struct page_cache *pc = ctx;
	u64 n = mapping_invalidate(pc, mapping_of(pc, inode));

	pc->inodesteal += n;
	return n;
}

static void ops_evict(void *ctx, u32 inode)
{
	struct page_cache *pc = ctx;
	u32 mapping = mapping_of(pc, inode);

	if (!mapping)
		return;
	obj(pc->vfs, inode)->parent = 0;
	/* nobody needs to know when its last page goes */
	mapping_at(pc, mapping)->inode = 0;
	mapping_drop(pc, mapping);
}

/* ext4: 16 inodes of 256 bytes in a block of the inode table (KERNEL_FACTS 5.4). */
#define INODES_PER_BLOCK 16
/* Names of a dozen characters in a directory block. */
#define DIRENTS_PER_BLOCK 200
/* Directory blocks lie behind the inode tables. */
#define DIR_BLOCKS (1U << 24)

/* A block of the device: grow_dev_page() may neither enter file systems nor fail. */
static void touch_block(struct page_cache *pc, u32 sb, u64 block, const struct task *t)
{
	struct task nofail = *t;
	u32 mapping = bdev_mapping(pc, sb);

	nofail.gfp |= GFP_NOFS | GFP_NOFAIL;
	if (mapping)
		page_cache_touch(pc, mapping, block, &nofail);
}

static void ops_touch_inode(void *ctx, u32 sb, u32 ino, const struct task *t)
{
	touch_block(ctx, sb, ino / INODES_PER_BLOCK, t);
}

/* Entries stand in the order of their inodes' numbers: those made together stand together. */
static void ops_touch_dirent(void *ctx, u32 sb, u32 dir, u32 ino, const struct task *t)
{
	struct page_cache *pc = ctx;
	u64 key = ((u64)sb << 44) ^ ((u64)dir << 22) ^ (ino / DIRENTS_PER_BLOCK);
	u32 block = idmap_get(&pc->dir_blocks, key);

	if (!block) {
		block = ++pc->next_dir_block;
		if (!idmap_put(&pc->dir_blocks, key, block))
			return;
	}
	touch_block(pc, sb, (u64)DIR_BLOCKS + block - 1, t);
}

static void ops_umount(void *ctx, u32 sb)
{
	struct page_cache *pc = ctx;
	u32 mapping = idmap_get(&pc->bdev_of, sb);

	extent_status_umount(pc, sb, 0);
	if (!mapping)
		return;
	idmap_remove(&pc->bdev_of, sb);
	mapping_drop(pc, mapping);
}

/* ---- life ---- */

int page_cache_init(struct page_cache *pc, struct vfs *v, const struct page_cache_spec *spec)
{
	struct task t = {.memcg = ROOT_MEMCG};
	int *failed = &v->e->failed;

	*pc = (struct page_cache){
		.e = v->e,
		.m = v->m,
		.slab = v->slab,
		.memcg = v->memcg,
		.lru = v->lru,
		.shrinkers = v->shrinkers,
		.vfs = v,
		.row = v->row,
		.target = ROOT_MEMCG,
		.shadow_set = spec->shadow_set,
		.node_cache = v->lru->xa_cache,
	};
	pc->vfs_ops = (struct inode_pages_ops){
		.nr_pages = ops_nr_pages,
		.empty = ops_empty,
		.shrinkable = ops_shrinkable,
		.invalidate = ops_invalidate,
		.evict = ops_evict,
		.touch_inode = ops_touch_inode,
		.touch_dirent = ops_touch_dirent,
		.umount = ops_umount,
		.ctx = pc,
	};
	pc->node_file = calloc(v->m->nr_nodes, sizeof(*pc->node_file));
	pc->node_list = calloc((size_t)v->m->nr_nodes * NR_PAGE_LISTS, sizeof(*pc->node_list));
	if (!pc->node_file || !pc->node_list ||
	    flat_init(&pc->runs, sizeof(struct page_run), MAX_RUNS, true, failed) ||
	    flat_init(&pc->mappings, sizeof(struct mapping), MAX_MAPPINGS, true, failed) ||
	    flat_init(&pc->lruvecs, (u32)sizeof(struct page_lruvec) * v->m->nr_nodes, MAX_LRUVECS,
		      false, failed) ||
	    idmap_init(&pc->bdev_of, 16, failed) || idmap_init(&pc->dir_blocks, 64, failed) ||
	    trees_init(pc) || extent_status_init(pc))
		return -ENOMEM;
	v->pages = &pc->vfs_ops;
	pc->shadow_shrinker = shrinker_register(v->shrinkers, spec->shadow_set,
						v->row->zero_seeks ? 0 : DEFAULT_SEEKS,
						SHRINK_BATCH, &shadow_shrinker_ops, pc, 0, &t);
	return pc->shadow_shrinker ? 0 : -ENOMEM;
}

void page_cache_destroy(struct page_cache *pc)
{
	trees_destroy(pc);
	extent_status_destroy(pc);
	flat_destroy(&pc->runs);
	flat_destroy(&pc->mappings);
	flat_destroy(&pc->lruvecs);
	idmap_destroy(&pc->bdev_of);
	idmap_destroy(&pc->dir_blocks);
	free(pc->lruvec_of);
	free(pc->node_file);
	free(pc->node_list);
	pc->lruvec_of = NULL;
	pc->node_file = NULL;
	pc->node_list = NULL;
}

void page_cache_memcg_free(struct page_cache *pc, u32 memcg)
{
	u32 id = memcg < pc->cap_memcgs ? pc->lruvec_of[memcg] : 0;

	if (!id)
		return;
	for (u32 node = 0; node < pc->m->nr_nodes; node++)
		sim_assert(!lruvec_at(pc, memcg, node)->pages[INACTIVE_FILE] &&
			   !lruvec_at(pc, memcg, node)->pages[ACTIVE_FILE] &&
			   !lruvec_at(pc, memcg, node)->anon);
	pc->lruvec_of[memcg] = 0;
	flat_give(&pc->lruvecs, id);
}

static u32 mapping_new(struct page_cache *pc, u32 inode, u32 sb)
{
	u32 id = flat_take(&pc->mappings);

	if (id)
		*mapping_at(pc, id) =
			(struct mapping){.inode = inode, .sb = sb, .live = true, .height = 1};
	return id;
}

u32 inode_mapping(struct page_cache *pc, u32 inode)
{
	struct object *i = obj(pc->vfs, inode);

	if (!inode || object_traced(i))
		return 0;
	if (!i->parent)
		i->parent = mapping_new(pc, inode, i->sb);
	return i->parent;
}

u32 bdev_mapping(struct page_cache *pc, u32 sb)
{
	u32 id = idmap_get(&pc->bdev_of, sb);

	if (id)
		return id;
	id = mapping_new(pc, 0, sb);
	if (id && !idmap_put(&pc->bdev_of, sb, id)) {
		flat_give(&pc->mappings, id);
		return 0;
	}
	return id;
}

/* ---- reading ---- */

/* mark_page_accessed() of a whole run. */
static void run_accessed(struct page_cache *pc, u32 id)
{
	struct page_run *r = run_at(pc, id);

	if (pc->writing && !(r->flags & RUN_DIRTY)) {
		r->flags |= RUN_DIRTY;
		pages_dirtied(pc, r, r->n);
	}
	if (!(r->flags & RUN_REFERENCED)) {
		r->flags |= RUN_REFERENCED;
		return;
	}
	if (r->list == ACTIVE_FILE)
		return;
	r->flags &= (u8)~RUN_REFERENCED;
	pc->activated += r->n;
	lruvec_age(pc, r->memcg, r->node, r->n);
	run_move(pc, id, ACTIVE_FILE);
}

/* The part of a run within [from, to) of its leaf, split off if the access changes it. 0: no memory. */
static u32 run_part(struct page_cache *pc, u32 id, u32 from, u32 to)
{
	const struct page_run *r = run_at(pc, id);

	/* an access to what is active and referenced changes nothing, nor does another write */
	if (r->list == ACTIVE_FILE && (r->flags & RUN_REFERENCED) &&
	    (!pc->writing || (r->flags & RUN_DIRTY)))
		return id;
	if (r->index < from) {
		id = run_split(pc, id, from - r->index);
		r = run_at(pc, id);
	}
	if (id && (u32)r->index + r->n > to && !run_split(pc, id, to - r->index))
		return 0;
	return id;
}

/* The run with page `at` of the leaf, or 0; *end: first page behind it, or of the next run (64: none). */
static u32 find_run(const struct page_cache *pc, u32 leaf, u32 at, u32 *end)
{
	*end = XA_CHUNK;
	for (u32 id = leaf ? leaf_at(pc, leaf)->runs : 0; id; id = run_at(pc, id)->leaf_next) {
		const struct page_run *r = run_at(pc, id);

		if (at >= r->index && at < (u32)r->index + r->n) {
			*end = (u32)r->index + r->n;
			return id;
		}
		if (r->index > at)
			*end = min_of(*end, (u32)r->index);
	}
	return 0;
}

/*
 * workingset_refault(): pages that were here before go straight to the active list if no more pages were
 * evicted since than the active list holds: that of the lruvec, from 5.5 on those of the tree that was reclaimed.
 */
static bool refault(struct page_cache *pc, u32 leaf, u32 n, u32 memcg)
{
	struct leaf *l = leaf_at(pc, leaf);
	struct page_lruvec *v = lruvec_at(pc, l->evicted_from, l->evicted_node);
	u32 back = min_of(n, (u32)l->shadows), owner = l->evicted_from, node = l->evicted_node;
	u64 active;

	if (!back)
		return false;
	l->shadows = (u8)(l->shadows - back);
	pc->refaults += back;
	if (unlikely(l->gc_shadows)) {
		u32 gc = min_of(back, (u32)l->gc_shadows);

		l->gc_shadows = (u8)(l->gc_shadows - gc);
		pc->gc_refaults += gc;
	}
	if (!v)
		return false;
	active = pc->row->deactivate_per_node ? page_tree_pages(pc, owner, node, ACTIVE_FILE)
					      : v->pages[ACTIVE_FILE];
	if (v->nonresident_age - l->age > active)
		return false;
	/* then it is a matter of whose page it is now */
	if (pc->row->deactivate_per_node)
		owner = memcg;
	lruvec_refaulted(pc, owner, node, back);
	lruvec_age(pc, owner, node, back);
	pc->activated += back;
	return true;
}

/* The kernel charges page by page: no more at a time than there is room for, but one. */
static u32 within_limits(const struct page_cache *pc, u32 memcg, u32 max)
{
	for (u32 id = memcg; id; id = memcg_at(pc->memcg, id)->parent) {
		const struct memcg *cg = memcg_at(pc->memcg, id);

		max = (u32)min_of((s64)max, max_of(cg->max_pages - cg->usage, (s64)1));
	}
	return max;
}

/* Pages for a task: allocated and charged; 0 if there are none. *n: how many came. */
static u32 new_pages(struct page_cache *pc, u32 max, const struct task *t, u32 *n)
{
	u32 pfn;

	if (t->memcg != ROOT_MEMCG)
		max = within_limits(pc, t->memcg, max);
	pfn = alloc_movable_pages(&pc->m->pages, t->cpu, cpu_to_node(pc->m, t->cpu), max, t->gfp,
				  n);
	if (!pfn || t->memcg == ROOT_MEMCG)
		return pfn;
	if (!memcg_charge(pc->memcg, t->memcg, *n, t->cpu, t->gfp)) {
		free_movable_pages(&pc->m->pages, pfn, *n, pc->cpu);
		return 0;
	}
	if (!pc->memcg->offline->slab_pins)
		memcg_get(pc->memcg, t->memcg, *n);
	return pfn;
}

static void put_pages(struct page_cache *pc, u32 pfn, u32 n, u32 memcg)
{
	free_movable_pages(&pc->m->pages, pfn, n, pc->cpu);
	if (memcg == ROOT_MEMCG)
		return;
	memcg_uncharge(pc->memcg, memcg, n);
	if (!pc->memcg->offline->slab_pins)
		memcg_put(pc->memcg, memcg, n);
}

/* The youngest run of the list goes on with these pages, if it ends where they begin, in one pageblock. */
static bool extend(struct page_cache *pc, u32 leaf, const struct page_run *new)
{
	struct page_lruvec *v = lruvec_at(pc, new->memcg, new->node);
	u32 id = v->head[new->list];
	struct page_run *r = id ? run_at(pc, id) : NULL;

	if (!r || r->leaf != leaf || r->flags != new->flags || (u32)r->index + r->n != new->index ||
	    r->pfn + r->n != new->pfn ||
	    r->pfn >> pc->m->pages.block_order != new->pfn >> pc->m->pages.block_order)
		return false;
	r->n = (u16)(r->n + new->n);
	v->pages[new->list] += new->n;
	pc->node_list[new->node *NR_PAGE_LISTS + new->list] += new->n;
	leaf_at(pc, leaf)->pages = (u8)(leaf_at(pc, leaf)->pages + new->n);
	return true;
}

/* Is a new block of a device one that stays busy? */
static bool stays_busy(struct page_cache *pc, u32 mapping)
{
	struct mapping *m = mapping_at(pc, mapping);
	u32 every = m->inode ? 0 : super_at(pc->vfs, m->sb)->busy_every;

	return every && ++m->blocks % every == 0;
}

/* A file lies in one piece: where it was written back, or far from all others. */
u64 file_place(const struct page_cache *pc, u32 mapping, u64 index)
{
	u64 place = mapping_at(pc, mapping)->place;

	if (place)
		return place + (index << pc->m->page_shift);
	return ((u64)mapping << 36) + (1ULL << 35) + (index << pc->m->page_shift);
}

/* Absent pages are read from the disk: a block of a device, a small file, or the next window of a large one. */
static void owe_read(struct page_cache *pc, u32 mapping, u64 index, u32 n)
{
	const struct mapping *m = mapping_at(pc, mapping);
	u64 bytes = (u64)n << pc->m->page_shift;

	if (!pc->m->disk.present || super_at(pc->vfs, m->sb)->remote ||
	    !(fs_infos[super_at(pc->vfs, m->sb)->fs].flags & FS_ON_DISK))
		return;
	if (m->inode)
		io_owe_file(&pc->m->disk, file_place(pc, mapping, index), bytes);
	else
		io_owe(&pc->m->disk, IO_OWN, DISK_SOMEWHERE, bytes);
}

/* Up to max absent pages from `at` of the leaf on: allocated and added. How many; 0: no memory. */
static u32 read_pages(struct page_cache *pc, u32 mapping, u64 index, u32 max, const struct task *t)
{
	u32 at = (u32)(index % XA_CHUNK), prefix = (u32)(index / XA_CHUNK), n, pfn, leaf;
	bool writing = pc->writing;
	struct page_run r;

	/* reclaim may write, too */
	pc->writing = false;
	pfn = new_pages(pc, max, t, &n);

	if (!pfn) {
		pc->writing = writing;
		return 0;
	}
	/* a lone page at index 0 hangs on the root */
	leaf = leaf_find(pc, mapping, prefix);
	leaf = leaf_make(pc, mapping, prefix, index || n > 1 || (leaf && leaf_at(pc, leaf)->pages),
			 t);
	pc->writing = writing;
	r = (struct page_run){
		.pfn = pfn,
		.memcg = t->memcg,
		.index = (u16)at,
		.n = (u16)n,
		.node = (u8)pfn_to_node(&pc->m->pages, pfn),
		.list = INACTIVE_FILE,
		.flags = RUN_REFERENCED | (writing ? RUN_DIRTY : 0),
	};
	if (!leaf || !lruvec_make(pc, t->memcg, r.node)) {
		if (leaf)
			leaf_settle(pc, leaf, t->cpu);
		put_pages(pc, pfn, n, t->memcg);
		return 0;
	}
	if (stays_busy(pc, mapping))
		r.flags |= RUN_BUSY;
	if (refault(pc, leaf, n, t->memcg))
		r.list = ACTIVE_FILE;
	if (!extend(pc, leaf, &r) && !run_new(pc, leaf, &r)) {
		leaf_settle(pc, leaf, t->cpu);
		put_pages(pc, pfn, n, t->memcg);
		return 0;
	}
	mapping_at(pc, mapping)->pages += n;
	r.leaf = leaf;
	if (writing)
		pages_dirtied(pc, &r, n);
	else
		owe_read(pc, mapping, index, n);
	pc->added += n;
	gauge_add(&pc->file, pc->e, n);
	gauge_add(&pc->node_file[r.node], pc->e, n);
	leaf_settle(pc, leaf, t->cpu);
	return n;
}

u32 page_cache_read(struct page_cache *pc, u32 mapping, u64 index, u32 n, const struct task *t)
{
	u32 done = 0;

	pc->cpu = t->cpu;
	extent_status_add(pc, mapping, t);
	while (done < n) {
		u64 page = index + done;
		u32 at = (u32)(page % XA_CHUNK),
		    to = (u32)min_of((u64)at + n - done, (u64)XA_CHUNK), end;
		u32 id = find_run(pc, leaf_find(pc, mapping, (u32)(page / XA_CHUNK)), at, &end),
		    got;

		end = min_of(end, to);
		if (id) {
			id = run_part(pc, id, at, end);
			if (!id)
				return done;
			run_accessed(pc, id);
			got = end - at;
		} else {
			got = read_pages(pc, mapping, page, end - at, t);
		}
		if (!got)
			return done;
		done += got;
	}
	return done;
}

u32 page_cache_write(struct page_cache *pc, u32 mapping, u64 index, u32 n, const struct task *t)
{
	u32 done, inode = mapping_at(pc, mapping)->inode;

	pc->writing = true;
	done = page_cache_read(pc, mapping, index, n, t);
	pc->writing = false;
	/* file_update_time() */
	inode_logged(pc->vfs, inode);
	return done;
}

bool page_cache_touch(struct page_cache *pc, u32 mapping, u64 index, const struct task *t)
{
	return page_cache_read(pc, mapping, index, 1, t) == 1;
}

/* ---- the end of pages ---- */

u64 mapping_invalidate(struct page_cache *pc, u32 mapping)
{
	u64 gone = 0;

	if (!mapping)
		return 0;
	for (u32 leaf = mapping_at(pc, mapping)->leaves, next; leaf; leaf = next) {
		next = leaf_at(pc, leaf)->next;
		for (u32 run = leaf_at(pc, leaf)->runs, other; run; run = other) {
			u32 n = run_at(pc, run)->n;

			other = run_at(pc, run)->leaf_next;
			if (run_at(pc, run)->flags & (RUN_DIRTY | RUN_BUSY))
				continue;
			run_shrink(pc, run, n);
			gone += n;
		}
		/* shadows go with the pages */
		leaf_at(pc, leaf)->shadows = leaf_at(pc, leaf)->gc_shadows = 0;
		leaf_settle(pc, leaf, pc->cpu);
	}
	pc->truncated += gone;
	return gone;
}

void mapping_drop(struct page_cache *pc, u32 mapping)
{
	for (u32 leaf = mapping_at(pc, mapping)->leaves, next; leaf; leaf = next) {
		next = leaf_at(pc, leaf)->next;
		while (leaf_at(pc, leaf)->runs) {
			u32 run = leaf_at(pc, leaf)->runs;

			pc->truncated += run_at(pc, run)->n;
			run_shrink(pc, run, run_at(pc, run)->n);
		}
		leaf_at(pc, leaf)->shadows = leaf_at(pc, leaf)->gc_shadows = 0;
		leaf_settle(pc, leaf, pc->cpu);
	}
	sim_assert(!mapping_at(pc, mapping)->pages && !mapping_at(pc, mapping)->leaves &&
		   !mapping_at(pc, mapping)->dirty);
	extent_status_del(pc, mapping, pc->cpu);
	mapping_at(pc, mapping)->live = false;
	flat_give(&pc->mappings, mapping);
}

u64 drop_pagecache(struct page_cache *pc)
{
	u64 gone = 0;

	for (u32 id = 1; id < pc->mappings.n; id++)
		/* inodes with shadows alone were passed over until 5.15 */
		if (mapping_at(pc, id)->live &&
		    (mapping_at(pc, id)->pages ||
		     (pc->row->shadows_are_cache && mapping_at(pc, id)->leaves)))
			gone += mapping_invalidate(pc, id);
	return gone;
}

/* ---- anonymous memory ---- */

u64 anon_grow(struct page_cache *pc, struct anon_pages *a, u64 n, const struct task *t)
{
	const struct kernel_ops *ops = pc->memcg->ops;
	struct task fault = *t;
	u64 done = 0;

	a->memcg = t->memcg;
	fault.gfp |= GFP_USER_FAULT;
	/* a task that is killed in one fault has no next one */
	while (done < n &&
	       !(ops->current_flags && (ops->current_flags(ops->kernel) & CURRENT_DYING))) {
		u32 got, pfn = new_pages(pc, (u32)min_of(n - done, (u64)32), &fault, &got);
		u32 id = pfn ? flat_take(&pc->runs) : 0;

		struct page_lruvec *v =
			id ? lruvec_make(pc, t->memcg, pfn_to_node(&pc->m->pages, pfn)) : NULL;

		if (!v) {
			if (id)
				flat_give(&pc->runs, id);
			if (pfn)
				put_pages(pc, pfn, got, t->memcg);
			break;
		}
		v->anon += got;
		*run_at(pc, id) = (struct page_run){
			.pfn = pfn,
			.n = (u16)got,
			.leaf_next = a->first,
			.memcg = t->memcg,
		};
		a->first = id;
		a->pages += got;
		done += got;
		gauge_add(&pc->anon, pc->e, got);
	}
	return done;
}

void anon_free(struct page_cache *pc, struct anon_pages *a)
{
	while (a->first) {
		u32 id = a->first;
		struct page_run *r = run_at(pc, id);

		a->first = r->leaf_next;
		a->pages -= r->n;
		lruvec_at(pc, a->memcg, pfn_to_node(&pc->m->pages, r->pfn))->anon -= r->n;
		gauge_add(&pc->anon, pc->e, -(s64)r->n);
		put_pages(pc, r->pfn, r->n, a->memcg);
		r->n = 0;
		flat_give(&pc->runs, id);
	}
}
