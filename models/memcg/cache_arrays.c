// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * memcg_caches: up to v5.8 every root cache has an array of pointers to its memcgs' caches, one for each row of the id
 * table. All of them are made anew when the table grows (memcg_update_all_caches(), KERNEL_FACTS 3.2 a): 16 + 8 bytes a
 * row with kvzalloc(), the old ones are freed by RCU. Nothing makes them smaller. A root cache that comes later has its
 * array with the next growth here; the kernel gives it one at once. Only the root caches that there are in the model have
 * one: a real machine has 100 to 200. Off unless asked for (accounting: {policy: per-page, arrays: on}).
 */
#include "memcg/memcg.h"

#include <errno.h>

#define MEMCG_CACHE_ARRAY 16

static void free_arrays(void *ctx, u64 arg)
{
	struct memcg_system *m = ctx;
	struct footprint old = {.first = (u32)arg, .bytes = (u32)(arg >> 32)};

	gauge_add(&m->cache_array_bytes, m->e, -(s64)old.bytes);
	footprint_free(m->slab, &old, 0);
}

int cache_arrays_grow(struct memcg_system *m, u32 size, const struct task *t)
{
	struct footprint arrays = {0}, old = m->cache_arrays;

	if (!m->arrays)
		return 0;
	if (footprint_kmalloc(m->slab, &arrays, MEMCG_CACHE_ARRAY + 8ULL * size,
			      m->slab->root_caches, t)) {
		footprint_free(m->slab, &arrays, t->cpu);
		return -ENOMEM;
	}
	m->cache_arrays = arrays;
	gauge_add(&m->cache_array_bytes, m->e, arrays.bytes);
	if (old.first)
		engine_after(m->e, m->m->rcu.grace_period, free_arrays, m,
			     (u64)old.bytes << 32 | old.first);
	return 0;
}
