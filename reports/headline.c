// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/headline.h"

#include "reports/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int find(const struct result *r, const char *name)
{
	for (u32 i = 0; i < r->nr_metrics; i++)
		if (!strcmp(r->metrics[i].name, name))
			return (int)i;
	return -1;
}

/* Mean over the repeats of a metric's peak; NaN if it does not exist. */
static double peak(const struct result *r, const char *name, u32 variant)
{
	int m = find(r, name);
	double sum = 0.0;

	for (u32 i = 0; m >= 0 && i < r->nr_repeats; i++) {
		const struct run_result *run = &r->runs[variant * r->nr_repeats + i];

		sum += run->values ? run->values[m].peak : NAN;
	}
	return m < 0 ? NAN : sum / r->nr_repeats;
}

/* What was there before anything ran: the first sample. */
static double at_start(const struct result *r, u32 variant)
{
	const struct run_result *run = &r->runs[variant * r->nr_repeats];
	int m = find(r, "kernel.bytes");

	return m >= 0 && run->nr_samples ? run->samples[m] : NAN;
}

/* Kernel memory at the peak, or how much it grew where most was there from the start. */
struct taken {
	bool growth;
	double *bytes; /* [nr_variants] */
};

static struct taken take_stock(const struct result *r, struct arena *arena)
{
	struct taken t = {.growth = at_start(r, 0) > 0.2 * peak(r, "kernel.bytes", 0),
			  .bytes = arena_array(arena, r->nr_variants, sizeof(double))};

	for (u32 i = 0; t.bytes && i < r->nr_variants; i++)
		t.bytes[i] = peak(r, "kernel.bytes", i) - (t.growth ? at_start(r, i) : 0.0);
	return t;
}

/* "1.93 GiB of it for list_lru": the largest named part of kernel memory that is worth a word. */
static void part_of(char *buf, size_t len, const struct result *r, double total)
{
	static const struct {
		const char *metric, *words;
	} parts[] = {
		{"list_lru.bytes", "for list_lru"},
		{"memcg.dying_bytes", "held by dying cgroups"},
		{"acct.vector_bytes", "for obj_cgroup vectors"},
	};
	char num[FORMAT_LEN];
	double best = 0.0;

	buf[0] = 0;
	for (u32 i = 0; i < ARRAY_SIZE(parts); i++) {
		double v = peak(r, parts[i].metric, 0);

		if (isnan(v) || v <= best || v < 0.03 * total)
			continue;
		best = v;
		snprintf(buf, len, ", %s of it %s", format_human(num, v, "bytes"), parts[i].words);
	}
}

/* The variant that takes least, or most if none takes less than the first. */
static u32 extreme(const struct result *r, const struct taken *t)
{
	u32 least = 0, most = 0;

	for (u32 i = 1; i < r->nr_variants; i++) {
		if (t->bytes[i] < t->bytes[least])
			least = i;
		if (t->bytes[i] > t->bytes[most])
			most = i;
	}
	return least ? least : most;
}

static char *compare(const struct result *r, const struct taken *t, u32 other, const char *part,
		     struct arena *arena)
{
	char first[FORMAT_LEN], second[FORMAT_LEN], diff[FORMAT_LEN];
	double a = t->bytes[0], b = t->bytes[other];

	return arena_printf(arena, "%s %s %s of kernel memory%s%s; %s %s %s: %s %s (%.1f %%).",
			    r->variants[0].name, t->growth ? "adds" : "takes",
			    format_human(first, a, "bytes"), t->growth ? "" : " at its peak", part,
			    r->variants[other].name, t->growth ? "adds" : "takes",
			    format_human_beside(second, b, "bytes", a),
			    format_human(diff, fabs(a - b), "bytes"), b < a ? "less" : "more",
			    fabs(a - b) / a * 100.0);
}

char *headline_make(const struct result *r, struct arena *arena)
{
	struct taken t = take_stock(r, arena);
	char first[FORMAT_LEN], part[128];
	u32 other;

	if (!t.bytes)
		return NULL;
	if (isnan(t.bytes[0]))
		return arena_strdup(arena, "The first variant did not run.");
	part_of(part, sizeof(part), r, t.bytes[0]);
	other = extreme(r, &t);
	if (other)
		return compare(r, &t, other, t.growth ? "" : part, arena);
	format_human(first, t.bytes[0], "bytes");
	if (r->nr_variants > 1)
		return arena_printf(arena, "All variants take the same kernel memory at their peak: %s.", first);
	return arena_printf(arena, "%s %s %s of kernel memory%s%s.", r->variants[0].name,
			    t.growth ? "adds" : "takes", first, t.growth ? "" : " at its peak",
			    t.growth ? "" : part);
}
