/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a scenario: every variant and repeat in a world of its own, on as many threads as wanted, and
 * leaves plain result tables. The order of threads never shows in them.
 */
#ifndef SIM_RUN_RUN_H
#define SIM_RUN_RUN_H

#include "engine/result.h"
#include "run/inputs.h"
#include "scenario/scenario.h"

#include <signal.h>
#include <stdio.h>

struct run_progress {
	double share; /* done of all runs, 0 .. 1 */
	double sim_s; /* simulated seconds, summed over runs */
	double events;
	double wall_s;
	u32 running, done, total; /* runs */
};

struct run_opts {
	u32 jobs; /* threads; 0 = CPUs of this machine */
	bool check_invariants; /* recount everything after every event: slow */
	bool strict; /* damaged trace lines are errors */
	bool judged; /* what `expect` and `balance` name must exist; run_result.balance is filled */
	const volatile sig_atomic_t *stop; /* set by a signal: end as soon as possible */
	void (*progress)(void *arg,
			 const struct run_progress *p); /* called now and then; NULL: never */
	void *progress_arg;
	/*
	 * A file for the shrinker calls of a run, and its end; one of them at a time, from any thread. No message
	 * from open and NULL: out of memory. NULL: no traces.
	 */
	FILE *(*trace_open)(void *arg, u32 variant, u32 repeat, struct diag *d);
	int (*trace_close)(void *arg, u32 variant, u32 repeat, struct diag *d);
	void *trace_arg;
	/* The same for files of a run's last state (run/proc_files.h), one after the other; NULL: none. */
	FILE *(*proc_open)(void *arg, u32 variant, u32 repeat, const char *name, struct diag *d);
	int (*proc_close)(void *arg, struct diag *d);
	void *proc_arg;
};

struct run_output {
	struct result result;
	struct arena *arena; /* owns the tables */
	struct arena **run_arenas;
	u32 nr_run_arenas;
	struct inputs inputs;
};

/*
 * 0, also when a run was stopped or hit a simulated limit (result.complete says so); else a negative
 * errno with messages in d: wrong input (DIAG_INPUT), too large for this machine or out of memory
 * (DIAG_SYSTEM). run_output_free() in any case.
 */
int run_scenario(struct run_output *out, const struct scenario *s, const struct run_opts *opts,
		 struct diag *d);
/* Reads all inputs and builds the first variant's world without running it; names are checked as for judged. */
int run_dry(const struct scenario *s, struct diag *d);
void run_output_free(struct run_output *out);

#endif
