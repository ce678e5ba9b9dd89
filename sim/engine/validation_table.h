/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `validate` found, as plain tables: sim/verdict fills them, reports/ prints them. */
#ifndef SIM_ENGINE_VALIDATION_TABLE_H
#define SIM_ENGINE_VALIDATION_TABLE_H

#include "engine/recording.h"

enum validation_verdict {
	VALID_OK, /* within its tolerance */
	VALID_KNOWN, /* past it, within the bound of the known file */
	VALID_FAILED, /* past its tolerance, and not known */
	VALID_WORSE, /* known, but past its bound, too */
	VALID_PASSES, /* known, but within its tolerance: the known file is out of date */
};

extern const char *const validation_verdict_names[];

struct validation_row {
	const struct recording_figure *figure;
	const struct recording_known *known; /* NULL: not in the known file */
	double lowest, highest; /* recorded */
	double modelled; /* NaN: the run never comes to that step, or has no such number */
	double error; /* share: distance from lowest..highest; see docs/validate.md */
	double plain; /* share: distance from the first boot's value; NaN where that is 0 */
	enum validation_verdict verdict;
};

/* Lines of a shrinker trace, held against the formulas of a kernel row. */
struct validation_trace {
	const char *path;
	const char *rows; /* kernel rows with these formulas: "v5.0 v5.3 v5.9" */
	bool guessed;
	u64 starts, ends, unpaired, overtaken, wrong, damaged;
	u64 first_wrong; /* line */
	const char *expected; /* what the formulas say about it */
};

struct validation_load {
	const struct recording *rec;
	struct validation_row *rows;
	u32 nr_rows;
	struct validation_trace *trace; /* NULL: none, or not read */
	const char **notes; /* what could not be done, and why */
	u32 nr_notes;
};

struct validation_sum {
	const char *kernel, *load; /* NULL: all */
	enum mechanism mechanism;
	bool all_mechanisms;
	u32 n, known, failed;
	double median, worst, plain; /* shares; plain: the median of it; NaN: there is none */
};

struct validation {
	struct validation_load *loads;
	u32 nr_loads;
	struct validation_sum *sums; /* each load, each kernel, each mechanism, all */
	u32 nr_sums;
	u32 n, known, failed;
	bool tree; /* known may be at most 5 % of n */
	bool too_many_known;
	u64 trace_wrong;
};

#endif
