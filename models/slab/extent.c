// SPDX-License-Identifier: GPL-3.0-or-later
#include "slab/extent.h"

#include "slab/internal.h"

#include <errno.h>

static bool append_piece(struct slab_system *s, struct extent *x, u32 at, u32 n)
{
	u32 id;

	/* runs are kept apart: each lies in one pageblock */
	if (x->last && !(n & PIECE_RUN)) {
		struct piece *last = piece_at(s, x->last);

		if (!(last->n & PIECE_RUN) && last->at == at) {
			last->n += n;
			return true;
		}
	}
	id = flat_take(&s->pieces);
	if (!id)
		return false;
	*piece_at(s, id) = (struct piece){.at = at, .n = n};
	if (x->last)
		piece_at(s, x->last)->next = id;
	else
		x->first = id;
	x->last = id;
	return true;
}

/* Would a single allocation have to make a new slab? */
static bool nothing_partial(const struct slab_system *s, struct kmem_cache *c, u16 cpu)
{
	u32 local = cpu_to_node(s->m, cpu), k = cpu % CPU_CHUNK;
	const struct cpu_slabs *cs = cpu_slabs_of(s, c, cpu);

	if (cs->partial[k] || c->nodes[local].nr_partial)
		return false;
	if (cs->active[k]) {
		const struct slab *slab = slab_at(s, cs->active[k]);

		if (slab->inuse < slab->objects)
			return false;
	}
	for (u32 node = 0; node < s->m->nr_nodes; node++)
		if (c->nodes[node].nr_partial > c->min_partial)
			return false;
	return true;
}

/*
 * A run of full slabs, without a record each. The last slab of the wanted objects is never part of
 * it: that one stays the CPU's active slab. Objects allocated; 0: go on one by one.
 */
static u64 take_run(struct slab_system *s, struct kmem_cache *c, struct extent *x, u64 wanted,
		    const struct task *t)
{
	u64 slabs = (wanted - 1) / c->objects;
	u32 local = cpu_to_node(s->m, t->cpu), n, pfn;

	if (!slabs || !nothing_partial(s, c, t->cpu) || c->flags & CACHE_ACCOUNT || c->owner)
		return 0;
	pfn = alloc_page_run_nowait(&s->m->pages, local, c->order,
				    (u32)min_of(slabs, (u64)PIECE_RUN - 1), cache_migratetype(c),
				    &n);
	if (!pfn)
		return 0;
	if (!append_piece(s, x, pfn, n | PIECE_RUN)) {
		free_page_run(&s->m->pages, pfn, c->order, n);
		return 0;
	}
	account_slabs(s, c, pfn_to_node(&s->m->pages, pfn), c->order, n, c->objects);
	engine_trail(s->e, TRAIL_SLAB, c->id, pfn);
	count_alloc(s, c, (s64)n * c->objects);
	return (u64)n * c->objects;
}

/* Objects from the CPU's active slab; at least one, by the slow path if need be. 0: out of memory. */
static u64 take_singles(struct slab_system *s, struct kmem_cache *c, struct extent *x, u64 wanted,
			const struct task *t)
{
	u32 id = slab_alloc(s, c->id, t, -1), more;
	struct slab *slab;

	if (!id)
		return 0;
	slab = slab_at(s, id);
	more = (u32)min_of(wanted - 1, (u64)(slab->objects - slab->inuse - slab->remote_free));
	slab->inuse = (u16)(slab->inuse + more);
	count_alloc(s, c, more);
	return append_piece(s, x, id, 1 + more) ? 1 + more : 0;
}

int extent_grow(struct slab_system *s, u32 extent, u64 count, const struct task *t)
{
	struct kmem_cache *c = cache_at(s, extent_at(s, extent)->cache);

	while (count) {
		struct extent *x = extent_at(s, extent);
		u64 got = take_run(s, c, x, count, t);

		if (!got)
			got = take_singles(s, c, x, count, t);
		if (!got)
			return -ENOMEM;
		x->count += got;
		count -= got;
	}
	return 0;
}

u32 extent_alloc(struct slab_system *s, u32 cache, u64 count, const struct task *t)
{
	u32 id = flat_take(&s->extents);

	if (!id)
		return 0;
	*extent_at(s, id) = (struct extent){.cache = cache};
	if (extent_grow(s, id, count, t)) {
		extent_free(s, id, t->cpu);
		return 0;
	}
	return id;
}

/* n objects of one slab: like n single frees, but only the first can change where the slab stands. */
static void free_objects(struct slab_system *s, u32 id, u32 n, u16 cpu)
{
	slab_free(s, id, cpu);
	for (n--; n;) {
		struct slab *slab = slab_at(s, id);
		u32 plain = n;

		/* the last object of a slab on a node list may send it back to the page allocator */
		if (slab->state == SLAB_NODE_PARTIAL && n == slab->inuse)
			plain = n - 1;
		if (slab->state == SLAB_FULL || !plain) {
			slab_free(s, id, cpu);
			n--;
			continue;
		}
		count_alloc(s, cache_at(s, slab->cache), -(s64)plain);
		slab->inuse = (u16)(slab->inuse - plain);
		if (slab->state == SLAB_CPU_ACTIVE && slab->cpu != cpu)
			slab->remote_free += plain;
		n -= plain;
	}
}

/* Slab `index` of a run becomes a slab with a record, full. Its id, or 0. */
static u32 run_slab(struct slab_system *s, struct kmem_cache *c, u32 pfn, u32 index)
{
	u32 id = slab_record(s, c, pfn + (index << c->order), c->order);

	if (id)
		slab_at(s, id)->inuse = slab_at(s, id)->objects;
	return id;
}

static void free_piece(struct slab_system *s, struct kmem_cache *c, const struct piece *p, u16 cpu)
{
	if (!(p->n & PIECE_RUN)) {
		free_objects(s, p->at, p->n, cpu);
		return;
	}
	for (u32 i = 0; i < (p->n & ~PIECE_RUN); i++) {
		u32 id = run_slab(s, c, p->at, i);

		if (!id)
			return;
		free_objects(s, id, c->objects, cpu);
	}
}

void extent_free(struct slab_system *s, u32 extent, u16 cpu)
{
	struct kmem_cache *c = cache_at(s, extent_at(s, extent)->cache);

	for (u32 id = extent_at(s, extent)->first, next; id; id = next) {
		struct piece p = *piece_at(s, id);

		next = p.next;
		flat_give(&s->pieces, id);
		free_piece(s, c, &p, cpu);
	}
	extent_at(s, extent)->cache = 0;
	flat_give(&s->extents, extent);
}

/* Objects of a piece. */
static u64 piece_objects(const struct kmem_cache *c, const struct piece *p)
{
	return p->n & PIECE_RUN ? (u64)(p->n & ~PIECE_RUN) * c->objects : p->n;
}

/* Cuts a run so that `keep` objects stay; those of the slab that is cut through get a piece of it. */
static void cut_run(struct slab_system *s, struct kmem_cache *c, struct extent *x, u32 id, u64 keep,
		    u16 cpu)
{
	struct piece *p = piece_at(s, id);
	u32 whole = (u32)(keep / c->objects), rest = (u32)(keep % c->objects);
	u32 slabs = p->n & ~PIECE_RUN, pfn = p->at;

	p->n = whole | PIECE_RUN;
	p->next = 0;
	x->last = id;
	for (u32 i = whole; i < slabs; i++) {
		u32 slab = run_slab(s, c, pfn, i);

		if (!slab)
			return;
		if (i == whole && rest)
			append_piece(s, x, slab, rest);
		free_objects(s, slab, i == whole ? c->objects - rest : c->objects, cpu);
	}
}

void extent_trim(struct slab_system *s, u32 extent, u64 count, u16 cpu)
{
	struct extent *x = extent_at(s, extent);
	struct kmem_cache *c = cache_at(s, x->cache);
	u64 keep = x->count - count, seen = 0;
	u32 id = x->first, prev = 0, next;

	sim_assert(count <= x->count);
	while (id && seen + piece_objects(c, piece_at(s, id)) <= keep) {
		seen += piece_objects(c, piece_at(s, id));
		prev = id;
		id = piece_at(s, id)->next;
	}
	x->count = keep;
	if (!id)
		return;
	next = piece_at(s, id)->next;
	if (keep == seen) {
		/* the piece goes as a whole */
		next = id;
		x->last = prev;
		if (prev)
			piece_at(s, prev)->next = 0;
		else
			x->first = 0;
	} else if (piece_at(s, id)->n & PIECE_RUN) {
		cut_run(s, c, x, id, keep - seen, cpu);
	} else {
		u32 drop = piece_at(s, id)->n - (u32)(keep - seen);

		piece_at(s, id)->n -= drop;
		piece_at(s, id)->next = 0;
		x->last = id;
		free_objects(s, piece_at(s, id)->at, drop, cpu);
	}
	for (; next; next = id) {
		struct piece p = *piece_at(s, next);

		id = p.next;
		flat_give(&s->pieces, next);
		free_piece(s, c, &p, cpu);
	}
}
