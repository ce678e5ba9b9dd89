// SPDX-License-Identifier: GPL-3.0-or-later
/* Names of cgroups, as people read them. */
#include "memcg/memcg.h"

#include <stdio.h>
#include <string.h>

void memcg_path(const struct memcg_system *m, u32 memcg, char *path, size_t size)
{
	size_t at = size - 1;

	path[at] = '\0';
	for (u32 id = memcg; id > ROOT_MEMCG; id = memcg_at(m, id)->parent) {
		const struct memcg *cg = memcg_at(m, id);
		char name[96];
		int n = cg->number ? snprintf(name, sizeof(name), "%s%u", cg->name, cg->number)
				   : snprintf(name, sizeof(name), "%s", cg->name);
		size_t len = min_of((size_t)n, sizeof(name) - 1);

		if (len + 1 > at)
			break;
		if (path[at])
			path[--at] = '/';
		at -= len;
		memcpy(path + at, name, len);
	}
	memmove(path, path + at, size - at);
}
