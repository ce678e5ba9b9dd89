// SPDX-License-Identifier: GPL-3.0-or-later
#include "shrinker/checker.h"

/* freeable >> priority, as a division: the counts are not negative. */
static int64_t share(int64_t items, int priority)
{
	return items / ((int64_t)1 << priority);
}

/*
 * Pressure that is nothing by itself joins what was kept; whole shares of that are taken out as soon as they
 * are worth an object (KERNEL_FACTS 1.5, v2).
 */
static int64_t demand_of_mm(const struct checker_call *c, int64_t *small)
{
	int64_t unit = (int64_t)1 << c->priority;
	int64_t now;

	if (c->seeks == 0)
		return c->cache_items - c->cache_items / 2;
	now = 4 * share(c->cache_items, c->priority) / c->seeks;
	if (now > 0)
		return now;
	*small += c->cache_items;
	now = 4 * (*small / unit) / c->seeks;
	if (now > 0)
		*small %= unit;
	return now;
}

static int64_t demand_of(enum checker_demand demand, const struct checker_call *c, int64_t *small)
{
	int64_t floor = 0;
	int64_t by_priority;

	if (demand == DEMAND_MM)
		return demand_of_mm(c, small);
	if (demand == DEMAND_4_19 || demand == DEMAND_4_20)
		floor = c->cache_items > c->batch ? c->batch : c->cache_items;
	if (c->seeks != 0)
		by_priority = 4 * share(c->cache_items, c->priority) / c->seeks;
	else if (demand == DEMAND_4_20 || demand == DEMAND_5_0)
		by_priority = c->cache_items / 2;
	else /* the kernel would divide by zero */
		by_priority = 4 * share(c->cache_items, c->priority);
	return by_priority > floor ? by_priority : floor;
}

/*
 * The loop runs while total >= batch or total >= cache_items: all whole batches of total, and the
 * rest as well if it still covers the whole cache. Returns what was scanned.
 */
static int64_t scan(const struct checker_call *c, struct checker_line *out)
{
	int64_t whole = out->total_scan > 0 ? out->total_scan / c->batch : 0;
	int64_t rest = out->total_scan - whole * c->batch;
	int tail = rest >= c->cache_items;

	if (c->stop_after >= 0 && c->stop_after <= whole) {
		tail = 0;
		whole = c->stop_after;
	}
	out->batches = whole + tail;
	out->left = out->total_scan - whole * c->batch - (tail ? rest : 0);
	return out->total_scan - out->left;
}

static void call_4_16(const struct checker_call *c, struct checker_line *out)
{
	int64_t items = c->cache_items;
	int64_t work = c->deferred + out->delta;
	int64_t open;

	out->debt = work;
	if (work < 0) {
		work = items;
		out->debt = c->deferred;
	}
	out->total_scan = work;
	if (out->total_scan > items * 2)
		out->total_scan = items * 2;
	if (out->delta < items / 4 && out->total_scan > items / 2)
		out->total_scan = items / 2;
	open = out->debt - scan(c, out);
	out->owed = open < 0 ? 0 : open;
}

static void call_5_13(const struct checker_call *c, struct checker_line *out)
{
	int64_t most = c->cache_items * 2;
	int64_t due = share(c->deferred, c->priority) + out->delta;
	int64_t open;

	out->debt = c->deferred + out->delta;
	out->total_scan = due > most ? most : due;
	open = out->debt - scan(c, out);
	if (open > most)
		open = most;
	out->owed = open < 0 ? 0 : open;
}

void checker_call(enum checker_demand demand, enum checker_debt debt, const struct checker_call *c,
		  struct checker_line *out)
{
	out->small = c->small;
	out->delta = demand_of(demand, c, &out->small);
	if (debt == DEBT_4_16)
		call_4_16(c, out);
	else
		call_5_13(c, out);
}

void checker_call_4_15(int64_t pgs_scanned, int64_t lru_pgs, const struct checker_call *c,
		       struct checker_line *out)
{
	out->delta = 4 * pgs_scanned / c->seeks * c->cache_items / (lru_pgs + 1);
	call_4_16(c, out);
}
