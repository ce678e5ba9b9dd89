// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * shrink_node(): the memcgs of a tree in preorder, on each its page lists and then its shrinkers
 * (KERNEL_FACTS 2.1, 2.2, 2.4). Without swap the anonymous lists are never scanned.
 */
#include "vmscan/vmscan.h"

static u64 int_sqrt(u64 x)
{
	u64 r = 0;

	for (u64 bit = 1ULL << 31; bit; bit >>= 1)
		if ((r + bit) * (r + bit) <= x)
			r += bit;
	return r;
}

/* inactive_list_is_low(): more active pages than inactive ones, times a ratio that grows with the size. */
static bool inactive_is_low(const struct vmscan *v, u64 inactive, u64 active)
{
	u64 gib = ((inactive + active) * v->m->page_size) >> 30,
	    ratio = gib ? int_sqrt(10 * gib) : 1;

	return inactive * ratio < active;
}

/* Active pages of this lruvec may be taken: its own lists or the whole node's say so. */
static bool may_shrink_active(const struct vmscan *v, const struct page_lruvec *l,
			      struct scan_control *sc)
{
	if (v->row->deactivate_per_node) {
		sc->skipped_deactivate |= !sc->may_deactivate;
		return sc->may_deactivate;
	}
	return l->refaults != l->refaults_seen ||
	       inactive_is_low(v, l->pages[INACTIVE_FILE], l->pages[ACTIVE_FILE]);
}

u64 scan_count(const struct vmscan *v, u64 pages, u32 memcg, int priority)
{
	u64 scan = pages >> priority;
	bool online = memcg_at(v->memcg, memcg)->state < MEMCG_PARKED;

	return scan || online ? scan : min_of(pages, (u64)SWAP_CLUSTER_MAX);
}

/* shrink_lruvec(): both file lists in turn, 32 pages at a time. Pages reclaimed. */
static u64 shrink_lruvec(struct vmscan *v, u32 memcg, u32 node, struct scan_control *sc)
{
	const struct page_lruvec *l = lruvec_at(v->pages, memcg, node);
	u64 inactive, active, spared, reclaimed = 0;

	if (!l)
		return 0;
	spared = l->pages[ACTIVE_FILE];
	balance_page_list(&v->balance, l->pages[INACTIVE_FILE]);
	inactive = scan_count(v, l->pages[INACTIVE_FILE], memcg, sc->priority);
	active = scan_count(v, l->pages[ACTIVE_FILE], memcg, sc->priority);
	while (inactive || active) {
		u64 n = min_of(inactive, (u64)SWAP_CLUSTER_MAX);

		inactive -= n;
		l = lruvec_at(v->pages, memcg, node);
		/* pages that stay because they are busy were looked at, too */
		sc->nr_scanned += l ? min_of(n, l->pages[INACTIVE_FILE]) : 0;
		balance_pages_scanned(&v->balance, l ? min_of(n, l->pages[INACTIVE_FILE]) : 0);
		reclaimed += n ? page_list_evict(v->pages, memcg, node, n) : 0;
		n = min_of(active, (u64)SWAP_CLUSTER_MAX);
		active -= n;
		l = lruvec_at(v->pages, memcg, node);
		if (n && l && may_shrink_active(v, l, sc)) {
			balance_page_list(&v->balance, spared);
			balance_pages_scanned(&v->balance, min_of(n, l->pages[ACTIVE_FILE]));
			spared = 0;
			page_list_deactivate(v->pages, memcg, node, n);
		}
		/* with nothing but file pages, the goal ends it; the first direct pass goes on */
		if (reclaimed >= sc->nr_to_reclaim &&
		    !(!sc->kswapd && sc->target == ROOT_MEMCG && sc->priority == DEF_PRIORITY))
			break;
	}
	return reclaimed;
}

/* The lists of all that is reclaimed on the node decide about active pages (b91ac374346b, 5.5). */
static void decide_for_node(struct vmscan *v, u32 node, struct scan_control *sc)
{
	const struct page_lruvec *l = lruvec_at(v->pages, sc->target, node);

	if (!v->row->deactivate_per_node)
		return;
	sc->may_deactivate =
		sc->force_deactivate || (l && l->refaults != l->refaults_seen) ||
		inactive_is_low(v, page_tree_pages(v->pages, sc->target, node, INACTIVE_FILE),
				page_tree_pages(v->pages, sc->target, node, ACTIVE_FILE));
}

void snapshot_refaults(struct vmscan *v, u32 target, u32 node)
{
	for (u32 cg = target; cg; cg = memcg_next(v->memcg, cg, target)) {
		struct page_lruvec *l = lruvec_at(v->pages, cg, node);

		if (l)
			l->refaults_seen = l->refaults;
		/* from 5.5 on the target's stands for the tree */
		if (v->row->deactivate_per_node)
			return;
	}
}

/* ---- the walk ---- */

/* Does this walk end when the goal is met? */
static bool walk_stops(const struct vmscan *v, const struct scan_control *sc)
{
	if (v->row->direct_walk_stops)
		return !sc->kswapd && !sc->full_walk;
	return v->row->limit_walk_stops && sc->target != ROOT_MEMCG;
}

/* mem_cgroup_iter() with a cookie: behind the memcg where the last walk stopped, or at the top. */
static u32 walk_start(const struct vmscan *v, u32 node, const struct scan_control *sc)
{
	const struct page_lruvec *l = lruvec_at(v->pages, sc->target, node);
	u32 at = l && walk_stops(v, sc) ? l->walk_at : 0, next;

	if (!at || memcg_at(v->memcg, at)->state == MEMCG_FREE ||
	    memcg_at(v->memcg, at)->serial != l->walk_serial)
		return sc->target;
	next = memcg_next(v->memcg, at, sc->target);
	return next ? next : sc->target;
}

static void walk_end(struct vmscan *v, u32 node, const struct scan_control *sc, u32 at)
{
	struct page_lruvec *l = lruvec_make(v->pages, sc->target, node);

	if (!l)
		return;
	l->walk_at = at;
	l->walk_serial = at ? memcg_at(v->memcg, at)->serial : 0;
}

/* Memcgs that the walk came to. */
static u64 shrink_memcgs(struct vmscan *v, u32 node, struct scan_control *sc)
{
	u64 visited = 0;
	u32 cg;

	for (cg = walk_start(v, node, sc); cg; cg = memcg_next(v->memcg, cg, sc->target)) {
		sc->nr_reclaimed += shrink_lruvec(v, cg, node, sc);
		shrink_slab(v->shrinkers, node, cg, sc->priority, &sc->task);
		visited++;
		if (walk_stops(v, sc) && sc->nr_reclaimed >= sc->nr_to_reclaim)
			break;
	}
	if (walk_stops(v, sc))
		walk_end(v, node, sc, cg);
	/* 4.18: shrinkers that know no memcgs have a call of their own behind the walk */
	if (sc->target == ROOT_MEMCG)
		shrink_slab_unaware(v->shrinkers, node, sc->priority, &sc->task);
	return visited;
}

u64 shrink_node(struct vmscan *v, u32 node, struct scan_control *sc)
{
	u64 calls = v->shrinkers->calls, objects = v->shrinkers->scanned, scanned = sc->nr_scanned;
	u64 freed = v->shrinkers->freed;
	u64 steal = v->pages->inodesteal, reclaimed = sc->nr_reclaimed, shrink_ns, visited;
	u64 slab_pages = v->pages->slab->pages_freed;
	u16 cpu = v->pages->cpu;

	decide_for_node(v, node, sc);
	v->pages->cpu = sc->task.cpu;
	v->pages->target = sc->target;
	balance_pass_begin(&v->balance, node, sc->kswapd);
	visited = shrink_memcgs(v, node, sc);
	balance_pass_end(&v->balance);
	v->pages->cpu = cpu;
	v->pages->target = ROOT_MEMCG;
	/*
	 * reclaim_state: slab pages that went back to the page allocator within the walk (what dies by RCU does
	 * later, in softirq) and pages that inode shrinkers dropped. From 6.4 on not for limit reclaim (KERNEL_FACTS 1.6).
	 */
	if (sc->target == ROOT_MEMCG || v->row->slab_progress_in_memcg_reclaim)
		sc->nr_reclaimed +=
			v->pages->inodesteal - steal + v->pages->slab->pages_freed - slab_pages;
	/* whoever makes progress shows that the node is not hopeless */
	if (sc->nr_reclaimed > reclaimed)
		v->kswapd[node].failures = 0;
	v->e->visited += visited;
	shrink_ns = (v->shrinkers->calls - calls) * v->cost.shrink_call_ns +
		    (v->shrinkers->scanned - objects) * v->cost.shrink_scan_ns +
		    (v->shrinkers->freed - freed) * v->cost.shrink_free_ns;
	v->shrink_ns += shrink_ns;
	/* a page that an inode loses costs what one on a list does */
	scanned = sc->nr_scanned - scanned + v->pages->inodesteal - steal;
	return shrink_ns + scanned * v->cost.page_scan_ns + visited * v->cost.memcg_ns;
}
