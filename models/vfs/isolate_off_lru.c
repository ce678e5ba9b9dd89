// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * inode_isolate: off-lru. Models 51b8c1fe250d (v5.16): inodes with page cache are not on the LRU at all;
 * those found there leave it alive and come back with their last page (KERNEL_FACTS 1.7, rule I3).
 */
#include "vfs/vfs.h"

static bool lru_add_rule(struct vfs *v, u32 inode)
{
	return inode_shrinkable(v, inode);
}

static enum isolate isolate(struct vfs *v, u32 id)
{
	struct object *i = obj(v, id);

	if (i->count || (i->flags & OBJ_DIRTY) || !inode_shrinkable(v, id))
		return ISOLATE_REMOVED;
	if (i->flags & OBJ_REFERENCED) {
		i->flags &= (u8)~OBJ_REFERENCED;
		return ISOLATE_ROTATE;
	}
	return ISOLATE_FREE;
}

const struct inode_isolate_policy inode_isolate_off_lru = {
	.name = "off-lru",
	.lru_add = lru_add_rule,
	.isolate = isolate,
};
