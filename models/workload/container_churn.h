/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of workload container-churn share, and nobody else reads:
 *   container_churn.c        the workload: when containers come, what it reports
 *   container_churn_keys.c   its keys, what is checked and reckoned from them before the run
 *   container_churn_life.c   a container from mkdir to rmdir, one operation an event
 *   container_churn_files.c  what a container does with files
 */
#ifndef MODELS_WORKLOAD_CONTAINER_CHURN_H
#define MODELS_WORKLOAD_CONTAINER_CHURN_H

#include "workload/cgroup_dir.h"
#include "workload/task_objects.h"
#include "workload/workload.h"

/* ---- keys ---- */

enum choice { CHOICE_ROTATE, CHOICE_RANDOM };
enum dir { DIR_OWN, DIR_SHARED };
enum action { ACTION_CREATE, ACTION_STAT, ACTION_NEGATIVE, ACTION_APPEND };
enum create { CREATE_EACH, CREATE_FIRST };
enum manager { MANAGER_FIRST, MANAGER_SAME };
enum cpus { CPUS_ALTERNATE, CPUS_RANDOM, CPUS_FIRST };

struct file_params {
	const char *mount;
	s64 pick;
	int choice, dir, action;
	struct random_spec count;
	s64 grow, pages;
	s64 of, name_length;
	double zipf;
	bool restat;
	double unlink;
};

struct mount_params {
	const char *name;
	const char *fs;
	s64 count;
};

struct monitor_params {
	u64 at;
	s64 files;
};

struct params {
	s64 count, live, threads;
	bool threads_stay;
	double rate;
	u64 interval;
	bool sequential;
	struct random_spec life, linger;
	u64 remove_at, run_at;
	int create, cpus, manager;
	s64 tasks, move_every;
	bool attach, kmem;
	const char *parent;
	u64 max, high;
	struct random_spec anon;
	u64 page_time;
	u64 op_time;
	struct param_list mounts, files, objects;
	struct monitor_params monitor;
	u64 given;
};

/* ---- state ---- */

enum stage {
	STAGE_ATTACH,
	STAGE_FORK,
	STAGE_MOUNT,
	STAGE_OBJECTS,
	STAGE_ANON,
	STAGE_FILES,
	STAGE_LIVE,
	STAGE_UNLINK,
	STAGE_UMOUNT,
	STAGE_EXITED,
	STAGE_GONE,
};

struct made_file {
	u32 vnode;
	u8 unlink;
	u8 is_dir;
};

struct container {
	struct cgroup_dir dir;
	u32 number;
	u16 cpu;
	u8 stage;
	u8 in_use;
	bool killed; /* by the OOM killer: it exits without tidying up */
	u32 spec; /* of files: which one it is at */
	u32 pick; /* which of the spec's superblocks */
	u32 current, current_index; /* that superblock, and which one of its mount */
	u32 done, todo; /* files of that superblock */
	u32 own_dir; /* vnode of its directory there; 0 = not made yet */
	u32 first_made; /* made[] of that superblock begin here, for restat */
	u32 nr_made, cap_made, nr_supers;
	struct made_file *made;
	u32 *supers; /* own mounts, in order of the keys */
	u32 *threads; /* [threads of the keys] (memcg/kernel_stack.h); 0: refused */
	u32 nr_threads;
	u32 turn; /* operations on files so far: whose turn it is */
	u64 exit_at;
	u32 on_cpu; /* operations on its present CPU */
	u32 tasks; /* that have their objects */
	struct task_objects objects;
	struct anon_pages anon;
	u64 anon_wanted; /* pages */
	event_id next; /* its next operation */
};

/* Files that are there for all, of one spec on one superblock: made when first wanted. */
struct tree {
	u32 *vnodes;
	u32 nr_dirs;
	u64 appended; /* pages of the file that all append to: vnodes[0] */
};

struct state {
	u32 parent;
	struct container *containers;
	u32 nr, cap, first_free; /* slots; first_free: slot + 1 */
	u32 created, removed, running;
	struct rng rng;
	struct rng
		heaps; /* of its own: the nth container wants the same whatever the kernel does */
	struct tree **trees; /* [spec][superblock of its mount] */
	u32 own_supers; /* superblocks of one container */
	u32 next_run; /* create: first / sequential: next slot to run */
	u32 next_removed;
	u32 current; /* slot + 1 of the container that is in an operation */
	u64 killed;
	u32 *object_caches; /* [objects.n] */
	s64 kmem_peak, usage_peak; /* pages: of the removed container that had most */
	u64 stall_ns; /* that containers spent in reclaim */
};

static inline const struct file_params *spec_at(const struct params *p, u32 i)
{
	return (const struct file_params *)p->files.items + i;
}

static inline const struct mount_params *own_mount_at(const struct params *p, u32 i)
{
	return (const struct mount_params *)p->mounts.items + i;
}

static inline struct task task_of(const struct container *c)
{
	return (struct task){.memcg = c->dir.memcg, .cpu = c->cpu};
}

/* CPU of the n-th thread. */
static inline u16 thread_cpu(const struct workload *w, const struct container *c, u32 n)
{
	return (u16)((c->cpu + n) % w->world->k.m.nr_present);
}

static inline u16 manager_cpu(const struct params *p, const struct container *c)
{
	return p->manager == MANAGER_SAME ? c->cpu : 0;
}

/* ---- container_churn_keys.c ---- */

extern const struct param_table churn_table;

/* Own mounts of that name: index of the first in container.supers and how many; 0 if there is none. */
u32 churn_own_range(const struct params *p, const char *name, u32 *first);
/* Superblocks of the mount that a spec names; 0: there is no such mount. */
u32 churn_spec_width(const struct workload *w, const struct file_params *f);
/* For workload_type. */
const char *churn_check(struct workload *w);
void churn_estimate(const struct workload *w, struct workload_estimate *est);

/* ---- container_churn_files.c ---- */

/* Begins the next (spec, superblock) that has something to do. False: all files are done. */
bool container_begin_super(struct workload *w, struct container *c);
/* One operation of the files stage. False: nothing was left to do. */
bool container_file_step(struct workload *w, struct container *c);
/* One file or directory, from the last made to the first. False: none was left. */
bool container_unlink_step(struct workload *w, struct container *c);
/* Names in a superblock that goes are forgotten with it. */
void container_forget_made(struct workload *w, struct container *c);
/* state.trees. False: out of memory. */
bool churn_make_trees(struct workload *w);
void churn_free_trees(struct workload *w);

/* ---- container_churn_life.c ---- */

/* mkdir. Its slot; NONE_U32: no memory, or mkdir failed. */
u32 container_new(struct workload *w);
/* The container of slot i begins in delay ns. */
void container_run(struct workload *w, u32 i, u64 delay);
/* rmdir, of one that has exited. */
void container_remove(struct workload *w, u32 i);
/* Every container that was wanted has come and gone, or was refused: the workload is over. */
void churn_maybe_finish(struct workload *w);
/* Into s: watermarks of a container that is there. */
void container_note_peaks(const struct workload *w, struct state *s, const struct container *c);
/* For workload_type. */
void churn_oom_select(struct workload *w, u32 memcg, struct oom_task *best);
enum oom_result churn_oom_kill(struct workload *w, u32 index);

/* ---- container_churn.c ---- */

/* An event. arg 0: one of the series of arrivals; 1: replaces a removed one. */
void churn_create_next(void *ctx, u64 arg);

#endif
