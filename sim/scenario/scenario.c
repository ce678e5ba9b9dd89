// SPDX-License-Identifier: GPL-3.0-or-later
#include "scenario/read.h"

#include "scenario/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_SAMPLE NSEC_PER_SEC
#define DEFAULT_SAMPLES 100

/* The keys of a scenario that are not lists of their own; offsets into struct top. */
struct top {
	struct scenario s;
	int until;
	u64 given;
};

enum { KEY_SCENARIO, KEY_DURATION, KEY_UNTIL, KEY_SAMPLE };

static const char *const until_choices[] = {"workloads-done", NULL};

static const struct param_key top_keys[] = {
	[KEY_SCENARIO] = {.name = "scenario",
			  .type = PARAM_NAME,
			  .offset = offsetof(struct top, s.name),
			  .required = true,
			  .help = "name of the scenario and of its output folder"},
	[KEY_DURATION] = {.name = "duration",
			  .type = PARAM_TIME,
			  .offset = offsetof(struct top, s.duration),
			  .min = 1,
			  .help = "simulated time"},
	[KEY_UNTIL] = {.name = "until",
		       .type = PARAM_ENUM,
		       .offset = offsetof(struct top, until),
		       .choices = until_choices,
		       .help = "end when every closed-loop workload is done, instead of duration"},
	[KEY_SAMPLE] = {.name = "sample",
			.type = PARAM_TIME,
			.offset = offsetof(struct top, s.sample),
			.min = 1,
			.help = "step of the time series; default 1s, or a hundredth of duration"},
	{.name = "sample_caches",
	 .type = PARAM_TIME,
	 .offset = offsetof(struct top, s.sample_caches),
	 .help = "step of caches.csv; default 60 points and the end"},
	{.name = "description",
	 .type = PARAM_STRING,
	 .offset = offsetof(struct top, s.description),
	 .dflt = "",
	 .help = "one line"},
	{.name = "repeats",
	 .type = PARAM_INT,
	 .offset = offsetof(struct top, s.repeats),
	 .dflt = "1",
	 .min = 1,
	 .max = 1000000,
	 .help = "independent runs with seeds derived from seed"},
	{.name = "machine",
	 .type = PARAM_STRUCT,
	 .offset = offsetof(struct top, s.machine),
	 .required = true,
	 .sub = &machine_table,
	 .help = "the modelled machine"},
	{.name = "initial",
	 .type = PARAM_STRUCT,
	 .offset = offsetof(struct top, s.initial),
	 .sub = &initial_table,
	 .help = "slab caches at the start"},
	{.name = NULL},
};

static const struct param_table top_table = {
	.what = "scenario",
	.size = sizeof(struct top),
	.keys = top_keys,
	.given_offset = offsetof(struct top, given),
};

static const char *const section_keys[] = {
	"seed", "variants", "matrix", "mounts", "cgroups", "workloads", "expect", "balance", NULL,
};

void add_note(struct reader *r, const char *text)
{
	struct scenario *s = r->s;
	bool full = !(s->nr_notes & (s->nr_notes - 1)); /* room for the next power of two */
	const char **notes = s->notes;

	if (full) {
		notes = input_alloc(&r->in, max_of(s->nr_notes * 2UL, 1UL), sizeof(*notes));
		if (!notes)
			return;
		if (s->nr_notes)
			memcpy(notes, s->notes, s->nr_notes * sizeof(*notes));
		s->notes = notes;
	}
	notes[s->nr_notes++] = text;
}

struct src_pos value_pos(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *node = yaml_get(map, key);

	return node ? node->pos : map->pos;
}

/* 64 bits without a sign, which no param_type is: printed seeds can be written back. */
static void read_seed(struct reader *r)
{
	const struct yaml_node *node = yaml_get(r->root, "seed");
	const char *why = "";

	r->s->seed = 1;
	if (node && (node->kind != NODE_SCALAR || node->quoted || yaml_is_null(node) ||
		     parse_u64(node->text, &r->s->seed, &why)))
		bind_mismatch(&r->in, "seed", "a whole number", node, why);
}

static void check_end(struct reader *r, u64 given)
{
	bool duration = given >> KEY_DURATION & 1, until = given >> KEY_UNTIL & 1;
	struct scenario *s = r->s;
	u64 hundredth = s->duration / DEFAULT_SAMPLES;

	if (duration && until)
		input_error(&r->in, value_pos(r->root, "until"),
			    "'until' and 'duration' exclude each other; 'duration' is at %s",
			    input_place(&r->in, value_pos(r->root, "duration"),
					value_pos(r->root, "until").file));
	if (!duration && !until)
		input_error(&r->in, r->root->pos,
			    "missing key 'duration' in scenario (or until: workloads-done)");
	s->until_done = until;
	if (given >> KEY_SAMPLE & 1)
		return;
	s->sample = DEFAULT_SAMPLE;
	if (duration && hundredth < s->sample)
		s->sample = max_of(hundredth, (u64)1);
}

static void read_top(struct reader *r)
{
	struct top top = {.s = *r->s};
	struct bind_part part = {&top_table, &top};

	bind_map(&r->in, r->root, "scenario", &part, 1, section_keys);
	*r->s = top.s;
	read_seed(r);
	check_end(r, top.given);
	if (yaml_get(r->root, "machine"))
		check_machine(r);
}

/* A workload or an expectation behind the end is legal (--set duration=...), but seldom meant. */
static void warn_late(struct reader *r)
{
	const struct scenario *s = r->s;

	if (s->until_done || !s->duration)
		return;
	for (u32 i = 0; i < s->nr_workloads; i++)
		if (s->workloads[i].start >= s->duration)
			diag_warn(r->in.d, s->workloads[i].pos,
				  "workload '%s' starts after the end of the run",
				  s->workloads[i].name);
	for (u32 i = 0; i < s->nr_expects; i++)
		if (s->expects[i].at > s->duration)
			diag_warn(r->in.d, s->expects[i].pos,
				  "'at' lies after the end of the run: nothing will be there");
}

static void read_scenario(struct reader *r, const char *text, size_t len,
			  const struct scenario_opts *opts)
{
	r->root = yaml_parse(&r->in, r->s->path, 0, text, len);
	for (u32 i = 0; r->root && i < opts->nr_set; i++)
		apply_set(&r->in, &r->root, opts->set[i], i + 1);
	if (!r->root)
		return;
	if (r->root->kind != NODE_MAP) {
		input_error(&r->in, r->root->pos, "a scenario is a map of keys and values, not %s",
			    yaml_describe(&r->in, r->root));
		return;
	}
	read_top(r);
	read_variants(r);
	read_cgroups(r);
	read_mounts(r);
	read_workloads(r);
	read_expects(r);
	read_balances(r);
	if (input_status(&r->in, 0))
		return;
	if (opts->variant)
		keep_variant(r, opts->variant);
	if (opts->has_seed)
		r->s->seed = opts->seed;
	warn_late(r);
}

static const char *folder_of(struct input *in, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	return slash == path ? "/" : input_printf(in, "%.*s", (int)(slash - path), path);
}

static int reader_init(struct reader *r, const char *path, const struct schema *schema,
		       struct diag *d)
{
	*r = (struct reader){.in = {.arena = arena_new(), .d = d}, .schema = schema};
	r->s = r->in.arena ? input_alloc(&r->in, 1, sizeof(*r->s)) : NULL;
	if (!r->s) {
		arena_free(r->in.arena);
		diag_error(d, DIAG_SYSTEM, "out of memory");
		return -ENOMEM;
	}
	r->s->arena = r->in.arena;
	r->s->path = input_printf(&r->in, "%s", path);
	r->s->dir = folder_of(&r->in, path);
	return 0;
}

static int reader_finish(struct reader *r, struct scenario **out)
{
	int err = input_finish(&r->in);

	if (err)
		arena_free(r->in.arena);
	else
		*out = r->s;
	return err;
}

int scenario_parse(struct scenario **out, const char *name, const char *text, size_t len,
		   const struct scenario_opts *opts, const struct schema *schema, struct diag *d)
{
	static const struct scenario_opts no_opts;
	struct reader r;

	if (reader_init(&r, name, schema, d))
		return -ENOMEM;
	read_scenario(&r, text, len, opts ? opts : &no_opts);
	return reader_finish(&r, out);
}

int scenario_load(struct scenario **out, const char *path, const struct scenario_opts *opts,
		  const struct schema *schema, struct diag *d)
{
	struct arena *arena = arena_new();
	struct input in = {.arena = arena, .d = d};
	size_t len = 0;
	char *text;
	int err;

	if (!arena) {
		diag_error(d, DIAG_SYSTEM, "out of memory");
		return -ENOMEM;
	}
	text = input_read_file(&in, path, &len);
	err = text ? scenario_parse(out, path, text, len, opts, schema, d) : input_finish(&in);
	free(text);
	arena_free(arena);
	return err;
}

void scenario_free(struct scenario *s)
{
	/* the struct itself lies in the arena */
	if (s)
		arena_free(s->arena);
}
