/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stored baselines: what the metrics of a scenario were, baselines/NAME.csv beside the scenario. A line is
 * variant,metric,value,tolerance; the first one holds the sha256 of the inputs that it belongs to, and each variant has
 * lines with the fingerprints of its runs.
 */
#ifndef SIM_VERDICT_BASELINE_H
#define SIM_VERDICT_BASELINE_H

#include "engine/arena.h"
#include "engine/diag.h"
#include "engine/result.h"
#include "scenario/scenario.h"

#include <stdio.h>

struct baseline_row {
	const char *variant, *metric;
	const char *text; /* value as written; "": there was none */
	const char *tolerance; /* "1 %", "5" */
	double value, allowed; /* NaN without a value */
};

struct baseline {
	const char *path;
	bool there;
	struct baseline_row *rows;
	u32 n;
};

/* How it is compared. */
struct baseline_judge {
	const struct baseline *stored;
	bool fingerprints; /* runs must be identical */
};

struct judge;

/* there is false if there is no file. 0; -EINVAL with messages if what is in it is wrong; -EIO, -ENOMEM. */
int baseline_load(struct baseline *b, const struct scenario *s, struct arena *arena,
		  struct diag *d);
void baseline_verdicts(struct judge *j, const struct baseline_judge *b);
/*
 * Writes what r is. Tolerances that were stored stay; says on diff what changes. 0, or negative with a
 * message; then the file is as it was.
 */
int baseline_update(const struct baseline *old, const struct result *r, FILE *diff,
		    struct arena *arena, struct diag *d);

#endif
