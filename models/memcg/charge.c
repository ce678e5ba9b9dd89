// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Page charges: try_charge(), page_counter and the per-CPU stocks of pages (KERNEL_FACTS 2.6). Up to
 * 5.8 every charged page holds a reference to the css, those in a stock too: with them a stock pins a
 * dying memcg until it is drained (4.20 drains at offline).
 */
#include "memcg/stock.h"

void memcg_uncharge(struct memcg_system *m, u32 memcg, u32 nr)
{
	add_pages(m, memcg, -(s64)nr);
	if (counts_refs(m))
		memcg_put(m, memcg, nr);
}

void memcg_drain_stock(struct memcg_system *m, u32 memcg)
{
	for (u32 cpu = 0; cpu < m->m->nr_cpus; cpu++) {
		u32 slot = find_slot(m, &m->cpus[cpu], memcg);

		if (slot != NO_SLOT)
			drain_slot(m, &m->cpus[cpu], slot);
	}
}

/* The whole batch, or just what is asked for. True if charged; the rest goes to the stock. */
static bool charge_batch(struct memcg_system *m, u32 memcg, u32 nr, u16 cpu, u32 *over)
{
	u32 batch = max_of(m->charge_batch, nr);

	*over = try_counters(m, memcg, batch);
	if (likely(!*over)) {
		memcg_refill_stock(m, memcg, batch - nr, cpu);
		return true;
	}
	if (batch == nr)
		return false;
	*over = try_counters(m, memcg, nr);
	return !*over;
}

/* mem_cgroup_margin() */
static s64 margin(const struct memcg_system *m, u32 memcg)
{
	const struct memcg *cg = memcg_at(m, memcg);

	return cg->max_pages - cg->usage;
}

/* Nothing helped: who must not fail is charged all the same. */
static bool charge_failed(struct memcg_system *m, u32 memcg, u32 nr, u16 gfp)
{
	if (gfp & GFP_NOFAIL) {
		add_pages(m, memcg, nr);
		if (counts_refs(m))
			memcg_get(m, memcg, nr);
		return true;
	}
	m->charge_failed++;
	return false;
}

/* try_charge() behind the stock: reclaim, drain, reclaim again. */
bool memcg_charge_slow(struct memcg_system *m, u32 memcg, u32 nr, u16 cpu, u16 gfp)
{
	u32 over, retries = m->row->charge_retries;
	bool drained = false;

	while (!charge_batch(m, memcg, nr, cpu, &over)) {
		u64 reclaimed;

		if ((gfp & GFP_ATOMIC) || !m->ops->reclaim_memcg)
			return charge_failed(m, memcg, nr, gfp);
		reclaimed = m->ops->reclaim_memcg(m->ops->kernel, over, max_of(nr, 32U), gfp);
		if (margin(m, over) >= (s64)nr)
			continue;
		if (!drained) {
			/* what the CPUs hold back */
			memcg_drain_stock(m, over);
			drained = true;
			continue;
		}
		/* a small charge goes on as long as anything is reclaimed (PAGE_ALLOC_COSTLY_ORDER) */
		if (reclaimed && nr <= 8)
			continue;
		if (!retries--)
			return charge_failed(m, memcg, nr, gfp);
	}
	return true;
}
