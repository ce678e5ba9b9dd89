// SPDX-License-Identifier: GPL-3.0-or-later
#include "shrinker/shrinker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int shrinker_system_init(struct shrinker_system *s, struct lru_system *lru,
			 const struct shrinker_spec *spec)
{
	u32 elem = (u32)(sizeof(struct shrinker) + sizeof(s64) * lru->m->nr_nodes);

	*s = (struct shrinker_system){
		.e = lru->e,
		.m = lru->m,
		.slab = lru->slab,
		.memcg = lru->memcg,
		.lru = lru,
		.row = lru->row,
		.policy = spec->policy,
		.deferred = spec->deferred,
		.map = spec->map,
		.layout = lru->row->map_layout,
		.vfs_cache_pressure = spec->vfs_cache_pressure,
	};
	/* a row without maps that is given them has the first layout */
	if (s->layout == MAP_NONE)
		s->layout = MAP_BITMAP;
	return flat_init(&s->shrinkers, elem, MAX_SUPERS, false, &s->e->failed) ||
			       ida_init(&s->ids, MAX_SUPERS)
		       ? -ENOMEM
		       : 0;
}

void shrinker_system_destroy(struct shrinker_system *s)
{
	flat_destroy(&s->shrinkers);
	ida_destroy(&s->ids);
	free(s->maps);
	free(s->scratch);
	s->maps = NULL;
	s->scratch = NULL;
}

/* ---- registration ---- */

/* What a shrinker allocates for itself: its counters, and from 6.7 on the struct. */
static int shrinker_memory(struct shrinker_system *s, struct shrinker *sh, const struct task *t)
{
	if (s->row->shrinker && footprint_kmalloc(s->slab, &sh->mem, s->row->shrinker, 1, t))
		return -ENOMEM;
	/* per-memcg counters of a memcg-aware shrinker live in the maps; others have one counter */
	if (s->deferred->per_memcg && sh->set)
		return 0;
	return footprint_kmalloc(s->slab, &sh->mem, 8ULL * s->m->nr_node_ids, 1, t);
}

u32 shrinker_register(struct shrinker_system *s, u32 set, u32 seeks, u32 batch,
		      const struct shrinker_ops *ops, void *ctx, u32 arg, const struct task *t)
{
	u32 id = flat_take(&s->shrinkers);
	struct shrinker *sh;

	sim_assert(ops->scan_name);
	if (!id)
		return 0;
	sh = shrinker_at(s, id);
	memset(sh, 0, s->shrinkers.elem);
	sh->set = set;
	sh->serial = s->next_serial++;
	sh->seeks = seeks;
	sh->batch = batch;
	sh->ops = ops;
	sh->ctx = ctx;
	sh->arg = arg;
	sh->live = 1;
	sh->kernel_id = NONE_U32;
	sh->prev = s->last;
	if (s->last)
		shrinker_at(s, s->last)->next = id;
	else
		s->first = id;
	s->last = id;
	s->registered += set != 0;
	if (set)
		lru_set_at(s->lru, set)->shrinker = id;
	if (set && s->map->bits)
		sh->kernel_id = ida_alloc(&s->ids, 0);
	if (shrinker_memory(s, sh, t) ||
	    (set && s->map->bits && sh->kernel_id / 64 >= s->map_words &&
	     s->map->expand(s, sh->kernel_id / 64 + 1, t))) {
		shrinker_unregister(s, id, t->cpu);
		return 0;
	}
	return id;
}

static s64 debt_of_block(const struct shrinker_system *s, u32 block)
{
	s64 debt = 0;

	for (u32 node = 0; block && node < s->m->nr_nodes; node++)
		debt += *lru_block_deferred(s->lru, block, node);
	return debt;
}

/* What all counters of a shrinker hold: its own, and those of its memcgs. */
static s64 debt_of(const struct shrinker_system *s, u32 id)
{
	const struct shrinker *sh = shrinker_at(s, id);
	s64 debt = 0;

	for (u32 node = 0; node < s->m->nr_nodes; node++)
		debt += sh->deferred[node];
	if (!sh->set || !s->deferred->per_memcg)
		return debt;
	debt += debt_of_block(s, lru_set_at(s->lru, sh->set)->root_block);
	for (u32 block = lru_set_at(s->lru, sh->set)->blocks; block;
	     block = lru_links_at(s->lru, block)->next_of_set)
		debt += debt_of_block(s, block);
	return debt;
}

void shrinker_unregister(struct shrinker_system *s, u32 id, u16 cpu)
{
	struct shrinker *sh = shrinker_at(s, id);
	struct footprint mem = sh->mem;

	gauge_add(&s->owed, s->e, -debt_of(s, id));

	if (sh->prev)
		shrinker_at(s, sh->prev)->next = sh->next;
	else
		s->first = sh->next;
	if (sh->next)
		shrinker_at(s, sh->next)->prev = sh->prev;
	else
		s->last = sh->prev;
	s->registered -= sh->set != 0;
	if (sh->kernel_id != NONE_U32)
		ida_release(&s->ids, sh->kernel_id);
	if (sh->set)
		lru_set_at(s->lru, sh->set)->shrinker = 0;
	footprint_free(s->slab, &mem, cpu);
	sh->live = 0;
	flat_give(&s->shrinkers, id);
}

/* ---- do_shrink_slab ---- */

struct scan_ctx {
	struct shrinker_system *s;
	u32 shrinker, block, node;
	const struct task *t;
};

static unsigned long scan_batch(void *arg, s64 n)
{
	struct scan_ctx *c = arg;
	const struct shrinker *sh = shrinker_at(c->s, c->shrinker);

	return sh->ops->scan(sh->ctx, c->shrinker, c->block, c->node, (u64)n, c->t);
}

/* Where the work owed by this call is kept. */
static s64 *deferred_counter(struct shrinker_system *s, u32 shrinker, u32 block, u32 node)
{
	struct shrinker *sh = shrinker_at(s, shrinker);

	if (s->deferred->per_memcg && block)
		return lru_block_deferred(s->lru, block, node);
	/* a shrinker that knows no nodes keeps its debt with node 0 */
	return &sh->deferred[sh->set ? node : 0];
}

/* SHRINK_EMPTY only where the kernel has it: 0 before 4.19 (KERNEL_FACTS 1.1). */
static unsigned long count_objects(struct shrinker_system *s, u32 shrinker, u32 block, u32 node)
{
	const struct shrinker *sh = shrinker_at(s, shrinker);
	u64 total = sh->ops->count(sh->ctx, shrinker, block, node);

	return total == SHRINK_EMPTY && !s->row->shrink_empty ? 0 : total;
}

static unsigned long do_shrink_slab(struct shrinker_system *s, u32 shrinker, u32 block, u32 node,
				    int priority, const struct task *t)
{
	unsigned long freeable = count_objects(s, shrinker, block, node);
	struct scan_ctx ctx = {s, shrinker, block, node, t};
	struct shrink_plan plan;
	struct shrink_end end;
	struct shrink_call call;
	struct shrink_record record = {shrinker, block, node, &call, &plan, &end, 0, t};
	s64 *counter;

	s->calls++;
	if (!freeable || freeable == SHRINK_EMPTY)
		return freeable;
	counter = deferred_counter(s, shrinker, block, node);
	call = (struct shrink_call){
		.freeable = (s64)freeable,
		.nr = *counter,
		.priority = priority,
		.seeks = shrinker_at(s, shrinker)->seeks,
		.batch = shrinker_at(s, shrinker)->batch,
		.small_scan = &shrinker_at(s, shrinker)->small_scan,
	};
	*counter = 0;
	gauge_add(&s->owed, s->e, -call.nr);
	shrink_scan_loop(s->policy, s->deferred, s->row->zero_seeks, &call, scan_batch, &ctx, &plan,
			 &end);
	/* the scan may have reclaimed again: look the counter up anew */
	counter = deferred_counter(s, shrinker, block, node);
	*counter += end.owed;
	gauge_add(&s->owed, s->e, end.owed);
	s->asked += (u64)plan.delta;
	s->scanned += (u64)end.scanned;
	s->largest = max_of(s->largest, (u64)end.scanned);
	s->freed += end.freed;
	engine_trail(s->e, TRAIL_SHRINK, shrinker, (u64)end.scanned << 32 | (u32)end.freed);
	record.new_nr = *counter;
	if (s->balance.fn)
		s->balance.fn(s->balance.ctx, &record);
	if (unlikely(s->trace.fn))
		s->trace.fn(s->trace.ctx, &record);
	return end.freed;
}

/* ---- shrink_slab ---- */

/* Shrinkers that know memcgs, those that do not or both, on the lists of the root. */
static u64 shrink_root(struct shrinker_system *s, u32 node, bool aware, bool unaware, int priority,
		       const struct task *t)
{
	u64 freed = 0;

	for (u32 id = s->first, next; id; id = next) {
		u32 set = shrinker_at(s, id)->set;
		unsigned long ret;

		next = shrinker_at(s, id)->next;
		s->e->visited++;
		if (!(set ? aware : unaware))
			continue;
		ret = do_shrink_slab(s, id, set ? lru_set_at(s->lru, set)->root_block : 0, node,
				     priority, t);
		if (ret != SHRINK_EMPTY)
			freed += ret;
	}
	return freed;
}

static int by_shrinker(const void *a, const void *b, void *ctx)
{
	const struct shrinker_system *s = ctx;
	u32 x = lru_set_at(s->lru, lru_block_at(s->lru, *(const u32 *)a)->set)->shrinker;
	u32 y = lru_set_at(s->lru, lru_block_at(s->lru, *(const u32 *)b)->set)->shrinker;
	const struct shrinker *sx = shrinker_at(s, x), *sy = shrinker_at(s, y);

	/* maps are walked in order of ids, the list in order of registration */
	if (s->map->bits)
		return sx->kernel_id < sy->kernel_id ? -1 : 1;
	return sx->serial < sy->serial ? -1 : 1;
}

/* Blocks of a memcg with something for the node, in the kernel's order. How many. */
static u32 collect_blocks(struct shrinker_system *s, u32 memcg, u32 node)
{
	u32 n = 0, map_node = s->lru->nr_nodes == 1 ? 0 : node;

	for (u32 id = lru_first_block_of_memcg(s->lru, memcg); id;
	     id = lru_links_at(s->lru, id)->next_of_memcg) {
		s->e->visited++;
		if (!(lru_links_at(s->lru, id)->map >> map_node & 1) ||
		    !lru_set_at(s->lru, lru_block_at(s->lru, id)->set)->shrinker)
			continue;
		if (n == s->cap_scratch) {
			u32 cap = s->cap_scratch ? s->cap_scratch * 2 : 64;
			u32 *scratch = realloc(s->scratch, cap * sizeof(*scratch));

			if (!scratch) {
				s->e->failed = -ENOMEM;
				return 0;
			}
			s->scratch = scratch;
			s->cap_scratch = cap;
		}
		s->scratch[n++] = id;
	}
	if (n > 1)
		qsort_r(s->scratch, n, sizeof(*s->scratch), by_shrinker, s);
	return n;
}

/* shrink_slab_memcg(): a bit whose shrinker says SHRINK_EMPTY is cleared after a second look. */
static u64 shrink_block(struct shrinker_system *s, u32 block, u32 node, int priority,
			const struct task *t)
{
	u32 map_node = s->lru->nr_nodes == 1 ? 0 : node;
	u32 shrinker = lru_set_at(s->lru, lru_block_at(s->lru, block)->set)->shrinker;
	unsigned long ret = do_shrink_slab(s, shrinker, block, node, priority, t);

	if (ret != SHRINK_EMPTY)
		return ret;
	lru_links_at(s->lru, block)->map &= ~(1ULL << map_node);
	ret = do_shrink_slab(s, shrinker, block, node, priority, t);
	if (ret == SHRINK_EMPTY)
		return 0;
	lru_links_at(s->lru, block)->map |= 1ULL << map_node;
	return ret;
}

/*
 * Calls of shrinkers that have nothing here: all others without maps; with maps those whose bits were
 * set when the maps were expanded, each asked twice before its bit is cleared.
 */
static u64 idle_calls(struct shrinker_system *s, u32 memcg, u32 node, u32 n)
{
	struct shrinker_map *map = memcg < s->cap_maps ? &s->maps[memcg] : NULL;
	u32 stale;

	if (!s->map->bits)
		return s->registered - n;
	if (!map || !(map->stale_nodes >> node & 1))
		return 0;
	map->stale_nodes &= ~(1ULL << node);
	stale = min_of(map->stale_ids, s->registered);
	return stale > n ? 2ULL * (stale - n) : 0;
}

static u64 shrink_memcg(struct shrinker_system *s, u32 node, u32 memcg, int priority,
			const struct task *t)
{
	u32 n = collect_blocks(s, memcg, node), *blocks;
	u64 freed = 0;

	s->calls += idle_calls(s, memcg, node, n);
	if (!n)
		return 0;
	/* scanning may come back here: the scratch list is taken along */
	blocks = s->scratch;
	s->scratch = NULL;
	s->cap_scratch = 0;
	for (u32 i = 0; i < n; i++)
		freed += shrink_block(s, blocks[i], node, priority, t);
	if (!s->scratch) {
		s->scratch = blocks;
		s->cap_scratch = n;
	} else {
		free(blocks);
	}
	return freed;
}

u64 shrink_slab(struct shrinker_system *s, u32 node, u32 memcg, int priority, const struct task *t)
{
	bool kmem = s->memcg->accounting->has_kmem_ids;

	/* without kmem accounting 4.18 has the call without a memcg alone: the same shrinkers, on the same lists */
	if (memcg == ROOT_MEMCG)
		return shrink_root(s, node, true, s->row->root_runs_unaware || !kmem, priority, t);
	if (!kmem || memcg_at(s->memcg, memcg)->state >= MEMCG_OFFLINE)
		return 0;
	return shrink_memcg(s, node, memcg, priority, t);
}

u64 shrink_slab_unaware(struct shrinker_system *s, u32 node, int priority, const struct task *t)
{
	if (s->row->root_runs_unaware || !s->memcg->accounting->has_kmem_ids)
		return 0;
	return shrink_root(s, node, false, true, priority, t);
}

static u64 drop_slab_node(struct shrinker_system *s, u32 node, const struct task *t)
{
	/* without a memcg comes first here */
	u64 freed = shrink_slab_unaware(s, node, 0, t);

	for (u32 memcg = ROOT_MEMCG; memcg; memcg = memcg_next(s->memcg, memcg, ROOT_MEMCG))
		freed += shrink_slab(s, node, memcg, 0, t);
	return freed;
}

u64 drop_slab(struct shrinker_system *s, const struct task *t)
{
	u64 total = 0, freed;
	u32 shift = 0;

	if (s->row->drop_slab_rule == 2) {
		do {
			freed = 0;
			for (u32 node = 0; node < s->m->nr_nodes; node++)
				freed += drop_slab_node(s, node, t);
			total += freed;
		} while (freed >> shift++ > 1);
		return total;
	}
	for (u32 node = 0; node < s->m->nr_nodes; node++) {
		shift = 0;
		do {
			freed = drop_slab_node(s, node, t);
			total += freed;
		} while (s->row->drop_slab_rule ? freed >> shift++ > 1 : freed > 10);
	}
	return total;
}

int shrinker_memcg_online(struct shrinker_system *s, u32 memcg, const struct task *t)
{
	return s->map->online(s, memcg, t);
}

void shrinker_memcg_free(struct shrinker_system *s, u32 memcg)
{
	s->map->offline(s, memcg);
}

const char *shrinker_check(const struct shrinker_system *s)
{
	s64 owed = 0;

	for (u32 id = s->first; id; id = shrinker_at(s, id)->next)
		owed += debt_of(s, id);
	return owed == s->owed.level ? NULL : "what shrinkers owe differs from its count";
}
