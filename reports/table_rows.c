// SPDX-License-Identifier: GPL-3.0-or-later
/* More than three variants: a row each, with as many metrics side by side as fit. */
#include <errno.h>
#include <string.h>

#include "reports/format.h"
#include "reports/table_parts.h"

#define GAP 2
#define HEAD_WIDTH 15 /* labels above the columns break at this width */
#define HEAD_LINES 12
#define NAME_WIDTH 34 /* variant names beyond it are shortened */
#define MAX_METRICS 16

/* A label in lines; only its start if it is very long. */
struct head {
	char line[HEAD_LINES][HEAD_WIDTH + 1];
	u32 n, width;
};

/* One of the tables, below each other. */
struct block {
	u32 row[MAX_METRICS]; /* indices into compare.rows */
	u32 width[MAX_METRICS];
	struct head head[MAX_METRICS];
	u32 n, head_lines, total;
};

struct layout {
	const struct table *t;
	struct table_cell *cells; /* [nr_rows][nr_variants] */
	const char **names;
	const char *corner;
	u32 name_width;
};

static void add_line(struct head *h, const char *s, size_t n)
{
	if (h->n == HEAD_LINES)
		return;
	memcpy(h->line[h->n++], s, n);
	h->width = max_of(h->width, (u32)n);
}

/* Bytes of s, of len, that fit a line: up to the last dot, else after a dash or underscore. */
static size_t line_len(const char *s, size_t len)
{
	size_t cut;

	if (len <= HEAD_WIDTH)
		return len;
	for (cut = HEAD_WIDTH; cut; cut--)
		if (s[cut] == '.')
			return cut;
	for (cut = HEAD_WIDTH; cut; cut--)
		if (s[cut - 1] == '_' || s[cut - 1] == '-')
			return cut;
	return HEAD_WIDTH;
}

/* ".peak" and ".end" have a line of their own. */
static void break_label(struct head *h, const struct compare_row *row)
{
	const char *name = row->metric->name, *suffix = compare_suffix(row->stat);
	size_t len = strlen(name);

	memset(h, 0, sizeof(*h));
	while (len) {
		size_t n = line_len(name, len);

		add_line(h, name, n);
		name += n;
		len -= n;
	}
	if (*suffix)
		add_line(h, suffix, strlen(suffix));
}

static const struct table_cell *cell_at(const struct layout *l, u32 row, u32 variant)
{
	return &l->cells[(size_t)row * l->t->c->nr_variants + variant];
}

static int fill_cells(struct layout *l)
{
	const struct compare *c = l->t->c;
	struct arena *a = l->t->arena;

	l->cells = arena_array(a, max_of(c->nr_rows * c->nr_variants, 1U), sizeof(*l->cells));
	if (!l->cells)
		return -ENOMEM;
	for (u32 i = 0; i < c->nr_rows; i++)
		if (table_shows(&c->rows[i]) &&
		    table_fill_cells(l->cells + (size_t)i * c->nr_variants, &c->rows[i], c, a))
			return -ENOMEM;
	return 0;
}

/* A number and its star. */
static u32 metric_width(const struct layout *l, u32 row, u32 width)
{
	u32 stars = l->t->c->spread;

	for (u32 k = 0; k < l->t->c->nr_variants; k++) {
		width = max_of(width, utf8_width(cell_at(l, row, k)->value) + stars);
		width = max_of(width, utf8_width(cell_at(l, row, k)->spread) + stars);
	}
	return width;
}

/* Takes as many metrics from *next on, but not over most, as fit beside the names. */
static void fill_block(struct block *b, const struct layout *l, u32 *next, u32 most)
{
	const struct compare *c = l->t->c;

	memset(b, 0, sizeof(*b));
	b->total = l->name_width;
	for (; *next < c->nr_rows && b->n < most; (*next)++) {
		struct head *h = &b->head[b->n];
		u32 width;

		if (!table_shows(&c->rows[*next]))
			continue;
		break_label(h, &c->rows[*next]);
		width = metric_width(l, *next, h->width + c->spread);
		if (b->n && b->total + GAP + width > TABLE_WIDTH)
			return;
		b->row[b->n] = *next;
		b->width[b->n++] = width;
		b->total += GAP + width;
		b->head_lines = max_of(b->head_lines, h->n);
	}
}

static void print_head(FILE *f, const struct block *b, const struct layout *l)
{
	struct table_line line = {.f = f};
	u32 stars = l->t->c->spread;

	for (u32 i = 0; i < b->head_lines; i++) {
		table_left(&line, i + 1 == b->head_lines ? l->corner : "", l->name_width);
		for (u32 k = 0; k < b->n; k++) {
			const struct head *h = &b->head[k];
			u32 above = b->head_lines - h->n;

			table_right(&line, i < above ? "" : h->line[i - above],
				    GAP + b->width[k] - stars);
			table_left(&line, "", stars);
		}
		table_end(&line);
	}
	table_rule(f, b->total);
}

static void print_variant(FILE *f, const struct block *b, const struct layout *l, u32 variant)
{
	struct table_line line = {.f = f};
	u32 stars = l->t->c->spread;
	bool spread = false;

	table_left(&line, l->names[variant], l->name_width);
	for (u32 k = 0; k < b->n; k++) {
		const struct table_cell *cell = cell_at(l, b->row[k], variant);

		table_right(&line, cell->value, GAP + b->width[k] - stars);
		table_left(&line, cell->star ? "*" : "", stars);
		spread |= cell->spread[0] != 0;
	}
	table_end(&line);
	if (!spread)
		return;
	table_left(&line, "", l->name_width);
	for (u32 k = 0; k < b->n; k++) {
		table_right(&line, cell_at(l, b->row[k], variant)->spread,
			    GAP + b->width[k] - stars);
		table_left(&line, "", stars);
	}
	table_end(&line);
}

static int lay_out(struct layout *l, const struct table *t)
{
	l->t = t;
	l->names = table_short_names(t->r, NAME_WIDTH, t->arena);
	if (!l->names || fill_cells(l))
		return -ENOMEM;
	for (u32 i = 0; i < t->r->nr_variants; i++)
		l->name_width = max_of(l->name_width, utf8_width(l->names[i]));
	l->corner = utf8_width(t->r->scenario) <= l->name_width ? t->r->scenario : "";
	return 0;
}

/* Metrics for each table, so that the last one is not a leftover. */
static u32 even_share(struct block *b, const struct layout *l)
{
	u32 next = 0, blocks = 0, metrics = 0;

	for (;;) {
		fill_block(b, l, &next, MAX_METRICS);
		if (!b->n)
			break;
		blocks++;
		metrics += b->n;
	}
	return blocks ? (u32)div_round_up(metrics, blocks) : 0;
}

int table_rows(FILE *f, const struct table *t)
{
	struct block *b = arena_alloc(t->arena, sizeof(*b));
	struct layout l = {.cells = NULL};
	u32 next = 0, most;

	if (!b || lay_out(&l, t))
		return -ENOMEM;
	most = even_share(b, &l);
	for (bool first = true;; first = false) {
		fill_block(b, &l, &next, most);
		if (!b->n)
			break;
		if (!first)
			fputc('\n', f);
		print_head(f, b, &l);
		for (u32 i = 0; i < t->r->nr_variants; i++)
			print_variant(f, b, &l, i);
	}
	return table_legend(f, t, l.names);
}
