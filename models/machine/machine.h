/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The modelled machine: NUMA nodes, CPUs, distances and memory, as hwloc describes them (a synthetic
 * description, an XML file, or this host), the page allocator over it, RCU and percpu memory.
 */
#ifndef MODELS_MACHINE_MACHINE_H
#define MODELS_MACHINE_MACHINE_H

#include "engine/metric.h"
#include "machine/disk.h"
#include "machine/page_alloc.h"
#include "machine/percpu.h"
#include "machine/rcu.h"
#include "ops.h"

#define MAX_NODES 64

struct diag;
struct arena;

/* What a topology says; nothing of it changes during a run. */
struct topology {
	u32 nr_cpus; /* present CPUs */
	u32 nr_nodes;
	u16 *cpu_node; /* [nr_cpus] */
	u32 *distance; /* [nr_nodes * nr_nodes], 10 = local */
	u64 *node_bytes; /* as hwloc says; 0 in synthetic descriptions without memory */
};

/*
 * Reads "host", the path of an hwloc XML file (something with a slash or ending in .xml) or an hwloc
 * synthetic description. Arrays live in the arena. 0, or -EINVAL with a message.
 */
int topology_read(struct topology *t, const char *text, struct arena *arena, struct diag *d);

struct machine_spec {
	struct topology topology;
	u64 node_bytes[MAX_NODES]; /* memory of every node */
	u32 page_size; /* 4096 or 65536 */
	u64 min_free_bytes; /* 0: the kernel's formula */
	u64 highatomic[MAX_NODES]; /* bytes kept for atomic allocations of higher orders */
	u64 pcp_limit; /* zone_batchsize()'s limit, bytes; 0: 1 MiB */
	bool fast_mark_sees_highatomic, pcp_from_low_mark;
	u32 watermark_boost_factor; /* 1/10000 of the high mark; 0: no boost */
	u32 min_free_max_kb; /* its upper clamp; 0: 65536 */
	u64 reserved[MAX_NODES]; /* bytes; 0: the struct page array, 64 bytes a page */
	u64 occupied[MAX_NODES]; /* bytes in use from the start by what is not modelled */
	u32 possible_cpus; /* >= nr_cpus */
	u32 possible_nodes; /* >= nr_nodes; nr_node_ids of the modelled kernel */
	bool zone_dma;
	u64 rcu_grace_period; /* ns */
	struct disk_spec disk;
};

struct machine {
	struct engine *e;
	const struct kernel_ops *ops;
	u32 nr_cpus; /* possible: what percpu memory and SLUB orders are sized for */
	u32 nr_present; /* CPUs that run something */
	u32 nr_nodes; /* nodes with memory */
	u32 nr_node_ids; /* possible nodes: what per-node arrays are sized for */
	u32 page_size, page_shift;
	u16 *cpu_node; /* [nr_cpus]; CPUs that are possible but absent: node 0 */
	struct page_alloc pages;
	struct percpu percpu;
	struct rcu rcu;
	struct disk disk;
	struct arena *arena;
};

int machine_init(struct machine *m, struct engine *e, const struct kernel_ops *ops,
		 const struct machine_spec *spec);
void machine_destroy(struct machine *m);

extern const struct metric_source machine_metrics[];

static inline u32 cpu_to_node(const struct machine *m, u32 cpu)
{
	return m->cpu_node[cpu];
}

#endif
