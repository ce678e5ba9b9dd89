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
	u64 gib = ((inactive + active) * v->m->page_size) >> 30, ratio = gib ? int_sqrt(10 * gib) : 1;

	return inactive * ratio < active;
}

/* Active pages of this lruvec may be taken: its own lists or the whole node's say so. */
static bool may_shrink_active(const struct vmscan *v, const struct page_lruvec *l, struct scan_control *sc)
{
	if (v->row->deactivate_per_node) {
		sc->skipped_deactivate |= !sc->may_deactivate;
		return sc->may_deactivate;
	}
	return l->refaults != l->refaults_seen || inactive_is_low(v, l->pages[INACTIVE_FILE], l->pages[ACTIVE_FILE]);
}

/* get_scan_count(): the list's share; a dying memcg's last pages are scraped out. */
static u64 scan_count(const struct vmscan *v, u64 pages, u32 memcg, int priority)
{
	u64 scan = pages >> priority;

	return scan || memcg_online(v->memcg, memcg) ? scan : min_of(pages, (u64)SWAP_CLUSTER_MAX);
}

/* shrink_lruvec(): both file lists in turn, 32 pages at a time. Pages reclaimed. */
static u64 shrink_lruvec(struct vmscan *v, u32 memcg, u32 node, struct scan_control *sc)
{
	const struct page_lruvec *l = lruvec_at(v->pages, memcg, node);
	u64 inactive, active, reclaimed = 0;

	if (!l)
		return 0;
	inactive = scan_count(v, l->pages[INACTIVE_FILE], memcg, sc->priority);
	active = scan_count(v, l->pages[ACTIVE_FILE], memcg, sc->priority);
	while (inactive || active) {
		u64 n = min_of(inactive, (u64)SWAP_CLUSTER_MAX), got;

		inactive -= n;
		got = n ? page_list_evict(v->pages, memcg, node, n) : 0;
		reclaimed += got;
		sc->nr_scanned += got;
		n = min_of(active, (u64)SWAP_CLUSTER_MAX);
		active -= n;
		l = lruvec_at(v->pages, memcg, node);
		if (n && l && may_shrink_active(v, l, sc))
			page_list_deactivate(v->pages, memcg, node, n);
		/* with nothing but file pages, the goal ends it; the first direct pass goes on */
		if (reclaimed >= sc->nr_to_reclaim &&
		    !(!sc->kswapd && sc->target == ROOT_MEMCG && sc->priority == DEF_PRIORITY))
			break;
	}
	return reclaimed;
}

/* The whole node's lists decide about active pages (b91ac374346b, 5.5). */
static void decide_for_node(struct vmscan *v, u32 node, struct scan_control *sc)
{
	const u64 *list = &v->pages->node_list[node * NR_PAGE_LISTS];
	struct page_lruvec *root = lruvec_at(v->pages, ROOT_MEMCG, node);

	sc->may_deactivate = sc->force_deactivate || inactive_is_low(v, list[INACTIVE_FILE], list[ACTIVE_FILE]) ||
			     (root && root->refaults != root->refaults_seen);
}

u64 shrink_node(struct vmscan *v, u32 node, struct scan_control *sc)
{
	u64 calls = v->shrinkers->calls, objects = v->shrinkers->scanned, scanned = sc->nr_scanned, visited = 0;
	u64 steal = v->pages->inodesteal, shrink_ns;

	decide_for_node(v, node, sc);
	v->pages->cpu = sc->task.cpu;
	for (u32 cg = sc->target; cg; cg = memcg_next(v->memcg, cg, sc->target)) {
		sc->nr_reclaimed += shrink_lruvec(v, cg, node, sc);
		shrink_slab(v->shrinkers, node, cg, sc->priority, &sc->task);
		visited++;
		if (sc->target != ROOT_MEMCG && !v->row->deactivate_per_node && sc->nr_reclaimed >= sc->nr_to_reclaim)
			break;
	}
	/* pages that inode shrinkers dropped count as progress (KERNEL_FACTS 1.6); slab comes back by RCU */
	sc->nr_reclaimed += v->pages->inodesteal - steal;
	v->e->visited += visited;
	shrink_ns = (v->shrinkers->calls - calls) * v->cost.shrink_call_ns +
		    (v->shrinkers->scanned - objects) * v->cost.shrink_object_ns;
	v->shrink_ns += shrink_ns;
	return shrink_ns + (sc->nr_scanned - scanned) * v->cost.page_scan_ns + visited * v->cost.memcg_ns;
}
