// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/catalog.h"

#include "engine/arena.h"
#include "kernels/axes.h"
#include "kernels/rows.h"
#include "vfs/vfs.h"
#include "workload/workload.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * What a kernel of a small configuration has mounted internally besides what /proc/mounts shows:
 * bdev, pipefs, anon_inodefs, nsfs, a second cgroup root, and the tmpfs for shared memory. With the
 * seven of the recorded guests' mount tables that makes their 13 superblocks (27 list_lrus with the
 * shadow nodes').
 */
static const int tinyconfig[] = {FS_PSEUDO, FS_PSEUDO, FS_PSEUDO, FS_PSEUDO,
				 FS_PSEUDO, FS_TMPFS,  -1};

const struct mount_preset mount_presets[] = {
	{"tinyconfig", "internal superblocks of a small kernel configuration", tinyconfig},
	{NULL, NULL, NULL},
};

static int collect_axes(struct catalog *c)
{
	struct schema_axis *axes = arena_array(c->arena, NR_AXES + 1, sizeof(*axes));

	for (u32 i = 0; axes && i < NR_AXES; i++) {
		const struct axis_info *info = &axis_infos[i];
		struct schema_axis_value *values;
		u32 count = 0;

		while (info->values[count].name)
			count++;
		values = arena_array(c->arena, count + 1, sizeof(*values));
		if (!values)
			return -ENOMEM;
		for (u32 v = 0; v < count; v++)
			values[v] = (struct schema_axis_value){
				info->values[v].name, info->values[v].params, info->values[v].help};
		axes[i] = (struct schema_axis){info->name, values, info->help};
	}
	c->schema.axes = axes;
	return axes ? 0 : -ENOMEM;
}

static int collect_workloads(struct catalog *c)
{
	struct schema_workload *w;
	u32 n = 0;

	while (workload_types[n])
		n++;
	w = arena_array(c->arena, n + 1, sizeof(*w));
	for (u32 i = 0; w && i < n; i++)
		w[i] = (struct schema_workload){workload_types[i]->name, workload_types[i]->params,
						workload_types[i]->help,
						workload_types[i]->starter};
	c->schema.workloads = w;
	return w ? 0 : -ENOMEM;
}

static int collect_names(struct catalog *c)
{
	const char **fs = arena_array(c->arena, NR_FS_TYPES + 1, sizeof(*fs));
	const char **kernels = arena_array(c->arena, kernel_row_count() + 1, sizeof(*kernels));
	const char **presets;
	u32 n = 0;

	while (mount_presets[n].name)
		n++;
	presets = arena_array(c->arena, n + 1, sizeof(*presets));
	if (!fs || !kernels || !presets)
		return -ENOMEM;
	for (u32 i = 0; i < NR_FS_TYPES; i++)
		fs[i] = fs_infos[i].name;
	for (u32 i = 0; i < kernel_row_count(); i++)
		kernels[i] = kernel_row_at(i)->name;
	for (u32 i = 0; i < n; i++)
		presets[i] = mount_presets[i].name;
	c->schema.filesystems = fs;
	c->schema.kernels = kernels;
	c->schema.mount_presets = presets;
	return 0;
}

static const char *resolve_kernel(const char *release, const char **why)
{
	const struct kernel_row *row = kernel_row_resolve(release);
	u32 version;

	if (row)
		return row->name;
	*why = kernel_version_parse(release, &version)
		       ? "older than v4.18, the first kernel with a model"
		       : "not a kernel release (example: v5.17)";
	return NULL;
}

static int check_variant(const char *row_name, const char *const *chosen, char *why, size_t why_len)
{
	const struct kernel_row *row = kernel_row_find(row_name);
	const char *values[NR_AXES];

	memcpy(values, row->axes, sizeof(values));
	for (u32 i = 0; i < NR_AXES; i++)
		if (chosen[i])
			values[i] = chosen[i];
	return axes_check(values, why, why_len);
}

int catalog_init(struct catalog *c)
{
	*c = (struct catalog){.arena = arena_new()};
	if (!c->arena || collect_axes(c) || collect_workloads(c) || collect_names(c)) {
		catalog_destroy(c);
		return -ENOMEM;
	}
	c->schema.resolve_kernel = resolve_kernel;
	c->schema.check_variant = check_variant;
	return 0;
}

void catalog_destroy(struct catalog *c)
{
	arena_free(c->arena);
	c->arena = NULL;
}
