// SPDX-License-Identifier: GPL-3.0-or-later
/* workload: drop-caches. echo N > /proc/sys/vm/drop_caches at given times (KERNEL_FACTS 2.7). */
#include "workload/keys.h"
#include "workload/types.h"

struct params {
	struct param_list at; /* u64 ns, from the start of the workload */
	s64 mode;
	s64 cpu;
};

struct state {
	u64 freed;
};

static const struct param_key keys[] = {
	{.name = "at",
	 .type = PARAM_TIMES,
	 .required = true,
	 .offset = offsetof(struct params, at),
	 .help = "when, from the start of the workload: a time or a list"},
	{.name = "mode",
	 .type = PARAM_INT,
	 .dflt = "2",
	 .min = 1,
	 .max = 3,
	 .offset = offsetof(struct params, mode),
	 .help = "1 page cache, 2 slab, 3 both"},
	KEY_CPU(struct params, "CPU of the writing task"),
	{.name = NULL},
};

static const struct param_table table = {
	.what = "drop-caches workload",
	.size = sizeof(struct params),
	.keys = keys,
};

static void drop(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;
	struct task t = {.memcg = ROOT_MEMCG, .cpu = (u16)((u64)p->cpu % w->world->k.m.nr_present)};

	if (p->mode & 1)
		s->freed += drop_pagecache(&w->world->k.pages);
	if (p->mode & 2)
		s->freed += drop_slab(&w->world->k.shrinkers, &t);
	w->ops++;
	if (arg + 1 == p->at.n)
		workload_finish(w);
}

static void start(struct workload *w)
{
	const struct params *p = w->params;
	const u64 *at = p->at.items;

	for (u32 i = 0; i < p->at.n; i++)
		engine_after(&w->world->e, at[i], drop, w, i);
	if (!p->at.n)
		workload_finish(w);
}

static const char *check(struct workload *w)
{
	const struct params *p = w->params;
	const u64 *at = p->at.items;

	for (u32 i = 1; i < p->at.n; i++)
		if (at[i] < at[i - 1])
			return "at: times must ascend";
	return NULL;
}

const struct workload_type workload_drop_caches = {
	.name = "drop-caches",
	.help = "echo N > /proc/sys/vm/drop_caches at given times",
	.params = &table,
	.starter = "  - name: drop\n"
		   "    type: drop-caches\n"
		   "    start: 0s\n"
		   "    at: [10s, 20s]      # from the start of the workload\n"
		   "    mode: 2             # 2 = slab\n",
	.check = check,
	.start = start,
	.state_size = sizeof(struct state),
};
