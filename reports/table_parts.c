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
	return !row->empty && !row->zero;
}

const char *table_left_out(const struct compare *c, bool zero, struct arena *a)
{
	const char *list = "";

	for (u32 i = 0; i < c->nr_rows && list; i++) {
		const struct compare_row *row = &c->rows[i];

		if (zero ? row->zero && !row->empty : row->empty)
			list = arena_printf(a, "%s%s%s", list, *list ? ", " : "",
					    row->metric->name);
	}
	return list;
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

static const char *change_text(const struct compare_cell *first, const struct compare_cell *cell,
			       struct arena *a)
{
	char buf[FORMAT_LEN];

	if (cell->partial || first->partial)
		return cell->partial ? "partial" : "-";
	return arena_strdup(a, format_change(buf, first->mean, cell->mean));
}

static const char *spread_text(const struct compare_cell *cell, const char *unit, struct arena *a)
{
	const char *spread = "";
	char buf[FORMAT_LEN];

	if (cell->half > 0)
		spread = arena_strdup(a, format_spread(buf, cell->half, cell->mean, unit));
	if (!spread || !cell->n || cell->n == cell->of)
		return spread;
	return arena_printf(a, "%s%s(%u/%u)", spread, *spread ? " " : "", cell->n, cell->of);
}

int table_fill_cells(struct table_cell *cells, const struct compare_row *row, u32 nr_variants,
		     struct arena *a)
{
	const char *unit = row->metric->unit;
	char buf[FORMAT_LEN];
	double max = 0;

	for (u32 i = 0; i < nr_variants; i++)
		max = fmax(max, fabs(row->cells[i].mean));
	for (u32 i = 0; i < nr_variants; i++) {
		const struct compare_cell *cell = &row->cells[i];

		cells[i].value = arena_strdup(a, format_human_beside(buf, cell->mean, unit, max));
		cells[i].change = i ? change_text(&row->cells[0], cell, a) : "";
		cells[i].spread = spread_text(cell, unit, a);
		cells[i].star = cell->differs;
		if (!cells[i].value || !cells[i].change || !cells[i].spread)
			return -ENOMEM;
	}
	return 0;
}
