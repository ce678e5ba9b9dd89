// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What a world needs of this machine's memory, before it is built. Upper bounds from the scenario's own
 * numbers: too large is refused with a figure instead of killed half-way.
 */
#include "kernels/rows.h"
#include "run/world.h"

#include <string.h>

/* Measured sizes of what hangs on one of each, with index and list overhead. */
#define BYTES_PER_OBJECT 44.0 /* 32 B record, trace id, its share of slabs */
#define BYTES_PER_VNODE 16.0
#define BYTES_PER_PLAIN 48.0 /* record, who holds it, its share of slabs */
#define BYTES_PER_MEMCG 900.0
#define BYTES_PER_BLOCK 180.0
#define BYTES_PER_PIECE 12.0

static double mounts_of(const struct scenario *s)
{
	double n = 0.0;

	for (u32 i = 0; i < s->nr_mounts; i++)
		n += (double)s->mounts[i].count * (s->mounts[i].preset >= 0 ? 8.0 : 1.0);
	return n;
}

static struct workload_estimate sum_workloads(const struct inputs *in)
{
	const struct scenario *s = in->scenario;
	struct workload_estimate sum = {0};
	struct mount_group *groups =
		arena_array(in->arena, max_of(s->nr_mounts, 1U), sizeof(*groups));
	struct world names = {.mounts = groups, .nr_mounts = groups ? s->nr_mounts : 0};

	/* a world of names alone, for workloads that look up how wide a mount is */
	for (u32 i = 0; i < names.nr_mounts; i++)
		groups[i] = (struct mount_group){.name = s->mounts[i].name,
						 .n = (u32)s->mounts[i].count};
	for (u32 i = 0; i < s->nr_workloads; i++) {
		const struct workload_type *type = workload_types[s->workloads[i].type];
		struct workload w = {
			.type = type,
			.params = s->workloads[i].params,
			.world = &names,
			.trace = in->has_trace[i] ? &in->traces[i] : NULL,
		};

		if (type->estimate)
			type->estimate(&w, &sum);
	}
	for (u32 i = 0; i < s->nr_cgroups; i++)
		sum.memcgs += (double)s->cgroups[i].count;
	sum.mounts += mounts_of(s);
	sum.objects += 2.0 * sum.mounts;
	return sum;
}

/* Eager lists: pieces of every lru, node and growth step; blocks only where objects are. */
static double list_bytes(const struct inputs *in, u32 variant, const struct workload_estimate *e)
{
	const struct variant_conf *v = &in->scenario->variants[variant];
	const char *policy = v->axis[AXIS_LIST_LRU].value;
	double nodes = in->topology.nr_nodes, bytes = e->mounts * (120.0 + 64.0 * nodes);

	if (!policy)
		policy = kernel_row_find(v->row)->axes[AXIS_LIST_LRU];
	if (!strcmp(policy, "eager") || !strcmp(policy, "shrink"))
		bytes += e->mounts * 2.0 * nodes * (24.0 + 8.0 * BYTES_PER_PIECE);
	return bytes + e->memcgs * 20.0 * BYTES_PER_BLOCK;
}

static double slab_bytes(const struct inputs *in)
{
	double slabs = 0.0;

	for (u32 i = 0; i < in->slabinfo.n; i++)
		slabs += (double)in->slabinfo.lines[i].num_objs / in->slabinfo.lines[i].objperslab;
	return slabs * sizeof(struct slab);
}

u64 world_estimate(const struct inputs *in, u32 variant)
{
	struct workload_estimate e = sum_workloads(in);
	double bytes = e.objects * BYTES_PER_OBJECT + e.vnodes * BYTES_PER_VNODE +
		       e.plain * BYTES_PER_PLAIN + e.memcgs * BYTES_PER_MEMCG +
		       list_bytes(in, variant, &e) + slab_bytes(in);

	for (u32 i = 0; i < in->topology.nr_nodes; i++)
		bytes += (double)in->node_bytes[i] / (double)in->scenario->machine.page_size / 8.0 /
			 512.0 * 84.0;
	return bytes > 1e18 ? (u64)1e18 : (u64)bytes + (8ULL << 20);
}
