/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Raw events go in, a struct trace comes out (DESIGN sections 6 and 8). Every reader of recordings
 * ends here, so that all of them join, guess and count alike.
 *
 * The rules:
 *  - memcg: where cgroup_attach_task put the task, or what it inherited at fork; exit forgets it. A
 *    task never seen to enter a cgroup is taken to be in the root: TRACE_F_MEMCG_GUESSED, on
 *    accounted allocations only (others are charged to nobody). Interrupts and kernel threads
 *    (children of pid 2, or known by name) are in the root for certain.
 *  - accounted: as printed; before 6.0 by the cache (SLAB_ACCOUNT) or __GFP_ACCOUNT.
 *  - a free without an allocation in the recording is an orphan; an allocation of a live pointer,
 *    or a free into another cache, means that a free was lost: it is put in.
 *  - a dentry takes the superblock of the next inode that the same task allocates; the last such
 *    dentry, if it still lives, has that inode as peer. Allocations in interrupts stay out of this.
 *  - frees by kswapd, or between mm_shrink_slab_start and _end of a task, are TRACE_F_RECLAIM;
 *    what an RCU callback or interrupt frees cannot be told and is not.
 *  - events that change nothing become TRACE_MARK; those that are not looked into leave no record.
 */
#ifndef SIM_TRACE_BUILDER_H
#define SIM_TRACE_BUILDER_H

#include "engine/diag.h"
#include "engine/trace_record.h"
#include "trace/raw_event.h"

struct trace_import_opts {
	bool strict; /* damaged lines and cut files are errors */
	bool root_given; /* take root; otherwise the hierarchy in which most cgroups were made */
	u32 root; /* id of the hierarchy that has the memory controller; 0 is cgroup v2 */
};

struct trace_builder;

/* NULL when out of memory. name (a path, kept by the caller) stands in messages. */
struct trace_builder *trace_builder_new(const struct trace_import_opts *opts, const char *name);
void trace_builder_free(struct trace_builder *b);

/*
 * Events may come in any order. 0; -EINVAL: damaged, no task has such a pid (nothing was added);
 * -E2BIG: too many caches, hierarchies or events; -ENOMEM.
 */
int trace_builder_add(struct trace_builder *b, const struct raw_event *ev);

/* lines, damaged, lost_events, truncated: for the reader to fill; the rest is the builder's. */
struct trace_stats *trace_builder_stats(struct trace_builder *b);

/* Joins what was added. On success *out is the caller's, to be given to trace_free(). */
int trace_builder_finish(struct trace_builder *b, struct trace *out, struct diag *d);

void trace_free(struct trace *t);

#endif
