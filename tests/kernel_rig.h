/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole modelled kernel on a small machine, for tests that drive it by hand. */
#ifndef TESTS_KERNEL_RIG_H
#define TESTS_KERNEL_RIG_H

#include "kernels/instance.h"
#include "kernels/rows.h"

#include <string.h>

struct rig {
	struct engine e;
	struct kernel k;
	struct kernel_spec spec;
	u16 cpu_node[64];
	u32 distance[64];
};

/* Row values, overridden by "axis=value" words (NULL-terminated list). */
static inline void rig_spec(struct rig *r, const char *row, u32 nodes, u32 cpus_per_node,
			    u64 node_mib, const char *const *overrides)
{
	struct kernel_spec *s = &r->spec;

	memset(r, 0, sizeof(*r));
	s->row = kernel_row_resolve(row);
	s->config = CONFIG_SWAP;
	s->vfs_cache_pressure = 100;
	memcpy(s->axes, s->row->axes, sizeof(s->axes));
	for (; overrides && *overrides; overrides++) {
		for (u32 a = 0; a < NR_AXES; a++) {
			size_t n = strlen(axis_infos[a].name);

			if (!strncmp(*overrides, axis_infos[a].name, n) && (*overrides)[n] == '=')
				s->axes[a] = *overrides + n + 1;
		}
	}
	for (u32 i = 0; i < nodes * cpus_per_node; i++)
		r->cpu_node[i] = (u16)(i / cpus_per_node);
	for (u32 i = 0; i < nodes * nodes; i++)
		r->distance[i] = i / nodes == i % nodes ? 10 : 20;
	s->machine = (struct machine_spec){
		.page_size = 4096,
		.rcu_grace_period = 20 * NSEC_PER_MSEC,
		.pcp_limit = s->row->pcp_limit,
		.fast_mark_sees_highatomic = s->row->fast_mark_sees_highatomic,
		.pcp_from_low_mark = s->row->pcp_from_low_mark,
		.watermark_boost_factor = s->row->watermark_boost ? 15000 : 0,
		.min_free_max_kb = s->row->min_free_max_kb,
		.topology = {.nr_cpus = nodes * cpus_per_node,
			     .nr_nodes = nodes,
			     .cpu_node = r->cpu_node,
			     .distance = r->distance},
	};
	for (u32 i = 0; i < nodes; i++)
		s->machine.node_bytes[i] = node_mib << 20;
}

static inline int rig_start(struct rig *r)
{
	int ret = engine_init(&r->e);

	return ret ? ret : kernel_init(&r->k, &r->e, &r->spec);
}

static inline int rig_init(struct rig *r, const char *row, const char *const *overrides)
{
	rig_spec(r, row, 2, 2, 512, overrides);
	return rig_start(r);
}

static inline void rig_destroy(struct rig *r)
{
	kernel_destroy(&r->k);
	engine_destroy(&r->e);
}

/* Runs what is due until the given time. */
static inline void rig_run_until(struct rig *r, u64 time)
{
	while (event_next_time(&r->e.queue) <= time)
		engine_step(&r->e);
	r->e.now = time;
}

/* Runs everything that is pending, and what that brings up. */
static inline void rig_settle(struct rig *r)
{
	while (engine_step(&r->e))
		;
}

#endif
