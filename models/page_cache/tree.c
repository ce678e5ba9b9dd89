// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Radix tree (later xarray) nodes of mappings: lib/radix-tree.c, lib/xarray.c as the page cache uses them.
 * A leaf holds 64 pages or shadows, nodes above it 64 nodes each; a lone entry at index 0 needs no node.
 * Nodes are charged to the task that inserts (KERNEL_FACTS 3.1, 3.4). A leaf with shadows alone is on the
 * shadow nodes' list_lru (1.9).
 */
#include "page_cache/internal.h"

#include <errno.h>

#define MAX_LEAVES (1U << 26)

/* A node above the leaves. */
struct upper {
	u32 object; /* first: free list */
	u32 count; /* nodes below */
};

static struct upper *upper_at(const struct page_cache *pc, u32 id)
{
	return (struct upper *)(void *)pc->uppers.base + id;
}

static u64 leaf_key(u32 mapping, u32 prefix)
{
	return (u64)mapping << 32 | prefix;
}

static u64 upper_key(u32 mapping, u32 level, u32 prefix)
{
	return (u64)mapping << 35 | (u64)level << 32 | prefix;
}

int trees_init(struct page_cache *pc)
{
	int *failed = &pc->e->failed;

	return flat_init(&pc->leaves, sizeof(struct leaf), MAX_LEAVES, true, failed) ||
			       flat_init(&pc->uppers, sizeof(struct upper), MAX_LEAVES, false,
					 failed) ||
			       idmap_init(&pc->leaf_of, 64, failed) ||
			       idmap_init(&pc->upper, 64, failed)
		       ? -ENOMEM
		       : 0;
}

void trees_destroy(struct page_cache *pc)
{
	flat_destroy(&pc->leaves);
	flat_destroy(&pc->uppers);
	idmap_destroy(&pc->leaf_of);
	idmap_destroy(&pc->upper);
}

u32 leaf_find(const struct page_cache *pc, u32 mapping, u32 prefix)
{
	return prefix ? idmap_get(&pc->leaf_of, leaf_key(mapping, prefix))
		      : mapping_at(pc, mapping)->first_leaf;
}

/* A radix_tree_node, charged to the task's memcg. Object id or 0. */
static u32 node_alloc(struct page_cache *pc, const struct task *t)
{
	struct task accounted = *t;

	accounted.gfp |= GFP_ACCOUNT;
	return plain_lru_alloc(pc->vfs, pc->node_cache, pc->shadow_set, LRU_SHADOW, &accounted);
}

/* ---- nodes above the leaves ---- */

u32 upper_find(const struct page_cache *pc, u32 mapping, u32 level, u32 prefix)
{
	return idmap_get(&pc->upper, upper_key(mapping, level, prefix));
}

u32 upper_children(const struct page_cache *pc, u32 upper)
{
	return upper_at(pc, upper)->count;
}

/* Levels that hold a prefix. */
static u32 height_for(u32 prefix)
{
	u32 height = 1;

	for (; prefix; prefix >>= XA_CHUNK_SHIFT)
		height++;
	return height;
}

/*
 * Nodes for one insertion. They are there before the tree changes, because an allocation may reclaim, and
 * reclaim changes trees.
 */
struct node_pool {
	u32 objects
		[16]; /* a leaf's and those above it, twice: an old top gets new ones above it too */
	u32 n, used;
};

static u32 pool_take(struct node_pool *pool)
{
	sim_assert(pool->used < pool->n);
	return pool->objects[pool->used++];
}

/* A node above one child. 0 or -ENOMEM. */
static int upper_new(struct page_cache *pc, u32 mapping, u32 level, u32 prefix,
		     struct node_pool *pool)
{
	u32 id = flat_take(&pc->uppers);

	if (!id)
		return -ENOMEM;
	*upper_at(pc, id) = (struct upper){.object = pool_take(pool), .count = 1};
	return idmap_put(&pc->upper, upper_key(mapping, level, prefix), id) ? 0 : -ENOMEM;
}

/* A leaf got its node: it is counted above, where nodes are made that are not there. */
static int link_up(struct page_cache *pc, u32 mapping, u32 prefix, struct node_pool *pool)
{
	for (u32 level = 1; level < mapping_at(pc, mapping)->height; level++) {
		u32 id = upper_find(pc, mapping, level, prefix >>= XA_CHUNK_SHIFT);

		if (id) {
			upper_at(pc, id)->count++;
			return 0;
		}
		if (upper_new(pc, mapping, level, prefix, pool))
			return -ENOMEM;
	}
	return 0;
}

static void upper_free(struct page_cache *pc, u32 mapping, u32 level, u32 prefix, u16 cpu)
{
	u32 id = upper_find(pc, mapping, level, prefix);

	plain_free_rcu(pc->vfs, upper_at(pc, id)->object, cpu);
	idmap_remove(&pc->upper, upper_key(mapping, level, prefix));
	flat_give(&pc->uppers, id);
}

/* A top with nothing but its first child goes (radix_tree_shrink(), xas_shrink()). */
static void shrink_tree(struct page_cache *pc, u32 mapping, u16 cpu)
{
	struct mapping *m = mapping_at(pc, mapping);

	while (m->height > 1) {
		u32 level = m->height - 1, top = upper_find(pc, mapping, level, 0);
		u32 child = level == 1 ? m->first_leaf : upper_find(pc, mapping, level - 1, 0);

		if (upper_at(pc, top)->count > 1 || !child)
			return;
		upper_free(pc, mapping, level, 0, cpu);
		m->height--;
	}
}

/* A leaf with a node went: so do the nodes above it that held nothing else. */
static void unlink_up(struct page_cache *pc, u32 mapping, u32 prefix, u16 cpu)
{
	struct mapping *m = mapping_at(pc, mapping);

	for (u32 level = 1; level < m->height; level++) {
		u32 id = upper_find(pc, mapping, level, prefix >>= XA_CHUNK_SHIFT);

		if (--upper_at(pc, id)->count) {
			shrink_tree(pc, mapping, cpu);
			return;
		}
		upper_free(pc, mapping, level, prefix, cpu);
	}
	m->height = 1;
}

/* ---- leaves ---- */

static u32 leaf_new(struct page_cache *pc, u32 mapping, u32 prefix)
{
	u32 id = flat_take(&pc->leaves);
	struct mapping *m = mapping_at(pc, mapping);

	if (!id)
		return 0;
	if (prefix && !idmap_put(&pc->leaf_of, leaf_key(mapping, prefix), id)) {
		flat_give(&pc->leaves, id);
		return 0;
	}
	*leaf_at(pc, id) = (struct leaf){.mapping = mapping, .prefix = prefix, .next = m->leaves};
	if (m->leaves)
		leaf_at(pc, m->leaves)->prev = id;
	m->leaves = id;
	if (!prefix)
		m->first_leaf = id;
	return id;
}

static void leaf_free(struct page_cache *pc, u32 id, u16 cpu)
{
	struct leaf *l = leaf_at(pc, id);
	u32 mapping = l->mapping, prefix = l->prefix, object = l->object;
	struct mapping *m = mapping_at(pc, mapping);

	if (prefix)
		idmap_remove(&pc->leaf_of, leaf_key(mapping, prefix));
	else
		m->first_leaf = 0;
	if (l->prev)
		leaf_at(pc, l->prev)->next = l->next;
	else
		m->leaves = l->next;
	if (l->next)
		leaf_at(pc, l->next)->prev = l->prev;
	flat_give(&pc->leaves, id);
	if (!object)
		return;
	if (obj(pc->vfs, object)->flags & OBJ_ON_LRU)
		lru_del(pc->lru, pc->shadow_set, LRU_SHADOW, object);
	if (unlikely(obj(pc->vfs, object)->untracked))
		lru_track(pc->lru, object);
	plain_free_rcu(pc->vfs, object, cpu);
	unlink_up(pc, mapping, prefix, cpu);
}

/*
 * How many nodes an insertion at prefix will make. node: the leaf needs one; a lone entry at index 0 does
 * without, until the tree grows above it.
 */
static u32 nodes_needed(const struct page_cache *pc, u32 mapping, u32 prefix, bool node)
{
	const struct mapping *m = mapping_at(pc, mapping);
	u32 height = max_of(m->height, height_for(prefix)), leaf = leaf_find(pc, mapping, prefix),
	    n = 0;

	if (m->leaves && height > m->height)
		n = height - m->height + (m->first_leaf && !leaf_at(pc, m->first_leaf)->object);
	if (!node || (leaf && leaf_at(pc, leaf)->object))
		return n;
	n++;
	for (u32 level = 1; level < height; level++) {
		bool made_by_growth =
			m->leaves && level >= m->height && !(prefix >> XA_CHUNK_SHIFT);

		prefix >>= XA_CHUNK_SHIFT;
		n += !made_by_growth && !upper_find(pc, mapping, level, prefix);
	}
	return n;
}

/* On or off the shadow nodes' lru. */
static void settle_node(struct page_cache *pc, const struct leaf *l)
{
	bool on_lru, shadows_alone = !l->pages && l->shadows;

	if (!l->object)
		return;
	on_lru = obj(pc->vfs, l->object)->flags & OBJ_ON_LRU;
	/* workingset_update_node() tries again each time */
	if (unlikely(obj(pc->vfs, l->object)->untracked))
		lru_track(pc->lru, l->object);
	if (shadows_alone && !on_lru)
		lru_add(pc->lru, pc->shadow_set, LRU_SHADOW, l->object, pc->cpu);
	else if (!shadows_alone && on_lru)
		lru_del(pc->lru, pc->shadow_set, LRU_SHADOW, l->object);
}

static void leaf_set_node(struct page_cache *pc, u32 leaf, struct node_pool *pool)
{
	u32 object = pool_take(pool);

	leaf_at(pc, leaf)->object = object;
	obj(pc->vfs, object)->parent = leaf;
	settle_node(pc, leaf_at(pc, leaf));
}

/* The tree grows at its top: what was the top becomes the first child of a new one. */
static int grow(struct page_cache *pc, u32 mapping, u32 height, struct node_pool *pool)
{
	struct mapping *m = mapping_at(pc, mapping);

	if (m->leaves && m->height < height && m->first_leaf && !leaf_at(pc, m->first_leaf)->object)
		leaf_set_node(pc, m->first_leaf, pool);
	for (; m->height < height; m->height++)
		if (m->leaves && upper_new(pc, mapping, m->height, 0, pool))
			return -ENOMEM;
	return 0;
}

/* Nothing is allocated and nothing reclaimed from here on. */
static u32 insert(struct page_cache *pc, u32 mapping, u32 prefix, bool node, struct node_pool *pool)
{
	u32 leaf;

	if (grow(pc, mapping, height_for(prefix), pool))
		return 0;
	leaf = leaf_find(pc, mapping, prefix);
	if (!leaf)
		leaf = leaf_new(pc, mapping, prefix);
	if (!leaf || !node || leaf_at(pc, leaf)->object)
		return leaf;
	leaf_set_node(pc, leaf, pool);
	return link_up(pc, mapping, prefix, pool) ? 0 : leaf;
}

u32 leaf_make(struct page_cache *pc, u32 mapping, u32 prefix, bool node, const struct task *t)
{
	struct node_pool pool = {.n = 0};
	u32 leaf = 0;

	for (;;) {
		bool with_node = node || mapping_at(pc, mapping)->height > 1;

		if (nodes_needed(pc, mapping, prefix, with_node) <= pool.n) {
			leaf = insert(pc, mapping, prefix, with_node, &pool);
			break;
		}
		pool.objects[pool.n] = node_alloc(pc, t);
		if (!pool.objects[pool.n])
			break;
		pool.n++;
	}
	/* reclaim may have made room meanwhile, or there is no memory */
	while (pool.used < pool.n)
		plain_free_rcu(pc->vfs, pool_take(&pool), t->cpu);
	return leaf;
}

bool mapping_shrinkable(const struct page_cache *pc, u32 mapping)
{
	const struct mapping *m = mapping_at(pc, mapping);

	return !m->leaves || (!m->pages && m->leaves == m->first_leaf &&
			      !leaf_at(pc, m->leaves)->next && !leaf_at(pc, m->leaves)->object);
}

void leaf_settle(struct page_cache *pc, u32 id, u16 cpu)
{
	struct leaf *l = leaf_at(pc, id);
	u32 mapping = l->mapping, inode = mapping_at(pc, mapping)->inode;

	if (!l->pages && !l->shadows)
		leaf_free(pc, id, cpu);
	else
		settle_node(pc, l);
	if (inode && mapping_shrinkable(pc, mapping))
		inode_became_shrinkable(pc->vfs, inode, cpu);
}
