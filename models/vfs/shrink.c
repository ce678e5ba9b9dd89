// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The shrinker of a superblock: super_cache_count and super_cache_scan with the split over dentries,
 * inodes and the file system's own, prune_dcache_sb and prune_icache_sb (KERNEL_FACTS 1.7).
 */
#include "vfs/internal.h"

static u64 list_count(const struct vfs *v, u32 block, u32 list, u32 node)
{
	u32 n = v->lru->nr_nodes == 1 ? 0 : node;

	/* a list that is not NUMA aware is all on node 0 (A13) */
	if (v->lru->nr_nodes == 1 && node)
		return 0;
	return lru_list_at(v->lru, lru_block_at(v->lru, block), list, n)->nr;
}

static u64 count(void *ctx, u32 shrinker, u32 block, u32 node)
{
	const struct vfs *v = ctx;
	const struct super_block *sb = super_at(v, shrinker_at(v->shrinkers, shrinker)->arg);

	u64 total = sb->nr_reclaimable + list_count(v, block, LRU_DENTRY, node) +
		    list_count(v, block, LRU_INODE, node);
	u64 pressure = v->shrinkers->vfs_cache_pressure;

	/* vfs_pressure_ratio() comes after the test for emptiness (KERNEL_FACTS 1.7) */
	return total ? total / 100 * pressure + total % 100 * pressure / 100 : SHRINK_EMPTY;
}

static struct lru_list *list_of(struct vfs *v, u32 block, u32 list, u32 node)
{
	u32 n = v->lru->nr_nodes == 1 ? 0 : node;

	return lru_list_at(v->lru, lru_block_at(v->lru, block), list, n);
}

/* What becomes of one dentry of the walk (dentry_lru_isolate()). */
static enum isolate dentry_isolate(struct object *d)
{
	/* in use: off the list, back when its last user goes */
	if (d->count)
		return ISOLATE_REMOVED;
	if (!(d->flags & OBJ_REFERENCED))
		return ISOLATE_FREE;
	d->flags &= (u8)~OBJ_REFERENCED;
	return ISOLATE_ROTATE;
}

/*
 * list_lru_walk_one() over n dentries from the oldest; those to go are chained through next. Rotated
 * ones come round again while the budget lasts, but one that is rotated as the last ends the walk: the
 * next item is noted before (list_for_each_safe).
 */
static u64 isolate_dentries(struct vfs *v, u32 block, u32 node, u64 n, u32 *dispose)
{
	u32 set = lru_block_at(v->lru, block)->set, tail = 0, next;
	struct lru_list *l = list_of(v, block, LRU_DENTRY, node);
	u64 removed = 0;

	for (u32 id = l->head; n-- && id; id = next) {
		struct object *d = obj(v, id);
		enum isolate what = dentry_isolate(d);

		next = d->next;
		v->e->visited++;
		if (what == ISOLATE_ROTATE) {
			lru_rotate(v->lru, l, id);
			v->shrinkers->rotated++;
			continue;
		}
		lru_del(v->lru, set, LRU_DENTRY, id);
		removed++;
		if (what == ISOLATE_REMOVED)
			continue;
		d->next = 0;
		if (tail)
			obj(v, tail)->next = id;
		else
			*dispose = id;
		tail = id;
	}
	return removed;
}

static u64 prune_dcache(struct vfs *v, u32 block, u32 node, u64 n, u16 cpu)
{
	u32 dispose = 0;
	u64 removed = isolate_dentries(v, block, node, n, &dispose);

	while (dispose) {
		u32 next = obj(v, dispose)->next;

		dentry_kill(v, dispose, true, cpu);
		dispose = next;
	}
	return removed;
}

static u64 prune_icache(struct vfs *v, u32 block, u32 node, u64 n, u16 cpu)
{
	u32 set = lru_block_at(v->lru, block)->set, id, next;
	u64 removed = 0;

	for (id = list_of(v, block, LRU_INODE, node)->head; n-- && id; id = next) {
		struct lru_list *l = list_of(v, block, LRU_INODE, node);

		next = obj(v, id)->next;
		v->e->visited++;
		switch (v->isolate->isolate(v, id)) {
		case ISOLATE_ROTATE:
			lru_rotate(v->lru, l, id);
			v->shrinkers->rotated++;
			break;
		case ISOLATE_REMOVED:
			lru_del(v->lru, set, LRU_INODE, id);
			if (!obj(v, id)->count)
				inode_keep(v, id);
			removed++;
			break;
		case ISOLATE_FREE:
			lru_del(v->lru, set, LRU_INODE, id);
			inode_evict(v, id, cpu);
			removed++;
			break;
		case ISOLATE_RETRY:
			next = list_of(v, block, LRU_INODE, node)->head;
			break;
		case ISOLATE_SKIP:
			break;
		}
	}
	return removed;
}

static unsigned long scan(void *ctx, u32 shrinker, u32 block, u32 node, u64 nr,
			  const struct task *t)
{
	struct vfs *v = ctx;
	u32 sb = shrinker_at(v->shrinkers, shrinker)->arg;
	u64 d = list_count(v, block, LRU_DENTRY, node), i = list_count(v, block, LRU_INODE, node);
	u64 f = super_at(v, sb)->nr_reclaimable, total = d + i + f + v->row->split_plus_one;
	u64 freed, own;

	if ((t->gfp & GFP_NOFS) || super_at(v, sb)->dying)
		return SHRINK_STOP;
	if (!total)
		total = 1;
	/* mult_frac() is an exact floor */
	own = nr * f / total;
	freed = prune_dcache(v, block, node, nr * d / total + 1, t->cpu);
	freed += prune_icache(v, block, node, nr * i / total + 1, t->cpu);
	/* XFS returns no count */
	if (own && v->own)
		v->own->free_cached(v->own->ctx, sb, own + 1, t);
	return freed;
}

const struct shrinker_ops super_shrinker_ops = {
	.scan_name = "super_cache_scan",
	.count = count,
	.scan = scan,
};
