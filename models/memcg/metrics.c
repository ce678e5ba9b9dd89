// SPDX-License-Identifier: GPL-3.0-or-later
#include "memcg/memcg.h"

#include <math.h>

#define GAUGE(fn, field)                                                                           \
	static const struct gauge *fn(const void *model)                                           \
	{                                                                                          \
		return &((const struct memcg_system *)model)->field;                               \
	}

GAUGE(online, online)
GAUGE(dying, dying)
GAUGE(dying_bytes, dying_bytes)

static const struct gauge *nr_cache_ids(const void *model)
{
	const struct memcg_system *m = model;

	return m->id_table ? &m->nr_ids : NULL;
}

static const struct gauge *kmem_caches(const void *model)
{
	const struct memcg_system *m = model;

	return m->accounting == &accounting_per_page || m->second_set ? &m->kmem_caches : NULL;
}

static const struct gauge *cache_arrays(const void *model)
{
	const struct memcg_system *m = model;

	return m->arrays ? &m->cache_array_bytes : NULL;
}

static const struct gauge *vector_bytes(const void *model)
{
	const struct memcg_system *m = model;

	return m->accounting == &accounting_per_object ? &m->vector_bytes : NULL;
}

/* Per-page accounting alone has caches of memcgs. */
static const struct gauge *dead_caches(const void *model)
{
	const struct memcg_system *m = model;

	return m->accounting == &accounting_per_page ? &m->dead_caches : NULL;
}

static const struct gauge *foreign(const void *model)
{
	const struct memcg_system *m = model;

	return m->offline->take ? &m->foreign : NULL;
}

static double reused(const void *model)
{
	const struct memcg_system *m = model;

	return m->offline->take ? (double)m->reused : NAN;
}

static double foreign_gone(const void *model)
{
	const struct memcg_system *m = model;

	return m->offline->take ? (double)m->foreign_gone * m->m->page_size : NAN;
}

static double slab_charges(const void *model)
{
	const struct memcg_system *m = model;

	return m->accounting == &accounting_per_page ? (double)m->slab_charges : NAN;
}

static double object_charges(const void *model)
{
	const struct memcg_system *m = model;

	return m->accounting == &accounting_per_object ? (double)m->object_charges : NAN;
}

static double counter_updates(const void *model)
{
	return (double)((const struct memcg_system *)model)->counter_updates;
}

/* A gauge of pages, in bytes. */
static void pages_of(const struct memcg_system *m, const struct gauge *g, struct metric_value *v)
{
	double page = (double)m->m->page_size;

	v->end = (double)g->level * page;
	v->peak = (double)g->peak * page;
	v->mean = gauge_mean(g, m->e->now) * page;
}

static void usage_bytes(const void *model, struct metric_value *v)
{
	pages_of(model, &((const struct memcg_system *)model)->usage, v);
}

static void kmem_bytes(const void *model, struct metric_value *v)
{
	const struct memcg_system *m = model;

	if (m->accounting->has_kmem_ids)
		pages_of(m, &m->kmem, v);
}

static double offline_records(const void *model)
{
	const struct memcg_system *m = model;

	return m->accounting->has_kmem_ids ? (double)m->offline_records : NAN;
}

static double offline_refs(const void *model)
{
	const struct memcg_system *m = model;

	return m->accounting->has_kmem_ids ? (double)m->offline_refs : NAN;
}

static double mkdir_failed(const void *model)
{
	return (double)((const struct memcg_system *)model)->mkdir_failed;
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
	{.info = {.name = "memcg.usage_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "what all cgroups but the root are charged, stocks of CPUs included: "
			  "memory.current"},
	 .full = usage_bytes},
	{.info = {.name = "memcg.kmem_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "the part of it for slab objects: memory.kmem.usage_in_bytes"},
	 .full = kmem_bytes},
	{.info = {.name = "memcg.mkdir_failed",
		  .unit = "calls",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "mkdir that found no id or no memory"},
	 .read = mkdir_failed},
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
		  .help = "kmem_caches made for memcgs (per-page accounting; per-object with two "
			  "sets)"},
	 .gauge = kmem_caches},
	{.info = {.name = "acct.dead_kmem_caches",
		  .unit = "caches",
		  .integer = true,
		  .help = "of these, those of removed cgroups: dangling where the cgroup itself is "
			  "gone (reparent)"},
	 .gauge = dead_caches},
	{.info = {.name = "memcg.reused",
		  .unit = "cgroups",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "cgroups that took over a dead one (offline: reuse)"},
	 .read = reused},
	{.info = {.name = "memcg.foreign_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "charges that running cgroups took over with a dead one and still hold"},
	 .gauge = foreign},
	{.info = {.name = "memcg.foreign_gone_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "of those charges, what went while the cgroup ran: reclaimed, mostly"},
	 .read = foreign_gone},
	{.info = {.name = "acct.cache_arrays_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "memcg_caches: arrays of pointers to kmem_caches, a row for each memcg "
			  "id (per-page accounting with arrays: on)"},
	 .gauge = cache_arrays},
	{.info = {.name = "acct.vector_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "obj_cgroup vectors, in their size class (per-object accounting)"},
	 .gauge = vector_bytes},
	{.info = {.name = "acct.slab_charges",
		  .unit = "calls",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "slabs charged to a cgroup, and given back (per-page accounting)"},
	 .read = slab_charges},
	{.info = {.name = "acct.object_charges",
		  .unit = "calls",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "objects charged to a cgroup, and given back (per-object accounting)"},
	 .read = object_charges},
	{.info = {.name = "acct.counter_updates",
		  .unit = "updates",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "page counters changed by charges of any kind, each level of the tree "
			  "counted"},
	 .read = counter_updates},
	{.info = {.name = "acct.offline_records",
		  .unit = "records",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "owner slots (obj_cgroups) and kmem_caches that memcgs going offline had "
			  "to touch"},
	 .read = offline_records},
	{.info = {.name = "acct.offline_refs",
		  .unit = "references",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "references to the owner slots of these memcgs then: live objects, and "
			  "few more"},
	 .read = offline_refs},
	{.info = {.name = NULL}},
};
