/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lines of mm_shrink_slab_start and _end in a trace, one by one against the formulas of the models: does this
 * kernel compute its pressure as the row says?
 */
#ifndef SIM_RUN_SHRINK_CHECK_H
#define SIM_RUN_SHRINK_CHECK_H

#include "engine/arena.h"
#include "engine/validation_table.h"

/*
 * Reads a trace (text of tracefs, trace-cmd or perf, or a shrink.csv with a call in each row; plain, gzip, zstd). kernel: "v5.9", a release whose row is
 * taken, or one up to v4.15; NULL: the row whose formulas fit best. A line that is cut off at the end is a warning.
 * 0, or -EINVAL, -ENOMEM with messages: no such file or release, no shrinker lines.
 */
int shrink_check(struct validation_trace *out, const char *path, const char *kernel,
		 struct arena *arena, struct diag *d);
/* The same from memory; name stands for the path. */
int shrink_check_text(struct validation_trace *out, const char *name, const char *text, size_t len,
		      const char *kernel, struct arena *arena, struct diag *d);

#endif
