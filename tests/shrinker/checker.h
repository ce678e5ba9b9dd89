/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A second do_shrink_slab, for the tests only: what a call must print, worked out from the formulas
 * (KERNEL_FACTS 1.2 - 1.4) without a loop. It shares no code with models/: two programs written
 * apart that agree on every recorded line are better evidence than one.
 */
#ifndef TESTS_SHRINKER_CHECKER_H
#define TESTS_SHRINKER_CHECKER_H

#include <stdint.h>

/* How new pressure is computed: the kernel that first did it so. */
enum checker_demand {
	DEMAND_4_16, /* by priority and seeks */
	DEMAND_4_19, /* and at least one batch */
	DEMAND_4_20, /* the same, seeks 0 means half the cache */
	DEMAND_5_0, /* by priority and seeks, seeks 0 means half the cache */
	DEMAND_MM, /* -mm of January 2019: what is rounded away is kept, seeks 0 means half, rounded up */
};

/* What becomes of unfinished work. */
enum checker_debt {
	DEBT_4_16, /* all of it is due at once, and kept without bound */
	DEBT_5_13, /* a share by priority is due, and twice the cache is kept */
};

struct checker_call {
	int64_t cache_items;
	int64_t deferred; /* taken from the counter */
	int64_t batch;
	int priority;
	int seeks;
	int64_t small; /* kept of earlier pressure: DEMAND_MM */
	int64_t stop_after; /* the callee refuses after so many batches; < 0: never */
};

/* The numbers of mm_shrink_slab_start and _end. */
struct checker_line {
	int64_t delta;
	int64_t total_scan; /* at the start */
	int64_t left; /* total_scan at the end */
	int64_t batches; /* calls of scan_objects() that were not refused */
	int64_t debt; /* open work before the scan */
	int64_t owed; /* added to the counter */
	int64_t small; /* kept for later calls */
};

void checker_call(enum checker_demand demand, enum checker_debt debt, const struct checker_call *c,
		  struct checker_line *out);

/* Up to 4.15 the reclaim scan of the page lists set the pressure. */
void checker_call_4_15(int64_t pgs_scanned, int64_t lru_pgs, const struct checker_call *c,
		       struct checker_line *out);

#endif
