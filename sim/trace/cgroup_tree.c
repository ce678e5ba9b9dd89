// SPDX-License-Identifier: GPL-3.0-or-later
#include "trace/cgroup_tree.h"

#include <errno.h>
#include <stdlib.h>

static u32 path_hash(struct slice path)
{
	u64 h = 0xcbf29ce484222325ULL;

	for (u32 i = 0; i < path.len; i++)
		h = (h ^ (u8)path.s[i]) * 0x100000001b3ULL;
	return (u32)(h ^ (h >> 32));
}

/* The slot of this path, or the empty one where it would stand. */
static u32 *path_slot(const struct cgroup_tree *t, struct slice path)
{
	u32 i = path_hash(path) & t->path_mask;

	while (t->by_path[i] && !slice_eq(slice_of(t->memcgs[t->by_path[i] - 1].path), path))
		i = (i + 1) & t->path_mask;
	return &t->by_path[i];
}

static int paths_grow(struct cgroup_tree *t)
{
	u32 *old = t->by_path, size = (t->path_mask + 1) * 2;

	t->by_path = calloc(size, sizeof(*t->by_path));
	if (!t->by_path) {
		t->by_path = old;
		return -ENOMEM;
	}
	for (u32 i = 0, n = t->path_mask, last = n; i <= last; i++) {
		t->path_mask = size - 1;
		if (old[i])
			*path_slot(t, slice_of(t->memcgs[old[i] - 1].path)) = old[i];
	}
	free(old);
	return 0;
}

static int memcgs_grow(struct cgroup_tree *t)
{
	u32 cap = t->cap ? t->cap * 2 : 64;
	struct trace_memcg *memcgs = realloc(t->memcgs, (size_t)cap * sizeof(*memcgs));
	bool *removed;

	if (!memcgs)
		return -ENOMEM;
	t->memcgs = memcgs;
	removed = realloc(t->removed, cap * sizeof(*removed));
	if (!removed)
		return -ENOMEM;
	t->removed = removed;
	t->cap = cap;
	return 0;
}

static u32 add(struct cgroup_tree *t, struct slice path, u32 parent, bool preexisting)
{
	char *copy = arena_strndup(t->arena, path.s, path.len);
	u32 *slot;

	if (!copy || (t->n == t->cap && memcgs_grow(t)) ||
	    ((u64)t->nr_paths * 2 > t->path_mask && paths_grow(t))) {
		t->failed = -ENOMEM;
		return NONE_U32;
	}
	t->memcgs[t->n] =
		(struct trace_memcg){.path = copy, .parent = parent, .preexisting = preexisting};
	t->removed[t->n] = false;
	slot = path_slot(t, path);
	t->nr_paths += !*slot;
	*slot = ++t->n;
	return t->n - 1;
}

int cgroup_tree_init(struct cgroup_tree *t, struct arena *arena)
{
	*t = (struct cgroup_tree){.arena = arena, .path_mask = 63};
	t->by_path = calloc(t->path_mask + 1, sizeof(*t->by_path));
	if (!t->by_path || idmap_init(&t->by_id, 64, &t->failed) ||
	    add(t, SLICE("/"), 0, true) == NONE_U32)
		return -ENOMEM;
	return 0;
}

void cgroup_tree_destroy(struct cgroup_tree *t)
{
	if (t->by_id.slots)
		idmap_destroy(&t->by_id);
	free(t->by_path);
	free(t->memcgs);
	free(t->removed);
}

static u32 find_path(const struct cgroup_tree *t, struct slice path)
{
	u32 stored = *path_slot(t, path);

	return stored && !t->removed[stored - 1] ? stored - 1 : NONE_U32;
}

/* The cgroup of this path; it and those above it are added as older than the recording. */
static u32 get_path(struct cgroup_tree *t, struct slice path)
{
	u32 index = 0;

	for (u32 n = 1; n <= path.len; n++) {
		struct slice prefix = {path.s, n};
		u32 found;

		if (n < path.len && path.s[n] != '/')
			continue;
		found = n > 1 ? find_path(t, prefix) : 0;
		if (found == NONE_U32)
			found = add(t, prefix, index, true);
		if (found == NONE_U32)
			return NONE_U32;
		index = found;
	}
	return index;
}

static struct slice dirname_of(struct slice path)
{
	u32 n = path.len;

	while (n && path.s[n - 1] != '/')
		n--;
	return (struct slice){path.s, n > 1 ? n - 1 : 1};
}

static u32 remember_id(struct cgroup_tree *t, u64 id, u32 index)
{
	if (index != NONE_U32 && !idmap_put(&t->by_id, id, index + 1))
		return NONE_U32;
	return index;
}

u32 cgroup_tree_mkdir(struct cgroup_tree *t, u64 id, struct slice path)
{
	u32 parent = get_path(t, dirname_of(path));

	if (parent == NONE_U32)
		return NONE_U32;
	return remember_id(t, id, add(t, path, parent, false));
}

u32 cgroup_tree_find(const struct cgroup_tree *t, u64 id)
{
	u32 stored = idmap_get(&t->by_id, id);

	return stored ? stored - 1 : NONE_U32;
}

u32 cgroup_tree_get(struct cgroup_tree *t, u64 id, struct slice path)
{
	u32 index = cgroup_tree_find(t, id);

	if (index != NONE_U32)
		return index;
	return remember_id(t, id, get_path(t, path));
}

void cgroup_tree_rmdir(struct cgroup_tree *t, u32 index)
{
	if (index)
		t->removed[index] = true;
}
