/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RCU: what is queued on a CPU is freed there after a grace period. A CPU has one batch waiting and
 * one gathering, as call_rcu's segments work: what comes while a grace period runs waits for the
 * next one. The length of a grace period is an input (machine.rcu_grace_period).
 */
#ifndef MODELS_MACHINE_RCU_H
#define MODELS_MACHINE_RCU_H

#include "engine/engine.h"

struct machine;

struct rcu_item {
	u32 kind; /* of the caller's choosing: ops->rcu_free gets it back */
	u32 arg;
};

struct rcu_batch {
	struct rcu_item *items;
	u32 n, cap;
};

struct rcu_cpu {
	struct rcu_batch gathering, waiting;
	bool pending; /* a grace period runs for `waiting` */
};

struct rcu {
	struct rcu_cpu *cpus;
	u32 nr_cpus;
	u64 grace_period; /* ns */
	u64 pending_items;
	struct machine *machine;
};

int rcu_init(struct machine *m, u64 grace_period);
void rcu_destroy(struct machine *m);
/* Queues an item on a CPU. When out of memory it is freed at once (and engine.failed is set). */
void call_rcu(struct machine *m, u16 cpu, u32 kind, u32 arg);
/* Ends every grace period now, until nothing is queued: rcu_barrier() of all CPUs. */
void rcu_barrier(struct machine *m);

#endif
