/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The memory cgroups of one hierarchy as a recording shows them: by id and by path. An id or a path
 * may come back after its cgroup was removed and then means the new one.
 */
#ifndef SIM_TRACE_CGROUP_TREE_H
#define SIM_TRACE_CGROUP_TREE_H

#include "engine/arena.h"
#include "engine/idmap.h"
#include "engine/trace_record.h"
#include "trace/raw_event.h"

struct cgroup_tree {
	struct arena *arena; /* of the paths */
	struct trace_memcg *memcgs;
	bool *removed; /* rmdir was seen: the path is free again */
	u32 n, cap;
	struct idmap by_id; /* id -> index + 1 */
	u32 *by_path; /* open addressing: index + 1, 0 = empty */
	u32 path_mask, nr_paths;
	int failed; /* -ENOMEM once that happened */
};

int cgroup_tree_init(struct cgroup_tree *t, struct arena *arena);
void cgroup_tree_destroy(struct cgroup_tree *t);

/* All give an index into memcgs; NONE_U32 when out of memory. */
u32 cgroup_tree_mkdir(struct cgroup_tree *t, u64 id, struct slice path);
/* One that must be there: unseen ones existed before the recording, with all above them. */
u32 cgroup_tree_get(struct cgroup_tree *t, u64 id, struct slice path);
/* NONE_U32 too if nothing is known of it. */
u32 cgroup_tree_find(const struct cgroup_tree *t, u64 id);
void cgroup_tree_rmdir(struct cgroup_tree *t, u32 index);

#endif
