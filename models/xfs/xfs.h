/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What XFS keeps below the VFS (fs/xfs/xfs_icache.c, xfs_inode.c, xfs_trans_ail.c, xfs_buf.c; KERNEL_FACTS 1.8):
 * inodes that the VFS has evicted and that wait to be reclaimed, those that the log knows as dirty and that
 * were not written back, the buffers of inode clusters and directory blocks, and who writes what back when.
 *
 * A transaction logs an inode: it is pinned until the log is forced, and dirty until its cluster (32 inodes)
 * is written. xfsaild writes what it was told to push, oldest first: every 30 s the log worker pushes all,
 * and so does each call of the superblock's shrinker that asks XFS for inodes. Axis fs_reclaim decides what
 * that call does with a dirty inode.
 *
 * From memory of the sources, not from KERNEL_FACTS: the log worker's 30 s, XFS_INO_REF = 2, that a cluster is
 * written as a whole, that a freed inode in memory is used again for the next file of its number, and that from 5.9
 * on dirty inodes keep their buffer (298f7bec503f). Not modelled: directory and allocation btree blocks that
 * are dirty, inode log items as slab objects, more than one allocation group.
 */
#ifndef MODELS_XFS_XFS_H
#define MODELS_XFS_XFS_H

#include "engine/idmap.h"
#include "vfs/vfs.h"

#define XFS_INODES_PER_CLUSTER 32
#define XFS_CLUSTER_BYTES 16384 /* 512 bytes an inode */
#define XFS_LOOKUP_BATCH 32
#define XFS_AG_COUNT 4 /* mkfs.xfs on a single disk */

struct xfs;

/* Axis fs_reclaim: what reclaim of an inode does if it is dirty. */
struct fs_reclaim_policy {
	const char *name;
	/* True: it is clean now, and the caller owes the time; false: it was left alone. */
	bool (*dirty_inode)(struct xfs *x, u32 mount, u32 buf);
	bool ag_mutex; /* one at a time walks an allocation group, and waits in it */
	bool dirty_pins_buffer; /* a cluster's buffer stays while inodes of it are dirty (298f7bec503f) */
};

extern const struct fs_reclaim_policy fs_reclaim_blocking;
extern const struct fs_reclaim_policy fs_reclaim_async;

/* Beside an object that is an XFS inode. */
struct xfs_item {
	u32 ino;
	u32 prev, next; /* other dirty inodes of its cluster */
	u32 slot : 31; /* in its mount's array of reclaimable inodes, + 1 */
	u32 dirty : 1;
};

/* An inode cluster or directory block: its buffer, if it is in memory, and its dirty inodes. */
struct xfs_buf {
	u32 mount; /* first: free list */
	u32 block; /* XFS_DIR_BLOCK | n: of a directory */
	u32 dirty; /* chain of objects */
	u32 nr_dirty;
	u32 ail_prev, ail_next; /* while there are dirty ones: oldest first */
	u32 lru_prev, lru_next; /* while it is in memory: oldest first */
	u64 first_lsn, lsn; /* of the first and last transaction that logged one of them */
	struct footprint mem;
	u8 cached;
	u8 lru_ref; /* b_lru_ref: rounds of the shrinker that it survives */
};

#define XFS_DIR_BLOCK 0x80000000U

struct xfs_mount {
	u32 sb; /* first: free list */
	u32 shrinker; /* of its buffers */
	u32 ail_first, ail_last;
	u32 lru_first, lru_last, nr_bufs;
	u64 lsn, forced; /* bytes logged; those that are on the disk */
	u64 push_target; /* xfsaild writes what is not younger */
	u32 *reclaim; /* inodes that the VFS has evicted */
	u32 nr_reclaim, cap_reclaim;
	u32 cursor; /* where the last walk over them ended */
	bool worker, log_worker, pushing;
	struct io_sem ags; /* pag_ici_reclaim_lock of its allocation groups */
	u32 reading; /* block that xfsaild reads */
};

struct xfs {
	struct vfs *vfs;
	struct engine *e;
	struct machine *m;
	struct shrinker_system *shrinkers;
	const struct fs_reclaim_policy *policy;
	struct flat mounts, bufs;
	struct idmap mount_of; /* superblock -> mount */
	struct idmap buf_of; /* mount << 32 | block -> buffer */
	struct idmap dir_blocks; /* (mount, directory, entries) -> block */
	u32 next_dir_block;
	struct idmap by_ino; /* mount << 32 | ino -> reclaimable object */
	struct xfs_item *items; /* by object id; reserved with the objects */
	size_t items_bytes;
	u64 dirty_inodes; /* in the AIL */
	struct fs_inode_ops ops;
	/* counted */
	u64 log_forces, cluster_writes, sync_writes, rmw_reads, reads, recycled, reclaimed, skipped;
};

int xfs_init(struct xfs *x, struct vfs *v, const struct fs_reclaim_policy *policy);
void xfs_destroy(struct xfs *x);

/* For policies: log force, read of the cluster if its buffer is gone, write; the caller owes them all. */
void xfs_flush_now(struct xfs *x, u32 mount, u32 buf);

extern const struct metric_source xfs_metrics[];

/* NULL or what is wrong. */
const char *xfs_check(const struct xfs *x);

#endif
