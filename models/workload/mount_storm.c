// SPDX-License-Identifier: GPL-3.0-or-later
/* workload: mount-storm. Superblocks that are mounted one after the other, held and unmounted. */
#include "workload/keys.h"
#include "workload/types.h"

#include <errno.h>
#include <stdlib.h>

struct params {
	s64 count;
	const char *fs;
	const char *cgroup;
	u64 interval, hold;
	s64 cpu;
	u64 given;
};

struct state {
	u32 memcg;
	u32 *supers;
	u32 made, removed;
};

static const struct param_key keys[] = {
	{.name = "count",
	 .type = PARAM_INT,
	 .required = true,
	 .min = 1,
	 .max = 1000000,
	 .offset = offsetof(struct params, count),
	 .help = "superblocks to mount"},
	{.name = "fs",
	 .type = PARAM_NAME,
	 .dflt = "tmpfs",
	 .offset = offsetof(struct params, fs),
	 .help = "file system type"},
	KEY_CGROUP(struct params, "the mounting task"),
	{.name = "interval",
	 .type = PARAM_TIME,
	 .dflt = "1ms",
	 .offset = offsetof(struct params, interval),
	 .help = "time between two mounts, and between two umounts"},
	{.name = "hold",
	 .type = PARAM_TIME,
	 .offset = offsetof(struct params, hold),
	 .help = "time from the start until they are unmounted; without it they stay"},
	KEY_CPU(struct params, "CPU of the mounting task"),
	{.name = NULL},
};

static const struct param_table table = {
	.what = "mount-storm workload",
	.size = sizeof(struct params),
	.keys = keys,
	.given_offset = offsetof(struct params, given),
};

static struct task mounter(const struct workload *w)
{
	const struct params *p = w->params;
	const struct state *s = w->state;

	return (struct task){.memcg = s->memcg,
			     .cpu = (u16)((u64)p->cpu % w->world->k.m.nr_present)};
}

static void umount_one(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;
	struct task t = mounter(w);

	(void)arg;
	if (s->removed == s->made) {
		workload_finish(w);
		return;
	}
	vfs_umount(&w->world->k.vfs, s->supers[s->removed++], &t);
	w->ops++;
	engine_after(&w->world->e, s->removed == s->made ? 0 : p->interval, umount_one, w, 0);
}

static void mount_one(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;
	struct task t = mounter(w);
	u32 sb = vfs_mount(&w->world->k.vfs, (enum fs_type)fs_type_find(p->fs), &t);

	if (sb)
		s->supers[s->made++] = sb;
	else
		w->refused++;
	w->ops++;
	if (arg + 1 < (u64)p->count)
		engine_after(&w->world->e, p->interval, mount_one, w, arg + 1);
	else if (p->hold)
		engine_at(&w->world->e, w->start + p->hold, umount_one, w, 0);
	else
		workload_finish(w);
}

static void start(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	s->memcg = world_cgroup(w->world, p->cgroup);
	s->supers = calloc((size_t)p->count, sizeof(*s->supers));
	if (!s->supers) {
		w->world->e.failed = -ENOMEM;
		return;
	}
	mount_one(w, 0);
}

static void destroy(struct workload *w)
{
	struct state *s = w->state;

	free(s->supers);
}

static const char *check(struct workload *w)
{
	const struct params *p = w->params;

	if (fs_type_find(p->fs) < 0)
		return "fs: no such file system (memcgsim list filesystems)";
	return world_cgroup(w->world, p->cgroup) ? NULL : "cgroup: there is no such cgroup";
}

static void estimate(const struct workload *w, struct workload_estimate *est)
{
	const struct params *p = w->params;

	est->mounts += (double)p->count;
	est->objects += 2.0 * (double)p->count;
}

const struct workload_type workload_mount_storm = {
	.name = "mount-storm",
	.help = "superblocks that are mounted one after the other, held and unmounted",
	.params = &table,
	.starter = "  - name: storm\n"
		   "    type: mount-storm\n"
		   "    start: 1s\n"
		   "    fs: tmpfs\n"
		   "    count: 100          # superblocks\n"
		   "    interval: 1ms       # between two mounts\n"
		   "    hold: 30s           # unmounted this long after the start\n",
	.check = check,
	.start = start,
	.destroy = destroy,
	.state_size = sizeof(struct state),
	.estimate = estimate,
};
