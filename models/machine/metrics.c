// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metric.h"
#include "machine/machine.h"

static void free_bytes(const void *model, struct metric_value *v)
{
	const struct machine *m = model;
	double page = (double)m->page_size;

	v->end = (double)m->pages.free.level * page;
	v->peak = (double)m->pages.free.peak * page;
	v->mean = gauge_mean(&m->pages.free, m->e->now) * page;
}

static void kernel_bytes(const void *model, struct metric_value *v)
{
	const struct machine *m = model;
	double page = (double)m->page_size;

	v->end = (double)m->pages.used.level * page;
	v->peak = (double)m->pages.used.peak * page;
	v->mean = gauge_mean(&m->pages.used, m->e->now) * page;
}

static double node_free(const void *model, u32 node)
{
	const struct machine *m = model;

	return (double)node_free_pages(&m->pages, node) * (double)m->page_size;
}

static const struct gauge *percpu_bytes(const void *model)
{
	return &((const struct machine *)model)->percpu.bytes;
}

const struct metric_source machine_metrics[] = {
	{.info = {.name = "free.bytes",
		  .unit = "bytes",
		  .integer = true,
		  .per_node = true,
		  .help = "free pages of all zones"},
	 .full = free_bytes,
	 .read_node = node_free},
	{.info = {.name = "kernel.bytes",
		  .unit = "bytes",
		  .integer = true,
		  .headline = true,
		  .help = "pages that the kernel took: slabs, kmallocs above the classes, percpu "
			  "memory"},
	 .full = kernel_bytes},
	{.info = {.name = "percpu.bytes",
		  .unit = "bytes",
		  .integer = true,
		  .help = "percpu memory on all possible CPUs"},
	 .gauge = percpu_bytes},
	{.info = {.name = NULL}},
};
