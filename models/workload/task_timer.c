// SPDX-License-Identifier: GPL-3.0-or-later
/* When a task goes on: our own bookkeeping over vmscan's stalls, the CPUs and the disk. */
#include "workload/task_timer.h"

void task_timer_init(struct task_timer *t, struct kernel *k)
{
	*t = (struct task_timer){.k = k, .io = {.disk = &k->m.disk}};
}

void task_end(struct task_timer *t, const struct task *task, u64 cpu_ns, u64 wait_ns,
	      void (*then)(void *ctx, u64 arg), void *ctx, u64 arg)
{
	struct vmscan *v = &t->k->vmscan;
	u64 now = v->e->now, from = cpu_free_at(v, task->cpu), reclaim, until;

	if (t->queues)
		from = max_of(from, v->cpu_task_until[task->cpu]);

	handle_over_high(v, task->memcg, task->cpu);
	reclaim = task_stall(t);
	until = from + cpu_ns + reclaim;
	v->cpu_task_until[task->cpu] = until;
	t->cpu_ns += cpu_ns;
	t->queued_ns += from - now;
	t->reclaim_ns += reclaim;
	io_wait(&t->io, until + wait_ns - now, then, ctx, arg);
}
