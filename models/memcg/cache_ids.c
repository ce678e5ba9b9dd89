// SPDX-License-Identifier: GPL-3.0-or-later
/* How the id table of the eager era grows (KERNEL_FACTS 3.2, 3.3; SEEDS K2). */
#include "memcg/memcg.h"

#define MEMCG_CACHES_MIN_SIZE 4

u32 clamp_cache_ids(u64 size)
{
	return (u32)min_of(max_of(size, (u64)MEMCG_CACHES_MIN_SIZE), (u64)MEM_CGROUP_ID_MAX);
}

u32 grow_ids_double(u32 id)
{
	return clamp_cache_ids(2 * ((u64)id + 1));
}

u32 grow_ids_kirill(u32 id)
{
	return clamp_cache_ids(id < 2000 ? 2 * ((u64)id + 1) : (u64)id + 2000);
}
