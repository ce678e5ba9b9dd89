/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One tracepoint hit as a recording gives it, before anything is joined or guessed.
 *
 * Every reader (text of tracefs, trace-cmd and perf, trace.dat) fills one of these per event and
 * hands it to sim/trace/builder.h. Slices point into the reader's buffer and live until it reads on.
 */
#ifndef SIM_TRACE_RAW_EVENT_H
#define SIM_TRACE_RAW_EVENT_H

#include <string.h>

#include "engine/base.h"

struct slice {
	const char *s; /* not NUL-terminated */
	u32 len;
};

#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})

static inline struct slice slice_of(const char *string)
{
	return (struct slice){string, (u32)strlen(string)};
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (!a.len || !memcmp(a.s, b.s, a.len));
}

static inline bool slice_starts(struct slice a, struct slice prefix)
{
	return a.len >= prefix.len && !memcmp(a.s, prefix.s, prefix.len);
}

#define RAW_PID_LIMIT 4194304 /* PID_MAX_LIMIT of 64-bit kernels */

enum raw_type {
	RAW_OTHER = 0, /* well-formed, of no use here */
	RAW_CACHE_ALLOC, /* obj: kmem_cache_alloc, kmem_cache_alloc_node */
	RAW_CACHE_FREE, /* obj: ptr, name, call_site */
	RAW_CGROUP_MKDIR, /* cgroup: all but pid */
	RAW_CGROUP_RMDIR,
	RAW_CGROUP_RELEASE,
	RAW_CGROUP_ATTACH, /* cgroup: the destination; cgroup_attach_task, cgroup_transfer_tasks */
	RAW_FORK, /* task: parent and child */
	RAW_EXIT, /* task: pid */
	RAW_SHRINK_START, /* shrink */
	RAW_SHRINK_END,
	RAW_KSWAPD_WAKE, /* kswapd */
	RAW_KSWAPD_SLEEP,
	RAW_MARK, /* text: what was written to trace_marker */
};

enum raw_pointer {
	RAW_PTR_VALUE = 0,
	RAW_PTR_NULL, /* (null), or all zeros: the allocation failed */
	RAW_PTR_HIDDEN, /* (ptrval), (____ptrval____) */
};

enum raw_accounted {
	RAW_ACCOUNTED_UNSAID = 0, /* kernels before 6.0, KERNEL_FACTS 8.2 */
	RAW_ACCOUNTED_NO,
	RAW_ACCOUNTED_YES,
};

struct raw_object {
	u64 ptr;
	struct slice call_site; /* symbol+offset/size, or a hex address up to 5.3 */
	struct slice name; /* of the cache; len 0 where the kernel does not print it */
	struct slice gfp;
	u32 bytes_req, bytes_alloc;
	s32 node; /* as asked for, -1 = any */
	u8 ptr_kind; /* enum raw_pointer */
	u8 accounted; /* enum raw_accounted */
	u16 name_tag; /* equal tags of one reader: equal names; 0 = not said */
};

struct raw_cgroup {
	u64 id; /* in its hierarchy */
	u32 root; /* hierarchy; 0 = the default hierarchy (cgroup v2) */
	u32 level;
	u32 pid; /* RAW_CGROUP_ATTACH: the task that moves */
	struct slice path;
};

struct raw_task {
	u32 pid;
	u32 child; /* RAW_FORK */
};

/* KERNEL_FACTS 8.1; names of the fields are the tracepoint's. */
struct raw_shrink {
	struct slice function; /* symbol+offset/size */
	u64 shrinker; /* 0 if hidden */
	s32 nid;
	/* start */
	s64 nr_deferred, cache_items, delta;
	s32 priority; /* -1 if not printed */
	s64 pgs_scanned, lru_pgs; /* up to 4.15; -1 if not printed */
	/* end */
	s64 unused_scan, new_scan, retval;
	/* both */
	s64 total_scan;
};

struct raw_kswapd {
	s32 nid;
	s32 order; /* wake */
};

struct raw_event {
	u64 time_ns; /* on the recording's clock */
	u32 pid; /* of the task that was running */
	u16 cpu;
	u8 type; /* enum raw_type */
	bool irq; /* in hardirq or softirq context, where the recording says so */
	struct slice comm;
	union {
		struct raw_object obj;
		struct raw_cgroup cgroup;
		struct raw_task task;
		struct raw_shrink shrink;
		struct raw_kswapd kswapd;
		struct slice text;
	};
};

#endif
