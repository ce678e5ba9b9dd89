// SPDX-License-Identifier: GPL-3.0-or-later
#include "vfs/vfs.h"

#include <math.h>

#define GAUGE(fn, field)                                                                           \
	static const struct gauge *fn(const void *model)                                           \
	{                                                                                          \
		return &((const struct vfs *)model)->field;                                        \
	}

GAUGE(dentries, dentries)
GAUGE(inodes, inodes)
GAUGE(supers, supers_live)

/* Where it matters how an object was allocated. */
static double inodes_covered(const void *model)
{
	const struct vfs *v = model;

	if (!v->lru->policy->object_alloc || v->lru->policy->by_mount || !v->inodes_charged)
		return NAN;
	return 1.0 - (double)v->inodes_uncovered / (double)v->inodes_charged;
}

const struct metric_source vfs_metrics[] = {
	{.info = {.name = "dentry.objects",
		  .unit = "objects",
		  .integer = true,
		  .headline = true,
		  .help = "cached dentries: nr_dentry"},
	 .gauge = dentries},
	{.info = {.name = "inode.objects",
		  .unit = "objects",
		  .integer = true,
		  .help = "cached inodes: nr_inodes"},
	 .gauge = inodes},
	{.info = {.name = "vfs.superblocks",
		  .unit = "superblocks",
		  .integer = true,
		  .help = "mounted superblocks"},
	 .gauge = supers},
	{.info = {.name = "list_lru.inodes_covered",
		  .unit = "ratio",
		  .kind = METRIC_COUNTED,
		  .help = "of inodes charged to a cgroup, those allocated with their lru (lazy)"},
	 .read = inodes_covered},
	{.info = {.name = NULL}},
};
