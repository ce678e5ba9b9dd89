// SPDX-License-Identifier: GPL-3.0-or-later
#include "trace/cache_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace/cache_names.h"
#include "trace/scan_word.h"

/* Text of events has slack behind it (STREAM_SLACK), so whole words may be loaded. */
static inline struct name_key key_of(struct slice name, u32 extra)
{
	return (struct name_key){
		.first = load_letters(name.s, name.len),
		.last = name.len > 8 ? load_word(name.s + name.len - 8) : 0,
		.len = name.len,
		.extra = extra,
	};
}

static inline bool key_eq(const struct name_key *a, const struct name_key *b)
{
	return a->first == b->first && a->last == b->last && a->len == b->len &&
	       a->extra == b->extra;
}

static inline u32 key_hash(const struct name_key *key)
{
	u64 h = (key->first ^ (key->last << 23 | key->last >> 41) ^ key->len ^
		 (u64)key->extra << 32) *
		0x9e3779b97f4a7c15ULL;

	return (u32)(h >> 32);
}

static int map_init(struct name_map *m, u32 size)
{
	m->slots = calloc(size, sizeof(*m->slots));
	m->mask = size - 1;
	m->n = 0;
	return m->slots ? 0 : -ENOMEM;
}

static int map_grow(struct name_map *m)
{
	struct name_map old = *m;

	if (map_init(m, (old.mask + 1) * 2)) {
		*m = old;
		return -ENOMEM;
	}
	for (u32 i = 0; i <= old.mask; i++) {
		u32 at = key_hash(&old.slots[i].key) & m->mask;

		if (!old.slots[i].value)
			continue;
		while (m->slots[at].value)
			at = (at + 1) & m->mask;
		m->slots[at] = old.slots[i];
	}
	m->n = old.n;
	free(old.slots);
	return 0;
}

static int map_add(struct name_map *m, const struct name_key *key, u32 value)
{
	u32 at;

	if (m->n * 2 > m->mask && map_grow(m))
		return -ENOMEM;
	at = key_hash(key) & m->mask;
	while (m->slots[at].value)
		at = (at + 1) & m->mask;
	m->slots[at] = (struct name_slot){*key, value};
	m->n++;
	return 0;
}

int cache_table_init(struct cache_table *t, struct arena *arena)
{
	*t = (struct cache_table){.arena = arena};
	if (map_init(&t->by_name, 256) || map_init(&t->by_site, 256))
		return -ENOMEM;
	return 0;
}

void cache_table_destroy(struct cache_table *t)
{
	free(t->caches);
	free(t->sites);
	free(t->by_name.slots);
	free(t->by_site.slots);
}

/* Room for one more element; NULL when out of memory. */
static void *grown(void *array, u32 n, u32 *cap, size_t elem)
{
	u32 want = *cap ? *cap * 2 : 64;
	void *p;

	if (n < *cap)
		return array;
	p = realloc(array, want * elem);
	if (p)
		*cap = want;
	return p;
}

static u32 add_cache(struct cache_table *t, struct slice name, const struct name_key *key)
{
	struct cache_entry *caches =
		grown(t->caches, t->nr_caches, &t->cap_caches, sizeof(*caches));
	struct slice fs = cache_fs(name);
	char *copy = arena_strndup(t->arena, name.s, name.len);
	char *fs_copy = fs.len ? arena_strndup(t->arena, fs.s, fs.len) : NULL;

	if (caches)
		t->caches = caches;
	if (!caches || !copy || (fs.len && !fs_copy) || t->nr_caches == NO_CACHE ||
	    map_add(&t->by_name, key, t->nr_caches + 1))
		return NO_CACHE;
	caches[t->nr_caches] = (struct cache_entry){
		.cache = {.name = copy, .kind = (u8)cache_kind(name), .fs = fs_copy},
		.accounted = cache_is_accounted(name),
	};
	return t->nr_caches++;
}

u32 cache_table_get(struct cache_table *t, struct slice name)
{
	struct name_key key = key_of(name, 0);
	u32 at = key_hash(&key) & t->by_name.mask;

	for (; t->by_name.slots[at].value; at = (at + 1) & t->by_name.mask) {
		const struct name_slot *slot = &t->by_name.slots[at];

		if (likely(key_eq(&slot->key, &key)) &&
		    (name.len <= 16 ||
		     !memcmp(t->caches[slot->value - 1].cache.name, name.s, name.len)))
			return slot->value - 1;
	}
	return add_cache(t, name, &key);
}

static u32 add_site(struct cache_table *t, const struct raw_object *o, const struct name_key *key)
{
	struct alloc_site *sites = grown(t->sites, t->nr_sites, &t->cap_sites, sizeof(*sites));
	char *copy = arena_strndup(t->arena, o->call_site.s, o->call_site.len);

	if (sites)
		t->sites = sites;
	if (!sites || !copy || map_add(&t->by_site, key, t->nr_sites + 1))
		return NONE_U32;
	sites[t->nr_sites] = (struct alloc_site){
		.call_site = {copy, o->call_site.len},
		.bytes_req = o->bytes_req,
		.bytes_alloc = o->bytes_alloc,
		.cache = NO_CACHE,
		.seen = NO_CACHE,
	};
	return t->nr_sites++;
}

u32 cache_table_site(struct cache_table *t, const struct raw_object *o)
{
	struct name_key key = key_of(o->call_site, o->bytes_req ^ o->bytes_alloc << 16);
	u32 at = key_hash(&key) & t->by_site.mask;

	for (; t->by_site.slots[at].value; at = (at + 1) & t->by_site.mask) {
		const struct name_slot *slot = &t->by_site.slots[at];
		const struct alloc_site *site = &t->sites[slot->value - 1];

		if (key_eq(&slot->key, &key) && site->bytes_req == o->bytes_req &&
		    site->bytes_alloc == o->bytes_alloc && slice_eq(site->call_site, o->call_site))
			return slot->value - 1;
	}
	return add_site(t, o, &key);
}

void cache_table_learn(struct cache_table *t, u32 site, u32 cache)
{
	struct alloc_site *s = &t->sites[site];

	if (s->seen == NO_CACHE)
		s->seen = cache;
	s->ambiguous |= s->seen != cache;
}

u32 cache_table_resolve(struct cache_table *t, u32 site)
{
	struct alloc_site *s = &t->sites[site];
	/* Behind the name is slack, as behind all text that is looked up here. */
	char name[LONGEST_CACHE_NAME + 16] = "";
	u32 len;

	if (s->cache != NO_CACHE)
		return s->cache;
	if (s->seen != NO_CACHE && !s->ambiguous) {
		s->cache = s->seen;
		return s->cache;
	}
	len = cache_of_call_site(s->call_site, name);
	if (!len)
		len = (u32)snprintf(name, sizeof(name), "unknown-%u", s->bytes_alloc);
	s->cache = cache_table_get(t, (struct slice){name, len});
	return s->cache;
}

void cache_table_sizes(struct cache_table *t, u32 cache, u32 bytes_req, u32 bytes_alloc)
{
	struct trace_cache *c = &t->caches[cache].cache;

	if (!c->size) {
		c->object_size = bytes_req;
		c->size = bytes_alloc;
	}
}
