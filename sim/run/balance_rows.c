// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/balance_rows.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What names are made of: which mount a superblock belongs to, and room for the text. */
struct namer {
	const struct world *w;
	const struct mount_group **group_of; /* [supers]; NULL: a container's own */
	struct arena *arena;
};

static int namer_init(struct namer *n, const struct world *w, struct arena *arena)
{
	*n = (struct namer){
		.w = w,
		.group_of = arena_array(arena, max_of(w->k.vfs.supers.n, 1U), sizeof(*n->group_of)),
		.arena = arena,
	};
	if (!n->group_of)
		return -ENOMEM;
	for (u32 g = 0; g < w->nr_mounts; g++)
		for (u32 i = 0; i < w->mounts[g].n; i++)
			n->group_of[w->mounts[g].supers[i]] = &w->mounts[g];
	return 0;
}

static bool of_superblock(const struct shrinker *sh)
{
	return sh->ops == &super_shrinker_ops;
}

/* The mount that a superblock's shrinker is of, else its file system; others by their function. */
static const char *shrinker_name(const struct namer *n, const struct balance_cache *c)
{
	const struct shrinker *sh = shrinker_at(&n->w->k.shrinkers, c->shrinker);

	if (!sh->live || sh->serial != c->serial)
		return "unmounted";
	if (!of_superblock(sh))
		return sh->ops->scan_name;
	if (n->group_of[sh->arg])
		return n->group_of[sh->arg]->name;
	return fs_infos[super_at(&n->w->k.vfs, sh->arg)->fs].name;
}

/* "pods3"; "" for the root and for lists that belong to no memcg. NULL: out of memory. */
static const char *memcg_name(const struct namer *n, const struct balance_cache *c)
{
	const struct memcg *m = memcg_at(&n->w->k.memcg, c->memcg);

	if (c->memcg <= ROOT_MEMCG)
		return "";
	if (m->serial != c->memcg_serial || m->state == MEMCG_FREE)
		return "a removed cgroup";
	return m->number ? arena_printf(n->arena, "%s%u", m->name, m->number) : m->name;
}

/* "root of pods3 on node 0" */
static const char *cache_name(const struct namer *n, const char *shrinker,
			      const struct balance_cache *c)
{
	const char *memcg = memcg_name(n, c);

	if (!memcg)
		return NULL;
	return arena_printf(n->arena, "%s%s%s on node %u", shrinker, *memcg ? " of " : "", memcg,
			    c->node);
}

int balance_rows(struct run_result *out, const struct world *w, struct arena *arena)
{
	const struct balance *b = &w->k.vmscan.balance;
	struct namer n;
	u32 nr = 0;

	for (u32 id = balance_next(b, 0); id; id = balance_next(b, id))
		nr += balance_at(b, id)->cache;
	out->balance = arena_array(arena, max_of(nr, 1U), sizeof(*out->balance));
	if (!out->balance || namer_init(&n, w, arena))
		return -ENOMEM;
	for (u32 id = balance_next(b, 0); id; id = balance_next(b, id)) {
		const struct balance_cache *c = balance_at(b, id);
		struct balance_row *row = &out->balance[out->nr_balance];
		const char *name;

		if (!c->cache)
			continue;
		name = shrinker_name(&n, c);
		*row = (struct balance_row){
			.shrinker =
				arena_strdup(arena, name), /* the world goes before the result */
			.cache = cache_name(&n, name, c),
			.first = c->first,
			.ratio = balance_ratio(&c->sum),
		};
		if (!row->shrinker || !row->cache)
			return -ENOMEM;
		out->nr_balance++;
	}
	return 0;
}

/* Some are registered when they are first needed, after a world is built. */
const char *const balance_functions[] = {"scan_shadow_nodes", "ext4_es_scan",
					 "xfs_buftarg_shrink_scan", NULL};

bool balance_known(const struct world *w, const char *name)
{
	for (u32 i = 0; i < w->nr_mounts; i++)
		if (!strcmp(w->mounts[i].name, name))
			return true;
	for (u32 i = 0; i < NR_FS_TYPES; i++)
		if (!strcmp(fs_infos[i].name, name))
			return true;
	for (u32 i = 0; balance_functions[i]; i++)
		if (!strcmp(balance_functions[i], name))
			return true;
	return false;
}
