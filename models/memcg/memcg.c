// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The life of a memcg: mkdir, rmdir, offline after a grace period, css_free when nothing pins it
 * (KERNEL_FACTS 5.4), and what it costs (5.5).
 */
#include "memcg/memcg.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_MEMCGS (1U << 22)
#define MAX_OWNERS (1U << 24)

static int init_root(struct memcg_system *m)
{
	u32 root = flat_take(&m->memcgs);

	if (root != ROOT_MEMCG)
		return -ENOMEM;
	*memcg_at(m, root) = (struct memcg){
		.state = MEMCG_ONLINE,
		.kmemcg_id = -1,
		.max_pages = NO_LIMIT,
		.high_pages = NO_LIMIT,
		.name = "",
	};
	/* the root has id 1 */
	memcg_at(m, root)->id = (u16)ida_alloc(&m->ids, 1);
	return 0;
}

/*
 * "mem_cgroup" of 6.16: SLAB_HWCACHE_ALIGN, 2240 bytes with one node in the recorded 6.18's slabinfo. mem_cgroup_per_node,
 * 512 bytes, has one too, which SLUB merges with a cache of that size: there is no line of it, and here it is a kmalloc.
 */
static int make_mem_cgroup_cache(struct memcg_system *m)
{
	struct cache_spec spec = {.name = "mem_cgroup"};

	spec.object_size = m->row->memcg_allocs[0].bytes + 8 * m->m->nr_node_ids;
	spec.size = (spec.object_size + 63) & ~63U;
	m->mem_cgroup_cache = kmem_cache_create(m->slab, &spec);
	return m->mem_cgroup_cache ? 0 : -ENOMEM;
}

static int make_caches(struct memcg_system *m)
{
	struct cache_spec kernfs = {.name = "kernfs_node_cache",
				    .object_size = m->row->kernfs_node};
	struct cache_spec cache = {.name = "kmem_cache",
				   .object_size = m->row->kmem_cache + 8 * m->m->nr_node_ids};
	struct cache_spec node = {.name = "kmem_cache_node",
				  .object_size = m->row->kmem_cache_node};

	/* both are SLAB_HWCACHE_ALIGN */
	cache.size = (cache.object_size + 63) & ~63U;
	node.size = (node.object_size + 63) & ~63U;
	m->kernfs_cache = kmem_cache_create(m->slab, &kernfs);
	m->kmem_cache_cache = kmem_cache_create(m->slab, &cache);
	m->kmem_node_cache = kmem_cache_create(m->slab, &node);
	if (!m->kernfs_cache || !m->kmem_cache_cache || !m->kmem_node_cache)
		return -ENOMEM;
	return m->row->mem_cgroup_cache ? make_mem_cgroup_cache(m) : 0;
}

int memcg_system_init(struct memcg_system *m, struct engine *e, struct machine *machine,
		      struct slab_system *slab, const struct kernel_ops *ops,
		      const struct kernel_row *row, const struct memcg_spec *spec)
{
	*m = (struct memcg_system){
		.e = e,
		.m = machine,
		.slab = slab,
		.ops = ops,
		.row = row,
		.accounting = spec->accounting,
		.offline = spec->offline,
		.stock_mask = (1U << row->stock_slots) - 1,
		.charge_batch = row->charge_batch,
		.counts_refs = spec->offline->slab_pins,
		.config = spec->config,
		.create_latency = spec->create_latency,
		.arrays = spec->arrays,
		.second_set = spec->second_set,
		.grow_ids = spec->grow_ids,
		.shrink_ids = spec->shrink_ids,
		.id_table = spec->id_table && spec->accounting->has_kmem_ids,
		.arena = arena_new(),
	};
	if (!m->arena ||
	    flat_init(&m->memcgs, sizeof(struct memcg), MAX_MEMCGS, false, &e->failed) ||
	    flat_init(&m->owners, sizeof(struct owner), MAX_OWNERS, false, &e->failed) ||
	    ida_init(&m->ids, MEM_CGROUP_ID_MAX + 1) ||
	    ida_init(&m->cache_ids, MEM_CGROUP_ID_MAX) || idmap_init(&m->twins, 0, &e->failed))
		return -ENOMEM;
	m->cpus = arena_array(m->arena, machine->nr_cpus, sizeof(*m->cpus));
	if (!m->cpus || make_caches(m))
		return -ENOMEM;
	return init_root(m);
}

void memcg_system_destroy(struct memcg_system *m)
{
	flat_destroy(&m->memcgs);
	flat_destroy(&m->owners);
	if (m->task_struct_cache)
		flat_destroy(&m->threads);
	flat_destroy(&m->plain);
	ida_destroy(&m->ids);
	ida_destroy(&m->cache_ids);
	idmap_destroy(&m->twins);
	arena_free(m->arena);
	m->arena = NULL;
}

/* ---- the tree ---- */

static void link_child(struct memcg_system *m, u32 id, u32 parent)
{
	struct memcg *cg = memcg_at(m, id), *p = memcg_at(m, parent);

	cg->parent = parent;
	cg->level = (u8)(p->level + 1);
	cg->prev_sibling = p->last_child;
	if (p->last_child)
		memcg_at(m, p->last_child)->next_sibling = id;
	else
		p->first_child = id;
	p->last_child = id;
	memcg_get(m, parent, 1);
}

static void unlink_child(struct memcg_system *m, u32 id)
{
	struct memcg *cg = memcg_at(m, id), *p = memcg_at(m, cg->parent);

	if (cg->prev_sibling)
		memcg_at(m, cg->prev_sibling)->next_sibling = cg->next_sibling;
	else
		p->first_child = cg->next_sibling;
	if (cg->next_sibling)
		memcg_at(m, cg->next_sibling)->prev_sibling = cg->prev_sibling;
	else
		p->last_child = cg->prev_sibling;
}

u32 memcg_next(const struct memcg_system *m, u32 memcg, u32 top)
{
	if (memcg_at(m, memcg)->first_child)
		return memcg_at(m, memcg)->first_child;
	while (memcg != top) {
		if (memcg_at(m, memcg)->next_sibling)
			return memcg_at(m, memcg)->next_sibling;
		memcg = memcg_at(m, memcg)->parent;
	}
	return 0;
}

static s64 bytes_of(const struct memcg_system *m, const struct memcg *cg)
{
	return (s64)(cg->css.bytes + cg->percpu_bytes + cg->twin_bytes) +
	       cg->pages * (s64)m->m->page_size;
}

/* ---- mkdir ---- */

/* The directory and its files: a kernfs node each, and a copy of every name. */
static int make_cgroupfs(struct memcg_system *m, struct memcg *cg, const struct task *t)
{
	char dir[80];
	int len = cg->number ? snprintf(dir, sizeof(dir), "%s%u", cg->name, cg->number)
			     : snprintf(dir, sizeof(dir), "%s", cg->name);

	if (footprint_cache(m->slab, &cg->cgroupfs, m->kernfs_cache, 1, t) ||
	    footprint_kmalloc(m->slab, &cg->cgroupfs, (u64)len + 1, 1, t))
		return -ENOMEM;
	for (const struct cgroup_file *f = cgroup_files; f->name; f++) {
		if (f->since > m->row->version || (f->config & m->config) != f->config)
			continue;
		if (footprint_cache(m->slab, &cg->cgroupfs, m->kernfs_cache, 1, t) ||
		    footprint_kmalloc(m->slab, &cg->cgroupfs, strlen(f->name) + 1, 1, t))
			return -ENOMEM;
	}
	return 0;
}

/* alloc_percpu_gfp(GFP_KERNEL_ACCOUNT): its size on every CPU, and a pointer to the objcg for every 4 bytes. */
static u32 percpu_charge(const struct memcg_system *m, u32 bytes)
{
	return bytes * m->m->nr_cpus + (m->row->percpu_charges_vector ? bytes / 4 * 8 : 0);
}

u32 memcg_css_charge(const struct memcg_system *m, u32 i, bool *slab)
{
	*slab = false;
	if (!m->accounting->charge_bytes || !m->row->memcg_percpu_charged)
		return 0;
	if (!i)
		return percpu_charge(m, m->row->memcg_percpu_charged);
	if (i <= m->m->nr_nodes)
		return percpu_charge(m, m->row->memcg_node_percpu);
	*slab = true;
	i -= m->m->nr_nodes + 1;
	for (const struct memcg_alloc *a = m->row->memcg_allocs; a->what; a++) {
		u32 count = a->per_node == 2 ? m->m->nr_nodes : 1;

		if (!a->account)
			continue;
		if (i < count)
			/* obj_full_size(): 8 more for the pointer in the slab's vector */
			return kmalloc_class_size(kmalloc_class(m->slab, a->bytes)) + 8;
		i -= count;
	}
	return 0;
}

static void uncharge_css(struct memcg_system *m, struct memcg *cg)
{
	bool slab;

	while (cg->css_charges)
		m->accounting->uncharge_bytes(m, cg->css_owner,
					      memcg_css_charge(m, --cg->css_charges, &slab), 0);
	cg->css_owner = 0;
}

/* set_active_memcg(parent) around mem_cgroup_alloc(): whose children it has pays for them. */
static int charge_css(struct memcg_system *m, struct memcg *cg, const struct task *t)
{
	u32 bytes;
	bool slab;

	cg->css_owner = memcg_at(m, cg->parent)->owner;
	if (!cg->css_owner)
		return 0;
	while ((bytes = memcg_css_charge(m, cg->css_charges, &slab))) {
		if (!m->accounting->charge_bytes(m, cg->css_owner, bytes, t->cpu, t->gfp))
			return -ENOMEM;
		cg->css_charges++;
	}
	return 0;
}

/* struct mem_cgroup and what goes with it. */
static int make_css(struct memcg_system *m, struct memcg *cg, const struct task *t)
{
	u64 percpu = m->row->memcg_percpu + (u64)m->row->memcg_node_percpu * m->m->nr_nodes;

	for (const struct memcg_alloc *a = m->row->memcg_allocs; a->what; a++) {
		u32 count = a->per_node == 2 ? m->m->nr_nodes : 1;
		u64 bytes = a->bytes + (a->per_node == 1 ? 8ULL * m->m->nr_node_ids : 0);

		if (a->psi && !(m->config & CONFIG_PSI))
			continue;
		if (a->account ? footprint_cache(m->slab, &cg->css,
						 m->slab->kmalloc_cg[kmalloc_class(m->slab, bytes)],
						 count, t)
		    : m->mem_cgroup_cache && a == m->row->memcg_allocs
			    ? footprint_cache(m->slab, &cg->css, m->mem_cgroup_cache, 1, t)
			    : footprint_kmalloc(m->slab, &cg->css, bytes, count, t))
			return -ENOMEM;
	}
	if (percpu_alloc(m->m, percpu, t->cpu))
		return -ENOMEM;
	cg->percpu_bytes = percpu * m->m->nr_cpus;
	return charge_css(m, cg, t);
}

/* memcg_alloc_cache_id(): the lowest free row; the table grows when it has none. */
static int take_cache_id(struct memcg_system *m, u32 id, const struct task *t)
{
	u32 row = ida_alloc(&m->cache_ids, 0), size;
	int ret = 0;

	if (row == NONE_U32)
		return -ENOSPC;
	memcg_at(m, id)->kmemcg_id = (s32)row;
	if (row < m->nr_cache_ids) {
		m->max_cache_id = max_of(m->max_cache_id, row);
		return 0;
	}
	size = m->grow_ids(row);
	ret = cache_arrays_grow(m, size, t);
	if (!ret && m->ops->cache_ids_resized)
		ret = m->ops->cache_ids_resized(m->ops->kernel, m->nr_cache_ids, size, t);
	if (ret) {
		ida_release(&m->cache_ids, row);
		memcg_at(m, id)->kmemcg_id = -1;
		return ret;
	}
	m->nr_cache_ids = size;
	m->max_cache_id = row;
	gauge_set(&m->nr_ids, m->e, size);
	return 0;
}

/* memcg_free_cache_id() */
static void give_cache_id(struct memcg_system *m, u32 row)
{
	/* by the worker that kills the css */
	struct task t = {.memcg = ROOT_MEMCG};
	u32 size, max;

	ida_release(&m->cache_ids, row);
	if (!m->shrink_ids || row != m->max_cache_id)
		return;
	max = ida_max(&m->cache_ids);
	m->max_cache_id = max == NONE_U32 ? 0 : max;
	size = m->shrink_ids(max, m->nr_cache_ids);
	if (size == m->nr_cache_ids || !m->ops->cache_ids_resized ||
	    m->ops->cache_ids_resized(m->ops->kernel, m->nr_cache_ids, size, &t))
		return;
	m->nr_cache_ids = size;
	gauge_set(&m->nr_ids, m->e, size);
}

/* ---- taking over a dead one (offline: reuse) ---- */

/* What it holds now was charged by its predecessors. */
static void inherit(struct memcg_system *m, u32 id)
{
	struct memcg *cg = memcg_at(m, id);

	cg->era++;
	cg->foreign = cg->slab_pages;
	if (m->ops->memcg_taken)
		cg->foreign += (s64)m->ops->memcg_taken(m->ops->kernel, id);
	gauge_add(&m->foreign, m->e, cg->foreign * (s64)m->m->page_size);
}

static u32 take_over(struct memcg_system *m, u32 id, const char *name, u32 number,
		     const struct task *t)
{
	struct memcg *cg = memcg_at(m, id);

	gauge_add(&m->dying, m->e, -1);
	gauge_add(&m->dying_bytes, m->e, -bytes_of(m, cg));
	gauge_add(&m->online, m->e, 1);
	cg->state = MEMCG_ONLINE;
	cg->name = name;
	cg->number = number;
	cg->max_pages = cg->high_pages = NO_LIMIT;
	cg->over_high = 0;
	cg->gc_took = false;
	cg->usage_peak = cg->usage;
	cg->kmem_peak = cg->slab_pages;
	inherit(m, id);
	m->reused++;
	if (m->accounting->take(m, id) || make_cgroupfs(m, cg, t)) {
		m->mkdir_failed++;
		memcg_rmdir(m, id, t);
		return 0;
	}
	engine_trail(m->e, TRAIL_CGROUP, id, cg->id);
	return id;
}

/* ---- a new one ---- */

static int bring_online(struct memcg_system *m, u32 id, const struct task *t, bool kmem)
{
	struct memcg *cg = memcg_at(m, id);
	int ret = make_cgroupfs(m, cg, t);

	if (!ret)
		ret = make_css(m, cg, t);
	if (!ret && kmem)
		ret = m->accounting->online(m, id, t);
	if (!ret && kmem && m->id_table)
		ret = take_cache_id(m, id, t);
	if (!ret && m->ops->memcg_online)
		ret = m->ops->memcg_online(m->ops->kernel, id, t);
	return ret;
}

static u32 make(struct memcg_system *m, u32 parent, const char *name, u32 number,
		const struct task *t, bool kmem)
{
	u32 dead = kmem && m->offline->take ? m->offline->take(m, parent) : 0, css_id, id;

	if (dead)
		return take_over(m, dead, name, number, t);
	css_id = ida_alloc(&m->ids, 1);
	id = css_id == NONE_U32 ? 0 : flat_take(&m->memcgs);
	if (!id) {
		m->mkdir_failed++;
		if (css_id != NONE_U32)
			ida_release(&m->ids, css_id);
		else if (!m->mkdir_no_id++) {
			m->first_no_id = m->e->now;
			m->online_at_no_id = m->online.level;
		}
		return 0;
	}
	sim_assert(memcg_online(m, parent));
	*memcg_at(m, id) = (struct memcg){
		.state = MEMCG_ONLINE,
		.kmem = kmem,
		.id = (u16)css_id,
		.kmemcg_id = -1,
		.max_pages = NO_LIMIT,
		.high_pages = NO_LIMIT,
		.serial = ++m->next_serial,
		.era = 1,
		.name = name,
		.number = number,
	};
	link_child(m, id, parent);
	gauge_add(&m->online, m->e, 1);
	if (bring_online(m, id, t, kmem)) {
		/* torn down like any other, once its grace period is over */
		m->mkdir_failed++;
		memcg_rmdir(m, id, t);
		return 0;
	}
	engine_trail(m->e, TRAIL_CGROUP, id, css_id);
	return id;
}

u32 memcg_mkdir(struct memcg_system *m, u32 parent, const char *name, u32 number,
		const struct task *t)
{
	return make(m, parent, name, number, t, true);
}

u32 memcg_mkdir_without_kmem(struct memcg_system *m, u32 parent, const char *name, u32 number,
			     const struct task *t)
{
	return make(m, parent, name, number, t, false);
}

/* ---- rmdir ---- */

static void css_free(void *ctx, u64 arg)
{
	struct memcg_system *m = ctx;
	u32 id = (u32)arg, parent = memcg_at(m, id)->parent;
	struct memcg *cg = memcg_at(m, id);
	struct footprint css;

	if (m->ops->memcg_free)
		m->ops->memcg_free(m->ops->kernel, id);
	m->accounting->release(m, id, 0);
	uncharge_css(m, cg);
	sim_assert(!cg->owners && !cg->twins);
	gauge_add(&m->dying_bytes, m->e, -bytes_of(m, cg));
	percpu_free(m->m, cg->percpu_bytes / m->m->nr_cpus);
	css = cg->css;
	footprint_free(m->slab, &css, 0);
	unlink_child(m, id);
	gauge_add(&m->dying, m->e, -1);
	engine_trail(m->e, TRAIL_CGROUP, id, 0);
	cg->state = MEMCG_FREE;
	flat_give(&m->memcgs, id);
	memcg_put(m, parent, 1);
}

static void go_offline(struct memcg_system *m, u32 id);

/* A parked one that nothing pins, unless it was taken meanwhile. */
static void let_go(void *ctx, u64 arg)
{
	struct memcg_system *m = ctx;
	u32 id = (u32)arg;

	if (memcg_at(m, id)->state != MEMCG_PARKED || memcg_at(m, id)->refs)
		return;
	m->offline->leave(m, id);
	go_offline(m, id);
}

void memcg_put(struct memcg_system *m, u32 memcg, u32 n)
{
	struct memcg *cg = memcg_at(m, memcg);

	sim_assert(cg->refs >= n);
	cg->refs -= n;
	if (cg->refs || cg->state < MEMCG_PARKED)
		return;
	if (cg->state == MEMCG_PARKED) {
		engine_after(m->e, 0, let_go, m, memcg);
		return;
	}
	if (cg->state != MEMCG_OFFLINE)
		return;
	cg->state = MEMCG_FREEING;
	engine_after(m->e, m->m->rcu.grace_period, css_free, m, memcg);
}

/* References to its owner slots: live objects, besides a few of kmem_caches and stocks. */
static u64 references(const struct memcg_system *m, const struct memcg *cg)
{
	u64 n = cg->owner ? owner_at(m, cg->owner)->refs - 1 : 0;

	for (u32 id = cg->owners; id; id = owner_at(m, id)->next)
		n += owner_at(m, id)->refs;
	return n;
}

/* mem_cgroup_css_offline() */
static void go_offline(struct memcg_system *m, u32 id)
{
	struct memcg *cg = memcg_at(m, id);
	s32 row;

	memcg_get(m, id, 1);
	cg->state = MEMCG_OFFLINE;
	m->offline_refs += references(m, cg);
	m->accounting->offline(m, id, 0);
	m->offline->offline(m, id);
	if (m->ops->memcg_offline)
		m->ops->memcg_offline(m->ops->kernel, id);
	/* pages that do not hold it leave nobody who would keep it until its stocks are drained */
	if (m->row->drain_at_offline || !m->counts_refs)
		memcg_drain_stock(m, id);
	row = cg->kmemcg_id;
	cg->kmemcg_id = -1;
	if (row >= 0)
		give_cache_id(m, (u32)row);
	/* swap records, the only other holders of the id, are not modelled */
	ida_release(&m->ids, cg->id);
	cg->id = 0;
	memcg_put(m, id, 1);
}

/* It stays what it is, and waits for a new cgroup below its parent. */
static void park(struct memcg_system *m, u32 id)
{
	memcg_get(m, id, 1);
	memcg_at(m, id)->state = MEMCG_PARKED;
	m->accounting->park(m, id);
	if (m->row->drain_at_offline)
		memcg_drain_stock(m, id);
	m->offline->park(m, id);
	memcg_put(m, id, 1);
}

void memcg_offline_now(struct memcg_system *m, u32 memcg)
{
	sim_assert(memcg_at(m, memcg)->state == MEMCG_KILLED);
	/* one without kmem has nothing that slab could pin */
	if (m->offline->park && memcg_at(m, memcg)->kmem)
		park(m, memcg);
	else
		go_offline(m, memcg);
	if (m->ops->memcg_died)
		m->ops->memcg_died(m->ops->kernel, memcg);
}

static void css_offline(void *ctx, u64 arg)
{
	struct memcg_system *m = ctx;

	if (!m->ops->memcg_dies || !m->ops->memcg_dies(m->ops->kernel, (u32)arg))
		memcg_offline_now(m, (u32)arg);
}

void memcg_rmdir(struct memcg_system *m, u32 memcg, const struct task *t)
{
	struct memcg *cg = memcg_at(m, memcg);
	struct footprint files = cg->cgroupfs;

	sim_assert(cg->state == MEMCG_ONLINE);
	cg->cgroupfs = (struct footprint){0};
	footprint_free(m->slab, &files, t->cpu);
	cg->state = MEMCG_KILLED;
	gauge_add(&m->foreign, m->e, -cg->foreign * (s64)m->m->page_size);
	cg->foreign = 0;
	gauge_add(&m->online, m->e, -1);
	gauge_add(&m->dying, m->e, 1);
	gauge_add(&m->dying_bytes, m->e, bytes_of(m, cg));
	engine_trail(m->e, TRAIL_CGROUP, memcg, cg->serial);
	engine_after(m->e, m->m->rcu.grace_period, css_offline, m, memcg);
}

/* ---- recount ---- */

static const char *check_memcg(const struct memcg_system *m, u32 id)
{
	const struct memcg *cg = memcg_at(m, id);
	s64 sum = cg->pages;
	u32 children = 0;

	for (u32 c = cg->first_child; c; c = memcg_at(m, c)->next_sibling) {
		const struct memcg *child = memcg_at(m, c);

		if (child->parent != id || child->state == MEMCG_FREE)
			return "a cgroup's child is not its own";
		sum += child->usage;
		children++;
	}
	if (sum != cg->usage)
		return "a cgroup's usage differs from what it and its children are charged";
	if (cg->foreign < 0 || cg->foreign > cg->pages || (cg->foreign && memcg_dying(cg)))
		return "a cgroup has more pages of its predecessors than pages";
	if (cg->slab_pages > cg->pages || cg->slab_pages < 0 || cg->pages < 0)
		return "a cgroup has more slab pages than pages";
	return cg->refs >= children ? NULL : "a cgroup has fewer references than children";
}

const char *memcg_system_check(const struct memcg_system *m)
{
	s64 online = 0, dying = 0, dying_bytes = 0, kmem_caches = 0, dead_caches = 0, foreign = 0;
	s64 usage = 0, kmem = 0;
	const char *why = NULL;

	for (u32 id = ROOT_MEMCG; !why && id < m->memcgs.n; id++) {
		const struct memcg *cg = memcg_at(m, id);

		if (cg->state == MEMCG_FREE)
			continue;
		why = check_memcg(m, id);
		online += cg->state == MEMCG_ONLINE;
		foreign += cg->foreign * (s64)m->m->page_size;
		if (id != ROOT_MEMCG) {
			usage += cg->pages;
			kmem += cg->slab_pages;
		}
		if (memcg_dying(cg)) {
			dying++;
			dying_bytes += bytes_of(m, cg);
		}
	}
	for (u32 id = 1; id < m->slab->caches.n; id++)
		if (!(cache_at(m->slab, id)->flags & CACHE_DEAD) &&
		    cache_at(m->slab, id)->root != id) {
			kmem_caches++;
			dead_caches += (cache_at(m->slab, id)->flags & CACHE_DEACTIVATED) != 0;
		}
	if (!why && online - 1 != m->online.level)
		why = "online cgroups differ from their count";
	if (!why && dying != m->dying.level)
		why = "dying cgroups differ from their count";
	if (!why && dying_bytes != m->dying_bytes.level)
		why = "bytes of dying cgroups differ from their sum";
	if (!why && (usage != m->usage.level || kmem != m->kmem.level))
		why = "charged pages differ from the cgroups' own";
	if (!why && kmem_caches != m->kmem_caches.level)
		why = "memcg kmem_caches differ from their count";
	if (!why && dead_caches != m->dead_caches.level)
		why = "kmem_caches of removed cgroups differ from their count";
	if (!why && foreign != m->foreign.level)
		why = "charges of predecessors differ from their sum";
	return why;
}
