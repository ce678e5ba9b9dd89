// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: delete-tree. What bonnie++ does with many small files: one task makes them, looks each of them up, and
 * deletes them, in the order of their names or in a random one. How long each of the three takes is the result;
 * on a file system with a log the last is a matter of how fast inodes are written back.
 */
#include "workload/file_ops.h"
#include "workload/keys.h"
#include "workload/readers.h"
#include "workload/task_timer.h"
#include "workload/types.h"

#include <errno.h>
#include <stdlib.h>

#define PAUSE_NS (10 * NSEC_PER_MSEC) /* who may not write looks again */

enum phase { PHASE_CREATE, PHASE_STAT, PHASE_DELETE, NR_PHASES };
enum order { ORDER_SEQUENTIAL, ORDER_RANDOM };

static const char *const order_names[] = {"sequential", "random", NULL};

struct params {
	const char *mount;
	const char *cgroup;
	s64 cpu, dirs, files, pages, ops_per_step;
	int order;
	u64 op_time;
};

struct state {
	u32 memcg, sb;
	u32 *dirs; /* [dirs] vnodes */
	u32 *files; /* [dirs * files]; in random order: shuffled before stat and before delete */
	u64 n, at;
	u32 phase; /* enum phase */
	u64 begun; /* ns */
	u64 took[NR_PHASES], waited;
	struct task_timer timer;
	struct rng rng;
};

#define KEY(field) .offset = offsetof(struct params, field)

static const struct param_key keys[] = {
	KEY_MOUNT(struct params, "a mount of the scenario"),
	KEY_CGROUP(struct params, "the task"),
	KEY_CPU(struct params, "CPU of the task"),
	{.name = "dirs",
	 .type = PARAM_INT,
	 .dflt = "1",
	 .min = 1,
	 .max = 1000000,
	 KEY(dirs),
	 .help = "directories"},
	{.name = "files",
	 .type = PARAM_INT,
	 .required = true,
	 .min = 1,
	 .max = 10000000,
	 KEY(files),
	 .help = "files in each"},
	{.name = "pages",
	 .type = PARAM_INT,
	 .min = 0,
	 .max = 100000,
	 KEY(pages),
	 .help = "pages written to each when it is made"},
	{.name = "order",
	 .type = PARAM_ENUM,
	 .choices = order_names,
	 .dflt = "sequential",
	 KEY(order),
	 .help = "of looking up and deleting"},
	{.name = "op_time",
	 .type = PARAM_TIME,
	 .dflt = "20us",
	 KEY(op_time),
	 .help = "CPU time of one operation"},
	{.name = "ops_per_step",
	 .type = PARAM_INT,
	 .dflt = "1",
	 .min = 1,
	 .max = 1000,
	 KEY(ops_per_step),
	 .help = "operations between two looks at the clock"},
	{.name = NULL},
};

static const struct param_table table = {
	.what = "delete-tree workload",
	.size = sizeof(struct params),
	.keys = keys,
};

static void one_op(struct workload *w, u32 vnode, const struct task *t)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	struct vfs *v = &w->world->k.vfs;

	switch ((enum phase)s->phase) {
	case PHASE_CREATE:
		file_create(w, vnode, (u32)p->pages, t);
		break;
	case PHASE_STAT:
		w->refused += !vnode_stat(v, vnode, t);
		break;
	default:
		w->refused += !vnode_unlink(v, vnode, t);
		break;
	}
	w->ops++;
}

/* Fisher and Yates */
static void shuffle(struct state *s)
{
	for (u64 i = s->n; i > 1; i--) {
		u64 j = rng_below(&s->rng, i);
		u32 x = s->files[i - 1];

		s->files[i - 1] = s->files[j];
		s->files[j] = x;
	}
}

/* False: that was the last. */
static bool next_phase(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	s->took[s->phase] = w->world->e.now - s->begun;
	s->begun = w->world->e.now;
	s->at = 0;
	if (++s->phase == NR_PHASES)
		return false;
	if (p->order == ORDER_RANDOM)
		shuffle(s);
	return true;
}

static void step(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;
	struct kernel *k = &w->world->k;
	struct task t = {.memcg = s->memcg, .cpu = (u16)((u64)p->cpu % k->m.nr_present)};
	s64 done = 0;

	(void)arg;
	if (s->phase != PHASE_STAT &&
	    (super_log_full(&k->vfs, s->sb) || page_cache_must_wait(&k->pages, t.memcg))) {
		s->waited += PAUSE_NS;
		engine_after(&w->world->e, PAUSE_NS, step, w, 0);
		return;
	}
	if (s->at == s->n && !next_phase(w)) {
		workload_finish(w);
		return;
	}
	task_begin(&s->timer);
	for (; done < p->ops_per_step && s->at < s->n; done++)
		one_op(w, s->files[s->at++], &t);
	task_end(&s->timer, &t, (u64)done * p->op_time, 0, step, w, 0);
}

static void start(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	struct vfs *v = &w->world->k.vfs;

	s->memcg = world_cgroup(w->world, p->cgroup);
	s->sb = world_mounts(w->world, p->mount)->supers[0];
	s->n = (u64)p->dirs * (u64)p->files;
	s->begun = w->world->e.now;
	task_timer_init(&s->timer, &w->world->k);
	s->dirs = calloc((u64)p->dirs, sizeof(u32));
	s->files = calloc(s->n, sizeof(u32));
	if (!s->dirs || !s->files || workload_rng(w, &s->rng, "order")) {
		w->world->e.failed = -ENOMEM;
		return;
	}
	for (u64 i = 0; i < (u64)p->dirs; i++)
		s->dirs[i] = vnode_new(v, s->sb, 0, true, true);
	for (u64 i = 0; i < s->n; i++) {
		s->files[i] = vnode_new(v, s->sb, s->dirs[i / (u64)p->files], false, false);
		if (!s->files[i])
			return;
	}
	step(w, 0);
}

static void destroy(struct workload *w)
{
	struct state *s = w->state;

	free(s->dirs);
	free(s->files);
	rng_destroy(&s->rng);
}

static const char *check(struct workload *w)
{
	const struct params *p = w->params;

	return world_check_place(w->world, p->mount, p->cgroup);
}

static void estimate(const struct workload *w, struct workload_estimate *est)
{
	const struct params *p = w->params;

	est->objects += 2.0 * (double)p->dirs * (double)(p->files + 1);
	est->vnodes += (double)p->dirs * (double)(p->files + 1);
}

/* ---- metrics ---- */

READ(create_s, s->phase > PHASE_CREATE ? (double)s->took[PHASE_CREATE] / 1e9 : NAN)
READ(stat_s, s->phase > PHASE_STAT ? (double)s->took[PHASE_STAT] / 1e9 : NAN)
READ(delete_s, s->phase > PHASE_DELETE ? (double)s->took[PHASE_DELETE] / 1e9 : NAN)
READ(read_s, (double)s->timer.io.waited[IO_OWN] / 1e9)
READ(reclaim_s, (double)s->timer.reclaim_ns / 1e9)
READ(reclaim_io_s, (double)s->timer.io.waited[IO_RECLAIM] / 1e9)
READ(log_s, (double)s->waited / 1e9)

static const struct metric_source metrics[] = {
	TIME("create_s", create_s, "until all files were made"),
	TIME("stat_s", stat_s, "until all were looked up"),
	TIME("delete_s", delete_s, "until all were deleted"),
	TIME("read_s", read_s, "waiting for the disk to read"),
	TIME("reclaim_s", reclaim_s, "CPU time inside direct reclaim"),
	TIME("reclaim_io_s", reclaim_io_s,
	     "waiting inside direct reclaim for dirty inodes to be written"),
	TIME("log_s", log_s, "waiting because the log is full or too much is dirty"),
	{.info = {.name = NULL}},
};

static u32 notes(struct workload *w, struct arena *arena, char **out, u32 max)
{
	const struct state *s = w->state;

	if (!max)
		return 0;
	out[0] = arena_printf(
		arena,
		"%s: %.0f s on the CPU, %.0f s reading, %.0f s waiting for room in "
		"the log or among dirty pages, %.0f s reclaiming memory, %.0f s waiting "
		"in reclaim for dirty inodes",
		w->name, (double)s->timer.cpu_ns / 1e9, read_s(w), log_s(w), reclaim_s(w),
		reclaim_io_s(w));
	return out[0] != NULL;
}

const struct workload_type workload_delete_tree = {
	.name = "delete-tree",
	.help = "a task that makes many files, looks them up and deletes them (bonnie++)",
	.params = &table,
	.starter = "  - name: bonnie\n"
		   "    type: delete-tree\n"
		   "    start: 10s\n"
		   "    mount: root\n"
		   "    dirs: 16\n"
		   "    files: 10000        # in each\n"
		   "    order: sequential   # or random\n",
	.check = check,
	.start = start,
	.destroy = destroy,
	.state_size = sizeof(struct state),
	.closed_loop = true,
	.metrics = metrics,
	.estimate = estimate,
	.notes = notes,
};
