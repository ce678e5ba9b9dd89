// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What was proposed against the hang (SEEDS E4, E5, E6). A fix is a change of the cast. Which edge of a cycle it
 * takes out follows from the programs: the edge is gone if its thread has no such step any more, if who stands
 * in the way no longer holds it where it waits, or if the loop has an end now. Whether that helps is run.
 */
#include "lock/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void new_slab_controller(struct cast_spec *c)
{
	c->policy = &hotplug_lock_free;
}

static void drop_hotplug_lock(struct cast_spec *c)
{
	c->lock.get_online_mems = MEMS_NOT;
}

static void reverse_order(struct cast_spec *c)
{
	c->lock.get_online_mems = MEMS_BEFORE;
}

static void core_to_file(struct cast_spec *c)
{
	if (c->core)
		c->core = CORE_FILE;
}

/* retry_max of before 72b39cfc4d75 */
static void limit_retries(struct cast_spec *c)
{
	c->retries = 5;
}

/* before ecde0f3e7f9e */
static void limit_time(struct cast_spec *c)
{
	c->timeout = 120 * NSEC_PER_SEC;
}

static void signal_back_off(struct cast_spec *c)
{
	c->signal = 30 * NSEC_PER_SEC;
}

static void drain_again(struct cast_spec *c)
{
	c->drain = DRAIN_EACH_PASS;
}

static const struct {
	const char *name;
	void (*apply)(struct cast_spec *c);
} fixes[] = {
	{"slab controller of v5.9", new_slab_controller},
	{"no hotplug lock in deactivation", drop_hotplug_lock},
	{"lock order reversed", reverse_order},
	{"core to a file", core_to_file},
	{"5 retries", limit_retries},
	{"timeout of 120 s", limit_time},
	{"a signal after 30 s", signal_back_off},
	{"drain each pass", drain_again},
};

u32 nr_fixes(void)
{
	return ARRAY_SIZE(fixes);
}

/* The step that a stuck thread waits in, in the same thread of the other cast. */
static u32 same_step(const struct lock_system *s, u32 thread, const struct lock_system *fixed,
		     const struct lock_thread **t)
{
	const struct lock_thread *old = &s->threads[thread];
	const struct lock_step *now = step_of(old);

	for (u32 i = 0; i < fixed->nr_threads; i++) {
		*t = &fixed->threads[i];
		for (u32 at = 0; !strcmp((*t)->name, old->name) && at < (*t)->nr_steps; at++)
			if ((*t)->steps[at].op == now->op && (*t)->steps[at].lock == now->lock &&
			    (*t)->steps[at].mode == now->mode)
				return at;
	}
	return NONE_U32;
}

static bool holds_before(const struct lock_thread *t, u32 step, u32 lock)
{
	bool holds = false;

	for (u32 i = 0; i < step; i++)
		if (t->steps[i].lock == lock && t->steps[i].op == STEP_LOCK)
			holds = true;
		else if (t->steps[i].lock == lock && t->steps[i].op == STEP_UNLOCK)
			holds = false;
	return holds;
}

/* Has the loop of that cast a way out that the verdict's had not? */
static bool loop_ends(const struct lock_system *s, const struct lock_system *fixed)
{
	const struct page_range *r = &s->range;
	bool pcp_alone = r->pcp && !r->busy && !r->pinned && !r->no_room;

	return loop_has_end(fixed) || (fixed->spec.signal && !s->spec.signal) ||
	       (pcp_alone && fixed->spec.drain == DRAIN_EACH_PASS);
}

static bool cuts(const struct lock_system *s, const struct lock_system *fixed,
		 const struct wait_edge *e)
{
	const struct lock_thread *t;
	u32 at;

	if (same_step(s, e->from, fixed, &t) == NONE_U32)
		return true;
	if (s->threads[e->from].state == THREAD_LOOPING && loop_ends(s, fixed))
		return true;
	if (e->kind != EDGE_LOCK)
		return false;
	at = same_step(s, e->to, fixed, &t);
	return at != NONE_U32 && !holds_before(t, at, e->lock);
}

static bool cut_of(const struct lock_system *s, const struct lock_system *fixed,
		   const struct wait_cycle *c, struct wait_edge *edge)
{
	for (u32 i = 0; i < c->n; i++) {
		*edge = c->edges[i];
		if (cuts(s, fixed, edge))
			return true;
	}
	return false;
}

/* Who is stuck has no events left, and the others come to their end. */
static void run_alone(struct lock_system *fixed, struct engine *e)
{
	cast_start(fixed);
	while (engine_step(e))
		;
}

int fix_try(const struct lock_system *s, u32 i, struct fix_result *out)
{
	struct cast_spec spec = s->spec;
	struct lock_system *fixed = malloc(sizeof(*fixed));
	struct engine *e = malloc(sizeof(*e));
	int ret = -ENOMEM;

	*out = (struct fix_result){.name = fixes[i].name};
	fixes[i].apply(&spec);
	if (fixed && e)
		ret = engine_init(e);
	if (!ret) {
		ret = cast_init(fixed, e, &spec);
		out->cuts_deadlock = cut_of(s, fixed, &s->verdict.deadlock, &out->deadlock);
		out->cuts_livelock = cut_of(s, fixed, &s->verdict.livelock, &out->livelock);
		if (!ret)
			run_alone(fixed, e);
		out->stuck = fixed->verdict.stuck != 0;
		out->offlined = fixed->loop.over && !fixed->loop.result;
		cast_destroy(fixed);
		engine_destroy(e);
	}
	free(fixed);
	free(e);
	return ret;
}
