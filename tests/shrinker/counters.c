// SPDX-License-Identifier: GPL-3.0-or-later
#include "shrinker/counters.h"

#include <stdlib.h>
#include <string.h>

#define NODES 2
#define VALUES 32
#define AHEAD 32 /* how many lines an operation may overtake */
#define ORDERS 64 /* followed at a time */

/* One change of a counter. */
struct op {
	const struct recorded_call *call;
	int64_t owed;
	uint32_t line; /* it happened before this line */
	uint32_t earliest; /* and after this one */
	bool add;
};

/* An order of operations that gives all numbers so far. */
struct order {
	uint32_t first; /* the first operation that has not been done */
	uint32_t ahead; /* bit i: first + 1 + i has been */
	long moved;
	int nr;
	int64_t values[VALUES]; /* counters that are not 0, ascending */
};

/* The operations on one shrinker and node. */
struct replay {
	struct op *ops;
	uint32_t nr_ops;
	bool one; /* counter, not many */
	bool known; /* what it held at first */
	struct order now[ORDERS], next[ORDERS];
	int nr_now, nr_next;
};

static bool remove_value(struct order *s, int64_t value)
{
	for (int i = 0; i < s->nr; i++) {
		if (s->values[i] == value) {
			memmove(&s->values[i], &s->values[i + 1],
				(size_t)(--s->nr - i) * sizeof(value));
			return true;
		}
	}
	return false;
}

static bool insert_value(struct order *s, int64_t value)
{
	int i = s->nr;

	if (value == 0)
		return true;
	if (s->nr == VALUES)
		return false;
	for (; i > 0 && s->values[i - 1] > value; i--)
		s->values[i] = s->values[i - 1];
	s->values[i] = value;
	s->nr++;
	return true;
}

/* Does this operation, done now, report what the trace has? */
static bool do_op(const struct replay *w, struct order *s, const struct op *o)
{
	int64_t found = o->add ? o->call->new_scan - o->owed : o->call->deferred;

	if (!o->add && !w->known)
		return true;
	if (found == 0 ? w->one && s->nr : !remove_value(s, found))
		return false;
	return !o->add || insert_value(s, o->call->new_scan);
}

static void mark_done(struct order *s, uint32_t i)
{
	if (i != s->first) {
		s->ahead |= 1U << (i - s->first - 1);
		s->moved++;
		return;
	}
	do {
		bool done = s->ahead & 1;

		s->first++;
		s->ahead >>= 1;
		if (!done)
			break;
	} while (true);
}

/* Keeps a new order, or the one of two equal ones that moved less. */
static void keep(struct replay *w, const struct order *s)
{
	for (int i = 0; i < w->nr_next; i++) {
		struct order *o = &w->next[i];

		if (o->first == s->first && o->ahead == s->ahead && o->nr == s->nr &&
		    !memcmp(o->values, s->values, (size_t)s->nr * sizeof(*s->values))) {
			if (s->moved < o->moved)
				o->moved = s->moved;
			return;
		}
	}
	if (w->nr_next < ORDERS)
		w->next[w->nr_next++] = *s;
}

/* Tries every operation that may be the next. */
static void follow(struct replay *w, const struct order *s)
{
	uint32_t end = s->first + AHEAD < w->nr_ops ? s->first + AHEAD : w->nr_ops - 1;
	uint32_t waiting = 0; /* tasks that have an earlier operation to do */

	for (uint32_t i = s->first; i <= end; i++) {
		const struct op *o = &w->ops[i];
		struct order next;

		if (i > s->first && s->ahead >> (i - s->first - 1) & 1)
			continue;
		if (waiting >> o->call->task & 1)
			continue;
		waiting |= 1U << o->call->task;
		if (i > s->first && o->earliest >= w->ops[s->first].line)
			continue;
		next = *s;
		if (do_op(w, &next, o)) {
			mark_done(&next, i);
			keep(w, &next);
		}
	}
}

/* No order explains the next line: believes it and goes on. */
static void believe(struct replay *w)
{
	struct order *s = &w->next[0];
	const struct op *o;

	*s = w->now[0];
	o = &w->ops[s->first];
	if (w->one)
		s->nr = 0;
	if (o->add)
		insert_value(s, o->call->new_scan);
	mark_done(s, s->first);
	w->nr_next = 1;
}

static void replay_ops(struct replay *w, struct counter_sums *sums)
{
	w->nr_now = 1;
	w->now[0] = (struct order){0};
	w->known = !w->one;
	for (uint32_t done = 0; done < w->nr_ops; done++) {
		w->nr_next = 0;
		for (int i = 0; i < w->nr_now; i++)
			follow(w, &w->now[i]);
		if (!w->nr_next) {
			sums->wrong++;
			believe(w);
		}
		w->nr_now = w->nr_next;
		memcpy(w->now, w->next, (size_t)w->nr_next * sizeof(*w->now));
		w->known = true;
		if (sums->most < w->now[0].nr)
			sums->most = w->now[0].nr;
	}
	sums->moved += w->now[0].moved;
}

/* Super blocks and the shadow nodes are NUMA and memcg aware, the other recorded ones neither. */
static bool is_aware(const struct recorded_shrinker *s)
{
	return !strcmp(s->function, "super_cache_scan") ||
	       !strcmp(s->function, "scan_shadow_nodes");
}

static bool is_hidden(const struct recorded_shrinker *s)
{
	return s->pointer[0] == '(' && !strcmp(s->function, "super_cache_scan");
}

static void collect(const struct recorded *r, const int64_t *owed, int shrinker, int node,
		    struct replay *w, struct counter_sums *sums)
{
	bool aware = is_aware(&r->shrinkers[shrinker]);

	w->nr_ops = 0;
	for (uint32_t i = 0; i < r->nr_lines; i++) {
		const struct recorded_call *c = &r->calls[r->lines[i] / 2];
		bool add = r->lines[i] & 1;

		if (c->shrinker != shrinker || (aware ? c->node : 0) != node)
			continue;
		if (!add && (w->one ? w->nr_ops == 0 : c->deferred == 0))
			sums->unsure++;
		w->ops[w->nr_ops++] = (struct op){.call = c,
						  .owed = owed[r->lines[i] / 2],
						  .line = i,
						  .earliest = add ? c->start : c->idle_since,
						  .add = add};
	}
}

void counters_replay(const struct recorded *r, bool per_memcg, const int64_t *owed,
		     struct counter_sums *sums)
{
	struct replay *w = calloc(1, sizeof(*w));

	*sums = (struct counter_sums){0};
	if (!w)
		abort();
	w->ops = calloc(r->nr_lines, sizeof(*w->ops));
	if (!w->ops)
		abort();
	for (int i = 0; i < r->nr_shrinkers; i++) {
		const struct recorded_shrinker *s = &r->shrinkers[i];

		w->one = !is_hidden(s) && !(per_memcg && is_aware(s));
		for (int node = 0; node < NODES; node++) {
			collect(r, owed, i, node, w, sums);
			if (w->nr_ops)
				replay_ops(w, sums);
		}
	}
	free(w->ops);
	free(w);
}
