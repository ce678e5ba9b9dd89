/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pieces of reports/table.h, one file each; for its own files, reports/html.c and the tests. */
#ifndef REPORTS_TABLE_PARTS_H
#define REPORTS_TABLE_PARTS_H

#include <stdio.h>

#include "engine/arena.h"
#include "engine/result.h"
#include "reports/compare.h"

#define TABLE_WIDTH 80
#define TABLE_MAX_COLUMNS 3 /* variants side by side; more become rows */

/* Everything a format needs; memory comes from arena. */
struct table {
	const struct result *r;
	const struct compare *c;
	struct arena *arena;
	bool verbose;
};

/* All return 0 or -ENOMEM; write errors stay in f. */
int table_columns(FILE *f, const struct table *t);
int table_rows(FILE *f, const struct table *t);
int table_md(FILE *f, const struct table *t);
int table_csv(FILE *f, const struct table *t);
int table_json(FILE *f, const struct table *t);

/* Rows that are neither 0 nor empty everywhere, nor the same in every variant. */
bool table_shows(const struct compare_row *row);
/* Does a metric have a value in only some of the repeats? */
bool table_some_missing(const struct compare *c);
/*
 * With repeats: "mean of 10 repeats +- 95 % interval; * real difference (...)", and how many repeats would show a
 * difference of 5 % everywhere ("" without comparisons). NULL when out of memory.
 */
const char *table_meaning(const struct table *t, const char *plus_minus, const char *star);
const char *table_resolution(const struct table *t);
/* What is said below the table; "" where there is nothing, NULL when out of memory. */
struct table_below {
	const char *starts; /* "slab.bytes 1.04 GiB": what the rows with growth count from */
	const char *alike; /* "memcg.dying.peak 10": rows with one number for all variants */
	const char *zero, *empty; /* "oom.kills, memcg.dying.end" */
};

int table_below(struct table_below *b, const struct compare *c, struct arena *a);

/*
 * Names of at most width (>= 4) characters that still tell the variants apart, "per-obj..-batch"; a
 * name that fits stays. NULL when out of memory.
 */
const char **table_short_names(const struct result *r, u32 width, struct arena *a);
/* A line "short = full" for each name that was shortened. */
int table_legend(FILE *f, const struct table *t, const char *const *names);

/* "lazy, repeat 1: stopped after 12.3 min, interrupted". NULL when out of memory. */
const char *table_stopped(const struct result *r, const struct run_result *run, struct arena *a);

/* A number of the table as text. */
struct table_cell {
	const char *value; /* "5.58 GiB" */
	const char *change; /* "-93.1 %"; "" in the first variant */
	const char *spread; /* "+-1.7 %", "(3/5)": repeats with a value if some have none; or "" */
	bool star; /* differs from the first */
};

/* cells[c->nr_variants] of a row. */
int table_fill_cells(struct table_cell *cells, const struct compare_row *row,
		     const struct compare *c, struct arena *a);

/* A line built from left to right; blanks are written when text follows, so none ends a line. */
struct table_line {
	FILE *f;
	u32 owed; /* blanks */
};

void table_left(struct table_line *l, const char *s, u32 width);
void table_right(struct table_line *l, const char *s, u32 width);
void table_end(struct table_line *l);
void table_rule(FILE *f, u32 width);

#endif
