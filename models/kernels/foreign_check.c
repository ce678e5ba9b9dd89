// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * offline: reuse. What a cgroup holds of its predecessors, counted anew from the pages that are marked: slabs of its
 * own kmem_caches by their era, page cache by its flag. With per-object accounting a slab is nobody's, and who was
 * charged for its objects can not be counted from pages: there the count of page cache is a lower bound.
 */
#include "kernels/instance.h"

#include <stdlib.h>

static void count_slabs(const struct kernel *k, s64 *foreign)
{
	for (u32 id = 1; id < k->slab.slabs.n; id++) {
		const struct slab *slab = slab_at(&k->slab, id);
		const struct kmem_cache *c = cache_at(&k->slab, slab->cache);
		u32 memcg;

		if (slab->state == SLAB_FREE || !c->owner)
			continue;
		memcg = owner_at(&k->memcg, c->owner)->memcg;
		if (slab->era != memcg_at(&k->memcg, memcg)->era)
			foreign[memcg] += 1LL << slab->order;
	}
}

static void count_pages(const struct kernel *k, s64 *foreign)
{
	for (u32 id = 1; id < k->pages.runs.n; id++) {
		const struct page_run *r = run_at(&k->pages, id);

		if (r->n && (r->flags & RUN_FOREIGN))
			foreign[r->memcg] += r->n;
	}
}

const char *foreign_check(const struct kernel *k)
{
	const struct memcg_system *m = &k->memcg;
	bool exact = !m->accounting->shared_caches || !m->accounting->has_kmem_ids;
	const char *why = NULL;
	s64 *foreign;

	if (!m->offline->take)
		return NULL;
	foreign = calloc(m->memcgs.n + 1, sizeof(*foreign));
	if (!foreign)
		return "out of memory";
	count_pages(k, foreign);
	if (!m->accounting->shared_caches)
		count_slabs(k, foreign);
	for (u32 id = ROOT_MEMCG; id < m->memcgs.n; id++) {
		const struct memcg *cg = memcg_at(m, id);

		/* while it waits nothing is counted */
		if (cg->state == MEMCG_ONLINE &&
		    (exact ? foreign[id] != cg->foreign : foreign[id] > cg->foreign))
			why = "charges of a cgroup's predecessors differ from its marked pages";
	}
	free(foreign);
	return why;
}
