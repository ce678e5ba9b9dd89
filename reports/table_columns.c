// SPDX-License-Identifier: GPL-3.0-or-later
/* Up to three variants: a column each, with the change against the first. */
#include <errno.h>
#include <string.h>

#include "reports/format.h"
#include "reports/table_parts.h"

#define GAP 2 /* spaces between columns */
#define LABEL_MIN 30 /* intervals stand beside the numbers if that leaves so much for the labels */

struct column {
	const char *name;
	u32 value_width, spread_width, change_width, star_width;
	u32 width; /* of all, and of the name above */
};

struct layout {
	struct column col[TABLE_MAX_COLUMNS];
	struct table_cell *cells; /* [nr_rows][n] */
	u32 label_width, total, n;
	bool beside; /* intervals: else in a line of their own, below the numbers */
};

static void widen(struct column *col, const struct table_cell *cell)
{
	col->value_width = max_of(col->value_width, utf8_width(cell->value));
	col->spread_width = max_of(col->spread_width, utf8_width(cell->spread));
	col->change_width = max_of(col->change_width, utf8_width(cell->change));
	col->star_width |= cell->star;
}

static int measure(struct layout *l, const struct table *t)
{
	const struct compare *c = t->c;

	l->n = c->nr_variants;
	l->cells = arena_array(t->arena, max_of(c->nr_rows * l->n, 1U), sizeof(*l->cells));
	if (!l->cells)
		return -ENOMEM;
	for (u32 i = 0; i < c->nr_rows; i++) {
		struct table_cell *cells = l->cells + (size_t)i * l->n;

		if (!table_shows(&c->rows[i]))
			continue;
		if (table_fill_cells(cells, &c->rows[i], c, t->arena))
			return -ENOMEM;
		for (u32 k = 0; k < l->n; k++)
			widen(&l->col[k], &cells[k]);
		l->label_width = max_of(l->label_width, utf8_width(c->rows[i].label));
	}
	return 0;
}

/* Width of what follows the number (and the interval beside it). */
static u32 change_part(const struct column *col)
{
	return col->change_width ? 1 + col->change_width + col->star_width : 0;
}

/* Sets the widths of the columns; what is left of the line. */
static u32 column_widths(struct layout *l)
{
	u32 used = 0;

	for (u32 k = 0; k < l->n; k++) {
		struct column *col = &l->col[k];
		u32 numbers = max_of(col->value_width, col->spread_width);

		if (l->beside)
			numbers =
				col->value_width + (col->spread_width ? 1 + col->spread_width : 0);
		col->width = max_of(numbers + change_part(col), 8U);
		used += GAP + col->width;
	}
	return used < TABLE_WIDTH ? TABLE_WIDTH - used : 0;
}

/* Labels get what the numbers leave, then the names above the columns what the labels leave. */
static int lay_out(struct layout *l, const struct table *t)
{
	u32 spare;

	l->label_width = max_of(l->label_width, utf8_width(t->r->scenario));
	l->beside = true;
	spare = column_widths(l);
	if (spare < min_of(l->label_width, (u32)LABEL_MIN)) {
		l->beside = false;
		spare = column_widths(l);
	}
	l->label_width = min_of(l->label_width, spare);
	spare -= l->label_width;
	for (u32 k = 0; k < l->n; k++) {
		struct column *col = &l->col[k];
		u32 need = utf8_width(t->r->variants[k].name);
		u32 more = need > col->width ? min_of(need - col->width, spare) : 0;
		const char **names;

		col->width += more;
		spare -= more;
		names = table_short_names(t->r, col->width, t->arena);
		if (!names)
			return -ENOMEM;
		col->name = names[k];
	}
	l->total = TABLE_WIDTH - spare;
	return 0;
}

static void print_numbers(struct table_line *line, const struct layout *l, u32 k,
			  const struct table_cell *cell)
{
	const struct column *col = &l->col[k];
	u32 spread = l->beside && col->spread_width ? 1 + col->spread_width : 0;

	table_right(line, cell->value, GAP + col->width - spread - change_part(col));
	if (spread)
		table_right(line, cell->spread, spread);
	if (!col->change_width)
		return;
	table_right(line, cell->change, 1 + col->change_width);
	table_left(line, cell->star ? "*" : "", col->star_width);
}

static void print_row(FILE *f, const struct layout *l, const char *label,
		      const struct table_cell *cells)
{
	struct table_line line = {.f = f};
	bool spread = false;

	/* A label that does not fit gets a line of its own. */
	if (utf8_width(label) > l->label_width) {
		fprintf(f, "%s\n", label);
		label = "";
	}
	table_left(&line, label, l->label_width);
	for (u32 k = 0; k < l->n; k++) {
		print_numbers(&line, l, k, &cells[k]);
		spread |= cells[k].spread[0] != 0;
	}
	table_end(&line);
	if (l->beside || !spread)
		return;
	table_left(&line, "", l->label_width);
	for (u32 k = 0; k < l->n; k++) {
		u32 after = change_part(&l->col[k]);

		table_right(&line, cells[k].spread, GAP + l->col[k].width - after);
		table_left(&line, "", after);
	}
	table_end(&line);
}

int table_columns(FILE *f, const struct table *t)
{
	const char *names[TABLE_MAX_COLUMNS];
	const char *corner = t->r->scenario;
	struct table_line line = {.f = f};
	struct layout l = {.n = 0};

	if (measure(&l, t) || lay_out(&l, t))
		return -ENOMEM;
	table_left(&line, utf8_width(corner) <= l.label_width ? corner : "", l.label_width);
	for (u32 k = 0; k < l.n; k++) {
		table_right(&line, l.col[k].name, GAP + l.col[k].width);
		names[k] = l.col[k].name;
	}
	table_end(&line);
	table_rule(f, l.total);
	for (u32 i = 0; i < t->c->nr_rows; i++)
		if (table_shows(&t->c->rows[i]))
			print_row(f, &l, t->c->rows[i].label, l.cells + (size_t)i * l.n);
	return table_legend(f, t, names);
}
