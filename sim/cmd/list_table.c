// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/list_table.h"

#include "reports/csv.h"
#include "reports/format.h"
#include "reports/json_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void list_table_begin(struct list_table *t, struct arena *arena, const char *const *columns,
		      u32 numbers)
{
	*t = (struct list_table){.arena = arena, .columns = columns, .numbers = numbers};
	while (columns[t->nr_columns])
		t->nr_columns++;
}

static bool grow(struct list_table *t)
{
	u32 cap = t->cap ? t->cap * 2 : 64;
	const char **cells = arena_array(t->arena, (size_t)cap * t->nr_columns, sizeof(*cells));

	if (!cells)
		return false;
	if (t->nr_rows)
		memcpy(cells, t->cells, (size_t)t->nr_rows * t->nr_columns * sizeof(*cells));
	t->cells = cells;
	t->cap = cap;
	return true;
}

void list_table_row(struct list_table *t, const char *const *cells)
{
	const char **row;

	if (t->failed || (t->nr_rows == t->cap && !grow(t))) {
		t->failed = true;
		return;
	}
	row = &t->cells[(size_t)t->nr_rows * t->nr_columns];
	for (u32 i = 0; i < t->nr_columns; i++) {
		row[i] = arena_strdup(t->arena, cells[i] ? cells[i] : "");
		t->failed |= !row[i];
	}
	t->nr_rows++;
}

static const char *const *row_at(const struct list_table *t, u32 row)
{
	return &t->cells[(size_t)row * t->nr_columns];
}

static void print_csv(const struct list_table *t, FILE *f)
{
	for (u32 i = 0; i < t->nr_columns; i++)
		fprintf(f, "%s%s", i ? "," : "", t->columns[i]);
	putc('\n', f);
	for (u32 r = 0; r < t->nr_rows; r++) {
		for (u32 i = 0; i < t->nr_columns; i++) {
			if (i)
				putc(',', f);
			csv_field(f, row_at(t, r)[i]);
		}
		putc('\n', f);
	}
}

static int print_json(const struct list_table *t, FILE *f)
{
	struct json_object *rows;
	struct json_text j;

	json_text_begin(&j);
	rows = json_text_array(&j, j.root, "rows");
	for (u32 r = 0; r < t->nr_rows; r++) {
		struct json_object *row = json_text_object(&j, rows, NULL);

		for (u32 i = 0; i < t->nr_columns; i++) {
			const char *cell = row_at(t, r)[i];

			if (!*cell)
				continue;
			if (t->numbers & 1U << i)
				json_text_u64(&j, row, t->columns[i], strtoull(cell, NULL, 10));
			else
				json_text_string(&j, row, t->columns[i], cell);
		}
	}
	return json_text_print(&j, f);
}

/* A bar would end the cell. */
static void print_md_cell(FILE *f, const char *cell)
{
	putc(' ', f);
	for (; *cell; cell++) {
		if (*cell == '|')
			putc('\\', f);
		putc(*cell, f);
	}
	fputs(" |", f);
}

static void print_md(const struct list_table *t, FILE *f)
{
	putc('|', f);
	for (u32 i = 0; i < t->nr_columns; i++)
		print_md_cell(f, t->columns[i]);
	fputs("\n|", f);
	for (u32 i = 0; i < t->nr_columns; i++)
		fputs(t->numbers & 1U << i ? "---:|" : "---|", f);
	putc('\n', f);
	for (u32 r = 0; r < t->nr_rows; r++) {
		putc('|', f);
		for (u32 i = 0; i < t->nr_columns; i++)
			print_md_cell(f, row_at(t, r)[i]);
		putc('\n', f);
	}
}

int list_table_print(struct list_table *t, enum table_format format, FILE *f)
{
	int ret = t->failed ? -ENOMEM : 0;

	if (!ret && format == TABLE_JSON)
		ret = print_json(t, f);
	else if (!ret && format == TABLE_CSV)
		print_csv(t, f);
	else if (!ret)
		print_md(t, f);
	return ret ? ret : ferror(f) ? -EIO : 0;
}

void list_hang(FILE *f, struct arena *arena, const char *left, u32 indent, const char *text)
{
	/* a name that is too long for its column still stands apart from the text */
	const char *first = arena_printf(arena, "%-*s%s", (int)indent, left,
					 utf8_width(left) >= indent ? " " : "");
	const char *rest = arena_printf(arena, "%*s", (int)indent, "");

	if (!*text)
		fprintf(f, "%s\n", left);
	else if (first && rest)
		format_wrapped(f, text, first, rest, LIST_WIDTH);
}
