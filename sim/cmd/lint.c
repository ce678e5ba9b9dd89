// SPDX-License-Identifier: GPL-3.0-or-later
/* memcgsim lint SCENARIO... : everything that run would check before its first event. */
#include "cmd/cmd.h"
#include "run/run.h"

#include <stdio.h>

static enum exit_code lint_one(struct command_ctx *c, const char *arg)
{
	struct scenario *s = NULL;

	if (!scenario_open(&s, arg, c) && !run_dry(s, &c->diag) && !c->opt.quiet) {
		printf("%s: %u variants, %u mounts, %u workloads: no errors\n", s->path,
		       s->nr_variants, s->nr_mounts, s->nr_workloads);
		for (u32 i = 0; i < s->nr_notes; i++)
			printf("  %s\n", s->notes[i]);
	}
	scenario_free(s);
	return diag_print(&c->diag);
}

static enum exit_code cmd_lint(struct command_ctx *c)
{
	enum exit_code code = EXIT_OK;

	if (!c->opt.nr_args)
		diag_error(&c->diag, DIAG_INPUT, "lint: needs a scenario file");
	for (u32 i = 0; i < c->opt.nr_args; i++) {
		enum exit_code one = lint_one(c, c->opt.args[i]);

		code = max_of(code, one);
	}
	return c->diag.nr_errors ? diag_print(&c->diag) : code;
}

const struct command command_lint = {
	.name = "lint",
	.args = "SCENARIO...",
	.help = "check scenarios without running them",
	.run = cmd_lint,
};
