// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/cgroup_dir.h"

static u32 vnode_of_cgroup(const struct world *w, u32 memcg)
{
	for (u32 i = 0; i < w->nr_cgroups; i++)
		if (w->cgroups[i].memcg == memcg)
			return w->cgroups[i].vnode;
	return 0;
}

static struct task manager(u16 cpu)
{
	return (struct task){.memcg = ROOT_MEMCG, .cpu = cpu};
}

bool cgroup_dir_make(struct world *w, struct cgroup_dir *d, u32 parent, const char *name,
		     u32 number, u16 cpu, bool kmem)
{
	struct task t = manager(cpu);
	u32 dentry;

	*d = (struct cgroup_dir){0};
	d->memcg = kmem ? memcg_mkdir(&w->k.memcg, parent, name, number, &t)
			: memcg_mkdir_without_kmem(&w->k.memcg, parent, name, number, &t);
	if (!d->memcg)
		return false;
	if (!w->cgroupfs)
		return true;
	d->vnode = vnode_new(&w->k.vfs, w->cgroupfs, vnode_of_cgroup(w, parent), true, false);
	/* where kernfs keeps negative dentries mkdir leaves the one of its own lookup */
	if (!d->vnode || !w->k.row->kernfs_negative)
		return true;
	dentry = vnode_lookup(&w->k.vfs, d->vnode, &t);
	if (dentry)
		dput(&w->k.vfs, dentry, cpu);
	return true;
}

static void open_name(struct world *w, u32 vnode, u16 cpu)
{
	struct task t = manager(cpu);
	u32 dentry = vnode ? vnode_create(&w->k.vfs, vnode, &t) : 0;

	if (dentry)
		dput(&w->k.vfs, dentry, cpu);
}

static void open_file(struct world *w, struct cgroup_dir *d, u32 i, u16 cpu)
{
	if (!d->vnode)
		return;
	open_name(w, d->vnode, cpu);
	if (!d->files[i])
		d->files[i] = vnode_new(&w->k.vfs, w->cgroupfs, d->vnode, false, false);
	open_name(w, d->files[i], cpu);
}

void cgroup_dir_attach(struct world *w, struct cgroup_dir *d, u16 cpu)
{
	open_file(w, d, 0, cpu);
}

void cgroup_dir_read(struct world *w, struct cgroup_dir *d, u32 n, u16 cpu)
{
	for (u32 i = 1; i <= n && i < CGROUP_DIR_FILES; i++)
		open_file(w, d, i, cpu);
}

/* rmdir: the walk to the directory, which it holds; shrink_dcache_parent(); d_delete(). */
static void remove_names(struct world *w, struct cgroup_dir *d, u16 cpu)
{
	struct task t = manager(cpu);
	u32 dentry = vnode_create(&w->k.vfs, d->vnode, &t);

	for (u32 i = 0; i < CGROUP_DIR_FILES; i++) {
		if (!d->files[i])
			continue;
		vnode_prune(&w->k.vfs, d->files[i], cpu);
		vnode_free(&w->k.vfs, d->files[i]);
	}
	if (dentry)
		dput(&w->k.vfs, dentry, cpu);
	vnode_unlink(&w->k.vfs, d->vnode, &t);
	vnode_free(&w->k.vfs, d->vnode);
}

void cgroup_dir_remove(struct world *w, struct cgroup_dir *d, u16 cpu)
{
	struct task t = manager(cpu);

	if (d->vnode)
		remove_names(w, d, cpu);
	memcg_rmdir(&w->k.memcg, d->memcg, &t);
	*d = (struct cgroup_dir){0};
}

/* Before 11d6761218d1 (v5.7) mem_cgroup_alloc() said -ENOMEM whatever was missing. */
u32 cgroup_dir_verdicts(struct workload *w, struct arena *arena, char **notes, u32 max)
{
	const struct memcg_system *m = &w->world->k.memcg;

	if (!max || !w->refused_containers || !m->mkdir_no_id)
		return 0;
	notes[0] = arena_printf(
		arena,
		"%s: mkdir: %s, %llu times, first at %.3f s: %u memory cgroup ids are in use, "
		"%lld of them by cgroups that exist",
		w->name,
		w->world->k.row->mkdir_enospc
			? "-ENOSPC (No space left on device)"
			: "-ENOMEM (Cannot allocate memory; -ENOSPC from v5.7 on)",
		(unsigned long long)min_of(m->mkdir_no_id, w->refused_containers),
		(double)m->first_no_id / 1e9, MEM_CGROUP_ID_MAX, (long long)m->online_at_no_id + 1);
	return notes[0] ? 1 : 0;
}
