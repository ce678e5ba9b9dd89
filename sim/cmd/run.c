// SPDX-License-Identifier: GPL-3.0-or-later
/* memcgsim run SCENARIO... : simulate, write the out folder, print the comparison. */
#include "cmd/simulate.h"

#include <stdio.h>

static void print_comparison(void *arg, const struct result *r, const char *dir)
{
	struct command_ctx *c = arg;
	struct table_opts table = {.format = c->opt.format, .verbose = c->opt.verbose};

	if (table_write(stdout, r, &table, &c->diag))
		return;
	if (!c->opt.quiet && c->opt.format == TABLE_TEXT)
		printf("\n%s: %s/report.html; numbers: the .csv files there\n",
		       c->opt.no_plots ? "tables" : "pictures", dir);
	fflush(stdout);
}

static enum exit_code run_one(struct command_ctx *c, const struct scenario *s)
{
	int ret = simulate(c, s, false, print_comparison, c);
	enum exit_code code = diag_print(&c->diag);

	return ret && code == EXIT_OK ? EXIT_SYSTEM : code;
}

static enum exit_code cmd_run(struct command_ctx *c)
{
	struct scenario **s = arena_array(c->arena, c->opt.nr_args, sizeof(*s));
	enum exit_code code = EXIT_OK;

	if (!c->opt.nr_args) {
		diag_error(&c->diag, DIAG_INPUT,
			   "run: needs a scenario: a file, or a name (memcgsim list scenarios)");
		return diag_print(&c->diag);
	}
	/* all are read before the first one runs: mistakes show in the first second */
	for (u32 i = 0; s && i < c->opt.nr_args; i++)
		scenario_open(&s[i], c->opt.args[i], c);
	if (s)
		simulate_check_names(c, s);
	if (s && !c->diag.nr_errors) {
		diag_print(&c->diag);
		for (u32 i = 0; i < c->opt.nr_args && !*c->stop; i++) {
			enum exit_code one = run_one(c, s[i]);

			code = max_of(code, one);
			if (i + 1 < c->opt.nr_args)
				putchar('\n');
		}
	} else {
		code = diag_print(&c->diag);
	}
	for (u32 i = 0; s && i < c->opt.nr_args; i++)
		scenario_free(s[i]);
	return code;
}

const struct command command_run = {
	.name = "run",
	.args = "SCENARIO...",
	.help = "simulate every variant; print the comparison, write CSV and plots",
	.run = cmd_run,
};
