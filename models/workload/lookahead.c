// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/lookahead.h"

void lookahead_reset(struct lookahead *l)
{
	for (u32 i = 0; i < CHUNKS; i++)
		l->chunks[i].nr_allocs = l->chunks[i].nr_frees = l->chunks[i].nr_touches = 0;
}

/* Sorts by type; fetches trace id -> object. */
static ALWAYS_INLINE void stage_ids(const struct lookahead *l, struct lookahead_chunk *c,
				    const struct trace_record *r)
{
	u32 allocs = 0, frees = 0, touches = 0;

	for (u32 i = 0; i < CHUNK; i++) {
		u8 type = r[i].type;

		c->allocs[allocs] = c->frees[frees] = c->touches[touches] = (u8)i;
		allocs += type == TRACE_ALLOC;
		frees += type == TRACE_FREE && r[i].id != NONE_U32;
		touches += type == TRACE_TOUCH;
	}
	c->nr_allocs = allocs;
	c->nr_frees = frees;
	c->nr_touches = touches;
	for (u32 i = 0; i < allocs; i++)
		__builtin_prefetch(&l->object_of[r[c->allocs[i]].id], 1);
	for (u32 i = 0; i < frees; i++)
		__builtin_prefetch(&l->object_of[r[c->frees[i]].id], 1);
	for (u32 i = 0; i < touches; i++)
		__builtin_prefetch(&l->object_of[r[c->touches[i]].id]);
}

/* Fetches the objects, and the block that a new one goes in. */
static ALWAYS_INLINE void stage_objects(const struct lookahead *l, struct lookahead_chunk *c,
					const struct trace_record *r)
{
	const struct kernel *k = l->k;

	for (u32 i = 0; i < c->nr_allocs; i++) {
		const struct trace_record *a = &r[c->allocs[i]];
		u32 block = lru_block_get(&k->lru, l->set_of[a->sb], l->memcg_of[a->memcg]);

		c->found[c->allocs[i]] = block;
		__builtin_prefetch(lru_block_at(&k->lru, block), 1);
	}
	for (u32 i = 0; i < c->nr_frees; i++) {
		u32 object = l->object_of[r[c->frees[i]].id] & l->mask;

		c->found[c->frees[i]] = object;
		__builtin_prefetch(obj(&k->vfs, object), 1);
	}
	for (u32 i = 0; i < c->nr_touches; i++)
		__builtin_prefetch(obj(&k->vfs, l->object_of[r[c->touches[i]].id] & l->mask), 1);
}

/* Fetches the neighbours on the LRU, the slab, and the block that is left. */
static ALWAYS_INLINE void stage_links(const struct lookahead *l, struct lookahead_chunk *c,
				      const struct trace_record *r)
{
	const struct kernel *k = l->k;

	for (u32 i = 0; i < c->nr_allocs; i++) {
		u32 cpu = r[c->allocs[i]].cpu;
		u32 node = k->lru.nr_nodes == 1 || cpu >= k->m.nr_present ? 0 : cpu_to_node(&k->m, cpu);
		struct lru_block *b = lru_block_at(&k->lru, c->found[c->allocs[i]]);

		/* the object that the new one will follow */
		__builtin_prefetch(obj(&k->vfs, lru_list_at(&k->lru, b, LRU_DENTRY, node)->tail), 1);
	}
	for (u32 i = 0; i < c->nr_frees; i++) {
		const struct object *o = obj(&k->vfs, c->found[c->frees[i]]);

		__builtin_prefetch(obj(&k->vfs, o->prev), 1);
		__builtin_prefetch(obj(&k->vfs, o->next), 1);
		__builtin_prefetch(slab_at(&k->slab, o->slab), 1);
		__builtin_prefetch(lru_block_at(&k->lru, lru_block_get(&k->lru, super_at(&k->vfs, o->sb)->set,
								       owner_memcg(&k->memcg, o->owner))),
				   1);
	}
}

/* Fetches the neighbours of a slab that loses its last object. */
static ALWAYS_INLINE void stage_slabs(const struct lookahead *l, const struct lookahead_chunk *c)
{
	const struct kernel *k = l->k;

	for (u32 i = 0; i < c->nr_frees; i++) {
		const struct slab *slab = slab_at(&k->slab, obj(&k->vfs, c->found[c->frees[i]])->slab);

		if (unlikely(slab->inuse == 1)) {
			__builtin_prefetch(slab_at(&k->slab, slab->next), 1);
			__builtin_prefetch(slab_at(&k->slab, slab->prev), 1);
		}
	}
}

void lookahead_step(struct lookahead *l, const struct trace_record *records, u64 nr, u64 at)
{
	u64 chunk = at / CHUNK;
	struct lookahead_chunk *ids = &l->chunks[(chunk + AHEAD_IDS) % CHUNKS];

	/* chunks that no stage reached before have no record of any type */
	stage_slabs(l, &l->chunks[(chunk + AHEAD_SLABS) % CHUNKS]);
	stage_links(l, &l->chunks[(chunk + AHEAD_LINKS) % CHUNKS], records + (chunk + AHEAD_LINKS) * CHUNK);
	stage_objects(l, &l->chunks[(chunk + AHEAD_OBJECTS) % CHUNKS],
		      records + (chunk + AHEAD_OBJECTS) * CHUNK);
	if ((chunk + AHEAD_IDS + 1) * CHUNK <= nr)
		stage_ids(l, ids, records + (chunk + AHEAD_IDS) * CHUNK);
	else
		ids->nr_allocs = ids->nr_frees = ids->nr_touches = 0;
}
