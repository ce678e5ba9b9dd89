// SPDX-License-Identifier: GPL-3.0-or-later
#include "kernels/instance.h"

#include <errno.h>

/* ---- upcalls ---- */

static bool reclaim_pages(void *kernel, u32 node, u32 order, u16 gfp)
{
	return direct_reclaim(&((struct kernel *)kernel)->vmscan, node, order, gfp);
}

static void wake_boosted(void *kernel, u32 node)
{
	wake_boosted_kswapd(&((struct kernel *)kernel)->vmscan, node);
}

static void wake_kswapd(void *kernel, u32 node, u32 order)
{
	wake_kswapds(&((struct kernel *)kernel)->vmscan, node, order);
}

static u64 reclaim_memcg(void *kernel, u32 memcg, u64 nr_pages, u16 gfp, u16 cpu)
{
	struct kernel *k = kernel;
	u16 before = k->pages.cpu;
	u64 reclaimed;

	k->pages.cpu = cpu;
	reclaimed = limit_reclaim(&k->vmscan, memcg, nr_pages, gfp);
	k->pages.cpu = before;
	return reclaimed;
}

static void goes_over_high(void *kernel, u32 memcg, u16 cpu)
{
	over_high(&((struct kernel *)kernel)->vmscan, memcg, cpu);
}

static u32 flags_of_current(void *kernel)
{
	return current_flags(&((struct kernel *)kernel)->vmscan);
}

static enum oom_result memcg_oom(void *kernel, u32 memcg)
{
	return oom_memcg(&((struct kernel *)kernel)->vmscan, memcg);
}

static enum oom_result out_of_memory(void *kernel, u32 node, u32 order)
{
	return oom_machine(&((struct kernel *)kernel)->vmscan, node, order);
}

static bool charge_slab(void *kernel, struct kmem_cache *cache, u32 pages, u16 cpu)
{
	return memcg_charge_slab(&((struct kernel *)kernel)->memcg, cache, pages, cpu);
}

static void uncharge_slab(void *kernel, struct kmem_cache *cache, u32 pages, u16 cpu)
{
	memcg_uncharge_slab(&((struct kernel *)kernel)->memcg, cache, pages, cpu);
}

static void slab_made(void *kernel, u32 slab, u16 cpu)
{
	memcg_slab_made(&((struct kernel *)kernel)->memcg, slab, cpu);
}

static void slab_gone(void *kernel, u32 slab, u16 cpu)
{
	memcg_slab_gone(&((struct kernel *)kernel)->memcg, slab, cpu);
}

static void cache_empty(void *kernel, struct kmem_cache *cache)
{
	memcg_cache_empty(&((struct kernel *)kernel)->memcg, cache);
}

static int memcg_comes_online(void *kernel, u32 memcg, const struct task *t)
{
	return shrinker_memcg_online(&((struct kernel *)kernel)->shrinkers, memcg, t);
}

static void memcg_goes_offline(void *kernel, u32 memcg)
{
	lru_memcg_offline(&((struct kernel *)kernel)->lru, memcg);
}

static bool memcg_dies(void *kernel, u32 memcg)
{
	return dying_gc_memcg_dies(&((struct kernel *)kernel)->dying_gc, memcg);
}

static void memcg_died(void *kernel, u32 memcg)
{
	dying_gc_memcg_died(&((struct kernel *)kernel)->dying_gc, memcg);
}

static u64 memcg_is_taken(void *kernel, u32 memcg)
{
	return page_cache_memcg_taken(&((struct kernel *)kernel)->pages, memcg);
}

static void memcg_is_freed(void *kernel, u32 memcg)
{
	struct kernel *k = kernel;

	dying_gc_memcg_gone(&k->dying_gc, memcg);
	shrinker_memcg_free(&k->shrinkers, memcg);
	page_cache_memcg_free(&k->pages, memcg);
}

static int cache_ids_resized(void *kernel, u32 old_size, u32 new_size, const struct task *t)
{
	return lru_ids_resized(&((struct kernel *)kernel)->lru, old_size, new_size, t);
}

static void rcu_free(void *kernel, u32 kind, u32 arg, u16 cpu)
{
	struct kernel *k = kernel;

	if (kind == RCU_OBJECT)
		object_free_rcu_run(&k->vfs, arg, cpu);
	else
		kmem_free_rcu_run(&k->slab, arg, cpu);
}

static void bind(struct kernel *k)
{
	k->ops = (struct kernel_ops){
		.kernel = k,
		.reclaim_pages = reclaim_pages,
		.wake_kswapd = wake_kswapd,
		.wake_boosted = wake_boosted,
		.reclaim_memcg = reclaim_memcg,
		.over_high = goes_over_high,
		.current_flags = flags_of_current,
		.memcg_oom = memcg_oom,
		.out_of_memory = out_of_memory,
		.charge_slab = charge_slab,
		.uncharge_slab = uncharge_slab,
		.slab_made = slab_made,
		.slab_gone = slab_gone,
		.cache_empty = cache_empty,
		.memcg_online = memcg_comes_online,
		.memcg_offline = memcg_goes_offline,
		.memcg_free = memcg_is_freed,
		.memcg_taken = memcg_is_taken,
		.memcg_dies = memcg_dies,
		.memcg_died = memcg_died,
		.cache_ids_resized = cache_ids_resized,
		.rcu_free = rcu_free,
	};
}

/* ---- setting up ---- */

static const void *policy(const struct kernel_spec *spec, enum axis axis)
{
	return axis_value_find(axis, spec->axes[axis])->policy;
}

static int init_memcg(struct kernel *k, const struct kernel_spec *spec)
{
	const struct list_lru_policy *list_lru = policy(spec, AXIS_LIST_LRU);
	const struct list_lru_params *growth = spec->axis_params[AXIS_LIST_LRU];
	const struct accounting_params *accounting = spec->axis_params[AXIS_ACCOUNTING];
	struct memcg_spec m = {
		.accounting = policy(spec, AXIS_ACCOUNTING),
		.offline = policy(spec, AXIS_OFFLINE),
		.config = spec->config,
		.create_latency = accounting ? accounting->create_latency : 100 * NSEC_PER_USEC,
		.arrays = accounting && accounting->arrays,
		.second_set = accounting && accounting->caches,
		.grow_ids = list_lru->grow_ids	       ? list_lru->grow_ids
			    : growth && growth->growth ? grow_ids_kirill
						       : grow_ids_double,
		.shrink_ids = list_lru->shrink_ids,
		.id_table = list_lru->id_table,
	};

	return memcg_system_init(&k->memcg, k->e, &k->m, &k->slab, &k->ops, k->row, &m);
}

static int init_lru(struct kernel *k, const struct kernel_spec *spec)
{
	const struct list_lru_params *params = spec->axis_params[AXIS_LIST_LRU];
	struct lru_spec lru = {
		.policy = policy(spec, AXIS_LIST_LRU),
		.nodes = params ? (u32)params->nodes : 0,
		.inodes = params ? (enum lru_inodes)params->inodes : LRU_INODES_ALL,
	};
	struct shrinker_spec shrinkers = {
		.policy = policy(spec, AXIS_SHRINKER),
		.deferred = policy(spec, AXIS_NR_DEFERRED),
		.map = policy(spec, AXIS_SHRINKER_MAP),
		.vfs_cache_pressure = spec->vfs_cache_pressure,
	};
	int ret = vfs_init_objects(&k->vfs, &k->e->failed);

	if (!ret)
		ret = lru_system_init(&k->lru, &k->memcg, &k->vfs.objects, &lru);
	if (!ret)
		ret = shrinker_system_init(&k->shrinkers, &k->lru, &shrinkers);
	if (!ret)
		ret = vfs_init(&k->vfs, &k->shrinkers);
	k->vfs.isolate = policy(spec, AXIS_INODE_ISOLATE);
	return ret;
}

static void init_locks(struct kernel *k, const struct kernel_spec *spec)
{
	const struct hotplug_lock_params *params = spec->axis_params[AXIS_HOTPLUG_LOCK];

	k->hotplug_lock = policy(spec, AXIS_HOTPLUG_LOCK);
	if (params)
		k->hotplug_lock_params = *params;
}

static void add_metrics(struct kernel *k, const struct metric_source *sources, const void *model)
{
	k->metrics[k->nr_metric_tables++] =
		(struct metric_table){.sources = sources, .model = model, .e = k->e};
}

static double failed_allocations(const void *model)
{
	const struct kernel *k = model;

	return (double)k->m.pages.failures;
}

#define COUNTED(n, u, h)                                                                           \
	.info = {.name = n, .unit = u, .help = h, .integer = true, .kind = METRIC_COUNTED}
static const struct metric_source kernel_metrics[] = {
	{COUNTED("page_alloc.failed", "calls", "page allocations that found no memory"),
	 .read = failed_allocations},
	{.info = {.name = NULL}},
};

/* The workingset shadow nodes' lru, there from boot on (KERNEL_FACTS 1.9, 3.2). */
static int init_shadow_lru(struct kernel *k)
{
	struct task t = {.memcg = ROOT_MEMCG};

	k->shadow_set = lru_set_register(&k->lru, LRU_SET_SHADOW, 1, &t);
	return k->shadow_set ? 0 : -ENOMEM;
}

int kernel_init(struct kernel *k, struct engine *e, const struct kernel_spec *spec)
{
	int ret;

	*k = (struct kernel){.e = e, .row = spec->row};
	bind(k);
	init_locks(k, spec);
	ret = machine_init(&k->m, e, &k->ops, &spec->machine);
	if (!ret)
		ret = slab_system_init(&k->slab, e, &k->m, &k->ops, spec->row, spec->layouts,
				       spec->nr_layouts);
	if (!ret)
		ret = init_memcg(k, spec);
	if (!ret)
		ret = init_lru(k, spec);
	if (!ret)
		ret = init_shadow_lru(k);
	if (!ret)
		ret = xfs_init(&k->xfs, &k->vfs, policy(spec, AXIS_FS_RECLAIM));
	if (!ret)
		ret = page_cache_init(&k->pages, &k->vfs,
				      &(struct page_cache_spec){.shadow_set = k->shadow_set});
	if (!ret)
		ret = vmscan_init(&k->vmscan, &k->pages);
	if (!ret && spec->slowness > 0)
		k->vmscan.cost = costs_times(spec->slowness);
	if (!ret)
		dying_gc_init(&k->dying_gc, &k->vmscan, policy(spec, AXIS_DYING_GC),
			      spec->axis_params[AXIS_DYING_GC]);
	add_metrics(k, slab_metrics, &k->slab);
	add_metrics(k, lru_metrics, &k->lru);
	add_metrics(k, memcg_metrics, &k->memcg);
	add_metrics(k, vfs_metrics, &k->vfs);
	add_metrics(k, shrinker_metrics, &k->shrinkers);
	add_metrics(k, machine_metrics, &k->m);
	add_metrics(k, disk_metrics, &k->m.disk);
	add_metrics(k, page_cache_metrics, &k->pages);
	add_metrics(k, vmscan_metrics, &k->vmscan);
	add_metrics(k, xfs_metrics, &k->xfs);
	add_metrics(k, kernel_metrics, k);
	add_metrics(k, dying_gc_metrics, &k->dying_gc);
	add_metrics(k, balance_metrics, &k->vmscan.balance);
	return ret;
}

void kernel_destroy(struct kernel *k)
{
	dying_gc_destroy(&k->dying_gc);
	vmscan_destroy(&k->vmscan);
	page_cache_destroy(&k->pages);
	xfs_destroy(&k->xfs);
	vfs_destroy(&k->vfs);
	shrinker_system_destroy(&k->shrinkers);
	lru_system_destroy(&k->lru);
	memcg_system_destroy(&k->memcg);
	slab_system_destroy(&k->slab);
	machine_destroy(&k->m);
}

/* ---- tests ---- */

/* What one pass of reclaim takes from the lists of a memcg on a node. */
static void reclaim_lists(struct kernel *k, u32 memcg, u32 node)
{
	page_list_deactivate(&k->pages, memcg, node, SWAP_CLUSTER_MAX);
	page_list_evict(&k->pages, memcg, node, 2 * SWAP_CLUSTER_MAX);
}

static void reclaim_before_alloc(void *kernel, const struct task *t)
{
	struct kernel *k = kernel;
	struct task reclaimer = {.memcg = ROOT_MEMCG, .cpu = t->cpu};

	if (k->vmscan.in_reclaim || (t->gfp & GFP_ATOMIC))
		return;
	k->vmscan.in_reclaim = true;
	for (u32 node = 0; node < k->m.nr_nodes; node++)
		for (u32 cg = ROOT_MEMCG; cg; cg = memcg_next(&k->memcg, cg, ROOT_MEMCG)) {
			reclaim_lists(k, cg, node);
			shrink_slab(&k->shrinkers, node, cg, 0, &reclaimer);
		}
	rcu_barrier(&k->m);
	k->vmscan.in_reclaim = false;
}

void kernel_reclaim_always(struct kernel *k)
{
	k->ops.before_alloc = reclaim_before_alloc;
}

const char *kernel_check(const struct kernel *k)
{
	const char *why = page_alloc_check(&k->m.pages);

	if (!why)
		why = slab_system_check(&k->slab);
	if (!why)
		why = memcg_system_check(&k->memcg);
	if (!why)
		why = lru_system_check(&k->lru);
	if (!why)
		why = vfs_check(&k->vfs);
	if (!why)
		why = shrinker_check(&k->shrinkers);
	if (!why)
		why = page_cache_check(&k->pages);
	if (!why)
		why = xfs_check(&k->xfs);
	if (!why)
		why = conservation_check(k);
	if (!why)
		why = foreign_check(k);
	return why;
}
