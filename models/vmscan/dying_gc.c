// SPDX-License-Identifier: GPL-3.0-or-later
/* The seam between memcg and the axis dying_gc, and its metrics, which have no value where there is no worker. */
#include "vmscan/dying_gc.h"

#include <math.h>
#include <stdlib.h>

void dying_gc_init(struct dying_gc *g, struct vmscan *v, const struct dying_gc_policy *policy,
		   const struct dying_gc_params *params)
{
	*g = (struct dying_gc){
		.v = v,
		.policy = policy,
		.p = params ? *params : (struct dying_gc_params){.scan = GC_SCAN},
		.io = {.disk = &v->m->disk},
	};
	if (g->p.when == GC_PERIODIC && !g->p.interval)
		g->p.interval = GC_INTERVAL_NS;
	if (policy->start)
		policy->start(g);
}

void dying_gc_destroy(struct dying_gc *g)
{
	free(g->queue);
	g->queue = NULL;
}

bool dying_gc_memcg_dies(struct dying_gc *g, u32 memcg)
{
	return g->policy->dies && g->policy->dies(g, memcg);
}

void dying_gc_memcg_died(struct dying_gc *g, u32 memcg)
{
	if (g->policy->died)
		g->policy->died(g, memcg);
}

void dying_gc_memcg_gone(struct dying_gc *g, u32 memcg)
{
	if (g->policy->gone)
		g->policy->gone(g, memcg);
}

/* ---- metrics ---- */

#define READ(fn, expr)                                                                             \
	static double fn(const void *model)                                                        \
	{                                                                                          \
		const struct dying_gc *g = model;                                                  \
                                                                                                   \
		return g->policy == &dying_gc_off ? NAN : (double)(expr);                          \
	}

READ(cpu, (double)g->ns / 1e9)
READ(rounds, g->rounds)
READ(scanned, g->scanned)
READ(freed, g->freed)
READ(pages_scanned, g->pages_scanned)
READ(pages_freed, g->pages_freed)
READ(set_free, g->set_free)
READ(refaults, g->v->pages->vfs->gc_refaults)
READ(page_refaults, g->v->pages->gc_refaults)

#define COUNTED(n, u, h)                                                                           \
	.info = {.name = n, .unit = u, .help = h, .integer = true, .kind = METRIC_COUNTED}

const struct metric_source dying_gc_metrics[] = {
	{.info = {.name = "dying_gc.cpu_s",
		  .unit = "s",
		  .kind = METRIC_COUNTED,
		  .help = "CPU time of the worker for dying cgroups, by the cost model"},
	 .read = cpu},
	{COUNTED("dying_gc.rounds", "rounds", "times that it ran"), .read = rounds},
	{COUNTED("dying_gc.scanned", "objects", "objects that it had shrinkers scan"),
	 .read = scanned},
	{COUNTED("dying_gc.freed", "objects", "objects that left their LRU for it"), .read = freed},
	{COUNTED("dying_gc.pages_scanned", "pages", "pages of dying cgroups that it looked at"),
	 .read = pages_scanned},
	{COUNTED("dying_gc.pages_freed", "pages", "pages of dying cgroups that it evicted"),
	 .read = pages_freed},
	{COUNTED("dying_gc.set_free", "cgroups",
		 "cgroups freed after it had taken something of them"),
	 .read = set_free},
	{COUNTED("dying_gc.refaults", "objects",
		 "dentries and inodes that were looked up again after it had dropped them"),
	 .read = refaults},
	{COUNTED("dying_gc.page_refaults", "pages",
		 "pages that were read again after it had evicted them"),
	 .read = page_refaults},
	{.info = {.name = NULL}},
};
