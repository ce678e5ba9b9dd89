/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files that a scenario refers to, read once for all of its runs: recorded traces, a slabinfo, the
 * topology; and the sha256 of each for the manifest.
 */
#ifndef SIM_RUN_INPUTS_H
#define SIM_RUN_INPUTS_H

#include "engine/result.h"
#include "machine/machine.h"
#include "scenario/scenario.h"
#include "trace/slabinfo.h"

struct trace;

struct inputs {
	const struct scenario *scenario;
	struct trace *traces; /* [nr_workloads]; of workloads without one: empty */
	bool *has_trace;
	struct slabinfo_file slabinfo;
	struct cache_layout *layouts; /* from slabinfo */
	u32 nr_layouts;
	struct topology topology;
	u64 node_bytes[MAX_NODES];
	struct input_file *files; /* scenario and everything it names */
	u32 nr_files;
	struct arena *arena;
};

/* 0, or a negative errno with messages in d. strict: damaged trace lines are errors. */
int inputs_load(struct inputs *in, const struct scenario *s, bool strict, struct diag *d);
void inputs_free(struct inputs *in);

#endif
