/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /proc/slabinfo, version 2.1 (SEEDS T5). */
#ifndef SIM_TRACE_SLABINFO_H
#define SIM_TRACE_SLABINFO_H

#include "engine/arena.h"
#include "engine/diag.h"

struct slabinfo_line {
	const char *cache;
	u64 active_objs, num_objs;
	u32 objsize, objperslab, pagesperslab;
};

struct slabinfo_file {
	struct slabinfo_line *lines;
	u32 n;
};

/* Plain, gzip or zstd. 0, or -EINVAL with file and line in d: missing, cut off, not a slabinfo, a damaged line. */
int slabinfo_read(struct slabinfo_file *out, const char *path, struct arena *arena, struct diag *d);
/* The same from memory. */
int slabinfo_parse(struct slabinfo_file *out, const char *name, const char *text, size_t len,
		   struct arena *arena, struct diag *d);

#endif
