// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: replay, before the first record: which cache, superblock and cgroup of this kernel stands for which of the
 * trace, and an initial population large enough for what the trace frees of it.
 */
#include "workload/replay.h"

#include <errno.h>
#include <stdlib.h>

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
			replay_make_memcg(w, i, 0);
}

void replay_start(struct workload *w)
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
	w->world->k.vfs.traced_gone = replay_traced_gone;
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

void replay_destroy(struct workload *w)
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
