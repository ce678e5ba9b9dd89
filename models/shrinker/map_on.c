// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * shrinker_map: on. Models 0a4465d34028 and b0dedc49a2da (v4.19): a bit per (shrinker, memcg, node), set
 * when a list gets its first item, so that only shrinkers with something to do are called. Memory in the
 * layouts of 4.19, 5.13 (3c6f17e6c5d0) and 6.7 (307bececcd12): KERNEL_FACTS 2.3. In 4.19 to 5.12 the map
 * is the kmalloc-32 per node of a cgroup in the recorded W1.
 */
#include "shrinker/shrinker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_BYTES 520 /* shrinker_info_unit: 64 counters and a word of bits */

/* Bytes of one memcg's map on one node, besides the units of 6.7. */
static u64 map_bytes(const struct shrinker_system *s, u32 words)
{
	switch (s->layout) {
	case MAP_INFO:
		/* rcu_head, two pointers; a counter and a bit for every id */
		return 32 + 8ULL * 64 * words + 8ULL * words;
	case MAP_UNITS:
		return 24 + 8ULL * words;
	default:
		return 16 + 8ULL * words;
	}
}

static struct shrinker_map *map_of(struct shrinker_system *s, u32 memcg)
{
	if (memcg >= s->cap_maps) {
		u32 cap = max_of(memcg + 1, max_of(s->cap_maps * 2, 64U));
		struct shrinker_map *maps = realloc(s->maps, cap * sizeof(*maps));

		if (!maps) {
			s->e->failed = -ENOMEM;
			return NULL;
		}
		memset(maps + s->cap_maps, 0, (cap - s->cap_maps) * sizeof(*maps));
		s->maps = maps;
		s->cap_maps = cap;
	}
	return &s->maps[memcg];
}

static int alloc_map(struct shrinker_system *s, u32 memcg, u32 words, const struct task *t)
{
	struct footprint f = {0};
	struct shrinker_map *map;
	int ret = footprint_kmalloc(s->slab, &f, map_bytes(s, words), s->m->nr_nodes, t);

	if (!ret && s->layout == MAP_UNITS)
		ret = footprint_kmalloc(s->slab, &f, UNIT_BYTES, words * s->m->nr_nodes, t);
	map = ret ? NULL : map_of(s, memcg);
	if (!map) {
		footprint_free(s->slab, &f, t->cpu);
		return -ENOMEM;
	}
	*map = (struct shrinker_map){.mem = f};
	gauge_add(&s->map_bytes, s->e, f.bytes);
	return 0;
}

static void free_map(struct shrinker_system *s, u32 memcg)
{
	struct footprint f;

	if (memcg >= s->cap_maps || !s->maps[memcg].mem.bytes)
		return;
	f = s->maps[memcg].mem;
	s->maps[memcg] = (struct shrinker_map){0};
	gauge_add(&s->map_bytes, s->e, -(s64)f.bytes);
	footprint_free(s->slab, &f, 0);
}

static int online(struct shrinker_system *s, u32 memcg, const struct task *t)
{
	return s->map_words ? alloc_map(s, memcg, s->map_words, t) : 0;
}

/*
 * expand_shrinker_maps(): a shrinker id needs another word. New maps for every memcg; every old bit
 * comes out set (units keep theirs), so that the next pass looks at every list again.
 */
static int expand(struct shrinker_system *s, u32 words, const struct task *t)
{
	for (u32 memcg = ROOT_MEMCG; memcg; memcg = memcg_next(s->memcg, memcg, ROOT_MEMCG)) {
		/* the root has no map before 5.13 */
		if (memcg == ROOT_MEMCG && s->layout == MAP_BITMAP)
			continue;
		if (memcg != ROOT_MEMCG && memcg_at(s->memcg, memcg)->state >= MEMCG_OFFLINE)
			continue;
		free_map(s, memcg);
		if (alloc_map(s, memcg, words, t))
			return -ENOMEM;
		if (s->layout == MAP_UNITS || memcg == ROOT_MEMCG)
			continue;
		s->maps[memcg].stale_ids = s->map_words * 64;
		s->maps[memcg].stale_nodes = ~0ULL;
		for (u32 id = lru_first_block_of_memcg(s->lru, memcg); id;
		     id = lru_links_at(s->lru, id)->next_of_memcg)
			lru_links_at(s->lru, id)->map = ~0ULL;
	}
	s->map_words = words;
	return 0;
}

const struct shrinker_map_policy shrinker_map_on = {
	.name = "on",
	.bits = true,
	.online = online,
	.offline = free_map,
	.expand = expand,
};
