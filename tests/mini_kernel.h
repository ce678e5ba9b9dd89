/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small machine with SLUB on it, for tests of single rooms. */
#ifndef TESTS_MINI_KERNEL_H
#define TESTS_MINI_KERNEL_H

#include "kernels/rows.h"
#include "slab/extent.h"
#include "slab/slab.h"

struct mini {
	struct engine e;
	struct kernel_ops ops;
	struct machine m;
	struct slab_system slab;
	u16 cpu_node[16];
	u32 distance[16];
};

/* nodes x cpus CPUs, node_mib MiB a node. */
static inline int mini_init(struct mini *k, const char *row, u32 nodes, u32 cpus_per_node,
			    u64 node_mib, u32 page_size)
{
	struct machine_spec spec = {.page_size = page_size, .rcu_grace_period = 10 * NSEC_PER_MSEC};
	int ret;

	for (u32 i = 0; i < nodes * cpus_per_node; i++)
		k->cpu_node[i] = (u16)(i / cpus_per_node);
	for (u32 i = 0; i < nodes * nodes; i++)
		k->distance[i] = i / nodes == i % nodes ? 10 : 20;
	spec.topology.nr_cpus = nodes * cpus_per_node;
	spec.topology.nr_nodes = nodes;
	spec.topology.cpu_node = k->cpu_node;
	spec.topology.distance = k->distance;
	for (u32 i = 0; i < nodes; i++)
		spec.node_bytes[i] = node_mib << 20;
	k->ops = (struct kernel_ops){.kernel = k};
	ret = engine_init(&k->e);
	if (!ret)
		ret = machine_init(&k->m, &k->e, &k->ops, &spec);
	if (!ret)
		ret = slab_system_init(&k->slab, &k->e, &k->m, &k->ops, kernel_row_find(row), NULL,
				       0);
	return ret;
}

static inline void mini_destroy(struct mini *k)
{
	slab_system_destroy(&k->slab);
	machine_destroy(&k->m);
	engine_destroy(&k->e);
}

#endif
