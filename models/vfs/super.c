// SPDX-License-Identifier: GPL-3.0-or-later
/* Superblocks: mount with what it allocates, umount (fs/super.c, shrink_dcache_for_umount). */
#include "vfs/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MAX_VNODES (1U << 28)

static u32 cache_or_new(struct vfs *v, const char *name, u32 size, u16 flags)
{
	struct cache_spec spec = {.name = name, .object_size = size, .size = size, .flags = flags};
	u32 id = kmem_cache_find(v->slab, name);

	return id ? id : kmem_cache_create(v->slab, &spec);
}

int vfs_init(struct vfs *v, struct shrinker_system *shrinkers)
{
	v->e = shrinkers->e;
	v->m = shrinkers->m;
	v->slab = shrinkers->slab;
	v->memcg = shrinkers->memcg;
	v->lru = shrinkers->lru;
	v->lru->untracked = vfs_untracked;
	v->lru->untracked_ctx = v;
	v->shrinkers = shrinkers;
	v->row = shrinkers->row;
	v->dentry_cache =
		cache_or_new(v, "dentry", v->row->dentry, CACHE_ACCOUNT | CACHE_RECLAIM_ACCOUNT);
	v->mount_cache = cache_or_new(v, "mnt_cache", v->row->mount, 0);
	if (!v->dentry_cache || !v->mount_cache ||
	    flat_init(&v->supers, sizeof(struct super_block), MAX_SUPERS, false, &v->e->failed) ||
	    flat_init(&v->vnodes, sizeof(struct vnode), MAX_VNODES, false, &v->e->failed) ||
	    flat_init(&v->inos, sizeof(u32), MAX_VNODES, false, &v->e->failed))
		return -ENOMEM;
	return 0;
}

void vfs_destroy(struct vfs *v)
{
	external_names_destroy(v);
	flat_destroy(&v->objects);
	flat_destroy(&v->supers);
	flat_destroy(&v->vnodes);
	flat_destroy(&v->inos);
	if (v->vnode_of)
		munmap(v->vnode_of, v->vnode_of_bytes);
	v->vnode_of = NULL;
}

/* Those of tmpfs and mqueue are without SLAB_RECLAIM_ACCOUNT: SReclaimable of the recorded W2 shows it. */
static u16 inode_cache_flags(enum fs_type fs)
{
	return fs == FS_TMPFS || fs == FS_MQUEUE ? CACHE_ACCOUNT
						 : CACHE_ACCOUNT | CACHE_RECLAIM_ACCOUNT;
}

u32 vfs_inode_cache(struct vfs *v, enum fs_type fs)
{
	for (u32 i = 0; !v->inode_caches[fs] && i < NR_FS_TYPES; i++)
		if (v->inode_caches[i] &&
		    !strcmp(fs_infos[i].inode_cache, fs_infos[fs].inode_cache))
			v->inode_caches[fs] = v->inode_caches[i];
	if (!v->inode_caches[fs])
		v->inode_caches[fs] = cache_or_new(v, fs_infos[fs].inode_cache, v->row->inode[fs],
						   inode_cache_flags(fs));
	return v->inode_caches[fs];
}

void vfs_count_anon(struct vfs *v, u32 cache, s64 count)
{
	if (cache == v->dentry_cache) {
		v->anon_dentries += count;
		gauge_add(&v->dentries, v->e, count);
		return;
	}
	for (u32 fs = 0; fs < NR_FS_TYPES; fs++) {
		if (v->inode_caches[fs] != cache)
			continue;
		v->anon_inodes += count;
		gauge_add(&v->inodes, v->e, count);
		return;
	}
}

/* ---- mount ---- */

static int make_root(struct vfs *v, u32 id, const struct task *t)
{
	u32 inode = inode_alloc(v, id, t), root;

	if (!inode)
		return -ENOMEM;
	root = dentry_alloc(v, id, 0, t);
	if (!root) {
		iput(v, inode, t->cpu);
		return -ENOMEM;
	}
	dentry_instantiate(v, root, inode);
	super_at(v, id)->root = root;
	return 0;
}

static int make_super(struct vfs *v, u32 id, const struct task *t)
{
	struct super_block *sb = super_at(v, id);
	u32 seeks =
		v->row->zero_seeks && (fs_infos[sb->fs].flags & FS_ZERO_SEEKS) ? 0 : DEFAULT_SEEKS;

	if (footprint_kmalloc(v->slab, &sb->mem, v->row->super_block, 1, t) ||
	    footprint_cache(v->slab, &sb->mem, v->mount_cache, 1, t))
		return -ENOMEM;
	sb->set = lru_set_register(v->lru, LRU_SET_SUPER, LRU_LISTS, t);
	if (!sb->set)
		return -ENOMEM;
	if (!fs_inodes_aware((enum fs_type)sb->fs, v->lru->inodes))
		lru_set_at(v->lru, sb->set)->unaware = 1U << LRU_INODE;
	sb->shrinker = shrinker_register(v->shrinkers, sb->set, seeks, SUPER_BATCH,
					 &super_shrinker_ops, v, id, t);
	return sb->shrinker ? make_root(v, id, t) : -ENOMEM;
}

u32 vfs_mount(struct vfs *v, enum fs_type fs, const struct task *t)
{
	u32 id = v->supers_live.level < MAX_LIVE_SUPERS ? flat_take(&v->supers) : 0;

	if (!id) {
		v->e->failed = -ENOSPC;
		return 0;
	}
	*super_at(v, id) = (struct super_block){.fs = (u8)fs, .live = 1};
	gauge_add(&v->supers_live, v->e, 1);
	if (make_super(v, id, t)) {
		vfs_umount(v, id, t);
		return 0;
	}
	engine_trail(v->e, TRAIL_MOUNT, id, fs);
	return id;
}

/* ---- umount ---- */

static void empty_list(struct vfs *v, struct lru_list *l, u16 cpu)
{
	while (l->head) {
		u32 id = l->head;

		if (obj(v, id)->kind == OBJECT_INODE) {
			inode_evict(v, id, cpu);
		} else if (obj(v, id)->count) {
			/* in use through its children only: they take it along */
			lru_del(v->lru, super_at(v, obj(v, id)->sb)->set, LRU_DENTRY, id);
		} else {
			dentry_kill(v, id, true, cpu);
		}
	}
}

static void empty_block(struct vfs *v, u32 block, u32 list, u16 cpu)
{
	for (u32 node = 0; node < v->lru->nr_nodes; node++)
		empty_list(v, lru_list_at(v->lru, lru_block_at(v->lru, block), list, node), cpu);
}

static void empty_lrus(struct vfs *v, u32 id, u32 list, u16 cpu)
{
	u32 set = super_at(v, id)->set;

	empty_block(v, lru_set_at(v->lru, set)->root_block, list, cpu);
	for (u32 b = lru_set_at(v->lru, set)->blocks; b; b = lru_links_at(v->lru, b)->next_of_set)
		empty_block(v, b, list, cpu);
}

/* d_genocide() and on: pinned dentries lose their pin; leaves go first, a level a pass. */
static void empty_super_list(struct vfs *v, u32 id, u16 cpu)
{
	bool progress = true;

	for (u32 o = super_at(v, id)->listed; o; o = obj(v, o)->next) {
		if (obj(v, o)->flags & OBJ_PINNED) {
			obj(v, o)->flags &= (u8)~OBJ_PINNED;
			obj(v, o)->count--;
		}
	}
	while (progress && super_at(v, id)->listed) {
		progress = false;
		for (u32 o = super_at(v, id)->listed, next; o; o = next) {
			next = obj(v, o)->next;
			/* what a trace holds has no children and no user */
			if (obj(v, o)->kind == OBJECT_DENTRY && obj(v, o)->count &&
			    !object_traced(obj(v, o)))
				continue;
			progress = true;
			if (obj(v, o)->kind == OBJECT_DENTRY) {
				u32 parent = object_traced(obj(v, o)) ? 0 : obj(v, o)->parent;

				/* not up the tree: the parent may be the next one here */
				if (parent)
					obj(v, o)->parent = 0;
				dentry_kill(v, o, true, cpu);
				if (!parent || --obj(v, parent)->count ||
				    (obj(v, parent)->flags & OBJ_LISTED))
					continue;
				/* on no list: only its children led to it */
				dentry_kill(v, parent, true, cpu);
				next = super_at(v, id)->listed;
			} else if (obj(v, o)->kind == OBJECT_INODE) {
				inode_evict(v, o, cpu);
			} else {
				object_free_now(v, o, cpu);
			}
		}
	}
}

void vfs_umount(struct vfs *v, u32 id, const struct task *t)
{
	struct super_block *sb = super_at(v, id);
	struct footprint mem = sb->mem;

	sb->dying = 1;
	if (sb->set) {
		empty_lrus(v, id, LRU_DENTRY, t->cpu);
		empty_super_list(v, id, t->cpu);
	}
	if (sb->root) {
		u32 root = sb->root;

		sb->root = 0;
		dput(v, root, t->cpu);
	}
	if (sb->set)
		empty_lrus(v, id, LRU_INODE, t->cpu);
	if (v->own && (fs_infos[sb->fs].flags & FS_OWN_RECLAIM))
		v->own->umount(v->own->ctx, id, t->cpu);
	if (v->pages)
		v->pages->umount(v->pages->ctx, id);
	if (sb->shrinker)
		shrinker_unregister(v->shrinkers, sb->shrinker, t->cpu);
	if (sb->set)
		lru_set_unregister(v->lru, sb->set, t->cpu);
	footprint_free(v->slab, &mem, t->cpu);
	engine_trail(v->e, TRAIL_MOUNT, id, sb->nr_dentries);
	sim_assert(!sb->nr_dentries && !sb->nr_inodes);
	gauge_add(&v->supers_live, v->e, -1);
	sb->live = 0;
	flat_give(&v->supers, id);
}

const char *vfs_check(const struct vfs *v)
{
	u32 *children = calloc(v->objects.n, sizeof(*children));
	u32 *inode_refs = calloc(v->objects.n, sizeof(*inode_refs));
	const char *why = "out of memory";

	if (children && inode_refs)
		why = object_table_check(v, children, inode_refs);
	if (!why)
		why = external_names_check(v);
	free(children);
	free(inode_refs);
	return why;
}
