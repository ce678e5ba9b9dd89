// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A kmem_cache made for memcgs and what its structures take: struct kmem_cache, kmem_cache_node for each node,
 * percpu kmem_cache_cpu, a name (KERNEL_FACTS 5.2).
 */
#include "memcg/twin.h"

u64 twin_bytes(const struct memcg_system *m, u32 twin)
{
	return cache_at(m->slab, twin)->struct_bytes + (u64)m->row->kmem_cache_cpu * m->m->nr_cpus;
}

static bool twin_structures(struct memcg_system *m, u64 name, struct footprint *f)
{
	struct task t = {.memcg = ROOT_MEMCG};

	if (footprint_cache(m->slab, f, m->kmem_cache_cache, 1, &t) ||
	    footprint_cache(m->slab, f, m->kmem_node_cache, m->m->nr_nodes, &t) ||
	    footprint_kmalloc(m->slab, f, name, 1, &t) ||
	    percpu_alloc(m->m, m->row->kmem_cache_cpu, 0)) {
		footprint_free(m->slab, f, 0);
		return false;
	}
	return true;
}

u32 twin_create(struct memcg_system *m, u32 root, u32 owner, u64 name)
{
	const struct kmem_cache *r = cache_at(m->slab, root);
	struct footprint structs = {0};
	struct cache_spec spec = {
		.object_size = r->object_size,
		.size = r->size,
		.flags = r->flags,
		.root = root,
		.owner = owner,
	};
	u32 twin;

	if (!twin_structures(m, name, &structs))
		return 0;
	twin = kmem_cache_create(m->slab, &spec);
	if (!twin) {
		percpu_free(m->m, m->row->kmem_cache_cpu);
		footprint_free(m->slab, &structs, 0);
		return 0;
	}
	cache_at(m->slab, twin)->structs = structs.first;
	cache_at(m->slab, twin)->struct_bytes = structs.bytes;
	gauge_add(&m->kmem_caches, m->e, 1);
	return twin;
}

void twin_destroy(struct memcg_system *m, u32 twin)
{
	const struct kmem_cache *c = cache_at(m->slab, twin);
	struct footprint structs = {.first = c->structs, .bytes = c->struct_bytes};

	kmem_cache_destroy(m->slab, twin);
	percpu_free(m->m, m->row->kmem_cache_cpu);
	footprint_free(m->slab, &structs, 0);
	gauge_add(&m->kmem_caches, m->e, -1);
}
