/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The axes and their values: one registry line a policy. Which values go together is a table here too.
 */
#ifndef MODELS_KERNELS_AXES_H
#define MODELS_KERNELS_AXES_H

#include "engine/param.h"
#include "kernels/kernel.h"

struct axis_value {
	const char *name;
	const void *policy; /* the axis' struct xxx_policy */
	const struct param_table *params;
	const char *help;
};

struct axis_info {
	const char *name;
	const struct axis_value *values; /* ends with .name == NULL */
	const char *help;
};

extern const struct axis_info axis_infos[NR_AXES + 1]; /* ends with .name == NULL */

/* Parameters of `accounting: {policy: per-page, ...}` and per-object. */
struct accounting_params {
	u64 create_latency; /* ns */
	int caches; /* 0 one set, 1 two sets; per-object */
	bool arrays; /* per-page */
};

/* Parameters of `list_lru: {policy: eager, ...}` and first-insert; lazy has nodes and inodes, the others nodes. */
struct list_lru_params {
	int growth; /* 0 double, 1 kirill */
	s64 nodes; /* 0: as the machine */
	int inodes; /* enum lru_inodes; lazy */
};

/* By name; NULL if the axis has no such value. */
const struct axis_value *axis_value_find(enum axis axis, const char *name);
/*
 * Can a kernel have these values (one name an axis) at once? 0, or -EINVAL with why it can not.
 */
int axes_check(const char *const *values, char *why, size_t why_len);

#endif
