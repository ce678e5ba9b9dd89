/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The event queue: what happens next, in order of simulated time; equal times in order of pushing.
 *
 * An implicit 4-ary heap of 16-byte keys (time, then a sequence number that makes every key
 * different), laid out so that the four children of a node are one cache line; what an event does
 * stands beside it in a slot that never moves. Popping leaves a hole at the root that the next push
 * fills, because a simulation's handler nearly always schedules its successor: one walk down the
 * heap instead of two. Cancelling marks the slot; the key is dropped when it surfaces, or when dead
 * keys are more than half of the heap.
 */
#ifndef SIM_ENGINE_EVENT_QUEUE_H
#define SIM_ENGINE_EVENT_QUEUE_H

#include "engine/base.h"

struct event {
	void (*fn)(void *ctx, u64 arg);
	void *ctx;
	u64 arg;
};

/* Names a pending event until it has run or was cancelled; 0 = none. */
typedef u64 event_id;

struct event_key {
	u64 time; /* ns */
	u64 seq; /* sequence number << EVENT_SLOT_BITS | slot */
};

struct event_slot {
	struct event event; /* fn == NULL: cancelled */
	u64 seq; /* of the key that owns the slot; free slots: next free slot */
};

#define EVENT_SLOT_BITS 24 /* pending events at most 16.7 M, events in all 1.1e12 */

struct event_queue {
	struct event_key *heap; /* root at index EVENT_ROOT */
	struct event_slot *slots;
	u32 n; /* keys in the heap, dead ones included, hole not */
	u32 cap; /* of both arrays */
	u32 nr_slots; /* slots ever used */
	u32 free_slot; /* head of the free list; NONE_U32: empty */
	u32 dead; /* cancelled keys still in the heap */
	bool hole; /* the root was popped and not refilled */
	u64 next_seq;
	int *failed; /* set to -ENOMEM when it can not grow */
};

int event_queue_init(struct event_queue *q, int *failed);
void event_queue_destroy(struct event_queue *q);

/* 0 when out of memory (and *failed is set). */
event_id event_push(struct event_queue *q, u64 time, void (*fn)(void *ctx, u64 arg), void *ctx,
		    u64 arg);
/* False if it has run, is running or was cancelled before. */
bool event_cancel(struct event_queue *q, event_id id);
/* Time of the next event; UINT64_MAX if there is none. */
u64 event_next_time(struct event_queue *q);
/* Takes the next event out; false if there is none. */
bool event_pop(struct event_queue *q, u64 *time, struct event *out);
/* Pending events, cancelled ones not counted. */
static inline u32 event_pending(const struct event_queue *q)
{
	return q->n - q->dead;
}

#endif
