// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * accounting: {policy: per-object, caches: two}. Models 9855609bde03 of the slab controller's series: a second global
 * set of kmem_caches, "NAME-memcg", from which every accounted object comes, whoever is charged; the root caches serve
 * the rest. 10befea91b61 merged the two before v5.9 (KERNEL_FACTS 5.3). A second cache is made by a worker after the
 * first accounted allocation; until then objects come from the root cache and are charged to nobody. It lives as long
 * as its root cache, so in these models to the end: no memcg makes or destroys one (SEEDS B8).
 */
#include "memcg/twin.h"

#include <string.h>

static void create_second(void *ctx, u64 cache)
{
	struct memcg_system *m = ctx;
	u64 name = strlen(cache_at(m->slab, (u32)cache)->name) + sizeof("-memcg");
	u32 twin = twin_create(m, (u32)cache, 0, name);

	idmap_remove(&m->twins, twin_key(0, (u32)cache));
	if (twin)
		idmap_put(&m->twins, twin_key(0, (u32)cache), twin);
}

u32 second_cache(struct memcg_system *m, u32 cache)
{
	u32 twin = idmap_get(&m->twins, twin_key(0, cache));

	if (likely(twin && twin != TWIN_PENDING))
		return twin;
	if (!twin && idmap_put(&m->twins, twin_key(0, cache), TWIN_PENDING))
		engine_after(m->e, m->create_latency, create_second, m, cache);
	return 0;
}
