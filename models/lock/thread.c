// SPDX-License-Identifier: GPL-3.0-or-later
/* Threads: what each step does, who waits, who goes on. */
#include "lock/internal.h"

/* ---- waiting ---- */

bool lock_conflicts(const struct lock_system *s, u32 waiter, u32 other)
{
	const struct lock_thread *t = &s->threads[waiter], *o = &s->threads[other];
	const struct lock_step *want = step_of(t);

	if (waiter == other || o->state == THREAD_DONE)
		return false;
	if (o->holds[want->lock])
		return want->mode == LOCK_WRITE || o->holds[want->lock] == LOCK_WRITE;
	/* a writer that waits keeps later readers out; a mutex goes to who came first */
	return o->state == THREAD_BLOCKED && step_of(o)->op == STEP_LOCK &&
	       step_of(o)->lock == want->lock && o->ticket < t->ticket &&
	       (want->mode == LOCK_WRITE || step_of(o)->mode == LOCK_WRITE);
}

static bool lock_is_free(const struct lock_system *s, u32 i)
{
	for (u32 other = 0; other < s->nr_threads; other++)
		if (lock_conflicts(s, i, other))
			return false;
	return true;
}

static void block(struct lock_system *s, struct lock_thread *t)
{
	if (t->state == THREAD_BLOCKED)
		return;
	t->state = THREAD_BLOCKED;
	t->blocked_since = s->e->now;
	engine_trail(s->e, TRAIL_WORKLOAD, (u32)(t - s->threads), t->at);
}

static void unblock(struct lock_system *s, struct lock_thread *t)
{
	if (t->state == THREAD_BLOCKED)
		t->waited += s->e->now - t->blocked_since;
	t->state = THREAD_RUNNING;
}

static void next_step(struct lock_system *s, struct lock_thread *t)
{
	unblock(s, t);
	t->at++;
	t->step_begun = false;
	t->ticket = 0;
}

static void pause_for(struct lock_system *s, struct lock_thread *t, u64 ns)
{
	t->event = engine_after(s->e, ns, thread_run, s, (u64)(t - s->threads));
}

/* ---- steps: true if the thread can go on at once ---- */

static bool step_run(struct lock_system *s, struct lock_thread *t, u64 ns)
{
	if (t->step_begun) {
		next_step(s, t);
		return true;
	}
	t->step_begun = true;
	pause_for(s, t, ns);
	return false;
}

static bool step_lock(struct lock_system *s, struct lock_thread *t)
{
	const struct lock_step *want = step_of(t);

	if (!t->ticket)
		t->ticket = ++s->tickets;
	if (!lock_is_free(s, (u32)(t - s->threads))) {
		block(s, t);
		return false;
	}
	t->holds[want->lock] = want->mode;
	next_step(s, t);
	return true;
}

static bool step_unlock(struct lock_system *s, struct lock_thread *t)
{
	sim_assert(t->holds[step_of(t)->lock]);
	t->holds[step_of(t)->lock] = 0;
	next_step(s, t);
	wake_waiters(s);
	return true;
}

/*
 * elf_core_dump(): get_dump_page(), dump_emit(), put_page() for each page. A page that was migrated before is
 * another one now, outside the range.
 */
static bool step_dump(struct lock_system *s, struct lock_thread *t, bool pipe)
{
	u32 page = s->spec.used - s->spec.core_pages + t->dumped + s->spec.pinned;

	if (t->step_begun && !t->ticket) { /* the page before was written */
		t->page = 0;
		t->step_begun = false;
		t->dumped++;
		return true;
	}
	if (t->dumped == s->spec.core_pages) {
		s->pipe_closed = true;
		next_step(s, t);
		wake_waiters(s);
		return true;
	}
	if (!t->page && s->range.state[page] == RANGE_MOVABLE)
		t->page = page + 1;
	t->step_begun = true;
	if (pipe && s->pipe_pages == PIPE_DEF_BUFFERS) {
		t->ticket = t->ticket ? t->ticket : ++s->tickets;
		block(s, t);
		return false;
	}
	unblock(s, t);
	t->ticket = 0;
	if (pipe) {
		s->pipe_pages++;
		wake_waiters(s);
	}
	pause_for(s, t, s->spec.dump_ns);
	return false;
}

static bool step_read_pipe(struct lock_system *s, struct lock_thread *t)
{
	u32 n = s->pipe_pages;

	if (!n && s->pipe_closed) {
		next_step(s, t);
		return true;
	}
	if (!n) {
		t->ticket = t->ticket ? t->ticket : ++s->tickets;
		block(s, t);
		return false;
	}
	unblock(s, t);
	t->ticket = 0;
	s->pipe_pages = 0;
	pause_for(s, t, n * s->spec.dump_ns);
	wake_waiters(s);
	return false;
}

/* The hot-remove is over: who only waited for that has no more to do. */
static void loop_over(struct lock_system *s)
{
	for (u32 i = 0; i < s->nr_threads; i++) {
		struct lock_thread *t = &s->threads[i];

		if (t->state != THREAD_AWAITING)
			continue;
		event_cancel(&s->e->queue, t->event);
		t->at = t->nr_steps;
		t->state = THREAD_RUNNING;
		pause_for(s, t, 0);
	}
}

static bool step_offline(struct lock_system *s, struct lock_thread *t)
{
	u64 delay;

	if (t->state != THREAD_LOOPING)
		s->loop.begun = s->e->now;
	t->state = THREAD_LOOPING;
	if (offline_step(s, &delay)) {
		engine_trail(s->e, TRAIL_WORKLOAD, HOT_REMOVE, s->range.migrated);
		next_step(s, t);
		return true;
	}
	if (delay)
		pause_for(s, t, delay);
	return false;
}

/* The page is off the LRU while its last user frees it, as if he still referred to it. */
static void free_begin(struct lock_system *s, struct lock_thread *t)
{
	u32 page = s->spec.pinned + s->spec.used;

	s->free_seen_isolated = s->range.isolated;
	t->page = page + 1;
	s->range.state[page] = RANGE_FREEING;
}

/* To the free list of the migrate type that was read: a movable one means the CPU's own list. */
static void free_end(struct lock_system *s, struct lock_thread *t)
{
	u32 page = t->page - 1;

	t->page = 0;
	s->range.state[page] = s->free_seen_isolated ? RANGE_GONE : RANGE_PCP;
}

static bool step_await(struct lock_system *s, struct lock_thread *t, u64 ns)
{
	if (s->loop.over) {
		t->at = t->nr_steps;
		return true;
	}
	if (t->step_begun) {
		next_step(s, t);
		return true;
	}
	t->step_begun = true;
	t->state = THREAD_AWAITING;
	pause_for(s, t, ns);
	return false;
}

static bool step(struct lock_system *s, struct lock_thread *t)
{
	const struct lock_step *now = step_of(t);

	switch ((enum step_op)now->op) {
	case STEP_RUN:
		return step_run(s, t, now->arg);
	case STEP_LOCK:
		return step_lock(s, t);
	case STEP_UNLOCK:
		return step_unlock(s, t);
	case STEP_DUMP_PIPE:
		return step_dump(s, t, true);
	case STEP_DUMP_FILE:
		return step_dump(s, t, false);
	case STEP_READ_PIPE:
		return step_read_pipe(s, t);
	case STEP_OFFLINE:
		return step_offline(s, t);
	case STEP_AWAIT:
		return step_await(s, t, now->arg);
	case STEP_ISOLATE:
		range_isolate(&s->range);
		break;
	case STEP_FREE_BEGIN:
		free_begin(s, t);
		break;
	case STEP_FREE_END:
		free_end(s, t);
		break;
	case STEP_SIGNAL:
		s->loop.signalled = true;
		break;
	}
	next_step(s, t);
	return true;
}

/* ---- running ---- */

static void run_steps(struct lock_system *s, struct lock_thread *t)
{
	while (t->at < t->nr_steps)
		if (!step(s, t))
			return;
	t->state = THREAD_DONE;
}

bool cast_done(const struct lock_system *s)
{
	for (u32 i = 0; i < s->nr_threads; i++)
		if (s->threads[i].state != THREAD_DONE)
			return false;
	return true;
}

void thread_run(void *system, u64 thread)
{
	struct lock_system *s = system;
	bool over = s->loop.over;

	run_steps(s, &s->threads[thread]);
	if (s->loop.over && !over)
		loop_over(s);
	wait_for_check(s);
	if (cast_done(s) && s->finished)
		s->finished(s->ctx);
}

static bool waits_for_this(const struct lock_system *s, const struct lock_thread *t)
{
	switch (step_of(t)->op) {
	case STEP_LOCK:
		return lock_is_free(s, (u32)(t - s->threads));
	case STEP_DUMP_PIPE:
		return s->pipe_pages < PIPE_DEF_BUFFERS;
	default:
		return s->pipe_pages || s->pipe_closed;
	}
}

/* They run in an event of their own: the waker goes on first. */
void wake_waiters(struct lock_system *s)
{
	for (u64 last = 0;;) {
		struct lock_thread *first = NULL;

		for (u32 i = 0; i < s->nr_threads; i++) {
			struct lock_thread *t = &s->threads[i];

			if (t->state == THREAD_BLOCKED && t->ticket > last &&
			    (!first || t->ticket < first->ticket))
				first = t;
		}
		if (!first)
			return;
		last = first->ticket;
		if (!waits_for_this(s, first))
			continue;
		if (step_of(first)->op == STEP_LOCK) { /* handed over, so that nobody slips in */
			first->holds[step_of(first)->lock] = step_of(first)->mode;
			next_step(s, first);
		} else {
			unblock(s, first);
		}
		pause_for(s, first, 0);
	}
}
