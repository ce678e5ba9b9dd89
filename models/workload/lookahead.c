// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/lookahead.h"

/* Chunks that each stage is ahead. */
enum {
	AHEAD_PARTIAL,
	AHEAD_CPUS,
	AHEAD_BLOCKS,
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
static ALWAYS_INLINE void stage_ids(const struct lookahead *l, struct lookahead_chunk *restrict c,
				    const struct trace_record *r)
{
	const struct kernel *k = l->k;
	u32 allocs = 0, frees = 0, others = 0;

	for (u32 i = 0; i < CHUNK; i++) {
		u8 type = r[i].type;

		/* also of those without an id: a prefetch may go anywhere */
		__builtin_prefetch(&l->object_of[r[i].id], 1);
		c->allocs[allocs] = c->frees[frees] = c->others[others] = (u8)i;
		c->block[i] = 0;
		allocs += type == TRACE_ALLOC;
		frees += type == TRACE_FREE && r[i].id != NONE_U32;
		others += (type == TRACE_FREE || type == TRACE_TOUCH) && r[i].id != NONE_U32;
	}
	c->nr_allocs = allocs;
	c->nr_frees = frees;
	c->nr_others = others;
	for (u32 i = 0; i < allocs; i++) {
		const struct trace_record *a = &r[c->allocs[i]];
		u32 memcg = l->memcg_of[a->memcg];

		__builtin_prefetch(memcg_at(&k->memcg, memcg), 1);
		lru_block_prefetch(&k->lru, l->set_of[a->sb], memcg);
		memcg_cache_prefetch(&k->memcg, memcg, l->cache_of[a->cache]);
	}
}

/* Fetches the objects; of a new one the block and the cache. */
static ALWAYS_INLINE void stage_objects(const struct lookahead *l,
					struct lookahead_chunk *restrict c,
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
	for (u32 i = 0; i < c->nr_others; i++) {
		u32 object = l->object_of[r[c->others[i]].id] & l->mask;

		c->object[c->others[i]] = object;
		__builtin_prefetch(obj(&k->vfs, object), 1);
	}
}

/* Fetches the neighbours on the LRU, the slab, and the way to the block that is left. */
static ALWAYS_INLINE void stage_links(const struct lookahead *l, struct lookahead_chunk *restrict c,
				      const struct trace_record *r)
{
	const struct kernel *k = l->k;

	for (u32 i = 0; i < c->nr_allocs; i++) {
		u32 at = c->allocs[i], cpu = cpu_of(l, &r[at]);
		u32 node = k->lru.nr_nodes == 1 ? 0 : cpu_to_node(&k->m, cpu);
		struct lru_block *b = lru_block_at(&k->lru, c->block[at]);

		__builtin_prefetch(
			owner_at(&k->memcg, memcg_at(&k->memcg, l->memcg_of[r[at].memcg])->owner),
			1);
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

/* Fetches the block and the cache that an object leaves. */
static ALWAYS_INLINE void stage_blocks(const struct lookahead *l,
				       struct lookahead_chunk *restrict c)
{
	const struct kernel *k = l->k;
	bool shared = k->memcg.accounting->shared_caches;

	for (u32 i = 0; i < c->nr_frees; i++) {
		u32 at = c->frees[i];
		const struct object *o = obj(&k->vfs, c->object[at]);
		u32 memcg = owner_memcg(&k->memcg, o->owner);
		u32 block = lru_block_guess(&k->lru, super_at(&k->vfs, o->sb)->set, memcg);

		c->block[at] = block;
		__builtin_prefetch(memcg_at(&k->memcg, memcg), 1);
		__builtin_prefetch(lru_block_at(&k->lru, block), 1);
		if (!shared) {
			c->cache[at] = slab_at(&k->slab, o->slab)->cache;
			kmem_cache_prefetch(&k->slab, c->cache[at]);
		}
	}
}

/* The CPU's slabs of a record's own cache, and where they stand in it. */
static ALWAYS_INLINE struct cpu_slabs *slabs_of(const struct lookahead *l,
						const struct lookahead_chunk *c,
						const struct trace_record *r, u32 at, u32 *k)
{
	u32 cpu = cpu_of(l, &r[at]);

	*k = cpu % CPU_CHUNK;
	/* an object or a cgroup that is not there */
	if (unlikely(!c->cache[at]))
		return (struct cpu_slabs *)(void *)l->k->slab.cpu_slabs.base;
	return cpu_slabs_of(&l->k->slab, cache_at(&l->k->slab, c->cache[at]), cpu);
}

/* Of caches that are not shared: the slab that an object will come from, the CPU's that it goes to. */
static ALWAYS_INLINE void stage_cpus(const struct lookahead *l, const struct lookahead_chunk *c,
				     const struct trace_record *r)
{
	u32 k;

	for (u32 i = 0; i < c->nr_allocs; i++) {
		struct cpu_slabs *cs = slabs_of(l, c, r, c->allocs[i], &k);

		__builtin_prefetch(slab_at(&l->k->slab, cs->active[k]), 1);
	}
	for (u32 i = 0; i < c->nr_frees; i++)
		__builtin_prefetch(slabs_of(l, c, r, c->frees[i], &k), 1);
}

/* The head of the CPU's partial list, which a slab may join. */
static ALWAYS_INLINE void stage_partial(const struct lookahead *l, const struct lookahead_chunk *c,
					const struct trace_record *r)
{
	u32 k;

	for (u32 i = 0; i < c->nr_frees; i++) {
		struct cpu_slabs *cs = slabs_of(l, c, r, c->frees[i], &k);

		__builtin_prefetch(slab_at(&l->k->slab, cs->partial[k]), 1);
	}
}

static ALWAYS_INLINE struct lookahead_chunk *ahead(struct lookahead *l, u64 chunk, u32 by)
{
	return &l->chunks[(chunk + by) % CHUNKS];
}

void lookahead_ids(struct lookahead *l, const struct trace_record *records, u64 nr, u64 chunk)
{
	const struct trace_record *r = records + chunk * CHUNK;

	for (u32 i = 0; i < CHUNK; i += 2)
		__builtin_prefetch(&r[AHEAD_RECORDS * CHUNK + i]);
	if ((chunk + AHEAD_IDS + 1) * CHUNK <= nr)
		stage_ids(l, ahead(l, chunk, AHEAD_IDS), r + AHEAD_IDS * CHUNK);
	else
		*ahead(l, chunk, AHEAD_IDS) = (struct lookahead_chunk){0};
}

/* Chunks that no stage reached before have no record of any type. */

void lookahead_objects(struct lookahead *l, const struct trace_record *records, u64 chunk)
{
	stage_objects(l, ahead(l, chunk, AHEAD_OBJECTS), records + (chunk + AHEAD_OBJECTS) * CHUNK);
}

void lookahead_links(struct lookahead *l, const struct trace_record *records, u64 chunk)
{
	stage_links(l, ahead(l, chunk, AHEAD_LINKS), records + (chunk + AHEAD_LINKS) * CHUNK);
}

void lookahead_blocks(struct lookahead *l, const struct trace_record *records, u64 chunk)
{
	const struct trace_record *r = records + chunk * CHUNK;

	stage_blocks(l, ahead(l, chunk, AHEAD_BLOCKS));
	if (l->k->memcg.accounting->shared_caches)
		return;
	stage_cpus(l, ahead(l, chunk, AHEAD_CPUS), r + AHEAD_CPUS * CHUNK);
	stage_partial(l, ahead(l, chunk, AHEAD_PARTIAL), r + AHEAD_PARTIAL * CHUNK);
}
