/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Threads that hold and wait for locks (KERNEL_FACTS 7): cgroup_mutex, cpu_hotplug_lock, mem_hotplug_lock,
 * slab_mutex, references on pages, a pipe; memory hot-remove, which holds mem_hotplug_lock for writing while
 * it migrates pages; and the wait-for graph that says who can never go on, and through which cycle.
 *
 * A thread is a program of steps. A step takes simulated time, waits, or is done at once; who waits for what
 * follows from the state of the locks, nothing is known beforehand. Each cast has locks of its own.
 */
#ifndef MODELS_LOCK_LOCK_H
#define MODELS_LOCK_LOCK_H

#include "engine/engine.h"

#define MAX_LOCK_THREADS 12
#define MAX_LOCK_STEPS 16
#define PIPE_DEF_BUFFERS 16 /* pages that fit into a pipe */
#define NR_MIGRATE_TRIES 10 /* of migrate_pages() for a page that is in use */

enum lock_id {
	CGROUP_MUTEX,
	CPU_HOTPLUG_LOCK,
	MEM_HOTPLUG_LOCK,
	SLAB_MUTEX,
	NR_LOCKS,
};

/* Of a percpu_rw_semaphore; a mutex is taken for writing. */
enum lock_mode {
	LOCK_READ = 1,
	LOCK_WRITE = 2,
};

enum step_op {
	STEP_RUN, /* arg: ns */
	STEP_LOCK,
	STEP_UNLOCK,
	STEP_DUMP_PIPE, /* a core into the pipe, a page at a time, each with a reference on it */
	STEP_DUMP_FILE,
	STEP_READ_PIPE, /* until its writer closes it */
	STEP_ISOLATE, /* start_isolate_page_range() and its drain of the per-CPU lists */
	STEP_OFFLINE, /* the loop of __offline_pages() */
	STEP_FREE_BEGIN, /* free_unref_page_prepare(): reads the pageblock's migrate type */
	STEP_FREE_END, /* puts the page on the list of that type */
	STEP_AWAIT, /* until the hot-remove is over, at most arg ns */
	STEP_SIGNAL, /* ends the loop, if there is one still */
};

struct lock_step {
	u8 op, lock, mode;
	u64 arg;
};

enum thread_state {
	THREAD_RUNNING, /* on a CPU or asleep with a timer: an event is queued */
	THREAD_AWAITING, /* the same, and woken when the hot-remove is over */
	THREAD_BLOCKED, /* in its present step */
	THREAD_LOOPING, /* in STEP_OFFLINE, holding its locks */
	THREAD_DONE,
};

struct lock_thread {
	const char *name;
	struct lock_step steps[MAX_LOCK_STEPS];
	u32 nr_steps, at;
	enum thread_state state;
	u8 holds[NR_LOCKS]; /* enum lock_mode, 0 = not */
	u32 page; /* of the range that it refers to, + 1 */
	u32 dumped;
	bool step_begun;
	u64 ticket; /* order of waiting */
	u64 blocked_since;
	u64 waited; /* ns, over */
	event_id event;
};

/* ---- axis hotplug_lock ---- */

/* Where deactivation of a memcg's kmem_caches takes mem_hotplug_lock (nested only). */
enum get_online_mems {
	MEMS_INSIDE, /* as up to v5.8: inside cgroup_mutex */
	MEMS_BEFORE, /* the order reversed */
	MEMS_NOT, /* slab_mutex alone, which the hot-remove notifier takes, too */
};

struct hotplug_lock_params {
	int get_online_mems;
};

struct hotplug_lock_policy {
	const char *name;
	/* Steps of the work that takes a removed cgroup offline. */
	void (*css_offline)(struct lock_thread *t, const struct hotplug_lock_params *p, u64 work);
	/* Of the worker that makes a memcg's kmem_cache; NULL: there is none. */
	void (*create_cache)(struct lock_thread *t, const struct hotplug_lock_params *p, u64 work);
};

extern const struct hotplug_lock_policy hotplug_lock_nested;
extern const struct hotplug_lock_policy hotplug_lock_free;

/* ---- the cast ---- */

enum core_target {
	CORE_NONE,
	CORE_PIPE,
	CORE_FILE,
};

enum core_reader {
	READER_COREDUMP, /* systemd-coredump: reads /proc/PID/cgroup, then the core */
	READER_PLAIN,
};

enum drain_rule {
	DRAIN_ONCE,
	DRAIN_EACH_PASS,
};

struct cast_spec {
	const struct hotplug_lock_policy *policy;
	struct hotplug_lock_params lock;
	/* the range: pages in use that can migrate, that never can; the rest of it is free */
	u32 used, pinned;
	u64 room; /* free pages elsewhere to migrate to */
	u64 migrate_ns; /* one page */
	u64 pass_ns; /* one pass of the loop without migration */
	u64 remove_at;
	enum drain_rule drain;
	u32 retries; /* passes without progress; 0 = no limit */
	u64 timeout; /* 0 = none */
	u64 signal; /* somebody who reads no /proc signals the task this long after its start; 0 = nobody */
	/* a task that frees a page of the range */
	u64 free_at, free_window; /* free_at 0 = none */
	/* cgroup removal */
	bool css_killer;
	u64 rmdir_at, offline_ns;
	bool cache_creation;
	u64 create_at;
	/* a process whose memory is the end of what is used crashes */
	enum core_target core;
	enum core_reader reader;
	u32 core_pages;
	u64 core_at, reader_delay, dump_ns;
	/* PID 1 at shutdown */
	bool systemd;
	u64 systemd_at, stop_timeout;
	u64 proc_ns; /* cgroup_mutex is held so long to read /proc/PID/cgroup */
};

/* ---- the wait-for graph ---- */

enum edge_kind {
	EDGE_LOCK,
	EDGE_PAGE, /* a page can not migrate: somebody refers to it */
	EDGE_PIPE_WRITE,
	EDGE_PIPE_READ,
	EDGE_SIGNAL, /* of a loop: the signal of somebody would end it */
	EDGE_SELF, /* of a loop: nobody at all could end it */
};

struct wait_edge {
	u8 from, to; /* threads */
	u8 kind, lock, mode;
	u32 page;
};

struct wait_cycle {
	struct wait_edge edges[MAX_LOCK_THREADS];
	u32 n; /* 0: there is none */
};

struct wait_verdict {
	u32 stuck; /* threads that can never go on, a bit each */
	u64 time; /* since when */
	struct wait_cycle deadlock; /* of things that are held */
	struct wait_cycle livelock; /* through a loop that only somebody in it could end */
};

/* ---- everything together ---- */

enum page_state {
	RANGE_MOVABLE,
	RANGE_PINNED, /* neither free nor movable */
	RANGE_FREEING, /* its last user is about to free it */
	RANGE_PCP, /* free, on a per-CPU list: not in the buddy lists, not on the LRU */
	RANGE_GONE, /* in the isolated free lists */
};

struct page_range {
	u8 *state; /* enum page_state */
	u32 *left; /* pages that are not RANGE_GONE */
	u32 nr_left, at; /* at: where in left the pass is */
	u32 kept; /* of left[0..at): seen in this pass, still there */
	u32 moved; /* in this pass */
	u64 migrated;
	bool isolated;
	/* what was in the way in the last whole pass */
	u32 busy, pinned, pcp, no_room;
};

struct offline_loop {
	u64 begun;
	u64 passes;
	u32 barren; /* passes in a row that moved nothing */
	bool signalled, over;
	int result; /* 0: the range is offline; -EINTR, -EBUSY: given up */
	u64 took;
};

struct lock_system {
	struct engine *e;
	struct cast_spec spec;
	struct lock_thread threads[MAX_LOCK_THREADS];
	u32 nr_threads;
	u64 tickets;
	u32 pipe_pages;
	bool pipe_closed;
	bool free_seen_isolated; /* what the freeing task read */
	struct page_range range;
	struct offline_loop loop;
	struct wait_verdict verdict;
	/* every thread is done */
	void (*finished)(void *ctx);
	void *ctx;
};

/* Threads numbered in the order of joining, at their first step. 0 or -ENOMEM. */
int cast_init(struct lock_system *s, struct engine *e, const struct cast_spec *spec);
void cast_start(struct lock_system *s);
void cast_destroy(struct lock_system *s);
bool cast_done(const struct lock_system *s);
/* Steps are added by policies and by the cast. */
void add_step(struct lock_thread *t, enum step_op op, u64 arg);
void add_lock(struct lock_thread *t, enum lock_id lock, enum lock_mode mode);
void add_unlock(struct lock_thread *t, enum lock_id lock);

/* Who can never go on now? Keeps the first answer's time. */
void wait_for_check(struct lock_system *s);
/* "T1 -> T3 -> T4 -> T2 -> T1", and what each edge is. */
void cycle_path(const struct wait_cycle *c, char *buf, size_t len);
void cycle_edges(const struct lock_system *s, const struct wait_cycle *c, char *buf, size_t len);
/* Who is stuck without being part of a cycle. */
void victims_text(const struct lock_system *s, char *buf, size_t len);

/* ---- what would help (fixes.c) ---- */

struct fix_result {
	const char *name;
	struct wait_edge deadlock, livelock; /* the edge that it takes out of each */
	bool cuts_deadlock, cuts_livelock;
	bool stuck; /* the same cast with the fix, run: does somebody never go on? */
	bool offlined; /* and does the range go? */
};

u32 nr_fixes(void);
/* Runs the cast of a verdict again with fix i, on a clock of its own. 0 or -ENOMEM. */
int fix_try(const struct lock_system *s, u32 i, struct fix_result *out);

#endif
