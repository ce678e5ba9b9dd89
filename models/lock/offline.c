// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The range that goes, and the loop of __offline_pages() (KERNEL_FACTS 7): migrate what can be migrated, look
 * whether all pages are in the isolated free lists, and again, without end: 72b39cfc4d75 took the limit of
 * retries away, ecde0f3e7f9e the timeout. A page that somebody refers to stays; a page on a per-CPU list is not
 * on the LRU, so there is nothing to migrate, and not in the buddy lists, so the test says -EBUSY.
 */
#include "lock/internal.h"

#include <errno.h>
#include <stdlib.h>

int range_init(struct page_range *r, const struct cast_spec *spec)
{
	u32 n = spec->pinned + spec->used + (spec->free_at ? 1 : 0);

	*r = (struct page_range){.nr_left = n};
	r->state = calloc(n + 1, 1);
	r->left = calloc(n + 1, sizeof(*r->left));
	if (!r->state || !r->left)
		return -ENOMEM;
	for (u32 i = 0; i < n; i++) {
		r->state[i] = i < spec->pinned ? RANGE_PINNED : RANGE_MOVABLE;
		r->left[i] = i;
	}
	return 0;
}

static void drain(struct page_range *r)
{
	for (u32 i = 0; i < r->nr_left; i++)
		if (r->state[r->left[i]] == RANGE_PCP)
			r->state[r->left[i]] = RANGE_GONE;
}

void range_isolate(struct page_range *r)
{
	r->isolated = true;
	drain(r);
}

static bool referred(const struct lock_system *s, u32 page)
{
	for (u32 i = 0; i < s->nr_threads; i++)
		if (s->threads[i].page == page + 1)
			return true;
	return false;
}

/* False: it stays in the range. */
static bool migrate(struct lock_system *s, u32 page, u64 *cost)
{
	struct page_range *r = &s->range;

	*cost += s->spec.migrate_ns;
	if (referred(s, page)) {
		*cost += (NR_MIGRATE_TRIES - 1) * s->spec.migrate_ns;
		r->busy++;
		return false;
	}
	if (r->migrated == s->spec.room) {
		r->no_room++;
		return false;
	}
	r->state[page] = RANGE_GONE;
	r->migrated++;
	r->moved++;
	return true;
}

static bool page_goes(struct lock_system *s, u32 page, u64 *cost)
{
	struct page_range *r = &s->range;

	switch ((enum page_state)r->state[page]) {
	case RANGE_MOVABLE:
		return migrate(s, page, cost);
	case RANGE_PINNED:
		r->pinned++;
		return false;
	case RANGE_FREEING:
		r->busy++;
		return false;
	case RANGE_PCP:
		r->pcp++;
		return false;
	case RANGE_GONE:
		break;
	}
	return true;
}

static bool end_loop(struct lock_system *s, int result)
{
	s->loop.over = true;
	s->loop.result = result;
	s->loop.took = s->e->now - s->loop.begun;
	if (result)
		s->range.isolated = false;
	return true;
}

/* True: the loop gives up. */
static bool end_pass(struct lock_system *s, u64 *cost)
{
	struct page_range *r = &s->range;

	r->nr_left = r->kept;
	s->loop.passes++;
	s->loop.barren = r->moved ? 0 : s->loop.barren + 1;
	/* 968318261221: when the test failed, drain again */
	if (s->spec.drain == DRAIN_EACH_PASS)
		drain(r);
	r->at = r->kept = r->moved = 0;
	*cost += s->spec.pass_ns;
	return s->spec.retries && s->loop.barren >= s->spec.retries;
}

bool offline_step(struct lock_system *s, u64 *delay)
{
	struct page_range *r = &s->range;
	u64 cost = 0;
	u32 before = r->moved;

	if (s->loop.signalled)
		return end_loop(s, -EINTR);
	if (s->spec.timeout && s->e->now - s->loop.begun >= s->spec.timeout)
		return end_loop(s, -EBUSY);
	if (!r->nr_left)
		return end_loop(s, 0);
	*delay = 0;
	/* it goes on for ever, and nothing that it does changes anything any more */
	if (s->verdict.stuck & 1U << HOT_REMOVE)
		return false;
	if (!r->at)
		r->busy = r->pinned = r->pcp = r->no_room = 0;
	while (r->at < r->nr_left && r->moved - before < CHUNK_PAGES) {
		u32 page = r->left[r->at++];

		if (!page_goes(s, page, &cost))
			r->left[r->kept++] = page;
	}
	if (r->at == r->nr_left && end_pass(s, &cost))
		return end_loop(s, -EBUSY);
	*delay = max_of(cost, (u64)1);
	return false;
}

bool loop_has_end(const struct lock_system *s)
{
	return s->spec.retries || s->spec.timeout || s->loop.signalled;
}

bool loop_hopeless(const struct lock_system *s)
{
	const struct page_range *r = &s->range;

	return r->pinned || r->no_room || (r->pcp && s->spec.drain == DRAIN_ONCE);
}
