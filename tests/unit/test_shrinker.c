// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The shrinker's integer arithmetic, bit for bit: against published numbers, against a second
 * implementation (tests/shrinker/checker.c), and against every shrinker line of eight traces of
 * four kernels. tests/shrinker/mutate shows that a change of any term is found.
 *
 * Reads scenarios/recorded, or the folder that MEMCGSIM_RECORDED names.
 */
/* First, to show that they need nothing of the simulator's. */
#include "shrinker/checker.c"
#include "shrinker/recorded.c"
#include "shrinker/counters.c"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "shrinker/policy.h"
#include "shrinker/scan_loop.h"

#define NEVER (-1)

/* The variants of KERNEL_FACTS section 1 (B', A' are B and A with the zero-seek rule). */
struct variant {
	const char *name;
	const struct shrinker_policy *shrinker;
	const struct nr_deferred_policy *deferred;
	bool zero_seek_rule;
	enum checker_demand demand;
	enum checker_debt debt;
};

enum { A, B, B0, A0, C, R, NR_VARIANTS = 10 };

static const struct variant variants[NR_VARIANTS] = {
	[A] = {"A", &shrinker_proportional, &nr_deferred_shared, false, DEMAND_4_16, DEBT_4_16},
	[B] = {"B", &shrinker_min_batch, &nr_deferred_shared, false, DEMAND_4_19, DEBT_4_16},
	[B0] = {"B'", &shrinker_min_batch, &nr_deferred_shared, true, DEMAND_4_20, DEBT_4_16},
	[A0] = {"A'", &shrinker_proportional, &nr_deferred_shared, true, DEMAND_5_0, DEBT_4_16},
	[C] = {"C", &shrinker_proportional, &nr_deferred_per_memcg, true, DEMAND_5_0, DEBT_5_13},
	[R] = {"Rik's", &shrinker_gradual, &nr_deferred_shared, true, DEMAND_MM, DEBT_4_16},
	/* No kernel did these, but a scenario may ask for them. */
	{"what if", &shrinker_proportional, &nr_deferred_per_memcg, false, DEMAND_4_16, DEBT_5_13},
	{"what if", &shrinker_min_batch, &nr_deferred_per_memcg, false, DEMAND_4_19, DEBT_5_13},
	{"what if", &shrinker_min_batch, &nr_deferred_per_memcg, true, DEMAND_4_20, DEBT_5_13},
	{"what if", &shrinker_gradual, &nr_deferred_per_memcg, false, DEMAND_MM, DEBT_5_13},
};

/* A cache that gives `freed` objects at the first scan and refuses after `stop_after` batches. */
struct cache {
	s64 batch, stop_after, freed;
	s64 most; /* batches in twice its objects; the loop may not go on for ever */
	s64 batches, scanned;
	bool wrong; /* was asked for less than one object, more than a batch, or too often */
};

struct outcome {
	struct shrink_plan plan;
	struct shrink_end end;
	struct cache cache;
	int small_scan; /* after the call */
};

static unsigned long scan_cache(void *arg, s64 n)
{
	struct cache *cache = arg;

	if (cache->batches == cache->stop_after)
		return SHRINK_STOP;
	cache->wrong |= n < 1 || n > cache->batch || cache->batches > cache->most;
	if (cache->wrong)
		return SHRINK_STOP;
	cache->scanned += n;
	return cache->batches++ ? 0 : (unsigned long)cache->freed;
}

static struct outcome call_model(const struct variant *v, const struct shrink_call *call,
				 s64 stop_after, s64 freed)
{
	struct outcome o = {.cache = {.batch = call->batch,
				      .stop_after = stop_after,
				      .freed = freed,
				      .most = 2 * call->freeable / call->batch},
			    .small_scan = call->small_scan ? *call->small_scan : 0};
	struct shrink_call copy = *call;

	/* both implementations start from the same: the caller's is left alone */
	copy.small_scan = &o.small_scan;
	shrink_scan_loop(v->shrinker, v->deferred, v->zero_seek_rule, &copy, scan_cache, &o.cache,
			 &o.plan, &o.end);
	return o;
}

static struct checker_line call_checker(const struct variant *v, const struct shrink_call *call,
					s64 stop_after)
{
	struct checker_call c = {.cache_items = call->freeable,
				 .deferred = call->nr,
				 .batch = call->batch,
				 .priority = call->priority,
				 .seeks = (int)call->seeks,
				 .small = call->small_scan ? *call->small_scan : 0,
				 .stop_after = stop_after};
	struct checker_line line;

	checker_call(v->demand, v->debt, &c, &line);
	return line;
}

static bool agree(const struct outcome *o, const struct checker_line *l, s64 freed)
{
	return o->plan.delta == l->delta && o->plan.total_scan == l->total_scan &&
	       o->plan.next == l->debt && o->end.total_scan == l->left &&
	       o->end.scanned == l->total_scan - l->left && o->end.scanned == o->cache.scanned &&
	       o->cache.batches == l->batches && !o->cache.wrong && o->end.owed == l->owed &&
	       o->small_scan == l->small && o->end.freed == (u64)(l->batches ? freed : 0);
}

/* Calls both, which must agree, and returns what they say. */
static struct outcome call_both(const struct variant *v, const struct shrink_call *call,
				s64 stop_after)
{
	struct outcome o = call_model(v, call, stop_after, 7);
	struct checker_line l = call_checker(v, call, stop_after);

	if (!agree(&o, &l, 7))
		fail_msg("%s: freeable %ld nr %ld priority %d seeks %u batch %ld stop after %ld: "
			 "delta %ld %ld total_scan %ld %ld left %ld %ld owed %ld %ld small %d %ld",
			 v->name, call->freeable, call->nr, call->priority, call->seeks,
			 call->batch, stop_after, o.plan.delta, l.delta, o.plan.total_scan,
			 l.total_scan, o.end.total_scan, l.left, o.end.owed, l.owed, o.small_scan,
			 l.small);
	return o;
}

struct vector {
	int variant;
	s64 freeable, nr;
	int priority;
	u32 seeks;
	s64 stop_after;
	s64 delta, total_scan, scanned, owed;
};

static const struct vector vectors[] = {
	/* KERNEL_FACTS 1.4 */
	{A, 1000, 5000, 12, 2, NEVER, 0, 500, 0, 5000},
	{A, 1000, 5000, 3, 2, NEVER, 250, 2000, 1024, 4226},
	{A, 5000, 3000, 12, 2, NEVER, 2, 2500, 2048, 954},
	{A, 100000, 1000, 12, 2, NEVER, 48, 1048, 1024, 24},
	{A, 100000, 10000000, 12, 2, NEVER, 48, 50000, 49152, 9950896},
	{A, 300, 0, 2, 2, NEVER, 150, 150, 0, 150},
	{A, 300, 0, 1, 2, NEVER, 300, 300, 300, 0},
	{B, 1000, 0, 12, 2, NEVER, 1000, 1000, 1000, 0},
	{B, 5000, 0, 12, 2, NEVER, 1024, 1024, 1024, 0},
	{B, 100000, 0, 12, 2, NEVER, 1024, 1024, 1024, 0},
	{C, 1000, 2000, 2, 2, NEVER, 500, 1000, 1000, 1500},
	{C, 1000, 2000, 3, 2, NEVER, 250, 500, 0, 2000},
	{C, 1000, 0, 1, 2, NEVER, 1000, 1000, 1000, 0},
	{C, 100000, 200000, 12, 2, NEVER, 48, 96, 0, 200000},
	{C, 100000, 200000, 6, 2, NEVER, 3124, 6249, 6144, 196980},
	{C, 5000, 10000, 2, 2, NEVER, 2500, 5000, 4096, 8404},
	{A, 100000, 0, 8, 2, 0, 780, 780, 0, 780},
	{C, 100000, 190000, 4, 2, 0, 12500, 24375, 0, 200000},
	/* SEEDS P12, 4.16 .. 5.12 */
	{A, 93689873, 4994376020, 12, 2, NEVER, 45746, 46844936, 46844928, 4947576838},
	/* SEEDS K10: what 172b06c32b94 makes of the mildest priority */
	{A, 20480, 0, 12, 2, NEVER, 10, 10, 0, 10},
	{B, 20480, 0, 12, 2, NEVER, 1024, 1024, 1024, 0},
	{A, 2000000, 0, 12, 2, NEVER, 976, 976, 0, 976},
	{B, 2000000, 0, 12, 2, NEVER, 1024, 1024, 1024, 0},
	/* the zero-seek rule, by hand from KERNEL_FACTS 1.2 */
	{A0, 12, 0, 12, 0, NEVER, 6, 6, 0, 6},
	{A0, 5000, 0, 12, 0, NEVER, 2500, 2500, 2048, 452},
	{B0, 1000, 0, 12, 0, NEVER, 1000, 1000, 1000, 0},
	{B0, 5000, 0, 12, 0, NEVER, 2500, 2500, 2048, 452},
	{C, 1000, 0, 12, 0, NEVER, 500, 500, 0, 500},
	{C, 1000, 1000, 1, 0, NEVER, 500, 1000, 1000, 500},
	/* a counter that has overflowed, by hand from 1.3 */
	{A, 1000, -5000, 12, 2, NEVER, 0, 500, 0, 0},
	{A, 100000, -5000, 8, 2, NEVER, 780, 50000, 49152, 0},
	{A, 100000, -5000, 1, 2, NEVER, 100000, 95000, 94208, 792},
	{A, 100, -100, 1, 2, NEVER, 100, 0, 0, 0},
	{A, 1000, -1, 12, 2, NEVER, 0, 500, 0, 0},
	{A, 100, -1000, 1, 2, NEVER, 100, 100, 100, 0},
};

static void published_calls_give_the_published_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *w = &vectors[i];
		struct shrink_call call = {w->freeable, w->nr,	     w->priority,
					   w->seeks,	SUPER_BATCH, NULL};
		struct outcome o = call_both(&variants[w->variant], &call, w->stop_after);

		if (o.plan.delta != w->delta || o.plan.total_scan != w->total_scan ||
		    o.end.scanned != w->scanned || o.end.owed != w->owed)
			fail_msg("vector %zu: %ld %ld %ld %ld", i, o.plan.delta, o.plan.total_scan,
				 o.end.scanned, o.end.owed);
	}
}

/* SEEDS P12, up to 4.15: outside the models; here for the clamps that the checker has from there. */
static void checker_knows_the_lines_of_4_15(void **state)
{
	static const s64 lines[][6] = {
		/* deferred, pages scanned, pages, items: delta, total_scan */
		{2531805877005, 32, 9300, 1667, 11, 833},
		{5895, 90, 6992959, 5049, 0, 2524},
		{22740669, 32, 0, 1, 64, 2},
		{59293180, 32, 0, 32, 2048, 64},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const s64 *w = lines[i];
		struct checker_call c = {
			.cache_items = w[3], .deferred = w[0], .batch = 1024, .seeks = 2};
		struct checker_line l;

		checker_call_4_15(w[1], w[2], &c, &l);
		assert_int_equal(l.delta, w[4]);
		assert_int_equal(l.total_scan, w[5]);
	}
}

/* The mildest priority at which a super block's list is scanned at all; -1: at none. */
static int mildest_scan(int variant, s64 freeable, s64 nr)
{
	for (int priority = DEF_PRIORITY; priority >= 0; priority--) {
		struct shrink_call call = {freeable,	  nr,	       priority,
					   DEFAULT_SEEKS, SUPER_BATCH, NULL};

		if (call_both(&variants[variant], &call, NEVER).end.scanned)
			return priority;
	}
	return -1;
}

/* The table of KERNEL_FACTS 1.4. */
static void small_caches_are_scanned_from_the_listed_priority(void **state)
{
	static const struct {
		s64 freeable;
		int a, a_debt, b, c, c_debt;
	} rows[] = {
		{5, 0, 2, 12, 0, 1},	 {100, 1, 2, 12, 1, 2},	   {500, 1, 2, 12, 1, 2},
		{1000, 1, 3, 12, 1, 2},	 {1500, 1, 2, 12, 1, 2},   {2047, 1, 2, 12, 1, 2},
		{2048, 2, 12, 12, 2, 3}, {3000, 2, 12, 12, 2, 3},  {4096, 3, 12, 12, 3, 4},
		{5000, 3, 12, 12, 3, 4}, {20000, 5, 12, 12, 5, 6}, {100000, 7, 12, 12, 7, 8},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		s64 freeable = rows[i].freeable;

		assert_int_equal(mildest_scan(A, freeable, 0), rows[i].a);
		assert_int_equal(mildest_scan(A, freeable, 1000000000), rows[i].a_debt);
		assert_int_equal(mildest_scan(B, freeable, 0), rows[i].b);
		assert_int_equal(mildest_scan(C, freeable, 0), rows[i].c);
		assert_int_equal(mildest_scan(C, freeable, 2 * freeable), rows[i].c_debt);
	}
}

/*
 * By hand from KERNEL_FACTS 1.5. Seeks 2: a share of 1 << priority is worth 4 / 2 objects.
 */
static void published_small_caches_add_up_to_an_object(void **state)
{
	static const struct {
		s64 freeable, nr;
		int priority;
		u32 seeks;
		int small; /* before */
		s64 delta, scanned, owed;
		int kept; /* after */
	} rows[] = {
		/* 1000 a call: 4096 are full at the fifth, 5000 - 4096 stay */
		{1000, 0, 12, 2, 0, 0, 0, 0, 1000},
		{1000, 0, 12, 2, 1000, 0, 0, 0, 2000},
		{1000, 0, 12, 2, 3000, 0, 0, 0, 4000},
		{1000, 0, 12, 2, 4000, 2, 0, 2, 904},
		{4095, 0, 12, 2, 4095, 2, 0, 2, 4094},
		/* a cache of two loses both; one of three keeps the debt, and is scanned the next time */
		{2, 0, 12, 2, 4094, 2, 2, 0, 0},
		{2, 0, 12, 2, 4093, 0, 0, 0, 4095},
		{3, 0, 12, 2, 4094, 2, 0, 2, 1},
		{3, 2, 12, 2, 4094, 2, 4, 0, 1},
		/* what the classic rule gives is not touched */
		{4096, 0, 12, 2, 500, 2, 0, 2, 500},
		{10, 0, 3, 2, 500, 2, 0, 2, 500},
		/* gathered at 12, spent at 4: 3010 = 188 * 16 + 2; of 376 twice the cache is scanned */
		{10, 0, 4, 2, 3000, 376, 20, 356, 2},
		/* too dear for one share: both shares stay until they are worth an object */
		{4096, 0, 12, 8, 0, 0, 0, 0, 4096},
		{4096, 0, 12, 8, 4096, 1, 0, 1, 0},
		{4000, 0, 12, 8, 4500, 1, 0, 1, 308},
		/* with a debt: the clamp to half the cache is the classic one */
		{100, 99, 12, 2, 3996, 2, 0, 101, 0},
		/* no seeks: half, rounded up; the last object can go; nothing is gathered */
		{1, 0, 12, 0, 77, 1, 1, 0, 77},
		{4, 0, 12, 0, 77, 2, 0, 2, 77},
		{5, 0, 12, 0, 77, 3, 0, 3, 77},
		{5, 2, 12, 0, 77, 3, 5, 0, 77},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int small_scan = rows[i].small;
		struct shrink_call call = {rows[i].freeable, rows[i].nr,  rows[i].priority,
					   rows[i].seeks,    SUPER_BATCH, &small_scan};
		struct outcome o = call_both(&variants[R], &call, NEVER);

		if (o.plan.delta != rows[i].delta || o.end.scanned != rows[i].scanned ||
		    o.end.owed != rows[i].owed || o.small_scan != rows[i].kept)
			fail_msg("row %zu: %ld %ld %ld %d", i, o.plan.delta, o.end.scanned,
				 o.end.owed, o.small_scan);
	}
}

/* A thousand calls on any size of list: as much pressure as on a list of all of them together. */
static void published_shares_are_equal_whatever_the_size(void **state)
{
	static const s64 sizes[] = {1, 7, 512, 1000, 4095};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		int small_scan = 0;
		s64 sum = 0;

		for (int n = 0; n < 1000; n++) {
			struct shrink_call call = {sizes[i],	  0,	       DEF_PRIORITY,
						   DEFAULT_SEEKS, SUPER_BATCH, &small_scan};
			struct outcome o = call_both(&variants[R], &call, NEVER);

			small_scan = o.small_scan;
			sum += o.plan.delta;
		}
		assert_int_equal(sum, 1000 * sizes[i] / 4096 * 2);
	}
}

static u64 random_u64(u64 *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* 0 .. limit, every order of magnitude as often as any other. */
static s64 random_size(u64 *seed, s64 limit)
{
	u64 bits = random_u64(seed) % 44;
	s64 n = (s64)(random_u64(seed) & ((2ULL << bits) - 1));

	return n % (limit + 1);
}

static struct shrink_call random_call(u64 *seed, const struct variant *v)
{
	static const u32 seeks[] = {0, 1, 2, 4, 16};
	struct shrink_call call = {
		.freeable = 1 + random_size(seed, 999999999),
		.nr = random_size(seed, 10000000000000),
		.priority = (int)(random_u64(seed) % (DEF_PRIORITY + 1)),
		.seeks = seeks[random_u64(seed) % ARRAY_SIZE(seeks)],
		.batch = random_u64(seed) & 1 ? SUPER_BATCH : SHRINK_BATCH,
	};

	/* the edges: whole batches, a full counter, one that has overflowed */
	if (random_u64(seed) % 4 == 0)
		call.freeable =
			call.batch * (1 + call.freeable % 8) + (s64)(random_u64(seed) % 3) - 1;
	switch (random_u64(seed) % 8) {
	case 0:
		call.nr = 0;
		break;
	case 1:
		call.nr = 2 * call.freeable;
		break;
	case 2:
		if (v->debt == DEBT_4_16)
			call.nr = -call.nr;
		break;
	}
	if (!v->zero_seek_rule && !call.seeks)
		call.seeks = DEFAULT_SEEKS;
	return call;
}

static void random_calls_agree_with_the_checker(void **state)
{
	u64 seed = 0x9e3779b97f4a7c15;

	(void)state;
	for (int i = 0; i < 400000; i++) {
		const struct variant *v = &variants[i % NR_VARIANTS];
		struct shrink_call call = random_call(&seed, v);
		int small_scan = (int)random_size(&seed, 16383);
		/* a billion objects take long to scan: now and then is enough */
		bool whole = call.freeable < 50000 || i % 20000 < NR_VARIANTS;
		s64 stop = whole && i % 3 ? NEVER : random_size(&seed, 200);

		call.small_scan = &small_scan;
		call_both(v, &call, stop);
	}
}

struct load {
	const char *kernel, *load;
	int variant;
	int zero_seeks; /* shrinkers that the trace shows with seeks 0 */
};

static const struct load loads[] = {
	{"4.18", "W4", A, 0},	    {"4.18", "W4p", A, 0},	 {"4.19.1", "W4", B, 0},
	{"4.19.1", "W4p", B, 0},    {"5.9.1", "W4", A0, 4},	 {"5.9.1", "W4p", A0, 4},
	{"6.1-debian", "W4", C, 4}, {"6.1-debian", "W4p", C, 4},
};

static bool verbose;

/* Lines on which an implementation differs from the recording. */
struct wrong {
	long delta, total_scan, left, owed, freed;
	struct counter_sums counters;
};

struct judgement {
	const struct load *load;
	struct recorded trace;
	u32 seeks[RECORDED_SHRINKERS];
	s64 *owed_model, *owed_checker;
	struct wrong model, checker;
	long unused; /* lines where it is not "objects to shrink" of the start */
};

static s64 batch_of(const struct recorded_shrinker *s)
{
	return strcmp(s->function, "super_cache_scan") ? SHRINK_BATCH : SUPER_BATCH;
}

static struct shrink_call call_of(const struct recorded_call *c, u32 seeks, s64 batch)
{
	return (struct shrink_call){c->cache_items, c->deferred, c->priority, seeks, batch, NULL};
}

/* Do these two fit all lines of the shrinker? */
static bool fits(const struct judgement *j, int shrinker, u32 seeks, s64 batch)
{
	for (size_t i = 0; i < j->trace.nr_calls; i++) {
		const struct recorded_call *c = &j->trace.calls[i];
		struct shrink_call call = call_of(c, seeks, batch);
		struct checker_line l;

		if (c->shrinker != shrinker)
			continue;
		l = call_checker(&variants[j->load->variant], &call, NEVER);
		if (l.delta != c->delta || l.left != c->left)
			return false;
	}
	return true;
}

static void print_shrinker(const struct judgement *j, int shrinker, bool only_seeks)
{
	static const s64 batches[] = {16, 32, 64, 128, 256, 512, 1024, 2048, 4096};
	const struct recorded_shrinker *s = &j->trace.shrinkers[shrinker];
	int fit = 0;

	for (size_t i = 0; i < ARRAY_SIZE(batches); i++)
		fit += fits(j, shrinker, j->seeks[shrinker], batches[i]);
	printf("# %-10s %-4s %-24s %-16s seeks %u%s, batch %ld%s\n", j->load->kernel, j->load->load,
	       s->function, s->pointer, j->seeks[shrinker], only_seeks ? "" : " or other",
	       batch_of(s), fit == 1 ? "" : " or other");
}

/*
 * The seeks of each shrinker, found from its lines alone: exactly one value fits them all. Under
 * the minimum batch of 4.19 small caches look the same with any; there it is DEFAULT_SEEKS, since
 * the zero-seek rule came later.
 */
static void find_seeks(struct judgement *j)
{
	static const u32 seeks[] = {0, 1, 2, 3, 4, 8};
	const struct variant *v = &variants[j->load->variant];
	bool hidden = v->demand == DEMAND_4_19;
	int zero = 0;

	for (int s = 0; s < j->trace.nr_shrinkers; s++) {
		const struct recorded_shrinker *name = &j->trace.shrinkers[s];
		int fit = 0;

		j->seeks[s] = DEFAULT_SEEKS;
		for (size_t i = !v->zero_seek_rule; i < ARRAY_SIZE(seeks); i++) {
			if (!fits(j, s, seeks[i], batch_of(name)))
				continue;
			fit++;
			if (!hidden)
				j->seeks[s] = seeks[i];
		}
		assert_true(fit == 1 || (hidden && fits(j, s, DEFAULT_SEEKS, batch_of(name))));
		assert_true(j->seeks[s] == 0 || j->seeks[s] == DEFAULT_SEEKS);
		if (!strcmp(name->function, "scan_shadow_nodes"))
			assert_int_equal(j->seeks[s], v->zero_seek_rule ? 0 : DEFAULT_SEEKS);
		else if (strcmp(name->function, "super_cache_scan"))
			assert_int_equal(j->seeks[s], DEFAULT_SEEKS);
		zero += !j->seeks[s];
		if (verbose)
			print_shrinker(j, s, fit == 1);
	}
	assert_int_equal(zero, j->load->zero_seeks);
}

/*
 * Every line, with no exception: the loop of every recorded call ran to its end, none was refused
 * (SHRINK_STOP), so what is left of total_scan is known before.
 */
static void judge_calls(struct judgement *j)
{
	const struct variant *v = &variants[j->load->variant];

	for (size_t i = 0; i < j->trace.nr_calls; i++) {
		const struct recorded_call *c = &j->trace.calls[i];
		s64 batch = batch_of(&j->trace.shrinkers[c->shrinker]);
		struct shrink_call call = call_of(c, j->seeks[c->shrinker], batch);
		struct outcome o = call_model(v, &call, NEVER, c->freed);
		struct checker_line l = call_checker(v, &call, NEVER);

		j->unused += c->unused_scan != c->deferred;
		j->model.delta += o.plan.delta != c->delta;
		j->model.total_scan += o.plan.total_scan != c->total_scan;
		j->model.left += o.end.total_scan != c->left;
		j->model.freed += (s64)o.end.freed != c->freed;
		j->model.owed += o.end.owed != l.owed;
		j->owed_model[i] = o.end.owed;
		j->checker.delta += l.delta != c->delta;
		j->checker.total_scan += l.total_scan != c->total_scan;
		j->checker.left += l.left != c->left;
		j->checker.freed += !l.batches && c->freed;
		j->owed_checker[i] = l.owed;
	}
	counters_replay(&j->trace, v->deferred->per_memcg, j->owed_model, &j->model.counters);
	counters_replay(&j->trace, v->debt == DEBT_5_13, j->owed_checker, &j->checker.counters);
}

static long sum(const struct wrong *w)
{
	return w->delta + w->total_scan + w->left + w->owed + w->freed + w->counters.wrong;
}

static void print_judgement(const struct judgement *j)
{
	const struct wrong *m = &j->model;

	if (j->load == loads)
		puts("# kernel     load  lines judged starts*  ends overtaken wrong: model "
		     "checker\n"
		     "# * so many of them found 0, and the trace hides which counter it was");
	printf("# %-10s %-4s %6zu %6zu %6ld %6zu %9ld %12ld %7ld\n", j->load->kernel, j->load->load,
	       j->trace.nr_lines, j->trace.nr_calls, m->counters.unsure, j->trace.nr_calls,
	       m->counters.moved, j->unused + sum(m), j->unused + sum(&j->checker));
	if (sum(m))
		printf("# model: delta %ld, total_scan %ld, left %ld, freed %ld, counters %ld, "
		       "owed %ld\n",
		       m->delta, m->total_scan, m->left, m->freed, m->counters.wrong, m->owed);
}

static void every_recorded_line_is_exact(void **state)
{
	struct judgement j = {.load = *state};
	const char *dir = getenv("MEMCGSIM_RECORDED");
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s/%s/shrink.trace.zst", dir ? dir : "scenarios/recorded",
		 j.load->kernel, j.load->load);
	assert_int_equal(recorded_read(path, &j.trace), 0);
	assert_true(j.trace.nr_calls > 1000);
	j.owed_model = calloc(j.trace.nr_calls, sizeof(s64));
	j.owed_checker = calloc(j.trace.nr_calls, sizeof(s64));
	find_seeks(&j);
	judge_calls(&j);
	print_judgement(&j);
	assert_int_equal(j.unused + sum(&j.model) + sum(&j.checker), 0);
	/* ten cgroups have their files on each node: one counter for all would not do */
	if (variants[j.load->variant].deferred->per_memcg)
		assert_true(j.model.counters.most >= 10);
	free(j.owed_model);
	free(j.owed_checker);
	recorded_free(&j.trace);
}

/* [-v] [PATTERN]: -v prints the seeks and the batch of every shrinker as well. */
int main(int argc, char **argv)
{
	struct CMUnitTest tests[6 + ARRAY_SIZE(loads)] = {
		cmocka_unit_test(published_calls_give_the_published_numbers),
		cmocka_unit_test(published_small_caches_add_up_to_an_object),
		cmocka_unit_test(published_shares_are_equal_whatever_the_size),
		cmocka_unit_test(checker_knows_the_lines_of_4_15),
		cmocka_unit_test(small_caches_are_scanned_from_the_listed_priority),
		cmocka_unit_test(random_calls_agree_with_the_checker),
	};
	char names[ARRAY_SIZE(loads)][64];

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-v"))
			verbose = true;
		else
			cmocka_set_test_filter(argv[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(loads); i++) {
		snprintf(names[i], sizeof(names[i]), "every_recorded_line_is_exact: %s %s",
			 loads[i].kernel, loads[i].load);
		tests[6 + i] = (struct CMUnitTest){.name = names[i],
						   .test_func = every_recorded_line_is_exact,
						   .initial_state = (void *)&loads[i]};
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
