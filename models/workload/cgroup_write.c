// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: cgroup-write. A number written to memory.high of a cgroup. Models memory_high_write(): what is above is
 * reclaimed by who writes; once, or from 8c8c383c04f6 on (v5.5; row field high_write_repeats) again and again,
 * with the CPUs' stocks drained once, until nothing more comes (memcg_reclaim_high()).
 */
#include "workload/keys.h"
#include "workload/types.h"

struct params {
	const char *cgroup;
	u64 high;
	s64 cpu;
};

struct state {
	u64 reclaimed;
	bool written;
};

#define KEY(field) .offset = offsetof(struct params, field)

static const struct param_key keys[] = {
	{.name = "cgroup",
	 .type = PARAM_NAME,
	 .required = true,
	 KEY(cgroup),
	 .help = "whose file; one of cgroups:"},
	{.name = "high",
	 .type = PARAM_SIZE,
	 .required = true,
	 .min = 65536,
	 .max = 1e15,
	 KEY(high),
	 .help = "written to memory.high"},
	KEY_CPU(struct params, "CPU of the writing task"),
	{.name = NULL},
};

static const struct param_table table = {
	.what = "cgroup-write workload",
	.size = sizeof(struct params),
	.keys = keys,
};

static void start(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	struct kernel *k = &w->world->k;
	u32 memcg = world_cgroup(w->world, p->cgroup);
	u64 max = memcg_at(&k->memcg, memcg)->max_pages == NO_LIMIT
			  ? 0
			  : (u64)memcg_at(&k->memcg, memcg)->max_pages << k->m.page_shift;

	memcg_set_limits(&k->memcg, memcg, max, p->high);
	s->reclaimed += memcg_reclaim_high(&k->memcg, memcg, (u16)((u64)p->cpu % k->m.nr_present));
	s->written = true;
	w->ops++;
	workload_finish(w);
}

static const char *check(struct workload *w)
{
	const struct params *p = w->params;

	return world_cgroup(w->world, p->cgroup) ? NULL : "cgroup: there is no such cgroup";
}

static double reclaimed(const void *model)
{
	const struct state *s = ((const struct workload *)model)->state;

	return s ? (double)s->reclaimed : 0.0;
}

static const struct metric_source metrics[] = {
	{.info = {.name = "reclaimed",
		  .unit = "pages",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "cgroup-write: pages that reclaim counted while the number was written"},
	 .read = reclaimed},
	{.info = {.name = NULL}},
};

const struct workload_type workload_cgroup_write = {
	.name = "cgroup-write",
	.help = "a number is written to memory.high of a cgroup, which reclaims what is above",
	.params = &table,
	.starter = "  - name: squeeze\n"
		   "    type: cgroup-write\n"
		   "    start: 10s\n"
		   "    cgroup: pods\n"
		   "    high: 1MiB\n",
	.check = check,
	.start = start,
	.state_size = sizeof(struct state),
	.metrics = metrics,
};
