/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What drives a kernel: container hosts, mount storms, recorded traces. A type is one file with its
 * table of keys and one registry line; an instance schedules its own events and says how far it is.
 */
#ifndef MODELS_WORKLOAD_WORKLOAD_H
#define MODELS_WORKLOAD_WORKLOAD_H

#include "engine/dist.h"
#include "engine/param.h"
#include "engine/rng.h"
#include "engine/trace_record.h"
#include "kernels/instance.h"

/* Superblocks that a scenario named together. */
struct mount_group {
	const char *name;
	enum fs_type fs;
	u32 *supers; /* ids */
	u32 n;
};

struct named_cgroup {
	const char *name; /* with its number, where there are several */
	u32 memcg;
	u32 vnode; /* its directory, where a cgroup2 is mounted */
};

struct workload;

/* One kernel with its names and workloads: what runs for one variant and repeat. */
struct world {
	struct engine e;
	struct kernel k;
	struct mount_group *mounts;
	u32 nr_mounts;
	struct named_cgroup *cgroups;
	u32 nr_cgroups;
	struct workload *workloads;
	u32 nr_workloads;
	u32 cgroupfs; /* superblock of a mounted cgroup2, 0 = none: managers look up names there */
	u64 seed;
	u64 end; /* ns; UINT64_MAX: until the workloads are done */
	struct arena *arena;
};

/* What a workload needs at most, for a check before the run. */
struct workload_estimate {
	double objects; /* live at once, that are addressed singly */
	double vnodes;
	double memcgs; /* at once */
	double mounts; /* at once */
};

struct workload_type {
	const char *name;
	const char *help;
	const struct param_table *params;
	const char *starter; /* YAML list item for `memcgsim new`, two spaces in */
	/* Are the keys sensible together, do the names exist? NULL or what is wrong. */
	const char *(*check)(struct workload *w);
	/* Called at its start time; schedules what follows. state was zeroed. */
	void (*start)(struct workload *w);
	void (*destroy)(struct workload *w);
	size_t state_size;
	bool closed_loop; /* how long it takes is its result */
	/* Sorted streams that bypass the event queue: time of the next record, UINT64_MAX = done. */
	u64 (*stream_next)(struct workload *w);
	/* Handles records until one is later than limit. */
	void (*stream_run)(struct workload *w, u64 limit);
	/* Offset in params of the path of a trace that the run has to load; 0 = none. */
	size_t trace_path;
	const struct metric_source *metrics; /* model = struct workload *; NULL = none */
	void (*estimate)(const struct workload *w, struct workload_estimate *est);
	/*
	 * The OOM killer looks for a victim: oom_consider() each task of the memcg's tree (of the root's: those whose
	 * memory is modelled). NULL: it has none that can be killed.
	 */
	void (*oom_select)(struct workload *w, u32 memcg, struct oom_task *best);
	/* Ends that task: its memory is back at once, or when the operation that it is in ends (OOM_CURRENT). */
	enum oom_result (*oom_kill)(struct workload *w, u32 index);
	/* Results in words, which are shown to everybody: who hangs, and why. As notes(). */
	u32 (*verdicts)(struct workload *w, struct arena *arena, char **notes, u32 max);
	/* Notes for the report: what was guessed. Adds at most max, returns how many. */
	u32 (*notes)(struct workload *w, struct arena *arena, char **notes, u32 max);
};

struct workload {
	const struct workload_type *type;
	const char *name;
	u64 start; /* ns */
	const void *params; /* struct of the type's table */
	void *state;
	struct world *world;
	const struct trace *trace; /* where trace_path says one */
	bool started, finished;
	u64 finished_at;
	u64 ops; /* operations done, in the type's own sense */
	u64 refused; /* operations that failed: no memory */
	u64 refused_containers; /* mkdir that failed: no id, no memory */
};

extern const struct workload_type *const workload_types[]; /* NULL-terminated */

const struct workload_type *workload_type_find(const char *name);
/* Gives the OOM killer the tasks of all workloads. */
void world_bind_oom(struct world *w);
/* The workload's work is done at the present time. */
void workload_finish(struct workload *w);

/* Group of that name, or NULL. */
const struct mount_group *world_mounts(const struct world *w, const char *name);
/* That there is none of that name, with the nearest one; own: names of mounts of the workload's own, or NULL. */
const char *world_no_mount(const struct world *w, const char *key, const char *name,
			   const char *const *own);
/* memcg of that name; "" or NULL is the root; 0 = no such cgroup. */
u32 world_cgroup(const struct world *w, const char *name);
/* For workload_type.check, of the keys mount and cgroup: NULL, or which of them names nothing. */
const char *world_check_place(const struct world *w, const char *mount, const char *cgroup);
/* A random stream of a workload: purpose is unique within it. 0 or -ENOMEM. */
int workload_rng(struct workload *w, struct rng *rng, const char *purpose);

#endif
