// SPDX-License-Identifier: GPL-3.0-or-later
/* memcgsim bench [PART...] : the speed figures of DESIGN section 10 that exist so far, against their bars. */
#include "bench/bench_replay.h"
#include "bench/bench_trace.h"
#include "cmd/cmd.h"
#include "run/run.h"
#include "run/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void print_row(const char *what, const char *value, const char *bar, bool met)
{
	printf("%-44s %-24s %-10s %s\n", what, value, bar, met ? "met" : "NOT MET");
	fflush(stdout);
}

static void queue_rows(struct command_ctx *c)
{
	static const u32 pending[] = {1000, 100000, 1000000};
	char what[64], value[64];

	(void)c;
	for (u32 i = 0; i < ARRAY_SIZE(pending); i++) {
		double ours, reference;

		bench_queue(pending[i], 3000000, &ours, &reference);
		snprintf(what, sizeof(what), "event queue, %u pending", pending[i]);
		snprintf(value, sizeof(value), "%.1f M/s, %.2f x ref", ours, ours / reference);
		print_row(what, value, "1.0 x", ours >= reference);
	}
}

static void replay_policy(const char *accounting, const char *list_lru)
{
	static const u32 live[] = {1000000, 10000000};
	static const double bar[] = {10.0, 8.0};
	double first_ns = 0.0;
	char what[80], value[64];

	for (u32 i = 0; i < ARRAY_SIZE(live); i++) {
		double read_ns = bench_random_read(live[i]);
		struct bench_replay r;

		if (bench_replay(&r, accounting, list_lru, live[i], 6000000)) {
			puts("replay: out of memory");
			return;
		}
		snprintf(what, sizeof(what), "replay %s+%s, %u M live", accounting, list_lru,
			 live[i] / 1000000);
		snprintf(value, sizeof(value), "%.1f M ops/s", r.ops_per_s / 1e6);
		print_row(what, value, i ? "8 M" : "10 M", r.ops_per_s >= bar[i] * 1e6);
		snprintf(value, sizeof(value), "%.2f x", r.ns_per_op / first_ns);
		if (i)
			print_row("  time from 1 M to 10 M objects", value, "2 x",
				  r.ns_per_op < 2.0 * first_ns);
		else
			first_ns = r.ns_per_op;
		snprintf(value, sizeof(value), "%.0f ns, %.2f x a read", r.ns_per_op,
			 r.ns_per_op / read_ns);
		if (i)
			print_row("  ns/op over one random read", value, "0.8 x",
				  r.ns_per_op <= 0.8 * read_ns);
		snprintf(value, sizeof(value), "%.1f bytes", r.bytes_per_object);
		print_row("  memory per live object", value, "48", r.bytes_per_object <= 48.0);
	}
}

static void replay_rows(struct command_ctx *c)
{
	(void)c;
	replay_policy("per-object", "lazy");
	replay_policy("per-page", "eager");
}

/* A file that comes along: in the source tree, else installed. */
static const char *shipped(struct command_ctx *c, const char *name)
{
	const char *path = arena_printf(c->arena, "scenarios/%s", name);

	return path && !access(path, R_OK)
		       ? path
		       : arena_printf(c->arena, MEMCGSIM_SHARE "/scenarios/%s", name);
}

/* The recorded host trace, as text in memory. */
static char *host_trace(struct command_ctx *c, size_t *len)
{
	const char *path = shipped(c, "traces/host-6.18.txt.zst");
	FILE *f = path ? fopen(path, "rb") : NULL;
	size_t n = 4 << 20, size = 64 << 20;
	char *packed = malloc(n), *text = malloc(size);

	*len = 0;
	if (f && packed && text) {
		n = fread(packed, 1, n, f);
		*len = ZSTD_decompress(text, size, packed, n);
		if (ZSTD_isError(*len))
			*len = 0;
	}
	if (f)
		fclose(f);
	free(packed);
	if (!*len) {
		free(text);
		return NULL;
	}
	return text;
}

static void trace_rows(struct command_ctx *c)
{
	size_t len, long_len;
	char *text = host_trace(c, &len),
	     *repeated = text ? bench_repeat_trace(text, len, 8, &long_len) : NULL;
	struct bench_trace r;
	char value[64];

	if (repeated && !bench_trace_text(repeated, long_len, 3, &r)) {
		snprintf(value, sizeof(value), "%.1f M/s, %.2f x scan", r.import_events / 1e6,
			 r.import_events / r.field_lines);
		print_row("trace text, read and joined", value, "1.0 x",
			  r.import_events >= r.field_lines);
		snprintf(value, sizeof(value), "%.1f M/s, %.3f x memchr", r.parse_events / 1e6,
			 r.parse_events / r.scan_lines);
		printf("%-44s %-24s\n", "  parsed only; against memchr for line ends", value);
	} else {
		puts("trace text: scenarios/traces/host-6.18.txt.zst is not there");
	}
	free(text);
	free(repeated);
}

/* A scenario from text: as a file without a name, because a run takes the checksum of its inputs. */
static int scenario_from_text(struct scenario **s, const char *text, struct command_ctx *c)
{
	int fd = memfd_create("bench", 0), ret = -1;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		ret = scenario_load(s, path, NULL, &c->catalog.schema, &c->diag);
	return ret;
}

/* What a child process found out. */
struct finding {
	double wall_s; /* of all variants, one after the other */
	double cpu_s, peak_mib;
	u32 nr_variants;
	struct {
		char name[32];
		double wall_s;
	} variants[8];
	double visited, events;
};

/* 0 and what was found, or it failed and has said why. */
static int in_child(struct command_ctx *c,
		    int (*fn)(struct command_ctx *c, const char *text, struct finding *out),
		    const char *text, struct finding *out)
{
	int status = 1, fds[2];
	pid_t pid;

	if (pipe(fds))
		return -1;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		int ret;

		*out = (struct finding){.wall_s = 0.0};
		ret = fn(c, text, out);
		diag_print(&c->diag);
		if (write(fds[1], out, sizeof(*out)) != (ssize_t)sizeof(*out))
			ret = -1;
		_exit(ret ? 1 : 0);
	}
	close(fds[1]);
	if (pid > 0 && waitpid(pid, &status, 0) == pid && !status &&
	    read(fds[0], out, sizeof(*out)) != (ssize_t)sizeof(*out))
		status = 1;
	close(fds[0]);
	return status ? -1 : 0;
}

/* Seconds and peak MiB of a run of every variant. */
static int time_scenario(struct command_ctx *c, const char *name_or_text, struct finding *out)
{
	bool is_text = strchr(name_or_text, '\n') != NULL;
	struct run_opts opts = {.jobs = 1};
	struct scenario *s = NULL;
	struct run_output result;
	struct rusage ru;
	double start;
	int ret = is_text ? scenario_from_text(&s, name_or_text, c)
			  : scenario_open(&s, name_or_text, c);

	if (ret)
		return ret;
	start = now_s();
	ret = run_scenario(&result, s, &opts, &c->diag);
	out->wall_s = now_s() - start;
	getrusage(RUSAGE_SELF, &ru);
	out->cpu_s = (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
		     (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
	out->peak_mib = (double)ru.ru_maxrss / 1024.0;
	if (ret)
		return ret;
	out->nr_variants = min_of(result.result.nr_variants, (u32)ARRAY_SIZE(out->variants));
	for (u32 i = 0; i < out->nr_variants; i++) {
		snprintf(out->variants[i].name, sizeof(out->variants[i].name), "%s",
			 result.result.variants[i].name);
		out->variants[i].wall_s = result.result.runs[i].wall_s;
	}
	return result.result.complete ? 0 : -1;
}

/* Records visited and events of what happens after the first hour. */
static int count_visits(struct command_ctx *c, const char *text, struct finding *out)
{
	struct world *w = calloc(1, sizeof(*w));
	struct scenario *s = NULL;
	struct inputs in;
	u64 visited, events;
	int ret = w ? scenario_from_text(&s, text, c) : -1;

	if (!ret)
		ret = inputs_load(&in, s, false, &c->diag);
	if (!ret)
		ret = world_build(w, &in, 0, s->seed, &c->diag);
	if (ret)
		return ret;
	while (event_next_time(&w->e.queue) < 3600 * NSEC_PER_SEC && engine_step(&w->e))
		;
	visited = w->e.visited;
	events = w->e.events;
	while (engine_step(&w->e) && !w->e.failed)
		;
	out->visited = (double)(w->e.visited - visited);
	out->events = (double)(w->e.events - events);
	return w->e.failed;
}

static const char grid[] =
	"scenario: bench-grid\nuntil: workloads-done\nsample: 10s\nsample_caches: 1h\n"
	"machine: {topology: \"numa:2 core:4 pu:1\", memory: 2TiB}\n"
	"variants: [{name: %s, kernel: v5.17, list_lru: %s}]\n"
	"mounts: [{name: vol, fs: tmpfs, count: 10000}]\n"
	"workloads:\n"
	"  - {name: c, type: container-churn, count: 10000, create: first, interval: 0s, op_time: "
	"10us,\n"
	"     files: [{mount: vol, pick: 10, action: create, count: 1, dir: shared, unlink: 1}]}\n";

static void scenario_rows(struct command_ctx *c)
{
	static const char *const policies[] = {"eager", "lazy"};
	char value[64], what[64], text[1024];
	struct finding out;

	if (!in_child(c, time_scenario, "list-lru-headline", &out)) {
		snprintf(value, sizeof(value), "%.2f s, %.0f MB", out.wall_s, out.peak_mib);
		print_row("list-lru-headline, both variants", value, "2 s 100 MB",
			  out.wall_s <= 2.0 && out.peak_mib <= 100.0);
	}
	for (u32 i = 0; i < ARRAY_SIZE(policies); i++) {
		snprintf(text, sizeof(text), grid, policies[i], policies[i]);
		if (in_child(c, time_scenario, text, &out))
			continue;
		snprintf(what, sizeof(what), "10,000 memcgs x 10,000 mounts, %s", policies[i]);
		snprintf(value, sizeof(value), "%.2f s, %.0f MB", out.wall_s, out.peak_mib);
		print_row(what, value, "30 s 2 GB", out.wall_s <= 30.0 && out.peak_mib <= 2048.0);
	}
}

/* Reclaim: the recorded load W4 on every kernel that it was recorded on, and a large host. */
static void pressure_rows(struct command_ctx *c)
{
	static const char *const kernels[] = {"4.18", "4.19.1", "5.9.1", "6.1-debian"};
	char value[64], what[64], name[64];
	struct finding out;

	for (u32 i = 0; i < ARRAY_SIZE(kernels); i++) {
		const char *path;

		snprintf(name, sizeof(name), "recorded/%s/W4/scenario.yaml", kernels[i]);
		path = shipped(c, name);
		if (!path || in_child(c, time_scenario, path, &out))
			continue;
		snprintf(what, sizeof(what), "w4-pressure, %s", kernels[i]);
		snprintf(value, sizeof(value), "%.2f s, %.0f MB", out.wall_s, out.peak_mib);
		print_row(what, value, "2 s", out.wall_s <= 2.0);
	}
	if (in_child(c, time_scenario, "big-host-pressure", &out))
		return;
	for (u32 i = 0; i < out.nr_variants; i++) {
		snprintf(what, sizeof(what), "big-host-pressure, %s", out.variants[i].name);
		snprintf(value, sizeof(value), "%.1f s", out.variants[i].wall_s);
		print_row(what, value, "60 s", out.variants[i].wall_s <= 60.0);
	}
	snprintf(value, sizeof(value), "%.0f MB", out.peak_mib);
	print_row("  memory, the largest of them", value, "4 GB", out.peak_mib <= 4096.0);
	/* the rest of the time it waited for a CPU */
	snprintf(value, sizeof(value), "%.1f of %.1f s", out.cpu_s, out.wall_s);
	printf("%-44s %-24s\n", "  CPU time of all of them", value);
}

/* The same containers come and go beside more and more that is idle. */
static const char idle[] =
	"scenario: bench-idle\nuntil: workloads-done\n"
	"machine: {topology: \"numa:2 core:4 pu:1\", memory: 2TiB}\n"
	"variants: [{name: %s, kernel: v5.17, accounting: %s, list_lru: %s}]\n"
	"cgroups: [{name: idle, count: %u}]\n"
	"mounts: [{name: root, fs: ext4}, {name: vol, fs: tmpfs, count: %u}]\n"
	"workloads:\n"
	"  - {name: held, type: container-churn, count: 1, interval: 0s, op_time: 10us, life: 1d,\n"
	"     files: [{mount: root, action: create, count: %u}]}\n"
	"  - {name: c, type: container-churn, start: 1h, count: 1000, interval: 100ms, op_time: "
	"10us, life: 1min,\n"
	"     files: [{mount: vol, pick: 10, action: create, count: 3, unlink: 0.5}]}\n";

static void idle_policy(struct command_ctx *c, const char *accounting, const char *list_lru)
{
	static const char *const what[] = {"start", "memcgs", "mounts", "objects"};
	double first = 0.0;

	for (u32 i = 0; i < ARRAY_SIZE(what); i++) {
		char text[1024], name[64], value[64];
		struct finding out;
		double per_event;

		snprintf(text, sizeof(text), idle, list_lru, accounting, list_lru,
			 i == 1 ? 10000 : 1000, i == 2 ? 10000 : 1000, i == 3 ? 1000000 : 100000);
		if (in_child(c, count_visits, text, &out))
			continue;
		per_event = out.visited / out.events;
		if (!i) {
			first = per_event;
			continue;
		}
		snprintf(name, sizeof(name), "records per event, 10 x %s, %s", what[i], list_lru);
		snprintf(value, sizeof(value), "%.3f -> %.3f, %.2f x", first, per_event,
			 per_event / first);
		print_row(name, value, "1.1 x", per_event < 1.1 * first);
	}
}

static void visit_rows(struct command_ctx *c)
{
	idle_policy(c, "per-object", "lazy");
	idle_policy(c, "per-page", "eager");
}

static const struct part {
	const char *name;
	void (*rows)(struct command_ctx *c);
} parts[] = {
	{"queue", queue_rows},	      {"trace", trace_rows},	   {"replay", replay_rows},
	{"scenarios", scenario_rows}, {"pressure", pressure_rows}, {"visits", visit_rows},
};

static bool wanted(const struct command_ctx *c, const char *part)
{
	for (u32 i = 0; i < c->opt.nr_args; i++)
		if (!strcmp(c->opt.args[i], part))
			return true;
	return !c->opt.nr_args;
}

static void check_parts(struct command_ctx *c)
{
	const char *names[ARRAY_SIZE(parts) + 1] = {NULL};

	for (u32 i = 0; i < ARRAY_SIZE(parts); i++)
		names[i] = parts[i].name;
	for (u32 i = 0; i < c->opt.nr_args; i++) {
		const char *near = nearest_name(c->opt.args[i], names);
		u32 k = 0;

		while (names[k] && strcmp(names[k], c->opt.args[i]))
			k++;
		if (!names[k])
			diag_error(&c->diag, DIAG_INPUT, "bench: no part '%s'%s%s%s",
				   c->opt.args[i], near ? "; did you mean '" : "", near ? near : "",
				   near ? "'?" : "");
	}
}

static enum exit_code cmd_bench(struct command_ctx *c)
{
	check_parts(c);
	if (c->diag.nr_errors)
		return diag_print(&c->diag);
	printf("%-44s %-24s %-10s\n", "what", "measured", "bar");
	for (u32 i = 0; i < ARRAY_SIZE(parts); i++)
		if (wanted(c, parts[i].name))
			parts[i].rows(c);
	puts("Bars are those of one thread on a loaded two-core machine; ratios are within this "
	     "run.");
	return diag_print(&c->diag);
}

const struct command command_bench = {
	.name = "bench",
	.args = "[PART...]",
	.help = "measure the speed of this build on this machine",
	.run = cmd_bench,
};
