// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/machine.h"

#include "engine/arena.h"

#include <errno.h>
#include <string.h>

int machine_init(struct machine *m, struct engine *e, const struct kernel_ops *ops,
		 const struct machine_spec *spec)
{
	const struct topology *t = &spec->topology;
	struct page_alloc_spec pages = {
		.page_size = spec->page_size,
		.nr_nodes = t->nr_nodes,
		.node_bytes = spec->node_bytes,
		.distance = t->distance,
		.min_free_bytes = spec->min_free_bytes,
		.min_free_max_kb = spec->min_free_max_kb,
		.zone_dma = spec->zone_dma,
		.nr_cpus = max_of(spec->possible_cpus, t->nr_cpus),
		.pcp_limit = spec->pcp_limit,
		.fast_mark_sees_highatomic = spec->fast_mark_sees_highatomic,
		.pcp_from_low_mark = spec->pcp_from_low_mark,
		.watermark_boost_factor = spec->watermark_boost_factor,
	};
	int ret;

	*m = (struct machine){
		.e = e,
		.ops = ops,
		.nr_cpus = max_of(spec->possible_cpus, t->nr_cpus),
		.nr_present = t->nr_cpus,
		.nr_nodes = t->nr_nodes,
		.nr_node_ids = max_of(spec->possible_nodes, t->nr_nodes),
		.page_size = spec->page_size,
		.page_shift = order_for(spec->page_size, 1),
		.arena = arena_new(),
	};
	disk_init(&m->disk, e, &spec->disk);
	if (!m->arena)
		return -ENOMEM;
	m->cpu_node = arena_array(m->arena, m->nr_cpus, sizeof(u16));
	if (!m->cpu_node)
		return -ENOMEM;
	memcpy(m->cpu_node, t->cpu_node, t->nr_cpus * sizeof(u16));
	memcpy(pages.highatomic, spec->highatomic, sizeof(spec->highatomic));
	memcpy(pages.reserved, spec->reserved, sizeof(spec->reserved));
	memcpy(pages.occupied, spec->occupied, sizeof(spec->occupied));
	pages.cpu_node = m->cpu_node;
	ret = page_alloc_init(&m->pages, e, ops, &pages);
	return ret ? ret : rcu_init(m, spec->rcu_grace_period);
}

void machine_destroy(struct machine *m)
{
	percpu_destroy(m);
	rcu_destroy(m);
	page_alloc_destroy(&m->pages);
	arena_free(m->arena);
	m->arena = NULL;
}
