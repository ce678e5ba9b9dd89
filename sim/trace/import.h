/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Recordings in text: tracefs `trace`, `trace-cmd report`, `perf script`; plain, gzip or zstd.
 */
#ifndef SIM_TRACE_IMPORT_H
#define SIM_TRACE_IMPORT_H

#include "trace/builder.h"

/*
 * 0 and *out filled, or a negative errno with the reason in d and *out empty. Damaged lines are
 * counted and warned of once; with opts->strict the first one is an error, with its line. opts may
 * be NULL.
 */
int trace_import_text(struct trace *out, const char *path, const struct trace_import_opts *opts,
		      struct diag *d);
/* The same from memory. name stands for the path in messages. */
int trace_import_memory(struct trace *out, const void *buf, size_t len, const char *name,
			const struct trace_import_opts *opts, struct diag *d);

#endif
