// SPDX-License-Identifier: GPL-3.0-or-later
/* accounting: none. Models cgroup.memory=nokmem: no object is charged, no memcg gets list_lru lists. */
#include "memcg/memcg.h"

static int online(struct memcg_system *m, u32 memcg, const struct task *t)
{
	(void)m;
	(void)memcg;
	(void)t;
	return 0;
}

static void nothing(struct memcg_system *m, u32 memcg, u16 cpu)
{
	(void)m;
	(void)memcg;
	(void)cpu;
}

static void park(struct memcg_system *m, u32 memcg)
{
	(void)m;
	(void)memcg;
}

static int take(struct memcg_system *m, u32 memcg)
{
	(void)m;
	(void)memcg;
	return 0;
}

static u32 alloc(struct memcg_system *m, u32 cache, const struct task *t, int node, u32 *owner)
{
	*owner = 0;
	return slab_alloc(m->slab, cache, t, node);
}

static void free_object(struct memcg_system *m, u32 slab, u32 owner, u16 cpu)
{
	(void)owner;
	slab_free(m->slab, slab, cpu);
}

const struct accounting_policy accounting_none = {
	.name = "none",
	.has_kmem_ids = false,
	.shared_caches = true,
	.online = online,
	.offline = nothing,
	.release = nothing,
	.park = park,
	.take = take,
	.alloc = alloc,
	.free = free_object,
};
