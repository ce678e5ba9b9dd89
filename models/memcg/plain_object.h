/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Objects of caches that have no model of their own: a record says which slab each is on and who is charged for it, so
 * that memory.stat and memcg_slabinfo know of them.
 */
#ifndef MODELS_MEMCG_PLAIN_OBJECT_H
#define MODELS_MEMCG_PLAIN_OBJECT_H

#include "memcg/memcg.h"

struct plain_object {
	u32 owner; /* owner slot, 0: nobody; first: free list */
	u32 slab; /* 0: the record is free */
};

static inline struct plain_object *plain_object_at(const struct memcg_system *m, u32 id)
{
	return (struct plain_object *)(void *)m->plain.base + id;
}

/* How many records there are; they begin at 1. */
static inline u32 nr_plain_objects(const struct memcg_system *m)
{
	return m->plain.base ? m->plain.n : 0;
}

/* One object of a cache for t. Id, or 0: no memory, or over a limit. */
u32 plain_object_alloc(struct memcg_system *m, u32 cache, const struct task *t);
void plain_object_free(struct memcg_system *m, u32 id, u16 cpu);

#endif
