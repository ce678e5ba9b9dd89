// SPDX-License-Identifier: GPL-3.0-or-later
/* Topology through hwloc: a synthetic description, an XML file, or this host. */
#include "engine/arena.h"
#include "engine/diag.h"
#include "machine/machine.h"

#include <errno.h>
#include <hwloc.h>
#include <string.h>

static bool looks_like_xml(const char *text)
{
	size_t n = strlen(text);

	return strchr(text, '/') || (n > 4 && !strcmp(text + n - 4, ".xml"));
}

static int set_source(hwloc_topology_t t, const char *text, struct diag *d)
{
	if (!strcmp(text, "host"))
		return 0;
	if (looks_like_xml(text)) {
		if (hwloc_topology_set_xml(t, text))
			return diag_error(d, DIAG_INPUT,
					  "topology: cannot read hwloc XML file %s: %s", text,
					  strerror(errno));
		return 0;
	}
	if (hwloc_topology_set_synthetic(t, text))
		return diag_error(d, DIAG_INPUT,
				  "topology: '%s' is no hwloc synthetic description (example: "
				  "\"numa:4 core:24 pu:2\"), no XML file and not 'host'",
				  text);
	return 0;
}

static void read_distances(struct topology *out, hwloc_topology_t t)
{
	struct hwloc_distances_s *dist;
	unsigned nr = 1;

	for (u32 i = 0; i < out->nr_nodes * out->nr_nodes; i++)
		out->distance[i] = i / out->nr_nodes == i % out->nr_nodes ? 10 : 20;
	if (hwloc_distances_get_by_type(t, HWLOC_OBJ_NUMANODE, &nr, &dist,
					HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0) ||
	    !nr)
		return;
	for (unsigned i = 0; i < dist->nbobjs; i++) {
		for (unsigned j = 0; j < dist->nbobjs; j++) {
			u32 a = dist->objs[i]->logical_index, b = dist->objs[j]->logical_index;

			if (a < out->nr_nodes && b < out->nr_nodes)
				out->distance[a * out->nr_nodes + b] =
					(u32)dist->values[i * dist->nbobjs + j];
		}
	}
	hwloc_distances_release(t, dist);
}

static int fill(struct topology *out, hwloc_topology_t t, struct arena *arena, struct diag *d)
{
	int cpus = hwloc_get_nbobjs_by_type(t, HWLOC_OBJ_PU);
	int nodes = hwloc_get_nbobjs_by_type(t, HWLOC_OBJ_NUMANODE);

	if (cpus < 1 || nodes < 1 || nodes > MAX_NODES || cpus > 8192)
		return diag_error(
			d, DIAG_INPUT,
			"topology: %d CPUs on %d NUMA nodes; 1 to 8192 CPUs on 1 to %d nodes are "
			"supported",
			cpus, nodes, MAX_NODES);
	out->nr_cpus = (u32)cpus;
	out->nr_nodes = (u32)nodes;
	out->cpu_node = arena_array(arena, out->nr_cpus, sizeof(u16));
	out->distance = arena_array(arena, (size_t)out->nr_nodes * out->nr_nodes, sizeof(u32));
	out->node_bytes = arena_array(arena, out->nr_nodes, sizeof(u64));
	if (!out->cpu_node || !out->distance || !out->node_bytes)
		return diag_error(d, DIAG_SYSTEM, "topology: out of memory");
	for (u32 n = 0; n < out->nr_nodes; n++) {
		hwloc_obj_t node = hwloc_get_obj_by_type(t, HWLOC_OBJ_NUMANODE, n);

		out->node_bytes[n] = node->attr->numanode.local_memory;
		for (u32 c = 0; c < out->nr_cpus; c++) {
			hwloc_obj_t pu = hwloc_get_obj_by_type(t, HWLOC_OBJ_PU, c);

			if (hwloc_bitmap_isincluded(pu->cpuset, node->cpuset))
				out->cpu_node[c] = (u16)n;
		}
	}
	read_distances(out, t);
	return 0;
}

int topology_read(struct topology *out, const char *text, struct arena *arena, struct diag *d)
{
	hwloc_topology_t t;
	int ret;

	if (hwloc_topology_init(&t))
		return diag_error(d, DIAG_SYSTEM, "topology: hwloc does not start");
	ret = set_source(t, text, d);
	if (!ret && hwloc_topology_load(t))
		ret = diag_error(d, DIAG_INPUT, "topology: hwloc cannot load '%s'", text);
	if (!ret)
		ret = fill(out, t, arena, d);
	hwloc_topology_destroy(t);
	return ret;
}
