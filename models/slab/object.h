/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An object that is addressed singly: a dentry, an inode, or something else whose life a workload or
 * a trace decides. 32 bytes, so that two share a cache line; what an object needs is in it, and the
 * hot paths touch nothing else of it.
 */
#ifndef MODELS_SLAB_OBJECT_H
#define MODELS_SLAB_OBJECT_H

#include "engine/arena.h"

enum object_kind {
	OBJECT_FREE = 0,
	OBJECT_DENTRY,
	OBJECT_INODE,
	OBJECT_PLAIN,
};

enum object_flags {
	OBJ_ON_LRU = 1 << 0, /* on a list_lru list */
	OBJ_REFERENCED = 1 << 1, /* DCACHE_REFERENCED, I_REFERENCED */
	OBJ_UNHASHED = 1 << 2, /* dentry: lookups do not find it; killed when the last user goes */
	OBJ_PINNED = 1 << 3, /* dentry: its file system holds a reference for ever (tmpfs) */
	OBJ_NO_LINK = 1 << 4, /* inode: i_nlink is 0 */
	OBJ_DIRTY = 1 << 5, /* inode */
	OBJ_LISTED = 1 << 6, /* on its superblock's list of objects that are on no LRU */
	OBJ_GONE = 1 << 7, /* waits for its RCU grace period */
};

#define MAX_SUPERS (1U << 19)
/* At once: ids of shrinkers and lists that are no superblock's come from tables of that size, too. */
#define MAX_LIVE_SUPERS (MAX_SUPERS - 16)

struct object {
	u32 prev, next; /* LRU or superblock list */
	u32 slab;
	u32 parent; /* dentry: parent directory's dentry; 0 for a root; or OBJ_TRACED and a trace's id */
	u32 peer; /* dentry: its inode, 0 = negative; inode: one of its dentries */
	u32 owner; /* owner slot that it is charged to; 0 = nobody */
	u32 sb : 20; /* superblock */
	u32 node : 6; /* of its slab: which list it goes on */
	u32 kind : 3;
	u32 untracked : 1; /* list_lru_add() found no memory (axis list_lru: first-insert) */
	u32 unused : 2;
	u32 count : 24; /* references: d_count, i_count */
	u32 flags : 8;
};

_Static_assert(sizeof(struct object) == 32, "two objects a cache line");

#define MAX_OBJECTS (1U << 28) /* 8 GiB of records */
#define OBJ_TRACED 0x80000000U /* in parent: the object's life is a trace's, see vfs.traced_gone */

static inline bool object_traced(const struct object *o)
{
	return o->parent & OBJ_TRACED;
}

static inline struct object *object_at(const struct flat *objects, u32 id)
{
	return (struct object *)(void *)objects->base + id;
}

#endif
