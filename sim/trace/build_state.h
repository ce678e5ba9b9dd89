/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the two passes of the builder share; nobody else includes this.
 */
#ifndef SIM_TRACE_BUILD_STATE_H
#define SIM_TRACE_BUILD_STATE_H

#include "engine/arena.h"
#include "trace/builder.h"
#include "trace/cache_table.h"
#include "trace/hits.h"

#define MOST_HITS 0xfffffff0ULL /* hits are linked by 32-bit numbers */
#define MOST_ROOTS 4096

struct cgroup_event {
	u64 id;
	u32 root, pid;
	struct slice path; /* in scratch */
};

/* How much a hierarchy was used. */
struct root_count {
	u32 root;
	u64 mkdirs, attaches;
};

/* So many allocations of one pointer without a free between, and pointers mean nothing. */
#define MOST_ALIKE 64

struct pointer_watch {
	u64 nr_hidden, nr_null;
	u64 first; /* usable pointer; 0 = there was none */
	bool differ; /* there was another; nothing more has to be watched then */
	u64 run, longest_run; /* allocations of the first without a free of it between */
};

struct trace_builder {
	const char *name;
	struct trace_import_opts opts;
	struct arena *arena; /* becomes the trace's */
	struct arena *scratch; /* ends with the builder */
	struct hits hits;
	struct cache_table caches;
	u16 *tagged; /* by raw_object.name_tag: cache + 1 */
	struct cgroup_event *cgroups;
	u32 nr_cgroups, cap_cgroups;
	struct root_count *roots;
	u32 nr_roots;
	struct pointer_watch pointers;
	struct trace_stats stats;
	u64 frees_by_callback; /* RCU, interrupts */
	u64 first_time, last_time;
	u32 max_pid;
	u16 max_cpu;
	bool nameless; /* some allocation names no cache */
};

#endif
