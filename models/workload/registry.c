// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/types.h"

#include "engine/diag.h"

#include <stdio.h>
#include <string.h>

/* One line a type. */
/* clang-format off */
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
	&workload_memory_hotplug,
	&workload_cgroup_stat,
	&workload_cgroup_write,
	NULL,
};
/* clang-format on */

const struct workload_type *workload_type_find(const char *name)
{
	for (u32 i = 0; workload_types[i]; i++)
		if (!strcmp(workload_types[i]->name, name))
			return workload_types[i];
	return NULL;
}

/* ---- tasks ---- */

static void select_task(void *ctx, u32 memcg, struct oom_task *best)
{
	struct world *world = ctx;

	for (u32 i = 0; i < world->nr_workloads; i++) {
		struct workload *w = &world->workloads[i];

		if (w->started && !w->finished && w->type->oom_select)
			w->type->oom_select(w, memcg, best);
	}
}

static enum oom_result kill_task(void *ctx, const struct oom_task *task)
{
	struct workload *w = task->owner;

	(void)ctx;
	return w->type->oom_kill(w, task->index);
}

void world_bind_oom(struct world *w)
{
	w->k.vmscan.oom.ops = (struct oom_ops){.select = select_task, .kill = kill_task, .ctx = w};
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

const char *world_no_mount(const struct world *w, const char *key, const char *name,
			   const char *const *own)
{
	const char **names, *near, *text;
	u32 n = 0;

	while (own && own[n])
		n++;
	names = arena_array(w->arena, w->nr_mounts + n + 1, sizeof(*names));
	if (!names)
		return "out of memory";
	for (u32 i = 0; i < w->nr_mounts; i++)
		names[i] = w->mounts[i].name;
	for (u32 i = 0; i < n; i++)
		names[w->nr_mounts + i] = own[i];
	names[w->nr_mounts + n] = NULL;
	near = nearest_name(name, names);
	text = arena_printf(w->arena, "%s: the scenario has no mount '%s'%s%s%s%s", key, name,
			    own && n ? ", nor the workload one of its own" : "",
			    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return text ? text : "out of memory";
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

const char *world_check_place(const struct world *w, const char *mount, const char *cgroup)
{
	if (!world_mounts(w, mount))
		return world_no_mount(w, "mount", mount, NULL);
	return world_cgroup(w, cgroup) ? NULL : "cgroup: there is no such cgroup";
}

int workload_rng(struct workload *w, struct rng *rng, const char *purpose)
{
	char full[192];

	snprintf(full, sizeof(full), "workload.%s.%s", w->name, purpose);
	return rng_init(rng, w->world->seed, full);
}
