/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A cgroup as its manager sees it: mkdir, attach (a write to cgroup.procs), reading its files, rmdir.
 * Where the scenario mounts a cgroup2 file system, that leaves kernfs dentries and inodes, charged to
 * the manager's cgroup (the root), as the recorded W2 shows.
 */
#ifndef MODELS_WORKLOAD_CGROUP_DIR_H
#define MODELS_WORKLOAD_CGROUP_DIR_H

#include "workload/workload.h"

#define CGROUP_DIR_FILES 4

struct cgroup_dir {
	u32 memcg; /* 0: mkdir failed, or removed */
	u32 vnode; /* the directory; 0 without a cgroup2 mount */
	u32 files[CGROUP_DIR_FILES]; /* names below it that were looked up; [0] is cgroup.procs */
};

/* False if mkdir failed. kmem: its kernel memory is accounted. */
bool cgroup_dir_make(struct world *w, struct cgroup_dir *d, u32 parent, const char *name,
		     u32 number, u16 cpu, bool kmem);
/* A task is moved in: the manager opens cgroup.procs. */
void cgroup_dir_attach(struct world *w, struct cgroup_dir *d, u16 cpu);
/* A monitor reads n other files of it (memory.current, memory.stat, ...). */
void cgroup_dir_read(struct world *w, struct cgroup_dir *d, u32 n, u16 cpu);
void cgroup_dir_remove(struct world *w, struct cgroup_dir *d, u16 cpu);

#endif
