/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What must hold for every trace that any reader hands out, whatever it was made from.
 */
#ifndef TESTS_TRACE_CHECK_H
#define TESTS_TRACE_CHECK_H

#include <stdlib.h>

#include "engine/trace_record.h"

/* One live id. */
struct checked_object {
	bool live;
	u16 cache;
};

static inline bool checked_alloc(const struct trace *t, const struct trace_record *r,
				 struct checked_object *ids, u32 *lowest)
{
	const struct trace_cache *c = &t->caches[r->cache];

	while (*lowest < t->nr_ids && ids[*lowest].live)
		++*lowest;
	if (r->id != *lowest || r->memcg >= t->nr_memcgs || r->sb >= t->nr_supers)
		return false;
	if (r->peer != NONE_U32 && (r->peer >= t->nr_ids || c->kind != TRACE_CACHE_DENTRY))
		return false;
	if (c->kind == TRACE_CACHE_DENTRY &&
	    !(r->flags & TRACE_F_SB_GUESSED) == !(r->flags & TRACE_F_SB_UNKNOWN))
		return false;
	if (!!r->sb != (c->kind == TRACE_CACHE_INODE || r->flags & TRACE_F_SB_GUESSED))
		return false;
	ids[r->id] = (struct checked_object){true, r->cache};
	return true;
}

static inline bool checked_free(const struct trace *t, const struct trace_record *r,
				struct checked_object *ids, u32 *lowest)
{
	if (r->flags & TRACE_F_ORPHAN)
		return r->id == NONE_U32;
	if (r->id >= t->nr_ids || !ids[r->id].live || ids[r->id].cache != r->cache)
		return false;
	ids[r->id].live = false;
	if (r->id < *lowest)
		*lowest = r->id;
	return true;
}

static inline bool checked_record(const struct trace *t, const struct trace_record *r,
				  struct checked_object *ids, u32 *lowest)
{
	if (r->time_ns > t->duration_ns || r->cpu >= t->nr_cpus)
		return false;
	switch (r->type) {
	case TRACE_ALLOC:
		return r->cache < t->nr_caches && checked_alloc(t, r, ids, lowest);
	case TRACE_FREE:
		return r->cache < t->nr_caches && checked_free(t, r, ids, lowest);
	case TRACE_CGROUP_MKDIR:
	case TRACE_CGROUP_RMDIR:
	case TRACE_CGROUP_RELEASE:
		return r->memcg < t->nr_memcgs;
	default:
		return r->type == TRACE_MARK;
	}
}

/* The counters of records, taken again. */
static inline bool checked_counts(const struct trace *t)
{
	struct trace_stats st = {.lines = 0};
	u64 allocs = 0, frees = 0, orphans = 0;

	for (u64 i = 0; i < t->nr_records; i++) {
		const struct trace_record *r = &t->records[i];

		st.orphan_frees += !!(r->flags & TRACE_F_ORPHAN);
		st.sb_guessed += !!(r->flags & TRACE_F_SB_GUESSED);
		st.sb_unknown += !!(r->flags & TRACE_F_SB_UNKNOWN);
		st.memcg_guessed += !!(r->flags & TRACE_F_MEMCG_GUESSED);
		st.reclaim_frees += !!(r->flags & TRACE_F_RECLAIM);
		allocs += r->type == TRACE_ALLOC;
		frees += r->type == TRACE_FREE;
	}
	for (u32 i = 0; i < t->nr_caches; i++) {
		allocs -= t->caches[i].nr_alloc;
		frees -= t->caches[i].nr_free;
		orphans += t->caches[i].nr_orphan_free;
	}
	return !allocs && !frees && orphans == st.orphan_frees &&
	       st.orphan_frees == t->stats.orphan_frees && st.sb_guessed == t->stats.sb_guessed &&
	       st.sb_unknown == t->stats.sb_unknown && st.memcg_guessed == t->stats.memcg_guessed &&
	       st.reclaim_frees == t->stats.reclaim_frees;
}

/* Sorted; ids the lowest free ones, alive between alloc and free; indices in range; counts right. */
static inline bool trace_holds(const struct trace *t)
{
	struct checked_object *ids = calloc((size_t)t->nr_ids + 1, sizeof(*ids));
	bool ok = ids != NULL;
	u32 lowest = 0;
	u64 last = 0;

	for (u64 i = 0; i < t->nr_records && ok; i++) {
		ok = t->records[i].time_ns >= last &&
		     checked_record(t, &t->records[i], ids, &lowest);
		last = t->records[i].time_ns;
	}
	for (u32 i = 1; i < t->nr_memcgs && ok; i++)
		ok = t->memcgs[i].parent < i;
	free(ids);
	return ok && checked_counts(t);
}

#endif
