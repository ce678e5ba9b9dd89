// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: container-churn, its keys: the tables, what is wrong with a set of them, and what they will want of
 * the engine's tables.
 */
#include "workload/container_churn.h"

#include <string.h>

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

const struct param_table churn_table = {
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

/* ---- superblocks of a spec ---- */

u32 churn_own_range(const struct params *p, const char *name, u32 *first)
{
	*first = 0;
	for (u32 i = 0; i < p->mounts.n; i++) {
		if (own_mount_at(p, i)->name && !strcmp(own_mount_at(p, i)->name, name))
			return (u32)own_mount_at(p, i)->count;
		*first += (u32)own_mount_at(p, i)->count;
	}
	return 0;
}

u32 churn_spec_width(const struct workload *w, const struct file_params *f)
{
	u32 first, own = churn_own_range(w->params, f->mount, &first);
	const struct mount_group *g = own ? NULL : world_mounts(w->world, f->mount);

	return own ? own : g ? g->n : 0;
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

		if (!churn_spec_width(w, f))
			return no_mount(w, f->mount);
		if ((f->action == ACTION_STAT || f->action == ACTION_APPEND) &&
		    churn_own_range(p, f->mount, &first))
			return "files: actions stat and append want a mount of the scenario, not a "
			       "container's own";
	}
	return NULL;
}

const char *churn_check(struct workload *w)
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

void churn_estimate(const struct workload *w, struct workload_estimate *est)
{
	const struct params *p = w->params;
	double at_once = containers_at_once(p), files = 0.0, trees = 0.0;

	for (u32 i = 0; i < p->files.n; i++) {
		const struct file_params *f = spec_at(p, i);

		if (f->action == ACTION_STAT)
			trees += (double)f->of * churn_spec_width(w, f);
		else
			files += (random_mean(&f->count) + 1.0) * (double)f->pick;
	}
	est->memcgs += at_once;
	est->vnodes += at_once * files + trees;
	/* what containers leave behind stays cached: all of it, without reclaim */
	est->objects += 2.0 * (files * max_of((double)p->count, at_once) + trees);
	for (u32 i = 0; i < p->mounts.n; i++)
		est->mounts += at_once * (double)own_mount_at(p, i)->count;
}
