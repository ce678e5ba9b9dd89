// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * accounting: per-page. Models memory cgroup slab up to v5.8 (KERNEL_FACTS 5.2): every memcg has
 * kmem_caches of its own, made by a worker after the first allocation asked for one; until then objects
 * come from the root cache and are charged to nobody. Slabs are charged whole. Reproduces the true
 * utilisation of 0.63 (recorded W2) and 45-65 % (SEEDS B1).
 */
#include "memcg/stock.h"
#include "memcg/twin.h"

#include <errno.h>
#include <string.h>

static int online(struct memcg_system *m, u32 memcg, const struct task *t)
{
	(void)t;
	memcg_at(m, memcg)->owner = owner_new(m, memcg);
	return memcg_at(m, memcg)->owner ? 0 : -ENOMEM;
}

/* ---- the worker (memcg_kmem_cache_wq) ---- */

static void create_twin(void *ctx, u64 key)
{
	struct memcg_system *m = ctx;
	u32 memcg = (u32)(key >> 32), cache = (u32)key, twin;
	struct memcg *cg = memcg_at(m, memcg);
	/* "dentry(1234:c12)": name, css serial number, cgroup name */
	u64 name = strlen(cache_at(m->slab, cache)->name) + 8 + strlen(cg->name) + 4;

	/* the record may serve another cgroup later: what was asked for is settled in any case */
	if (idmap_get(&m->twins, key) != TWIN_PENDING)
		cg = NULL;
	else
		idmap_remove(&m->twins, key);
	memcg_put(m, memcg, 1);
	/* skipped when it went offline meanwhile */
	if (!cg || cg->state != MEMCG_ONLINE)
		return;
	twin = twin_create(m, cache, cg->owner, name);
	if (!twin || !idmap_put(&m->twins, key, twin))
		return;
	owner_get(m, cg->owner);
	cg->twin_bytes += twin_bytes(m, twin);
	cache_at(m->slab, twin)->next_of_owner = cg->twins;
	cache_at(m->slab, twin)->era = m->offline->take ? cg->era : 0;
	cg->twins = twin;
	engine_trail(m->e, TRAIL_CGROUP, memcg, twin);
}

static u32 alloc(struct memcg_system *m, u32 cache, const struct task *t, int node, u32 *owner)
{
	u32 memcg = memcg_nearest_online(m, t->memcg), twin, slab;

	*owner = 0;
	if (memcg == ROOT_MEMCG || !memcg_at(m, memcg)->owner)
		return slab_alloc(m->slab, cache, t, node);
	twin = idmap_get(&m->twins, twin_key(memcg, cache));
	if (unlikely(!twin || twin == TWIN_PENDING)) {
		if (!twin && idmap_put(&m->twins, twin_key(memcg, cache), TWIN_PENDING)) {
			memcg_get(m, memcg, 1);
			engine_after(m->e, m->create_latency, create_twin, m,
				     twin_key(memcg, cache));
		}
		return slab_alloc(m->slab, cache, t, node);
	}
	slab = slab_alloc_inline(m->slab, twin, t, node);
	if (slab) {
		*owner = cache_at(m->slab, twin)->owner;
		owner_get(m, *owner);
	}
	return slab;
}

static void free_object(struct memcg_system *m, u32 slab, u32 owner, u16 cpu)
{
	/* the slab first: its page may be uncharged, for which the slot must be there */
	slab_free(m->slab, slab, cpu);
	owner_put(m, owner);
}

/* ---- slabs ---- */

bool memcg_charge_slab(struct memcg_system *m, struct kmem_cache *cache, u32 pages, u16 cpu)
{
	m->slab_charges++;
	return owner_charge(m, cache->owner, pages, cpu, GFP_KERNEL);
}

/* A slab of a memcg's own cache goes: was it charged before a new cgroup took over? */
void memcg_slab_gone_foreign(struct memcg_system *m, const struct slab *slab)
{
	u32 memcg = owner_at(m, cache_at(m->slab, slab->cache)->owner)->memcg;

	if (slab->era != memcg_at(m, memcg)->era)
		memcg_foreign_gone(m, memcg, 1U << slab->order);
}

void memcg_uncharge_slab(struct memcg_system *m, struct kmem_cache *cache, u32 pages, u16 cpu)
{
	(void)cpu;
	m->slab_charges++;
	owner_uncharge(m, cache->owner, pages);
}

/* ---- the end ---- */

static void destroy_twin(struct memcg_system *m, u32 twin)
{
	u32 owner = cache_at(m->slab, twin)->owner;

	twin_destroy(m, twin);
	/* only those of removed cgroups go */
	gauge_add(&m->dead_caches, m->e, -1);
	owner_put(m, owner);
}

static void destroy_twin_event(void *ctx, u64 twin)
{
	destroy_twin(ctx, (u32)twin);
}

/* The last page of a reparented cache is gone: a worker destroys it. */
void memcg_cache_empty(struct memcg_system *m, struct kmem_cache *cache)
{
	engine_after(m->e, 0, destroy_twin_event, m, cache->id);
}

/* After a grace period: kmem_cache_shrink; from 5.3 on the cache then goes with its last page. */
static void flush_twin(void *ctx, u64 arg)
{
	struct memcg_system *m = ctx;
	u32 twin = (u32)arg;

	if (m->offline->slab_pins) {
		u32 memcg = owner_at(m, cache_at(m->slab, twin)->owner)->memcg;

		kmem_cache_shrink(m->slab, twin, 0);
		memcg_put(m, memcg, 1);
	} else {
		kmem_cache_shutdown(m->slab, twin, 0);
	}
}

/* Nobody allocates from it for now: the kernel keeps no free memory in it. */
static void put_to_rest(struct memcg_system *m, u32 memcg, u32 twin)
{
	if (!(cache_at(m->slab, twin)->flags & CACHE_DEACTIVATED))
		gauge_add(&m->dead_caches, m->e, 1);
	kmem_cache_deactivate(m->slab, twin);
	if (m->offline->slab_pins)
		memcg_get(m, memcg, 1);
	engine_after(m->e, m->m->rcu.grace_period, flush_twin, m, twin);
	m->e->visited++;
}

/* The caches are its successor's: they rest as those of a removed cgroup do, but can be found. */
static void park(struct memcg_system *m, u32 memcg)
{
	for (u32 twin = memcg_at(m, memcg)->twins; twin;
	     twin = cache_at(m->slab, twin)->next_of_owner)
		put_to_rest(m, memcg, twin);
}

static int take(struct memcg_system *m, u32 memcg)
{
	for (u32 twin = memcg_at(m, memcg)->twins; twin;
	     twin = cache_at(m->slab, twin)->next_of_owner) {
		kmem_cache_reactivate(m->slab, twin);
		cache_at(m->slab, twin)->era = memcg_at(m, memcg)->era;
		gauge_add(&m->dead_caches, m->e, -1);
		m->e->visited++;
	}
	return 0;
}

static void offline(struct memcg_system *m, u32 memcg, u16 cpu)
{
	struct memcg *cg = memcg_at(m, memcg);
	u32 twin = cg->twins;

	(void)cpu;
	if (!m->offline->slab_pins) {
		/* the caches go on without it */
		cg->twins = 0;
		gauge_add(&m->dying_bytes, m->e, -(s64)cg->twin_bytes);
		cg->twin_bytes = 0;
	}
	for (u32 next; twin; twin = next) {
		struct kmem_cache *c = cache_at(m->slab, twin);

		next = c->next_of_owner;
		idmap_remove(&m->twins, twin_key(memcg, c->root));
		put_to_rest(m, memcg, twin);
		m->offline_records++;
	}
	if (!m->offline->slab_pins)
		owner_retire(m, memcg);
}

/* css_free: nothing is charged any more, so no cache of it has a slab. */
static void release(struct memcg_system *m, u32 memcg, u16 cpu)
{
	struct memcg *cg = memcg_at(m, memcg);

	(void)cpu;
	while (cg->twins) {
		u32 twin = cg->twins;

		cg->twins = cache_at(m->slab, twin)->next_of_owner;
		destroy_twin(m, twin);
	}
	owner_retire(m, memcg);
}

const struct accounting_policy accounting_per_page = {
	.name = "per-page",
	.has_kmem_ids = true,
	.shared_caches = false,
	.online = online,
	.offline = offline,
	.release = release,
	.park = park,
	.take = take,
	.alloc = alloc,
	.free = free_object,
};
