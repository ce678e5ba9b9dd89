// SPDX-License-Identifier: GPL-3.0-or-later
#include "list_lru/internal.h"

#include <errno.h>
#include <string.h>

static u32 block_bytes(const struct lru_system *s)
{
	size_t lists = sizeof(struct lru_list) * LRU_LISTS * s->nr_nodes;

	/* whole cache lines: what an allocation looks at is in the first one */
	return (u32)div_round_up(sizeof(struct lru_block) + lists, 64) * 64;
}

static u32 set_bytes(const struct lru_system *s)
{
	return (u32)(sizeof(struct lru_set) +
		     sizeof(struct lru_array) * LRU_LISTS * s->nr_node_ids);
}

int lru_system_init(struct lru_system *s, struct memcg_system *memcg, struct flat *objects,
		    const struct lru_spec *spec)
{
	int *failed = &memcg->e->failed;
	struct cache_spec xa = {.name = "radix_tree_node", .size = memcg->row->xa_node};

	*s = (struct lru_system){
		.e = memcg->e,
		.m = memcg->m,
		.slab = memcg->slab,
		.memcg = memcg,
		.ops = memcg->ops,
		.row = memcg->row,
		.policy = spec->policy,
		.inodes = spec->inodes,
		.falls_back = spec->policy->by_mount || spec->inodes != LRU_INODES_ALL,
		.nr_nodes = spec->nodes ? spec->nodes : memcg->m->nr_nodes,
		.nr_node_ids = spec->nodes ? spec->nodes : memcg->m->nr_node_ids,
		.objects = objects,
	};
	xa.object_size = xa.size - 8;
	xa.flags = CACHE_RECLAIM_ACCOUNT;
	s->xa_cache = kmem_cache_find(s->slab, xa.name);
	if (!s->xa_cache)
		s->xa_cache = kmem_cache_create(s->slab, &xa);
	if (!s->xa_cache || flat_init(&s->sets, set_bytes(s), MAX_SUPERS, false, failed) ||
	    lru_blocks_init(s, block_bytes(s)) ||
	    flat_init(&s->xa_nodes, 8, MAX_BLOCKS, false, failed) ||
	    idmap_init(&s->xa_of, 64, failed) ||
	    flat_init(&s->ones, LRU_ONE_BYTES, MAX_BLOCKS, false, failed) ||
	    idmap_init(&s->one_of, 64, failed))
		return -ENOMEM;
	return 0;
}

void lru_system_destroy(struct lru_system *s)
{
	flat_destroy(&s->sets);
	lru_blocks_destroy(s);
	flat_destroy(&s->xa_nodes);
	idmap_destroy(&s->xa_of);
	flat_destroy(&s->ones);
	idmap_destroy(&s->one_of);
}

/* ---- sets ---- */

u32 lru_set_register(struct lru_system *s, enum lru_set_kind kind, u32 nr_lists,
		     const struct task *t)
{
	u32 id = flat_take(&s->sets);
	struct lru_set *set;

	if (!id)
		return 0;
	set = lru_set_at(s, id);
	memset(set, 0, s->sets.elem);
	set->nr_lists = (u8)nr_lists;
	set->kind = (u8)kind;
	set->live = 1;
	set->next = s->newest;
	if (s->newest)
		lru_set_at(s, s->newest)->prev = id;
	s->newest = id;
	s->registered++;
	set->root_block = lru_block_make(s, id, ROOT_MEMCG);
	/* kcalloc(nr_node_ids, sizeof(struct list_lru_node)) for each list */
	if (!set->root_block ||
	    footprint_kmalloc(s->slab, &set->nodes, (u64)s->row->list_lru_node * s->nr_node_ids,
			      nr_lists, t)) {
		lru_set_unregister(s, id, t->cpu);
		return 0;
	}
	lru_account(s, &s->other_bytes, set->nodes.bytes);
	/* the lists of the root are in the nodes */
	lru_count_heads(s, (s64)nr_lists * s->nr_node_ids);
	if (s->policy->set_register(s, id, t)) {
		lru_set_unregister(s, id, t->cpu);
		return 0;
	}
	return id;
}

void lru_set_unregister(struct lru_system *s, u32 id, u16 cpu)
{
	struct lru_set *set = lru_set_at(s, id);
	struct footprint nodes = set->nodes;

	s->policy->set_unregister(s, id, cpu);
	while (set->blocks) {
		u32 block = set->blocks;

		s->policy->block_gone(s, block);
		lru_block_drop(s, block);
	}
	if (set->root_block)
		lru_block_drop(s, set->root_block);
	if (nodes.bytes) {
		lru_account(s, &s->other_bytes, -(s64)nodes.bytes);
		lru_count_heads(s, -(s64)set->nr_lists * s->nr_node_ids);
		footprint_free(s->slab, &nodes, cpu);
	}
	if (set->prev)
		lru_set_at(s, set->prev)->next = set->next;
	else
		s->newest = set->next;
	if (set->next)
		lru_set_at(s, set->next)->prev = set->prev;
	s->registered--;
	set->live = 0;
	flat_give(&s->sets, id);
}

int lru_ids_resized(struct lru_system *s, u32 old_size, u32 new_size, const struct task *t)
{
	return s->policy->ids_resized ? s->policy->ids_resized(s, old_size, new_size, t) : 0;
}

/* ---- objects ---- */

static void count_used(struct lru_system *s, s64 lists)
{
	ratio_note(&s->used_ratio, s->e, s->used.level, s->heads.level);
	gauge_add(&s->used, s->e, lists);
}

u32 lru_slab_alloc(struct lru_system *s, u32 cache, u32 set, u32 list, const struct task *t,
		   u32 *owner)
{
	/* the hook runs before the allocation, for the memcg that will be charged */
	if (s->policy->object_alloc && t->memcg > ROOT_MEMCG &&
	    s->memcg->accounting->has_kmem_ids &&
	    !(unlikely(s->falls_back) && lru_set_at(s, set)->unaware >> list & 1) &&
	    ((cache_at(s->slab, cache)->flags & CACHE_ACCOUNT) || (t->gfp & GFP_ACCOUNT)) &&
	    s->policy->object_alloc(s, set, list, memcg_nearest_online(s->memcg, t->memcg), t))
		return 0;
	return memcg_slab_alloc(s->memcg, cache, t, -1, owner);
}

static u32 node_index(const struct lru_system *s, const struct object *o)
{
	return s->nr_nodes == 1 ? 0 : o->node;
}

/*
 * Block for an object of a memcg: its own; or (by_mount) that of the nearest ancestor that has one, as xarrays are
 * walked up from v6.13 on; or the root's, where no memcg is given a list because allocations do not say the lru.
 */
static u32 block_for(struct lru_system *s, u32 set, u32 list, u32 memcg, bool make)
{
	u32 block;

	if (likely(!s->falls_back))
		return lru_block_find(s, set, memcg, make);
	if (lru_set_at(s, set)->unaware >> list & 1)
		return lru_set_at(s, set)->root_block;
	if (!s->policy->by_mount || lru_set_at(s, set)->kind != LRU_SET_SUPER)
		return lru_block_find(s, set, memcg, make);
	while (!(block = lru_block_find(s, set, memcg, false)))
		memcg = memcg_at(s->memcg, memcg)->parent;
	return block;
}

static void lose(struct lru_system *s, u32 id)
{
	object_at(s->objects, id)->untracked = 1;
	gauge_add(&s->nr_untracked, s->e, 1);
	s->add_failed++;
	if (s->untracked)
		s->untracked(s->untracked_ctx, id);
}

void lru_track(struct lru_system *s, u32 id)
{
	object_at(s->objects, id)->untracked = 0;
	gauge_add(&s->nr_untracked, s->e, -1);
}

/* Is there a head for what comes to a list that may be empty? */
static bool has_head(struct lru_system *s, u32 block, u32 list, u32 node, u16 cpu)
{
	const struct lru_block *b = lru_block_at(s, block);

	return b->memcg == ROOT_MEMCG || b->lists[list * s->nr_nodes + node].nr ||
	       s->policy->head_get(s, block, list, node, cpu);
}

void lru_add(struct lru_system *s, u32 set, u32 list, u32 id, u16 cpu)
{
	struct object *o = object_at(s->objects, id);
	u32 memcg = lru_memcg_of(s, o->owner), block = block_for(s, set, list, memcg, true),
	    node = node_index(s, o);
	struct lru_block *b = lru_block_at(s, block);
	struct lru_list *l;

	if (!block)
		return;
	if (unlikely(s->policy->head_get != NULL) && !has_head(s, block, list, node, cpu)) {
		lose(s, id);
		return;
	}
	s->fallbacks += b->memcg != memcg;
	l = lru_list_at(s, b, list, node);
	o->prev = l->tail;
	o->next = 0;
	if (l->tail) {
		object_at(s->objects, l->tail)->next = id;
	} else {
		l->head = id;
		lru_links_at(s, block)->map |= 1ULL << node;
		count_used(s, 1);
	}
	l->tail = id;
	l->nr++;
	o->flags |= OBJ_ON_LRU;
	s->items++;
}

static void unlink_item(struct lru_system *s, struct lru_list *l, struct object *o)
{
	if (o->prev)
		object_at(s->objects, o->prev)->next = o->next;
	else
		l->head = o->next;
	if (o->next)
		object_at(s->objects, o->next)->prev = o->prev;
	else
		l->tail = o->prev;
}

void lru_del(struct lru_system *s, u32 set, u32 list, u32 id)
{
	struct object *o = object_at(s->objects, id);
	u32 block = block_for(s, set, list, lru_memcg_of(s, o->owner), false);
	struct lru_list *l;

	sim_assert(block);
	l = lru_list_at(s, lru_block_at(s, block), list, node_index(s, o));
	unlink_item(s, l, o);
	o->flags &= (u8)~OBJ_ON_LRU;
	if (!--l->nr)
		count_used(s, -1);
	s->items--;
}

void lru_rotate(struct lru_system *s, struct lru_list *l, u32 id)
{
	struct object *o = object_at(s->objects, id);

	if (l->tail == id)
		return;
	unlink_item(s, l, o);
	o->prev = l->tail;
	o->next = 0;
	object_at(s->objects, l->tail)->next = id;
	l->tail = id;
}

/* list_splice_init(src, dst): what moves goes to the front, the oldest end. */
static void splice(struct lru_system *s, struct lru_list *src, struct lru_list *dst)
{
	if (!src->nr)
		return;
	if (dst->nr)
		count_used(s, -1);
	object_at(s->objects, src->tail)->next = dst->head;
	if (dst->head)
		object_at(s->objects, dst->head)->prev = src->tail;
	else
		dst->tail = src->tail;
	dst->head = src->head;
	dst->nr += src->nr;
	*src = (struct lru_list){0};
}

/* The destination of a splice has no head, and there is no memory for one. */
static void lose_list(struct lru_system *s, struct lru_list *l)
{
	u32 next;

	if (l->nr)
		count_used(s, -1);
	s->items -= l->nr;
	for (u32 id = l->head; id; id = next) {
		next = object_at(s->objects, id)->next;
		object_at(s->objects, id)->flags &= (u8)~OBJ_ON_LRU;
		lose(s, id);
	}
	*l = (struct lru_list){0};
}

static void reparent_block(struct lru_system *s, u32 from, u32 to)
{
	struct lru_block *src = lru_block_at(s, from), *dst = lru_block_at(s, to);

	for (u32 node = 0; node < s->nr_nodes; node++) {
		for (u32 list = 0; list < LRU_LISTS; list++) {
			struct lru_list *l = lru_list_at(s, src, list, node);

			if (l->nr && s->policy->head_get && !has_head(s, to, list, node, 0))
				lose_list(s, l);
			if (l->nr && dst->memcg != ROOT_MEMCG)
				lru_links_at(s, to)->map |= 1ULL << node;
			splice(s, l, lru_list_at(s, dst, list, node));
		}
	}
	/* counters are of the machine's nodes, also where lists are not NUMA aware */
	for (u32 node = 0; node < s->m->nr_nodes; node++) {
		*lru_block_deferred(s, to, node) += *lru_block_deferred(s, from, node);
		*lru_block_deferred(s, from, node) = 0;
	}
}

void lru_memcg_offline(struct lru_system *s, u32 memcg)
{
	u32 parent = memcg_at(s->memcg, memcg)->parent, block = lru_first_block_of_memcg(s, memcg);

	while (memcg_at(s->memcg, parent)->state >= MEMCG_OFFLINE)
		parent = memcg_at(s->memcg, parent)->parent;
	while (block) {
		u32 next = lru_links_at(s, block)->next_of_memcg;
		/* both lists: none has objects that are not on the root's where one is unaware */
		u32 to = block_for(s, lru_block_at(s, block)->set, LRU_DENTRY, parent, true);

		if (!to)
			return;
		reparent_block(s, block, to);
		s->policy->block_gone(s, block);
		lru_block_drop(s, block);
		s->e->visited++;
		block = next;
	}
}

/* ---- recount ---- */

static const char *check_list(const struct lru_system *s, const struct lru_list *l, u32 set,
			      u32 node)
{
	u32 n = 0, prev = 0;

	for (u32 id = l->head; id; prev = id, id = object_at(s->objects, id)->next, n++) {
		const struct object *o = object_at(s->objects, id);

		if (!(o->flags & OBJ_ON_LRU) || o->prev != prev)
			return "an LRU list is broken";
		if (node_index(s, o) != node)
			return "an object is on another node's LRU list";
		if (o->kind == OBJECT_FREE || (o->flags & OBJ_GONE))
			return "a freed object is on an LRU list";
		(void)set;
	}
	return n == l->nr && l->tail == prev ? NULL : "an LRU list's length differs from its count";
}

const char *lru_system_check(const struct lru_system *s)
{
	s64 items = 0, used = 0;

	for (u32 id = 1; id < s->blocks.n; id++) {
		struct lru_block *b = lru_block_at(s, id);

		if (!b->memcg)
			continue;
		if (memcg_at(s->memcg, b->memcg)->state >= MEMCG_OFFLINE)
			return "an offline cgroup has LRU lists";
		for (u32 list = 0; list < LRU_LISTS; list++) {
			for (u32 node = 0; node < s->nr_nodes; node++) {
				const struct lru_list *l = lru_list_at(s, b, list, node);
				const char *why = check_list(s, l, b->set, node);

				if (why)
					return why;
				items += l->nr;
				used += l->nr > 0;
				if (l->nr && b->memcg != ROOT_MEMCG &&
				    !(lru_links_at(s, id)->map >> node & 1))
					return "a list with objects has no shrinker bit";
			}
		}
	}
	if (items != s->items || used != s->used.level)
		return "objects on LRU lists differ from their count";
	return NULL;
}
