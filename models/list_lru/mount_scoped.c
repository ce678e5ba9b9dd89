// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * list_lru: mount-scoped. Models Matthew Wilcox's idea of April 2021 (never a patch; KERNEL_FACTS 3.3, whose
 * reading this is): a mount makes lists, at mount time, for the memcgs that it is exposed to, those of the
 * mounting task's memcg and below. A memcg that appears later, or stands elsewhere and comes by a bind mount,
 * has none (Dave Chinner's objection): its objects are on the lists of its nearest ancestor that has, at last
 * the root's, where reclaim for the memcg does not find them. The lists lie in blocks as those of lazy; the
 * shadow nodes' lru is nobody's mount and works as there.
 */
#include "list_lru/internal.h"

#include <errno.h>

static int set_register(struct lru_system *s, u32 id, const struct task *t)
{
	const struct lru_set *set = lru_set_at(s, id);
	u32 top = memcg_nearest_online(s->memcg, t->memcg);

	if (set->kind != LRU_SET_SUPER || !s->memcg->accounting->has_kmem_ids)
		return 0;
	for (u32 cg = top; cg; cg = memcg_next(s->memcg, cg, top)) {
		if (cg == ROOT_MEMCG || !memcg_online(s->memcg, cg))
			continue;
		for (u32 list = 0; list < set->nr_lists; list++)
			if (lru_make_block(s, id, list, cg, t))
				return -ENOMEM;
	}
	return 0;
}

static int object_alloc(struct lru_system *s, u32 set, u32 list, u32 memcg, const struct task *t)
{
	if (lru_set_at(s, set)->kind == LRU_SET_SUPER)
		return 0;
	return list_lru_lazy.object_alloc(s, set, list, memcg, t);
}

static void set_unregister(struct lru_system *s, u32 set, u16 cpu)
{
	list_lru_lazy.set_unregister(s, set, cpu);
}

static void block_gone(struct lru_system *s, u32 block)
{
	list_lru_lazy.block_gone(s, block);
}

const struct list_lru_policy list_lru_mount_scoped = {
	.name = "mount-scoped",
	.by_mount = true,
	.set_register = set_register,
	.set_unregister = set_unregister,
	.object_alloc = object_alloc,
	.block_gone = block_gone,
};
