/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of text for `memcgsim list`: rows are added one by one, and come out as CSV, JSON or Markdown. */
#ifndef SIM_CMD_LIST_TABLE_H
#define SIM_CMD_LIST_TABLE_H

#include "engine/arena.h"
#include "reports/table.h"

#include <stdio.h>

#define LIST_WIDTH 80

struct list_table {
	struct arena *arena;
	const char *const *columns; /* ends with NULL */
	u32 nr_columns;
	u32 numbers; /* bit i: column i holds whole numbers */
	const char **cells; /* [nr_rows][nr_columns], own copies */
	u32 nr_rows, cap;
	bool failed; /* out of memory: noticed by list_table_print() */
};

void list_table_begin(struct list_table *t, struct arena *arena, const char *const *columns,
		      u32 numbers);
/* cells[nr_columns]; NULL is an empty one. */
void list_table_row(struct list_table *t, const char *const *cells);
/* 0, -ENOMEM, or -EIO if f can not be written. Not for TABLE_TEXT. */
int list_table_print(struct list_table *t, enum table_format format, FILE *f);

/* "left   text", wrapped to 80 columns below the text, which begins at column `indent`. */
void list_hang(FILE *f, struct arena *arena, const char *left, u32 indent, const char *text);

#endif
