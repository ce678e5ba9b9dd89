/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a task of a workload advances: by the CPU time of what it did, by what it read from the disk, and by
 * what reclaim on its way cost, CPU and disk. Where its time went is kept for the report.
 */
#ifndef MODELS_WORKLOAD_TASK_TIMER_H
#define MODELS_WORKLOAD_TASK_TIMER_H

#include "workload/workload.h"

#define DIRTY_PAUSE_NS (100 * NSEC_PER_MSEC) /* a writer above the limit looks again */

struct task_timer {
	struct kernel *k;
	struct io_waiter io; /* its waits: own reads, writes inside reclaim */
	bool queues; /* one of several tasks that share their CPU: they follow each other */
	u64 stall; /* direct_ns when the operation began */
	u64 cpu_ns, queued_ns,
		reclaim_ns; /* CPU of its own, waiting for a CPU, CPU inside reclaim */
};

void task_timer_init(struct task_timer *t, struct kernel *k);

/* An operation begins; what follows in this event is done on the task's behalf. */
static inline void task_begin(struct task_timer *t)
{
	t->stall = t->k->vmscan.direct_ns;
}

/* The CPU time that reclaim took since task_begin(), ns. */
static inline u64 task_stall(const struct task_timer *t)
{
	return t->k->vmscan.direct_ns - t->stall;
}

/*
 * It is over, and the task returns to user space (memory.high): `then` runs when the CPU was free for cpu_ns and for
 * reclaim's time, and when all that the operation waits for was served; wait_ns: time that it takes without the CPU.
 */
void task_end(struct task_timer *t, const struct task *task, u64 cpu_ns, u64 wait_ns,
	      void (*then)(void *ctx, u64 arg), void *ctx, u64 arg);

#endif
