// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Verdicts on a stored baseline. What has one value in all repeats is compared as it is: the same bytes come out of every
 * run, so any difference above the tolerance is one. What varies over the repeats fails where the difference from the
 * stored repeats is both larger than the tolerance and significant, after a correction for the number of tests.
 */
#include "verdict/baseline.h"

#include "verdict/draft.h"
#include "verdict/expect.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Chance that a scenario of an unchanged model fails by accident. By Holm's method, which keeps it whatever metrics depend
 * on each other: one false alarm stops a release, so its chance counts, and not the share of false ones among many
 * alarms, which Benjamini's and Hochberg's method keeps.
 */
#define LEVEL 0.01
/* How often a change must be found that is said to be. */
#define POWER 0.95

/* A line and what is there now. */
struct compared {
	const struct baseline_row *row;
	bool known; /* the metric and the variant are still there */
	double *v; /* [now.n] of the repeats that have a value */
	struct moments now;
	bool tested, mixed; /* mixed: some repeats have a value, others none */
	const char *test;
	bool presence; /* it is about how many have a value */
};

struct comparing {
	struct judge *j;
	struct compared *all;
	u32 n, nr_tests, nr_ranks, nr_shown;
	double *p; /* [n], NaN: no test; then corrected */
	double most; /* repeats needed for a tolerance: the most, of: */
	const struct compared *worst;
	double finest, coarsest; /* shares of the value that are caught, of: */
	const struct compared *fine, *coarse;
};

static bool is_text(const char *metric)
{
	return !strcmp(metric, BASELINE_INPUTS) ||
	       !strncmp(metric, BASELINE_FINGERPRINT, strlen(BASELINE_FINGERPRINT));
}

static u32 find_variant(const struct result *r, const char *name)
{
	u32 i = 0;

	while (i < r->nr_variants && strcmp(r->variants[i].name, name))
		i++;
	return i;
}

/* ---- text ---- */

static void judge_text(struct judge *j, const struct baseline_row *row, const char *subject,
		       const char *found, const char *miss)
{
	struct draft d = {.check = "baseline", .metric = row->metric, .value = NAN, .repeat = -1};

	text_add(&d.variant, "%s", row->variant);
	text_add(&d.subject, "%s", subject);
	text_add(&d.found, "%s", found ? found : "none");
	text_add(&d.wanted, "%s", row->text);
	if (!found || strcmp(found, row->text)) {
		d.off = INFINITY;
		text_add(&d.miss, "%s", miss);
	}
	deliver(j, &d);
}

static void judge_fingerprint(struct judge *j, const struct baseline_row *row)
{
	u32 variant = find_variant(j->r, row->variant);
	u32 repeat = (u32)strtoul(row->metric + strlen(BASELINE_FINGERPRINT), NULL, 10);
	const char *found = NULL;
	struct text subject = {.n = 0};

	if (variant < j->r->nr_variants && repeat < j->r->nr_repeats)
		found = baseline_fingerprint(&j->r->runs[variant * j->r->nr_repeats + repeat],
					     j->arena);
	text_add(&subject, "baseline: %s of %s", row->metric, row->variant);
	judge_text(j, row, subject.buf, found, "it did something else");
}

/* ---- numbers ---- */

/* Fills known, v and now; is there something random to be tested? */
static int look_at(struct compared *c, const struct baseline_row *row, const struct judge *j)
{
	const struct result *r = j->r;
	u32 variant = find_variant(r, row->variant), n = r->nr_repeats;
	enum metric_suffix suffix;
	bool all, none;

	*c = (struct compared){.row = row, .now = {NAN, NAN, 0}};
	c->known = variant < r->nr_variants &&
		   result_find_metric(r->metrics, r->nr_metrics, row->metric, &suffix) >= 0;
	if (!c->known)
		return 0;
	c->v = arena_array(j->arena, n, sizeof(*c->v));
	if (!c->v)
		return -ENOMEM;
	for (u32 i = 0; i < n; i++)
		c->v[i] = expect_metric(r, row->metric, variant, (s32)i, -1.0);
	c->now = stats_moments(c->v, stats_compact(c->v, n));
	if (!row->repeated || n < 2 || row->moments.n > n)
		return 0;
	all = row->moments.n == n && c->now.n == n;
	none = (!row->moments.n || row->moments.n == n) && (!c->now.n || c->now.n == n);
	c->mixed = !none;
	c->tested = c->mixed || (all && (row->moments.sd > 0.0 || c->now.sd > 0.0));
	return 0;
}

/* Do as many repeats have a value? Fisher's exact test: the rank test of 0 and 1. NaN when out of memory. */
static double test_presence(const struct compared *c, const struct judge *j)
{
	u32 n = j->r->nr_repeats;
	double *there = arena_array(j->arena, n, 2 * sizeof(*there));

	for (u32 i = 0; there && i < n; i++) {
		there[i] = i < c->now.n;
		there[n + i] = i < c->row->moments.n;
	}
	return there ? stats_rank(there, n, there + n, n) : NAN;
}

static double test(struct compared *c, const struct judge *j, double level)
{
	const struct sample now = {c->now, c->v}, was = {c->row->moments, c->row->values};
	enum stats_test by = STATS_NONE;
	double p = stats_test(&now, &was, level, &by), presence;

	c->test = by == STATS_RANK ? "rank" : "welch";
	if (!c->mixed)
		return p;
	presence = test_presence(c, j);
	c->presence = !(p < presence);
	if (c->presence)
		c->test = "presence";
	/* two questions of one line */
	return isnan(p) ? presence : min_of(2.0 * min_of(p, presence), 1.0);
}

static void test_all(struct comparing *all)
{
	u32 n = 0;

	for (u32 i = 0; i < all->n; i++)
		n += all->all[i].tested;
	for (u32 i = 0; i < all->n; i++) {
		all->p[i] = NAN;
		if (!all->all[i].tested)
			continue;
		all->p[i] = test(&all->all[i], all->j, LEVEL / n);
		all->nr_ranks += !strcmp(all->all[i].test, "rank");
	}
	all->nr_tests = stats_holm(all->p, all->n);
}

/* What the repeats can tell: for the columns of a verdict, and for the note below the count. */
static void add_power(struct comparing *all, const struct compared *c, struct draft *d)
{
	const struct moments *was = &c->row->moments, *now = &c->now;
	double level = LEVEL / all->nr_tests, spread, sd;
	u32 need;

	d->catches = d->repeats = NAN;
	if (was->n < 2 || now->n < 2)
		return;
	spread = was->sd * was->sd / was->n + now->sd * now->sd / now->n;
	sd = sqrt((was->sd * was->sd + now->sd * now->sd) / 2.0);
	/* it must be significant, and be seen to be above the tolerance */
	d->catches = max_of(stats_resolves(was, now, level, POWER),
			    c->row->allowed + gsl_cdf_ugaussian_Pinv(POWER) * sqrt(spread));
	if (c->row->value != 0.0) {
		double share = d->catches / fabs(c->row->value);

		if (!all->fine || share < all->finest) {
			all->fine = c;
			all->finest = share;
		}
		if (!all->coarse || share > all->coarsest) {
			all->coarse = c;
			all->coarsest = share;
		}
	}
	if (c->row->allowed <= 0.0)
		return;
	need = stats_repeats(sd, c->row->allowed, level, POWER);
	d->repeats = need ? need : INFINITY;
	if (d->repeats <= min_of(was->n, now->n))
		all->nr_shown++;
	else if (!all->worst || d->repeats > all->most) {
		all->worst = c;
		all->most = d->repeats;
	}
}

static void add_spread(struct text *t, const struct moments *m, u32 repeats)
{
	if (m->n > 1 && m->sd > 0.0) {
		text_add(t, " +- ");
		text_number(t, stats_half(m), "");
	}
	if (m->n && m->n < repeats)
		text_add(t, " (%u of %u repeats)", m->n, repeats);
}

/* Both are there: within the tolerance, or not significantly outside. */
static void judge_difference(struct comparing *all, const struct compared *c, double p,
			     struct draft *d)
{
	const struct baseline_row *row = c->row;
	const struct bounds b = {row->value - row->allowed, row->value + row->allowed};

	judge_bounds(d, c->now.mean, &b);
	add_spread(&d->found, &c->now, all->j->r->nr_repeats);
	if (!c->tested)
		return;
	d->test = c->test;
	d->p = p;
	add_power(all, c, d);
	if (!(p < LEVEL)) {
		d->off = 0.0;
		d->miss = (struct text){.n = 0};
	} else if (c->presence) {
		d->off = INFINITY;
		d->miss = (struct text){.n = 0};
		text_add(&d->miss, "%u repeats have a value, %u had", c->now.n, row->moments.n);
	}
	if (d->off > 0.0)
		text_add(&d->miss, "; p = %.2g (%s, %u test%s)", p,
			 c->presence		     ? "Fisher's test"
			 : !strcmp(c->test, "welch") ? "Welch's t-test"
						     : "rank test",
			 all->nr_tests, all->nr_tests > 1 ? "s, Holm" : "");
}

static void judge_row(struct comparing *all, const struct compared *c, double p)
{
	const struct baseline_row *row = c->row;
	struct draft d = {.check = "baseline", .metric = row->metric, .repeat = -1};
	bool was = !isnan(row->value), is;

	/* without moments the mean of some repeats is no mean of all */
	is = c->now.n && (row->repeated || c->now.n == all->j->r->nr_repeats);
	text_add(&d.variant, "%s", row->variant);
	text_add(&d.subject, "baseline: %s of %s", row->metric, row->variant);
	if (!was) {
		text_add(&d.wanted, "no value");
	} else {
		if (row->moments.n > 1)
			text_number(&d.wanted, row->value, "");
		else
			text_add(&d.wanted, "%s", row->text);
		add_spread(&d.wanted, &row->moments, all->j->r->nr_repeats);
		text_add(&d.wanted, " within %s", row->tolerance);
	}
	if (!c->known) {
		no_value(&d, "there is no such metric or variant any more");
	} else if (is && was) {
		judge_difference(all, c, p, &d);
	} else if (is == was || (c->tested && !(p < LEVEL))) {
		d.value = c->now.mean;
		text_number(&d.found, c->now.mean, "no value");
		add_spread(&d.found, &c->now, all->j->r->nr_repeats);
	} else {
		no_value(&d, was ? "it had a value" : "it had no value");
		if (is) {
			d.found = (struct text){.n = 0};
			d.value = c->now.mean;
			text_number(&d.found, d.value, "");
		}
	}
	deliver(all->j, &d);
}

/* One sentence on the tests, for people. */
static void note_tests(const struct comparing *all)
{
	struct judge *j = all->j;
	struct text t = {.n = 0};

	text_add(&t,
		 "baseline: %u of %u metrics vary over %u repeats; they fail where the difference "
		 "is above the tolerance and p < %g after Holm's correction for %u test%s (",
		 all->nr_tests, all->n, j->r->nr_repeats, LEVEL, all->nr_tests,
		 all->nr_tests > 1 ? "s" : "");
	if (all->nr_ranks < all->nr_tests)
		text_add(&t, "Welch's%s", all->nr_ranks ? ", " : "");
	if (all->nr_ranks)
		text_add(&t, "%u rank test%s", all->nr_ranks, all->nr_ranks > 1 ? "s" : "");
	text_add(&t, ").");
	if (all->fine)
		text_add(&t,
			 " Changes that are caught 19 times out of 20: from %.2g %% (%s of %s) to "
			 "%.3g %% (%s of %s).",
			 all->finest * 100.0, all->fine->row->metric, all->fine->row->variant,
			 all->coarsest * 100.0, all->coarse->row->metric,
			 all->coarse->row->variant);
	text_add(&t, " Repeats suffice for a change of the tolerance in %u of them", all->nr_shown);
	if (all->worst && isinf(all->most))
		text_add(&t, "; %s of %s needs more than a million", all->worst->row->metric,
			 all->worst->row->variant);
	else if (all->worst)
		text_add(&t, "; %s of %s needs most, %.0f", all->worst->row->metric,
			 all->worst->row->variant, all->most);
	text_add(&t, ".");
	j->suite->note = arena_strdup(j->arena, t.buf);
	j->failed |= !j->suite->note;
}

void baseline_verdicts(struct judge *j, const struct baseline_judge *b)
{
	const struct baseline *stored = b->stored;
	const char *inputs = baseline_hash(j->r, j->arena);
	struct comparing all = {.j = j};

	judge_text(j, &stored->rows[0], "baseline: " BASELINE_INPUTS, inputs,
		   "the scenario or one of its files is another than the baseline's: look at "
		   "what changes, and --update-baseline");
	if (!inputs || strcmp(inputs, stored->rows[0].text))
		return;
	all.all = arena_array(j->arena, stored->n, sizeof(*all.all));
	all.p = arena_array(j->arena, stored->n, sizeof(*all.p));
	if (!all.all || !all.p) {
		j->failed = true;
		return;
	}
	for (u32 i = 1; i < stored->n; i++)
		if (!is_text(stored->rows[i].metric))
			j->failed |= look_at(&all.all[all.n++], &stored->rows[i], j) != 0;
	test_all(&all);
	for (u32 i = 1, k = 0; i < stored->n; i++) {
		if (!is_text(stored->rows[i].metric)) {
			judge_row(&all, &all.all[k], all.p[k]);
			k++;
		} else if (b->fingerprints) {
			judge_fingerprint(j, &stored->rows[i]);
		}
	}
	if (all.nr_tests)
		note_tests(&all);
}
