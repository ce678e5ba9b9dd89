/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of models/lock share. */
#ifndef MODELS_LOCK_INTERNAL_H
#define MODELS_LOCK_INTERNAL_H

#include "lock/lock.h"

#define HOT_REMOVE 0 /* thread: always the first */
#define CHUNK_PAGES 512 /* migrated between two looks at the clock */

static inline const struct lock_step *step_of(const struct lock_thread *t)
{
	return &t->steps[t->at];
}

/* Runs a thread until time has to pass, it waits, or it is done. */
void thread_run(void *system, u64 thread);
/* Locks and the pipe changed: who waits for them tries again, longest first. */
void wake_waiters(struct lock_system *s);

/* Makes the range; 0 or -ENOMEM. */
int range_init(struct page_range *r, const struct cast_spec *spec);
void range_isolate(struct page_range *r);
/* One stretch of the loop. True: it is over. Else *delay is the time until the next, 0: there is none. */
bool offline_step(struct lock_system *s, u64 *delay);
/* Would the loop end by itself? */
bool loop_has_end(const struct lock_system *s);
/* Is something in its way that nobody holds? */
bool loop_hopeless(const struct lock_system *s);

/* Is it in the way of whoever wants the lock in that mode? */
bool lock_conflicts(const struct lock_system *s, u32 waiter, u32 other);
/* Edges of a thread to others, without those of kind EDGE_SIGNAL. Returns how many. */
u32 wait_edges(const struct lock_system *s, u32 thread, struct wait_edge *edges);
u32 signal_edges(const struct lock_system *s, u32 thread, struct wait_edge *edges);

#endif
