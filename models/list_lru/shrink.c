// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * list_lru: shrink. Models Muchun Song's "Shrink the list lru size on memory cgroup removal" (linux-mm,
 * 28 April 2021, never merged; KERNEL_FACTS 3.3): as eager, but the table grows to 2 * id, and when the
 * highest id in use is freed and the next one is below a third of the table, the table shrinks to the
 * power of two above that. One high id that lives on keeps the table large (SEEDS A3).
 */
#include "list_lru/internal.h"

static u32 grow_ids(u32 id)
{
	return clamp_cache_ids(2 * (u64)id);
}

/* ida_max() says NONE_U32 where the kernel's says -ENOENT: no id is in use. */
static u32 shrink_ids(u32 max_id, u32 size)
{
	if (max_id == NONE_U32)
		max_id = 0;
	if (max_id >= size / 3)
		return size;
	return clamp_cache_ids(max_id ? 2ULL << (31 - __builtin_clz(max_id)) : 0);
}

static int ids_resized(struct lru_system *s, u32 old_size, u32 new_size, const struct task *t)
{
	if (new_size > old_size)
		return lru_table_grow(s, old_size, new_size, t);
	lru_table_shrink(s, new_size, t);
	return 0;
}

const struct list_lru_policy list_lru_shrink = {
	.name = "shrink",
	.id_table = true,
	.all_heads = true,
	.grow_ids = grow_ids,
	.shrink_ids = shrink_ids,
	.set_register = lru_table_register,
	.set_unregister = lru_table_unregister,
	.ids_resized = ids_resized,
	.block_gone = lru_table_block_gone,
};
