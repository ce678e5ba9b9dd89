// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/task_timer.h"

void task_timer_init(struct task_timer *t, struct kernel *k)
{
	*t = (struct task_timer){.k = k, .io = {.disk = &k->m.disk}};
}

void task_end(struct task_timer *t, u16 cpu, u64 cpu_ns, u64 wait_ns,
	      void (*then)(void *ctx, u64 arg), void *ctx, u64 arg)
{
	u64 now = t->k->e->now, reclaim = task_stall(t), from = cpu_free_at(&t->k->vmscan, cpu);
	u64 until = from + cpu_ns + reclaim;

	if (cpu_ns)
		t->k->vmscan.cpu_busy_until[cpu] = until;
	t->cpu_ns += cpu_ns;
	t->queued_ns += from - now;
	t->reclaim_ns += reclaim;
	io_wait(&t->io, until + wait_ns - now, then, ctx, arg);
}
