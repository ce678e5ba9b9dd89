// SPDX-License-Identifier: GPL-3.0-or-later
#include "shrinker/shrinker.h"

#define COUNT(fn, field)                                                                           \
	static double fn(const void *model)                                                        \
	{                                                                                          \
		return (double)((const struct shrinker_system *)model)->field;                     \
	}

COUNT(calls, calls)
COUNT(scanned, scanned)
COUNT(freed, freed)
COUNT(rotated, rotated)
COUNT(largest, largest)

static const struct gauge *map_bytes(const void *model)
{
	const struct shrinker_system *s = model;

	return s->map->bits ? &s->map_bytes : NULL;
}

static void slabs_scanned(const void *model, struct metric_value *v)
{
	double n = scanned(model);

	*v = (struct metric_value){n, n, NAN};
}

static void asked(const void *model, struct metric_value *v)
{
	double n = (double)((const struct shrinker_system *)model)->asked;

	*v = (struct metric_value){n, n, NAN};
}

static const struct gauge *owed(const void *model)
{
	return &((const struct shrinker_system *)model)->owed;
}

const struct metric_source shrinker_metrics[] = {
	{.info = {.name = "shrink.calls",
		  .unit = "calls",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "calls of do_shrink_slab"},
	 .read = calls},
	{.info = {.name = "shrink.scanned",
		  .unit = "objects",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "objects that shrinkers were asked to scan: vmstat's slabs_scanned"},
	 .read = scanned},
	{.info = {.name = "shrink.scanned_max",
		  .unit = "objects",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "most objects that a single call was asked to scan"},
	 .read = largest},
	{.info = {.name = "shrink.delta",
		  .unit = "objects",
		  .integer = true,
		  .help = "new pressure so far: the delta of all calls, without what was owed "
			  "before"},
	 .full = asked},
	{.info = {.name = "shrink.deferred",
		  .unit = "objects",
		  .integer = true,
		  .help = "work that shrinkers owe: all nr_deferred counters together"},
	 .gauge = owed},
	{.info = {.name = "vmstat.slabs_scanned",
		  .unit = "objects",
		  .integer = true,
		  .help = "shrink.scanned so far, as /proc/vmstat shows it"},
	 .full = slabs_scanned},
	{.info = {.name = "shrink.freed",
		  .unit = "objects",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "objects that left their LRU, as the shrinkers return it"},
	 .read = freed},
	{.info = {.name = "shrink.rotated",
		  .unit = "objects",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "referenced objects that got another round"},
	 .read = rotated},
	{.info = {.name = "shrink.map_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "shrinker maps of all cgroups"},
	 .gauge = map_bytes},
	{.info = {.name = NULL}},
};
