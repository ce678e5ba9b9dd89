// SPDX-License-Identifier: GPL-3.0-or-later
/* All mechanisms together, driven at random: every invariant after every event, all charges gone at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel_rig.h"
#include "kernels/memory_stat.h"
#include "memcg/kernel_stack.h"

#define MAX_CGROUPS 24
#define MAX_MOUNTS 8
#define MAX_FILES 400
#define MAX_BALLOONS 4
#define MAX_THREADS_HELD 12

/* Under a sanitizer, where a step takes five times as long, a quarter of them. */
#ifdef __SANITIZE_ADDRESS__
#define STEPS(n) ((n) / 4)
#else
#define STEPS(n) (n)
#endif

struct player {
	struct rig r;
	u64 rnd;
	u32 cgroups[MAX_CGROUPS], nr_cgroups;
	u32 mounts[MAX_MOUNTS], nr_mounts;
	struct {
		u32 vnode, mount;
	} files[MAX_FILES];
	u32 nr_files;
	struct balloon {
		struct anon_pages pages;
		u32 memcg; /* 0: it is empty */
	} balloons[MAX_BALLOONS];
	u32 threads[MAX_THREADS_HELD];
};

static u64 rnd(struct player *p, u64 below)
{
	p->rnd ^= p->rnd << 13;
	p->rnd ^= p->rnd >> 7;
	p->rnd ^= p->rnd << 17;
	return p->rnd % below;
}

static void assert_sound(const struct player *p, u32 step)
{
	const char *why = kernel_check(&p->r.k);

	if (why)
		fail_msg("step %u: %s", step, why);
	if (p->r.e.failed)
		fail_msg("step %u: engine failed", step);
}

static struct task random_task(struct player *p)
{
	struct task t = {.cpu = (u16)rnd(p, 4), .memcg = ROOT_MEMCG};

	if (p->nr_cgroups && rnd(p, 5))
		t.memcg = p->cgroups[rnd(p, p->nr_cgroups)];
	return t;
}

static void random_mkdir(struct player *p)
{
	struct task t = {.cpu = (u16)rnd(p, 4), .memcg = ROOT_MEMCG};
	u32 parent = p->nr_cgroups && rnd(p, 2) ? p->cgroups[rnd(p, p->nr_cgroups)] : ROOT_MEMCG,
	    cg;

	if (p->nr_cgroups == MAX_CGROUPS || memcg_at(&p->r.k.memcg, parent)->level > 3)
		return;
	cg = memcg_mkdir(&p->r.k.memcg, parent, "c", p->nr_cgroups, &t);
	if (!cg)
		return;
	p->cgroups[p->nr_cgroups++] = cg;
	if (!rnd(p, 3))
		memcg_set_limits(&p->r.k.memcg, cg, (64 + rnd(p, 2000)) * 4096,
				 rnd(p, 2) ? (64 + rnd(p, 1000)) * 4096 : 0);
}

static void random_rmdir(struct player *p)
{
	struct task t = {.cpu = (u16)rnd(p, 4), .memcg = ROOT_MEMCG};
	u32 i;

	if (!p->nr_cgroups)
		return;
	i = (u32)rnd(p, p->nr_cgroups);
	for (u32 c = memcg_at(&p->r.k.memcg, p->cgroups[i])->first_child; c;
	     c = memcg_at(&p->r.k.memcg, c)->next_sibling)
		if (memcg_online(&p->r.k.memcg, c))
			return;
	memcg_rmdir(&p->r.k.memcg, p->cgroups[i], &t);
	p->cgroups[i] = p->cgroups[--p->nr_cgroups];
}

static void random_mount(struct player *p)
{
	static const enum fs_type types[] = {FS_EXT4, FS_EXT4,	  FS_TMPFS,  FS_XFS,
					     FS_PROC, FS_OVERLAY, FS_DEVPTS, FS_MQUEUE};
	struct task t = random_task(p);
	u32 sb;

	if (p->nr_mounts == MAX_MOUNTS)
		return;
	sb = vfs_mount(&p->r.k.vfs, types[rnd(p, ARRAY_SIZE(types))], &t);
	if (sb)
		p->mounts[p->nr_mounts++] = sb;
}

static void forget_files(struct player *p, u32 mount)
{
	for (u32 i = 0; i < p->nr_files;) {
		if (p->files[i].mount == mount) {
			vnode_free(&p->r.k.vfs, p->files[i].vnode);
			p->files[i] = p->files[--p->nr_files];
		} else {
			i++;
		}
	}
}

static void free_balloon(struct player *p, struct balloon *b)
{
	anon_free(&p->r.k.pages, &b->pages);
	b->memcg = 0;
}

/* A task that is killed when there is no memory; mostly small, sometimes more than there is. */
static void random_balloon(struct player *p)
{
	struct balloon *b = &p->balloons[rnd(p, MAX_BALLOONS)];
	struct task t = random_task(p);
	u64 n = rnd(p, 12) ? rnd(p, 2000) : 20000 + rnd(p, 250000);

	if (b->memcg && !rnd(p, 3)) {
		free_balloon(p, b);
		return;
	}
	if (!b->memcg)
		b->memcg = t.memcg;
	t.memcg = b->memcg;
	/* its cgroup may have been removed: then it only waits for its end */
	if (t.memcg != ROOT_MEMCG && !memcg_online(&p->r.k.memcg, t.memcg))
		return;
	if (anon_grow(&p->r.k.pages, &b->pages, n, &t) < n)
		free_balloon(p, b);
}

/* open(), read() and close(). */
static void random_read(struct player *p)
{
	struct kernel *k = &p->r.k;
	struct task t = random_task(p);
	u64 at = rnd(p, 10) ? rnd(p, 3) * rnd(p, 150) : rnd(p, 1U << rnd(p, 24));
	u32 n = (u32)(rnd(p, 3) ? 1 + rnd(p, 5) : 1 + rnd(p, 300)), i, dentry, mapping;

	if (!p->nr_files)
		return;
	i = (u32)rnd(p, p->nr_files);
	if (vnode_at(&k->vfs, p->files[i].vnode)->is_dir ||
	    !vnode_at(&k->vfs, p->files[i].vnode)->exists)
		return;
	dentry = vnode_lookup(&k->vfs, p->files[i].vnode, &t);
	if (!dentry)
		return;
	mapping = inode_mapping(&k->pages, obj(&k->vfs, dentry)->peer);
	for (u32 times = 1 + (u32)rnd(p, 3); mapping && times; times--)
		assert_true(page_cache_read(&k->pages, mapping, at, n, &t) <= n);
	dput(&k->vfs, dentry, t.cpu);
}

static void random_reclaim(struct player *p)
{
	struct vmscan *v = &p->r.k.vmscan;
	struct task t = random_task(p);
	struct scan_control sc = {
		.target = rnd(p, 2) ? ROOT_MEMCG : t.memcg,
		.priority = (int)rnd(p, 13),
		.nr_to_reclaim = 32 + rnd(p, 1000),
		.kswapd = rnd(p, 2) != 0,
		.task = {.memcg = ROOT_MEMCG, .cpu = t.cpu},
	};

	if (!rnd(p, 4)) {
		limit_reclaim(v, t.memcg, 1 + rnd(p, 100), 0);
		return;
	}
	v->in_reclaim = true;
	shrink_node(v, (u32)rnd(p, 2), &sc);
	v->in_reclaim = false;
}

static void random_umount(struct player *p)
{
	struct task t = random_task(p);
	u32 i;

	if (!p->nr_mounts)
		return;
	i = (u32)rnd(p, p->nr_mounts);
	forget_files(p, p->mounts[i]);
	vfs_umount(&p->r.k.vfs, p->mounts[i], &t);
	p->mounts[i] = p->mounts[--p->nr_mounts];
}

static void random_create(struct player *p)
{
	struct vfs *v = &p->r.k.vfs;
	struct task t = random_task(p);
	u32 parent = 0, mount, vnode, dentry;

	if (!p->nr_mounts || p->nr_files == MAX_FILES)
		return;
	mount = p->mounts[rnd(p, p->nr_mounts)];
	if (p->nr_files) {
		u32 i = (u32)rnd(p, p->nr_files);

		if (p->files[i].mount == mount && vnode_at(v, p->files[i].vnode)->is_dir &&
		    vnode_at(v, p->files[i].vnode)->exists)
			parent = p->files[i].vnode;
	}
	vnode = vnode_new(v, mount, parent, rnd(p, 4) == 0, false);
	if (!rnd(p, 3))
		vnode_set_name(v, vnode, (u32)rnd(p, 256));
	dentry = rnd(p, 8) ? vnode_create(v, vnode, &t) : vnode_lookup(v, vnode, &t);
	if (dentry)
		dput(v, dentry, t.cpu);
	p->files[p->nr_files].vnode = vnode;
	p->files[p->nr_files++].mount = mount;
}

static void random_use(struct player *p)
{
	struct task t = random_task(p);
	u32 i;

	if (!p->nr_files)
		return;
	i = (u32)rnd(p, p->nr_files);
	if (rnd(p, 6) || vnode_at(&p->r.k.vfs, p->files[i].vnode)->is_dir)
		vnode_stat(&p->r.k.vfs, p->files[i].vnode, &t);
	else
		vnode_unlink(&p->r.k.vfs, p->files[i].vnode, &t);
}

/* A thread comes in some cgroup, or one goes, on any CPU. */
static void random_thread(struct player *p)
{
	u32 i = (u32)rnd(p, MAX_THREADS_HELD);
	struct task t = random_task(p);

	if (p->threads[i])
		thread_exit(&p->r.k.memcg, p->threads[i], t.cpu);
	p->threads[i] = p->threads[i] ? 0 : thread_new(&p->r.k.memcg, &t);
}

/* What is charged to a cgroup is what it has and what CPUs hold back, to the byte. */
static void assert_explained(struct player *p, u32 step)
{
	struct memory_stat stat;
	struct kpagecgroup pages;
	u32 cg;

	if (!p->nr_cgroups)
		return;
	cg = p->cgroups[rnd(p, p->nr_cgroups)];
	memory_stat_read(&p->r.k, cg, &stat);
	if (stat.current != stat.anon + stat.file + stat.kernel + stat.unused_stacks + stat.stocks)
		fail_msg("step %u: memory.current %llu, of which %llu are known", step,
			 (unsigned long long)stat.current,
			 (unsigned long long)(stat.anon + stat.file + stat.kernel +
					      stat.unused_stacks + stat.stocks));
	kpagecgroup_read(&p->r.k, &pages);
	assert_int_equal(pages.lost, 0);
}

static void random_step(struct player *p)
{
	struct task t = {.cpu = (u16)rnd(p, 4), .memcg = ROOT_MEMCG};
	u64 what = rnd(p, 100);

	if (what < 8)
		random_mkdir(p);
	else if (what < 15)
		random_rmdir(p);
	else if (what < 18)
		random_mount(p);
	else if (what < 19)
		random_umount(p);
	else if (what < 55)
		random_create(p);
	else if (what < 75)
		random_use(p);
	else if (what < 85)
		random_read(p);
	else if (what < 88)
		random_balloon(p);
	else if (what < 92)
		random_reclaim(p);
	else if (what < 95)
		shrink_slab(&p->r.k.shrinkers, (u32)rnd(p, 2),
			    p->nr_cgroups ? p->cgroups[rnd(p, p->nr_cgroups)] : ROOT_MEMCG,
			    (int)rnd(p, 13), &t);
	else if (what < 96)
		drop_slab(&p->r.k.shrinkers, &t);
	else if (what < 97)
		drop_pagecache(&p->r.k.pages);
	else
		random_thread(p);
	rig_run_until(&p->r, p->r.e.now + rnd(p, 5 * NSEC_PER_MSEC));
}

/* Everything is removed: what is left must be what a fresh kernel has, and nothing may be charged. */
static void assert_all_gone(struct player *p)
{
	struct task t = {.memcg = ROOT_MEMCG};
	struct kernel *k = &p->r.k;

	for (u32 i = 0; i < MAX_BALLOONS; i++)
		free_balloon(p, &p->balloons[i]);
	for (u32 i = 0; i < MAX_THREADS_HELD; i++)
		if (p->threads[i])
			thread_exit(&k->memcg, p->threads[i], 0);
	for (u32 cpu = 0; cpu < k->m.nr_cpus; cpu++)
		cached_stacks_free(&k->memcg, (u16)cpu);
	assert_int_equal(k->memcg.threads.live, 0);
	assert_int_equal(k->memcg.kernel_stack.level, 0);
	while (p->nr_cgroups)
		random_rmdir(p);
	while (p->nr_mounts)
		random_umount(p);
	rig_settle(&p->r);
	for (u32 cpu = 0; cpu < k->m.nr_cpus; cpu++)
		for (u32 cg = 1; cg < k->memcg.memcgs.n; cg++)
			memcg_drain_stock(&k->memcg, cg);
	rig_settle(&p->r);
	assert_int_equal(k->vfs.dentries.level, 0);
	assert_int_equal(k->vfs.nr_names, 0);
	assert_int_equal(k->vfs.inodes.level, 0);
	assert_int_equal(k->lru.items, 0);
	assert_int_equal(k->lru.lists_bytes.level, 0);
	assert_int_equal(k->memcg.online.level, 0);
	assert_int_equal(k->pages.file.level, 0);
	assert_int_equal(k->pages.anon.level, 0);
	assert_int_equal(k->pages.mappings.live, 0);
	assert_int_equal(k->pages.runs.live, 0);
	assert_int_equal(k->pages.es.live, 0);
	(void)t;
	for (u32 id = 1; id < k->slab.caches.n; id++) {
		const struct kmem_cache *c = cache_at(&k->slab, id);

		if (c->flags & CACHE_DEAD)
			continue;
		assert_true(c->root == id);
		if (c->flags & CACHE_RECLAIM_ACCOUNT)
			assert_int_equal(c->live, 0);
	}
	/* a byte stock may keep one slot and less than a page per CPU of a root that has all the slots */
	assert_int_equal(k->memcg.dying.level, 0);
	assert_true(memcg_at(&k->memcg, ROOT_MEMCG)->usage <= (s64)k->m.nr_cpus);
}

static void play(const char *row, const char *const *overrides, u64 seed, u32 steps,
		 bool reclaim_always)
{
	struct player *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	assert_int_equal(rig_init(&p->r, row, overrides), 0);
	p->rnd = 88172645463325252ULL ^ seed;
	if (reclaim_always)
		kernel_reclaim_always(&p->r.k);
	for (u32 i = 0; i < steps; i++) {
		random_step(p);
		assert_sound(p, i);
		if (i % 8 == 0)
			assert_explained(p, i);
	}
	assert_all_gone(p);
	assert_sound(p, steps);
	rig_destroy(&p->r);
	free(p);
}

static void every_row_keeps_its_invariants(void **state)
{
	(void)state;
	for (u32 i = 0; kernel_row_at(i); i++)
		play(kernel_row_at(i)->name, NULL, i, STEPS(4000), false);
}

static void mixed_axes_keep_their_invariants(void **state)
{
	static const char *const mixes[][5] = {
		{"accounting=none", NULL},
		{"accounting=per-page", "offline=pin", "list_lru=lazy", NULL},
		{"accounting=per-page", "offline=reparent", "list_lru=eager", NULL},
		{"accounting=per-object", "list_lru=eager", "shrinker=min-batch", NULL},
		{"accounting=per-page", "offline=pin", "list_lru=mount-scoped", NULL},
		{"accounting=none", "list_lru=mount-scoped", NULL},
		{"accounting=per-object", "list_lru=shrink", NULL},
		{"accounting=per-object", "list_lru=first-insert", NULL},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(mixes); i++) {
		play("v6.18", mixes[i], i + 100, STEPS(8000), false);
		play("v5.9", mixes[i], i + 200, STEPS(8000), false);
	}
}

static void reclaim_at_every_allocation_breaks_nothing(void **state)
{
	static const char *const rows[] = {"v4.18", "v4.19", "v5.9", "v5.18", "v6.18"};
	static const char *const proposals[][2] = {
		{"list_lru=shrink", NULL},
		{"list_lru=first-insert", NULL},
		{"list_lru=mount-scoped", NULL},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		play(rows[i], NULL, i + 300, STEPS(6000), true);
	for (u32 i = 0; i < ARRAY_SIZE(proposals); i++)
		play("v5.16", proposals[i], i + 400, STEPS(6000), true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_keeps_its_invariants),
		cmocka_unit_test(mixed_axes_keep_their_invariants),
		cmocka_unit_test(reclaim_at_every_allocation_breaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
