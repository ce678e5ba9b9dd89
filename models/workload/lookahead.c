// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/lookahead.h"

/* Chunks that each stage is ahead. */
enum {
	AHEAD_LISTS,
	AHEAD_CPUS,
	AHEAD_CACHES,
	AHEAD_LINKS,
	AHEAD_OBJECTS,
	AHEAD_IDS,
	AHEAD_RECORDS = AHEAD_IDS + 4,
};

_Static_assert(AHEAD_IDS < CHUNKS, "a chunk for every stage");

/* As the replay maps it. */
static inline u32 cpu_of(const struct lookahead *l, const struct trace_record *r)
{
	u32 n = l->k->m.nr_present;

	return likely(r->cpu < n) ? r->cpu : r->cpu % n;
}

void lookahead_reset(struct lookahead *l)
{
	for (u32 i = 0; i < CHUNKS; i++)
		l->chunks[i] = (struct lookahead_chunk){0};
}

/* Sorts by type; fetches trace id -> object, and the ways to the block and cache of a new object. */
static ALWAYS_INLINE void stage_ids(const struct lookahead *l, struct lookahead_chunk *c,
				    const struct trace_record *r)
{
	const struct kernel *k = l->k;
	u32 allocs = 0, frees = 0, touches = 0;

	for (u32 i = 0; i < CHUNK; i++) {
		u8 type = r[i].type;

		c->allocs[allocs] = c->frees[frees] = c->touches[touches] = (u8)i;
		c->block[i] = 0;
		allocs += type == TRACE_ALLOC;
		frees += type == TRACE_FREE && r[i].id != NONE_U32;
		touches += type == TRACE_TOUCH;
	}
	c->nr_allocs = allocs;
	c->nr_frees = frees;
	c->nr_touches = touches;
	for (u32 i = 0; i < allocs; i++) {
		const struct trace_record *a = &r[c->allocs[i]];

		__builtin_prefetch(&l->object_of[a->id], 1);
		lru_block_prefetch(&k->lru, l->set_of[a->sb], l->memcg_of[a->memcg]);
		memcg_cache_prefetch(&k->memcg, l->memcg_of[a->memcg], l->cache_of[a->cache]);
	}
	for (u32 i = 0; i < frees; i++)
		__builtin_prefetch(&l->object_of[r[c->frees[i]].id], 1);
	for (u32 i = 0; i < touches; i++)
		__builtin_prefetch(&l->object_of[r[c->touches[i]].id]);
}

/* Fetches the objects; of a new one the block and the cache. */
static ALWAYS_INLINE void stage_objects(const struct lookahead *l, struct lookahead_chunk *c,
					const struct trace_record *r)
{
	const struct kernel *k = l->k;

	for (u32 i = 0; i < c->nr_allocs; i++) {
		u32 at = c->allocs[i], memcg = l->memcg_of[r[at].memcg];
		u32 block = lru_block_guess(&k->lru, l->set_of[r[at].sb], memcg);

		c->block[at] = block;
		c->cache[at] = memcg_cache_guess(&k->memcg, memcg, l->cache_of[r[at].cache]);
		__builtin_prefetch(lru_block_at(&k->lru, block), 1);
		if (c->cache[at])
			kmem_cache_prefetch(&k->slab, c->cache[at]);
	}
	for (u32 i = 0; i < c->nr_frees; i++) {
		u32 object = l->object_of[r[c->frees[i]].id] & l->mask;

		c->object[c->frees[i]] = object;
		__builtin_prefetch(obj(&k->vfs, object), 1);
	}
	for (u32 i = 0; i < c->nr_touches; i++)
		__builtin_prefetch(obj(&k->vfs, l->object_of[r[c->touches[i]].id] & l->mask), 1);
}

/* Fetches the neighbours on the LRU, the slab, and the way to the block that is left. */
static ALWAYS_INLINE void stage_links(const struct lookahead *l, struct lookahead_chunk *c,
				      const struct trace_record *r)
{
	const struct kernel *k = l->k;

	for (u32 i = 0; i < c->nr_allocs; i++) {
		u32 at = c->allocs[i], cpu = cpu_of(l, &r[at]);
		u32 node = k->lru.nr_nodes == 1 ? 0 : cpu_to_node(&k->m, cpu);
		struct lru_block *b = lru_block_at(&k->lru, c->block[at]);

		/* the object that the new one will follow */
		__builtin_prefetch(obj(&k->vfs, lru_list_at(&k->lru, b, LRU_DENTRY, node)->tail),
				   1);
		if (c->cache[at])
			__builtin_prefetch(
				cpu_slabs_of(&k->slab, cache_at(&k->slab, c->cache[at]), cpu), 1);
	}
	for (u32 i = 0; i < c->nr_frees; i++) {
		const struct object *o = obj(&k->vfs, c->object[c->frees[i]]);

		__builtin_prefetch(obj(&k->vfs, o->prev), 1);
		__builtin_prefetch(obj(&k->vfs, o->next), 1);
		__builtin_prefetch(slab_at(&k->slab, o->slab), 1);
		lru_block_prefetch(&k->lru, super_at(&k->vfs, o->sb)->set,
				   owner_memcg(&k->memcg, o->owner));
	}
}

/* Fetches the active slab; the block and the cache that an object leaves. */
static ALWAYS_INLINE void stage_caches(const struct lookahead *l, struct lookahead_chunk *c,
				       const struct trace_record *r)
{
	const struct kernel *k = l->k;

	for (u32 i = 0; i < c->nr_allocs; i++) {
		u32 at = c->allocs[i], cpu = cpu_of(l, &r[at]);

		if (c->cache[at])
			__builtin_prefetch(
				slab_at(&k->slab,
					cpu_slabs_of(&k->slab, cache_at(&k->slab, c->cache[at]),
						     cpu)
						->active[cpu % CPU_CHUNK]),
				1);
	}
	for (u32 i = 0; i < c->nr_frees; i++) {
		u32 at = c->frees[i];
		const struct object *o = obj(&k->vfs, c->object[at]);

		c->block[at] = lru_block_guess(&k->lru, super_at(&k->vfs, o->sb)->set,
					       owner_memcg(&k->memcg, o->owner));
		__builtin_prefetch(lru_block_at(&k->lru, c->block[at]), 1);
		c->cache[at] = 0;
		if (!k->memcg.accounting->shared_caches) {
			c->cache[at] = slab_at(&k->slab, o->slab)->cache;
			kmem_cache_prefetch(&k->slab, c->cache[at]);
		}
	}
}

/* Fetches the CPU's slabs of a cache that an object goes back to. */
static ALWAYS_INLINE void stage_cpus(const struct lookahead *l, struct lookahead_chunk *c,
				     const struct trace_record *r)
{
	const struct kernel *k = l->k;

	for (u32 i = 0; i < c->nr_frees; i++) {
		u32 at = c->frees[i], cpu = cpu_of(l, &r[at]);

		if (c->cache[at])
			__builtin_prefetch(
				cpu_slabs_of(&k->slab, cache_at(&k->slab, c->cache[at]), cpu), 1);
	}
}

/* Fetches the neighbours of a slab that changes its list. */
static ALWAYS_INLINE void stage_lists(const struct lookahead *l, const struct lookahead_chunk *c,
				      const struct trace_record *r)
{
	const struct kernel *k = l->k;

	for (u32 i = 0; i < c->nr_frees; i++) {
		u32 at = c->frees[i], cpu = cpu_of(l, &r[at]);
		const struct slab *slab = slab_at(&k->slab, obj(&k->vfs, c->object[at])->slab);

		if (unlikely(slab->inuse == 1)) {
			__builtin_prefetch(slab_at(&k->slab, slab->next), 1);
			__builtin_prefetch(slab_at(&k->slab, slab->prev), 1);
		}
		if (c->cache[at])
			__builtin_prefetch(
				slab_at(&k->slab,
					cpu_slabs_of(&k->slab, cache_at(&k->slab, c->cache[at]),
						     cpu)
						->partial[cpu % CPU_CHUNK]),
				1);
	}
}

void lookahead_step(struct lookahead *l, const struct trace_record *records, u64 nr, u64 at)
{
	const struct trace_record *r = records + at;
	u64 chunk = at / CHUNK;
	struct lookahead_chunk *ids = &l->chunks[(chunk + AHEAD_IDS) % CHUNKS];

#define STAGE(fn, ahead) fn(l, &l->chunks[(chunk + (ahead)) % CHUNKS], r + (ahead)*CHUNK)
	/* chunks that no stage reached before have no record of any type */
	STAGE(stage_lists, AHEAD_LISTS);
	STAGE(stage_cpus, AHEAD_CPUS);
	STAGE(stage_caches, AHEAD_CACHES);
	STAGE(stage_links, AHEAD_LINKS);
	STAGE(stage_objects, AHEAD_OBJECTS);
#undef STAGE
	for (u32 i = 0; i < CHUNK; i += 2)
		__builtin_prefetch(&r[AHEAD_RECORDS * CHUNK + i]);
	if ((chunk + AHEAD_IDS + 1) * CHUNK <= nr)
		stage_ids(l, ids, r + AHEAD_IDS * CHUNK);
	else
		*ids = (struct lookahead_chunk){0};
}
