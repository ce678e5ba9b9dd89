// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Scenario files: what is read, and the exact words and places of what is refused.
 */
#include "tests/toy_schema.h"

#include "scenario/units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Four lines that make a scenario of what is tested from line 5 on. */
#define HEAD                                                                                       \
	"scenario: t\nduration: 1h\nmachine: {topology: host, memory: 1GiB}\n"                     \
	"variants: [{name: a, kernel: v5.0}, {name: b, kernel: v5.0}]\n"
/* ... and a workload whose next key stands at 8:3. */
#define CHURN HEAD "workloads:\n- name: w\n  type: container-churn\n"

static struct scenario *parse_with(const char *text, const struct scenario_opts *opts,
				   struct diag *d)
{
	struct scenario *s = NULL;
	int err;

	diag_init(d);
	err = scenario_parse(&s, "t.yaml", text, strlen(text), opts, &toy_schema, d);
	assert_int_equal(!err, !d->nr_errors);
	assert_int_equal(!err, s != NULL);
	assert_true(!err || (err == -EINVAL && d->worst == DIAG_INPUT));
	return s;
}

/* Must be right; the caller frees. */
static struct scenario *good_with(const char *text, const struct scenario_opts *opts)
{
	struct diag d;
	struct scenario *s = parse_with(text, opts, &d);

	if (!s)
		print_error("%s\n", d.text);
	assert_non_null(s);
	diag_free(&d);
	return s;
}

static struct scenario *good(const char *text)
{
	return good_with(text, NULL);
}

/* Must be wrong, with exactly these messages. */
static void bad_with(const char *text, const struct scenario_opts *opts, const char *messages)
{
	struct diag d;
	struct scenario *s = parse_with(text, opts, &d);

	assert_null(s);
	assert_string_equal(d.text, messages);
	diag_free(&d);
}

static void bad(const char *text, const char *messages)
{
	bad_with(text, NULL, messages);
}

/* Appends each text to a head; the message stands behind "t.yaml:". */
struct bad_case {
	const char *text, *message;
};

static void bad_cases(const char *head, const struct bad_case *cases, size_t n)
{
	char text[4096], message[4096];

	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%s%s\n", head, cases[i].text);
		snprintf(message, sizeof(message), "t.yaml:%s\n", cases[i].message);
		bad(text, message);
	}
}

#define BAD_CASES(head, ...)                                                                       \
	do {                                                                                       \
		static const struct bad_case cases_[] = {__VA_ARGS__};                             \
		bad_cases(head, cases_, ARRAY_SIZE(cases_));                                       \
	} while (0)

static struct toy_churn *churn_of(const struct scenario *s)
{
	return s->workloads[0].params;
}

/* ---- the whole ---- */

static const char design_block[] =
	"scenario: list-lru-headline\n"
	"description: one line\n"
	"seed: 1\n"
	"repeats: 1                      # independent runs with seeds derived from seed\n"
	"duration: 1h                    # simulated; or `until: workloads-done`\n"
	"sample: 1s                      # time series step; sample_caches: step of caches.csv\n"
	"machine:\n"
	"  topology: \"numa:4 core:24 pu:2\"   # hwloc synthetic description | host | path\n"
	"  memory: 256GiB                    # whole machine, or a list, one per node\n"
	"  disk: {iops: 500, bandwidth: 150MiB/s, latency: 8ms}\n"
	"  # page_size: 4KiB  min_free: 67584KiB  possible_cpus: 192  possible_nodes: 4\n"
	"variants:                       # what is compared; the first is the reference\n"
	"  - {name: eager, kernel: v5.17}\n"
	"  - {name: lazy,  kernel: v5.17, list_lru: lazy}     # preset + overrides of axes\n"
	"mounts:                         # every superblock there is; a preset adds none\n"
	"  - {name: root, fs: ext4}\n"
	"  - {name: vol, fs: tmpfs, count: 951}\n"
	"cgroups:                        # present at start\n"
	"  - {name: kubepods, count: 1, max: 2GiB, high: 1536MiB}\n"
	"workloads:                      # each has a name, a type, a start\n"
	"  - {name: churn, type: container-churn, start: 0s}\n"
	"expect:                         # judged by `memcgsim check`, listed in the report\n"
	"  - {metric: list_lru.lists_bytes.peak, variant: eager, near: 5988978688, within: 0}\n"
	"  - {metric: list_lru.bytes.peak, variant: lazy, over: eager, between: [0, 0.01]}\n"
	"  - {metric: memcg.dying, variant: lazy, at: 30min, max: 10}\n";

static void check_design_machine(const struct scenario *s)
{
	const struct machine_conf *m = &s->machine;

	assert_string_equal(m->topology, "numa:4 core:24 pu:2");
	assert_int_equal(m->memory.n, 1);
	assert_int_equal(((u64 *)m->memory.items)[0], 256ULL << 30);
	assert_true(m->disk.iops == 500.0 && m->disk.bandwidth == 150.0 * (1 << 20));
	assert_int_equal(m->disk.latency, 8 * NSEC_PER_MSEC);
	assert_int_equal(m->page_size, 4096);
	assert_true(m->zone_dma);
	assert_int_equal(m->rcu_grace_period, 20 * NSEC_PER_MSEC);
	assert_int_equal(m->pos.line, 8);
	assert_true(m->config.swap && m->config.psi && !m->config.zswap);
	/* topology, memory, disk: the first two keys of the table and the last */
	assert_int_equal(m->given, 1 << 0 | 1 << 1 | 1 << 10);
}

static void check_design_expects(const struct scenario *s)
{
	const struct expect_conf *e = s->expects;

	assert_int_equal(s->nr_expects, 3);
	assert_string_equal(e[0].metric, "list_lru.lists_bytes.peak");
	assert_int_equal(e[0].has, EXPECT_NEAR | EXPECT_WITHIN);
	assert_true(e[0].near == 5988978688.0 && e[0].within == 0.0 && !e[0].within_relative);
	assert_int_equal(e[0].pos.line, 23);
	assert_int_equal(e[0].pos.col, 5);
	assert_string_equal(e[1].over, "eager");
	assert_int_equal(e[1].has, EXPECT_BETWEEN);
	assert_true(e[1].lo == 0.0 && e[1].hi == 0.01);
	assert_int_equal(e[2].has, EXPECT_AT | EXPECT_MAX);
	assert_int_equal(e[2].at, 1800 * NSEC_PER_SEC);
}

static void reads_the_block_of_the_contract(void **state)
{
	struct scenario *s = good(design_block);

	(void)state;
	assert_string_equal(s->name, "list-lru-headline");
	assert_string_equal(s->path, "t.yaml");
	assert_string_equal(s->dir, ".");
	assert_int_equal(s->seed, 1);
	assert_int_equal(s->repeats, 1);
	assert_int_equal(s->duration, 3600 * NSEC_PER_SEC);
	assert_false(s->until_done);
	assert_int_equal(s->sample, NSEC_PER_SEC);
	check_design_machine(s);
	assert_int_equal(s->nr_variants, 2);
	assert_string_equal(s->variants[0].kernel, "v5.17");
	assert_string_equal(s->variants[0].row, "v5.16");
	assert_null(s->variants[0].axis[0].value);
	assert_string_equal(s->variants[1].axis[0].value, "lazy");
	assert_int_equal(s->nr_notes, 2);
	assert_string_equal(s->notes[0], "variant eager: kernel v5.17 is modelled by row v5.16");
	assert_int_equal(s->nr_mounts, 2);
	assert_int_equal(s->mounts[1].fs, 2);
	assert_int_equal(s->mounts[1].preset, -1);
	assert_int_equal(s->mounts[1].count, 951);
	assert_int_equal(s->nr_cgroups, 1);
	assert_int_equal(s->cgroups[0].max, 2ULL << 30);
	assert_int_equal(s->cgroups[0].high, 1536ULL << 20);
	assert_int_equal(s->nr_workloads, 1);
	assert_int_equal(s->workloads[0].type, 0);
	assert_string_equal(s->initial.slabinfo, "");
	check_design_expects(s);
	scenario_free(s);
}

static void fills_defaults_of_what_is_not_given(void **state)
{
	struct scenario *s = good(CHURN);
	struct toy_churn *p = churn_of(s);

	(void)state;
	assert_int_equal(s->seed, 1);
	assert_int_equal(s->repeats, 1);
	assert_string_equal(s->description, "");
	assert_int_equal(s->sample_caches, 0);
	assert_true(s->machine.disk.iops == 500.0);
	assert_int_equal(p->count, 3);
	assert_true(p->pinned);
	assert_true(p->ratio == 0.5);
	assert_int_equal(p->limit, 65536);
	assert_int_equal(p->gap, 10 * NSEC_PER_MSEC);
	assert_true(p->rate == 12000.0 / 86400.0);
	assert_true(p->stream == 1048576.0);
	assert_string_equal(p->path, "none");
	assert_null(p->cgroup);
	assert_int_equal(p->mode, 2);
	assert_int_equal(p->files.kind, DIST_CONSTANT);
	assert_true(p->files.value == 7.0);
	assert_int_equal(p->life.kind, DIST_LOGNORMAL);
	assert_true(p->life.value == 30e9 && p->life.shape == 1.0);
	assert_int_equal(p->sizes.n, 2);
	assert_int_equal(((u64 *)p->sizes.items)[1], 2048);
	assert_int_equal(p->times.n, 0);
	assert_int_equal(p->max.memory, 1 << 30);
	assert_int_equal(p->max.priority, -3);
	assert_int_equal(p->given, 0);
	assert_int_equal(p->pos.line, 6);
	assert_int_equal(p->pos.col, 3);
	scenario_free(s);
}

static void sample_is_a_second_or_a_hundredth_of_the_run(void **state)
{
	struct scenario *s = good(HEAD);

	(void)state;
	assert_int_equal(s->sample, NSEC_PER_SEC);
	scenario_free(s);
	s = good("scenario: t\nduration: 5s\nmachine: {topology: host, memory: 1GiB}\n"
		 "variants: {name: a, kernel: v5.0}\n");
	assert_int_equal(s->sample, 50 * NSEC_PER_MSEC);
	scenario_free(s);
	s = good(HEAD "sample: 1ms\nsample_caches: 1min\n");
	assert_int_equal(s->sample, NSEC_PER_MSEC);
	assert_int_equal(s->sample_caches, 60 * NSEC_PER_SEC);
	scenario_free(s);
}

/* ---- values ---- */

static void reads_a_value_of_every_type(void **state)
{
	struct scenario *s =
		good(CHURN "  count: 0x0A\n  pinned: No\n  ratio: 1e-3\n  limit: 1.5MiB\n"
			   "  gap: 1.5 s\n  rate: 90/min\n  stream: 2KiB/s\n  path: 12\n"
			   "  cgroup: a+b-c_d.0\n  mode: yes\n  files: 12\n  life: 2h\n"
			   "  size: 4KiB\n  sizes: 1PiB\n  times: [0, 3us, 1d]\n  names: x\n"
			   "  max: {memory: 7, priority: 5}\n"
			   "  stages: [{name: s, length: 1ns}, {name: t, files: 2}]\n");
	struct toy_churn *p = churn_of(s);
	struct toy_stage *stages = p->stages.items;

	(void)state;
	assert_int_equal(p->count, 10);
	assert_false(p->pinned);
	assert_true(p->ratio == 1e-3);
	assert_int_equal(p->limit, 3 << 19);
	assert_int_equal(p->gap, 1500 * NSEC_PER_MSEC);
	assert_true(p->rate == 1.5);
	assert_true(p->stream == 2048.0);
	assert_string_equal(p->path, "12");
	assert_string_equal(p->cgroup, "a+b-c_d.0");
	assert_int_equal(p->mode, 1); /* yes means on */
	assert_true(p->files.value == 12.0 && p->life.value == 7200e9 && p->size.value == 4096.0);
	assert_int_equal(((u64 *)p->sizes.items)[0], 1ULL << 50);
	assert_int_equal(p->times.n, 3);
	assert_int_equal(((u64 *)p->times.items)[1], 3000);
	assert_string_equal(((const char **)p->names.items)[0], "x");
	assert_int_equal(p->max.memory, 7);
	assert_int_equal(p->stages.n, 2);
	assert_int_equal(stages[0].length, 1);
	assert_int_equal(stages[0].files.kind, DIST_EXPONENTIAL);
	assert_true(stages[0].files.value == 4.5);
	assert_int_equal(stages[0].given, 1 << 0 | 1 << 1);
	assert_string_equal(stages[1].name, "t");
	assert_int_equal(stages[1].pos.line, 25);
	assert_int_equal(stages[1].pos.col, 36);
	assert_int_equal(p->given, (1 << 18) - 1);
	scenario_free(s);
}

static void refuses_wrong_numbers(void **state)
{
	(void)state;
	BAD_CASES(CHURN, {"  count: many", "8:10: 'count' expects a whole number, got 'many'"},
		  {"  count: 2.5", "8:10: 'count' expects a whole number, got '2.5'"},
		  {"  count: \"2\"", "8:10: 'count' expects a whole number, got '2'"},
		  {"  count: 010", "8:10: 'count' expects a whole number, got '010': a leading 0 "
				   "means octal in YAML"},
		  {"  count: 9223372036854775808",
		   "8:10: 'count' expects a whole number, got '9223372036854775808': too large"},
		  {"  count: 0", "8:10: 'count' must be between 1 and 10, got '0'"},
		  {"  count: -1", "8:10: 'count' must be between 1 and 10, got '-1'"},
		  {"  count: 11", "8:10: 'count' must be between 1 and 10, got '11'"},
		  {"  count:", "8:9: 'count' expects a whole number, got nothing"},
		  {"  count: [1]", "8:10: 'count' expects a whole number, got a list"},
		  {"  ratio: {a: 1}", "8:10: 'ratio' expects a number, got a map"},
		  {"  ratio: .nan", "8:10: 'ratio' expects a number, got '.nan': must be finite"},
		  {"  ratio: 1e999", "8:10: 'ratio' expects a number, got '1e999': too large"},
		  {"  ratio: -0.5", "8:10: 'ratio' must be between 0 and 1, got '-0.5'"},
		  {"  ratio: 0x1p3", "8:10: 'ratio' expects a number, got '0x1p3'"},
		  {"  pinned: maybe", "8:11: 'pinned' expects on or off, got 'maybe'"},
		  {"  pinned: 1", "8:11: 'pinned' expects on or off, got '1'"},
		  {"  pinned: \"on\"", "8:11: 'pinned' expects on or off, got 'on'"});
}

static void refuses_wrong_sizes(void **state)
{
	(void)state;
	BAD_CASES(CHURN,
		  {"  limit: 64KB",
		   "8:10: 'limit' expects a size like 64KiB, got '64KB': use KiB (1024 bytes)"},
		  {"  limit: 1 gb",
		   "8:10: 'limit' expects a size like 64KiB, got '1 gb': use GiB (1024 MiB)"},
		  {"  limit: 100B",
		   "8:10: 'limit' expects a size like 64KiB, got '100B': plain bytes take no unit"},
		  {"  limit: 4s", "8:10: 'limit' expects a size like 64KiB, got '4s': "
				  "sizes take KiB, MiB, GiB, TiB or plain bytes"},
		  {"  limit: -4KiB", "8:10: 'limit' expects a size like 64KiB, got '-4KiB': "
				     "must not be negative"},
		  {"  limit: 16EiB",
		   "8:10: 'limit' expects a size like 64KiB, got '16EiB': too large"},
		  {"  limit: NaN",
		   "8:10: 'limit' expects a size like 64KiB, got 'NaN': not a number"},
		  {"  limit: 0.5", "8:10: 'limit' expects a size like 64KiB, got '0.5': "
				   "not a whole number of the smallest unit"},
		  {"  limit: 1KiB", "8:10: 'limit' must be between 4KiB and 1GiB, got '1KiB'"},
		  {"  limit: [1KiB]", "8:10: 'limit' expects a size like 64KiB, got a list"},
		  {"  sizes: [1KiB, 2KB]", "8:17: 'sizes' expects a size like 64KiB or a list of "
					   "sizes, got '2KB': use KiB (1024 bytes)"},
		  {"  stream: 5MiB",
		   "8:11: 'stream' expects a bandwidth like 150MiB/s, got '5MiB': "
		   "a bandwidth is a size followed by /s"},
		  {"  stream: 5MB/s", "8:11: 'stream' expects a bandwidth like 150MiB/s, got "
				      "'5MB/s': use MiB (1024 KiB)"});
}

static void refuses_wrong_times_and_rates(void **state)
{
	(void)state;
	BAD_CASES(CHURN,
		  {"  gap: 30", "8:8: 'gap' expects a time like 500ms, got '30': "
				"a time needs a unit: ns, us, ms, s, min, h or d"},
		  {"  gap: 5m", "8:8: 'gap' expects a time like 500ms, got '5m': "
				"use min for minutes, ms for milliseconds"},
		  {"  gap: 5 weeks", "8:8: 'gap' expects a time like 500ms, got '5 weeks': "
				     "times take ns, us, ms, s, min, h or d"},
		  {"  gap: 213504d",
		   "8:8: 'gap' expects a time like 500ms, got '213504d': too large"},
		  {"  gap: 0.5ns", "8:8: 'gap' expects a time like 500ms, got '0.5ns': "
				   "not a whole number of the smallest unit"},
		  {"  gap: 0", "8:8: 'gap' must be at least 1us, got '0'"},
		  {"  times: {a: 1s}",
		   "8:10: 'times' expects a time like 500ms or a list of times, got a map"},
		  {"  rate: 5", "8:9: 'rate' expects a rate like 10/s, got '5': "
				"a rate needs a period: /s, /min, /h or /d"},
		  {"  rate: 5/week", "8:9: 'rate' expects a rate like 10/s, got '5/week': "
				     "rates take /s, /min, /h or /d"},
		  {"  rate: -5/s",
		   "8:9: 'rate' expects a rate like 10/s, got '-5/s': must not be negative"},
		  {"  rate: x/s", "8:9: 'rate' expects a rate like 10/s, got 'x/s'"});
}

static void refuses_wrong_texts_names_and_choices(void **state)
{
	(void)state;
	BAD_CASES(CHURN, {"  path: [a]", "8:9: 'path' expects a text, got a list"},
		  {"  path: ~", "8:9: 'path' expects a text, got nothing"},
		  {"  cgroup: a/b",
		   "8:11: 'cgroup' expects a name (1 to 64 of A-Z a-z 0-9 . _ + -), got 'a/b'"},
		  {"  cgroup: ''",
		   "8:11: 'cgroup' expects a name (1 to 64 of A-Z a-z 0-9 . _ + -), got ''"},
		  {"  cgroup: a2345678901234567890123456789012345678901234567890123456789012345",
		   "8:11: 'cgroup' expects a name (1 to 64 of A-Z a-z 0-9 . _ + -), got "
		   "'a234567890123456789012345678901234567890...': longer than 64 characters"},
		  {"  names: [a, {b: c}]",
		   "8:14: 'names' expects a name or a list of names, got a map"},
		  {"  mode: atuo",
		   "8:9: 'mode' expects one of off, on, auto, got 'atuo'; did you mean 'auto'?"},
		  {"  mode: [on]", "8:9: 'mode' expects one of off, on, auto, got a list"});
}

static void refuses_wrong_structs_and_lists(void **state)
{
	(void)state;
	BAD_CASES(
		CHURN, {"  max: 5", "8:8: 'max' expects a map, got '5'"},
		{"  max: [1]", "8:8: 'max' expects a map, got a list"},
		{"  max: {memroy: 1}", "8:9: unknown key 'memroy' in max; did you mean 'memory'?"},
		{"  max: {q: 1}", "8:9: unknown key 'q' in max; known: memory, priority"},
		{"  max: {priority: 6}", "8:19: 'priority' must be between -5 and 5, got '6'"},
		{"  stages: all", "8:11: 'stages' expects a list of maps, got 'all'"},
		{"  stages: [5]", "8:12: stage expects a map of keys and values, got '5'"},
		{"  stages: [{length: 1s}]", "8:12: missing key 'name' in stage"},
		{"  stages: [{name: x, length: 0}]",
		 "8:30: 'length' must be at least 1ns, got '0'"},
		{"  stages: {name: x, lenght: 1s}",
		 "8:21: unknown key 'lenght' in stage 'x'; did you mean 'length'?"});
}

static void reads_every_distribution(void **state)
{
	struct scenario *s =
		good(CHURN "  files: {dist: zipf, exponent: 0.9, n: 1000, min: 2, max: 50}\n"
			   "  life: {dist: pareto, mean: 1.5s, shape: 2}\n"
			   "  size: {dist: normal, mean: 64KiB, stddev: 4KiB}\n"
			   "  stages:\n"
			   "  - {name: a, files: {dist: uniform, min: 3, max: 3}}\n"
			   "  - {name: b, files: {dist: constant, value: 0}}\n"
			   "  - {name: c, files: {dist: exponential, mean: 2.5}}\n");
	struct toy_churn *p = churn_of(s);
	struct toy_stage *stages = p->stages.items;

	(void)state;
	assert_int_equal(p->files.kind, DIST_ZIPF);
	assert_int_equal(p->files.n, 1000);
	assert_true(p->files.shape == 0.9 && p->files.lo == 2.0 && p->files.hi == 50.0);
	assert_int_equal(p->life.kind, DIST_PARETO);
	assert_true(p->life.value == 1.5e9 && p->life.shape == 2.0);
	assert_int_equal(p->size.kind, DIST_NORMAL);
	assert_true(p->size.value == 65536.0 && p->size.shape == 4096.0);
	assert_int_equal(stages[0].files.kind, DIST_UNIFORM);
	assert_true(stages[0].files.lo == 3.0 && stages[0].files.hi == 3.0);
	assert_int_equal(stages[1].files.kind, DIST_CONSTANT);
	assert_true(stages[2].files.value == 2.5);
	scenario_free(s);
}

static void refuses_wrong_distributions(void **state)
{
	(void)state;
	BAD_CASES(CHURN,
		  {"  files: lots",
		   "8:10: 'files' expects a whole number or {dist: ..., ...}, got 'lots'"},
		  {"  files: 2.5",
		   "8:10: 'files' expects a whole number or {dist: ..., ...}, got '2.5'"},
		  {"  life: 7",
		   "8:9: 'life' expects a time like 500ms or {dist: ..., ...}, got '7': "
		   "a time needs a unit: ns, us, ms, s, min, h or d"},
		  {"  size: []",
		   "8:9: 'size' expects a size like 64KiB or {dist: ..., ...}, got a list"},
		  {"  files: {mean: 5}",
		   "8:10: a random quantity needs 'dist': one of constant, exponential, lognormal, "
		   "pareto, zipf, uniform, normal"},
		  {"  files: {dist: zpf}",
		   "8:17: 'dist' expects one of constant, exponential, lognormal, pareto, zipf, "
		   "uniform, normal, got 'zpf'; did you mean 'zipf'?"},
		  {"  files: {dist: normal, mean: 5}", "8:10: 'files': dist normal needs 'stddev'"},
		  {"  files: {dist: constant, value: 5, max: 6}",
		   "8:37: dist constant takes no 'max'; it takes value"},
		  {"  files: {dist: pareto, mean: 5, shape: 2, sigma: 1}",
		   "8:44: dist pareto takes no 'sigma'; it takes mean, shape (and min, max as "
		   "clamps)"},
		  {"  files: {dist: pareto, mean: 5, shape: 1}",
		   "8:10: 'files': pareto needs a shape above 1, or its mean is infinite"},
		  {"  files: {dist: uniform, min: 5, max: 1}",
		   "8:10: 'files': uniform needs max of at least min"},
		  {"  files: {dist: exponential, mean: 5, max: 0}",
		   "8:44: 'max' must be between 1 and 9e+18, got '0'"},
		  {"  life: {dist: exponential, mean: 5}",
		   "8:35: 'mean' expects a time like 500ms, got '5': "
		   "a time needs a unit: ns, us, ms, s, min, h or d"});
}

static void reads_integers_exactly(void **state)
{
	const char *why;
	u64 v;

	(void)state;
	assert_int_equal(parse_size("18446744073709551615", &v, &why), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(parse_size("18446744073709551616", &v, &why), -EINVAL);
	assert_string_equal(why, "too large");
	assert_int_equal(parse_size("15.999999999999999999EiB", &v, &why), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(parse_size("15.9999999999999999999EiB", &v, &why), -EINVAL);
	assert_string_equal(why, "too many decimals");
	assert_int_equal(parse_size("9007199254740993", &v, &why), 0);
	assert_true(v == 9007199254740993ULL); /* no double holds it */
	assert_int_equal(parse_size("1.1GiB", &v, &why), 0);
	assert_true(v == 1181116006);
	assert_int_equal(parse_time("0.1s", &v, &why), 0);
	assert_true(v == 100000000);
	assert_int_equal(parse_time("0.0000000001s", &v, &why), -EINVAL);
	assert_string_equal(why, "too small");
	assert_int_equal(parse_time("213503d", &v, &why), 0);
	assert_true(v == 213503ULL * 86400 * NSEC_PER_SEC);
}

/* ---- keys and YAML itself ---- */

static void names_both_places_of_a_duplicate_key(void **state)
{
	(void)state;
	bad(HEAD "seed: 2\nmounts:\n- {name: r, fs: ext4, name: q}\nseed: 3\n",
	    "t.yaml:7:23: duplicate key 'name'; first given at 7:4\n"
	    "t.yaml:8:1: duplicate key 'seed'; first given at 5:1\n");
}

static void names_both_places_of_a_duplicate_name(void **state)
{
	(void)state;
	bad(HEAD "mounts:\n- {name: r, fs: ext4}\n- {name: r, fs: xfs}\n"
		 "cgroups: [{name: c}, {name: c}]\n"
		 "workloads: [{name: w, type: idle-hold}, {name: w, type: idle-hold}]\n",
	    "t.yaml:7:3: mount name 'r' is used twice; first at 6:3\n"
	    "t.yaml:8:22: cgroup name 'c' is used twice; first at 8:11\n"
	    "t.yaml:9:41: workload name 'w' is used twice; first at 9:13\n");
}

static void reports_all_errors_of_a_file_in_its_order(void **state)
{
	(void)state;
	bad("scenario: no/slash\nseed: -1\nmachine:\n  memory: 1KB\n  disk: {iops: 0}\n"
	    "variants:\n- {name: lazy, kernel: 5.17, list_lru: lasy, acounting: x}\n"
	    "workloads:\n- {name: w}\n- {name: x, type: container-chrun, q: 1}\nbogus: 1\n",
	    "t.yaml:1:1: missing key 'duration' in scenario (or until: workloads-done)\n"
	    "t.yaml:1:11: 'scenario' expects a name (1 to 64 of A-Z a-z 0-9 . _ + -), got "
	    "'no/slash'\n"
	    "t.yaml:2:7: 'seed' expects a whole number, got '-1': must not be negative\n"
	    "t.yaml:4:3: missing key 'topology' in machine\n"
	    "t.yaml:4:11: 'memory' expects a size like 64KiB or a list of sizes, got '1KB': use "
	    "KiB "
	    "(1024 bytes)\n"
	    "t.yaml:5:16: 'iops' must be at least 0.001, got '0'\n"
	    "t.yaml:7:24: kernel '5.17' needs the v: v5.17\n"
	    "t.yaml:7:40: 'list_lru' expects one of eager, lazy, mount-scoped, got 'lasy'; did you "
	    "mean 'lazy'?\n"
	    "t.yaml:7:46: unknown key 'acounting' in variant 'lazy'; known: name, kernel, "
	    "list_lru, shrinker_map\n"
	    "t.yaml:9:3: missing key 'type' in workload 'w': one of container-churn, file-copy, "
	    "idle-hold\n"
	    "t.yaml:10:19: 'type' expects one of container-churn, file-copy, idle-hold, got "
	    "'container-chrun'; did you mean 'container-churn'?\n"
	    "t.yaml:11:1: unknown key 'bogus' in scenario; known: scenario, duration, until, "
	    "sample, sample_caches, description, repeats, machine, initial, seed, variants, "
	    "matrix, "
	    "mounts, cgroups, workloads, expect, balance\n");
}

static void stops_after_a_hundred_errors(void **state)
{
	char text[16384] = "";
	struct diag d;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 150; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "q%d: 1\n", i);
	assert_null(parse_with(text, NULL, &d));
	assert_int_equal(d.nr_errors, 101);
	assert_non_null(strstr(d.text, "\ntoo many errors: only 100 are shown\n"));
	diag_free(&d);
	/* what comes later is wrong too, and is read without being complained about */
	snprintf(text + n, sizeof(text) - n,
		 "matrix: {kernel: [x], list_lru: [y]}\nmachine: {memory: [z, 1GiB]}\n"
		 "cgroups: [{name: /}, {parent: {}}]\nworkloads: [{name: [], type: file-copy}]\n"
		 "expect: [{metric: m, order: [/, [], b], near: x}]\n");
	assert_null(parse_with(text, NULL, &d));
	assert_int_equal(d.nr_errors, 101);
	diag_free(&d);
}

static void refuses_what_is_no_yaml_of_ours(void **state)
{
	(void)state;
	BAD_CASES("", {"", "1:1: empty: there is no YAML here"},
		  {"# nothing", "1:1: empty: there is no YAML here"},
		  {"- a", "1:1: a scenario is a map of keys and values, not a list"},
		  {"text", "1:1: a scenario is a map of keys and values, not 'text'"},
		  {"a: 1\n\tb: 2", "2:1: tab character; YAML is indented with spaces"},
		  {"a: [1,\n  2", "3:1: did not find expected ',' or ']' while parsing a flow "
				  "sequence that begins at 1:4"},
		  {"a: b: c", "1:5: mapping values are not allowed in this context"},
		  {"a: @b", "1:4: a text that begins with @ needs quotes"},
		  {"a: \"\\0\"", "1:4: a text with a NUL character"},
		  {"a: 1\nb: \xff", "2:4: byte 0xff: not UTF-8 text"},
		  {"a: \xc0\x80", "1:4: byte 0xc0: not UTF-8 text"},
		  {"a: \xed\xa0\x80", "1:4: byte 0xed: not UTF-8 text"},
		  {"a: \xc3\xa9\x07", "1:5: character U+0007 is not allowed in YAML"},
		  {"a: 1\n---\nb: 2", "2:1: a second document begins here; one file holds one"},
		  {"a: !!int 1", "1:4: tags (!...) are not supported"},
		  {"%TAG !e! tag:x:\n--- 1", "1:1: tags (%TAG) are not supported"},
		  {"[a]: b", "1:1: a key must be a plain word"},
		  {"a: &x [*x]", "1:8: alias 'x' stands inside its own anchor"},
		  {"a: *x", "1:4: alias 'x' has no anchor before it"},
		  {"a: &m {b: 1}\n<<: *m",
		   "2:1: merge keys (<<) are not supported; write the keys out"});
}

static void refuses_nul_bytes_nesting_and_alias_bombs(void **state)
{
	static const char nul[] = "a: 1\nb: \0\n";
	struct scenario *s;
	char text[4096];
	struct diag d;
	size_t n = 0;

	(void)state;
	diag_init(&d);
	assert_int_equal(scenario_parse(&s, "t.yaml", nul, sizeof(nul) - 1, NULL, &toy_schema, &d),
			 -EINVAL);
	assert_string_equal(d.text, "t.yaml:2:4: NUL byte: not a text file\n");
	diag_free(&d);
	memset(text, '[', 200);
	text[200] = 0;
	bad(text, "t.yaml:1:65: nested deeper than 64 levels\n");
	n = (size_t)sprintf(text, "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n");
	for (int i = 1; i < 10; i++)
		n += (size_t)sprintf(text + n,
				     "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,"
				     "*a%d,*a%d]\n",
				     i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1,
				     i - 1, i - 1);
	bad(text, "t.yaml:6:38: more than 1000000 values (aliases count each time)\n");
}

static void refuses_huge_input(void **state)
{
	size_t len = (16U << 20) + 1;
	char *text = malloc(len);
	struct scenario *s;
	struct diag d;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', len);
	diag_init(&d);
	assert_int_equal(scenario_parse(&s, "t.yaml", text, len, NULL, &toy_schema, &d), -EINVAL);
	assert_string_equal(d.text, "t.yaml: larger than 16 MiB: refused\n");
	diag_free(&d);
	free(text);
}

static void follows_aliases(void **state)
{
	struct scenario *s = good("\xef\xbb\xbfscenario: &n t\nduration: &t 1h\nsample: *t\n"
				  "machine: {topology: host, memory: &m 1GiB, min_free: *m}\n"
				  "variants: [{name: *n, kernel: v5.0}]\r\n");

	(void)state;
	assert_string_equal(s->variants[0].name, "t");
	assert_int_equal(s->machine.min_free, 1 << 30);
	assert_int_equal(s->sample, s->duration);
	scenario_free(s);
}

/* ---- sections ---- */

static void refuses_a_wrong_machine_or_end(void **state)
{
	(void)state;
	BAD_CASES("scenario: t\nvariants: [{name: a, kernel: v5.0}]\n",
		  {"duration: 1h", "1:1: missing key 'machine' in scenario"},
		  {"duration: 1h\nmachine: {topology: '', memory: 1GiB}",
		   "4:21: 'topology' is empty"},
		  {"duration: 1h\nmachine: {topology: x, memory: []}",
		   "4:32: 'memory' is an empty list"},
		  {"duration: 1h\nmachine: {topology: x, memory: [1GiB, 0]}",
		   "4:39: 'memory' must be at least 1MiB, got '0'"},
		  {"duration: 1h\nmachine: {topology: x, memory: 1GiB, page_size: 8KiB}",
		   "4:49: 'page_size' must be 4KiB or 64KiB"},
		  {"duration: 0\nmachine: {topology: x, memory: 1GiB}",
		   "3:11: 'duration' must be at least 1ns, got '0'"},
		  {"duration: 1h\nuntil: workloads-done\nmachine: {topology: x, memory: 1GiB}\n"
		   "workloads: [{name: w, type: idle-hold}]",
		   "4:8: 'until' and 'duration' exclude each other; 'duration' is at 3:11"},
		  {"until: done\nmachine: {topology: x, memory: 1GiB}\n"
		   "workloads: [{name: w, type: idle-hold}]",
		   "3:8: 'until' expects workloads-done, got 'done'"},
		  {"until: workloads-done\nmachine: {topology: x, memory: 1GiB}",
		   "3:8: 'until: workloads-done' needs workloads"});
}

static void seed_has_all_64_bits(void **state)
{
	struct scenario *s = good(HEAD "seed: 18446744073709551615\n");

	(void)state;
	assert_true(s->seed == UINT64_MAX);
	scenario_free(s);
	bad(HEAD "seed: 18446744073709551616\n",
	    "t.yaml:5:7: 'seed' expects a whole number, got '18446744073709551616': too large\n");
}

static void mounts_have_a_file_system_or_a_preset(void **state)
{
	struct scenario *s = good(HEAD "mounts: [{name: i, preset: tinyconfig}]\n");

	(void)state;
	assert_int_equal(s->mounts[0].fs, -1);
	assert_int_equal(s->mounts[0].preset, 0);
	assert_int_equal(s->mounts[0].count, 1);
	scenario_free(s);
	BAD_CASES(HEAD,
		  {"mounts: [{name: i}]", "5:10: missing key 'fs' in mount 'i' (or 'preset')"},
		  {"mounts: [{name: i, fs: xfs, preset: tinyconfig}]",
		   "5:10: mount 'i' has both 'fs' and 'preset'"},
		  {"mounts: [{name: i, fs: ext5}]",
		   "5:24: 'fs' expects one of ext4, xfs, tmpfs, got 'ext5'; did you mean 'ext4'?"},
		  {"mounts: [{name: i, fs: xfs, count: 0}]",
		   "5:36: 'count' must be between 1 and 10000000, got '0'"},
		  {"mounts: [{name: i, fs: xfs, cgroup: nobody}]",
		   "5:37: 'cgroup' is no cgroup: 'nobody'"});
}

static void cgroups_hang_below_earlier_ones(void **state)
{
	struct scenario *s = good(HEAD "cgroups:\n- {name: pods, count: 12}\n"
				       "- {name: leaf, parent: pods11, max: 2MiB}\n"
				       "- {name: twig, parent: leaf}\n"
				       "mounts: [{name: m, fs: xfs, cgroup: twig}]\n");

	(void)state;
	assert_null(s->cgroups[0].parent);
	assert_string_equal(s->cgroups[1].parent, "pods11");
	assert_int_equal(s->cgroups[0].max, 0);
	assert_int_equal(s->cgroups[1].max, 2 << 20);
	assert_string_equal(s->mounts[0].cgroup, "twig");
	scenario_free(s);
	BAD_CASES(HEAD "cgroups:\n- {name: pods, count: 12}\n",
		  {"- {name: leaf, parent: pods12}",
		   "7:24: 'parent' is no cgroup: 'pods12'; did you mean 'pods'?"},
		  {"- {name: leaf, parent: pods01}",
		   "7:24: 'parent' is no cgroup: 'pods01'; did you mean 'pods'?"},
		  {"- {name: leaf, parent: pods}",
		   "7:24: 'parent' must be one cgroup: 'pods' has a count, its members are pods0 "
		   "to pods11"},
		  {"- {name: leaf, parent: leaf}",
		   "7:24: 'parent' must be a cgroup earlier in the list: 'leaf' is at 7:3"},
		  {"- {name: leaf, max: 1KiB}", "7:21: 'max' must be at least 64KiB, got '1KiB'"},
		  {"- {name: pods7}",
		   "7:3: cgroup 'pods7' is already a member of 'pods' (count 12)"});
}

static void workloads_take_the_keys_of_their_type(void **state)
{
	struct scenario *s = good(HEAD "workloads:\n- {type: file-copy, bytes: 1MiB, name: c}\n"
				       "- {name: i, type: idle-hold, start: 1min}\n");

	(void)state;
	assert_int_equal(s->workloads[0].type, 1);
	assert_int_equal(((struct toy_copy *)s->workloads[0].params)->bytes, 1 << 20);
	assert_null(s->workloads[1].params);
	assert_int_equal(s->workloads[1].start, 60 * NSEC_PER_SEC);
	scenario_free(s);
	BAD_CASES(
		HEAD,
		{"workloads: [{name: c, type: file-copy, count: 3, bytes: 1}]",
		 "5:40: unknown key 'count' in workload 'c'; known: name, start, bytes, type"},
		{"workloads: [{name: c, type: file-copy}]",
		 "5:13: missing key 'bytes' in workload 'c'"},
		{"workloads: [{type: idle-hold}]", "5:13: missing key 'name' in workload"},
		{"workloads: [c]", "5:13: a workload is a map with name and type, not 'c'"},
		{"workloads: {name: c, type: [file-copy]}",
		 "5:28: 'type' expects one of container-churn, file-copy, idle-hold, got a list"});
}

static void initial_names_caches(void **state)
{
	struct scenario *s = good(HEAD "initial:\n  slabinfo: host/slabinfo\n  sizes_only: on\n"
				       "  caches:\n  - {cache: dentry, live: 12_000}\n"
				       "  - {cache: \"inode_cache(1:x)\", live: 1, node: 3}\n");
	struct initial_cache_conf *c = s->initial.caches.items;

	(void)state;
	assert_string_equal(s->initial.slabinfo, "host/slabinfo");
	assert_true(s->initial.sizes_only);
	assert_int_equal(s->initial.caches.n, 2);
	assert_int_equal(c[0].live, 12000);
	assert_int_equal(c[0].node, -1);
	assert_int_equal(c[1].node, 3);
	assert_int_equal(c[1].pos.line, 10);
	scenario_free(s);
	bad(HEAD "initial: {caches: [{live: 5, node: -2}]}\n",
	    "t.yaml:5:20: missing key 'cache' in initial cache\n"
	    "t.yaml:5:36: 'node' must be between -1 and 1023, got '-2'\n");
}

static void an_empty_section_is_an_empty_list(void **state)
{
	struct scenario *s = good(HEAD "mounts:\ncgroups: ~\nworkloads: []\nexpect: null\n");

	(void)state;
	assert_int_equal(s->nr_mounts + s->nr_cgroups + s->nr_workloads + s->nr_expects, 0);
	scenario_free(s);
}

/* ---- variants ---- */

#define PLAIN "scenario: t\nduration: 1h\nmachine: {topology: host, memory: 1GiB}\n"

static void variants_override_axes_of_a_kernel(void **state)
{
	struct scenario *s =
		good(PLAIN "variants:\n- {name: a, kernel: v5.16, list_lru: {policy: eager, "
			   "growth: kirill}}\n- {name: b, kernel: v5.18.2, list_lru: eager, "
			   "shrinker_map: yes}\n- {name: c, kernel: v5.9, list_lru: {policy: "
			   "lazy}}\n");
	struct toy_eager *eager = s->variants[0].axis[0].params;

	(void)state;
	assert_int_equal(s->nr_variants, 3);
	assert_int_equal(eager->growth, 1);
	assert_int_equal(eager->nodes, 0);
	assert_null(s->variants[0].axis[1].value);
	assert_string_equal(s->variants[1].kernel, "v5.18.2");
	assert_string_equal(s->variants[1].row, "v5.16");
	assert_string_equal(s->variants[1].axis[1].value, "on");
	eager = s->variants[1].axis[0].params; /* a plain name has its defaults */
	assert_int_equal(eager->growth, 0);
	assert_string_equal(s->variants[2].axis[0].value, "lazy");
	assert_null(s->variants[2].axis[0].params);
	assert_int_equal(s->nr_notes, 1);
	assert_string_equal(s->notes[0], "variant b: kernel v5.18.2 is modelled by row v5.16");
	scenario_free(s);
}

static void refuses_wrong_variants(void **state)
{
	(void)state;
	BAD_CASES(PLAIN, {"", "1:1: missing key 'variants' in scenario (or 'matrix')"},
		  {"variants: []", "4:11: 'variants' needs at least one"},
		  {"variants: [a]", "4:12: variant expects a map of keys and values, got 'a'"},
		  {"variants: [{name: a}]",
		   "4:12: missing key 'kernel' in variant 'a' (a release like v5.17)"},
		  {"variants: [{kernel: v5.0}]", "4:12: missing key 'name' in variant"},
		  {"variants: [{name: a, kernel: 5.10.3}]",
		   "4:30: kernel '5.10.3' needs the v: v5.10.3"},
		  {"variants: [{name: a, kernel: v5}]",
		   "4:30: 'kernel' expects a release like v5.17, got 'v5'"},
		  {"variants: [{name: a, kernel: v5.1-rc2}]",
		   "4:30: 'kernel' expects a release like v5.17, got 'v5.1-rc2'"},
		  {"variants: [{name: a, kernel: v3.10}]",
		   "4:30: kernel 'v3.10': the oldest row is v4.18"},
		  {"variants: [{name: a, kernel: v5.0, lst_lru: lazy}]",
		   "4:36: unknown key 'lst_lru' in variant 'a'; did you mean 'list_lru'?"},
		  {"variants: [{name: a, kernel: v5.0, list_lru: {growth: kirill}}]",
		   "4:46: missing key 'policy' in list_lru: one of eager, lazy, mount-scoped"},
		  {"variants: [{name: a, kernel: v5.0, list_lru: {policy: lazy, nodes: 1}}]",
		   "4:61: unknown key 'nodes' in list_lru 'lazy'; known: policy"},
		  {"variants: [{name: a, kernel: v5.0, list_lru: {policy: eager, nodes: x}}]",
		   "4:69: 'nodes' expects a whole number, got 'x'"},
		  {"variants: [{name: a, kernel: v5.0, list_lru: mount-scoped}]",
		   "4:12: variant 'a': mount-scoped needs v5.9, not v5.0"},
		  {"variants: [{name: a, kernel: v5.0}]\nmatrix: {kernel: v5.0}",
		   "5:9: 'matrix' and 'variants' exclude each other; 'variants' is at 4:11"});
}

static void matrix_is_the_product_with_the_first_key_slowest(void **state)
{
	static const char *const names[] = {"off+eager", "off+lazy", "on+eager", "on+lazy",
					    "on+mount-scoped"};
	struct scenario *s = good(PLAIN "matrix: {shrinker_map: [off, on], kernel: v5.17, "
					"list_lru: [eager, lazy, mount-scoped]}\n");

	(void)state;
	assert_int_equal(s->nr_variants, ARRAY_SIZE(names));
	for (u32 i = 0; i < s->nr_variants; i++) {
		assert_string_equal(s->variants[i].name, names[i]);
		assert_string_equal(s->variants[i].row, "v5.16");
		assert_int_equal(s->variants[i].axis[0].params != NULL, i == 0 || i == 2);
	}
	assert_int_equal(s->nr_notes, 2);
	assert_string_equal(s->notes[0], "matrix: kernel v5.17 is modelled by row v5.16");
	assert_string_equal(s->notes[1], "matrix: off+mount-scoped is skipped: "
					 "mount-scoped does not go with shrinker_map off");
	scenario_free(s);
}

static void matrix_of_kernels_has_them_in_the_names(void **state)
{
	struct scenario *s = good(PLAIN "matrix: {list_lru: lazy, kernel: [v5.0, v6.1]}\n");

	(void)state;
	assert_int_equal(s->nr_variants, 2);
	assert_string_equal(s->variants[1].name, "v6.1");
	assert_string_equal(s->variants[1].axis[0].value, "lazy");
	scenario_free(s);
}

static void refuses_wrong_matrices(void **state)
{
	(void)state;
	BAD_CASES(
		PLAIN,
		{"matrix: {list_lru: [eager, lazy]}",
		 "4:9: missing key 'kernel' in matrix (one release like v5.17, or a list)"},
		{"matrix:",
		 "4:8: missing key 'kernel' in matrix (one release like v5.17, or a list)"},
		{"matrix: [a]", "4:9: matrix expects a map of keys and values, got a list"},
		{"matrix: {kernel: v5.0, lru: [eager]}",
		 "4:24: unknown key 'lru' in matrix; known: kernel, list_lru, shrinker_map"},
		{"matrix: {kernel: v5.0, list_lru: []}", "4:34: 'list_lru' has no values"},
		{"matrix: {kernel: [v5.0, 5.9]}", "4:25: kernel '5.9' needs the v: v5.9"},
		{"matrix: {kernel: v5.0, list_lru: [mount-scoped]}",
		 "4:9: no combination of the matrix can exist: mount-scoped needs v5.9, not v5.0"},
		{"matrix: {kernel: v5.0, list_lru: [lazy, lazy]}",
		 "4:9: variant name 'lazy' is used twice; first at 4:9"});
}

static void refuses_a_matrix_without_bounds(void **state)
{
	char text[32768];
	size_t n = (size_t)sprintf(text, PLAIN "matrix: {list_lru: [eager, lazy], kernel: [v5.0");

	(void)state;
	for (int i = 0; i < 2048; i++)
		n += (size_t)sprintf(text + n, ", v5.%d", i);
	strcpy(text + n, "]}\n");
	bad(text, "t.yaml:4:9: the matrix has more than 4096 combinations\n");
}

/* ---- expect ---- */

static void reads_every_form_of_an_expectation(void **state)
{
	struct scenario *s = good(HEAD "expect:\n- {metric: m, variant: a, near: 2, within: 1 %}\n"
				       "- {metric: m, variant: a, near: -2, within: \"0.5%\"}\n"
				       "- {metric: m, order: [b, a], at: 0, each: on}\n"
				       "- {metric: m, variant: b, over: a, min: 0.5, max: 2}\n");
	const struct expect_conf *e = s->expects;

	(void)state;
	assert_true(e[0].within_relative && e[0].within == 0.01);
	assert_true(e[1].within_relative && e[1].within == 0.005 && e[1].near == -2.0);
	assert_int_equal(e[2].order.n, 2);
	assert_string_equal(((const char **)e[2].order.items)[0], "b");
	assert_int_equal(e[2].has, EXPECT_AT | EXPECT_EACH);
	assert_true(e[2].each);
	assert_null(e[2].variant);
	assert_int_equal(e[3].has, EXPECT_MIN | EXPECT_MAX);
	assert_string_equal(e[3].over, "a");
	scenario_free(s);
}

static void refuses_wrong_expectations(void **state)
{
	(void)state;
	BAD_CASES(
		HEAD "expect:\n",
		{"- {variant: a, min: 1}", "6:3: missing key 'metric' in expectation"},
		{"- {metric: m, min: 1}", "6:3: missing key 'variant' in expectation (or 'order')"},
		{"- {metric: m, variant: a}",
		 "6:3: nothing to judge: give near and within, min, max, or between"},
		{"- {metric: m, variant: a, near: 5}",
		 "6:33: 'near' needs 'within': a number, or a share like 1 %"},
		{"- {metric: m, variant: a, min: 1, within: 5}", "6:43: 'within' needs 'near'"},
		{"- {metric: m, variant: a, near: 1, within: few %}",
		 "6:44: 'within' expects a number, got 'few'"},
		{"- {metric: m, variant: a, near: 1, within: -1}",
		 "6:44: 'within' must be at least 0, got '-1'"},
		{"- {metric: m, variant: a, min: 2GiB}",
		 "6:32: 'min' expects a number, got '2GiB'"},
		{"- {metric: m, variant: a, min: 2, max: 1}", "6:32: 'min' is above 'max'"},
		{"- {metric: m, variant: a, between: 5}",
		 "6:36: 'between' expects [lowest, highest], got '5'"},
		{"- {metric: m, variant: a, between: [5, 1]}",
		 "6:36: 'between' has the larger number first"},
		{"- {metric: m, variant: c, min: 5}", "6:24: no variant is named 'c'"},
		{"- {metric: m, variant: a, over: bb, min: 5}",
		 "6:33: no variant is named 'bb'; did you mean 'b'?"},
		{"- {metric: m, variant: a, order: [a, b]}",
		 "6:3: an expectation has 'variant' or 'order', not both"},
		{"- {metric: m, order: [a]}", "6:22: 'order' needs at least two variants"},
		{"- {metric: m, order: [a, b, a]}",
		 "6:29: 'order': variant name 'a' is used twice; first at 6:23"},
		{"- {metric: m, order: [a, b], min: 2}",
		 "6:22: 'order' is judged alone: write over, near, min, max or between as another "
		 "expectation"},
		{"- {metric: m, variant: a, min: 1, at: noon}",
		 "6:39: 'at' expects a time like 500ms, got 'noon': not a number"});
}

static void warns_of_what_comes_after_the_end(void **state)
{
	struct diag d;
	struct scenario *s = parse_with(HEAD "workloads: [{name: w, type: idle-hold, start: 2h}]\n"
					     "expect: [{metric: m, variant: a, min: 1, at: 2h}]\n",
					NULL, &d);

	(void)state;
	assert_non_null(s);
	assert_string_equal(
		d.text, "t.yaml:5:13: warning: workload 'w' starts after the end of the run\n"
			"t.yaml:6:10: warning: 'at' lies after the end of the run: nothing will be "
			"there\n");
	diag_free(&d);
	scenario_free(s);
}

/* ---- command line ---- */

static struct scenario_opts set_opts(const char *const *set, u32 n)
{
	return (struct scenario_opts){.set = set, .nr_set = n};
}

static void set_changes_what_the_path_leads_to(void **state)
{
	static const char *const set[] = {
		"machine.memory=1PiB",
		"variants.0.kernel=v4.19",
		"variants.lazy.kernel=v5.0",
		"workloads.churn.count=5",
		"workloads.churn.stages=[{name: a.b}, {name: a}]",
		"workloads.churn.stages.a.b.length=1s",
		"machine.disk.iops=7",
		"initial.sizes_only=on",
		"expect.2.max=11",
	};
	struct scenario_opts opts = set_opts(set, ARRAY_SIZE(set));
	struct scenario *s = good_with(design_block, &opts);
	struct toy_churn *p = churn_of(s);

	(void)state;
	assert_int_equal(((u64 *)s->machine.memory.items)[0], 1ULL << 50);
	assert_string_equal(s->variants[0].row, "v4.18");
	assert_string_equal(s->variants[1].row, "v5.0");
	assert_int_equal(p->count, 5);
	assert_int_equal(((struct toy_stage *)p->stages.items)[0].length, NSEC_PER_SEC);
	assert_true(s->machine.disk.iops == 7.0);
	assert_true(s->machine.disk.bandwidth == 150.0 * (1 << 20));
	assert_true(s->initial.sizes_only);
	assert_true(s->expects[2].max == 11.0);
	scenario_free(s);
}

static void set_leaves_other_uses_of_an_anchor_alone(void **state)
{
	static const char *const set[] = {"workloads.1.max.memory=5"};
	struct scenario_opts opts = set_opts(set, 1);
	struct scenario *s = good_with(HEAD "workloads:\n- {name: w, type: container-churn, "
					    "max: &m {memory: 3}}\n- {name: x, type: "
					    "container-churn, max: *m}\n",
				       &opts);

	(void)state;
	assert_int_equal(churn_of(s)->max.memory, 3);
	assert_int_equal(((struct toy_churn *)s->workloads[1].params)->max.memory, 5);
	scenario_free(s);
}

static void set_errors_count_the_options(void **state)
{
	static const struct {
		const char *set, *message;
	} cases[] = {
		{"machine.memory=1GB", "'memory' expects a size like 64KiB or a list of sizes, got "
				       "'1GB': use GiB (1024 MiB)"},
		{"machne.memory=1GiB", "unknown key 'machne' in scenario; did you mean 'machine'?"},
		{"variants.lasy.kernel=v5.0",
		 "'variants' has no item named 'lasy'; did you mean 'lazy'?"},
		{"variants.2.kernel=v5.0",
		 "'variants' has 2 items, counted from 0; there is no '2'"},
		{"seed.x=1", "'seed' is the single value '1': no path leads into it"},
		{"seed", "expects KEY=VALUE, got 'seed'"},
		{"=1", "'' is no path like machine.memory or variants.0.kernel"},
		{"machine..x=1",
		 "'machine..x' is no path like machine.memory or variants.0.kernel"},
		{"seed=", "empty: there is no YAML here"},
		{"seed=[1", "did not find expected ',' or ']' while parsing a flow sequence"},
		{"seed={a: 1, a: 2}", "duplicate key 'a'; first given at --set:2"},
		{"variants.0.kernel=5.17", "kernel '5.17' needs the v: v5.17"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *set[] = {"repeats=2", cases[i].set};
		struct scenario_opts opts = set_opts(set, 2);
		struct diag d;
		char message[512];

		assert_null(parse_with(design_block, &opts, &d));
		snprintf(message, sizeof(message), "--set:2: %s\n", cases[i].message);
		assert_int_equal(strncmp(d.text, message, strlen(message)), 0);
		diag_free(&d);
	}
}

static void variant_option_keeps_it_and_the_reference(void **state)
{
	struct scenario_opts opts = {.variant = "c"};
	struct scenario *s = good_with(
		PLAIN "variants: [{name: a, kernel: v5.0}, {name: b, kernel: v5.0}, {name: c, "
		      "kernel: v6.1}]\nexpect: [{metric: m, variant: b, min: 1}, {metric: n, "
		      "variant: c, over: a, min: 1}, {metric: o, order: [a, b]}]\n",
		&opts);

	(void)state;
	assert_int_equal(s->nr_variants, 2);
	assert_string_equal(s->variants[0].name, "a");
	assert_string_equal(s->variants[1].name, "c");
	assert_int_equal(s->nr_expects, 1);
	assert_string_equal(s->expects[0].metric, "n");
	assert_string_equal(s->notes[0],
			    "--variant c: 2 of 3 expectations are about other variants "
			    "and are left out");
	scenario_free(s);
	opts.variant = "a";
	s = good_with(HEAD, &opts);
	assert_int_equal(s->nr_variants, 1);
	assert_string_equal(s->variants[0].name, "a");
	scenario_free(s);
	opts.variant = "lasy";
	bad_with(design_block, &opts,
		 "--variant: no variant is named 'lasy'; did you mean 'lazy'?\n");
}

static void seed_option_wins(void **state)
{
	struct scenario_opts opts = {.has_seed = true, .seed = 77};
	struct scenario *s = good_with(HEAD "seed: 5\n", &opts);

	(void)state;
	assert_int_equal(s->seed, 77);
	scenario_free(s);
}

/* ---- files ---- */

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void loads_a_file_and_says_what_it_cannot_read(void **state)
{
	char dir[] = "/tmp/test_scenario.XXXXXX", path[64], message[160];
	struct scenario *s = NULL;
	struct diag d;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.yaml", dir);
	diag_init(&d);
	assert_int_equal(scenario_load(&s, path, NULL, &toy_schema, &d), -EINVAL);
	snprintf(message, sizeof(message), "cannot read %s: No such file or directory\n", path);
	assert_string_equal(d.text, message);
	assert_int_equal(d.worst, DIAG_INPUT);
	diag_free(&d);
	assert_int_equal(scenario_load(&s, dir, NULL, &toy_schema, &d), -EINVAL);
	snprintf(message, sizeof(message), "cannot read %s: Is a directory\n", dir);
	assert_string_equal(d.text, message);
	diag_free(&d);
	write_file(path, design_block);
	assert_int_equal(scenario_load(&s, path, NULL, &toy_schema, &d), 0);
	assert_string_equal(s->dir, dir);
	assert_string_equal(s->path, path);
	scenario_free(s);
	diag_free(&d);
	unlink(path);
	rmdir(dir);
}

/* Works in a folder of its own. */
static void installation_has_defaults_and_a_file(void **state)
{
	char dir[] = "/tmp/test_scenario.XXXXXX", here[512];
	struct install_conf c;
	struct diag d;

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	assert_true(mkdtemp(dir) && !chdir(dir) && !mkdir("memcgsim", 0777));
	unsetenv("XDG_CONFIG_HOME");
	diag_init(&d);
	assert_int_equal(install_conf_load(&c, NULL, &d), 0);
	assert_string_equal(c.out, "out");
	assert_int_equal(c.jobs, 0);
	assert_string_equal(c.plot_terminal, "svg");
	assert_int_equal(c.progress, 0);
	assert_int_equal(c.cost_model, 0);
	install_conf_free(&c);
	setenv("XDG_CONFIG_HOME", dir, 1);
	write_file("memcgsim/sim.yaml", "jobs: 7\n");
	assert_int_equal(install_conf_load(&c, NULL, &d), 0);
	assert_int_equal(c.jobs, 7);
	install_conf_free(&c);
	write_file("sim.yaml", "# all comments\n");
	assert_int_equal(install_conf_load(&c, NULL, &d), 0);
	assert_int_equal(c.jobs, 0);
	install_conf_free(&c);
	write_file("sim.yaml", "out: /srv/results\njobs: 4\nprogress: never\n");
	assert_int_equal(install_conf_load(&c, NULL, &d), 0);
	assert_string_equal(c.out, "/srv/results");
	assert_int_equal(c.jobs, 4);
	assert_int_equal(c.progress, 2);
	install_conf_free(&c);
	unlink("sim.yaml");
	unlink("memcgsim/sim.yaml");
	rmdir("memcgsim");
	unsetenv("XDG_CONFIG_HOME");
	assert_int_equal(chdir(here), 0);
	rmdir(dir);
}

static void refuses_a_wrong_or_missing_installation_file(void **state)
{
	char path[] = "/tmp/test_scenario.XXXXXX", message[512];
	int fd = mkstemp(path);
	struct install_conf c;
	struct diag d;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	diag_init(&d);
	write_file(path, "jobs: -1\nprogres: auto\n");
	assert_int_equal(install_conf_load(&c, path, &d), -EINVAL);
	snprintf(message, sizeof(message),
		 "%s:1:7: 'jobs' must be between 0 and 65536, got '-1'\n"
		 "%s:2:1: unknown key 'progres' in sim.yaml; did you mean 'progress'?\n",
		 path, path);
	assert_string_equal(d.text, message);
	diag_free(&d);
	unlink(path);
	assert_int_equal(install_conf_load(&c, path, &d), -EINVAL);
	snprintf(message, sizeof(message), "cannot read %s: No such file or directory\n", path);
	assert_string_equal(d.text, message);
	diag_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_block_of_the_contract),
		cmocka_unit_test(fills_defaults_of_what_is_not_given),
		cmocka_unit_test(sample_is_a_second_or_a_hundredth_of_the_run),
		cmocka_unit_test(reads_a_value_of_every_type),
		cmocka_unit_test(refuses_wrong_numbers),
		cmocka_unit_test(refuses_wrong_sizes),
		cmocka_unit_test(refuses_wrong_times_and_rates),
		cmocka_unit_test(refuses_wrong_texts_names_and_choices),
		cmocka_unit_test(refuses_wrong_structs_and_lists),
		cmocka_unit_test(reads_every_distribution),
		cmocka_unit_test(refuses_wrong_distributions),
		cmocka_unit_test(reads_integers_exactly),
		cmocka_unit_test(names_both_places_of_a_duplicate_key),
		cmocka_unit_test(names_both_places_of_a_duplicate_name),
		cmocka_unit_test(reports_all_errors_of_a_file_in_its_order),
		cmocka_unit_test(stops_after_a_hundred_errors),
		cmocka_unit_test(refuses_what_is_no_yaml_of_ours),
		cmocka_unit_test(refuses_nul_bytes_nesting_and_alias_bombs),
		cmocka_unit_test(refuses_huge_input),
		cmocka_unit_test(follows_aliases),
		cmocka_unit_test(refuses_a_wrong_machine_or_end),
		cmocka_unit_test(seed_has_all_64_bits),
		cmocka_unit_test(mounts_have_a_file_system_or_a_preset),
		cmocka_unit_test(cgroups_hang_below_earlier_ones),
		cmocka_unit_test(workloads_take_the_keys_of_their_type),
		cmocka_unit_test(initial_names_caches),
		cmocka_unit_test(an_empty_section_is_an_empty_list),
		cmocka_unit_test(variants_override_axes_of_a_kernel),
		cmocka_unit_test(refuses_wrong_variants),
		cmocka_unit_test(matrix_is_the_product_with_the_first_key_slowest),
		cmocka_unit_test(matrix_of_kernels_has_them_in_the_names),
		cmocka_unit_test(refuses_wrong_matrices),
		cmocka_unit_test(refuses_a_matrix_without_bounds),
		cmocka_unit_test(reads_every_form_of_an_expectation),
		cmocka_unit_test(refuses_wrong_expectations),
		cmocka_unit_test(warns_of_what_comes_after_the_end),
		cmocka_unit_test(set_changes_what_the_path_leads_to),
		cmocka_unit_test(set_leaves_other_uses_of_an_anchor_alone),
		cmocka_unit_test(set_errors_count_the_options),
		cmocka_unit_test(variant_option_keeps_it_and_the_reference),
		cmocka_unit_test(seed_option_wins),
		cmocka_unit_test(loads_a_file_and_says_what_it_cannot_read),
		cmocka_unit_test(installation_has_defaults_and_a_file),
		cmocka_unit_test(refuses_a_wrong_or_missing_installation_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
