// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * inode_isolate: keep-attached. Models a76cf1a474d7 (v4.20, stable 4.19.3): an inode with more than one
 * page counts as used and is rotated, its page cache stays (KERNEL_FACTS 1.7, rule I2).
 */
#include "vfs/vfs.h"

static bool lru_add_rule(struct vfs *v, u32 inode)
{
	(void)v;
	(void)inode;
	return true;
}

static enum isolate isolate(struct vfs *v, u32 id)
{
	struct object *i = obj(v, id);

	if (!i->count && !(i->flags & OBJ_DIRTY) && inode_nr_pages(v, id) > 1) {
		i->flags &= (u8)~OBJ_REFERENCED;
		return ISOLATE_ROTATE;
	}
	return inode_isolate_strip.isolate(v, id);
}

const struct inode_isolate_policy inode_isolate_keep_attached = {
	.name = "keep-attached",
	.lru_add = lru_add_rule,
	.isolate = isolate,
};
