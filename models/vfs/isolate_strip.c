// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * inode_isolate: strip. Models inode_lru_isolate() of 4.18 to 5.15 without a76cf1a474d7 (the revert is
 * 69056ee6a8a3): KERNEL_FACTS 1.7, rule I1. An inode with page cache loses it and is tried again; the
 * reference taken meanwhile makes it look used, so it can go on a later pass only.
 */
#include "vfs/vfs.h"

static bool lru_add_rule(struct vfs *v, u32 inode)
{
	(void)v;
	(void)inode;
	return true;
}

/* From 5.15 on shadows count too: !mapping_empty() instead of nrpages. */
static bool has_cache(const struct vfs *v, u32 id)
{
	if (!v->pages)
		return false;
	return v->row->shadows_are_cache ? !v->pages->empty(v->pages->ctx, id)
					 : inode_nr_pages(v, id) > 0;
}

static enum isolate isolate(struct vfs *v, u32 id)
{
	struct object *i = obj(v, id);

	if (i->count || (i->flags & OBJ_DIRTY))
		return ISOLATE_REMOVED;
	if (i->flags & OBJ_REFERENCED) {
		i->flags &= (u8)~OBJ_REFERENCED;
		return ISOLATE_ROTATE;
	}
	if (has_cache(v, id)) {
		v->pages->invalidate(v->pages->ctx, id);
		i->flags |= OBJ_REFERENCED;
		return ISOLATE_RETRY;
	}
	return ISOLATE_FREE;
}

const struct inode_isolate_policy inode_isolate_strip = {
	.name = "strip",
	.lru_add = lru_add_rule,
	.isolate = isolate,
};
