// SPDX-License-Identifier: GPL-3.0-or-later
/* Models call_rcu(): callbacks run on the CPU that queued them (KERNEL_FACTS 4.2). */
#include "machine/machine.h"

#include <errno.h>
#include <stdlib.h>

int rcu_init(struct machine *m, u64 grace_period)
{
	m->rcu = (struct rcu){
		.cpus = calloc(m->nr_cpus, sizeof(struct rcu_cpu)),
		.nr_cpus = m->nr_cpus,
		.grace_period = grace_period,
		.machine = m,
	};
	return m->rcu.cpus ? 0 : -ENOMEM;
}

void rcu_destroy(struct machine *m)
{
	for (u32 i = 0; m->rcu.cpus && i < m->rcu.nr_cpus; i++) {
		free(m->rcu.cpus[i].gathering.items);
		free(m->rcu.cpus[i].waiting.items);
	}
	free(m->rcu.cpus);
	m->rcu.cpus = NULL;
}

static void run_batch(struct machine *m, u16 cpu, struct rcu_batch *batch)
{
	for (u32 i = 0; i < batch->n; i++)
		m->ops->rcu_free(m->ops->kernel, batch->items[i].kind, batch->items[i].arg, cpu);
	m->rcu.pending_items -= batch->n;
	batch->n = 0;
}

static void grace_period_over(void *ctx, u64 cpu)
{
	struct machine *m = ctx;
	struct rcu_cpu *c = &m->rcu.cpus[cpu];
	struct rcu_batch done = c->waiting;

	/* a callback may queue: it must find the batches in order */
	c->waiting = c->gathering;
	c->gathering = (struct rcu_batch){0};
	engine_trail(m->e, TRAIL_RCU, (u32)cpu, done.n);
	c->pending = c->waiting.n > 0;
	if (c->pending)
		engine_after(m->e, m->rcu.grace_period, grace_period_over, m, cpu);
	run_batch(m, (u16)cpu, &done);
	/* keep the memory for the next batch */
	if (!c->gathering.items)
		c->gathering = done;
	else
		free(done.items);
}

static bool batch_add(struct rcu_batch *batch, u32 kind, u32 arg)
{
	if (batch->n == batch->cap) {
		u32 cap = batch->cap ? batch->cap * 2 : 64;
		struct rcu_item *items = realloc(batch->items, cap * sizeof(*items));

		if (!items)
			return false;
		batch->items = items;
		batch->cap = cap;
	}
	batch->items[batch->n++] = (struct rcu_item){kind, arg};
	return true;
}

void call_rcu(struct machine *m, u16 cpu, u32 kind, u32 arg)
{
	struct rcu_cpu *c = &m->rcu.cpus[cpu];
	struct rcu_batch *batch = c->pending ? &c->gathering : &c->waiting;

	if (!batch_add(batch, kind, arg)) {
		m->e->failed = -ENOMEM;
		return;
	}
	m->rcu.pending_items++;
	if (!c->pending) {
		c->pending = true;
		engine_after(m->e, m->rcu.grace_period, grace_period_over, m, cpu);
	}
}

void rcu_barrier(struct machine *m)
{
	while (m->rcu.pending_items && !m->e->failed) {
		for (u32 cpu = 0; cpu < m->rcu.nr_cpus; cpu++) {
			struct rcu_cpu *c = &m->rcu.cpus[cpu];
			struct rcu_batch waiting = c->waiting, gathering = c->gathering;

			/* the pending event finds empty batches and does nothing */
			c->waiting = c->gathering = (struct rcu_batch){0};
			run_batch(m, (u16)cpu, &waiting);
			run_batch(m, (u16)cpu, &gathering);
			free(waiting.items);
			free(gathering.items);
		}
	}
}
