// SPDX-License-Identifier: GPL-3.0-or-later
#include "verdict/validation.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_VALUES 64 /* boots */
#define ROUNDING 1e-9

const char *const validation_verdict_names[] = {
	[VALID_OK] = "ok",	 [VALID_KNOWN] = "known",   [VALID_FAILED] = "FAILED",
	[VALID_WORSE] = "WORSE", [VALID_PASSES] = "PASSES",
};

/* ---- recorded ---- */

/* One value a boot. */
struct values {
	double v[MAX_VALUES];
	u32 n;
};

static double table_cell(const struct recording_table *t, const char *step, const char *column)
{
	double sum = 0;
	u32 row = 0;

	while (row < t->nr_rows && strcmp(t->labels[row], step))
		row++;
	if (row == t->nr_rows)
		return NAN;
	for (;;) {
		size_t len = strcspn(column, "+");
		double v = NAN;

		for (u32 k = 0; k < t->nr_columns; k++)
			if (strlen(t->columns[k]) == len && !memcmp(t->columns[k], column, len))
				v = t->cells[(size_t)row * t->nr_columns + k];
		sum += v;
		if (!column[len])
			return sum;
		column += len + 1;
	}
}

/* "kmalloc-32.active_objs": what behind the last point; NULL: a column of series.csv */
static const char *slab_column(const char *column)
{
	const char *dot = strrchr(column, '.');

	if (dot && (!strcmp(dot, ".active_objs") || !strcmp(dot, ".num_objs") ||
		    !strcmp(dot, ".utilisation")))
		return dot + 1;
	return NULL;
}

static double slab_value(const char *what, double active, double num)
{
	return !strcmp(what, "active_objs") ? active
	       : !strcmp(what, "num_objs")  ? num
					    : active / num;
}

/* boot 0: slabinfo's */
static double slab_cell(const struct recording *rec, u32 boot, const char *step, const char *column)
{
	const char *what = slab_column(column);
	size_t len = (size_t)(what - column) - 1;

	for (u32 i = 0; i < rec->nr_caches; i++) {
		const struct recording_cache *c = &rec->caches[i];

		if (c->boot == boot && !strcmp(c->step, step) && strlen(c->cache) == len &&
		    !memcmp(c->cache, column, len))
			return slab_value(what, c->active_objs, c->num_objs);
	}
	return NAN;
}

static void add_value(struct values *v, double now, double since)
{
	if (v->n < MAX_VALUES && !isnan(now) && !isnan(since))
		v->v[v->n++] = now - since;
}

/* What the boots have, growth if the figure is one; boots.csv has the range of a slabinfo figure. */
static void recorded(const struct recording *rec, const struct recording_figure *f,
		     struct values *out)
{
	const char *step = f->from ? f->from : f->step;

	out->n = 0;
	if (!slab_column(f->column)) {
		for (u32 i = 0; i < rec->nr_boots; i++)
			add_value(out, table_cell(&rec->boots[i], step, f->column),
				  f->since ? table_cell(&rec->boots[i], f->since, f->column) : 0);
		return;
	}
	add_value(out, slab_cell(rec, 0, step, f->column),
		  f->since ? slab_cell(rec, 0, f->since, f->column) : 0);
	for (u32 boot = 1; f->range && boot < MAX_VALUES; boot++)
		add_value(out, slab_cell(rec, boot, step, f->column),
			  f->since ? slab_cell(rec, boot, f->since, f->column) : 0);
}

/* ---- modelled ---- */

static const struct {
	const char *column, *metric;
	double unit;
	bool large; /* with the kmallocs that are no slabs, where the kernel counts them */
} metrics[] = {
	{"Slab_kB", "slab.bytes", 1024, true},
	{"SReclaimable_kB", "slab.reclaimable_bytes", 1024, false},
	{"SUnreclaim_kB", "slab.unreclaimable_bytes", 1024, true},
	{"slabs_scanned", "vmstat.slabs_scanned", 1, false},
	{"nr_dying", "memcg.dying", 1, false},
	{"nr_dentry", "dentry.objects", 1, false},
	{"nr_inodes", "inode.objects", 1, false},
	{"MemFree_kB", "free.bytes", 1024, false},
	{"Cached_kB+Buffers_kB", "pagecache.bytes", 1024, false},
	{"pgscan_kswapd+pgscan_direct", "reclaim.pages_scanned", 1, false},
};

static const struct {
	const char *column, *cache;
} caches[] = {
	{"dentry_num", "dentry.num_objs"},
	{"dentry_act", "dentry.active_objs"},
	{"ext4i_num", "ext4_inode_cache.num_objs"},
	{"ext4i_act", "ext4_inode_cache.active_objs"},
	{"shmemi_num", "shmem_inode_cache.num_objs"},
	{"shmemi_act", "shmem_inode_cache.active_objs"},
	{"radix_num", "radix_tree_node.num_objs"},
	{"radix_act", "radix_tree_node.active_objs"},
	{"bh_num", "buffer_head.num_objs"},
	{"bh_act", "buffer_head.active_objs"},
	{"km32_num", "kmalloc-32.num_objs"},
	{"km32_act", "kmalloc-32.active_objs"},
};

/* Samples of one column. */
struct line {
	const char *column;
	double *time, *value;
	u32 n;
};

struct judging {
	const struct recording *rec;
	const struct result *r;
	const struct run_result *run;
	bool large_in_slab;
	struct line *lines;
	u32 nr_lines;
	double *at; /* [nr_moments]: when the run is there; NaN: never */
	struct arena *arena;
};

static int metric_index(const struct result *r, const char *name)
{
	for (u32 i = 0; i < r->nr_metrics; i++)
		if (!strcmp(r->metrics[i].name, name))
			return (int)i;
	return -1;
}

static double sample(const struct judging *j, u32 i, int metric)
{
	return j->run->samples[(size_t)i * j->r->nr_metrics + (u32)metric];
}

static int metric_line(struct judging *j, struct line *l, const char *name, double unit, bool large)
{
	int m = metric_index(j->r, name);
	int more = large ? metric_index(j->r, "slab.large_kmalloc_bytes") : -1;

	if (m < 0)
		return 0;
	l->time = j->run->sample_time;
	l->value = arena_array(j->arena, max_of(j->run->nr_samples, 1U), sizeof(*l->value));
	if (!l->value)
		return -ENOMEM;
	for (u32 i = 0; i < j->run->nr_samples; i++)
		l->value[i] = (sample(j, i, m) + (more < 0 ? 0 : sample(j, i, more))) / unit;
	l->n = j->run->nr_samples;
	return 0;
}

static int cache_line(struct judging *j, struct line *l, const char *column)
{
	const char *what = slab_column(column);
	size_t len = (size_t)(what - column) - 1;
	u32 n = 0;

	for (u32 pass = 0; pass < 2; pass++) {
		if (pass) {
			l->time = arena_array(j->arena, n + 1, sizeof(*l->time));
			l->value = arena_array(j->arena, n + 1, sizeof(*l->value));
			if (!l->time || !l->value)
				return -ENOMEM;
		}
		n = 0;
		for (u32 i = 0; i < j->run->nr_caches; i++) {
			const struct cache_row *c = &j->run->caches[i];

			if (c->cache[len] || memcmp(c->cache, column, len))
				continue;
			if (pass) {
				bool true_use = !strcmp(what, "utilisation");

				l->time[n] = c->time_s;
				l->value[n] = slab_value(
					what, (double)(true_use ? c->live_objs : c->active_objs),
					(double)c->num_objs);
			}
			n++;
		}
	}
	l->n = n;
	return 0;
}

/* The samples behind a column; n is 0 if the model has no such number. NULL: out of memory. */
static const struct line *line_of(struct judging *j, const char *column)
{
	struct line *l;
	int ret = 0;

	for (u32 i = 0; i < j->nr_lines; i++)
		if (!strcmp(j->lines[i].column, column))
			return &j->lines[i];
	l = &j->lines[j->nr_lines++];
	*l = (struct line){.column = column};
	if (slab_column(column))
		ret = cache_line(j, l, column);
	for (u32 i = 0; i < ARRAY_SIZE(metrics); i++)
		if (!strcmp(metrics[i].column, column))
			ret = metric_line(j, l, metrics[i].metric, metrics[i].unit,
					  metrics[i].large && j->large_in_slab);
	for (u32 i = 0; i < ARRAY_SIZE(caches); i++)
		if (!strcmp(caches[i].column, column))
			ret = cache_line(j, l, caches[i].cache);
	return ret ? NULL : l;
}

/* Between two samples in proportion; NaN outside of them. */
static double line_at(const struct line *l, double time)
{
	u32 lo = 0, hi = l->n;
	double part;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (l->time[mid] <= time + ROUNDING)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return NAN;
	lo--;
	if (lo + 1 == l->n || fabs(l->time[lo] - time) <= ROUNDING)
		return l->value[lo];
	part = (time - l->time[lo]) / (l->time[lo + 1] - l->time[lo]);
	return l->value[lo] + part * (l->value[lo + 1] - l->value[lo]);
}

/* ---- moments ---- */

static u32 nearest_sample(const struct run_result *run, double time)
{
	u32 best = 0;

	for (u32 i = 1; i < run->nr_samples; i++)
		if (fabs(run->sample_time[i] - time) < fabs(run->sample_time[best] - time))
			best = i;
	return best;
}

/* When a growing metric has a value, between two samples in proportion; NaN: never. */
static double reached(const struct judging *j, int metric, u32 start, double wanted)
{
	const double *t = j->run->sample_time;

	for (u32 i = start; i < j->run->nr_samples; i++) {
		double now = sample(j, i, metric), before = i ? sample(j, i - 1, metric) : now,
		       part;

		if (!(now >= wanted))
			continue;
		part = now > before ? (wanted - before) / (now - before) : 1.0;
		return i ? t[i - 1] + min_of(max_of(part, 0.0), 1.0) * (t[i] - t[i - 1]) : t[0];
	}
	return NAN;
}

static double moment_time(const struct judging *j, const struct recording_moment *m)
{
	int metric =
		metric_index(j->r, m->kind == MOMENT_ANON ? "anon.bytes" : "pagecache.added_bytes");
	u32 start = nearest_sample(j->run, m->time_s);
	double base, last;

	if (m->kind == MOMENT_TIME)
		return m->time_s;
	if (metric < 0)
		return NAN;
	if (m->kind == MOMENT_ANON)
		return reached(j, metric, start, (double)m->bytes);
	base = sample(j, start, metric);
	last = sample(j, j->run->nr_samples - 1, metric);
	/* a step by which all is read: the shift may not ask for more */
	if (base + (double)m->bytes > last)
		return NAN;
	return reached(j, metric, start, min_of(base + (double)m->bytes + (double)m->shift, last));
}

static double step_time(const struct judging *j, const char *step)
{
	for (u32 i = 0; i < j->rec->nr_moments; i++)
		if (!strcmp(j->rec->moments[i].step, step))
			return j->at[i];
	return NAN;
}

static int modelled(struct judging *j, const struct recording_figure *f, double *v)
{
	const struct line *l = line_of(j, f->column);
	double now, since = f->since ? step_time(j, f->since) : 0;

	*v = NAN;
	if (!l)
		return -ENOMEM;
	now = step_time(j, f->step);
	if (!l->n || isnan(now) || isnan(since))
		return 0;
	*v = line_at(l, now) - (f->since ? line_at(l, since) : 0);
	return 0;
}

/* ---- verdicts ---- */

static double slack(const struct recording_figure *f, double end)
{
	return max_of(f->share * fabs(end), f->least);
}

/* What an error is a share of: the nearest recorded value, or what makes the allowed amount the allowed share. */
static double scale(const struct recording_figure *f, double end)
{
	return max_of(fabs(end), f->share > 0 ? f->least / f->share : 0);
}

static const struct recording_known *find_known(const struct recording *rec,
						const struct recording_figure *f)
{
	for (u32 i = 0; i < rec->nr_known; i++)
		if (!strcmp(rec->known[i].step, f->step) &&
		    !strcmp(rec->known[i].column, f->column))
			return &rec->known[i];
	return NULL;
}

static void judge_row(struct validation_row *row, const struct values *boots)
{
	const struct recording_figure *f = row->figure;
	double first = boots->v[0], m = row->modelled, miss, end, unit;
	bool within;

	row->lowest = row->highest = first;
	for (u32 i = 1; f->range && i < boots->n; i++) {
		row->lowest = min_of(row->lowest, boots->v[i]);
		row->highest = max_of(row->highest, boots->v[i]);
	}
	end = m < row->lowest ? row->lowest : row->highest;
	miss = m < row->lowest ? row->lowest - m : max_of(m - row->highest, 0.0);
	unit = scale(f, end);
	row->error = isnan(m) ? NAN : miss <= 0 ? 0 : unit > 0 ? miss / unit : 1;
	row->plain = first != 0 ? fabs(m - first) / fabs(first) : m == 0 ? 0 : NAN;
	within = m >= row->lowest - slack(f, row->lowest) - ROUNDING &&
		 m <= row->highest + slack(f, row->highest) + ROUNDING;
	if (within)
		row->verdict = row->known ? VALID_PASSES : VALID_OK;
	else if (row->known)
		row->verdict = row->error <= row->known->bound ? VALID_KNOWN : VALID_WORSE;
	else
		row->verdict = VALID_FAILED;
}

static int judge_all(struct judging *j, struct validation_load *t, struct diag *d)
{
	const struct recording *rec = j->rec;

	for (u32 i = 0; i < rec->nr_figures; i++) {
		struct validation_row *row = &t->rows[i];
		struct values boots;

		*row = (struct validation_row){.figure = &rec->figures[i],
					       .known = find_known(rec, &rec->figures[i])};
		recorded(rec, row->figure, &boots);
		if (!boots.n)
			return diag_at(d, row->figure->pos,
				       "%s: nothing of the kind is recorded at step '%s'",
				       row->figure->column, row->figure->step);
		if (modelled(j, row->figure, &row->modelled))
			return diag_error(d, DIAG_SYSTEM, "out of memory");
		judge_row(row, &boots);
	}
	t->nr_rows = rec->nr_figures;
	return 0;
}

static int check_known(const struct recording *rec, struct diag *d)
{
	for (u32 i = 0; i < rec->nr_known; i++) {
		const struct recording_known *k = &rec->known[i];
		bool there = false;

		for (u32 n = 0; n < rec->nr_figures; n++) {
			const struct recording_figure *f = &rec->figures[n];

			if (strcmp(k->step, f->step) || strcmp(k->column, f->column))
				continue;
			if (k->mechanism != f->mechanism)
				return diag_at(d, k->pos,
					       "%s at step '%s' is a figure of %s, not %s",
					       k->column, k->step, mechanism_names[f->mechanism],
					       mechanism_names[k->mechanism]);
			there = true;
		}
		if (!there)
			return diag_at(d, k->pos, "there is no figure %s at step '%s'", k->column,
				       k->step);
	}
	return 0;
}

int validation_judge(struct validation_load *t, const struct recording *rec, const struct result *r,
		     bool large_in_slab, struct arena *arena, struct diag *d)
{
	struct judging j = {
		.rec = rec,
		.r = r,
		.run = &r->runs[0],
		.large_in_slab = large_in_slab,
		.lines = arena_array(arena, max_of(rec->nr_figures, 1U), sizeof(*j.lines)),
		.at = arena_array(arena, max_of(rec->nr_moments, 1U), sizeof(*j.at)),
		.arena = arena,
	};

	t->rec = rec;
	t->rows = arena_array(arena, max_of(rec->nr_figures, 1U), sizeof(*t->rows));
	if (!j.lines || !j.at || !t->rows)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	if (!j.run->nr_samples)
		return diag_error(d, DIAG_INPUT, "%s: the run has no samples", rec->scenario);
	if (check_known(rec, d))
		return -EINVAL;
	for (u32 i = 0; i < rec->nr_moments; i++)
		j.at[i] = moment_time(&j, &rec->moments[i]);
	return judge_all(&j, t, d);
}

/* ---- sums ---- */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, u32 n)
{
	if (!n)
		return NAN;
	qsort(v, n, sizeof(*v), compare);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static bool counts(const struct validation_sum *s, const struct recording *rec)
{
	return (!s->kernel || !strcmp(s->kernel, rec->kernel)) &&
	       (!s->load || !strcmp(s->load, rec->load));
}

/* errors, plain: scratch for all rows there are */
static void sum_up(struct validation_sum *s, const struct validation *v, double *errors,
		   double *plain)
{
	u32 nr_errors = 0, nr_plain = 0;

	for (u32 i = 0; i < v->nr_loads; i++) {
		const struct validation_load *t = &v->loads[i];

		for (u32 k = 0; k < t->nr_rows; k++) {
			const struct validation_row *row = &t->rows[k];

			if (!counts(s, t->rec) ||
			    (!s->all_mechanisms && row->figure->mechanism != s->mechanism))
				continue;
			s->n++;
			s->known += row->verdict == VALID_KNOWN;
			s->failed += row->verdict >= VALID_FAILED;
			if (!isnan(row->error))
				errors[nr_errors++] = row->error;
			if (!isnan(row->plain))
				plain[nr_plain++] = row->plain;
		}
	}
	s->median = median(errors, nr_errors);
	s->worst = nr_errors ? errors[nr_errors - 1] : NAN;
	s->plain = median(plain, nr_plain);
}

static bool kernel_before(const struct validation *v, u32 load)
{
	for (u32 i = 0; i < load; i++)
		if (!strcmp(v->loads[i].rec->kernel, v->loads[load].rec->kernel))
			return true;
	return false;
}

int validation_sum_up(struct validation *v, struct arena *arena)
{
	double *errors, *plain;
	u32 rows = 0, n = 0;

	for (u32 i = 0; i < v->nr_loads; i++)
		rows += v->loads[i].nr_rows;
	errors = arena_array(arena, rows + 1, sizeof(*errors));
	plain = arena_array(arena, rows + 1, sizeof(*plain));
	v->sums = arena_array(arena, (size_t)v->nr_loads * 2 + NR_MECHANISMS + 1, sizeof(*v->sums));
	if (!errors || !plain || !v->sums)
		return -ENOMEM;
	for (u32 i = 0; i < v->nr_loads; i++)
		v->sums[n++] = (struct validation_sum){.kernel = v->loads[i].rec->kernel,
						       .load = v->loads[i].rec->load,
						       .all_mechanisms = true};
	for (u32 i = 0; i < v->nr_loads; i++)
		if (!kernel_before(v, i))
			v->sums[n++] = (struct validation_sum){.kernel = v->loads[i].rec->kernel,
							       .all_mechanisms = true};
	for (u32 i = 0; i < NR_MECHANISMS; i++)
		v->sums[n++] = (struct validation_sum){.mechanism = (enum mechanism)i};
	v->sums[n++] = (struct validation_sum){.all_mechanisms = true};
	v->nr_sums = 0;
	for (u32 i = 0; i < n; i++) {
		struct validation_sum s = v->sums[i];

		sum_up(&s, v, errors, plain);
		v->n = s.n;
		v->known = s.known;
		v->failed = s.failed;
		if (s.n)
			v->sums[v->nr_sums++] = s;
	}
	v->too_many_known = v->tree && v->known * 20 > v->n;
	for (u32 i = 0; i < v->nr_loads; i++)
		v->trace_wrong += v->loads[i].trace ? v->loads[i].trace->wrong : 0;
	return 0;
}
