// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: container-churn, what a container does with files: on each superblock that the key `files` picks it makes
 * them, looks them up, asks for names that are not there, or appends to one that all share; before it exits it
 * removes some. One call is one operation.
 */
#include "workload/container_churn.h"
#include "workload/file_ops.h"

#include <errno.h>
#include <stdlib.h>

#define FILES_PER_DIR 100

/* The task that does its next operation on files: one of its threads, where it has such. */
static struct task worker_of(const struct workload *w, const struct container *c)
{
	struct task t = task_of(c);

	if (c->nr_threads)
		t.cpu = thread_cpu(w, c, c->turn % c->nr_threads);
	return t;
}

/* Superblock of the container's current pick; *index: which one of its mount. */
static u32 current_super(struct workload *w, struct container *c, u32 *index)
{
	const struct file_params *f = spec_at(w->params, c->spec);
	struct state *s = w->state;
	u32 first, own = churn_own_range(w->params, f->mount, &first),
		   width = churn_spec_width(w, f);

	*index = f->choice == CHOICE_RANDOM
			 ? (u32)rng_below(&s->rng, width)
			 : (u32)(((u64)(c->number - 1) * (u64)f->pick + c->pick) % width);
	return own ? c->supers[first + *index] : world_mounts(w->world, f->mount)->supers[*index];
}

/* ---- trees that are there for all ---- */

bool churn_make_trees(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	s->trees = calloc(max_of(p->files.n, 1U), sizeof(*s->trees));
	for (u32 i = 0; s->trees && i < p->files.n; i++) {
		s->trees[i] = calloc(churn_spec_width(w, spec_at(p, i)), sizeof(struct tree));
		if (!s->trees[i])
			return false;
	}
	return s->trees != NULL;
}

void churn_free_trees(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	for (u32 i = 0; s->trees && i < p->files.n; i++) {
		for (u32 j = 0; s->trees[i] && j < churn_spec_width(w, spec_at(p, i)); j++)
			free(s->trees[i][j].vnodes);
		free(s->trees[i]);
	}
	free(s->trees);
}

/* The tree of a spec on one superblock: names only, nothing of it is cached yet. */
static struct tree *tree_of(struct workload *w, u32 spec, u32 index, u32 sb)
{
	const struct file_params *f = spec_at(w->params, spec);
	struct state *s = w->state;
	struct tree *t = &s->trees[spec][index];
	u32 dirs = (u32)div_round_up((u64)f->of, FILES_PER_DIR);

	if (t->vnodes)
		return t;
	t->vnodes = calloc((size_t)f->of + dirs, sizeof(u32));
	if (!t->vnodes) {
		w->world->e.failed = -ENOMEM;
		return NULL;
	}
	t->nr_dirs = dirs;
	for (u32 i = 0; i < dirs; i++)
		t->vnodes[i] = vnode_new(&w->world->k.vfs, sb, 0, true, true);
	for (u32 i = 0; i < (u32)f->of; i++)
		t->vnodes[dirs + i] =
			vnode_new(&w->world->k.vfs, sb, t->vnodes[i / FILES_PER_DIR], false, true);
	return t;
}

/* ---- operations ---- */

static bool remember(struct workload *w, struct container *c, u32 vnode, bool unlink, bool is_dir)
{
	if (c->nr_made == c->cap_made) {
		u32 cap = c->cap_made ? c->cap_made * 2 : 32;
		struct made_file *made = realloc(c->made, cap * sizeof(*made));

		if (!made) {
			w->world->e.failed = -ENOMEM;
			return false;
		}
		c->made = made;
		c->cap_made = cap;
	}
	c->made[c->nr_made++] = (struct made_file){vnode, unlink, is_dir};
	return true;
}

static void make_file(struct workload *w, struct container *c, u32 sb, u32 parent, bool is_dir)
{
	const struct file_params *f = spec_at(w->params, c->spec);
	struct vfs *v = &w->world->k.vfs;
	struct state *s = w->state;
	struct task t = worker_of(w, c);
	/* a directory goes when all of its files do */
	bool unlink =
		is_dir ? f->unlink >= 1.0 : f->unlink > 0.0 && rng_double(&s->rng) < f->unlink;
	u32 vnode = vnode_new(v, sb, parent, is_dir, false), dentry;

	if (!vnode || !remember(w, c, vnode, unlink, is_dir))
		return;
	vnode_set_name(v, vnode, (u32)f->name_length);
	if (f->action == ACTION_NEGATIVE && !is_dir)
		vnode_set_absent(v, vnode);
	dentry = f->action == ACTION_NEGATIVE && !is_dir ? vnode_lookup(v, vnode, &t)
							 : vnode_create(v, vnode, &t);
	if (dentry)
		dput(v, dentry, t.cpu);
	else
		w->refused++;
	if (dentry && f->pages && !is_dir && f->action == ACTION_CREATE)
		file_read(w, vnode, (u32)f->pages, &t);
	if (is_dir)
		c->own_dir = vnode;
}

static void stat_shared(struct workload *w, struct container *c, u32 sb, u32 index)
{
	const struct file_params *f = spec_at(w->params, c->spec);
	struct state *s = w->state;
	struct tree *tree = tree_of(w, c->spec, index, sb);
	struct task t = worker_of(w, c);
	u64 i;

	if (!tree)
		return;
	i = f->zipf > 0.0 ? zipf_draw(&s->rng, (u64)f->of, f->zipf)
			  : rng_below(&s->rng, (u64)f->of);
	if (f->pages)
		file_read(w, tree->vnodes[tree->nr_dirs + i], (u32)f->pages, &t);
	else if (!vnode_stat(&w->world->k.vfs, tree->vnodes[tree->nr_dirs + i], &t))
		w->refused++;
}

/* cat temp >> log: a page more, charged to who writes it. */
static void append_page(struct workload *w, struct container *c, u32 sb, u32 index)
{
	struct state *s = w->state;
	struct tree *tree = &s->trees[c->spec][index];
	struct kernel *k = &w->world->k;
	struct task t = worker_of(w, c);
	u32 dentry, mapping;

	if (!tree->vnodes) {
		tree->vnodes = calloc(1, sizeof(u32));
		if (!tree->vnodes) {
			w->world->e.failed = -ENOMEM;
			return;
		}
		tree->vnodes[0] = vnode_new(&k->vfs, sb, 0, false, false);
	}
	dentry = tree->vnodes[0] ? vnode_create(&k->vfs, tree->vnodes[0], &t) : 0;
	mapping = dentry ? inode_mapping(&k->pages, obj(&k->vfs, dentry)->peer) : 0;
	if (!mapping || !page_cache_write(&k->pages, mapping, tree->appended, 1, &t))
		w->refused++;
	else
		tree->appended++;
	if (dentry)
		dput(&k->vfs, dentry, t.cpu);
}

bool container_begin_super(struct workload *w, struct container *c)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	for (; c->spec < p->files.n; c->spec++, c->pick = 0) {
		const struct file_params *f = spec_at(p, c->spec);

		for (; c->pick < f->pick; c->pick++) {
			c->todo = (u32)min_of(random_draw(&f->count, &s->rng) +
						      (u64)f->grow * (c->number - 1),
					      (u64)100000000);
			c->done = 0;
			c->own_dir = 0;
			c->current = 0;
			c->first_made = c->nr_made;
			if (c->todo)
				return true;
		}
	}
	return false;
}

bool container_file_step(struct workload *w, struct container *c)
{
	const struct params *p = w->params;
	const struct file_params *f = spec_at(p, c->spec);
	u32 index, sb;

	if (c->done == c->todo * (f->restat ? 2 : 1)) {
		c->pick++;
		if (!container_begin_super(w, c))
			return false;
		f = spec_at(p, c->spec);
	}
	if (!c->current)
		c->current = current_super(w, c, &c->current_index);
	c->turn++;
	sb = c->current;
	index = c->current_index;
	if (f->action == ACTION_STAT) {
		stat_shared(w, c, sb, index);
	} else if (f->action == ACTION_APPEND) {
		append_page(w, c, sb, index);
	} else if (c->done < c->todo) {
		if (!c->done && f->dir == DIR_OWN && !c->own_dir) {
			make_file(w, c, sb, 0, true);
			return true;
		}
		make_file(w, c, sb, c->own_dir, false);
	} else {
		struct task t = worker_of(w, c);
		u32 skip = c->own_dir ? 1 : 0;

		vnode_stat(&w->world->k.vfs,
			   c->made[c->first_made + skip + c->done - c->todo].vnode, &t);
	}
	c->done++;
	return true;
}

/* ---- removal ---- */

/* rmdir: shrink_dcache_parent() takes what is still cached of the files, which came after it. */
static void remove_dir(struct workload *w, struct container *c, u32 i, const struct task *t)
{
	struct vfs *v = &w->world->k.vfs;
	u32 dir = c->made[i].vnode, dentry = vnode_lookup(v, dir, t);

	for (u32 j = i + 1; j < c->nr_made; j++)
		if (vnode_at(v, c->made[j].vnode)->parent == dir)
			vnode_prune(v, c->made[j].vnode, t->cpu);
	if (dentry)
		dput(v, dentry, t->cpu);
	vnode_unlink(v, dir, t);
}

/* A directory comes after its files. */
bool container_unlink_step(struct workload *w, struct container *c)
{
	struct task t = task_of(c);

	while (c->done < c->nr_made) {
		u32 i = c->nr_made - ++c->done;
		const struct made_file *f = &c->made[i];

		if (!f->unlink || !vnode_at(&w->world->k.vfs, f->vnode)->exists)
			continue;
		if (f->is_dir)
			remove_dir(w, c, i, &t);
		else
			vnode_unlink(&w->world->k.vfs, f->vnode, &t);
		return true;
	}
	return false;
}

void container_forget_made(struct workload *w, struct container *c)
{
	for (u32 i = 0; i < c->nr_made; i++)
		vnode_free(&w->world->k.vfs, c->made[i].vnode);
	c->nr_made = 0;
}
