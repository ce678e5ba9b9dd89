// SPDX-License-Identifier: GPL-3.0-or-later
#include "verdict/expect.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- values ---- */

enum suffix { SUFFIX_NONE, SUFFIX_END, SUFFIX_PEAK, SUFFIX_MEAN };

/* Metric index of a name with its suffix; -1 if there is none. A sampled metric alone means its end. */
static int find_metric(const struct result *r, const char *name, enum suffix *suffix)
{
	static const char *const suffixes[] = {"", ".end", ".peak", ".mean"};

	for (u32 i = 0; i < r->nr_metrics; i++) {
		size_t n = strlen(r->metrics[i].name);

		if (strncmp(name, r->metrics[i].name, n))
			continue;
		for (u32 k = 0; k < ARRAY_SIZE(suffixes); k++) {
			if (strcmp(name + n, suffixes[k]))
				continue;
			*suffix = (enum suffix)k;
			return (int)i;
		}
	}
	return -1;
}

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

double expect_metric(const struct result *r, const char *metric, u32 variant, double at)
{
	enum suffix suffix;
	int m = find_metric(r, metric, &suffix);
	double sum = 0.0;

	for (u32 i = 0; m >= 0 && i < r->nr_repeats; i++) {
		const struct run_result *run = &r->runs[variant * r->nr_repeats + i];

		if (!run->values)
			return NAN;
		if (at >= 0.0)
			sum += value_at(r, run, (u32)m, at);
		else
			sum += suffix == SUFFIX_PEAK   ? run->values[m].peak
			       : suffix == SUFFIX_MEAN ? run->values[m].mean
						       : run->values[m].end;
	}
	return m < 0 ? NAN : sum / r->nr_repeats;
}

/* ---- text ---- */

struct text {
	char buf[512];
	size_t n;
};

static void add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->n, sizeof(t->buf) - t->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->n = min_of(t->n + (size_t)n, sizeof(t->buf) - 1);
}

static void add_number(struct text *t, double v)
{
	if (isnan(v))
		add(t, "empty");
	else if (v == rint(v) && fabs(v) < 9e15)
		add(t, "%.0f", v);
	else
		add(t, "%.6g", v);
}

static void add_named(struct text *t, const char *word, double v)
{
	add(t, " %s ", word);
	add_number(t, v);
}

static void describe(struct text *t, const struct expect_conf *e)
{
	const char *const *order = e->order.items;

	add(t, "%s", e->metric);
	if (e->variant)
		add(t, " of %s", e->variant);
	if (e->over)
		add(t, " over %s", e->over);
	for (u32 i = 0; i < e->order.n; i++)
		add(t, "%s%s", i ? " < " : " rises in the order ", order[i]);
	if (e->has & EXPECT_AT)
		add(t, " at %g s", (double)e->at / 1e9);
	if (e->has & EXPECT_NEAR)
		add_named(t, "near", e->near);
	if (e->has & EXPECT_WITHIN) {
		add_named(t, "within", e->within_relative ? e->within * 100.0 : e->within);
		add(t, "%s", e->within_relative ? " %" : "");
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

static int find_variant(const struct result *r, const char *name)
{
	for (u32 i = 0; name && i < r->nr_variants; i++)
		if (!strcmp(r->variants[i].name, name))
			return (int)i;
	return -1;
}

static double variant_value(const struct result *r, const struct expect_conf *e, const char *name)
{
	int v = find_variant(r, name);

	return v < 0 ? NAN
		     : expect_metric(r, e->metric, (u32)v,
				     e->has & EXPECT_AT ? (double)e->at / 1e9 : -1.0);
}

static void add_values(struct text *t, const struct result *r, const struct expect_conf *e)
{
	const char *const *order = e->order.items;
	double v = variant_value(r, e, e->variant);

	for (u32 i = 0; i < e->order.n; i++) {
		if (i)
			add(t, ", ");
		add_number(t, variant_value(r, e, order[i]));
	}
	if (e->order.n)
		return;
	if (e->over)
		v /= variant_value(r, e, e->over);
	add_number(t, v);
}

int expect_fill(struct result *r, const struct scenario *s, struct arena *arena)
{
	r->expects = arena_array(arena, max_of(s->nr_expects, 1U), sizeof(*r->expects));
	if (!r->expects)
		return -ENOMEM;
	for (u32 i = 0; i < s->nr_expects; i++) {
		struct text text = {.n = 0}, value = {.n = 0};

		text.buf[0] = value.buf[0] = 0;
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
