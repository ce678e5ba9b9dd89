/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this room share and nobody else sees. */
#ifndef MODELS_VFS_INTERNAL_H
#define MODELS_VFS_INTERNAL_H

#include "vfs/vfs.h"

void object_detach(struct vfs *v, u32 id);
void object_free_rcu(struct vfs *v, u32 id, u16 cpu);
const char *object_table_check(const struct vfs *v, u32 *children, u32 *inode_refs);
void inode_evict(struct vfs *v, u32 inode, u16 cpu);
void inode_keep(struct vfs *v, u32 inode);
void inode_reuse(struct vfs *v, u32 inode);
/* struct lru_system's untracked: found through its superblock. */
void vfs_untracked(void *ctx, u32 id);

#endif
