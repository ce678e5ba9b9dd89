// SPDX-License-Identifier: GPL-3.0-or-later
#include "verdict/judge.h"

#include "verdict/baseline.h"
#include "verdict/draft.h"
#include "verdict/expect.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *keep(struct judge *j, const char *text)
{
	char *copy = arena_strdup(j->arena, text);

	if (!copy)
		j->failed = true;
	return copy;
}

/* The rows lie in a list that doubles; what it leaves behind in the arena is as much again. */
static struct verdict_row *next_row(struct judge *j)
{
	struct verdict_suite *s = j->suite;

	if (s->nr_rows == j->cap) {
		u32 cap = j->cap ? j->cap * 2 : 16;
		struct verdict_row *rows = arena_array(j->arena, cap, sizeof(*rows));

		if (!rows) {
			j->failed = true;
			return NULL;
		}
		if (s->nr_rows)
			memcpy(rows, s->rows, s->nr_rows * sizeof(*rows));
		s->rows = rows;
		j->cap = cap;
	}
	return &s->rows[s->nr_rows++];
}

void deliver(struct judge *j, struct draft *d)
{
	struct verdict_row *row = next_row(j);

	if (!row)
		return;
	*row = (struct verdict_row){
		.check = d->check,
		.metric = keep(j, d->metric),
		.variant = keep(j, d->variant.buf),
		.subject = keep(j, d->subject.buf),
		.found = keep(j, d->found.buf),
		.wanted = keep(j, d->wanted.buf),
		.miss = keep(j, d->miss.buf),
		.value = d->value,
		.off = d->off,
		.repeat = d->repeat,
		.holds = d->off == 0.0,
		.test = d->test ? d->test : "",
		.p = d->test ? d->p : NAN,
		.catches = d->test ? d->catches : NAN,
		.repeats = d->test ? d->repeats : NAN,
	};
	j->suite->nr_failed += !row->holds;
}

/* ---- bounds ---- */

static void narrow(struct bounds *b, double lo, double hi)
{
	b->lo = max_of(b->lo, lo);
	b->hi = min_of(b->hi, hi);
}

/* "too high by 6 (4 times 2)", "too low by 1 (20 % below 5)" */
static void say_miss(struct text *t, double v, double bound, double off)
{
	text_add(t, "too %s by ", v > bound ? "high" : "low");
	text_number(t, off, "");
	if (bound > 0.0 && v >= 2.0 * bound)
		text_add(t, " (%.3g times ", v / bound);
	else if (bound != 0.0)
		text_add(t, " (%.3g %% %s ", off / fabs(bound) * 100.0,
			 v > bound ? "above" : "below");
	else
		return;
	text_number(t, bound, "");
	text_add(t, ")");
}

void judge_bounds(struct draft *d, double v, const struct bounds *b)
{
	bool low = v < b->lo;

	d->value = v;
	text_number(&d->found, v, "no value");
	/* where min and max contradict each other, the larger miss is told */
	if (low && v > b->hi)
		low = b->lo - v > v - b->hi;
	d->off = low ? b->lo - v : v > b->hi ? v - b->hi : 0.0;
	if (d->off > 0.0)
		say_miss(&d->miss, v, low ? b->lo : b->hi, d->off);
}

void no_value(struct draft *d, const char *why)
{
	d->value = NAN;
	d->off = INFINITY;
	text_add(&d->found, "no value");
	text_add(&d->miss, "%s", why);
}

/* ---- expect ---- */

static struct bounds expect_bounds(const struct expect_conf *e)
{
	struct bounds b = {-INFINITY, INFINITY};
	double within = e->within_relative ? e->within * fabs(e->near) : e->within;

	if (e->has & EXPECT_NEAR)
		narrow(&b, e->near - within, e->near + within);
	if (e->has & EXPECT_MIN)
		narrow(&b, e->min, INFINITY);
	if (e->has & EXPECT_MAX)
		narrow(&b, -INFINITY, e->max);
	if (e->has & EXPECT_BETWEEN)
		narrow(&b, e->lo, e->hi);
	return b;
}

static void judge_value(struct judge *j, struct draft *d, const struct expect_conf *e)
{
	double v = expect_value(j->r, e, e->variant, d->repeat), over = 1.0;
	struct bounds b = expect_bounds(e);

	text_add(&d->variant, "%s", e->variant);
	if (e->over) {
		text_add(&d->variant, " over %s", e->over);
		over = expect_value(j->r, e, e->over, d->repeat);
	}
	if (isnan(v) || isnan(over)) {
		text_add(&d->miss, "%s has no value in %s%s", e->metric,
			 isnan(v) ? e->variant : e->over,
			 e->has & EXPECT_AT ? " at that time" : "");
		no_value(d, "");
	} else if (over == 0.0) {
		text_add(&d->miss, "%s of %s is 0: there is no ratio to it", e->metric, e->over);
		no_value(d, "");
	} else {
		judge_bounds(d, v / over, &b);
	}
}

/* Each above the one before; by how much it misses is the largest step down. */
static void judge_order(struct judge *j, struct draft *d, const struct expect_conf *e)
{
	const char *const *order = e->order.items;
	double before = NAN;

	d->value = NAN;
	for (u32 i = 0; i < e->order.n; i++) {
		double v = expect_value(j->r, e, order[i], d->repeat);

		text_add(&d->variant, "%s%s", i ? ", " : "", order[i]);
		text_add(&d->found, i ? ", " : "");
		text_number(&d->found, v, "no value");
		if (isnan(v)) {
			d->off = INFINITY;
			text_add(&d->miss, "%s%s has no value", d->miss.n ? "; " : "", order[i]);
		} else if (v <= before) {
			d->off = max_of(d->off, before > v ? before - v : INFINITY);
			text_add(&d->miss, "%s%s is not above %s: ", d->miss.n ? "; " : "",
				 order[i], order[i - 1]);
			if (before > v) {
				text_add(&d->miss, "lower by ");
				text_number(&d->miss, before - v, "");
			} else {
				text_add(&d->miss, "they are equal");
			}
		}
		before = v;
	}
}

static void judge_expect(struct judge *j, const struct expect_conf *e, s32 repeat)
{
	struct draft d = {.check = "expect", .metric = e->metric, .repeat = repeat};

	expect_subject(&d.subject, e);
	if (repeat >= 0)
		text_add(&d.subject, ", repeat %d", repeat);
	expect_wanted(&d.wanted, e);
	if (e->order.n)
		judge_order(j, &d, e);
	else
		judge_value(j, &d, e);
	deliver(j, &d);
}

/* ---- balance ---- */

/* What a value outside means, after by how much it is. */
static void say_balance(struct text *t, const char *metric, double v)
{
	if (!strcmp(metric, "balance.scan_ratio"))
		text_add(t, ": slab is scanned %.3g times as fast as the page cache", v);
	else if (!strcmp(metric, "balance.jain"))
		text_add(t, ": the scanning is shared as if by %.3g %% of the lists", v * 100.0);
	else if (!strcmp(metric, "balance.small_retention"))
		text_add(t, ": small caches keep %.3g %% of what they had when pressure began",
			 v * 100.0);
	else
		text_add(t, ": the page cache falls by %.3g %% of its mean", v * 100.0);
}

static void judge_balance_metric(struct judge *j, u32 variant, const char *metric, struct bounds b)
{
	struct draft d = {.check = "balance", .metric = metric, .repeat = -1};
	double v = expect_metric(j->r, metric, variant, -1, -1.0);

	text_add(&d.variant, "%s", j->r->variants[variant].name);
	text_add(&d.subject, "%s of %s", metric, d.variant.buf);
	if (isinf(b.lo) || isinf(b.hi)) {
		text_add(&d.wanted, isinf(b.lo) ? "at most " : "at least ");
		text_number(&d.wanted, isinf(b.lo) ? b.hi : b.lo, "");
	} else {
		text_add(&d.wanted, "between ");
		text_number(&d.wanted, b.lo, "");
		text_add(&d.wanted, " and ");
		text_number(&d.wanted, b.hi, "");
	}
	if (isnan(v))
		no_value(&d, "reclaim did not come by what this is about");
	else
		judge_bounds(&d, v, &b);
	if (d.off > 0.0 && !isnan(v))
		say_balance(&d.miss, metric, v);
	deliver(j, &d);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Rows of all repeats of a variant. */
struct caches {
	const struct run_result *runs;
	u32 nr_runs;
};

/* Names of shrinkers that reclaim came by, each once, in the order of strcmp. NULL: out of memory. */
static const char **shrinkers_of(struct judge *j, const struct caches *c, u32 *n)
{
	const char **names;
	u32 rows = 0, last = 0;

	for (u32 i = 0; i < c->nr_runs; i++)
		rows += c->runs[i].nr_balance;
	names = arena_array(j->arena, max_of(rows, 1U), sizeof(*names));
	*n = 0;
	if (!names)
		return NULL;
	for (u32 i = 0; i < c->nr_runs; i++)
		for (u32 k = 0; k < c->runs[i].nr_balance; k++)
			if (!isnan(c->runs[i].balance[k].ratio))
				names[(*n)++] = c->runs[i].balance[k].shrinker;
	qsort(names, *n, sizeof(*names), by_name);
	for (u32 i = 1; i < *n; i++)
		if (strcmp(names[last], names[i]))
			names[++last] = names[i];
	*n = *n ? last + 1 : 0;
	return names;
}

/* The caches of one shrinker: one verdict, about the worst of them. */
static void judge_shrinker(struct judge *j, const struct balance_conf *c, u32 variant,
			   const struct caches *all, const char *shrinker)
{
	struct draft d = {.check = "balance", .metric = "balance.cache_ratio", .repeat = -1};
	const struct bounds b = {-INFINITY, c->cache_ratio};
	const struct balance_row *worst = NULL;
	u32 above = 0;

	for (u32 i = 0; i < all->nr_runs; i++) {
		for (u32 k = 0; k < all->runs[i].nr_balance; k++) {
			const struct balance_row *row = &all->runs[i].balance[k];

			if (strcmp(row->shrinker, shrinker) || isnan(row->ratio))
				continue;
			above += row->ratio > c->cache_ratio;
			if (!worst || row->ratio > worst->ratio)
				worst = row;
		}
	}
	text_add(&d.variant, "%s", j->r->variants[variant].name);
	/* the subject is the same whichever cache is the worst: a JUnit file is read beside the one before */
	text_add(&d.subject, "balance.cache_ratio of %s in %s", shrinker, d.variant.buf);
	text_add(&d.wanted, "at most ");
	text_number(&d.wanted, c->cache_ratio, "");
	if (!worst) {
		no_value(&d, "reclaim never scanned one of them beside page cache");
	} else {
		judge_bounds(&d, worst->ratio, &b);
		text_add(&d.found, " (%s)", worst->cache);
		if (d.off > 0.0) {
			d.miss = (struct text){.n = 0};
			text_add(&d.miss,
				 "%s is over-scanned: %.4g times as fast as the page cache",
				 worst->cache, worst->ratio);
			if (c->cache_ratio > 0.0)
				text_add(&d.miss, ", %.3g times what is allowed",
					 worst->ratio / c->cache_ratio);
			if (worst->first)
				text_add(&d.miss, "; it had %llu objects to free at first",
					 (unsigned long long)worst->first);
		}
		if (above > 1)
			text_add(&d.miss, "; so are %u more of %s", above - 1, shrinker);
	}
	deliver(j, &d);
}

static void judge_caches(struct judge *j, const struct balance_conf *c, u32 variant)
{
	const struct caches all = {&j->r->runs[variant * j->r->nr_repeats], j->r->nr_repeats};
	const char *const *wanted = c->caches.items;
	const char **names;
	u32 n;

	if (c->caches.n) {
		for (u32 i = 0; i < c->caches.n; i++)
			judge_shrinker(j, c, variant, &all, wanted[i]);
		return;
	}
	names = shrinkers_of(j, &all, &n);
	if (!names) {
		j->failed = true;
		return;
	}
	if (!n)
		judge_shrinker(j, c, variant, &all, "any kind");
	for (u32 i = 0; i < n; i++)
		judge_shrinker(j, c, variant, &all, names[i]);
}

static void judge_balance(struct judge *j, const struct balance_conf *c)
{
	u32 variant = 0;

	for (u32 i = 0; c->variant && i < j->r->nr_variants; i++)
		if (!strcmp(j->r->variants[i].name, c->variant))
			variant = i;
	if (c->has & BALANCE_SCAN_RATIO)
		judge_balance_metric(j, variant, "balance.scan_ratio",
				     (struct bounds){c->scan_lo, c->scan_hi});
	if (c->has & BALANCE_CACHE_RATIO)
		judge_caches(j, c, variant);
	if (c->has & BALANCE_JAIN)
		judge_balance_metric(j, variant, "balance.jain",
				     (struct bounds){c->jain_lo, c->jain_hi});
	if (c->has & BALANCE_SMALL_RETENTION)
		judge_balance_metric(j, variant, "balance.small_retention",
				     (struct bounds){c->small_retention, INFINITY});
	if (c->has & BALANCE_SAWTOOTH)
		judge_balance_metric(j, variant, "balance.sawtooth",
				     (struct bounds){-INFINITY, c->sawtooth});
}

int judge(struct verdict_suite *suite, const struct result *r, const struct scenario *s,
	  const struct baseline_judge *b, struct arena *arena)
{
	struct judge j = {.suite = suite, .r = r, .arena = arena};

	for (u32 i = 0; i < s->nr_expects; i++) {
		const struct expect_conf *e = &s->expects[i];
		bool each = e->each && r->nr_repeats > 1;

		for (u32 k = 0; k < (each ? r->nr_repeats : 1); k++)
			judge_expect(&j, e, each ? (s32)k : -1);
	}
	for (u32 i = 0; i < s->nr_balances; i++)
		judge_balance(&j, &s->balances[i]);
	if (b)
		baseline_verdicts(&j, b);
	return j.failed ? -ENOMEM : 0;
}
