// SPDX-License-Identifier: GPL-3.0-or-later
/* Buffers of metadata and their shrinker: fs/xfs/xfs_buf.c. */
#include "xfs/internal.h"

#define XFS_INO_REF 2 /* xfs_buf_set_ref() of an inode cluster or directory block */

u32 buf_find_or_make(struct xfs *x, u32 mount, u32 block)
{
	u32 id = idmap_get(&x->buf_of, buf_key(mount, block));

	if (id)
		return id;
	id = flat_take(&x->bufs);
	if (!id)
		return 0;
	*buf_at(x, id) = (struct xfs_buf){.mount = mount, .block = block};
	if (!idmap_put(&x->buf_of, buf_key(mount, block), id)) {
		flat_give(&x->bufs, id);
		return 0;
	}
	return id;
}

static void lru_unlink(struct xfs *x, u32 id)
{
	struct xfs_buf *b = buf_at(x, id);
	struct xfs_mount *m = mount_at(x, b->mount);

	*(b->lru_prev ? &buf_at(x, b->lru_prev)->lru_next : &m->lru_first) = b->lru_next;
	*(b->lru_next ? &buf_at(x, b->lru_next)->lru_prev : &m->lru_last) = b->lru_prev;
}

static void lru_push(struct xfs *x, u32 id)
{
	struct xfs_buf *b = buf_at(x, id);
	struct xfs_mount *m = mount_at(x, b->mount);

	b->lru_next = 0;
	b->lru_prev = m->lru_last;
	*(m->lru_last ? &buf_at(x, m->lru_last)->lru_next : &m->lru_first) = id;
	m->lru_last = id;
}

bool buf_get(struct xfs *x, u32 id, const struct task *t)
{
	u64 bytes = buf_at(x, id)->block & XFS_DIR_BLOCK ? x->m->page_size : XFS_CLUSTER_BYTES;
	struct task nofs = *t;
	struct footprint mem = {0};
	u32 mount = buf_at(x, id)->mount;

	buf_at(x, id)->lru_ref = XFS_INO_REF;
	if (buf_at(x, id)->cached)
		return false;
	/* the page allocator's, not the page cache's; charged to nobody */
	nofs.gfp = (nofs.gfp & (u16)~GFP_ACCOUNT) | GFP_NOFS;
	buf_at(x, id)->cached = 1; /* nobody drops it meanwhile */
	if (footprint_kmalloc(x->vfs->slab, &mem, bytes, 1, &nofs))
		footprint_free(x->vfs->slab, &mem, t->cpu);
	buf_at(x, id)->mem = mem;
	mount_at(x, mount)->nr_bufs++;
	lru_push(x, id);
	return true;
}

void buf_settle(struct xfs *x, u32 id)
{
	const struct xfs_buf *b = buf_at(x, id);

	if (b->cached || b->nr_dirty)
		return;
	idmap_remove(&x->buf_of, buf_key(b->mount, b->block));
	flat_give(&x->bufs, id);
}

void buf_drop(struct xfs *x, u32 id, u16 cpu)
{
	struct footprint mem = buf_at(x, id)->mem;

	lru_unlink(x, id);
	mount_at(x, buf_at(x, id)->mount)->nr_bufs--;
	buf_at(x, id)->mem = (struct footprint){0};
	buf_at(x, id)->cached = 0;
	buf_settle(x, id);
	footprint_free(x->vfs->slab, &mem, cpu);
}

/* ---- xfs_buftarg_shrink_count(), xfs_buftarg_shrink_scan() ---- */

static u64 count(void *ctx, u32 shrinker, u32 block, u32 node)
{
	const struct xfs *x = ctx;

	(void)block;
	/* the kernel keeps a list a node; here all are on the first */
	return node ? 0 : mount_at(x, shrinker_at(x->shrinkers, shrinker)->arg)->nr_bufs;
}

static unsigned long scan(void *ctx, u32 shrinker, u32 block, u32 node, u64 nr,
			  const struct task *t)
{
	struct xfs *x = ctx;
	u32 mount = shrinker_at(x->shrinkers, shrinker)->arg;
	unsigned long freed = 0;

	(void)block;
	(void)node;
	for (u32 id = mount_at(x, mount)->lru_first, next; nr-- && id; id = next) {
		struct xfs_buf *b = buf_at(x, id);

		next = b->lru_next;
		if (b->lru_ref || (b->nr_dirty && x->policy->dirty_pins_buffer)) {
			b->lru_ref -= b->lru_ref > 0;
			lru_unlink(x, id);
			lru_push(x, id);
			continue;
		}
		buf_drop(x, id, t->cpu);
		freed++;
	}
	return freed;
}

const struct shrinker_ops xfs_buf_shrinker_ops = {
	.count = count,
	.scan = scan,
	.scan_name = "xfs_buftarg_shrink_scan",
};
