// SPDX-License-Identifier: GPL-3.0-or-later
#include "vfs/vfs.h"

#define GAUGE(fn, field)                                                                           \
	static const struct gauge *fn(const void *model)                                           \
	{                                                                                          \
		return &((const struct vfs *)model)->field;                                        \
	}

GAUGE(dentries, dentries)
GAUGE(inodes, inodes)
GAUGE(supers, supers_live)

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
	{.info = {.name = NULL}},
};
