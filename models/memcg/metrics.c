// SPDX-License-Identifier: GPL-3.0-or-later
#include "memcg/memcg.h"

#define GAUGE(fn, field)                                                                           \
	static const struct gauge *fn(const void *model)                                           \
	{                                                                                          \
		return &((const struct memcg_system *)model)->field;                               \
	}

GAUGE(online, online)
GAUGE(dying, dying)
GAUGE(dying_bytes, dying_bytes)
GAUGE(kernel_stack, kernel_stack)

static const struct gauge *nr_cache_ids(const void *model)
{
	const struct memcg_system *m = model;

	return m->id_table ? &m->nr_ids : NULL;
}

static const struct gauge *kmem_caches(const void *model)
{
	const struct memcg_system *m = model;

	return m->accounting == &accounting_per_page ? &m->kmem_caches : NULL;
}

static const struct gauge *vector_bytes(const void *model)
{
	const struct memcg_system *m = model;

	return m->accounting == &accounting_per_object ? &m->vector_bytes : NULL;
}

static double mkdir_failed(const void *model)
{
	return (double)((const struct memcg_system *)model)->mkdir_failed;
}

static double mkdir_no_id(const void *model)
{
	return (double)((const struct memcg_system *)model)->mkdir_no_id;
}

static double events_high(const void *model)
{
	return (double)((const struct memcg_system *)model)->events_high;
}

static double events_max(const void *model)
{
	return (double)((const struct memcg_system *)model)->events_max;
}

static double charge_failed(const void *model)
{
	return (double)((const struct memcg_system *)model)->charge_failed;
}

const struct metric_source memcg_metrics[] = {
	{.info = {.name = "memcg.online",
		  .unit = "cgroups",
		  .integer = true,
		  .help = "memory cgroups that exist, the root not counted"},
	 .gauge = online},
	{.info = {.name = "memcg.dying",
		  .unit = "cgroups",
		  .integer = true,
		  .headline = true,
		  .help = "removed and not freed yet: nr_dying_descendants of the root"},
	 .gauge = dying},
	{.info = {.name = "kernel_stack.bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "kernel stacks of threads (KernelStack of meminfo): those of workloads "
			  "that "
			  "say threads"},
	 .gauge = kernel_stack},
	{.info = {.name = "memcg.nr_cache_ids",
		  .unit = "ids",
		  .integer = true,
		  .help = "memcg_nr_cache_ids: size of the id table (eager list_lru)"},
	 .gauge = nr_cache_ids},
	{.info = {.name = "memcg.dying_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .headline = true,
		  .help = "structures, percpu memory and pages of dying cgroups"},
	 .gauge = dying_bytes},
	{.info = {.name = "memcg.mkdir_failed",
		  .unit = "calls",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "mkdir that found no id or no memory"},
	 .read = mkdir_failed},
	{.info = {.name = "memcg.mkdir_no_id",
		  .unit = "calls",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "of these: all 65,535 ids in use (ENOSPC; before v5.7 ENOMEM)"},
	 .read = mkdir_no_id},
	{.info = {.name = "memcg.events_high",
		  .unit = "events",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "high of memory.events: reclaims of a task on its way back to user "
			  "space"},
	 .read = events_high},
	{.info = {.name = "memcg.events_max",
		  .unit = "events",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "max of memory.events: charges that found a memory.max in the way"},
	 .read = events_max},
	{.info = {.name = "memcg.charge_failed",
		  .unit = "calls",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "charges that got -ENOMEM"},
	 .read = charge_failed},
	{.info = {.name = "acct.kmem_caches",
		  .unit = "caches",
		  .integer = true,
		  .help = "kmem_caches of memcgs (per-page accounting)"},
	 .gauge = kmem_caches},
	{.info = {.name = "acct.vector_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "obj_cgroup vectors, in their size class (per-object accounting)"},
	 .gauge = vector_bytes},
	{.info = {.name = NULL}},
};
