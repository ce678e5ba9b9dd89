// SPDX-License-Identifier: GPL-3.0-or-later
/* Picks the command. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t stop_flag;

static void on_signal(int sig)
{
	(void)sig;
	stop_flag = 1;
}

static void catch_signals(void)
{
	struct sigaction act = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	/* a second one kills: what is half written is never what a reader sees */
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* a file larger than ulimit -f allows is an error like a full disk */
	signal(SIGXFSZ, SIG_IGN);
}

static const struct command *const all[] = {
	&command_run,  &command_check, &command_validate, &command_lint,
	&command_list, &command_new,   &command_bench,
};

/* Named in the contract, and not there yet. */
static const char *const not_built[] = {"sweep", "trace", "explain", "report", "snapshot"};

static void print_help(FILE *f)
{
	fputs("memcgsim " MEMCGSIM_VERSION
	      ": what the Linux kernel does with slab memory under memory cgroups\n",
	      f);
	fputs("Usage: memcgsim COMMAND [OPTION...] [ARGUMENT...]\n", f);
	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		fprintf(f, "  %-8s %-13.16s %s\n", all[i]->name, all[i]->args, all[i]->help);
	fputs("Try: memcgsim run host-replay, list scenarios, COMMAND --help (options)\n", f);
}

static const struct command *find_command(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(all[i]->name, name))
			return all[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[ARRAY_SIZE(all) + 1] = {0}, *near;

	for (u32 i = 0; i < ARRAY_SIZE(not_built); i++) {
		if (!strcmp(not_built[i], name)) {
			fprintf(stderr, "memcgsim: the command '%s' is not built yet\n", name);
			return EXIT_INPUT;
		}
	}
	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		names[i] = all[i]->name;
	near = nearest_name(name, names);
	fprintf(stderr, "memcgsim: no command '%s'%s%s%s\n", name, near ? "; did you mean '" : "",
		near ? near : "", near ? "'?" : "");
	return EXIT_INPUT;
}

static void print_version(void)
{
	puts("memcgsim " MEMCGSIM_VERSION "\n"
	     "traces: tracefs text, gzip, zstd\n"
	     "Licence GPL-3.0-or-later: https://gnu.org/licenses/gpl.html");
}

/* A job that asks for a JUnit file and gets none would never notice. */
static int options_of_check(const struct options *o, const char *command, struct diag *d)
{
	const char *what = o->junit		? "--junit"
			   : o->update_baseline ? "--update-baseline"
			   : o->no_baseline	? "--no-baseline"
			   : o->fingerprint	? "--fingerprint"
						: NULL;

	return what ? diag_error(d, DIAG_INPUT, "%s is an option of check, not of %s", what,
				 command)
		    : 0;
}

static enum exit_code run_command(const struct command *cmd, struct command_ctx *c, int argc,
				  char **argv)
{
	enum exit_code code;

	if (options_parse(&c->opt, argc, argv, c->arena, &c->diag))
		return diag_print(&c->diag);
	if (c->opt.version) {
		print_version();
		return EXIT_OK;
	}
	if (c->opt.help) {
		printf("memcgsim %s %s\n%s\n\n", cmd->name, cmd->args, cmd->help);
		options_print();
		return EXIT_OK;
	}
	if (cmd != &command_check && options_of_check(&c->opt, cmd->name, &c->diag))
		return diag_print(&c->diag);
	if (install_conf_load(&c->conf, c->opt.config, &c->diag))
		return diag_print(&c->diag);
	if (catalog_init(&c->catalog)) {
		diag_error(&c->diag, DIAG_SYSTEM, "out of memory");
		return diag_print(&c->diag);
	}
	code = cmd->run(c);
	catalog_destroy(&c->catalog);
	install_conf_free(&c->conf);
	return code;
}

int main(int argc, char **argv)
{
	struct command_ctx c = {.stop = &stop_flag, .argc = argc, .argv = argv};
	const struct command *cmd;
	enum exit_code code;

	if (argc < 2) {
		print_help(stderr);
		return EXIT_INPUT;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help") || !strcmp(argv[1], "-h")) {
		print_help(stdout);
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		print_version();
		return EXIT_OK;
	}
	cmd = find_command(argv[1]);
	if (!cmd)
		return unknown_command(argv[1]);
	catch_signals();
	diag_init(&c.diag);
	c.arena = arena_new();
	if (!c.arena) {
		fputs("memcgsim: out of memory\n", stderr);
		return EXIT_SYSTEM;
	}
	code = run_command(cmd, &c, argc - 1, argv + 1);
	diag_free(&c.diag);
	arena_free(c.arena);
	if (fflush(stdout) || ferror(stdout)) {
		fputs("memcgsim: cannot write to standard output\n", stderr);
		return EXIT_SYSTEM;
	}
	return code;
}
