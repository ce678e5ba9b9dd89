// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * --shrink-trace: the trace of a run is read back by the simulator's own reader and by that of the recorded traces,
 * and every line of it is judged by the second implementation of the arithmetic (tests/shrinker/checker.c), which
 * shares no code with the models, as the recorded lines are.
 *
 * Reads scenarios/recorded, or the folder that MEMCGSIM_RECORDED names.
 */
#include "shrinker/checker.c"
#include "shrinker/recorded.c"
#include "shrinker/counters.c"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "run/catalog.h"
#include "run/run.h"
#include "trace/ftrace_text.h"
#include "trace/stream.h"

struct kernel_case {
	const char *name; /* of the test */
	const char *kernel; /* instead of the scenario's; NULL: that one */
	const char *recorded; /* load that is run */
	enum checker_demand demand;
	enum checker_debt debt;
	bool nid_at_start, nid_at_end; /* of a shrinker that knows no nodes: the real one */
	const char *first; /* the first line */
};

#define FIRST_OLD "         kswapd0-30    [000] ....    "
#define FIRST_59 "         kswapd0-30      [000] ....    "
#define FIRST_516 "         kswapd0-30      [000] .....    "

static const struct kernel_case cases[] = {
	{"4.18", NULL, "4.18/W4", DEMAND_4_16, DEBT_4_16, false, false, FIRST_OLD},
	{"4.18 W4p", NULL, "4.18/W4p", DEMAND_4_16, DEBT_4_16, false, false, FIRST_OLD},
	{"4.19.1", NULL, "4.19.1/W4", DEMAND_4_19, DEBT_4_16, true, false, FIRST_OLD},
	{"4.20", "v4.20", "4.19.1/W4", DEMAND_4_20, DEBT_4_16, true, false, FIRST_OLD},
	{"5.9.1", NULL, "5.9.1/W4", DEMAND_5_0, DEBT_4_16, true, false, FIRST_59},
	{"5.9.1 W4p", NULL, "5.9.1/W4p", DEMAND_5_0, DEBT_4_16, true, false, FIRST_59},
	{"5.13", "v5.13", "5.9.1/W4", DEMAND_5_0, DEBT_5_13, true, true, FIRST_59},
	{"6.1", NULL, "6.1-debian/W4", DEMAND_5_0, DEBT_5_13, true, true, FIRST_516},
};

/* ---- a run with a trace in memory ---- */

struct memory_file {
	char *text;
	size_t size;
	FILE *f;
	u32 opened, closed;
};

static FILE *open_memory(void *arg, u32 variant, u32 repeat, struct diag *d)
{
	struct memory_file *m = arg;

	(void)d;
	assert_int_equal(variant + repeat, 0);
	m->opened++;
	return m->f = open_memstream(&m->text, &m->size);
}

static int close_memory(void *arg, u32 variant, u32 repeat, struct diag *d)
{
	struct memory_file *m = arg;

	(void)variant;
	(void)repeat;
	(void)d;
	m->closed++;
	return fclose(m->f);
}

/* Value of a metric of the only run. */
static double metric(const struct run_output *out, const char *name)
{
	for (u32 i = 0; i < out->result.nr_metrics; i++)
		if (!strcmp(out->result.metrics[i].name, name))
			return out->result.runs[0].values[i].end;
	fail_msg("no metric %s", name);
	return 0.0;
}

static void run_w4(const struct kernel_case *k, struct memory_file *m, u64 fingerprint[2],
		   u64 *scanned)
{
	const char *dir = getenv("MEMCGSIM_RECORDED"), *set[1] = {0};
	struct run_opts opts = {.jobs = 1};
	struct scenario_opts sopts = {0};
	struct catalog catalog;
	struct run_output out;
	char path[4096], kernel[64];
	struct scenario *s;
	struct diag d;

	snprintf(path, sizeof(path), "%s/%s/scenario.yaml", dir ? dir : "scenarios/recorded",
		 k->recorded);
	if (k->kernel) {
		snprintf(kernel, sizeof(kernel), "variants.0.kernel=%s", k->kernel);
		set[0] = kernel;
		sopts.set = set;
		sopts.nr_set = 1;
	}
	if (m) {
		*m = (struct memory_file){0};
		opts.trace_open = open_memory;
		opts.trace_close = close_memory;
		opts.trace_arg = m;
	}
	diag_init(&d);
	assert_int_equal(catalog_init(&catalog), 0);
	if (scenario_load(&s, path, &sopts, &catalog.schema, &d) ||
	    run_scenario(&out, s, &opts, &d))
		fail_msg("%.*s", (int)d.len, d.text);
	assert_true(out.result.complete);
	memcpy(fingerprint, out.result.runs[0].fingerprint, 2 * sizeof(u64));
	*scanned = (u64)metric(&out, "shrink.scanned");
	run_output_free(&out);
	scenario_free(s);
	catalog_destroy(&catalog);
	diag_free(&d);
}

/* ---- the arithmetic ---- */

static int64_t batch_of(const struct recorded_shrinker *s)
{
	return strcmp(s->function, "super_cache_scan") ? 128 : 1024;
}

static struct checker_line judge_call(const struct kernel_case *k, const struct recorded *r,
				      const struct recorded_call *c, int seeks)
{
	const struct recorded_shrinker *s = &r->shrinkers[c->shrinker];
	struct checker_call call = {
		.cache_items = c->cache_items,
		.deferred = c->deferred,
		.batch = batch_of(s),
		.priority = c->priority,
		.seeks = seeks,
		.stop_after = c->nofs && !strcmp(s->function, "super_cache_scan") ? 0 : -1,
	};
	struct checker_line line;

	checker_call(k->demand, k->debt, &call, &line);
	return line;
}

static bool line_is(const struct recorded_call *c, const struct checker_line *l)
{
	return l->delta == c->delta && l->total_scan == c->total_scan && l->left == c->left &&
	       c->unused_scan == c->deferred && (l->batches || !c->freed);
}

/* What it was registered with: the models' superblocks have 2 or, of proc and kernfs from 4.20 on, 0. */
static int seeks_of(const struct kernel_case *k, const struct recorded *r, int shrinker)
{
	const char *function = r->shrinkers[shrinker].function;
	bool zero_rule = k->demand == DEMAND_4_20 || k->demand == DEMAND_5_0;

	if (!strcmp(function, "scan_shadow_nodes"))
		return zero_rule ? 0 : 2;
	if (strcmp(function, "super_cache_scan"))
		return 2;
	for (size_t i = 0; i < r->nr_calls && zero_rule; i++) {
		const struct recorded_call *c = &r->calls[i];
		struct checker_line l = judge_call(k, r, c, 2);

		if (c->shrinker == shrinker && !line_is(c, &l))
			return 0;
	}
	return 2;
}

static void judge(const struct kernel_case *k, const struct recorded *r, u64 scanned)
{
	int64_t *owed = calloc(r->nr_calls, sizeof(*owed));
	struct counter_sums sums;
	long wrong = 0;
	u64 sum = 0;

	assert_non_null(owed);
	for (int s = 0; s < r->nr_shrinkers; s++) {
		int seeks = seeks_of(k, r, s);

		for (size_t i = 0; i < r->nr_calls; i++) {
			const struct recorded_call *c = &r->calls[i];
			struct checker_line l;

			if (c->shrinker != s)
				continue;
			l = judge_call(k, r, c, seeks);
			wrong += !line_is(c, &l);
			owed[i] = l.owed;
			sum += (u64)(c->total_scan - c->left);
		}
	}
	counters_replay(r, k->debt == DEBT_5_13, owed, &sums);
	printf("# %-7s %6zu lines, %zu shrinkers, %zu tasks: %ld wrong, counters %ld\n", k->name,
	       r->nr_lines, (size_t)r->nr_shrinkers, (size_t)r->nr_tasks, wrong, sums.wrong);
	assert_int_equal(wrong, 0);
	assert_int_equal(sums.wrong, 0);
	/* one after the other: nobody was overtaken */
	assert_int_equal(sums.moved, 0);
	/* every call is there */
	assert_int_equal(sum, scanned);
	free(owed);
}

/* ---- our own reader ---- */

static void read_with_ours(const struct kernel_case *k, const struct memory_file *m,
			   const struct recorded *r)
{
	struct ftrace_parser parser;
	struct text_stream stream;
	struct text_line line;
	struct raw_event ev;
	u64 last = 0, at = 0;
	struct diag d;

	diag_init(&d);
	assert_int_equal(ftrace_parser_init(&parser), 0);
	assert_int_equal(text_stream_memory(&stream, m->text, m->size, "trace", &d), 0);
	while (text_stream_next(&stream, &line) == 1) {
		enum ftrace_line kind = ftrace_text_parse(&parser, line.s, line.len, &ev);
		const struct recorded_call *c;
		const struct recorded_shrinker *s;

		if (kind == FTRACE_COMMENT)
			continue;
		assert_int_equal(kind, FTRACE_EVENT);
		assert_true(at < r->nr_lines);
		c = &r->calls[r->lines[at] / 2];
		s = &r->shrinkers[c->shrinker];
		assert_int_equal(ev.type, r->lines[at] & 1 ? RAW_SHRINK_END : RAW_SHRINK_START);
		assert_int_equal(ev.shrink.shrinker, strtoull(s->pointer, NULL, 16));
		assert_true(ev.shrink.shrinker);
		assert_int_equal(ev.pid, r->pids[c->task]);
		assert_int_equal(ev.shrink.total_scan, r->lines[at] & 1 ? c->left : c->total_scan);
		assert_true(ev.time_ns >= last);
		assert_int_equal(ev.irq, 0);
		/* one task is on one CPU and node; kswapd on its node's */
		assert_in_range(ev.cpu, 0, 1);
		if (slice_eq(ev.comm, SLICE("kswapd0")) || slice_eq(ev.comm, SLICE("kswapd1"))) {
			bool numa = strcmp(s->function, "ext4_es_scan") != 0;
			bool real = numa || (r->lines[at] & 1 ? k->nid_at_end : k->nid_at_start);
			int node = ev.comm.s[6] - '0';

			assert_int_equal(ev.pid, 30 + node);
			assert_int_equal(ev.shrink.nid, real ? node : 0);
		} else {
			assert_true(slice_eq(ev.comm, SLICE("task")));
			assert_true(ev.pid > 1000);
		}
		last = ev.time_ns;
		at++;
	}
	assert_false(stream.truncated);
	assert_int_equal(at, r->nr_lines);
	text_stream_close(&stream);
	ftrace_parser_destroy(&parser);
	diag_free(&d);
}

/* ---- tests ---- */

static void every_line_of_a_run_is_exact(void **state)
{
	static const char header[] = "# tracer: nop\n#\n";
	const struct kernel_case *k = *state;
	u64 fingerprint[2], without[2], scanned;
	struct memory_file m;
	struct recorded r;
	const char *first;

	run_w4(k, &m, fingerprint, &scanned);
	assert_int_equal(m.opened, 1);
	assert_int_equal(m.closed, 1);
	assert_true(m.size > sizeof(header));
	assert_memory_equal(m.text, header, sizeof(header) - 1);
	first = m.text + sizeof(header) - 1;
	assert_memory_equal(first, k->first, strlen(k->first));
	assert_int_equal(recorded_read_text("trace", m.text, m.size, &r), 0);
	assert_true(r.nr_calls > 100);
	assert_int_equal(r.nr_lines, 2 * r.nr_calls);
	judge(k, &r, scanned);
	read_with_ours(k, &m, &r);
	recorded_free(&r);
	free(m.text);
	/* who watches changes nothing */
	run_w4(k, NULL, without, &scanned);
	assert_memory_equal(fingerprint, without, sizeof(without));
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(cases)];
	char names[ARRAY_SIZE(cases)][64];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(names[i], sizeof(names[i]), "every_line_of_a_run_is_exact: %s",
			 cases[i].name);
		tests[i] = (struct CMUnitTest){.name = names[i],
					       .test_func = every_line_of_a_run_is_exact,
					       .initial_state = (void *)&cases[i]};
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
