/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of workload replay share, and nobody else reads:
 *   replay.c         the stream of records, what each does to this kernel
 *   replay_start.c   before the first record: what of this kernel stands for what of the trace
 *   replay_report.c  what was counted
 */
#ifndef MODELS_WORKLOAD_REPLAY_H
#define MODELS_WORKLOAD_REPLAY_H

#include "workload/lookahead.h"
#include "workload/workload.h"

#define RECLAIMED 0x80000000U /* in object_of: this kernel freed it, the recording has not */

struct params {
	s64 root; /* first: the offset of trace may not be 0 */
	const char *trace;
	const char *parent;
	u64 settle;
};

/* One cache of the trace in this kernel. */
struct cache_state {
	u32 cache; /* id in slab/ */
	int fs; /* enum fs_type of an inode cache with a model; -1 otherwise */
	u32 *slabs; /* those with objects of the initial population, for orphan frees */
	u32 nr_slabs;
};

struct state {
	const struct trace_record *block; /* the records at hand */
	u64 nr_block, next;
	bool at_end;
	struct lookahead lookahead;
	u32 *set_of; /* trace superblock -> lru set */
	u32 *cache_of; /* trace cache -> its cache */
	u64 base; /* ns: when the first record happens */
	u32 *object_of; /* trace id -> object, 0 = not alive, RECLAIMED */
	u32 *waiting; /* trace id of an inode -> trace id + 1 of the dentry that waits for it */
	u32 *memcg_of; /* trace memcg -> memcg; 0 = not there */
	u32 *super_of; /* trace superblock -> superblock; 0 = no model */
	struct cache_state *caches;
	struct rng rng;
	u32 nr_cpus;
	u64 allocs, frees, touches;
	u64 orphan_frees, made_up, kept, free_after_reclaim, alloc_while_kept;
	u64 released; /* css freed in the recording */
};

/* ---- replay.c ---- */

/* A cgroup of the trace is made here; state.memcg_of stays 0 where it cannot be. */
void replay_make_memcg(struct workload *w, u32 trace_memcg, u16 cpu);
/* For vfs.traced_gone. This kernel freed what the recording still has. */
void replay_traced_gone(void *ctx, u32 trace_id);

/* ---- replay_start.c, for workload_type ---- */

void replay_start(struct workload *w);
void replay_destroy(struct workload *w);

/* ---- replay_report.c, for workload_type ---- */

extern const struct metric_source replay_metrics[];
u32 replay_notes(struct workload *w, struct arena *arena, char **out, u32 max);

#endif
