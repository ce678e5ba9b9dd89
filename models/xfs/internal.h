/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this room share and nobody else sees. */
#ifndef MODELS_XFS_INTERNAL_H
#define MODELS_XFS_INTERNAL_H

#include "xfs/xfs.h"

static inline struct xfs_mount *mount_at(const struct xfs *x, u32 id)
{
	return (struct xfs_mount *)(void *)x->mounts.base + id;
}

static inline struct xfs_buf *buf_at(const struct xfs *x, u32 id)
{
	return (struct xfs_buf *)(void *)x->bufs.base + id;
}

static inline u64 buf_key(u32 mount, u32 block)
{
	return (u64)mount << 32 | block;
}

/* Where a block is on the disk: clusters of neighbouring numbers lie side by side. */
static inline u64 buf_place(const struct xfs *x, u32 id)
{
	const struct xfs_buf *b = buf_at(x, id);

	return b->block & XFS_DIR_BLOCK
		       ? DISK_SOMEWHERE
		       : 1ULL << 63 | (u64)b->mount << 46 | (u64)b->block * XFS_CLUSTER_BYTES;
}

/* ---- buf.c ---- */

extern const struct shrinker_ops xfs_buf_shrinker_ops;

/* The record of a block, made if there is none; 0: no memory for it. */
u32 buf_find_or_make(struct xfs *x, u32 mount, u32 block);
/* Brings a block into memory; false: it was there. May reclaim. */
bool buf_get(struct xfs *x, u32 buf, const struct task *t);
/* Drops the record when nothing refers to it any more. */
void buf_settle(struct xfs *x, u32 buf);
void buf_drop(struct xfs *x, u32 buf, u16 cpu);

/* ---- ail.c ---- */

void item_log(struct xfs *x, u32 mount, u32 inode);
/* Its cluster was written: all inodes of it are clean. */
void cluster_clean(struct xfs *x, u32 buf);
/* The inode goes, written or not. */
void item_forget(struct xfs *x, u32 inode);
/* No transaction can begin before the oldest dirty inodes are written. */
bool log_full(const struct xfs *x, u32 mount);
/* xfs_ail_push_all() */
void ail_push_all(struct xfs *x, u32 mount);

#endif
