// SPDX-License-Identifier: GPL-3.0-or-later
#include "trace/nameless.h"

#include <errno.h>

#include "trace/object_ids.h"

static inline struct hit *hit_at(const struct trace_builder *b, u64 i)
{
	return &b->hits.at[i].hit;
}

static inline bool joins(const struct hit *h, enum raw_type type)
{
	return h->type == type && !(h->flags & HIT_SKIP);
}

static void name_by_free(struct trace_builder *b, const struct hit *freed, struct hit *alloc)
{
	if (!(freed->flags & HIT_NAMED) || alloc->flags & HIT_NAMED)
		return;
	alloc->cache = freed->cache;
	alloc->flags |= HIT_NAMED;
	cache_table_learn(&b->caches, alloc->aux, freed->cache);
	cache_table_sizes(&b->caches, freed->cache, b->caches.sites[alloc->aux].bytes_req,
			  b->caches.sites[alloc->aux].bytes_alloc);
}

/* From 5.12 to 6.13 allocations have no name but frees have: the pointer joins them. */
static int names_from_frees(struct trace_builder *b)
{
	struct object_map live;
	int ret = object_map_init(&live);

	for (u64 i = 0; i < b->hits.n && !ret; i++) {
		struct hit *h = hit_at(b, i);
		struct object_slot *slot;

		if (!joins(h, RAW_CACHE_ALLOC) && !joins(h, RAW_CACHE_FREE))
			continue;
		slot = object_map_find(&live, h->ptr);
		if (h->type == RAW_CACHE_ALLOC) {
			if (!slot)
				slot = object_map_add(&live, h->ptr);
			if (slot)
				slot->id = (u32)i;
			else
				ret = -ENOMEM;
		} else if (slot) {
			name_by_free(b, h, hit_at(b, slot->id));
			object_map_remove(&live, slot);
		}
	}
	object_map_destroy(&live);
	return ret;
}

int trace_name_allocations(struct trace_builder *b)
{
	int ret = names_from_frees(b);

	for (u64 i = 0; i < b->hits.n && !ret; i++) {
		struct hit *h = hit_at(b, i);
		u32 cache;

		if (!joins(h, RAW_CACHE_ALLOC) || h->flags & HIT_NAMED)
			continue;
		cache = cache_table_resolve(&b->caches, h->aux);
		if (cache == NO_CACHE)
			return -ENOMEM;
		cache_table_sizes(&b->caches, cache, b->caches.sites[h->aux].bytes_req,
				  b->caches.sites[h->aux].bytes_alloc);
		h->cache = (u16)cache;
		h->flags |= HIT_NAMED;
	}
	return ret;
}
