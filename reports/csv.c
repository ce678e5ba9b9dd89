// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/csv.h"

#include <inttypes.h>
#include <string.h>

#include "reports/format.h"

void csv_field(FILE *f, const char *s)
{
	if (!s[strcspn(s, ",\"\r\n")]) {
		fputs(s, f);
		return;
	}
	fputc('"', f);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', f);
		fputc(*s, f);
	}
	fputc('"', f);
}

/* "scenario,variant,repeat", the start of every row. */
static void key(FILE *f, const struct result *r, const struct run_result *run)
{
	csv_field(f, r->scenario);
	fputc(',', f);
	csv_field(f, run->variant < r->nr_variants ? r->variants[run->variant].name : "");
	fprintf(f, ",%u", run->repeat);
}

static void seconds(FILE *f, double s)
{
	char buf[FORMAT_LEN];

	fprintf(f, ",%s", format_seconds(buf, s));
}

static void number(FILE *f, double v, bool integer)
{
	char buf[FORMAT_LEN];

	fprintf(f, ",%s", format_number(buf, v, integer));
}

static void summary_row(FILE *f, const struct result *r, const struct run_result *run,
			const struct metric_info *m, const char *suffix, double v)
{
	key(f, r, run);
	fputc(',', f);
	csv_field(f, m->name);
	fputs(suffix, f);
	number(f, v, m->integer);
	fputc(',', f);
	csv_field(f, m->unit);
	fputc('\n', f);
}

void csv_summary(FILE *f, const struct result *r)
{
	fputs("scenario,variant,repeat,metric,value,unit\n", f);
	for (u32 i = 0; i < r->nr_runs; i++) {
		const struct run_result *run = &r->runs[i];

		for (u32 j = 0; run->values && j < r->nr_metrics; j++) {
			const struct metric_info *m = &r->metrics[j];
			const struct metric_value *v = &run->values[j];

			if (m->kind != METRIC_SAMPLED) {
				summary_row(f, r, run, m, "", v->end);
				continue;
			}
			summary_row(f, r, run, m, ".end", v->end);
			summary_row(f, r, run, m, ".peak", v->peak);
			summary_row(f, r, run, m, ".mean", v->mean);
		}
	}
}

static bool in_timeseries(const struct metric_info *m)
{
	return m->kind == METRIC_SAMPLED || m->series;
}

static bool in_nodes(const struct metric_info *m)
{
	return m->per_node;
}

static void sample_header(FILE *f, const struct result *r, const char *start,
			  bool (*column)(const struct metric_info *))
{
	fputs(start, f);
	for (u32 j = 0; j < r->nr_metrics; j++)
		if (column(&r->metrics[j])) {
			fputc(',', f);
			csv_field(f, r->metrics[j].name);
		}
	fputc('\n', f);
}

static void sample_values(FILE *f, const struct result *r, const double *v,
			  bool (*column)(const struct metric_info *))
{
	for (u32 j = 0; j < r->nr_metrics; j++)
		if (column(&r->metrics[j]))
			number(f, v[j], r->metrics[j].integer);
	fputc('\n', f);
}

void csv_timeseries(FILE *f, const struct result *r)
{
	sample_header(f, r, "scenario,variant,repeat,time_s", in_timeseries);
	for (u32 i = 0; i < r->nr_runs; i++) {
		const struct run_result *run = &r->runs[i];

		for (u32 s = 0; run->samples && s < run->nr_samples; s++) {
			key(f, r, run);
			seconds(f, run->sample_time[s]);
			sample_values(f, r, run->samples + (size_t)s * r->nr_metrics,
				      in_timeseries);
		}
	}
}

void csv_nodes(FILE *f, const struct result *r)
{
	sample_header(f, r, "scenario,variant,repeat,time_s,node", in_nodes);
	for (u32 i = 0; i < r->nr_runs; i++) {
		const struct run_result *run = &r->runs[i];
		size_t rows = run->node_samples ? (size_t)run->nr_samples * r->nr_nodes : 0;

		for (size_t k = 0; k < rows; k++) {
			key(f, r, run);
			seconds(f, run->sample_time[k / r->nr_nodes]);
			fprintf(f, ",%zu", k % r->nr_nodes);
			sample_values(f, r, run->node_samples + k * r->nr_metrics, in_nodes);
		}
	}
}

void csv_caches(FILE *f, const struct result *r)
{
	fputs("scenario,variant,repeat,time_s,cache,active_objs,num_objs,objsize,objperslab,"
	      "pagesperslab,active_slabs,num_slabs,live_objs\n",
	      f);
	for (u32 i = 0; i < r->nr_runs; i++)
		for (u32 k = 0; k < r->runs[i].nr_caches; k++) {
			const struct cache_row *c = &r->runs[i].caches[k];

			key(f, r, &r->runs[i]);
			seconds(f, c->time_s);
			fputc(',', f);
			csv_field(f, c->cache);
			fprintf(f,
				",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
				",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
				c->active_objs, c->num_objs, c->objsize, c->objperslab,
				c->pagesperslab, c->active_slabs, c->num_slabs, c->live_objs);
		}
}
