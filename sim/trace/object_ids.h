/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Kernel pointers become dense ids: the lowest free one, so that the id space is as large as the
 * peak number of live objects. A hash from pointer to id (open addressing, 16 bytes a slot) and a
 * bitmap tree of the ids given back.
 */
#ifndef SIM_TRACE_OBJECT_IDS_H
#define SIM_TRACE_OBJECT_IDS_H

#include "engine/base.h"

struct object_slot {
	u64 ptr; /* 0 = empty */
	u32 id;
	u16 cache;
};

struct object_map {
	struct object_slot *slots;
	u64 mask; /* size - 1 */
	u64 n;
	u32 shift;
};

#define ID_LEVELS 5 /* 64^5 = 1 G ids */

struct id_pool {
	u64 *level[ID_LEVELS]; /* bit set: given back (level 0), or a word below has such a bit */
	u32 levels;
	u64 cap; /* ids there is room for */
	u32 next; /* ids at and above were never handed out */
	u32 nr_free;
};

int object_map_init(struct object_map *m);
void object_map_destroy(struct object_map *m);
/* ptr is not 0 and not in the map. NULL when out of memory. */
struct object_slot *object_map_add(struct object_map *m, u64 ptr);
void object_map_remove(struct object_map *m, struct object_slot *slot);

void id_pool_destroy(struct id_pool *p);
/* NONE_U32 when out of memory or ids. */
u32 id_pool_take(struct id_pool *p);
void id_pool_give(struct id_pool *p, u32 id);

static inline u64 object_map_home(const struct object_map *m, u64 ptr)
{
	return ptr * 0x9e3779b97f4a7c15ULL >> m->shift;
}

static inline void object_map_prefetch(const struct object_map *m, u64 ptr)
{
	__builtin_prefetch(&m->slots[object_map_home(m, ptr)]);
}

/* NULL if it is not there. */
static inline struct object_slot *object_map_find(const struct object_map *m, u64 ptr)
{
	for (u64 i = object_map_home(m, ptr); m->slots[i].ptr; i = (i + 1) & m->mask)
		if (m->slots[i].ptr == ptr)
			return &m->slots[i];
	return NULL;
}

#endif
