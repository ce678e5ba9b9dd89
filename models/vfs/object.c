// SPDX-License-Identifier: GPL-3.0-or-later
/* Objects of any kind: made, listed, freed at once or after a grace period. */
#include "vfs/internal.h"

#include <errno.h>
#include <sys/mman.h>

int vfs_init_objects(struct vfs *v, int *failed)
{
	void *map;

	*v = (struct vfs){0};
	if (flat_init(&v->objects, sizeof(struct object), MAX_OBJECTS, true, failed))
		return -ENOMEM;
	v->vnode_of_bytes = (size_t)MAX_OBJECTS * sizeof(u32);
	map = mmap(NULL, v->vnode_of_bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return -ENOMEM;
	v->vnode_of = map;
	return 0;
}

void super_list_add(struct vfs *v, u32 id)
{
	struct object *o = obj(v, id);
	u32 *head = &super_at(v, o->sb)->listed;

	o->prev = 0;
	o->next = *head;
	if (*head)
		obj(v, *head)->prev = id;
	*head = id;
	o->flags |= OBJ_LISTED;
}

void super_list_del(struct vfs *v, u32 id)
{
	struct object *o = obj(v, id);

	if (o->prev)
		obj(v, o->prev)->next = o->next;
	else
		super_at(v, o->sb)->listed = o->next;
	if (o->next)
		obj(v, o->next)->prev = o->prev;
	o->flags &= (u8)~OBJ_LISTED;
	if (unlikely(o->untracked))
		lru_track(v->lru, id);
}

void vfs_untracked(void *ctx, u32 id)
{
	struct vfs *v = ctx;
	struct object *o = obj(v, id);

	/* a shadow node is found through its mapping */
	if (o->kind == OBJECT_PLAIN)
		return;
	super_list_add(v, id);
	/* inode_add_lru(): not added looks like there already; d_lru_add() takes it for added */
	if (o->kind == OBJECT_INODE)
		o->flags |= OBJ_REFERENCED;
}

u32 plain_alloc(struct vfs *v, u32 cache, u32 sb, const struct task *t, bool accounted)
{
	u32 owner = 0, slab, id;

	slab = accounted ? memcg_slab_alloc(v->memcg, cache, t, -1, &owner)
			 : slab_alloc(v->slab, cache, t, -1);
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
		.kind = OBJECT_PLAIN,
	};
	if (sb)
		super_list_add(v, id);
	return id;
}

u32 plain_lru_alloc(struct vfs *v, u32 cache, u32 set, u32 list, const struct task *t)
{
	u32 owner = 0, slab = lru_slab_alloc(v->lru, cache, set, list, t, &owner);
	u32 id = slab ? flat_take(&v->objects) : 0;

	if (!id) {
		if (slab)
			memcg_slab_free(v->memcg, slab, owner, t->cpu);
		v->alloc_failed++;
		return 0;
	}
	*obj(v, id) = (struct object){
		.slab = slab,
		.owner = owner,
		.node = slab_at(v->slab, slab)->node,
		.kind = OBJECT_PLAIN,
	};
	return id;
}

void plain_free_rcu(struct vfs *v, u32 id, u16 cpu)
{
	object_free_rcu(v, id, cpu);
}

static void forget_vnode(struct vfs *v, u32 id, enum object_kind kind)
{
	u32 vnode = v->vnode_of[id];

	if (!vnode)
		return;
	v->vnode_of[id] = 0;
	if (unlikely(v->gc_drops)) {
		vnode_at(v, vnode)->gc_dentry |= kind == OBJECT_DENTRY;
		vnode_at(v, vnode)->gc_inode |= kind == OBJECT_INODE;
	}
	if (kind == OBJECT_DENTRY && vnode_at(v, vnode)->dentry == id)
		vnode_at(v, vnode)->dentry = 0;
	if (kind == OBJECT_INODE && vnode_at(v, vnode)->inode == id)
		vnode_at(v, vnode)->inode = 0;
}

/* Off its list, and no count includes it. */
static void uncount(struct vfs *v, u32 id)
{
	struct object *o = obj(v, id);
	struct super_block *sb = super_at(v, o->sb);

	if (o->flags & OBJ_ON_LRU)
		lru_del(v->lru, sb->set, o->kind == OBJECT_INODE ? LRU_INODE : LRU_DENTRY, id);
	if (o->flags & OBJ_LISTED)
		super_list_del(v, id);
	if (o->kind == OBJECT_DENTRY) {
		gauge_add(&v->dentries, v->e, -1);
		sb->nr_dentries--;
	} else if (o->kind == OBJECT_INODE) {
		gauge_add(&v->inodes, v->e, -1);
		sb->nr_inodes--;
	}
}

/* No lookup finds it any more, no count includes it; its memory is still there. */
void object_detach(struct vfs *v, u32 id)
{
	const struct object *o = obj(v, id);

	uncount(v, id);
	if (object_traced(o))
		v->traced_gone(v->traced_ctx, o->parent & ~OBJ_TRACED);
	else
		forget_vnode(v, id, (enum object_kind)o->kind);
}

static void free_memory(struct vfs *v, u32 id, u16 cpu)
{
	struct object *o = obj(v, id);
	u32 slab = o->slab, owner = o->owner;

	o->kind = OBJECT_FREE;
	o->flags = 0;
	flat_give(&v->objects, id);
	memcg_slab_free(v->memcg, slab, owner, cpu);
}

void object_free_rcu(struct vfs *v, u32 id, u16 cpu)
{
	obj(v, id)->flags |= OBJ_GONE;
	call_rcu(v->m, cpu, RCU_OBJECT, id);
}

void object_free_rcu_run(struct vfs *v, u32 id, u16 cpu)
{
	free_memory(v, id, cpu);
}

void object_free_now(struct vfs *v, u32 id, u16 cpu)
{
	struct object *o = obj(v, id);
	u32 peer = o->peer, kind = o->kind;

	if (kind == OBJECT_INODE && v->pages)
		v->pages->evict(v->pages->ctx, id);
	uncount(v, id);
	/* who says so knows; what a trace made has no name */
	if (!object_traced(o))
		forget_vnode(v, id, (enum object_kind)kind);
	o->parent = 0;
	free_memory(v, id, cpu);
	/* what referred to it does not any more; an inode without its dentry waits on the LRU */
	if (!peer || obj(v, peer)->peer != id)
		return;
	obj(v, peer)->peer = 0;
	if (kind == OBJECT_DENTRY && obj(v, peer)->count && !--obj(v, peer)->count)
		inode_lru_add(v, peer, cpu);
}

/* ---- recount ---- */

static const char *check_object(const struct vfs *v, u32 id, u32 *children, u32 *inode_refs)
{
	const struct object *o = obj(v, id);
	const struct slab *slab = slab_at(v->slab, o->slab);

	if (slab->state == SLAB_FREE || !slab->inuse)
		return "an object's slab is gone";
	if (slab->node != o->node)
		return "an object is not on its slab's node";
	if (o->untracked && (o->flags & (OBJ_ON_LRU | OBJ_GONE)))
		return "an untracked object is on an LRU or gone";
	if ((o->flags & OBJ_ON_LRU) && (o->flags & (OBJ_LISTED | OBJ_GONE)))
		return "an object is on two lists";
	if (o->flags & OBJ_GONE)
		return NULL;
	if (o->kind == OBJECT_DENTRY && o->parent && !object_traced(o)) {
		if (obj(v, o->parent)->kind != OBJECT_DENTRY ||
		    (obj(v, o->parent)->flags & OBJ_GONE))
			return "a dentry's parent is gone";
		children[o->parent]++;
	}
	if (o->kind == OBJECT_DENTRY && o->peer) {
		if (obj(v, o->peer)->kind != OBJECT_INODE || (obj(v, o->peer)->flags & OBJ_GONE))
			return "a dentry's inode is gone";
		inode_refs[o->peer]++;
	}
	return NULL;
}

const char *object_table_check(const struct vfs *v, u32 *children, u32 *inode_refs)
{
	s64 dentries = v->anon_dentries, inodes = v->anon_inodes, untracked = 0;

	for (u32 id = 1; id < v->objects.n; id++) {
		const struct object *o = obj(v, id);
		const char *why =
			o->kind == OBJECT_FREE ? NULL : check_object(v, id, children, inode_refs);

		if (why)
			return why;
		untracked += o->kind != OBJECT_FREE && o->untracked;
		if (o->flags & OBJ_GONE)
			continue;
		dentries += o->kind == OBJECT_DENTRY;
		inodes += o->kind == OBJECT_INODE;
	}
	for (u32 id = 1; id < v->objects.n; id++) {
		const struct object *o = obj(v, id);

		if (o->kind == OBJECT_FREE || (o->flags & OBJ_GONE))
			continue;
		if (o->kind == OBJECT_DENTRY && o->count < children[id])
			return "a dentry has more children than references";
		if (o->kind == OBJECT_INODE && o->count < inode_refs[id])
			return "an inode has more dentries than references";
	}
	if (dentries != v->dentries.level || inodes != v->inodes.level + (s64)v->inodes_waiting)
		return "dentries or inodes differ from their count";
	if (untracked != v->lru->nr_untracked.level)
		return "untracked objects differ from their count";
	return NULL;
}
