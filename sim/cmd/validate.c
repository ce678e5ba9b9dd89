// SPDX-License-Identifier: GPL-3.0-or-later
/* memcgsim validate DIR... : the recorded kernel measurements through the model, and the error of each figure. */
#include "cmd/cmd.h"
#include "host/recording.h"
#include "kernels/rows.h"
#include "reports/outdir.h"
#include "reports/validation.h"
#include "run/run.h"
#include "run/shrink_check.h"
#include "verdict/validation.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_NOTES 16
#define MAX_WITHOUT 8

/* The same load without one number that was measured instead of derived. */
struct without {
	const char *set; /* "machine.slowness=1" */
	struct scenario *s;
};

/* One folder, or one trace, on its way. Threads work on one each. */
struct item {
	struct command_ctx *c;
	struct recording *rec;
	struct scenario *s; /* NULL: there is none */
	struct without without[MAX_WITHOUT]; /* -v */
	u32 nr_without;
	struct validation_load *load;
	struct arena *arena;
	struct diag d;
};

struct work {
	struct item *items;
	u32 n;
	atomic_uint next;
};

static int note(struct item *it, const char *text)
{
	struct validation_load *t = it->load;

	if (!t->notes)
		t->notes = arena_array(it->arena, MAX_NOTES, sizeof(*t->notes));
	if (!t->notes || !text)
		return diag_error(&it->d, DIAG_SYSTEM, "out of memory");
	if (t->nr_notes < MAX_NOTES)
		t->notes[t->nr_notes++] = text;
	return 0;
}

/* ---- without a scenario: what can be checked anyway ---- */

static int check_slabinfo(struct item *it, const char *path)
{
	u32 caches, page_kb;

	if (recording_check_slabinfo(path, &caches, &page_kb, it->arena, &it->d))
		return -EINVAL;
	return note(
		it,
		arena_printf(it->arena,
			     "%s: %u caches, each with as many pages of %u KiB as its objects need",
			     path, caches, page_kb));
}

static int without_scenario(struct item *it)
{
	const struct recording *rec = it->rec;

	for (u32 i = 0; i < rec->nr_slabinfos; i++)
		if (check_slabinfo(it, rec->slabinfos[i]))
			return -EINVAL;
	if (rec->nr_boots && rec->scenario)
		return 0;
	if (rec->scenario)
		return note(
			it,
			arena_printf(
				it->arena,
				"%s: no series.csv: there is nothing to compare the scenario with",
				rec->folder));
	return note(it, arena_printf(
				it->arena,
				"%s: no scenario.yaml: nothing was simulated. It says what was "
				"done on which kernel "
				"and begins like this:\n"
				"  scenario: %s\n"
				"  duration: 30s\n"
				"  sample: 100ms\n"
				"  machine: {topology: \"numa:2 core:1 pu:1\", memory: 2GiB}\n"
				"  variants: [{name: model, kernel: v5.9}]\n"
				"  mounts: [{name: root, fs: ext4}]\n"
				"  workloads: ...      (memcgsim list workloads; docs/validate.md)",
				rec->folder, rec->load));
}

/* ---- one item ---- */

static int check_trace(struct item *it, const char *path, const char *kernel)
{
	struct validation_trace *t = arena_alloc(it->arena, sizeof(*t));

	if (!t)
		return diag_error(&it->d, DIAG_SYSTEM, "out of memory");
	if (shrink_check(t, path, kernel, it->arena, &it->d))
		return -EINVAL;
	it->load->trace = t;
	return 0;
}

/* Runs s and judges it into t. */
static int simulate_one(struct item *it, const struct scenario *s, struct validation_load *t)
{
	struct run_opts opts = {
		.jobs = 1,
		.check_invariants = it->c->opt.check_invariants,
		.strict = it->c->opt.strict,
		.stop = it->c->stop,
	};
	const struct kernel_row *row = kernel_row_resolve(s->variants[0].kernel);
	struct run_output out = {0};
	int ret = run_scenario(&out, s, &opts, &it->d);

	if (!ret && !out.result.complete)
		ret = diag_error(&it->d, DIAG_SYSTEM, "%s: stopped early: %s", s->path,
				 out.result.runs[0].why ? out.result.runs[0].why : "interrupted");
	if (!ret)
		ret = validation_judge(t, it->rec, &out.result, row && row->large_kmalloc_in_slab,
				       it->arena, &it->d);
	run_output_free(&out);
	return ret;
}

/* The sum over all figures of one load. */
static int sum_of(struct item *it, struct validation_load *t, struct validation_sum *sum)
{
	struct validation v = {.loads = t, .nr_loads = 1};

	if (validation_sum_up(&v, it->arena))
		return diag_error(&it->d, DIAG_SYSTEM, "out of memory");
	*sum = v.nr_sums ? v.sums[v.nr_sums - 1] : (struct validation_sum){0};
	return 0;
}

static int run_without(struct item *it, const struct without *w)
{
	struct validation_load t = {.rec = it->rec};
	struct validation_sum with, without;

	if (simulate_one(it, w->s, &t) || sum_of(it, it->load, &with) || sum_of(it, &t, &without))
		return -EINVAL;
	return note(
		it,
		arena_printf(
			it->arena,
			"%s %s with %s instead of what was measured: median error %.2f %% (with it "
			"%.2f %%), past their tolerance %u (with it %u) of %u",
			it->rec->kernel, it->rec->load, w->set, without.median * 100,
			with.median * 100, without.known + without.failed, with.known + with.failed,
			with.n));
}

static int simulate_item(struct item *it)
{
	int ret = simulate_one(it, it->s, it->load);

	for (u32 i = 0; i < it->nr_without && !ret; i++)
		ret = run_without(it, &it->without[i]);
	return ret;
}

/* The release behind "v5.9.1 (row v5.9)". */
static const char *release_of(const struct item *it)
{
	return it->c->opt.kernel ? it->c->opt.kernel : it->s ? it->s->variants[0].kernel : NULL;
}

static void do_item(struct item *it)
{
	const struct recording *rec = it->rec;

	if (it->c->stop && *it->c->stop)
		return;
	if (rec->trace && check_trace(it, rec->trace, release_of(it)))
		return;
	if (!rec->folder)
		return;
	if (!it->s || !rec->nr_boots)
		without_scenario(it);
	else
		simulate_item(it);
}

static void *work_on(void *arg)
{
	struct work *w = arg;
	u32 i;

	while ((i = atomic_fetch_add(&w->next, 1)) < w->n)
		do_item(&w->items[i]);
	return NULL;
}

static void do_all(struct command_ctx *c, struct item *items, u32 n)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	u32 jobs = c->opt.has_jobs ? c->opt.jobs : (u32)c->conf.jobs, started = 0;
	struct work w = {.items = items, .n = n};
	pthread_t threads[256];

	if (!jobs)
		jobs = cpus > 0 ? (u32)cpus : 1;
	jobs = min_of(min_of(jobs, n), (u32)ARRAY_SIZE(threads));
	while (started + 1 < jobs && !pthread_create(&threads[started], NULL, work_on, &w))
		started++;
	work_on(&w);
	while (started)
		pthread_join(threads[--started], NULL);
}

/* ---- all of them ---- */

static int add_without(struct item *it, const char *set)
{
	struct command_ctx *c = it->c;
	struct without *w = &it->without[it->nr_without];
	const char **all = arena_array(it->arena, c->opt.nr_set + 1, sizeof(*all));
	struct scenario_opts opts = {.set = all, .nr_set = c->opt.nr_set + 1};

	if (!all || !set)
		return diag_error(&c->diag, DIAG_SYSTEM, "out of memory");
	if (it->nr_without == MAX_WITHOUT)
		return 0;
	for (u32 i = 0; i < c->opt.nr_set; i++)
		all[i] = c->opt.set[i];
	all[c->opt.nr_set] = set;
	w->set = set;
	if (scenario_load(&w->s, it->rec->scenario, &opts, &c->catalog.schema, &c->diag))
		return -EINVAL;
	it->nr_without++;
	return 0;
}

/*
 * What a scenario of a recording has that was measured and not derived: how much slower the machine is than the cost table,
 * and how many metadata blocks stay busy. Structure sizes that a kernel row has as measured have no other value.
 */
static int find_measured(struct item *it)
{
	int ret = it->s->machine.slowness != 1.0 ? add_without(it, "machine.slowness=1") : 0;

	for (u32 i = 0; i < it->s->nr_mounts && !ret; i++)
		if (it->s->mounts[i].busy_every)
			ret = add_without(it, arena_printf(it->arena, "mounts.%u.busy_every=0", i));
	return ret;
}

static int open_item(struct item *it, const char *folder, bool file)
{
	struct command_ctx *c = it->c;

	it->arena = arena_new();
	diag_init(&it->d);
	it->rec = it->arena ? arena_alloc(it->arena, sizeof(*it->rec)) : NULL;
	if (!it->rec)
		return diag_error(&c->diag, DIAG_SYSTEM, "out of memory");
	it->load->rec = it->rec;
	if (file) {
		*it->rec = (struct recording){.trace = folder, .kernel = "", .load = folder};
		return 0;
	}
	if (recording_read(it->rec, folder, it->arena, &c->diag))
		return -EINVAL;
	if (it->rec->scenario && scenario_open(&it->s, it->rec->scenario, c)) {
		it->s = NULL;
		return -EINVAL;
	}
	return it->s && c->opt.verbose ? find_measured(it) : 0;
}

static void close_item(struct item *it)
{
	scenario_free(it->s);
	for (u32 i = 0; i < it->nr_without; i++)
		scenario_free(it->without[i].s);
	diag_free(&it->d);
	if (it->arena)
		arena_free(it->arena);
}

static bool is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISDIR(st.st_mode);
}

/* Folders and files behind the arguments, files marked by an entry in *files. */
static int collect(struct command_ctx *c, struct recording_list *list, u32 *nr_files)
{
	for (u32 i = 0; i < c->opt.nr_args; i++)
		if (!is_file(c->opt.args[i]) &&
		    recording_find(list, c->opt.args[i], c->arena, &c->diag))
			return -EINVAL;
	*nr_files = 0;
	for (u32 i = 0; i < c->opt.nr_args; i++)
		*nr_files += is_file(c->opt.args[i]);
	return 0;
}

static enum exit_code report(struct command_ctx *c, struct validation *v)
{
	const char *out =
		c->opt.out ? c->opt.out : arena_printf(c->arena, "%s/validate", c->conf.out);
	bool figures = false;

	if (validation_sum_up(v, c->arena) || !out) {
		diag_error(&c->diag, DIAG_SYSTEM, "out of memory");
		return diag_print(&c->diag);
	}
	for (u32 i = 0; i < v->nr_loads; i++)
		figures |= v->loads[i].nr_rows > 0;
	if (figures)
		validation_write(v, out, !c->opt.no_plots, c->arena, &c->diag);
	validation_print(stdout, v, c->opt.format, c->opt.quiet, &c->diag);
	return diag_print(&c->diag);
}

static enum exit_code validate_items(struct command_ctx *c, struct item *items, u32 n, bool tree)
{
	struct validation v = {
		.loads = arena_array(c->arena, n, sizeof(*v.loads)), .nr_loads = n, .tree = tree};
	enum exit_code code;

	for (u32 i = 0; i < n; i++)
		diag_merge(&c->diag, &items[i].d);
	if (c->stop && *c->stop && !c->diag.nr_errors)
		diag_error(&c->diag, DIAG_SYSTEM, "interrupted");
	if (!v.loads) {
		diag_error(&c->diag, DIAG_SYSTEM, "out of memory");
		return diag_print(&c->diag);
	}
	if (c->diag.nr_errors)
		return diag_print(&c->diag);
	for (u32 i = 0; i < n; i++)
		v.loads[i] = *items[i].load;
	code = report(c, &v);
	if (code == EXIT_OK && (v.failed || v.too_many_known || v.trace_wrong))
		code = EXIT_CHECK_FAILED;
	return code;
}

/* Their rows and pictures could not be told apart. */
static int check_names(struct command_ctx *c, const struct item *items, u32 n)
{
	for (u32 i = 0; i < n; i++)
		for (u32 k = 0; k < i; k++)
			if (items[i].rec->folder && items[k].rec->folder &&
			    !strcmp(items[i].rec->kernel, items[k].rec->kernel) &&
			    !strcmp(items[i].rec->load, items[k].rec->load))
				return diag_error(
					&c->diag, DIAG_INPUT,
					"%s: kernel and load are called as those of %s: '%s', '%s'",
					items[i].rec->folder, items[k].rec->folder,
					items[i].rec->kernel, items[i].rec->load);
	return 0;
}

static enum exit_code validate_list(struct command_ctx *c, const struct recording_list *list,
				    u32 nr_files)
{
	u32 n = list->n + nr_files, k = 0;
	struct validation_load *loads = arena_array(c->arena, n, sizeof(*loads));
	struct item *items = arena_array(c->arena, n, sizeof(*items));
	enum exit_code code;
	int ret = 0;

	if (!loads || !items) {
		diag_error(&c->diag, DIAG_SYSTEM, "out of memory");
		return diag_print(&c->diag);
	}
	for (u32 i = 0; i < n; i++)
		items[i] = (struct item){.c = c, .load = &loads[i]};
	for (; k < list->n; k++)
		ret |= open_item(&items[k], list->folders[k], false);
	for (u32 i = 0; i < c->opt.nr_args; i++)
		if (is_file(c->opt.args[i]))
			ret |= open_item(&items[k++], c->opt.args[i], true);
	if (!ret)
		ret = check_names(c, items, n);
	if (!ret)
		do_all(c, items, n);
	code = ret ? diag_print(&c->diag) : validate_items(c, items, n, list->tree);
	for (u32 i = 0; i < n; i++)
		close_item(&items[i]);
	return code;
}

static enum exit_code cmd_validate(struct command_ctx *c)
{
	struct recording_list list = {0};
	u32 nr_files = 0;

	if (!c->opt.nr_args)
		diag_error(
			&c->diag, DIAG_INPUT,
			"validate: needs a folder of recordings (scenarios/recorded, or one of its "
			"loads), or a trace of shrinker calls");
	else if (!collect(c, &list, &nr_files) && c->opt.out)
		outdir_check(c->opt.out, &c->diag);
	if (c->diag.nr_errors)
		return diag_print(&c->diag);
	return validate_list(c, &list, nr_files);
}

const struct command command_validate = {
	.name = "validate",
	.args = "DIR...",
	.help = "recorded kernels against the model, the error of each figure",
	.run = cmd_validate,
};
