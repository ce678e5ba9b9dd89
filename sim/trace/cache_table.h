/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The slab caches of a recording, by name; and the places that allocate without saying from which
 * cache (KERNEL_FACTS 8.2: up to 6.13), by call site and size.
 */
#ifndef SIM_TRACE_CACHE_TABLE_H
#define SIM_TRACE_CACHE_TABLE_H

#include "engine/arena.h"
#include "engine/trace_record.h"
#include "trace/raw_event.h"

#define NO_CACHE 0xffffU

struct cache_entry {
	struct trace_cache cache;
	bool accounted; /* SLAB_ACCOUNT, by name */
	u32 super; /* of its inodes; 0 = not made yet */
};

/* An allocation that names no cache. */
struct alloc_site {
	struct slice call_site; /* in the arena */
	u32 bytes_req, bytes_alloc;
	u32 cache; /* resolved, or NO_CACHE */
	u32 seen; /* in which cache its objects were freed, or NO_CACHE */
	bool ambiguous; /* in more than one */
};

/* Key of a name: its ends and its length tell nearly all names apart without reading more. */
struct name_key {
	u64 first, last;
	u32 len, extra;
};

struct name_slot {
	struct name_key key;
	u32 value; /* index + 1, 0 = empty */
};

struct name_map {
	struct name_slot *slots;
	u32 mask, n;
};

struct cache_table {
	struct arena *arena;
	struct cache_entry *caches;
	u32 nr_caches, cap_caches;
	struct name_map by_name;
	struct alloc_site *sites;
	u32 nr_sites, cap_sites;
	struct name_map by_site;
};

int cache_table_init(struct cache_table *t, struct arena *arena);
void cache_table_destroy(struct cache_table *t);
/* Index of the cache, NO_CACHE when out of memory or there are too many. */
u32 cache_table_get(struct cache_table *t, struct slice name);
/* Index of the site, NONE_U32 when out of memory. */
u32 cache_table_site(struct cache_table *t, const struct raw_object *o);
/* An object of this site was freed into this cache. */
void cache_table_learn(struct cache_table *t, u32 site, u32 cache);
/* The cache of a site from which nothing better is known: learned, by function, by size. */
u32 cache_table_resolve(struct cache_table *t, u32 site);
void cache_table_sizes(struct cache_table *t, u32 cache, u32 bytes_req, u32 bytes_alloc);

#endif
