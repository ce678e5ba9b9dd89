// SPDX-License-Identifier: GPL-3.0-or-later
#include "verdict/expect.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* ---- values ---- */

/* The last sample that is not later; NaN behind the end of the run. */
static double value_at(const struct result *r, const struct run_result *run, u32 metric, double at)
{
	double v = NAN;

	if (!run->nr_samples || at > run->sample_time[run->nr_samples - 1])
		return NAN;
	for (u32 i = 0; i < run->nr_samples && run->sample_time[i] <= at; i++)
		v = run->samples[(size_t)i * r->nr_metrics + metric];
	return v;
}

static double run_value(const struct result *r, const struct run_result *run, u32 metric,
			enum metric_suffix suffix, double at)
{
	const struct metric_value *v = &run->values[metric];

	if (at >= 0.0)
		return value_at(r, run, metric, at);
	return suffix == SUFFIX_PEAK ? v->peak : suffix == SUFFIX_MEAN ? v->mean : v->end;
}

double expect_metric(const struct result *r, const char *metric, u32 variant, s32 repeat, double at)
{
	enum metric_suffix suffix;
	int m = result_find_metric(r->metrics, r->nr_metrics, metric, &suffix);
	double sum = 0.0, n = 0.0;

	for (u32 i = 0; m >= 0 && i < r->nr_repeats; i++) {
		const struct run_result *run = &r->runs[variant * r->nr_repeats + i];

		if (repeat >= 0 && i != (u32)repeat)
			continue;
		if (!run->values)
			return NAN;
		sum += run_value(r, run, (u32)m, suffix, at);
		n += 1.0;
	}
	return n > 0.0 ? sum / n : NAN;
}

/* ---- text ---- */

static void add_named(struct text *t, const char *word, double v)
{
	text_add(t, "%s%s ", t->n ? " " : "", word);
	text_number(t, v, "empty");
}

static void add_at(struct text *t, const struct expect_conf *e)
{
	if (e->has & EXPECT_AT)
		text_add(t, " at %g s", (double)e->at / 1e9);
}

void expect_subject(struct text *t, const struct expect_conf *e)
{
	const char *const *order = e->order.items;

	if (e->name)
		text_add(t, "%s: ", e->name);
	text_add(t, "%s", e->metric);
	if (e->variant)
		text_add(t, " of %s", e->variant);
	if (e->over)
		text_add(t, " over %s", e->over);
	for (u32 i = 0; i < e->order.n; i++)
		text_add(t, "%s%s", i ? ", " : " of ", order[i]);
	add_at(t, e);
}

void expect_wanted(struct text *t, const struct expect_conf *e)
{
	if (e->order.n)
		text_add(t, "rising in this order");
	if (e->has & EXPECT_NEAR)
		add_named(t, "near", e->near);
	if (e->has & EXPECT_WITHIN) {
		add_named(t, "within", e->within_relative ? e->within * 100.0 : e->within);
		text_add(t, "%s", e->within_relative ? " %" : "");
	}
	if (e->has & EXPECT_MIN)
		add_named(t, "at least", e->min);
	if (e->has & EXPECT_MAX)
		add_named(t, "at most", e->max);
	if (e->has & EXPECT_BETWEEN) {
		add_named(t, "between", e->lo);
		add_named(t, "and", e->hi);
	}
}

/* One sentence, for the comparison that run prints. */
static void describe(struct text *t, const struct expect_conf *e)
{
	const char *const *order = e->order.items;
	struct text wanted = {.n = 0};

	if (e->order.n) {
		if (e->name)
			text_add(t, "%s: ", e->name);
		text_add(t, "%s", e->metric);
		for (u32 i = 0; i < e->order.n; i++)
			text_add(t, "%s%s", i ? " < " : " rises in the order ", order[i]);
		add_at(t, e);
		return;
	}
	expect_subject(t, e);
	expect_wanted(&wanted, e);
	text_add(t, " %s", wanted.buf);
}

static int find_variant(const struct result *r, const char *name)
{
	for (u32 i = 0; name && i < r->nr_variants; i++)
		if (!strcmp(r->variants[i].name, name))
			return (int)i;
	return -1;
}

double expect_value(const struct result *r, const struct expect_conf *e, const char *variant,
		    s32 repeat)
{
	int v = find_variant(r, variant);

	return v < 0 ? NAN
		     : expect_metric(r, e->metric, (u32)v, repeat,
				     e->has & EXPECT_AT ? (double)e->at / 1e9 : -1.0);
}

static void add_values(struct text *t, const struct result *r, const struct expect_conf *e)
{
	const char *const *order = e->order.items;
	double v = expect_value(r, e, e->variant, -1);

	for (u32 i = 0; i < e->order.n; i++) {
		if (i)
			text_add(t, ", ");
		text_number(t, expect_value(r, e, order[i], -1), "empty");
	}
	if (e->order.n)
		return;
	if (e->over)
		v /= expect_value(r, e, e->over, -1);
	text_number(t, v, "empty");
}

int expect_fill(struct result *r, const struct scenario *s, struct arena *arena)
{
	r->expects = arena_array(arena, max_of(s->nr_expects, 1U), sizeof(*r->expects));
	if (!r->expects)
		return -ENOMEM;
	for (u32 i = 0; i < s->nr_expects; i++) {
		struct text text = {.n = 0}, value = {.n = 0};

		describe(&text, &s->expects[i]);
		add_values(&value, r, &s->expects[i]);
		r->expects[i].text = arena_strdup(arena, text.buf);
		r->expects[i].value = arena_strdup(arena, value.buf);
		if (!r->expects[i].text || !r->expects[i].value)
			return -ENOMEM;
	}
	r->nr_expects = s->nr_expects;
	return 0;
}
