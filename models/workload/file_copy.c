// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: file-copy. A stream of pages through the page cache: one task reads a large file, or one file
 * after the other, from its beginning to its end, a readahead window at a time.
 */
#include "workload/keys.h"
#include "workload/task_timer.h"
#include "workload/types.h"

#include <string.h>

#define WINDOW 32 /* pages: 128 KiB of readahead with 4 KiB pages */

struct params {
	const char *mount;
	const char *cgroup;
	const char *until;
	s64 cpu;
	u64 size, file_size, page_time, hold;
};

struct state {
	u32 memcg;
	u32 vnode;
	u32 dentry; /* held while the file is open */
	u64 at, pages; /* next page of the file, how many it has at most */
	u64 left; /* pages of all files */
	const struct workload *until; /* NULL: to the end */
	struct task_timer timer;
};

#define KEY(field) .offset = offsetof(struct params, field)

static const struct param_key keys[] = {
	KEY_MOUNT(struct params, "a mount of the scenario"),
	KEY_CGROUP(struct params, "the task"),
	KEY_CPU(struct params, "CPU of the task"),
	{.name = "size",
	 .type = PARAM_SIZE,
	 .required = true,
	 .min = 1,
	 .max = 1e15,
	 KEY(size),
	 .help = "bytes read"},
	{.name = "until",
	 .type = PARAM_NAME,
	 KEY(until),
	 .help = "a workload: the copy ends with it, however much is left"},
	{.name = "page_time",
	 .type = PARAM_TIME,
	 .dflt = "1us",
	 KEY(page_time),
	 .help = "time to copy one page"},
	{.name = "file_size",
	 .type = PARAM_SIZE,
	 .max = 1e15,
	 KEY(file_size),
	 .help = "of one file, closed before the next is opened; default: one file of the whole "
		 "size"},
	{.name = "hold",
	 .type = PARAM_TIME,
	 .dflt = "0s",
	 KEY(hold),
	 .help = "time that the file stays open afterwards"},
	{.name = NULL},
};

static const struct param_table table = {
	.what = "file-copy workload",
	.size = sizeof(struct params),
	.keys = keys,
};

/* Another workload of that name, or NULL. */
static const struct workload *other_workload(const struct workload *w, const char *name)
{
	for (u32 i = 0; name && i < w->world->nr_workloads; i++)
		if (&w->world->workloads[i] != w && !strcmp(w->world->workloads[i].name, name))
			return &w->world->workloads[i];
	return NULL;
}

static void close_file(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;

	(void)arg;
	dput(&w->world->k.vfs, s->dentry, (u16)((u64)p->cpu % w->world->k.m.nr_present));
	workload_finish(w);
}

/* The next file is opened. False: no memory for it. */
static bool open_file(struct workload *w, const struct task *t)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	s->at = 0;
	s->vnode = vnode_new(&w->world->k.vfs, world_mounts(w->world, p->mount)->supers[0], 0,
			     false, true);
	s->dentry = s->vnode ? vnode_lookup(&w->world->k.vfs, s->vnode, t) : 0;
	if (!s->dentry)
		w->refused++;
	return s->dentry != 0;
}

static void step(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;
	struct kernel *k = &w->world->k;
	struct task t = {.memcg = s->memcg, .cpu = (u16)((u64)p->cpu % k->m.nr_present)};
	u32 n = (u32)min_of(min_of(s->pages - s->at, s->left), (u64)WINDOW), got = 0, mapping;

	(void)arg;
	task_begin(&s->timer);
	if (s->at == s->pages) {
		dput(&k->vfs, s->dentry, t.cpu);
		if (!open_file(w, &t)) {
			workload_finish(w);
			return;
		}
		n = (u32)min_of(min_of(s->pages, s->left), (u64)WINDOW);
	}
	mapping = inode_mapping(&k->pages, obj(&k->vfs, s->dentry)->peer);
	if (mapping)
		got = page_cache_read(&k->pages, mapping, s->at, n, &t);
	w->refused += n - got;
	w->ops += got;
	s->at += n;
	s->left -= n;
	if (!s->left || (s->until && s->until->finished))
		engine_after(&w->world->e, p->hold, close_file, w, 0);
	else
		task_end(&s->timer, &t, n * p->page_time, 0, step, w, 0);
}

static void start(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	struct task t = {.cpu = (u16)((u64)p->cpu % w->world->k.m.nr_present)};
	u32 page = w->world->k.m.page_size;

	task_timer_init(&s->timer, &w->world->k);
	s->memcg = t.memcg = world_cgroup(w->world, p->cgroup);
	s->until = other_workload(w, p->until);
	s->left = div_round_up(p->size, page);
	s->pages = p->file_size ? max_of(p->file_size / page, (u64)1) : s->left;
	if (open_file(w, &t))
		step(w, 0);
}

static const char *check(struct workload *w)
{
	const struct params *p = w->params;

	if (!world_mounts(w->world, p->mount))
		return world_no_mount(w->world, "mount", p->mount, NULL);
	if (p->until && !other_workload(w, p->until))
		return "until: the scenario has no other workload of that name";
	return world_cgroup(w->world, p->cgroup) ? NULL : "cgroup: there is no such cgroup";
}

const struct workload_type workload_file_copy = {
	.name = "file-copy",
	.help = "a task that streams a large file through the page cache",
	.params = &table,
	.starter = "  - name: copy\n"
		   "    type: file-copy\n"
		   "    start: 10s\n"
		   "    mount: root\n"
		   "    size: 100GiB        # read from beginning to end\n"
		   "    page_time: 2us      # of one page\n",
	.check = check,
	.start = start,
	.state_size = sizeof(struct state),
};
