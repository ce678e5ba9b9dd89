// SPDX-License-Identifier: GPL-3.0-or-later
#include "trace/join.h"

#include <errno.h>
#include <stdlib.h>

#include "trace/cgroup_tree.h"
#include "trace/nameless.h"
#include "trace/object_ids.h"

#define PREFETCH_AHEAD 12

struct task {
	u32 memcg; /* index + 1; 0 = never seen to enter one */
	u32 pending; /* its last dentry that waits for an inode: hit + 1; 0 = none */
	u32 shrinks; /* mm_shrink_slab_start without its end */
};

/* A free that the recording lost, to stand before the hit of this number. */
struct lost_free {
	u64 before;
	struct trace_record record;
};

struct join {
	struct trace_builder *b;
	u32 root;
	struct object_map objects;
	struct id_pool ids;
	struct cgroup_tree tree;
	struct task *tasks; /* [max_pid + 1] */
	u32 *dentry_of; /* [cap_ids] hit + 1 of the live dentry with this id, 0 = none */
	u32 cap_ids;
	struct lost_free *lost;
	u64 nr_lost, cap_lost;
	struct trace_super *supers;
	u32 nr_supers;
	u32 nameless_frees; /* cache of frees that match nothing and name no cache; or NO_CACHE */
};

static inline struct hit *hit_at(const struct trace_builder *b, u64 i)
{
	return &b->hits.at[i].hit;
}

/* ---- superblocks ---- */

static int add_super(struct join *j, const char *name, const char *fs)
{
	struct trace_super *supers = realloc(j->supers, (j->nr_supers + 1) * sizeof(*supers));

	if (!supers)
		return -ENOMEM;
	j->supers = supers;
	supers[j->nr_supers++] = (struct trace_super){.name = name, .fs = fs};
	return 0;
}

/* The superblock of an inode cache: one per file system type. 0 when out of memory. */
static u32 super_of(struct join *j, struct cache_entry *c)
{
	if (likely(c->super))
		return c->super;
	for (u32 i = 1; i < j->nr_supers; i++)
		if (!strcmp(j->supers[i].fs, c->cache.fs))
			c->super = i;
	if (!c->super && !add_super(j, c->cache.fs, c->cache.fs))
		c->super = j->nr_supers - 1;
	return c->super;
}

static inline struct trace_record *record_at(const struct join *j, u64 i)
{
	return &j->b->hits.at[i].record;
}

/* The dentries that wait are chained through their sb; gives them their superblock. */
static void settle_dentries(struct join *j, struct task *t, u32 sb)
{
	while (t->pending) {
		struct trace_record *r = record_at(j, t->pending - 1);

		t->pending = r->sb;
		r->sb = sb;
		r->flags |= sb ? TRACE_F_SB_GUESSED : TRACE_F_SB_UNKNOWN;
		j->b->stats.sb_guessed += sb != 0;
		j->b->stats.sb_unknown += sb == 0;
	}
}

static int remember_dentry(struct join *j, u32 id, u64 hit)
{
	if (unlikely(id >= j->cap_ids)) {
		u32 cap = max_of(id + 1, j->cap_ids * 2);
		u32 *grown = realloc(j->dentry_of, (size_t)cap * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		memset(grown + j->cap_ids, 0, (size_t)(cap - j->cap_ids) * sizeof(*grown));
		j->dentry_of = grown;
		j->cap_ids = cap;
	}
	j->dentry_of[id] = (u32)hit + 1;
	return 0;
}

static inline void forget_dentry(struct join *j, u32 id)
{
	if (id < j->cap_ids)
		j->dentry_of[id] = 0;
}

/* ---- allocations and frees ---- */

static inline struct trace_cache *cache_at(const struct join *j, u32 cache)
{
	return &j->b->caches.caches[cache].cache;
}

/* Field by field: a record put together elsewhere and copied would wait for its own stores. */
static inline void start_record(const struct join *j, const struct hit *h, u8 type,
				struct trace_record *r)
{
	r->time_ns = h->time_ns - j->b->first_time;
	r->id = NONE_U32;
	r->memcg = 0;
	r->sb = 0;
	r->peer = NONE_U32;
	r->cache = h->cache;
	r->cpu = h->cpu;
	r->type = type;
	r->flags = 0;
	r->node = -1;
}

static void give_back(struct join *j, struct object_slot *slot)
{
	forget_dentry(j, slot->id);
	id_pool_give(&j->ids, slot->id);
	object_map_remove(&j->objects, slot);
}

/* The object of slot was freed at some time before hit i, unseen. */
static int free_unseen(struct join *j, struct object_slot *slot, const struct hit *h, u64 i)
{
	struct lost_free *lost;

	if (j->nr_lost == j->cap_lost) {
		u64 cap = j->cap_lost ? j->cap_lost * 2 : 64;

		lost = realloc(j->lost, cap * sizeof(*lost));
		if (!lost)
			return -ENOMEM;
		j->lost = lost;
		j->cap_lost = cap;
	}
	lost = &j->lost[j->nr_lost++];
	lost->before = i;
	start_record(j, h, TRACE_FREE, &lost->record);
	lost->record.id = slot->id;
	lost->record.cache = slot->cache;
	cache_at(j, slot->cache)->nr_free++;
	j->b->stats.double_alloc++;
	give_back(j, slot);
	return 0;
}

static inline void charge(struct join *j, const struct hit *h, struct trace_record *r)
{
	const struct cache_entry *c = &j->b->caches.caches[h->cache];
	bool accounted =
		h->flags & HIT_ACCOUNTED || (!(h->flags & HIT_ACCOUNT_SAID) && c->accounted);
	u32 memcg = j->tasks[h->pid].memcg;

	if (accounted)
		r->flags |= TRACE_F_ACCOUNTED;
	if (h->flags & HIT_IRQ || !h->pid)
		return;
	if (memcg) {
		r->memcg = memcg - 1;
	} else if (accounted && !(h->flags & HIT_KTHREAD)) {
		r->flags |= TRACE_F_MEMCG_GUESSED;
		j->b->stats.memcg_guessed++;
	}
}

static int place_inode(struct join *j, const struct hit *h, struct trace_record *r)
{
	struct task *t = &j->tasks[h->pid];
	u32 last = t->pending;

	r->sb = super_of(j, &j->b->caches.caches[h->cache]);
	if (!r->sb)
		return -ENOMEM;
	if (!last || h->flags & HIT_IRQ)
		return 0;
	settle_dentries(j, t, r->sb);
	if (j->dentry_of[record_at(j, last - 1)->id] == last)
		record_at(j, last - 1)->peer = r->id;
	return 0;
}

static int place_dentry(struct join *j, const struct hit *h, struct trace_record *r, u64 i)
{
	struct task *t = &j->tasks[h->pid];

	if (h->flags & HIT_IRQ || !h->pid) {
		r->flags |= TRACE_F_SB_UNKNOWN;
		j->b->stats.sb_unknown++;
	} else {
		r->sb = t->pending;
		t->pending = (u32)i + 1;
	}
	return remember_dentry(j, r->id, i);
}

static int join_alloc(struct join *j, const struct hit *h, struct trace_record *r, u64 i)
{
	struct object_slot *slot = object_map_find(&j->objects, h->ptr);
	u8 kind = cache_at(j, h->cache)->kind;

	cache_at(j, h->cache)->nr_alloc++;
	start_record(j, h, TRACE_ALLOC, r);
	r->node = h->node;
	if (unlikely(slot) && free_unseen(j, slot, h, i))
		return -ENOMEM;
	slot = object_map_add(&j->objects, h->ptr);
	r->id = id_pool_take(&j->ids);
	if (unlikely(!slot || r->id == NONE_U32))
		return -ENOMEM;
	slot->id = r->id;
	slot->cache = h->cache;
	charge(j, h, r);
	if (kind == TRACE_CACHE_DENTRY)
		return place_dentry(j, h, r, i);
	if (kind == TRACE_CACHE_INODE)
		return place_inode(j, h, r);
	return 0;
}

static inline bool by_reclaim(const struct join *j, const struct hit *h)
{
	if (h->flags & (HIT_IRQ | HIT_RCU))
		return false;
	return h->flags & HIT_KSWAPD || j->tasks[h->pid].shrinks;
}

static int join_orphan(struct join *j, const struct hit *h, struct trace_record *r)
{
	static const char unknown[16] = "unknown"; /* with slack behind it */

	if (!(h->flags & HIT_NAMED)) {
		if (j->nameless_frees == NO_CACHE)
			j->nameless_frees =
				cache_table_get(&j->b->caches, (struct slice){unknown, 7});
		if (j->nameless_frees == NO_CACHE)
			return -ENOMEM;
		r->cache = (u16)j->nameless_frees;
	}
	r->flags |= TRACE_F_ORPHAN;
	cache_at(j, r->cache)->nr_free++;
	cache_at(j, r->cache)->nr_orphan_free++;
	j->b->stats.orphan_frees++;
	return 0;
}

static int join_free(struct join *j, const struct hit *h, struct trace_record *r, u64 i)
{
	struct object_slot *slot = object_map_find(&j->objects, h->ptr);

	start_record(j, h, TRACE_FREE, r);
	if (unlikely(by_reclaim(j, h))) {
		r->flags |= TRACE_F_RECLAIM;
		j->b->stats.reclaim_frees++;
	}
	/* Its page went to another cache: the free of the old object was lost. */
	if (unlikely(slot && h->flags & HIT_NAMED && slot->cache != h->cache)) {
		if (free_unseen(j, slot, h, i))
			return -ENOMEM;
		slot = NULL;
	}
	if (likely(slot)) {
		r->id = slot->id;
		r->cache = slot->cache;
		cache_at(j, slot->cache)->nr_free++;
		give_back(j, slot);
		return 0;
	}
	return join_orphan(j, h, r);
}

/* ---- tasks and cgroups ---- */

static void join_fork(struct join *j, const struct hit *h)
{
	struct task *child = &j->tasks[h->child];
	u32 memcg = j->tasks[h->pid].memcg;

	settle_dentries(j, child, 0);
	/* kthreadd's children stay in the root. */
	*child = (struct task){.memcg = h->pid == 2 ? 1 : memcg};
}

static void join_exit(struct join *j, const struct hit *h)
{
	settle_dentries(j, &j->tasks[h->pid], 0);
	j->tasks[h->pid] = (struct task){.memcg = 0};
}

/* *memcg = NONE_U32 if the event is not about a cgroup that is followed. */
static int join_cgroup(struct join *j, const struct hit *h, u32 *memcg)
{
	const struct cgroup_event *e = &j->b->cgroups[h->aux];

	*memcg = NONE_U32;
	if (e->root != j->root)
		return 0;
	if (h->type == RAW_CGROUP_MKDIR)
		*memcg = cgroup_tree_mkdir(&j->tree, e->id, e->path);
	else if (h->type == RAW_CGROUP_RELEASE)
		*memcg = cgroup_tree_find(&j->tree, e->id);
	else
		*memcg = cgroup_tree_get(&j->tree, e->id, e->path);
	return j->tree.failed;
}

static int join_rare(struct join *j, const struct hit *h, struct trace_record *r)
{
	struct task *t = &j->tasks[h->pid];
	u32 memcg;

	start_record(j, h, TRACE_MARK, r);
	r->cache = 0;
	switch (h->type) {
	case RAW_FORK:
		join_fork(j, h);
		return 0;
	case RAW_EXIT:
		join_exit(j, h);
		return 0;
	case RAW_SHRINK_START:
		t->shrinks++;
		return 0;
	case RAW_SHRINK_END:
		t->shrinks -= t->shrinks > 0;
		return 0;
	default:
		break;
	}
	if (join_cgroup(j, h, &memcg))
		return -ENOMEM;
	if (memcg == NONE_U32) {
		j->b->stats.ignored++;
		return 0;
	}
	if (h->type == RAW_CGROUP_ATTACH) {
		j->tasks[j->b->cgroups[h->aux].pid].memcg = memcg + 1;
		return 0;
	}
	r->memcg = memcg;
	if (h->type == RAW_CGROUP_RMDIR)
		cgroup_tree_rmdir(&j->tree, memcg);
	r->type = h->type == RAW_CGROUP_MKDIR	? TRACE_CGROUP_MKDIR
		  : h->type == RAW_CGROUP_RMDIR ? TRACE_CGROUP_RMDIR
						: TRACE_CGROUP_RELEASE;
	return 0;
}

static int join_all(struct join *j)
{
	const struct hits *hits = &j->b->hits;
	int ret = 0;

	for (u64 i = 0; i < hits->n && !ret; i++) {
		union hit_slot *slot = &hits->at[i];
		struct hit h = slot->hit;

		if (likely(i + PREFETCH_AHEAD < hits->n))
			object_map_prefetch(&j->objects, hit_at(j->b, i + PREFETCH_AHEAD)->ptr);
		if (unlikely(h.flags & HIT_SKIP)) {
			start_record(j, &h, TRACE_MARK, &slot->record);
			slot->record.cache = 0;
		} else if (likely(h.type == RAW_CACHE_ALLOC)) {
			ret = join_alloc(j, &h, &slot->record, i);
		} else if (likely(h.type == RAW_CACHE_FREE)) {
			ret = join_free(j, &h, &slot->record, i);
		} else {
			ret = join_rare(j, &h, &slot->record);
		}
	}
	for (u32 pid = 0; pid <= j->b->max_pid && !ret; pid++)
		settle_dentries(j, &j->tasks[pid], 0);
	return ret;
}

/* ---- what leaves ---- */

/* Puts the frees that the recording lost in their places, from the end on. */
static int insert_lost(struct join *j)
{
	struct hits *hits = &j->b->hits;
	u64 from = hits->n, lost = j->nr_lost;

	if (hits_reserve(hits, lost))
		return -ENOMEM;
	hits->n += lost;
	for (u64 to = hits->n; lost;) {
		if (j->lost[lost - 1].before == from)
			hits->at[--to].record = j->lost[--lost].record;
		else
			hits->at[--to] = hits->at[--from];
	}
	return 0;
}

static int hand_out_records(struct join *j, struct trace *out)
{
	struct trace_builder *b = j->b;

	if (insert_lost(j))
		return -ENOMEM;
	out->records_mapped = hits_trim(&b->hits);
	out->records = &b->hits.at->record;
	out->nr_records = b->hits.n;
	b->hits = (struct hits){.at = NULL};
	return 0;
}

static int copy_tables(struct join *j, struct trace *out)
{
	struct trace_builder *b = j->b;

	out->nr_caches = b->caches.nr_caches;
	out->nr_memcgs = j->tree.n;
	out->nr_supers = j->nr_supers;
	out->caches = arena_array(b->arena, out->nr_caches, sizeof(*out->caches));
	out->memcgs = arena_array(b->arena, out->nr_memcgs, sizeof(*out->memcgs));
	out->supers = arena_array(b->arena, out->nr_supers, sizeof(*out->supers));
	if (!out->caches || !out->memcgs || !out->supers)
		return -ENOMEM;
	for (u32 i = 0; i < out->nr_caches; i++)
		out->caches[i] = b->caches.caches[i].cache;
	memcpy(out->memcgs, j->tree.memcgs, out->nr_memcgs * sizeof(*out->memcgs));
	memcpy(out->supers, j->supers, out->nr_supers * sizeof(*out->supers));
	out->nr_ids = j->ids.next;
	return 0;
}

static void join_destroy(struct join *j)
{
	object_map_destroy(&j->objects);
	id_pool_destroy(&j->ids);
	cgroup_tree_destroy(&j->tree);
	free(j->tasks);
	free(j->dentry_of);
	free(j->lost);
	free(j->supers);
}

static int join_init(struct join *j)
{
	if (object_map_init(&j->objects) || cgroup_tree_init(&j->tree, j->b->arena) ||
	    add_super(j, "unknown", "unknown"))
		return -ENOMEM;
	/* Pages of pids that never show up are never touched. */
	j->tasks = calloc((size_t)j->b->max_pid + 1, sizeof(*j->tasks));
	return j->tasks ? 0 : -ENOMEM;
}

int trace_join(struct trace_builder *b, u32 root, struct trace *out)
{
	struct join j = {.b = b, .root = root, .nameless_frees = NO_CACHE};
	int ret = join_init(&j);

	if (!ret && b->nameless)
		ret = trace_name_allocations(b);
	if (!ret)
		ret = join_all(&j);
	if (!ret)
		ret = hand_out_records(&j, out);
	if (!ret)
		ret = copy_tables(&j, out);
	join_destroy(&j);
	return ret;
}
