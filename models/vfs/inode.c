// SPDX-License-Identifier: GPL-3.0-or-later
/* Models fs/inode.c: iput, inode_add_lru, evict (KERNEL_FACTS 1.7). */
#include "vfs/internal.h"

u32 inode_alloc(struct vfs *v, u32 sb, const struct task *t)
{
	u32 cache = vfs_inode_cache(v, (enum fs_type)super_at(v, sb)->fs), owner, slab, id;

	if (!cache)
		return 0;
	slab = lru_slab_alloc(v->lru, cache, super_at(v, sb)->set, LRU_INODE, t, &owner);
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
		.sb = sb,
		.node = slab_at(v->slab, slab)->node,
		.kind = OBJECT_INODE,
		.count = 1,
	};
	v->inodes_charged += owner != 0;
	if (unlikely(v->lru->inodes != LRU_INODES_ALL) && owner &&
	    !fs_inodes_aware((enum fs_type)super_at(v, sb)->fs, v->lru->inodes))
		v->inodes_uncovered++;
	super_at(v, sb)->nr_inodes++;
	gauge_add(&v->inodes, v->e, 1);
	return id;
}

/* An object that its file system still had: one reference for the caller. */
void inode_reuse(struct vfs *v, u32 id)
{
	struct object *i = obj(v, id);

	i->count = 1;
	i->flags = 0;
	i->peer = 0;
	super_at(v, i->sb)->nr_inodes++;
	gauge_add(&v->inodes, v->e, 1);
}

/* An inode without users that may not be on the LRU: umount finds it on its superblock's list. */
void inode_keep(struct vfs *v, u32 id)
{
	if (!(obj(v, id)->flags & (OBJ_ON_LRU | OBJ_LISTED)))
		super_list_add(v, id);
}

void inode_lru_add(struct vfs *v, u32 id, u16 cpu)
{
	struct object *i = obj(v, id);

	if (i->count || (i->flags & OBJ_GONE))
		return;
	if ((i->flags & OBJ_DIRTY) || !v->isolate->lru_add(v, id)) {
		inode_keep(v, id);
		return;
	}
	if (i->flags & OBJ_ON_LRU) {
		i->flags |= OBJ_REFERENCED;
		return;
	}
	if (i->flags & OBJ_LISTED)
		super_list_del(v, id);
	lru_add(v->lru, super_at(v, i->sb)->set, LRU_INODE, id, cpu);
}

void inode_became_shrinkable(struct vfs *v, u32 id, u16 cpu)
{
	/* on the LRU it stays as it is: this is no use of the inode */
	if (!(obj(v, id)->flags & OBJ_ON_LRU) && v->isolate == &inode_isolate_off_lru)
		inode_lru_add(v, id, cpu);
}

void iput(struct vfs *v, u32 id, u16 cpu)
{
	struct object *i = obj(v, id);
	const struct super_block *sb = super_at(v, i->sb);

	dbg_assert(i->kind == OBJECT_INODE && i->count > 0);
	if (--i->count)
		return;
	if ((i->flags & OBJ_NO_LINK) || sb->dying || (fs_infos[sb->fs].flags & FS_DROPS_INODES))
		inode_evict(v, id, cpu);
	else
		inode_lru_add(v, id, cpu);
}

void inode_free(struct vfs *v, u32 id, u16 cpu)
{
	object_free_rcu(v, id, cpu);
}

/* evict(): no user, no dentry. */
void inode_evict(struct vfs *v, u32 id, u16 cpu)
{
	struct object *i = obj(v, id);

	if (v->pages)
		v->pages->evict(v->pages->ctx, id);
	object_detach(v, id);
	if (v->own && (fs_infos[super_at(v, i->sb)->fs].flags & FS_OWN_RECLAIM))
		v->own->evicted(v->own->ctx, id, cpu);
	else
		object_free_rcu(v, id, cpu);
}
