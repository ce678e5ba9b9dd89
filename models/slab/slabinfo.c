// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * /proc/slabinfo as SLUB fills it in (get_slabinfo): free objects are those on node partial lists,
 * so every object of a CPU's slabs counts as active. And the way back: a population from its lines.
 */
#include "slab/internal.h"

#include <errno.h>

void slabinfo_of(const struct slab_system *s, u32 cache, struct slabinfo *out)
{
	const struct kmem_cache *c = cache_at(s, cache);
	u64 free = 0;

	*out = (struct slabinfo){.live_objs = c->live};
	for (u32 node = 0; node < s->m->nr_nodes; node++) {
		const struct kmem_cache_node *n = &c->nodes[node];

		out->num_slabs += n->nr_slabs;
		out->num_objs += n->nr_objects;
		for (u32 id = n->partial_head; id; id = slab_at(s, id)->next) {
			free += (u32)slab_at(s, id)->objects - slab_at(s, id)->inuse;
			s->e->visited++;
		}
	}
	out->active_objs = out->num_objs - free;
	/* SLUB prints the number of slabs twice */
	out->active_slabs = out->num_slabs;
}

void slabinfo_all(const struct slab_system *s, struct slabinfo *rows)
{
	for (u32 id = 1; id < s->caches.n; id++)
		rows[id] = (struct slabinfo){0};
	for (u32 id = 1; id < s->caches.n; id++) {
		const struct kmem_cache *c = cache_at(s, id);
		struct slabinfo *row, info;

		if ((c->flags & CACHE_DEAD) || !c->nr_slabs)
			continue;
		slabinfo_of(s, id, &info);
		row = &rows[c->root];
		row->active_objs += info.active_objs;
		row->num_objs += info.num_objs;
		row->active_slabs += info.active_slabs;
		row->num_slabs += info.num_slabs;
		row->live_objs += info.live_objs;
	}
}

/* One more slab on `node` with `inuse` anonymous objects; 0 when out of memory. */
static u32 populate_slab(struct slab_system *s, struct kmem_cache *c, u32 node, u32 inuse)
{
	u32 pfn = alloc_pages(&s->m->pages, node, c->order, cache_migratetype(c), GFP_KERNEL);
	u32 id = pfn ? slab_record(s, c, pfn, c->order) : 0;
	struct slab *slab;

	if (!id)
		return 0;
	slab = slab_at(s, id);
	slab->inuse = slab->anon = (u16)inuse;
	account_slabs(s, c, slab->node, c->order, 1, c->objects);
	count_alloc(s, c, inuse);
	return id;
}

/* Which node slab i of n stands on, by weight. */
static u32 pick_node(const struct slab_system *s, const u64 *weight, u64 i, u64 n)
{
	u64 total = 0, sum = 0;

	for (u32 node = 0; node < s->m->nr_nodes; node++)
		total += weight[node];
	for (u32 node = 0; node + 1 < s->m->nr_nodes; node++) {
		sum += weight[node];
		if ((u128)i * total < (u128)sum * n)
			return node;
	}
	return s->m->nr_nodes - 1;
}

/* A slab with `free` free objects becomes a CPU's active slab, or joins its partial list. */
static void give_to_cpu(struct slab_system *s, struct kmem_cache *c, u32 id)
{
	u32 node = slab_at(s, id)->node, best = NO_CPU;

	for (u32 cpu = 0; cpu < s->m->nr_present; cpu++) {
		if (cpu_to_node(s->m, cpu) != node)
			continue;
		if (best == NO_CPU)
			best = cpu;
		if (!cpu_slabs_of(s, c, cpu)->active[cpu % CPU_CHUNK]) {
			struct cpu_slabs *cs = cpu_slabs_make(s, c, cpu);

			if (!cs)
				return;
			cs->active[cpu % CPU_CHUNK] = id;
			slab_at(s, id)->state = SLAB_CPU_ACTIVE;
			slab_at(s, id)->cpu = (u16)cpu;
			return;
		}
	}
	put_cpu_partial(s, c, id, (u16)(best == NO_CPU ? 0 : best), false);
}

/* Slabs of the node partial lists, as given. */
static int populate_given(struct slab_system *s, struct kmem_cache *c,
			  const struct slab_population *p, u64 listed_free)
{
	for (u32 i = 0; i < p->nr_partial; i++) {
		u32 free = p->partial[i].free, id;

		if (free > c->objects || free > listed_free || p->partial[i].node >= s->m->nr_nodes)
			return -EINVAL;
		id = populate_slab(s, c, p->partial[i].node, c->objects - free);
		if (!id)
			return -ENOMEM;
		add_partial(s, c, id, true);
		listed_free -= free;
	}
	return listed_free ? -EINVAL : 0;
}

/* The same, assumed. */
static int populate_assumed(struct slab_system *s, struct kmem_cache *c,
			    const struct slab_population *p, u64 listed_free, u64 slabs, u64 *made)
{
	bool empty = listed_free % c->objects == 0 &&
		     listed_free / c->objects <= (u64)c->min_partial * s->m->nr_nodes;

	while (listed_free) {
		u64 half = max_of((u64)c->objects / 2, div_round_up(listed_free, slabs - *made));
		u32 free = (u32)min_of(listed_free,
				       empty ? c->objects : min_of(half, (u64)c->objects));
		u32 id = populate_slab(s, c, pick_node(s, p->weight, *made, slabs),
				       c->objects - free);

		if (!id)
			return -ENOMEM;
		add_partial(s, c, id, true);
		listed_free -= free;
		(*made)++;
	}
	return 0;
}

int slab_populate(struct slab_system *s, u32 cache, const struct slab_population *p)
{
	struct kmem_cache *c = cache_at(s, cache);
	u64 slabs = div_round_up(p->num_objs, c->objects), room = slabs * c->objects;
	u64 hidden = p->active_objs > p->live_objs ? p->active_objs - p->live_objs : 0;
	u64 listed_free = room - min_of(p->active_objs, room), made = p->nr_partial;
	int ret;

	if (p->nr_partial > slabs)
		return -EINVAL;
	ret = p->partial ? populate_given(s, c, p, listed_free)
			 : populate_assumed(s, c, p, listed_free, slabs, &made);
	for (; !ret && made < slabs; made++) {
		u32 free = (u32)min_of(hidden, (u64)c->objects - 1);
		u32 id = populate_slab(s, c, pick_node(s, p->weight, made, slabs),
				       c->objects - free);

		if (!id)
			return -ENOMEM;
		hidden -= free;
		if (free)
			give_to_cpu(s, c, id);
	}
	return ret;
}
