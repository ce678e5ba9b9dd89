// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * offline: reuse. Models an idea of Vladimir Davydov's (linux-mm, 18 April 2019, in the review of "mm: reparent slab
 * memory on cgroup removal"; there is no patch, this is our reading): what slab pins is not freed but used again. A
 * removed memcg keeps its ids, its LRU lists, its kmem_caches or obj_cgroups and its charges, and waits below its
 * parent; the next cgroup made there takes it over, the one that died last first, with all that is charged to it.
 * The new cgroup pays for its predecessor's objects ("unfair"), and reclaim within its limits finds them on its own
 * lists. What nothing pins any more is freed as ever. Reproduces no published figure: it bounds the dying cgroups by
 * the largest number that were alive below the same parents.
 */
#include "memcg/memcg.h"

static void offline(struct memcg_system *m, u32 memcg)
{
	/* nothing is charged to it any more, or it would still wait */
	(void)m;
	(void)memcg;
}

static void park(struct memcg_system *m, u32 memcg)
{
	struct memcg *cg = memcg_at(m, memcg);
	u32 *head = &memcg_at(m, cg->parent)->parked;

	cg->prev_parked = 0;
	cg->next_parked = *head;
	if (*head)
		memcg_at(m, *head)->prev_parked = memcg;
	*head = memcg;
}

static void leave(struct memcg_system *m, u32 memcg)
{
	const struct memcg *cg = memcg_at(m, memcg);

	if (cg->prev_parked)
		memcg_at(m, cg->prev_parked)->next_parked = cg->next_parked;
	else
		memcg_at(m, cg->parent)->parked = cg->next_parked;
	if (cg->next_parked)
		memcg_at(m, cg->next_parked)->prev_parked = cg->prev_parked;
}

static u32 take(struct memcg_system *m, u32 parent)
{
	u32 memcg = memcg_at(m, parent)->parked;

	if (memcg)
		leave(m, memcg);
	return memcg;
}

const struct offline_policy offline_reuse = {
	.name = "reuse",
	.slab_pins = true,
	.offline = offline,
	.park = park,
	.take = take,
	.leave = leave,
};
