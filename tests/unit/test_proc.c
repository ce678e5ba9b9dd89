// SPDX-License-Identifier: GPL-3.0-or-later
/* --proc: what a kernel's files say is what the kernel holds, and the simulator's own reader reads it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kernel_rig.h"
#include "run/proc_files.h"
#include "trace/slabinfo.h"

#include <stdlib.h>

#define THINGS 1000

static char *text_of(const struct kernel *k, const char *name)
{
	const struct proc_file *file = proc_files;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	while (file->name && strcmp(file->name, name))
		file++;
	assert_non_null(file->name);
	assert_int_equal(file->write(k, f), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

/* A cache of accounted objects, and a cgroup with two below it. */
struct host {
	struct rig r;
	u32 cache, parent, a, b;
};

static u32 things_cache(struct rig *r)
{
	return kmem_cache_create(
		&r->k.slab,
		&(struct cache_spec){.name = "thing", .object_size = 200, .flags = CACHE_ACCOUNT});
}

static void take(struct host *h, u32 memcg, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		struct task t = {.memcg = memcg, .cpu = (u16)(i % 4)};

		assert_true(plain_alloc(&h->r.k.vfs, h->cache, 0, &t, true) != 0);
	}
}

static void host_init(struct host *h, const char *row)
{
	struct task t = {.memcg = ROOT_MEMCG};

	assert_int_equal(rig_init(&h->r, row, NULL), 0);
	h->cache = things_cache(&h->r);
	h->parent = memcg_mkdir(&h->r.k.memcg, ROOT_MEMCG, "p", 0, &t);
	h->a = memcg_mkdir(&h->r.k.memcg, h->parent, "a", 3, &t);
	h->b = memcg_mkdir(&h->r.k.memcg, h->parent, "b", 0, &t);
	assert_true(h->cache && h->parent && h->a && h->b);
	/* per-page: the first object has the worker make the cache of the cgroup */
	take(h, h->a, 1);
	take(h, h->b, 1);
	rig_settle(&h->r);
}

/* ---- slabinfo ---- */

static const struct slabinfo_line *line_of(const struct slabinfo_file *f, const char *cache)
{
	for (u32 i = 0; i < f->n; i++)
		if (!strcmp(f->lines[i].cache, cache))
			return &f->lines[i];
	return NULL;
}

static void read_back(struct slabinfo_file *out, const char *text, struct arena *arena)
{
	struct diag d;

	diag_init(&d);
	assert_int_equal(slabinfo_parse(out, "slabinfo", text, strlen(text), arena, &d), 0);
	assert_null(d.text);
	diag_free(&d);
}

static void check_lines(const struct slab_system *s, const struct slabinfo_file *f)
{
	struct slabinfo *rows = calloc(s->caches.n, sizeof(*rows));
	u32 roots = 0;

	assert_non_null(rows);
	slabinfo_all(s, rows);
	for (u32 id = 1; id < s->caches.n; id++) {
		const struct kmem_cache *c = cache_at(s, id);
		const struct slabinfo_line *l = line_of(f, c->name);

		if (c->root != id)
			continue;
		roots++;
		assert_non_null(l);
		assert_int_equal(l->active_objs, rows[id].active_objs);
		assert_int_equal(l->num_objs, rows[id].num_objs);
		assert_int_equal(l->objsize, c->size);
		assert_int_equal(l->objperslab, c->objects);
		assert_int_equal(l->pagesperslab, 1U << c->order);
	}
	assert_int_equal(f->n, roots);
	free(rows);
}

/* Written, read, made again in another kernel, written: the same line. */
static void slabinfo_goes_round(void **state)
{
	static const char *const rows[] = {"v5.0", "v5.9", "v6.18"};
	struct arena *arena = arena_new();

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct host h;
		struct rig other;
		struct slabinfo_file f;
		const struct slabinfo_line *l;
		u64 weight[2] = {1, 1};
		struct slabinfo info;
		char *text, *again, *line;

		host_init(&h, rows[i]);
		take(&h, h.a, THINGS);
		take(&h, h.b, 7);
		text = text_of(&h.r.k, "slabinfo");
		read_back(&f, text, arena);
		check_lines(&h.r.k.slab, &f);
		l = line_of(&f, "thing");
		assert_true(l->active_objs >= THINGS && l->num_objs >= l->active_objs);
		assert_int_equal(rig_init(&other, rows[i], NULL), 0);
		assert_int_equal(slab_populate(&other.k.slab, things_cache(&other),
					       &(struct slab_population){
						       .num_objs = l->num_objs,
						       .active_objs = l->active_objs,
						       .live_objs = l->active_objs,
						       .weight = weight,
					       }),
				 0);
		slabinfo_of(&other.k.slab, kmem_cache_find(&other.k.slab, "thing"), &info);
		assert_int_equal(info.active_objs, l->active_objs);
		again = text_of(&other.k, "slabinfo");
		line = strstr(text, "\nthing");
		assert_non_null(line);
		*strchr(line + 1, '\n') = '\0';
		assert_non_null(strstr(again, line));
		rig_destroy(&other);
		rig_destroy(&h.r);
		free(again);
		free(text);
	}
	arena_free(arena);
}

/* ---- memcg_slabinfo ---- */

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in\n%s", part, text);
}

static void shared_caches_show_who_owns_the_objects(void **state)
{
	struct task t = {.memcg = ROOT_MEMCG};
	struct host h;
	char *text;

	(void)state;
	host_init(&h, "v6.1");
	take(&h, h.a, THINGS);
	take(&h, h.b, 6);
	take(&h, ROOT_MEMCG, 50);
	text = text_of(&h.r.k, "memcg_slabinfo");
	assert_has(text, "\n# /p/a3\nthing               1001   1001    200   20    1 : tunables"
			 "    0    0    0 : slabdata ");
	assert_has(text, "\n# /p/b\nthing                  7      7    200 ");
	assert_has(text, "\n# 2 of 4 memory cgroups ");
	free(text);
	/* its objects become its parent's */
	memcg_rmdir(&h.r.k.memcg, h.a, &t);
	rig_settle(&h.r);
	text = text_of(&h.r.k, "memcg_slabinfo");
	assert_has(text, "\n# /p\nthing               1001   1001    200 ");
	assert_null(strstr(text, "a3"));
	free(text);
	rig_destroy(&h.r);
}

static void own_caches_show_their_slabs(void **state)
{
	struct task t = {.memcg = ROOT_MEMCG};
	struct host h;
	char *text;

	(void)state;
	host_init(&h, "v5.0");
	take(&h, h.a, THINGS);
	text = text_of(&h.r.k, "memcg_slabinfo");
	/* 4 CPUs took 250 each from slabs of 20: 13 slabs a CPU, all of them active */
	assert_has(text, "\n# /p/a3\nthing               1040   1040    200   20    1 : tunables"
			 "    0    0    0 : slabdata     52     52      0\n");
	assert_has(text, "\n# /p/b\nthing                  0      0    200 ");
	free(text);
	memcg_rmdir(&h.r.k.memcg, h.a, &t);
	rig_settle(&h.r);
	text = text_of(&h.r.k, "memcg_slabinfo");
	assert_has(text, "\n# /p/a3 (dying)\nthing ");
	free(text);
	rig_destroy(&h.r);
	/* from 5.3 on they are the parent's */
	host_init(&h, "v5.3");
	take(&h, h.a, THINGS);
	memcg_rmdir(&h.r.k.memcg, h.a, &t);
	rig_settle(&h.r);
	text = text_of(&h.r.k, "memcg_slabinfo");
	assert_has(text, "\n# /p\nthing ");
	free(text);
	rig_destroy(&h.r);
}

/* ---- meminfo ---- */

static u64 meminfo(const char *text, const char *key)
{
	char want[32];
	const char *at;

	snprintf(want, sizeof(want), "\n%s:", key);
	at = strstr(text, want);
	return at ? strtoull(at + strlen(want), NULL, 10) : UINT64_MAX;
}

/* Files, a block device and tmpfs; a kmalloc above the classes is slab from 5.9 on, vmalloc never. */
static void meminfo_adds_up(void **state)
{
	static const char *const rows[] = {"v5.3", "v5.9"};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct task t = {.memcg = ROOT_MEMCG};
		struct host h;
		struct kernel *k = &h.r.k;
		struct kmem_ref large, vmalloc;
		u32 sb, tmp;
		u64 before;
		char *text;

		host_init(&h, rows[i]);
		sb = vfs_mount(&k->vfs, FS_EXT4, &t);
		tmp = vfs_mount(&k->vfs, FS_TMPFS, &t);
		assert_true(sb && tmp);
		text = text_of(k, "meminfo");
		before = meminfo(text, "Slab");
		free(text);
		assert_int_equal(page_cache_read(&k->pages, bdev_mapping(&k->pages, sb), 0, 64, &t),
				 64);
		assert_int_equal(
			page_cache_write(&k->pages,
					 inode_mapping(&k->pages, inode_alloc(&k->vfs, tmp, &t)), 0,
					 32, &t),
			32);
		large = kmem_alloc(&k->slab, 1 << 20, &t);
		assert_true(large.pages == 256);
		/* no pageblock is as large */
		vmalloc = kmem_alloc(&k->slab, 4 << 20, &t);
		assert_true(vmalloc.pages == (1024 | KMEM_VMALLOC));
		text = text_of(k, "meminfo");
		assert_int_equal(strncmp(text, "MemTotal:        ", 17), 0);
		assert_int_equal(meminfo(text, "Buffers"), 64 * 4);
		assert_int_equal(meminfo(text, "Shmem"), 32 * 4);
		assert_int_equal(meminfo(text, "Cached"), 32 * 4);
		assert_int_equal(meminfo(text, "Inactive(file)") + meminfo(text, "Active(file)"),
				 96 * 4);
		assert_int_equal(meminfo(text, "SReclaimable") + meminfo(text, "SUnreclaim"),
				 meminfo(text, "Slab"));
		/* the rest are inodes, dentries and nodes of two files */
		assert_in_range(meminfo(text, "Slab") - before, i ? 1024 : 0, (i ? 1024 : 0) + 256);
		assert_true(meminfo(text, "MemAvailable") < meminfo(text, "MemFree") + 96 * 4);
		free(text);
		kmem_free(&k->slab, large, 0);
		kmem_free(&k->slab, vmalloc, 0);
		assert_int_equal(k->slab.vmalloc_pages, 0);
		rig_destroy(&h.r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slabinfo_goes_round),
		cmocka_unit_test(shared_caches_show_who_owns_the_objects),
		cmocka_unit_test(own_caches_show_their_slabs),
		cmocka_unit_test(meminfo_adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
