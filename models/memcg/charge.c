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

void memcg_drain_tree(struct memcg_system *m, u32 top)
{
	for (u32 cpu = 0; cpu < m->m->nr_cpus; cpu++) {
		struct memcg_cpu *c = &m->cpus[cpu];

		/* bytes first: whole pages of them go to the page stock */
		if (m->accounting->drain)
			m->accounting->drain(m, top, (u16)cpu);
		for (u32 slot = 0; slot < m->row->stock_slots; slot++)
			if (c->stock_memcg[slot] && memcg_in_tree(m, c->stock_memcg[slot], top))
				drain_slot(m, c, slot);
	}
}

void memcg_foreign_gone(struct memcg_system *m, u32 memcg, u32 nr)
{
	struct memcg *cg = memcg_at(m, memcg);

	/* while it waits nothing of it is foreign */
	if (!cg->foreign)
		return;
	sim_assert(cg->foreign >= (s64)nr);
	cg->foreign -= nr;
	m->foreign_gone += nr;
	gauge_add(&m->foreign, m->e, -(s64)nr * (s64)m->m->page_size);
}

u64 memcg_reclaim_high(struct memcg_system *m, u32 memcg, u16 cpu)
{
	const struct memcg *cg = memcg_at(m, memcg);
	u32 retries = m->row->charge_retries;
	bool again = m->row->high_write_repeats;
	u64 sum = 0, reclaimed;

	if (cg->usage > cg->high_pages && again)
		memcg_drain_tree(m, memcg);
	while (cg->usage > cg->high_pages && m->ops->reclaim_memcg) {
		reclaimed = m->ops->reclaim_memcg(
			m->ops->kernel, memcg, (u64)(cg->usage - cg->high_pages), GFP_KERNEL, cpu);
		sum += reclaimed;
		if (!again || (!reclaimed && !retries--))
			break;
	}
	return sum;
}

/* memory_max_write() and memory_high_write(); without a task in it the OOM killer finds nobody. */
void memcg_shrink_to_limits(struct memcg_system *m, u32 memcg)
{
	const struct memcg *cg = memcg_at(m, memcg);
	u32 retries = m->row->charge_retries;

	if (cg->usage <= min_of(cg->max_pages, cg->high_pages) || !m->ops->reclaim_memcg)
		return;
	memcg_drain_tree(m, memcg);
	while (cg->usage > cg->max_pages && retries)
		if (!m->ops->reclaim_memcg(m->ops->kernel, memcg, (u64)(cg->usage - cg->max_pages),
					   GFP_KERNEL, 0))
			retries--;
	memcg_reclaim_high(m, memcg, 0);
}

void memcg_set_limits(struct memcg_system *m, u32 memcg, u64 max, u64 high)
{
	struct memcg *cg = memcg_at(m, memcg);

	cg->max_pages = max ? (s64)(max >> m->m->page_shift) : NO_LIMIT;
	cg->high_pages = high ? (s64)(high >> m->m->page_shift) : NO_LIMIT;
	m->has_high |= high != 0;
}

void memcg_check_high(struct memcg_system *m, u32 memcg, u32 nr, u16 cpu)
{
	struct memcg *cg = memcg_at(m, memcg);
	u32 id = memcg;

	while (id > ROOT_MEMCG && memcg_at(m, id)->usage <= memcg_at(m, id)->high_pages)
		id = memcg_at(m, id)->parent;
	if (id <= ROOT_MEMCG)
		return;
	if (!cg->over_high && m->ops->over_high)
		m->ops->over_high(m->ops->kernel, memcg, cpu);
	cg->over_high += nr;
}

/* The whole batch, or just what is asked for. True if charged; the rest goes to the stock. */
static bool charge_batch(struct memcg_system *m, u32 memcg, u32 nr, u16 cpu, u32 *over)
{
	u32 batch = max_of(m->charge_batch, nr);

	*over = try_counters(m, memcg, batch);
	if (*over && batch > nr) {
		batch = nr;
		*over = try_counters(m, memcg, batch);
	}
	if (*over)
		return false;
	memcg_refill_stock(m, memcg, batch - nr, cpu);
	if (m->has_high)
		memcg_check_high(m, memcg, batch, cpu);
	return true;
}

/* mem_cgroup_margin() */
static s64 margin(const struct memcg_system *m, u32 memcg)
{
	const struct memcg *cg = memcg_at(m, memcg);

	return cg->max_pages - cg->usage;
}

/* Charged all the same, over the limit. */
static bool force(struct memcg_system *m, u32 memcg, u32 nr)
{
	add_pages(m, memcg, nr);
	if (counts_refs(m))
		memcg_get(m, memcg, nr);
	return true;
}

/* Nothing helped: -ENOMEM, but for who must not fail; from 5.16 on __GFP_HIGH may go over the limit, too. */
static bool charge_failed(struct memcg_system *m, u32 memcg, u32 nr, u16 gfp)
{
	if ((gfp & GFP_NOFAIL) || ((gfp & GFP_ATOMIC) && m->row->high_goes_over))
		return force(m, memcg, nr);
	m->charge_failed++;
	return false;
}

/*
 * mem_cgroup_oom(). Up to 4.18 only a page fault of user space had the OOM killer called, when it was over; everybody
 * else got -ENOMEM (29ef680ae7c2 moved it back into the charge). Orders above PAGE_ALLOC_COSTLY_ORDER never do.
 */
static enum oom_result out_of_memory(struct memcg_system *m, u32 over, u32 nr, u16 gfp)
{
	if (!m->ops->memcg_oom || nr > 8 || (!m->row->charge_calls_oom && !(gfp & GFP_USER_FAULT)))
		return OOM_NO_VICTIM;
	return m->ops->memcg_oom(m->ops->kernel, over);
}

/* try_charge() behind the stock: reclaim, drain, reclaim again, and who is in the way is killed. */
bool memcg_charge_slow(struct memcg_system *m, u32 memcg, u32 nr, u16 cpu, u16 gfp)
{
	u32 over, retries = m->row->charge_retries;
	bool drained = false;

	while (!charge_batch(m, memcg, nr, cpu, &over)) {
		u64 reclaimed;

		/* who reclaims or exits is about to give memory back */
		if (m->ops->current_flags && m->ops->current_flags(m->ops->kernel))
			return force(m, memcg, nr);
		if ((gfp & GFP_ATOMIC) || !m->ops->reclaim_memcg)
			return charge_failed(m, memcg, nr, gfp);
		m->events_max++;
		reclaimed = m->ops->reclaim_memcg(m->ops->kernel, over, nr, gfp, cpu);
		if (margin(m, over) >= (s64)nr)
			continue;
		if (!drained) {
			/* what the CPUs hold back */
			memcg_drain_tree(m, over);
			drained = true;
			continue;
		}
		/* a small charge goes on as long as anything is reclaimed (PAGE_ALLOC_COSTLY_ORDER) */
		if (reclaimed && nr <= 8)
			continue;
		if (retries--)
			continue;
		switch (out_of_memory(m, over, nr, gfp)) {
		case OOM_KILLED:
			retries = m->row->charge_retries;
			break;
		case OOM_CURRENT:
			return force(m, memcg, nr);
		default:
			return charge_failed(m, memcg, nr, gfp);
		}
	}
	return true;
}
