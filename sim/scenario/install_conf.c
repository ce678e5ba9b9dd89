// SPDX-License-Identifier: GPL-3.0-or-later
#include "scenario/bind.h"
#include "scenario/scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const progress_choices[] = {"auto", "always", "never", NULL};
/* one table so far (models/cost): another name is an error, not a silent default */
static const char *const cost_choices[] = {"default", NULL};

static const struct param_key install_keys[] = {
	{.name = "out",
	 .type = PARAM_STRING,
	 .offset = offsetof(struct install_conf, out),
	 .dflt = "out",
	 .help = "folder for results"},
	{.name = "jobs",
	 .type = PARAM_INT,
	 .offset = offsetof(struct install_conf, jobs),
	 .max = 65536,
	 .help = "runs at a time; 0: as many as there are CPUs"},
	{.name = "plot_terminal",
	 .type = PARAM_STRING,
	 .offset = offsetof(struct install_conf, plot_terminal),
	 .dflt = "svg",
	 .help = "gnuplot terminal"},
	{.name = "progress",
	 .type = PARAM_ENUM,
	 .offset = offsetof(struct install_conf, progress),
	 .dflt = "auto",
	 .choices = progress_choices,
	 .help = "when to show a progress line"},
	{.name = "cost_model",
	 .type = PARAM_ENUM,
	 .offset = offsetof(struct install_conf, cost_model),
	 .dflt = "default",
	 .choices = cost_choices,
	 .help = "table of nanoseconds per operation"},
	{.name = NULL},
};

static const struct param_table install_table = {
	.what = "sim.yaml",
	.size = sizeof(struct install_conf),
	.keys = install_keys,
};

/* The first default file that exists, or NULL. */
static const char *default_path(struct input *in)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	const char *path;

	if (!access("sim.yaml", F_OK))
		return "sim.yaml";
	if (xdg && *xdg)
		path = input_printf(in, "%s/memcgsim/sim.yaml", xdg);
	else if (home && *home)
		path = input_printf(in, "%s/.config/memcgsim/sim.yaml", home);
	else
		return NULL;
	return *path && !access(path, F_OK) ? path : NULL;
}

/* A file may say nothing at all (every line a comment). */
static bool is_blank(const char *text, size_t len)
{
	bool comment = false;

	for (size_t i = 0; i < len; i++) {
		comment = text[i] == '#' || (comment && text[i] != '\n');
		if (!comment && text[i] != ' ' && text[i] != '\n' && text[i] != '\r')
			return false;
	}
	return true;
}

/* An empty folder would be the root of the file system. */
static void check_texts(struct input *in, const struct yaml_node *root,
			const struct install_conf *c)
{
	if (c->out && !*c->out)
		input_error(in, yaml_get(root, "out")->pos, "'out' is empty");
	if (c->plot_terminal && !*c->plot_terminal)
		input_error(in, yaml_get(root, "plot_terminal")->pos, "'plot_terminal' is empty");
}

static void read_install_conf(struct input *in, const char *path, struct install_conf *c)
{
	struct yaml_node nothing = {.kind = NODE_SCALAR, .text = ""};
	struct bind_part part = {&install_table, c};
	const struct yaml_node *root = &nothing;
	size_t len = 0;
	char *text;

	if (path) {
		text = input_read_file(in, path, &len);
		if (!text)
			return;
		path = input_printf(in, "%s", path);
		if (!is_blank(text, len))
			root = yaml_parse(in, path, 0, text, len);
		free(text);
	}
	if (root && !bind_map(in, root, install_table.what, &part, 1, NULL))
		check_texts(in, root, c);
}

int install_conf_load(struct install_conf *c, const char *path, struct diag *d)
{
	struct input in = {.arena = arena_new(), .d = d};
	int err;

	*c = (struct install_conf){.arena = NULL};
	if (!in.arena) {
		diag_error(d, DIAG_SYSTEM, "out of memory");
		return -ENOMEM;
	}
	read_install_conf(&in, path ? path : default_path(&in), c);
	err = input_finish(&in);
	if (err) {
		arena_free(in.arena);
		*c = (struct install_conf){.arena = NULL};
		return err;
	}
	c->arena = in.arena;
	return 0;
}

void install_conf_free(struct install_conf *c)
{
	arena_free(c->arena);
	*c = (struct install_conf){.arena = NULL};
}
