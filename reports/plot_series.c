// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/plot_series.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More samples than a picture has pixels are thinned to the extremes of this many intervals. */
#define BUCKETS 300

/* Runs of a variant that are averaged, each with a cursor into its samples. */
struct merge {
	const struct run_result **run;
	u32 *at;
	double *v;
	u32 n;
};

static int collect_runs(struct merge *m, const struct result *r, u32 variant, struct arena *a)
{
	m->n = 0;
	m->run = arena_array(a, max_of(r->nr_runs, 1U), sizeof(*m->run));
	m->at = arena_array(a, max_of(r->nr_runs, 1U), sizeof(*m->at));
	m->v = arena_array(a, max_of(r->nr_runs, 1U), sizeof(*m->v));
	if (!m->run || !m->at || !m->v)
		return -ENOMEM;
	for (u32 i = 0; i < r->nr_runs; i++) {
		const struct run_result *run = &r->runs[i];

		if (run->variant == variant && run->samples && run->nr_samples &&
		    compare_uses(r, run))
			m->run[m->n++] = run;
	}
	return 0;
}

/*
 * Moves to the next time that every run has a sample for. The last samples of repeats that ended at
 * different times stay out: a mean over fewer runs would jump.
 */
static bool next_common(struct merge *m, double *time)
{
	for (;;) {
		bool equal = true;

		*time = -INFINITY;
		for (u32 k = 0; k < m->n; k++) {
			if (m->at[k] >= m->run[k]->nr_samples)
				return false;
			*time = max_of(*time, m->run[k]->sample_time[m->at[k]]);
		}
		for (u32 k = 0; k < m->n; k++)
			if (m->run[k]->sample_time[m->at[k]] < *time) {
				m->at[k]++;
				equal = false;
			}
		if (equal)
			return m->n > 0;
	}
}

static int average(struct series *s, const struct result *r, u32 variant, u32 metric,
		   struct arena *a)
{
	struct merge m;
	double time;
	u32 count;

	if (collect_runs(&m, r, variant, a))
		return -ENOMEM;
	s->n = 0;
	s->band = m.n > 2;
	s->points = calloc(m.n ? m.run[0]->nr_samples : 1, sizeof(*s->points));
	if (!s->points)
		return -ENOMEM;
	/* Common times are at most as many as the first run's samples. */
	while (next_common(&m, &time)) {
		struct point *p = &s->points[s->n++];

		for (u32 k = 0; k < m.n; k++)
			m.v[k] = m.run[k]->samples[(size_t)m.at[k]++ * r->nr_metrics + metric];
		p->time_s = time;
		p->mean = compare_mean(m.v, m.n, &p->half, &count);
		if (!s->band || isnan(p->half))
			p->half = 0;
	}
	return 0;
}

/* Keeps the lowest and the highest point of each interval, in their order, and the ends. */
static void thin(struct series *s)
{
	u32 kept = 1, n = s->n;

	if (n <= 2 * BUCKETS + 2)
		return;
	for (u32 b = 0; b < BUCKETS; b++) {
		u32 from = 1 + (u32)((u64)(n - 2) * b / BUCKETS);
		u32 to = 1 + (u32)((u64)(n - 2) * (b + 1) / BUCKETS);
		u32 lo = from, hi = from;

		for (u32 i = from; i < to; i++) {
			if (s->points[i].mean < s->points[lo].mean || isnan(s->points[lo].mean))
				lo = i;
			if (s->points[i].mean > s->points[hi].mean || isnan(s->points[hi].mean))
				hi = i;
		}
		/* kept <= from: nothing is overwritten before it is read. */
		s->points[kept++] = s->points[min_of(lo, hi)];
		if (lo != hi)
			s->points[kept++] = s->points[max_of(lo, hi)];
	}
	s->points[kept++] = s->points[n - 1];
	s->n = kept;
}

/* The line of a variant, of which only the thinned points stay in memory. */
static int make_series(struct series *s, const struct result *r, u32 variant, u32 metric,
		       struct arena *a)
{
	struct point *all;

	if (average(s, r, variant, metric, a))
		return -ENOMEM;
	thin(s);
	all = s->points;
	s->points = arena_array(a, max_of(s->n, 1U), sizeof(*s->points));
	if (s->points)
		memcpy(s->points, all, s->n * sizeof(*all));
	free(all);
	return s->points ? 0 : -ENOMEM;
}

static int add_series(struct figure *fig, const struct result *r, struct arena *a)
{
	bool lines = false;

	fig->start = isnan(fig->row->start) ? 0 : fig->row->start;
	fig->min = INFINITY;
	fig->series = arena_array(a, max_of(r->nr_variants, 1U), sizeof(*fig->series));
	if (!fig->series)
		return -ENOMEM;
	for (u32 i = 0; i < r->nr_variants; i++) {
		struct series *s = &fig->series[i];

		if (make_series(s, r, i, fig->metric, a))
			return -ENOMEM;
		lines |= s->n > 1;
		for (u32 k = 0; k < s->n; k++) {
			double v = s->points[k].mean -= fig->start;

			fig->min = fmin(fig->min, v - s->points[k].half);
			fig->max =
				fmax(fig->max, (fig->start > 0 ? fabs(v) : v) + s->points[k].half);
			fig->max_time = fmax(fig->max_time, s->points[k].time_s);
		}
	}
	if (!lines || fig->max_time <= 0 || fig->max <= 0)
		fig->series = NULL;
	return 0;
}

static void measure_bars(struct figure *fig, u32 nr_variants)
{
	fig->max = 0;
	for (u32 i = 0; i < nr_variants; i++) {
		const struct compare_cell *cell = &fig->row->cells[i];

		fig->max = fmax(fig->max, cell->mean + (cell->half > 0 ? cell->half : 0));
	}
}

/* Alike in all variants is worth a picture: what happened when. */
static bool is_drawn(const struct compare_row *row)
{
	return !row->empty && !row->zero;
}

int plot_figures(struct figure *figures, u32 *n, const struct result *r, const struct compare *c,
		 struct arena *a)
{
	*n = 0;
	for (u32 i = 0; i < c->nr_rows; i++) {
		const struct compare_row *row = &c->rows[i];
		struct figure *fig = &figures[*n];

		/* .end comes after .peak and is what a bar shows. */
		if (*n && figures[*n - 1].row->metric == row->metric) {
			fig = &figures[*n - 1];
			if (fig->series || !is_drawn(row))
				continue;
			fig->row = row;
			measure_bars(fig, r->nr_variants);
			continue;
		}
		if (!is_drawn(row))
			continue;
		memset(fig, 0, sizeof(*fig));
		fig->row = row;
		fig->metric = (u32)(row->metric - r->metrics);
		if (row->metric->kind == METRIC_SAMPLED && add_series(fig, r, a))
			return -ENOMEM;
		if (!fig->series)
			measure_bars(fig, r->nr_variants);
		if (fig->max > 0 && isfinite(fig->max))
			(*n)++;
	}
	return 0;
}
