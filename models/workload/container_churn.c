// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: container-churn. Containers that are created, run, exit and are removed: each is a memory
 * cgroup with a task in it that mounts, makes and looks up files, and leaves what it leaves. One event
 * is one operation of one container, so that what happens between two operations (a worker that makes
 * a kmem_cache, a grace period) finds its time.
 */
#include "memcg/kernel_stack.h"
#include "workload/cgroup_dir.h"
#include "workload/task_objects.h"
#include "workload/types.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

static const char *const choice_names[] = {"rotate", "random", NULL};
static const char *const dir_names[] = {"own", "shared", NULL};
static const char *const action_names[] = {"create", "stat", "negative", "append", NULL};
static const char *const create_names[] = {"each", "first", NULL};
static const char *const manager_names[] = {"first", "same", NULL};
static const char *const cpus_names[] = {"alternate", "random", "first", NULL};

#define FILE_KEY(field) .offset = offsetof(struct file_params, field)

static const struct param_key file_keys[] = {
	{.name = "mount",
	 .type = PARAM_NAME,
	 .required = true,
	 FILE_KEY(mount),
	 .help = "a mount of the scenario, or one of the container's own (mounts:)"},
	{.name = "pick",
	 .type = PARAM_INT,
	 .dflt = "1",
	 .min = 1,
	 .max = 1000000,
	 FILE_KEY(pick),
	 .help = "how many superblocks of that mount a container uses"},
	{.name = "choice",
	 .type = PARAM_ENUM,
	 .choices = choice_names,
	 FILE_KEY(choice),
	 .help = "which ones: in turn, or at random"},
	{.name = "action",
	 .type = PARAM_ENUM,
	 .choices = action_names,
	 FILE_KEY(action),
	 .help = "make files, look up files that are there or names that are not, or append pages "
		 "to one "
		 "file that all share"},
	{.name = "count",
	 .type = PARAM_RANDOM,
	 .required = true,
	 FILE_KEY(count),
	 .help = "files a container uses on each picked superblock"},
	{.name = "grow",
	 .type = PARAM_INT,
	 .min = 0,
	 .max = 1000000,
	 FILE_KEY(grow),
	 .help = "so many files more with each container"},
	{.name = "pages",
	 .type = PARAM_INT,
	 .min = 0,
	 .max = 1000000,
	 FILE_KEY(pages),
	 .help = "pages of a file, read once when it was made or looked up"},
	{.name = "dir",
	 .type = PARAM_ENUM,
	 .choices = dir_names,
	 FILE_KEY(dir),
	 .help = "a directory of its own, or the root directory that all share"},
	{.name = "of",
	 .type = PARAM_INT,
	 .dflt = "1000",
	 .min = 1,
	 .max = 100000000,
	 FILE_KEY(of),
	 .help = "action stat: files that there are on each superblock"},
	{.name = "name_length",
	 .type = PARAM_INT,
	 .min = 0,
	 .max = 255,
	 FILE_KEY(name_length),
	 .help = "letters of a name that is made or not there; from 32 on a kmalloc of its own"},
	{.name = "zipf",
	 .type = PARAM_DOUBLE,
	 .dflt = "0",
	 .min = 0,
	 .max = 10,
	 FILE_KEY(zipf),
	 .help = "action stat: exponent of their popularity; 0 = all alike"},
	{.name = "restat",
	 .type = PARAM_BOOL,
	 FILE_KEY(restat),
	 .help = "every file is looked up once more after all were made"},
	{.name = "unlink",
	 .type = PARAM_DOUBLE,
	 .min = 0,
	 .max = 1,
	 FILE_KEY(unlink),
	 .help = "share of the made files that is removed before exit"},
	{.name = NULL},
};

static const struct param_table file_table = {
	.what = "files of a container-churn workload",
	.size = sizeof(struct file_params),
	.keys = file_keys,
};

static const struct param_key mount_keys[] = {
	{.name = "name",
	 .type = PARAM_NAME,
	 .offset = offsetof(struct mount_params, name),
	 .help = "what files: calls it"},
	{.name = "fs",
	 .type = PARAM_NAME,
	 .required = true,
	 .offset = offsetof(struct mount_params, fs),
	 .help = "file system type"},
	{.name = "count",
	 .type = PARAM_INT,
	 .dflt = "1",
	 .min = 1,
	 .max = 1000,
	 .offset = offsetof(struct mount_params, count),
	 .help = "superblocks"},
	{.name = NULL},
};

static const struct param_table mount_table = {
	.what = "own mounts of a container-churn workload",
	.size = sizeof(struct mount_params),
	.keys = mount_keys,
};

static const struct param_key monitor_keys[] = {
	{.name = "at",
	 .type = PARAM_TIME,
	 .required = true,
	 .offset = offsetof(struct monitor_params, at),
	 .help = "time from the start of the workload"},
	{.name = "files",
	 .type = PARAM_INT,
	 .dflt = "2",
	 .min = 1,
	 .max = CGROUP_DIR_FILES - 1,
	 .offset = offsetof(struct monitor_params, files),
	 .help = "files read of every cgroup"},
	{.name = NULL},
};

static const struct param_table monitor_table = {
	.what = "monitor of a container-churn workload",
	.size = sizeof(struct monitor_params),
	.keys = monitor_keys,
};

#define KEY(field) .offset = offsetof(struct params, field)

static const struct param_key keys[] = {
	{.name = "count",
	 .type = PARAM_INT,
	 .min = 0,
	 .max = 100000000,
	 KEY(count),
	 .help = "containers in all; 0 = as many as there is time for"},
	{.name = "rate",
	 .type = PARAM_RATE,
	 .min = 0,
	 .max = 1e6,
	 KEY(rate),
	 .help = "containers created per time, at random moments"},
	{.name = "live",
	 .type = PARAM_INT,
	 .min = 0,
	 .max = 1000000,
	 KEY(live),
	 .help = "instead of a rate: so many at any time, each removed one replaced"},
	{.name = "interval",
	 .type = PARAM_TIME,
	 .dflt = "10ms",
	 KEY(interval),
	 .help = "without a rate: time between two creations"},
	{.name = "sequential",
	 .type = PARAM_BOOL,
	 KEY(sequential),
	 .help = "the next container runs when the one before has exited"},
	{.name = "life",
	 .type = PARAM_RANDOM_TIME,
	 .dflt = "0s",
	 KEY(life),
	 .help = "time a container runs at least"},
	{.name = "linger",
	 .type = PARAM_RANDOM_TIME,
	 .dflt = "0s",
	 KEY(linger),
	 .help = "time from exit to rmdir"},
	{.name = "remove_at",
	 .type = PARAM_TIME,
	 KEY(remove_at),
	 .help = "instead of linger: all are removed at this time from the start, one after the "
		 "other"},
	{.name = "create",
	 .type = PARAM_ENUM,
	 .choices = create_names,
	 KEY(create),
	 .help = "each: cgroups are made as containers start; first: all before the first one "
		 "runs"},
	{.name = "run_at",
	 .type = PARAM_TIME,
	 KEY(run_at),
	 .help = "create: first: time from the start at which the first one runs"},
	{.name = "cpus",
	 .type = PARAM_ENUM,
	 .choices = cpus_names,
	 KEY(cpus),
	 .help = "CPU of a container: in turn, at random, or always the first"},
	{.name = "manager",
	 .type = PARAM_ENUM,
	 .choices = manager_names,
	 KEY(manager),
	 .help = "CPU of who makes and removes the cgroups: always the first, or the container's"},
	{.name = "tasks",
	 .type = PARAM_INT,
	 .dflt = "1",
	 .min = 1,
	 .max = 100000,
	 KEY(tasks),
	 .help = "tasks of a container, each with objects of its own (objects:)"},
	{.name = "move_every",
	 .type = PARAM_INT,
	 .min = 0,
	 .max = 1000000000,
	 KEY(move_every),
	 .help = "operations after which a container goes on on the next CPU; 0: it stays"},
	{.name = "kmem",
	 .type = PARAM_BOOL,
	 .dflt = "on",
	 KEY(kmem),
	 .help = "kernel memory is accounted; off: nobody opted in for these cgroups (cgroup v1 up "
		 "to 4.4)"},
	{.name = "attach",
	 .type = PARAM_BOOL,
	 .dflt = "on",
	 KEY(attach),
	 .help = "the manager opens cgroup.procs (seen where a cgroup2 is mounted)"},
	{.name = "parent", .type = PARAM_NAME, KEY(parent), .help = "cgroup that they are made in"},
	{.name = "max",
	 .type = PARAM_SIZE,
	 .min = 65536,
	 .max = 1e15,
	 KEY(max),
	 .help = "memory.max of each: reclaim, then the OOM killer; without it no limit"},
	{.name = "high",
	 .type = PARAM_SIZE,
	 .min = 65536,
	 .max = 1e15,
	 KEY(high),
	 .help = "memory.high of each: who goes over it reclaims; without it no limit"},
	{.name = "anon",
	 .type = PARAM_RANDOM_SIZE,
	 .dflt = "0",
	 KEY(anon),
	 .help = "anonymous memory that a container touches before it turns to files, and holds"},
	{.name = "page_time",
	 .type = PARAM_TIME,
	 .dflt = "1us",
	 KEY(page_time),
	 .help = "time to touch one page of it"},
	{.name = "threads",
	 .type = PARAM_INT,
	 .min = 0,
	 .max = 100000,
	 KEY(threads),
	 .help = "threads of a container, on all CPUs in turn, each with a kernel stack; they take "
		 "turns "
		 "with its operations on files. 0: none is modelled"},
	{.name = "threads_stay",
	 .type = PARAM_BOOL,
	 KEY(threads_stay),
	 .help = "when a container exits its threads are moved to another cgroup and go on"},
	{.name = "op_time",
	 .type = PARAM_TIME,
	 .dflt = "200us",
	 KEY(op_time),
	 .help = "time between two operations of a container"},
	{.name = "mounts",
	 .type = PARAM_LIST,
	 .sub = &mount_table,
	 KEY(mounts),
	 .help = "superblocks that a container mounts for itself"},
	{.name = "files",
	 .type = PARAM_LIST,
	 .sub = &file_table,
	 KEY(files),
	 .help = "what a container does with files, in this order"},
	{.name = "objects",
	 .type = PARAM_LIST,
	 .sub = &task_objects_table,
	 KEY(objects),
	 .help = "what a container's task takes from other caches before all else, and holds until "
		 "it exits"},
	{.name = "monitor",
	 .type = PARAM_STRUCT,
	 .sub = &monitor_table,
	 KEY(monitor),
	 .help = "somebody reads files of every cgroup once"},
	{.name = NULL},
};

static const struct param_table table = {
	.what = "container-churn workload",
	.size = sizeof(struct params),
	.keys = keys,
	.given_offset = offsetof(struct params, given),
};

static bool given(const struct params *p, const char *key)
{
	for (u32 i = 0; keys[i].name; i++)
		if (!strcmp(keys[i].name, key))
			return p->given >> i & 1;
	return false;
}

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
	u32 rotate; /* where the next container's picks begin */
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

#define FILES_PER_DIR 100
#define FORKS_PER_OP 16
#define ANON_CHUNK 256 /* pages touched in one operation */

static void advance(void *ctx, u64 arg);
static void create_next(void *ctx, u64 arg);

static const struct file_params *spec_at(const struct params *p, u32 i)
{
	return (const struct file_params *)p->files.items + i;
}

static const struct mount_params *own_mount_at(const struct params *p, u32 i)
{
	return (const struct mount_params *)p->mounts.items + i;
}

static struct task task_of(const struct container *c)
{
	return (struct task){.memcg = c->dir.memcg, .cpu = c->cpu};
}

/* CPU of the n-th thread. */
static u16 thread_cpu(const struct workload *w, const struct container *c, u32 n)
{
	return (u16)((c->cpu + n) % w->world->k.m.nr_present);
}

/* The task that does its next operation on files: one of its threads, where it has such. */
static struct task worker_of(const struct workload *w, const struct container *c)
{
	struct task t = task_of(c);

	if (c->nr_threads)
		t.cpu = thread_cpu(w, c, c->turn % c->nr_threads);
	return t;
}

static u16 pick_cpu(struct workload *w, u32 number)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	u32 cpus = w->world->k.m.nr_present;

	switch (p->cpus) {
	case CPUS_RANDOM:
		return (u16)rng_below(&s->rng, cpus);
	case CPUS_FIRST:
		return 0;
	default:
		return (u16)(number % cpus);
	}
}

static u16 manager_cpu(const struct params *p, const struct container *c)
{
	return p->manager == MANAGER_SAME ? c->cpu : 0;
}

static void move_on(const struct workload *w, struct container *c)
{
	c->cpu = (u16)((c->cpu + 1U) % w->world->k.m.nr_present);
}

/* ---- superblocks of a spec ---- */

/* Own mounts of that name: index of the first in container.supers and how many; 0 if there is none. */
static u32 own_range(const struct params *p, const char *name, u32 *first)
{
	*first = 0;
	for (u32 i = 0; i < p->mounts.n; i++) {
		if (own_mount_at(p, i)->name && !strcmp(own_mount_at(p, i)->name, name))
			return (u32)own_mount_at(p, i)->count;
		*first += (u32)own_mount_at(p, i)->count;
	}
	return 0;
}

static u32 spec_width(const struct workload *w, const struct file_params *f)
{
	u32 first, own = own_range(w->params, f->mount, &first);
	const struct mount_group *g = own ? NULL : world_mounts(w->world, f->mount);

	return own ? own : g ? g->n : 0;
}

/* Superblock of the container's current pick; *index: which one of its mount. */
static u32 current_super(struct workload *w, struct container *c, u32 *index)
{
	const struct file_params *f = spec_at(w->params, c->spec);
	struct state *s = w->state;
	u32 first, own = own_range(w->params, f->mount, &first), width = spec_width(w, f);

	*index = f->choice == CHOICE_RANDOM
			 ? (u32)rng_below(&s->rng, width)
			 : (u32)(((u64)(c->number - 1) * (u64)f->pick + c->pick) % width);
	return own ? c->supers[first + *index] : world_mounts(w->world, f->mount)->supers[*index];
}

/* ---- files ---- */

static bool remember(struct workload *w, struct container *c, u32 vnode, bool unlink, bool is_dir)
{
	if (c->nr_made == c->cap_made) {
		u32 cap = c->cap_made ? c->cap_made * 2 : 32;
		struct made_file *made = realloc(c->made, cap * sizeof(*made));

		if (!made) {
			w->world->e.failed = -ENOMEM;
			return false;
		}
		c->made = made;
		c->cap_made = cap;
	}
	c->made[c->nr_made++] = (struct made_file){vnode, unlink, is_dir};
	return true;
}

/* open(), read() and close() of a file. */
static void read_file(struct workload *w, u32 vnode, u32 pages, const struct task *t)
{
	struct kernel *k = &w->world->k;
	u32 dentry = vnode_lookup(&k->vfs, vnode, t),
	    inode = dentry ? obj(&k->vfs, dentry)->peer : 0;
	u32 mapping = inode ? inode_mapping(&k->pages, inode) : 0;

	if (!mapping || page_cache_read(&k->pages, mapping, 0, pages, t) < pages)
		w->refused++;
	if (dentry)
		dput(&k->vfs, dentry, t->cpu);
}

static void make_file(struct workload *w, struct container *c, u32 sb, u32 parent, bool is_dir)
{
	const struct file_params *f = spec_at(w->params, c->spec);
	struct vfs *v = &w->world->k.vfs;
	struct state *s = w->state;
	struct task t = worker_of(w, c);
	/* a directory goes when all of its files do */
	bool unlink =
		is_dir ? f->unlink >= 1.0 : f->unlink > 0.0 && rng_double(&s->rng) < f->unlink;
	u32 vnode = vnode_new(v, sb, parent, is_dir, false), dentry;

	if (!vnode || !remember(w, c, vnode, unlink, is_dir))
		return;
	vnode_set_name(v, vnode, (u32)f->name_length);
	if (f->action == ACTION_NEGATIVE && !is_dir)
		vnode_set_absent(v, vnode);
	dentry = f->action == ACTION_NEGATIVE && !is_dir ? vnode_lookup(v, vnode, &t)
							 : vnode_create(v, vnode, &t);
	if (dentry)
		dput(v, dentry, t.cpu);
	else
		w->refused++;
	if (dentry && f->pages && !is_dir && f->action == ACTION_CREATE)
		read_file(w, vnode, (u32)f->pages, &t);
	if (is_dir)
		c->own_dir = vnode;
}

/* The tree of a spec on one superblock: names only, nothing of it is cached yet. */
static struct tree *tree_of(struct workload *w, u32 spec, u32 index, u32 sb)
{
	const struct file_params *f = spec_at(w->params, spec);
	struct state *s = w->state;
	struct tree *t = &s->trees[spec][index];
	u32 dirs = (u32)div_round_up((u64)f->of, FILES_PER_DIR);

	if (t->vnodes)
		return t;
	t->vnodes = calloc((size_t)f->of + dirs, sizeof(u32));
	if (!t->vnodes) {
		w->world->e.failed = -ENOMEM;
		return NULL;
	}
	t->nr_dirs = dirs;
	for (u32 i = 0; i < dirs; i++)
		t->vnodes[i] = vnode_new(&w->world->k.vfs, sb, 0, true, true);
	for (u32 i = 0; i < (u32)f->of; i++)
		t->vnodes[dirs + i] =
			vnode_new(&w->world->k.vfs, sb, t->vnodes[i / FILES_PER_DIR], false, true);
	return t;
}

static void stat_shared(struct workload *w, struct container *c, u32 sb, u32 index)
{
	const struct file_params *f = spec_at(w->params, c->spec);
	struct state *s = w->state;
	struct tree *tree = tree_of(w, c->spec, index, sb);
	struct task t = worker_of(w, c);
	u64 i;

	if (!tree)
		return;
	i = f->zipf > 0.0 ? zipf_draw(&s->rng, (u64)f->of, f->zipf)
			  : rng_below(&s->rng, (u64)f->of);
	if (f->pages)
		read_file(w, tree->vnodes[tree->nr_dirs + i], (u32)f->pages, &t);
	else if (!vnode_stat(&w->world->k.vfs, tree->vnodes[tree->nr_dirs + i], &t))
		w->refused++;
}

/* cat temp >> log: a page more, charged to who writes it. */
static void append_page(struct workload *w, struct container *c, u32 sb, u32 index)
{
	struct state *s = w->state;
	struct tree *tree = &s->trees[c->spec][index];
	struct kernel *k = &w->world->k;
	struct task t = worker_of(w, c);
	u32 dentry, mapping;

	if (!tree->vnodes) {
		tree->vnodes = calloc(1, sizeof(u32));
		if (!tree->vnodes) {
			w->world->e.failed = -ENOMEM;
			return;
		}
		tree->vnodes[0] = vnode_new(&k->vfs, sb, 0, false, false);
	}
	dentry = tree->vnodes[0] ? vnode_create(&k->vfs, tree->vnodes[0], &t) : 0;
	mapping = dentry ? inode_mapping(&k->pages, obj(&k->vfs, dentry)->peer) : 0;
	if (!mapping || !page_cache_write(&k->pages, mapping, tree->appended, 1, &t))
		w->refused++;
	else
		tree->appended++;
	if (dentry)
		dput(&k->vfs, dentry, t.cpu);
}

/* Begins the next (spec, superblock) that has something to do. False: all files are done. */
static bool begin_super(struct workload *w, struct container *c)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	for (; c->spec < p->files.n; c->spec++, c->pick = 0) {
		const struct file_params *f = spec_at(p, c->spec);

		for (; c->pick < f->pick; c->pick++) {
			c->todo = (u32)min_of(random_draw(&f->count, &s->rng) +
						      (u64)f->grow * (c->number - 1),
					      (u64)100000000);
			c->done = 0;
			c->own_dir = 0;
			c->current = 0;
			c->first_made = c->nr_made;
			if (c->todo)
				return true;
		}
	}
	return false;
}

/* One operation of the files stage. False: nothing was left to do. */
static bool file_step(struct workload *w, struct container *c)
{
	const struct params *p = w->params;
	const struct file_params *f = spec_at(p, c->spec);
	u32 index, sb;

	if (c->done == c->todo * (f->restat ? 2 : 1)) {
		c->pick++;
		if (!begin_super(w, c))
			return false;
		f = spec_at(p, c->spec);
	}
	if (!c->current)
		c->current = current_super(w, c, &c->current_index);
	c->turn++;
	sb = c->current;
	index = c->current_index;
	if (f->action == ACTION_STAT) {
		stat_shared(w, c, sb, index);
	} else if (f->action == ACTION_APPEND) {
		append_page(w, c, sb, index);
	} else if (c->done < c->todo) {
		if (!c->done && f->dir == DIR_OWN && !c->own_dir) {
			make_file(w, c, sb, 0, true);
			return true;
		}
		make_file(w, c, sb, c->own_dir, false);
	} else {
		struct task t = worker_of(w, c);
		u32 skip = c->own_dir ? 1 : 0;

		vnode_stat(&w->world->k.vfs,
			   c->made[c->first_made + skip + c->done - c->todo].vnode, &t);
	}
	c->done++;
	return true;
}

/* ---- mounts ---- */

static void mount_next(struct workload *w, struct container *c)
{
	const struct params *p = w->params;
	struct task t = task_of(c);
	u32 first = 0, i = 0;

	while (c->nr_supers >= first + (u32)own_mount_at(p, i)->count)
		first += (u32)own_mount_at(p, i++)->count;
	c->supers[c->nr_supers] =
		vfs_mount(&w->world->k.vfs, (enum fs_type)fs_type_find(own_mount_at(p, i)->fs), &t);
	if (!c->supers[c->nr_supers])
		w->refused++;
	c->nr_supers++;
}

/* Names in a superblock that goes are forgotten with it. */
static void forget_made(struct workload *w, struct container *c)
{
	for (u32 i = 0; i < c->nr_made; i++)
		vnode_free(&w->world->k.vfs, c->made[i].vnode);
	c->nr_made = 0;
}

/* ---- threads ---- */

/* pthread_create(): a few in each operation. False: all are there. */
static bool fork_step(struct workload *w, struct container *c)
{
	const struct params *p = w->params;

	if (!c->threads && p->threads) {
		c->threads = calloc((size_t)p->threads, sizeof(u32));
		if (!c->threads) {
			w->world->e.failed = -ENOMEM;
			return false;
		}
	}
	for (u32 i = 0; i < FORKS_PER_OP && c->nr_threads < (u64)p->threads; i++) {
		struct task t = task_of(c);

		t.cpu = thread_cpu(w, c, c->nr_threads);
		c->threads[c->nr_threads] = thread_new(&w->world->k.memcg, &t);
		if (!c->threads[c->nr_threads++])
			w->refused++;
	}
	return c->nr_threads < (u64)p->threads;
}

static void join_threads(struct workload *w, struct container *c)
{
	const struct params *p = w->params;

	/* who moves on takes no charge along */
	for (u32 i = 0; i < c->nr_threads && !p->threads_stay; i++)
		if (c->threads[i])
			thread_exit(&w->world->k.memcg, c->threads[i], thread_cpu(w, c, i));
	c->nr_threads = 0;
}

/* ---- life ---- */

static u32 take_slot(struct workload *w)
{
	struct state *s = w->state;
	u32 i;

	if (s->first_free) {
		i = s->first_free - 1;
		s->first_free = s->containers[i].spec;
		return i;
	}
	if (s->nr == s->cap) {
		u32 cap = s->cap ? s->cap * 2 : 64;
		struct container *c = realloc(s->containers, cap * sizeof(*c));

		if (!c) {
			w->world->e.failed = -ENOMEM;
			return NONE_U32;
		}
		memset(c + s->cap, 0, (cap - s->cap) * sizeof(*c));
		s->containers = c;
		s->cap = cap;
	}
	i = s->nr++;
	if (s->own_supers) {
		s->containers[i].supers = calloc(s->own_supers, sizeof(u32));
		if (!s->containers[i].supers) {
			w->world->e.failed = -ENOMEM;
			return NONE_U32;
		}
	}
	return i;
}

static u32 new_container(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	u32 i = take_slot(w);
	struct container *c;

	if (i == NONE_U32)
		return i;
	c = &s->containers[i];
	c->number = ++s->created;
	c->cpu = pick_cpu(w, c->number - 1);
	c->stage = STAGE_ATTACH;
	c->in_use = 1;
	c->spec = c->pick = c->nr_supers = c->nr_made = c->done = c->todo = 0;
	c->killed = false;
	c->on_cpu = c->tasks = 0;
	c->nr_threads = c->turn = 0;
	c->anon = (struct anon_pages){0};
	c->anon_wanted = random_draw(&p->anon, &s->heaps) >> w->world->k.m.page_shift;
	if (!cgroup_dir_make(w->world, &c->dir, s->parent, w->name, c->number, manager_cpu(p, c),
			     p->kmem)) {
		w->refused++;
		c->in_use = 0;
		c->spec = s->first_free;
		s->first_free = i + 1;
		return NONE_U32;
	}
	memcg_set_limits(&w->world->k.memcg, c->dir.memcg, p->max, p->high);
	memcg_shrink_to_limits(&w->world->k.memcg, c->dir.memcg);
	return i;
}

static void run(struct workload *w, u32 i, u64 delay)
{
	struct state *s = w->state;

	s->running++;
	s->containers[i].next = engine_after(&w->world->e, delay, advance, w, i);
}

static void maybe_finish(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	if (p->count && s->removed + w->refused_containers >= (u64)p->count)
		workload_finish(w);
}

/* Watermarks of a container that is there. */
static void note_peaks(const struct workload *w, struct state *s, const struct container *c)
{
	const struct memcg *cg = memcg_at(&w->world->k.memcg, c->dir.memcg);

	s->kmem_peak = max_of(s->kmem_peak, cg->kmem_peak);
	s->usage_peak = max_of(s->usage_peak, cg->usage_peak);
}

static void remove_container(struct workload *w, u32 i)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	struct container *c = &s->containers[i];

	note_peaks(w, s, c);
	forget_made(w, c);
	cgroup_dir_remove(w->world, &c->dir, manager_cpu(p, c));
	c->in_use = 0;
	c->stage = STAGE_GONE;
	c->spec = s->first_free;
	s->first_free = i + 1;
	s->removed++;
	w->ops++;
	if (p->live && (!p->count || s->created < (u64)p->count))
		create_next(w, 1);
	maybe_finish(w);
}

static void remove_event(void *ctx, u64 arg)
{
	remove_container(ctx, (u32)arg);
}

static void exited(struct workload *w, u32 i)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	s->containers[i].stage = STAGE_EXITED;
	s->running--;
	if (p->sequential && p->create == CREATE_FIRST && s->next_run < s->nr)
		run(w, s->next_run++, 0);
	else if (p->sequential && p->create == CREATE_EACH)
		create_next(w, 0);
	if (!p->remove_at)
		engine_after(&w->world->e, random_draw(&p->linger, &s->rng), remove_event, w, i);
}

static void enter_stage(struct workload *w, struct container *c, enum stage stage)
{
	const struct state *s = w->state;

	if (stage == STAGE_FORK && !((const struct params *)w->params)->threads)
		stage = STAGE_MOUNT;
	if (stage == STAGE_MOUNT && !s->own_supers)
		stage = STAGE_OBJECTS;
	if (stage == STAGE_OBJECTS && !((const struct params *)w->params)->objects.n)
		stage = STAGE_ANON;
	if (stage == STAGE_ANON && !c->anon_wanted)
		stage = STAGE_FILES;
	if (stage == STAGE_FILES && !begin_super(w, c))
		stage = STAGE_LIVE;
	c->stage = (u8)stage;
}

/* rmdir: shrink_dcache_parent() takes what is still cached of the files, which came after it. */
static void remove_dir(struct workload *w, struct container *c, u32 i, const struct task *t)
{
	struct vfs *v = &w->world->k.vfs;
	u32 dir = c->made[i].vnode, dentry = vnode_lookup(v, dir, t);

	for (u32 j = i + 1; j < c->nr_made; j++)
		if (vnode_at(v, c->made[j].vnode)->parent == dir)
			vnode_prune(v, c->made[j].vnode, t->cpu);
	if (dentry)
		dput(v, dentry, t->cpu);
	vnode_unlink(v, dir, t);
}

/* One file or directory, from the last made to the first: a directory comes after its files. */
static bool unlink_step(struct workload *w, struct container *c)
{
	struct task t = task_of(c);

	while (c->done < c->nr_made) {
		u32 i = c->nr_made - ++c->done;
		const struct made_file *f = &c->made[i];

		if (!f->unlink || !vnode_at(&w->world->k.vfs, f->vnode)->exists)
			continue;
		if (f->is_dir)
			remove_dir(w, c, i, &t);
		else
			vnode_unlink(&w->world->k.vfs, f->vnode, &t);
		return true;
	}
	return false;
}

static bool umount_step(struct workload *w, struct container *c)
{
	struct task t = task_of(c);
	u32 sb;

	if (!c->nr_supers)
		return false;
	/* names in it first: their dentries go with the superblock */
	forget_made(w, c);
	sb = c->supers[--c->nr_supers];
	if (sb)
		vfs_umount(&w->world->k.vfs, sb, &t);
	return true;
}

/* The container's task touches memory. Time that it takes. */
static u64 anon_step(struct workload *w, struct container *c)
{
	const struct params *p = w->params;
	struct task t = task_of(c);
	u64 n = min_of(c->anon_wanted - c->anon.pages, (u64)ANON_CHUNK),
	    got = anon_grow(&w->world->k.pages, &c->anon, n, &t);

	if (!c->killed)
		w->refused += n - got;
	/* a task that gets no memory and was not killed does with what it has */
	if (got < n || c->anon.pages == c->anon_wanted)
		enter_stage(w, c, STAGE_FILES);
	return n * p->page_time;
}

/* The operation of a stage. Time until the next one. */
static u64 operation(struct workload *w, struct container *c)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	struct task t = task_of(c);

	switch (c->stage) {
	case STAGE_ATTACH:
		if (p->attach)
			cgroup_dir_attach(w->world, &c->dir, manager_cpu(p, c));
		c->exit_at = w->world->e.now + random_draw(&p->life, &s->rng);
		enter_stage(w, c, STAGE_FORK);
		break;
	case STAGE_FORK:
		if (!fork_step(w, c))
			enter_stage(w, c, STAGE_MOUNT);
		break;
	case STAGE_MOUNT:
		mount_next(w, c);
		if (c->nr_supers == s->own_supers)
			enter_stage(w, c, STAGE_OBJECTS);
		break;
	case STAGE_OBJECTS:
		if (task_objects_next(w, &p->objects, s->object_caches, &c->objects, &s->rng, &t))
			break;
		if (++c->tasks == p->tasks)
			enter_stage(w, c, STAGE_ANON);
		else
			task_objects_again(&c->objects);
		break;
	case STAGE_ANON:
		return anon_step(w, c);
	case STAGE_FILES:
		if (!file_step(w, c))
			enter_stage(w, c, STAGE_LIVE);
		break;
	case STAGE_LIVE:
		c->stage = STAGE_UNLINK;
		c->done = 0;
		return c->exit_at > w->world->e.now ? c->exit_at - w->world->e.now : 0;
	case STAGE_UNLINK:
		if (!unlink_step(w, c))
			c->stage = STAGE_UMOUNT;
		break;
	case STAGE_UMOUNT:
		join_threads(w, c);
		if (!umount_step(w, c))
			c->stage = STAGE_EXITED;
		break;
	default:
		break;
	}
	return p->op_time;
}

/* The task is gone; its mounts go with its namespace, one by one. */
static void exit_task(struct workload *w, struct container *c)
{
	anon_free(&w->world->k.pages, &c->anon);
	c->stage = STAGE_UMOUNT;
}

/* One operation of one container; what comes next is another event. */
static void advance(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;
	struct kernel *k = &w->world->k;
	struct container *c = &s->containers[arg];
	u64 stall = k->vmscan.direct_ns, delay;

	w->ops++;
	c->next = 0;
	s->current = (u32)arg + 1;
	delay = operation(w, c);
	handle_over_high(&k->vmscan, c->dir.memcg, c->cpu);
	s->current = 0;
	stall = k->vmscan.direct_ns - stall;
	s->stall_ns += stall;
	if (c->killed) {
		oom_current_exits(&k->vmscan.oom);
		if (c->stage < STAGE_UMOUNT)
			exit_task(w, c);
	}
	if (p->move_every && ++c->on_cpu >= p->move_every) {
		c->on_cpu = 0;
		move_on(w, c);
	}
	if (c->stage == STAGE_EXITED) {
		task_objects_exit(w, &c->objects, c->cpu);
		exited(w, (u32)arg);
		return;
	}
	if (c->stage == STAGE_UMOUNT)
		anon_free(&k->pages, &c->anon);
	c->next = engine_after(&w->world->e, delay + stall, advance, w, arg);
}

/* ---- the OOM killer ---- */

/* Tasks without memory of their own are no help to the machine: theirs is not modelled. */
static void oom_select(struct workload *w, u32 memcg, struct oom_task *best)
{
	const struct params *p = w->params;
	const struct state *s = w->state;
	bool modelled = random_mean(&p->anon) > 0.0;

	for (u32 i = 0; i < s->nr; i++) {
		const struct container *c = &s->containers[i];

		if (!c->in_use || c->killed || c->stage >= STAGE_UMOUNT ||
		    (memcg == ROOT_MEMCG && !modelled) || (!c->next && s->current != i + 1) ||
		    !memcg_in_tree(&w->world->k.memcg, c->dir.memcg, memcg))
			continue;
		oom_consider(best, &(struct oom_task){.index = i,
						      .memcg = c->dir.memcg,
						      .pages = c->anon.pages,
						      .name = w->name,
						      .number = c->number,
						      .owner = w});
	}
}

static enum oom_result oom_kill(struct workload *w, u32 index)
{
	struct state *s = w->state;
	struct container *c = &s->containers[index];

	c->killed = true;
	s->killed++;
	if (s->current == index + 1)
		return OOM_CURRENT;
	exit_task(w, c);
	event_cancel(&w->world->e.queue, c->next);
	c->next = engine_after(&w->world->e, 0, advance, w, index);
	return OOM_KILLED;
}

/* ---- arrivals ---- */

static bool more_wanted(const struct params *p, const struct state *s)
{
	return !p->count || s->created < (u64)p->count;
}

/* arg 0: one of the series of arrivals; 1: replaces a removed one. */
static void create_next(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;
	u64 delay = p->interval;
	u32 i;

	if (!more_wanted(p, s) || w->world->e.failed)
		return;
	i = new_container(w);
	if (i != NONE_U32)
		run(w, i, p->op_time);
	else
		w->refused_containers++;
	maybe_finish(w);
	if (arg || p->sequential || (p->live && s->created >= (u64)p->live))
		return;
	if (p->rate > 0.0) {
		struct random_spec gap = {.kind = DIST_EXPONENTIAL, .value = 1e9 / p->rate};

		delay = max_of(random_draw(&gap, &s->rng), (u64)1);
	}
	engine_after(&w->world->e, delay, create_next, w, 0);
}

/* create: first. All cgroups, one after the other; then the runs begin. */
static void create_all(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;
	u64 run_at;

	if (new_container(w) == NONE_U32)
		w->refused_containers++;
	if (arg + 1 < (u64)p->count) {
		engine_after(&w->world->e, p->interval, create_all, w, arg + 1);
		return;
	}
	run_at = max_of(w->start + p->run_at, w->world->e.now);
	if (p->sequential) {
		if (s->nr)
			run(w, s->next_run++, run_at - w->world->e.now);
		return;
	}
	for (u32 i = 0; i < s->nr; i++)
		run(w, i, run_at - w->world->e.now + i * p->interval);
}

/* remove_at: everything that has exited by then, one after the other. */
static void remove_all(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;

	(void)arg;
	while (s->next_removed < s->nr && s->containers[s->next_removed].stage != STAGE_EXITED)
		s->next_removed++;
	if (s->next_removed == s->nr)
		return;
	remove_container(w, s->next_removed++);
	engine_after(&w->world->e, min_of(p->interval, NSEC_PER_MSEC), remove_all, w, 0);
}

static void monitor(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;

	(void)arg;
	for (u32 i = 0; i < s->nr; i++)
		if (s->containers[i].in_use)
			cgroup_dir_read(w->world, &s->containers[i].dir, (u32)p->monitor.files, 0);
}

static bool make_trees(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	s->trees = calloc(max_of(p->files.n, 1U), sizeof(*s->trees));
	for (u32 i = 0; s->trees && i < p->files.n; i++) {
		s->trees[i] = calloc(spec_width(w, spec_at(p, i)), sizeof(struct tree));
		if (!s->trees[i])
			return false;
	}
	return s->trees != NULL;
}

static void start(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	s->parent = world_cgroup(w->world, p->parent);
	for (u32 i = 0; i < p->mounts.n; i++)
		s->own_supers += (u32)own_mount_at(p, i)->count;
	if (workload_rng(w, &s->rng, "containers") || workload_rng(w, &s->heaps, "heaps") ||
	    !make_trees(w) || !(s->object_caches = task_objects_caches(w, &p->objects))) {
		w->world->e.failed = -ENOMEM;
		return;
	}
	if (p->remove_at)
		engine_at(&w->world->e, w->start + p->remove_at, remove_all, w, 0);
	if (p->monitor.at)
		engine_at(&w->world->e, w->start + p->monitor.at, monitor, w, 0);
	if (p->create == CREATE_FIRST)
		create_all(w, 0);
	else
		create_next(w, 0);
}

static void destroy(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	for (u32 i = 0; i < s->nr; i++) {
		free(s->containers[i].threads);
		free(s->containers[i].made);
		free(s->containers[i].supers);
		task_objects_destroy(&s->containers[i].objects);
	}
	free(s->object_caches);
	free(s->containers);
	for (u32 i = 0; s->trees && i < p->files.n; i++) {
		for (u32 j = 0; s->trees[i] && j < spec_width(w, spec_at(p, i)); j++)
			free(s->trees[i][j].vnodes);
		free(s->trees[i]);
	}
	free(s->trees);
	rng_destroy(&s->rng);
	rng_destroy(&s->heaps);
}

/* ---- checks before the run ---- */

static const char *no_mount(struct workload *w, const char *name)
{
	const struct params *p = w->params;
	const char **own = arena_array(w->world->arena, p->mounts.n + 1, sizeof(*own));
	u32 n = 0;

	if (!own)
		return "out of memory";
	for (u32 i = 0; i < p->mounts.n; i++)
		if (own_mount_at(p, i)->name)
			own[n++] = own_mount_at(p, i)->name;
	own[n] = NULL;
	return world_no_mount(w->world, "files: mount", name, own);
}

static const char *check_files(struct workload *w)
{
	const struct params *p = w->params;

	for (u32 i = 0; i < p->files.n; i++) {
		const struct file_params *f = spec_at(p, i);
		u32 first;

		if (!spec_width(w, f))
			return no_mount(w, f->mount);
		if ((f->action == ACTION_STAT || f->action == ACTION_APPEND) &&
		    own_range(p, f->mount, &first))
			return "files: actions stat and append want a mount of the scenario, not a "
			       "container's own";
	}
	return NULL;
}

static const char *check(struct workload *w)
{
	const struct params *p = w->params;

	if (!world_cgroup(w->world, p->parent))
		return "parent: there is no such cgroup";
	for (u32 i = 0; i < p->mounts.n; i++)
		if (fs_type_find(own_mount_at(p, i)->fs) < 0)
			return "mounts: no such file system (memcgsim list filesystems)";
	if (p->rate > 0.0 && p->live)
		return "rate and live exclude each other";
	if (p->create == CREATE_FIRST && !p->count)
		return "create: first needs a count";
	if (p->sequential && (p->rate > 0.0 || p->live))
		return "sequential excludes rate and live";
	if (given(p, "remove_at") && given(p, "linger"))
		return "remove_at and linger exclude each other";
	if (p->live && p->remove_at)
		return "live and remove_at exclude each other";
	return check_files(w);
}

/* Containers at once: as wanted, or rate times life (Little's law). */
static double containers_at_once(const struct params *p)
{
	double at_once = p->live ? (double)p->live : (double)p->count;

	if (p->rate > 0.0) {
		double by_rate =
			p->rate * (random_mean(&p->life) + random_mean(&p->linger)) / 1e9 * 1.5 +
			10;

		at_once = p->count ? min_of(by_rate, (double)p->count) : by_rate;
	}
	return at_once > 0.0 ? at_once : 65535.0;
}

static void estimate(const struct workload *w, struct workload_estimate *est)
{
	const struct params *p = w->params;
	double at_once = containers_at_once(p), files = 0.0, trees = 0.0;

	for (u32 i = 0; i < p->files.n; i++) {
		const struct file_params *f = spec_at(p, i);

		if (f->action == ACTION_STAT)
			trees += (double)f->of * spec_width(w, f);
		else
			files += (random_mean(&f->count) + 1.0) * (double)f->pick;
	}
	est->memcgs += at_once;
	est->plain +=
		at_once * ((double)p->threads + (double)p->tasks * task_objects_mean(&p->objects));
	est->vnodes += at_once * files + trees;
	/* what containers leave behind stays cached: all of it, without reclaim */
	est->objects += 2.0 * (files * max_of((double)p->count, at_once) + trees);
	for (u32 i = 0; i < p->mounts.n; i++)
		est->mounts += at_once * (double)own_mount_at(p, i)->count;
}

static double containers_created(const void *model)
{
	const struct workload *w = model;
	const struct state *s = w->state;

	return s ? (double)s->created : 0.0;
}

static double containers_killed(const void *model)
{
	const struct workload *w = model;
	const struct state *s = w->state;

	return s ? (double)s->killed : 0.0;
}

/* The most that one container had, of those that were removed and those that are there. */
static double largest(const struct workload *w, bool kmem)
{
	struct state peaks = {0};
	const struct state *s = w->state;

	if (!s)
		return 0.0;
	peaks.kmem_peak = s->kmem_peak;
	peaks.usage_peak = s->usage_peak;
	for (u32 i = 0; i < s->nr; i++)
		if (s->containers[i].in_use)
			note_peaks(w, &peaks, &s->containers[i]);
	return (double)(kmem ? peaks.kmem_peak : peaks.usage_peak) *
	       (double)w->world->k.m.page_size;
}

static double kmem_peak(const void *model)
{
	return largest(model, true);
}

static double usage_peak(const void *model)
{
	return largest(model, false);
}

static double stall(const void *model)
{
	const struct workload *w = model;
	const struct state *s = w->state;

	return s ? (double)s->stall_ns / 1e9 : 0.0;
}

static const struct metric_source metrics[] = {
	{.info = {.name = "killed",
		  .unit = "containers",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "containers that the OOM killer ended"},
	 .read = containers_killed},
	{.info = {.name = "stall_s",
		  .unit = "s",
		  .kind = METRIC_COUNTED,
		  .help = "time that containers spent in reclaim, which their run takes longer"},
	 .read = stall},
	{.info = {.name = "kmem_peak_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "memory.kmem.max_usage_in_bytes of the container that had most"},
	 .read = kmem_peak},
	{.info = {.name = "usage_peak_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "memory.max_usage_in_bytes of the container that had most"},
	 .read = usage_peak},
	{.info = {.name = "containers",
		  .unit = "containers",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "containers created"},
	 .read = containers_created},
	{.info = {.name = NULL}},
};

const struct workload_type workload_container_churn = {
	.name = "container-churn",
	.help = "containers that are created, run, make and look up files, exit and are removed",
	.params = &table,
	.starter = "  - name: churn\n"
		   "    type: container-churn\n"
		   "    start: 0s\n"
		   "    rate: 500/h         # or live: N, or interval: TIME\n"
		   "    life: {dist: lognormal, mean: 10min, sigma: 1}\n"
		   "    files:\n"
		   "      - {mount: root, action: create, count: 30, unlink: 0.5}\n"
		   "      - {mount: root, action: stat, count: 200, of: 20000, zipf: 0.9}\n"
		   "      - {mount: vol, pick: 2, action: create, count: 5}\n",
	.check = check,
	.start = start,
	.destroy = destroy,
	.state_size = sizeof(struct state),
	.metrics = metrics,
	.verdicts = cgroup_dir_verdicts,
	.estimate = estimate,
	.oom_select = oom_select,
	.oom_kill = oom_kill,
};
