/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this room share and nobody else sees. */
#ifndef MODELS_SLAB_INTERNAL_H
#define MODELS_SLAB_INTERNAL_H

#include "slab/slab.h"

void add_partial(struct slab_system *s, struct kmem_cache *c, u32 id, bool tail);
void remove_partial(struct slab_system *s, struct kmem_cache *c, u32 id);
void account_slabs(struct slab_system *s, struct kmem_cache *c, u32 node, u32 order, s64 slabs,
		   u32 objects);
u32 slab_record(struct slab_system *s, struct kmem_cache *c, u32 pfn, u32 order);
void discard_slab(struct slab_system *s, u32 id, u16 cpu);
void deactivate_slab(struct slab_system *s, struct kmem_cache *c, u32 id, u16 cpu);
void unfreeze_partials(struct slab_system *s, struct kmem_cache *c, struct cpu_slabs *cs, u16 cpu);
struct cpu_slabs *cpu_slabs_new(struct slab_system *s, struct kmem_cache *c, u32 cpu);
void put_cpu_partial(struct slab_system *s, struct kmem_cache *c, u32 id, u16 cpu, bool drain);
int kmalloc_init(struct slab_system *s);
enum migratetype cache_migratetype(const struct kmem_cache *c);

/* The CPU's pair of active and partial, made at first use; NULL when out of memory. */
static inline struct cpu_slabs *cpu_slabs_make(struct slab_system *s, struct kmem_cache *c, u32 cpu)
{
	struct cpu_slabs *cs = cpu_slabs_of(s, c, cpu);

	/* record 0 is nobody's */
	return likely(cs != (struct cpu_slabs *)(void *)s->cpu_slabs.base)
		       ? cs
		       : cpu_slabs_new(s, c, cpu);
}

static inline struct piece *piece_at(const struct slab_system *s, u32 id)
{
	return (struct piece *)(void *)s->pieces.base + id;
}

#endif
