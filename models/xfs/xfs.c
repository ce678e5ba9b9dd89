// SPDX-License-Identifier: GPL-3.0-or-later
/* Inodes below the VFS: fs/xfs/xfs_icache.c; set-up and metrics. */
#include "xfs/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#define RECLAIM_INTERVAL (5 * NSEC_PER_SEC) /* xfs_syncd_centisecs / 6 */
#define DIRENTS_PER_BLOCK 200
#define BUF_BATCH 128
#define MAX_BUFS (1U << 24) /* clusters of 512 M inodes */

/* Address space for the items beside all objects; a machine without XFS needs none. */
static int map_items(struct xfs *x)
{
	void *map;

	x->items_bytes = (size_t)MAX_OBJECTS * sizeof(struct xfs_item);
	map = mmap(NULL, x->items_bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED) {
		x->e->failed = -ENOMEM;
		return -ENOMEM;
	}
	x->items = map;
	return 0;
}

static u32 mount_of(struct xfs *x, u32 sb)
{
	struct task t = {.memcg = ROOT_MEMCG};
	u32 id = idmap_get(&x->mount_of, sb);

	if (id)
		return id;
	if (!x->items && map_items(x))
		return 0;
	id = flat_take(&x->mounts);
	if (!id)
		return 0;
	*mount_at(x, id) =
		(struct xfs_mount){.sb = sb, .lsn = 1, .forced = 1, .ags = {.free = XFS_AG_COUNT}};
	if (!idmap_put(&x->mount_of, sb, id)) {
		flat_give(&x->mounts, id);
		return 0;
	}
	mount_at(x, id)->shrinker = shrinker_register(x->shrinkers, 0, DEFAULT_SEEKS, BUF_BATCH,
						      &xfs_buf_shrinker_ops, x, id, &t);
	return id;
}

/* ---- reclaimable inodes ---- */

static u64 ino_key(u32 mount, u32 ino)
{
	return (u64)mount << 32 | ino;
}

static void slot_out(struct xfs *x, u32 mount, u32 inode)
{
	struct xfs_mount *m = mount_at(x, mount);
	u32 at = x->items[inode].slot - 1, last = m->reclaim[--m->nr_reclaim];

	m->reclaim[at] = last;
	x->items[last].slot = at + 1;
	x->items[inode].slot = 0;
	if (x->items[inode].ino)
		idmap_remove(&x->by_ino, ino_key(mount, x->items[inode].ino));
	super_at(x->vfs, m->sb)->nr_reclaimable--;
	x->vfs->inodes_waiting--;
}

static void free_inode(struct xfs *x, u32 mount, u32 inode, u16 cpu)
{
	slot_out(x, mount, inode);
	item_forget(x, inode);
	/* the next inode in this object's place is another one */
	x->items[inode] = (struct xfs_item){.ino = 0};
	x->reclaimed++;
	inode_free(x->vfs, inode, cpu);
}

/* xfs_reclaim_worker(): what is clean goes, nobody waits. */
static void background_reclaim(void *ctx, u64 mount)
{
	struct xfs *x = ctx;
	struct xfs_mount *m = mount_at(x, (u32)mount);

	for (u32 i = m->nr_reclaim; i--;)
		if (!x->items[m->reclaim[i]].dirty)
			free_inode(x, (u32)mount, m->reclaim[i], 0);
	m->worker = m->nr_reclaim > 0;
	if (m->worker)
		engine_after(x->e, RECLAIM_INTERVAL, background_reclaim, x, mount);
}

static void ops_evicted(void *ctx, u32 inode, u16 cpu)
{
	struct xfs *x = ctx;
	u32 mount = mount_of(x, obj(x->vfs, inode)->sb);
	struct xfs_mount *m = mount_at(x, mount);
	struct xfs_item *i;

	if (!mount) {
		inode_free(x->vfs, inode, cpu);
		return;
	}
	i = &x->items[inode];

	if (m->nr_reclaim == m->cap_reclaim) {
		u32 cap = max_of(m->cap_reclaim * 2, 64U);
		u32 *p = realloc(m->reclaim, cap * sizeof(*p));

		if (p) {
			m->reclaim = p;
			m->cap_reclaim = cap;
		} else {
			x->e->failed = -ENOMEM;
		}
	}
	if (m->nr_reclaim == m->cap_reclaim ||
	    (i->ino && !idmap_put(&x->by_ino, ino_key(mount, i->ino), inode))) {
		item_forget(x, inode);
		*i = (struct xfs_item){.ino = 0};
		inode_free(x->vfs, inode, cpu);
		return;
	}
	m->reclaim[m->nr_reclaim++] = inode;
	i->slot = m->nr_reclaim & 0x7fffffffU;
	super_at(x->vfs, m->sb)->nr_reclaimable++;
	x->vfs->inodes_waiting++;
	if (m->worker)
		return;
	m->worker = true;
	engine_after(x->e, RECLAIM_INTERVAL, background_reclaim, x, mount);
}

/* xfs_reclaim_inode() */
static bool reclaim_inode(struct xfs *x, u32 mount, u32 inode, u16 cpu)
{
	const struct xfs_item *i = &x->items[inode];
	u32 block = i->ino / XFS_INODES_PER_CLUSTER;

	if (i->dirty &&
	    !x->policy->dirty_inode(x, mount, idmap_get(&x->buf_of, buf_key(mount, block))))
		return false;
	free_inode(x, mount, inode, cpu);
	return true;
}

/* xfs_reclaim_inodes_nr(): budget in lookups of 32, from where the last walk ended. */
static void ops_free_cached(void *ctx, u32 sb, u64 nr, const struct task *t)
{
	struct xfs *x = ctx;
	u32 mount = mount_of(x, sb);
	struct xfs_mount *m = mount_at(x, mount);
	u64 left =
		min_of(div_round_up(nr, XFS_LOOKUP_BATCH) * XFS_LOOKUP_BATCH, (u64)m->nr_reclaim);

	if (!mount)
		return;
	ail_push_all(x, mount);
	/*
	 * A group that somebody walks is passed over first, but waited for if the budget is not used up by then:
	 * whoever comes when all groups are busy waits (KERNEL_FACTS 1.8).
	 */
	if (x->policy->ag_mutex)
		io_owe_sem(&x->m->disk, &m->ags);
	while (left-- && m->nr_reclaim) {
		if (m->cursor >= m->nr_reclaim)
			m->cursor = 0;
		x->e->visited++;
		/* one that goes leaves its place to another */
		m->cursor += !reclaim_inode(x, mount, m->reclaim[m->cursor], t->cpu);
	}
}

/* xfs_iget_cache_hit() */
static u32 ops_recycle(void *ctx, u32 sb, u32 ino)
{
	struct xfs *x = ctx;
	u32 mount = idmap_get(&x->mount_of, sb);
	u32 inode = mount ? idmap_get(&x->by_ino, ino_key(mount, ino)) : 0;

	if (!inode)
		return 0;
	slot_out(x, mount, inode);
	x->recycled++;
	return inode;
}

/* ---- what the VFS reads and changes ---- */

/* An inode came into memory; a file that is made now has a cluster that need not be read. */
static void ops_inode_read(void *ctx, u32 inode, u32 ino, bool made, const struct task *t)
{
	struct xfs *x = ctx;
	u32 mount = mount_of(x, obj(x->vfs, inode)->sb), id;

	if (!mount)
		return;
	x->items[inode] = (struct xfs_item){.ino = ino};
	id = buf_find_or_make(x, mount, ino / XFS_INODES_PER_CLUSTER);
	if (!id || !buf_get(x, id, t) || made)
		return;
	x->reads++;
	io_owe(&x->m->disk, IO_OWN, buf_place(x, id), XFS_CLUSTER_BYTES);
}

static void ops_touch_dirent(void *ctx, u32 sb, u32 dir, u32 ino, bool made, const struct task *t)
{
	struct xfs *x = ctx;
	u32 mount = mount_of(x, sb), block, id;
	u64 key = ((u64)mount << 44) ^ ((u64)dir << 22) ^ (ino / DIRENTS_PER_BLOCK);

	if (!mount)
		return;
	block = idmap_get(&x->dir_blocks, key);
	if (!block) {
		block = ++x->next_dir_block;
		if (!idmap_put(&x->dir_blocks, key, block))
			return;
	}
	id = buf_find_or_make(x, mount, XFS_DIR_BLOCK | block);
	if (!id || !buf_get(x, id, t) || made)
		return;
	x->reads++;
	io_owe(&x->m->disk, IO_OWN, DISK_SOMEWHERE, x->m->page_size);
}

static void ops_logged(void *ctx, u32 inode)
{
	struct xfs *x = ctx;
	u32 mount = mount_of(x, obj(x->vfs, inode)->sb);

	if (mount && x->items[inode].ino)
		item_log(x, mount, inode);
}

static bool ops_log_full(void *ctx, u32 sb)
{
	const struct xfs *x = ctx;
	u32 mount = idmap_get(&x->mount_of, sb);

	return mount && log_full(x, mount);
}

static void ops_umount(void *ctx, u32 sb, u16 cpu)
{
	struct xfs *x = ctx;
	u32 mount = idmap_get(&x->mount_of, sb);
	struct xfs_mount *m = mount_at(x, mount);

	if (!mount)
		return;
	while (m->nr_reclaim)
		free_inode(x, mount, m->reclaim[m->nr_reclaim - 1], cpu);
	while (m->ail_first)
		cluster_clean(x, m->ail_first);
	while (m->lru_first)
		buf_drop(x, m->lru_first, cpu);
	if (m->shrinker)
		shrinker_unregister(x->shrinkers, m->shrinker, cpu);
	idmap_remove(&x->mount_of, sb);
	free(m->reclaim);
	/* events that are on their way find an empty one, who waits in a group goes on; it is not used again */
	*m = (struct xfs_mount){.ags = m->ags};
}

/* ---- life ---- */

int xfs_init(struct xfs *x, struct vfs *v, const struct fs_reclaim_policy *policy)
{
	int *failed = &v->e->failed;

	*x = (struct xfs){
		.vfs = v,
		.e = v->e,
		.m = v->m,
		.shrinkers = v->shrinkers,
		.policy = policy,
	};
	x->ops = (struct fs_inode_ops){
		.evicted = ops_evicted,
		.free_cached = ops_free_cached,
		.recycle = ops_recycle,
		.inode_read = ops_inode_read,
		.touch_dirent = ops_touch_dirent,
		.logged = ops_logged,
		.log_full = ops_log_full,
		.umount = ops_umount,
		.ctx = x,
	};
	if (flat_init(&x->mounts, sizeof(struct xfs_mount), MAX_SUPERS, false, failed) ||
	    flat_init(&x->bufs, sizeof(struct xfs_buf), MAX_BUFS, false, failed) ||
	    idmap_init(&x->mount_of, 16, failed) || idmap_init(&x->buf_of, 64, failed) ||
	    idmap_init(&x->dir_blocks, 64, failed) || idmap_init(&x->by_ino, 64, failed))
		return -ENOMEM;
	v->own = &x->ops;
	return 0;
}

void xfs_destroy(struct xfs *x)
{
	for (u32 i = 1; i < x->mounts.n; i++)
		free(mount_at(x, i)->reclaim);
	flat_destroy(&x->mounts);
	flat_destroy(&x->bufs);
	idmap_destroy(&x->mount_of);
	idmap_destroy(&x->buf_of);
	idmap_destroy(&x->dir_blocks);
	idmap_destroy(&x->by_ino);
	if (x->items)
		munmap(x->items, x->items_bytes);
	x->items = NULL;
}

/* ---- metrics ---- */

#define READ(fn, expr)                                                                             \
	static double fn(const void *model)                                                        \
	{                                                                                          \
		const struct xfs *x = model;                                                       \
                                                                                                   \
		return x->mounts.n > 1 ? (double)(expr) : NAN;                                     \
	}

READ(dirty_inodes, x->dirty_inodes)
READ(waiting, x->vfs->inodes_waiting)
READ(sync_writes, x->sync_writes)
READ(cluster_writes, x->cluster_writes)
READ(rmw_reads, x->rmw_reads)
READ(reclaimed, x->reclaimed)
READ(skipped, x->skipped)
READ(log_forces, x->log_forces)

#define COUNTED(n, u, h)                                                                           \
	.info = {.name = n, .unit = u, .help = h, .integer = true, .kind = METRIC_COUNTED}

const struct metric_source xfs_metrics[] = {
	{COUNTED("xfs.dirty_inodes", "inodes", "logged and not written back: in the AIL"),
	 .read = dirty_inodes},
	{COUNTED("xfs.reclaimable", "inodes", "that the VFS has evicted and XFS still holds"),
	 .read = waiting},
	{COUNTED("xfs.reclaimed", "inodes", "freed after the VFS had evicted them"),
	 .read = reclaimed},
	{COUNTED("xfs.sync_writes", "writes", "inode clusters that reclaim wrote and waited for"),
	 .read = sync_writes},
	{COUNTED("xfs.reclaim_skipped", "inodes", "dirty ones that reclaim passed over"),
	 .read = skipped},
	{COUNTED("xfs.cluster_writes", "writes", "inode clusters that xfsaild wrote"),
	 .read = cluster_writes},
	{COUNTED("xfs.rmw_reads", "reads",
		 "clusters that had to be read before they could be written"),
	 .read = rmw_reads},
	{COUNTED("xfs.log_forces", "writes", "of the log"), .read = log_forces},
	{.info = {.name = NULL}},
};

/* ---- recount ---- */

const char *xfs_check(const struct xfs *x)
{
	u64 dirty = 0, waiting = 0;

	for (u32 id = 1; id < x->mounts.n; id++) {
		const struct xfs_mount *m = mount_at(x, id);
		u32 bufs = 0, prev = 0;

		if (!m->sb)
			continue;
		for (u32 i = 0; i < m->nr_reclaim; i++)
			if (x->items[m->reclaim[i]].slot != i + 1)
				return "a reclaimable inode is not where it should be";
		waiting += m->nr_reclaim;
		for (u32 b = m->lru_first; b; prev = b, b = buf_at(x, b)->lru_next, bufs++)
			if (!buf_at(x, b)->cached || buf_at(x, b)->lru_prev != prev)
				return "the list of buffers is broken";
		if (bufs != m->nr_bufs)
			return "buffers differ from their count";
		prev = 0;
		for (u32 b = m->ail_first; b; prev = b, b = buf_at(x, b)->ail_next) {
			u32 n = 0;

			if (!buf_at(x, b)->nr_dirty || buf_at(x, b)->ail_prev != prev)
				return "the AIL is broken";
			for (u32 i = buf_at(x, b)->dirty; i; i = x->items[i].next, n++)
				if (!x->items[i].dirty ||
				    x->items[i].ino / XFS_INODES_PER_CLUSTER != buf_at(x, b)->block)
					return "a clean inode is in the AIL";
			if (n != buf_at(x, b)->nr_dirty)
				return "dirty inodes of a cluster differ from their count";
			dirty += n;
		}
	}
	if (dirty != x->dirty_inodes || waiting != x->vfs->inodes_waiting)
		return "dirty or reclaimable inodes differ from their count";
	return NULL;
}
