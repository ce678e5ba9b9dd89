// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/run.h"

#include "run/balance_rows.h"
#include "run/known.h"
#include "run/proc_files.h"
#include "run/recorder.h"
#include "run/shrink_trace.h"
#include "run/world.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How often a run looks at the clock and at signals, in events. */
#define CHECK_EVERY 4096

/* What threads share. */
struct pool {
	struct run_output *out;
	const struct scenario *s;
	const struct run_opts *opts;
	struct timespec start;
	atomic_uint next, done, running;
	atomic_uint_fast64_t *sim_ns; /* [runs]: how far each is */
	atomic_uint_fast64_t *events;
	pthread_mutex_t lock; /* diag and progress */
	struct diag *d;
	double last_progress;
	atomic_int ret;
};

static double seconds_since(const struct timespec *t0)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)(t.tv_sec - t0->tv_sec) + (double)(t.tv_nsec - t0->tv_nsec) / 1e9;
}

/* ---- progress ---- */

static void report_progress(struct pool *p)
{
	struct run_progress info = {.total = p->out->result.nr_runs};
	double end = p->s->until_done ? 0.0 : (double)p->s->duration;

	if (!p->opts->progress || pthread_mutex_trylock(&p->lock))
		return;
	info.wall_s = seconds_since(&p->start);
	if (info.wall_s - p->last_progress >= 0.2) {
		p->last_progress = info.wall_s;
		for (u32 i = 0; i < info.total; i++) {
			double ns = (double)atomic_load(&p->sim_ns[i]);

			info.sim_s += ns / 1e9;
			info.events += (double)atomic_load(&p->events[i]);
			info.share += end > 0.0 ? min_of(ns / end, 1.0) / info.total : 0.0;
		}
		info.done = atomic_load(&p->done);
		info.running = atomic_load(&p->running);
		if (end <= 0.0)
			info.share = (double)info.done / info.total;
		p->opts->progress(p->opts->progress_arg, &info);
	}
	pthread_mutex_unlock(&p->lock);
}

/* ---- one run ---- */

static bool all_finished(const struct world *w)
{
	for (u32 i = 0; i < w->nr_workloads; i++)
		if (!w->workloads[i].finished)
			return false;
	return true;
}

/* The stream with the earliest record. */
static struct workload *next_stream(struct world *w, u64 *time)
{
	struct workload *best = NULL;

	*time = UINT64_MAX;
	for (u32 i = 0; i < w->nr_workloads; i++) {
		struct workload *wl = &w->workloads[i];
		u64 t = wl->started && wl->type->stream_next ? wl->type->stream_next(wl)
							     : UINT64_MAX;

		if (t < *time) {
			*time = t;
			best = wl;
		}
	}
	return best;
}

/* What ends a run before its time; NULL: nothing does. */
static const char *why_stop(struct pool *p, const struct world *w)
{
	if (p->opts->stop && *p->opts->stop)
		return "interrupted";
	switch (w->e.failed) {
	case 0:
		return NULL;
	case -EIO:
		return "its trace could not be written";
	case -ENOSPC:
		return "it has more superblocks at once than the models can number";
	default:
		return "this machine has no memory left for it";
	}
}

static void note_position(struct pool *p, u32 run, const struct world *w)
{
	atomic_store(&p->sim_ns[run], w->e.now);
	atomic_store(&p->events[run], w->e.events);
	report_progress(p);
}

static const char *check_world(const struct pool *p, const struct world *w)
{
	return p->opts->check_invariants ? kernel_check(&w->k) : NULL;
}

/* NULL at the scenario's end, else why it ended before. */
static const char *main_loop(struct pool *p, u32 run, struct world *w, struct recorder *r)
{
	const struct scenario *s = p->s;
	u64 last_check = 0, stream_time, event_time, next;
	const char *why = NULL;

	while (!why) {
		struct workload *stream = next_stream(w, &stream_time);

		event_time = event_next_time(&w->e.queue);
		next = min_of(event_time, stream_time);
		if (s->until_done && all_finished(w))
			break;
		if (recorder_next(r) <= min_of(next, w->end) &&
		    (next != UINT64_MAX || !s->until_done)) {
			w->e.now = recorder_next(r);
			recorder_sample(r);
			continue;
		}
		if (next > w->end || next == UINT64_MAX) {
			if (w->end != UINT64_MAX)
				w->e.now = w->end;
			break;
		}
		if (stream_time < event_time) {
			u64 limit = min_of(min_of(event_time, recorder_next(r)) - 1, w->end);

			stream->type->stream_run(stream,
						 p->opts->check_invariants ? stream_time : limit);
		} else {
			engine_step(&w->e);
		}
		why = check_world(p, w);
		if (w->e.events - last_check >= CHECK_EVERY) {
			last_check = w->e.events;
			note_position(p, run, w);
			if (!why)
				why = why_stop(p, w);
		}
	}
	return why ? why : why_stop(p, w);
}

/* What the kernel's own files say of the last state. 0, or negative with a message in p->d or without one. */
static int write_proc(struct pool *p, const struct run_result *out, const struct world *w)
{
	const struct run_opts *opts = p->opts;
	int ret = 0;

	pthread_mutex_lock(&p->lock);
	for (const struct proc_file *file = proc_files; !ret && file->name; file++) {
		FILE *f = opts->proc_open(opts->proc_arg, out->variant, out->repeat, file->name,
					  p->d);
		int closed;

		if (!f) {
			ret = -EIO;
			break;
		}
		ret = file->write(&w->k, f);
		closed = opts->proc_close(opts->proc_arg, p->d);
		ret = ret ? ret : closed;
	}
	pthread_mutex_unlock(&p->lock);
	return ret;
}

/* Runs a world that was built and fills its result. 0, or negative with a message in p->d. */
static int run_world(struct pool *p, u32 run, struct world *w, struct recorder *rec)
{
	struct run_result *out = &p->out->result.runs[run];
	const struct run_opts *opts = p->opts;
	struct shrink_trace trace;
	FILE *f = NULL;
	int ret = 0;

	if (opts->trace_open) {
		pthread_mutex_lock(&p->lock);
		f = opts->trace_open(opts->trace_arg, out->variant, out->repeat, p->d);
		pthread_mutex_unlock(&p->lock);
		if (!f)
			return -EIO;
		shrink_trace_start(&trace, &w->k, f);
	}
	out->why = main_loop(p, run, w, rec);
	out->complete = !out->why;
	recorder_finish(rec);
	if (opts->judged && p->s->nr_balances)
		ret = balance_rows(out, w, p->out->run_arenas[run]);
	if (!ret && opts->proc_open)
		ret = write_proc(p, out, w);
	if (f) {
		int closed;

		shrink_trace_stop(&w->k);
		pthread_mutex_lock(&p->lock);
		closed = opts->trace_close(opts->trace_arg, out->variant, out->repeat, p->d);
		pthread_mutex_unlock(&p->lock);
		ret = ret ? ret : closed;
	}
	return ret;
}

static void run_one(struct pool *p, u32 run)
{
	struct result *res = &p->out->result;
	struct run_result *out = &res->runs[run];
	u32 variant = run / res->nr_repeats, repeat = run % res->nr_repeats;
	struct world *w = calloc(1, sizeof(*w));
	struct recorder rec;
	struct timespec t0;
	struct diag d;
	int ret = -ENOMEM;

	clock_gettime(CLOCK_MONOTONIC, &t0);
	diag_init(&d);
	*out = (struct run_result){
		.variant = variant,
		.repeat = repeat,
		.seed = seed_of_repeat(p->s->seed, repeat),
		.why = "it did not start",
	};
	if (w)
		ret = world_build(w, &p->out->inputs, variant, out->seed, &d);
	if (!ret)
		ret = recorder_init(&rec, w, out, p->out->run_arenas[run], res->nr_metrics,
				    p->s->sample, p->s->sample_caches);
	if (!ret)
		ret = run_world(p, run, w, &rec);
	if (ret) {
		pthread_mutex_lock(&p->lock);
		if (!p->ret) {
			p->ret = ret;
			if (d.nr_errors)
				diag_merge(p->d, &d);
			else if (!p->d->nr_errors) /* else its trace's */
				diag_error(p->d, DIAG_SYSTEM, "out of memory");
		}
		pthread_mutex_unlock(&p->lock);
	}
	if (w)
		world_destroy(w);
	free(w);
	diag_free(&d);
	out->wall_s = seconds_since(&t0);
}

static void *worker(void *arg)
{
	struct pool *p = arg;
	u32 run;

	while ((run = atomic_fetch_add(&p->next, 1)) < p->out->result.nr_runs) {
		atomic_fetch_add(&p->running, 1);
		if (!(p->opts->stop && *p->opts->stop) && !p->ret)
			run_one(p, run);
		else
			p->out->result.runs[run].why = "interrupted";
		atomic_fetch_sub(&p->running, 1);
		atomic_fetch_add(&p->done, 1);
	}
	return NULL;
}

/* ---- all runs ---- */

static u32 nr_threads(const struct run_opts *opts, u32 runs)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	u32 jobs = opts->jobs ? opts->jobs : cpus > 0 ? (u32)cpus : 1;

	return min_of(jobs, runs);
}

static void run_pool(struct pool *p)
{
	u32 n = nr_threads(p->opts, p->out->result.nr_runs), started = 0;
	pthread_t *threads = n > 1 ? calloc(n, sizeof(*threads)) : NULL;

	/* this thread is one of them, so that there is always one */
	while (threads && started + 1 < n && !pthread_create(&threads[started], NULL, worker, p))
		started++;
	worker(p);
	while (started)
		pthread_join(threads[--started], NULL);
	free(threads);
}

/* Memory that can be had without swapping, in bytes; 0 if this system does not say. */
static u64 available_memory(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	unsigned long long kb = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %llu kB", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb * 1024;
}

static int check_memory(const struct inputs *in, const struct run_opts *opts, u32 runs,
			struct diag *d)
{
	u64 largest = 0, available = available_memory(), need;

	for (u32 v = 0; v < in->scenario->nr_variants; v++)
		largest = max_of(largest, world_estimate(in, v));
	need = largest * nr_threads(opts, runs);
	if (!available || need <= available)
		return 0;
	return diag_error(d, DIAG_SYSTEM,
			  "%s is too large for this machine: it needs about %.1f GiB of memory (%u "
			  "at a time), "
			  "%.1f GiB are available",
			  in->scenario->name, (double)need / (1ULL << 30), nr_threads(opts, runs),
			  (double)available / (1ULL << 30));
}

/* The pages of a machine have 32-bit numbers. */
static int check_pages(const struct inputs *in, struct diag *d)
{
	const struct src_pos pos = in->scenario->machine.memory_pos;
	double bytes = 0.0;

	for (u32 i = 0; i < in->topology.nr_nodes; i++)
		bytes += (double)in->node_bytes[i];
	if (bytes / (double)in->scenario->machine.page_size < (double)UINT32_MAX)
		return 0;
	return diag_error(d, DIAG_SYSTEM,
			  "%s:%u:%u: memory: %.0f TiB are too large: less than %.0f TiB of pages "
			  "can be numbered; "
			  "it would need about %.1f GiB of memory",
			  pos.file, pos.line, pos.col, bytes / (1ULL << 40),
			  (double)in->scenario->machine.page_size / 256.0,
			  (double)world_estimate(in, 0) / (1ULL << 30));
}

/* The columns of a world; their names live in arena. NULL: out of memory. */
static struct metric_info *columns_of(const struct world *w, u32 *n, struct arena *arena)
{
	struct metric_info *metrics;

	*n = recorder_metrics(w, NULL, arena);
	metrics = arena_array(arena, *n, sizeof(*metrics));
	if (metrics)
		recorder_metrics(w, metrics, arena);
	return metrics;
}

/* The columns, from a world of the first variant that is thrown away. */
static int make_columns(struct run_output *out, const struct scenario *s, bool judged,
			struct diag *d)
{
	struct result *r = &out->result;
	struct world *w = calloc(1, sizeof(*w));
	int ret;

	if (!w)
		return -ENOMEM;
	ret = world_build(w, &out->inputs, 0, s->seed, d);
	if (!ret) {
		r->metrics = columns_of(w, &r->nr_metrics, out->arena);
		r->nr_nodes = w->k.m.nr_nodes;
		ret = r->metrics ? 0 : -ENOMEM;
	}
	if (!ret && judged)
		ret = known_check(s, w, r->metrics, r->nr_metrics, out->arena, d);
	world_destroy(w);
	free(w);
	return ret;
}

static int make_tables(struct run_output *out, const struct scenario *s)
{
	struct result *r = &out->result;

	r->scenario = s->name;
	r->description = s->description;
	r->version = MEMCGSIM_VERSION;
	r->nr_variants = s->nr_variants;
	r->nr_repeats = (u32)s->repeats;
	r->nr_runs = r->nr_variants * r->nr_repeats;
	r->variants = arena_array(out->arena, r->nr_variants, sizeof(*r->variants));
	r->runs = arena_array(out->arena, r->nr_runs, sizeof(*r->runs));
	r->inputs = out->inputs.files;
	r->nr_inputs = out->inputs.nr_files;
	out->run_arenas = arena_array(out->arena, r->nr_runs, sizeof(*out->run_arenas));
	if (!r->variants || !r->runs || !out->run_arenas)
		return -ENOMEM;
	for (; out->nr_run_arenas < r->nr_runs; out->nr_run_arenas++) {
		out->run_arenas[out->nr_run_arenas] = arena_new();
		if (!out->run_arenas[out->nr_run_arenas])
			return -ENOMEM;
	}
	for (u32 i = 0; i < r->nr_variants; i++) {
		const struct variant_conf *v = &s->variants[i];

		r->variants[i].name = v->name;
		r->variants[i].kernel =
			!strcmp(v->kernel, v->row)
				? v->kernel
				: arena_printf(out->arena, "%s (row %s)", v->kernel, v->row);
		r->variants[i].axes = variant_axes(v, out->arena);
		if (!r->variants[i].kernel || !r->variants[i].axes)
			return -ENOMEM;
	}
	return 0;
}

static int run_all(struct run_output *out, const struct scenario *s, const struct run_opts *opts,
		   struct diag *d)
{
	struct pool p = {.out = out, .s = s, .opts = opts, .d = d};
	u32 n = out->result.nr_runs;

	clock_gettime(CLOCK_MONOTONIC, &p.start);
	p.sim_ns = calloc(n, sizeof(*p.sim_ns));
	p.events = calloc(n, sizeof(*p.events));
	pthread_mutex_init(&p.lock, NULL);
	if (p.sim_ns && p.events)
		run_pool(&p);
	else
		p.ret = -ENOMEM;
	pthread_mutex_destroy(&p.lock);
	free(p.sim_ns);
	free(p.events);
	out->result.complete = !p.ret;
	for (u32 i = 0; i < n; i++)
		out->result.complete &= out->result.runs[i].complete;
	return p.ret;
}

int run_scenario(struct run_output *out, const struct scenario *s, const struct run_opts *opts,
		 struct diag *d)
{
	u32 before = d->nr_errors;
	int ret;

	*out = (struct run_output){.arena = arena_new()};
	ret = out->arena ? inputs_load(&out->inputs, s, opts->strict, d) : -ENOMEM;
	if (!ret)
		ret = make_tables(out, s);
	if (!ret)
		ret = check_memory(&out->inputs, opts, out->result.nr_runs, d);
	if (!ret)
		ret = check_pages(&out->inputs, d);
	if (!ret)
		ret = make_columns(out, s, opts->judged, d);
	if (!ret)
		ret = run_all(out, s, opts, d);
	if (ret && d->nr_errors == before)
		diag_error(d, DIAG_SYSTEM, "out of memory");
	return ret;
}

/* Are the names of `expect` and `balance` there? */
static int check_names(const struct scenario *s, const struct world *w, struct diag *d)
{
	struct arena *arena = arena_new();
	struct metric_info *metrics = NULL;
	int ret = -ENOMEM;
	u32 n;

	if (arena)
		metrics = columns_of(w, &n, arena);
	if (metrics)
		ret = known_check(s, w, metrics, n, arena, d);
	arena_free(arena);
	return ret;
}

int run_dry(const struct scenario *s, struct diag *d)
{
	struct inputs in;
	struct world *w = calloc(1, sizeof(*w));
	u32 before = d->nr_errors;
	int ret = w ? inputs_load(&in, s, false, d) : -ENOMEM;

	if (!ret)
		ret = check_pages(&in, d);
	if (!ret) {
		ret = world_build(w, &in, 0, s->seed, d);
		if (!ret)
			ret = check_names(s, w, d);
		world_destroy(w);
	}
	if (w)
		inputs_free(&in);
	free(w);
	if (ret && d->nr_errors == before)
		diag_error(d, DIAG_SYSTEM, "out of memory");
	return ret;
}

void run_output_free(struct run_output *out)
{
	for (u32 i = 0; i < out->nr_run_arenas; i++) {
		struct run_result *r = &out->result.runs[i];

		free(r->sample_time);
		free(r->samples);
		free(r->node_samples);
		free(r->caches);
		arena_free(out->run_arenas[i]);
	}
	inputs_free(&out->inputs);
	arena_free(out->arena);
	out->arena = NULL;
}
