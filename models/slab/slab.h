/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SLUB (mm/slub.c; KERNEL_FACTS 4): caches, slabs, per-CPU active slabs and partial lists, node
 * partial lists. An object is known by its slab alone: which slot it has never matters, so a slab is
 * a counter of objects in use. Everything that decides which slab is taken next, and when an empty
 * one goes back to the page allocator, follows the kernel step by step.
 */
#ifndef MODELS_SLAB_SLAB_H
#define MODELS_SLAB_SLAB_H

#include "engine/arena.h"
#include "engine/metric.h"
#include "machine/machine.h"
#include "ops.h"

#define KMALLOC_CLASSES 17 /* 8, 16, 32, 64, 96, 128, 192, 256, 512, 1k .. 128k */
#define CPU_CHUNK 8
#define NO_CPU 0xffff

enum slab_state {
	SLAB_FREE = 0, /* the record is not a slab */
	SLAB_FULL, /* on no list: no free object, or all free ones just given to a CPU */
	SLAB_CPU_ACTIVE, /* a CPU allocates from it (frozen) */
	SLAB_CPU_PARTIAL, /* on a CPU's partial list (frozen) */
	SLAB_NODE_PARTIAL, /* on its node's partial list */
};

/* One slab: half a cache line. */
struct slab {
	u32 next; /* partial list it stands on */
	union {
		u32 prev; /* SLAB_NODE_PARTIAL */
		struct { /* SLAB_CPU_PARTIAL, as the list's head: */
			u16 cp_slabs; /* slabs of the list */
			u16 cp_objects; /* free objects, counted as each slab came; saturates */
		};
		u32 remote_free; /* SLAB_CPU_ACTIVE: freed by other CPUs, not on the CPU's freelist */
	};
	u32 cache; /* index into caches */
	u32 pfn; /* first page */
	union {
		u32 vector; /* slab that holds this slab's obj_cgroup vector; 0 = none */
		u32 era; /* a twin's: that of its cache when it was made */
	};
	u16 inuse; /* objects allocated */
	u16 objects; /* room for so many */
	u16 anon; /* objects of the initial population that are still there */
	u16 cpu; /* whose active or partial slab it is; NO_CPU otherwise */
	u8 state; /* enum slab_state */
	u8 node;
	u8 order;
	u8 unused;
};

_Static_assert(sizeof(struct slab) == 32, "two slabs a cache line");

struct kmem_cache_node {
	u32 partial_head, partial_tail;
	u32 nr_partial; /* slabs on the list */
	u32 nr_slabs;
	u64 nr_objects; /* room in all slabs */
};

enum cache_flags {
	CACHE_ACCOUNT = 1 << 0, /* SLAB_ACCOUNT: every object is charged */
	CACHE_RECLAIM_ACCOUNT = 1 << 1, /* SLAB_RECLAIM_ACCOUNT: counts as reclaimable */
	CACHE_KMALLOC = 1 << 2,
	CACHE_SHUT_DOWN = 1 << 3, /* its memcg is gone; destroyed with its last slab */
	CACHE_DEACTIVATED = 1 << 4, /* cpu_partial and min_partial are 0 */
	CACHE_DEAD = 1 << 5, /* the record waits for reuse */
};

struct cache_watch {
	struct gauge objects; /* live */
	struct gauge bytes; /* slabs */
};

struct kmem_cache {
	/* what an allocation and a free need is in the first cache line */
	u32 id; /* first: a freed record keeps the free list here */
	u32 chunk0; /* struct cpu_slabs of CPUs 0-7, in place; 0 = none of them used it yet */
	u32 *cpu_chunks; /* [nr_chunks] the others; all zeroes and shared until one is used */
	u32 size; /* bytes an object takes */
	u32 owner; /* memcg's twin: owner slot (memcg/memcg.h); 0 otherwise */
	u64 live; /* objects allocated: the truth */
	struct cache_watch *watch; /* gauges of a cache that has metrics of its own; NULL: none */
	struct kmem_cache_node *nodes; /* [nr_nodes] */
	u16 objects; /* per slab at `order` */
	u16 min_objects; /* per slab at `min_order` */
	u8 order, min_order;
	u16 flags; /* enum cache_flags */
	u16 cpu_partial; /* free objects (slabs from 5.16) that a CPU partial list holds at most */
	u16 min_partial;
	u32 root; /* the cache this is a memcg's twin of; its own id otherwise */
	u64 nr_slabs;
	const char *name;
	u32 object_size;
	u32 next_of_owner; /* chain of one owner's caches */
	u32 structs; /* twin: footprint (first piece, bytes) of its own structures */
	u32 struct_bytes;
	u32 era; /* twin: of the memcg that has it, if dead ones are taken over (offline: reuse); else 0 */
} __attribute__((aligned(64)));

/* Active slab and head of the partial list for eight CPUs of one cache: a cache line. */
struct cpu_slabs {
	u32 active[CPU_CHUNK];
	u32 partial[CPU_CHUNK];
};

/* Consecutive objects of one cache that are never addressed singly. See slab/extent.h. */
struct piece {
	u32 at; /* slab id; or first pfn of a run of full slabs */
	u32 n; /* objects of that slab; or slabs of the run | PIECE_RUN */
	u32 next; /* piece id; 0 = last */
};

struct extent {
	u32 first, last; /* piece ids */
	u32 cache;
	u32 unused;
	u64 count; /* objects */
};

/* Layout of a cache as some machine's slabinfo shows it, instead of what the model would compute. */
struct cache_layout {
	const char *name;
	u32 size; /* bytes an object takes */
	u32 objects; /* per slab */
	u32 order;
};

struct slab_system {
	struct engine *e;
	struct machine *m;
	const struct kernel_ops *ops;
	const struct kernel_row *row;
	struct flat slabs; /* struct slab */
	struct flat caches; /* struct kmem_cache */
	struct flat cpu_slabs; /* struct cpu_slabs */
	struct flat pieces; /* struct piece */
	struct flat extents; /* struct extent */
	const struct cache_layout *layouts; /* by name; they outlive the system */
	u32 nr_layouts;
	u32 nr_chunks;
	u32 *no_chunks; /* [nr_chunks] of zeroes */
	u32 kmalloc[KMALLOC_CLASSES]; /* cache ids by class */
	u32 kmalloc_cg[KMALLOC_CLASSES]; /* the same or caches of their own */
	u32 nr_kmalloc;
	u32 root_caches; /* caches made so far that are nobody's twin */
	struct cache_watch kmalloc_32;
	struct arena *arena;
	/* gauges, bytes unless said */
	struct gauge bytes, active_bytes, reclaimable, unreclaimable;
	struct gauge large_kmalloc; /* kmallocs above the largest class: page allocator */
	struct gauge *node_bytes; /* [nr_nodes] */
	u64 *node_large; /* [nr_nodes] pages of large_kmalloc */
	u64 vmalloc_pages; /* of these: single pages of vmalloc */
	u64 slabs_made, slabs_freed;
	u64 pages_freed; /* what reclaim_state->reclaimed_slab would count, whoever frees */
	struct ratio_gauge utilization; /* live bytes over slab bytes */
};

/* layouts may be NULL. 0 or a negative errno. */
int slab_system_init(struct slab_system *s, struct engine *e, struct machine *m,
		     const struct kernel_ops *ops, const struct kernel_row *row,
		     const struct cache_layout *layouts, u32 nr_layouts);
void slab_system_destroy(struct slab_system *s);

static inline struct slab *slab_at(const struct slab_system *s, u32 id)
{
	return (struct slab *)(void *)s->slabs.base + id;
}

static inline struct kmem_cache *cache_at(const struct slab_system *s, u32 id)
{
	return (struct kmem_cache *)(void *)s->caches.base + id;
}

/* For looking ahead. */
static ALWAYS_INLINE void kmem_cache_prefetch(const struct slab_system *s, u32 id)
{
	__builtin_prefetch(cache_at(s, id), 1);
}

/* ---- caches ---- */

struct cache_spec {
	const char *name;
	u32 object_size; /* what the user asked for */
	u32 size; /* what an object takes; 0: object_size rounded up to 8 */
	u32 objects; /* per slab, with `order`, from a recording's slabinfo; 0: computed */
	u32 order;
	u16 flags;
	u32 root, owner; /* a memcg's twin; 0 otherwise */
};

/* Id of the new cache; 0 when out of memory. */
u32 kmem_cache_create(struct slab_system *s, const struct cache_spec *spec);
/* By name, twins not counted; 0 if there is none. */
u32 kmem_cache_find(const struct slab_system *s, const char *name);
/*
 * Offline of a memcg's twin (<= 5.8, KERNEL_FACTS 5.2): cpu_partial = min_partial = 0. The flush
 * comes after a grace period: kmem_cache_shrink.
 */
void kmem_cache_deactivate(struct slab_system *s, u32 cache);
/* A new cgroup has the twin now (offline: reuse): the limits are those of its root cache again. */
void kmem_cache_reactivate(struct slab_system *s, u32 cache);
/* CPU slabs and partial lists are flushed, empty slabs freed, node lists sorted (4.2). */
void kmem_cache_shrink(struct slab_system *s, u32 cache, u16 cpu);
/* No allocation will come; destroyed now or with its last slab (ops->cache_empty tells). */
void kmem_cache_shutdown(struct slab_system *s, u32 cache, u16 cpu);
/* Gives the record back; the cache has no slab. */
void kmem_cache_destroy(struct slab_system *s, u32 cache);

/* Objects per slab and order for a size (4.1). */
void slab_order(const struct slab_system *s, u32 size, u32 *order, u32 *objects);
/* Bytes of a cache's own structures on this machine (5.2). */
u64 kmem_cache_struct_bytes(const struct slab_system *s);

/* ---- objects ---- */

/*
 * One object: the id of its slab, or 0 (no memory, or the charge was refused). node < 0: the CPU's
 * own, with the kernel's rule for what is taken when it has nothing (KERNEL_FACTS 4.2).
 */
u32 slab_alloc_slow(struct slab_system *s, struct kmem_cache *c, const struct task *t, int node);
void slab_free_slow(struct slab_system *s, struct slab *slab, u16 cpu);

static inline struct cpu_slabs *cpu_slabs_of(const struct slab_system *s,
					     const struct kmem_cache *c, u32 cpu)
{
	u32 chunk = cpu < CPU_CHUNK ? c->chunk0 : c->cpu_chunks[cpu / CPU_CHUNK];

	return (struct cpu_slabs *)(void *)s->cpu_slabs.base + chunk;
}

static ALWAYS_INLINE void count_alloc(struct slab_system *s, struct kmem_cache *c, s64 objects)
{
	c->live = (u64)((s64)c->live + objects);
	ratio_note(&s->utilization, s->e, s->active_bytes.level, s->bytes.level);
	gauge_add(&s->active_bytes, s->e, objects * (s64)c->size);
	if (unlikely(c->watch != NULL))
		gauge_add(&c->watch->objects, s->e, objects);
}

/* See slab_alloc_slow. Inline where it is nearly all that happens. */
static ALWAYS_INLINE u32 slab_alloc_inline(struct slab_system *s, u32 cache, const struct task *t,
					   int node)
{
	struct kmem_cache *c = cache_at(s, cache);
	u32 id;

	if (unlikely(s->ops->before_alloc != NULL))
		s->ops->before_alloc(s->ops->kernel, t);
	/* chunk 0 is all zeroes: no active slab */
	id = cpu_slabs_of(s, c, t->cpu)->active[t->cpu % CPU_CHUNK];
	if (likely(id)) {
		struct slab *slab = slab_at(s, id);
		u32 free = (u32)slab->objects - slab->inuse;

		if (likely(free > slab->remote_free && (node < 0 || slab->node == node))) {
			slab->inuse++;
			count_alloc(s, c, 1);
			return id;
		}
	}
	id = slab_alloc_slow(s, c, t, node);
	if (id)
		count_alloc(s, c, 1);
	return id;
}

static inline u32 slab_alloc(struct slab_system *s, u32 cache, const struct task *t, int node)
{
	return slab_alloc_inline(s, cache, t, node);
}

/* Gives an object of slab `id` back on `cpu`. */
static inline void slab_free(struct slab_system *s, u32 id, u16 cpu)
{
	struct slab *slab = slab_at(s, id);

	dbg_assert(slab->state != SLAB_FREE && slab->inuse > 0);
	count_alloc(s, cache_at(s, slab->cache), -1);
	if (likely(slab->state == SLAB_CPU_ACTIVE)) {
		slab->inuse--;
		if (unlikely(slab->cpu != cpu))
			slab->remote_free++;
		return;
	}
	slab_free_slow(s, slab, cpu);
}

/* ---- kmalloc ---- */

/* Class index for a size, or KMALLOC_CLASSES if it goes to the page allocator. */
u32 kmalloc_class(const struct slab_system *s, u64 size);
u32 kmalloc_class_size(u32 class);

/* A kmalloc that is freed singly: slab id, or pfn of whole pages. */
struct kmem_ref {
	u32 slab; /* 0: not from a slab */
	u32 pfn;
	u32 pages; /* pages behind pfn; | KMEM_VMALLOC: pfn is a list of pieces of single pages */
};

#define KMEM_VMALLOC 0x80000000U

/*
 * kvmalloc: from a size class, else whole pages of a power of two, else single pages (vmalloc). A
 * ref of zeroes when out of memory; of size 0 too. Never charged: see memcg for accounted ones.
 */
struct kmem_ref kmem_alloc(struct slab_system *s, u64 size, const struct task *t);
void kmem_free(struct slab_system *s, struct kmem_ref ref, u16 cpu);
/* kvfree_rcu(); the second one is for ops->rcu_free with RCU_KMEM. */
void kmem_free_rcu(struct slab_system *s, struct kmem_ref ref, u16 cpu);
void kmem_free_rcu_run(struct slab_system *s, u32 piece, u16 cpu);
/* Bytes that the modelled kernel takes for a ref. */
u64 kmem_ref_bytes(const struct slab_system *s, struct kmem_ref ref);

/* ---- what /proc/slabinfo shows ---- */

struct slabinfo {
	u64 active_objs, num_objs, active_slabs, num_slabs;
	u64 live_objs;
};

/* Of one cache alone. */
void slabinfo_of(const struct slab_system *s, u32 cache, struct slabinfo *out);
/* rows[caches.n], by cache id: what root caches show, those of memcgs summed into them (<= 5.8); zeroes elsewhere. */
void slabinfo_all(const struct slab_system *s, struct slabinfo *rows);

/*
 * The population that a slabinfo line shows, made of anonymous objects (KERNEL_FACTS 4.2). What
 * slabinfo does not say is assumed where it is not given: num - active free objects lie on empty slabs
 * of the node partial lists if they can (whole slabs, no more than min_partial a node), else on half
 * empty ones; active - live free objects lie on active and partial slabs of the CPUs in turn; slabs are
 * spread over nodes by weight[nr_nodes]. 0, -ENOMEM, or -EINVAL if partial does not fit the figures.
 */
struct partial_slab {
	u32 node, free;
};

struct slab_population {
	u64 num_objs, active_objs, live_objs;
	const u64 *weight;
	const struct partial_slab *partial; /* node partial lists, heads first; NULL: assumed */
	u32 nr_partial;
};

int slab_populate(struct slab_system *s, u32 cache, const struct slab_population *p);

extern const struct metric_source slab_metrics[];

/* NULL, or a static text saying which invariant is broken. Recounts everything: slow. */
const char *slab_system_check(const struct slab_system *s);

#endif
