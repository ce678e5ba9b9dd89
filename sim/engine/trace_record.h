/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One event of a trace in the form the replay loop eats: 32 bytes, dense ids, sorted by time.
 *
 * Readers (sim/trace) make these from a recording: kernel pointers have become dense object ids
 * (lowest free id, so the id space is as large as the peak number of live objects), tasks have been
 * joined to memory cgroups, and what had to be guessed is flagged and counted.
 */
#ifndef SIM_ENGINE_TRACE_RECORD_H
#define SIM_ENGINE_TRACE_RECORD_H

#include "engine/base.h"

enum trace_type {
	TRACE_ALLOC = 1, /* id, cache, memcg, sb, peer */
	TRACE_FREE, /* id, cache; TRACE_F_ORPHAN: allocated before the trace began, id is NONE_U32 */
	TRACE_TOUCH, /* id: a lookup found it (dget and dput) */
	TRACE_CGROUP_MKDIR, /* memcg */
	TRACE_CGROUP_RMDIR, /* memcg */
	TRACE_CGROUP_RELEASE, /* memcg: the recorded kernel freed the css */
	TRACE_MARK, /* nothing: keeps the clock going (fork, exit, markers) */
};

enum trace_flags {
	TRACE_F_ACCOUNTED = 1 << 0, /* accounted=true, or the era's rule for that cache */
	TRACE_F_ORPHAN = 1 << 1,
	TRACE_F_RECLAIM = 1 << 2, /* freed by reclaim in the recording: the policy's to decide */
	TRACE_F_MEMCG_GUESSED =
		1 << 3, /* the task was never seen to enter a cgroup: root assumed */
	TRACE_F_SB_GUESSED = 1 << 4,
	TRACE_F_SB_UNKNOWN = 1 << 5,
};

struct trace_record {
	u64 time_ns; /* from the first event of the recording */
	u32 id; /* dense object id */
	u32 memcg; /* index into trace.memcgs; 0 = root */
	u32 sb; /* index into trace.supers; 0 = unknown */
	u32 peer; /* dentry: object id of its inode if that was seen, else NONE_U32 */
	u16 cache; /* index into trace.caches */
	u16 cpu; /* as recorded */
	u8 type;
	u8 flags;
	s16 node; /* as requested by the caller, -1 = any */
};

_Static_assert(sizeof(struct trace_record) == 32, "two records a cache line");

enum trace_cache_kind {
	TRACE_CACHE_PLAIN = 0, /* no model of its own: plain slab */
	TRACE_CACHE_DENTRY,
	TRACE_CACHE_INODE,
};

struct trace_cache {
	const char *name;
	u32 object_size; /* bytes_req of the first event that says it; 0 = never said */
	u32 size; /* bytes_alloc; 0 = never said */
	u8 kind; /* enum trace_cache_kind */
	const char *fs; /* inode caches: file system type; NULL otherwise */
	u64 nr_alloc, nr_free, nr_orphan_free;
};

struct trace_memcg {
	const char *path; /* "/" for index 0 */
	u32 parent; /* index */
	bool preexisting; /* seen only as a destination: existed before the trace */
};

struct trace_super {
	const char *name; /* "unknown" for index 0, else made from the inode cache: "ext4" */
	const char *fs;
};

/* What a reader could not know, counted so that it can be printed. */
struct trace_stats {
	u64 lines, events, damaged, first_damaged_line;
	u64 lost_events; /* "LOST n EVENTS" lines summed */
	u64 ignored; /* well-formed events that the replay does not use */
	u64 sb_guessed, sb_unknown, memcg_guessed;
	u64 orphan_frees;
	u64 double_alloc; /* pointer allocated twice without a free between: a free was lost */
	u64 reclaim_frees;
	u64 shrink_starts, shrink_ends;
	bool truncated;
};

/* A whole recording in memory. All pointers live in its arena. */
struct trace {
	struct trace_record *records;
	u64 nr_records;
	u64 records_mapped; /* bytes of a mapping that records is in; 0: it is in the arena */
	struct trace_cache *caches;
	u32 nr_caches;
	struct trace_memcg *memcgs;
	u32 nr_memcgs;
	struct trace_super *supers;
	u32 nr_supers;
	u32 nr_ids; /* ids are in [0, nr_ids) */
	u32 nr_cpus; /* highest recorded cpu + 1 */
	u64 duration_ns;
	struct trace_stats stats;
	/*
	 * A trace that is too large to hold is read block by block: the next one with its length, NULL
	 * at the end. NULL: records are all there is. A reader of one world alone.
	 */
	const struct trace_record *(*next_block)(void *ctx, u64 *n);
	void *block_ctx;
	struct arena *arena;
};

#endif
