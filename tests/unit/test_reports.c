// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * reports/: what is printed and written from result tables made by hand. Golden texts are compared
 * whole, so that a change of any column shows.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/arena.h"
#include "reports/compare.h"
#include "reports/csv.h"
#include "reports/format.h"
#include "reports/headline.h"
#include "reports/html.h"
#include "reports/manifest.h"
#include "reports/outdir.h"
#include "reports/plot.h"
#include "reports/report.h"
#include "reports/table.h"
#include "reports/table_parts.h"

#define NO_GNUPLOT "memcgsim-test-has-no-such-program"
#define GIB (1024.0 * 1024 * 1024)

/* ---- a result ---- */

static struct metric_info metrics[] = {
	{"slab.bytes", "bytes", "all slab pages", METRIC_SAMPLED, true, true, true, false, false},
	{"list_lru.used_ratio", "ratio", "lists in use / lists", METRIC_SAMPLED, false, false, true,
	 false, false},
	{"memcg.dying", "memcgs", "offline, not yet released", METRIC_SAMPLED, true, true, true,
	 false, false},
	{"memcg.online", "memcgs", "", METRIC_SAMPLED, true, false, false, false, false},
	{"reclaim.direct", "calls", "direct reclaim", METRIC_COUNTED, true, false, true, false,
	 false},
	{"stall.direct_s", "s", "waiting in direct reclaim", METRIC_COUNTED, false, false, true,
	 false, false},
	{"oom.kills", "kills", "", METRIC_COUNTED, true, false, true, false, false},
	{"balance.scan_ratio", "ratio", "", METRIC_DERIVED, false, false, true, true, false},
};

#define NR_METRICS ARRAY_SIZE(metrics)
#define NR_NODES 2

static const char *const plain_names[] = {"eager",  "lazy",	    "first-insert",
					  "shrink", "mount-scoped", "eager-gc"};

static void *take(struct arena *a, size_t n, size_t size)
{
	void *p = arena_array(a, max_of(n, (size_t)1), size);

	assert_non_null(p);
	return p;
}

static void fill_samples(struct run_result *run, struct arena *a, u32 n, const double *at_end)
{
	run->nr_samples = n;
	run->sample_time = take(a, n, sizeof(double));
	run->samples = take(a, n * NR_METRICS, sizeof(double));
	run->node_samples = take(a, n * NR_METRICS * NR_NODES, sizeof(double));
	for (u32 s = 0; s < n; s++) {
		double part = n > 1 ? (double)s / (n - 1) : 1;

		run->sample_time[s] = 3600 * part;
		for (u32 m = 0; m < NR_METRICS; m++) {
			bool sampled = metrics[m].kind == METRIC_SAMPLED;
			double v = sampled ? at_end[m] * part : NAN;

			run->samples[s * NR_METRICS + m] = metrics[m].integer ? floor(v) : v;
			for (u32 k = 0; k < NR_NODES; k++)
				run->node_samples[(s * NR_NODES + k) * NR_METRICS + m] =
					floor(v / 2);
		}
	}
}

/* Every variant has half of what the one before has; repeats differ by a percent. */
static void fill_run(struct run_result *run, struct arena *a, u32 variant, u32 repeat,
		     u32 nr_samples)
{
	double f = pow(0.5, variant) * (1 + 0.01 * repeat);
	double end[NR_METRICS] = {8 * GIB * f, 0.03 * f,  12000 * f, 300,
				  412 * f,     1.234 * f, 0,	     NAN};

	run->variant = variant;
	run->repeat = repeat;
	run->seed = repeat + 1;
	run->complete = true;
	run->events = 1000 + variant;
	run->fingerprint[0] = 0x0123456789abcdefULL + variant;
	run->fingerprint[1] = repeat;
	run->end_ns = 3600 * NSEC_PER_SEC;
	run->wall_s = 0.25;
	run->values = take(a, NR_METRICS, sizeof(*run->values));
	for (u32 m = 0; m < NR_METRICS; m++) {
		double v = metrics[m].integer ? floor(end[m]) : end[m];

		run->values[m] = (struct metric_value){v, v, v / 2};
	}
	/* The only level that falls again. */
	run->values[2].peak = run->values[2].end * 2;
	fill_samples(run, a, nr_samples, end);
}

static struct result *make_result(struct arena *a, u32 nr_variants, u32 nr_repeats, u32 nr_samples)
{
	static const struct cache_row caches[] = {
		{3600, "dentry", 900, 1050, 192, 21, 1, 50, 50, 870},
		{3600, "inode,\"x\"", 18446744073709551615ULL, 1, 2, 3, 4, 5, 6, 7},
	};
	struct result *r = take(a, 1, sizeof(*r));
	char **notes = take(a, 1, sizeof(*notes));

	notes[0] = arena_strdup(a, "kernel v5.17: row v5.16");
	r->scenario = "list-lru-headline";
	r->description = "952 mounts & <what> they cost";
	r->version = "0.1.0";
	r->metrics = metrics;
	r->nr_metrics = NR_METRICS;
	r->nr_variants = nr_variants;
	r->nr_repeats = nr_repeats;
	r->nr_nodes = NR_NODES;
	r->nr_runs = nr_variants * nr_repeats;
	r->variants = take(a, nr_variants, sizeof(*r->variants));
	r->runs = take(a, r->nr_runs, sizeof(*r->runs));
	r->complete = true;
	r->headline = "lazy needs half of the slab memory.";
	for (u32 i = 0; i < nr_variants; i++)
		r->variants[i] = (struct variant_info){plain_names[i % ARRAY_SIZE(plain_names)],
						       "v5.17 (row v5.16)",
						       i ? "list_lru=lazy shrinker=proportional"
							 : "list_lru=eager shrinker=proportional"};
	for (u32 i = 0; i < r->nr_runs; i++) {
		fill_run(&r->runs[i], a, i / nr_repeats, i % nr_repeats, nr_samples);
		r->runs[i].notes = notes;
		r->runs[i].nr_notes = 1;
		r->runs[i].caches = take(a, 2, sizeof(caches[0]));
		memcpy(r->runs[i].caches, caches, sizeof(caches));
		r->runs[i].nr_caches = ARRAY_SIZE(caches);
	}
	r->inputs = take(a, 1, sizeof(*r->inputs));
	r->inputs[0] =
		(struct input_file){.path = "scenarios/x.yaml", .bytes = 123, .sha256 = "e3b0"};
	r->nr_inputs = 1;
	r->expects = take(a, 1, sizeof(*r->expects));
	r->expects[0] = (struct expect_row){"slab.bytes.peak of lazy max 4GiB", "4294967296"};
	r->nr_expects = 1;
	return r;
}

/* ---- texts and files ---- */

/* The text that a writer made, from an open_memstream. */
struct text {
	char *s;
	size_t len;
	FILE *f;
};

static FILE *text_open(struct text *t)
{
	t->f = open_memstream(&t->s, &t->len);
	assert_non_null(t->f);
	return t->f;
}

static const char *text_close(struct text *t)
{
	assert_int_equal(fclose(t->f), 0);
	return t->s;
}

static char *table_text_of(const struct result *r, enum table_format format, bool verbose)
{
	struct table_opts opts = {.format = format, .verbose = verbose};
	struct diag d;
	struct text t;

	diag_init(&d);
	assert_int_equal(table_write(text_open(&t), r, &opts, &d), 0);
	text_close(&t);
	diag_free(&d);
	return t.s;
}

static void assert_table_has(const struct result *r, enum table_format format, const char *part)
{
	char *text = table_text_of(r, format, false);

	assert_non_null(strstr(text, part));
	free(text);
}

static void assert_table(const struct result *r, bool verbose, const char *expected)
{
	char *text = table_text_of(r, TABLE_TEXT, verbose);

	assert_string_equal(text, expected);
	free(text);
}

static void assert_narrow(const char *text)
{
	while (*text) {
		char line[1024];
		size_t n = strcspn(text, "\n");

		assert_true(n < sizeof(line));
		memcpy(line, text, n);
		line[n] = 0;
		if (utf8_width(line) > TABLE_WIDTH)
			fail_msg("%u columns: %s", utf8_width(line), line);
		if (n && line[n - 1] == ' ')
			fail_msg("blank at the end: '%s'", line);
		text += n + (text[n] != 0);
	}
}

static char *read_file(const char *dir, const char *name, size_t *len)
{
	char path[4096];
	char *text;
	FILE *f;
	long n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	n = ftell(f);
	rewind(f);
	text = calloc(1, (size_t)n + 1);
	assert_int_equal(fread(text, 1, (size_t)n, f), n);
	fclose(f);
	if (len)
		*len = (size_t)n;
	return text;
}

static void put_file(const char *dir, const char *name, const char *text)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static bool exists(const char *dir, const char *name)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return !lstat(path, &st);
}

static void run_shell(const char *fmt, const char *arg)
{
	char command[4096];

	snprintf(command, sizeof(command), fmt, arg, arg);
	assert_int_equal(system(command), 0);
}

/* A temporary folder, an arena and a diag for each test. */
struct fixture {
	struct arena *a;
	struct diag d;
	char tmp[64];
	char dir[80];
};

static int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	x->a = arena_new();
	diag_init(&x->d);
	strcpy(x->tmp, "/tmp/memcgsim-reports-XXXXXX");
	if (!x->a || !mkdtemp(x->tmp))
		return -1;
	snprintf(x->dir, sizeof(x->dir), "%s/out/x", x->tmp);
	*state = x;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *x = *state;

	run_shell("rm -rf '%s'", x->tmp);
	arena_free(x->a);
	diag_free(&x->d);
	free(x);
	return 0;
}

static bool have_gnuplot(void)
{
	return system("gnuplot --version >/dev/null 2>&1") == 0;
}

/* ---- numbers ---- */

static void number_formats(void **state)
{
	static const struct {
		double v;
		bool integer;
		const char *text;
	} cases[] = {
		{0, false, "0"},
		{-0.0, false, "0"},
		{NAN, true, ""},
		{1, false, "1"},
		{-17, true, "-17"},
		{0.1, false, "0.1"},
		{1.0 / 3, false, "0.333333333"},
		{5988978688.0, true, "5988978688"},
		{5988978688.25, true, "5.98897869e+09"},
		{9007199254740991.0, false, "9007199254740991"},
		{9007199254740992.0, false, "9.00719925e+15"},
		{18446744073709551616.0, true, "18446744073709551616"},
		{1e-300, false, "1e-300"},
		{INFINITY, false, "inf"},
	};
	char buf[FORMAT_LEN];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(format_number(buf, cases[i].v, cases[i].integer),
				    cases[i].text);
	assert_string_equal(format_seconds(buf, 0.25), "0.25");
	assert_string_equal(format_seconds(buf, 12345678.001), "12345678.001");
	assert_string_equal(format_seconds(buf, 3600), "3600");
	assert_string_equal(format_seconds(buf, 0), "0");
	assert_string_equal(format_seconds(buf, -1e-12), "0");
}

static void human_formats(void **state)
{
	static const struct {
		double v;
		const char *unit, *text;
	} cases[] = {
		{NAN, "bytes", "-"},
		{0, "bytes", "0"},
		{512, "bytes", "512 B"},
		{4096, "bytes", "4 KiB"},
		{1023.99 * 1024, "bytes", "1.00 MiB"},
		{5988978688.0, "bytes", "5.58 GiB"},
		{1e18, "bytes", "888 PiB"},
		{0.0123, "s", "12.3 ms"},
		{0.00000032, "s", "320 ns"},
		{59.94, "s", "59.9 s"},
		{3600, "s", "60 min"},
		{999.7, "s", "16.7 min"},
		{90000, "s", "25 h"},
		{864000, "s", "10 d"},
		{0.352, "share", "35.2 %"},
		{0.352, "ratio", "0.352"},
		{0.5, "ratio", "0.500"},
		{1, "ratio", "1"},
		{9.999, "ratio", "10.0"},
		{24574, "ids", "24574"},
		{99999, "ids", "99999"},
		{123456, "ids", "123 k"},
		{999999, "ids", "1.00 M"},
		{3.44e9, "objects", "3.44 G"},
		{69.8, "calls", "69.8"},
		{0, "calls", "0"},
		{-5.5 * 1024, "bytes", "-5.50 KiB"},
	};
	char buf[FORMAT_LEN];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(format_human(buf, cases[i].v, cases[i].unit), cases[i].text);
	assert_string_equal(format_human_unit(buf, 3.44e9, "objects"), "3.44 G objects");
	assert_string_equal(format_human_unit(buf, 4096, "bytes"), "4 KiB");
	/* Side by side: one unit, unless the digits would be lost. */
	assert_string_equal(format_human_beside(buf, 800e6, "bytes", 5e9), "0.745 GiB");
	assert_string_equal(format_human_beside(buf, 4e6, "bytes", 5e9), "3.81 MiB");
}

static void change_formats(void **state)
{
	static const struct {
		double a, b;
		const char *text;
	} cases[] = {
		{NAN, 1, "-"},
		{1, NAN, "-"},
		{7, 7, "same"},
		{0, 0, "same"},
		{0, 5, "from 0"},
		{5, 0, "-100 %"},
		{1000, 69, "-93.1 %"},
		{1000, 1063, "+6.3 %"},
		{100000, 100050, "+0.05 %"},
		{1e9, 1e9 + 1, "~ 0 %"},
		{5988978688.0, 4194304, "1/1428"},
		{1000, 9, "1/111"},
		{100, 235, "x 2.35"},
		{1, 2, "x 2"},
		{1, 3.44e9, "x 3.44 G"},
		{4, -2, "-150.0 %"},
	};
	char buf[FORMAT_LEN];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(format_change(buf, cases[i].a, cases[i].b), cases[i].text);
	assert_string_equal(format_spread(buf, 1.7, 100, "s"), "+-1.7 %");
	assert_string_equal(format_spread(buf, 25, 100, "s"), "+-25 %");
	assert_string_equal(format_spread(buf, 0.001, 100, "s"), "+-0.001 %");
	assert_string_equal(format_spread(buf, 0.5, 0, "s"), "+-500 ms");
}

static void text_is_wrapped_and_escaped(void **state)
{
	struct text t;

	(void)state;
	format_wrapped(text_open(&t), "one two  three\nfour", "> ", "  ", 10);
	assert_string_equal(text_close(&t), "> one two\n  three\n  four\n");
	free(t.s);
	format_wrapped(text_open(&t), "a 123456789012345 b", "", "", 10);
	assert_string_equal(text_close(&t), "a\n1234567890\n12345 b\n");
	free(t.s);
	/* Characters, not bytes. */
	format_wrapped(text_open(&t), "\xc3\xa4\xc3\xb6\xc3\xbc \xc3\xa4\xc3\xb6", "", "", 6);
	assert_string_equal(text_close(&t), "\xc3\xa4\xc3\xb6\xc3\xbc \xc3\xa4\xc3\xb6\n");
	free(t.s);
	format_xml(text_open(&t), "<a b='c'>\"&\x01\xff\xc3\xa4");
	assert_string_equal(text_close(&t), "&lt;a b=&#39;c&#39;&gt;&quot;&amp;??\xc3\xa4");
	free(t.s);
	assert_int_equal(utf8_width("\xe2\x82\xac\xff!"), 3);
	assert_int_equal(utf8_char("\xed\xa0\x80"), 0);
	assert_int_equal(utf8_char("\xc0\xaf"), 0);
}

/* ---- statistics ---- */

static void near(double a, double b)
{
	if (!(fabs(a - b) <= 1e-6 * fabs(b)))
		fail_msg("%.10g is not %.10g", a, b);
}

/* Of a t table. */
static void interval_is_the_textbook_one(void **state)
{
	static const double five[] = {1, 2, 3, 4, 5};
	static const double gaps[] = {NAN, 4, NAN, 6};
	double half;
	u32 n;

	(void)state;
	near(compare_mean(five, 5, &half, &n), 3);
	near(half, 2.7764451 * sqrt(2.5 / 5));
	assert_int_equal(n, 5);
	near(compare_mean(gaps, 4, &half, &n), 5);
	near(half, 12.7062047);
	assert_int_equal(n, 2);
	assert_true(isnan(compare_mean(gaps, 1, &half, &n)));
}

static void stopped_repeats_are_left_out_of_the_mean(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 2, 3, 5);
	struct compare c;

	r->runs[1].complete = false;
	assert_int_equal(compare_build(&c, r, x->a), 0);
	assert_string_equal(c.rows[0].label, "slab.bytes.peak");
	assert_int_equal(c.rows[0].cells[0].of, 2);
	near(c.rows[0].cells[0].mean, 8 * GIB * 1.01);
	assert_false(c.rows[0].cells[0].partial);
	/* Without any complete run the partial values are shown but not compared. */
	for (u32 i = 3; i < 6; i++)
		r->runs[i].complete = false;
	assert_int_equal(compare_build(&c, r, x->a), 0);
	assert_true(c.rows[0].cells[1].partial);
	assert_int_equal(c.rows[0].cells[1].n, 3);
	assert_true(isnan(c.rows[0].cells[1].p));
}

/* ---- CSV ---- */

static void assert_starts(const char *text, const char *with)
{
	if (strncmp(text, with, strlen(with)))
		fail_msg("not at the start of\n%.*s\nbut:\n%s", (int)strlen(with) + 80, text, with);
}

static void summary_has_a_row_per_metric_and_suffix(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 2, 1, 3);
	struct text t;

	r->variants[1].name = "la,zy \"2\"";
	csv_summary(text_open(&t), r);
	assert_starts(text_close(&t),
		      "scenario,variant,repeat,metric,value,unit\n"
		      "list-lru-headline,eager,0,slab.bytes.end,8589934592,bytes\n"
		      "list-lru-headline,eager,0,slab.bytes.peak,8589934592,bytes\n"
		      "list-lru-headline,eager,0,slab.bytes.mean,4294967296,bytes\n"
		      "list-lru-headline,eager,0,list_lru.used_ratio.end,0.03,ratio\n"
		      "list-lru-headline,eager,0,list_lru.used_ratio.peak,0.03,ratio\n"
		      "list-lru-headline,eager,0,list_lru.used_ratio.mean,0.015,ratio\n"
		      "list-lru-headline,eager,0,memcg.dying.end,12000,memcgs\n"
		      "list-lru-headline,eager,0,memcg.dying.peak,24000,memcgs\n"
		      "list-lru-headline,eager,0,memcg.dying.mean,6000,memcgs\n"
		      "list-lru-headline,eager,0,memcg.online.end,300,memcgs\n"
		      "list-lru-headline,eager,0,memcg.online.peak,300,memcgs\n"
		      "list-lru-headline,eager,0,memcg.online.mean,150,memcgs\n"
		      "list-lru-headline,eager,0,reclaim.direct,412,calls\n"
		      "list-lru-headline,eager,0,stall.direct_s,1.234,s\n"
		      "list-lru-headline,eager,0,oom.kills,0,kills\n"
		      "list-lru-headline,eager,0,balance.scan_ratio,,ratio\n"
		      "list-lru-headline,\"la,zy \"\"2\"\"\",0,slab.bytes.end,4294967296,bytes\n");
	free(t.s);
}

static void timeseries_has_the_sampled_metrics_and_the_series(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 1, 1, 3);
	struct text t;

	r->runs[0].samples[NR_METRICS + 2] = NAN;
	/* not sampled, but with its value so far */
	r->runs[0].samples[3 * NR_METRICS - 1] = 1.5;
	csv_timeseries(text_open(&t), r);
	assert_string_equal(text_close(&t),
			    "scenario,variant,repeat,time_s,slab.bytes,list_lru.used_ratio,"
			    "memcg.dying,memcg.online,balance.scan_ratio\n"
			    "list-lru-headline,eager,0,0,0,0,0,0,\n"
			    "list-lru-headline,eager,0,1800,4294967296,0.015,,150,\n"
			    "list-lru-headline,eager,0,3600,8589934592,0.03,12000,300,1.5\n");
	free(t.s);
}

static void nodes_has_a_row_per_time_and_node(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 1, 1, 2);
	struct text t;

	csv_nodes(text_open(&t), r);
	assert_string_equal(text_close(&t),
			    "scenario,variant,repeat,time_s,node,slab.bytes,memcg.dying\n"
			    "list-lru-headline,eager,0,0,0,0,0\n"
			    "list-lru-headline,eager,0,0,1,0,0\n"
			    "list-lru-headline,eager,0,3600,0,4294967296,6000\n"
			    "list-lru-headline,eager,0,3600,1,4294967296,6000\n");
	free(t.s);
}

static void caches_has_slabinfos_columns_and_the_truth(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 1, 1, 2);
	struct text t;

	csv_caches(text_open(&t), r);
	assert_string_equal(
		text_close(&t),
		"scenario,variant,repeat,time_s,cache,active_objs,num_objs,objsize,"
		"objperslab,pagesperslab,active_slabs,num_slabs,live_objs\n"
		"list-lru-headline,eager,0,3600,dentry,900,1050,192,21,1,50,50,870\n"
		"list-lru-headline,eager,0,3600,\"inode,\"\"x\"\"\",18446744073709551615,"
		"1,2,3,4,5,6,7\n");
	free(t.s);
}

/* ---- the table ---- */

static void table_of_one_variant(void **state)
{
	struct fixture *x = *state;

	assert_table(make_result(x->a, 1, 1, 2), false,
		     "lazy needs half of the slab memory.\n"
		     "\n"
		     "list-lru-headline            eager\n"
		     "----------------------------------\n"
		     "slab.bytes.peak              8 GiB\n"
		     "list_lru.used_ratio.mean    0.0150\n"
		     "list_lru.used_ratio.end     0.0300\n"
		     "memcg.dying.peak             24000\n"
		     "memcg.dying.end              12000\n"
		     "reclaim.direct                 412\n"
		     "stall.direct_s              1.23 s\n"
		     "\n"
		     "0 everywhere: oom.kills\n"
		     "no value: balance.scan_ratio\n"
		     "\n"
		     "expect slab.bytes.peak of lazy max 4GiB: 4294967296\n");
}

static void table_of_two_variants(void **state)
{
	struct fixture *x = *state;

	assert_table(make_result(x->a, 2, 1, 2), true,
		     "lazy needs half of the slab memory.\n"
		     "\n"
		     "list-lru-headline            eager             lazy\n"
		     "---------------------------------------------------\n"
		     "slab.bytes.peak              8 GiB    4 GiB -50.0 %\n"
		     "list_lru.used_ratio.mean    0.0150  0.00750 -50.0 %\n"
		     "list_lru.used_ratio.end     0.0300   0.0150 -50.0 %\n"
		     "memcg.dying.peak             24000    12000 -50.0 %\n"
		     "memcg.dying.end              12000     6000 -50.0 %\n"
		     "reclaim.direct                 412      206 -50.0 %\n"
		     "stall.direct_s              1.23 s  0.617 s -50.0 %\n"
		     "\n"
		     "0 everywhere: oom.kills\n"
		     "no value: balance.scan_ratio\n"
		     "\n"
		     "expect slab.bytes.peak of lazy max 4GiB: 4294967296\n"
		     "\n"
		     "variant eager: v5.17 (row v5.16) list_lru=eager shrinker=proportional\n"
		     "variant lazy: v5.17 (row v5.16) list_lru=lazy shrinker=proportional\n"
		     "note kernel v5.17: row v5.16\n");
}

static void table_of_three_variants_with_repeats(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 3, 3, 2);

	/* One that differs by chance, one with a missing repeat, one that differs by a p of 0.035 that 16 tests are too many for. */
	for (u32 i = 0; i < 3; i++)
		r->runs[3 + i].values[4].end = 410 + 3 * i;
	r->runs[3].values[5].end = NAN;
	for (u32 i = 0; i < 9; i++)
		r->runs[i].values[7].end = i < 3 ? 1 : i;
	assert_table(
		r, false,
		"lazy needs half of the slab memory.\n"
		"\n"
		"list-lru-headline            eager                    lazy       first-insert\n"
		"-----------------------------------------------------------------------------\n"
		"slab.bytes.peak           8.08 GiB       4.04 GiB -50.0 %*  2.02 GiB -75.0 %*\n"
		"                           +-2.5 %        +-2.5 %            +-2.5 %\n"
		"list_lru.used_ratio.mean    0.0151        0.00757 -50.0 %*   0.00379 -75.0 %*\n"
		"                           +-2.5 %        +-2.5 %            +-2.5 %\n"
		"list_lru.used_ratio.end     0.0303         0.0151 -50.0 %*   0.00757 -75.0 %*\n"
		"                           +-2.5 %        +-2.5 %            +-2.5 %\n"
		"memcg.dying.peak             24240          12120 -50.0 %*      6060 -75.0 %*\n"
		"                           +-2.5 %        +-2.5 %            +-2.5 %\n"
		"memcg.dying.end              12120           6060 -50.0 %*      3030 -75.0 %*\n"
		"                           +-2.5 %        +-2.5 %            +-2.5 %\n"
		"reclaim.direct                 416            413  -0.7 %        104 -75.0 %*\n"
		"                           +-2.4 %        +-1.8 %            +-2.4 %\n"
		"stall.direct_s              1.25 s        0.626 s -49.8 %*   0.312 s -75.0 %*\n"
		"                           +-2.5 %  +-6.3 % (2/3)            +-2.5 %\n"
		"balance.scan_ratio               1              4     x 4          7     x 7*\n"
		"                                           +-62 %             +-35 %\n"
		"\n"
		"mean of 3 repeats +- 95 % interval; * real difference from the first (Welch's\n"
		"  t-test, p < 0.05 after Holm's correction for 16 tests)\n"
		"these repeats show a difference of 5 % in 1 of 16 tests; balance.scan_ratio\n"
		"  needs 8466, the most\n"
		"(n/m): n of m repeats have a value\n"
		"0 everywhere: oom.kills\n"
		"\n"
		"expect slab.bytes.peak of lazy max 4GiB: 4294967296\n");
}

static void table_of_six_variants(void **state)
{
	struct fixture *x = *state;

	assert_table(make_result(x->a, 6, 1, 2), false,
		     "lazy needs half of the slab memory.\n"
		     "\n"
		     "                             list_lru     list_lru\n"
		     "              slab.bytes  .used_ratio  .used_ratio  memcg.dying\n"
		     "                   .peak        .mean         .end        .peak\n"
		     "---------------------------------------------------------------\n"
		     "eager              8 GiB       0.0150       0.0300        24000\n"
		     "lazy               4 GiB      0.00750       0.0150        12000\n"
		     "first-insert       2 GiB      0.00375      0.00750         6000\n"
		     "shrink             1 GiB      0.00187      0.00375         3000\n"
		     "mount-scoped   0.500 GiB     0.000937      0.00187         1500\n"
		     "eager-gc       0.250 GiB     0.000469     0.000937          750\n"
		     "\n"
		     "              memcg.dying\n"
		     "                     .end  reclaim.direct  stall.direct_s\n"
		     "---------------------------------------------------------\n"
		     "eager               12000             412          1.23 s\n"
		     "lazy                 6000             206         0.617 s\n"
		     "first-insert         3000             103         0.308 s\n"
		     "shrink               1500              51         0.154 s\n"
		     "mount-scoped          750              25        0.0771 s\n"
		     "eager-gc              375              12        0.0386 s\n"
		     "\n"
		     "0 everywhere: oom.kills\n"
		     "no value: balance.scan_ratio\n"
		     "\n"
		     "expect slab.bytes.peak of lazy max 4GiB: 4294967296\n");
}

static void table_of_an_incomplete_run_says_why(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 2, 1, 2);

	r->complete = false;
	r->runs[1].complete = false;
	r->runs[1].why = "interrupted by SIGINT";
	r->runs[1].end_ns = 742 * NSEC_PER_SEC;
	assert_table(r, false,
		     "lazy needs half of the slab memory.\n"
		     "\n"
		     "INCOMPLETE lazy: stopped after 742 s, interrupted by SIGINT\n"
		     "\n"
		     "list-lru-headline            eager             lazy\n"
		     "---------------------------------------------------\n"
		     "slab.bytes.peak              8 GiB    4 GiB partial\n"
		     "list_lru.used_ratio.mean    0.0150  0.00750 partial\n"
		     "list_lru.used_ratio.end     0.0300   0.0150 partial\n"
		     "memcg.dying.peak             24000    12000 partial\n"
		     "memcg.dying.end              12000     6000 partial\n"
		     "reclaim.direct                 412      206 partial\n"
		     "stall.direct_s              1.23 s  0.617 s partial\n"
		     "\n"
		     "0 everywhere: oom.kills\n"
		     "no value: balance.scan_ratio\n"
		     "\n"
		     "expect slab.bytes.peak of lazy max 4GiB: 4294967296\n");
}

/* A live host: nearly all of it was there before the run, and three digits would hide the rest. */
static void make_populated(struct result *r)
{
	static const double grown[] = {15, 12, 22};
	const double mib = 1024 * 1024;

	for (u32 i = 0; i < r->nr_runs; i++) {
		struct run_result *run = &r->runs[i];

		run->values[0].peak = GIB + grown[run->variant] * mib;
		run->values[0].end = GIB + (grown[run->variant] - 13) * mib;
		run->values[2].peak = run->values[2].end = 10;
		run->samples[0] = GIB;
	}
}

static void level_of_a_populated_host_is_shown_as_its_growth(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 3, 1, 2);

	make_populated(r);
	r->nr_metrics = 1;
	r->nr_expects = 0;
	assert_table(r, false,
		     "lazy needs half of the slab memory.\n"
		     "\n"
		     "list-lru-headline     eager             lazy     first-insert\n"
		     "-------------------------------------------------------------\n"
		     "slab.bytes.peak     +15 MiB  +12 MiB -20.0 %  +22 MiB +46.7 %\n"
		     "slab.bytes.end       +2 MiB   -1 MiB       -   +9 MiB  x 4.50\n"
		     "\n"
		     "growth (+) over the start: slab.bytes 1 GiB\n");
	/* One that starts elsewhere, or moves far, is compared by its level. */
	r->runs[1].samples[0] = 2 * GIB;
	assert_table_has(r, TABLE_TEXT, "1.01 GiB");
	make_populated(r);
	r->runs[1].values[0].peak = 3 * GIB;
	assert_table_has(r, TABLE_TEXT, "3 GiB");
	/* Machines get the level. */
	make_populated(r);
	assert_table_has(r, TABLE_CSV, "1089470464");
}

static void rows_with_one_number_are_told_below_the_table(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 3, 1, 2);
	char *text;

	make_populated(r);
	text = table_text_of(r, TABLE_TEXT, false);
	assert_non_null(strstr(text, "\nalike in all variants: memcg.dying.peak 10\n"));
	assert_null(strstr(text, "memcg.dying.end"));
	free(text);
	/* If no row differs, the table still shows what there is. */
	for (u32 i = 0; i < r->nr_runs; i++)
		r->runs[i].values = r->runs[0].values;
	text = table_text_of(r, TABLE_TEXT, false);
	assert_null(strstr(text, "alike"));
	assert_non_null(strstr(text, "memcg.dying.peak"));
	free(text);
	/* Of two rows of a metric, the one that is 0 is named with its suffix. */
	for (u32 i = 0; i < r->nr_runs; i++) {
		r->runs[i].values[2].peak = 10 + i;
		r->runs[i].values[2].end = 0;
	}
	text = table_text_of(r, TABLE_TEXT, false);
	assert_non_null(strstr(text, "0 everywhere: memcg.dying.end, oom.kills\n"));
	free(text);
}

static void kernel_memory_is_the_first_row(void **state)
{
	static struct metric_info two[] = {
		{"slab.bytes", "bytes", "", METRIC_SAMPLED, true, false, true, false, false},
		{"kernel.bytes", "bytes", "", METRIC_SAMPLED, true, false, true, false, false},
	};
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 2, 1, 2);
	struct compare c;

	r->metrics = two;
	r->nr_metrics = 2;
	assert_int_equal(compare_build(&c, r, x->a), 0);
	assert_string_equal(c.rows[0].metric->name, "kernel.bytes");
}

static void headline_names_the_extremes(void **state)
{
	static struct metric_info kernel[] = {
		{"kernel.bytes", "bytes", "", METRIC_SAMPLED, true, false, true, false, false},
	};
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 3, 1, 2);

	r->metrics = kernel;
	r->nr_metrics = 1;
	assert_string_equal(
		headline_make(r, x->a),
		"eager takes 8 GiB of kernel memory at its peak; least with first-insert: 2 "
		"GiB, 6 GiB less (75.0 %).");
	r->runs[0].values[0].end = GIB;
	r->nr_variants = 2;
	assert_string_equal(
		headline_make(r, x->a),
		"eager takes 8 GiB of kernel memory at its peak; lazy takes 4 GiB: 4 GiB "
		"less (50.0 %); 1 GiB are left at the end, 4 GiB with lazy.");
	r->nr_variants = 3;
	make_populated(r);
	assert_string_equal(
		headline_make(r, x->a),
		"eager adds 15 MiB to the 1 GiB of kernel memory at the start; least with "
		"lazy: 12 MiB, 3 MiB less (20.0 %); most with first-insert: 22 MiB, 7 MiB "
		"more (46.7 %).");
	r->nr_variants = 1;
	assert_string_equal(headline_make(r, x->a),
			    "eager adds 15 MiB to the 1 GiB of kernel memory at the start.");
	r->runs[0].values = NULL;
	assert_string_equal(headline_make(r, x->a), "The first variant did not run.");
}

/* What a closed loop took is what the run was about: its row comes first, too. */
static void headline_says_how_long_a_closed_loop_took(void **state)
{
	static struct metric_info two[] = {
		{"kernel.bytes", "bytes", "", METRIC_SAMPLED, true, false, true, false, false},
		{"workload.make.duration_s", "s", "", METRIC_DERIVED, false, false, true, false,
		 true},
	};
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 3, 1, 2);
	struct compare c;

	r->metrics = two;
	r->nr_metrics = 2;
	for (u32 i = 0; i < 3; i++)
		r->runs[i].values[1].end = 10.0 + i;
	assert_int_equal(compare_build(&c, r, x->a), 0);
	assert_string_equal(c.rows[0].metric->name, "workload.make.duration_s");
	assert_string_equal(headline_make(r, x->a),
			    "make takes 10 s with eager; longest with first-insert: 12 s (x 1.2).");
	r->runs[1].values[1].end = r->runs[2].values[1].end = 10.01;
	assert_string_equal(headline_make(r, x->a),
			    "make takes 10 s with eager, and no longer with any other.");
	r->runs[2].values[1].end = NAN;
	assert_string_equal(headline_make(r, x->a), "make takes 10 s with eager; with first-insert "
						    "it is not done at the end.");
	r->runs[0].values[1].end = NAN;
	assert_string_equal(headline_make(r, x->a), "make is not done at the end with eager.");
	r->runs[0].values = NULL;
	assert_string_equal(headline_make(r, x->a), "The first variant did not run.");
}

/* Whatever the numbers and names, every line fits a mail. */
static void table_is_at_most_80_columns_wide(void **state)
{
	static const char *const names[] = {
		"a",
		"per-object+proportional+per-memcg+strip+blocking+free+eager+on",
		"per-object+proportional+per-memcg+strip+blocking+free+lazier+on",
		"per-page+proportional+per-memcg+strip+blocking+free+eager+on.2",
		"per-page+proportional+per-memcg+strip+blocking+free+eager+on.3",
		"0123456789012345678901234567890123456789012345678901234567890123",
		"x-0123456789012345678901234567890123456789012345678901234567890",
	};
	static const double values[] = {NAN,   0,	  1.5e-9,  0.0123, 1,
					99999, 1023.99e6, 3.44e12, 1e300};
	struct fixture *x = *state;

	for (u32 seed = 0; seed < 200; seed++) {
		struct result *r = make_result(x->a, 1 + seed % 7, 1 + seed / 7 % 3, 2);
		char *text;

		for (u32 i = 0; i < r->nr_variants; i++)
			r->variants[i].name = names[(i + seed) % ARRAY_SIZE(names)];
		for (u32 i = 0; i < r->nr_runs; i++) {
			for (u32 m = 0; m < NR_METRICS; m++)
				r->runs[i].values[m].peak = r->runs[i].values[m].end =
					values[(i * 7 + m * 3 + seed * 5) % ARRAY_SIZE(values)];
			r->runs[i].complete = (i + seed) % 5 != 0;
			r->runs[i].why =
				"a reason that is longer than one line of a mail can be, so it "
				"must go on in the next one";
		}
		r->expects[0].text =
			"workload.a-very-long-name-of-a-workload-that-goes-on.duration_s of "
			"per-object+proportional+per-memcg+strip+blocking+free+eager+on max 10";
		text = table_text_of(r, TABLE_TEXT, true);
		assert_narrow(text);
		free(text);
	}
}

static void long_metric_names_get_a_line_of_their_own(void **state)
{
	struct fixture *x = *state;
	struct metric_info m[2] = {
		{"workload.0123456789012345678901234567890123456789012345678901234567890123."
		 "duration_s",
		 "s", "", METRIC_DERIVED, false, false, true, false, false},
		{"oom.kills", "kills", "", METRIC_COUNTED, true, false, true, false, false},
	};
	struct result *r = make_result(x->a, 3, 1, 1);
	char *text;

	r->metrics = m;
	r->nr_metrics = 1;
	text = table_text_of(r, TABLE_TEXT, false);
	assert_non_null(strstr(text, m[0].name));
	free(text);
}

static void short_names_tell_the_variants_apart(void **state)
{
	static const char *const names[] = {"per-page+proportional+shared+strip+on",
					    "per-page+proportional+shared+strip+off",
					    "per-object+proportional+shared+strip+on", "short"};
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 4, 1, 1);

	for (u32 i = 0; i < 4; i++)
		r->variants[i].name = names[i];
	for (u32 width = 4; width < 40; width++) {
		const char **brief = table_short_names(r, width, x->a);

		assert_non_null(brief);
		for (u32 i = 0; i < 4; i++) {
			assert_true(strlen(brief[i]) <= width);
			for (u32 k = 0; k < i; k++)
				assert_string_not_equal(brief[i], brief[k]);
		}
		if (width >= 8)
			assert_string_equal(brief[3], "short");
	}
}

static void markdown_table(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 2, 1, 2);
	char *text;

	r->nr_metrics = 3;
	text = table_text_of(r, TABLE_MD, true);
	assert_string_equal(text, "### list-lru-headline\n"
				  "\n"
				  "lazy needs half of the slab memory.\n"
				  "\n"
				  "| | `eager` | `lazy` |\n"
				  "|---|---:|---:|\n"
				  "| `slab.bytes.peak` | 8 GiB | 4 GiB (-50.0 %) |\n"
				  "| `list_lru.used_ratio.mean` | 0.0150 | 0.00750 (-50.0 %) |\n"
				  "| `list_lru.used_ratio.end` | 0.0300 | 0.0150 (-50.0 %) |\n"
				  "| `memcg.dying.peak` | 24000 | 12000 (-50.0 %) |\n"
				  "| `memcg.dying.end` | 12000 | 6000 (-50.0 %) |\n"
				  "\n"
				  "- expect slab.bytes.peak of lazy max 4GiB: 4294967296\n"
				  "- note kernel v5.17: row v5.16\n");
	free(text);
}

static void csv_table(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 2, 2, 2);
	char *text;

	r->nr_metrics = 1;
	text = table_text_of(r, TABLE_CSV, false);
	assert_string_equal(
		text,
		"scenario,metric,unit,variant,repeats,value,ci95,over_first,p,p_holm,test\n"
		"list-lru-headline,slab.bytes.peak,bytes,eager,2,8.63288426e+09,545727332,1,,,\n"
		"list-lru-headline,slab.bytes.peak,bytes,lazy,2,4316442132,272863663,0.5,0."
		"000996469869,0.000996469869,welch\n");
	free(text);
}

static struct json_object *get(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	assert_true(json_object_object_get_ex(o, key, &v));
	return v;
}

static void json_table_parses_back(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 2, 2, 2);
	struct json_object *o, *rows, *row, *value;
	char *text;

	r->headline = "a \"quoted\" \\ \xff headline";
	text = table_text_of(r, TABLE_JSON, false);
	o = json_tokener_parse(text);
	assert_non_null(o);
	assert_string_equal(json_object_get_string(get(o, "headline")),
			    "a \"quoted\" \\ ? headline");
	rows = get(o, "rows");
	row = json_object_array_get_idx(rows, 0);
	assert_string_equal(json_object_get_string(get(row, "metric")), "slab.bytes.peak");
	value = json_object_array_get_idx(get(row, "values"), 1);
	near(json_object_get_double(get(value, "over_first")), 0.5);
	assert_true(json_object_get_boolean(get(value, "differs")));
	/* The last row has no value anywhere: null, not 0. */
	row = json_object_array_get_idx(rows, json_object_array_length(rows) - 1);
	assert_null(get(json_object_array_get_idx(get(row, "values"), 0), "value"));
	json_object_put(o);
	free(text);
}

static void table_formats_are_parsed(void **state)
{
	enum table_format f;

	(void)state;
	assert_true(table_format_parse("md", &f));
	assert_int_equal(f, TABLE_MD);
	assert_false(table_format_parse("xml", &f));
}

static void table_reports_a_full_disk(void **state)
{
	struct fixture *x = *state;
	struct table_opts opts = {.format = TABLE_TEXT};
	FILE *f = fopen("/dev/full", "w");

	if (!f)
		skip();
	assert_int_equal(table_write(f, make_result(x->a, 2, 1, 2), &opts, &x->d), -EIO);
	assert_int_equal(x->d.worst, DIAG_SYSTEM);
	assert_non_null(strstr(x->d.text, "No space left on device"));
	fclose(f);
}

/* ---- manifest ---- */

static void manifest_parses_back(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 2, 2, 2);
	struct json_object *o, *run;
	struct text t;

	r->runs[3].complete = false;
	r->runs[3].why = "interrupted";
	r->runs[3].seed = 18446744073709551615ULL;
	r->complete = false;
	assert_int_equal(manifest_write(text_open(&t), r), 0);
	text_close(&t);
	assert_starts(t.s, "{\n  \"program\": \"memcgsim\",\n  \"version\": \"0.1.0\",\n"
			   "  \"scenario\": \"list-lru-headline\",");
	o = json_tokener_parse(t.s);
	assert_non_null(o);
	assert_false(json_object_get_boolean(get(o, "complete")));
	assert_int_equal(json_object_array_length(get(o, "seeds")), 3);
	assert_int_equal(json_object_array_length(get(o, "inputs")), 1);
	run = json_object_array_get_idx(get(o, "runs"), 1);
	assert_string_equal(json_object_get_string(get(run, "variant")), "eager");
	assert_string_equal(json_object_get_string(get(run, "fingerprint")),
			    "00000000000000010123456789abcdef");
	assert_string_equal(json_object_get_string(get(run, "end_s")), "3600");
	run = json_object_array_get_idx(get(o, "runs"), 3);
	assert_true(json_object_get_uint64(get(run, "seed")) == 18446744073709551615ULL);
	assert_string_equal(json_object_get_string(get(run, "why")), "interrupted");
	assert_null(strstr(t.s, "wall"));
	json_object_put(o);
	free(t.s);
}

static void run_info_holds_host_and_times(void **state)
{
	struct fixture *x = *state;
	struct run_info info = {
		.host = "h", .started = "2024-01-01T00:00:00Z", .jobs = 2, .wall_s = 1.5};
	struct json_object *o;
	struct text t;

	assert_int_equal(run_info_write(text_open(&t), make_result(x->a, 1, 1, 1), &info), 0);
	o = json_tokener_parse(text_close(&t));
	assert_non_null(o);
	assert_string_equal(json_object_get_string(get(o, "host")), "h");
	near(json_object_get_double(get(json_object_array_get_idx(get(o, "runs"), 0), "wall_s")),
	     0.25);
	json_object_put(o);
	free(t.s);
}

/* ---- the out folder ---- */

static const char ours[] = "{ \"program\": \"memcgsim\" }";

static void make_folder(struct fixture *x, const char *files)
{
	struct outdir o;

	assert_int_equal(outdir_begin(&o, x->dir, &x->d), 0);
	assert_int_equal(outdir_write(&o, "manifest.json", ours, strlen(ours), &x->d), 0);
	assert_int_equal(outdir_write(&o, files, "1", 1, &x->d), 0);
	assert_int_equal(outdir_commit(&o, &x->d), 0);
}

static void assert_clean(struct fixture *x)
{
	assert_false(exists(x->tmp, "out/x.new"));
	assert_false(exists(x->dir, ".unfinished"));
	assert_false(exists(x->dir, ".old"));
}

static void folder_appears_whole_and_is_replaced_whole(void **state)
{
	struct fixture *x = *state;

	make_folder(x, "plots/a.svg");
	assert_true(exists(x->dir, "plots/a.svg"));
	assert_clean(x);
	make_folder(x, "b.csv");
	assert_true(exists(x->dir, "b.csv"));
	assert_false(exists(x->dir, "plots"));
	assert_clean(x);
}

static void folder_is_replaced_where_names_cannot_be_exchanged(void **state)
{
	struct fixture *x = *state;
	struct outdir o;

	make_folder(x, "a.csv");
	assert_int_equal(outdir_begin(&o, x->dir, &x->d), 0);
	o.no_exchange = true;
	assert_int_equal(outdir_write(&o, "b.csv", "2", 1, &x->d), 0);
	assert_int_equal(outdir_commit(&o, &x->d), 0);
	assert_true(exists(x->dir, "b.csv"));
	assert_false(exists(x->dir, "a.csv"));
	assert_clean(x);
}

static void aborted_folder_leaves_the_old_one(void **state)
{
	struct fixture *x = *state;
	struct outdir o;

	make_folder(x, "a.csv");
	assert_int_equal(outdir_begin(&o, x->dir, &x->d), 0);
	assert_non_null(outdir_open(&o, "b.csv", &x->d));
	outdir_abort(&o);
	assert_true(exists(x->dir, "a.csv"));
	assert_clean(x);
}

static void assert_refused(struct fixture *x, const char *dir, const char *why)
{
	struct outdir o;

	diag_free(&x->d);
	assert_int_equal(outdir_check(dir, &x->d), -EINVAL);
	assert_int_equal(x->d.worst, DIAG_INPUT);
	if (!strstr(x->d.text, why))
		fail_msg("'%s' is not in: %s", why, x->d.text);
	assert_int_equal(outdir_begin(&o, dir, &x->d), -EINVAL);
}

static void foreign_folders_are_refused(void **state)
{
	struct fixture *x = *state;

	run_shell("mkdir -p '%s/out/x'", x->tmp);
	assert_int_equal(outdir_check(x->dir, &x->d), 0);
	put_file(x->dir, "thesis.tex", "years of work");
	assert_refused(x, x->dir, "is not a result folder");
	/* Browsers and packagers have a manifest.json too. */
	put_file(x->dir, "manifest.json", "{\"name\": \"extension\"}");
	assert_refused(x, x->dir, "--out");
	assert_true(exists(x->dir, "thesis.tex"));
	put_file(x->dir, "manifest.json", ours);
	assert_int_equal(outdir_check(x->dir, &x->d), 0);
	put_file(x->tmp, "file", "");
	snprintf(x->dir, sizeof(x->dir), "%s/file", x->tmp);
	assert_refused(x, x->dir, "is not a folder");
	snprintf(x->dir, sizeof(x->dir), "%s/file/x", x->tmp);
	assert_refused(x, x->dir, "Not a directory");
	assert_refused(x, ".", "name a folder");
	assert_refused(x, "a/..", "name a folder");
	assert_refused(x, "/", "name a folder");
	assert_refused(x, "", "name a folder");
}

/* Someone may have called a result x.new to compare it with x. */
static void foreign_dir_new_is_in_the_way(void **state)
{
	struct fixture *x = *state;

	run_shell("mkdir -p '%s/out/x.new'", x->tmp);
	assert_int_equal(outdir_check(x->dir, &x->d), 0);
	run_shell("echo > '%s/out/x.new/manifest.json'", x->tmp);
	assert_refused(x, x->dir, "is in the way");
	assert_true(exists(x->tmp, "out/x.new/manifest.json"));
}

static void what_a_killed_run_left_is_cleared(void **state)
{
	struct fixture *x = *state;

	run_shell("mkdir -p '%s/out/x.new/plots'", x->tmp);
	run_shell("touch '%s/out/x.new/.unfinished' '%s/out/x.new/plots/a.svg'", x->tmp);
	make_folder(x, "b.csv");
	assert_true(exists(x->dir, "b.csv"));
	assert_false(exists(x->dir, "plots"));
	assert_clean(x);
}

/* Killed between the two renames of a swap without exchange. */
static void folder_moved_aside_is_put_back(void **state)
{
	struct fixture *x = *state;
	struct outdir o;

	make_folder(x, "a.csv");
	run_shell("mkdir '%s/out/x.new'", x->tmp);
	run_shell("touch '%s/out/x.new/.unfinished'", x->tmp);
	run_shell("mv '%s/out/x' '%s/out/x.new/.old'", x->tmp);
	assert_int_equal(outdir_begin(&o, x->dir, &x->d), 0);
	assert_true(exists(x->dir, "a.csv"));
	outdir_abort(&o);
	assert_true(exists(x->dir, "a.csv"));
	assert_clean(x);
}

static void second_writer_gets_an_error(void **state)
{
	struct fixture *x = *state;
	struct outdir o, p;

	assert_int_equal(outdir_begin(&o, x->dir, &x->d), 0);
	assert_int_equal(outdir_begin(&p, x->dir, &x->d), -EIO);
	assert_non_null(strstr(x->d.text, "another run"));
	assert_true(exists(x->tmp, "out/x.new"));
	outdir_abort(&o);
	assert_clean(x);
}

static void link_to_a_folder_stays_a_link(void **state)
{
	struct fixture *x = *state;

	run_shell("mkdir -p '%s/big/y'", x->tmp);
	run_shell("mkdir -p '%s/out' && ln -s ../big/y '%s/out/x'", x->tmp);
	make_folder(x, "a.csv");
	assert_true(exists(x->tmp, "big/y/a.csv"));
	assert_int_equal(unlink(x->dir), 0);
}

static void full_disk_is_reported_with_the_file(void **state)
{
	struct fixture *x = *state;
	char expected[200];
	struct outdir o;
	FILE *f;

	if (access("/dev/full", W_OK))
		skip();
	make_folder(x, "a.csv");
	assert_int_equal(outdir_begin(&o, x->dir, &x->d), 0);
	run_shell("ln -s /dev/full '%s/out/x.new/summary.csv'", x->tmp);
	f = outdir_open(&o, "summary.csv", &x->d);
	assert_non_null(f);
	/* More than a buffer: the error comes in the middle, and errno is long gone at the end. */
	for (u32 i = 0; i < 100000; i++)
		fputs("0123456789\n", f);
	errno = 0;
	assert_int_equal(outdir_close(&o, &x->d), -EIO);
	assert_int_equal(x->d.worst, DIAG_SYSTEM);
	snprintf(expected, sizeof(expected),
		 "cannot write %s/summary.csv: No space left on device\n", x->dir);
	assert_string_equal(x->d.text, expected);
	outdir_abort(&o);
	assert_true(exists(x->dir, "a.csv"));
	assert_clean(x);
}

/* ---- the whole report ---- */

static const char *const report_files[] = {"summary.csv", "timeseries.csv", "nodes.csv",
					   "caches.csv",  "manifest.json",  "report.html"};

static void report_is_written_without_gnuplot(void **state)
{
	struct fixture *x = *state;
	struct report_opts o = {.out = x->dir, .plots = true, .gnuplot = NO_GNUPLOT};
	struct result *r = make_result(x->a, 2, 1, 3);

	assert_int_equal(report_write(r, NULL, &o, &x->d), 0);
	assert_int_equal(x->d.nr_errors, 0);
	assert_int_equal(x->d.nr_warnings, 1);
	assert_non_null(strstr(x->d.text, "gnuplot-nox"));
	for (u32 i = 0; i < ARRAY_SIZE(report_files); i++)
		assert_true(exists(x->dir, report_files[i]));
	assert_true(exists(x->dir, "run-info.json"));
	assert_false(exists(x->dir, "plots"));
	assert_clean(x);
}

static void failing_gnuplot_costs_only_the_plots(void **state)
{
	struct fixture *x = *state;
	struct report_opts o = {.out = x->dir, .plots = true, .gnuplot = "false"};

	assert_int_equal(report_write(make_result(x->a, 2, 1, 3), NULL, &o, &x->d), 0);
	assert_int_equal(x->d.nr_warnings, 1);
	assert_true(exists(x->dir, "report.html"));
}

static void same_result_gives_the_same_bytes(void **state)
{
	struct fixture *x = *state;
	struct run_info info = {.host = "a", .started = "then", .wall_s = 1};
	struct report_opts o = {.out = x->dir, .plots = true};
	struct result *r = make_result(x->a, 3, 3, 2000);
	char other[100];

	if (!have_gnuplot())
		o.gnuplot = NO_GNUPLOT;
	assert_int_equal(report_write(r, &info, &o, &x->d), 0);
	snprintf(other, sizeof(other), "%s/second", x->tmp);
	o.out = other;
	info = (struct run_info){.host = "b", .started = "now", .wall_s = 2};
	for (u32 i = 0; i < r->nr_runs; i++)
		r->runs[i].wall_s *= 3;
	assert_int_equal(report_write(r, &info, &o, &x->d), 0);
	run_shell("diff -r -x run-info.json '%s/out/x' '%s/second'", x->tmp);
}

static int more_files(struct outdir *o, void *arg, struct diag *d)
{
	return outdir_write(o, arg, "text", 4, d);
}

static int full_manifest(struct outdir *o, void *arg, struct diag *d)
{
	char path[200];

	(void)arg;
	(void)d;
	snprintf(path, sizeof(path), "%s/manifest.json", o->fresh);
	return symlink("/dev/full", path);
}

static void report_takes_more_files(void **state)
{
	struct fixture *x = *state;
	char name[] = "proc/lazy/slabinfo";
	struct report_opts o = {.out = x->dir, .more = more_files, .more_arg = name};

	assert_int_equal(report_write(make_result(x->a, 2, 1, 3), NULL, &o, &x->d), 0);
	assert_true(exists(x->dir, name));
}

static void files_written_side_by_side_come_into_the_report(void **state)
{
	struct fixture *x = *state;
	struct report_opts o = {.out = x->dir};
	struct outfile a, b;
	struct outdir dir;
	FILE *fa, *fb;

	assert_int_equal(outdir_begin(&dir, x->dir, &x->d), 0);
	fa = outfile_open(&a, &dir, "shrink.a.trace", &x->d);
	fb = outfile_open(&b, &dir, "shrink.b.trace", &x->d);
	assert_true(fa && fb);
	for (int i = 0; i < 5000; i++) {
		fputs("one\n", fa);
		fputs("two\n", fb);
	}
	assert_int_equal(outfile_close(&a, &dir, &x->d), 0);
	assert_int_equal(outfile_close(&b, &dir, &x->d), 0);
	assert_false(exists(x->dir, "shrink.a.trace"));
	o.dir = &dir;
	assert_int_equal(report_write(make_result(x->a, 2, 1, 3), NULL, &o, &x->d), 0);
	assert_true(exists(x->dir, "shrink.a.trace"));
	assert_true(exists(x->dir, "shrink.b.trace"));
	assert_true(exists(x->dir, "summary.csv"));
	assert_clean(x);
}

static void one_of_two_files_that_fails_is_named(void **state)
{
	struct fixture *x = *state;
	struct outfile a, b;
	struct outdir dir;
	char path[200];
	FILE *f;

	if (access("/dev/full", W_OK))
		skip();
	assert_int_equal(outdir_begin(&dir, x->dir, &x->d), 0);
	snprintf(path, sizeof(path), "%s/a.trace", dir.fresh);
	assert_int_equal(symlink("/dev/full", path), 0);
	f = outfile_open(&a, &dir, "a.trace", &x->d);
	assert_non_null(f);
	assert_non_null(outfile_open(&b, &dir, "b.trace", &x->d));
	fputs("lost", f);
	assert_int_equal(outfile_close(&b, &dir, &x->d), 0);
	assert_int_equal(outfile_close(&a, &dir, &x->d), -EIO);
	assert_non_null(strstr(x->d.text, "/a.trace: No space left on device"));
	outdir_abort(&dir);
	assert_clean(x);
}

static void report_on_a_full_disk_keeps_the_old_one(void **state)
{
	struct fixture *x = *state;
	struct report_opts o = {.out = x->dir};
	struct result *r = make_result(x->a, 2, 1, 3);

	if (access("/dev/full", W_OK))
		skip();
	assert_int_equal(report_write(r, NULL, &o, &x->d), 0);
	put_file(x->dir, "mine.txt", "kept");
	o.more = full_manifest;
	assert_int_equal(report_write(r, NULL, &o, &x->d), -EIO);
	assert_int_equal(x->d.worst, DIAG_SYSTEM);
	assert_non_null(strstr(x->d.text, "manifest.json: No space left on device"));
	assert_true(exists(x->dir, "mine.txt"));
	assert_clean(x);
}

/* Under a limit on file sizes that is raised step by step, every file in turn is cut short. */
static void report_survives_a_failure_in_any_file(void **state)
{
	struct fixture *x = *state;
	struct report_opts o = {.out = x->dir};
	struct result *r = make_result(x->a, 2, 1, 3);
	struct rlimit old, rl;
	u32 failures = 0;
	int ret = -EIO;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	rl = old;
	for (rl.rlim_cur = 50; ret == -EIO; rl.rlim_cur += 150) {
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &rl), 0);
		ret = report_write(r, NULL, &o, &x->d);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
		assert_int_equal(exists(x->dir, ""), !ret);
		assert_clean(x);
		failures += ret != 0;
	}
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(ret, 0);
	assert_non_null(strstr(x->d.text, "summary.csv: File too large"));
	assert_non_null(strstr(x->d.text, "report.html: File too large"));
	assert_int_equal(x->d.nr_errors, failures);
}

/* ---- pictures ---- */

static struct plot_set render(struct fixture *x, const struct result *r)
{
	struct plot_opts opts = {.terminal = NULL};
	struct plot_set set;
	struct compare c;

	assert_int_equal(compare_build(&c, r, x->a), 0);
	assert_int_equal(plot_render(&set, r, &c, &opts, x->a, &x->d), 0);
	if (x->d.text)
		fail_msg("%s", x->d.text);
	return set;
}

static u32 count(const char *text, const char *word)
{
	u32 n = 0;

	while ((text = strstr(text, word))) {
		text++;
		n++;
	}
	return n;
}

static void headline_metrics_get_pictures(void **state)
{
	static const char *const names[] = {"slab.bytes",     "list_lru.used_ratio", "memcg.dying",
					    "reclaim.direct", "stall.direct_s",	     "overview"};
	struct fixture *x = *state;
	struct plot_set set;

	if (!have_gnuplot())
		skip();
	set = render(x, make_result(x->a, 2, 1, 50));
	assert_int_equal(set.n, ARRAY_SIZE(names));
	for (u32 i = 0; i < set.n; i++) {
		assert_string_equal(set.plots[i].name, names[i]);
		assert_starts(set.plots[i].data, "<svg");
		assert_int_equal(strlen(set.plots[i].data), set.plots[i].len);
		/* Nothing that differs by version, clashes on a page or pops up under the mouse. */
		assert_null(strstr(set.plots[i].data, "GNUPLOT"));
		assert_null(strstr(set.plots[i].data, " id="));
		assert_int_equal(count(set.plots[i].data, "<title>"), 1);
		assert_non_null(strstr(set.plots[i].data, ">lazy<"));
	}
	assert_non_null(strstr(set.plots[0].data, ">GiB<"));
	assert_non_null(strstr(set.plots[0].data, "simulated time, min"));
}

static void repeats_get_a_band_from_three_on(void **state)
{
	struct fixture *x = *state;
	struct plot_set two, three;

	if (!have_gnuplot())
		skip();
	two = render(x, make_result(x->a, 2, 2, 50));
	three = render(x, make_result(x->a, 2, 3, 50));
	assert_int_equal(count(two.plots[0].data, "<polygon"), 0);
	assert_true(count(three.plots[0].data, "<polygon") >= 2);
}

static void one_sample_gives_bars(void **state)
{
	struct fixture *x = *state;
	struct plot_set set;

	if (!have_gnuplot())
		skip();
	set = render(x, make_result(x->a, 3, 3, 1));
	assert_int_equal(set.n, 5);
	assert_non_null(strstr(set.plots[0].data, "8.08 GiB"));
	assert_null(strstr(set.plots[0].data, "simulated time"));
}

static void names_do_not_escape_into_the_script(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 2, 1, 50);
	struct plot_set set;

	if (!have_gnuplot())
		skip();
	r->variants[0].name = "it's `touch /tmp/pwned` $x \\n @y";
	r->variants[1].name = "<b>&_{x}^2";
	set = render(x, r);
	assert_non_null(strstr(set.plots[0].data, "it's `touch /tmp/pwned` $x \\n @y<"));
	assert_non_null(strstr(set.plots[0].data, "&lt;b>&amp;_{x}^2<"));
	assert_true(access("/tmp/pwned", F_OK));
}

static void odd_samples_are_drawn(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 6, 3, 4000);

	if (!have_gnuplot())
		skip();
	/* A gap, a repeat that ended early, a run without samples, times that never meet. */
	for (u32 s = 100; s < 2000; s++)
		r->runs[0].samples[s * NR_METRICS] = NAN;
	r->runs[4].nr_samples = 17;
	r->runs[6].nr_samples = 0;
	r->runs[9].samples = NULL;
	r->runs[9].values = NULL;
	for (u32 s = 0; s < 4000; s++)
		r->runs[12].sample_time[s] += 0.001;
	assert_true(render(x, r).n >= 3);
}

static void unknown_terminal_is_a_warning(void **state)
{
	struct fixture *x = *state;
	struct report_opts o = {.out = x->dir, .plots = true, .plot_terminal = "x11"};

	assert_int_equal(report_write(make_result(x->a, 2, 1, 3), NULL, &o, &x->d), 0);
	assert_non_null(strstr(x->d.text, "x11"));
	assert_null(plot_suffix("x11"));
	assert_string_equal(plot_suffix("pngcairo"), "png");
}

static void png_plots_leave_svg_in_the_page(void **state)
{
	struct fixture *x = *state;
	struct report_opts o = {.out = x->dir, .plots = true, .plot_terminal = "png"};
	char *png, *html;
	size_t len;

	if (!have_gnuplot() || system("gnuplot -e 'set terminal png' 2>/dev/null"))
		skip();
	assert_int_equal(report_write(make_result(x->a, 2, 1, 30), NULL, &o, &x->d), 0);
	png = read_file(x->dir, "plots/slab.bytes.png", &len);
	html = read_file(x->dir, "report.html", NULL);
	assert_non_null(png);
	assert_memory_equal(png, "\x89PNG", 4);
	assert_memory_equal(png + len - 8, "IEND\xae\x42\x60\x82", 8);
	assert_non_null(strstr(html, "<svg"));
	free(png);
	free(html);
}

/* ---- the page ---- */

/* The page and the mail say what the intervals and the stars are, how many tests were made, and what they can show. */
static void repeats_are_explained(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 2, 3, 20);
	struct plot_set none = {.n = 0};
	struct compare c;
	struct text t;

	assert_int_equal(compare_build(&c, r, x->a), 0);
	assert_int_equal(c.nr_tests, 7);
	assert_int_equal(html_write(text_open(&t), r, &c, &none, x->a), 0);
	text_close(&t);
	assert_int_equal(
		count(t.s,
		      "Mean of 3 repeats \u00b1 95 % interval; * real difference from the first"),
		1);
	assert_int_equal(count(t.s, "correction for 7 tests); these repeats show"), 1);
	assert_int_equal(count(t.s, "Bands in the pictures are 95&nbsp;% intervals."), 1);
	free(t.s);
	assert_table_has(r, TABLE_MD,
			 "Mean of 3 repeats \u00b1 95 % interval; \\* real difference");
	/* alike in all repeats: there is nothing to test, and any difference is real */
	for (u32 i = 0; i < 6; i++)
		for (u32 m = 0; m < r->nr_metrics; m++)
			r->runs[i].values[m] = r->runs[i < 3 ? 0 : 3].values[m];
	assert_int_equal(compare_build(&c, r, x->a), 0);
	assert_int_equal(c.nr_tests, 0);
	assert_true(c.rows[0].cells[1].differs && c.rows[0].cells[1].test == STATS_EXACT);
}

static void page_is_escaped_and_self_contained(void **state)
{
	struct fixture *x = *state;
	struct result *r = make_result(x->a, 2, 2, 20);
	struct plot_set none = {.n = 0};
	struct compare c;
	struct text t;

	r->scenario = "<script>alert(1)</script>";
	r->description = "\"quotes\" & <b>";
	r->variants[1].name = "<i>\"'";
	r->runs[0].notes[0] = arena_strdup(x->a, "<img src=x>");
	r->expects[0].value = "";
	r->runs[3].complete = false;
	r->runs[3].why = "<stop>";
	assert_int_equal(compare_build(&c, r, x->a), 0);
	assert_int_equal(html_write(text_open(&t), r, &c, &none, x->a), 0);
	text_close(&t);
	assert_int_equal(count(t.s, "<script"), 0);
	assert_int_equal(count(t.s, "<img"), 0);
	assert_int_equal(count(t.s, "<stop"), 0);
	assert_int_equal(count(t.s, "<i>"), 0);
	assert_int_equal(count(t.s, "http"), 0);
	assert_non_null(strstr(t.s, "&lt;script&gt;"));
	assert_non_null(strstr(t.s, "no value"));
	assert_non_null(strstr(t.s, "<b>Incomplete.</b>"));
	assert_non_null(strstr(t.s, "00000000000000010123456789abcdef"));
	assert_non_null(strstr(t.s, "e3b0"));
	free(t.s);
}

static void page_holds_the_pictures(void **state)
{
	struct fixture *x = *state;
	struct report_opts o = {.out = x->dir, .plots = true};
	char *html;

	if (!have_gnuplot())
		skip();
	assert_int_equal(report_write(make_result(x->a, 2, 1, 20), NULL, &o, &x->d), 0);
	html = read_file(x->dir, "report.html", NULL);
	assert_int_equal(count(html, "<svg"), 5);
	assert_int_equal(count(html, "</svg>"), 5);
	assert_null(strstr(html, "<?xml"));
	free(html);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(number_formats),
		TEST(human_formats),
		TEST(change_formats),
		TEST(text_is_wrapped_and_escaped),
		TEST(interval_is_the_textbook_one),
		TEST(stopped_repeats_are_left_out_of_the_mean),
		TEST(summary_has_a_row_per_metric_and_suffix),
		TEST(timeseries_has_the_sampled_metrics_and_the_series),
		TEST(nodes_has_a_row_per_time_and_node),
		TEST(caches_has_slabinfos_columns_and_the_truth),
		TEST(table_of_one_variant),
		TEST(table_of_two_variants),
		TEST(table_of_three_variants_with_repeats),
		TEST(table_of_six_variants),
		TEST(table_of_an_incomplete_run_says_why),
		TEST(level_of_a_populated_host_is_shown_as_its_growth),
		TEST(rows_with_one_number_are_told_below_the_table),
		TEST(kernel_memory_is_the_first_row),
		TEST(headline_says_how_long_a_closed_loop_took),
		TEST(headline_names_the_extremes),
		TEST(table_is_at_most_80_columns_wide),
		TEST(long_metric_names_get_a_line_of_their_own),
		TEST(short_names_tell_the_variants_apart),
		TEST(markdown_table),
		TEST(csv_table),
		TEST(json_table_parses_back),
		TEST(table_formats_are_parsed),
		TEST(table_reports_a_full_disk),
		TEST(manifest_parses_back),
		TEST(run_info_holds_host_and_times),
		TEST(folder_appears_whole_and_is_replaced_whole),
		TEST(folder_is_replaced_where_names_cannot_be_exchanged),
		TEST(aborted_folder_leaves_the_old_one),
		TEST(foreign_folders_are_refused),
		TEST(foreign_dir_new_is_in_the_way),
		TEST(what_a_killed_run_left_is_cleared),
		TEST(folder_moved_aside_is_put_back),
		TEST(second_writer_gets_an_error),
		TEST(link_to_a_folder_stays_a_link),
		TEST(full_disk_is_reported_with_the_file),
		TEST(report_is_written_without_gnuplot),
		TEST(failing_gnuplot_costs_only_the_plots),
		TEST(same_result_gives_the_same_bytes),
		TEST(report_takes_more_files),
		TEST(files_written_side_by_side_come_into_the_report),
		TEST(one_of_two_files_that_fails_is_named),
		TEST(report_on_a_full_disk_keeps_the_old_one),
		TEST(report_survives_a_failure_in_any_file),
		TEST(headline_metrics_get_pictures),
		TEST(repeats_get_a_band_from_three_on),
		TEST(one_sample_gives_bars),
		TEST(names_do_not_escape_into_the_script),
		TEST(odd_samples_are_drawn),
		TEST(unknown_terminal_is_a_warning),
		TEST(png_plots_leave_svg_in_the_page),
		TEST(repeats_are_explained),
		TEST(page_is_escaped_and_self_contained),
		TEST(page_holds_the_pictures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
