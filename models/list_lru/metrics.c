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
	{.info = {.name = NULL}},
};
