// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/event_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* With the root at 3, the children of i are 4 * (i - 2) .. + 3: always one 64-byte line. */
#define EVENT_ROOT 3
#define FIRST_CAP 1024
#define FITS_CACHE 2048 /* a heap up to here stays in the first-level cache: nothing to prefetch */
#define SLOT_MASK ((1U << EVENT_SLOT_BITS) - 1)

static inline size_t first_child(size_t i)
{
	return 4 * (i - 2);
}

static inline size_t parent_of(size_t i)
{
	return i / 4 + 2;
}

static inline bool before(const struct event_key *a, const struct event_key *b)
{
	if (unlikely(a->time == b->time))
		return a->seq < b->seq;
	return a->time < b->time;
}

int event_queue_init(struct event_queue *q, int *failed)
{
	*q = (struct event_queue){.free_slot = NONE_U32, .next_seq = 1, .failed = failed};
	return 0;
}

void event_queue_destroy(struct event_queue *q)
{
	free(q->heap);
	free(q->slots);
	*q = (struct event_queue){.free_slot = NONE_U32};
}

static bool grow(struct event_queue *q)
{
	u32 cap = q->cap ? q->cap * 2 : FIRST_CAP;
	struct event_key *heap;
	struct event_slot *slots;

	if (cap > SLOT_MASK)
		goto fail;
	/* aligned_alloc, not realloc: the line layout needs the alignment */
	heap = aligned_alloc(64, ((size_t)cap + 64) * sizeof(*heap));
	if (!heap)
		goto fail;
	/* prefetch_next_slots() may read keys behind the last one */
	memset(heap, 0, (EVENT_ROOT + 5) * sizeof(*heap));
	slots = realloc(q->slots, (size_t)cap * sizeof(*slots));
	if (!slots) {
		free(heap);
		goto fail;
	}
	if (q->heap)
		memcpy(heap + EVENT_ROOT, q->heap + EVENT_ROOT, (size_t)q->n * sizeof(*heap));
	free(q->heap);
	q->heap = heap;
	q->slots = slots;
	q->cap = cap;
	return true;
fail:
	if (q->failed)
		*q->failed = -ENOMEM;
	return false;
}

/* Puts key into the hole at i and moves it up, to `top` at most. */
static void sift_up(struct event_queue *q, size_t top, size_t i, struct event_key key)
{
	while (i > top) {
		size_t p = parent_of(i);

		if (!before(&key, &q->heap[p]))
			break;
		q->heap[i] = q->heap[p];
		i = p;
	}
	q->heap[i] = key;
}

/*
 * Index of the smallest of the four keys from c. Times are compared in registers, without a branch
 * that could be mispredicted; equal times, which are rare, take the long way.
 */
static inline size_t smallest_of_four(const struct event_key *heap, size_t c)
{
	u64 t0 = heap[c].time, t1 = heap[c + 1].time;
	u64 t2 = heap[c + 2].time, t3 = heap[c + 3].time;
	u64 left_time = t1 < t0 ? t1 : t0;
	u64 right_time = t3 < t2 ? t3 : t2;
	size_t left = c + (t1 < t0);
	size_t right = c + 2 + (t3 < t2);

	if (unlikely(t0 == t1 || t2 == t3 || left_time == right_time)) {
		left = c + before(&heap[c + 1], &heap[c]);
		right = c + 2 + before(&heap[c + 3], &heap[c + 2]);
		return before(&heap[right], &heap[left]) ? right : left;
	}
	/* a mask, because a compiler may make a coin-toss branch of a conditional expression */
	return left ^ ((left ^ right) & -(size_t)(right_time < left_time));
}

/* The 16 grandchildren below the four keys from c are four lines in a row: fetch while comparing. */
static ALWAYS_INLINE void prefetch_below(const struct event_key *heap, size_t c)
{
	const struct event_key *below = &heap[first_child(c)];

	__builtin_prefetch(below);
	__builtin_prefetch(below + 4);
	__builtin_prefetch(below + 8);
	__builtin_prefetch(below + 12);
}

/*
 * Puts key into the hole at i; end is one past the last index. The hole first falls to a leaf, then
 * the key climbs to its place: most keys belong near the leaves, so the climb is short and the way
 * down is the same number of steps each time, which the branch predictor likes.
 */
static void sift_down(struct event_queue *q, const size_t top, size_t end, struct event_key key)
{
	struct event_key *heap = q->heap;
	size_t i = top, c = first_child(i);

	while (likely(c + 4 <= end)) {
		size_t best;

		if (end > FITS_CACHE)
			prefetch_below(heap, c);
		best = smallest_of_four(heap, c);
		heap[i] = heap[best];
		i = best;
		c = first_child(i);
	}
	if (c < end) {
		size_t best = c;

		for (size_t k = c + 1; k < end; k++)
			if (before(&heap[k], &heap[best]))
				best = k;
		heap[i] = heap[best];
		i = best;
	}
	sift_up(q, top, i, key);
}

/* The root was popped: let the last key fall into its place. */
static void fill_hole(struct event_queue *q)
{
	q->hole = false;
	if (q->n == 0)
		return;
	/* the hole stands at the root, so the last key is at EVENT_ROOT + n */
	sift_down(q, EVENT_ROOT, EVENT_ROOT + q->n, q->heap[EVENT_ROOT + q->n]);
}

static void drop_dead(struct event_queue *q);

static void free_slot(struct event_queue *q, u32 slot)
{
	q->slots[slot].seq = q->free_slot;
	q->free_slot = slot;
}

event_id event_push(struct event_queue *q, u64 time, void (*fn)(void *ctx, u64 arg), void *ctx,
		    u64 arg)
{
	struct event_key key;
	u32 slot = q->free_slot;

	/* the hole takes up a place too */
	if (unlikely(q->n + 1 >= q->cap || (slot == NONE_U32 && q->nr_slots >= q->cap)) && !grow(q))
		return 0;
	if (slot == NONE_U32)
		slot = q->nr_slots++;
	else
		q->free_slot = (u32)q->slots[slot].seq;
	key.time = time;
	key.seq = q->next_seq++ << EVENT_SLOT_BITS | slot;
	q->slots[slot] = (struct event_slot){.event = {fn, ctx, arg}, .seq = key.seq};
	if (q->hole) {
		q->hole = false;
		q->n++;
		sift_down(q, EVENT_ROOT, EVENT_ROOT + q->n, key);
	} else {
		q->n++;
		sift_up(q, EVENT_ROOT, EVENT_ROOT + q->n - 1, key);
	}
	return key.seq;
}

bool event_cancel(struct event_queue *q, event_id id)
{
	u32 slot = (u32)(id & SLOT_MASK);

	if (!id || slot >= q->nr_slots || q->slots[slot].seq != id || !q->slots[slot].event.fn)
		return false;
	q->slots[slot].event.fn = NULL;
	q->dead++;
	if (q->dead > 64 && q->dead > q->n / 2)
		drop_dead(q);
	return true;
}

/* Rebuilds the heap without the cancelled keys: O(n), paid for by the cancels before it. */
static void drop_dead(struct event_queue *q)
{
	u32 n = 0;

	if (q->hole)
		fill_hole(q);
	for (u32 i = 0; i < q->n; i++) {
		struct event_key key = q->heap[EVENT_ROOT + i];
		u32 slot = (u32)(key.seq & SLOT_MASK);

		if (q->slots[slot].event.fn)
			q->heap[EVENT_ROOT + n++] = key;
		else
			free_slot(q, slot);
	}
	q->n = n;
	q->dead = 0;
	for (size_t i = n > 1 ? parent_of(EVENT_ROOT + n - 1) : EVENT_ROOT - 1; i >= EVENT_ROOT;
	     i--)
		sift_down(q, i, EVENT_ROOT + n, q->heap[i]);
}

/* Makes the root a live key. False if none is left. */
static bool settle(struct event_queue *q)
{
	if (q->hole)
		fill_hole(q);
	while (q->n) {
		u32 slot = (u32)(q->heap[EVENT_ROOT].seq & SLOT_MASK);

		if (likely(q->slots[slot].event.fn))
			return true;
		free_slot(q, slot);
		q->dead--;
		q->n--;
		fill_hole(q);
	}
	return false;
}

u64 event_next_time(struct event_queue *q)
{
	return settle(q) ? q->heap[EVENT_ROOT].time : UINT64_MAX;
}

/* The next root is one of the four children: have their slots at hand when it is popped. */
static ALWAYS_INLINE void prefetch_next_slots(const struct event_queue *q)
{
	for (u32 k = 1; k <= 4; k++)
		__builtin_prefetch(&q->slots[q->heap[EVENT_ROOT + k].seq & SLOT_MASK]);
}

bool event_pop(struct event_queue *q, u64 *time, struct event *out)
{
	u32 slot;

	if (!settle(q))
		return false;
	*time = q->heap[EVENT_ROOT].time;
	slot = (u32)(q->heap[EVENT_ROOT].seq & SLOT_MASK);
	*out = q->slots[slot].event;
	/* so that cancelling a running event says no */
	q->slots[slot].event.fn = NULL;
	free_slot(q, slot);
	q->n--;
	q->hole = true;
	if (q->n > FITS_CACHE)
		prefetch_next_slots(q);
	return true;
}
