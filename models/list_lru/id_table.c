// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Arrays by row of the id table (KERNEL_FACTS 3.2): every list_lru has an array of pointers on every node, a
 * pointer for each row of the table, and (policy->all_heads) a list_lru_one for each of them at once.
 */
#include "list_lru/internal.h"

#include <errno.h>

#define ARRAY_HEADER 16 /* rcu_head */

static struct gauge *heads_gauge(struct lru_system *s, const struct lru_set *set)
{
	return set->kind == LRU_SET_SHADOW ? &s->shadow_bytes : &s->lists_bytes;
}

static u32 head_class(const struct lru_system *s)
{
	return kmalloc_class(s->slab, s->row->list_lru_one);
}

/* The heads behind the first `size` go. */
static void trim_heads(struct lru_system *s, u32 set, u32 i, u64 size, u16 cpu)
{
	const struct lru_array *a = &lru_set_at(s, set)->arrays[i];
	u64 extra = a->heads ? extent_at(s->slab, a->heads)->count : 0;

	if (extra <= size)
		return;
	extra -= size;
	extent_trim(s->slab, a->heads, extra, cpu);
	lru_account(s, heads_gauge(s, lru_set_at(s, set)),
		    -(s64)(extra * kmalloc_class_size(head_class(s))));
	lru_count_heads(s, -(s64)extra);
}

static int add_heads(struct lru_system *s, u32 set, u32 i, u32 count, const struct task *t)
{
	struct lru_array *a = &lru_set_at(s, set)->arrays[i];
	u64 before;

	if (!a->heads)
		a->heads = extent_alloc(s->slab, s->slab->kmalloc[head_class(s)], 0, t);
	if (!a->heads)
		return -ENOMEM;
	before = extent_at(s->slab, a->heads)->count;
	if (extent_grow(s->slab, a->heads, count, t)) {
		extent_trim(s->slab, a->heads, extent_at(s->slab, a->heads)->count - before,
			    t->cpu);
		return -ENOMEM;
	}
	return 0;
}

/* Readers may hold the old array for a grace period. */
static void replace_array(struct lru_system *s, struct lru_array *a, struct kmem_ref ref, u16 cpu)
{
	struct kmem_ref old = a->ref;

	a->ref = ref;
	lru_account(s, &s->arrays_bytes, (s64)kmem_ref_bytes(s->slab, ref));
	if (!old.slab && !old.pfn)
		return;
	lru_account(s, &s->arrays_bytes, -(s64)kmem_ref_bytes(s->slab, old));
	kmem_free_rcu(s->slab, old, cpu);
}

/*
 * An array of `size` pointers and heads for the last `count` of them; an old array goes by RCU. Where
 * memory ends in between, the old array stays.
 */
static int grow_array(struct lru_system *s, u32 set, u32 i, u32 size, u32 count,
		      const struct task *t)
{
	struct lru_array *a = &lru_set_at(s, set)->arrays[i];
	struct kmem_ref ref = kmem_alloc(s->slab, ARRAY_HEADER + 8ULL * size, t);

	if (!ref.slab && !ref.pfn)
		return -ENOMEM;
	if (s->policy->all_heads && add_heads(s, set, i, count, t)) {
		kmem_free(s->slab, ref, t->cpu);
		return -ENOMEM;
	}
	replace_array(s, a, ref, t->cpu);
	if (!s->policy->all_heads)
		return 0;
	lru_account(s, heads_gauge(s, lru_set_at(s, set)),
		    (s64)count * kmalloc_class_size(head_class(s)));
	lru_count_heads(s, count);
	return 0;
}

/* All arrays of a set, in the order of memcg_list_lrus: the lru initialised last comes first. */
static int grow_set(struct lru_system *s, u32 set, u32 size, u32 count, const struct task *t)
{
	for (u32 list = lru_set_at(s, set)->nr_lists; list--;)
		for (u32 node = 0; node < s->nr_node_ids; node++)
			if (grow_array(s, set, list * s->nr_node_ids + node, size, count, t))
				return -ENOMEM;
	return 0;
}

int lru_table_register(struct lru_system *s, u32 set, const struct task *t)
{
	u32 size = s->memcg->nr_cache_ids;

	return grow_set(s, set, size, size, t);
}

void lru_table_unregister(struct lru_system *s, u32 id, u16 cpu)
{
	struct lru_set *set = lru_set_at(s, id);

	for (u32 i = 0; i < (u32)set->nr_lists * s->nr_node_ids; i++) {
		struct lru_array *a = &set->arrays[i];

		if (a->heads) {
			s64 count = (s64)extent_at(s->slab, a->heads)->count;

			lru_account(s, heads_gauge(s, set),
				    -count * (s64)kmalloc_class_size(head_class(s)));
			lru_count_heads(s, -count);
			extent_free(s->slab, a->heads, cpu);
		}
		lru_account(s, &s->arrays_bytes, -(s64)kmem_ref_bytes(s->slab, a->ref));
		kmem_free(s->slab, a->ref, cpu);
		*a = (struct lru_array){0};
	}
}

/* memcg_update_all_list_lrus(); its way back frees the new heads and leaves the arrays large. */
int lru_table_grow(struct lru_system *s, u32 old_size, u32 new_size, const struct task *t)
{
	int ret = 0;

	for (u32 set = s->newest; !ret && set; set = lru_set_at(s, set)->next)
		ret = grow_set(s, set, new_size, new_size - old_size, t);
	for (u32 set = s->newest; ret && set; set = lru_set_at(s, set)->next)
		for (u32 i = 0; i < (u32)lru_set_at(s, set)->nr_lists * s->nr_node_ids; i++)
			trim_heads(s, set, i, old_size, t->cpu);
	return ret;
}

/* For one array: a smaller one, and the heads behind `size` go. Where memory ends the large array serves. */
static void shrink_array(struct lru_system *s, u32 set, u32 i, u32 size, const struct task *t)
{
	struct kmem_ref ref = kmem_alloc(s->slab, ARRAY_HEADER + 8ULL * size, t);

	if (ref.slab || ref.pfn)
		replace_array(s, &lru_set_at(s, set)->arrays[i], ref, t->cpu);
	trim_heads(s, set, i, size, t->cpu);
}

void lru_table_shrink(struct lru_system *s, u32 size, const struct task *t)
{
	for (u32 set = s->newest; set; set = lru_set_at(s, set)->next)
		for (u32 i = (u32)lru_set_at(s, set)->nr_lists * s->nr_node_ids; i--;)
			shrink_array(s, set, i, size, t);
}

void lru_table_block_gone(struct lru_system *s, u32 block)
{
	/* the heads stay for the next owner of the row */
	(void)s;
	(void)block;
}
