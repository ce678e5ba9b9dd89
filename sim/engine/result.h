/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plain result tables: what a run leaves behind, and all that reports/ and sim/verdict see of it.
 *
 * A value that does not exist in a variant is NaN and is printed as an empty field, never 0.
 * Everything here is deterministic; wall-clock times and the host are in struct run_info alone.
 */
#ifndef SIM_ENGINE_RESULT_H
#define SIM_ENGINE_RESULT_H

#include "engine/base.h"

enum metric_kind {
	METRIC_SAMPLED, /* a level: has .end .peak .mean, a column in timeseries.csv */
	METRIC_COUNTED, /* a total at the end */
	METRIC_DERIVED, /* computed at the end (ratios, durations) */
};

struct metric_info {
	const char *name; /* DESIGN section 7 */
	const char *unit; /* bytes, objects, pages, ids, s, ratio, ... */
	const char *help;
	enum metric_kind kind;
	bool integer; /* printed without a decimal point */
	bool per_node; /* also a column in nodes.csv */
	bool headline; /* in the comparison table and with a plot of its own */
	bool series; /* not sampled, but with its value so far in timeseries.csv */
	bool outcome; /* how long a closed loop took: then the headline is about that */
};

/* One row of summary.csv is (metric, suffix): end / peak / mean of a sampled one, or its value. */
struct metric_value {
	double end, peak, mean; /* counted and derived: end only */
};

/* slabinfo's columns (KERNEL_FACTS 4.2) and the truth beside them. */
struct cache_row {
	double time_s;
	const char *cache;
	u64 active_objs, num_objs, objsize, objperslab, pagesperslab, active_slabs, num_slabs,
		live_objs;
};

/* What reclaim scanned of a cache, the lists of one (shrinker, memcg, node): docs/output.md, "Reclaim balance". */
struct balance_row {
	const char *shrinker; /* whose: a mount's name, or what its function is called */
	const char *cache; /* "root of pods3 on node 0" */
	u64 first; /* freeable when pressure began */
	double ratio; /* its own scan_ratio; NaN: reclaim never came by */
};

/* One (variant, repeat). */
struct run_result {
	u32 variant;
	u32 repeat; /* from 0 */
	u64 seed;
	bool complete; /* false: interrupted or out of memory, and why says it */
	const char *why; /* static or arena */
	u64 events;
	u64 fingerprint[2]; /* XXH3-128 over time, kind, place and result of every event */
	u64 end_ns; /* simulated */
	struct metric_value *values; /* [nr_metrics] */

	u32 nr_samples;
	double *sample_time; /* s [nr_samples] */
	double *samples; /* [nr_samples][nr_metrics], NaN for metrics that are not sampled */
	double *node_samples; /* [nr_samples][nr_nodes][nr_metrics] */

	struct cache_row *caches;
	u32 nr_caches;

	struct balance_row
		*balance; /* only where the scenario asks: it has one for each cache there is */
	u32 nr_balance;

	char **notes; /* what was guessed or assumed, one line each, for -v and the report */
	u32 nr_notes;
	u32 nr_verdicts; /* the first of them are results, for everybody: whom the OOM killer took, who hangs */
	double wall_s; /* run-info.json only */
};

struct variant_info {
	const char *name;
	const char *kernel; /* "v5.17 (row v5.16)" */
	const char *axes; /* "accounting=per-object offline=reparent ..." */
};

struct input_file {
	const char *path;
	u64 bytes;
	char sha256[65];
	char unseeded
		[65]; /* the same without lines that begin with "seed:"; "" but for the scenario */
};

/*
 * A verdict: what was judged, what was found, what was wanted. Text is for people and the same in each format; the
 * numbers are NaN where there is none.
 */
struct verdict_row {
	const char *check; /* expect, balance */
	const char *metric;
	const char *variant; /* "v4.19", "v4.19 over v4.18", "a, b, c" of an order */
	const char *subject; /* "slab.bytes of v4.19 at 30 s, repeat 2" */
	const char *found; /* "10.6", "1, 3, 2" of an order, "no value" */
	const char *wanted; /* "at least 5" */
	const char *miss; /* "too low by 2 (40 % of 5)"; "" if it holds */
	double value; /* of an order: NaN */
	double off; /* distance from the nearest good value; 0 if it holds */
	s32 repeat; /* -1: the mean of all, or the only one */
	bool holds;
	/* where repeats were tested against a baseline's: */
	const char *test; /* welch, rank, presence; "" */
	double p; /* corrected for the number of tests; NaN without one */
	double catches; /* the smallest change that fails 19 times out of 20; NaN without a test */
	double repeats; /* that it takes for a change of the tolerance to be significant; NaN: none said */
};

/* The verdicts of one scenario. */
struct verdict_suite {
	const char *scenario; /* its name; the argument if it could not be read */
	const char *error; /* why it could not be run or judged; NULL: it was */
	const char *note; /* what its repeats can tell apart; NULL: nothing was tested */
	struct verdict_row *rows;
	u32 nr_rows, nr_failed;
};

/* An expectation as parsed; `value` is filled in after the run. */
struct expect_row {
	const char *text; /* "list_lru.lists_bytes.peak of eager near 5988978688 within 0" */
	const char *value; /* printed value(s), "" if empty */
};

struct result {
	const char *scenario, *description;
	const char *version;
	struct metric_info *metrics;
	u32 nr_metrics;
	struct variant_info *variants;
	u32 nr_variants, nr_repeats, nr_nodes;
	struct run_result *runs; /* [variant * nr_repeats + repeat] */
	u32 nr_runs;
	struct input_file *inputs;
	u32 nr_inputs;
	struct expect_row *expects;
	u32 nr_expects;
	const char *headline; /* one sentence */
	bool complete; /* every run complete */
};

enum metric_suffix { SUFFIX_NONE, SUFFIX_END, SUFFIX_PEAK, SUFFIX_MEAN };

/* Index of the metric behind a name with or without a suffix ("slab.bytes.peak"); -1 if there is none. */
int result_find_metric(const struct metric_info *metrics, u32 n, const char *name,
		       enum metric_suffix *suffix);

/* What differs from run to run and machine to machine: run-info.json only. */
struct run_info {
	const char *host, *cpu_model, *compiler, *started; /* ISO 8601 */
	u32 jobs;
	double wall_s;
	u64 peak_rss_bytes;
	const char *command_line;
};

#endif
