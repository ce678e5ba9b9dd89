/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Extents: many objects of one cache allocated in a row and never addressed singly (the 187 million
 * list heads of SEEDS K1). Their slabs are the very ones that as many single allocations would have
 * used: edges that are shared with others are ordinary slabs, the full ones between are a run of
 * pages without a record each. Freeing walks slab by slab, so that fragmentation stays exact; a
 * property test holds both ways against single objects.
 */
#ifndef MODELS_SLAB_EXTENT_H
#define MODELS_SLAB_EXTENT_H

#include "slab/slab.h"

#define PIECE_RUN 0x80000000U

/* count objects of the cache for task t, as single allocations would place them. Extent id, or 0
 * when out of memory (nothing is kept then). count == 0 gives an empty extent. */
u32 extent_alloc(struct slab_system *s, u32 cache, u64 count, const struct task *t);
/* Allocates count more objects into an extent of the same cache. 0 or -ENOMEM (what came is kept). */
int extent_grow(struct slab_system *s, u32 extent, u64 count, const struct task *t);
/* Frees all objects, in the order of their allocation, and the extent. */
void extent_free(struct slab_system *s, u32 extent, u16 cpu);
/* Frees the `count` objects allocated last. */
void extent_trim(struct slab_system *s, u32 extent, u64 count, u16 cpu);

static inline struct extent *extent_at(const struct slab_system *s, u32 id)
{
	return (struct extent *)(void *)s->extents.base + id;
}

#endif
