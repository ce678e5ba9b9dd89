/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the folder of a recorded load: docs/validate.md has the files and their columns. */
#ifndef SIM_HOST_RECORDING_H
#define SIM_HOST_RECORDING_H

#include "engine/arena.h"
#include "engine/recording.h"
#include "host/csv_file.h"

/* Folders of recorded loads at or below a path, in order of their names. */
struct recording_list {
	const char **folders;
	u32 n, cap;
	bool tree; /* the path holds folders of several kernels */
};

/* Adds those at path. 0, or negative with a message: it is no folder, there are none. */
int recording_find(struct recording_list *list, const char *path, struct arena *arena,
		   struct diag *d);
/*
 * Reads one. Figures are those of figures.csv; without the file the general rules', for what changed; with
 * neither scenario nor series there are none. 0, or -EINVAL, -ENOMEM with messages.
 */
int recording_read(struct recording *rec, const char *folder, struct arena *arena, struct diag *d);

/*
 * Single files from CSV, for recording_read() and the tests. Each 0, or -EINVAL, -ENOMEM with messages. A series' -1 and
 * empty cells are NaN. A moment is "29.5s", "read 256MiB [from 29900ms]", "anon 1024MiB". A tolerance is "1 %", "25", or
 * "10 % or 2252", the larger of the two. Rows of a known file are taken if their load is rec's.
 */
int recording_add_series(struct recording *rec, const struct csv_file *f, struct arena *arena,
			 struct diag *d);
int recording_add_moments(struct recording *rec, const struct csv_file *f, struct arena *arena,
			  struct diag *d);
int recording_add_figures(struct recording *rec, const struct csv_file *f, struct arena *arena,
			  struct diag *d);
int recording_add_known(struct recording *rec, const struct csv_file *f, struct arena *arena,
			struct diag *d);
/*
 * What SLUB cannot print: a slab with more bytes of objects than it has pages, which may be of 4 or 64 KiB. 0 with the
 * number of caches, or -EINVAL with a message.
 */
int recording_check_slabinfo(const char *path, u32 *caches, u32 *page_kb, struct arena *arena,
			     struct diag *d);

#endif
