// SPDX-License-Identifier: GPL-3.0-or-later
/* Objects without a model of their own. Charged as SLAB_ACCOUNT and __GFP_ACCOUNT say (KERNEL_FACTS 5.1). */
#include "memcg/plain_object.h"

#define MAX_PLAIN_OBJECTS (1U << 28)

static bool make_table(struct memcg_system *m)
{
	return m->plain.base || !flat_init(&m->plain, sizeof(struct plain_object),
					   MAX_PLAIN_OBJECTS, false, &m->e->failed);
}

u32 plain_object_alloc(struct memcg_system *m, u32 cache, const struct task *t)
{
	u32 owner = 0, slab = make_table(m) ? memcg_slab_alloc(m, cache, t, -1, &owner) : 0, id;

	if (!slab)
		return 0;
	id = flat_take(&m->plain);
	if (id)
		*plain_object_at(m, id) = (struct plain_object){.owner = owner, .slab = slab};
	else
		memcg_slab_free(m, slab, owner, t->cpu);
	return id;
}

void plain_object_free(struct memcg_system *m, u32 id, u16 cpu)
{
	struct plain_object o = *plain_object_at(m, id);

	*plain_object_at(m, id) = (struct plain_object){0};
	flat_give(&m->plain, id);
	memcg_slab_free(m, o.slab, o.owner, cpu);
}
