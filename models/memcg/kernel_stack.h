/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the kernel holds for a thread: its stack (CONFIG_VMAP_STACK: single pages, THREAD_SIZE) and its task_struct,
 * charged to the memcg that it runs in. A CPU keeps two stacks of tasks that are gone for the next ones.
 */
#ifndef MODELS_MEMCG_KERNEL_STACK_H
#define MODELS_MEMCG_KERNEL_STACK_H

#include "memcg/memcg.h"

#define THREAD_SIZE 16384
#define STACK_PAGES 4

enum stack_state {
	STACK_FREE = 0,
	STACK_IN_USE,
	STACK_CACHED, /* a stack without a task */
};

struct thread_kmem {
	u32 next; /* first: free list */
	u32 pfn[STACK_PAGES];
	u32 memcg; /* that the pages are charged to; 0: none, or an owner slot is */
	u32 stack_owner; /* the owner slot; 0: none */
	u32 slab, owner; /* of the task_struct */
	u8 pages;
	u8 state; /* enum stack_state */
	u16 unused;
};

static inline struct thread_kmem *thread_at(const struct memcg_system *m, u32 id)
{
	return (struct thread_kmem *)(void *)m->threads.base + id;
}

/* How many records there are; they begin at 1. */
static inline u32 nr_threads(const struct memcg_system *m)
{
	return m->task_struct_cache ? m->threads.n : 0;
}

/* copy_process(): a thread of the task's memcg. Id, or 0: no memory, or over a limit. */
u32 thread_new(struct memcg_system *m, const struct task *t);
void thread_exit(struct memcg_system *m, u32 thread, u16 cpu);
/* free_vm_stack_cache(): the CPU gives up the stacks that it keeps, as one that goes offline does. */
void cached_stacks_free(struct memcg_system *m, u16 cpu);

#endif
