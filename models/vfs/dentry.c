// SPDX-License-Identifier: GPL-3.0-or-later
/* Models fs/dcache.c: d_alloc, dput with retain_dentry, __dentry_kill (KERNEL_FACTS 1.7). */
#include "vfs/internal.h"

u32 dentry_alloc(struct vfs *v, u32 sb, u32 parent, const struct task *t)
{
	u32 owner, slab, id;

	/* the caller's reference keeps the parent while the allocation may reclaim */
	slab = lru_slab_alloc(v->lru, v->dentry_cache, super_at(v, sb)->set, LRU_DENTRY, t, &owner);
	id = slab ? flat_take(&v->objects) : 0;
	if (!id) {
		if (slab)
			memcg_slab_free(v->memcg, slab, owner, t->cpu);
		v->alloc_failed++;
		return 0;
	}
	*obj(v, id) = (struct object){
		.slab = slab,
		.owner = owner,
		.parent = parent,
		.sb = sb,
		.node = slab_at(v->slab, slab)->node,
		.kind = OBJECT_DENTRY,
		.count = 1,
	};
	if (parent)
		dget(v, parent);
	super_at(v, sb)->nr_dentries++;
	gauge_add(&v->dentries, v->e, 1);
	return id;
}

void dentry_instantiate(struct vfs *v, u32 dentry, u32 inode)
{
	obj(v, dentry)->peer = inode;
	obj(v, inode)->peer = dentry;
}

/* retain_dentry(): does a dentry without users stay cached? */
static bool retain(const struct vfs *v, const struct object *d)
{
	const struct super_block *sb = super_at(v, d->sb);
	u32 flags = fs_infos[sb->fs].flags;

	if ((d->flags & OBJ_UNHASHED) || sb->dying || (flags & FS_NO_LRU))
		return false;
	return d->peer || !(flags & FS_NO_NEGATIVE);
}

/* Takes a dentry without users apart; its parent, or 0. */
static u32 kill_one(struct vfs *v, u32 id, u16 cpu)
{
	u32 parent = object_traced(obj(v, id)) ? 0 : obj(v, id)->parent, inode = obj(v, id)->peer;

	object_detach(v, id);
	obj(v, id)->peer = 0;
	if (inode) {
		if (obj(v, inode)->peer == id)
			obj(v, inode)->peer = 0;
		iput(v, inode, cpu);
	}
	object_free_rcu(v, id, cpu);
	return parent;
}

/*
 * prune_parents: reclaim's way up (shrink_dentry_list): a parent that loses its last reference goes
 * with it, referenced or not. Otherwise the parent is dput().
 */
void dentry_kill(struct vfs *v, u32 id, bool prune_parents, u16 cpu)
{
	for (;;) {
		u32 parent = kill_one(v, id, cpu);

		if (!parent)
			return;
		if (!prune_parents) {
			dput(v, parent, cpu);
			return;
		}
		if (--obj(v, parent)->count)
			return;
		id = parent;
	}
}

void dput(struct vfs *v, u32 id, u16 cpu)
{
	struct object *d = obj(v, id);

	dbg_assert(d->kind == OBJECT_DENTRY && d->count > 0);
	if (--d->count)
		return;
	if (!retain(v, d)) {
		dentry_kill(v, id, false, cpu);
		return;
	}
	/* DCACHE_LRU_LIST is set, also where list_lru_add() failed: it is not tried again */
	if (d->flags & (OBJ_ON_LRU | OBJ_LISTED))
		d->flags |= OBJ_REFERENCED;
	else
		lru_add(v->lru, super_at(v, d->sb)->set, LRU_DENTRY, id, cpu);
}

void dentry_park(struct vfs *v, u32 id, u16 cpu)
{
	struct object *d = obj(v, id);
	const struct super_block *sb = super_at(v, d->sb);

	if (fs_infos[sb->fs].flags & (FS_PINS_DENTRIES | FS_NO_LRU)) {
		super_list_add(v, id);
		return;
	}
	d->count--;
	lru_add(v->lru, sb->set, LRU_DENTRY, id, cpu);
}
