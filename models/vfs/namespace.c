// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Names: what is on a disk (or in a tmpfs, or a cgroup directory), so that a workload can come back to
 * a file whose dentry or inode reclaim has taken meanwhile. Path walk, create, unlink and rmdir as
 * fs/namei.c and d_delete() do them.
 */
#include "vfs/internal.h"

static u32 *ino_at(const struct vfs *v, u32 vnode)
{
	return (u32 *)(void *)v->inos.base + vnode;
}

u32 vnode_new(struct vfs *v, u32 sb, u32 parent, bool is_dir, bool exists)
{
	u32 id = flat_take(&v->vnodes);

	/* most pages of the table are never written, and cost nothing */
	if (id && *ino_at(v, id))
		*ino_at(v, id) = 0;
	if (id)
		*vnode_at(v, id) = (struct vnode){
			.parent = parent,
			.sb = sb & (MAX_SUPERS - 1),
			.is_dir = is_dir,
			.exists = exists,
		};
	return id;
}

void vnode_free(struct vfs *v, u32 id)
{
	struct vnode *n = vnode_at(v, id);

	/* what is cached of it stays until reclaim or umount */
	if (n->dentry)
		v->vnode_of[n->dentry] = 0;
	if (n->inode)
		v->vnode_of[n->inode] = 0;
	flat_give(&v->vnodes, id);
}

/* The directory that a name is in, with a reference. */
static u32 lookup_parent(struct vfs *v, u32 vnode, const struct task *t)
{
	u32 parent = vnode_at(v, vnode)->parent, root;

	if (parent)
		return vnode_lookup(v, parent, t);
	root = super_at(v, vnode_at(v, vnode)->sb)->root;
	dget(v, root);
	return root;
}

static bool on_disk(const struct vfs *v, u32 vnode)
{
	return v->pages && (fs_infos[super_at(v, vnode_at(v, vnode)->sb)->fs].flags & FS_ON_DISK);
}

/* Numbers are given in the order in which files are made or first seen, and never twice. */
static u32 ino_of(struct vfs *v, u32 vnode)
{
	u32 *ino = ino_at(v, vnode);

	if (vnode && !*ino)
		*ino = ++super_at(v, vnode_at(v, vnode)->sb)->next_ino;
	return vnode ? *ino : 0;
}

static bool own_blocks(const struct vfs *v, u32 vnode)
{
	return v->own && (fs_infos[super_at(v, vnode_at(v, vnode)->sb)->fs].flags & FS_OWN_RECLAIM);
}

/* The block that a name's inode is in is read or changed; made: the file is new. */
static void touch_inode(struct vfs *v, u32 vnode, bool made, const struct task *t)
{
	u32 sb = vnode_at(v, vnode)->sb;

	if (own_blocks(v, vnode))
		v->own->inode_read(v->own->ctx, vnode_at(v, vnode)->inode, ino_of(v, vnode), made,
				   t);
	else if (on_disk(v, vnode))
		v->pages->touch_inode(v->pages->ctx, sb, ino_of(v, vnode), t);
}

/* The directory block with a name in it is. */
static void touch_dirent(struct vfs *v, u32 vnode, bool made, const struct task *t)
{
	u32 dir = ino_of(v, vnode_at(v, vnode)->parent), sb = vnode_at(v, vnode)->sb;

	if (own_blocks(v, vnode))
		v->own->touch_dirent(v->own->ctx, sb, dir, ino_of(v, vnode), made, t);
	else if (on_disk(v, vnode))
		v->pages->touch_dirent(v->pages->ctx, sb, dir, ino_of(v, vnode), t);
}

/* A name came or went: a transaction with its inode and its directory's. */
static void log_change(struct vfs *v, u32 vnode)
{
	u32 dir = vnode_at(v, vnode)->parent;

	if (!own_blocks(v, vnode))
		return;
	inode_logged(v, vnode_at(v, vnode)->inode);
	if (dir)
		inode_logged(v, vnode_at(v, dir)->inode);
}

/* The file's inode with a reference: the cached one, or a new one. */
static u32 get_inode(struct vfs *v, u32 vnode, const struct task *t)
{
	u32 inode = vnode_at(v, vnode)->inode;

	if (inode) {
		if (unlikely(obj(v, inode)->flags & OBJ_LISTED))
			super_list_del(v, inode);
		obj(v, inode)->count++;
		return inode;
	}
	v->gc_refaults += vnode_at(v, vnode)->gc_inode;
	vnode_at(v, vnode)->gc_inode = 0;
	if (own_blocks(v, vnode))
		inode = v->own->recycle(v->own->ctx, vnode_at(v, vnode)->sb, ino_of(v, vnode));
	if (inode) {
		inode_reuse(v, inode);
		vnode_at(v, vnode)->inode = inode;
		v->vnode_of[inode] = vnode;
		return inode;
	}
	inode = inode_alloc(v, vnode_at(v, vnode)->sb, t);
	if (inode) {
		vnode_at(v, vnode)->inode = inode;
		v->vnode_of[inode] = vnode;
		touch_inode(v, vnode, !vnode_at(v, vnode)->exists, t);
	}
	return inode;
}

/* The dentry of a file that exists gets its inode. */
static bool fill(struct vfs *v, u32 vnode, u32 dentry, const struct task *t)
{
	u32 inode = get_inode(v, vnode, t),
	    flags = fs_infos[super_at(v, vnode_at(v, vnode)->sb)->fs].flags;

	if (!inode)
		return false;
	dentry_instantiate(v, dentry, inode);
	if (flags & FS_PINS_DENTRIES) {
		obj(v, dentry)->flags |= OBJ_PINNED;
		dget(v, dentry);
		super_list_add(v, dentry);
	}
	return true;
}

u32 vnode_lookup(struct vfs *v, u32 vnode, const struct task *t)
{
	u32 dentry = vnode_at(v, vnode)->dentry, parent;

	if (dentry) {
		dget(v, dentry);
		return dentry;
	}
	v->gc_refaults += vnode_at(v, vnode)->gc_dentry;
	vnode_at(v, vnode)->gc_dentry = 0;
	parent = lookup_parent(v, vnode, t);
	if (!parent)
		return 0;
	dentry = dentry_alloc(v, vnode_at(v, vnode)->sb, parent, t);
	dput(v, parent, t->cpu);
	if (!dentry)
		return 0;
	vnode_at(v, vnode)->dentry = dentry;
	v->vnode_of[dentry] = vnode;
	touch_dirent(v, vnode, false, t);
	if (vnode_at(v, vnode)->exists && !fill(v, vnode, dentry, t)) {
		obj(v, dentry)->flags |= OBJ_UNHASHED;
		dput(v, dentry, t->cpu);
		return 0;
	}
	return dentry;
}

u32 vnode_create(struct vfs *v, u32 vnode, const struct task *t)
{
	u32 dentry = vnode_lookup(v, vnode, t);

	if (!dentry || vnode_at(v, vnode)->exists)
		return dentry;
	if (!fill(v, vnode, dentry, t)) {
		dput(v, dentry, t->cpu);
		return 0;
	}
	vnode_at(v, vnode)->exists = 1;
	touch_dirent(v, vnode, true, t);
	log_change(v, vnode);
	return dentry;
}

bool vnode_stat(struct vfs *v, u32 vnode, const struct task *t)
{
	u32 dentry = vnode_lookup(v, vnode, t);

	if (dentry)
		dput(v, dentry, t->cpu);
	return dentry != 0;
}

/* d_delete(): the only user makes it negative, others leave it to its last dput. */
static void delete_dentry(struct vfs *v, u32 vnode, u32 dentry, u16 cpu)
{
	u32 inode = obj(v, dentry)->peer;

	if (obj(v, dentry)->flags & OBJ_PINNED) {
		obj(v, dentry)->flags &= (u8)~OBJ_PINNED;
		super_list_del(v, dentry);
		obj(v, dentry)->count--;
	}
	if (inode)
		obj(v, inode)->flags |= OBJ_NO_LINK;
	vnode_at(v, vnode)->exists = 0;
	if (obj(v, dentry)->count > 1) {
		obj(v, dentry)->flags |= OBJ_UNHASHED;
		v->vnode_of[dentry] = 0;
		vnode_at(v, vnode)->dentry = 0;
		/* a file that is made of this name again has an inode of its own */
		if (inode)
			v->vnode_of[inode] = 0;
		vnode_at(v, vnode)->inode = 0;
		*ino_at(v, vnode) = 0;
		return;
	}
	if (inode) {
		obj(v, dentry)->peer = 0;
		obj(v, inode)->peer = 0;
		iput(v, inode, cpu);
	}
}

bool vnode_unlink(struct vfs *v, u32 vnode, const struct task *t)
{
	u32 dentry = vnode_lookup(v, vnode, t);

	if (!dentry)
		return false;
	log_change(v, vnode);
	delete_dentry(v, vnode, dentry, t->cpu);
	dput(v, dentry, t->cpu);
	return true;
}

void vnode_prune(struct vfs *v, u32 vnode, u16 cpu)
{
	u32 dentry = vnode_at(v, vnode)->dentry;

	if (dentry && !obj(v, dentry)->count)
		dentry_kill(v, dentry, true, cpu);
}
