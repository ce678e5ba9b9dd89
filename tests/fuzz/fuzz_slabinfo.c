// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes as a /proc/slabinfo: an error with a place, or lines that a cache can be made of. */
#include "trace/slabinfo.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const struct slabinfo_line *l)
{
	if (!*l->cache || l->active_objs > l->num_objs || !l->objsize || !l->objperslab ||
	    !l->pagesperslab || (l->pagesperslab & (l->pagesperslab - 1)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct slabinfo_file file;
	struct diag d;
	int err;

	if (!arena)
		abort();
	diag_init(&d);
	err = slabinfo_parse(&file, "fuzz", (const char *)data, size, arena, &d);
	if (!err != !d.nr_errors || (err && d.worst != DIAG_INPUT))
		abort();
	for (u32 i = 0; !err && i < file.n; i++)
		check_line(&file.lines[i]);
	diag_free(&d);
	arena_free(arena);
	return 0;
}
