// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What `validate` reads and how it judges, on tables small enough to work out by hand; and the lines of a shrinker trace,
 * written out by the independent arithmetic of tests/shrinker and read back by the models'.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/recording.h"
#include "run/shrink_check.h"
#include "shrinker/checker.c"
#include "verdict/validation.h"

struct fixture {
	struct arena *arena;
	struct diag d;
	struct recording rec;
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	if (!x)
		return -1;
	x->arena = arena_new();
	x->rec = (struct recording){.folder = "f", .kernel = "k", .load = "w"};
	diag_init(&x->d);
	*state = x;
	return x->arena ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	arena_free(x->arena);
	diag_free(&x->d);
	free(x);
	return 0;
}

typedef int add_fn(struct recording *rec, const struct csv_file *f, struct arena *arena,
		   struct diag *d);

static int add(struct fixture *x, add_fn *fn, const char *text)
{
	struct csv_file f;
	int ret = csv_file_parse(&f, "x.csv", text, strlen(text), x->arena, &x->d);

	return ret ? ret : fn(&x->rec, &f, x->arena, &x->d);
}

/* Refused with this message, and nothing else. */
static void refused(struct fixture *x, add_fn *fn, const char *text, const char *message)
{
	diag_free(&x->d);
	diag_init(&x->d);
	assert_true(add(x, fn, text) < 0);
	assert_string_equal(x->d.text, message);
}

/* ---- CSV ---- */

static void fields_are_split_and_unquoted(void **state)
{
	static const char text[] = "a,b,c\n1,\"x, \"\"y\"\"\",\n\n,\"\",z\r\n";
	struct fixture *x = *state;
	struct csv_file f;

	assert_int_equal(csv_file_parse(&f, "n", text, strlen(text), x->arena, &x->d), 0);
	assert_int_equal(f.nr_rows, 2);
	assert_string_equal(csv_file_cell(&f, 0, 1), "x, \"y\"");
	assert_string_equal(csv_file_cell(&f, 0, 2), "");
	assert_string_equal(csv_file_cell(&f, 1, 2), "z");
	assert_int_equal(f.lines[1], 4);
	assert_int_equal(csv_file_column(&f, "c"), 2);
	assert_int_equal(csv_file_column(&f, "d"), -1);
}

static void damaged_csv_is_refused(void **state)
{
	refused(*state, recording_add_series, "", "x.csv: empty: a CSV file has a head line\n");
	refused(*state, recording_add_series, "label,a\nx,1,2\n",
		"x.csv:2: 3 fields, but the head line has 2\n");
	refused(*state, recording_add_series, "label,a\nx,\"1\n",
		"x.csv:2: a quoted field does not end before a comma\n");
	refused(*state, recording_add_series, "label,a\nx,1\"\n",
		"x.csv:2: a quote or a zero byte inside a field\n");
	refused(*state, recording_add_series, "label,a\nx,1e999\n",
		"x.csv:2: a: '1e999' is not a number\n");
}

/* ---- moments, tolerances ---- */

static void moments_are_times_sizes_and_shifts(void **state)
{
	struct fixture *x = *state;
	const struct recording_moment *m;

	assert_int_equal(add(x, recording_add_moments,
			     "step,at,shift\na,29.5s,\nb,read 256MiB from 29900ms,4MiB\n"
			     "c,read 1GiB,4MiB\nd,anon 1GiB,\n"),
			 0);
	m = x->rec.moments;
	assert_int_equal(x->rec.nr_moments, 4);
	assert_true(m[0].kind == MOMENT_TIME && m[0].time_s == 29.5);
	assert_true(m[1].kind == MOMENT_READ && m[1].bytes == 256ULL << 20 && m[1].time_s == 29.9);
	assert_int_equal(m[1].shift, 4 << 20);
	assert_true(m[2].kind == MOMENT_READ && m[2].time_s == 0);
	assert_true(m[3].kind == MOMENT_ANON && m[3].bytes == 1ULL << 30);
}

static void shifts_are_small_and_the_same_for_all_steps(void **state)
{
	refused(*state, recording_add_moments, "step,at,shift\na,read 1MiB,33MiB\n",
		"x.csv:2: shift: '33MiB': not a size of at most 32 MiB, for a step of reading\n");
	refused(*state, recording_add_moments, "step,at,shift\na,1s,1MiB\n",
		"x.csv:2: shift: '1MiB': not a size of at most 32 MiB, for a step of reading\n");
	refused(*state, recording_add_moments,
		"step,at,shift\na,read 1MiB,1MiB\nb,read 2MiB,2MiB\n",
		"x.csv:3: shift: '2MiB': all steps of a load have the same\n");
}

#define STEPS "step,at\na,1s\nb,2s\nc,3s\n"
#define FIGURES "step,column,since,allow,boots,mechanism,reason\n"

static void tolerances_are_shares_amounts_or_the_larger(void **state)
{
	struct fixture *x = *state;
	const struct recording_figure *f;

	assert_int_equal(add(x, recording_add_moments, STEPS), 0);
	assert_int_equal(add(x, recording_add_figures,
			     FIGURES "a,x,,2.5 %,first,slab,\na,y@b,b,25,range,dying,\n"
				     "a,z,,10 % or 2252,range,page cache,r\n"),
			 0);
	f = x->rec.figures;
	assert_true(f[0].share == 0.025 && f[0].least == 0 && !f[0].range && !f[0].since);
	assert_true(f[1].share == 0 && f[1].least == 25 && f[1].range);
	assert_string_equal(f[1].column, "y");
	assert_string_equal(f[1].from, "b");
	assert_string_equal(f[1].since, "b");
	assert_true(f[2].share == 0.1 && f[2].least == 2252 && f[2].mechanism == MECH_PAGE_CACHE);
	for (u32 i = 0; i < 6; i++) {
		static const char *const bad[] = {"-1", "5%", "5 % or", "10 % and 5", "nan", ""};
		char text[256];

		diag_free(&x->d);
		diag_init(&x->d);
		snprintf(text, sizeof(text), FIGURES "a,x,,%s,first,slab,\n", bad[i]);
		assert_true(add(x, recording_add_figures, text) < 0);
		assert_non_null(strstr(x->d.text, "not a tolerance"));
	}
}

/* ---- judging: dying is 0, 10, 20 at 0, 2, 4 s; slab has 100 and 200 slots, of which 50 and 150 live ---- */

static struct metric_info infos[] = {
	{.name = "memcg.dying"}, {.name = "pagecache.added_bytes"},    {.name = "anon.bytes"},
	{.name = "slab.bytes"},	 {.name = "slab.large_kmalloc_bytes"},
};
static double times[] = {0, 2, 4};
static double samples[3][5] = {
	{0, 0, 0, 10240, 1024},
	{10, 1 << 20, 0, 20480, 1024},
	{20, 2 << 20, 4 << 20, 30720, 1024},
};
static struct cache_row cache_rows[] = {
	{.time_s = 0, .cache = "c.1", .active_objs = 90, .num_objs = 100, .live_objs = 50},
	{.time_s = 0, .cache = "c.12", .num_objs = 7},
	{.time_s = 4, .cache = "c.1", .active_objs = 190, .num_objs = 200, .live_objs = 150},
	{.time_s = 4, .cache = "c.12", .num_objs = 7},
};
static struct run_result run = {
	.nr_samples = 3,
	.sample_time = times,
	.samples = &samples[0][0],
	.caches = cache_rows,
	.nr_caches = 4,
};
static struct result result = {.metrics = infos, .nr_metrics = 5, .runs = &run, .nr_runs = 1};

static struct validation_load judged(struct fixture *x, const char *figures, const char *known,
				     bool large)
{
	struct validation_load t = {0};

	assert_int_equal(add(x, recording_add_figures, figures), 0);
	if (known)
		assert_int_equal(add(x, recording_add_known, known), 0);
	assert_int_equal(validation_judge(&t, &x->rec, &result, large, x->arena, &x->d), 0);
	return t;
}

static void values_are_taken_between_samples(void **state)
{
	struct fixture *x = *state;
	struct validation_load t;

	assert_int_equal(add(x, recording_add_moments,
			     "step,at\na,1s\nb,4s\nhalf,read 512KiB from 2s\nbig,anon 2MiB\n"
			     "never,read 2MiB from 2s\nlate,5s\n"),
			 0);
	assert_int_equal(
		add(x, recording_add_series,
		    "label,nr_dying,Slab_kB\na,5,15\nb,20,30\nhalf,12,22\nbig,15,25\nnever,1,1\n"
		    "late,20,30\n"),
		0);
	t = judged(x,
		   FIGURES "a,nr_dying,,0,first,dying,\nb,nr_dying,a,0,first,dying,\n"
			   "half,nr_dying,,0,first,dying,\nbig,nr_dying,,0,first,dying,\n"
			   "never,nr_dying,,99,first,dying,\nlate,nr_dying,,0,first,dying,\n"
			   "a,Slab_kB,,0,first,slab,\n",
		   NULL, false);
	assert_true(t.rows[0].modelled == 5);
	assert_true(t.rows[1].modelled == 15 && t.rows[1].lowest == 15);
	assert_true(t.rows[2].modelled == 15);
	assert_true(t.rows[3].modelled == 15 && t.rows[3].verdict == VALID_OK);
	assert_true(isnan(t.rows[4].modelled) && t.rows[4].verdict == VALID_FAILED);
	/* behind the last sample its value holds */
	assert_true(t.rows[5].modelled == 20);
	assert_true(t.rows[6].modelled == 15 && t.rows[6].verdict == VALID_OK);
	/* where a kernel counts large kmallocs as Slab, they are in it */
	t = judged(x, FIGURES "a,Slab_kB,,0,first,slab,\n", NULL, true);
	assert_true(t.rows[0].modelled == 16 && t.rows[0].verdict == VALID_FAILED);
}

static void slab_figures_are_objects_slots_and_true_use(void **state)
{
	static struct recording_cache caches[] = {
		{.step = "a", .cache = "c.1", .active_objs = 80, .num_objs = 100},
		{.step = "c", .cache = "c.1", .active_objs = 75, .num_objs = 100},
		{.step = "a", .cache = "c.1", .active_objs = 60, .num_objs = 100, .boot = 1},
		{.step = "a", .cache = "c.1", .active_objs = 120, .num_objs = 100, .boot = 2},
	};
	struct fixture *x = *state;
	struct validation_load t;

	x->rec.caches = caches;
	x->rec.nr_caches = ARRAY_SIZE(caches);
	assert_int_equal(add(x, recording_add_moments, "step,at\na,0s\nb,4s\nc,4s\n"), 0);
	t = judged(x,
		   FIGURES "a,c.1.active_objs,,0,first,slab,\na,c.1.active_objs,,0,range,slab,\n"
			   "a,c.1.num_objs,,0,first,slab,\nb,c.1.utilisation@c,,0.03,first,slab,\n",
		   NULL, false);
	assert_true(t.rows[0].lowest == 80 && t.rows[0].highest == 80 && t.rows[0].modelled == 90);
	assert_true(t.rows[0].verdict == VALID_FAILED && t.rows[0].error == 0.125);
	assert_true(t.rows[1].lowest == 60 && t.rows[1].highest == 120);
	assert_true(t.rows[1].verdict == VALID_OK && t.rows[1].error == 0);
	assert_true(t.rows[2].verdict == VALID_OK);
	assert_true(t.rows[3].lowest == 0.75 && t.rows[3].modelled == 0.75);
}

static void errors_are_shares_of_the_nearest_value(void **state)
{
	struct fixture *x = *state;
	struct validation_load t;

	assert_int_equal(add(x, recording_add_moments, "step,at\na,2s\nb,4s\n"), 0);
	assert_int_equal(add(x, recording_add_series, "label,nr_dying\na,8\nb,40\n"), 0);
	assert_int_equal(add(x, recording_add_series, "label,nr_dying\na,4\nb,25\n"), 0);
	t = judged(x,
		   FIGURES "a,nr_dying,,20 %,range,dying,\nb,nr_dying,,20 %,range,dying,\n"
			   "a,nr_dying,,25 %,range,dying,\na,nr_dying,,10 % or 2,range,dying,\n"
			   "a,nr_dying,,1.9,range,dying,\n",
		   NULL, false);
	/* 10 against 4..8: 2 over 8; 20 against 25..40: 5 under 25 */
	assert_true(t.rows[0].error == 0.25 && t.rows[0].verdict == VALID_FAILED);
	assert_true(t.rows[0].plain == 0.25);
	assert_true(t.rows[1].error == 0.2 && t.rows[1].verdict == VALID_OK);
	assert_true(t.rows[1].plain == 0.5);
	assert_true(t.rows[2].verdict == VALID_OK);
	/* 2 is allowed where it is more than 10 %: then it is 10 % of 20 */
	assert_true(t.rows[3].error == 0.1 && t.rows[3].verdict == VALID_OK);
	assert_true(t.rows[4].verdict == VALID_FAILED);
}

static void known_misses_have_bounds(void **state)
{
	struct fixture *x = *state;
	struct validation_load t;
	struct validation v = {.loads = &t, .nr_loads = 1, .tree = true};

	assert_int_equal(add(x, recording_add_moments, "step,at\na,2s\nb,4s\nc,0s\n"), 0);
	assert_int_equal(add(x, recording_add_series, "label,nr_dying\na,8\nb,40\nc,0\n"), 0);
	t = judged(
		x,
		FIGURES "a,nr_dying,,0,range,dying,\nb,nr_dying,,0,range,dying,\n"
			"c,nr_dying,,0,range,shrinker,\n",
		"load,step,column,mechanism,bound,reason\nw,a,nr_dying,dying,25 %,r\n"
		"w,b,nr_dying,dying,49 %,r\nw,c,nr_dying,shrinker,1 %,r\nv,a,x,dying,1 %,not this "
		"load's\n",
		false);
	assert_int_equal(x->rec.nr_known, 3);
	assert_int_equal(t.rows[0].verdict, VALID_KNOWN);
	assert_int_equal(t.rows[1].verdict, VALID_WORSE);
	assert_int_equal(t.rows[2].verdict, VALID_PASSES);
	assert_int_equal(validation_sum_up(&v, x->arena), 0);
	assert_true(v.n == 3 && v.known == 1 && v.failed == 2 && v.too_many_known);
	/* load, kernel, dying, shrinker, all */
	assert_int_equal(v.nr_sums, 5);
	assert_true(v.sums[2].n == 2 && v.sums[2].median == 0.375 && v.sums[2].worst == 0.5);
	assert_true(v.sums[3].n == 1 && v.sums[3].median == 0 && v.sums[3].failed == 1);
	assert_true(v.sums[4].n == 3 && v.sums[4].median == 0.25);
	v = (struct validation){.loads = &t, .nr_loads = 1};
	assert_int_equal(validation_sum_up(&v, x->arena), 0);
	assert_false(v.too_many_known);
}

/* ---- traces: the second implementation writes, the models' arithmetic reads ---- */

static u64 next_random(u64 *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return *seed >> 33;
}

static size_t write_call(char *text, size_t size, u32 i, enum checker_demand demand,
			 enum checker_debt debt, u64 *seed)
{
	struct checker_call c = {
		.cache_items = 1 + (s64)(next_random(seed) >> next_random(seed) % 28),
		.deferred = (s64)(next_random(seed) >> next_random(seed) % 31),
		.batch = i % 3 ? 1024 : 128,
		.priority = (int)(next_random(seed) % 13),
		.seeks = demand >= DEMAND_4_20 && i % 4 == 3 ? 0 : 2,
		.stop_after = next_random(seed) % 4 ? -1 : (s64)(next_random(seed) % 3),
	};
	const char *function = i % 3 ? "super_cache_scan+0x0/0x1d0" : "scan_shadow_nodes+0x0/0x30";
	struct checker_line l;

	checker_call(demand, debt, &c, &l);
	/* a shrinker of each kind for each seeks */
	return (size_t)snprintf(
		text, size,
		"  kswapd0-30 [000] .... %u.000001: mm_shrink_slab_start: %s 00000000aa00%02x00: "
		"nid: 0 objects "
		"to shrink %ld gfp_flags GFP_KERNEL cache items %ld delta %ld total_scan %ld "
		"priority %d\n"
		"  kswapd0-30 [000] .... %u.000002: mm_shrink_slab_end: %s 00000000aa00%02x00: "
		"nid: 0 unused scan "
		"count %ld new scan count %ld total_scan %ld last shrinker return val 0\n",
		i, function, i % 12 + 1, c.deferred, c.cache_items, l.delta, l.total_scan,
		c.priority, i, function, i % 12 + 1, c.deferred, l.owed, l.left);
}

static void lines_of_the_second_implementation_are_right(void **state)
{
	static const struct {
		const char *kernel;
		enum checker_demand demand;
		enum checker_debt debt;
	} eras[] = {
		{"v4.18", DEMAND_4_16, DEBT_4_16}, {"v4.19", DEMAND_4_19, DEBT_4_16},
		{"v4.20", DEMAND_4_20, DEBT_4_16}, {"v5.9", DEMAND_5_0, DEBT_4_16},
		{"v6.1", DEMAND_5_0, DEBT_5_13},
	};
	struct fixture *x = *state;
	size_t cap = 1 << 20;
	char *text = malloc(cap);

	assert_non_null(text);
	for (u32 e = 0; e < ARRAY_SIZE(eras); e++) {
		struct validation_trace t;
		u64 seed = 1 + e;
		size_t n = 0;

		for (u32 i = 0; i < 1200; i++)
			n += write_call(text + n, cap - n, i, eras[e].demand, eras[e].debt, &seed);
		for (u32 k = 0; k < ARRAY_SIZE(eras); k++) {
			assert_int_equal(shrink_check_text(&t, "t", text, n, eras[k].kernel,
							   x->arena, &x->d),
					 0);
			assert_true(t.starts == 1200 && t.ends == 1200 && !t.unpaired &&
				    !t.damaged);
			if (k == e && t.wrong)
				fail_msg("%s line %lu: expected %s", eras[k].kernel, t.first_wrong,
					 t.expected);
			/* and no other era's, but where nothing has seeks 0 */
			if (k == e || (e == 0 && k == 3) || (e == 1 && k == 2))
				assert_int_equal(t.wrong, 0);
			else
				assert_true(t.wrong > 50);
		}
		assert_int_equal(shrink_check_text(&t, "t", text, n, NULL, x->arena, &x->d), 0);
		assert_true(!t.wrong && t.guessed);
		assert_non_null(strstr(t.rows, eras[e].kernel));
	}
	free(text);
}

#define START                                                                                      \
	"mm_shrink_slab_start: super_cache_scan+0x0/0x1d0 00000000aa000001: nid: 0 objects to "    \
	"shrink "
#define END                                                                                        \
	"mm_shrink_slab_end: super_cache_scan+0x0/0x1d0 00000000aa000001: nid: 0 unused scan "     \
	"count "

static void what_others_give_back_meanwhile_is_no_error(void **state)
{
	static const char alone[] =
		"  a-1 [000] .... 1.0: " START
		"7 gfp_flags 0 cache items 4096 delta 2 total_scan 9 priority 12\n"
		"  a-1 [000] .... 3.0: " END
		"7 new scan count 20 total_scan 9 last shrinker return val 0\n";
	static const char both[] =
		"  a-1 [000] .... 1.0: " START
		"7 gfp_flags 0 cache items 4096 delta 2 total_scan 9 priority 12\n"
		"  b-2 [001] .... 2.0: " START
		"0 gfp_flags 0 cache items 4096 delta 2 total_scan 2 priority 12\n"
		"  b-2 [001] .... 2.5: " END
		"0 new scan count 2 total_scan 2 last shrinker return val 0\n"
		"  a-1 [000] .... 3.0: " END
		"7 new scan count 11 total_scan 9 last shrinker return val 0\n";
	struct fixture *x = *state;
	struct validation_trace t;

	assert_int_equal(shrink_check_text(&t, "t", alone, strlen(alone), "v5.9", x->arena, &x->d),
			 0);
	assert_true(t.wrong == 1 && t.first_wrong == 2);
	assert_string_equal(t.expected, "new scan count 9 (line 1)");
	assert_int_equal(shrink_check_text(&t, "t", both, strlen(both), "v5.9", x->arena, &x->d),
			 0);
	assert_int_equal(t.wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fields_are_split_and_unquoted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damaged_csv_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(moments_are_times_sizes_and_shifts, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(shifts_are_small_and_the_same_for_all_steps, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(tolerances_are_shares_amounts_or_the_larger, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(values_are_taken_between_samples, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(slab_figures_are_objects_slots_and_true_use, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(errors_are_shares_of_the_nearest_value, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(known_misses_have_bounds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lines_of_the_second_implementation_are_right,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_others_give_back_meanwhile_is_no_error, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
