// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Page charges: try_charge(), page_counter and the per-CPU stocks of pages (KERNEL_FACTS 2.6). Up to
 * 5.8 every charged page holds a reference to the css, those in a stock too: with them a stock pins a
 * dying memcg until it is drained (4.20 drains at offline).
 */
#include "memcg/stock.h"

#define MAX_RECLAIM_RETRIES 16

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

/* try_charge() behind the stock: reclaim, drain, reclaim again. */
bool memcg_charge_slow(struct memcg_system *m, u32 memcg, u32 nr, u16 cpu, u16 gfp)
{
	u32 over;

	for (u32 i = 0; i <= MAX_RECLAIM_RETRIES; i++) {
		if (charge_batch(m, memcg, nr, cpu, &over))
			return true;
		if ((gfp & GFP_ATOMIC) || !m->ops->reclaim_memcg)
			break;
		if (!m->ops->reclaim_memcg(m->ops->kernel, over, max_of(nr, 32U), gfp) && i) {
			/* once: what the CPUs hold back */
			memcg_drain_stock(m, over);
			if (charge_batch(m, memcg, nr, cpu, &over))
				return true;
			break;
		}
	}
	if (gfp & GFP_NOFAIL) {
		add_pages(m, memcg, nr);
		if (counts_refs(m))
			memcg_get(m, memcg, nr);
		return true;
	}
	m->charge_failed++;
	return false;
}
