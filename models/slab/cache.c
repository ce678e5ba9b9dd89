// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Caches: creation with the limits of mm/slub.c (KERNEL_FACTS 4.1, 4.2), deactivation and shutdown of
 * a memcg's twin (5.2), kmem_cache_shrink.
 */
#include "slab/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SHRINK_PROMOTE_MAX 32
#define MIN_PARTIAL 5
#define MAX_PARTIAL 10
#define MAX_SLABS (1U << 27) /* 8 GiB of records */
#define MAX_CACHES (1U << 21)
#define MAX_PIECES (1U << 28)

int slab_system_init(struct slab_system *s, struct engine *e, struct machine *m,
		     const struct kernel_ops *ops, const struct kernel_row *row,
		     const struct cache_layout *layouts, u32 nr_layouts)
{
	int *failed = &e->failed;

	*s = (struct slab_system){
		.e = e,
		.m = m,
		.ops = ops,
		.row = row,
		.layouts = layouts,
		.nr_layouts = nr_layouts,
		.arena = arena_new(),
	};
	s->nr_chunks = (u32)div_round_up(m->nr_cpus, CPU_CHUNK);
	if (!s->arena)
		return -ENOMEM;
	s->no_chunks = arena_array(s->arena, s->nr_chunks, sizeof(u32));
	s->node_bytes = arena_array(s->arena, m->nr_nodes, sizeof(struct gauge));
	s->node_large = arena_array(s->arena, m->nr_nodes, sizeof(*s->node_large));
	if (!s->node_bytes || !s->node_large || !s->no_chunks ||
	    flat_init(&s->slabs, sizeof(struct slab), MAX_SLABS, true, failed) ||
	    flat_init(&s->caches, sizeof(struct kmem_cache), MAX_CACHES, false, failed) ||
	    flat_init(&s->cpu_slabs, sizeof(struct cpu_slabs), MAX_CACHES * 8, false, failed) ||
	    flat_init(&s->pieces, sizeof(struct piece), MAX_PIECES, false, failed) ||
	    flat_init(&s->extents, sizeof(struct extent), MAX_SLABS, false, failed))
		return -ENOMEM;
	return kmalloc_init(s);
}

void slab_system_destroy(struct slab_system *s)
{
	flat_destroy(&s->slabs);
	flat_destroy(&s->caches);
	flat_destroy(&s->cpu_slabs);
	flat_destroy(&s->pieces);
	flat_destroy(&s->extents);
	arena_free(s->arena);
	s->arena = NULL;
}

/* set_cpu_partial(): in free objects up to 5.15, in slabs from 5.16. */
static u16 cpu_partial_limit(const struct slab_system *s, u32 size, u32 objects)
{
	u32 old = size >= 4096 ? 2 : size >= 1024 ? 6 : size >= 256 ? 13 : 30;
	u32 new = size >= 4096 ? 6 : size >= 1024 ? 24 : size >= 256 ? 52 : 120;

	return (u16)(s->row->cpu_partial_slabs ? div_round_up(new * 2, objects) : old);
}

static u16 min_partial_limit(u32 size)
{
	u32 log2 = 31 - (u32)__builtin_clz(size);

	return (u16)min_of(max_of(log2 / 2, (u32)MIN_PARTIAL), (u32)MAX_PARTIAL);
}

static void set_layout(const struct slab_system *s, struct kmem_cache *c,
		       const struct cache_spec *spec)
{
	u32 order = spec->order, objects = spec->objects;

	if (!objects)
		slab_order(s, c->size, &order, &objects);
	c->order = (u8)order;
	c->objects = (u16)objects;
	c->min_order = (u8)order_for(c->size, s->m->page_size);
	c->min_objects =
		(u16)min_of(((u64)s->m->page_size << c->min_order) / c->size, (u64)objects);
	if (c->min_order >= c->order) {
		c->min_order = c->order;
		c->min_objects = c->objects;
	}
	c->cpu_partial = cpu_partial_limit(s, c->size, objects);
	c->min_partial = min_partial_limit(c->size);
}

/* What a slabinfo says of a cache goes before what the caller computed. */
static struct cache_spec with_layout(const struct slab_system *s, const struct cache_spec *spec)
{
	struct cache_spec out = *spec;

	for (u32 i = 0; !spec->root && i < s->nr_layouts; i++) {
		if (strcmp(s->layouts[i].name, spec->name))
			continue;
		out.size = s->layouts[i].size;
		out.objects = s->layouts[i].objects;
		out.order = s->layouts[i].order;
	}
	return out;
}

u32 kmem_cache_create(struct slab_system *s, const struct cache_spec *wanted)
{
	struct cache_spec with = with_layout(s, wanted), *spec = &with;
	u32 id = flat_take(&s->caches), root = spec->root;
	struct kmem_cache_node *nodes;
	struct kmem_cache *c;
	u32 *chunks;

	if (!id)
		return 0;
	c = cache_at(s, id);
	/* a record that was used before still has its arrays */
	nodes = c->nodes ? c->nodes : arena_array(s->arena, s->m->nr_nodes, sizeof(*nodes));
	chunks = c->cpu_chunks ? c->cpu_chunks : s->no_chunks;
	*c = (struct kmem_cache){
		.id = id,
		.cpu_chunks = chunks,
		.size = spec->size ? spec->size : (spec->object_size + 7) & ~7U,
		.object_size = spec->object_size,
		.flags = spec->flags,
		.root = root ? root : id,
		.owner = spec->owner,
		.nodes = nodes,
	};
	if (root) {
		const struct kmem_cache *r = cache_at(s, root);

		/* a twin is laid out like its root cache */
		c->order = r->order;
		c->objects = r->objects;
		c->min_order = r->min_order;
		c->min_objects = r->min_objects;
		c->cpu_partial = r->cpu_partial;
		c->min_partial = r->min_partial;
		c->name = r->name;
	} else {
		set_layout(s, c, spec);
		c->name = arena_strdup(s->arena, spec->name);
		s->root_caches++;
	}
	if (!nodes || !c->name) {
		s->e->failed = -ENOMEM;
		return 0;
	}
	memset(nodes, 0, s->m->nr_nodes * sizeof(*nodes));
	return id;
}

u32 kmem_cache_find(const struct slab_system *s, const char *name)
{
	for (u32 id = 1; id < s->caches.n; id++) {
		const struct kmem_cache *c = cache_at(s, id);

		if (!(c->flags & CACHE_DEAD) && c->root == id && c->name && !strcmp(c->name, name))
			return id;
	}
	return 0;
}

void kmem_cache_deactivate(struct slab_system *s, u32 cache)
{
	struct kmem_cache *c = cache_at(s, cache);

	c->cpu_partial = 0;
	c->min_partial = 0;
	c->flags |= CACHE_DEACTIVATED;
}

void kmem_cache_reactivate(struct slab_system *s, u32 cache)
{
	struct kmem_cache *c = cache_at(s, cache);

	c->cpu_partial = cache_at(s, c->root)->cpu_partial;
	c->min_partial = cache_at(s, c->root)->min_partial;
	c->flags &= (u16)~CACHE_DEACTIVATED;
}

static void flush_cpu(struct slab_system *s, struct kmem_cache *c, u32 cpu)
{
	struct cpu_slabs *cs = cpu_slabs_of(s, c, cpu);
	u32 active;

	/* record 0 is all zeroes: a CPU that never used the cache */
	active = cs->active[cpu % CPU_CHUNK];
	cs->active[cpu % CPU_CHUNK] = 0;
	if (active)
		deactivate_slab(s, c, active, (u16)cpu);
	unfreeze_partials(s, c, cs, (u16)cpu);
}

static void flush_all(struct slab_system *s, struct kmem_cache *c)
{
	for (u32 cpu = 0; cpu < s->m->nr_cpus; cpu++)
		flush_cpu(s, c, cpu);
}

/* Empty slabs of a node go, those with 1..32 free objects come first, fewest first. */
static void shrink_node_list(struct slab_system *s, struct kmem_cache *c, u32 node, u16 cpu)
{
	struct kmem_cache_node *n = &c->nodes[node];
	u32 promote[SHRINK_PROMOTE_MAX] = {0}, discard = 0;

	for (u32 id = n->partial_head, next; id; id = next) {
		struct slab *slab = slab_at(s, id);
		u32 free = (u32)slab->objects - slab->inuse;

		next = slab->next;
		if (slab->inuse && free > SHRINK_PROMOTE_MAX)
			continue;
		remove_partial(s, c, id);
		slab->state = SLAB_FULL;
		slab->next = slab->inuse ? promote[free - 1] : discard;
		if (slab->inuse)
			promote[free - 1] = id;
		else
			discard = id;
	}
	/* Each list is spliced before what is there; its head is the slab met last. */
	for (u32 free = SHRINK_PROMOTE_MAX; free--;) {
		u32 reversed = 0;

		for (u32 id = promote[free], next; id; id = next) {
			next = slab_at(s, id)->next;
			slab_at(s, id)->next = reversed;
			reversed = id;
		}
		for (u32 id = reversed, next; id; id = next) {
			next = slab_at(s, id)->next;
			add_partial(s, c, id, false);
		}
	}
	while (discard) {
		u32 next = slab_at(s, discard)->next;

		discard_slab(s, discard, cpu);
		discard = next;
	}
}

void kmem_cache_shrink(struct slab_system *s, u32 cache, u16 cpu)
{
	struct kmem_cache *c = cache_at(s, cache);

	flush_all(s, c);
	for (u32 node = 0; node < s->m->nr_nodes; node++)
		shrink_node_list(s, c, node, cpu);
}

void kmem_cache_shutdown(struct slab_system *s, u32 cache, u16 cpu)
{
	struct kmem_cache *c = cache_at(s, cache);

	kmem_cache_deactivate(s, cache);
	kmem_cache_shrink(s, cache, cpu);
	c->flags |= CACHE_SHUT_DOWN;
	if (!c->nr_slabs && s->ops->cache_empty)
		s->ops->cache_empty(s->ops->kernel, c);
}

void kmem_cache_destroy(struct slab_system *s, u32 cache)
{
	struct kmem_cache *c = cache_at(s, cache);

	sim_assert(!c->nr_slabs && !c->live);
	if (c->chunk0)
		flat_give(&s->cpu_slabs, c->chunk0);
	for (u32 i = 1; c->cpu_chunks != s->no_chunks && i < s->nr_chunks; i++) {
		if (c->cpu_chunks[i])
			flat_give(&s->cpu_slabs, c->cpu_chunks[i]);
		c->cpu_chunks[i] = 0;
	}
	c->flags = CACHE_DEAD;
	flat_give(&s->caches, cache);
}

u64 kmem_cache_struct_bytes(const struct slab_system *s)
{
	const struct kernel_row *r = s->row;

	return r->kmem_cache + 8ULL * s->m->nr_node_ids + (u64)r->kmem_cache_cpu * s->m->nr_cpus +
	       (u64)r->kmem_cache_node * s->m->nr_nodes;
}
