// SPDX-License-Identifier: GPL-3.0-or-later
/* What run and check have in common: a scenario is simulated, its out folder written. */
#include "cmd/simulate.h"

#include "reports/headline.h"
#include "reports/report.h"
#include "verdict/expect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* ---- progress line ---- */

struct progress_line {
	const char *name;
	bool shown;
};

static void show_progress(void *arg, const struct run_progress *p)
{
	struct progress_line *line = arg;
	double left = p->share > 0.01 ? p->wall_s / p->share - p->wall_s : -1.0;
	char eta[32] = "";

	if (left >= 0.0)
		snprintf(eta, sizeof(eta), ", %.0f s left", left);
	fprintf(stderr, "\r\033[K%s: %3.0f %% of %u runs, %.0f simulated s, %.2f M events/s%s",
		line->name, p->share * 100.0, p->total, p->sim_s, p->events / p->wall_s / 1e6, eta);
	fflush(stderr);
	line->shown = true;
}

static bool wants_progress(const struct command_ctx *c)
{
	int when = c->opt.progress >= 0 ? c->opt.progress : c->conf.progress;

	return !c->opt.quiet && (when == 1 || (when == 0 && isatty(STDERR_FILENO)));
}

/* ---- one scenario ---- */

static const char *out_dir(struct command_ctx *c, const struct scenario *s)
{
	if (c->opt.out)
		return c->opt.nr_args > 1 ? arena_printf(c->arena, "%s/%s", c->opt.out, s->name)
					  : c->opt.out;
	return arena_printf(c->arena, "%s/%s", c->conf.out, s->name);
}

static char *command_line(struct command_ctx *c)
{
	char *line = arena_strdup(c->arena, "memcgsim");

	for (int i = 1; line && i < c->argc; i++)
		line = arena_printf(c->arena, "%s %s", line, c->argv[i]);
	return line;
}

static void fill_info(struct run_info *info, struct command_ctx *c, double wall_s)
{
	struct utsname u;
	struct rusage ru;
	time_t now = time(NULL);
	struct tm tm;
	char started[40] = "";

	if (gmtime_r(&now, &tm))
		strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &tm);
	uname(&u);
	getrusage(RUSAGE_SELF, &ru);
	*info = (struct run_info){
		.host = arena_printf(c->arena, "%s %s %s", u.nodename, u.sysname, u.release),
		.cpu_model = u.machine[0] ? arena_strdup(c->arena, u.machine) : "",
		.compiler = __VERSION__,
		.started = arena_strdup(c->arena, started),
		.jobs = c->opt.has_jobs ? c->opt.jobs : (u32)c->conf.jobs,
		.wall_s = wall_s,
		.peak_rss_bytes = (u64)ru.ru_maxrss * 1024,
		.command_line = command_line(c),
	};
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- shrink.trace, proc/ ---- */

struct run_files {
	struct outdir dir;
	const struct scenario *s;
	struct outfile *traces; /* [variants * repeats] */
	struct arena *arena;
};

static struct outfile *trace_of(const struct run_files *t, u32 variant, u32 repeat)
{
	return &t->traces[variant * (u32)t->s->repeats + repeat];
}

/* shrink.trace if there is one run, else shrink.VARIANT.trace, with repeats shrink.VARIANT.REPEAT.trace. */
static FILE *open_trace(void *arg, u32 variant, u32 repeat, struct diag *d)
{
	struct run_files *t = arg;
	const char *name = t->s->variants[variant].name;
	char *path = t->s->repeats > 1 ? arena_printf(t->arena, "shrink.%s.%u.trace", name, repeat)
		     : t->s->nr_variants > 1 ? arena_printf(t->arena, "shrink.%s.trace", name)
					     : arena_strdup(t->arena, "shrink.trace");

	return path ? outfile_open(trace_of(t, variant, repeat), &t->dir, path, d) : NULL;
}

static int close_trace(void *arg, u32 variant, u32 repeat, struct diag *d)
{
	struct run_files *t = arg;

	return outfile_close(trace_of(t, variant, repeat), &t->dir, d);
}

/* proc/VARIANT/NAME, with repeats proc/VARIANT/REPEAT/NAME. */
static FILE *open_proc(void *arg, u32 variant, u32 repeat, const char *name, struct diag *d)
{
	struct run_files *t = arg;
	const char *folder = t->s->variants[variant].name;
	char *path = t->s->repeats > 1
			     ? arena_printf(t->arena, "proc/%s/%u/%s", folder, repeat, name)
			     : arena_printf(t->arena, "proc/%s/%s", folder, name);

	return path ? outdir_open(&t->dir, path, d) : NULL;
}

static int close_proc(void *arg, struct diag *d)
{
	struct run_files *t = arg;

	return outdir_close(&t->dir, d);
}

/* They are written while the runs go on, so the folder is begun before. 0, or negative with a message. */
static int begin_files(struct run_files *t, struct command_ctx *c, const struct scenario *s,
		       const char *dir)
{
	*t = (struct run_files){
		.s = s,
		.traces = arena_array(c->arena, (size_t)s->nr_variants * (size_t)s->repeats,
				      sizeof(*t->traces)),
		.arena = c->arena,
	};
	if (!t->traces)
		return diag_error(&c->diag, DIAG_SYSTEM, "out of memory");
	return outdir_begin(&t->dir, dir, &c->diag);
}

/* ---- results ---- */

/* begun: the folder, if it was begun already; it ends here. */
static int write_results(struct command_ctx *c, struct run_output *out, const struct scenario *s,
			 const char *dir, struct outdir *begun, double wall_s)
{
	struct report_opts opts = {
		.out = dir,
		.dir = begun,
		.plots = !c->opt.no_plots,
		.plot_terminal = c->conf.plot_terminal,
	};
	struct run_info info;

	out->result.headline = headline_make(&out->result, out->arena);
	if (!out->result.headline || expect_fill(&out->result, s, out->arena)) {
		if (begun)
			outdir_abort(begun);
		return diag_error(&c->diag, DIAG_SYSTEM, "out of memory");
	}
	fill_info(&info, c, wall_s);
	return report_write(&out->result, &info, &opts, &c->diag) ? -EIO : 0;
}

int simulate(struct command_ctx *c, const struct scenario *s, bool judged, simulate_fn *then,
	     void *arg)
{
	struct progress_line line = {.name = s->name};
	struct run_opts opts = {
		.jobs = c->opt.has_jobs ? c->opt.jobs : (u32)c->conf.jobs,
		.check_invariants = c->opt.check_invariants,
		.strict = c->opt.strict,
		.judged = judged,
		.stop = c->stop,
		.progress = wants_progress(c) ? show_progress : NULL,
		.progress_arg = &line,
	};
	const char *dir = out_dir(c, s);
	bool begun = c->opt.shrink_trace || c->opt.proc;
	struct run_output out = {0};
	struct run_files files;
	double start = now_s();
	int ret;

	if (!dir || outdir_check(dir, &c->diag))
		return -EINVAL;
	for (u32 i = 0; !c->opt.quiet && i < s->nr_notes; i++)
		fprintf(stderr, "%s\n", s->notes[i]);
	if (begun && begin_files(&files, c, s, dir))
		return -EIO;
	if (c->opt.shrink_trace) {
		opts.trace_open = open_trace;
		opts.trace_close = close_trace;
		opts.trace_arg = &files;
	}
	if (c->opt.proc) {
		opts.proc_open = open_proc;
		opts.proc_close = close_proc;
		opts.proc_arg = &files;
	}
	ret = run_scenario(&out, s, &opts, &c->diag);
	if (line.shown)
		fputs("\r\033[K", stderr);
	if (!ret && !write_results(c, &out, s, dir, begun ? &files.dir : NULL, now_s() - start))
		then(arg, &out.result, dir);
	else if (ret && begun)
		outdir_abort(&files.dir);
	if (!ret && !out.result.complete)
		diag_error(&c->diag, DIAG_SYSTEM, "%s: stopped early; what was finished is in %s",
			   s->name, dir);
	run_output_free(&out);
	return ret;
}

/* Two scenarios of one name would share a folder. */
void simulate_check_names(struct command_ctx *c, struct scenario *const *s)
{
	for (u32 i = 0; i < c->opt.nr_args; i++) {
		for (u32 k = 0; k < i; k++) {
			if (!s[i] || !s[k] || strcmp(s[i]->name, s[k]->name))
				continue;
			diag_error(&c->diag, DIAG_INPUT,
				   "%s: its name is '%s', as that of %s: one would overwrite the "
				   "results of the "
				   "other",
				   s[i]->path, s[i]->name, s[k]->path);
			break;
		}
	}
}
