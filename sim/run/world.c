// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/world.h"

#include "kernels/rows.h"
#include "run/catalog.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- the kernel ---- */

static void choose_axes(struct kernel_spec *spec, const struct variant_conf *v)
{
	spec->row = kernel_row_find(v->row);
	for (u32 i = 0; i < NR_AXES; i++) {
		spec->axes[i] = v->axis[i].value ? v->axis[i].value : spec->row->axes[i];
		spec->axis_params[i] = v->axis[i].params;
	}
}

/* One size stands for every node. */
static void size_per_node(u64 *bytes, const struct param_list *list)
{
	const u64 *sizes = list->items;

	for (u32 i = 0; list->n && i < MAX_NODES; i++)
		bytes[i] = list->n == 1 ? sizes[0] : i < list->n ? sizes[i] : 0;
}

static void describe_machine(struct kernel_spec *spec, const struct inputs *in)
{
	const struct machine_conf *m = &in->scenario->machine;

	spec->machine = (struct machine_spec){
		.topology = in->topology,
		.page_size = (u32)m->page_size,
		.min_free_bytes = m->min_free,
		.pcp_limit = spec->row->pcp_limit,
		.fast_mark_sees_highatomic = spec->row->fast_mark_sees_highatomic,
		.pcp_from_low_mark = spec->row->pcp_from_low_mark,
		.watermark_boost_factor =
			spec->row->watermark_boost ? (u32)m->watermark_boost_factor : 0,
		.min_free_max_kb = spec->row->min_free_max_kb,
		.possible_cpus = (u32)m->possible_cpus,
		.possible_nodes = (u32)m->possible_nodes,
		.zone_dma = m->zone_dma,
		.rcu_grace_period = m->rcu_grace_period,
		.disk = {.present = m->has_disk,
			 .iops = m->disk.iops,
			 .bandwidth = m->disk.bandwidth,
			 .latency = m->disk.latency},
	};
	memcpy(spec->machine.node_bytes, in->node_bytes, sizeof(spec->machine.node_bytes));
	size_per_node(spec->machine.reserved, &m->reserved);
	size_per_node(spec->machine.occupied, &m->occupied);
	for (u32 i = 0; i < min_of(m->highatomic.n, (u32)MAX_NODES); i++)
		spec->machine.highatomic[i] = ((const u64 *)m->highatomic.items)[i];
	spec->config = (m->config.swap ? CONFIG_SWAP : 0) | (m->config.psi ? CONFIG_PSI : 0) |
		       (m->config.zswap ? CONFIG_ZSWAP : 0);
	spec->vfs_cache_pressure = (u32)m->vfs_cache_pressure;
	spec->slowness = m->slowness;
	spec->layouts = in->layouts;
	spec->nr_layouts = in->nr_layouts;
}

/* ---- what is there at the start ---- */

static const struct initial_cache_conf *initial_of(const struct scenario *s, const char *cache)
{
	const struct initial_cache_conf *c = s->initial.caches.items;

	for (u32 i = 0; i < s->initial.caches.n; i++)
		if (!strcmp(c[i].cache, cache))
			return &c[i];
	return NULL;
}

/* Flags of a cache that only the slabinfo names: reclaimable if it is one of inodes or dentries. */
static u16 guess_flags(const char *name)
{
	size_t n = strlen(name);
	bool inode = n > 12 && !strcmp(name + n - 12, "_inode_cache");

	if (!strncmp(name, "kmalloc-rcl", 11) || !strcmp(name, "radix_tree_node") ||
	    !strcmp(name, "buffer_head"))
		return CACHE_RECLAIM_ACCOUNT;
	return inode && strcmp(name, "lsm_inode_cache") ? CACHE_ACCOUNT | CACHE_RECLAIM_ACCOUNT : 0;
}

static u32 cache_for_line(struct world *w, const struct slabinfo_line *l)
{
	struct cache_spec spec = {
		.name = l->cache, .object_size = l->objsize, .flags = guess_flags(l->cache)};
	u32 id;

	for (u32 fs = 0; fs < NR_FS_TYPES; fs++)
		if (!strcmp(fs_infos[fs].inode_cache, l->cache))
			return vfs_inode_cache(&w->k.vfs, (enum fs_type)fs);
	id = kmem_cache_find(&w->k.slab, l->cache);
	return id ? id : kmem_cache_create(&w->k.slab, &spec);
}

/* The partial lists that the scenario gives for a cache, flattened. */
static int given_partial(struct world *w, const struct initial_cache_conf *c,
			 struct slab_population *p)
{
	const struct initial_partial_conf *lists = c ? c->partial.items : NULL;
	struct partial_slab *slabs;
	u32 n = 0;

	for (u32 i = 0; lists && i < c->partial.n; i++)
		n += lists[i].free.n;
	if (!n)
		return 0;
	slabs = arena_array(w->arena, n, sizeof(*slabs));
	if (!slabs)
		return -ENOMEM;
	for (u32 i = 0; i < c->partial.n; i++)
		for (u32 j = 0; j < lists[i].free.n; j++)
			slabs[p->nr_partial++] = (struct partial_slab){
				(u32)lists[i].node, (u32)((const u64 *)lists[i].free.items)[j]};
	p->partial = slabs;
	return 0;
}

static int populate_line(struct world *w, const struct inputs *in, const struct slabinfo_line *l,
			 struct diag *d)
{
	const struct initial_cache_conf *c = initial_of(in->scenario, l->cache);
	u64 weight[MAX_NODES];
	struct slab_population p = {
		.num_objs = l->num_objs,
		.active_objs = l->active_objs,
		.live_objs = c && c->live >= 0 ? (u64)c->live : l->active_objs,
		.weight = weight,
	};
	u32 cache = cache_for_line(w, l);
	int ret = cache ? given_partial(w, c, &p) : -ENOMEM;

	for (u32 n = 0; n < in->topology.nr_nodes; n++)
		weight[n] = c && c->node >= 0 ? n == (u32)c->node : in->node_bytes[n] >> 20;
	if (!ret)
		ret = slab_populate(&w->k.slab, cache, &p);
	if (ret == -EINVAL)
		return diag_at(
			d, c ? c->pos : in->scenario->initial.pos,
			"initial: partial slabs of %s do not add up to the %llu free objects that "
			"slabinfo shows",
			l->cache, (unsigned long long)(l->num_objs - l->active_objs));
	if (ret)
		return diag_error(d, DIAG_INPUT,
				  "initial: the slabs of %s do not fit into the modelled memory",
				  l->cache);
	vfs_count_anon(&w->k.vfs, cache, (s64)p.live_objs);
	return 0;
}

static int populate(struct world *w, const struct inputs *in, struct diag *d)
{
	int ret = 0;

	for (u32 i = 0; !ret && i < in->slabinfo.n && !in->scenario->initial.sizes_only; i++)
		if (in->slabinfo.lines[i].num_objs)
			ret = populate_line(w, in, &in->slabinfo.lines[i], d);
	return ret;
}

static int make_cgroups(struct world *w, const struct scenario *s, struct diag *d)
{
	struct task t = {.memcg = ROOT_MEMCG};
	u32 total = 0;

	for (u32 i = 0; i < s->nr_cgroups; i++)
		total += (u32)s->cgroups[i].count;
	w->cgroups = arena_array(w->arena, max_of(total, 1U), sizeof(*w->cgroups));
	if (!w->cgroups)
		return -ENOMEM;
	for (u32 i = 0; i < s->nr_cgroups; i++) {
		const struct cgroup_conf *c = &s->cgroups[i];

		for (u32 j = 0; j < (u32)c->count; j++) {
			struct named_cgroup *g = &w->cgroups[w->nr_cgroups];
			u32 parent = world_cgroup(w, c->parent);

			g->name =
				c->count > 1 ? arena_printf(w->arena, "%s%u", c->name, j) : c->name;
			g->memcg = g->name && parent ? memcg_mkdir(&w->k.memcg, parent, c->name,
								   c->count > 1 ? j : 0, &t)
						     : 0;
			if (g->memcg)
				memcg_set_limits(&w->k.memcg, g->memcg, c->max, c->high);
			else
				return diag_at(d, c->pos,
					       "cgroup '%s': no memory or no id left for it",
					       c->name);
			w->nr_cgroups++;
		}
	}
	return 0;
}

static int mount_one(struct world *w, struct mount_group *g, const struct mount_conf *m,
		     struct diag *d)
{
	struct task t = {.memcg = world_cgroup(w, m->cgroup)};
	u32 sb = vfs_mount(&w->k.vfs, g->fs, &t);

	if (!sb)
		return diag_at(d, m->pos,
			       "mount '%s': superblock %u does not fit into the modelled memory",
			       m->name, g->n);
	g->supers[g->n++] = sb;
	super_at(&w->k.vfs, sb)->busy_every = (u32)m->busy_every;
	super_at(&w->k.vfs, sb)->remote = m->remote;
	super_at(&w->k.vfs, sb)->log_bytes = m->log;
	if (g->fs == FS_CGROUP2 && !w->cgroupfs)
		w->cgroupfs = sb;
	return 0;
}

static int make_mounts(struct world *w, const struct scenario *s, struct diag *d)
{
	w->mounts = arena_array(w->arena, max_of(s->nr_mounts, 1U), sizeof(*w->mounts));
	if (!w->mounts)
		return -ENOMEM;
	for (u32 i = 0; i < s->nr_mounts; i++) {
		const struct mount_conf *m = &s->mounts[i];
		const int *types = m->preset >= 0 ? mount_presets[m->preset].types : NULL;
		struct mount_group *g = &w->mounts[w->nr_mounts++];
		u32 each = 1;

		for (each = types ? 0 : 1; types && types[each] >= 0;)
			each++;
		*g = (struct mount_group){
			.name = m->name,
			.fs = (enum fs_type)m->fs,
			.supers = arena_array(w->arena, (size_t)m->count * each, sizeof(u32)),
		};
		if (!g->supers)
			return -ENOMEM;
		for (u32 j = 0; j < (u32)m->count * each; j++) {
			if (types)
				g->fs = (enum fs_type)types[j % each];
			if (mount_one(w, g, m, d))
				return -EINVAL;
		}
	}
	return 0;
}

/* Directories of the named cgroups, where a cgroup2 is mounted. */
static void make_cgroup_dirs(struct world *w)
{
	for (u32 i = 0; w->cgroupfs && i < w->nr_cgroups; i++) {
		u32 parent = memcg_at(&w->k.memcg, w->cgroups[i].memcg)->parent, dir = 0;

		for (u32 j = 0; j < i; j++)
			if (w->cgroups[j].memcg == parent)
				dir = w->cgroups[j].vnode;
		w->cgroups[i].vnode = vnode_new(&w->k.vfs, w->cgroupfs, dir, true, true);
	}
}

/* ---- workloads ---- */

static void start_workload(void *ctx, u64 arg)
{
	struct workload *w = ctx;

	(void)arg;
	w->started = true;
	w->type->start(w);
}

static int make_workloads(struct world *w, const struct inputs *in, struct diag *d)
{
	const struct scenario *s = in->scenario;

	w->workloads = arena_array(w->arena, max_of(s->nr_workloads, 1U), sizeof(*w->workloads));
	if (!w->workloads)
		return -ENOMEM;
	w->nr_workloads = s->nr_workloads;
	world_bind_oom(w);
	for (u32 i = 0; i < s->nr_workloads; i++) {
		const struct workload_conf *c = &s->workloads[i];
		struct workload *wl = &w->workloads[i];

		*wl = (struct workload){
			.type = workload_types[c->type],
			.name = c->name,
			.start = c->start,
			.params = c->params,
			.world = w,
			.trace = in->has_trace[i] ? &in->traces[i] : NULL,
		};
		wl->state = arena_alloc(w->arena, max_of(wl->type->state_size, (size_t)1));
		if (!wl->state)
			return -ENOMEM;
	}
	for (u32 i = 0; i < w->nr_workloads; i++) {
		struct workload *wl = &w->workloads[i];
		const char *why = wl->type->check ? wl->type->check(wl) : NULL;

		if (why)
			return diag_at(d, s->workloads[i].pos, "workload '%s': %s", wl->name, why);
		engine_at(&w->e, wl->start, start_workload, wl, 0);
	}
	return 0;
}

int world_build(struct world *w, const struct inputs *in, u32 variant, u64 seed, struct diag *d)
{
	const struct scenario *s = in->scenario;
	struct kernel_spec spec = {0};
	u32 before = d->nr_errors;
	int ret;

	*w = (struct world){
		.seed = seed,
		.end = s->until_done ? UINT64_MAX : s->duration,
		.arena = arena_new(),
	};
	choose_axes(&spec, &s->variants[variant]);
	describe_machine(&spec, in);
	ret = w->arena ? engine_init(&w->e) : -ENOMEM;
	if (!ret)
		ret = kernel_init(&w->k, &w->e, &spec);
	if (!ret)
		ret = populate(w, in, d);
	if (!ret)
		ret = make_cgroups(w, s, d);
	if (!ret)
		ret = make_mounts(w, s, d);
	if (!ret) {
		make_cgroup_dirs(w);
		ret = make_workloads(w, in, d);
	}
	if (!ret && w->e.failed)
		ret = w->e.failed;
	if (ret && d->nr_errors == before)
		diag_error(d, DIAG_SYSTEM, "variant %s: %s", s->variants[variant].name,
			   ret == -ENOMEM ? "out of memory" : strerror(-ret));
	return ret;
}

void world_destroy(struct world *w)
{
	for (u32 i = 0; i < w->nr_workloads; i++)
		if (w->workloads[i].started && w->workloads[i].type->destroy)
			w->workloads[i].type->destroy(&w->workloads[i]);
	kernel_destroy(&w->k);
	engine_destroy(&w->e);
	arena_free(w->arena);
	w->arena = NULL;
}

char *variant_axes(const struct variant_conf *v, struct arena *arena)
{
	const struct kernel_row *row = kernel_row_find(v->row);
	char text[512];
	size_t n = 0;

	for (u32 i = 0; i < NR_AXES && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s=%s", n ? " " : "",
				      axis_infos[i].name,
				      v->axis[i].value ? v->axis[i].value : row->axes[i]);
	return arena_strdup(arena, text);
}
