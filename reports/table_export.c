// SPDX-License-Identifier: GPL-3.0-or-later
/* The comparison for other programs: GitHub's markdown, CSV, JSON. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "reports/csv.h"
#include "reports/format.h"
#include "reports/json_text.h"
#include "reports/table_parts.h"

/* ---- markdown ---- */

/* Text in a paragraph or a cell: nothing in it is markup. */
static void md_text(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (strchr("\\`*_[]<>|#~", *s))
			fputc('\\', f);
		fputc(*s == '\n' ? ' ' : *s, f);
	}
}

/* Names, which hold no backtick; a bar would end the cell even in code. */
static void md_code(FILE *f, const char *s)
{
	fputc('`', f);
	for (; *s; s++)
		fprintf(f, "%s%c", *s == '|' ? "\\" : "", *s == '`' ? '\'' : *s);
	fputc('`', f);
}

static void md_cell(FILE *f, const struct table_cell *cell)
{
	fprintf(f, " %s", cell->value);
	if (cell->spread[0] == '+')
		fprintf(f, " ±%s", cell->spread + 2);
	else if (cell->spread[0])
		fprintf(f, " %s", cell->spread);
	if (cell->change[0] && strcmp(cell->value, "-")) {
		fputs(" (", f);
		md_text(f, cell->change);
		fputs(cell->star ? "\\*)" : ")", f);
	}
	fputs(" |", f);
}

static int md_columns(FILE *f, const struct table *t, struct table_cell *cells)
{
	fputs("| |", f);
	for (u32 i = 0; i < t->r->nr_variants; i++) {
		fputc(' ', f);
		md_code(f, t->r->variants[i].name);
		fputs(" |", f);
	}
	fputs("\n|---|", f);
	for (u32 i = 0; i < t->r->nr_variants; i++)
		fputs("---:|", f);
	fputc('\n', f);
	for (u32 i = 0; i < t->c->nr_rows; i++) {
		const struct compare_row *row = &t->c->rows[i];

		if (!table_shows(row))
			continue;
		if (table_fill_cells(cells, row, t->c, t->arena))
			return -ENOMEM;
		fputs("| ", f);
		md_code(f, row->label);
		fputs(" |", f);
		for (u32 k = 0; k < t->r->nr_variants; k++)
			md_cell(f, &cells[k]);
		fputc('\n', f);
	}
	return 0;
}

static int md_rows(FILE *f, const struct table *t, struct table_cell *cells)
{
	u32 n = t->r->nr_variants;

	fputs("| |", f);
	for (u32 i = 0; i < t->c->nr_rows; i++) {
		if (!table_shows(&t->c->rows[i]))
			continue;
		fputc(' ', f);
		md_code(f, t->c->rows[i].label);
		fputs(" |", f);
		if (table_fill_cells(cells + (size_t)i * n, &t->c->rows[i], t->c, t->arena))
			return -ENOMEM;
	}
	fputs("\n|---|", f);
	for (u32 i = 0; i < t->c->nr_rows; i++)
		if (table_shows(&t->c->rows[i]))
			fputs("---:|", f);
	fputc('\n', f);
	for (u32 k = 0; k < n; k++) {
		fputs("| ", f);
		md_code(f, t->r->variants[k].name);
		fputs(" |", f);
		for (u32 i = 0; i < t->c->nr_rows; i++)
			if (table_shows(&t->c->rows[i]))
				md_cell(f, &cells[(size_t)i * n + k]);
		fputc('\n', f);
	}
	return 0;
}

static int md_notes(FILE *f, const struct table *t)
{
	struct compare_note *notes;
	u32 n;

	if (compare_notes(t->r, t->arena, &notes, &n))
		return -ENOMEM;
	for (u32 i = 0; i < n; i++) {
		if (!t->verbose && !notes[i].verdict)
			continue;
		fputs(notes[i].verdict ? "- " : "- note ", f);
		md_text(f, notes[i].of);
		fputs(notes[i].of[0] ? ": " : "", f);
		md_text(f, notes[i].text);
		fputc('\n', f);
	}
	return 0;
}

static void md_line(FILE *f, const char *lead, const char *list)
{
	if (!*list)
		return;
	fputs(lead, f);
	md_text(f, list);
	fputs(".\n", f);
}

static int md_prose(FILE *f, const struct table *t)
{
	struct table_below b;

	if (table_below(&b, t->c, t->arena))
		return -ENOMEM;
	if (t->c->spread || *b.starts || *b.alike || *b.zero || *b.empty)
		fputc('\n', f);
	if (t->c->spread) {
		const char *meaning = table_meaning(t, "±", "*"), *more = table_resolution(t);

		if (!meaning || !more)
			return -ENOMEM;
		fputc('M', f); /* "mean of" */
		md_text(f, meaning + 1);
		fputs(table_some_missing(t->c) ? "; (n/m): n of m repeats have a value" : "", f);
		fputs(*more ? "; " : "", f);
		md_text(f, more);
		fputs(".\n", f);
	}
	md_line(f, "Growth (+) over what was there at the start: ", b.starts);
	md_line(f, "Alike in all variants: ", b.alike);
	md_line(f, "0 everywhere: ", b.zero);
	md_line(f, "No value: ", b.empty);
	if (t->r->nr_expects)
		fputc('\n', f);
	for (u32 i = 0; i < t->r->nr_expects; i++) {
		const char *value = t->r->expects[i].value;

		fputs("- expect ", f);
		md_text(f, t->r->expects[i].text);
		fputs(": ", f);
		md_text(f, value && *value ? value : "no value");
		fputc('\n', f);
	}
	return md_notes(f, t);
}

int table_md(FILE *f, const struct table *t)
{
	size_t n = (size_t)t->c->nr_rows * t->r->nr_variants + t->r->nr_variants;
	struct table_cell *cells = arena_array(t->arena, max_of(n, (size_t)1), sizeof(*cells));
	int ret;

	if (!cells)
		return -ENOMEM;
	fputs("### ", f);
	md_text(f, t->r->scenario);
	fputs("\n\n", f);
	if (t->r->headline && *t->r->headline) {
		md_text(f, t->r->headline);
		fputs("\n\n", f);
	}
	for (u32 i = 0; i < t->r->nr_runs; i++) {
		const char *text = "";

		if (!t->r->runs[i].complete)
			text = table_stopped(t->r, &t->r->runs[i], t->arena);
		if (!text)
			return -ENOMEM;
		if (*text) {
			fputs("**Incomplete:** ", f);
			md_text(f, text);
			fputs("\n\n", f);
		}
	}
	ret = t->r->nr_variants > TABLE_MAX_COLUMNS ? md_rows(f, t, cells)
						    : md_columns(f, t, cells);
	return ret ? ret : md_prose(f, t);
}

/* ---- CSV ---- */

static void number(FILE *f, double v, bool integer)
{
	char buf[FORMAT_LEN];

	fprintf(f, ",%s", isinf(v) ? "" : format_number(buf, v, integer));
}

static double over_first(const struct compare_row *row, u32 variant)
{
	const struct compare_cell *first = &row->cells[0], *cell = &row->cells[variant];

	return first->partial || cell->partial || first->mean == 0 ? NAN : cell->mean / first->mean;
}

static const char *test_name(enum stats_test test)
{
	return test == STATS_RANK    ? "rank"
	       : test == STATS_WELCH ? "welch"
	       : test == STATS_EXACT ? "exact"
				     : "";
}

int table_csv(FILE *f, const struct table *t)
{
	fputs("scenario,metric,unit,variant,repeats,value,ci95,over_first,p,p_holm,test\n", f);
	for (u32 i = 0; i < t->c->nr_rows; i++)
		for (u32 k = 0; k < t->r->nr_variants; k++) {
			const struct compare_row *row = &t->c->rows[i];
			const struct compare_cell *cell = &row->cells[k];

			csv_field(f, t->r->scenario);
			fputc(',', f);
			csv_field(f, row->label);
			fputc(',', f);
			csv_field(f, row->metric->unit);
			fputc(',', f);
			csv_field(f, t->r->variants[k].name);
			fprintf(f, ",%u", cell->n);
			number(f, cell->mean, row->metric->integer);
			number(f, cell->half, false);
			number(f, over_first(row, k), false);
			number(f, cell->p, false);
			number(f, cell->holm, false);
			fprintf(f, ",%s\n", test_name(cell->test));
		}
	return 0;
}

/* ---- JSON ---- */

static void json_row(struct json_text *j, struct json_object *list, const struct table *t,
		     const struct compare_row *row)
{
	struct json_object *o = json_text_object(j, list, NULL), *values;

	json_text_string(j, o, "metric", row->label);
	json_text_string(j, o, "unit", row->metric->unit);
	values = json_text_array(j, o, "values");
	for (u32 k = 0; k < t->r->nr_variants; k++) {
		const struct compare_cell *cell = &row->cells[k];
		struct json_object *v = json_text_object(j, values, NULL);

		json_text_string(j, v, "variant", t->r->variants[k].name);
		json_text_u64(j, v, "repeats", cell->n);
		json_text_double(j, v, "value", cell->mean, row->metric->integer);
		json_text_double(j, v, "ci95", cell->half, false);
		json_text_double(j, v, "over_first", over_first(row, k), false);
		json_text_double(j, v, "p", cell->p, false);
		json_text_double(j, v, "p_holm", cell->holm, false);
		json_text_string(j, v, "test", test_name(cell->test));
		json_text_bool(j, v, "differs", cell->differs);
		json_text_bool(j, v, "partial", cell->partial);
	}
}

static int json_tail(struct json_text *j, const struct table *t)
{
	struct json_object *list = json_text_array(j, j->root, "expect");
	struct compare_note *notes;
	u32 n;

	for (u32 i = 0; i < t->r->nr_expects; i++) {
		struct json_object *o = json_text_object(j, list, NULL);

		json_text_string(j, o, "text", t->r->expects[i].text);
		json_text_string(j, o, "value", t->r->expects[i].value);
	}
	if (compare_notes(t->r, t->arena, &notes, &n))
		return -ENOMEM;
	list = json_text_array(j, j->root, "notes");
	for (u32 i = 0; i < n; i++) {
		struct json_object *o = json_text_object(j, list, NULL);

		json_text_string(j, o, "text", notes[i].text);
		json_text_string(j, o, "variants", notes[i].of);
		json_text_bool(j, o, "verdict", notes[i].verdict);
	}
	return 0;
}

int table_json(FILE *f, const struct table *t)
{
	struct json_object *list;
	struct json_text j;

	json_text_begin(&j);
	json_text_string(&j, j.root, "scenario", t->r->scenario);
	json_text_string(&j, j.root, "headline", t->r->headline);
	json_text_bool(&j, j.root, "complete", t->r->complete);
	list = json_text_array(&j, j.root, "incomplete");
	for (u32 i = 0; i < t->r->nr_runs; i++)
		if (!t->r->runs[i].complete)
			json_text_string(&j, list, NULL,
					 table_stopped(t->r, &t->r->runs[i], t->arena));
	list = json_text_array(&j, j.root, "rows");
	for (u32 i = 0; i < t->c->nr_rows; i++)
		json_row(&j, list, t, &t->c->rows[i]);
	if (json_tail(&j, t))
		j.failed = true;
	return json_text_print(&j, f);
}
