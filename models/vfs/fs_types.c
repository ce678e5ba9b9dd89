// SPDX-License-Identifier: GPL-3.0-or-later
/* What file systems do differently with dentries and inodes (KERNEL_FACTS 1.7, 5.6). */
#include "vfs/vfs.h"

#include <string.h>

const struct fs_info fs_infos[NR_FS_TYPES] = {
	[FS_EXT4] = {"ext4", "ext4_inode_cache", FS_ON_DISK},
	[FS_XFS] = {"xfs", "xfs_inode", FS_OWN_RECLAIM | FS_ON_DISK},
	[FS_TMPFS] = {"tmpfs", "shmem_inode_cache",
		      FS_PINS_DENTRIES | FS_DROPS_INODES | FS_NO_NEGATIVE},
	[FS_PROC] = {"proc", "proc_inode_cache", FS_DROPS_INODES | FS_NO_NEGATIVE | FS_ZERO_SEEKS},
	[FS_OVERLAY] = {"overlay", "ovl_inode", FS_DROPS_INODES},
	[FS_DEVPTS] = {"devpts", "inode_cache",
		       FS_PINS_DENTRIES | FS_DROPS_INODES | FS_NO_NEGATIVE},
	[FS_MQUEUE] = {"mqueue", "mqueue_inode_cache",
		       FS_PINS_DENTRIES | FS_DROPS_INODES | FS_NO_NEGATIVE},
	[FS_CGROUP2] = {"cgroup2", "inode_cache", FS_DROPS_INODES | FS_ZERO_SEEKS},
	[FS_SYSFS] = {"sysfs", "inode_cache", FS_DROPS_INODES | FS_ZERO_SEEKS},
	[FS_PSEUDO] = {"pseudo", "inode_cache", FS_DROPS_INODES | FS_NO_NEGATIVE | FS_NO_LRU},
};

bool fs_inodes_aware(enum fs_type fs, enum lru_inodes inodes)
{
	/* xfs_inode_alloc() takes from its own cache; the VFS' alloc_inode() would BUG() there */
	if (inodes == LRU_INODES_ALLOC_INODE)
		return !(fs_infos[fs].flags & FS_OWN_RECLAIM);
	if (inodes == LRU_INODES_INODE_CACHEP)
		return !strcmp(fs_infos[fs].inode_cache, "inode_cache");
	return true;
}

int fs_type_find(const char *name)
{
	for (int i = 0; i < NR_FS_TYPES; i++)
		if (!strcmp(fs_infos[i].name, name))
			return i;
	return -1;
}
