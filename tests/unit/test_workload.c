// SPDX-License-Identifier: GPL-3.0-or-later
/* Workloads in small worlds, built from scenarios as a user writes them: exact numbers of what they leave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/arena.h"
#include "kernels/memory_stat.h"
#include "run/catalog.h"
#include "run/world.h"

#define SEC NSEC_PER_SEC
#define MSEC NSEC_PER_MSEC

struct play {
	struct catalog catalog;
	struct scenario *s;
	struct inputs in;
	struct world *w;
	char dir[32], path[64], trace[64];
};

static void write_file(const char *path, const char *head, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fprintf(f, "%s%s", head, text) > 0);
	assert_int_equal(fclose(f), 0);
}

/* A scenario of one variant on two nodes with two CPUs each; trace: text beside it, or NULL. */
static void play_start(struct play *p, const char *kernel, const char *yaml, const char *trace)
{
	char head[512];
	struct scenario_opts opts = {0};
	struct diag d;

	memset(p, 0, sizeof(*p));
	strcpy(p->dir, "/tmp/test_workload.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/s.yaml", p->dir);
	snprintf(p->trace, sizeof(p->trace), "%s/trace.txt", p->dir);
	snprintf(head, sizeof(head),
		 "scenario: s\nduration: 1h\nmachine: {topology: \"numa:2 core:2 pu:1\", memory: "
		 "2GiB}\n"
		 "variants: [{name: v, kernel: %s}]\n",
		 kernel);
	write_file(p->path, head, yaml);
	if (trace)
		write_file(p->trace, "# tracer: nop\n", trace);
	diag_init(&d);
	assert_int_equal(catalog_init(&p->catalog), 0);
	if (scenario_load(&p->s, p->path, &opts, &p->catalog.schema, &d) ||
	    inputs_load(&p->in, p->s, true, &d))
		fail_msg("%s", d.text);
	p->w = calloc(1, sizeof(*p->w));
	if (world_build(p->w, &p->in, 0, p->s->seed, &d))
		fail_msg("%s", d.text);
	diag_free(&d);
}

static void play_stop(struct play *p)
{
	const char *why = kernel_check(&p->w->k);

	if (why)
		fail_msg("%s", why);
	assert_int_equal(p->w->e.failed, 0);
	world_destroy(p->w);
	free(p->w);
	inputs_free(&p->in);
	scenario_free(p->s);
	catalog_destroy(&p->catalog);
	unlink(p->path);
	unlink(p->trace);
	rmdir(p->dir);
}

/* Events and records up to a time, this included. */
static void play_until(struct play *p, u64 until)
{
	struct world *w = p->w;

	for (;;) {
		struct workload *stream = NULL;
		u64 event = event_next_time(&w->e.queue), record = UINT64_MAX;

		for (u32 i = 0; i < w->nr_workloads; i++) {
			if (!w->workloads[i].started || !w->workloads[i].type->stream_next)
				continue;
			stream = &w->workloads[i];
			record = stream->type->stream_next(stream);
		}
		if (min_of(event, record) > until)
			break;
		if (record < event)
			stream->type->stream_run(stream, min_of(event - 1, until));
		else
			engine_step(&w->e);
	}
	w->e.now = until;
}

static s64 online(const struct play *p)
{
	return p->w->k.memcg.online.level;
}

static s64 dentries(const struct play *p)
{
	return p->w->k.vfs.dentries.level;
}

static s64 inodes(const struct play *p)
{
	return p->w->k.vfs.inodes.level;
}

static struct super_block *super(const struct play *p, const char *mount, u32 i)
{
	return super_at(&p->w->k.vfs, world_mounts(p->w, mount)->supers[i]);
}

/* ---- container-churn ---- */

static void ten_containers_make_what_they_are_told(void **state)
{
	struct play p;

	(void)state;
	play_start(&p, "v5.9",
		   "mounts:\n"
		   "  - {name: root, fs: ext4}\n"
		   "workloads:\n"
		   "  - name: c\n"
		   "    type: container-churn\n"
		   "    start: 1s\n"
		   "    count: 10\n"
		   "    interval: 100ms\n"
		   "    life: 10s\n"
		   "    files: [{mount: root, action: create, count: 5}]\n",
		   NULL);
	/* the root directory */
	assert_int_equal(dentries(&p), 1);
	assert_int_equal(inodes(&p), 1);
	play_until(&p, SEC - 1);
	assert_int_equal(online(&p), 0);
	play_until(&p, SEC);
	assert_int_equal(online(&p), 1);
	play_until(&p, SEC + 850 * MSEC);
	assert_int_equal(online(&p), 9);
	play_until(&p, 5 * SEC);
	assert_int_equal(online(&p), 10);
	/* a directory each with five files in it */
	assert_int_equal(dentries(&p), 1 + 10 * 6);
	assert_int_equal(inodes(&p), 1 + 10 * 6);
	/*
	 * 6 * (192 + 8) + 6 * (1176 + 8) bytes: three pages each. The first one makes the tree of the device's
	 * pages too: two leaves, four nodes above the one and three above the other, 9 * (584 + 8) bytes.
	 */
	for (u32 id = ROOT_MEMCG + 1; id < p.w->k.memcg.memcgs.n; id++)
		assert_int_equal(memcg_at(&p.w->k.memcg, id)->slab_pages,
				 id == ROOT_MEMCG + 1 ? 4 : 3);
	assert_false(p.w->workloads[0].finished);
	/* the first one has lived its ten seconds from its first operation on */
	play_until(&p, 11 * SEC);
	assert_int_equal(online(&p), 10);
	play_until(&p, 11 * SEC + 50 * MSEC);
	assert_int_equal(online(&p), 9);
	play_until(&p, 30 * SEC);
	assert_int_equal(online(&p), 0);
	/* each has a page of its own directory's block, and that keeps it */
	assert_int_equal(p.w->k.memcg.dying.level, 10);
	assert_true(p.w->workloads[0].finished);
	assert_in_range(p.w->workloads[0].finished_at, 11 * SEC + 900 * MSEC, 12 * SEC);
	/* the files stay, and so do their dentries */
	assert_int_equal(dentries(&p), 1 + 10 * 6);
	drop_pagecache(&p.w->k.pages);
	play_until(&p, 31 * SEC);
	assert_int_equal(p.w->k.memcg.dying.level, 0);
	play_stop(&p);
}

static void unlinked_files_and_their_directory_are_gone(void **state)
{
	struct play p;

	(void)state;
	play_start(&p, "v5.9",
		   "mounts: [{name: root, fs: ext4}, {name: vol, fs: tmpfs}]\n"
		   "workloads:\n"
		   "  - name: c\n"
		   "    type: container-churn\n"
		   "    start: 0s\n"
		   "    count: 4\n"
		   "    life: 1s\n"
		   "    files:\n"
		   "      - {mount: root, action: create, count: 5, unlink: 1}\n"
		   "      - {mount: vol, action: create, count: 3, unlink: 1}\n",
		   NULL);
	play_until(&p, SEC / 2);
	assert_int_equal(super(&p, "root", 0)->nr_inodes, 1 + 4 * 6);
	assert_int_equal(super(&p, "vol", 0)->nr_inodes, 1 + 4 * 4);
	play_until(&p, 10 * SEC);
	assert_true(p.w->workloads[0].finished);
	assert_int_equal(super(&p, "root", 0)->nr_inodes, 1);
	assert_int_equal(super(&p, "vol", 0)->nr_inodes, 1);
	/* ext4 keeps the negative dentry of the directory (its files' went with it), tmpfs nothing */
	assert_int_equal(super(&p, "root", 0)->nr_dentries, 1 + 4);
	assert_int_equal(super(&p, "vol", 0)->nr_dentries, 1);
	play_stop(&p);
}

static void picks_go_round_the_superblocks_of_a_mount(void **state)
{
	static const u32 picks[3] = {7, 7, 6};
	struct play p;

	(void)state;
	play_start(&p, "v5.9",
		   "mounts: [{name: vol, fs: tmpfs, count: 3}]\n"
		   "workloads:\n"
		   "  - name: c\n"
		   "    type: container-churn\n"
		   "    start: 0s\n"
		   "    count: 10\n"
		   "    life: 1min\n"
		   "    files: [{mount: vol, pick: 2, action: create, count: 4}]\n",
		   NULL);
	play_until(&p, 30 * SEC);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(super(&p, "vol", i)->nr_dentries, 1 + picks[i] * 5);
		assert_int_equal(super(&p, "vol", i)->nr_inodes, 1 + picks[i] * 5);
	}
	/* tmpfs pins them: none is on an LRU */
	assert_int_equal(p.w->k.lru.items, 0);
	play_stop(&p);
}

static void negative_lookups_make_dentries_without_inodes(void **state)
{
	struct play p;

	(void)state;
	play_start(&p, "v5.9",
		   "mounts: [{name: root, fs: ext4}]\n"
		   "workloads:\n"
		   "  - name: c\n"
		   "    type: container-churn\n"
		   "    start: 0s\n"
		   "    count: 3\n"
		   "    files:\n"
		   "      - {mount: root, action: negative, count: 7}\n"
		   "      - {mount: root, action: negative, count: 2, dir: shared}\n",
		   NULL);
	play_until(&p, 30 * SEC);
	assert_int_equal(dentries(&p), 1 + 3 * (1 + 7 + 2));
	assert_int_equal(inodes(&p), 1 + 3);
	play_stop(&p);
}

static void a_shared_tree_is_cached_once(void **state)
{
	struct play p;

	(void)state;
	play_start(&p, "v5.9",
		   "mounts: [{name: root, fs: ext4}]\n"
		   "workloads:\n"
		   "  - name: c\n"
		   "    type: container-churn\n"
		   "    start: 0s\n"
		   "    count: 20\n"
		   "    files: [{mount: root, action: stat, count: 200, of: 150}]\n",
		   NULL);
	play_until(&p, 60 * SEC);
	/* 4000 lookups of 150 files in two directories of a hundred: all of them were met */
	assert_int_equal(dentries(&p), 1 + 150 + 2);
	assert_int_equal(inodes(&p), 1 + 150 + 2);
	play_stop(&p);
}

static void looking_again_marks_every_dentry(void **state)
{
	for (u32 again = 0; again < 2; again++) {
		struct play p;
		u32 marked = 0;

		(void)state;
		play_start(&p, "v5.9",
			   again ? "mounts: [{name: root, fs: ext4}]\n"
				   "workloads:\n"
				   "  - name: c\n"
				   "    type: container-churn\n"
				   "    start: 0s\n"
				   "    count: 2\n"
				   "    files: [{mount: root, action: create, dir: shared, count: "
				   "9, restat: on}]\n"
				 : "mounts: [{name: root, fs: ext4}]\n"
				   "workloads:\n"
				   "  - name: c\n"
				   "    type: container-churn\n"
				   "    start: 0s\n"
				   "    count: 2\n"
				   "    files: [{mount: root, action: create, dir: shared, count: "
				   "9}]\n",
			   NULL);
		play_until(&p, 30 * SEC);
		for (u32 id = 1; id < p.w->k.vfs.objects.n; id++)
			if (obj(&p.w->k.vfs, id)->kind == OBJECT_DENTRY)
				marked += (obj(&p.w->k.vfs, id)->flags & OBJ_REFERENCED) != 0;
		assert_int_equal(marked, again ? 18 : 0);
		assert_int_equal(dentries(&p), 1 + 18);
		play_stop(&p);
	}
}

static void live_containers_are_replaced_one_by_one(void **state)
{
	struct play p;

	(void)state;
	play_start(&p, "v5.9",
		   "workloads:\n"
		   "  - name: c\n"
		   "    type: container-churn\n"
		   "    start: 0s\n"
		   "    live: 3\n"
		   "    count: 12\n"
		   "    interval: 1ms\n"
		   "    life: 1s\n",
		   NULL);
	for (u64 t = 500 * MSEC; t < 4 * SEC; t += 100 * MSEC) {
		play_until(&p, t);
		/* 12 in four rounds of three */
		if (t % SEC == 500 * MSEC)
			assert_int_equal(online(&p), 3);
		assert_true(online(&p) <= 3);
	}
	play_until(&p, 10 * SEC);
	assert_int_equal(p.w->k.memcg.online.peak, 3);
	assert_int_equal(p.w->k.memcg.next_serial, 12);
	assert_true(p.w->workloads[0].finished);
	play_stop(&p);
}

static void own_mounts_live_as_long_as_their_container(void **state)
{
	struct play p;

	(void)state;
	play_start(&p, "v5.9",
		   "mounts: [{name: root, fs: ext4}]\n"
		   "workloads:\n"
		   "  - name: c\n"
		   "    type: container-churn\n"
		   "    start: 0s\n"
		   "    count: 5\n"
		   "    life: 10s\n"
		   "    linger: 5s\n"
		   "    mounts: [{name: tmp, fs: tmpfs, count: 2}, {fs: proc}]\n"
		   "    files: [{mount: tmp, pick: 2, action: create, count: 6}]\n",
		   NULL);
	play_until(&p, 5 * SEC);
	assert_int_equal(p.w->k.vfs.supers_live.level, 1 + 5 * 3);
	/* roots, and a directory with six files on each of the two */
	assert_int_equal(dentries(&p), 1 + 5 * 3 + 5 * 2 * 7);
	/* exited, not removed */
	play_until(&p, 12 * SEC);
	assert_int_equal(online(&p), 5);
	assert_int_equal(p.w->k.vfs.supers_live.level, 1);
	assert_int_equal(dentries(&p), 1);
	assert_int_equal(inodes(&p), 1);
	play_until(&p, 20 * SEC);
	assert_int_equal(online(&p), 0);
	play_stop(&p);
}

static void cgroups_can_all_be_there_before_the_first_one_runs(void **state)
{
	struct play p;

	(void)state;
	play_start(&p, "v5.9",
		   "mounts: [{name: root, fs: ext4}]\n"
		   "workloads:\n"
		   "  - name: c\n"
		   "    type: container-churn\n"
		   "    start: 1s\n"
		   "    create: first\n"
		   "    count: 50\n"
		   "    interval: 1ms\n"
		   "    run_at: 10s\n"
		   "    remove_at: 20s\n"
		   "    files: [{mount: root, action: create, count: 2}]\n",
		   NULL);
	play_until(&p, 11 * SEC - 1);
	assert_int_equal(online(&p), 50);
	assert_int_equal(dentries(&p), 1);
	/* 4, 10, 22, 46, 94 */
	assert_int_equal(p.w->k.memcg.nr_cache_ids, 94);
	play_until(&p, 15 * SEC);
	assert_int_equal(dentries(&p), 1 + 50 * 3);
	play_until(&p, 21 * SEC - 1);
	assert_int_equal(online(&p), 50);
	play_until(&p, 22 * SEC);
	assert_int_equal(online(&p), 0);
	assert_true(p.w->workloads[0].finished);
	play_stop(&p);
}

static void a_cgroup_directory_leaves_kernfs_dentries(void **state)
{
	static const struct {
		const char *kernel;
		s64 idle, attached;
	} t[] = {
		/* mkdir leaves the dentry of its own lookup from 5.15 on; attaching opens cgroup.procs in it */
		{"v5.9", 0, 2},
		{"v5.16", 1, 2},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		for (u32 attach = 0; attach < 2; attach++) {
			struct play p;
			s64 kernfs;

			(void)state;
			play_start(&p, t[i].kernel,
				   attach ? "mounts: [{name: cg, fs: cgroup2}]\n"
					    "workloads: [{name: c, type: container-churn, start: "
					    "0s, count: 6, "
					    "life: 5s}]\n"
					  : "mounts: [{name: cg, fs: cgroup2}]\n"
					    "workloads: [{name: c, type: container-churn, start: "
					    "0s, count: 6, "
					    "life: 5s, attach: off}]\n",
				   NULL);
			play_until(&p, 3 * SEC);
			kernfs = (s64)super(&p, "cg", 0)->nr_dentries;
			assert_int_equal(kernfs, 1 + 6 * (attach ? t[i].attached : t[i].idle));
			/* rmdir takes the file's with it and leaves the directory's, negative */
			play_until(&p, 20 * SEC);
			assert_int_equal(super(&p, "cg", 0)->nr_inodes, 1);
			assert_int_equal(super(&p, "cg", 0)->nr_dentries, 1 + 6);
			play_stop(&p);
		}
	}
}

static void a_seed_and_a_name_fix_a_workload(void **state)
{
	static const char yaml[] = "mounts: [{name: root, fs: ext4}]\n"
				   "workloads:\n"
				   "  - name: c\n"
				   "    type: container-churn\n"
				   "    start: 0s\n"
				   "    rate: 5/s\n"
				   "    count: 60\n"
				   "    life: {dist: exponential, mean: 5s}\n"
				   "    files: [{mount: root, action: create, count: {dist: "
				   "uniform, min: 1, max: 9}}]\n";
	u64 first[2], second[2];
	struct play p;

	(void)state;
	for (u32 i = 0; i < 2; i++) {
		play_start(&p, "v5.9", yaml, NULL);
		play_until(&p, 100 * SEC);
		fingerprint_digest(&p.w->e.fp, i ? second : first);
		assert_int_equal(p.w->k.memcg.next_serial, 60);
		play_stop(&p);
	}
	assert_memory_equal(first, second, sizeof(first));
	play_start(&p, "v5.9", yaml, NULL);
	p.w->seed++;
	play_until(&p, 100 * SEC);
	fingerprint_digest(&p.w->e.fp, second);
	assert_memory_not_equal(first, second, sizeof(first));
	play_stop(&p);
}

/* A random stream has the workload's name in its own: another workload changes nothing, and is not alike. */
static void workloads_draw_from_streams_of_their_own(void **state)
{
	static const char *const yaml[] = {
		"mounts: [{name: one, fs: ext4}, {name: two, fs: ext4}]\n"
		"workloads:\n"
		"  - {name: a, type: container-churn, start: 0s, count: 5, files: [{mount: one, "
		"action: create,\n"
		"     count: {dist: uniform, min: 1, max: 500}}]}\n",
		"mounts: [{name: one, fs: ext4}, {name: two, fs: ext4}]\n"
		"workloads:\n"
		"  - {name: b, type: container-churn, start: 0s, count: 5, files: [{mount: two, "
		"action: create,\n"
		"     count: {dist: uniform, min: 1, max: 500}}]}\n"
		"  - {name: a, type: container-churn, start: 0s, count: 5, files: [{mount: one, "
		"action: create,\n"
		"     count: {dist: uniform, min: 1, max: 500}}]}\n"};
	u64 one[2], two[2];

	(void)state;
	for (u32 i = 0; i < 2; i++) {
		struct play p;

		play_start(&p, "v5.9", yaml[i], NULL);
		play_until(&p, 60 * SEC);
		one[i] = super(&p, "one", 0)->nr_dentries;
		two[i] = super(&p, "two", 0)->nr_dentries;
		play_stop(&p);
	}
	assert_true(one[0] > 1 + 5 + 5);
	assert_int_equal(one[1], one[0]);
	assert_int_equal(two[0], 1);
	assert_int_not_equal(two[1], one[1]);
}

/* ---- mount-storm, idle-hold, drop-caches ---- */

static void a_mount_storm_mounts_holds_and_unmounts(void **state)
{
	struct play p;
	s64 empty;

	(void)state;
	play_start(&p, "v5.9",
		   "cgroups: [{name: pods}]\n"
		   "workloads:\n"
		   "  - {name: m, type: mount-storm, start: 1s, fs: tmpfs, count: 20, interval: "
		   "10ms, hold: 5s,"
		   " cgroup: pods}\n",
		   NULL);
	empty = p.w->k.lru.lists_bytes.level;
	play_until(&p, SEC + 95 * MSEC);
	assert_int_equal(p.w->k.vfs.supers_live.level, 10);
	play_until(&p, 6 * SEC - 1);
	assert_int_equal(p.w->k.vfs.supers_live.level, 20);
	assert_int_equal(dentries(&p), 20);
	assert_int_equal(inodes(&p), 20);
	/* two lrus on two nodes for four ids, 32 bytes each */
	assert_int_equal(p.w->k.lru.lists_bytes.level - empty, 20 * 2 * 2 * 4 * 32);
	/* the roots are charged to who mounts: 20 * (200 + 720) bytes in five pages */
	assert_int_equal(memcg_at(&p.w->k.memcg, world_cgroup(p.w, "pods"))->slab_pages, 5);
	assert_false(p.w->workloads[0].finished);
	play_until(&p, 6 * SEC + 95 * MSEC);
	assert_int_equal(p.w->k.vfs.supers_live.level, 10);
	play_until(&p, 10 * SEC);
	assert_int_equal(p.w->k.vfs.supers_live.level, 0);
	assert_int_equal(dentries(&p), 0);
	assert_int_equal(p.w->k.lru.lists_bytes.level, empty);
	assert_true(p.w->workloads[0].finished);
	assert_int_equal(p.w->workloads[0].ops, 40);
	play_stop(&p);
}

static void held_cgroups_are_made_kept_and_removed(void **state)
{
	struct play p;

	(void)state;
	play_start(
		&p, "v5.9",
		"workloads:\n"
		"  - {name: i, type: idle-hold, start: 1s, count: 30, interval: 10ms, hold: 3s}\n",
		NULL);
	play_until(&p, SEC + 95 * MSEC);
	assert_int_equal(online(&p), 10);
	play_until(&p, 4 * SEC - 1);
	assert_int_equal(online(&p), 30);
	assert_int_equal(p.w->k.memcg.nr_cache_ids, 46);
	assert_int_equal(memcg_at(&p.w->k.memcg, ROOT_MEMCG)->usage, 0);
	play_until(&p, 4 * SEC + 95 * MSEC);
	assert_int_equal(online(&p), 20);
	play_until(&p, 10 * SEC);
	assert_int_equal(online(&p), 0);
	assert_int_equal(p.w->k.memcg.dying.level, 0);
	assert_int_equal(p.w->k.memcg.nr_cache_ids, 46);
	assert_true(p.w->workloads[0].finished);
	play_stop(&p);
}

static void without_a_hold_they_stay(void **state)
{
	struct play p;

	(void)state;
	play_start(&p, "v5.9",
		   "cgroups: [{name: pods}]\n"
		   "workloads:\n"
		   "  - {name: i, type: idle-hold, start: 0s, count: 7, parent: pods}\n"
		   "  - {name: m, type: mount-storm, start: 0s, count: 5, fs: ext4}\n",
		   NULL);
	play_until(&p, 3000 * SEC);
	assert_int_equal(online(&p), 1 + 7);
	assert_int_equal(p.w->k.vfs.supers_live.level, 5);
	for (u32 c = memcg_at(&p.w->k.memcg, world_cgroup(p.w, "pods"))->first_child, n = 0;;
	     c = memcg_at(&p.w->k.memcg, c)->next_sibling, n++) {
		if (!c) {
			assert_int_equal(n, 7);
			break;
		}
	}
	assert_true(p.w->workloads[0].finished);
	assert_int_equal(p.w->workloads[0].finished_at, 6 * MSEC);
	assert_int_equal(p.w->workloads[1].finished_at, 4 * MSEC);
	play_stop(&p);
}

static double pages_read(const struct play *p, u32 i)
{
	return p->w->workloads[i].type->metrics[0].read(&p->w->workloads[i]);
}

static void a_walk_comes_back_after_its_pause(void **state)
{
	struct play p;

	(void)state;
	play_start(
		&p, "v5.9",
		"mounts: [{name: root, fs: ext4}]\n"
		"workloads:\n"
		"  - {name: t, type: file-tree-walk, mount: root, files: 2, pages: 3, op_time: 1s, "
		"passes: 2, pause: 10s}\n",
		NULL);
	/* the directory, a file, a file: at 0, 1 and 2 s, then at 13, 14 and 15 s */
	play_until(&p, 13 * SEC);
	assert_int_equal(p.w->workloads[0].ops, 4);
	play_until(&p, 60 * SEC);
	assert_int_equal(p.w->workloads[0].finished_at, 15 * SEC);
	/* only the first time it had to read them */
	assert_int_equal(pages_read(&p, 0), 2 * 3);
	play_stop(&p);
}

static void a_walk_over_names_that_are_not_there_leaves_negative_dentries(void **state)
{
	struct play p;

	(void)state;
	play_start(&p, "v5.9",
		   "mounts: [{name: root, fs: ext4}]\n"
		   "workloads:\n"
		   "  - {name: t, type: file-tree-walk, mount: root, dirs: 3, files: 7, pages: 4, "
		   "action: negative}\n",
		   NULL);
	play_until(&p, 60 * SEC);
	assert_int_equal(dentries(&p), 1 + 3 * (1 + 7));
	assert_int_equal(inodes(&p), 1 + 3);
	assert_int_equal(pages_read(&p, 0), 0);
	play_stop(&p);
}

/*
 * 300 files of 8 pages go through a cgroup of 256 pages. Whoever reads them has dentries reclaimed as well; a writer's
 * reclaim may not enter the file system, so that more is owed. What he wrote is written back, or he could not go on.
 */
static void a_writer_at_its_limit_owes_what_a_reader_scans(void **state)
{
	static const char *const actions[] = {"read", "write"};
	s64 owed[2];

	(void)state;
	for (u32 i = 0; i < 2; i++) {
		char yaml[512];
		struct play p;
		const struct memcg *c;

		snprintf(yaml, sizeof(yaml),
			 "mounts: [{name: root, fs: ext4}]\n"
			 "cgroups: [{name: c, max: 1MiB}]\n"
			 "workloads:\n"
			 "  - {name: t, type: file-tree-walk, mount: root, cgroup: c, files: 300, "
			 "pages: 8, action: %s}\n",
			 actions[i]);
		play_start(&p, "v4.19", yaml, NULL);
		play_until(&p, 60 * SEC);
		c = memcg_at(&p.w->k.memcg, world_cgroup(p.w, "c"));
		assert_int_equal(c->max_pages, 256);
		assert_true(c->usage > 200 && c->usage <= 256);
		assert_int_equal(pages_read(&p, 0), 300 * 8);
		assert_true(p.w->k.vmscan.limit_reclaims > 0);
		assert_int_equal(p.w->k.pages.written > 2000, i);
		owed[i] = p.w->k.shrinkers.owed.peak;
		play_stop(&p);
	}
	assert_true(owed[1] > owed[0]);
}

/* The kernel's test_kmem.c in small: what is written to memory.high is reclaimed, and a reading accounts for all. */
static void a_number_in_memory_high_reclaims_what_is_above(void **state)
{
	static const char *const kernels[] = {"v4.18", "v5.3", "v5.9", "v6.1", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(kernels); i++) {
		const struct memcg *c;
		struct memory_stat stat;
		struct play p;

		play_start(
			&p, kernels[i],
			"mounts: [{name: root, fs: ext4}]\n"
			"cgroups: [{name: c}]\n"
			"workloads:\n"
			"  - {name: t, type: file-tree-walk, mount: root, cgroup: c, files: 8000, "
			"action: "
			"negative, name_length: 109}\n"
			"  - {name: high, type: cgroup-write, start: 10s, cgroup: c, high: 1MiB}\n",
			NULL);
		c = memcg_at(&p.w->k.memcg, world_cgroup(p.w, "c"));
		play_until(&p, 9 * SEC);
		assert_int_equal(p.w->k.vfs.nr_names, 8000);
		/* at least 192 and 128 bytes a name */
		assert_true(c->usage >= 8000 * (192 + 128) / 4096);
		assert_int_equal(c->high_pages, NO_LIMIT);
		play_until(&p, 11 * SEC);
		assert_int_equal(c->high_pages, 256);
		assert_in_range(c->usage, 0, 256);
		memory_stat_read(&p.w->k, world_cgroup(p.w, "c"), &stat);
		assert_int_equal(stat.current, stat.anon + stat.file + stat.kernel + stat.stocks);
		play_stop(&p);
	}
}

/* Threads of a container: where they run, what they hold, and that they may stay when it goes. */
static void threads_of_a_container_have_stacks(void **state)
{
	static const char *const stay[] = {"off", "on"};

	(void)state;
	for (u32 i = 0; i < 2; i++) {
		struct memory_stat stat;
		char yaml[512];
		struct play p;

		snprintf(yaml, sizeof(yaml),
			 "mounts: [{name: root, fs: ext4}]\n"
			 "cgroups: [{name: pods}]\n"
			 "workloads:\n"
			 "  - {name: t, type: container-churn, parent: pods, count: 3, interval: "
			 "1s, threads: 50, "
			 "life: 10s, threads_stay: %s}\n",
			 stay[i]);
		play_start(&p, "v5.9", yaml, NULL);
		play_until(&p, 8 * SEC);
		memory_stat_read(&p.w->k, world_cgroup(p.w, "pods"), &stat);
		assert_int_equal(stat.kernel_stack, 3 * 50 * 16384);
		assert_int_equal(p.w->k.memcg.kernel_stack.level, 3 * 50 * 16384);
		play_until(&p, 60 * SEC);
		memory_stat_read(&p.w->k, world_cgroup(p.w, "pods"), &stat);
		assert_int_equal(stat.kernel_stack, i ? 3 * 50 * 16384 : 0);
		assert_int_equal(stat.nr_dying, i ? 3 : 0);
		play_stop(&p);
	}
}

/*
 * Containers with all that they can have, in cgroups of which some do not account kernel memory: a reading explains
 * memory.current to the byte, before and after the cgroups went and what they left was reclaimed.
 */
static void all_that_a_container_holds_is_in_memory_stat(void **state)
{
	static const char *const kernels[] = {
		"v4.18",
		"v4.18, offline: reparent",
		"v4.18, offline: reuse",
		"v4.20, offline: reuse",
		"v5.3",
		"v5.9",
		"v5.13, offline: reuse",
		"v5.18, accounting: {policy: per-object, caches: two}",
		"v6.18",
		"v6.18, accounting: none"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct memory_stat stat;
		struct play p;

		play_start(
			&p, kernels[i],
			"mounts: [{name: root, fs: ext4}]\n"
			"cgroups: [{name: pods}]\n"
			"workloads:\n"
			"  - {name: off, type: container-churn, kmem: off, parent: pods, count: 5, "
			"interval: 200ms, threads: 9, "
			"files: [{mount: root, action: create, count: 10, name_length: 100, pages: "
			"2}]}\n"
			"  - {name: t, type: container-churn, parent: pods, count: 20, interval: "
			"100ms, "
			"life: 500ms, threads: 5, objects: [{cache: filp, size: 256, count: 30, "
			"leave: 0.1}], "
			"files: [{mount: root, action: create, count: 40, name_length: 60, pages: "
			"3}]}\n"
			"  - {name: squeeze, type: cgroup-write, start: 10s, cgroup: pods, high: "
			"64KiB}\n",
			NULL);
		for (u32 at = 1; at < 13; at++) {
			play_until(&p, at * SEC);
			assert_null(kernel_check(&p.w->k));
			memory_stat_read(&p.w->k, world_cgroup(p.w, "pods"), &stat);
			assert_int_equal(stat.current, stat.anon + stat.file + stat.kernel +
							       stat.unused_stacks + stat.stocks);
			/* of the nine threads of a cgroup without kernel memory nobody pays */
			if (at == 1)
				assert_in_range(stat.kernel_stack % (5 * 16384), 0, 0);
		}
		play_stop(&p);
	}
}

static void appended_pages_belong_to_who_wrote_them(void **state)
{
	struct memory_stat stat;
	struct kpagecgroup pages;
	struct play p;

	(void)state;
	play_start(&p, "v6.18",
		   "mounts: [{name: root, fs: ext4}]\n"
		   "cgroups: [{name: pods}]\n"
		   "workloads:\n"
		   "  - {name: t, type: container-churn, parent: pods, count: 70, sequential: on, "
		   "files: [{mount: root, "
		   "action: append, count: 2}]}\n",
		   NULL);
	play_until(&p, 60 * SEC);
	memory_stat_read(&p.w->k, world_cgroup(p.w, "pods"), &stat);
	/* 140 pages of the log, and the first one read the file's directory and inode */
	assert_int_equal(stat.file, (140 + 2) * 4096);
	assert_int_equal(stat.nr_dying, 70);
	kpagecgroup_read(&p.w->k, &pages);
	assert_int_equal(pages.dying, 142);
	assert_int_equal(pages.lost, 0);
	play_stop(&p);
}

static void caches_are_dropped_at_the_given_times(void **state)
{
	static const struct {
		const char *mode;
		s64 first, second; /* dentries left, the root's included */
	} t[] = {{"", 1, 1}, {", mode: 3", 1, 1}, {", mode: 1", 61, 121}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		char yaml[1024];
		struct play p;

		snprintf(yaml, sizeof(yaml),
			 "mounts: [{name: root, fs: ext4}]\n"
			 "workloads:\n"
			 "  - {name: a, type: container-churn, start: 0s, count: 10, life: 1s,\n"
			 "     files: [{mount: root, action: create, count: 5}]}\n"
			 "  - {name: b, type: container-churn, start: 15s, count: 10, life: 1s,\n"
			 "     files: [{mount: root, action: create, count: 5}]}\n"
			 "  - {name: d, type: drop-caches, start: 2s, at: [8s, 18s]%s}\n",
			 t[i].mode);
		play_start(&p, "v5.9", yaml, NULL);
		play_until(&p, 10 * SEC - 1);
		assert_int_equal(dentries(&p), 1 + 60);
		play_until(&p, 10 * SEC);
		assert_int_equal(dentries(&p), t[i].first);
		play_until(&p, 20 * SEC);
		assert_int_equal(dentries(&p), t[i].second);
		assert_int_equal(inodes(&p), t[i].second);
		assert_true(p.w->workloads[2].finished);
		assert_int_equal(p.w->workloads[2].finished_at, 20 * SEC);
		assert_int_equal(p.w->workloads[2].ops, 2);
		play_stop(&p);
	}
}

/* ---- replay ---- */

#define AT(cpu, pid, time) " bash-" #pid " [00" #cpu "] d..1. " time ": "
#define ALLOC(cpu, pid, time, ptr, name, size, accounted)                                          \
	AT(cpu, pid, time)                                                                         \
	"kmem_cache_alloc: call_site=a+0x1/0x2 ptr=00000000000000" ptr " name=" name               \
	" bytes_req=" size " bytes_alloc=" size                                                    \
	" gfp_flags=GFP_KERNEL node=-1 accounted=" accounted "\n"
#define FREE(cpu, pid, time, ptr, name)                                                            \
	AT(cpu, pid, time)                                                                         \
	"kmem_cache_free: call_site=a+0x1/0x2 ptr=00000000000000" ptr " name=" name "\n"

static const char recording[] =
	AT(0, 7, "100.000000") "cgroup_mkdir: root=4 id=5 level=1 path=/a\n" AT(
		0, 7, "100.100000") "cgroup_attach_task: dst_root=4 dst_id=5 dst_level=1 "
				    "dst_path=/a pid=10 comm=x\n"
	/* two files of /a, and a dentry that no inode follows; something else, not accounted */
	ALLOC(1, 10, "101.000000", "a1", "dentry", "192",
	      "true") ALLOC(1, 10, "101.000001", "b1", "ext4_inode_cache", "1128",
			    "true") ALLOC(1, 10, "101.000002", "a2", "dentry", "192", "true")
		ALLOC(1, 10, "101.000003", "b2", "ext4_inode_cache", "1128", "true")
			ALLOC(1, 10, "101.000004", "a3", "dentry", "192", "true")
				ALLOC(1, 10, "101.000005", "c1", "cred", "192", "true")
					ALLOC(2, 10, "101.000006", "c2", "cred", "192", "false")
	/* the first file goes, of the second its dentry alone */
	FREE(1, 10, "102.000000", "a1", "dentry")
		FREE(1, 10, "102.000001", "b1", "ext4_inode_cache")
			FREE(1, 10, "103.000000", "a2", "dentry")
	/* from before the recording */
	FREE(0, 11, "103.100000", "d1", "dentry") FREE(0, 11, "103.100001", "d2", "dentry")
		FREE(0, 11, "104.000000", "c1", "cred")
			AT(0, 7, "105.000000") "cgroup_rmdir: root=4 id=5 level=1 path=/a\n" AT(
				0, 7, "106.000000") "cgroup_release: root=4 id=5 level=1 path=/a\n";

static double metric(const struct play *p, const char *name)
{
	const struct metric_source *m = p->w->workloads[0].type->metrics;

	for (; m->info.name; m++)
		if (!strcmp(m->info.name, name))
			return m->read(&p->w->workloads[0]);
	fail_msg("no metric %s", name);
	return 0;
}

static void a_replay_does_what_the_recording_says(void **state)
{
	const struct kmem_cache *cred;
	struct super_block *ext4;
	struct play p;

	(void)state;
	play_start(
		&p, "v6.18",
		"mounts: [{name: root, fs: ext4}]\n"
		"workloads: [{name: r, type: replay, start: 10s, trace: trace.txt, settle: 2s}]\n",
		recording);
	ext4 = super(&p, "root", 0);
	/* the first record is at the start; made-up objects are there for the orphan frees */
	play_until(&p, 10 * SEC);
	cred = cache_at(&p.w->k.slab, kmem_cache_find(&p.w->k.slab, "cred"));
	assert_int_equal(online(&p), 1);
	assert_int_equal(metric(&p, "replay.made_up"), 2);
	/* after the allocations: of those two, two in ext4's hands, one of no known superblock */
	play_until(&p, 11 * SEC + 500 * MSEC);
	assert_int_equal(ext4->nr_dentries, 1 + 2);
	assert_int_equal(ext4->nr_inodes, 1 + 2);
	/* ext4's root, the root of the one for what is unknown, two from before */
	assert_int_equal(dentries(&p), 2 + 2 + 3);
	assert_int_equal(cred->live, 2);
	assert_int_equal(p.w->k.lru.items, 2);
	/* 3 * 200, 2 * 1136, 200 on CPU 1: one page */
	assert_int_equal(memcg_at(&p.w->k.memcg, ROOT_MEMCG + 1)->slab_pages, 1);
	play_until(&p, 12 * SEC + 500 * MSEC);
	assert_int_equal(ext4->nr_dentries, 1 + 1);
	assert_int_equal(ext4->nr_inodes, 1 + 1);
	/* an inode without its dentry waits on its LRU */
	play_until(&p, 13 * SEC + 50 * MSEC);
	assert_int_equal(ext4->nr_dentries, 1);
	assert_int_equal(ext4->nr_inodes, 1 + 1);
	assert_int_equal(p.w->k.lru.items, 1);
	play_until(&p, 15 * SEC - 1);
	assert_int_equal(dentries(&p), 2 + 1);
	assert_int_equal(cred->live, 1);
	assert_int_equal(online(&p), 1);
	play_until(&p, 15 * SEC);
	assert_int_equal(online(&p), 0);
	play_until(&p, 18 * SEC - 1);
	assert_false(p.w->workloads[0].finished);
	play_until(&p, 18 * SEC);
	assert_true(p.w->workloads[0].finished);
	/* what is left is nobody's child, and pins nobody */
	assert_int_equal(p.w->k.memcg.dying.level, 0);
	assert_int_equal(metric(&p, "replay.allocs"), 7);
	assert_int_equal(metric(&p, "replay.frees"), 6);
	assert_int_equal(metric(&p, "replay.orphan_frees"), 2);
	assert_int_equal(metric(&p, "replay.css_released"), 1);
	assert_int_equal(metric(&p, "replay.sb_guessed"), 2);
	assert_int_equal(metric(&p, "replay.sb_unknown"), 1);
	assert_int_equal(metric(&p, "replay.memcg_guessed"), 0);
	assert_int_equal(metric(&p, "replay.free_after_reclaim"), 0);
	assert_int_equal(metric(&p, "replay.damaged_lines"), 0);
	play_stop(&p);
}

static void what_this_kernel_reclaimed_is_counted_when_the_recording_frees_it(void **state)
{
	struct play p;

	(void)state;
	/* at 11.5 s, between the allocations and the frees */
	play_start(&p, "v6.18",
		   "mounts: [{name: root, fs: ext4}]\n"
		   "workloads:\n"
		   "  - {name: r, type: replay, start: 10s, trace: trace.txt}\n"
		   "  - {name: d, type: drop-caches, start: 0s, at: 11500ms}\n",
		   recording);
	play_until(&p, 11 * SEC + 600 * MSEC);
	assert_int_equal(super(&p, "root", 0)->nr_dentries, 1);
	assert_int_equal(super(&p, "root", 0)->nr_inodes, 1);
	play_until(&p, 30 * SEC);
	/* two dentries and one of their inodes are freed in the recording later on */
	assert_int_equal(metric(&p, "replay.free_after_reclaim"), 3);
	assert_int_equal(metric(&p, "replay.frees"), 6);
	assert_int_equal(dentries(&p), 2 + 1);
	play_stop(&p);
}

/* ---- limits and the OOM killer ---- */

#define LIMITED(more)                                                                              \
	"mounts:\n"                                                                                \
	"  - {name: root, fs: ext4}\n"                                                             \
	"cgroups: [{name: pods}]\n"                                                                \
	"workloads:\n"                                                                             \
	"  - {name: churn, type: container-churn, start: 0s, parent: pods, " more "}\n"

static double churn_metric(const struct play *p, u32 workload, const char *name)
{
	const struct workload *w = &p->w->workloads[workload];

	for (const struct metric_source *m = w->type->metrics; m->info.name; m++)
		if (!strcmp(m->info.name, name))
			return m->read(w);
	fail_msg("%s: no such metric", name);
	return 0.0;
}

/* Ten want 4 MiB and fit, then ten want 16 MiB and do not. */
static void containers_over_their_limit_are_killed_and_removed(void **state)
{
	static const char *const kernels[] = {"v4.18", "v5.3", "v5.9", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct play p;

		play_start(
			&p, kernels[i],
			LIMITED("count: 10, interval: 100ms, life: 3s, max: 8MiB, anon: 4MiB") "  "
											       "- "
											       "{na"
											       "me:"
											       " la"
											       "rge"
											       ", "
											       "typ"
											       "e: "
											       "con"
											       "tai"
											       "ner"
											       "-ch"
											       "urn"
											       ", "
											       "sta"
											       "rt:"
											       " 0s"
											       ", "
											       "par"
											       "ent"
											       ": "
											       "pod"
											       "s, "
											       "cou"
											       "nt:"
											       " 10"
											       ", "
											       "int"
											       "erv"
											       "al:"
											       " 10"
											       "0ms"
											       ", "
											       "lif"
											       "e: "
											       "3s,"
											       " li"
											       "nge"
											       "r: "
											       "1s,"
											       " ma"
											       "x: "
											       "8Mi"
											       "B, "
											       "ano"
											       "n: "
											       "16M"
											       "iB}"
											       "\n",
			NULL);
		play_until(&p, 1500 * MSEC);
		/* the small ones hold what they wanted; the large ones are dead, and some not removed yet */
		assert_int_equal(p.w->k.pages.anon.level, 10 * 1024);
		assert_int_equal(p.w->k.vmscan.oom.kills, 10);
		assert_int_equal(p.w->k.vmscan.oom.kills_limit, 10);
		assert_in_range(online(&p), 1 + 10 + 4, 1 + 10 + 6);
		play_until(&p, 30 * SEC);
		assert_int_equal(churn_metric(&p, 0, "killed"), 0);
		assert_int_equal(churn_metric(&p, 1, "killed"), 10);
		assert_true(churn_metric(&p, 1, "stall_s") > 0);
		assert_true(p.w->workloads[0].finished && p.w->workloads[1].finished);
		assert_int_equal(p.w->workloads[1].refused, 0);
		assert_int_equal(p.w->k.pages.anon.level, 0);
		assert_int_equal(online(&p), 1);
		assert_int_equal(p.w->k.memcg.dying.level, 0);
		assert_int_equal(p.w->k.memcg.charge_failed, 0);
		assert_string_equal(p.w->k.vmscan.oom.verdicts[0].memcg, "pods/large1");
		assert_string_equal(p.w->k.vmscan.oom.verdicts[0].task, "large1");
		play_stop(&p);
	}
}

/* The limit is the parent's: the largest goes, whoever touches the page too many. */
static void the_largest_container_below_a_limit_goes(void **state)
{
	struct play p;

	(void)state;
	play_start(
		&p, "v5.9",
		"cgroups: [{name: pods, max: 64MiB}]\n"
		"mounts: [{name: root, fs: ext4}]\n"
		"workloads:\n"
		"  - {name: big, type: container-churn, start: 0s, parent: pods, count: 1, life: "
		"60s, anon: 40MiB}\n"
		"  - {name: small, type: container-churn, start: 1s, parent: pods, count: 4, "
		"interval: 1s, life: 60s, anon: 10MiB}\n",
		NULL);
	play_until(&p, 3 * SEC - MSEC);
	assert_int_equal(p.w->k.pages.anon.level, 60 * 256);
	play_until(&p, 5 * SEC);
	assert_int_equal(p.w->k.pages.anon.level, 40 * 256);
	assert_int_equal(churn_metric(&p, 0, "killed"), 1);
	assert_int_equal(churn_metric(&p, 1, "killed"), 0);
	assert_string_equal(p.w->k.vmscan.oom.verdicts[0].memcg, "pods");
	assert_string_equal(p.w->k.vmscan.oom.verdicts[0].task, "big1");
	assert_int_equal(p.w->k.vmscan.oom.verdicts[0].task_anon, 40 << 20);
	assert_true(p.w->workloads[0].finished);
	play_until(&p, 100 * SEC);
	assert_int_equal(online(&p), 1);
	play_stop(&p);
}

/* Who is killed does not remove his files any more; who exits does. */
static void a_killed_container_leaves_its_files(void **state)
{
	static const char *const limits[] = {"16MiB", "8MiB"};
	u64 ops[2];

	(void)state;
	for (u32 i = 0; i < 2; i++) {
		char yaml[512];
		struct play p;

		snprintf(yaml, sizeof(yaml),
			 "mounts: [{name: root, fs: ext4}]\n"
			 "cgroups: [{name: pods, max: %s}]\n"
			 "workloads:\n"
			 "  - {name: c, type: container-churn, start: 0s, parent: pods, count: 1, "
			 "life: 10s, anon: 5MiB, files: [{mount: root, count: 50, unlink: 1}]}\n"
			 "  - {name: b, type: anon-pressure, start: 5s, cgroup: pods, sizes: 4MiB, "
			 "hold: 20s}\n",
			 limits[i]);
		play_start(&p, "v5.9", yaml, NULL);
		play_until(&p, 4 * SEC);
		/* the root directory, its own one and what it made */
		assert_int_equal(super(&p, "root", 0)->nr_inodes, 52);
		play_until(&p, 60 * SEC);
		assert_int_equal(churn_metric(&p, 0, "killed"), i);
		/* what was cached of them went before anybody was killed */
		assert_int_equal(super(&p, "root", 0)->nr_inodes, 1);
		assert_int_equal(online(&p), 1);
		ops[i] = p.w->workloads[0].ops;
		play_stop(&p);
	}
	/* 50 files, their directory, and the look that finds no more */
	assert_int_equal(ops[0] - ops[1], 52);
}

/* Reclaim that a limit asks for makes the run of a container longer by just its time. */
static void limit_reclaim_is_part_of_a_containers_time(void **state)
{
	static const char *const limits[] = {"", ", max: 4MiB", ", high: 4MiB"};
	static const char *const kernels[] = {"v4.18", "v5.9", "v6.18"};

	(void)state;
	for (u32 k = 0; k < ARRAY_SIZE(kernels); k++) {
		u64 alone = 0;

		for (u32 i = 0; i < ARRAY_SIZE(limits); i++) {
			char yaml[512];
			const struct kernel *kernel;
			struct play p;
			u64 stall;

			snprintf(yaml, sizeof(yaml),
				 "mounts: [{name: root, fs: ext4}]\n"
				 "workloads:\n"
				 "  - {name: c, type: container-churn, start: 0s, count: 1%s, "
				 "files: "
				 "[{mount: root, count: 40, pages: 100}, {mount: root, action: "
				 "stat, "
				 "count: 40, of: 10, pages: 64}]}\n",
				 limits[i]);
			play_start(&p, kernels[k], yaml, NULL);
			play_until(&p, 60 * SEC);
			kernel = &p.w->k;
			assert_true(p.w->workloads[0].finished);
			assert_int_equal(p.w->workloads[0].refused, 0);
			assert_int_equal(kernel->vmscan.oom.kills, 0);
			assert_int_equal(kernel->memcg.events_high > 0, i == 2);
			assert_int_equal(kernel->memcg.events_max > 0, i == 1);
			stall = kernel->vmscan.direct_ns;
			assert_int_equal(stall > 0, i > 0);
			assert_true(churn_metric(&p, 0, "stall_s") == (double)stall / 1e9);
			if (!i)
				alone = p.w->workloads[0].finished_at;
			assert_int_equal(p.w->workloads[0].finished_at, alone + stall);
			play_stop(&p);
		}
	}
}

/* The machine is out of memory: the one who holds most goes, and the one who asked goes on. */
static void the_larger_of_two_balloons_goes(void **state)
{
	static const char *const kernels[] = {"v4.18", "v5.9", "v6.18"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(kernels); i++) {
		const struct oom_verdict *o;
		struct play p;

		play_start(
			&p, kernels[i],
			"workloads:\n"
			"  - {name: held, type: anon-pressure, start: 0s, sizes: 1200MiB, hold: "
			"30min}\n"
			"  - {name: grows, type: anon-pressure, start: 10s, sizes: 1100MiB, hold: "
			"10min}\n",
			NULL);
		play_until(&p, 20 * SEC);
		o = &p.w->k.vmscan.oom.verdicts[0];
		assert_int_equal(p.w->k.vmscan.oom.kills, 1);
		assert_int_equal(p.w->k.vmscan.oom.kills_limit, 0);
		assert_string_equal(o->task, "held");
		assert_false(o->limit);
		assert_int_equal(o->task_anon, 1200LL << 20);
		assert_true(p.w->workloads[0].finished);
		assert_false(p.w->workloads[1].finished);
		assert_int_equal(p.w->k.pages.anon.level, 1100 * 256);
		assert_int_equal(p.w->workloads[1].refused, 0);
		play_until(&p, 1000 * SEC);
		assert_true(p.w->workloads[1].finished);
		assert_int_equal(p.w->k.pages.anon.level, 0);
		play_stop(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_containers_make_what_they_are_told),
		cmocka_unit_test(unlinked_files_and_their_directory_are_gone),
		cmocka_unit_test(picks_go_round_the_superblocks_of_a_mount),
		cmocka_unit_test(negative_lookups_make_dentries_without_inodes),
		cmocka_unit_test(a_shared_tree_is_cached_once),
		cmocka_unit_test(looking_again_marks_every_dentry),
		cmocka_unit_test(live_containers_are_replaced_one_by_one),
		cmocka_unit_test(own_mounts_live_as_long_as_their_container),
		cmocka_unit_test(cgroups_can_all_be_there_before_the_first_one_runs),
		cmocka_unit_test(a_cgroup_directory_leaves_kernfs_dentries),
		cmocka_unit_test(a_seed_and_a_name_fix_a_workload),
		cmocka_unit_test(workloads_draw_from_streams_of_their_own),
		cmocka_unit_test(a_mount_storm_mounts_holds_and_unmounts),
		cmocka_unit_test(held_cgroups_are_made_kept_and_removed),
		cmocka_unit_test(without_a_hold_they_stay),
		cmocka_unit_test(a_walk_comes_back_after_its_pause),
		cmocka_unit_test(a_walk_over_names_that_are_not_there_leaves_negative_dentries),
		cmocka_unit_test(a_writer_at_its_limit_owes_what_a_reader_scans),
		cmocka_unit_test(a_number_in_memory_high_reclaims_what_is_above),
		cmocka_unit_test(threads_of_a_container_have_stacks),
		cmocka_unit_test(all_that_a_container_holds_is_in_memory_stat),
		cmocka_unit_test(appended_pages_belong_to_who_wrote_them),
		cmocka_unit_test(caches_are_dropped_at_the_given_times),
		cmocka_unit_test(a_replay_does_what_the_recording_says),
		cmocka_unit_test(what_this_kernel_reclaimed_is_counted_when_the_recording_frees_it),
		cmocka_unit_test(containers_over_their_limit_are_killed_and_removed),
		cmocka_unit_test(the_largest_container_below_a_limit_goes),
		cmocka_unit_test(a_killed_container_leaves_its_files),
		cmocka_unit_test(limit_reclaim_is_part_of_a_containers_time),
		cmocka_unit_test(the_larger_of_two_balloons_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
