// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * fs_reclaim: blocking. Models xfs_reclaim_inodes_nr() up to 5.8: SYNC_WAIT, so whoever reclaims waits for the log
 * (pinned) and for a synchronous write of the inode's cluster (KERNEL_FACTS 1.8).
 */
#include "xfs/xfs.h"

static bool dirty_inode(struct xfs *x, u32 mount, u32 buf)
{
	xfs_flush_now(x, mount, buf);
	return true;
}

const struct fs_reclaim_policy fs_reclaim_blocking = {
	.name = "blocking",
	.dirty_inode = dirty_inode,
	.ag_mutex = true,
};
