/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kmem_caches that are made for memcgs besides a root cache: one for each memcg (accounting_per_page.c) or one for
 * all of them (second_set.c). KERNEL_FACTS 5.2, 5.3.
 */
#ifndef MODELS_MEMCG_TWIN_H
#define MODELS_MEMCG_TWIN_H

#include "memcg/memcg.h"

/* In memcg_system.twins: a worker has been asked for it. */
#define TWIN_PENDING NONE_U32

static inline u64 twin_key(u32 memcg, u32 cache)
{
	return (u64)memcg << 32 | cache;
}

/*
 * A kmem_cache for objects of the root cache, charged to an owner slot (0: its slabs are charged to nobody), with its
 * structures; name: bytes of its name. Cache id, or 0 when out of memory. It is counted as a kmem_cache of memcgs.
 */
u32 twin_create(struct memcg_system *m, u32 root, u32 owner, u64 name);
/* Bytes that its structures take, percpu included. */
u64 twin_bytes(const struct memcg_system *m, u32 twin);
/* It has no slab left. Its structures go, too. */
void twin_destroy(struct memcg_system *m, u32 twin);

/*
 * caches: two. The second cache of a root cache, from which all accounted objects come; 0 until a worker has made it.
 */
u32 second_cache(struct memcg_system *m, u32 cache);

#endif
