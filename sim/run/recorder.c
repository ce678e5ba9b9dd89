// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/recorder.h"

#include "run/proc_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CACHE_POINTS 120
#define MAX_NOTES 32

/* ---- metrics ---- */

static double workload_duration(const struct workload *w)
{
	return w->finished ? (double)(w->finished_at - w->start) / 1e9 : NAN;
}

static u32 add_info(struct metric_info *infos, u32 n, const struct metric_info *info)
{
	if (infos)
		infos[n] = *info;
	return n + 1;
}

static u32 add_workload_infos(struct metric_info *infos, u32 n, const struct workload *w,
			      struct arena *arena)
{
	static const struct {
		const char *suffix, *unit, *help;
		bool integer;
	} own[] = {
		{"duration_s", "s", "from its start until its work was done; empty if it was not",
		 false},
		{"finished", "bool", "1 if its work was done at the end", true},
		{"ops", "operations", "operations that it did", true},
		{"refused", "operations", "operations that found no memory or no id", true},
	};

	for (u32 i = 0; i < ARRAY_SIZE(own); i++) {
		struct metric_info info = {
			.name = arena_printf(arena, "workload.%s.%s", w->name, own[i].suffix),
			.unit = own[i].unit,
			.help = own[i].help,
			.kind = METRIC_DERIVED,
			.integer = own[i].integer,
			.headline = !i && w->type->closed_loop,
			.outcome = !i && w->type->closed_loop,
		};

		n = add_info(infos, n, &info);
	}
	for (const struct metric_source *m = w->type->metrics; m && m->info.name; m++) {
		struct metric_info info = m->info;

		/* names with a dot are the type's own: there is one such workload */
		if (!strchr(info.name, '.'))
			info.name = arena_printf(arena, "workload.%s.%s", w->name, m->info.name);
		n = add_info(infos, n, &info);
	}
	return n;
}

u32 recorder_metrics(const struct world *w, struct metric_info *infos, struct arena *arena)
{
	u32 n = 0;

	for (u32 t = 0; t < w->k.nr_metric_tables; t++)
		for (const struct metric_source *m = w->k.metrics[t].sources; m->info.name; m++)
			n = add_info(infos, n, &m->info);
	for (u32 i = 0; i < w->nr_workloads; i++)
		n = add_workload_infos(infos, n, &w->workloads[i], arena);
	return n;
}

static u32 read_workload(struct metric_value *v, u32 n, const struct workload *w,
			 const struct engine *e)
{
	struct metric_table table = {.model = w, .e = e};

	v[n++] = (struct metric_value){workload_duration(w), NAN, NAN};
	v[n++] = (struct metric_value){w->finished, NAN, NAN};
	v[n++] = (struct metric_value){(double)w->ops, NAN, NAN};
	v[n++] = (struct metric_value){(double)(w->refused + w->refused_containers), NAN, NAN};
	for (const struct metric_source *m = w->type->metrics; m && m->info.name; m++) {
		if (w->started)
			metric_read(&table, m, &v[n]);
		else
			v[n] = (struct metric_value){NAN, NAN, NAN};
		n++;
	}
	return n;
}

static void read_all(const struct recorder *r, struct metric_value *values)
{
	const struct world *w = r->w;
	u32 n = 0;

	for (u32 t = 0; t < w->k.nr_metric_tables; t++)
		for (const struct metric_source *m = w->k.metrics[t].sources; m->info.name; m++)
			metric_read(&w->k.metrics[t], m, &values[n++]);
	for (u32 i = 0; i < w->nr_workloads; i++)
		n = read_workload(values, n, &w->workloads[i], &w->e);
}

/* ---- samples ---- */

int recorder_init(struct recorder *r, struct world *w, struct run_result *out, struct arena *arena,
		  u32 nr_metrics, u64 step, u64 cache_step)
{
	*r = (struct recorder){
		.w = w,
		.out = out,
		.arena = arena,
		.nr_metrics = nr_metrics,
		.nr_nodes = w->k.m.nr_nodes,
		.step = step,
		.cache_step = cache_step,
	};
	if (!cache_step) {
		/* 60 points; where the end is not known, thinned as they become too many */
		r->cache_step = w->end == UINT64_MAX ? step : max_of(w->end / 60, (u64)1);
		r->thin_caches = w->end == UINT64_MAX;
	}
	out->values = arena_array(arena, nr_metrics, sizeof(*out->values));
	return out->values ? 0 : -ENOMEM;
}

u64 recorder_next(const struct recorder *r)
{
	return min_of(r->next, r->next_caches);
}

static bool grow(void **array, size_t n, size_t size)
{
	void *p = realloc(*array, n * size);

	if (p)
		*array = p;
	return p != NULL;
}

static bool grow_samples(struct recorder *r)
{
	u32 cap = r->cap_samples ? r->cap_samples * 2 : 128;
	size_t row = r->nr_metrics;

	if (!grow((void **)&r->out->sample_time, cap, sizeof(double)) ||
	    !grow((void **)&r->out->samples, cap * row, sizeof(double)) ||
	    !grow((void **)&r->out->node_samples, cap * row * r->nr_nodes, sizeof(double))) {
		r->w->e.failed = -ENOMEM;
		return false;
	}
	r->cap_samples = cap;
	return true;
}

static void sample_metrics(struct recorder *r)
{
	const struct world *w = r->w;
	u32 at = r->out->nr_samples, n = 0;
	double *row, *nodes;

	if (at == r->cap_samples && !grow_samples(r))
		return;
	r->out->sample_time[at] = (double)w->e.now / 1e9;
	row = &r->out->samples[(size_t)at * r->nr_metrics];
	nodes = &r->out->node_samples[(size_t)at * r->nr_metrics * r->nr_nodes];
	for (u32 i = 0; i < r->nr_metrics * r->nr_nodes; i++)
		nodes[i] = NAN;
	for (u32 i = 0; i < r->nr_metrics; i++)
		row[i] = NAN;
	for (u32 t = 0; t < w->k.nr_metric_tables; t++) {
		const struct metric_table *table = &w->k.metrics[t];

		for (const struct metric_source *m = table->sources; m->info.name; m++, n++) {
			struct metric_value v;

			if (m->info.kind != METRIC_SAMPLED && !m->info.series)
				continue;
			metric_read(table, m, &v);
			row[n] = v.end;
			for (u32 node = 0; m->read_node && node < r->nr_nodes; node++)
				nodes[node * r->nr_metrics + n] = m->read_node(table->model, node);
		}
	}
	r->out->nr_samples++;
}

/* ---- caches ---- */

static bool add_cache_row(struct recorder *r, const struct cache_row *row)
{
	if (r->out->nr_caches == r->cap_caches) {
		u32 cap = r->cap_caches ? r->cap_caches * 2 : 256;

		if (!grow((void **)&r->out->caches, cap, sizeof(*row))) {
			r->w->e.failed = -ENOMEM;
			return false;
		}
		r->cap_caches = cap;
	}
	r->out->caches[r->out->nr_caches++] = *row;
	return true;
}

/* A line a root cache that has slabs. */
static void sample_caches(struct recorder *r)
{
	const struct slab_system *s = &r->w->k.slab;
	struct slabinfo *rows = calloc(s->caches.n, sizeof(*rows));

	if (!rows) {
		r->w->e.failed = -ENOMEM;
		return;
	}
	slabinfo_all(s, rows);
	for (u32 id = 1; id < s->caches.n; id++) {
		const struct kmem_cache *c = cache_at(s, id);
		struct cache_row row = {
			.time_s = (double)r->w->e.now / 1e9,
			.cache = c->name,
			.active_objs = rows[id].active_objs,
			.num_objs = rows[id].num_objs,
			.objsize = c->size,
			.objperslab = c->objects,
			.pagesperslab = 1U << c->order,
			.active_slabs = rows[id].active_slabs,
			.num_slabs = rows[id].num_slabs,
			.live_objs = rows[id].live_objs,
		};

		if (rows[id].num_slabs && !add_cache_row(r, &row))
			break;
	}
	free(rows);
	r->cache_samples++;
}

/* Drops every second point of time. */
static void thin(struct recorder *r)
{
	struct run_result *out = r->out;
	u32 n = 0, point = 0;

	for (u32 i = 0; i < out->nr_caches; i++) {
		if (i && out->caches[i].time_s != out->caches[i - 1].time_s)
			point++;
		if (point % 2 == 0)
			out->caches[n++] = out->caches[i];
	}
	out->nr_caches = n;
	r->cache_samples = (r->cache_samples + 1) / 2;
	r->cache_step *= 2;
}

void recorder_sample(struct recorder *r)
{
	u64 now = r->w->e.now;

	if (now >= r->next) {
		sample_metrics(r);
		r->next = now + r->step;
	}
	if (now >= r->next_caches) {
		sample_caches(r);
		if (r->thin_caches && r->cache_samples >= MAX_CACHE_POINTS)
			thin(r);
		r->next_caches = now + r->cache_step;
	}
}

/* ---- the end ---- */

static void add_note(struct recorder *r, char *text)
{
	if (text && r->out->nr_notes < MAX_NOTES)
		r->out->notes[r->out->nr_notes++] = text;
}

/* "12.5 MiB": figures of a verdict are for people. */
static const char *size_text(struct recorder *r, u64 bytes)
{
	const char *text = bytes >= 1 << 20
				   ? arena_printf(r->arena, "%.1f MiB", (double)bytes / 1048576.0)
			   : bytes ? arena_printf(r->arena, "%.1f KiB", (double)bytes / 1024.0)
				   : "0";

	return text ? text : "";
}

/* Where memory was short and what it was in. */
static const char *oom_cause(struct recorder *r, const struct oom_verdict *o)
{
	if (o->limit)
		return arena_printf(r->arena,
				    "%s is at its memory.max of %s (anon %s, file %s, slab and "
				    "other kernel memory %s, CPU stocks %s)",
				    o->memcg, size_text(r, o->max), size_text(r, o->anon),
				    size_text(r, o->file), size_text(r, o->slab),
				    size_text(r, o->other));
	return arena_printf(
		r->arena,
		"no page of order %u for node %u, whose zone %s has %s free, min %s "
		"(the machine: anon %s, file %s, slab %s, other %s, free %s; dying cgroups "
		"hold %s of it)",
		o->order, o->node, o->zone, size_text(r, (u64)o->zone_free),
		size_text(r, o->zone_min), size_text(r, o->anon), size_text(r, o->file),
		size_text(r, o->slab), size_text(r, o->other), size_text(r, o->free),
		size_text(r, o->dying));
}

static void add_oom(struct recorder *r, const struct oom_verdict *o)
{
	const char *cause = oom_cause(r, o),
		   *who = o->killed ? arena_printf(r->arena, "killed %s (anon %s)", o->task,
						   size_text(r, o->task_anon))
				    : "there was no task to kill, so the allocation failed";

	if (cause && who)
		add_note(r, arena_printf(r->arena, "OOM at %.3f s: %s: %s", (double)o->time / 1e9,
					 cause, who));
}

/* What the OOM killer did: the first few in full, then how many; and what workloads have to say. */
static void collect_verdicts(struct recorder *r)
{
	const struct oom *oom = &r->w->k.vmscan.oom;

	for (u32 i = 0; i < oom->nr_verdicts; i++)
		add_oom(r, &oom->verdicts[i]);
	if (oom->kills + oom->nobody > oom->nr_verdicts)
		add_note(r,
			 arena_printf(
				 r->arena,
				 "OOM in all: %llu killed at a memory.max, %llu for the machine, "
				 "the last at %.3f s; %llu times there was no task to kill",
				 (unsigned long long)oom->kills_limit,
				 (unsigned long long)(oom->kills - oom->kills_limit),
				 (double)oom->last / 1e9, (unsigned long long)oom->nobody));
	for (u32 i = 0; i < r->w->nr_workloads; i++) {
		struct workload *w = &r->w->workloads[i];

		if (w->started && w->type->verdicts)
			r->out->nr_notes +=
				w->type->verdicts(w, r->arena, r->out->notes + r->out->nr_notes,
						  MAX_NOTES - r->out->nr_notes);
	}
	r->out->nr_verdicts = r->out->nr_notes;
}

static void collect_notes(struct recorder *r)
{
	const struct kernel *k = &r->w->k;

	r->out->notes = arena_array(r->arena, MAX_NOTES, sizeof(char *));
	if (!r->out->notes)
		return;
	collect_verdicts(r);
	for (u32 i = 0; i < r->w->nr_workloads; i++) {
		struct workload *w = &r->w->workloads[i];

		if (w->started && w->type->notes)
			r->out->nr_notes +=
				w->type->notes(w, r->arena, r->out->notes + r->out->nr_notes,
					       MAX_NOTES - r->out->nr_notes);
		if (w->refused_containers)
			add_note(r,
				 arena_printf(
					 r->arena,
					 "%s: %llu cgroups could not be made (no id or no memory)",
					 w->name, (unsigned long long)w->refused_containers));
	}
	if (r->out->nr_notes < MAX_NOTES)
		add_note(r, proc_crash_note(k, r->arena));
	if (k->memcg.charge_failed)
		add_note(r,
			 arena_printf(r->arena,
				      "%llu charges failed: a memory.max was reached and nothing "
				      "could be reclaimed or killed",
				      (unsigned long long)k->memcg.charge_failed));
	if (k->m.pages.failures)
		add_note(r, arena_printf(r->arena,
					 "the modelled machine ran out of memory: %llu page "
					 "allocations failed",
					 (unsigned long long)k->m.pages.failures));
}

/* The names live in the world, which goes: the result gets its own. */
static void own_cache_names(struct recorder *r)
{
	for (u32 i = 0; i < r->out->nr_caches; i++) {
		struct cache_row *row = &r->out->caches[i], *same = NULL;

		for (u32 j = i; j-- && j + 256 > i && !same;)
			if (!strcmp(r->out->caches[j].cache, row->cache))
				same = &r->out->caches[j];
		row->cache = same ? same->cache : arena_strdup(r->arena, row->cache);
		if (!row->cache)
			row->cache = "";
	}
}

void recorder_finish(struct recorder *r)
{
	struct run_result *out = r->out;
	u64 now = r->w->e.now;

	if (!out->nr_samples || out->sample_time[out->nr_samples - 1] < (double)now / 1e9)
		sample_metrics(r);
	if (!out->nr_caches || out->caches[out->nr_caches - 1].time_s < (double)now / 1e9)
		sample_caches(r);
	own_cache_names(r);
	read_all(r, out->values);
	collect_notes(r);
	out->end_ns = now;
	out->events = r->w->e.events;
	fingerprint_digest(&r->w->e.fp, out->fingerprint);
}
