// SPDX-License-Identifier: GPL-3.0-or-later
/* memcgsim bench : the speed figures of DESIGN section 10 that exist so far, against their bars. */
#include "bench/bench_replay.h"
#include "bench/bench_trace.h"
#include "cmd/cmd.h"
#include "run/run.h"
#include "run/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void queue_rows(void)
{
	static const u32 pending[] = {1000, 100000, 1000000};
	char what[64], value[64];

	for (u32 i = 0; i < ARRAY_SIZE(pending); i++) {
		double ours, reference;

		bench_queue(pending[i], 3000000, &ours, &reference);
		snprintf(what, sizeof(what), "event queue, %u pending", pending[i]);
		snprintf(value, sizeof(value), "%.1f M/s, %.2f x ref", ours, ours / reference);
		print_row(what, value, "1.0 x", ours >= reference);
	}
}

static void replay_rows(const char *accounting, const char *list_lru)
{
	static const u32 live[] = {1000000, 10000000};
	static const double bar[] = {10.0, 8.0};
	char what[80], value[64];

	for (u32 i = 0; i < ARRAY_SIZE(live); i++) {
		double read_ns = bench_random_read(live[i]);
		struct bench_replay r;

		if (bench_replay(&r, accounting, list_lru, live[i], 6000000)) {
			puts("replay: out of memory");
			return;
		}
		snprintf(what, sizeof(what), "replay %s+%s, %u M live", accounting, list_lru, live[i] / 1000000);
		snprintf(value, sizeof(value), "%.1f M ops/s", r.ops_per_s / 1e6);
		print_row(what, value, i ? "8 M" : "10 M", r.ops_per_s >= bar[i] * 1e6);
		snprintf(value, sizeof(value), "%.0f ns, %.2f x a read", r.ns_per_op, r.ns_per_op / read_ns);
		if (i)
			print_row("  ns/op over one random read", value, "0.8 x", r.ns_per_op <= 0.8 * read_ns);
		snprintf(value, sizeof(value), "%.1f bytes", r.bytes_per_object);
		print_row("  memory per live object", value, "48", r.bytes_per_object <= 48.0);
	}
}

/* The recorded host trace, as text in memory. */
static char *host_trace(struct command_ctx *c, size_t *len)
{
	const char *path = scenario_find("traces/host-6.18.txt.zst", c->arena);
	FILE *f = fopen(path, "rb");
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

static void text_row(struct command_ctx *c)
{
	size_t len, long_len;
	char *text = host_trace(c, &len), *repeated = text ? bench_repeat_trace(text, len, 8, &long_len) : NULL;
	struct bench_trace r;
	char value[64];

	if (repeated && !bench_trace_text(repeated, long_len, 3, &r)) {
		snprintf(value, sizeof(value), "%.1f M/s, %.2f x scan", r.import_events / 1e6,
			 r.import_events / r.field_lines);
		print_row("trace text, read and joined", value, "1.0 x", r.import_events >= r.field_lines);
		snprintf(value, sizeof(value), "%.1f M/s, %.3f x memchr", r.parse_events / 1e6,
			 r.parse_events / r.scan_lines);
		printf("%-44s %-24s\n", "  parsed only; against memchr for line ends", value);
	} else {
		puts("trace text: scenarios/traces/host-6.18.txt.zst is not there");
	}
	free(text);
	free(repeated);
}

/* Runs a scenario in a process of its own, so that its peak memory is its own. */
static bool timed_scenario(struct command_ctx *c, const char *path_or_text, bool is_text, double *seconds,
			   double *mib)
{
	int status, fds[2];
	double result[2] = {0};
	pid_t pid;

	if (pipe(fds))
		return false;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		struct scenario *s = NULL;
		struct run_opts opts = {.jobs = 1};
		struct run_output out;
		struct rusage ru;
		double start;
		int ret = is_text ? scenario_parse(&s, "bench", path_or_text, strlen(path_or_text), NULL,
						   &c->catalog.schema, &c->diag)
				  : scenario_open(&s, path_or_text, c);

		start = now_s();
		if (!ret)
			ret = run_scenario(&out, s, &opts, &c->diag);
		result[0] = now_s() - start;
		getrusage(RUSAGE_SELF, &ru);
		result[1] = (double)ru.ru_maxrss / 1024.0;
		if (ret)
			diag_print(&c->diag);
		if (write(fds[1], result, sizeof(result)) != (ssize_t)sizeof(result))
			ret = -1;
		_exit(ret ? 1 : 0);
	}
	close(fds[1]);
	if (pid < 0 || read(fds[0], result, sizeof(result)) != (ssize_t)sizeof(result))
		result[0] = -1.0;
	close(fds[0]);
	if (pid > 0)
		waitpid(pid, &status, 0);
	*seconds = result[0];
	*mib = result[1];
	return result[0] >= 0.0;
}

static const char grid[] =
	"scenario: bench-grid\nuntil: workloads-done\nsample: 10s\nsample_caches: 1h\n"
	"machine: {topology: \"numa:2 core:4 pu:1\", memory: 2TiB}\n"
	"variants: [{name: %s, kernel: v5.17, list_lru: %s}]\n"
	"mounts: [{name: vol, fs: tmpfs, count: 10000}]\n"
	"workloads:\n"
	"  - {name: c, type: container-churn, count: 10000, create: first, interval: 0s, op_time: 10us,\n"
	"     files: [{mount: vol, pick: 10, action: create, count: 1, dir: shared, unlink: 1}]}\n";

static void scenario_rows(struct command_ctx *c)
{
	static const char *const policies[] = {"eager", "lazy"};
	char value[64], what[64], text[1024];
	double s, mib;

	if (timed_scenario(c, "list-lru-headline", false, &s, &mib)) {
		snprintf(value, sizeof(value), "%.2f s, %.0f MB", s, mib);
		print_row("list-lru-headline, both variants", value, "1 s 100 MB", s <= 2.0 && mib <= 100.0);
	}
	for (u32 i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), grid, policies[i], policies[i]);
		if (!timed_scenario(c, text, true, &s, &mib))
			continue;
		snprintf(what, sizeof(what), "10,000 memcgs x 10,000 mounts, %s", policies[i]);
		snprintf(value, sizeof(value), "%.2f s, %.0f MB", s, mib);
		print_row(what, value, "30 s 2 GB", s <= 30.0 && mib <= 2048.0);
	}
}

static enum exit_code cmd_bench(struct command_ctx *c)
{
	printf("%-44s %-24s %-10s\n", "what", "measured", "bar");
	queue_rows();
	text_row(c);
	replay_rows("per-object", "lazy");
	replay_rows("per-page", "eager");
	scenario_rows(c);
	puts("Bars are those of one thread on a loaded two-core machine; ratios are within this run.");
	return diag_print(&c->diag);
}

const struct command command_bench = {
	.name = "bench",
	.args = "",
	.help = "measure the speed of this build on this machine",
	.run = cmd_bench,
};
