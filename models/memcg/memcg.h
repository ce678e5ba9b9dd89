/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory cgroups (mm/memcontrol.c; KERNEL_FACTS 5): the tree, ids, the life of a memcg from mkdir to
 * css_free and what keeps a removed one from being freed, page charges with their CPU stocks, and
 * who is charged for a slab object.
 *
 * An object does not name a memcg but an owner slot (an obj_cgroup, or a memcg's set of kmem_caches):
 * at offline one store moves all objects of a slot to the parent, as the kernel's pointer swap does.
 */
#ifndef MODELS_MEMCG_MEMCG_H
#define MODELS_MEMCG_MEMCG_H

#include "engine/ida.h"
#include "engine/idmap.h"
#include "slab/footprint.h"
#include "slab/slab.h"

#define ROOT_MEMCG 1
#define MEM_CGROUP_ID_MAX 65535
#define NO_LIMIT INT64_MAX
#define NR_CACHED_STACKS 2 /* a CPU keeps for the next task */
#define MAX_STOCK_SLOTS 8 /* 7 in 6.18, and one that is never used: two vectors of four */

enum memcg_state {
	MEMCG_FREE = 0,
	MEMCG_ONLINE,
	MEMCG_KILLED, /* rmdir was called; its offline work has not run yet */
	MEMCG_PARKED, /* dead, and waits for a new cgroup (offline: reuse); its lists are still its own */
	MEMCG_OFFLINE, /* dying: waits for its last reference */
	MEMCG_FREEING, /* css_free after a grace period */
};

struct memcg {
	/* what a charge needs is in one cache line */
	u32 parent; /* first: a freed record keeps the free list here */
	u8 state;
	u8 level; /* root 0 */
	u16 id; /* mem_cgroup_id: 1..65535; 0 after it was released */
	u32 refs; /* what pins it besides being online */
	u32 owner; /* active owner slot; 0 = none */
	s64 usage; /* pages, hierarchical: memory.current */
	s64 max_pages; /* memory.max */
	s64 pages; /* pages charged to it itself */
	s64 slab_pages; /* those of them that its owner slots hold: they go with them */
	s64 usage_peak, kmem_peak; /* watermarks of usage and of slab_pages */
	u32 first_child, last_child, prev_sibling, next_sibling;
	s32 kmemcg_id; /* row of the id table (<= 5.17); -1 without */
	u32 owners; /* slots that were reparented to it (chain) */
	u32 twins; /* chain of its kmem_caches (per-page accounting) */
	u64 serial; /* css serial number: order of creation */
	const char *name; /* the first of a series: name, name1, ... */
	u32 number;
	struct footprint cgroupfs; /* kernfs nodes and names: gone at rmdir */
	struct footprint css; /* gone at css_free */
	u64 percpu_bytes; /* on all CPUs */
	u64 twin_bytes; /* structures of its kmem_caches, percpu included */
	s64 high_pages; /* memory.high */
	u32 over_high; /* memcg_nr_pages_over_high of the task that charges it now */
	bool kmem; /* kernel memory is accounted to it */
	/* offline: reuse */
	u32 parked; /* dead ones below it, the last first */
	u32 prev_parked, next_parked;
	u32 era; /* which cgroup it is now: 1, 2, ... */
	s64 foreign; /* pages that it was charged in earlier eras */
	/* axis dying_gc: the worker took something of it */
	bool gc_took;
	u32 css_owner; /* owner slot of the parent that its own structures are charged to; 0: nobody's */
	u32 css_charges; /* so many of memcg_css_charge()'s */
} __attribute__((aligned(64)));

struct owner {
	u32 next; /* in memcg.owners; first: free list */
	u32 prev;
	u32 memcg; /* who is charged now */
	u32 refs; /* objects, kmem_caches, and one while it is some memcg's active slot */
	u32 nr_charged_bytes; /* rest of a page that a CPU's stock gave back (5.3) */
} __attribute__((aligned(32)));

/* A CPU's stocks. The slots in use are stock_memcg[0 .. row->stock_slots). */
struct memcg_cpu {
	u32 stock_memcg[MAX_STOCK_SLOTS]; /* page stock: whose; 0 = empty */
	u32 stock_pages[MAX_STOCK_SLOTS];
	u32 next_slot; /* which one is evicted next */
	u32 obj_owner; /* byte stock: whose; 0 = empty */
	u32 obj_bytes;
	u32 stacks
		[NR_CACHED_STACKS]; /* cached_stacks: thread records whose task is gone; 0 = empty */
};

struct memcg_system;

/* Axis accounting: who is charged for an object and which cache it comes from. */
struct accounting_policy {
	const char *name;
	bool has_kmem_ids; /* memcgs get ids for list_lru (DESIGN 5: none means none) */
	bool shared_caches; /* objects of many memcgs in one slab */
	/* A memcg comes online / goes offline / is freed. */
	int (*online)(struct memcg_system *m, u32 memcg, const struct task *t);
	void (*offline)(struct memcg_system *m, u32 memcg, u16 cpu);
	void (*release)(struct memcg_system *m, u32 memcg, u16 cpu);
	/* One accounted object of a root cache; *owner: who is charged, 0 = nobody. Slab id or 0. */
	u32 (*alloc)(struct memcg_system *m, u32 cache, const struct task *t, int node, u32 *owner);
	/* The way back of an object with an owner. */
	void (*free)(struct memcg_system *m, u32 slab, u32 owner, u16 cpu);
	/* A memcg that keeps all it has waits for a new cgroup; it gets one (0 or -ENOMEM). */
	void (*park)(struct memcg_system *m, u32 memcg);
	int (*take)(struct memcg_system *m, u32 memcg);
	/* obj_cgroup_charge() and its way back, for what is no slab object; NULL: such is charged to nobody. */
	bool (*charge_bytes)(struct memcg_system *m, u32 owner, u32 bytes, u16 cpu, u16 gfp);
	void (*uncharge_bytes)(struct memcg_system *m, u32 owner, u32 bytes, u16 cpu);
	/* drain_all_stock(): what the CPU holds back in bytes for top's tree; NULL: nothing. */
	void (*drain)(struct memcg_system *m, u32 top, u16 cpu);
};

/* Axis offline: what happens to charges of slab when a memcg goes offline. */
struct offline_policy {
	const char *name;
	bool slab_pins; /* a slab page holds a reference to the css */
	void (*offline)(struct memcg_system *m, u32 memcg);
	/* Where dead ones are taken over: instead of going offline it waits below its parent. NULL: never. */
	void (*park)(struct memcg_system *m, u32 memcg);
	/* One that waits below parent, for a new cgroup; 0: none does. */
	u32 (*take)(struct memcg_system *m, u32 parent);
	/* Nothing pins it any more: it waits no longer. */
	void (*leave)(struct memcg_system *m, u32 memcg);
};

extern const struct accounting_policy accounting_none;
extern const struct accounting_policy accounting_per_page;
extern const struct accounting_policy accounting_per_object;
extern const struct offline_policy offline_pin;
extern const struct offline_policy offline_reparent;
extern const struct offline_policy offline_reuse;

struct memcg_system {
	struct engine *e;
	struct machine *m;
	struct slab_system *slab;
	const struct kernel_ops *ops;
	const struct kernel_row *row;
	const struct accounting_policy *accounting;
	const struct offline_policy *offline;
	/* of row and offline, at hand for every charge */
	u32 stock_mask; /* a bit for each slot of a CPU's page stock */
	u32 charge_batch;
	bool counts_refs; /* every charged page holds a reference to the css */
	bool has_high; /* some memcg has a memory.high */
	u32 config; /* enum kernel_config */
	u64 create_latency; /* ns until the worker has made a memcg's kmem_cache (per-page) */
	bool arrays; /* root caches have memcg_caches (per-page) */
	bool second_set; /* a second set of kmem_caches for accounted objects (per-object) */
	struct flat memcgs; /* struct memcg */
	struct flat owners; /* struct owner */
	struct flat threads; /* struct thread_kmem (kernel_stack.h); made with the first */
	struct flat plain; /* struct plain_object (plain_object.h); made with the first */
	struct memcg_cpu *cpus;
	struct ida ids; /* mem_cgroup_id */
	struct ida cache_ids; /* memcg_cache_ida: rows of the id table */
	u32 nr_cache_ids; /* memcg_nr_cache_ids: size of the table */
	u32 (*grow_ids)(u32 id); /* new size for an id that does not fit */
	/* New size when the highest id went and max_id (or NONE_U32) is it now; NULL: it never shrinks. */
	u32 (*shrink_ids)(u32 max_id, u32 size);
	u32 max_cache_id; /* highest id in use, where the table can shrink */
	bool id_table; /* this list_lru policy keeps one */
	struct idmap twins; /* (memcg << 32 | root cache) -> kmem_cache, or TWIN_PENDING */
	u32 kernfs_cache, kmem_cache_cache, kmem_node_cache; /* caches of the structures */
	u32 task_struct_cache; /* made with the first thread */
	u32 mem_cgroup_cache; /* 0: it is a kmalloc */
	u64 next_serial;
	struct gauge online, dying; /* memcgs, the root not counted */
	struct gauge dying_bytes; /* structures, percpu and own pages of the dying ones */
	struct gauge kmem_caches; /* twins */
	struct gauge dead_caches; /* of these, those of removed cgroups */
	struct gauge foreign; /* bytes that running cgroups hold from earlier eras */
	u64 reused; /* dead memcgs that were taken over */
	u64 foreign_gone; /* pages of foreign that went while the new cgroup ran */
	struct gauge usage, kmem; /* pages charged to all but the root; those of slab objects */
	u64 offline_records; /* owner slots and kmem_caches touched at offline */
	u64 offline_refs; /* references to these slots then */
	struct gauge vector_bytes;
	struct gauge nr_ids; /* nr_cache_ids as a gauge */
	struct footprint cache_arrays; /* memcg_caches of all root caches (per-page) */
	struct gauge cache_array_bytes;
	struct gauge kernel_stack; /* bytes: NR_KERNEL_STACK_KB, tasks that are there */
	u64 mkdir_failed; /* no id left, or no memory */
	u64 mkdir_no_id; /* of these: -ENOSPC, before 5.7 -ENOMEM */
	u64 first_no_id; /* ns: when that was first, */
	s64 online_at_no_id; /* and how many cgroups there were, the root not counted */
	u64 charge_failed;
	u64 events_high, events_max; /* of memory.events, all memcgs */
	/* operations of accounting, whose price is nobody's published figure: counts alone */
	u64 slab_charges; /* slabs of memcgs' caches charged, and given back (per-page) */
	u64 object_charges; /* objects charged, and given back (per-object) */
	u64 counter_updates; /* page_counters changed: an atomic operation each, one a level of the tree */
	u64 unaccounted_vectors; /* no memory for a vector: object not charged */
	struct arena *arena;
};

struct memcg_spec {
	const struct accounting_policy *accounting;
	const struct offline_policy *offline;
	u32 config;
	u64 create_latency;
	bool arrays;
	bool second_set;
	u32 (*grow_ids)(u32 id);
	u32 (*shrink_ids)(u32 max_id, u32 size); /* or NULL */
	bool id_table;
};

int memcg_system_init(struct memcg_system *m, struct engine *e, struct machine *machine,
		      struct slab_system *slab, const struct kernel_ops *ops,
		      const struct kernel_row *row, const struct memcg_spec *spec);
void memcg_system_destroy(struct memcg_system *m);

static inline struct memcg *memcg_at(const struct memcg_system *m, u32 id)
{
	return (struct memcg *)(void *)m->memcgs.base + id;
}

static inline struct owner *owner_at(const struct memcg_system *m, u32 id)
{
	return (struct owner *)(void *)m->owners.base + id;
}

/* ---- life ---- */

/* A new cgroup below parent, made by t. Its index, or 0: no id (ENOSPC), no memory (counted). */
u32 memcg_mkdir(struct memcg_system *m, u32 parent, const char *name, u32 number,
		const struct task *t);
/*
 * The same, without accounting of kernel memory: up to 4.4 a cgroup v1 had none until kmem.limit_in_bytes was written.
 * Its objects are nobody's, and it has no row in the id table.
 */
u32 memcg_mkdir_without_kmem(struct memcg_system *m, u32 parent, const char *name, u32 number,
			     const struct task *t);
/*
 * What a memcg's structures are charged to its parent, allocation by allocation (3e38e0aaca9e, v5.9): bytes, 0 behind
 * the last. *slab: it is a kmalloc, not percpu memory.
 */
u32 memcg_css_charge(const struct memcg_system *m, u32 i, bool *slab);
/* It must be online and have no online child. Offline after a grace period; freed when unpinned. */
void memcg_rmdir(struct memcg_system *m, u32 memcg, const struct task *t);

static inline bool memcg_online(const struct memcg_system *m, u32 memcg)
{
	return memcg_at(m, memcg)->state == MEMCG_ONLINE;
}

static inline bool memcg_dying(const struct memcg *cg)
{
	return cg->state >= MEMCG_KILLED;
}

/* ->css_offline() when the axis dying_gc had its turn before (ops->memcg_dies). */
void memcg_offline_now(struct memcg_system *m, u32 memcg);

/* References that keep a removed memcg: pages, children, stocks. */
static inline void memcg_get(struct memcg_system *m, u32 memcg, u32 n)
{
	memcg_at(m, memcg)->refs += n;
}
void memcg_put(struct memcg_system *m, u32 memcg, u32 n);

/* The memcg itself if it is online, else its nearest online ancestor. */
static inline u32 memcg_nearest_online(const struct memcg_system *m, u32 memcg)
{
	while (unlikely(memcg_at(m, memcg)->state != MEMCG_ONLINE) && memcg != ROOT_MEMCG)
		memcg = memcg_at(m, memcg)->parent;
	return memcg;
}
/* mem_cgroup_is_descendant(): the memcg is top or below it. */
static inline bool memcg_in_tree(const struct memcg_system *m, u32 memcg, u32 top)
{
	while (memcg && memcg != top)
		memcg = memcg_at(m, memcg)->parent;
	return memcg == top;
}
/* "kubepods/churn17", "" of the root; cut at the left where it is too long. */
void memcg_path(const struct memcg_system *m, u32 memcg, char *path, size_t size);
/* Next in preorder within the tree of top, children in order of creation; 0 behind the last. */
u32 memcg_next(const struct memcg_system *m, u32 memcg, u32 top);

/* ---- page charges (KERNEL_FACTS 2.6) ---- */

/* memcg_charge() (stock.h) when the memcg's stock or a limit was too small. */
bool memcg_charge_slow(struct memcg_system *m, u32 memcg, u32 nr, u16 cpu, u16 gfp);
/*
 * memory.max and memory.high in bytes, rounded down to pages; 0 = none. What is charged already stays: who lowers one
 * reclaims.
 */
void memcg_set_limits(struct memcg_system *m, u32 memcg, u64 max, u64 high);
/*
 * memory_high_write(), the number being set: what is above it is reclaimed by the writer, once or again and again as
 * the row says. Pages reclaimed.
 */
u64 memcg_reclaim_high(struct memcg_system *m, u32 memcg, u16 cpu);
/* Of a memcg without tasks: what a predecessor left above them is reclaimed (memory_max_write()), nobody is killed. */
void memcg_shrink_to_limits(struct memcg_system *m, u32 memcg);
/* nr pages were charged: the first ancestor over its memory.high has the task reclaim. */
void memcg_check_high(struct memcg_system *m, u32 memcg, u32 nr, u16 cpu);
void memcg_uncharge(struct memcg_system *m, u32 memcg, u32 nr);
/* Pages of an earlier era are given back. */
void memcg_foreign_gone(struct memcg_system *m, u32 memcg, u32 nr);
void memcg_drain_stock(struct memcg_system *m, u32 memcg);
/* drain_all_stock(): what all CPUs hold back for a tree. */
void memcg_drain_tree(struct memcg_system *m, u32 top);

/* ---- owner slots ---- */

u32 owner_new(struct memcg_system *m, u32 memcg);
static inline void owner_get(struct memcg_system *m, u32 owner)
{
	owner_at(m, owner)->refs++;
}
/* The last reference is gone: see owner_put() (stock.h). */
void owner_release(struct memcg_system *m, u32 owner);
/* The memcg's active slot joins its inherited ones and lives as long as something refers to it. */
void owner_retire(struct memcg_system *m, u32 memcg);
/* Every slot of the memcg that is not active, and the pages they hold, become the parent's. */
void owners_reparent(struct memcg_system *m, u32 memcg);
/* Pages of slab objects, straight from the counters. */
void owner_uncharge(struct memcg_system *m, u32 owner, u32 pages);

/* ---- objects ---- */

/*
 * One object of a root cache for t: charged if the cache is SLAB_ACCOUNT or gfp says so, and t is
 * not in the root cgroup. Slab id or 0; *owner is who was charged.
 */
static inline u32 memcg_slab_alloc(struct memcg_system *m, u32 cache, const struct task *t,
				   int node, u32 *owner)
{
	*owner = 0;
	if (t->memcg <= ROOT_MEMCG ||
	    !((cache_at(m->slab, cache)->flags & CACHE_ACCOUNT) || (t->gfp & GFP_ACCOUNT)))
		return slab_alloc(m->slab, cache, t, node);
	return m->accounting->alloc(m, cache, t, node, owner);
}

static inline void memcg_slab_free(struct memcg_system *m, u32 slab, u32 owner, u16 cpu)
{
	if (owner)
		m->accounting->free(m, slab, owner, cpu);
	else
		slab_free(m->slab, slab, cpu);
}

/* Whose lists an owner's objects are on now; ROOT_MEMCG for owner 0. */
static inline u32 owner_memcg(const struct memcg_system *m, u32 owner)
{
	return owner ? owner_at(m, owner)->memcg : ROOT_MEMCG;
}

/* For looking ahead: fetches what memcg_cache_guess() reads. */
static ALWAYS_INLINE void memcg_cache_prefetch(const struct memcg_system *m, u32 memcg, u32 cache)
{
	if (!m->accounting->shared_caches)
		idmap_prefetch(&m->twins, (u64)memcg << 32 | cache);
}

/* A cache of the memcg's own that its objects of a root cache likely come from; 0: there is none. */
static inline u32 memcg_cache_guess(const struct memcg_system *m, u32 memcg, u32 cache)
{
	u32 twin;

	if (m->accounting->shared_caches)
		return 0;
	twin = idmap_get(&m->twins, (u64)memcg << 32 | cache);
	return twin < m->slab->caches.n ? twin : 0;
}

/* ---- slab hooks (struct kernel_ops) ---- */

bool memcg_charge_slab(struct memcg_system *m, struct kmem_cache *cache, u32 pages, u16 cpu);
void memcg_uncharge_slab(struct memcg_system *m, struct kmem_cache *cache, u32 pages, u16 cpu);
void memcg_slab_made(struct memcg_system *m, u32 slab, u16 cpu);
void memcg_slab_gone(struct memcg_system *m, u32 slab, u16 cpu);
void memcg_slab_gone_foreign(struct memcg_system *m, const struct slab *slab);
void memcg_cache_empty(struct memcg_system *m, struct kmem_cache *cache);

/* ---- growth of the id table (KERNEL_FACTS 3.2, 3.3) ---- */

u32 clamp_cache_ids(u64 size); /* at least 4, at most 65535 */
/* memcg_update_all_caches(): arrays of so many rows. 0 or -ENOMEM. */
int cache_arrays_grow(struct memcg_system *m, u32 size, const struct task *t);
u32 grow_ids_double(u32 id); /* 2 * (id + 1), at least 4, at most 65535 */
u32 grow_ids_kirill(u32 id); /* Kirill Tkhai's proposal: id + 2000 from 2000 on */

extern const struct metric_source memcg_metrics[];

/* NULL or what is wrong. */
const char *memcg_system_check(const struct memcg_system *m);

#endif
