// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The wait-for graph. A thread that waits needs all who stand in its way to let go. A hot-remove whose passes
 * move nothing goes on by one of three ways: who refers to its pages lets go, somebody signals it, or it has an
 * end of its own. Who can go on is the smallest set that holds the running threads and everybody who needs no
 * other than these; the rest is stuck for ever, because all that could change it is stuck, too.
 */
#include "lock/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- edges ---- */

/* Has it a step of that kind before it? */
static bool still_to_do(const struct lock_thread *t, enum step_op op)
{
	for (u32 i = t->at; t->state != THREAD_DONE && i < t->nr_steps; i++)
		if (t->steps[i].op == op)
			return true;
	return false;
}

static bool in_the_way(const struct lock_system *s, u32 i, u32 other, struct wait_edge *edge)
{
	const struct lock_thread *t = &s->threads[i], *o = &s->threads[other];
	const struct lock_step *now = step_of(t);

	*edge = (struct wait_edge){.from = (u8)i, .to = (u8)other};
	if (i == other)
		return false;
	switch (now->op) {
	case STEP_OFFLINE:
		edge->kind = EDGE_PAGE;
		edge->page = o->page ? o->page - 1 : 0;
		return o->page && s->range.state[edge->page] != RANGE_GONE;
	case STEP_LOCK:
		edge->kind = EDGE_LOCK;
		edge->lock = now->lock;
		edge->mode = now->mode;
		return lock_conflicts(s, i, other);
	case STEP_DUMP_PIPE:
		edge->kind = EDGE_PIPE_WRITE;
		return still_to_do(o, STEP_READ_PIPE);
	case STEP_READ_PIPE:
		edge->kind = EDGE_PIPE_READ;
		return still_to_do(o, STEP_DUMP_PIPE);
	default:
		return false;
	}
}

static bool waits(const struct lock_thread *t)
{
	return t->state == THREAD_BLOCKED || t->state == THREAD_LOOPING;
}

u32 wait_edges(const struct lock_system *s, u32 thread, struct wait_edge *edges)
{
	u32 n = 0;

	for (u32 other = 0; waits(&s->threads[thread]) && other < s->nr_threads; other++)
		if (in_the_way(s, thread, other, &edges[n]))
			n++;
	return n;
}

u32 signal_edges(const struct lock_system *s, u32 thread, struct wait_edge *edges)
{
	u32 n = 0;

	if (s->threads[thread].state != THREAD_LOOPING)
		return 0;
	for (u32 other = 0; other < s->nr_threads; other++)
		if (still_to_do(&s->threads[other], STEP_SIGNAL))
			edges[n++] = (struct wait_edge){
				.from = (u8)thread, .to = (u8)other, .kind = EDGE_SIGNAL};
	return n;
}

/* ---- who can go on ---- */

static bool all_can(const struct wait_edge *edges, u32 n, u32 can)
{
	for (u32 i = 0; i < n; i++)
		if (!(can & 1U << edges[i].to))
			return false;
	return true;
}

static bool some_can(const struct wait_edge *edges, u32 n, u32 can)
{
	for (u32 i = 0; i < n; i++)
		if (can & 1U << edges[i].to)
			return true;
	return false;
}

static bool can_go_on(const struct lock_system *s, u32 i, u32 can)
{
	struct wait_edge edges[MAX_LOCK_THREADS], signals[MAX_LOCK_THREADS];
	u32 n = wait_edges(s, i, edges);

	if (s->threads[i].state != THREAD_LOOPING)
		return all_can(edges, n, can);
	return !s->loop.barren || loop_has_end(s) ||
	       (!loop_hopeless(s) && all_can(edges, n, can)) ||
	       some_can(signals, signal_edges(s, i, signals), can);
}

static u32 stuck_threads(const struct lock_system *s)
{
	u32 all = (1U << s->nr_threads) - 1, can = 0, before;

	do {
		before = can;
		for (u32 i = 0; i < s->nr_threads; i++)
			if (can_go_on(s, i, can))
				can |= 1U << i;
	} while (can != before);
	return all & ~can;
}

/* ---- cycles ---- */

/* From `at` to `goal` over what is held, through stuck threads; seen: those that were tried. */
static bool path_to(const struct lock_system *s, u32 at, u32 goal, u32 *seen, struct wait_cycle *c)
{
	struct wait_edge edges[MAX_LOCK_THREADS];
	u32 n = wait_edges(s, at, edges);

	*seen |= 1U << at;
	for (u32 i = 0; i < n; i++) {
		u32 to = edges[i].to;

		if (!(s->verdict.stuck & 1U << to))
			continue;
		c->edges[c->n++] = edges[i];
		if (to == goal || (!(*seen & 1U << to) && path_to(s, to, goal, seen, c)))
			return true;
		c->n--;
	}
	return false;
}

static void find_deadlock(struct lock_system *s)
{
	struct wait_cycle *c = &s->verdict.deadlock;

	for (u32 i = 0; !c->n && i < s->nr_threads; i++) {
		u32 seen = 0;

		if (s->verdict.stuck & 1U << i && !path_to(s, i, i, &seen, c))
			c->n = 0;
	}
}

static void find_livelock(struct lock_system *s)
{
	struct wait_cycle *c = &s->verdict.livelock;
	struct wait_edge edges[MAX_LOCK_THREADS];
	u32 n = signal_edges(s, HOT_REMOVE, edges);

	if (!(s->verdict.stuck & 1U << HOT_REMOVE) ||
	    s->threads[HOT_REMOVE].state != THREAD_LOOPING || c->n)
		return;
	for (u32 i = 0; i < n; i++) {
		u32 seen = 1U << HOT_REMOVE;

		c->edges[0] = edges[i];
		c->n = 1;
		if (path_to(s, edges[i].to, HOT_REMOVE, &seen, c))
			return;
		c->n = 0;
	}
	if (!n && loop_hopeless(s)) {
		c->edges[0] =
			(struct wait_edge){.from = HOT_REMOVE, .to = HOT_REMOVE, .kind = EDGE_SELF};
		c->n = 1;
	}
}

void wait_for_check(struct lock_system *s)
{
	u32 stuck = stuck_threads(s);

	if (stuck == s->verdict.stuck)
		return;
	if (!s->verdict.stuck)
		s->verdict.time = s->e->now;
	s->verdict.stuck = stuck;
	find_deadlock(s);
	find_livelock(s);
}

/* ---- words ---- */

__attribute__((format(printf, 4, 5))) static size_t add(char *buf, size_t len, size_t at,
							const char *fmt, ...)
{
	va_list args;
	int n;

	if (at >= len)
		return at;
	va_start(args, fmt);
	n = vsnprintf(buf + at, len - at, fmt, args);
	va_end(args);
	return n < 0 ? at : at + (size_t)n;
}

void cycle_path(const struct wait_cycle *c, char *buf, size_t len)
{
	size_t at = 0;

	*buf = '\0';
	for (u32 i = 0; i < c->n; i++)
		at = add(buf, len, at, "T%u -> ", c->edges[i].from + 1U);
	if (c->n)
		add(buf, len, at, "T%u", c->edges[c->n - 1].to + 1U);
}

static const char *const lock_names[NR_LOCKS] = {
	[CGROUP_MUTEX] = "cgroup_mutex",
	[CPU_HOTPLUG_LOCK] = "cpu_hotplug_lock",
	[MEM_HOTPLUG_LOCK] = "mem_hotplug_lock",
	[SLAB_MUTEX] = "slab_mutex",
};

/* What the last pass of the loop found in its way that nobody holds. */
static size_t obstacles_text(const struct lock_system *s, char *buf, size_t len, size_t at)
{
	const struct page_range *r = &s->range;

	if (r->pinned)
		at = add(buf, len, at, ", %u page%s neither movable nor free (-EBUSY)", r->pinned,
			 r->pinned > 1 ? "s" : "");
	if (r->pcp)
		at = add(buf, len, at, ", %u free page%s on a per-CPU list (-EBUSY)", r->pcp,
			 r->pcp > 1 ? "s" : "");
	if (r->no_room)
		at = add(buf, len, at, ", no memory to migrate %u pages to", r->no_room);
	return at;
}

static size_t edge_text(const struct lock_system *s, const struct wait_edge *e, char *buf,
			size_t len, size_t at)
{
	const struct lock_thread *to = &s->threads[e->to];

	at = add(buf, len, at, "T%u %s ", e->from + 1U, s->threads[e->from].name);
	switch ((enum edge_kind)e->kind) {
	case EDGE_LOCK:
		at = add(buf, len, at, "waits for %s", lock_names[e->lock]);
		if (e->lock == CPU_HOTPLUG_LOCK || e->lock == MEM_HOTPLUG_LOCK)
			at = add(buf, len, at, " (%s)", e->mode == LOCK_READ ? "read" : "write");
		return add(buf, len, at, " of T%u", e->to + 1U);
	case EDGE_PAGE:
		return add(buf, len, at, "can not migrate page %u, T%u %s has a reference", e->page,
			   e->to + 1U, to->name);
	case EDGE_PIPE_WRITE:
		return add(buf, len, at, "waits in pipe_write for T%u to read", e->to + 1U);
	case EDGE_PIPE_READ:
		return add(buf, len, at, "waits in pipe_read for T%u to write", e->to + 1U);
	case EDGE_SIGNAL:
		at = add(buf, len, at, "loops");
		at = obstacles_text(s, buf, len, at);
		return add(buf, len, at, ": only a signal of T%u would end it", e->to + 1U);
	case EDGE_SELF:
		at = add(buf, len, at, "loops");
		at = obstacles_text(s, buf, len, at);
		return add(buf, len, at, ": nobody is there to end it");
	}
	return at;
}

void cycle_edges(const struct lock_system *s, const struct wait_cycle *c, char *buf, size_t len)
{
	size_t at = 0;

	*buf = '\0';
	for (u32 i = 0; i < c->n; i++) {
		at = add(buf, len, at, "%s", i ? "; " : "");
		at = edge_text(s, &c->edges[i], buf, len, at);
	}
}

/* Is it in the cycle? */
static bool in_cycle(const struct wait_cycle *c, u32 thread)
{
	for (u32 i = 0; i < c->n; i++)
		if (c->edges[i].from == thread)
			return true;
	return false;
}

void victims_text(const struct lock_system *s, char *buf, size_t len)
{
	struct wait_edge edges[MAX_LOCK_THREADS];
	size_t at = 0;

	*buf = '\0';
	for (u32 i = 0; i < s->nr_threads; i++) {
		if (!(s->verdict.stuck & 1U << i) || in_cycle(&s->verdict.deadlock, i) ||
		    in_cycle(&s->verdict.livelock, i) || !wait_edges(s, i, edges))
			continue;
		at = add(buf, len, at, "%s", at ? "; " : "");
		at = edge_text(s, &edges[0], buf, len, at);
	}
}
