/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A worker that empties dying memcgs (axis dying_gc): Dave Chinner's drop_slab_memcg() (January 2019, never a patch) and
 * the memcg_zombie_reaper that OpenAnolis ships.
 */
#ifndef MODELS_VMSCAN_DYING_GC_H
#define MODELS_VMSCAN_DYING_GC_H

#include "engine/param.h"
#include "vmscan/vmscan.h"

enum gc_when {
	GC_OFFLINE, /* within css_offline(), while the memcg's LRU lists are its own */
	GC_AFTER, /* queued by css_offline(), behind it */
	GC_PERIODIC, /* every interval, over all dying memcgs */
	GC_ONCE, /* one round at given times */
};

enum gc_lists {
	GC_OWN, /* LRU lists of slab that are still the dying memcg's */
	GC_PARENT, /* those of its nearest living ancestor, where they went */
};

enum gc_take {
	GC_SLAB,
	GC_PAGES,
	GC_BOTH,
};

struct dying_gc_params {
	int when; /* enum gc_when */
	int lists; /* enum gc_lists */
	int take; /* enum gc_take */
	u64 interval; /* ns from one round to the next at least; 0 with GC_PERIODIC: GC_INTERVAL_NS */
	u64 scan; /* objects and pages that a round looks at; 0: no limit */
	struct param_list at; /* u64 ns, of rounds (once) */
};

struct dying_gc;

/* Axis dying_gc. A function that is NULL has nothing to do. */
struct dying_gc_policy {
	const char *name;
	void (*start)(struct dying_gc *g);
	/* It is about to go offline. True: it will, by memcg_offline_now(), when the worker is done with it. */
	bool (*dies)(struct dying_gc *g, u32 memcg);
	/* It went offline, or waits for a new cgroup (offline: reuse). */
	void (*died)(struct dying_gc *g, u32 memcg);
	/* css_free() */
	void (*gone)(struct dying_gc *g, u32 memcg);
};

extern const struct dying_gc_policy dying_gc_off;
extern const struct dying_gc_policy dying_gc_on;

/* What the shipped reaper documents. */
#define GC_INTERVAL_NS (5 * NSEC_PER_SEC)
#define GC_SCAN 1310720

/* A memcg that waits for the worker; nothing is pinned by that: it may be freed before, and then is passed over. */
struct gc_entry {
	u64 serial;
	u32 memcg;
};

struct dying_gc {
	struct vmscan *v;
	const struct dying_gc_policy *policy;
	struct dying_gc_params p;
	struct gc_entry *queue; /* from head on */
	u32 head, nr, cap;
	u32 node; /* where the pass over the first one is */
	bool found; /* and that it freed something */
	bool busy; /* a round is due or its CPU time is not over */
	u64 next; /* ns: no round before */
	struct io_waiter io; /* for what shrinkers write and wait for */
	/* counted */
	u64 rounds, scanned, freed, pages_scanned, pages_freed, set_free, ns;
};

/* Params NULL: the defaults. */
void dying_gc_init(struct dying_gc *g, struct vmscan *v, const struct dying_gc_policy *policy,
		   const struct dying_gc_params *params);
void dying_gc_destroy(struct dying_gc *g);

/* ops->memcg_dies, memcg_died, and a part of memcg_free. */
bool dying_gc_memcg_dies(struct dying_gc *g, u32 memcg);
void dying_gc_memcg_died(struct dying_gc *g, u32 memcg);
void dying_gc_memcg_gone(struct dying_gc *g, u32 memcg);

extern const struct metric_source dying_gc_metrics[];

#endif
