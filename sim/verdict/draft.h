/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How verdicts are made; for the files of this room. */
#ifndef SIM_VERDICT_DRAFT_H
#define SIM_VERDICT_DRAFT_H

#include "engine/arena.h"
#include "engine/result.h"
#include "verdict/text.h"

struct judge {
	struct verdict_suite *suite;
	const struct result *r;
	struct arena *arena;
	u32 cap;
	bool failed; /* out of memory */
};

/* A verdict that is being made. */
struct draft {
	const char *check, *metric;
	struct text variant, subject, found, wanted, miss;
	double value, off;
	s32 repeat;
	const char *test; /* NULL: none; then the numbers below mean nothing */
	double p, catches, repeats;
};

struct bounds {
	double lo, hi; /* infinite: none */
};

/* Adds it to the suite. off 0: it holds. */
void deliver(struct judge *j, struct draft *d);
/* value, off, found and miss of a draft. */
void judge_bounds(struct draft *d, double v, const struct bounds *b);
void no_value(struct draft *d, const char *why);

#endif
