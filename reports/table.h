/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What `run` prints: the headline, the comparison of the variants, what was expected. As text it is
 * at most 80 columns, ASCII but for what the scenario brings along, made to be pasted into a mail: up
 * to three variants are columns with the change against the first, more are rows. Metrics that are
 * alike in all variants, 0 or without a value are named in one line each below the table. A level that
 * was nearly all there at the start is shown as its growth; CSV and JSON hold the levels.
 */
#ifndef REPORTS_TABLE_H
#define REPORTS_TABLE_H

#include <stdio.h>

#include "engine/diag.h"
#include "engine/result.h"

enum table_format {
	TABLE_TEXT,
	TABLE_MD, /* as GitHub renders it */
	TABLE_CSV,
	TABLE_JSON,
};

struct table_opts {
	enum table_format format;
	bool verbose; /* kernels and axes of the variants, notes of the runs */
};

/* "text", "md", "csv", "json"; false if name is none of them. */
bool table_format_parse(const char *name, enum table_format *out);

/* 0, or -EIO with a message if memory ran out or f could not be written. */
int table_write(FILE *f, const struct result *r, const struct table_opts *opts, struct diag *d);

#endif
