// SPDX-License-Identifier: GPL-3.0-or-later
/* Models calculate_order() of mm/slub.c, up to 6.6 and from 6.7 on (KERNEL_FACTS 4.1). */
#include "slab/slab.h"

#define SLUB_MAX_ORDER 3 /* PAGE_ALLOC_COSTLY_ORDER */
#define MAX_OBJS_PER_SLAB 32767

static u32 fls(u32 x)
{
	return x ? 32 - (u32)__builtin_clz(x) : 0;
}

/* Smallest order from min_order on that wastes at most 1/fraction; NONE_U32 if none does. */
static u32 order_with_waste(u64 page, u32 size, u32 min_order, u32 fraction)
{
	for (u32 order = min_order; order <= SLUB_MAX_ORDER; order++) {
		u64 slab = page << order;

		if (slab >= size && slab % size <= slab / fraction)
			return order;
	}
	return NONE_U32;
}

static u32 old_order(u64 page, u32 size, u32 min_objects)
{
	for (; min_objects > 1; min_objects--) {
		for (u32 fraction = 16; fraction >= 4; fraction /= 2) {
			u32 order = order_with_waste(
				page, size, order_for((u64)min_objects * size, page), fraction);

			if (order != NONE_U32)
				return order;
		}
	}
	/* one object a slab: no bound on waste */
	return order_for(size, page);
}

static u32 new_order(u64 page, u32 size, u32 min_objects)
{
	u32 min_order = order_for((u64)min_objects * size, page);

	for (u32 fraction = 16; fraction > 1; fraction /= 2) {
		u32 order = order_with_waste(page, size, min_order, fraction);

		if (order != NONE_U32)
			return order;
	}
	return order_for(size, page);
}

void slab_order(const struct slab_system *s, u32 size, u32 *order, u32 *objects)
{
	u64 page = s->m->page_size;
	u32 cpus = s->m->nr_cpus, min_objects;

	/* kernels that look at the present CPUs fall back where that says one */
	if (s->row->slub_present_cpus && s->m->nr_present > 1)
		cpus = s->m->nr_present;
	min_objects = 4 * (fls(cpus) + 1);
	min_objects = min_of(min_objects, max_of((u32)((page << SLUB_MAX_ORDER) / size), 1U));
	*order = s->row->slub_order_new ? new_order(page, size, min_objects)
					: old_order(page, size, min_objects);
	*objects = (u32)min_of((page << *order) / size, (u64)MAX_OBJS_PER_SLAB);
}
