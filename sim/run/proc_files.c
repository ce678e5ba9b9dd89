// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/proc_files.h"

#include "memcg/kernel_stack.h"
#include "memcg/plain_object.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- slabinfo (SEEDS T5) ---- */

#define COLUMNS                                                                                    \
	"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : "      \
	"tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> "      \
	"<sharedavail>\n"

/* SLUB has no tunables and no shared arrays. */
static void print_cache(FILE *f, const struct kmem_cache *c, const struct slabinfo *i)
{
	fprintf(f,
		"%-17s %6" PRIu64 " %6" PRIu64 " %6u %4u %4u : tunables %4u %4u %4u : slabdata "
		"%6" PRIu64 " %6" PRIu64 " %6u\n",
		c->name, i->active_objs, i->num_objs, c->size, c->objects, 1U << c->order, 0U, 0U,
		0U, i->active_slabs, i->num_slabs, 0U);
}

static bool is_root_cache(const struct kmem_cache *c, u32 id)
{
	return !(c->flags & CACHE_DEAD) && c->root == id;
}

/* Newest first, as on slab_caches; caches without a slab are there too. */
static int write_slabinfo(const struct kernel *k, FILE *f)
{
	const struct slab_system *s = &k->slab;
	struct slabinfo *rows = calloc(s->caches.n, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	slabinfo_all(s, rows);
	fputs("slabinfo - version: 2.1\n" COLUMNS, f);
	for (u32 id = s->caches.n; --id;)
		if (is_root_cache(cache_at(s, id), id))
			print_cache(f, cache_at(s, id), &rows[id]);
	free(rows);
	return 0;
}

/* ---- memcg_slabinfo ---- */

/* Lines of the caches are sections, each below the path of its cgroup. */
struct memcg_lines {
	const struct kernel *k;
	FILE *f;
	u32 memcg; /* whose section is open; 0: none yet */
	u32 sections;
};

static void begin_section(struct memcg_lines *l, u32 memcg)
{
	char path[256];

	if (l->memcg == memcg)
		return;
	l->memcg = memcg;
	l->sections++;
	memcg_path(&l->k->memcg, memcg, path, sizeof(path));
	fprintf(l->f, "# /%s%s\n", path,
		memcg_dying(memcg_at(&l->k->memcg, memcg)) ? " (dying)" : "");
}

static bool count_object(const struct kernel *k, struct idmap *counts, u32 slab, u32 owner)
{
	u64 key;

	if (!slab || !owner)
		return true;
	key = (u64)owner_memcg(&k->memcg, owner) << 32 | slab_at(&k->slab, slab)->cache;
	return idmap_put(counts, key, idmap_get(counts, key) + 1);
}

/* A dentry's long name is an object of its own. */
static bool count_name(const struct kernel *k, struct idmap *counts, u32 dentry)
{
	u32 name = k->vfs.nr_names ? idmap_get(&k->vfs.name_of, dentry) : 0;

	return !name || count_object(k, counts, external_name_at(&k->vfs, name)->slab,
				     external_name_at(&k->vfs, name)->owner);
}

/*
 * Shared caches: who owns an object stands in its slab's vector, here in the object. The script puts that
 * count into both columns of objects and leaves those of slabs as they are, which are all cgroups'.
 */
static int count_owned(const struct kernel *k, struct idmap *counts)
{
	const struct memcg_system *m = &k->memcg;
	bool done = true;

	for (u32 id = 1; done && id < k->vfs.objects.n; id++) {
		const struct object *o = obj(&k->vfs, id);

		if (o->kind == OBJECT_FREE)
			continue;
		done = count_object(k, counts, o->slab, o->owner) &&
		       (o->kind != OBJECT_DENTRY || count_name(k, counts, id));
	}
	/* a stack that a CPU keeps has no task_struct */
	for (u32 id = 1; done && id < nr_threads(m); id++)
		done = thread_at(m, id)->state != STACK_IN_USE ||
		       count_object(k, counts, thread_at(m, id)->slab, thread_at(m, id)->owner);
	for (u32 id = 1; done && id < nr_plain_objects(m); id++)
		done = !plain_object_at(m, id)->slab ||
		       count_object(k, counts, plain_object_at(m, id)->slab,
				    plain_object_at(m, id)->owner);
	return done ? 0 : -ENOMEM;
}

static void print_shared(struct memcg_lines *l, const struct idmap *counts,
			 const struct slabinfo *rows)
{
	const struct slab_system *s = &l->k->slab;

	for (u32 cg = ROOT_MEMCG; cg; cg = memcg_next(&l->k->memcg, cg, ROOT_MEMCG)) {
		for (u32 id = s->caches.n; --id;) {
			u32 n = idmap_get(counts, (u64)cg << 32 | id);
			struct slabinfo row = rows[id];

			if (!n)
				continue;
			/* of the second set (caches: two) rows[] has the sum with its root cache */
			if (cache_at(s, id)->root != id)
				slabinfo_of(s, id, &row);
			row.active_objs = row.num_objs = n;
			begin_section(l, cg);
			print_cache(l->f, cache_at(s, id), &row);
		}
	}
}

static int write_shared(struct memcg_lines *l)
{
	struct slabinfo *rows = calloc(l->k->slab.caches.n, sizeof(*rows));
	struct idmap counts = {0};
	int failed = 0, ret = rows ? idmap_init(&counts, 1024, &failed) : -ENOMEM;

	if (!ret) {
		slabinfo_all(&l->k->slab, rows);
		ret = count_owned(l->k, &counts);
		if (!ret)
			print_shared(l, &counts, rows);
		idmap_destroy(&counts);
	}
	free(rows);
	return ret;
}

/* Caches of its own: chains of them by memcg, newest first. */
static int write_own(struct memcg_lines *l)
{
	const struct slab_system *s = &l->k->slab;
	const struct memcg_system *m = &l->k->memcg;
	u32 *next = calloc(s->caches.n, sizeof(*next)),
	    *first = calloc(m->memcgs.n, sizeof(*first));
	int ret = next && first ? 0 : -ENOMEM;

	for (u32 id = 1; !ret && id < s->caches.n; id++) {
		const struct kmem_cache *c = cache_at(s, id);

		if (!(c->flags & CACHE_DEAD) && c->root != id) {
			u32 memcg = owner_memcg(m, c->owner);

			next[id] = first[memcg];
			first[memcg] = id;
		}
	}
	for (u32 cg = ret ? 0 : ROOT_MEMCG; cg; cg = memcg_next(m, cg, ROOT_MEMCG)) {
		for (u32 id = first[cg]; id; id = next[id]) {
			struct slabinfo row;

			slabinfo_of(s, id, &row);
			begin_section(l, cg);
			print_cache(l->f, cache_at(s, id), &row);
		}
	}
	free(next);
	free(first);
	return ret;
}

static int write_memcg_slabinfo(const struct kernel *k, FILE *f)
{
	struct memcg_lines l = {.k = k, .f = f};
	int ret;

	fputs(COLUMNS, f);
	ret = k->memcg.accounting->shared_caches ? write_shared(&l) : write_own(&l);
	fprintf(f, "# %u of %" PRIu64 " memory cgroups have slab objects or caches of their own\n",
		l.sections, (u64)(k->memcg.online.level + k->memcg.dying.level) + 1);
	return ret;
}

/* ---- meminfo ---- */

/* nr_pages pages of the modelled machine as a line of /proc/meminfo. */
static void print_pages(const struct kernel *k, FILE *f, const char *key, s64 nr_pages)
{
	u64 kb = (u64)max_of(nr_pages, (s64)0) << (k->m.page_shift - 10);

	fprintf(f, "%s:%*s%8" PRIu64 " kB\n", key, (int)(15 - strlen(key)), "", kb);
}

/* Pages of block devices, and of tmpfs. */
static void count_mappings(const struct kernel *k, u64 *buffers, u64 *shmem)
{
	*buffers = *shmem = 0;
	for (u32 id = 1; id < k->pages.mappings.n; id++) {
		const struct mapping *m = mapping_at(&k->pages, id);

		if (!m->live)
			continue;
		if (!m->inode)
			*buffers += m->pages;
		else if (super_at(&k->vfs, obj(&k->vfs, m->inode)->sb)->fs == FS_TMPFS)
			*shmem += m->pages;
	}
}

static s64 file_pages(const struct kernel *k, enum page_list list)
{
	u64 sum = 0;

	for (u32 node = 0; node < k->m.nr_nodes; node++)
		sum += k->pages.node_list[(size_t)node * NR_PAGE_LISTS + list];
	return (s64)sum;
}

/* si_mem_available(): without the reserves, and half of what can be reclaimed or the low marks stay. */
static s64 available_pages(const struct kernel *k, s64 cache, s64 reclaimable)
{
	s64 low = 0, reserve = 0;

	for (u32 i = 0; i < k->m.pages.nr_zones; i++) {
		const struct zone *z = &k->m.pages.zones[i];
		u64 most = 0;

		for (u32 t = z->type; t < NR_ZONE_TYPES; t++)
			most = max_of(most, z->reserve[t]);
		low += (s64)z->low;
		reserve += (s64)min_of(most + z->high, z->managed);
	}
	return k->m.pages.free.level - reserve + cache - min_of(cache / 2, low) + reclaimable -
	       min_of(reclaimable / 2, low);
}

/* The keys that the models know, in the kernel's order. There is no swap. */
static int write_meminfo(const struct kernel *k, FILE *f)
{
	u32 shift = k->m.page_shift;
	s64 reclaimable = k->slab.reclaimable.level >> shift;
	s64 unreclaim = k->slab.unreclaimable.level >> shift;
	s64 active = file_pages(k, ACTIVE_FILE), inactive = file_pages(k, INACTIVE_FILE);
	u64 buffers, shmem;

	/* kmallocs above the classes are pages like any others up to 5.8 */
	if (k->row->large_kmalloc_in_slab)
		unreclaim += (k->slab.large_kmalloc.level >> shift) - (s64)k->slab.vmalloc_pages;
	count_mappings(k, &buffers, &shmem);
	print_pages(k, f, "MemTotal", (s64)k->m.pages.managed);
	print_pages(k, f, "MemFree", k->m.pages.free.level);
	print_pages(k, f, "MemAvailable", available_pages(k, active + inactive, reclaimable));
	print_pages(k, f, "Buffers", (s64)buffers);
	print_pages(k, f, "Cached", k->pages.file.level - (s64)buffers);
	print_pages(k, f, "SwapCached", 0);
	print_pages(k, f, "Active(file)", active);
	print_pages(k, f, "Inactive(file)", inactive);
	print_pages(k, f, "SwapTotal", 0);
	print_pages(k, f, "SwapFree", 0);
	print_pages(k, f, "Dirty", k->pages.dirty.level);
	print_pages(k, f, "AnonPages", k->pages.anon.level);
	print_pages(k, f, "Shmem", (s64)shmem);
	if (k->row->meminfo_kreclaimable)
		print_pages(k, f, "KReclaimable", reclaimable);
	print_pages(k, f, "Slab", reclaimable + unreclaim);
	print_pages(k, f, "SReclaimable", reclaimable);
	print_pages(k, f, "SUnreclaim", unreclaim);
	/* where no workload says threads there are none to count */
	if (k->memcg.task_struct_cache)
		print_pages(k, f, "KernelStack", k->memcg.kernel_stack.level >> shift);
	if (k->row->meminfo_percpu)
		print_pages(k, f, "Percpu", k->m.percpu.nr_pages);
	return 0;
}

/* ---- crash ---- */

/* num_numa_node * memcg_nr_cache_ids * 32 (kmalloc-32): the arithmetic of April 2021 (SEEDS A1, A16). */
static u64 lists_of_lru(const struct kernel *k, s64 ids)
{
	u32 class = kmalloc_class(&k->slab, k->row->list_lru_one);

	return (u64)k->lru.nr_node_ids * (u64)ids * kmalloc_class_size(class);
}

static bool has_id_table(const struct kernel *k)
{
	return k->memcg.id_table;
}

static void print_both(FILE *f, const char *what, u64 end, u64 peak)
{
	fprintf(f, "%-44s %16" PRIu64 " %16" PRIu64 "\n", what, end, peak);
}

static void print_formula(const struct kernel *k, FILE *f)
{
	const struct gauge *ids = &k->memcg.nr_ids, *supers = &k->vfs.supers_live;
	u64 end = lists_of_lru(k, ids->level), peak = lists_of_lru(k, ids->peak);
	char text[64];

	print_both(f, "memcg_nr_cache_ids", (u64)ids->level, (u64)ids->peak);
	snprintf(text, sizeof(text), "lists of an lru: ids x %u B x %u nodes",
		 kmalloc_class_size(kmalloc_class(&k->slab, k->row->list_lru_one)),
		 k->lru.nr_node_ids);
	print_both(f, text, end, peak);
	print_both(f, "of 2 lrus a superblock", end * 2 * (u64)supers->level,
		   peak * 2 * (u64)supers->peak);
}

/* What the thread of April 2021 looked at, as crash answers, and what comes of it. */
static int write_crash(const struct kernel *k, FILE *f)
{
	const struct gauge *supers = &k->vfs.supers_live, *lists = &k->lru.lists_bytes;

	fputs("crash> p memcg_nr_cache_ids\n", f);
	if (has_id_table(k))
		fprintf(f, "memcg_nr_cache_ids = $1 = %" PRId64 "\n", k->memcg.nr_ids.level);
	else
		fputs("No symbol \"memcg_nr_cache_ids\" in current context.\n", f);
	fprintf(f, "crash> list super_blocks | wc -l\n%" PRId64 "\n\n", supers->level);
	fprintf(f, "%-44s %16s %16s\n", "", "at the end", "peak");
	print_both(f, "superblocks", (u64)supers->level, (u64)supers->peak);
	if (has_id_table(k))
		print_formula(k, f);
	print_both(f, "in this kernel: list_lru.lists_bytes", (u64)lists->level, (u64)lists->peak);
	return 0;
}

char *proc_crash_note(const struct kernel *k, struct arena *arena)
{
	u64 lru = lists_of_lru(k, k->memcg.nr_ids.level);

	if (!has_id_table(k))
		return NULL;
	return arena_printf(
		arena,
		"crash> p memcg_nr_cache_ids: %" PRId64 "; list super_blocks | wc -l: %" PRId64
		"; eager lists of an lru: %" PRIu64 " B, of 2 lrus a superblock: %" PRIu64 " B",
		k->memcg.nr_ids.level, k->vfs.supers_live.level, lru,
		lru * 2 * (u64)k->vfs.supers_live.level);
}

const struct proc_file proc_files[] = {
	{"slabinfo", write_slabinfo},
	{"memcg_slabinfo", write_memcg_slabinfo},
	{"meminfo", write_meminfo},
	{"crash.txt", write_crash},
	{NULL, NULL},
};
