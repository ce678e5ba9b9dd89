// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Models kernel/fork.c: alloc_thread_stack_node() with CONFIG_VMAP_STACK, and the charges of its pages. Up to 4.19
 * the pages are charged where they are allocated (__GFP_ACCOUNT), so that a stack that a CPU keeps goes on being its
 * first owner's, and pins it; from 9b6f7e163cd0 (v4.20) on they are charged when a task gets the stack and uncharged
 * when it goes. From b4e0b68fbd9d (v5.13) on the obj_cgroup holds the charge, which goes to the parent at offline.
 *
 * Not modelled: the vm_struct and vmalloc's page tables, the delay of freeing by RCU, and of a task's other
 * structures all but task_struct (signal, sighand, cred, pid, mm).
 */
#include "memcg/kernel_stack.h"

#include "memcg/stock.h"

#include <errno.h>

#define MAX_THREADS (1U << 22)

static int make_table(struct memcg_system *m)
{
	struct cache_spec spec = {
		.name = "task_struct", .object_size = m->row->task_struct, .flags = CACHE_ACCOUNT};

	if (m->task_struct_cache)
		return 0;
	spec.size = (spec.object_size + 63) & ~63U;
	if (flat_init(&m->threads, sizeof(struct thread_kmem), MAX_THREADS, false, &m->e->failed))
		return -ENOMEM;
	m->task_struct_cache = kmem_cache_create(m->slab, &spec);
	if (m->task_struct_cache)
		return 0;
	flat_destroy(&m->threads);
	return -ENOMEM;
}

/* ---- charges ---- */

static void uncharge_stack(struct memcg_system *m, struct thread_kmem *th, u16 cpu)
{
	if (th->stack_owner) {
		owner_uncharge_stocked(m, th->stack_owner, th->pages, cpu);
		owner_put(m, th->stack_owner);
	} else if (th->memcg) {
		memcg_uncharge(m, th->memcg, th->pages);
		if (!counts_refs(m))
			memcg_put(m, th->memcg, th->pages);
	}
	th->stack_owner = th->memcg = 0;
}

/* memcg_charge_kernel_stack(): page by page. */
static bool charge_stack(struct memcg_system *m, struct thread_kmem *th, const struct task *t)
{
	u32 memcg = memcg_nearest_online(m, t->memcg), owner = memcg_at(m, memcg)->owner, n = 0;
	bool by_owner = m->accounting->charge_bytes && !m->row->kmem_pages_pin;

	/* nor is anything charged where nobody opted in for kernel memory */
	if (memcg == ROOT_MEMCG || m->accounting == &accounting_none || !memcg_at(m, memcg)->kmem)
		return true;
	while (n < th->pages && (by_owner ? owner_charge(m, owner, 1, t->cpu, t->gfp)
					  : memcg_charge(m, memcg, 1, t->cpu, t->gfp)))
		n++;
	if (by_owner) {
		th->stack_owner = owner;
		owner_get(m, owner);
	} else {
		th->memcg = memcg;
		if (!counts_refs(m))
			memcg_get(m, memcg, n);
	}
	if (n == th->pages)
		return true;
	th->pages = (u8)n;
	uncharge_stack(m, th, t->cpu);
	return false;
}

/* ---- stacks ---- */

static void free_pages_of(struct memcg_system *m, struct thread_kmem *th, u32 n)
{
	while (n)
		free_pages(&m->m->pages, th->pfn[--n], 0);
}

/* One that this CPU kept moves to the new record, with whoever it is charged to. */
static bool cached_stack(struct memcg_system *m, struct thread_kmem *th, u16 cpu)
{
	for (u32 i = 0; i < NR_CACHED_STACKS; i++) {
		u32 id = m->cpus[cpu].stacks[i];

		if (!id)
			continue;
		m->cpus[cpu].stacks[i] = 0;
		*th = *thread_at(m, id);
		*thread_at(m, id) = (struct thread_kmem){0};
		flat_give(&m->threads, id);
		return true;
	}
	return false;
}

static bool new_stack(struct memcg_system *m, struct thread_kmem *th, const struct task *t)
{
	u32 pages = max_of(THREAD_SIZE / m->m->page_size, 1U);

	*th = (struct thread_kmem){.pages = (u8)pages};
	for (u32 i = 0; i < pages; i++) {
		th->pfn[i] = alloc_pages(&m->m->pages, cpu_to_node(m->m, t->cpu), 0,
					 MIGRATE_UNMOVABLE, t->gfp);
		if (!th->pfn[i]) {
			free_pages_of(m, th, i);
			return false;
		}
	}
	if (m->row->stack_charged_by_task || charge_stack(m, th, t))
		return true;
	free_pages_of(m, th, pages);
	return false;
}

static void drop_stack(struct memcg_system *m, u32 id, u16 cpu)
{
	struct thread_kmem *th = thread_at(m, id);

	uncharge_stack(m, th, cpu);
	free_pages_of(m, th, th->pages);
	*th = (struct thread_kmem){0};
	flat_give(&m->threads, id);
}

static void free_stack(struct memcg_system *m, u32 id, u16 cpu)
{
	struct thread_kmem *th = thread_at(m, id);

	th->state = STACK_CACHED;
	th->slab = th->owner = 0;
	if (m->row->stack_charged_by_task)
		uncharge_stack(m, th, cpu);
	for (u32 i = 0; i < NR_CACHED_STACKS; i++)
		if (!m->cpus[cpu].stacks[i]) {
			m->cpus[cpu].stacks[i] = id;
			return;
		}
	drop_stack(m, id, cpu);
}

void cached_stacks_free(struct memcg_system *m, u16 cpu)
{
	for (u32 i = 0; i < NR_CACHED_STACKS; i++) {
		if (m->cpus[cpu].stacks[i])
			drop_stack(m, m->cpus[cpu].stacks[i], cpu);
		m->cpus[cpu].stacks[i] = 0;
	}
}

u32 thread_new(struct memcg_system *m, const struct task *t)
{
	struct thread_kmem th;
	u32 id, slab, owner;

	if (make_table(m))
		return 0;
	slab = memcg_slab_alloc(m, m->task_struct_cache, t, -1, &owner);
	if (!slab)
		return 0;
	if (!cached_stack(m, &th, t->cpu) && !new_stack(m, &th, t)) {
		memcg_slab_free(m, slab, owner, t->cpu);
		return 0;
	}
	id = flat_take(&m->threads);
	if (id) {
		*thread_at(m, id) = th;
		if (!m->row->stack_charged_by_task || charge_stack(m, thread_at(m, id), t)) {
			thread_at(m, id)->state = STACK_IN_USE;
			thread_at(m, id)->slab = slab;
			thread_at(m, id)->owner = owner;
			gauge_add(&m->kernel_stack, m->e, (s64)th.pages << m->m->page_shift);
			return id;
		}
		thread_at(m, id)->pages = th.pages;
		free_stack(m, id, t->cpu);
	} else {
		uncharge_stack(m, &th, t->cpu);
		free_pages_of(m, &th, th.pages);
	}
	memcg_slab_free(m, slab, owner, t->cpu);
	return 0;
}

void thread_exit(struct memcg_system *m, u32 thread, u16 cpu)
{
	u32 slab = thread_at(m, thread)->slab, owner = thread_at(m, thread)->owner;

	gauge_add(&m->kernel_stack, m->e, -((s64)thread_at(m, thread)->pages << m->m->page_shift));
	free_stack(m, thread, cpu);
	/* delayed_put_task_struct() */
	memcg_slab_free(m, slab, owner, cpu);
}
