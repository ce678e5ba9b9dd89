/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What some kernel structure takes in kmalloc and caches, kept together so that it is given back
 * together: a chain of extents, one a cache, in the order of first use.
 */
#ifndef MODELS_SLAB_FOOTPRINT_H
#define MODELS_SLAB_FOOTPRINT_H

#include "slab/extent.h"

struct footprint {
	u32 first; /* piece id: .at = extent, .next = next; 0 = nothing */
	u32 bytes; /* as the size classes count, whole pages for larger ones */
};

/* count kmallocs of `size` bytes each. 0 or -ENOMEM. */
int footprint_kmalloc(struct slab_system *s, struct footprint *f, u64 size, u32 count,
		      const struct task *t);
/* count objects of a cache. 0 or -ENOMEM. */
int footprint_cache(struct slab_system *s, struct footprint *f, u32 cache, u32 count,
		    const struct task *t);
void footprint_free(struct slab_system *s, struct footprint *f, u16 cpu);

#endif
