// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Growth is shown where starts differ by at most so much, and levels by at most so much from them. */
#define MOST_APART 0.01
#define MOST_GROWTH 0.25

const char *compare_suffix(enum compare_stat stat)
{
	switch (stat) {
	case STAT_END:
		return ".end";
	case STAT_PEAK:
		return ".peak";
	case STAT_MEAN:
		return ".mean";
	default:
		return "";
	}
}

double compare_value(const struct run_result *run, u32 metric, enum compare_stat stat)
{
	if (!run->values)
		return NAN;
	switch (stat) {
	case STAT_PEAK:
		return run->values[metric].peak;
	case STAT_MEAN:
		return run->values[metric].mean;
	default:
		return run->values[metric].end;
	}
}

double compare_mean(const double *v, u32 n, double *half, u32 *count)
{
	struct moments m = stats_moments(v, n);

	*count = m.n;
	*half = stats_half(&m);
	return m.mean;
}

static bool has_complete_run(const struct result *r, u32 variant)
{
	for (u32 i = 0; i < r->nr_runs; i++)
		if (r->runs[i].variant == variant && r->runs[i].complete)
			return true;
	return false;
}

bool compare_uses(const struct result *r, const struct run_result *run)
{
	return run->complete || !has_complete_run(r, run->variant);
}

/* Values of the runs of a variant that count, in order of repeats. v has room for nr_runs. */
static u32 collect(const struct result *r, u32 variant, u32 metric, enum compare_stat stat,
		   double *v)
{
	u32 n = 0;

	for (u32 i = 0; i < r->nr_runs; i++)
		if (r->runs[i].variant == variant && compare_uses(r, &r->runs[i]))
			v[n++] = compare_value(&r->runs[i], metric, stat);
	return n;
}

static void fill_row(struct compare_row *row, const struct result *r, u32 metric, double *v)
{
	row->empty = true;
	row->zero = true;
	for (u32 i = 0; i < r->nr_variants; i++) {
		struct compare_cell *cell = &row->cells[i];
		u32 n = collect(r, i, metric, row->stat, v);

		cell->of = n;
		cell->mean = compare_mean(v, n, &cell->half, &cell->n);
		cell->partial = !has_complete_run(r, i);
		cell->p = cell->holm = NAN;
		if (cell->n)
			row->empty = false;
		if (cell->n && (cell->mean != 0 || cell->half > 0))
			row->zero = false;
	}
}

/* Is there a test of this cell, with something random in it? */
static bool is_random(const struct compare_row *row, u32 variant)
{
	const struct compare_cell *first = &row->cells[0], *cell = &row->cells[variant];

	return variant && !cell->partial && !first->partial && cell->n > 1 && first->n > 1 &&
	       (cell->half > 0 || first->half > 0);
}

static struct sample sample_of(const struct result *r, u32 variant, u32 metric,
			       enum compare_stat stat, double *v)
{
	u32 n = stats_compact(v, collect(r, variant, metric, stat, v));

	return (struct sample){stats_moments(v, n), v};
}

/* How many repeats it takes to see COMPARE_RESOLUTION. */
static void note_repeats(struct compare *c, const struct compare_row *row, const struct sample *a,
			 const struct sample *b, double level)
{
	double sd = sqrt((a->m.sd * a->m.sd + b->m.sd * b->m.sd) / 2.0);
	u32 need = stats_repeats(sd, COMPARE_RESOLUTION * fabs(a->m.mean), level, COMPARE_POWER);

	if (need && need <= min_of(a->m.n, b->m.n)) {
		c->nr_resolved++;
		return;
	}
	if (!c->most_label || (c->most_repeats && (!need || need > c->most_repeats))) {
		c->most_label = row->label;
		c->most_repeats = need;
	}
}

static void test_row(struct compare *c, struct compare_row *row, const struct result *r,
		     double *scratch)
{
	u32 metric = (u32)(row->metric - r->metrics);
	struct sample first = sample_of(r, 0, metric, row->stat, scratch), other;
	double level = COMPARE_LEVEL / max_of(c->nr_tests, 1U);

	for (u32 i = 1; i < r->nr_variants; i++) {
		struct compare_cell *cell = &row->cells[i];

		if (cell->partial || row->cells[0].partial)
			continue;
		other = sample_of(r, i, metric, row->stat, scratch + r->nr_runs);
		cell->p = stats_test(&first, &other, level, &cell->test);
		cell->holm = cell->p;
		if (!is_random(row, i))
			continue;
		c->nr_ranks += cell->test == STATS_RANK;
		note_repeats(c, row, &first, &other, level);
	}
}

/* Stars, once all rows are there: the more comparisons, the more of them differ by accident. */
static int test_all(struct compare *c, const struct result *r, struct arena *a, double *scratch)
{
	double *p;
	u32 n = 0;

	for (u32 i = 0; i < c->nr_rows; i++)
		for (u32 k = 1; k < c->nr_variants; k++)
			c->nr_tests += is_random(&c->rows[i], k);
	p = arena_array(a, max_of(c->nr_tests, 1U), sizeof(*p));
	if (!p)
		return -ENOMEM;
	for (u32 i = 0; i < c->nr_rows; i++) {
		test_row(c, &c->rows[i], r, scratch);
		for (u32 k = 1; k < c->nr_variants; k++)
			if (is_random(&c->rows[i], k))
				p[n++] = c->rows[i].cells[k].p;
	}
	stats_holm(p, n);
	n = 0;
	for (u32 i = 0; i < c->nr_rows; i++)
		for (u32 k = 1; k < c->nr_variants; k++) {
			struct compare_cell *cell = &c->rows[i].cells[k];

			if (is_random(&c->rows[i], k))
				cell->holm = p[n++];
			cell->differs = cell->holm < COMPARE_LEVEL;
		}
	return 0;
}

/* Mean of the first samples of a variant; NaN if one has none. */
static double level_at_start(const struct result *r, u32 variant, u32 metric)
{
	double sum = 0;
	u32 n = 0;

	for (u32 i = 0; i < r->nr_runs; i++) {
		const struct run_result *run = &r->runs[i];

		if (run->variant != variant || !compare_uses(r, run))
			continue;
		sum += run->nr_samples ? run->samples[metric] : NAN;
		n++;
	}
	return n ? sum / n : NAN;
}

/* The start that all cells of these rows (of one metric) are near to, or NaN. */
static double common_start(const struct compare_row *rows, u32 n, const struct result *r,
			   u32 metric)
{
	double start = level_at_start(r, 0, metric);

	if (!(start > 0) || !strcmp(r->metrics[metric].unit, "ratio"))
		return NAN;
	for (u32 i = 0; i < r->nr_variants; i++) {
		if (!(fabs(level_at_start(r, i, metric) - start) <= MOST_APART * start))
			return NAN;
		for (u32 k = 0; k < n; k++)
			if (!(fabs(rows[k].cells[i].mean - start) <= MOST_GROWTH * start))
				return NAN;
	}
	return start;
}

static int add_row(struct compare *c, const struct result *r, u32 metric, enum compare_stat stat,
		   struct arena *a, double *scratch)
{
	struct compare_row *row = &c->rows[c->nr_rows++];

	row->metric = &r->metrics[metric];
	row->stat = stat;
	row->start = NAN;
	row->label = arena_printf(a, "%s%s", row->metric->name, compare_suffix(stat));
	row->cells = arena_array(a, r->nr_variants, sizeof(*row->cells));
	if (!row->label || !row->cells)
		return -ENOMEM;
	fill_row(row, r, metric, scratch);
	for (u32 i = 0; i < r->nr_variants; i++)
		c->spread |= !isnan(row->cells[i].half);
	return 0;
}

/* A level that only rises ends at its peak: one row tells it all. */
static bool end_is(enum compare_stat stat, const struct result *r, u32 metric)
{
	for (u32 i = 0; i < r->nr_runs; i++) {
		double end = compare_value(&r->runs[i], metric, STAT_END);
		double other = compare_value(&r->runs[i], metric, stat);

		if (end != other && !(isnan(end) && isnan(other)))
			return false;
	}
	return true;
}

static int add_metric(struct compare *c, const struct result *r, u32 metric, struct arena *a,
		      double *scratch)
{
	enum compare_stat stat = strcmp(r->metrics[metric].unit, "ratio") ? STAT_PEAK : STAT_MEAN;
	u32 first = c->nr_rows;
	double start;
	int ret;

	if (r->metrics[metric].kind != METRIC_SAMPLED)
		return add_row(c, r, metric, STAT_VALUE, a, scratch);
	ret = add_row(c, r, metric, stat, a, scratch);
	if (!ret && !end_is(stat, r, metric))
		ret = add_row(c, r, metric, STAT_END, a, scratch);
	if (ret)
		return ret;
	start = common_start(c->rows + first, c->nr_rows - first, r, metric);
	for (u32 i = first; i < c->nr_rows; i++)
		c->rows[i].start = start;
	return 0;
}

const char *compare_text(char buf[FORMAT_LEN], const struct compare_row *row,
			 const struct compare *c, u32 variant)
{
	double start = isnan(row->start) ? 0 : row->start, max = 0;
	double v = row->cells[variant].mean - start;

	for (u32 i = 0; i < c->nr_variants; i++)
		max = fmax(max, fabs(row->cells[i].mean - start));
	format_human_beside(buf, v, row->metric->unit, max);
	if (start > 0 && v >= 0) {
		memmove(buf + 1, buf, strlen(buf) + 1);
		buf[0] = '+';
	}
	return buf;
}

/* Rows that show one number, unless that is all there is to show. */
static void mark_alike(struct compare *c)
{
	char first[FORMAT_LEN], other[FORMAT_LEN];
	u32 shown = 0;

	for (u32 i = 0; i < c->nr_rows; i++) {
		struct compare_row *row = &c->rows[i];

		if (row->empty || row->zero)
			continue;
		row->alike = c->nr_variants > 1 && !row->cells[0].partial;
		compare_text(first, row, c, 0);
		for (u32 k = 1; k < c->nr_variants && row->alike; k++)
			row->alike = !row->cells[k].differs && !row->cells[k].partial &&
				     !strcmp(first, compare_text(other, row, c, k));
		shown += !row->alike;
	}
	for (u32 i = 0; i < c->nr_rows && !shown; i++)
		c->rows[i].alike = false;
}

static u32 rank(const struct metric_info *m)
{
	return m->outcome ? 0 : !strcmp(m->name, "kernel.bytes") ? 1 : 2;
}

int compare_build(struct compare *c, const struct result *r, struct arena *a)
{
	double *scratch = arena_array(a, max_of(r->nr_runs, 1U), 2 * sizeof(double));
	int ret = 0;

	memset(c, 0, sizeof(*c));
	c->nr_variants = r->nr_variants;
	c->rows = arena_array(a, max_of(r->nr_metrics, 1U), 2 * sizeof(*c->rows));
	if (!c->rows || !scratch)
		return -ENOMEM;
	/* What the headline is about comes first. */
	for (u32 pass = 0; pass < 3; pass++)
		for (u32 i = 0; i < r->nr_metrics && !ret; i++)
			if (r->metrics[i].headline && rank(&r->metrics[i]) == pass)
				ret = add_metric(c, r, i, a, scratch);
	if (!ret)
		ret = test_all(c, r, a, scratch);
	if (!ret)
		mark_alike(c);
	return ret;
}

static bool variant_has_note(const struct result *r, u32 variant, const char *text)
{
	for (u32 i = 0; i < r->nr_runs; i++)
		for (u32 j = 0; r->runs[i].variant == variant && j < r->runs[i].nr_notes; j++)
			if (!strcmp(r->runs[i].notes[j], text))
				return true;
	return false;
}

static const char *variants_with_note(const struct result *r, const char *text, struct arena *a)
{
	const char *of = "";
	bool all = true;

	for (u32 i = 0; i < r->nr_variants && of; i++) {
		if (!variant_has_note(r, i, text))
			all = false;
		else
			of = arena_printf(a, "%s%s%s", of, *of ? ", " : "", r->variants[i].name);
	}
	return all ? "" : of;
}

static int add_note(const struct result *r, const char *text, bool verdict, struct arena *a,
		    struct compare_note *notes, u32 *n)
{
	for (u32 i = 0; i < *n; i++)
		if (!strcmp(notes[i].text, text))
			return 0;
	notes[*n].text = text;
	notes[*n].verdict = verdict;
	notes[*n].of = variants_with_note(r, text, a);
	return notes[(*n)++].of ? 0 : -ENOMEM;
}

int compare_notes(const struct result *r, struct arena *a, struct compare_note **notes, u32 *n)
{
	size_t most = 1;
	int ret = 0;

	for (u32 i = 0; i < r->nr_runs; i++)
		most += r->runs[i].nr_notes;
	*n = 0;
	*notes = arena_array(a, most, sizeof(**notes));
	if (!*notes)
		return -ENOMEM;
	for (u32 i = 0; i < r->nr_runs; i++)
		for (u32 j = 0; j < r->runs[i].nr_notes && !ret; j++)
			ret = add_note(r, r->runs[i].notes[j], j < r->runs[i].nr_verdicts, a,
				       *notes, n);
	return ret;
}
