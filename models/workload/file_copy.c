// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: file-copy. A stream of pages through the page cache: one task reads a large file from its
 * beginning to its end, a readahead window at a time.
 */
#include "workload/types.h"

#define WINDOW 32 /* pages: 128 KiB of readahead with 4 KiB pages */

struct params {
	const char *mount;
	const char *cgroup;
	s64 cpu;
	u64 size, page_time, hold;
};

struct state {
	u32 memcg;
	u32 vnode;
	u32 dentry; /* held while the file is open */
	u64 at, pages; /* next page, how many there are */
};

#define KEY(field) .offset = offsetof(struct params, field)

static const struct param_key keys[] = {
	{.name = "mount",
	 .type = PARAM_NAME,
	 .required = true,
	 KEY(mount),
	 .help = "a mount of the scenario"},
	{.name = "cgroup",
	 .type = PARAM_NAME,
	 KEY(cgroup),
	 .help = "cgroup of the task; without it the root"},
	{.name = "cpu",
	 .type = PARAM_INT,
	 .min = 0,
	 .max = 8191,
	 KEY(cpu),
	 .help = "CPU of the task"},
	{.name = "size",
	 .type = PARAM_SIZE,
	 .required = true,
	 .min = 1,
	 .max = 1e15,
	 KEY(size),
	 .help = "bytes read"},
	{.name = "page_time",
	 .type = PARAM_TIME,
	 .dflt = "1us",
	 KEY(page_time),
	 .help = "time to copy one page"},
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

static void close_file(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;

	(void)arg;
	dput(&w->world->k.vfs, s->dentry, (u16)((u64)p->cpu % w->world->k.m.nr_present));
	workload_finish(w);
}

static void step(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;
	struct kernel *k = &w->world->k;
	struct task t = {.memcg = s->memcg, .cpu = (u16)((u64)p->cpu % k->m.nr_present)};
	u32 n = (u32)min_of(s->pages - s->at, (u64)WINDOW), got = 0;
	u32 mapping = inode_mapping(&k->pages, obj(&k->vfs, s->dentry)->peer);
	u64 stall = k->vmscan.direct_ns;

	(void)arg;
	if (mapping)
		got = page_cache_read(&k->pages, mapping, s->at, n, &t);
	w->refused += n - got;
	w->ops += got;
	s->at += n;
	stall = k->vmscan.direct_ns - stall;
	if (s->at == s->pages)
		engine_after(&w->world->e, p->hold, close_file, w, 0);
	else
		engine_at(&w->world->e, cpu_run(&k->vmscan, t.cpu, n * p->page_time + stall), step,
			  w, 0);
}

static void start(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	struct task t = {.cpu = (u16)((u64)p->cpu % w->world->k.m.nr_present)};

	s->memcg = t.memcg = world_cgroup(w->world, p->cgroup);
	s->pages = div_round_up(p->size, w->world->k.m.page_size);
	s->vnode = vnode_new(&w->world->k.vfs, world_mounts(w->world, p->mount)->supers[0], 0,
			     false, true);
	s->dentry = s->vnode ? vnode_lookup(&w->world->k.vfs, s->vnode, &t) : 0;
	if (s->dentry)
		step(w, 0);
	else
		w->refused++;
}

static const char *check(struct workload *w)
{
	const struct params *p = w->params;

	if (!world_mounts(w->world, p->mount))
		return "mount: the scenario has no such mount";
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
