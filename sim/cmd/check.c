// SPDX-License-Identifier: GPL-3.0-or-later
/* memcgsim check SCENARIO... : run, then judge what the scenario expects. */
#include "cmd/simulate.h"
#include "reports/verdicts.h"
#include "verdict/judge.h"

#include <stdio.h>
#include <string.h>

/* One scenario on its way to its verdicts. */
struct checking {
	struct command_ctx *c;
	struct scenario *s; /* NULL: could not be read */
	struct verdict_suite *suite;
	struct baseline baseline;
	bool judged;
};

/* What makes runs others than the baseline's; NULL: nothing. */
static const char *overridden(const struct options *o)
{
	return o->nr_set ? "--set" : o->has_seed ? "--seed" : o->variant ? "--variant" : NULL;
}

static bool compared(const struct checking *k)
{
	const struct options *o = &k->c->opt;

	return k->baseline.there && !o->no_baseline && !o->update_baseline && !overridden(o);
}

static void judge_result(void *arg, const struct result *r, const char *dir)
{
	struct checking *k = arg;
	struct command_ctx *c = k->c;
	const struct baseline_judge b = {&k->baseline, c->opt.fingerprint};

	(void)dir;
	if (!r->complete)
		return;
	if (c->opt.update_baseline &&
	    baseline_update(&k->baseline, r, c->opt.format == TABLE_TEXT ? stdout : stderr,
			    c->arena, &c->diag))
		return;
	if (judge(k->suite, r, k->s, compared(k) ? &b : NULL, c->arena))
		diag_error(&k->c->diag, DIAG_SYSTEM, "out of memory");
	else
		k->judged = true;
}

/* What was said about it is also what the verdicts say; the exit code that it asks for. */
static enum exit_code take_messages(struct checking *k)
{
	struct diag *d = &k->c->diag;

	if (d->nr_errors) {
		k->suite->error = arena_strndup(k->c->arena, d->text, d->len);
		if (!k->suite->error)
			k->suite->error = "out of memory\n";
		k->suite->nr_rows = k->suite->nr_failed = 0;
	}
	return diag_print(d);
}

static void drop(struct checking *k)
{
	scenario_free(k->s);
	k->s = NULL;
}

static enum exit_code open_one(struct checking *k, const char *arg)
{
	struct command_ctx *c = k->c;

	*k->suite = (struct verdict_suite){.scenario = arg};
	if (scenario_open(&k->s, arg, c)) {
		k->s = NULL;
		return take_messages(k);
	}
	/* it may go before the verdicts do */
	k->suite->scenario = arena_strdup(c->arena, k->s->name);
	if (!k->suite->scenario)
		k->suite->scenario = arg;
	if (!c->opt.no_baseline && baseline_load(&k->baseline, k->s, c->arena, &c->diag)) {
		drop(k);
		return take_messages(k);
	}
	if (k->baseline.there && overridden(&c->opt))
		fprintf(stderr, "%s: the stored baseline is not compared: %s makes other runs\n",
			k->s->name, overridden(&c->opt));
	if (c->opt.fingerprint && !k->baseline.there) {
		diag_error(&c->diag, DIAG_INPUT, "--fingerprint: there is no %s", k->baseline.path);
		drop(k);
	} else if (!k->s->nr_expects && !k->s->nr_balances && !compared(k) &&
		   !c->opt.update_baseline) {
		diag_error(&c->diag, DIAG_INPUT,
			   "%s: nothing to judge: no 'expect', no 'balance' and no baseline%s%s",
			   k->s->path, c->opt.variant ? " about variant " : "",
			   c->opt.variant ? c->opt.variant : "");
		drop(k);
	}
	return take_messages(k);
}

static enum exit_code check_one(struct checking *k)
{
	int ret = simulate(k->c, k->s, true, judge_result, k);
	enum exit_code code;

	if (!k->judged && !k->c->diag.nr_errors)
		diag_error(&k->c->diag, DIAG_SYSTEM, "%s: could not be judged", k->s->name);
	code = take_messages(k);
	if (ret && code == EXIT_OK)
		code = EXIT_SYSTEM;
	return code == EXIT_OK && k->suite->nr_failed ? EXIT_CHECK_FAILED : code;
}

/* Scenarios that a signal kept from running are errors, too. */
static enum exit_code check_all(struct command_ctx *c, struct checking *all)
{
	enum exit_code code = EXIT_OK;

	for (u32 i = 0; i < c->opt.nr_args; i++) {
		enum exit_code one = EXIT_SYSTEM;

		if (!all[i].s)
			continue;
		if (!*c->stop)
			one = check_one(&all[i]);
		else
			all[i].suite->error = "interrupted before it ran\n";
		code = max_of(code, one);
	}
	return code;
}

/* What is wrong with all of them together is an error of each. */
static enum exit_code refuse_all(struct command_ctx *c, struct checking *all)
{
	const char *why = arena_strndup(c->arena, c->diag.text, c->diag.len);

	for (u32 i = 0; i < c->opt.nr_args; i++)
		if (all[i].s)
			all[i].suite->error = why ? why : "out of memory\n";
	return diag_print(&c->diag);
}

static enum exit_code finish(struct command_ctx *c, const struct verdict_suite *suites,
			     enum exit_code code)
{
	struct verdicts_opts opts = {.format = c->opt.format, .failed_only = c->opt.quiet};
	enum exit_code last;

	verdicts_write(stdout, suites, c->opt.nr_args, &opts, &c->diag);
	if (c->opt.junit)
		junit_write(c->opt.junit, suites, c->opt.nr_args, &c->diag);
	last = diag_print(&c->diag);
	return max_of(code, last);
}

/* Options that go against each other. */
static void check_options(struct command_ctx *c)
{
	const struct options *o = &c->opt;
	const char *what = o->update_baseline ? "--update-baseline"
			   : o->fingerprint   ? "--fingerprint"
					      : NULL;

	if (what && o->no_baseline)
		diag_error(&c->diag, DIAG_INPUT, "%s and --no-baseline exclude each other", what);
	if (o->update_baseline && o->fingerprint)
		diag_error(&c->diag, DIAG_INPUT,
			   "--update-baseline and --fingerprint exclude each other");
	if (what && overridden(o))
		diag_error(&c->diag, DIAG_INPUT,
			   "%s is about the scenario as it is: not with %s, which makes other runs",
			   what, overridden(o));
}

static enum exit_code cmd_check(struct command_ctx *c)
{
	u32 n = c->opt.nr_args;
	struct verdict_suite *suites = arena_array(c->arena, max_of(n, 1U), sizeof(*suites));
	struct checking *all = arena_array(c->arena, max_of(n, 1U), sizeof(*all));
	struct scenario **s = arena_array(c->arena, max_of(n, 1U), sizeof(*s));
	enum exit_code code = EXIT_OK;

	if (!suites || !all || !s) {
		diag_error(&c->diag, DIAG_SYSTEM, "out of memory");
		return diag_print(&c->diag);
	}
	if (!n)
		diag_error(&c->diag, DIAG_INPUT,
			   "check: needs a scenario: a file, or a name (memcgsim list scenarios)");
	else
		check_options(c);
	if (!c->diag.nr_errors && c->opt.junit)
		junit_check(c->opt.junit, &c->diag);
	if (c->diag.nr_errors)
		return diag_print(&c->diag);
	/* one that is wrong is said at once, and keeps the others from nothing */
	for (u32 i = 0; i < n; i++) {
		enum exit_code one;

		all[i] = (struct checking){.c = c, .suite = &suites[i]};
		one = open_one(&all[i], c->opt.args[i]);
		code = max_of(code, one);
		s[i] = all[i].s;
	}
	simulate_check_names(c, s);
	code = max_of(code, c->diag.nr_errors ? refuse_all(c, all) : check_all(c, all));
	code = finish(c, suites, code);
	for (u32 i = 0; i < n; i++)
		scenario_free(all[i].s);
	return code;
}

const struct command command_check = {
	.name = "check",
	.args = "SCENARIO...",
	.help = "run, then judge what the scenario expects; exit 1 if it fails",
	.run = cmd_check,
};
