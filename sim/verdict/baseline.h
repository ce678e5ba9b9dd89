/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stored baselines: what the metrics of a scenario were, baselines/NAME.csv beside the scenario. A line is
 * variant,metric,value,tolerance, and where the scenario has repeats also n,sd,values: how many repeats had a value, its
 * standard deviation, and the values. The first one holds the sha256 of the inputs that it belongs to, and each
 * variant has lines with the fingerprints of its runs.
 */
#ifndef SIM_VERDICT_BASELINE_H
#define SIM_VERDICT_BASELINE_H

#include "engine/arena.h"
#include "engine/diag.h"
#include "engine/result.h"
#include "engine/statistics.h"
#include "scenario/scenario.h"

#include <stdio.h>

struct baseline_row {
	const char *variant, *metric;
	const char *text; /* value as written; "": there was none */
	const char *tolerance; /* "1 %", "5" */
	const char *more; /* n,sd,values as written; "": a line without */
	double value, allowed; /* NaN without a value */
	bool repeated; /* it has moments: n may be 0 */
	struct moments moments;
	double *values; /* [moments.n] or NULL */
	u32 line; /* of the file */
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

#define BASELINE_INPUTS "inputs.sha256"
#define BASELINE_FINGERPRINT "fingerprint."

struct judge;

/* there is false if there is no file. 0; -EINVAL with messages if what is in it is wrong; -EIO, -ENOMEM. */
int baseline_load(struct baseline *b, const struct scenario *s, struct arena *arena,
		  struct diag *d);
/* Rows from the text of a baseline, which is cut up and must stay; for baseline_load() and the fuzz target. path is set. As above. */
int baseline_parse(struct baseline *b, char *text, struct arena *arena, struct diag *d);
void baseline_verdicts(struct judge *j, const struct baseline_judge *b);
/* Hash over the inputs' hashes; with repeats whatever the seed is. NULL when out of memory. */
char *baseline_hash(const struct result *r, struct arena *arena);
char *baseline_fingerprint(const struct run_result *run, struct arena *arena);
/*
 * Writes what r is. Lines and tolerances that were stored stay; a new baseline gets the metrics of the comparison table
 * and whatever was counted. Says on diff what changes. 0, or negative with a
 * message; then the file is as it was.
 */
int baseline_update(const struct baseline *old, const struct result *r, FILE *diff,
		    struct arena *arena, struct diag *d);

#endif
