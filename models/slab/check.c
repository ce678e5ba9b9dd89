// SPDX-License-Identifier: GPL-3.0-or-later
/* Recounts everything that the room keeps counters of (DESIGN section 9). */
#include "slab/extent.h"
#include "slab/internal.h"

#include <stdlib.h>

struct recount {
	u64 slabs, objects, live, bytes;
	u64 *node_slabs; /* [nr_nodes] */
};

/* Slabs of a cache's node lists stand where they say, and are linked both ways. */
static const char *check_node_lists(const struct slab_system *s, const struct kmem_cache *c)
{
	for (u32 node = 0; node < s->m->nr_nodes; node++) {
		const struct kmem_cache_node *n = &c->nodes[node];
		u32 prev = 0, count = 0;

		for (u32 id = n->partial_head; id; prev = id, id = slab_at(s, id)->next) {
			const struct slab *slab = slab_at(s, id);

			if (slab->state != SLAB_NODE_PARTIAL || slab->cache != c->id ||
			    slab->node != node || slab->prev != prev)
				return "a node partial list holds a slab that is not its own";
			if (slab->inuse >= slab->objects)
				return "a full slab on a node partial list";
			count++;
		}
		if (count != n->nr_partial || n->partial_tail != prev)
			return "nr_partial differs from the list";
	}
	return NULL;
}

static const char *check_cpu(const struct slab_system *s, const struct kmem_cache *c, u32 cpu)
{
	const struct cpu_slabs *cs = cpu_slabs_of(s, c, cpu);
	u32 active = cs->active[cpu % CPU_CHUNK];

	if (active) {
		const struct slab *slab = slab_at(s, active);

		if (slab->state != SLAB_CPU_ACTIVE || slab->cpu != cpu || slab->cache != c->id)
			return "a CPU's active slab is not its own";
		if (slab->remote_free > (u32)slab->objects - slab->inuse)
			return "more remote frees than free objects";
	}
	for (u32 id = cs->partial[cpu % CPU_CHUNK]; id; id = slab_at(s, id)->next) {
		const struct slab *slab = slab_at(s, id);

		if (slab->state != SLAB_CPU_PARTIAL || slab->cpu != cpu || slab->cache != c->id)
			return "a CPU partial list holds a slab that is not its own";
		if (slab->inuse >= slab->objects)
			return "a full slab on a CPU partial list";
	}
	return NULL;
}

/* Every slab record is counted once; slabs that say they are on a list are found there. */
static const char *recount_records(const struct slab_system *s, struct recount *r, u32 *on_cpu)
{
	for (u32 id = 1; id < s->slabs.n; id++) {
		const struct slab *slab = slab_at(s, id);
		struct recount *of = &r[slab->cache];

		if (slab->state == SLAB_FREE)
			continue;
		if (slab->inuse > slab->objects)
			return "a slab has more objects than room";
		if (slab->state == SLAB_FULL && slab->inuse != slab->objects)
			return "a slab with free objects is on no list";
		if (slab->anon > slab->inuse)
			return "a slab has more initial objects than objects";
		*on_cpu += slab->state == SLAB_CPU_ACTIVE || slab->state == SLAB_CPU_PARTIAL;
		of->slabs++;
		of->objects += slab->objects;
		of->live += slab->inuse;
		of->bytes += (u64)s->m->page_size << slab->order;
	}
	return NULL;
}

/* Runs of full slabs have no records: they hang on extents. */
static void recount_runs(const struct slab_system *s, struct recount *r)
{
	for (u32 id = 1; id < s->extents.n; id++) {
		const struct extent *x = extent_at(s, id);
		const struct kmem_cache *c;

		if (!x->cache)
			continue;
		c = cache_at(s, x->cache);
		for (u32 piece = x->first; piece; piece = piece_at(s, piece)->next) {
			const struct piece *p = piece_at(s, piece);
			u64 slabs = p->n & PIECE_RUN ? p->n & ~PIECE_RUN : 0;

			r[x->cache].slabs += slabs;
			r[x->cache].objects += slabs * c->objects;
			r[x->cache].live += slabs * c->objects;
			r[x->cache].bytes += slabs * ((u64)s->m->page_size << c->order);
		}
	}
}

static const char *check_cache(const struct slab_system *s, const struct kmem_cache *c,
			       const struct recount *r, u32 *on_cpu)
{
	const char *why = check_node_lists(s, c);
	u64 slabs = 0, objects = 0;

	for (u32 cpu = 0; !why && cpu < s->m->nr_cpus; cpu++) {
		why = check_cpu(s, c, cpu);
		if (!why) {
			const struct cpu_slabs *cs = cpu_slabs_of(s, c, cpu);

			*on_cpu += cs->active[cpu % CPU_CHUNK] != 0;
			for (u32 id = cs->partial[cpu % CPU_CHUNK]; id; id = slab_at(s, id)->next)
				(*on_cpu)++;
		}
	}
	for (u32 node = 0; node < s->m->nr_nodes; node++) {
		slabs += c->nodes[node].nr_slabs;
		objects += c->nodes[node].nr_objects;
	}
	if (why)
		return why;
	if (r->slabs != c->nr_slabs || slabs != c->nr_slabs)
		return "a cache's number of slabs differs from its slabs";
	if (r->objects != objects)
		return "a cache's number of objects differs from its slabs";
	return r->live == c->live ? NULL : "a cache's live objects differ from its slabs";
}

const char *slab_system_check(const struct slab_system *s)
{
	struct recount *r = calloc(s->caches.n, sizeof(*r));
	u32 listed = 0, found = 0;
	u64 bytes = 0, active = 0;
	const char *why;

	if (!r)
		return "out of memory";
	why = recount_records(s, r, &listed);
	recount_runs(s, r);
	for (u32 id = 1; !why && id < s->caches.n; id++) {
		const struct kmem_cache *c = cache_at(s, id);

		if (c->flags & CACHE_DEAD)
			continue;
		why = check_cache(s, c, &r[id], &found);
		bytes += r[id].bytes;
		active += c->live * c->size;
	}
	if (!why && listed != found)
		why = "a slab says it is a CPU's and is not";
	if (!why && bytes != (u64)s->bytes.level)
		why = "bytes in slabs differ from the slabs";
	if (!why && active != (u64)s->active_bytes.level)
		why = "bytes in live objects differ from the caches";
	free(r);
	return why;
}
