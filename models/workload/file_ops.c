// SPDX-License-Identifier: GPL-3.0-or-later
/* open(), read() or write(), close(): the calls of vfs/ and page_cache/ in the order in which the kernel makes them. */
#include "workload/file_ops.h"

void file_read(struct workload *w, u32 vnode, u32 pages, const struct task *t)
{
	struct kernel *k = &w->world->k;
	u32 dentry = vnode_lookup(&k->vfs, vnode, t),
	    inode = dentry ? obj(&k->vfs, dentry)->peer : 0;
	u32 mapping = inode ? inode_mapping(&k->pages, inode) : 0;

	if (!mapping || page_cache_read(&k->pages, mapping, 0, pages, t) < pages)
		w->refused++;
	if (dentry)
		dput(&k->vfs, dentry, t->cpu);
}

void file_create(struct workload *w, u32 vnode, u32 pages, const struct task *t)
{
	struct kernel *k = &w->world->k;
	u32 dentry = vnode_create(&k->vfs, vnode, t), mapping;

	if (!dentry) {
		w->refused++;
		return;
	}
	mapping = pages ? inode_mapping(&k->pages, obj(&k->vfs, dentry)->peer) : 0;
	if (pages && (!mapping || page_cache_write(&k->pages, mapping, 0, pages, t) < pages))
		w->refused++;
	dput(&k->vfs, dentry, t->cpu);
}
