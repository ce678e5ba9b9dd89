// SPDX-License-Identifier: GPL-3.0-or-later
/* What reclaim scanned of every cache and of the page lists, a pass at a time: DESIGN section 7, docs/output.md. */
#include "vmscan/balance.h"

#include <errno.h>
#include <stdlib.h>

#define ALL 1 /* the sum over all caches */
#define MAX_CACHES (1U << 24)

static void watch(void *ctx, const struct shrink_record *r);

int balance_init(struct balance *b, struct page_cache *pc)
{
	int *failed = &pc->e->failed;

	*b = (struct balance){.e = pc->e, .shrinkers = pc->shrinkers, .pc = pc};
	if (flat_init(&b->caches, sizeof(struct balance_cache), MAX_CACHES, false, failed) ||
	    flat_init(&b->of_block, (u32)sizeof(u32) * pc->m->nr_nodes, 1U << LRU_BLOCK_BITS, false,
		      failed) ||
	    flat_init(&b->of_shrinker, sizeof(u32), MAX_SUPERS, false, failed) ||
	    flat_take(&b->caches) != ALL)
		return -ENOMEM;
	b->shrinkers->balance = (struct shrink_watch){watch, b};
	return 0;
}

void balance_destroy(struct balance *b)
{
	flat_destroy(&b->caches);
	flat_destroy(&b->of_block);
	flat_destroy(&b->of_shrinker);
	free(b->touched);
	b->touched = NULL;
}

/* ---- caches ---- */

static u64 serial_of_memcg(const struct balance *b, u32 memcg)
{
	return memcg ? memcg_at(b->pc->memcg, memcg)->serial : 0;
}

/* The cache behind a slot, made if what was there is another's (ids of blocks, memcgs, shrinkers come again). */
static u32 cache_in(struct balance *b, u32 *slot, u32 shrinker, u32 memcg, u32 node)
{
	u32 serial = shrinker_at(b->shrinkers, shrinker)->serial, id = *slot;
	u64 memcg_serial = serial_of_memcg(b, memcg);
	struct balance_cache *c = balance_at(b, id);

	if (id && c->shrinker == shrinker && c->serial == serial && c->memcg == memcg &&
	    c->memcg_serial == memcg_serial)
		return id;
	id = flat_take(&b->caches);
	if (!id)
		return 0;
	*balance_at(b, id) = (struct balance_cache){
		.shrinker = shrinker,
		.serial = serial,
		.memcg = memcg,
		.node = node,
		.memcg_serial = memcg_serial,
	};
	return *slot = id;
}

/* All lists of a shrinker; for one that knows no memcgs also the cache itself. */
static u32 cache_of_shrinker(struct balance *b, u32 shrinker)
{
	u32 *slot = (u32 *)(void *)b->of_shrinker.base + shrinker;
	u32 id = cache_in(b, slot, shrinker, 0, 0);

	if (id)
		balance_at(b, id)->cache = !shrinker_at(b->shrinkers, shrinker)->set;
	return id;
}

static u32 cache_of(struct balance *b, u32 shrinker, u32 block, u32 node)
{
	u32 *slots = (u32 *)(void *)(b->of_block.base + (size_t)block * b->of_block.elem), id;

	if (!block)
		return cache_of_shrinker(b, shrinker);
	id = cache_in(b, &slots[node], shrinker, lru_block_at(b->pc->lru, block)->memcg, node);
	if (id)
		balance_at(b, id)->cache = true;
	return id;
}

/* Its block now; 0: it has none, or needs none. False: the shrinker or the memcg is gone. */
static bool block_now(const struct balance *b, const struct balance_cache *c, u32 *block)
{
	const struct shrinker *sh = shrinker_at(b->shrinkers, c->shrinker);
	const struct memcg *m = memcg_at(b->pc->memcg, c->memcg);

	*block = 0;
	if (!sh->live || sh->serial != c->serial)
		return false;
	if (!c->memcg)
		return true;
	if (m->serial != c->memcg_serial || m->state == MEMCG_FREE || m->state >= MEMCG_PARKED)
		return false;
	*block = c->memcg == ROOT_MEMCG ? lru_set_at(b->pc->lru, sh->set)->root_block
					: lru_block_get(b->pc->lru, sh->set, c->memcg);
	return true;
}

static u64 freeable_of(const struct balance *b, u32 shrinker, u32 block, u32 node)
{
	const struct shrinker *sh = shrinker_at(b->shrinkers, shrinker);
	u64 n = sh->ops->count(sh->ctx, shrinker, block, node);

	return n == SHRINK_EMPTY ? 0 : n;
}

/* ---- pressure begins ---- */

static void note_first(struct balance *b, u32 shrinker, u32 block)
{
	for (u32 node = 0; node < (block ? b->pc->m->nr_nodes : 1); node++) {
		u64 freeable = freeable_of(b, shrinker, block, node);
		u32 id = freeable ? cache_of(b, shrinker, block, node) : 0;

		if (id)
			balance_at(b, id)->first = freeable;
	}
}

static void pressure_begins(struct balance *b)
{
	const struct gauge *file = &b->pc->file;
	struct lru_system *lru = b->pc->lru;

	b->began = true;
	b->began_at = b->e->now;
	b->area = (s128)file->level * (s64)b->e->now - file->moment;
	b->peak = file->level;
	for (u32 id = b->shrinkers->first; id; id = shrinker_at(b->shrinkers, id)->next) {
		const struct shrinker *sh = shrinker_at(b->shrinkers, id);

		if (!sh->seeks)
			continue;
		note_first(b, id, sh->set ? lru_set_at(lru, sh->set)->root_block : 0);
		if (!sh->set)
			continue;
		for (u32 block = lru_set_at(lru, sh->set)->blocks; block;
		     block = lru_links_at(lru, block)->next_of_set)
			note_first(b, id, block);
	}
}

/* ---- a pass ---- */

static void note_file_pages(struct balance *b)
{
	s64 level = b->pc->file.level;

	b->peak = max_of(b->peak, level);
	b->fall = max_of(b->fall, b->peak - level);
}

void balance_pass_begin(struct balance *b, u32 node, bool kswapd)
{
	if (!b->began)
		pressure_begins(b);
	note_file_pages(b);
	b->on = true;
	b->kswapd = kswapd;
	b->node = node;
	b->pages = 0;
	b->pages_scanned = 0;
}

static void touch(struct balance *b, u32 id, u64 scanned, u64 objects)
{
	struct balance_sum *s = &balance_at(b, id)->sum;

	if (!s->objects) {
		if (b->nr_touched == b->cap_touched) {
			u32 cap = b->cap_touched ? b->cap_touched * 2 : 64;
			u32 *touched = realloc(b->touched, cap * sizeof(*touched));

			if (!touched) {
				b->e->failed = -ENOMEM;
				return;
			}
			b->touched = touched;
			b->cap_touched = cap;
		}
		b->touched[b->nr_touched++] = id;
	}
	s->scanned += scanned;
	s->objects += objects;
}

/* A shrinker was called; drop_caches calls them outside of any pass. */
static void watch(void *ctx, const struct shrink_record *r)
{
	struct balance *b = ctx;
	u64 objects = (u64)r->call->freeable, scanned = (u64)r->end->scanned * r->call->seeks;
	u32 cache, sum;

	if (!b->on || !r->call->seeks)
		return;
	cache = cache_of(b, r->shrinker, r->block, r->node);
	sum = cache_of_shrinker(b, r->shrinker);
	if (!cache || !sum)
		return;
	touch(b, ALL, scanned, objects);
	touch(b, cache, scanned, objects);
	if (sum != cache)
		touch(b, sum, scanned, objects);
}

void balance_pass_end(struct balance *b)
{
	double pages = (double)b->pages, scanned = (double)b->pages_scanned;

	for (u32 i = 0; i < b->nr_touched; i++) {
		struct balance_sum *s = &balance_at(b, b->touched[i])->sum;

		s->slab += pages * ((double)s->scanned / 4.0 / (double)s->objects);
		s->pages += scanned;
		s->scanned = 0;
		s->objects = 0;
	}
	b->nr_touched = 0;
	b->on = false;
	note_file_pages(b);
}

/* ---- what came of it ---- */

double balance_ratio(const struct balance_sum *s)
{
	return s->pages > 0.0 ? s->slab / s->pages : NAN;
}

double balance_scan_ratio(const struct balance *b)
{
	return balance_ratio(&balance_at(b, ALL)->sum);
}

/* (sum x)^2 / (n sum x^2) of the caches' own ratios: 1 if all are scanned alike, 1 / n if one is alone. */
double balance_jain(const struct balance *b)
{
	double sum = 0.0, squares = 0.0, n = 0.0;

	for (u32 id = balance_next(b, 0); id; id = balance_next(b, id)) {
		const struct balance_cache *c = balance_at(b, id);
		double x = balance_ratio(&c->sum);

		if (!c->cache || isnan(x))
			continue;
		sum += x;
		squares += x * x;
		n += 1.0;
	}
	return squares > 0.0 ? sum * sum / (n * squares) : NAN;
}

double balance_small_retention(const struct balance *b)
{
	u64 first = 0, kept = 0;
	u32 block;

	for (u32 id = balance_next(b, 0); id; id = balance_next(b, id)) {
		const struct balance_cache *c = balance_at(b, id);

		if (!c->cache || !c->first || c->first >= SMALL_CACHE || !block_now(b, c, &block))
			continue;
		first += c->first;
		if (block || !c->memcg)
			kept += min_of(freeable_of(b, c->shrinker, block, c->node), c->first);
	}
	return first ? (double)kept / (double)first : NAN;
}

/* The deepest fall of the page cache from its peak so far. Peaks and troughs of reclaim are at the edges of passes. */
double balance_sawtooth(const struct balance *b)
{
	const struct gauge *file = &b->pc->file;
	s128 area = (s128)file->level * (s64)b->e->now - file->moment - b->area;
	s64 fall = max_of(b->fall, b->peak - file->level);

	if (!b->began || b->e->now == b->began_at || area <= 0)
		return NAN;
	return (double)fall * (double)(b->e->now - b->began_at) / (double)area;
}

/* ---- metrics ---- */

#define READ(fn)                                                                                   \
	static double read_##fn(const void *model)                                                 \
	{                                                                                          \
		return balance_##fn(model);                                                        \
	}

READ(scan_ratio)
READ(jain)
READ(small_retention)
READ(sawtooth)

#define RATIO(fn, h)                                                                               \
	{                                                                                          \
		.info = {.name = "balance." #fn,                                                   \
			 .unit = "ratio",                                                          \
			 .help = h,                                                                \
			 .kind = METRIC_DERIVED,                                                   \
			 .series = true},                                                          \
		.read = read_##fn                                                                  \
	}

const struct metric_source balance_metrics[] = {
	RATIO(scan_ratio, "share of slab scanned by reclaim / share of file pages scanned"),
	RATIO(jain, "Jain's index of that ratio over caches: 1 if all are scanned alike"),
	RATIO(small_retention, "share kept of caches with under 4096 objects when pressure began"),
	RATIO(sawtooth, "deepest fall of the page cache from its peak / its mean"),
	{.info = {.name = NULL}},
};
