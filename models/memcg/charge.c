// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Page charges: try_charge(), page_counter and the per-CPU stocks of pages (KERNEL_FACTS 2.6). Up to
 * 5.8 every charged page holds a reference to the css, those in a stock too: with them a stock pins a
 * dying memcg until it is drained (4.20 drains at offline).
 */
#include "memcg/memcg.h"

#ifdef __SSE2__
#include <emmintrin.h>
#include <xmmintrin.h>
#endif

#define MAX_RECLAIM_RETRIES 16

static bool counts_refs(const struct memcg_system *m)
{
	return m->offline->slab_pins;
}

static void add_pages(struct memcg_system *m, u32 memcg, s64 nr)
{
	struct memcg *cg = memcg_at(m, memcg);

	cg->pages += nr;
	if (memcg_dying(cg))
		gauge_add(&m->dying_bytes, m->e, nr * (s64)m->m->page_size);
	for (; memcg; memcg = cg->parent) {
		cg = memcg_at(m, memcg);
		cg->usage += nr;
	}
}

/* page_counter_try_charge(): the first ancestor over its limit, or 0 and it is charged. */
static u32 try_counters(struct memcg_system *m, u32 memcg, u32 nr)
{
	for (u32 id = memcg; id; id = memcg_at(m, id)->parent)
		if (unlikely(memcg_at(m, id)->usage + nr > memcg_at(m, id)->max_pages))
			return id;
	add_pages(m, memcg, nr);
	if (counts_refs(m))
		memcg_get(m, memcg, nr);
	return 0;
}

void memcg_uncharge(struct memcg_system *m, u32 memcg, u32 nr)
{
	add_pages(m, memcg, -(s64)nr);
	if (counts_refs(m))
		memcg_put(m, memcg, nr);
}

static void drain_slot(struct memcg_system *m, struct memcg_cpu *c, u32 slot)
{
	u32 memcg = c->stock_memcg[slot], nr = c->stock_pages[slot];

	c->stock_memcg[slot] = c->stock_pages[slot] = 0;
	if (memcg && nr)
		memcg_uncharge(m, memcg, nr);
}

#define NO_SLOT MAX_STOCK_SLOTS

/*
 * Slot that holds a memcg's stock, or NO_SLOT. All slots are compared at once: which one it is can not
 * be predicted.
 */
static inline u32 find_slot(const struct memcg_system *m, const struct memcg_cpu *c, u32 memcg)
{
	u32 found = 0;

	if (m->row->stock_slots == 1)
		return c->stock_memcg[0] == memcg ? 0 : NO_SLOT;
#ifdef __SSE2__
	{
		const __m128i *v = (const __m128i *)(const void *)c->stock_memcg;
		__m128i wanted = _mm_set1_epi32((int)memcg);
		__m128i low = _mm_cmpeq_epi32(_mm_loadu_si128(v), wanted);
		__m128i high = _mm_cmpeq_epi32(_mm_loadu_si128(v + 1), wanted);

		found = (u32)_mm_movemask_ps(_mm_castsi128_ps(low)) |
			(u32)_mm_movemask_ps(_mm_castsi128_ps(high)) << 4;
	}
#else
	for (u32 i = 0; i < MAX_STOCK_SLOTS; i++)
		found |= (u32)(c->stock_memcg[i] == memcg) << i;
#endif
	found &= (1U << m->row->stock_slots) - 1;
	return found ? (u32)__builtin_ctz(found) : NO_SLOT;
}

/* Pages for a memcg without a slot: in an empty one, or the next in turn, drained. */
static void new_slot(struct memcg_system *m, struct memcg_cpu *c, u32 memcg, u32 nr)
{
	u32 slot = find_slot(m, c, 0);

	if (slot == NO_SLOT) {
		slot = c->next_slot;
		c->next_slot = slot + 1 == m->row->stock_slots ? 0 : slot + 1;
		drain_slot(m, c, slot);
	}
	c->stock_memcg[slot] = memcg;
	c->stock_pages[slot] = nr;
	if (nr > m->row->charge_batch)
		drain_slot(m, c, slot);
}

void memcg_refill_stock(struct memcg_system *m, u32 memcg, u32 nr, u16 cpu)
{
	struct memcg_cpu *c = &m->cpus[cpu];
	u32 slot;

	if (!nr)
		return;
	slot = find_slot(m, c, memcg);
	if (slot == NO_SLOT) {
		new_slot(m, c, memcg, nr);
		return;
	}
	c->stock_pages[slot] += nr;
	if (c->stock_pages[slot] > m->row->charge_batch)
		drain_slot(m, c, slot);
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
	u32 batch = max_of(m->row->charge_batch, nr);

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
static bool charge_slow(struct memcg_system *m, u32 memcg, u32 nr, u16 cpu, u16 gfp)
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

bool memcg_charge(struct memcg_system *m, u32 memcg, u32 nr, u16 cpu, u16 gfp)
{
	struct memcg_cpu *c = &m->cpus[cpu];
	u32 slot = find_slot(m, c, memcg);

	if (slot != NO_SLOT && c->stock_pages[slot] >= nr) {
		c->stock_pages[slot] -= nr;
		return true;
	}
	return charge_slow(m, memcg, nr, cpu, gfp);
}
