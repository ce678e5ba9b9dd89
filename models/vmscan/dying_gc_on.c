// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * dying_gc: on. Models a worker that reclaims from dying memcgs alone and leaves global pressure as it is.
 *
 * Slab: Dave Chinner's drop_slab_memcg() (revert debate of January 2019, SEEDS C7; never a patch): shrink_slab() at
 * priority 0 over the dying memcg's subtree, on each node, until a pass frees nothing; what is in use stays. Roman
 * Gushchin's answer (C8) is modelled by what it is: LRU lists are the parent's from css_offline() on (2788cf0c401c,
 * v4.0), so a worker behind it finds none of slab (when: after, periodic, once). It must come first (when: offline,
 * under cgroup_mutex), or scan the living parent's lists (lists: parent). Only offline: reuse leaves them where they are.
 *
 * Pages: the memcg_zombie_reaper of OpenAnolis (Xunlei Pang; commit 63442ea9 there): every 5 s up to 1,310,720 pages of
 * dying memcgs, or one round when asked. Page lists stay with the memcg until it is freed.
 *
 * One event is a round: its work on a node takes CPU time on the CPU of that node's kswapd, all nodes at once. What it
 * dropped and somebody comes back for is counted where it is missed, in vfs/ and page_cache/.
 */
#include "vmscan/dying_gc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the queue ---- */

static void enqueue(struct dying_gc *g, u32 memcg)
{
	if (g->head + g->nr == g->cap) {
		u32 cap = max_of(g->cap * 2, 64U);
		struct gc_entry *queue;

		if (g->head > g->nr) {
			memmove(g->queue, g->queue + g->head, g->nr * sizeof(*g->queue));
			g->head = 0;
		} else {
			queue = realloc(g->queue, cap * sizeof(*queue));
			if (!queue) {
				g->v->e->failed = -ENOMEM;
				return;
			}
			g->queue = queue;
			g->cap = cap;
		}
	}
	g->queue[g->head + g->nr++] = (struct gc_entry){
		.serial = memcg_at(g->v->memcg, memcg)->serial,
		.memcg = memcg,
	};
}

/* The worker is done with the first one. */
static void dequeue(struct dying_gc *g)
{
	u32 memcg = g->queue[g->head].memcg;

	g->nr--;
	g->head = g->nr ? g->head + 1 : 0;
	g->node = 0;
	g->found = false;
	if (g->p.when == GC_OFFLINE)
		memcg_offline_now(g->v->memcg, memcg);
}

/* Dead, and it has not been taken over. */
static bool dying(const struct dying_gc *g, u32 memcg)
{
	const struct memcg *cg = memcg_at(g->v->memcg, memcg);

	return memcg_dying(cg) && (cg->state != MEMCG_KILLED || g->p.when == GC_OFFLINE) &&
	       cg->state != MEMCG_FREEING;
}

static void enqueue_all(struct dying_gc *g)
{
	const struct memcg_system *m = g->v->memcg;

	for (u32 cg = ROOT_MEMCG; cg; cg = memcg_next(m, cg, ROOT_MEMCG)) {
		g->ns += g->v->cost.memcg_ns;
		if (dying(g, cg))
			enqueue(g, cg);
	}
}

/* ---- taking ---- */

/* All pages of a dying memcg on a node, active ones too. Pages looked at; true in *freed if some went. */
static u64 take_pages(struct dying_gc *g, u32 memcg, u32 node, u64 budget, bool *freed)
{
	struct page_cache *pc = g->v->pages;
	const struct page_lruvec *l = lruvec_at(pc, memcg, node);
	u64 n, gone;

	if (!l)
		return 0;
	n = min_of(l->pages[ACTIVE_FILE] + l->pages[INACTIVE_FILE], budget);
	if (n > l->pages[INACTIVE_FILE])
		page_list_deactivate(pc, memcg, node, n - l->pages[INACTIVE_FILE]);
	pc->target = memcg;
	gone = page_list_evict(pc, memcg, node, n);
	pc->target = ROOT_MEMCG;
	g->pages_scanned += n;
	g->pages_freed += gone;
	*freed |= gone != 0;
	return n;
}

/* What the pass for a dying memcg takes on a node. Objects and pages looked at. */
static u64 take_on_node(struct dying_gc *g, u32 memcg, u32 node, u64 budget, bool *freed)
{
	struct shrinker_system *s = g->v->shrinkers;
	struct memcg_system *m = g->v->memcg;
	struct task t = {.memcg = ROOT_MEMCG, .cpu = g->v->kswapd[node].cpu};
	u64 scanned = 0;

	if (g->p.take != GC_PAGES && g->p.lists == GC_PARENT)
		*freed |= shrink_slab(s, node, memcg_nearest_online(m, memcg), 0, &t) != 0;
	/* nothing below a dead memcg is alive; memcgs are freed in events of their own */
	for (u32 cg = memcg; cg; cg = memcg_next(m, cg, memcg)) {
		bool took = false;

		if (g->p.take != GC_PAGES && g->p.lists == GC_OWN)
			took = shrink_slab(s, node, cg, 0, &t) != 0;
		if (g->p.take != GC_SLAB)
			scanned += take_pages(g, cg, node, budget - min_of(budget, scanned), &took);
		memcg_at(m, cg)->gc_took |= took;
		*freed |= took;
	}
	memcg_at(m, memcg)->gc_took |= *freed;
	return scanned;
}

/* The same, with what it costs: added to *ns. */
static u64 work_on_node(struct dying_gc *g, u32 memcg, u32 node, u64 budget, u64 *ns, bool *freed)
{
	struct vmscan *v = g->v;
	const struct shrinker_system *s = v->shrinkers;
	u64 calls = s->calls, objects = s->scanned, gone = s->freed, pages;
	u16 cpu = v->pages->cpu;

	v->pages->cpu = v->kswapd[node].cpu;
	pages = take_on_node(g, memcg, node, budget, freed);
	v->pages->cpu = cpu;
	calls = s->calls - calls;
	objects = s->scanned - objects;
	gone = s->freed - gone;
	g->scanned += objects;
	g->freed += gone;
	*ns += calls * v->cost.shrink_call_ns + objects * v->cost.shrink_scan_ns +
	       gone * v->cost.shrink_free_ns + pages * v->cost.page_scan_ns + v->cost.memcg_ns;
	return objects + pages;
}

/* The pass over the first memcg of the queue goes on. What is left of the budget. */
static u64 pass(struct dying_gc *g, u64 budget, u64 *node_ns)
{
	u32 memcg = g->queue[g->head].memcg;

	while (g->node < g->v->m->nr_nodes && budget) {
		bool freed = false;
		u64 took = work_on_node(g, memcg, g->node, budget, &node_ns[g->node], &freed);

		budget -= min_of(budget, took);
		g->found |= freed;
		/* cut short where something went: there may be more */
		if (budget || !freed)
			g->node++;
	}
	return budget;
}

/* One memcg after the other, as far as the budget goes. */
static void work(struct dying_gc *g, u64 *node_ns)
{
	bool repeats = g->p.when == GC_OFFLINE || g->p.when == GC_AFTER;
	u64 budget = g->p.scan ? g->p.scan : UINT64_MAX;

	while (g->nr && budget) {
		const struct gc_entry *first = &g->queue[g->head];

		if (!dying(g, first->memcg) ||
		    memcg_at(g->v->memcg, first->memcg)->serial != first->serial) {
			dequeue(g);
			continue;
		}
		budget = pass(g, budget, node_ns);
		if (g->node < g->v->m->nr_nodes)
			return;
		/* until a pass frees nothing */
		if (!g->found || !repeats)
			dequeue(g);
		g->node = 0;
		g->found = false;
	}
}

/* ---- rounds ---- */

static void over(void *ctx, u64 arg);

static void round_event(void *ctx, u64 arg)
{
	struct dying_gc *g = ctx;
	struct vmscan *v = g->v;
	u64 node_ns[MAX_NODES] = {0}, end = v->e->now;

	(void)arg;
	if (!g->nr && g->p.when >= GC_PERIODIC)
		enqueue_all(g);
	v->in_reclaim = true;
	v->pages->vfs->gc_drops = v->pages->gc_drops = true;
	work(g, node_ns);
	v->pages->vfs->gc_drops = v->pages->gc_drops = false;
	v->in_reclaim = false;
	g->rounds++;
	for (u32 node = 0; node < v->m->nr_nodes; node++) {
		u16 cpu = v->kswapd[node].cpu;

		if (!node_ns[node])
			continue;
		v->cpu_busy_until[cpu] = cpu_free_at(v, cpu) + node_ns[node];
		end = max_of(end, v->cpu_busy_until[cpu]);
		g->ns += node_ns[node];
	}
	g->next = v->e->now + g->p.interval;
	io_collect(&g->io);
	io_serve(&g->io, end - v->e->now, over, g, 0);
}

static void kick(struct dying_gc *g)
{
	if (g->busy)
		return;
	g->busy = true;
	engine_at(g->v->e, max_of(g->next, g->v->e->now), round_event, g, 0);
}

static void over(void *ctx, u64 arg)
{
	struct dying_gc *g = ctx;

	(void)arg;
	g->busy = false;
	if (g->p.when == GC_PERIODIC || (g->nr && g->p.when != GC_ONCE))
		kick(g);
}

/* ---- what calls it ---- */

static void once(void *ctx, u64 arg)
{
	(void)arg;
	kick(ctx);
}

static void start(struct dying_gc *g)
{
	const u64 *at = g->p.at.items;

	if (g->p.when == GC_PERIODIC) {
		g->next = g->p.interval;
		kick(g);
	}
	for (u32 i = 0; g->p.when == GC_ONCE && i < g->p.at.n; i++)
		engine_at(g->v->e, at[i], once, g, 0);
}

static bool dies(struct dying_gc *g, u32 memcg)
{
	if (g->p.when != GC_OFFLINE)
		return false;
	enqueue(g, memcg);
	kick(g);
	return true;
}

static void died(struct dying_gc *g, u32 memcg)
{
	if (g->p.when != GC_AFTER)
		return;
	enqueue(g, memcg);
	kick(g);
}

static void gone(struct dying_gc *g, u32 memcg)
{
	g->set_free += memcg_at(g->v->memcg, memcg)->gc_took;
}

const struct dying_gc_policy dying_gc_on = {
	.name = "on",
	.start = start,
	.dies = dies,
	.died = died,
	.gone = gone,
};
