// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: kernel-compile. make -j: a closed loop of jobs, each of which takes the next source file, reads it
 * and a number of headers that all of them share, uses CPU time and anonymous memory, writes a temporary file
 * in between, an object file at the end and deletes the temporary one. A job advances in slices of CPU time,
 * and only when what the slice read is there and what its allocations cost has passed; how long it all
 * takes is the result.
 */
#include "workload/file_ops.h"
#include "workload/keys.h"
#include "workload/readers.h"
#include "workload/task_objects.h"
#include "workload/task_timer.h"
#include "workload/types.h"

#include <errno.h>
#include <stdlib.h>

#define SLICE_NS (5 * NSEC_PER_MSEC)

struct params {
	const char *mount;
	const char *cgroup;
	s64 jobs, dirs, files, pages, headers, header_pages, includes, temp_files, temp_pages,
		output_files, output_pages;
	u64 anon, unit_time, think;
	struct param_list objects;
};

/* What a job is at in its unit. */
enum stage { STAGE_SOURCE, STAGE_HEADERS, STAGE_TEMP, STAGE_COMPILE, STAGE_OUTPUT, STAGE_CLEAN };

struct job {
	struct workload *w;
	struct task_timer timer;
	u32 id;
	u64 unit;
	u32 stage; /* enum stage */
	u64 left; /* of the stage: headers or slices */
	struct anon_pages anon;
	struct task_objects objects;
	u64 throttled_ns;
};

struct state {
	u32 memcg, sb;
	u32 *dirs; /* [dirs] vnodes */
	u32 *sources; /* [dirs * files] */
	u32 *headers; /* [headers] */
	u32 *outputs; /* [dirs * files * output_files] */
	u32 *temps; /* [dirs * jobs * temp_files]: names that are used again and again */
	struct job *jobs;
	u32 *object_caches; /* [objects.n] */
	u64 next_unit, units;
	u32 running;
	struct rng rng;
};

#define KEY(field) .offset = offsetof(struct params, field)
#define COUNT(n, f, d, lo, hi, h)                                                                  \
	{                                                                                          \
		.name = n, .type = PARAM_INT, .dflt = d, .min = lo, .max = hi, KEY(f), .help = h   \
	}

static const struct param_key keys[] = {
	KEY_MOUNT(struct params,
		  "a mount of the scenario: sources, temporary files and objects are on it"),
	KEY_CGROUP(struct params, "the jobs"),
	COUNT("jobs", jobs, "8", 1, 4096, "make -j"),
	COUNT("dirs", dirs, "300", 1, 100000, "directories with sources"),
	COUNT("files", files, "8", 1, 100000, "sources in each: a unit of work is one of them"),
	COUNT("pages", pages, "5", 1, 100000, "pages of a source"),
	COUNT("headers", headers, "4000", 1, 1000000, "headers in the tree"),
	COUNT("header_pages", header_pages, "2", 1, 1000, "pages of one"),
	COUNT("includes", includes, "400", 0, 100000, "headers that a unit reads"),
	COUNT("temp_files", temp_files, "3", 0, 100, "files that a unit makes and deletes"),
	COUNT("temp_pages", temp_pages, "10", 1, 100000, "pages written to each"),
	COUNT("output_files", output_files, "2", 1, 100, "files that a unit leaves"),
	COUNT("output_pages", output_pages, "15", 1, 100000, "pages written to each"),
	{.name = "anon",
	 .type = PARAM_SIZE,
	 .dflt = "64MiB",
	 .max = 1e12,
	 KEY(anon),
	 .help = "anonymous memory of a job at work"},
	{.name = "unit_time",
	 .type = PARAM_TIME,
	 .dflt = "700ms",
	 .min = 5 * SLICE_NS,
	 KEY(unit_time),
	 .help = "CPU time of a unit"},
	{.name = "think",
	 .type = PARAM_TIME,
	 .dflt = "0s",
	 KEY(think),
	 .help = "pause of a job between two units"},
	{.name = "objects",
	 .type = PARAM_LIST,
	 .sub = &task_objects_table,
	 KEY(objects),
	 .help = "what the process of a unit takes from other caches, and holds until it exits"},
	{.name = NULL},
};

static const struct param_table table = {
	.what = "kernel-compile workload",
	.size = sizeof(struct params),
	.keys = keys,
};

static struct task task_of(const struct job *j)
{
	const struct state *s = j->w->state;

	return (struct task){.memcg = s->memcg, .cpu = (u16)(j->id % j->w->world->k.m.nr_present)};
}

/* ---- files ---- */

static u32 *temp_of(const struct job *j, s64 i)
{
	const struct params *p = j->w->params;
	const struct state *s = j->w->state;
	u64 dir = j->unit / (u64)p->files;

	return &s->temps[(dir * (u64)p->jobs + j->id) * (u64)p->temp_files + (u64)i];
}

/* ---- a unit ---- */

static u64 slices_of_unit(const struct params *p)
{
	return div_round_up(p->unit_time, SLICE_NS);
}

static void next_unit(struct job *j)
{
	struct state *s = j->w->state;

	j->unit = s->next_unit++;
	j->stage = STAGE_SOURCE;
}

/* One slice: how much CPU time it takes. The stage moves on when it is through. */
static u64 slice(struct job *j, const struct task *t)
{
	struct workload *w = j->w;
	const struct params *p = w->params;
	struct state *s = w->state;
	struct kernel *k = &w->world->k;
	u64 slices = slices_of_unit(p), early = max_of(slices / 4, (u64)1);
	u64 wanted = p->anon >> k->m.page_shift, each, n;

	switch ((enum stage)j->stage) {
	case STAGE_SOURCE:
		while (task_objects_next(w, &p->objects, s->object_caches, &j->objects, &s->rng, t))
			;
		file_read(j->w, s->sources[j->unit], (u32)p->pages, t);
		j->stage = STAGE_HEADERS;
		j->left = early;
		return SLICE_NS;
	case STAGE_HEADERS:
		/* the preprocessor reads headers during the first quarter, memory grows with it */
		each = div_round_up((u64)p->includes, early);
		for (u64 i = 0; i < each; i++)
			file_read(j->w, s->headers[rng_below(&s->rng, (u64)p->headers)],
				  (u32)p->header_pages, t);
		each = div_round_up(wanted, early);
		n = min_of(each, wanted - min_of(wanted, j->anon.pages));
		if (anon_grow(&k->pages, &j->anon, n, t) < n)
			w->refused++;
		if (!--j->left)
			j->stage = STAGE_TEMP;
		return SLICE_NS;
	case STAGE_TEMP:
		for (s64 i = 0; i < p->temp_files; i++)
			file_create(j->w, *temp_of(j, i), (u32)p->temp_pages, t);
		j->stage = STAGE_COMPILE;
		j->left = slices > early + 3 ? slices - early - 3 : 1;
		return SLICE_NS;
	case STAGE_COMPILE:
		if (!--j->left)
			j->stage = STAGE_OUTPUT;
		return SLICE_NS;
	case STAGE_OUTPUT:
		for (s64 i = 0; i < p->temp_files; i++)
			file_read(j->w, *temp_of(j, i), (u32)p->temp_pages, t);
		for (s64 i = 0; i < p->output_files; i++)
			file_create(j->w, s->outputs[j->unit * (u64)p->output_files + (u64)i],
				    (u32)p->output_pages, t);
		j->stage = STAGE_CLEAN;
		return SLICE_NS;
	case STAGE_CLEAN:
		for (s64 i = 0; i < p->temp_files; i++)
			if (!vnode_unlink(&k->vfs, *temp_of(j, i), t))
				w->refused++;
		anon_free(&k->pages, &j->anon);
		task_objects_exit(w, &j->objects, t->cpu);
		w->ops++;
		next_unit(j);
		return 0;
	}
	return 0;
}

static void run_slice(void *ctx, u64 arg)
{
	struct job *j = ctx;
	struct workload *w = j->w;
	struct state *s = w->state;
	struct task t = task_of(j);
	u64 ns;

	(void)arg;
	if (j->unit >= s->units) {
		if (!--s->running)
			workload_finish(w);
		return;
	}
	/* balance_dirty_pages(), xfs_log_reserve() */
	if ((j->stage == STAGE_TEMP || j->stage == STAGE_OUTPUT || j->stage == STAGE_CLEAN) &&
	    (page_cache_must_wait(&w->world->k.pages, t.memcg) ||
	     super_log_full(&w->world->k.vfs, s->sb))) {
		j->throttled_ns += DIRTY_PAUSE_NS;
		engine_after(&w->world->e, DIRTY_PAUSE_NS, run_slice, j, 0);
		return;
	}
	task_begin(&j->timer);
	ns = slice(j, &t);
	task_end(&j->timer, &t, ns, ns ? 0 : ((const struct params *)w->params)->think, run_slice,
		 j, 0);
}

/* ---- set-up ---- */

static bool make_names(struct workload *w, u32 *out, u64 n, const u32 *parents, u64 per_parent,
		       bool is_dir, bool exists)
{
	struct state *s = w->state;

	for (u64 i = 0; out && i < n; i++) {
		out[i] = vnode_new(&w->world->k.vfs, s->sb, parents ? parents[i / per_parent] : 0,
				   is_dir, exists);
		if (!out[i])
			return false;
	}
	return out != NULL;
}

static void start(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	u64 dirs = (u64)p->dirs, temps = dirs * (u64)p->jobs * (u64)p->temp_files;

	s->memcg = world_cgroup(w->world, p->cgroup);
	s->sb = world_mounts(w->world, p->mount)->supers[0];
	s->units = dirs * (u64)p->files;
	/* the last directory is that of the headers */
	s->dirs = calloc(dirs + 1, sizeof(u32));
	s->sources = calloc(s->units, sizeof(u32));
	s->headers = calloc((u64)p->headers, sizeof(u32));
	s->outputs = calloc(s->units * (u64)p->output_files, sizeof(u32));
	s->temps = calloc(max_of(temps, (u64)1), sizeof(u32));
	s->jobs = calloc((u64)p->jobs, sizeof(*s->jobs));
	s->object_caches = task_objects_caches(w, &p->objects);
	if (!s->jobs || !s->object_caches || workload_rng(w, &s->rng, "includes") ||
	    !make_names(w, s->dirs, dirs + 1, NULL, 1, true, true) ||
	    !make_names(w, s->sources, s->units, s->dirs, (u64)p->files, false, true) ||
	    !make_names(w, s->headers, (u64)p->headers, s->dirs + dirs, (u64)p->headers, false,
			true) ||
	    !make_names(w, s->outputs, s->units * (u64)p->output_files, s->dirs,
			(u64)p->files * (u64)p->output_files, false, false) ||
	    !make_names(w, s->temps, temps, s->dirs,
			max_of((u64)p->jobs * (u64)p->temp_files, (u64)1), false, false)) {
		w->world->e.failed = -ENOMEM;
		return;
	}
	for (u32 i = 0; i < (u32)p->jobs; i++) {
		struct job *j = &s->jobs[i];

		*j = (struct job){.w = w, .id = i};
		task_timer_init(&j->timer, &w->world->k);
		j->timer.queues = true;
		next_unit(j);
		s->running++;
		engine_after(&w->world->e, 0, run_slice, j, 0);
	}
}

static void destroy(struct workload *w)
{
	struct state *s = w->state;

	free(s->dirs);
	free(s->sources);
	free(s->headers);
	free(s->outputs);
	free(s->temps);
	for (s64 i = 0; s->jobs && i < ((const struct params *)w->params)->jobs; i++)
		task_objects_destroy(&s->jobs[i].objects);
	free(s->jobs);
	free(s->object_caches);
	rng_destroy(&s->rng);
}

static const char *check(struct workload *w)
{
	const struct params *p = w->params;

	return world_check_place(w->world, p->mount, p->cgroup);
}

static void estimate(const struct workload *w, struct workload_estimate *est)
{
	const struct params *p = w->params;
	double units = (double)p->dirs * (double)p->files;
	double files = units * (double)(1 + p->output_files) + (double)p->headers +
		       (double)p->dirs * (1.0 + (double)p->jobs * (double)p->temp_files);

	est->objects += 2.0 * files;
	est->vnodes += files;
}

/* ---- what its cgroup had ---- */

static const struct memcg *own_cgroup(const struct workload *w)
{
	const struct state *s = w->state;

	return s && s->memcg > ROOT_MEMCG ? memcg_at(&w->world->k.memcg, s->memcg) : NULL;
}

static double kmem_peak(const void *model)
{
	const struct workload *w = model;
	const struct memcg *cg = own_cgroup(w);

	return cg ? (double)cg->kmem_peak * (double)w->world->k.m.page_size : NAN;
}

static double usage_peak(const void *model)
{
	const struct workload *w = model;
	const struct memcg *cg = own_cgroup(w);

	return cg ? (double)cg->usage_peak * (double)w->world->k.m.page_size : NAN;
}

/* ---- where the time went ---- */

#define SUM(fn, expr)                                                                              \
	static double fn(const void *model)                                                        \
	{                                                                                          \
		const struct workload *w = model;                                                  \
		const struct params *p = w->params;                                                \
		const struct state *s = w->state;                                                  \
		u64 sum = 0;                                                                       \
                                                                                                   \
		for (s64 i = 0; s->jobs && i < p->jobs; i++) {                                     \
			const struct job *j = &s->jobs[i];                                         \
                                                                                                   \
			sum += (expr);                                                             \
		}                                                                                  \
		return (double)sum / 1e9;                                                          \
	}

SUM(cpu_s, j->timer.cpu_ns)
SUM(queued_s, j->timer.queued_ns)
SUM(read_s, j->timer.io.waited[IO_OWN])
SUM(reclaim_s, j->timer.reclaim_ns)
SUM(reclaim_io_s, j->timer.io.waited[IO_RECLAIM])
SUM(throttled_s, j->throttled_ns)

static const struct metric_source metrics[] = {
	TIME("cpu_s", cpu_s, "CPU time of its own, all jobs"),
	TIME("queued_s", queued_s, "waiting for a CPU, all jobs"),
	TIME("read_s", read_s, "waiting for the disk to read, all jobs"),
	TIME("reclaim_s", reclaim_s, "CPU time inside direct reclaim, all jobs"),
	TIME("reclaim_io_s", reclaim_io_s,
	     "waiting inside direct reclaim for dirty inodes to be written, all jobs"),
	TIME("throttled_s", throttled_s, "waiting because too much is dirty, all jobs"),
	{.info = {.name = "kmem_peak_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "memory.kmem.max_usage_in_bytes of its cgroup"},
	 .read = kmem_peak},
	{.info = {.name = "usage_peak_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "memory.max_usage_in_bytes of its cgroup"},
	 .read = usage_peak},
	{.info = {.name = NULL}},
};

static u32 notes(struct workload *w, struct arena *arena, char **out, u32 max)
{
	const struct params *p = w->params;

	if (!max)
		return 0;
	out[0] = arena_printf(
		arena,
		"%s: %lld jobs spent %.0f s on the CPU, %.0f s waiting for one, %.0f s reading, "
		"%.0f s reclaiming memory, %.0f s waiting in reclaim for dirty inodes, %.0f s "
		"throttled",
		w->name, (long long)p->jobs, cpu_s(w), queued_s(w), read_s(w), reclaim_s(w),
		reclaim_io_s(w), throttled_s(w));
	return out[0] != NULL;
}

const struct workload_type workload_kernel_compile = {
	.name = "kernel-compile",
	.help = "make -j, jobs that read sources and shared headers, make temporary files and "
		"objects",
	.params = &table,
	.starter = "  - name: compile\n"
		   "    type: kernel-compile\n"
		   "    start: 10s\n"
		   "    mount: root\n"
		   "    jobs: 8\n"
		   "    dirs: 300           # with sources\n"
		   "    files: 8            # sources in each\n"
		   "    includes: 400       # headers that a unit reads\n"
		   "    unit_time: 700ms    # CPU time of a unit\n",
	.check = check,
	.start = start,
	.destroy = destroy,
	.state_size = sizeof(struct state),
	.closed_loop = true,
	.metrics = metrics,
	.estimate = estimate,
	.notes = notes,
};
