// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Models the names of fs/dcache.c that do not fit into their dentry: struct external_name, 16 bytes and the letters, in
 * a kmalloc that is charged (5d097056c9a0, v4.5): kmalloc-N, from 2e03b4bc4ae8 (v4.20) on kmalloc-rcl-N. It goes
 * with its dentry, after the same grace period. Not modelled: a name that two dentries share after a rename.
 */
#include "vfs/internal.h"

#include <errno.h>
#include <stdio.h>

#define NAME_HEADER 16 /* refcount or rcu_head */

static int make_tables(struct vfs *v)
{
	if (v->names.base)
		return 0;
	if (flat_init(&v->names, sizeof(struct external_name), MAX_OBJECTS, false, &v->e->failed))
		return -ENOMEM;
	if (!idmap_init(&v->name_of, 0, &v->e->failed))
		return 0;
	flat_destroy(&v->names);
	return -ENOMEM;
}

/* The cache for names of so many bytes; 0: no memory. */
static u32 name_cache(struct vfs *v, u32 bytes)
{
	u32 class = kmalloc_class(v->slab, bytes), size = kmalloc_class_size(class);
	char name[32];
	struct cache_spec spec = {.name = name,
				  .object_size = size,
				  .size = size,
				  .flags = CACHE_KMALLOC | CACHE_RECLAIM_ACCOUNT};

	if (!v->row->names_reclaimable)
		return v->slab->kmalloc_cg[class];
	if (!v->name_caches[class]) {
		snprintf(name, sizeof(name), "kmalloc-rcl-%u", size);
		v->name_caches[class] = kmem_cache_create(v->slab, &spec);
	}
	return v->name_caches[class];
}

bool external_name_alloc(struct vfs *v, u32 dentry, u32 len, const struct task *t)
{
	struct task accounted = *t;
	u32 cache, slab, owner = 0, id;

	accounted.gfp |= GFP_ACCOUNT;
	if (make_tables(v))
		return false;
	cache = name_cache(v, NAME_HEADER + len + 1);
	slab = cache ? memcg_slab_alloc(v->memcg, cache, &accounted, -1, &owner) : 0;
	id = slab ? flat_take(&v->names) : 0;
	if (id && idmap_put(&v->name_of, dentry, id)) {
		*external_name_at(v, id) = (struct external_name){slab, owner};
		v->nr_names++;
		return true;
	}
	if (id)
		flat_give(&v->names, id);
	if (slab)
		memcg_slab_free(v->memcg, slab, owner, t->cpu);
	return false;
}

void external_name_free(struct vfs *v, u32 dentry, u16 cpu)
{
	u32 id = idmap_get(&v->name_of, dentry);
	struct external_name name;

	if (!id)
		return;
	name = *external_name_at(v, id);
	idmap_remove(&v->name_of, dentry);
	flat_give(&v->names, id);
	v->nr_names--;
	memcg_slab_free(v->memcg, name.slab, name.owner, cpu);
}

void external_names_destroy(struct vfs *v)
{
	if (!v->names.base)
		return;
	flat_destroy(&v->names);
	idmap_destroy(&v->name_of);
}

const char *external_names_check(const struct vfs *v)
{
	u32 found = 0;

	for (u32 id = 1; v->nr_names && id < v->objects.n; id++) {
		u32 name = obj(v, id)->kind == OBJECT_DENTRY ? idmap_get(&v->name_of, id) : 0;

		if (!name)
			continue;
		found++;
		if (slab_at(v->slab, external_name_at(v, name)->slab)->state == SLAB_FREE)
			return "a long name's slab is gone";
	}
	return found == v->nr_names ? NULL : "long names differ from those of dentries";
}
