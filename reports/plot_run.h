/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gnuplot as a filter: a script in, pictures out, nothing on disk. */
#ifndef REPORTS_PLOT_RUN_H
#define REPORTS_PLOT_RUN_H

#include <stdio.h>

#include "engine/arena.h"

/* A file in memory; fd is closed on exec. 0 or -errno. */
int memory_file(FILE **f);
/* All that was written to it, in a, with a 0 behind; NULL when out of memory. */
char *memory_file_text(FILE *f, size_t *len, struct arena *a);

/*
 * Runs program with the script as input. 0 with the pictures in *out; -ENOENT: no such program; -EIO:
 * it failed, and *why has the first line it wrote about that; else -errno.
 */
int plot_run(const char *program, FILE *script, char **out, size_t *len, const char **why,
	     struct arena *a);

#endif
