// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/types.h"

#include <stdio.h>
#include <string.h>

const struct workload_type *const workload_types[] = {
	&workload_container_churn,
	&workload_replay,
	&workload_mount_storm,
	&workload_idle_hold,
	&workload_drop_caches,
	&workload_file_tree_walk,
	&workload_file_copy,
	&workload_anon_pressure,
	&workload_kernel_compile,
	&workload_delete_tree,
	NULL,
};

const struct workload_type *workload_type_find(const char *name)
{
	for (u32 i = 0; workload_types[i]; i++)
		if (!strcmp(workload_types[i]->name, name))
			return workload_types[i];
	return NULL;
}

void workload_finish(struct workload *w)
{
	if (w->finished)
		return;
	w->finished = true;
	w->finished_at = w->world->e.now;
}

const struct mount_group *world_mounts(const struct world *w, const char *name)
{
	for (u32 i = 0; i < w->nr_mounts; i++)
		if (!strcmp(w->mounts[i].name, name))
			return &w->mounts[i];
	return NULL;
}

u32 world_cgroup(const struct world *w, const char *name)
{
	if (!name || !*name)
		return ROOT_MEMCG;
	for (u32 i = 0; i < w->nr_cgroups; i++)
		if (!strcmp(w->cgroups[i].name, name))
			return w->cgroups[i].memcg;
	return 0;
}

int workload_rng(struct workload *w, struct rng *rng, const char *purpose)
{
	char full[192];

	snprintf(full, sizeof(full), "workload.%s.%s", w->name, purpose);
	return rng_init(rng, w->world->seed, full);
}
