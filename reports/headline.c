// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/headline.h"

#include "reports/compare.h"
#include "reports/format.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define WORTH_A_WORD 0.01 /* of what the first variant takes */

static int find(const struct result *r, const char *name)
{
	for (u32 i = 0; i < r->nr_metrics; i++)
		if (!strcmp(r->metrics[i].name, name))
			return (int)i;
	return -1;
}

/* Mean over the repeats of a metric's peak (or end); NaN if it does not exist. */
static double level(const struct result *r, const char *name, u32 variant, bool end)
{
	int m = find(r, name);
	double sum = 0.0;

	for (u32 i = 0; m >= 0 && i < r->nr_repeats; i++) {
		const struct run_result *run = &r->runs[variant * r->nr_repeats + i];

		if (!run->values)
			return NAN;
		sum += end ? run->values[m].end : run->values[m].peak;
	}
	return m < 0 ? NAN : sum / r->nr_repeats;
}

/* Kernel memory at the peak, or how much it grew where most was there from the start. */
struct taken {
	bool growth;
	double start; /* of the first variant */
	double *peak, *end; /* bytes [nr_variants] */
};

/* NaN unless the table shows kernel memory as growth; 0 or -ENOMEM. */
static int common_start(double *start, const struct result *r, struct arena *arena)
{
	struct compare c;
	int ret = compare_build(&c, r, arena);

	*start = NAN;
	for (u32 i = 0; !ret && i < c.nr_rows; i++)
		if (!strcmp(c.rows[i].metric->name, "kernel.bytes"))
			*start = c.rows[i].start;
	return ret;
}

static int take_stock(struct taken *t, const struct result *r, struct arena *arena)
{
	if (common_start(&t->start, r, arena))
		return -ENOMEM;
	t->growth = !isnan(t->start);
	t->peak = arena_array(arena, r->nr_variants, sizeof(double));
	t->end = arena_array(arena, r->nr_variants, sizeof(double));
	if (!t->peak || !t->end)
		return -ENOMEM;
	for (u32 i = 0; i < r->nr_variants; i++) {
		double start = t->growth ? t->start : 0.0;

		t->peak[i] = level(r, "kernel.bytes", i, false) - start;
		t->end[i] = level(r, "kernel.bytes", i, true) - start;
	}
	return 0;
}

/* ", 1.93 GiB of it for list_lru": the largest named part of kernel memory that is worth a word. */
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
		double v = level(r, parts[i].metric, 0, false);

		/* what dying cgroups hold is page cache, too: more than all is no part of it */
		if (isnan(v) || v <= best || v < 0.03 * total || v > total)
			continue;
		best = v;
		snprintf(buf, len, ", %s of it %s", format_human(num, v, "bytes"), parts[i].words);
	}
}

/* The variants that take least and most; 0, the first, where none is further off than that. */
static void extremes(const struct result *r, const struct taken *t, u32 *least, u32 *most)
{
	double off = WORTH_A_WORD * fabs(t->peak[0]);

	*least = *most = 0;
	for (u32 i = 1; i < r->nr_variants; i++) {
		if (t->peak[i] < t->peak[*least])
			*least = i;
		if (t->peak[i] > t->peak[*most])
			*most = i;
	}
	if (t->peak[0] - t->peak[*least] < off)
		*least = 0;
	if (t->peak[*most] - t->peak[0] < off)
		*most = 0;
}

/* "; lazy takes 10.8 GiB: 8.37 GiB less (43.7 %)"; of several "; least with lazy: 10.8 GiB, ..." */
static char *other_text(const struct result *r, const struct taken *t, u32 other,
			struct arena *arena)
{
	char num[FORMAT_LEN], diff[FORMAT_LEN];
	const char *name = r->variants[other].name;
	double a = t->peak[0], b = t->peak[other];
	double share = fabs(a - b) / fabs(a) * 100.0;

	format_human_beside(num, b, "bytes", a);
	format_human(diff, fabs(a - b), "bytes");
	if (r->nr_variants == 2)
		return arena_printf(arena, "; %s %s %s: %s %s (%.1f %%)", name,
				    t->growth ? "adds" : "takes", num, diff,
				    b < a ? "less" : "more", share);
	return arena_printf(arena, "; %s with %s: %s, %s %s (%.1f %%)", b < a ? "least" : "most",
			    name, num, diff, b < a ? "less" : "more", share);
}

/* "; 8.03 GiB are left at the end, 0.596 GiB with lazy", where the peak does not last. */
static char *end_text(const struct result *r, const struct taken *t, u32 other, struct arena *arena)
{
	char first[FORMAT_LEN], second[FORMAT_LEN];
	double a = t->end[0], b = t->end[other], max = fmax(fabs(a), fabs(b));

	if (t->growth || !(a < 0.5 * t->peak[0]) || isnan(b))
		return arena_strdup(arena, "");
	format_human_beside(first, a, "bytes", max);
	if (!other)
		return arena_printf(arena, "; %s are left at the end", first);
	return arena_printf(arena, "; %s are left at the end, %s with %s", first,
			    format_human_beside(second, b, "bytes", max), r->variants[other].name);
}

static char *first_text(const struct result *r, const struct taken *t, struct arena *arena)
{
	char num[FORMAT_LEN], start[FORMAT_LEN], part[128];

	if (t->growth)
		return arena_printf(arena, "%s adds %s to the %s of kernel memory at the start",
				    r->variants[0].name, format_human(num, t->peak[0], "bytes"),
				    format_human(start, t->start, "bytes"));
	part_of(part, sizeof(part), r, t->peak[0]);
	return arena_printf(arena, "%s takes %s of kernel memory at its peak%s",
			    r->variants[0].name, format_human(num, t->peak[0], "bytes"), part);
}

/* "compile takes 4.06 min with v4.18, most with v4.19.3: 95.6 min (x 23.6)" */
static char *outcome_text(const struct result *r, int metric, struct arena *arena)
{
	const char *name = r->metrics[metric].name;
	char num[FORMAT_LEN], other[FORMAT_LEN];
	double first = level(r, name, 0, true), most = first;
	u32 slowest = 0, unfinished = 0;
	/* workload.NAME.duration_s */
	int len = (int)strcspn(name + strlen("workload."), ".");

	for (u32 i = 1; i < r->nr_variants; i++) {
		double v = level(r, name, i, true);

		if (isnan(v) && !unfinished)
			unfinished = i;
		if (v > most) {
			most = v;
			slowest = i;
		}
	}
	if (!r->runs[0].values)
		return arena_strdup(arena, "The first variant did not run.");
	if (isnan(first))
		return arena_printf(arena, "%.*s is not done at the end with %s.", len,
				    name + strlen("workload."), r->variants[0].name);
	format_human(num, first, "s");
	if (unfinished)
		return arena_printf(arena,
				    "%.*s takes %s with %s; with %s it is not done at the end.",
				    len, name + strlen("workload."), num, r->variants[0].name,
				    r->variants[unfinished].name);
	if (r->nr_variants == 1)
		return arena_printf(arena, "%.*s takes %s.", len, name + strlen("workload."), num);
	if (most < first * (1.0 + WORTH_A_WORD))
		return arena_printf(arena, "%.*s takes %s with %s, and no longer with any other.",
				    len, name + strlen("workload."), num, r->variants[0].name);
	return arena_printf(arena, "%.*s takes %s with %s; longest with %s: %s (x %.3g).", len,
			    name + strlen("workload."), num, r->variants[0].name,
			    r->variants[slowest].name, format_human(other, most, "s"),
			    most / first);
}

char *headline_make(const struct result *r, struct arena *arena)
{
	const char *first, *less = "", *more = "", *end;
	u32 least, most;
	struct taken t;

	for (u32 i = 0; i < r->nr_metrics; i++)
		if (r->metrics[i].outcome)
			return outcome_text(r, (int)i, arena);
	if (take_stock(&t, r, arena))
		return NULL;
	if (isnan(t.peak[0]))
		return arena_strdup(arena, "The first variant did not run.");
	extremes(r, &t, &least, &most);
	first = first_text(r, &t, arena);
	if (least)
		less = other_text(r, &t, least, arena);
	if (most)
		more = other_text(r, &t, most, arena);
	if (!least && !most && r->nr_variants > 1)
		more = r->nr_variants == 2 ? "; so does the other variant" : "; so do the others";
	end = end_text(r, &t, least ? least : most, arena);
	if (!first || !less || !more || !end)
		return NULL;
	return arena_printf(arena, "%s%s%s%s.", first, less, more, end);
}
