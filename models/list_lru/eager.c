// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * list_lru: eager. Models list_lru up to v5.17 (KERNEL_FACTS 3.2): every list_lru has a list_lru_one for
 * every row of the id table on every node, and an array of pointers to them, whether or not a memcg
 * ever touches that file system; the table only grows. Reproduces SEEDS K1 (5,988,978,688 bytes), K2, K3
 * and the recorded W1 growth.
 */
#include "list_lru/list_lru.h"

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

/*
 * An array of `size` pointers and heads for the last `count` of them; an old array goes by RCU. Where
 * memory ends in between, the old array stays.
 */
static int grow_array(struct lru_system *s, u32 set, u32 i, u32 size, u32 count,
		      const struct task *t)
{
	struct lru_array *a = &lru_set_at(s, set)->arrays[i];
	struct kmem_ref old = a->ref, ref = kmem_alloc(s->slab, ARRAY_HEADER + 8ULL * size, t);
	u64 before;

	if (!ref.slab && !ref.pfn)
		return -ENOMEM;
	if (!a->heads)
		a->heads = extent_alloc(s->slab, s->slab->kmalloc[head_class(s)], 0, t);
	if (!a->heads) {
		kmem_free(s->slab, ref, t->cpu);
		return -ENOMEM;
	}
	before = extent_at(s->slab, a->heads)->count;
	if (extent_grow(s->slab, a->heads, count, t)) {
		extent_trim(s->slab, a->heads, extent_at(s->slab, a->heads)->count - before,
			    t->cpu);
		kmem_free(s->slab, ref, t->cpu);
		return -ENOMEM;
	}
	a->ref = ref;
	lru_account(s, &s->arrays_bytes, (s64)kmem_ref_bytes(s->slab, ref));
	if (old.slab || old.pfn) {
		lru_account(s, &s->arrays_bytes, -(s64)kmem_ref_bytes(s->slab, old));
		kmem_free_rcu(s->slab, old, t->cpu);
	}
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

static int set_register(struct lru_system *s, u32 set, const struct task *t)
{
	u32 size = s->memcg->nr_cache_ids;

	return grow_set(s, set, size, size, t);
}

static void set_unregister(struct lru_system *s, u32 id, u16 cpu)
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
static int ids_grown(struct lru_system *s, u32 old_size, u32 new_size, const struct task *t)
{
	int ret = 0;

	for (u32 set = s->newest; !ret && set; set = lru_set_at(s, set)->next)
		ret = grow_set(s, set, new_size, new_size - old_size, t);
	for (u32 set = s->newest; ret && set; set = lru_set_at(s, set)->next)
		for (u32 i = 0; i < (u32)lru_set_at(s, set)->nr_lists * s->nr_node_ids; i++)
			trim_heads(s, set, i, old_size, t->cpu);
	return ret;
}

static void block_gone(struct lru_system *s, u32 block)
{
	/* the heads stay for the next owner of the row */
	(void)s;
	(void)block;
}

const struct list_lru_policy list_lru_eager = {
	.name = "eager",
	.id_table = true,
	.set_register = set_register,
	.set_unregister = set_unregister,
	.ids_grown = ids_grown,
	.object_alloc = NULL,
	.block_gone = block_gone,
};
