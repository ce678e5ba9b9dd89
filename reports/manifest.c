// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/manifest.h"

#include <inttypes.h>

#include "reports/format.h"
#include "reports/json_text.h"

/* engine/result.h: XXH3-128, fingerprint[0] is the low half as in XXH128_hash_t. */
const char *fingerprint_text(char buf[FINGERPRINT_LEN], const struct run_result *run)
{
	snprintf(buf, FINGERPRINT_LEN, "%016" PRIx64 "%016" PRIx64, run->fingerprint[1],
		 run->fingerprint[0]);
	return buf;
}

static const char *variant_name(const struct result *r, const struct run_result *run)
{
	return run->variant < r->nr_variants ? r->variants[run->variant].name : "";
}

static void add_variants(struct json_text *j, const struct result *r)
{
	struct json_object *list = json_text_array(j, j->root, "variants");

	for (u32 i = 0; i < r->nr_variants; i++) {
		struct json_object *o = json_text_object(j, list, NULL);

		json_text_string(j, o, "name", r->variants[i].name);
		json_text_string(j, o, "kernel", r->variants[i].kernel);
		json_text_string(j, o, "axes", r->variants[i].axes);
	}
}

static void add_inputs(struct json_text *j, const struct result *r)
{
	struct json_object *list = json_text_array(j, j->root, "inputs");

	for (u32 i = 0; i < r->nr_inputs; i++) {
		struct json_object *o = json_text_object(j, list, NULL);

		json_text_string(j, o, "path", r->inputs[i].path);
		json_text_u64(j, o, "bytes", r->inputs[i].bytes);
		json_text_string(j, o, "sha256", r->inputs[i].sha256);
	}
}

/* The seeds there are, each once, in order of the runs. */
static void add_seeds(struct json_text *j, const struct result *r)
{
	struct json_object *list = json_text_array(j, j->root, "seeds");

	for (u32 i = 0; i < r->nr_runs; i++) {
		bool seen = false;

		for (u32 k = 0; k < i && !seen; k++)
			seen = r->runs[k].seed == r->runs[i].seed;
		if (!seen)
			json_text_u64(j, list, NULL, r->runs[i].seed);
	}
}

static void add_runs(struct json_text *j, const struct result *r)
{
	struct json_object *list = json_text_array(j, j->root, "runs");
	char buf[FORMAT_LEN];

	for (u32 i = 0; i < r->nr_runs; i++) {
		const struct run_result *run = &r->runs[i];
		struct json_object *o = json_text_object(j, list, NULL);
		double end_s = (double)run->end_ns / 1e9;

		json_text_string(j, o, "variant", variant_name(r, run));
		json_text_u64(j, o, "repeat", run->repeat);
		json_text_u64(j, o, "seed", run->seed);
		json_text_bool(j, o, "complete", run->complete);
		if (!run->complete)
			json_text_string(j, o, "why", run->why);
		json_text_u64(j, o, "events", run->events);
		json_text_string(j, o, "fingerprint", fingerprint_text(buf, run));
		json_text_literal(j, o, "end_s", end_s, format_seconds(buf, end_s));
	}
}

int manifest_write(FILE *f, const struct result *r)
{
	struct json_text j;

	json_text_begin(&j);
	json_text_string(&j, j.root, "program", "memcgsim");
	json_text_string(&j, j.root, "version", r->version);
	json_text_string(&j, j.root, "scenario", r->scenario);
	json_text_string(&j, j.root, "description", r->description);
	json_text_bool(&j, j.root, "complete", r->complete);
	add_inputs(&j, r);
	add_seeds(&j, r);
	add_variants(&j, r);
	add_runs(&j, r);
	return json_text_print(&j, f);
}

static void add_info(struct json_text *j, const struct run_info *info)
{
	json_text_string(j, j->root, "started", info->started);
	json_text_string(j, j->root, "host", info->host);
	json_text_string(j, j->root, "cpu_model", info->cpu_model);
	json_text_string(j, j->root, "compiler", info->compiler);
	json_text_string(j, j->root, "command_line", info->command_line);
	json_text_u64(j, j->root, "jobs", info->jobs);
	json_text_double(j, j->root, "wall_s", info->wall_s, false);
	json_text_u64(j, j->root, "peak_rss_bytes", info->peak_rss_bytes);
}

int run_info_write(FILE *f, const struct result *r, const struct run_info *info)
{
	struct json_object *list;
	struct json_text j;

	json_text_begin(&j);
	json_text_string(&j, j.root, "scenario", r->scenario);
	if (info)
		add_info(&j, info);
	list = json_text_array(&j, j.root, "runs");
	for (u32 i = 0; i < r->nr_runs; i++) {
		struct json_object *o = json_text_object(&j, list, NULL);

		json_text_string(&j, o, "variant", variant_name(r, &r->runs[i]));
		json_text_u64(&j, o, "repeat", r->runs[i].repeat);
		json_text_double(&j, o, "wall_s", r->runs[i].wall_s, false);
	}
	return json_text_print(&j, f);
}
