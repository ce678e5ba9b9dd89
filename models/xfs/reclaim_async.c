// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * fs_reclaim: async. Models 617825fe3489, 0e8e2c6343dd and 9552e14d3e87 (v5.9): a pinned or dirty inode is
 * passed over, xfsaild writes it in its own time (KERNEL_FACTS 1.8).
 */
#include "xfs/xfs.h"

static bool dirty_inode(struct xfs *x, u32 mount, u32 buf)
{
	(void)mount;
	(void)buf;
	x->skipped++;
	return false;
}

const struct fs_reclaim_policy fs_reclaim_async = {
	.name = "async",
	.dirty_inode = dirty_inode,
	.dirty_pins_buffer = true,
};
