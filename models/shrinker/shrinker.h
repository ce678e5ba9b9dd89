/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shrinkers (mm/shrinker.c, mm/vmscan.c): the registry in order of registration, do_shrink_slab on one
 * (shrinker, memcg, node), and shrink_slab over all of them as KERNEL_FACTS 2.2 says for each era.
 *
 * The kernel calls count_objects() of every shrinker for every memcg, or only of those whose bit is set
 * in the memcg's map. Here only blocks that exist are looked at; calls on lists that hold nothing are
 * counted (shrink.calls) but not made.
 */
#ifndef MODELS_SHRINKER_SHRINKER_H
#define MODELS_SHRINKER_SHRINKER_H

#include "list_lru/list_lru.h"
#include "shrinker/scan_loop.h"

struct shrinker_system;

/* What a shrinker can be asked: super_cache_count / super_cache_scan and the like. */
struct shrinker_ops {
	const char *scan_name; /* the kernel's function behind scan: what traces print */
	/* Objects that could be freed, SHRINK_EMPTY if there are none at all; the block is that of one memcg. */
	u64 (*count)(void *ctx, u32 shrinker, u32 block, u32 node);
	/* Walks n objects; how many left their lists, or SHRINK_STOP. */
	unsigned long (*scan)(void *ctx, u32 shrinker, u32 block, u32 node, u64 n,
			      const struct task *t);
};

struct shrinker {
	u32 prev, next; /* registration order; first: free list */
	u32 serial; /* order of registration */
	u32 set; /* lru set it works on */
	u32 seeks;
	u32 batch;
	u32 kernel_id; /* shrinker->id, when maps exist */
	u32 arg; /* the owner's own: its superblock */
	const struct shrinker_ops *ops;
	void *ctx;
	struct footprint mem; /* nr_deferred array, struct shrinker of its own */
	u8 live;
	int small_scan; /* pressure too small for one object so far (shrinker: gradual) */
	s64 deferred[]; /* per node: shared counters (axis nr_deferred) */
};

/* The maps of one memcg on all nodes. */
struct shrinker_map {
	struct footprint mem;
	u32 stale_ids; /* ids whose bits were all set when the maps were expanded */
	u64 stale_nodes; /* bit n: node n was not looked at since */
};

/* Axis shrinker_map: which shrinkers are called for a memcg, and what that costs in memory. */
struct shrinker_map_policy {
	const char *name;
	bool bits; /* only shrinkers with a set bit are called */
	/* Maps for `words` words of 64 ids: for one memcg, and when a new word is needed for all. */
	int (*online)(struct shrinker_system *s, u32 memcg, const struct task *t);
	void (*offline)(struct shrinker_system *s, u32 memcg);
	int (*expand)(struct shrinker_system *s, u32 words, const struct task *t);
};

extern const struct shrinker_map_policy shrinker_map_off;
extern const struct shrinker_map_policy shrinker_map_on;

/* A call of do_shrink_slab that found something: what the two tracepoints show (KERNEL_FACTS 8.1), and who called. */
struct shrink_record {
	u32 shrinker;
	u32 block; /* 0: a shrinker that knows no memcgs */
	u32 node; /* that is reclaimed on; a shrinker that knows no nodes counts on all */
	const struct shrink_call *call;
	const struct shrink_plan *plan;
	const struct shrink_end *end;
	s64 new_nr; /* nr_deferred afterwards */
	const struct task *t;
};

/* Told of every such call at its end; no fn: nobody. It may not change anything. */
struct shrink_watch {
	void (*fn)(void *ctx, const struct shrink_record *r);
	void *ctx;
};

struct shrinker_system {
	struct engine *e;
	struct machine *m;
	struct slab_system *slab;
	struct memcg_system *memcg;
	struct lru_system *lru;
	const struct kernel_row *row;
	const struct shrinker_policy *policy;
	const struct nr_deferred_policy *deferred;
	const struct shrinker_map_policy *map;
	enum shrinker_map_layout layout;
	u32 vfs_cache_pressure;
	struct flat shrinkers;
	u32 first, last; /* registration order */
	u32 registered;
	struct ida ids; /* shrinker_idr */
	u32 map_words; /* words that the maps have room for */
	struct shrinker_map *maps; /* by memcg */
	u32 next_serial;
	u32 cap_maps;
	struct gauge map_bytes;
	u32 *scratch; /* blocks of a memcg in order of shrinker id */
	u32 cap_scratch;
	struct gauge owed; /* sum of all nr_deferred counters */
	struct shrink_watch balance; /* vmscan/: what reclaim scans of each cache */
	struct shrink_watch trace; /* --shrink-trace */
	/* counted */
	u64 calls, scanned, freed, rotated;
	u64 asked; /* sum of delta over all calls */
	u64 largest; /* most that one call scanned */
};

struct shrinker_spec {
	const struct shrinker_policy *policy;
	const struct nr_deferred_policy *deferred;
	const struct shrinker_map_policy *map;
	u32 vfs_cache_pressure; /* 100 */
};

int shrinker_system_init(struct shrinker_system *s, struct lru_system *lru,
			 const struct shrinker_spec *spec);
void shrinker_system_destroy(struct shrinker_system *s);

static inline struct shrinker *shrinker_at(const struct shrinker_system *s, u32 id)
{
	return (struct shrinker *)(void *)(s->shrinkers.base + (size_t)id * s->shrinkers.elem);
}

/*
 * A memcg- and NUMA-aware shrinker for an lru set; without one (0) a shrinker that is neither, called with
 * block 0 once a node and global pass. Id or 0.
 */
u32 shrinker_register(struct shrinker_system *s, u32 set, u32 seeks, u32 batch,
		      const struct shrinker_ops *ops, void *ctx, u32 arg, const struct task *t);
void shrinker_unregister(struct shrinker_system *s, u32 shrinker, u16 cpu);

int shrinker_memcg_online(struct shrinker_system *s, u32 memcg, const struct task *t);
void shrinker_memcg_free(struct shrinker_system *s, u32 memcg);

/*
 * shrink_slab() of one memcg on one node. Objects freed as the kernel's return value counts them.
 */
u64 shrink_slab(struct shrinker_system *s, u32 node, u32 memcg, int priority, const struct task *t);
/*
 * The call behind a global walk that kernels without maps (4.18) have for shrinkers that know no memcgs; with maps
 * the root's call runs them (KERNEL_FACTS 2.2).
 */
u64 shrink_slab_unaware(struct shrinker_system *s, u32 node, int priority, const struct task *t);
/* drop_slab(): what echo 2 > drop_caches does, with the row's stop rule (KERNEL_FACTS 2.7). */
u64 drop_slab(struct shrinker_system *s, const struct task *t);

/* Does `owed` differ from a recount? NULL or what is wrong. */
const char *shrinker_check(const struct shrinker_system *s);

extern const struct metric_source shrinker_metrics[];

#endif
