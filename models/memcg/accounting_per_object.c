// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * accounting: per-object. Models 286e04b8ed7a, 10befea91b61 and the rest of "The new cgroup slab
 * memory controller" (v5.9): one set of caches for all, a vector of owners beside each slab with an
 * accounted object, size + 8 bytes charged through a byte stock per CPU (KERNEL_FACTS 5.3). Reproduces
 * the utilisation in the high nineties (SEEDS B2, B5).
 */
#include "memcg/stock.h"
#include "memcg/twin.h"

#include <errno.h>

#define OBJCG_POINTER 8

static int online(struct memcg_system *m, u32 memcg, const struct task *t)
{
	struct memcg *cg = memcg_at(m, memcg);

	if (m->row->obj_cgroup && footprint_kmalloc(m->slab, &cg->css, m->row->obj_cgroup, 1, t))
		return -ENOMEM;
	/* the percpu_ref of the objcg */
	if (m->row->percpu_ref_data &&
	    footprint_kmalloc(m->slab, &cg->css, m->row->percpu_ref_data, 1, t))
		return -ENOMEM;
	cg->owner = owner_new(m, memcg);
	return cg->owner ? 0 : -ENOMEM;
}

static void offline(struct memcg_system *m, u32 memcg, u16 cpu)
{
	(void)cpu;
	owner_retire(m, memcg);
}

static void release(struct memcg_system *m, u32 memcg, u16 cpu)
{
	(void)m;
	(void)memcg;
	(void)cpu;
}

/* Its obj_cgroup is retired and stays with it, as those do that a memcg inherits from a child. */
static void park(struct memcg_system *m, u32 memcg)
{
	owner_retire(m, memcg);
}

/* The new cgroup has an obj_cgroup of its own, in the place of the one that is retired. */
static int take(struct memcg_system *m, u32 memcg)
{
	memcg_at(m, memcg)->owner = owner_new(m, memcg);
	return memcg_at(m, memcg)->owner ? 0 : -ENOMEM;
}

/* ---- byte stock ---- */

/* Whole pages that a stock had go to the page stock. */
static __attribute__((noinline)) void give_pages(struct memcg_system *m, u32 owner, u32 pages,
						 u16 cpu)
{
	owner_uncharge_stocked(m, owner, pages, cpu);
}

/* Pages of a stock go to the page stock, the rest is remembered with the owner. */
static inline void drain_obj_stock(struct memcg_system *m, u16 cpu)
{
	struct memcg_cpu *c = &m->cpus[cpu];
	u32 owner = c->obj_owner, bytes = c->obj_bytes, size = m->m->page_size;

	c->obj_owner = c->obj_bytes = 0;
	if (!owner)
		return;
	if (unlikely(bytes >= size))
		give_pages(m, owner, bytes >> m->m->page_shift, cpu);
	owner_at(m, owner)->nr_charged_bytes += bytes & (size - 1);
	owner_put(m, owner);
}

static inline void switch_obj_stock(struct memcg_system *m, u32 owner, u16 cpu)
{
	struct memcg_cpu *c = &m->cpus[cpu];
	struct owner *o = owner_at(m, owner);

	drain_obj_stock(m, cpu);
	o->refs++;
	c->obj_owner = owner;
	c->obj_bytes = o->nr_charged_bytes;
	o->nr_charged_bytes = 0;
}

/* More than a page in the stock: up to 5.14 all is drained, later the rest below a page stays. */
static __attribute__((noinline)) void trim_obj_stock(struct memcg_system *m, u32 owner,
						     bool allow_uncharge, u16 cpu)
{
	struct memcg_cpu *c = &m->cpus[cpu];

	if (!m->row->obj_stock_keeps_rest) {
		drain_obj_stock(m, cpu);
	} else if (allow_uncharge) {
		u32 pages = c->obj_bytes >> m->m->page_shift;

		c->obj_bytes &= m->m->page_size - 1;
		owner_uncharge_stocked(m, owner, pages, cpu);
	}
}

/* refill_obj_stock() */
static inline void refill_obj_stock(struct memcg_system *m, u32 owner, u32 bytes,
				    bool allow_uncharge, u16 cpu)
{
	struct memcg_cpu *c = &m->cpus[cpu];

	if (c->obj_owner != owner) {
		allow_uncharge = true;
		switch_obj_stock(m, owner, cpu);
	}
	c->obj_bytes += bytes;
	if (unlikely(c->obj_bytes > m->m->page_size))
		trim_obj_stock(m, owner, allow_uncharge, cpu);
}

static inline bool charge(struct memcg_system *m, u32 owner, u32 bytes, u16 cpu, u16 gfp)
{
	struct memcg_cpu *c = &m->cpus[cpu];
	u32 pages;

	if (likely(c->obj_owner == owner && c->obj_bytes >= bytes)) {
		c->obj_bytes -= bytes;
		return true;
	}
	pages = (bytes + m->m->page_size - 1) >> m->m->page_shift;
	/* reclaim may run in here, and drain any stock */
	if (!owner_charge(m, owner, pages, cpu, gfp))
		return false;
	if (pages * m->m->page_size > bytes)
		refill_obj_stock(m, owner, pages * m->m->page_size - bytes, false, cpu);
	return true;
}

/* obj_stock_flush_required() and drain_local_stock() */
static void drain(struct memcg_system *m, u32 top, u16 cpu)
{
	u32 owner = m->cpus[cpu].obj_owner;

	if (owner && memcg_in_tree(m, owner_at(m, owner)->memcg, top))
		drain_obj_stock(m, cpu);
}

/* ---- vectors ---- */

static bool add_vector(struct memcg_system *m, u32 slab, const struct task *t)
{
	struct slab *sl = slab_at(m->slab, slab);
	u32 class = kmalloc_class(m->slab, (u64)sl->objects * OBJCG_POINTER), vector;

	/* a vector above the largest class would be pages: no slab has that many objects */
	if (class >= KMALLOC_CLASSES)
		return false;
	vector = slab_alloc(m->slab, m->slab->kmalloc[class], t, sl->node);
	if (!vector) {
		m->unaccounted_vectors++;
		return false;
	}
	if (sl->vector) {
		/* reclaim inside the allocation made one */
		slab_free(m->slab, vector, t->cpu);
		return true;
	}
	sl->vector = vector;
	gauge_add(&m->vector_bytes, m->e, kmalloc_class_size(class));
	return true;
}

void memcg_slab_made(struct memcg_system *m, u32 slab, u16 cpu)
{
	struct task t = {.memcg = ROOT_MEMCG, .cpu = cpu};
	u32 cache = slab_at(m->slab, slab)->cache;

	if (!m->row->vector_at_creation || m->accounting != &accounting_per_object)
		return;
	/* where there are two sets, the root caches hold no accounted object */
	if (!m->second_set || cache_at(m->slab, cache)->root != cache)
		add_vector(m, slab, &t);
}

void memcg_slab_gone(struct memcg_system *m, u32 slab, u16 cpu)
{
	struct slab *sl = slab_at(m->slab, slab);
	u32 vector = sl->vector;

	if (!vector)
		return;
	if (!m->accounting->shared_caches) {
		memcg_slab_gone_foreign(m, sl);
		return;
	}
	sl->vector = 0;
	gauge_add(&m->vector_bytes, m->e,
		  -(s64)cache_at(m->slab, slab_at(m->slab, vector)->cache)->size);
	slab_free(m->slab, vector, cpu);
}

/* ---- objects ---- */

static u32 alloc(struct memcg_system *m, u32 cache, const struct task *t, int node, u32 *owner)
{
	u32 memcg = memcg_nearest_online(m, t->memcg), objcg = memcg_at(m, memcg)->owner, slab;
	u32 bytes = cache_at(m->slab, cache)->size + OBJCG_POINTER;

	if (!objcg)
		return slab_alloc(m->slab, cache, t, node);
	if (unlikely(m->second_set)) {
		u32 second = second_cache(m, cache);

		if (!second)
			return slab_alloc(m->slab, cache, t, node);
		cache = second;
	}
	/* held over the calls below, which may run anything */
	owner_get(m, objcg);
	if (!charge(m, objcg, bytes, t->cpu, t->gfp)) {
		owner_put(m, objcg);
		return 0;
	}
	slab = slab_alloc_inline(m->slab, cache, t, node);
	if (slab && (slab_at(m->slab, slab)->vector || add_vector(m, slab, t))) {
		*owner = objcg;
		m->object_charges++;
		return slab;
	}
	refill_obj_stock(m, objcg, bytes, true, t->cpu);
	owner_put(m, objcg);
	return slab;
}

static void free_object(struct memcg_system *m, u32 slab, u32 owner, u16 cpu)
{
	u32 bytes = cache_at(m->slab, slab_at(m->slab, slab)->cache)->size + OBJCG_POINTER;

	m->object_charges++;
	refill_obj_stock(m, owner, bytes, true, cpu);
	owner_put(m, owner);
	slab_free(m->slab, slab, cpu);
}

const struct accounting_policy accounting_per_object = {
	.name = "per-object",
	.has_kmem_ids = true,
	.shared_caches = true,
	.online = online,
	.offline = offline,
	.release = release,
	.park = park,
	.take = take,
	.alloc = alloc,
	.free = free_object,
	.drain = drain,
};
