// SPDX-License-Identifier: GPL-3.0-or-later
/* workload: idle-hold. Cgroups that are made, held and removed, and in which nothing ever runs. */
#include "workload/cgroup_dir.h"
#include "workload/keys.h"
#include "workload/types.h"

#include <errno.h>
#include <stdlib.h>

struct params {
	s64 count;
	const char *parent;
	u64 interval, hold;
	s64 cpu;
	u64 given;
};

struct state {
	u32 parent;
	struct cgroup_dir *dirs;
	u32 made, removed;
};

static const struct param_key keys[] = {
	{.name = "count",
	 .type = PARAM_INT,
	 .required = true,
	 .min = 1,
	 .max = 4000000,
	 .offset = offsetof(struct params, count),
	 .help = "cgroups to make"},
	{.name = "parent",
	 .type = PARAM_NAME,
	 .offset = offsetof(struct params, parent),
	 .help = "cgroup that they are made in; without it the root"},
	{.name = "interval",
	 .type = PARAM_TIME,
	 .dflt = "1ms",
	 .offset = offsetof(struct params, interval),
	 .help = "time between two mkdir, and between two rmdir"},
	{.name = "hold",
	 .type = PARAM_TIME,
	 .offset = offsetof(struct params, hold),
	 .help = "time from the start until they are removed; without it they stay"},
	KEY_CPU(struct params, "CPU that makes and removes them"),
	{.name = NULL},
};

static const struct param_table table = {
	.what = "idle-hold workload",
	.size = sizeof(struct params),
	.keys = keys,
	.given_offset = offsetof(struct params, given),
};

static u16 manager_cpu(const struct workload *w)
{
	const struct params *p = w->params;

	return (u16)((u64)p->cpu % w->world->k.m.nr_present);
}

static void remove_one(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;

	(void)arg;
	if (s->removed == s->made) {
		workload_finish(w);
		return;
	}
	cgroup_dir_remove(w->world, &s->dirs[s->removed++], manager_cpu(w));
	w->ops++;
	engine_after(&w->world->e, s->removed == s->made ? 0 : p->interval, remove_one, w, 0);
}

static void make_one(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;

	if (cgroup_dir_make(w->world, &s->dirs[s->made], s->parent, w->name, (u32)arg + 1,
			    manager_cpu(w), true))
		s->made++;
	else
		w->refused++;
	w->ops++;
	if (arg + 1 < (u64)p->count)
		engine_after(&w->world->e, p->interval, make_one, w, arg + 1);
	else if (p->hold)
		engine_at(&w->world->e, w->start + p->hold, remove_one, w, 0);
	else
		workload_finish(w);
}

static void start(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	s->parent = world_cgroup(w->world, p->parent);
	s->dirs = calloc((size_t)p->count, sizeof(*s->dirs));
	if (!s->dirs) {
		w->world->e.failed = -ENOMEM;
		return;
	}
	make_one(w, 0);
}

static void destroy(struct workload *w)
{
	struct state *s = w->state;

	free(s->dirs);
}

static const char *check(struct workload *w)
{
	const struct params *p = w->params;

	return world_cgroup(w->world, p->parent) ? NULL : "parent: there is no such cgroup";
}

static void estimate(const struct workload *w, struct workload_estimate *est)
{
	const struct params *p = w->params;

	est->memcgs += (double)p->count;
}

const struct workload_type workload_idle_hold = {
	.name = "idle-hold",
	.help = "cgroups that are made, held and removed; nothing runs in them",
	.params = &table,
	.starter = "  - name: idle\n"
		   "    type: idle-hold\n"
		   "    start: 1s\n"
		   "    count: 1000         # cgroups\n"
		   "    interval: 1ms       # between two mkdir\n"
		   "    hold: 30s           # removed this long after the start\n",
	.check = check,
	.start = start,
	.destroy = destroy,
	.state_size = sizeof(struct state),
	.estimate = estimate,
};
