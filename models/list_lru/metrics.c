// SPDX-License-Identifier: GPL-3.0-or-later
#include "list_lru/list_lru.h"

#define GAUGE(fn, field)                                                                           \
	static const struct gauge *fn(const void *model)                                           \
	{                                                                                          \
		return &((const struct lru_system *)model)->field;                                 \
	}

GAUGE(bytes, bytes)
GAUGE(lists_bytes, lists_bytes)
GAUGE(shadow_bytes, shadow_bytes)
GAUGE(arrays_bytes, arrays_bytes)

/* Where list_lru_add() can fail; a value that can not be is none. */
static const struct gauge *untracked(const void *model)
{
	const struct lru_system *s = model;

	return s->policy->head_get ? &s->nr_untracked : NULL;
}

static double add_failed(const void *model)
{
	return (double)((const struct lru_system *)model)->add_failed;
}

static double fallbacks(const void *model)
{
	return (double)((const struct lru_system *)model)->fallbacks;
}

static void used_ratio(const void *model, struct metric_value *v)
{
	const struct lru_system *s = model;
	struct ratio_gauge g = s->used_ratio;

	ratio_note(&g, s->e, s->used.level, s->heads.level);
	v->peak = g.peak;
	v->mean = ratio_mean(&g, s->e->now);
	if (s->heads.level)
		v->end = (double)s->used.level / (double)s->heads.level;
}

const struct metric_source lru_metrics[] = {
	{.info = {.name = "list_lru.bytes",
		  .unit = "bytes",
		  .integer = true,
		  .headline = true,
		  .help = "all that list_lru takes: heads or blocks, arrays, nodes, xarrays"},
	 .gauge = bytes},
	{.info = {.name = "list_lru.lists_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "list heads of superblock lrus, in their size class"},
	 .gauge = lists_bytes},
	{.info = {.name = "list_lru.shadow_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "list heads of the shadow nodes' lru"},
	 .gauge = shadow_bytes},
	{.info = {.name = "list_lru.arrays_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "arrays of pointers to list heads, of all lrus"},
	 .gauge = arrays_bytes},
	{.info = {.name = "list_lru.used_ratio",
		  .unit = "ratio",
		  .help = "lists that hold an object / lists that memory is spent on"},
	 .full = used_ratio},
	{.info = {.name = "list_lru.untracked",
		  .unit = "objects",
		  .integer = true,
		  .help = "unused objects on no LRU: no memory for the list (first-insert)"},
	 .gauge = untracked},
	{.info = {.name = "list_lru.add_failed",
		  .unit = "calls",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "list_lru_add() found no memory for the list (first-insert)"},
	 .read = add_failed},
	{.info = {.name = "list_lru.fallbacks",
		  .unit = "objects",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "objects put on an ancestor's list: none of their own (mount-scoped, "
			  "lazy)"},
	 .read = fallbacks},
	{.info = {.name = NULL}},
};
