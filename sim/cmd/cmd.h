/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command line: one file per command, the options that all of them take, and what only this room
 * does: print to the terminal and turn messages into exit codes (DESIGN section 4).
 */
#ifndef SIM_CMD_CMD_H
#define SIM_CMD_CMD_H

#include "engine/arena.h"
#include "engine/diag.h"
#include "reports/table.h"
#include "run/catalog.h"
#include "scenario/scenario.h"

#include <signal.h>

enum exit_code {
	EXIT_OK = 0,
	EXIT_CHECK_FAILED = 1,
	EXIT_INPUT = 2, /* the input or the command line is wrong */
	EXIT_SYSTEM = 3, /* it could not finish */
};

struct options {
	const char *out; /* -o; NULL: out/<scenario> */
	bool has_jobs;
	u32 jobs;
	bool has_seed;
	u64 seed;
	const char **set;
	u32 nr_set;
	const char *variant;
	const char *config;
	int progress; /* 0 auto, 1 always, 2 never; -1: as sim.yaml says */
	enum table_format format;
	const char *junit; /* check: file */
	bool no_baseline, update_baseline, fingerprint;
	bool quiet, verbose;
	bool help, version;
	bool check_invariants, strict, no_plots, shrink_trace, proc;
	char **args; /* what is no option */
	u32 nr_args;
};

/* What every command gets. */
struct command_ctx {
	struct options opt;
	struct install_conf conf;
	struct catalog catalog;
	struct diag diag;
	const volatile sig_atomic_t *stop;
	struct arena *arena;
	int argc;
	char **argv;
};

struct command {
	const char *name;
	const char *args; /* "SCENARIO..." */
	const char *help; /* one line */
	enum exit_code (*run)(struct command_ctx *c);
};

extern const struct command command_run, command_check, command_lint, command_list, command_new,
	command_bench;

/* argv[0] is the command's name. 0 or -EINVAL with a message. */
int options_parse(struct options *o, int argc, char **argv, struct arena *arena, struct diag *d);
void options_print(void);

/* The file behind a scenario argument: a path, or a name in scenarios/ or the installed folder. */
const char *scenario_find(const char *arg, struct arena *arena);
/* Loads one with the options' overrides. 0 or negative with messages. */
int scenario_open(struct scenario **s, const char *arg, struct command_ctx *c);

/* Prints and clears what was collected; the exit code that it asks for. */
enum exit_code diag_print(struct diag *d);

#endif
