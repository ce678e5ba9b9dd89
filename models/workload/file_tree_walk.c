// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: file-tree-walk. One task goes through a tree of directories, in each through its files: makes
 * them, looks them up, reads or writes them, or looks up names that are not there. A recursive grep reads each file
 * once (SEEDS D7); with passes and a pause it is a working set that somebody comes back to.
 */
#include "workload/file_ops.h"
#include "workload/keys.h"
#include "workload/task_timer.h"
#include "workload/types.h"

#include <errno.h>
#include <stdlib.h>

enum action { ACTION_CREATE, ACTION_STAT, ACTION_READ, ACTION_NEGATIVE, ACTION_WRITE };

static const char *const action_names[] = {"create", "stat", "read", "negative", "write", NULL};

struct params {
	const char *mount;
	const char *cgroup;
	s64 cpu, dirs, files, pages, passes, name_length;
	int action;
	bool restat;
	u64 op_time, pause;
};

struct state {
	u32 memcg, sb;
	u32 *vnodes; /* [dirs * (files + 1)]: a directory, then its files */
	u64 at; /* next step of the pass */
	u64 pass;
	u64 pages_read; /* that were not in the page cache */
	struct task_timer timer;
};

#define KEY(field) .offset = offsetof(struct params, field)

static const struct param_key keys[] = {
	KEY_MOUNT(struct params, "a mount of the scenario"),
	KEY_CGROUP(struct params, "the task"),
	KEY_CPU(struct params, "CPU of the task"),
	{.name = "dirs",
	 .type = PARAM_INT,
	 .dflt = "1",
	 .min = 1,
	 .max = 1000000,
	 KEY(dirs),
	 .help = "directories"},
	{.name = "files",
	 .type = PARAM_INT,
	 .required = true,
	 .min = 1,
	 .max = 10000000,
	 KEY(files),
	 .help = "files in each"},
	{.name = "pages",
	 .type = PARAM_INT,
	 .min = 0,
	 .max = 1000000,
	 KEY(pages),
	 .help = "pages of a file, each read once"},
	{.name = "name_length",
	 .type = PARAM_INT,
	 .min = 0,
	 .max = 255,
	 KEY(name_length),
	 .help = "letters of a file's name; from 32 on it is a kmalloc of its own"},
	{.name = "action",
	 .type = PARAM_ENUM,
	 .choices = action_names,
	 .dflt = "read",
	 KEY(action),
	 .help = "create: the tree is made; stat, read, write: it is there; negative: its "
		 "directories "
		 "are"},
	{.name = "restat",
	 .type = PARAM_BOOL,
	 KEY(restat),
	 .help = "the files of a directory are looked up once more after all of them"},
	{.name = "passes",
	 .type = PARAM_INT,
	 .dflt = "1",
	 .min = 1,
	 .max = 1000000,
	 KEY(passes),
	 .help = "times through the tree"},
	{.name = "op_time",
	 .type = PARAM_TIME,
	 .dflt = "50us",
	 KEY(op_time),
	 .help = "time of one file"},
	{.name = "pause",
	 .type = PARAM_TIME,
	 .dflt = "0s",
	 KEY(pause),
	 .help = "time between two passes"},
	{.name = NULL},
};

static const struct param_table table = {
	.what = "file-tree-walk workload",
	.size = sizeof(struct params),
	.keys = keys,
};

static struct task walker(const struct workload *w)
{
	const struct params *p = w->params;
	const struct state *s = w->state;

	return (struct task){.memcg = s->memcg,
			     .cpu = (u16)((u64)p->cpu % w->world->k.m.nr_present)};
}

/* Steps of one directory: itself, its files, its files again. */
static u64 steps_of_dir(const struct params *p)
{
	return 1 + (u64)p->files * (p->restat ? 2 : 1);
}

static void read_pages(struct workload *w, u32 dentry, const struct task *task)
{
	const struct params *p = w->params;
	struct page_cache *pc = &w->world->k.pages;
	u32 inode = obj(&w->world->k.vfs, dentry)->peer, mapping;
	struct task writer = *task;
	const struct task *t = task;
	struct state *s = w->state;
	u64 added;

	/* write_begin() holds a transaction: AOP_FLAG_NOFS */
	if (p->action == ACTION_WRITE) {
		writer.gfp |= GFP_NOFS;
		t = &writer;
	}

	if (!p->pages || !inode)
		return;
	mapping = inode_mapping(pc, inode);
	added = pc->added;
	if (mapping && (p->action == ACTION_WRITE ? page_cache_write : page_cache_read)(
			       pc, mapping, 0, (u32)p->pages, t) < (u32)p->pages)
		w->refused++;
	s->pages_read += pc->added - added;
}

/* open(), read() and close(), or stat(). */
static void use(struct workload *w, u32 vnode, bool read, const struct task *t)
{
	struct vfs *v = &w->world->k.vfs;
	u32 dentry = vnode_lookup(v, vnode, t);

	if (!dentry) {
		w->refused++;
		return;
	}
	if (read)
		read_pages(w, dentry, t);
	dput(v, dentry, t->cpu);
}

static void one_step(struct workload *w, u64 at, const struct task *t)
{
	const struct params *p = w->params;
	const struct state *s = w->state;
	u64 dir = at / steps_of_dir(p), i = at % steps_of_dir(p);
	const u32 *vnodes = &s->vnodes[dir * ((u64)p->files + 1)];

	if (!i) {
		if (p->action == ACTION_CREATE && !s->pass)
			file_create(w, vnodes[0], 0, t);
		return;
	}
	if (i > (u64)p->files) {
		use(w, vnodes[i - (u64)p->files], false, t);
		return;
	}
	if (p->action == ACTION_CREATE && !s->pass) {
		file_create(w, vnodes[i], 0, t);
		if (p->pages)
			use(w, vnodes[i], true, t);
	} else {
		use(w, vnodes[i],
		    p->action == ACTION_READ || p->action == ACTION_WRITE ||
			    p->action == ACTION_CREATE,
		    t);
	}
}

static void step(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;
	struct task t = walker(w);
	u64 pause = 0;

	(void)arg;
	/* balance_dirty_pages(), xfs_log_reserve() */
	if ((p->action == ACTION_WRITE && page_cache_must_wait(&w->world->k.pages, t.memcg)) ||
	    ((p->action == ACTION_WRITE || p->action == ACTION_CREATE) &&
	     super_log_full(&w->world->k.vfs, s->sb))) {
		engine_after(&w->world->e, DIRTY_PAUSE_NS, step, w, 0);
		return;
	}
	task_begin(&s->timer);
	one_step(w, s->at, &t);
	w->ops++;
	if (++s->at == (u64)p->dirs * steps_of_dir(p)) {
		s->at = 0;
		if (++s->pass == (u64)p->passes) {
			workload_finish(w);
			return;
		}
		pause = p->pause;
	}
	task_end(&s->timer, &t, p->op_time, pause, step, w, 0);
}

static void start(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	u64 per_dir = (u64)p->files + 1;
	bool dirs = p->action != ACTION_CREATE, files = dirs && p->action != ACTION_NEGATIVE;

	task_timer_init(&s->timer, &w->world->k);
	s->memcg = world_cgroup(w->world, p->cgroup);
	s->sb = world_mounts(w->world, p->mount)->supers[0];
	s->vnodes = calloc((u64)p->dirs * per_dir, sizeof(u32));
	for (u64 i = 0; s->vnodes && i < (u64)p->dirs * per_dir; i++) {
		bool is_dir = i % per_dir == 0;

		s->vnodes[i] =
			vnode_new(&w->world->k.vfs, s->sb, is_dir ? 0 : s->vnodes[i - i % per_dir],
				  is_dir, is_dir ? dirs : files);
		if (!s->vnodes[i])
			return;
		if (!is_dir && p->action == ACTION_NEGATIVE)
			vnode_set_absent(&w->world->k.vfs, s->vnodes[i]);
		if (!is_dir)
			vnode_set_name(&w->world->k.vfs, s->vnodes[i], (u32)p->name_length);
	}
	if (!s->vnodes) {
		w->world->e.failed = -ENOMEM;
		return;
	}
	step(w, 0);
}

static void destroy(struct workload *w)
{
	struct state *s = w->state;

	free(s->vnodes);
}

static const char *check(struct workload *w)
{
	const struct params *p = w->params;

	return world_check_place(w->world, p->mount, p->cgroup);
}

static void estimate(const struct workload *w, struct workload_estimate *est)
{
	const struct params *p = w->params;

	est->objects += 2.0 * (double)p->dirs * (double)(p->files + 1);
	est->vnodes += (double)p->dirs * (double)(p->files + 1);
}

static double pages_read(const void *model)
{
	const struct state *s = ((const struct workload *)model)->state;

	return s ? (double)s->pages_read : 0.0;
}

static const struct metric_source metrics[] = {
	{.info = {.name = "pages_read",
		  .unit = "pages",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "pages of its files that were not in the page cache"},
	 .read = pages_read},
	{.info = {.name = NULL}},
};

const struct workload_type workload_file_tree_walk = {
	.name = "file-tree-walk",
	.help = "a task that makes, looks up, reads or writes the files of a tree (recursive grep)",
	.params = &table,
	.starter = "  - name: grep\n"
		   "    type: file-tree-walk\n"
		   "    start: 10s\n"
		   "    mount: root\n"
		   "    dirs: 100           # directories\n"
		   "    files: 200          # in each\n"
		   "    pages: 4            # of a file, read once\n",
	.check = check,
	.start = start,
	.destroy = destroy,
	.state_size = sizeof(struct state),
	.metrics = metrics,
	.estimate = estimate,
};
