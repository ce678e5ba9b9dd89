/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV files with a head line, as RFC 4180 has them but without line ends inside fields; plain, gzip or zstd. */
#ifndef SIM_HOST_CSV_FILE_H
#define SIM_HOST_CSV_FILE_H

#include "engine/arena.h"
#include "engine/diag.h"

struct csv_file {
	const char *path;
	const char **head; /* [nr_columns] */
	const char **cells; /* [nr_rows][nr_columns] */
	u32 *lines; /* [nr_rows]: where a row stands in the file */
	u32 nr_columns, nr_rows;
};

/* All of it in the arena. 0, or -EINVAL, -ENOMEM with messages: missing, cut off, a row of another length. */
int csv_file_read(struct csv_file *f, const char *path, struct arena *arena, struct diag *d);
/* The same from memory. */
int csv_file_parse(struct csv_file *f, const char *name, const char *text, size_t len,
		   struct arena *arena, struct diag *d);
/* -1: there is no such column. */
int csv_file_column(const struct csv_file *f, const char *name);
const char *csv_file_cell(const struct csv_file *f, u32 row, int column);

#endif
