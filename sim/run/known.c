// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/known.h"

#include "run/balance_rows.h"

#include <errno.h>
#include <string.h>

/* ---- metrics ---- */

/* Every way to write a metric, for a hint. NULL: out of memory. */
static const char **spellings(const struct metric_info *metrics, u32 n, struct arena *arena)
{
	static const char *const suffixes[] = {".end", ".peak", ".mean"};
	const char **names = arena_array(arena, (size_t)n * 4 + 1, sizeof(*names));
	u32 nr = 0;

	for (u32 i = 0; names && i < n; i++) {
		names[nr++] = metrics[i].name;
		for (u32 k = 0; metrics[i].kind == METRIC_SAMPLED && k < ARRAY_SIZE(suffixes);
		     k++) {
			names[nr] = arena_printf(arena, "%s%s", metrics[i].name, suffixes[k]);
			if (!names[nr++])
				return NULL;
		}
	}
	return names;
}

static int check_metric(const struct expect_conf *e, const struct metric_info *metrics, u32 n,
			struct arena *arena, struct diag *d)
{
	enum metric_suffix suffix = SUFFIX_NONE;
	int m = result_find_metric(metrics, n, e->metric, &suffix);
	const char **names, *near;

	if (m < 0) {
		names = spellings(metrics, n, arena);
		if (!names)
			return -ENOMEM;
		near = nearest_name(e->metric, names);
		return diag_at(d, e->metric_pos, "no metric is named '%s'%s%s%s", e->metric,
			       near ? "; did you mean '" : " (memcgsim list metrics)",
			       near ? near : "", near ? "'?" : "");
	}
	if (suffix != SUFFIX_NONE && metrics[m].kind != METRIC_SAMPLED)
		return diag_at(d, e->metric_pos,
			       "'%s': %s is no level that has an end, a peak and a mean: write it "
			       "without suffix",
			       e->metric, metrics[m].name);
	if (!(e->has & EXPECT_AT))
		return 0;
	if (metrics[m].kind != METRIC_SAMPLED && !metrics[m].series)
		return diag_at(d, e->metric_pos,
			       "'at' needs a metric that is sampled; %s is known at the end alone",
			       e->metric);
	if (suffix != SUFFIX_NONE)
		return diag_at(d, e->metric_pos,
			       "'at' judges the sample of that time: write %s without suffix",
			       metrics[m].name);
	return 0;
}

/* ---- caches ---- */

static int check_caches(const struct balance_conf *b, const struct world *w, struct diag *d)
{
	const char *const *names = b->caches.items;
	int ret = 0;

	for (u32 i = 0; i < b->caches.n; i++)
		if (!balance_known(w, names[i]))
			ret = diag_at(
				d, b->caches_pos,
				"no cache is named '%s': name a mount, a file system, or one of "
				"%s, %s, %s",
				names[i], balance_functions[0], balance_functions[1],
				balance_functions[2]);
	return ret;
}

int known_check(const struct scenario *s, const struct world *w, const struct metric_info *metrics,
		u32 n, struct arena *arena, struct diag *d)
{
	int ret = 0;

	for (u32 i = 0; i < s->nr_expects && ret != -ENOMEM; i++) {
		int one = check_metric(&s->expects[i], metrics, n, arena, d);

		ret = one ? one : ret;
	}
	for (u32 i = 0; i < s->nr_balances && ret != -ENOMEM; i++) {
		int one = check_caches(&s->balances[i], w, d);

		ret = one ? one : ret;
	}
	return ret;
}
