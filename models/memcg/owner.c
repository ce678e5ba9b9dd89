// SPDX-License-Identifier: GPL-3.0-or-later
/* Owner slots: obj_cgroup and its reparenting (KERNEL_FACTS 5.3), or a memcg's set of caches (5.2). */
#include "memcg/stock.h"

u32 owner_new(struct memcg_system *m, u32 memcg)
{
	u32 id = flat_take(&m->owners);

	if (id)
		*owner_at(m, id) = (struct owner){.memcg = memcg, .refs = 1};
	return id;
}

static void chain(struct memcg_system *m, u32 id, u32 memcg)
{
	struct owner *o = owner_at(m, id);
	u32 *head = &memcg_at(m, memcg)->owners;

	o->prev = 0;
	o->next = *head;
	if (*head)
		owner_at(m, *head)->prev = id;
	*head = id;
}

static void unchain(struct memcg_system *m, u32 id)
{
	struct owner *o = owner_at(m, id);

	if (o->prev)
		owner_at(m, o->prev)->next = o->next;
	else if (memcg_at(m, o->memcg)->owners == id)
		memcg_at(m, o->memcg)->owners = o->next;
	if (o->next)
		owner_at(m, o->next)->prev = o->prev;
}

/* obj_cgroup_release() */
void owner_release(struct memcg_system *m, u32 id)
{
	struct owner *o = owner_at(m, id);
	u32 pages;

	/* what the stocks gave back adds up to whole pages */
	pages = o->nr_charged_bytes >> m->m->page_shift;
	sim_assert((o->nr_charged_bytes & (m->m->page_size - 1)) == 0);
	if (pages)
		owner_uncharge(m, id, pages);
	unchain(m, id);
	owner_at(m, id)->memcg = 0;
	flat_give(&m->owners, id);
}

void owner_retire(struct memcg_system *m, u32 memcg)
{
	u32 id = memcg_at(m, memcg)->owner;

	memcg_at(m, memcg)->owner = 0;
	if (!id)
		return;
	chain(m, id, memcg);
	owner_put(m, id);
}

void owners_reparent(struct memcg_system *m, u32 memcg)
{
	struct memcg *cg = memcg_at(m, memcg), *parent = memcg_at(m, cg->parent);
	u32 last = 0;

	for (u32 id = cg->owners; id; id = owner_at(m, id)->next) {
		owner_at(m, id)->memcg = cg->parent;
		last = id;
		m->e->visited++;
		m->offline_records++;
	}
	if (last) {
		owner_at(m, last)->next = parent->owners;
		if (parent->owners)
			owner_at(m, parent->owners)->prev = last;
		parent->owners = cg->owners;
		cg->owners = 0;
	}
	/* the parent's hierarchical count has these pages already */
	parent->pages += cg->slab_pages;
	parent->slab_pages += cg->slab_pages;
	parent->kmem_peak = max_of(parent->kmem_peak, parent->slab_pages);
	if (cg->parent == ROOT_MEMCG) {
		gauge_add(&m->usage, m->e, -cg->slab_pages);
		gauge_add(&m->kmem, m->e, -cg->slab_pages);
	}
	cg->pages -= cg->slab_pages;
	cg->usage -= cg->slab_pages;
	if (memcg_dying(cg))
		gauge_add(&m->dying_bytes, m->e, -cg->slab_pages * (s64)m->m->page_size);
	if (memcg_dying(parent))
		gauge_add(&m->dying_bytes, m->e, cg->slab_pages * (s64)m->m->page_size);
	cg->slab_pages = 0;
}

void owner_uncharge(struct memcg_system *m, u32 owner, u32 pages)
{
	u32 memcg = owner_at(m, owner)->memcg;

	if (!pages)
		return;
	add_slab_pages(m, memcg, -(s64)pages);
	owner_foreign(m, owner, pages);
	memcg_uncharge(m, memcg, pages);
}
