// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Models ___slab_alloc(), __slab_free(), put_cpu_partial(), unfreeze_partials(), deactivate_slab()
 * and get_partial_node() of mm/slub.c, 4.18 to 6.18; CPU partial lists limited in free objects up to
 * 5.15, in slabs from b47291ef02b0 (5.16). KERNEL_FACTS 4.2. Reproduces what 4.19.1 keeps on CPU
 * partial lists after its collapse, and the utilisation of 0.63 with per-memcg caches.
 */
#include "slab/internal.h"

#include <errno.h>

static struct kmem_cache_node *node_of(const struct kmem_cache *c, const struct slab *slab)
{
	return &c->nodes[slab->node];
}

/* ---- node partial lists ---- */

void add_partial(struct slab_system *s, struct kmem_cache *c, u32 id, bool tail)
{
	struct slab *slab = slab_at(s, id);
	struct kmem_cache_node *n = node_of(c, slab);

	slab->state = SLAB_NODE_PARTIAL;
	slab->cpu = NO_CPU;
	n->nr_partial++;
	if (!n->partial_head) {
		slab->next = slab->prev = 0;
		n->partial_head = n->partial_tail = id;
	} else if (tail) {
		slab->next = 0;
		slab->prev = n->partial_tail;
		slab_at(s, n->partial_tail)->next = id;
		n->partial_tail = id;
	} else {
		slab->prev = 0;
		slab->next = n->partial_head;
		slab_at(s, n->partial_head)->prev = id;
		n->partial_head = id;
	}
}

void remove_partial(struct slab_system *s, struct kmem_cache *c, u32 id)
{
	struct slab *slab = slab_at(s, id);
	struct kmem_cache_node *n = node_of(c, slab);

	n->nr_partial--;
	if (slab->prev)
		slab_at(s, slab->prev)->next = slab->next;
	else
		n->partial_head = slab->next;
	if (slab->next)
		slab_at(s, slab->next)->prev = slab->prev;
	else
		n->partial_tail = slab->prev;
}

/* ---- slabs come and go ---- */

/* Books `slabs` slabs of the cache on a node; negative to take them off. */
void account_slabs(struct slab_system *s, struct kmem_cache *c, u32 node, u32 order, s64 slabs,
		   u32 objects)
{
	s64 bytes = slabs * (s64)((u64)s->m->page_size << order);

	c->nr_slabs = (u64)((s64)c->nr_slabs + slabs);
	c->nodes[node].nr_slabs = (u32)((s64)c->nodes[node].nr_slabs + slabs);
	c->nodes[node].nr_objects = (u64)((s64)c->nodes[node].nr_objects + slabs * (s64)objects);
	ratio_note(&s->utilization, s->e, s->active_bytes.level, s->bytes.level);
	gauge_add(&s->bytes, s->e, bytes);
	if (c->watch)
		gauge_add(&c->watch->bytes, s->e, bytes);
	gauge_add(&s->node_bytes[node], s->e, bytes);
	gauge_add(c->flags & CACHE_RECLAIM_ACCOUNT ? &s->reclaimable : &s->unreclaimable, s->e,
		  bytes);
	if (slabs > 0)
		s->slabs_made += (u64)slabs;
	else
		s->slabs_freed += (u64)-slabs;
}

enum migratetype cache_migratetype(const struct kmem_cache *c)
{
	return c->flags & CACHE_RECLAIM_ACCOUNT ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE;
}

/* A record for a slab over pages that are there. */
u32 slab_record(struct slab_system *s, struct kmem_cache *c, u32 pfn, u32 order)
{
	u32 id = flat_take(&s->slabs);

	if (!id)
		return 0;
	*slab_at(s, id) = (struct slab){
		.cache = c->id,
		.pfn = pfn,
		.objects = order == c->order ? c->objects : c->min_objects,
		.cpu = NO_CPU,
		.state = SLAB_FULL,
		.node = (u8)pfn_to_node(&s->m->pages, pfn),
		.order = (u8)order,
		.era = c->era,
	};
	return id;
}

/*
 * Pages for a slab: the preferred order without any effort, then the smallest that holds an object,
 * with reclaim. The pfn and *order, or 0.
 */
static u32 slab_pages(struct slab_system *s, struct kmem_cache *c, u32 node, u16 gfp, u32 *order)
{
	enum migratetype type = cache_migratetype(c);
	u32 pfn;

	*order = c->order;
	if (c->order > c->min_order) {
		pfn = alloc_pages_nowait(&s->m->pages, node, c->order, type);
		if (pfn)
			return pfn;
		*order = c->min_order;
	}
	return alloc_pages(&s->m->pages, node, *order, type, gfp);
}

/* allocate_slab(): a new, empty slab on no list; 0 when out of memory or over a limit. */
static u32 new_slab(struct slab_system *s, struct kmem_cache *c, const struct task *t, u32 node)
{
	u32 order, pfn = slab_pages(s, c, node, t->gfp, &order), id, cache = c->id;

	if (!pfn)
		return 0;
	if (c->owner && s->ops->charge_slab &&
	    !s->ops->charge_slab(s->ops->kernel, c, 1U << order, t->cpu)) {
		free_pages(&s->m->pages, pfn, order);
		return 0;
	}
	id = slab_record(s, c, pfn, order);
	if (!id) {
		if (c->owner && s->ops->uncharge_slab)
			s->ops->uncharge_slab(s->ops->kernel, c, 1U << order, t->cpu);
		free_pages(&s->m->pages, pfn, order);
		return 0;
	}
	account_slabs(s, c, slab_at(s, id)->node, order, 1, slab_at(s, id)->objects);
	engine_trail(s->e, TRAIL_SLAB, cache, pfn);
	if (s->ops->slab_made && (c->flags & CACHE_ACCOUNT))
		s->ops->slab_made(s->ops->kernel, id, t->cpu);
	return id;
}

/* discard_slab(): an empty slab that is on no list goes back to the page allocator. */
void discard_slab(struct slab_system *s, u32 id, u16 cpu)
{
	struct slab *slab = slab_at(s, id);
	struct kmem_cache *c = cache_at(s, slab->cache);
	u32 pfn = slab->pfn, order = slab->order;

	dbg_assert(slab->inuse == 0);
	if (slab->vector)
		s->ops->slab_gone(s->ops->kernel, id, cpu);
	account_slabs(s, c, slab->node, order, -1, slab->objects);
	slab->state = SLAB_FREE;
	flat_give(&s->slabs, id);
	free_pages(&s->m->pages, pfn, order);
	s->pages_freed += 1ULL << order;
	if (c->owner && s->ops->uncharge_slab)
		s->ops->uncharge_slab(s->ops->kernel, c, 1U << order, cpu);
	if ((c->flags & CACHE_SHUT_DOWN) && !c->nr_slabs && s->ops->cache_empty)
		s->ops->cache_empty(s->ops->kernel, c);
}

/* ---- CPU slabs ---- */

struct cpu_slabs *cpu_slabs_new(struct slab_system *s, struct kmem_cache *c, u32 cpu)
{
	u32 *chunk = &c->chunk0;

	if (cpu >= CPU_CHUNK) {
		if (c->cpu_chunks == s->no_chunks) {
			c->cpu_chunks = arena_array(s->arena, s->nr_chunks, sizeof(u32));
			if (c->cpu_chunks == s->no_chunks) {
				s->e->failed = -ENOMEM;
				return NULL;
			}
		}
		chunk = &c->cpu_chunks[cpu / CPU_CHUNK];
	}
	if (!*chunk) {
		*chunk = flat_take(&s->cpu_slabs);
		if (!*chunk)
			return NULL;
		*cpu_slabs_of(s, c, cpu) = (struct cpu_slabs){0};
	}
	return cpu_slabs_of(s, c, cpu);
}

/* deactivate_slab(): the CPU lets go of its active slab. */
void deactivate_slab(struct slab_system *s, struct kmem_cache *c, u32 id, u16 cpu)
{
	struct slab *slab = slab_at(s, id);
	bool had_remote = slab->remote_free > 0;

	slab->remote_free = 0;
	slab->cpu = NO_CPU;
	slab->state = SLAB_FULL;
	if (!slab->inuse && node_of(c, slab)->nr_partial >= c->min_partial)
		discard_slab(s, id, cpu);
	else if (slab->inuse < slab->objects)
		add_partial(s, c, id, had_remote);
}

/* unfreeze_partials(): the CPU's whole partial list goes to the nodes, from its head on. */
void unfreeze_partials(struct slab_system *s, struct kmem_cache *c, struct cpu_slabs *cs, u16 cpu)
{
	u32 k = cpu % CPU_CHUNK, id = cs->partial[k], discard = 0;

	cs->partial[k] = 0;
	while (id) {
		struct slab *slab = slab_at(s, id);
		u32 next = slab->next;

		slab->state = SLAB_FULL;
		slab->cpu = NO_CPU;
		if (!slab->inuse && node_of(c, slab)->nr_partial >= c->min_partial) {
			slab->next = discard;
			discard = id;
		} else {
			add_partial(s, c, id, true);
		}
		id = next;
	}
	while (discard) {
		u32 next = slab_at(s, discard)->next;

		discard_slab(s, discard, cpu);
		discard = next;
	}
}

/* Is the list at its limit? Objects are those counted when each slab came (<= 5.15). */
static bool cpu_partial_full(const struct slab_system *s, const struct kmem_cache *c,
			     const struct slab *head)
{
	return s->row->cpu_partial_slabs ? head->cp_slabs >= c->cpu_partial
					 : head->cp_objects > c->cpu_partial;
}

/* put_cpu_partial(): a slab with free objects joins the CPU's list; drain: the list may overflow. */
void put_cpu_partial(struct slab_system *s, struct kmem_cache *c, u32 id, u16 cpu, bool drain)
{
	struct cpu_slabs *cs = cpu_slabs_make(s, c, cpu);
	struct slab *slab = slab_at(s, id), *head;
	u32 k = cpu % CPU_CHUNK, slabs = 0, objects = 0;

	if (!cs)
		return;
	head = slab_at(s, cs->partial[k]);
	if (drain && cs->partial[k] && unlikely(cpu_partial_full(s, c, head))) {
		unfreeze_partials(s, c, cs, cpu);
		/* a vector that went with a slab may have come here */
		head = slab_at(s, cs->partial[k]);
	}
	if (cs->partial[k]) {
		slabs = head->cp_slabs;
		objects = head->cp_objects;
	}
	slab->state = SLAB_CPU_PARTIAL;
	slab->cpu = cpu;
	slab->next = cs->partial[k];
	slab->cp_slabs = (u16)(slabs + 1);
	slab->cp_objects = (u16)min_of(objects + ((u32)slab->objects - slab->inuse), 0xffffU);
	cs->partial[k] = id;
	/* a deactivated cache keeps nothing on CPUs */
	if (!c->cpu_partial)
		unfreeze_partials(s, c, cs, cpu);
}

/*
 * get_partial_node(): the first slab of the node's list for the CPU to allocate from, and some more
 * for its partial list. 0 if the list is empty.
 */
static u32 get_partial_node(struct slab_system *s, struct kmem_cache *c, u32 node, u16 cpu)
{
	struct kmem_cache_node *n = &c->nodes[node];
	u32 first = 0, available = 0;

	while (n->partial_head) {
		u32 id = n->partial_head;
		struct slab *slab = slab_at(s, id);

		remove_partial(s, c, id);
		slab->state = SLAB_FULL;
		if (!first) {
			first = id;
			if (!s->row->cpu_partial_slabs)
				available += (u32)slab->objects - slab->inuse;
		} else {
			available +=
				s->row->cpu_partial_slabs ? 1 : (u32)slab->objects - slab->inuse;
			put_cpu_partial(s, c, id, cpu, false);
		}
		if (!c->cpu_partial || available > c->cpu_partial / 2)
			break;
	}
	return first;
}

/*
 * get_any_partial(): other nodes, nearest first, that have more than min_partial. The kernel skips
 * this in 2 % of the cases, by the cycle counter; here never.
 */
static u32 get_any_partial(struct slab_system *s, struct kmem_cache *c, u32 local, u16 cpu)
{
	const u16 *order = &s->m->pages.node_order[local * s->m->nr_nodes];

	for (u32 i = 0; i < s->m->nr_nodes; i++)
		if (c->nodes[order[i]].nr_partial > c->min_partial)
			return get_partial_node(s, c, order[i], cpu);
	return 0;
}

/* An object from what the CPU has itself: its active slab, its partial list. 0 if it has none. */
static inline u32 alloc_from_cpu(struct slab_system *s, struct kmem_cache *c, struct cpu_slabs *cs,
				 u16 cpu, int node)
{
	/* slabs never move, and a slab that is let go can not take this one along */
	struct slab *slabs = slab_at(s, 0), *slab;
	u32 k = cpu % CPU_CHUNK;

	for (;;) {
		u32 id = cs->active[k];

		if (!id) {
			id = cs->partial[k];
			if (!id)
				return 0;
			slab = &slabs[id];
			cs->partial[k] = slab->next;
			slab->state = SLAB_CPU_ACTIVE;
			slab->remote_free = 0;
			cs->active[k] = id;
		}
		slab = &slabs[id];
		if (unlikely(node >= 0 && slab->node != node)) {
			cs->active[k] = 0;
			deactivate_slab(s, c, id, cpu);
		} else if (slab->inuse < slab->objects) {
			/* get_freelist(): what others freed becomes the CPU's */
			slab->remote_free = 0;
			slab->inuse++;
			return id;
		} else {
			cs->active[k] = 0;
			slab->state = SLAB_FULL;
			slab->cpu = NO_CPU;
		}
	}
}

/* What the nodes have, or a new slab: it becomes the CPU's active one. */
static __attribute__((noinline)) u32 alloc_from_nodes(struct slab_system *s, struct kmem_cache *c,
						      struct cpu_slabs *cs, const struct task *t,
						      int node)
{
	u32 k = t->cpu % CPU_CHUNK, local = node < 0 ? cpu_to_node(s->m, t->cpu) : (u32)node;
	u32 id = get_partial_node(s, c, local, t->cpu);
	struct slab *slab;

	if (!id && node < 0 && s->m->nr_nodes > 1)
		id = get_any_partial(s, c, local, t->cpu);
	if (!id) {
		id = new_slab(s, c, t, local);
		if (!id)
			return 0;
		/* reclaim may have run: the CPU can have another active slab by now */
		if (cs->active[k]) {
			u32 other = cs->active[k];

			cs->active[k] = 0;
			deactivate_slab(s, c, other, t->cpu);
		}
	}
	slab = slab_at(s, id);
	slab->state = SLAB_CPU_ACTIVE;
	slab->cpu = t->cpu;
	slab->remote_free = 0;
	slab->inuse++;
	cs->active[k] = id;
	return id;
}

u32 slab_alloc_slow(struct slab_system *s, struct kmem_cache *c, const struct task *t, int node)
{
	struct cpu_slabs *cs = cpu_slabs_make(s, c, t->cpu);
	u32 id;

	if (unlikely(!cs))
		return 0;
	id = alloc_from_cpu(s, c, cs, t->cpu, node);
	return id ? id : alloc_from_nodes(s, c, cs, t, node);
}

/* __slab_free(): of a slab that is not active anywhere. */
void slab_free_slow(struct slab_system *s, struct slab *slab, u16 cpu)
{
	struct kmem_cache *c = cache_at(s, slab->cache);
	u32 id = (u32)(slab - slab_at(s, 0));

	slab->inuse--;
	switch (slab->state) {
	case SLAB_FULL:
		put_cpu_partial(s, c, id, cpu, true);
		break;
	case SLAB_NODE_PARTIAL:
		if (!slab->inuse && node_of(c, slab)->nr_partial >= c->min_partial) {
			remove_partial(s, c, id);
			discard_slab(s, id, cpu);
		}
		break;
	default: /* frozen: stays with its CPU */
		break;
	}
}
