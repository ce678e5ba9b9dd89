/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What run and check have in common: a scenario is simulated, its out folder written. */
#ifndef SIM_CMD_SIMULATE_H
#define SIM_CMD_SIMULATE_H

#include "cmd/cmd.h"
#include "run/run.h"

/* Called when the folder is whole, before the result goes. */
typedef void simulate_fn(void *arg, const struct result *r, const char *dir);

/*
 * judged: see struct run_opts. 0, also when it was stopped early; else negative. What went wrong is in c->diag, a
 * run that was stopped too.
 */
int simulate(struct command_ctx *c, const struct scenario *s, bool judged, simulate_fn *then,
	     void *arg);
/* Two scenarios of one name would share a folder: an error for each. NULL ones were not read. */
void simulate_check_names(struct command_ctx *c, struct scenario *const *s);

#endif
