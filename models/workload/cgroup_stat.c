// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: cgroup-stat. Somebody reads the files of a cgroup once: memory.current, memory.stat, cgroup.stat, and
 * /proc/kpagecgroup to its end. What they said is in the workload's metrics, with the differences that
 * tools/testing/selftests/cgroup/test_kmem.c judges.
 */
#include "kernels/memory_stat.h"
#include "workload/types.h"

#include <math.h>
#include <string.h>

struct params {
	const char *cgroup;
	const char *since;
};

struct state {
	struct memory_stat stat;
	struct kpagecgroup pages;
	const struct workload *since;
	bool read;
};

static const struct param_key keys[] = {
	{.name = "cgroup",
	 .type = PARAM_NAME,
	 .required = true,
	 .offset = offsetof(struct params, cgroup),
	 .help = "whose files; one of cgroups:"},
	{.name = "since",
	 .type = PARAM_NAME,
	 .offset = offsetof(struct params, since),
	 .help = "an earlier cgroup-stat: slab_left and current_left are over its slab"},
	{.name = NULL},
};

static const struct param_table table = {
	.what = "cgroup-stat workload",
	.size = sizeof(struct params),
	.keys = keys,
};

static const struct workload *earlier(const struct workload *w)
{
	const struct params *p = w->params;

	for (u32 i = 0; p->since && i < w->world->nr_workloads; i++) {
		const struct workload *other = &w->world->workloads[i];

		if (other->type == w->type && other != w && !strcmp(other->name, p->since))
			return other;
	}
	return NULL;
}

static void start(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	memory_stat_read(&w->world->k, world_cgroup(w->world, p->cgroup), &s->stat);
	kpagecgroup_read(&w->world->k, &s->pages);
	s->since = earlier(w);
	s->read = true;
	w->ops++;
	workload_finish(w);
}

static const char *check(struct workload *w)
{
	const struct params *p = w->params;
	const struct workload *since = earlier(w);

	if (!world_cgroup(w->world, p->cgroup))
		return "cgroup: there is no such cgroup";
	if (p->since && !since)
		return "since: there is no such cgroup-stat workload";
	return since && since->start > w->start ? "since: it is read later than this one" : NULL;
}

/* ---- metrics ---- */

static double value(const void *model, double (*of)(const struct state *s))
{
	const struct state *s = ((const struct workload *)model)->state;

	return s && s->read ? of(s) : (double)NAN;
}

#define READ(fn, expr)                                                                             \
	static double fn##_of(const struct state *s)                                               \
	{                                                                                          \
		return (double)(expr);                                                             \
	}                                                                                          \
	static double fn(const void *model)                                                        \
	{                                                                                          \
		return value(model, fn##_of);                                                      \
	}

READ(current, s->stat.current)
READ(anon, s->stat.anon)
READ(file, s->stat.file)
READ(kernel, s->stat.kernel)
READ(slab, s->stat.slab)
READ(kernel_stack, s->stat.kernel_stack)
READ(percpu, s->stat.percpu)
READ(stocks, s->stat.stocks)
READ(nr_dying, s->stat.nr_dying)
READ(stat_error,
     fabs((double)s->stat.current - (double)(s->stat.anon + s->stat.file + s->stat.kernel)))
READ(percpu_error, fabs((double)s->stat.current - (double)(s->stat.percpu + s->stat.slab)))
READ(old_percpu_error, fabs((double)s->stat.current - (double)s->stat.percpu))
READ(unexplained, (double)s->stat.current - (double)(s->stat.anon + s->stat.file + s->stat.kernel +
						     s->stat.unused_stacks + s->stat.stocks))
READ(pages, s->pages.pages)
READ(pages_charged, s->pages.charged)
READ(pages_dying, s->pages.dying)
READ(pages_lost, s->pages.lost)

static double over_slab(const struct state *s, u64 bytes)
{
	const struct state *before = s->since ? s->since->state : NULL;

	return before && before->read && before->stat.slab
		       ? (double)bytes / (double)before->stat.slab
		       : (double)NAN;
}

READ(slab_left, over_slab(s, s->stat.slab))
READ(current_left, over_slab(s, s->stat.current))

#define BYTES(n, h, fn)                                                                            \
	{                                                                                          \
		.info = {.name = n,                                                                \
			 .unit = "bytes",                                                          \
			 .integer = true,                                                          \
			 .kind = METRIC_COUNTED,                                                   \
			 .help = h},                                                               \
		.read = fn                                                                         \
	}
#define PAGES(n, h, fn)                                                                            \
	{                                                                                          \
		.info = {.name = n,                                                                \
			 .unit = "pages",                                                          \
			 .integer = true,                                                          \
			 .kind = METRIC_COUNTED,                                                   \
			 .help = h},                                                               \
		.read = fn                                                                         \
	}

static const struct metric_source metrics[] = {
	BYTES("current", "cgroup-stat: memory.current, from the page counter", current),
	BYTES("anon", "cgroup-stat: anon of memory.stat, recounted", anon),
	BYTES("file", "cgroup-stat: file of memory.stat, recounted", file),
	BYTES("kernel",
	      "cgroup-stat: slab + kernel_stack + percpu; v5.18 on: all of their charged pages",
	      kernel),
	BYTES("slab", "cgroup-stat: slab of memory.stat, recounted", slab),
	BYTES("kernel_stack", "cgroup-stat: kernel_stack of memory.stat, recounted", kernel_stack),
	BYTES("percpu", "cgroup-stat: percpu of memory.stat, recounted", percpu),
	BYTES("stocks", "cgroup-stat: charged, and held back by CPUs: in no line of memory.stat",
	      stocks),
	BYTES("stat_error", "cgroup-stat: how far current is from anon + file + kernel",
	      stat_error),
	BYTES("percpu_error", "cgroup-stat: how far current is from percpu + slab", percpu_error),
	BYTES("old_percpu_error", "cgroup-stat: how far current is from percpu alone",
	      old_percpu_error),
	BYTES("unexplained",
	      "cgroup-stat: current less anon, file, kernel, stocks and stacks that CPUs keep",
	      unexplained),
	{.info = {.name = "slab_left",
		  .unit = "ratio",
		  .kind = METRIC_COUNTED,
		  .help = "cgroup-stat: slab over the slab of `since`"},
	 .read = slab_left},
	{.info = {.name = "current_left",
		  .unit = "ratio",
		  .kind = METRIC_COUNTED,
		  .help = "cgroup-stat: memory.current over the slab of `since`"},
	 .read = current_left},
	{.info = {.name = "nr_dying",
		  .unit = "cgroups",
		  .integer = true,
		  .kind = METRIC_COUNTED,
		  .help = "cgroup-stat: nr_dying_descendants of cgroup.stat"},
	 .read = nr_dying},
	PAGES("pages", "cgroup-stat: pages in /proc/kpagecgroup", pages),
	PAGES("pages_charged", "cgroup-stat: of them: charged to a memcg below the root",
	      pages_charged),
	PAGES("pages_dying", "cgroup-stat: of these: to a removed one", pages_dying),
	PAGES("pages_lost", "cgroup-stat: of these: to a memcg that is not there any more",
	      pages_lost),
	{.info = {.name = NULL}},
};

const struct workload_type workload_cgroup_stat = {
	.name = "cgroup-stat",
	.help = "memory.current, memory.stat and cgroup.stat of a cgroup are read once",
	.params = &table,
	.starter = "  - name: stat\n"
		   "    type: cgroup-stat\n"
		   "    start: 10s\n"
		   "    cgroup: pods\n",
	.check = check,
	.start = start,
	.state_size = sizeof(struct state),
	.metrics = metrics,
};
