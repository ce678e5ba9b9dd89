/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * list_lru (mm/list_lru.c; KERNEL_FACTS 3): lists of reclaimable objects per (lru, NUMA node, memcg),
 * and the memory that the kernel spends on their heads and arrays.
 *
 * The two are kept apart. What the modelled kernel allocates (axis list_lru) lies in the modelled
 * caches as extents; what the simulator needs is one block per (lru set, memcg) that ever held an
 * object. So a list that holds nothing costs the simulator nothing, however many bytes it stands for.
 * An lru set is what one shrinker works on: the dentry and the inode list_lru of a superblock, or the
 * one of the shadow nodes.
 */
#ifndef MODELS_LIST_LRU_LIST_LRU_H
#define MODELS_LIST_LRU_LIST_LRU_H

#include "memcg/memcg.h"
#include "slab/object.h"

#define LRU_LISTS 2
#define LRU_DENTRY 0
#define LRU_INODE 1
#define LRU_SHADOW 0
#define LRU_BLOCK_BITS 26 /* blocks at most; the rest of a slot is a tag */

struct lru_list {
	u32 head, tail; /* object ids; head is the oldest */
	u32 nr;
};

/* Lists of one memcg in one set: lists[list * nr_nodes + node]. With two nodes a cache line. */
struct lru_block {
	u32 set; /* first: a freed record keeps the free list here */
	u32 memcg;
	u32 mem[LRU_LISTS]; /* lazy: slab that holds the kernel's block for this list; 0 = none */
	struct lru_list lists[];
};

/* What walks need of a block, and an object that comes or goes does not. */
struct lru_links {
	u32 prev_of_memcg, next_of_memcg;
	u32 prev_of_set, next_of_set;
	u64 map; /* bit n: the shrinker's bit of node n is set */
};

enum lru_set_kind {
	LRU_SET_SUPER, /* dentries and inodes of a superblock */
	LRU_SET_SHADOW, /* workingset shadow nodes */
};

/* One kernel array of pointers (eager), per list and node. */
struct lru_array {
	struct kmem_ref ref;
	u32 heads; /* extent of list_lru_one; 0 = none yet */
};

struct lru_set {
	u32 prev, next; /* registered sets, newest first */
	u32 root_block; /* lists of the root cgroup (and of what is charged to nobody) */
	u32 blocks; /* chain of the memcgs' blocks */
	u32 shrinker; /* id in shrinker/; 0 = none */
	u8 nr_lists;
	u8 kind;
	u8 live;
	u8 unaware; /* bit n: objects for list n are allocated without the lru */
	u8 xa_height[LRU_LISTS]; /* lazy: levels of the xarray so far */
	u32 ones; /* first-insert: chain of its list_lru_ones */
	struct footprint nodes; /* list_lru_node arrays */
	struct lru_array arrays[]; /* eager: [nr_lists * nr_node_ids] */
};

/* Whose inodes are allocated with kmem_cache_alloc_lru() (SEEDS A8, A11, A12). */
enum lru_inodes {
	LRU_INODES_ALL, /* alloc_inode_sb() in every file system: what was merged */
	LRU_INODES_ALLOC_INODE, /* all that come through the VFS's alloc_inode(): xfs has its own way */
	LRU_INODES_INODE_CACHEP, /* those of file systems without a cache of their own */
};

struct lru_system;

/* Axis list_lru: when the kernel allocates heads, arrays and blocks. All return 0 or -ENOMEM. */
struct list_lru_policy {
	const char *name;
	bool id_table; /* keeps memcg_nr_cache_ids */
	bool all_heads; /* with a head for every row of it */
	bool by_mount; /* a memcg may have no lists of a superblock: its nearest ancestor's serve */
	/* Sizes of the table (struct memcg_system); NULL: as `growth` says; it never shrinks. */
	u32 (*grow_ids)(u32 id);
	u32 (*shrink_ids)(u32 max_id, u32 size);
	int (*set_register)(struct lru_system *s, u32 set, const struct task *t);
	void (*set_unregister)(struct lru_system *s, u32 set, u16 cpu);
	int (*ids_resized)(struct lru_system *s, u32 old_size, u32 new_size, const struct task *t);
	/* An object that will go on list `list` of the set was charged to a memcg. */
	int (*object_alloc)(struct lru_system *s, u32 set, u32 list, u32 memcg,
			    const struct task *t);
	/* Memory for the head of an empty list of a memcg's block, under its lock; NULL: it is there. False: none. */
	bool (*head_get)(struct lru_system *s, u32 block, u32 list, u32 node, u16 cpu);
	/* The block's lists were spliced to the parent. */
	void (*block_gone)(struct lru_system *s, u32 block);
};

extern const struct list_lru_policy list_lru_eager;
extern const struct list_lru_policy list_lru_shrink;
extern const struct list_lru_policy list_lru_first_insert;
extern const struct list_lru_policy list_lru_lazy;
extern const struct list_lru_policy list_lru_mount_scoped;

struct lru_system {
	struct engine *e;
	struct machine *m;
	struct slab_system *slab;
	struct memcg_system *memcg;
	const struct kernel_ops *ops;
	const struct kernel_row *row;
	const struct list_lru_policy *policy;
	enum lru_inodes inodes;
	bool falls_back; /* a memcg may have no lists of its own for a superblock */
	u32 nr_nodes; /* lists of a memcg: nodes of the machine, or 1 (A13) */
	u32 nr_node_ids; /* what the kernel sizes its arrays for */
	struct flat *objects; /* struct object, owned by the caller */
	struct flat sets, blocks, xa_nodes;
	/* by block, never taken from: struct lru_links; nr_deferred, s64 for each node of the machine */
	struct flat links, deferred;
	u32 newest; /* first registered set in the kernel's order of growth */
	/*
	 * (set, memcg) -> block: open addressing, at most half full. A slot is a block id with a tag
	 * from the hash on top; the key stands in the block.
	 */
	u32 *slots;
	u32 slot_mask, slots_used;
	u32 hint; /* block that the next lookup may be for: the last one, or a guess */
	struct idmap xa_of; /* (lru, level, prefix) -> xa node record */
	struct flat ones; /* first-insert: list_lru_ones, and who has which */
	struct idmap one_of;
	/* An object found no head for its list: on none, it is someone else's to find. */
	void (*untracked)(void *ctx, u32 object);
	void *untracked_ctx;
	struct gauge nr_untracked; /* objects that are so now */
	u64 add_failed; /* how often that happened */
	u64 fallbacks; /* objects that went on an ancestor's list */
	u32 *memcg_blocks; /* by memcg: chain of its blocks [cap_memcgs] */
	u32 cap_memcgs;
	u32 xa_cache; /* radix_tree_node */
	u32 registered;
	/* gauges: bytes as the size classes count them */
	struct gauge lists_bytes; /* heads (eager) or blocks (lazy) of superblock lrus */
	struct gauge shadow_bytes; /* the same of the shadow nodes' lru */
	struct gauge arrays_bytes; /* pointer arrays, of all lrus */
	struct gauge other_bytes; /* list_lru_node arrays, xarray nodes */
	struct gauge bytes; /* all of these */
	struct gauge heads; /* lists that the kernel has memory for */
	struct gauge used; /* lists that hold something */
	s64 items; /* objects on lists */
	struct ratio_gauge used_ratio; /* used / heads */
};

struct lru_spec {
	const struct list_lru_policy *policy;
	enum lru_inodes inodes;
	u32 nodes; /* 0: as the machine */
};

int lru_system_init(struct lru_system *s, struct memcg_system *memcg, struct flat *objects,
		    const struct lru_spec *spec);
void lru_system_destroy(struct lru_system *s);

static inline struct lru_set *lru_set_at(const struct lru_system *s, u32 id)
{
	return (struct lru_set *)(void *)(s->sets.base + (size_t)id * s->sets.elem);
}

static inline struct lru_block *lru_block_at(const struct lru_system *s, u32 id)
{
	return (struct lru_block *)(void *)(s->blocks.base + (size_t)id * s->blocks.elem);
}

static inline struct lru_links *lru_links_at(const struct lru_system *s, u32 block)
{
	return (struct lru_links *)(void *)s->links.base + block;
}

static inline struct lru_list *lru_list_at(const struct lru_system *s, struct lru_block *b,
					   u32 list, u32 node)
{
	return &b->lists[list * s->nr_nodes + node];
}

/* nr_deferred of the block's shrinker on a node (per-memcg counters). */
static inline s64 *lru_block_deferred(const struct lru_system *s, u32 block, u32 node)
{
	return (s64 *)(void *)(s->deferred.base + (size_t)block * s->deferred.elem) + node;
}

/* ---- sets ---- */

/* A new set of nr_lists lists, with what the policy allocates at once. Id or 0. */
u32 lru_set_register(struct lru_system *s, enum lru_set_kind kind, u32 nr_lists,
		     const struct task *t);
/* All its lists must be empty. */
void lru_set_unregister(struct lru_system *s, u32 set, u16 cpu);

/* ---- objects ---- */

/*
 * One object of a cache that will live on a list of the set (kmem_cache_alloc_lru): slab id or 0;
 * *owner is who was charged.
 */
u32 lru_slab_alloc(struct lru_system *s, u32 cache, u32 set, u32 list, const struct task *t,
		   u32 *owner);

/* Whose lists the objects of an owner slot are on: a dying memcg's are its parent's (KERNEL_FACTS 3.2). */
static inline u32 lru_memcg_of(const struct lru_system *s, u32 owner)
{
	u32 memcg;

	/* without kmem ids every object is on the root lists */
	if (!owner || !s->memcg->accounting->has_kmem_ids)
		return ROOT_MEMCG;
	memcg = owner_memcg(s->memcg, owner);
	while (unlikely(memcg_at(s->memcg, memcg)->state >= MEMCG_OFFLINE))
		memcg = memcg_at(s->memcg, memcg)->parent;
	return memcg;
}

u32 lru_block_make(struct lru_system *s, u32 set, u32 memcg);

static inline u64 lru_hash(u32 set, u32 memcg)
{
	return ((u64)memcg << 32 | set) * 0x9e3779b97f4a7c15ULL;
}

static inline u32 lru_slot_of(const struct lru_system *s, u64 hash)
{
	return (u32)(hash >> 32) & s->slot_mask;
}

static inline bool lru_block_is(const struct lru_system *s, u32 id, u32 set, u32 memcg)
{
	const struct lru_block *b = lru_block_at(s, id);

	return b->set == set && b->memcg == memcg;
}

/* Block of a memcg below the root in a set, or 0. */
static inline u32 lru_block_get(const struct lru_system *s, u32 set, u32 memcg)
{
	u64 hash = lru_hash(set, memcg);
	u32 i = lru_slot_of(s, hash), v;

	for (; (v = s->slots[i]) != 0; i = (i + 1) & s->slot_mask) {
		u32 id = v & ((1U << LRU_BLOCK_BITS) - 1);

		if (v >> LRU_BLOCK_BITS == hash >> (32 + LRU_BLOCK_BITS) &&
		    lru_block_is(s, id, set, memcg))
			return id;
	}
	return 0;
}

/* For looking ahead: fetches what lru_block_guess() reads. */
static ALWAYS_INLINE void lru_block_prefetch(const struct lru_system *s, u32 set, u32 memcg)
{
	__builtin_prefetch(&s->slots[lru_slot_of(s, lru_hash(set, memcg))]);
}

/* What lru_block_get() will likely say, without a look at any block. */
static inline u32 lru_block_guess(const struct lru_system *s, u32 set, u32 memcg)
{
	u64 hash = lru_hash(set, memcg);
	u32 i = lru_slot_of(s, hash), v;

	if (memcg == ROOT_MEMCG)
		return lru_set_at(s, set)->root_block;
	for (; (v = s->slots[i]) != 0; i = (i + 1) & s->slot_mask)
		if (v >> LRU_BLOCK_BITS == hash >> (32 + LRU_BLOCK_BITS))
			break;
	return v & ((1U << LRU_BLOCK_BITS) - 1);
}

/* Block of a memcg in a set; made if `make`; 0 if there is none (or no memory). */
static inline u32 lru_block_find(struct lru_system *s, u32 set, u32 memcg, bool make)
{
	u32 id;

	if (memcg == ROOT_MEMCG)
		return lru_set_at(s, set)->root_block;
	if (likely(lru_block_is(s, s->hint, set, memcg)))
		return s->hint;
	id = lru_block_get(s, set, memcg);
	if (id)
		s->hint = id;
	return id || !make ? id : lru_block_make(s, set, memcg);
}

/*
 * Adds the object at the tail of its list (its set, kind, owner and node say which). Where the policy allocates
 * for that and finds no memory it is untracked instead.
 */
void lru_add(struct lru_system *s, u32 set, u32 list, u32 id, u16 cpu);
/* An untracked object goes, or on a list. */
void lru_track(struct lru_system *s, u32 id);
void lru_del(struct lru_system *s, u32 set, u32 list, u32 id);
/* The object that is on the list already goes to its tail (LRU_ROTATE). */
void lru_rotate(struct lru_system *s, struct lru_list *l, u32 id);

/* A memcg went offline: its lists go to the head of the parent's, its counters are added. */
void lru_memcg_offline(struct lru_system *s, u32 memcg);
/* Blocks of a memcg, for walks; 0 = none. */
u32 lru_first_block_of_memcg(const struct lru_system *s, u32 memcg);

/* For policies: the id table changes its size. */
int lru_ids_resized(struct lru_system *s, u32 old_size, u32 new_size, const struct task *t);

/* For policies: bytes come to or go from one of the gauges above, and their sum. */
static inline void lru_account(struct lru_system *s, struct gauge *g, s64 bytes)
{
	gauge_add(g, s->e, bytes);
	gauge_add(&s->bytes, s->e, bytes);
}

/* For policies: the number of lists with memory changes. */
static inline void lru_count_heads(struct lru_system *s, s64 heads)
{
	ratio_note(&s->used_ratio, s->e, s->used.level, s->heads.level);
	gauge_add(&s->heads, s->e, heads);
}

extern const struct metric_source lru_metrics[];

const char *lru_system_check(const struct lru_system *s);

#endif
