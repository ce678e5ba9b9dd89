/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a kernel row holds, field by field, for people and programs that ask: each value as text, and what changed
 * it: the commit, or where the value was read. `memcgsim list kernels` prints it, a unit test holds the two together.
 */
#ifndef MODELS_KERNELS_FIELDS_H
#define MODELS_KERNELS_FIELDS_H

#include "kernels/kernel.h"

#define ROW_VALUE_LEN 128

u32 row_field_count(void);
/* "axes", "page allocator", "SLUB", "memcg", "list_lru", "shrinkers and reclaim", "sizes", "tracepoints" */
const char *row_field_group(u32 field);
const char *row_field_name(u32 field);
/* "bytes", "pages", ...; "" where there is none */
const char *row_field_unit(u32 field);
const char *row_field_help(u32 field);
/* "per-object", "yes", "2176 + 8 a node"; "-": the kernel has no such thing. */
void row_field_value(const struct kernel_row *row, u32 field, char value[ROW_VALUE_LEN]);
/* Was (part of) the value measured on a running kernel instead of derived? */
bool row_field_measured(const struct kernel_row *row, u32 field);
/* Against the row before; every field of the first row is. */
bool row_field_changed(const struct kernel_row *row, u32 field);
/* Commits, or where the value was read, for the last change up to this row. NULL: nobody says, which a test forbids. */
const char *row_field_source(const struct kernel_row *row, u32 field);

/* The table behind it, for the test: ends with .row == NULL. */
struct row_change {
	const char *row;
	const char *
		field; /* "*": all fields of `group` that change in the row and have no line of their own */
	const char *group; /* of "*" */
	const char *by;
};

extern const struct row_change row_changes[];

#endif
