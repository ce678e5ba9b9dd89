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
#include "workload/replay.h"
#include "workload/types.h"

#include <string.h>

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

void replay_traced_gone(void *ctx, u32 trace_id)
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

void replay_make_memcg(struct workload *w, u32 trace_memcg, u16 cpu)
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
		replay_make_memcg(w, r->memcg, cpu);
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

/* ---- the workload ---- */

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
	.start = replay_start,
	.destroy = replay_destroy,
	.state_size = sizeof(struct state),
	.stream_next = stream_next,
	.stream_run = stream_run,
	.trace_path = offsetof(struct params, trace),
	.metrics = replay_metrics,
	.estimate = estimate,
	.notes = replay_notes,
};
