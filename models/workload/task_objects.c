// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Objects of caches without a model: all that matters of them here is their size, whose they are, on which CPU they
 * are allocated and for how long. Charged as SLAB_ACCOUNT and __GFP_ACCOUNT say (KERNEL_FACTS 5.1).
 */
#include "workload/task_objects.h"

#include "memcg/plain_object.h"

#include <errno.h>
#include <stdlib.h>

struct item {
	const char *cache;
	u64 size;
	struct random_spec count;
	bool account, reclaimable, spread;
	double leave;
};

#define ITEM(field) .offset = offsetof(struct item, field)

static const struct param_key keys[] = {
	{.name = "cache",
	 .type = PARAM_NAME,
	 .required = true,
	 ITEM(cache),
	 .help = "name of the cache; one that is there is used as it is"},
	{.name = "size",
	 .type = PARAM_SIZE,
	 .required = true,
	 .min = 8,
	 .max = 32768,
	 ITEM(size),
	 .help = "of an object"},
	{.name = "count",
	 .type = PARAM_RANDOM,
	 .required = true,
	 ITEM(count),
	 .help = "objects of a task"},
	{.name = "account",
	 .type = PARAM_BOOL,
	 .dflt = "on",
	 ITEM(account),
	 .help = "charged to the task's cgroup (SLAB_ACCOUNT, __GFP_ACCOUNT)"},
	{.name = "reclaimable",
	 .type = PARAM_BOOL,
	 ITEM(reclaimable),
	 .help = "SLAB_RECLAIM_ACCOUNT: the cache counts as reclaimable; nothing reclaims it here"},
	{.name = "spread",
	 .type = PARAM_BOOL,
	 ITEM(spread),
	 .help = "each on any CPU, as by threads that run everywhere"},
	{.name = "leave",
	 .type = PARAM_DOUBLE,
	 .min = 0,
	 .max = 1,
	 ITEM(leave),
	 .help = "share of them that somebody else keeps, to the end of the run"},
	{.name = NULL},
};

const struct param_table task_objects_table = {
	.what = "objects of a task",
	.size = sizeof(struct item),
	.keys = keys,
};

static const struct item *item_at(const struct param_list *list, u32 i)
{
	return (const struct item *)list->items + i;
}

u32 *task_objects_caches(struct workload *w, const struct param_list *list)
{
	struct slab_system *s = &w->world->k.slab;
	u32 *caches = calloc(max_of(list->n, 1U), sizeof(*caches));

	for (u32 i = 0; caches && i < list->n; i++) {
		const struct item *it = item_at(list, i);
		struct cache_spec spec = {
			.name = it->cache,
			.object_size = (u32)it->size,
			.flags = (u16)((it->account ? CACHE_ACCOUNT : 0) |
				       (it->reclaimable ? CACHE_RECLAIM_ACCOUNT : 0)),
		};

		caches[i] = kmem_cache_find(s, it->cache);
		if (!caches[i])
			caches[i] = kmem_cache_create(s, &spec);
		if (!caches[i]) {
			free(caches);
			return NULL;
		}
	}
	return caches;
}

double task_objects_mean(const struct param_list *list)
{
	double sum = 0.0;

	for (u32 i = 0; i < list->n; i++)
		sum += random_mean(&item_at(list, i)->count);
	return sum;
}

static bool hold(struct workload *w, struct task_objects *o, u32 x)
{
	if (o->n == o->cap) {
		u32 cap = o->cap ? o->cap * 2 : 64;
		u32 *held = realloc(o->held, cap * sizeof(*held));

		if (!held) {
			w->world->e.failed = -ENOMEM;
			return false;
		}
		o->held = held;
		o->cap = cap;
	}
	o->held[o->n++] = x;
	return true;
}

bool task_objects_next(struct workload *w, const struct param_list *list, const u32 *caches,
		       struct task_objects *o, struct rng *rng, const struct task *t)
{
	struct memcg_system *m = &w->world->k.memcg;
	const struct item *it;
	struct task who = *t;
	u32 x;

	while (o->item < list->n && !o->todo) {
		if (o->begun)
			o->item++;
		o->begun = true;
		if (o->item < list->n)
			o->todo = (u32)min_of(random_draw(&item_at(list, o->item)->count, rng),
					      (u64)100000000);
	}
	if (o->item >= list->n)
		return false;
	o->todo--;
	it = item_at(list, o->item);
	if (it->spread)
		who.cpu = (u16)rng_below(rng, w->world->k.m.nr_present);
	if (it->account)
		who.gfp |= GFP_ACCOUNT;
	x = plain_object_alloc(m, caches[o->item], &who);
	if (!x)
		w->refused++;
	else if (!(it->leave > 0.0 && rng_double(rng) < it->leave) && !hold(w, o, x))
		plain_object_free(m, x, t->cpu);
	return true;
}

void task_objects_exit(struct workload *w, struct task_objects *o, u16 cpu)
{
	while (o->n)
		plain_object_free(&w->world->k.memcg, o->held[--o->n], cpu);
	task_objects_again(o);
}

void task_objects_destroy(struct task_objects *o)
{
	free(o->held);
	*o = (struct task_objects){0};
}
