// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * memory.stat and /proc/kpagecgroup (mm/memcontrol.c, fs/proc/page.c), as tools/testing/selftests/cgroup/test_kmem.c
 * reads them. Recounted at each reading: nothing on the way of a charge knows of it. The kernel counts per CPU and
 * flushes; a reading is exact there, too. Slab is what the accounting charges: size + 8 of each object from v5.9 on,
 * whole slabs of a memcg's own kmem_caches before.
 */
#include "kernels/memory_stat.h"

#include "memcg/kernel_stack.h"
#include "memcg/plain_object.h"

#define OBJCG_POINTER 8

/* ---- who is charged ---- */

static bool below(const struct kernel *k, u32 memcg, u32 top)
{
	return memcg > ROOT_MEMCG && memcg_in_tree(&k->memcg, memcg, top);
}

static bool owned(const struct kernel *k, u32 owner, u32 top)
{
	return owner && below(k, owner_at(&k->memcg, owner)->memcg, top);
}

static u64 object_bytes(const struct kernel *k, u32 slab)
{
	return cache_at(&k->slab, slab_at(&k->slab, slab)->cache)->size + OBJCG_POINTER;
}

static u32 name_of(const struct vfs *v, u32 id)
{
	return v->nr_names && obj(v, id)->kind == OBJECT_DENTRY ? idmap_get(&v->name_of, id) : 0;
}

/* ---- slab ---- */

/* Per-object accounting: objects and what else was charged by the byte. */
static u64 objects_slab(const struct kernel *k, u32 top)
{
	const struct vfs *v = &k->vfs;
	u64 bytes = 0;

	for (u32 id = 1; id < v->objects.n; id++) {
		const struct object *o = obj(v, id);
		u32 name = o->kind != OBJECT_FREE ? name_of(v, id) : 0;

		if (o->kind != OBJECT_FREE && owned(k, o->owner, top))
			bytes += object_bytes(k, o->slab);
		if (name && owned(k, external_name_at(v, name)->owner, top))
			bytes += object_bytes(k, external_name_at(v, name)->slab);
	}
	for (u32 id = 1; id < nr_threads(&k->memcg); id++) {
		const struct thread_kmem *th = thread_at(&k->memcg, id);

		if (th->state == STACK_IN_USE && owned(k, th->owner, top))
			bytes += object_bytes(k, th->slab);
	}
	for (u32 id = 1; id < nr_plain_objects(&k->memcg); id++) {
		const struct plain_object *o = plain_object_at(&k->memcg, id);

		if (o->slab && owned(k, o->owner, top))
			bytes += object_bytes(k, o->slab);
	}
	return bytes;
}

/* Per-page accounting: slabs of memcgs' kmem_caches. */
static u64 slabs_slab(const struct kernel *k, u32 top)
{
	u64 pages = 0;

	for (u32 id = 1; id < k->slab.slabs.n; id++) {
		const struct slab *sl = slab_at(&k->slab, id);

		if (sl->state != SLAB_FREE && owned(k, cache_at(&k->slab, sl->cache)->owner, top))
			pages += 1U << sl->order;
	}
	return pages << k->m.page_shift;
}

/* Structures of memcgs that their parents pay for. */
static void css_charges(const struct kernel *k, u32 top, struct memory_stat *stat)
{
	const struct memcg_system *m = &k->memcg;

	for (u32 id = ROOT_MEMCG + 1; id < m->memcgs.n; id++) {
		const struct memcg *cg = memcg_at(m, id);

		if (cg->state == MEMCG_FREE || !owned(k, cg->css_owner, top))
			continue;
		for (u32 i = 0; i < cg->css_charges; i++) {
			bool slab;
			u32 bytes = memcg_css_charge(m, i, &slab);

			*(slab ? &stat->slab : &stat->percpu) += bytes;
		}
	}
}

/* ---- pages ---- */

static void page_runs(const struct kernel *k, u32 top, struct memory_stat *stat)
{
	for (u32 id = 1; id < k->pages.runs.n; id++) {
		const struct page_run *r = run_at(&k->pages, id);

		if (r->n && below(k, r->memcg, top))
			*(r->leaf ? &stat->file : &stat->anon) += (u64)r->n << k->m.page_shift;
	}
}

static void stacks(const struct kernel *k, u32 top, struct memory_stat *stat)
{
	for (u32 id = 1; id < nr_threads(&k->memcg); id++) {
		const struct thread_kmem *th = thread_at(&k->memcg, id);
		u64 bytes = (u64)th->pages << k->m.page_shift;

		if (th->state == STACK_FREE ||
		    !(below(k, th->memcg, top) || owned(k, th->stack_owner, top)))
			continue;
		*(th->state == STACK_IN_USE ? &stat->kernel_stack : &stat->unused_stacks) += bytes;
	}
}

/* ---- what is charged and used by nobody ---- */

static u64 page_stocks(const struct kernel *k, u32 top)
{
	const struct memcg_system *m = &k->memcg;
	u64 pages = 0;

	for (u32 cpu = 0; cpu < m->m->nr_cpus; cpu++)
		for (u32 i = 0; i < m->row->stock_slots; i++)
			if (below(k, m->cpus[cpu].stock_memcg[i], top))
				pages += m->cpus[cpu].stock_pages[i];
	return pages << m->m->page_shift;
}

/* Bytes of charged pages that no object has: the CPUs' byte stocks, and what they left with an obj_cgroup. */
static u64 byte_stocks(const struct kernel *k, u32 top)
{
	const struct memcg_system *m = &k->memcg;
	u64 bytes = 0;

	for (u32 cpu = 0; cpu < m->m->nr_cpus; cpu++)
		if (owned(k, m->cpus[cpu].obj_owner, top))
			bytes += m->cpus[cpu].obj_bytes;
	for (u32 id = 1; id < m->owners.n; id++)
		if (owner_at(m, id)->refs && owned(k, id, top))
			bytes += owner_at(m, id)->nr_charged_bytes;
	return bytes;
}

void memory_stat_read(const struct kernel *k, u32 memcg, struct memory_stat *stat)
{
	u64 bytes = byte_stocks(k, memcg);

	*stat = (struct memory_stat){
		.current = (u64)memcg_at(&k->memcg, memcg)->usage << k->m.page_shift,
		.stocks = page_stocks(k, memcg),
	};
	stat->slab =
		k->memcg.accounting->shared_caches ? objects_slab(k, memcg) : slabs_slab(k, memcg);
	css_charges(k, memcg, stat);
	page_runs(k, memcg, stat);
	stacks(k, memcg, stat);
	stat->kernel = stat->slab + stat->kernel_stack + stat->percpu;
	/* MEMCG_KMEM counts pages as they are charged */
	*(k->row->stat_kernel ? &stat->kernel : &stat->stocks) += bytes;
	for (u32 id = memcg_next(&k->memcg, memcg, memcg); id;
	     id = memcg_next(&k->memcg, id, memcg))
		stat->nr_dying += memcg_dying(memcg_at(&k->memcg, id));
}

/* ---- /proc/kpagecgroup ---- */

static void name_page(const struct kernel *k, struct kpagecgroup *p, u32 memcg, u64 pages)
{
	if (memcg == ROOT_MEMCG)
		return;
	p->charged += pages;
	if (memcg >= k->memcg.memcgs.n || memcg_at(&k->memcg, memcg)->state == MEMCG_FREE)
		p->lost += pages;
	else if (memcg_dying(memcg_at(&k->memcg, memcg)))
		p->dying += pages;
}

/* page_cgroup_ino() has an answer for slabs of a memcg's cache; a shared slab is many memcgs', and none's there. */
static void name_slabs(const struct kernel *k, struct kpagecgroup *p)
{
	for (u32 id = 1; id < k->slab.slabs.n; id++) {
		const struct slab *sl = slab_at(&k->slab, id);
		u32 owner = sl->state != SLAB_FREE ? cache_at(&k->slab, sl->cache)->owner : 0;

		if (owner)
			name_page(k, p, owner_at(&k->memcg, owner)->memcg, 1U << sl->order);
	}
}

void kpagecgroup_read(const struct kernel *k, struct kpagecgroup *p)
{
	*p = (struct kpagecgroup){0};
	for (u32 i = 0; i < k->m.pages.nr_zones; i++)
		p->pages += k->m.pages.zones[i].managed;
	name_slabs(k, p);
	for (u32 id = 1; id < k->pages.runs.n; id++)
		if (run_at(&k->pages, id)->n)
			name_page(k, p, run_at(&k->pages, id)->memcg, run_at(&k->pages, id)->n);
	for (u32 id = 1; id < nr_threads(&k->memcg); id++) {
		const struct thread_kmem *th = thread_at(&k->memcg, id);

		if (th->state == STACK_FREE)
			continue;
		if (th->stack_owner)
			name_page(k, p, owner_at(&k->memcg, th->stack_owner)->memcg, th->pages);
		else if (th->memcg)
			name_page(k, p, th->memcg, th->pages);
	}
}
