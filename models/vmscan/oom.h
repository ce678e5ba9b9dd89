/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The OOM killer (mm/oom_kill.c): whom it kills when neither reclaim nor a limit gives any more, and the verdict
 * on it. Tasks are the workloads': they name the one with the largest resident set and end it.
 *
 * The oom_reaper takes a victim's memory while who called waits; here it is back when kill() returns. Only the task
 * that is running goes on to the end of its operation. Not modelled: oom_score_adj, memory.oom.group.
 */
#ifndef MODELS_VMSCAN_OOM_H
#define MODELS_VMSCAN_OOM_H

#include "ops.h"

#define MAX_OOM_VERDICTS 4 /* the first are kept in full */

/* A task that can be killed. */
struct oom_task {
	bool found;
	u32 index; /* the owner's own number of it */
	u32 memcg;
	u64 pages; /* resident: what oom_badness() goes by */
	const char *name;
	u32 number; /* name and number: of a series; 0 = the name alone */
	void *owner; /* struct workload */
};

/* Who owns tasks; bound when a world is built. */
struct oom_ops {
	/* Makes *task the largest one of a memcg's tree. The root's: those whose memory is modelled. */
	void (*select)(void *ctx, u32 memcg, struct oom_task *task);
	enum oom_result (*kill)(void *ctx, const struct oom_task *task);
	void *ctx;
};

/* What stood in the log. Bytes. */
struct oom_verdict {
	u64 time;
	bool limit; /* a memcg's memory.max; else the machine's memory */
	char memcg[128]; /* its path */
	u64 max; /* limit */
	u32 node, order; /* of the allocation */
	const char *zone; /* its first zone */
	s64 zone_free;
	u64 zone_min;
	u64 anon, file, slab, other, free; /* of a memcg: slab is all kernel memory */
	u64 dying; /* part of these: what dying cgroups hold, structures and pages */
	bool killed; /* else there was nobody to kill */
	char task[128];
	u64 task_anon;
};

struct oom {
	struct oom_ops ops;
	bool current_dies; /* the running task was chosen and has not exited yet */
	u64 kills, kills_limit; /* all; at a memcg's limit */
	u64 nobody; /* times that there was no task to kill */
	u64 last; /* time of the last kill */
	struct oom_verdict verdicts[MAX_OOM_VERDICTS];
	u32 nr_verdicts;
};

/* Of two tasks the larger; the first of equals. */
void oom_consider(struct oom_task *best, const struct oom_task *task);
/* The running task, having been chosen, exits. */
static inline void oom_current_exits(struct oom *o)
{
	o->current_dies = false;
}

#endif
