// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: container-churn. Containers that are created, run, exit and are removed: each is a memory
 * cgroup with a task in it that mounts, makes and looks up files, and leaves what it leaves. Here: when
 * they come and go, and what the workload reports. Its other files are named in container_churn.h.
 */
#include "workload/container_churn.h"
#include "workload/types.h"

#include <errno.h>
#include <stdlib.h>

/* ---- arrivals ---- */

static bool more_wanted(const struct params *p, const struct state *s)
{
	return !p->count || s->created < (u64)p->count;
}

void churn_create_next(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;
	u64 delay = p->interval;
	u32 i;

	if (!more_wanted(p, s) || w->world->e.failed)
		return;
	i = container_new(w);
	if (i != NONE_U32)
		container_run(w, i, p->op_time);
	else
		w->refused_containers++;
	churn_maybe_finish(w);
	if (arg || p->sequential || (p->live && s->created >= (u64)p->live))
		return;
	if (p->rate > 0.0) {
		struct random_spec gap = {.kind = DIST_EXPONENTIAL, .value = 1e9 / p->rate};

		delay = max_of(random_draw(&gap, &s->rng), (u64)1);
	}
	engine_after(&w->world->e, delay, churn_create_next, w, 0);
}

/* create: first. All cgroups, one after the other; then the runs begin. */
static void create_all(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;
	u64 run_at;

	if (container_new(w) == NONE_U32)
		w->refused_containers++;
	if (arg + 1 < (u64)p->count) {
		engine_after(&w->world->e, p->interval, create_all, w, arg + 1);
		return;
	}
	run_at = max_of(w->start + p->run_at, w->world->e.now);
	if (p->sequential) {
		if (s->nr)
			container_run(w, s->next_run++, run_at - w->world->e.now);
		return;
	}
	for (u32 i = 0; i < s->nr; i++)
		container_run(w, i, run_at - w->world->e.now + i * p->interval);
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
	container_remove(w, s->next_removed++);
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

/* ---- begin and end ---- */

static void start(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	s->parent = world_cgroup(w->world, p->parent);
	for (u32 i = 0; i < p->mounts.n; i++)
		s->own_supers += (u32)own_mount_at(p, i)->count;
	if (workload_rng(w, &s->rng, "containers") || workload_rng(w, &s->heaps, "heaps") ||
	    !churn_make_trees(w) || !(s->object_caches = task_objects_caches(w, &p->objects))) {
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
		churn_create_next(w, 0);
}

static void destroy(struct workload *w)
{
	struct state *s = w->state;

	for (u32 i = 0; i < s->nr; i++) {
		free(s->containers[i].threads);
		free(s->containers[i].made);
		free(s->containers[i].supers);
		task_objects_destroy(&s->containers[i].objects);
	}
	free(s->object_caches);
	free(s->containers);
	churn_free_trees(w);
	rng_destroy(&s->rng);
	rng_destroy(&s->heaps);
}

/* ---- metrics ---- */

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
			container_note_peaks(w, &peaks, &s->containers[i]);
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
	.params = &churn_table,
	.starter = "  - name: churn\n"
		   "    type: container-churn\n"
		   "    start: 0s\n"
		   "    rate: 500/h         # or live: N, or interval: TIME\n"
		   "    life: {dist: lognormal, mean: 10min, sigma: 1}\n"
		   "    files:\n"
		   "      - {mount: root, action: create, count: 30, unlink: 0.5}\n"
		   "      - {mount: root, action: stat, count: 200, of: 20000, zipf: 0.9}\n"
		   "      - {mount: vol, pick: 2, action: create, count: 5}\n",
	.check = churn_check,
	.start = start,
	.destroy = destroy,
	.state_size = sizeof(struct state),
	.metrics = metrics,
	.verdicts = cgroup_dir_verdicts,
	.estimate = churn_estimate,
	.oom_select = churn_oom_select,
	.oom_kill = churn_oom_kill,
};
