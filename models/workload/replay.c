// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: replay. A recorded trace of allocations, frees and cgroups, run through a kernel (DESIGN
 * section 6). What a trace does not say is filled in by stated rules, and counted:
 *
 *   - A dentry goes on its LRU when it is allocated: its last dput follows soon and no event shows it.
 *     An inode goes on its LRU when its dentry is freed and it is not. Dentries of an unknown superblock
 *     and inodes whose dentry was not seen are on no LRU.
 *   - The recorded CPU c runs on the modelled CPU c modulo the present CPUs.
 *   - A free of something allocated before the trace began takes an object of the initial population
 *     (scenario key initial), from a slab drawn at random. Where the population has too few, the missing
 *     ones are made up before the first record, so that they can be freed.
 *   - What reclaim freed in the recording is the policy's to decide: the object stays, and
 *     alloc_while_kept counts those whose place the recording used again. A free of something that this
 *     kernel's reclaim took before is counted in free_after_reclaim.
 */
#include "workload/lookahead.h"
#include "workload/types.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RECLAIMED 0x80000000U /* in object_of: this kernel freed it, the recording has not */

struct params {
	s64 root; /* first: the offset of trace may not be 0 */
	const char *trace;
	const char *parent;
	u64 settle;
};

/* One cache of the trace in this kernel. */
struct cache_state {
	u32 cache; /* id in slab/ */
	int fs; /* enum fs_type of an inode cache with a model; -1 otherwise */
	u32 *slabs; /* those with objects of the initial population, for orphan frees */
	u32 nr_slabs;
};

struct state {
	const struct trace_record *block; /* the records at hand */
	u64 nr_block, next;
	bool at_end;
	struct lookahead lookahead;
	u32 *set_of; /* trace superblock -> lru set */
	u32 *cache_of; /* trace cache -> its cache */
	u64 base; /* ns: when the first record happens */
	u32 *object_of; /* trace id -> object, 0 = not alive, RECLAIMED */
	u32 *waiting; /* trace id of an inode -> trace id + 1 of the dentry that waits for it */
	u32 *memcg_of; /* trace memcg -> memcg; 0 = not there */
	u32 *super_of; /* trace superblock -> superblock; 0 = no model */
	struct cache_state *caches;
	struct rng rng;
	u32 nr_cpus;
	u64 allocs, frees, touches;
	u64 orphan_frees, made_up, kept, free_after_reclaim, alloc_while_kept;
	u64 released; /* css freed in the recording */
};

static const struct param_key keys[] = {
	{.name = "trace",
	 .type = PARAM_STRING,
	 .required = true,
	 .offset = offsetof(struct params, trace),
	 .help = "recorded trace: text of tracefs 'trace', plain, .gz or .zst"},
	{.name = "parent",
	 .type = PARAM_NAME,
	 .offset = offsetof(struct params, parent),
	 .help = "cgroup that the trace's top level is made in; without it the root"},
	{.name = "root",
	 .type = PARAM_INT,
	 .min = 0,
	 .max = 1000000,
	 .offset = offsetof(struct params, root),
	 .help = "id of the memory hierarchy in cgroup events; 0 = the one with most of them"},
	{.name = "settle",
	 .type = PARAM_TIME,
	 .dflt = "0s",
	 .offset = offsetof(struct params, settle),
	 .help = "time after the last record until the workload counts as finished"},
	{.name = NULL},
};

static const struct param_table table = {
	.what = "replay workload",
	.size = sizeof(struct params),
	.keys = keys,
};

/* ---- objects ---- */

static u32 alloc_object(struct workload *w, const struct trace_record *r, const struct task *t)
{
	struct state *s = w->state;
	struct vfs *v = &w->world->k.vfs;
	u8 kind = w->trace->caches[r->cache].kind;
	u32 sb = s->super_of[r->sb], id;

	if (kind == TRACE_CACHE_DENTRY) {
		id = dentry_alloc(v, sb, 0, t);
	} else if (kind == TRACE_CACHE_INODE && s->caches[r->cache].fs >= 0) {
		id = inode_alloc(v, sb, t);
	} else {
		return plain_alloc(v, s->caches[r->cache].cache, 0, t,
				   r->flags & TRACE_F_ACCOUNTED);
	}
	if (id)
		obj(v, id)->parent = r->id | OBJ_TRACED;
	return id;
}

/* The inode that a dentry waited for: from now on the dentry holds it. */
static void join_peer(struct workload *w, u32 inode, u32 inode_trace_id)
{
	struct state *s = w->state;
	struct vfs *v = &w->world->k.vfs;
	u32 waiting = s->waiting[inode_trace_id], dentry;

	if (!waiting)
		return;
	s->waiting[inode_trace_id] = 0;
	dentry = s->object_of[waiting - 1];
	if (!dentry || dentry == RECLAIMED || obj(v, dentry)->kind != OBJECT_DENTRY ||
	    obj(v, dentry)->peer || obj(v, dentry)->sb != obj(v, inode)->sb)
		return;
	dentry_instantiate(v, dentry, inode);
}

/* Where a new object waits for its end. */
static void place_object(struct workload *w, const struct trace_record *r, u32 id, u16 cpu)
{
	struct state *s = w->state;
	struct vfs *v = &w->world->k.vfs;

	switch (obj(v, id)->kind) {
	case OBJECT_DENTRY:
		if (r->peer != NONE_U32)
			s->waiting[r->peer] = r->id + 1;
		dentry_park(v, id, cpu);
		break;
	case OBJECT_INODE:
		join_peer(w, id, r->id);
		if (!obj(v, id)->peer)
			super_list_add(v, id);
		break;
	default:
		break;
	}
}

static void do_alloc(struct workload *w, const struct trace_record *r, u16 cpu)
{
	struct state *s = w->state;
	u32 memcg = s->memcg_of[r->memcg], id;
	struct task t = {.memcg = memcg ? memcg : ROOT_MEMCG, .cpu = cpu};

	if (s->object_of[r->id] && s->object_of[r->id] != RECLAIMED) {
		/* kept here after the recording's reclaim freed it: nobody's from now on */
		s->alloc_while_kept++;
		obj(&w->world->k.vfs, s->object_of[r->id])->parent = 0;
	}
	id = alloc_object(w, r, &t);
	s->object_of[r->id] = id;
	s->allocs++;
	if (unlikely(!id)) {
		w->refused++;
		return;
	}
	place_object(w, r, id, cpu);
	engine_trail(&w->world->e, TRAIL_ALLOC, r->id, obj(&w->world->k.vfs, id)->slab);
}

/* An object of the initial population, from any of its slabs. */
static void free_orphan(struct workload *w, const struct trace_record *r, u16 cpu)
{
	struct state *s = w->state;
	struct slab_system *slabs = &w->world->k.slab;
	struct cache_state *c = &s->caches[r->cache];
	u32 i, id;

	s->orphan_frees++;
	if (!c->nr_slabs)
		return;
	i = (u32)rng_below(&s->rng, c->nr_slabs);
	id = c->slabs[i];
	if (!--slab_at(slabs, id)->anon)
		c->slabs[i] = c->slabs[--c->nr_slabs];
	vfs_count_anon(&w->world->k.vfs, c->cache, -1);
	slab_free(slabs, id, cpu);
	engine_trail(&w->world->e, TRAIL_FREE, r->cache, id);
}

static void do_free(struct workload *w, const struct trace_record *r, u16 cpu)
{
	struct state *s = w->state;
	u32 id;

	s->frees++;
	if (r->flags & TRACE_F_ORPHAN) {
		free_orphan(w, r, cpu);
		return;
	}
	if (r->flags & TRACE_F_RECLAIM) {
		s->kept++;
		return;
	}
	id = s->object_of[r->id];
	s->object_of[r->id] = 0;
	if (id == RECLAIMED || !id) {
		s->free_after_reclaim += id == RECLAIMED;
		return;
	}
	engine_trail(&w->world->e, TRAIL_FREE, r->id, obj(&w->world->k.vfs, id)->slab);
	object_free_now(&w->world->k.vfs, id, cpu);
}

static void do_touch(struct workload *w, const struct trace_record *r, u16 cpu)
{
	struct state *s = w->state;
	u32 id = s->object_of[r->id];

	s->touches++;
	if (!id || id == RECLAIMED || obj(&w->world->k.vfs, id)->kind != OBJECT_DENTRY)
		return;
	dget(&w->world->k.vfs, id);
	dput(&w->world->k.vfs, id, cpu);
	engine_trail(&w->world->e, TRAIL_TOUCH, r->id, 0);
}

/* This kernel freed what the recording still has. */
static void traced_gone(void *ctx, u32 trace_id)
{
	struct workload *w = ctx;

	((struct state *)w->state)->object_of[trace_id] = RECLAIMED;
}

/* ---- cgroups ---- */

static u32 parent_memcg(struct workload *w, u32 trace_memcg)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	u32 parent = w->trace->memcgs[trace_memcg].parent;
	u32 memcg = parent ? s->memcg_of[parent] : 0;

	return memcg && memcg_online(&w->world->k.memcg, memcg) ? memcg
								: world_cgroup(w->world, p->parent);
}

static void make_memcg(struct workload *w, u32 trace_memcg, u16 cpu)
{
	struct state *s = w->state;
	struct task t = {.memcg = ROOT_MEMCG, .cpu = cpu};
	const char *path = w->trace->memcgs[trace_memcg].path, *slash = strrchr(path, '/');
	u32 memcg = memcg_mkdir(&w->world->k.memcg, parent_memcg(w, trace_memcg),
				slash ? slash + 1 : path, 0, &t);

	if (!memcg)
		w->refused_containers++;
	s->memcg_of[trace_memcg] = memcg;
}

static void remove_memcg(struct workload *w, u32 trace_memcg, u16 cpu)
{
	struct state *s = w->state;
	struct task t = {.memcg = ROOT_MEMCG, .cpu = cpu};
	u32 memcg = s->memcg_of[trace_memcg];

	s->memcg_of[trace_memcg] = 0;
	if (memcg && memcg_online(&w->world->k.memcg, memcg))
		memcg_rmdir(&w->world->k.memcg, memcg, &t);
}

/* ---- the stream ---- */

static ALWAYS_INLINE void one_record(struct workload *w, const struct trace_record *r)
{
	struct state *s = w->state;
	u16 cpu = (u16)(likely(r->cpu < s->nr_cpus) ? r->cpu : r->cpu % s->nr_cpus);

	switch (r->type) {
	case TRACE_ALLOC:
		do_alloc(w, r, cpu);
		break;
	case TRACE_FREE:
		do_free(w, r, cpu);
		break;
	case TRACE_TOUCH:
		do_touch(w, r, cpu);
		break;
	case TRACE_CGROUP_MKDIR:
		make_memcg(w, r->memcg, cpu);
		break;
	case TRACE_CGROUP_RMDIR:
		remove_memcg(w, r->memcg, cpu);
		break;
	case TRACE_CGROUP_RELEASE:
		s->released++;
		break;
	default:
		break;
	}
}

/* Is there another record? Fetches the next block when this one is used up. */
static bool have_record(struct workload *w)
{
	struct state *s = w->state;

	if (likely(s->next < s->nr_block))
		return true;
	if (s->at_end || !w->trace->next_block)
		return false;
	s->next = 0;
	s->block = w->trace->next_block(w->trace->block_ctx, &s->nr_block);
	s->at_end = !s->block || !s->nr_block;
	lookahead_reset(&s->lookahead);
	if (s->at_end)
		s->nr_block = 0;
	return !s->at_end;
}

static void done_event(void *ctx, u64 arg)
{
	(void)arg;
	workload_finish(ctx);
}

static u64 stream_next(struct workload *w)
{
	const struct state *s = w->state;

	return have_record(w) ? s->base + s->block[s->next].time_ns : UINT64_MAX;
}

/* Part 0 .. 3 of looking ahead, before record next. */
static ALWAYS_INLINE void look_ahead(struct state *s, u32 part)
{
	u64 chunk = s->next / CHUNK;

	switch (part) {
	case 0:
		lookahead_ids(&s->lookahead, s->block, s->nr_block, chunk);
		break;
	case 1:
		lookahead_objects(&s->lookahead, s->block, chunk);
		break;
	case 2:
		lookahead_links(&s->lookahead, s->block, chunk);
		break;
	default:
		lookahead_blocks(&s->lookahead, s->block, chunk);
		break;
	}
}

/*
 * Runs up to n records of one chunk. False: something was scheduled or failed on the way. What no
 * record reads is counted once for all of them.
 */
static __attribute__((noinline)) bool run_records(struct workload *w, u32 n, u64 pushed)
{
	struct state *s = w->state;
	struct engine *e = &w->world->e;
	const struct trace_record *first = &s->block[s->next], *r = first, *end = first + n;
	const u32 *block = lookahead_blocks_from(&s->lookahead, s->next);
	bool calm;

	do {
		e->now = s->base + r->time_ns;
		w->world->k.lru.hint = *block++;
		one_record(w, r++);
		calm = likely(e->queue.next_seq == pushed) && likely(!e->failed);
	} while (calm && r < end);
	s->next += (u64)(r - first);
	w->ops += (u64)(r - first);
	e->events += (u64)(r - first);
	return calm;
}

static bool run_part(struct workload *w, u64 pushed)
{
	return run_records(w, LOOKAHEAD_EVERY, pushed);
}

/*
 * Runs a whole chunk, if the limit is behind it: each part of looking ahead has its own place in the
 * code, which the branch predictor likes. False: it was not, or ended before its end.
 */
static bool run_chunk(struct workload *w, u64 limit, u64 pushed)
{
	struct state *s = w->state;

	if (s->next % CHUNK || s->next + CHUNK > s->nr_block ||
	    s->base + s->block[s->next + CHUNK - 1].time_ns > limit)
		return false;
	look_ahead(s, 0);
	if (!run_part(w, pushed))
		return false;
	look_ahead(s, 1);
	if (!run_part(w, pushed))
		return false;
	look_ahead(s, 2);
	if (!run_part(w, pushed))
		return false;
	look_ahead(s, 3);
	return run_part(w, pushed);
}

static void stream_run(struct workload *w, u64 limit)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	struct engine *e = &w->world->e;
	u64 pushed = e->queue.next_seq;

	while (have_record(w)) {
		if (!e->failed && run_chunk(w, limit, pushed))
			continue;
		/* a record may have scheduled something that comes before the limit */
		if (e->queue.next_seq != pushed) {
			pushed = e->queue.next_seq;
			limit = min_of(limit, event_next_time(&e->queue));
			continue;
		}
		if (e->failed || s->base + s->block[s->next].time_ns > limit)
			return;
		if (s->next % LOOKAHEAD_EVERY == 0)
			look_ahead(s, s->next % CHUNK / LOOKAHEAD_EVERY);
		run_records(w, 1, pushed);
	}
	engine_after(e, p->settle, done_event, w, 0);
}

void replay_continue(struct workload *w)
{
	((struct state *)w->state)->at_end = false;
}

/* ---- the start ---- */

/* The superblock that stands for one of the trace's: one that the scenario mounts, or a new one. */
static u32 super_for(struct workload *w, int fs)
{
	struct task t = {.memcg = ROOT_MEMCG};

	for (u32 i = 0; i < w->world->nr_mounts; i++)
		if ((int)w->world->mounts[i].fs == fs && w->world->mounts[i].n)
			return w->world->mounts[i].supers[0];
	return vfs_mount(&w->world->k.vfs, (enum fs_type)fs, &t);
}

static int map_supers(struct workload *w)
{
	struct state *s = w->state;
	struct task t = {.memcg = ROOT_MEMCG};

	for (u32 i = 0; i < w->trace->nr_supers; i++) {
		const char *name = w->trace->supers[i].fs;
		int fs = name && i ? fs_type_find(name) : -1;

		/* dentries of unknown or unmodelled file systems: no LRU ever */
		s->super_of[i] =
			fs >= 0 ? super_for(w, fs) : vfs_mount(&w->world->k.vfs, FS_PSEUDO, &t);
		if (!s->super_of[i])
			return -ENOMEM;
		s->set_of[i] = super_at(&w->world->k.vfs, s->super_of[i])->set;
	}
	return 0;
}

static u32 plain_cache(struct workload *w, const struct trace_cache *tc)
{
	struct cache_spec spec = {
		.name = tc->name,
		.object_size = tc->object_size ? tc->object_size : 64,
		.size = tc->size,
		/* whether an object is charged is the trace's to say, with each event */
		.flags = CACHE_ACCOUNT,
	};
	u32 id = kmem_cache_find(&w->world->k.slab, tc->name);

	return id ? id : kmem_cache_create(&w->world->k.slab, &spec);
}

static int map_caches(struct workload *w)
{
	struct state *s = w->state;

	for (u32 i = 0; i < w->trace->nr_caches; i++) {
		const struct trace_cache *tc = &w->trace->caches[i];
		struct cache_state *c = &s->caches[i];

		c->fs = tc->kind == TRACE_CACHE_INODE && tc->fs ? fs_type_find(tc->fs) : -1;
		if (tc->kind == TRACE_CACHE_DENTRY)
			c->cache = w->world->k.vfs.dentry_cache;
		else if (c->fs >= 0)
			c->cache = vfs_inode_cache(&w->world->k.vfs, (enum fs_type)c->fs);
		else
			c->cache = plain_cache(w, tc);
		if (!c->cache)
			return -ENOMEM;
		s->cache_of[i] = c->cache;
	}
	return 0;
}

/* Objects that the trace frees and the population does not have: allocated now, by nobody. */
static int make_up(struct workload *w, u32 cache, u64 missing)
{
	struct slab_system *slabs = &w->world->k.slab;
	struct state *s = w->state;
	struct task t = {.memcg = ROOT_MEMCG};

	for (; missing; missing--) {
		u32 id = slab_alloc(slabs, cache, &t, -1);

		if (!id)
			return -ENOMEM;
		slab_at(slabs, id)->anon++;
		vfs_count_anon(&w->world->k.vfs, cache, 1);
		s->made_up++;
	}
	return 0;
}

/* Slabs with initial objects of a cache, so that an orphan free can draw one. */
static int list_population(struct workload *w, u32 i)
{
	struct slab_system *slabs = &w->world->k.slab;
	struct state *s = w->state;
	struct cache_state *c = &s->caches[i];
	u64 anon = 0, wanted = w->trace->caches[i].nr_orphan_free;
	u32 n = 0;

	for (u32 id = 1; id < slabs->slabs.n; id++)
		if (slab_at(slabs, id)->state != SLAB_FREE && slab_at(slabs, id)->cache == c->cache)
			anon += slab_at(slabs, id)->anon;
	if (wanted > anon && make_up(w, c->cache, wanted - anon))
		return -ENOMEM;
	for (u32 id = 1; id < slabs->slabs.n; id++)
		n += slab_at(slabs, id)->state != SLAB_FREE &&
		     slab_at(slabs, id)->cache == c->cache;
	c->slabs = calloc(max_of(n, 1U), sizeof(u32));
	for (u32 id = 1; c->slabs && id < slabs->slabs.n; id++)
		if (slab_at(slabs, id)->state != SLAB_FREE &&
		    slab_at(slabs, id)->cache == c->cache && slab_at(slabs, id)->anon)
			c->slabs[c->nr_slabs++] = id;
	return c->slabs ? 0 : -ENOMEM;
}

static void make_old_cgroups(struct workload *w)
{
	for (u32 i = 1; i < w->trace->nr_memcgs; i++)
		if (w->trace->memcgs[i].preexisting)
			make_memcg(w, i, 0);
}

static void start(struct workload *w)
{
	struct state *s = w->state;
	const struct trace *t = w->trace;
	int ret;

	s->base = w->world->e.now;
	s->block = t->records;
	s->nr_block = t->nr_records;
	s->nr_cpus = w->world->k.m.nr_present;
	s->object_of = huge_calloc(max_of(t->nr_ids, 1U), sizeof(u32));
	/* of inodes only: not touched before it is used */
	s->waiting = calloc(max_of(t->nr_ids, 1U), sizeof(u32));
	s->memcg_of = calloc(max_of(t->nr_memcgs, 1U), sizeof(u32));
	s->super_of = calloc(max_of(t->nr_supers, 1U), sizeof(u32));
	s->set_of = calloc(max_of(t->nr_supers, 1U), sizeof(u32));
	s->caches = calloc(max_of(t->nr_caches, 1U), sizeof(*s->caches));
	s->cache_of = calloc(max_of(t->nr_caches, 1U), sizeof(u32));
	ret = s->object_of && s->waiting && s->memcg_of && s->super_of && s->set_of && s->caches &&
			      s->cache_of
		      ? 0
		      : -ENOMEM;
	s->lookahead = (struct lookahead){
		.k = &w->world->k,
		.object_of = s->object_of,
		.memcg_of = s->memcg_of,
		.set_of = s->set_of,
		.cache_of = s->cache_of,
		.mask = ~RECLAIMED,
	};
	w->world->k.vfs.traced_gone = traced_gone;
	w->world->k.vfs.traced_ctx = w;
	if (!ret)
		ret = workload_rng(w, &s->rng, "orphans");
	if (!ret)
		ret = map_supers(w);
	if (!ret)
		ret = map_caches(w);
	for (u32 i = 0; !ret && i < t->nr_caches; i++)
		ret = list_population(w, i);
	if (ret) {
		w->world->e.failed = ret;
		return;
	}
	s->memcg_of[0] = ROOT_MEMCG;
	make_old_cgroups(w);
}

static void destroy(struct workload *w)
{
	struct state *s = w->state;

	for (u32 i = 0; s->caches && i < w->trace->nr_caches; i++)
		free(s->caches[i].slabs);
	free(s->caches);
	free(s->object_of);
	free(s->waiting);
	free(s->memcg_of);
	free(s->super_of);
	free(s->set_of);
	free(s->cache_of);
	rng_destroy(&s->rng);
}

static const char *check(struct workload *w)
{
	const struct params *p = w->params;
	u32 replays = 0;

	for (u32 i = 0; i < w->world->nr_workloads; i++)
		replays += w->world->workloads[i].type == w->type;
	if (replays > 1)
		return "a scenario replays one trace";
	return world_cgroup(w->world, p->parent) ? NULL : "parent: there is no such cgroup";
}

static void estimate(const struct workload *w, struct workload_estimate *est)
{
	if (!w->trace)
		return;
	est->objects += w->trace->nr_ids;
	est->memcgs += w->trace->nr_memcgs;
}

/* ---- what it counted ---- */

#define COUNT(fn, expr)                                                                            \
	static double fn(const void *model)                                                        \
	{                                                                                          \
		const struct workload *w = model;                                                  \
		const struct state *s = w->state;                                                  \
                                                                                                   \
		(void)w;                                                                           \
		(void)s;                                                                           \
		return (double)(expr);                                                             \
	}

COUNT(allocs, s->allocs)
COUNT(frees, s->frees)
COUNT(touches, s->touches)
COUNT(orphan_frees, s->orphan_frees)
COUNT(made_up, s->made_up)
COUNT(kept, s->kept)
COUNT(free_after_reclaim, s->free_after_reclaim)
COUNT(alloc_while_kept, s->alloc_while_kept)
COUNT(released, s->released)
COUNT(sb_guessed, w->trace->stats.sb_guessed)
COUNT(sb_unknown, w->trace->stats.sb_unknown)
COUNT(memcg_guessed, w->trace->stats.memcg_guessed)
COUNT(damaged, w->trace->stats.damaged)
COUNT(lost, w->trace->stats.lost_events)

#define COUNTED(n, u, h)                                                                           \
	.info = {.name = n, .unit = u, .help = h, .integer = true, .kind = METRIC_COUNTED}

static const struct metric_source metrics[] = {
	{COUNTED("replay.allocs", "objects", "allocations replayed"), .read = allocs},
	{COUNTED("replay.frees", "objects", "frees replayed"), .read = frees},
	{COUNTED("replay.touches", "lookups", "lookups replayed"), .read = touches},
	{COUNTED("replay.orphan_frees", "objects", "frees of what was there before the trace"),
	 .read = orphan_frees},
	{COUNTED("replay.made_up", "objects", "of those: not in the initial population, made up"),
	 .read = made_up},
	{COUNTED("replay.kept_after_reclaim", "objects",
		 "freed by reclaim in the recording, kept here"),
	 .read = kept},
	{COUNTED("replay.free_after_reclaim", "objects",
		 "freed here by reclaim before the recording did"),
	 .read = free_after_reclaim},
	{COUNTED("replay.alloc_while_kept", "objects",
		 "allocated again where this kernel kept something"),
	 .read = alloc_while_kept},
	{COUNTED("replay.css_released", "cgroups", "cgroups that the recorded kernel freed"),
	 .read = released},
	{COUNTED("replay.sb_guessed", "objects",
		 "dentries whose superblock is that of a later inode"),
	 .read = sb_guessed},
	{COUNTED("replay.sb_unknown", "objects", "dentries without a superblock: on no LRU"),
	 .read = sb_unknown},
	{COUNTED("replay.memcg_guessed", "objects",
		 "allocations of tasks never seen to enter a cgroup: root"),
	 .read = memcg_guessed},
	{COUNTED("replay.damaged_lines", "lines", "lines of the trace that could not be read"),
	 .read = damaged},
	{COUNTED("replay.lost_events", "events", "events that the recording itself lost"),
	 .read = lost},
	{.info = {.name = NULL}},
};

static u32 notes(struct workload *w, struct arena *arena, char **out, u32 max)
{
	const struct trace *t = w->trace;
	const struct state *s = w->state;
	u32 n = 0;

	if (max < 3)
		return 0;
	out[n++] = arena_printf(
		arena,
		"%s: recorded CPU c runs on modelled CPU c modulo %u; dentries join their LRU "
		"at allocation, inodes when their dentry is freed",
		w->name, s->nr_cpus);
	out[n++] = arena_printf(
		arena,
		"%s: %llu of %llu dentries took the superblock of a later inode of the same "
		"task, %llu have none; %llu allocations by tasks of unknown cgroup: root",
		w->name, (unsigned long long)t->stats.sb_guessed,
		(unsigned long long)(t->stats.sb_guessed + t->stats.sb_unknown),
		(unsigned long long)t->stats.sb_unknown,
		(unsigned long long)t->stats.memcg_guessed);
	out[n++] = arena_printf(
		arena,
		"%s: %llu objects freed in the trace were there before it: taken from the "
		"initial population, %llu of them made up before the first record",
		w->name, (unsigned long long)t->stats.orphan_frees, (unsigned long long)s->made_up);
	return n;
}

const struct workload_type workload_replay = {
	.name = "replay",
	.help = "a trace recorded on a real kernel",
	.params = &table,
	.starter = "  - name: host\n"
		   "    type: replay\n"
		   "    start: 0s\n"
		   "    trace: traces/host-6.18.txt.zst   # text of tracefs 'trace', plain, .gz or "
		   ".zst\n",
	.check = check,
	.start = start,
	.destroy = destroy,
	.state_size = sizeof(struct state),
	.stream_next = stream_next,
	.stream_run = stream_run,
	.trace_path = offsetof(struct params, trace),
	.metrics = metrics,
	.estimate = estimate,
	.notes = notes,
};
