// SPDX-License-Identifier: GPL-3.0-or-later
/* memcgsim new TYPE : a scenario to start from, with one workload of that type. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

static enum exit_code cmd_new(struct command_ctx *c)
{
	const char *names[64] = {0};
	const char *near;
	u32 n = 0;

	for (const struct schema_workload *w = c->catalog.schema.workloads; w->type; w++)
		names[n++] = w->type;
	if (c->opt.nr_args != 1) {
		diag_error(&c->diag, DIAG_INPUT,
			   "new: needs a workload type (memcgsim list workloads)");
		return diag_print(&c->diag);
	}
	for (const struct schema_workload *w = c->catalog.schema.workloads; w->type; w++) {
		if (strcmp(w->type, c->opt.args[0]))
			continue;
		printf("scenario: my-%s\n"
		       "description: %s\n"
		       "seed: 1\n"
		       "duration: 1h            # simulated; or  until: workloads-done\n"
		       "sample: 10s\n"
		       "machine:\n"
		       "  topology: \"numa:2 core:8 pu:2\"   # or: host\n"
		       "  memory: 64GiB\n"
		       "variants:               # the first is the reference\n"
		       "  - {name: old, kernel: v5.10}\n"
		       "  - {name: new, kernel: v5.18}\n"
		       "mounts:                 # every superblock there is\n"
		       "  - {name: root, fs: ext4}\n"
		       "  - {name: vol, fs: tmpfs, count: 100}\n"
		       "cgroups:                # present at start\n"
		       "  - {name: pods}\n"
		       "workloads:\n%s",
		       w->type, w->help, w->starter);
		return EXIT_OK;
	}
	near = nearest_name(c->opt.args[0], names);
	diag_error(&c->diag, DIAG_INPUT, "new: no workload type '%s'%s%s%s", c->opt.args[0],
		   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return diag_print(&c->diag);
}

const struct command command_new = {
	.name = "new",
	.args = "TYPE",
	.help = "print a starter scenario with a workload of that type",
	.run = cmd_new,
};
