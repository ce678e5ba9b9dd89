// SPDX-License-Identifier: GPL-3.0-or-later
/* The engine's promises: order of events, independence of random streams, memory, ids, gauges, fingerprint. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/arena.h"
#include "engine/dist.h"
#include "engine/engine.h"
#include "engine/ida.h"
#include "engine/idmap.h"
#include "engine/metric.h"
#include "engine/rng.h"

static u64 rnd_state;

static u64 rnd(u64 below)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return rnd_state % below;
}

static int reset_rnd(void **state)
{
	(void)state;
	rnd_state = 88172645463325252ULL;
	return 0;
}

/* ---- event queue ---- */

static void nothing(void *ctx, u64 arg)
{
	(void)ctx;
	(void)arg;
}

/* What is popped next must be the event that was pushed with this argument at this time. */
static void assert_pops(struct event_queue *q, u64 time, u64 arg)
{
	struct event event;
	u64 at;

	assert_int_equal(event_next_time(q), time);
	assert_true(event_pop(q, &at, &event));
	assert_int_equal(at, time);
	assert_int_equal(event.arg, arg);
}

static void events_of_equal_time_run_in_order_of_pushing(void **state)
{
	struct event_queue q;
	u64 pushed = 0, popped = 0;
	int failed = 0;

	(void)state;
	assert_int_equal(event_queue_init(&q, &failed), 0);
	for (; pushed < 3000; pushed++)
		assert_true(event_push(&q, 7, nothing, NULL, pushed));
	assert_true(event_push(&q, 6, nothing, NULL, 99999));
	assert_pops(&q, 6, 99999);
	/* every pop is followed by a push, which takes the place of the popped one */
	while (popped < 3000) {
		assert_pops(&q, 7, popped++);
		assert_true(event_push(&q, 7, nothing, NULL, pushed++));
	}
	while (popped < pushed)
		assert_pops(&q, 7, popped++);
	assert_int_equal(event_pending(&q), 0);
	assert_int_equal(event_next_time(&q), UINT64_MAX);
	assert_int_equal(failed, 0);
	event_queue_destroy(&q);
}

static void a_cancelled_event_never_runs(void **state)
{
	struct event_queue q;
	event_id ids[1000];
	struct event event;
	u64 time;
	int failed = 0;

	(void)state;
	assert_int_equal(event_queue_init(&q, &failed), 0);
	for (u64 i = 0; i < 1000; i++)
		ids[i] = event_push(&q, 100 + i, nothing, NULL, i);
	/* the top, twice; one in the middle; none */
	assert_true(event_cancel(&q, ids[0]));
	assert_false(event_cancel(&q, ids[0]));
	assert_true(event_cancel(&q, ids[500]));
	assert_false(event_cancel(&q, 0));
	assert_int_equal(event_pending(&q), 998);
	assert_pops(&q, 101, 1);
	assert_false(event_cancel(&q, ids[1]));
	/* the top again, which a popped event left open */
	assert_true(event_cancel(&q, ids[2]));
	assert_int_equal(event_next_time(&q), 103);
	/* nearly all of them */
	for (u64 i = 3; i < 999; i++)
		assert_int_equal(event_cancel(&q, ids[i]), i != 500);
	assert_int_equal(event_pending(&q), 1);
	assert_pops(&q, 1099, 999);
	assert_false(event_pop(&q, &time, &event));
	/* an id of old does not cancel the event that took its place */
	for (u64 i = 0; i < 1000; i++)
		assert_true(event_push(&q, 5, nothing, NULL, i));
	for (u64 i = 0; i < 1000; i++)
		assert_false(event_cancel(&q, ids[i]));
	assert_int_equal(event_pending(&q), 1000);
	event_queue_destroy(&q);
}

static void timers_that_are_cancelled_take_no_room_for_long(void **state)
{
	struct event_queue q;
	int failed = 0;

	(void)state;
	assert_int_equal(event_queue_init(&q, &failed), 0);
	for (u64 i = 0; i < 10; i++)
		assert_true(event_push(&q, 1000000 + i, nothing, NULL, i));
	for (u64 i = 0; i < 100000; i++) {
		event_id id = event_push(&q, 2000000 + i, nothing, NULL, i);

		assert_true(event_cancel(&q, id));
		assert_true(q.n < 200);
	}
	for (u64 i = 0; i < 10; i++)
		assert_pops(&q, 1000000 + i, i);
	assert_int_equal(event_next_time(&q), UINT64_MAX);
	event_queue_destroy(&q);
}

struct self_cancel {
	struct engine *e;
	event_id id;
	bool ran, cancelled;
};

static void cancel_myself(void *ctx, u64 arg)
{
	struct self_cancel *s = ctx;

	(void)arg;
	s->ran = true;
	s->cancelled = event_cancel(&s->e->queue, s->id);
}

static void a_running_event_cannot_be_cancelled(void **state)
{
	struct engine e;
	struct self_cancel s = {.e = &e};

	(void)state;
	assert_int_equal(engine_init(&e), 0);
	s.id = engine_at(&e, 3, cancel_myself, &s, 0);
	assert_true(engine_step(&e));
	assert_true(s.ran);
	assert_false(s.cancelled);
	assert_false(engine_step(&e));
	engine_destroy(&e);
}

/* The naive queue: an array sorted so that the next event stands last. */
struct sorted {
	struct pending {
		u64 time, seq;
		event_id id;
	} items[6000];
	u32 n;
};

static void sorted_insert(struct sorted *s, u64 time, u64 seq, event_id id)
{
	u32 lo = 0, hi = s->n;

	/* seq grows: a new event comes after all of its time, so it stands before them */
	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (s->items[mid].time > time)
			lo = mid + 1;
		else
			hi = mid;
	}
	memmove(&s->items[lo + 1], &s->items[lo], (s->n - lo) * sizeof(s->items[0]));
	s->items[lo] = (struct pending){time, seq, id};
	s->n++;
}

static void random_pushes_pops_and_cancels_agree_with_a_sorted_array(void **state)
{
	static struct sorted ref;
	struct event_queue q;
	u64 now = 0, seq = 0;
	int failed = 0;

	(void)state;
	ref.n = 0;
	assert_int_equal(event_queue_init(&q, &failed), 0);
	for (u32 step = 0; step < 100000; step++) {
		/* grows to some thousands, shrinks to nothing, three times; the last is mostly cancels */
		u32 phase = step / 8000;
		u64 what = rnd(100), push = phase % 4 == 0 ? 75 : phase % 4 == 1 ? 50 : 20;
		u64 cancel = phase > 8 ? 60 : 15;

		if (what < push && ref.n < ARRAY_SIZE(ref.items)) {
			u64 time = now + rnd(phase % 2 ? 40 : 5000);
			event_id id = event_push(&q, time, nothing, NULL, seq);

			assert_true(id);
			sorted_insert(&ref, time, seq++, id);
		} else if (rnd(100) < cancel && ref.n) {
			u32 victim = rnd(3) ? (u32)rnd(ref.n) : ref.n - 1;

			assert_true(event_cancel(&q, ref.items[victim].id));
			ref.n--;
			memmove(&ref.items[victim], &ref.items[victim + 1],
				(ref.n - victim) * sizeof(ref.items[0]));
		} else if (ref.n) {
			ref.n--;
			assert_true(ref.items[ref.n].time >= now);
			now = ref.items[ref.n].time;
			assert_pops(&q, now, ref.items[ref.n].seq);
		}
		assert_int_equal(event_pending(&q), ref.n);
	}
	while (ref.n--)
		assert_pops(&q, ref.items[ref.n].time, ref.items[ref.n].seq);
	assert_int_equal(event_next_time(&q), UINT64_MAX);
	event_queue_destroy(&q);
}

struct clock_watch {
	struct engine *e;
	u64 last, runs;
};

static void watch_clock(void *ctx, u64 arg)
{
	struct clock_watch *w = ctx;

	assert_true(w->e->now >= w->last);
	w->last = w->e->now;
	w->runs++;
	/* also events for times that are over: they run now */
	if (arg) {
		engine_at(w->e, rnd(w->e->now + 1000), watch_clock, w, arg - 1);
		engine_after(w->e, rnd(50), watch_clock, w, 0);
	}
}

static void the_clock_never_goes_back(void **state)
{
	struct engine e;
	struct clock_watch w = {.e = &e};

	(void)state;
	assert_int_equal(engine_init(&e), 0);
	for (u32 i = 0; i < 10; i++)
		engine_at(&e, rnd(1000), watch_clock, &w, 500);
	while (engine_step(&e))
		;
	assert_int_equal(w.runs, 10 * (500 * 2 + 1));
	assert_int_equal(e.events, w.runs);
	engine_destroy(&e);
}

/* ---- random streams ---- */

static void draw_some(u64 seed, const char *purpose, u64 *out, u32 n)
{
	struct rng r;

	assert_int_equal(rng_init(&r, seed, purpose), 0);
	for (u32 i = 0; i < n; i++)
		out[i] = rng_below(&r, 1000000007);
	rng_destroy(&r);
}

static void a_stream_is_fixed_by_seed_and_purpose(void **state)
{
	u64 a[50], b[50];

	(void)state;
	draw_some(1, "workload.churn.life", a, 50);
	draw_some(1, "workload.churn.life", b, 50);
	assert_memory_equal(a, b, sizeof(a));
	draw_some(2, "workload.churn.life", b, 50);
	assert_memory_not_equal(a, b, sizeof(a));
	draw_some(1 + (1ULL << 40), "workload.churn.life", b, 50);
	assert_memory_not_equal(a, b, sizeof(a));
	draw_some(1, "workload.churn.liff", b, 50);
	assert_memory_not_equal(a, b, sizeof(a));
	draw_some(0, "workload.churn.life", b, 50);
	assert_memory_not_equal(a, b, sizeof(a));
}

static void another_purpose_does_not_disturb_a_stream(void **state)
{
	struct rng mine, other;
	u64 alone[50];

	(void)state;
	draw_some(7, "mine", alone, 50);
	assert_int_equal(rng_init(&other, 7, "other"), 0);
	assert_int_equal(rng_init(&mine, 7, "mine"), 0);
	for (u32 i = 0; i < 50; i++) {
		for (u32 k = 0; k < i; k++)
			rng_double(&other);
		assert_int_equal(rng_below(&mine, 1000000007), alone[i]);
	}
	rng_destroy(&other);
	rng_destroy(&mine);
}

static void repeats_have_seeds_of_their_own_and_the_first_is_the_scenarios(void **state)
{
	u64 seeds[100];

	(void)state;
	assert_int_equal(seed_of_repeat(42, 0), 42);
	for (u32 i = 0; i < 100; i++) {
		seeds[i] = seed_of_repeat(42, i);
		for (u32 k = 0; k < i; k++)
			assert_int_not_equal(seeds[i], seeds[k]);
		assert_int_not_equal(seed_of_repeat(43, i), seeds[i]);
	}
}

static void whole_numbers_are_spread_evenly(void **state)
{
	u32 hits[7] = {0};
	u64 above = 0;
	struct rng r;

	(void)state;
	assert_int_equal(rng_init(&r, 3, "even"), 0);
	for (u32 i = 0; i < 70000; i++) {
		u64 v = rng_below(&r, 7);

		assert_true(v < 7);
		hits[v]++;
	}
	/* 10,000 each; a standard deviation is 93 */
	for (u32 i = 0; i < 7; i++)
		assert_true(hits[i] > 9500 && hits[i] < 10500);
	/* beyond 32 bits, where two draws are joined and a plain modulo would favour the first third */
	for (u32 i = 0; i < 20000; i++) {
		u64 n = 3ULL << 62, v = rng_below(&r, n);

		assert_true(v < n);
		above += v >= n / 4;
	}
	assert_true(above > 14700 && above < 15300);
	for (u32 i = 0; i < 1000; i++) {
		double d = rng_double(&r);

		assert_true(d >= 0.0 && d < 1.0);
	}
	rng_destroy(&r);
}

/* ---- distributions ---- */

#define DRAWS 200000

struct moments {
	double mean, log_mean, log_sd, sd;
	double above_mean; /* share of draws above the specified mean */
	u64 min, max;
};

static struct moments sample(const struct random_spec *spec)
{
	double sum = 0, square = 0, log_sum = 0, log_square = 0;
	struct moments m = {.min = UINT64_MAX};
	u32 above = 0;
	struct rng r;

	assert_null(random_spec_check(spec));
	assert_int_equal(rng_init(&r, 11, "sample"), 0);
	for (u32 i = 0; i < DRAWS; i++) {
		u64 v = random_draw(spec, &r);
		double l = log((double)max_of(v, (u64)1));

		sum += (double)v;
		square += (double)v * (double)v;
		log_sum += l;
		log_square += l * l;
		above += (double)v > spec->value;
		m.min = min_of(m.min, v);
		m.max = max_of(m.max, v);
	}
	rng_destroy(&r);
	m.mean = sum / DRAWS;
	m.sd = sqrt(square / DRAWS - m.mean * m.mean);
	m.log_mean = log_sum / DRAWS;
	m.log_sd = sqrt(log_square / DRAWS - m.log_mean * m.log_mean);
	m.above_mean = (double)above / DRAWS;
	return m;
}

static void assert_near(double value, double wanted, double share)
{
	if (fabs(value - wanted) > fabs(wanted) * share)
		fail_msg("%g is not within %g %% of %g", value, share * 100, wanted);
}

static void distributions_have_the_mean_and_shape_they_are_given(void **state)
{
	struct random_spec exponential = {.kind = DIST_EXPONENTIAL, .value = 1e6};
	struct random_spec lognormal = {.kind = DIST_LOGNORMAL, .value = 1e6, .shape = 0.8};
	struct random_spec pareto = {.kind = DIST_PARETO, .value = 3e5, .shape = 3.0};
	struct random_spec uniform = {.kind = DIST_UNIFORM, .lo = 10, .hi = 13};
	struct random_spec normal = {.kind = DIST_NORMAL, .value = 1e6, .shape = 1e5};
	struct moments m;

	(void)state;
	m = sample(&exponential);
	assert_near(m.mean, 1e6, 0.01);
	assert_near(m.sd, 1e6, 0.02);
	assert_near(m.above_mean, exp(-1.0), 0.01);
	assert_near(random_mean(&exponential), 1e6, 0);

	/* the mean is that of the quantity, sigma that of its logarithm */
	m = sample(&lognormal);
	assert_near(m.mean, 1e6, 0.015);
	assert_near(m.log_sd, 0.8, 0.01);
	assert_near(m.log_mean, log(1e6) - 0.32, 0.001);
	assert_near(random_mean(&lognormal), 1e6, 0);

	/* smallest value mean * (shape - 1) / shape; the mean's upper tail is (2/3)^3 */
	m = sample(&pareto);
	assert_near(m.mean, 3e5, 0.01);
	assert_true(m.min >= 200000 && m.min < 200010);
	assert_near(m.above_mean, 8.0 / 27.0, 0.015);

	/* both ends are drawn */
	m = sample(&uniform);
	assert_near(m.mean, 11.5, 0.002);
	assert_near(m.sd, sqrt(15.0 / 12.0), 0.01);
	assert_int_equal(m.min, 10);
	assert_int_equal(m.max, 13);
	assert_near(random_mean(&uniform), 11.5, 0);

	m = sample(&normal);
	assert_near(m.mean, 1e6, 0.001);
	assert_near(m.sd, 1e5, 0.01);
}

static void draws_are_rounded_and_clamped(void **state)
{
	struct random_spec s = {.kind = DIST_NORMAL, .value = 10, .shape = 20};
	struct moments m;
	struct rng r;

	(void)state;
	/* half of it would be negative: never */
	m = sample(&s);
	assert_int_equal(m.min, 0);
	s.lo = 5;
	s.hi = 12;
	m = sample(&s);
	assert_int_equal(m.min, 5);
	assert_int_equal(m.max, 12);
	assert_int_equal(rng_init(&r, 1, "x"), 0);
	s = (struct random_spec){.kind = DIST_CONSTANT, .value = 2.6};
	assert_int_equal(random_draw(&s, &r), 3);
	s.value = 2.4;
	assert_int_equal(random_draw(&s, &r), 2);
	rng_destroy(&r);
}

static void a_constant_uses_up_no_random_number(void **state)
{
	struct random_spec c = {.kind = DIST_CONSTANT, .value = 5};
	struct rng a, b;

	(void)state;
	assert_int_equal(rng_init(&a, 1, "x"), 0);
	assert_int_equal(rng_init(&b, 1, "x"), 0);
	for (u32 i = 0; i < 100; i++) {
		assert_int_equal(random_draw(&c, &a), 5);
		assert_int_equal(rng_below(&a, 1000000), rng_below(&b, 1000000));
	}
	rng_destroy(&a);
	rng_destroy(&b);
}

/* Rank k (from 0) is drawn with probability (k + 1)^-e over the sum of all. */
static void zipf_ranks_have_their_shares(void **state)
{
	static const double exponents[] = {0.5, 0.9, 1.0, 1.1, 2.5};
	enum { RANKS = 50 };

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(exponents); i++) {
		u32 hits[RANKS] = {0};
		double norm = 0;
		struct rng r;

		assert_int_equal(rng_init(&r, i, "zipf"), 0);
		for (u32 k = 1; k <= RANKS; k++)
			norm += pow(k, -exponents[i]);
		for (u32 k = 0; k < DRAWS; k++) {
			u64 rank = zipf_draw(&r, RANKS, exponents[i]);

			assert_true(rank < RANKS);
			hits[rank]++;
		}
		for (u32 k = 0; k < RANKS; k++) {
			double p = pow(k + 1, -exponents[i]) / norm, expected = p * DRAWS;

			/* five standard deviations */
			if (fabs(hits[k] - expected) > 5.0 * sqrt(expected * (1 - p)) + 1)
				fail_msg("exponent %g rank %u: %u draws, expected %g", exponents[i],
					 k, hits[k], expected);
		}
		rng_destroy(&r);
	}
}

static void zipf_of_a_specification_counts_from_one(void **state)
{
	struct random_spec s = {.kind = DIST_ZIPF, .n = 20, .shape = 1.2};
	double sum = 0, norm = 0;
	struct moments m;
	struct rng r;

	(void)state;
	for (u32 k = 1; k <= 20; k++) {
		norm += pow(k, -1.2);
		sum += pow(k, -0.2);
	}
	m = sample(&s);
	assert_int_equal(m.min, 1);
	assert_int_equal(m.max, 20);
	assert_near(m.mean, sum / norm, 0.01);
	assert_near(random_mean(&s), sum / norm, 1e-9);
	assert_int_equal(rng_init(&r, 1, "one"), 0);
	for (u32 i = 0; i < 100; i++)
		assert_int_equal(zipf_draw(&r, 1, 0.9), 0);
	rng_destroy(&r);
}

static void senseless_distributions_are_refused(void **state)
{
	static const struct random_spec bad[] = {
		{.kind = DIST_EXPONENTIAL, .value = 0},
		{.kind = DIST_EXPONENTIAL, .value = -1},
		{.kind = DIST_EXPONENTIAL, .value = NAN},
		{.kind = DIST_LOGNORMAL, .value = 5, .shape = 0},
		{.kind = DIST_PARETO, .value = 5, .shape = 1},
		{.kind = DIST_ZIPF, .n = 0, .shape = 1},
		{.kind = DIST_ZIPF, .n = 5, .shape = 0},
		{.kind = DIST_UNIFORM, .lo = 5, .hi = 4},
		{.kind = DIST_NORMAL, .value = 5, .shape = -1},
		{.kind = DIST_NORMAL, .value = 5, .shape = 1, .lo = 9, .hi = 8},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		assert_non_null(random_spec_check(&bad[i]));
}

/* ---- memory ---- */

static void arena_pieces_are_aligned_zeroed_and_apart(void **state)
{
	struct arena *a = arena_new();
	struct {
		u8 *p;
		size_t n;
	} pieces[2000];

	(void)state;
	assert_non_null(a);
	for (u32 i = 0; i < ARRAY_SIZE(pieces); i++) {
		size_t n = rnd(10) ? rnd(200) + 1 : rnd(40) ? rnd(20000) + 1 : rnd(3000000) + 1;
		u8 *p = arena_alloc(a, n);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % (n >= 4096 ? 64 : 16), 0);
		assert_int_equal(p[0], 0);
		for (size_t k = 0; k < n; k += 61)
			assert_int_equal(p[k], 0);
		assert_int_equal(p[n - 1], 0);
		memset(p, (int)(i % 255 + 1), n);
		pieces[i].p = p;
		pieces[i].n = n;
	}
	for (u32 i = 0; i < ARRAY_SIZE(pieces); i++) {
		u8 want = (u8)(i % 255 + 1);

		for (size_t k = 0; k < pieces[i].n; k += 13)
			assert_int_equal(pieces[i].p[k], want);
		assert_int_equal(pieces[i].p[pieces[i].n - 1], want);
	}
	assert_null(arena_array(a, SIZE_MAX / 4, 8));
	assert_null(arena_alloc(a, SIZE_MAX - 100));
	assert_string_equal(arena_strdup(a, "dentry"), "dentry");
	assert_string_equal(arena_strndup(a, "dentry", 3), "den");
	assert_string_equal(arena_strndup(a, "dentry", 30), "dentry");
	assert_string_equal(arena_printf(a, "kmalloc-%u%s", 32, "k"), "kmalloc-32k");
	arena_free(a);
}

static void large_arrays_come_zeroed_and_refuse_an_overflow(void **state)
{
	u32 *p = huge_calloc(1500000, sizeof(u32));

	(void)state;
	assert_non_null(p);
	for (u32 i = 0; i < 1500000; i++)
		if (p[i])
			fail();
	free(p);
	p = huge_calloc(0, 4);
	assert_non_null(p);
	free(p);
	assert_null(huge_calloc(SIZE_MAX / 4, 8));
	assert_null(huge_calloc(SIZE_MAX - 5, 1));
}

static void flat_ids_begin_at_one_are_reused_and_never_move(void **state)
{
	struct record {
		u32 a, b;
	} * first;
	struct flat f;
	u32 ids[9];
	int failed = 0;

	(void)state;
	assert_int_equal(flat_init(&f, sizeof(struct record), 10, false, &failed), 0);
	for (u32 i = 0; i < 9; i++) {
		ids[i] = flat_take(&f);
		assert_int_equal(ids[i], i + 1);
		((struct record *)(void *)f.base)[ids[i]].b = 100 + i;
	}
	first = &((struct record *)(void *)f.base)[1];
	assert_int_equal(f.live, 9);
	/* id 0 means none: ten records hold nine */
	assert_int_equal(failed, 0);
	assert_int_equal(flat_take(&f), 0);
	assert_int_equal(failed, -ENOMEM);
	assert_int_equal(f.live, 9);
	/* what was given last is taken first */
	flat_give(&f, 4);
	flat_give(&f, 7);
	assert_int_equal(f.live, 7);
	assert_int_equal(flat_take(&f), 7);
	assert_int_equal(flat_take(&f), 4);
	failed = 0;
	assert_int_equal(flat_take(&f), 0);
	assert_int_equal(failed, -ENOMEM);
	assert_ptr_equal(first, &((struct record *)(void *)f.base)[1]);
	for (u32 i = 0; i < 9; i++)
		assert_int_equal(((struct record *)(void *)f.base)[ids[i]].b, 100 + i);
	flat_destroy(&f);
}

/* ---- ids ---- */

static void ida_gives_the_lowest_free_id(void **state)
{
	static const u32 limits[] = {1, 63, 64, 65, 1000, 4096, 5000};

	(void)state;
	for (u32 l = 0; l < ARRAY_SIZE(limits); l++) {
		u32 limit = limits[l], used = 0;
		bool *taken = calloc(limit, sizeof(*taken));
		struct ida a;

		assert_non_null(taken);
		assert_int_equal(ida_init(&a, limit), 0);
		assert_int_equal(ida_max(&a), NONE_U32);
		for (u32 step = 0; step < 6000; step++) {
			bool grow = (step / 1500) % 2 == 0;

			if (rnd(10) < (grow ? 8 : 2)) {
				u32 min = rnd(4) ? (u32)rnd(2) : (u32)rnd(limit + 2), want = min;

				while (want < limit && taken[want])
					want++;
				if (want >= limit)
					want = NONE_U32;
				assert_int_equal(ida_alloc(&a, min), want);
				if (want != NONE_U32) {
					taken[want] = true;
					used++;
				}
			} else {
				u32 id = (u32)rnd(limit);

				assert_int_equal(ida_in_use(&a, id), taken[id]);
				if (taken[id]) {
					ida_release(&a, id);
					taken[id] = false;
					used--;
				}
			}
			assert_int_equal(a.used, used);
			if (step % 20 == 0) {
				u32 top = limit;

				while (top && !taken[top - 1])
					top--;
				assert_int_equal(ida_max(&a), top ? top - 1 : NONE_U32);
			}
		}
		assert_false(ida_in_use(&a, limit));
		ida_destroy(&a);
		free(taken);
	}
}

static void ida_can_hand_out_every_id_and_then_none(void **state)
{
	struct ida a;

	(void)state;
	assert_int_equal(ida_init(&a, 65535), 0);
	for (u32 i = 0; i < 65535; i++)
		assert_int_equal(ida_alloc(&a, 0), i);
	assert_int_equal(ida_alloc(&a, 0), NONE_U32);
	ida_release(&a, 40000);
	ida_release(&a, 30000);
	assert_int_equal(ida_alloc(&a, 30001), 40000);
	assert_int_equal(ida_alloc(&a, 0), 30000);
	assert_int_equal(ida_alloc(&a, 0), NONE_U32);
	assert_int_equal(ida_max(&a), 65534);
	ida_destroy(&a);
}

static void idmap_agrees_with_an_array(void **state)
{
	enum { KEYS = 3000 };
	static u64 keys[KEYS];
	static u32 values[KEYS];
	struct idmap m;
	u32 n = 0;
	int failed = 0;

	(void)state;
	/* keys in a row, keys alike in their low half, keys of pointers, any keys */
	for (u32 i = 0; i < KEYS; i++)
		keys[i] = i % 4 == 0   ? i
			  : i % 4 == 1 ? (u64)i << 32 | 5
			  : i % 4 == 2 ? 0xffff888100000000ULL + i * 192ULL
				       : rnd(UINT64_MAX) ^ ((u64)i << 50);
	assert_int_equal(idmap_init(&m, 0, &failed), 0);
	for (u32 step = 0; step < 200000; step++) {
		u32 i = (u32)rnd(KEYS);
		bool grow = (step / 25000) % 2 == 0;

		if (rnd(10) < (grow ? 6 : 3)) {
			u32 value = (u32)rnd(0xfffffffe) + 1;

			assert_true(idmap_put(&m, keys[i], value));
			n += !values[i];
			values[i] = value;
		} else {
			assert_int_equal(idmap_remove(&m, keys[i]), values[i] != 0);
			n -= values[i] != 0;
			values[i] = 0;
		}
		i = (u32)rnd(KEYS);
		assert_int_equal(idmap_get(&m, keys[i]), values[i]);
		assert_int_equal(m.n, n);
	}
	for (u32 i = 0; i < KEYS; i++)
		assert_int_equal(idmap_get(&m, keys[i]), values[i]);
	assert_int_equal(idmap_get(&m, 0x123456789abcdefULL), 0);
	idmap_destroy(&m);
}

/* ---- gauges ---- */

static void a_gauge_knows_its_exact_peak_and_time_weighted_mean(void **state)
{
	struct engine e;
	struct gauge g = {0};

	(void)state;
	assert_int_equal(engine_init(&e), 0);
	assert_true(gauge_mean(&g, 0) == 0.0);
	e.now = 100;
	gauge_add(&g, &e, 10);
	e.now = 300;
	/* a peak that lasts no time is one */
	gauge_add(&g, &e, 90);
	gauge_add(&g, &e, -94);
	/* 0 for 100, 10 for 200, 6 for 700 */
	assert_int_equal(g.level, 6);
	assert_int_equal(g.peak, 100);
	assert_near(gauge_mean(&g, 1000), 6.2, 1e-12);
	e.now = 1000;
	gauge_set(&g, &e, 2);
	assert_int_equal(g.level, 2);
	assert_int_equal(g.peak, 100);
	assert_near(gauge_mean(&g, 2000), 4.1, 1e-12);
	engine_destroy(&e);
}

static void means_agree_with_a_sum_over_intervals(void **state)
{
	struct ratio_gauge ratio = {0};
	double area = 0, ratio_area = 0, ratio_peak = 0;
	struct engine e;
	struct gauge num = {0}, den = {0};
	s64 peak = 0;

	(void)state;
	assert_int_equal(engine_init(&e), 0);
	gauge_set(&den, &e, 1000);
	for (u32 i = 0; i < 5000; i++) {
		u64 dt = rnd(3) ? rnd(1000000) : 0;
		double r = (double)num.level / (double)den.level;

		area += (double)num.level * (double)dt;
		ratio_area += r * (double)dt;
		ratio_peak = fmax(ratio_peak, r);
		e.now += dt;
		ratio_note(&ratio, &e, num.level, den.level);
		gauge_set(&num, &e, (s64)rnd(1000));
		ratio_note(&ratio, &e, num.level, den.level);
		gauge_set(&den, &e, 1000 + (s64)rnd(1000));
		peak = max_of(peak, num.level);
	}
	assert_near(gauge_mean(&num, e.now), area / (double)e.now, 1e-9);
	assert_int_equal(num.peak, peak);
	assert_near(ratio_mean(&ratio, e.now), ratio_area / (double)e.now, 1e-9);
	assert_true(ratio.peak >= ratio_peak);
	assert_true(isnan(ratio_mean(&ratio, 0)));
	engine_destroy(&e);
}

/* ---- fingerprint ---- */

enum change { UNCHANGED, TIME, KIND, PLACE, RESULT, SWAPPED, LEFT_OUT, ADDED, NR_CHANGES };

/* 1000 events of which one is different; digests may be asked for in between. */
static void print(u64 out[2], enum change change, u32 where, bool look)
{
	struct engine e;
	u64 ignored[2];

	assert_int_equal(engine_init(&e), 0);
	for (u32 i = 0; i < 1000; i++) {
		bool here = change != UNCHANGED && i == where;
		u32 n = change == SWAPPED && here	      ? i + 1
			: change == SWAPPED && i == where + 1 ? where
							      : i;

		if (here && change == LEFT_OUT)
			continue;
		e.now = 10;
		if (here && change == TIME)
			e.now++;
		engine_trail(&e, here && change == KIND ? TRAIL_FREE : TRAIL_ALLOC,
			     n + (here && change == PLACE ? 100000U : 0),
			     n * 3 + (here && change == RESULT ? 1U : 0));
		if (here && change == ADDED)
			engine_trail(&e, TRAIL_ALLOC, n, n * 3);
		if (look && i % 77 == 0)
			fingerprint_digest(&e.fp, ignored);
	}
	fingerprint_digest(&e.fp, out);
	engine_destroy(&e);
}

static void any_changed_event_changes_the_fingerprint(void **state)
{
	static const u32 places[] = {0, 1, 169, 170, 171, 500, 998};
	u64 plain[2], other[2];

	(void)state;
	print(plain, UNCHANGED, 0, false);
	print(other, UNCHANGED, 0, false);
	assert_memory_equal(plain, other, sizeof(plain));
	print(other, UNCHANGED, 0, true);
	assert_memory_equal(plain, other, sizeof(plain));
	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		for (enum change c = TIME; c < NR_CHANGES; c++) {
			print(other, c, places[i], i % 2);
			assert_memory_not_equal(plain, other, sizeof(plain));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(events_of_equal_time_run_in_order_of_pushing, reset_rnd),
		cmocka_unit_test_setup(a_cancelled_event_never_runs, reset_rnd),
		cmocka_unit_test_setup(timers_that_are_cancelled_take_no_room_for_long, reset_rnd),
		cmocka_unit_test_setup(a_running_event_cannot_be_cancelled, reset_rnd),
		cmocka_unit_test_setup(random_pushes_pops_and_cancels_agree_with_a_sorted_array,
				       reset_rnd),
		cmocka_unit_test_setup(the_clock_never_goes_back, reset_rnd),
		cmocka_unit_test_setup(a_stream_is_fixed_by_seed_and_purpose, reset_rnd),
		cmocka_unit_test_setup(another_purpose_does_not_disturb_a_stream, reset_rnd),
		cmocka_unit_test_setup(
			repeats_have_seeds_of_their_own_and_the_first_is_the_scenarios, reset_rnd),
		cmocka_unit_test_setup(whole_numbers_are_spread_evenly, reset_rnd),
		cmocka_unit_test_setup(distributions_have_the_mean_and_shape_they_are_given,
				       reset_rnd),
		cmocka_unit_test_setup(draws_are_rounded_and_clamped, reset_rnd),
		cmocka_unit_test_setup(a_constant_uses_up_no_random_number, reset_rnd),
		cmocka_unit_test_setup(zipf_ranks_have_their_shares, reset_rnd),
		cmocka_unit_test_setup(zipf_of_a_specification_counts_from_one, reset_rnd),
		cmocka_unit_test_setup(senseless_distributions_are_refused, reset_rnd),
		cmocka_unit_test_setup(arena_pieces_are_aligned_zeroed_and_apart, reset_rnd),
		cmocka_unit_test_setup(large_arrays_come_zeroed_and_refuse_an_overflow, reset_rnd),
		cmocka_unit_test_setup(flat_ids_begin_at_one_are_reused_and_never_move, reset_rnd),
		cmocka_unit_test_setup(ida_gives_the_lowest_free_id, reset_rnd),
		cmocka_unit_test_setup(ida_can_hand_out_every_id_and_then_none, reset_rnd),
		cmocka_unit_test_setup(idmap_agrees_with_an_array, reset_rnd),
		cmocka_unit_test_setup(a_gauge_knows_its_exact_peak_and_time_weighted_mean,
				       reset_rnd),
		cmocka_unit_test_setup(means_agree_with_a_sum_over_intervals, reset_rnd),
		cmocka_unit_test_setup(any_changed_event_changes_the_fingerprint, reset_rnd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
