// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/cmd.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OPT_SEED = 256,
	OPT_SET,
	OPT_VARIANT,
	OPT_PLUGIN,
	OPT_CONFIG,
	OPT_PROGRESS,
	OPT_FORMAT,
	OPT_HELP,
	OPT_VERSION,
	OPT_CHECK_INVARIANTS,
	OPT_STRICT,
	OPT_NO_PLOTS,
	OPT_SHRINK_TRACE,
	OPT_PROC,
	OPT_JUNIT,
	OPT_NO_BASELINE,
	OPT_UPDATE_BASELINE,
	OPT_FINGERPRINT,
	OPT_KERNEL,
};

static const struct option long_options[] = {
	{"out", required_argument, NULL, 'o'},
	{"jobs", required_argument, NULL, 'j'},
	{"seed", required_argument, NULL, OPT_SEED},
	{"set", required_argument, NULL, OPT_SET},
	{"variant", required_argument, NULL, OPT_VARIANT},
	{"plugin", required_argument, NULL, OPT_PLUGIN},
	{"config", required_argument, NULL, OPT_CONFIG},
	{"progress", required_argument, NULL, OPT_PROGRESS},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"quiet", no_argument, NULL, 'q'},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{"check-invariants", no_argument, NULL, OPT_CHECK_INVARIANTS},
	{"strict", no_argument, NULL, OPT_STRICT},
	{"no-plots", no_argument, NULL, OPT_NO_PLOTS},
	{"shrink-trace", no_argument, NULL, OPT_SHRINK_TRACE},
	{"proc", no_argument, NULL, OPT_PROC},
	{"junit", required_argument, NULL, OPT_JUNIT},
	{"no-baseline", no_argument, NULL, OPT_NO_BASELINE},
	{"update-baseline", no_argument, NULL, OPT_UPDATE_BASELINE},
	{"fingerprint", no_argument, NULL, OPT_FINGERPRINT},
	{"kernel", required_argument, NULL, OPT_KERNEL},
	{NULL, 0, NULL, 0},
};

void options_print(void)
{
	puts("Options:\n"
	     "  -o, --out DIR         folder for results (default out/<scenario>)\n"
	     "  -j, --jobs N          threads (default: CPUs of this machine)\n"
	     "      --seed N          seed instead of the scenario's\n"
	     "      --set KEY=VALUE   overrides a key: machine.memory=64GiB, "
	     "variants.lazy.kernel=v6.1\n"
	     "      --variant NAME    this variant and the first one only\n"
	     "      --config FILE     defaults (else ./sim.yaml, else "
	     "~/.config/memcgsim/sim.yaml)\n"
	     "      --progress WHEN   auto, always, never\n"
	     "      --format FORMAT   text, md, csv, json\n"
	     "      --no-plots        no pictures (no gnuplot)\n"
	     "      --shrink-trace    run: write shrink.trace, every shrinker call as ftrace "
	     "prints it\n"
	     "      --proc            run: write proc/: slabinfo, meminfo and others of the end\n"
	     "      --junit FILE      check: write the verdicts as JUnit XML\n"
	     "      --no-baseline     check: leave the stored baseline alone\n"
	     "      --update-baseline check: store what comes out, show what changes\n"
	     "      --fingerprint     check: runs must be those of the baseline, event by event\n"
	     "      --kernel RELEASE  validate: whose formulas a trace is held against (v5.9)\n"
	     "      --strict          a damaged line of a trace is an error\n"
	     "      --check-invariants  recount everything after every event (slow)\n"
	     "  -q, --quiet           the table alone\n"
	     "  -v, --verbose         kernels, axes, and what was guessed\n"
	     "      --help            this\n"
	     "      --version         version and optional features");
}

static int parse_number(const char *name, const char *text, u64 max, u64 *out, struct diag *d)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || *out > max)
		return diag_error(d, DIAG_INPUT, "--%s: '%s' is not a number from 0 to %llu", name,
				  text, (unsigned long long)max);
	return 0;
}

static int parse_choice(const char *name, const char *text, const char *const *choices, int *out,
			struct diag *d)
{
	const char *near;

	for (int i = 0; choices[i]; i++) {
		if (!strcmp(choices[i], text)) {
			*out = i;
			return 0;
		}
	}
	near = nearest_name(text, choices);
	return diag_error(d, DIAG_INPUT, "--%s: no '%s'%s%s%s", name, text,
			  near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int take_option(struct options *o, int opt, struct diag *d)
{
	static const char *const when[] = {"auto", "always", "never", NULL};
	static const char *const formats[] = {"text", "md", "csv", "json", NULL};
	u64 n;
	int i;

	switch (opt) {
	case 'o':
		o->out = optarg;
		return *optarg ? 0 : diag_error(d, DIAG_INPUT, "--out: needs a folder");
	case 'j':
		if (parse_number("jobs", optarg, 1024, &n, d))
			return -EINVAL;
		o->has_jobs = true;
		o->jobs = (u32)n;
		return 0;
	case OPT_SEED:
		o->has_seed = true;
		return parse_number("seed", optarg, UINT64_MAX, &o->seed, d);
	case OPT_SET:
		o->set[o->nr_set++] = optarg;
		return 0;
	case OPT_VARIANT:
		o->variant = optarg;
		return 0;
	case OPT_PLUGIN:
		return diag_error(d, DIAG_INPUT, "--plugin: this build has no plugins");
	case OPT_CONFIG:
		o->config = optarg;
		return 0;
	case OPT_PROGRESS:
		return parse_choice("progress", optarg, when, &o->progress, d);
	case OPT_FORMAT:
		if (parse_choice("format", optarg, formats, &i, d))
			return -EINVAL;
		table_format_parse(formats[i], &o->format);
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case OPT_JUNIT:
		o->junit = optarg;
		return 0;
	case OPT_NO_BASELINE:
		o->no_baseline = true;
		return 0;
	case OPT_UPDATE_BASELINE:
		o->update_baseline = true;
		return 0;
	case OPT_KERNEL:
		o->kernel = optarg;
		return 0;
	case OPT_FINGERPRINT:
		o->fingerprint = true;
		return 0;
	case OPT_HELP:
		o->help = true;
		return 0;
	case OPT_VERSION:
		o->version = true;
		return 0;
	case OPT_CHECK_INVARIANTS:
		o->check_invariants = true;
		return 0;
	case OPT_STRICT:
		o->strict = true;
		return 0;
	case OPT_NO_PLOTS:
		o->no_plots = true;
		return 0;
	case OPT_SHRINK_TRACE:
		o->shrink_trace = true;
		return 0;
	case OPT_PROC:
		o->proc = true;
		return 0;
	default:
		return -EINVAL;
	}
}

/* getopt's own messages go without a hint: say it ourselves. */
static int bad_option(char **argv, int opt, struct diag *d)
{
	const char *names[ARRAY_SIZE(long_options)] = {0}, *word = argv[optind - 1], *near = NULL;

	if (opt == ':')
		return diag_error(d, DIAG_INPUT, "option %s needs a value", word);
	for (u32 i = 0; long_options[i].name; i++)
		names[i] = long_options[i].name;
	if (!strncmp(word, "--", 2))
		near = nearest_name(word + 2, names);
	return diag_error(d, DIAG_INPUT, "unknown option %s%s%s%s", word,
			  near ? "; did you mean --" : "", near ? near : "", near ? "?" : "");
}

int options_parse(struct options *o, int argc, char **argv, struct arena *arena, struct diag *d)
{
	int opt, ret = 0;

	*o = (struct options){.progress = -1};
	table_format_parse("text", &o->format);
	o->set = arena_array(arena, (size_t)argc + 1, sizeof(*o->set));
	if (!o->set)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	optind = 1;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":o:j:qv", long_options, NULL)) != -1) {
		if (opt == '?' || opt == ':')
			ret = bad_option(argv, opt, d);
		else if (take_option(o, opt, d))
			ret = -EINVAL;
	}
	o->args = argv + optind;
	o->nr_args = (u32)(argc - optind);
	return ret;
}

/* ---- scenarios ---- */

const char *scenario_find(const char *arg, struct arena *arena)
{
	static const char *const places[] = {"scenarios", MEMCGSIM_SHARE "/scenarios"};

	if (strchr(arg, '/') || !access(arg, R_OK))
		return arg;
	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		const char *path = arena_printf(arena, "%s/%s.yaml", places[i], arg);

		if (path && !access(path, R_OK))
			return path;
		/* with its ending */
		path = arena_printf(arena, "%s/%s", places[i], arg);
		if (path && !access(path, R_OK))
			return path;
	}
	return arg;
}

static int is_scenario(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 5 && !strcmp(e->d_name + n - 5, ".yaml");
}

/* The shipped scenario that a name is a slip of, or NULL. */
static const char *near_scenario(const char *arg, const char *folder, struct arena *arena)
{
	const char **names, *near = NULL;
	struct dirent **entries;
	int n = scandir(folder, &entries, is_scenario, alphasort);

	if (n < 0)
		return NULL;
	names = arena_array(arena, (size_t)n + 1, sizeof(*names));
	for (int i = 0; i < n; i++) {
		entries[i]->d_name[strlen(entries[i]->d_name) - 5] = 0;
		if (names)
			names[i] = entries[i]->d_name;
	}
	if (names)
		near = nearest_name(arg, names);
	near = near ? arena_strdup(arena, near) : NULL;
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	return near;
}

int scenario_open(struct scenario **s, const char *arg, struct command_ctx *c)
{
	struct scenario_opts opts = {
		.set = c->opt.set,
		.nr_set = c->opt.nr_set,
		.variant = c->opt.variant,
		.has_seed = c->opt.has_seed,
		.seed = c->opt.seed,
	};
	const char *path = scenario_find(arg, c->arena), *near = NULL;

	if (path == arg && !strchr(arg, '/') && access(arg, F_OK)) {
		near = near_scenario(arg, "scenarios", c->arena);
		if (!near)
			near = near_scenario(arg, MEMCGSIM_SHARE "/scenarios", c->arena);
	}
	if (near)
		return diag_error(&c->diag, DIAG_INPUT,
				  "cannot read %s: No such file or directory; did you mean '%s'?",
				  arg, near);
	return scenario_load(s, path, &opts, &c->catalog.schema, &c->diag);
}

enum exit_code diag_print(struct diag *d)
{
	enum exit_code code = d->worst == DIAG_SYSTEM  ? EXIT_SYSTEM
			      : d->worst == DIAG_INPUT ? EXIT_INPUT
						       : EXIT_OK;

	if (d->len)
		fwrite(d->text, 1, d->len, stderr);
	fflush(stderr);
	diag_free(d);
	return code;
}
