// SPDX-License-Identifier: GPL-3.0-or-later
#include "slab/slab.h"

#define GAUGE(fn, field)                                                                           \
	static const struct gauge *fn(const void *model)                                           \
	{                                                                                          \
		return &((const struct slab_system *)model)->field;                                \
	}

GAUGE(bytes, bytes)
GAUGE(active_bytes, active_bytes)
GAUGE(reclaimable, reclaimable)
GAUGE(unreclaimable, unreclaimable)
GAUGE(kmalloc_32_bytes, kmalloc_32.bytes)
GAUGE(kmalloc_32_objects, kmalloc_32.objects)
GAUGE(large_kmalloc, large_kmalloc)

static void utilization(const void *model, struct metric_value *v)
{
	const struct slab_system *s = model;
	struct ratio_gauge g = s->utilization;

	/* up to now */
	ratio_note(&g, s->e, s->active_bytes.level, s->bytes.level);
	v->peak = g.peak;
	v->mean = ratio_mean(&g, s->e->now);
	if (s->bytes.level)
		v->end = (double)s->active_bytes.level / (double)s->bytes.level;
}

static double slabs_made(const void *model)
{
	return (double)((const struct slab_system *)model)->slabs_made;
}

static double node_bytes(const void *model, u32 node)
{
	return (double)((const struct slab_system *)model)->node_bytes[node].level;
}

const struct metric_source slab_metrics[] = {
	{.info = {.name = "slab.bytes",
		  .unit = "bytes",
		  .integer = true,
		  .per_node = true,
		  .headline = true,
		  .help = "pages of all slabs"},
	 .gauge = bytes,
	 .read_node = node_bytes},
	{.info = {.name = "slab.active_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "live objects, as their caches size them"},
	 .gauge = active_bytes},
	{.info = {.name = "slab.utilization",
		  .unit = "ratio",
		  .headline = true,
		  .help = "slab.active_bytes / slab.bytes"},
	 .full = utilization},
	{.info = {.name = "slab.reclaimable_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "slabs of SLAB_RECLAIM_ACCOUNT caches: meminfo's SReclaimable"},
	 .gauge = reclaimable},
	{.info = {.name = "slab.unreclaimable_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "all other slabs: meminfo's SUnreclaim"},
	 .gauge = unreclaimable},
	{.info = {.name = "slab.large_kmalloc_bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "kmallocs above the largest size class: whole pages outside the slabs"},
	 .gauge = large_kmalloc},
	{.info = {.name = "kmalloc-32.bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "slabs of kmalloc-32"},
	 .gauge = kmalloc_32_bytes},
	{.info = {.name = "kmalloc-32.objects",
		  .unit = "objects",
		  .integer = true,
		  .headline = true,
		  .help = "live objects of kmalloc-32"},
	 .gauge = kmalloc_32_objects},
	{.info = {.name = "slab.slabs_made",
		  .unit = "slabs",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "slabs that came from the page allocator"},
	 .read = slabs_made},
	{.info = {.name = NULL}},
};
