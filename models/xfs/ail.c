// SPDX-License-Identifier: GPL-3.0-or-later
/* The active item list and who empties it: fs/xfs/xfs_trans_ail.c, xfs_log_worker(). */
#include "xfs/internal.h"

#define LOG_WORKER_NS (30 * NSEC_PER_SEC) /* xfs_syncd_centisecs */
#define LOG_RECORD_BYTES 32768
#define LOG_ITEM_BYTES 512 /* of an inode and its share of the transaction's other items */

static void ail_push(struct xfs *x, u32 mount, u64 target);

static void ail_unlink(struct xfs *x, u32 id)
{
	struct xfs_buf *b = buf_at(x, id);
	struct xfs_mount *m = mount_at(x, b->mount);

	*(b->ail_prev ? &buf_at(x, b->ail_prev)->ail_next : &m->ail_first) = b->ail_next;
	*(b->ail_next ? &buf_at(x, b->ail_next)->ail_prev : &m->ail_last) = b->ail_prev;
}

static void ail_push_tail(struct xfs *x, u32 id)
{
	struct xfs_buf *b = buf_at(x, id);
	struct xfs_mount *m = mount_at(x, b->mount);

	b->ail_next = 0;
	b->ail_prev = m->ail_last;
	*(m->ail_last ? &buf_at(x, m->ail_last)->ail_next : &m->ail_first) = id;
	m->ail_last = id;
}

/* xfs_log_worker(): the log is forced and all that is dirty is pushed. */
static void log_worker(void *ctx, u64 mount)
{
	struct xfs *x = ctx;
	struct xfs_mount *m = mount_at(x, (u32)mount);

	if (!m->sb || !m->ail_first) {
		m->log_worker = false;
		return;
	}
	ail_push_all(x, (u32)mount);
	engine_after(x->e, LOG_WORKER_NS, log_worker, x, mount);
}

static void chain_out(struct xfs *x, u32 buf, u32 inode)
{
	struct xfs_item *i = &x->items[inode];

	if (i->prev)
		x->items[i->prev].next = i->next;
	else
		buf_at(x, buf)->dirty = i->next;
	if (i->next)
		x->items[i->next].prev = i->prev;
	i->dirty = 0;
	buf_at(x, buf)->nr_dirty--;
	x->dirty_inodes--;
}

static u64 log_bytes(const struct xfs *x, const struct xfs_mount *m)
{
	u64 bytes = super_at(x->vfs, m->sb)->log_bytes;

	return bytes ? bytes : UINT64_MAX;
}

/* From the oldest dirty inode to the last transaction. */
static u64 log_used(const struct xfs *x, u32 mount)
{
	const struct xfs_mount *m = mount_at(x, mount);

	return m->ail_first ? m->lsn - buf_at(x, m->ail_first)->first_lsn : 0;
}

bool log_full(const struct xfs *x, u32 mount)
{
	return log_used(x, mount) > log_bytes(x, mount_at(x, mount));
}

void item_log(struct xfs *x, u32 mount, u32 inode)
{
	struct xfs_item *i = &x->items[inode];
	struct xfs_mount *m = mount_at(x, mount);
	u32 id = buf_find_or_make(x, mount, i->ino / XFS_INODES_PER_CLUSTER);
	struct xfs_buf *b = buf_at(x, id);

	if (!id)
		return;
	m->lsn += LOG_ITEM_BYTES;
	b->lsn = m->lsn;
	/* by its oldest dirty inode; one that is alone moves on whenever it is logged again */
	if (!b->nr_dirty || (b->nr_dirty == 1 && i->dirty)) {
		if (b->nr_dirty)
			ail_unlink(x, id);
		b->first_lsn = m->lsn;
		ail_push_tail(x, id);
	}
	if (!i->dirty) {
		i->dirty = 1;
		i->prev = 0;
		i->next = b->dirty;
		if (b->dirty)
			x->items[b->dirty].prev = inode;
		b->dirty = inode;
		b->nr_dirty++;
		x->dirty_inodes++;
	}
	/* xlog_grant_push_ail(): a quarter of the log is to be free */
	if (log_used(x, mount) > log_bytes(x, m) / 4 * 3)
		ail_push(x, mount, m->lsn - log_bytes(x, m) / 4 * 3);
	if (m->log_worker)
		return;
	m->log_worker = true;
	engine_after(x->e, LOG_WORKER_NS, log_worker, x, mount);
}

void cluster_clean(struct xfs *x, u32 id)
{
	if (!buf_at(x, id)->nr_dirty)
		return;
	ail_unlink(x, id);
	while (buf_at(x, id)->dirty)
		chain_out(x, id, buf_at(x, id)->dirty);
}

void item_forget(struct xfs *x, u32 inode)
{
	const struct xfs_item *i = &x->items[inode];
	u32 mount = idmap_get(&x->mount_of, obj(x->vfs, inode)->sb), id;

	if (!i->dirty)
		return;
	id = idmap_get(&x->buf_of, buf_key(mount, i->ino / XFS_INODES_PER_CLUSTER));
	chain_out(x, id, inode);
	if (!buf_at(x, id)->nr_dirty)
		ail_unlink(x, id);
	buf_settle(x, id);
}

/* ---- xfsaild: one request at a time ---- */

static void aild(void *ctx, u64 mount);

static void cluster_read(void *ctx, u64 mount)
{
	struct xfs *x = ctx;
	struct task t = {.memcg = ROOT_MEMCG};
	u32 id = idmap_get(&x->buf_of, buf_key((u32)mount, mount_at(x, (u32)mount)->reading));

	/* somebody else may have written it meanwhile */
	if (id && buf_at(x, id)->nr_dirty)
		buf_get(x, id, &t);
	aild(x, mount);
}

/* The oldest cluster up to the target that is not pinned: xfsaild passes over those that are. */
static u32 unpinned(const struct xfs *x, const struct xfs_mount *m)
{
	u32 id = m->ail_first;

	while (id && buf_at(x, id)->first_lsn <= m->push_target && buf_at(x, id)->lsn > m->forced)
		id = buf_at(x, id)->ail_next;
	return id && buf_at(x, id)->first_lsn <= m->push_target ? id : 0;
}

static void aild(void *ctx, u64 mount)
{
	struct xfs *x = ctx;
	struct xfs_mount *m = mount_at(x, (u32)mount);
	u32 id = m->sb ? m->ail_first : 0;

	if (!id || buf_at(x, id)->first_lsn > m->push_target) {
		m->pushing = false;
		return;
	}
	id = unpinned(x, m);
	if (!id) {
		m->forced = m->lsn;
		x->log_forces++;
		engine_at(x->e,
			  disk_submit(&x->m->disk, IO_WRITE, DISK_SOMEWHERE, LOG_RECORD_BYTES),
			  aild, x, mount);
		return;
	}
	if (!buf_at(x, id)->cached) {
		x->rmw_reads++;
		m->reading = buf_at(x, id)->block;
		engine_at(x->e,
			  disk_submit(&x->m->disk, IO_READ, buf_place(x, id), XFS_CLUSTER_BYTES),
			  cluster_read, x, mount);
		return;
	}
	x->cluster_writes++;
	cluster_clean(x, id);
	engine_at(x->e, disk_submit(&x->m->disk, IO_WRITE, buf_place(x, id), XFS_CLUSTER_BYTES),
		  aild, x, mount);
}

static void ail_push(struct xfs *x, u32 mount, u64 target)
{
	struct xfs_mount *m = mount_at(x, mount);

	m->push_target = max_of(m->push_target, target);
	if (m->pushing || !m->ail_first)
		return;
	m->pushing = true;
	engine_after(x->e, 0, aild, x, mount);
}

void ail_push_all(struct xfs *x, u32 mount)
{
	ail_push(x, mount, mount_at(x, mount)->lsn);
}

void xfs_flush_now(struct xfs *x, u32 mount, u32 buf)
{
	struct xfs_mount *m = mount_at(x, mount);
	struct task t = {.memcg = ROOT_MEMCG};

	if (buf_at(x, buf)->lsn > m->forced) {
		m->forced = m->lsn;
		x->log_forces++;
		io_owe(&x->m->disk, IO_RECLAIM, DISK_SOMEWHERE, LOG_RECORD_BYTES);
	}
	if (buf_get(x, buf, &t)) {
		x->rmw_reads++;
		io_owe(&x->m->disk, IO_RECLAIM, DISK_SOMEWHERE, XFS_CLUSTER_BYTES);
	}
	x->sync_writes++;
	io_owe(&x->m->disk, IO_RECLAIM, DISK_SOMEWHERE, XFS_CLUSTER_BYTES);
	cluster_clean(x, buf);
}
