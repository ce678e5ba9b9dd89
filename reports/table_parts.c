// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/table_parts.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "reports/format.h"

void table_left(struct table_line *l, const char *s, u32 width)
{
	u32 n = utf8_width(s);

	if (n) {
		fprintf(l->f, "%*s%s", (int)l->owed, "", s);
		l->owed = 0;
	}
	l->owed += width > n ? width - n : 0;
}

void table_right(struct table_line *l, const char *s, u32 width)
{
	u32 n = utf8_width(s);

	l->owed += width > n ? width - n : 0;
	if (n)
		table_left(l, s, n);
}

void table_end(struct table_line *l)
{
	fputc('\n', l->f);
	l->owed = 0;
}

void table_rule(FILE *f, u32 width)
{
	while (width--)
		fputc('-', f);
	fputc('\n', f);
}

bool table_shows(const struct compare_row *row)
{
	return !row->empty && !row->zero && !row->alike;
}

/* "list, name value"; NULL when out of memory. */
static const char *append(const char *list, const char *name, const char *value, struct arena *a)
{
	if (!list)
		return NULL;
	return arena_printf(a, "%s%s%s%s%s", list, *list ? ", " : "", name, *value ? " " : "",
			    value);
}

/* A metric with one row needs no suffix to be told. */
static const char *row_name(const struct compare *c, u32 i)
{
	const struct metric_info *m = c->rows[i].metric;
	bool other = (i && c->rows[i - 1].metric == m) ||
		     (i + 1 < c->nr_rows && c->rows[i + 1].metric == m);

	return other ? c->rows[i].label : m->name;
}

int table_below(struct table_below *b, const struct compare *c, struct arena *a)
{
	char buf[FORMAT_LEN];

	*b = (struct table_below){"", "", "", ""};
	for (u32 i = 0; i < c->nr_rows; i++) {
		const struct compare_row *row = &c->rows[i];
		bool again = i && row->metric == row[-1].metric;

		if (row->empty)
			b->empty = append(b->empty, row->metric->name, "", a);
		else if (row->zero)
			b->zero = append(b->zero, row_name(c, i), "", a);
		else if (row->alike)
			b->alike = append(b->alike, row->label, compare_text(buf, row, c, 0), a);
		if (!isnan(row->start) && !again)
			b->starts = append(b->starts, row->metric->name,
					   format_human(buf, row->start, row->metric->unit), a);
	}
	return b->starts && b->alike && b->zero && b->empty ? 0 : -ENOMEM;
}

bool table_some_missing(const struct compare *c)
{
	for (u32 i = 0; i < c->nr_rows; i++)
		for (u32 k = 0; k < c->nr_variants; k++) {
			const struct compare_cell *cell = &c->rows[i].cells[k];

			if (cell->n && cell->n < cell->of)
				return true;
		}
	return false;
}

static bool all_differ(const char *const *names, u32 n)
{
	for (u32 i = 0; i < n; i++)
		for (u32 j = 0; j < i; j++)
			if (!strcmp(names[i], names[j]))
				return false;
	return true;
}

/* keep characters of a name, tail of them from its end. */
static const char *shorten(const char *name, u32 keep, u32 tail, struct arena *a)
{
	size_t len = strlen(name);

	if (len <= keep + 2)
		return name;
	return arena_printf(a, "%.*s..%s", (int)(keep - tail), name, name + len - tail);
}

const char **table_short_names(const struct result *r, u32 width, struct arena *a)
{
	u32 n = r->nr_variants, keep = width - 2;
	const char **names = arena_array(a, max_of(n, 1U), sizeof(*names));

	if (!names)
		return NULL;
	/* Names may share their start or their end: try every split around "..", the middle first. */
	for (u32 try = 0; try <= keep; try++) {
		u32 tail = (keep / 2 + try) % (keep + 1);

		for (u32 i = 0; i < n; i++) {
			names[i] = shorten(r->variants[i].name, keep, tail, a);
			if (!names[i])
				return NULL;
		}
		if (all_differ(names, n))
			return names;
	}
	for (u32 i = 0; i < n; i++) {
		names[i] = arena_printf(a, "#%u", i + 1);
		if (!names[i])
			return NULL;
	}
	return names;
}

int table_legend(FILE *f, const struct table *t, const char *const *names)
{
	bool any = false;

	for (u32 i = 0; i < t->r->nr_variants; i++) {
		const char *line;

		if (!strcmp(names[i], t->r->variants[i].name))
			continue;
		line = arena_printf(t->arena, "%s = %s", names[i], t->r->variants[i].name);
		if (!line)
			return -ENOMEM;
		if (!any)
			fputc('\n', f);
		format_wrapped(f, line, "", "  ", TABLE_WIDTH);
		any = true;
	}
	return 0;
}

const char *table_stopped(const struct result *r, const struct run_result *run, struct arena *a)
{
	const char *name = run->variant < r->nr_variants ? r->variants[run->variant].name : "?";
	const char *why = run->why ? run->why : "no reason given";
	const char *repeat = "";
	char buf[FORMAT_LEN];

	if (r->nr_repeats > 1)
		repeat = arena_printf(a, ", repeat %u", run->repeat);
	if (!repeat)
		return NULL;
	if (!run->end_ns)
		return arena_printf(a, "%s%s: not run, %s", name, repeat, why);
	return arena_printf(a, "%s%s: stopped after %s, %s", name, repeat,
			    format_human(buf, (double)run->end_ns / 1e9, "s"), why);
}

const char *table_meaning(const struct table *t, const char *plus_minus, const char *star)
{
	const struct compare *c = t->c;
	const char *mean = arena_printf(t->arena, "mean of %u repeats %s 95 %% interval",
					t->r->nr_repeats, plus_minus);

	if (!mean || !c->nr_tests)
		return mean;
	return arena_printf(t->arena, "%s; %s real difference from the first (%s%s, p < %g%s)",
			    mean, star, "Welch's t-test",
			    c->nr_ranks ? ", or the rank test where skewed" : "", COMPARE_LEVEL,
			    c->nr_tests > 1 ? arena_printf(t->arena,
							   " after Holm's correction for %u tests",
							   c->nr_tests)
					    : "");
}

const char *table_resolution(const struct table *t)
{
	const struct compare *c = t->c;
	u32 percent = (u32)(100 * COMPARE_RESOLUTION + 0.5);

	if (!c->nr_tests)
		return "";
	if (!c->most_label)
		return arena_printf(t->arena, "these repeats show differences of %u %%", percent);
	return arena_printf(
		t->arena,
		"these repeats show a difference of %u %% in %u of %u tests; %s needs %s%s",
		percent, c->nr_resolved, c->nr_tests, c->most_label,
		c->most_repeats ? arena_printf(t->arena, "%u", c->most_repeats)
				: "more than a million",
		c->nr_tests - c->nr_resolved > 1 ? ", the most" : "");
}

static const char *change_text(const struct compare_row *row, u32 variant, struct arena *a)
{
	const struct compare_cell *first = &row->cells[0], *cell = &row->cells[variant];
	double start = isnan(row->start) ? 0 : row->start;
	char buf[FORMAT_LEN];

	if (cell->partial || first->partial)
		return cell->partial ? "partial" : "-";
	/* Of one that grew and one that shrank there is no ratio. */
	if (start > 0 && first->mean != cell->mean && !(first->mean > start && cell->mean > start))
		return "-";
	return arena_strdup(a, format_change(buf, first->mean - start, cell->mean - start));
}

static const char *spread_text(const struct compare_row *row, u32 variant, struct arena *a)
{
	const struct compare_cell *cell = &row->cells[variant];
	double start = isnan(row->start) ? 0 : row->start;
	const char *spread = "";
	char buf[FORMAT_LEN];

	if (cell->half > 0)
		spread = arena_strdup(
			a, format_spread(buf, cell->half, cell->mean - start, row->metric->unit));
	if (!spread || !cell->n || cell->n == cell->of)
		return spread;
	return arena_printf(a, "%s%s(%u/%u)", spread, *spread ? " " : "", cell->n, cell->of);
}

int table_fill_cells(struct table_cell *cells, const struct compare_row *row,
		     const struct compare *c, struct arena *a)
{
	char buf[FORMAT_LEN];

	for (u32 i = 0; i < c->nr_variants; i++) {
		cells[i].value = arena_strdup(a, compare_text(buf, row, c, i));
		cells[i].change = i ? change_text(row, i, a) : "";
		cells[i].spread = spread_text(row, i, a);
		cells[i].star = row->cells[i].differs;
		if (!cells[i].value || !cells[i].change || !cells[i].spread)
			return -ENOMEM;
	}
	return 0;
}
