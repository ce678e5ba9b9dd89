/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small world to choose from, for tests of sim/scenario: two axes, two workload types (one with a
 * key of every param_type), five kernel rows. Enough for the YAML block of DESIGN section 3.
 */
#ifndef TESTS_TOY_SCHEMA_H
#define TESTS_TOY_SCHEMA_H

#include "scenario/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct toy_limit {
	u64 memory;
	s64 priority;
};

struct toy_stage {
	const char *name;
	u64 length;
	struct random_spec files;
	struct src_pos pos;
	u64 given;
};

struct toy_churn {
	s64 count;
	bool pinned;
	double ratio;
	u64 limit;
	u64 gap;
	double rate;
	double stream;
	const char *path;
	const char *cgroup;
	int mode;
	struct random_spec files, life, size;
	struct param_list sizes, times, names;
	struct toy_limit max;
	struct param_list stages;
	struct src_pos pos;
	u64 given;
};

struct toy_eager {
	int growth;
	s64 nodes;
};

static const char *const toy_modes[] = {"off", "on", "auto", NULL};
static const char *const toy_growths[] = {"doubling", "kirill", NULL};

static const struct param_key toy_limit_keys[] = {
	{.name = "memory",
	 .type = PARAM_SIZE,
	 .offset = offsetof(struct toy_limit, memory),
	 .dflt = "1GiB"},
	{.name = "priority",
	 .type = PARAM_INT,
	 .offset = offsetof(struct toy_limit, priority),
	 .dflt = "-3",
	 .min = -5,
	 .max = 5},
	{.name = NULL},
};

static const struct param_table toy_limit_table = {
	.what = "max",
	.size = sizeof(struct toy_limit),
	.keys = toy_limit_keys,
};

static const struct param_key toy_stage_keys[] = {
	{.name = "name",
	 .type = PARAM_NAME,
	 .offset = offsetof(struct toy_stage, name),
	 .required = true},
	{.name = "length",
	 .type = PARAM_TIME,
	 .offset = offsetof(struct toy_stage, length),
	 .min = 1},
	{.name = "files",
	 .type = PARAM_RANDOM,
	 .offset = offsetof(struct toy_stage, files),
	 .dflt = "{dist: exponential, mean: 4.5}"},
	{.name = NULL},
};

static const struct param_table toy_stage_table = {
	.what = "stage",
	.size = sizeof(struct toy_stage),
	.keys = toy_stage_keys,
	.pos_offset = offsetof(struct toy_stage, pos),
	.given_offset = offsetof(struct toy_stage, given),
};

#define TOY_KEY(member, param_type, ...)                                                           \
	{                                                                                          \
		.name = #member, .type = param_type, .offset = offsetof(struct toy_churn, member), \
		__VA_ARGS__                                                                        \
	}

static const struct param_key toy_churn_keys[] = {
	TOY_KEY(count, PARAM_INT, .dflt = "3", .min = 1, .max = 10),
	TOY_KEY(pinned, PARAM_BOOL, .dflt = "on"),
	TOY_KEY(ratio, PARAM_DOUBLE, .dflt = "0.5", .max = 1),
	TOY_KEY(limit, PARAM_SIZE, .dflt = "64KiB", .min = 4096, .max = 1 << 30),
	TOY_KEY(gap, PARAM_TIME, .dflt = "10ms", .min = 1000),
	TOY_KEY(rate, PARAM_RATE, .dflt = "12000/d"),
	TOY_KEY(stream, PARAM_BANDWIDTH, .dflt = "1MiB/s"),
	TOY_KEY(path, PARAM_STRING, .dflt = "none"),
	TOY_KEY(cgroup, PARAM_NAME),
	TOY_KEY(mode, PARAM_ENUM, .dflt = "auto", .choices = toy_modes),
	TOY_KEY(files, PARAM_RANDOM, .dflt = "7"),
	TOY_KEY(life, PARAM_RANDOM_TIME, .dflt = "{dist: lognormal, mean: 30s, sigma: 1}"),
	TOY_KEY(size, PARAM_RANDOM_SIZE),
	TOY_KEY(sizes, PARAM_SIZES, .dflt = "[1KiB, 2KiB]"),
	TOY_KEY(times, PARAM_TIMES),
	TOY_KEY(names, PARAM_NAMES),
	TOY_KEY(max, PARAM_STRUCT, .sub = &toy_limit_table),
	TOY_KEY(stages, PARAM_LIST, .sub = &toy_stage_table),
	{.name = NULL},
};

static const struct param_table toy_churn_table = {
	.what = "container-churn workload",
	.size = sizeof(struct toy_churn),
	.keys = toy_churn_keys,
	.pos_offset = offsetof(struct toy_churn, pos),
	.given_offset = offsetof(struct toy_churn, given),
};

struct toy_copy {
	u64 bytes;
};

static const struct param_key toy_copy_keys[] = {
	{.name = "bytes",
	 .type = PARAM_SIZE,
	 .offset = offsetof(struct toy_copy, bytes),
	 .required = true},
	{.name = NULL},
};

static const struct param_table toy_copy_table = {
	.what = "file-copy workload",
	.size = sizeof(struct toy_copy),
	.keys = toy_copy_keys,
};

static const struct param_key toy_eager_keys[] = {
	{.name = "growth",
	 .type = PARAM_ENUM,
	 .offset = offsetof(struct toy_eager, growth),
	 .dflt = "doubling",
	 .choices = toy_growths},
	{.name = "nodes",
	 .type = PARAM_INT,
	 .offset = offsetof(struct toy_eager, nodes),
	 .dflt = "0"},
	{.name = NULL},
};

static const struct param_table toy_eager_table = {
	.what = "list_lru 'eager'",
	.size = sizeof(struct toy_eager),
	.keys = toy_eager_keys,
};

static const struct schema_axis_value toy_list_lru[] = {
	{.name = "eager", .params = &toy_eager_table},
	{.name = "lazy"},
	{.name = "mount-scoped"},
	{.name = NULL},
};

static const struct schema_axis_value toy_shrinker_map[] = {
	{.name = "off"},
	{.name = "on"},
	{.name = NULL},
};

static const struct schema_axis toy_axes[] = {
	{.name = "list_lru", .values = toy_list_lru},
	{.name = "shrinker_map", .values = toy_shrinker_map},
	{.name = NULL},
};

static const struct schema_workload toy_workloads[] = {
	{.type = "container-churn", .params = &toy_churn_table},
	{.type = "file-copy", .params = &toy_copy_table},
	{.type = "idle-hold"},
	{.type = NULL},
};

static const char *const toy_filesystems[] = {"ext4", "xfs", "tmpfs", NULL};
static const char *const toy_presets[] = {"tinyconfig", NULL};
static const char *const toy_kernels[] = {"v4.18", "v5.0", "v5.9", "v5.16", "v6.1", NULL};

/* "v5.17" -> 5017 */
static inline int toy_release(const char *s)
{
	char *minor;
	long major = strtol(s + 1, &minor, 10);

	return (int)(major * 1000 + strtol(minor + 1, NULL, 10));
}

static inline const char *toy_resolve(const char *release, const char **why)
{
	const char *row = NULL;

	for (const char *const *k = toy_kernels; *k; k++)
		if (toy_release(*k) <= toy_release(release))
			row = *k;
	if (!row)
		*why = "the oldest row is v4.18";
	return row;
}

/* The row says what it must; mount-scoped needs v5.9, and never goes with the map off. */
static inline int toy_check(const char *row, const char *const *values, char *why, size_t len)
{
	bool scoped = values[0] && !strcmp(values[0], "mount-scoped");

	if (scoped && toy_release(row) < 5009)
		snprintf(why, len, "mount-scoped needs v5.9, not %s", row);
	else if (scoped && values[1] && !strcmp(values[1], "off"))
		snprintf(why, len, "mount-scoped does not go with shrinker_map off");
	else
		return 0;
	return -EINVAL;
}

static const struct schema toy_schema = {
	.axes = toy_axes,
	.workloads = toy_workloads,
	.filesystems = toy_filesystems,
	.mount_presets = toy_presets,
	.kernels = toy_kernels,
	.resolve_kernel = toy_resolve,
	.check_variant = toy_check,
};

#endif
