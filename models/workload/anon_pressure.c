// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: anon-pressure. A task that touches anonymous memory, up to given sizes one after the other, and
 * holds it. There is no swap: what it wants, page cache and slab must give. Where nothing more can be had the OOM
 * killer takes the largest task: mostly this one, and its memory comes back. What shrinkers wait for on its behalf
 * (dirty inodes of XFS) it waits for, as any task that reclaims: it need have nothing to do with a file system.
 */
#include "workload/keys.h"
#include "workload/readers.h"
#include "workload/types.h"

#define CHUNK 32 /* pages touched at a time */

struct params {
	struct param_list sizes; /* u64 bytes */
	const char *cgroup;
	s64 cpu;
	u64 page_time, pause, hold, migrate;
};

struct state {
	u32 memcg;
	u32 target; /* index into sizes */
	struct anon_pages anon;
	event_id next; /* what it does next */
	bool in_step, killed;
	bool waits; /* for the disk, inside reclaim; next is none then */
	struct io_waiter io;
	u64 reclaim_ns; /* CPU inside reclaim */
	u64 asked; /* when the pages were asked for that it waits for, ns */
	u64 longest; /* that a chunk of pages took inside reclaim, ns */
};

#define KEY(field) .offset = offsetof(struct params, field)

static const struct param_key keys[] = {
	{.name = "sizes",
	 .type = PARAM_SIZES,
	 .required = true,
	 KEY(sizes),
	 .help = "sizes reached one after the other, ascending"},
	KEY_CGROUP(struct params, "the task"),
	KEY_CPU(struct params, "CPU of the task"),
	{.name = "migrate",
	 .type = PARAM_TIME,
	 .dflt = "0s",
	 KEY(migrate),
	 .help = "the scheduler moves it to the next CPU each time this is over; 0: it stays"},
	{.name = "page_time",
	 .type = PARAM_TIME,
	 .dflt = "1us",
	 KEY(page_time),
	 .help = "time to touch one page"},
	{.name = "pause",
	 .type = PARAM_TIME,
	 .dflt = "0s",
	 KEY(pause),
	 .help = "time between two sizes"},
	{.name = "hold",
	 .type = PARAM_TIME,
	 .dflt = "0s",
	 KEY(hold),
	 .help = "time it is held after the last"},
	{.name = NULL},
};

static const struct param_table table = {
	.what = "anon-pressure workload",
	.size = sizeof(struct params),
	.keys = keys,
};

static void leave(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	struct state *s = w->state;

	(void)arg;
	s->next = 0;
	anon_free(&w->world->k.pages, &s->anon);
	workload_finish(w);
}

static void step(void *ctx, u64 arg);

/* The pages are touched at that time, ns: what it does next. */
static void schedule(struct workload *w, u64 touched)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	u64 wanted = ((const u64 *)p->sizes.items)[s->target] >> w->world->k.m.page_shift;

	if (s->anon.pages == wanted && ++s->target == p->sizes.n)
		s->next = engine_at(&w->world->e, touched + p->hold, leave, w, 0);
	else
		s->next = engine_at(&w->world->e,
				    s->anon.pages == wanted ? touched + p->pause : touched, step, w,
				    0);
}

static void served(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	struct state *s = w->state;

	(void)arg;
	s->waits = false;
	s->longest = max_of(s->longest, w->world->e.now - s->asked);
	if (s->killed)
		workload_finish(w);
	else
		schedule(w, w->world->e.now);
}

static void step(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;
	struct kernel *k = &w->world->k;
	u64 moves = p->migrate ? (w->world->e.now - w->start) / p->migrate : 0;
	struct task t = {.memcg = s->memcg, .cpu = (u16)(((u64)p->cpu + moves) % k->m.nr_present)};
	u64 wanted = ((const u64 *)p->sizes.items)[s->target] >> k->m.page_shift;
	u64 stall = k->vmscan.direct_ns, n = min_of(wanted - s->anon.pages, (u64)CHUNK), got, next;

	(void)arg;
	s->in_step = true;
	got = anon_grow(&k->pages, &s->anon, n, &t);
	handle_over_high(&k->vmscan, t.memcg, t.cpu);
	s->in_step = false;
	w->ops += got;
	w->refused += n - got;
	if (s->killed)
		oom_current_exits(&k->vmscan.oom);
	if (s->killed || got < n) {
		leave(w, 0);
		return;
	}
	stall = k->vmscan.direct_ns - stall;
	s->reclaim_ns += stall;
	s->longest = max_of(s->longest, stall);
	next = cpu_run(&k->vmscan, t.cpu, n * p->page_time + stall);
	io_collect(&s->io);
	if (s->io.owes) {
		s->waits = true;
		s->asked = w->world->e.now;
		s->next = 0;
		io_serve(&s->io, next - w->world->e.now, served, w, 0);
	} else {
		schedule(w, next);
	}
}

static void oom_select(struct workload *w, u32 memcg, struct oom_task *best)
{
	const struct state *s = w->state;

	if (!s->killed && memcg_in_tree(&w->world->k.memcg, s->memcg, memcg))
		oom_consider(best, &(struct oom_task){.memcg = s->memcg,
						      .pages = s->anon.pages,
						      .name = w->name,
						      .owner = w});
}

static enum oom_result oom_kill(struct workload *w, u32 index)
{
	struct state *s = w->state;

	(void)index;
	s->killed = true;
	if (s->in_step)
		return OOM_CURRENT;
	if (s->waits) {
		/* the oom_reaper does not wait for it */
		anon_free(&w->world->k.pages, &s->anon);
		return OOM_KILLED;
	}
	event_cancel(&w->world->e.queue, s->next);
	leave(w, 0);
	return OOM_KILLED;
}

static void start(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	s->memcg = world_cgroup(w->world, p->cgroup);
	s->io.disk = &w->world->k.m.disk;
	step(w, 0);
}

READ(reclaim_s, (double)s->reclaim_ns / 1e9)
READ(reclaim_io_s, (double)s->io.waited[IO_RECLAIM] / 1e9)
READ(stall_max_s, (double)s->longest / 1e9)

static const struct metric_source metrics[] = {
	TIME("reclaim_s", reclaim_s, "CPU time inside direct reclaim"),
	TIME("reclaim_io_s", reclaim_io_s,
	     "waiting inside direct reclaim for dirty inodes to be written"),
	TIME("stall_max_s", stall_max_s, "longest time that 32 pages took inside reclaim"),
	{.info = {.name = NULL}},
};

static const char *check(struct workload *w)
{
	const struct params *p = w->params;
	const u64 *size = p->sizes.items;

	for (u32 i = 1; i < p->sizes.n; i++)
		if (size[i] <= size[i - 1])
			return "sizes: must ascend";
	return world_cgroup(w->world, p->cgroup) ? NULL : "cgroup: there is no such cgroup";
}

const struct workload_type workload_anon_pressure = {
	.name = "anon-pressure",
	.help = "a task that touches and holds anonymous memory, without swap",
	.params = &table,
	.starter = "  - name: balloon\n"
		   "    type: anon-pressure\n"
		   "    start: 10s\n"
		   "    sizes: [16GiB, 32GiB]   # reached one after the other\n"
		   "    hold: 1min\n",
	.check = check,
	.start = start,
	.state_size = sizeof(struct state),
	.metrics = metrics,
	.oom_select = oom_select,
	.oom_kill = oom_kill,
};
