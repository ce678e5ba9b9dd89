/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The part of charging that every object may go through, inline: page counters, the CPU's page stock,
 * references to owner slots. What is rare stands in charge.c and owner.c.
 */
#ifndef MODELS_MEMCG_STOCK_H
#define MODELS_MEMCG_STOCK_H

#include "memcg/memcg.h"

#ifdef __SSE2__
#include <emmintrin.h>
#include <xmmintrin.h>
#endif

#define NO_SLOT MAX_STOCK_SLOTS

/* Does every charged page hold a reference to the css? */
static inline bool counts_refs(const struct memcg_system *m)
{
	return m->counts_refs;
}

/* ---- counters ---- */

static inline void add_pages(struct memcg_system *m, u32 memcg, s64 nr)
{
	/* records never move: see struct flat */
	struct memcg *all = memcg_at(m, 0), *cg = &all[memcg];

	cg->pages += nr;
	if (memcg != ROOT_MEMCG)
		gauge_add(&m->usage, m->e, nr);
	if (unlikely(memcg_dying(cg)))
		gauge_add(&m->dying_bytes, m->e, nr * (s64)m->m->page_size);
	for (;;) {
		cg->usage += nr;
		m->counter_updates++;
		cg->usage_peak = max_of(cg->usage_peak, cg->usage);
		if (!cg->parent)
			return;
		cg = &all[cg->parent];
	}
}

/* page_counter_try_charge(): the first ancestor over its limit, or 0 and it is charged. */
static inline u32 try_counters(struct memcg_system *m, u32 memcg, u32 nr)
{
	const struct memcg *all = memcg_at(m, 0);

	/* the root has no limit */
	for (u32 id = memcg; id > ROOT_MEMCG; id = all[id].parent)
		if (unlikely(all[id].usage + nr > all[id].max_pages))
			return id;
	add_pages(m, memcg, nr);
	if (counts_refs(m))
		memcg_get(m, memcg, nr);
	return 0;
}

/* ---- the CPU's page stock ---- */

/*
 * Slot that holds a memcg's stock, or NO_SLOT. All slots are compared at once: which one it is can not
 * be predicted.
 */
static inline u32 find_slot(const struct memcg_system *m, const struct memcg_cpu *c, u32 memcg)
{
	u32 found = 0;

	if (m->stock_mask == 1)
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
	found &= m->stock_mask;
	return found ? (u32)__builtin_ctz(found) : NO_SLOT;
}

static inline void drain_slot(struct memcg_system *m, struct memcg_cpu *c, u32 slot)
{
	u32 memcg = c->stock_memcg[slot], nr = c->stock_pages[slot];

	c->stock_memcg[slot] = c->stock_pages[slot] = 0;
	if (!memcg || !nr)
		return;
	add_pages(m, memcg, -(s64)nr);
	if (counts_refs(m))
		memcg_put(m, memcg, nr);
}

/* Pages for a memcg without a slot: in an empty one, or the next in turn, drained. */
static inline void new_slot(struct memcg_system *m, struct memcg_cpu *c, u32 memcg, u32 nr)
{
	u32 slot = find_slot(m, c, 0);

	if (slot == NO_SLOT) {
		slot = c->next_slot;
		c->next_slot = slot + 1 == m->row->stock_slots ? 0 : slot + 1;
		drain_slot(m, c, slot);
		/* who goes next: its counters will be at hand */
		__builtin_prefetch(memcg_at(m, c->stock_memcg[c->next_slot]), 1);
	}
	c->stock_memcg[slot] = memcg;
	c->stock_pages[slot] = nr;
	if (unlikely(nr > m->charge_batch))
		drain_slot(m, c, slot);
}

/* Pages go to the memcg's slot, as find_slot() has it. */
static inline void refill_slot(struct memcg_system *m, struct memcg_cpu *c, u32 slot, u32 memcg,
			       u32 nr)
{
	if (!nr)
		return;
	if (slot == NO_SLOT) {
		new_slot(m, c, memcg, nr);
		return;
	}
	c->stock_pages[slot] += nr;
	if (c->stock_pages[slot] > m->charge_batch)
		drain_slot(m, c, slot);
}

/* Gives pages back to the CPU's stock for the next charge (refill_stock). */
static inline void memcg_refill_stock(struct memcg_system *m, u32 memcg, u32 nr, u16 cpu)
{
	struct memcg_cpu *c = &m->cpus[cpu];

	refill_slot(m, c, find_slot(m, c, memcg), memcg, nr);
}

/* Charges nr pages to the memcg and its ancestors. False: over a limit after reclaim. */
static inline bool memcg_charge(struct memcg_system *m, u32 memcg, u32 nr, u16 cpu, u16 gfp)
{
	struct memcg_cpu *c = &m->cpus[cpu];
	u32 slot = find_slot(m, c, memcg), batch = max_of(m->charge_batch, nr);

	if (slot != NO_SLOT && c->stock_pages[slot] >= nr) {
		c->stock_pages[slot] -= nr;
		return true;
	}
	if (unlikely(try_counters(m, memcg, batch)))
		return memcg_charge_slow(m, memcg, nr, cpu, gfp);
	refill_slot(m, c, slot, memcg, batch - nr);
	if (unlikely(m->has_high))
		memcg_check_high(m, memcg, batch, cpu);
	return true;
}

/* ---- owner slots ---- */

static inline void owner_put(struct memcg_system *m, u32 id)
{
	struct owner *o = owner_at(m, id);

	sim_assert(o->refs > 0);
	if (unlikely(!--o->refs))
		owner_release(m, id);
}

/*
 * Pages that a slot gives back: where objects of all memcgs share slabs, a slot that is not the active one is a
 * predecessor's. (A set of kmem_caches has one slot: memcg_slab_gone() tells them apart.)
 */
static inline void owner_foreign(struct memcg_system *m, u32 owner, u32 pages)
{
	u32 memcg = owner_at(m, owner)->memcg;

	if (unlikely(memcg_at(m, memcg)->foreign) && memcg_at(m, memcg)->owner != owner)
		memcg_foreign_gone(m, memcg, pages);
}

/* The part of a memcg's pages that slab objects take. */
static inline void add_slab_pages(struct memcg_system *m, u32 memcg, s64 nr)
{
	struct memcg *cg = memcg_at(m, memcg);

	cg->slab_pages += nr;
	cg->kmem_peak = max_of(cg->kmem_peak, cg->slab_pages);
	if (memcg != ROOT_MEMCG)
		gauge_add(&m->kmem, m->e, nr);
}

/* Pages for slab objects, charged to whom the slot belongs to. */
static inline bool owner_charge(struct memcg_system *m, u32 owner, u32 pages, u16 cpu, u16 gfp)
{
	/* reclaim may run in here, but cgroups go offline in events of their own */
	u32 memcg = owner_at(m, owner)->memcg;

	if (unlikely(!memcg_charge(m, memcg, pages, cpu, gfp)))
		return false;
	add_slab_pages(m, memcg, pages);
	return true;
}

/* To the CPU's page stock. */
static inline void owner_uncharge_stocked(struct memcg_system *m, u32 owner, u32 pages, u16 cpu)
{
	u32 memcg = owner_at(m, owner)->memcg;

	add_slab_pages(m, memcg, -(s64)pages);
	owner_foreign(m, owner, pages);
	memcg_refill_stock(m, memcg, pages, cpu);
}

#endif
