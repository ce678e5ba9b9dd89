// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * list_lru: first-insert. Models Bharata B Rao's proposal of 5 April 2021 and Dave Chinner's "add the memcg to
 * the list_lru at first insert" (KERNEL_FACTS 3.3; never merged): the arrays are there for every id, empty; a
 * list_lru_one comes with the first object that goes on the list, under the locks of list_lru_add(), so with
 * GFP_ATOMIC. Where that fails the object is on no LRU and no shrinker finds it. A head stays for the next
 * owner of its row and goes with the superblock. SEEDS P1: kmalloc-32 stays low, the arrays stay.
 */
#include "list_lru/internal.h"

/* A list_lru_one. */
struct lru_one {
	u32 next; /* of its set; first: free list */
	u32 slab;
	u16 row;
	u16 array; /* list * nr_node_ids + node */
};

_Static_assert(sizeof(struct lru_one) == LRU_ONE_BYTES, "the size of a record");

static struct lru_one *one_at(const struct lru_system *s, u32 id)
{
	return (struct lru_one *)(void *)s->ones.base + id;
}

static u64 one_key(u32 set, u32 array, u32 row)
{
	return (u64)set << 32 | array << 16 | row;
}

static void account(struct lru_system *s, u32 set, s64 heads)
{
	struct gauge *g =
		lru_set_at(s, set)->kind == LRU_SET_SHADOW ? &s->shadow_bytes : &s->lists_bytes;

	lru_account(s, g, heads * kmalloc_class_size(kmalloc_class(s->slab, s->row->list_lru_one)));
	lru_count_heads(s, heads);
}

/* list_lru_add() of the first object for a list of a memcg; also when a child's lists are spliced to it. */
static bool head_get(struct lru_system *s, u32 block, u32 list, u32 node, u16 cpu)
{
	u32 set = lru_block_at(s, block)->set, array = list * s->nr_node_ids + node, id;
	u32 row = (u32)memcg_at(s->memcg, lru_block_at(s, block)->memcg)->kmemcg_id;
	struct task t = {.memcg = ROOT_MEMCG, .cpu = cpu, .gfp = GFP_ATOMIC};
	struct kmem_ref ref;

	sim_assert(memcg_at(s->memcg, lru_block_at(s, block)->memcg)->kmemcg_id >= 0);
	if (idmap_get(&s->one_of, one_key(set, array, row)))
		return true;
	ref = kmem_alloc(s->slab, s->row->list_lru_one, &t);
	id = ref.slab ? flat_take(&s->ones) : 0;
	if (!id || !idmap_put(&s->one_of, one_key(set, array, row), id)) {
		kmem_free(s->slab, ref, cpu);
		return false;
	}
	*one_at(s, id) = (struct lru_one){
		.next = lru_set_at(s, set)->ones,
		.slab = ref.slab,
		.row = (u16)row,
		.array = (u16)array,
	};
	lru_set_at(s, set)->ones = id;
	account(s, set, 1);
	return true;
}

static void set_unregister(struct lru_system *s, u32 set, u16 cpu)
{
	u32 *first = &lru_set_at(s, set)->ones;

	while (*first) {
		u32 id = *first;
		struct lru_one one = *one_at(s, id);

		*first = one.next;
		idmap_remove(&s->one_of, one_key(set, one.array, one.row));
		flat_give(&s->ones, id);
		kmem_free(s->slab, (struct kmem_ref){.slab = one.slab}, cpu);
		account(s, set, -1);
	}
	lru_table_unregister(s, set, cpu);
}

const struct list_lru_policy list_lru_first_insert = {
	.name = "first-insert",
	.id_table = true,
	.set_register = lru_table_register,
	.set_unregister = set_unregister,
	.ids_resized = lru_table_grow,
	.head_get = head_get,
	.block_gone = lru_table_block_gone,
};
