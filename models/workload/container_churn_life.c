// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: container-churn, the life of a container: mkdir, the stages of its run, exit and rmdir, and its end by the
 * OOM killer. One event is one operation of one container, so that what happens between two operations (a worker
 * that makes a kmem_cache, a grace period) finds its time.
 */
#include "memcg/kernel_stack.h"
#include "workload/container_churn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FORKS_PER_OP 16
#define ANON_CHUNK 256 /* pages touched in one operation */

static void advance(void *ctx, u64 arg);

/* ---- mkdir ---- */

static u16 pick_cpu(struct workload *w, u32 number)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	u32 cpus = w->world->k.m.nr_present;

	switch (p->cpus) {
	case CPUS_RANDOM:
		return (u16)rng_below(&s->rng, cpus);
	case CPUS_FIRST:
		return 0;
	default:
		return (u16)(number % cpus);
	}
}

static u32 take_slot(struct workload *w)
{
	struct state *s = w->state;
	u32 i;

	if (s->first_free) {
		i = s->first_free - 1;
		s->first_free = s->containers[i].spec;
		return i;
	}
	if (s->nr == s->cap) {
		u32 cap = s->cap ? s->cap * 2 : 64;
		struct container *c = realloc(s->containers, cap * sizeof(*c));

		if (!c) {
			w->world->e.failed = -ENOMEM;
			return NONE_U32;
		}
		memset(c + s->cap, 0, (cap - s->cap) * sizeof(*c));
		s->containers = c;
		s->cap = cap;
	}
	i = s->nr++;
	if (s->own_supers) {
		s->containers[i].supers = calloc(s->own_supers, sizeof(u32));
		if (!s->containers[i].supers) {
			w->world->e.failed = -ENOMEM;
			return NONE_U32;
		}
	}
	return i;
}

u32 container_new(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	u32 i = take_slot(w);
	struct container *c;

	if (i == NONE_U32)
		return i;
	c = &s->containers[i];
	c->number = ++s->created;
	c->cpu = pick_cpu(w, c->number - 1);
	c->stage = STAGE_ATTACH;
	c->in_use = 1;
	c->spec = c->pick = c->nr_supers = c->nr_made = c->done = c->todo = 0;
	c->killed = false;
	c->on_cpu = c->tasks = 0;
	c->nr_threads = c->turn = 0;
	c->anon = (struct anon_pages){0};
	c->anon_wanted = random_draw(&p->anon, &s->heaps) >> w->world->k.m.page_shift;
	if (!cgroup_dir_make(w->world, &c->dir, s->parent, w->name, c->number, manager_cpu(p, c),
			     p->kmem)) {
		w->refused++;
		c->in_use = 0;
		c->spec = s->first_free;
		s->first_free = i + 1;
		return NONE_U32;
	}
	memcg_set_limits(&w->world->k.memcg, c->dir.memcg, p->max, p->high);
	memcg_shrink_to_limits(&w->world->k.memcg, c->dir.memcg);
	return i;
}

void container_run(struct workload *w, u32 i, u64 delay)
{
	struct state *s = w->state;

	s->running++;
	s->containers[i].next = engine_after(&w->world->e, delay, advance, w, i);
}

void churn_maybe_finish(struct workload *w)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	if (p->count && s->removed + w->refused_containers >= (u64)p->count)
		workload_finish(w);
}

/* ---- rmdir ---- */

void container_note_peaks(const struct workload *w, struct state *s, const struct container *c)
{
	const struct memcg *cg = memcg_at(&w->world->k.memcg, c->dir.memcg);

	s->kmem_peak = max_of(s->kmem_peak, cg->kmem_peak);
	s->usage_peak = max_of(s->usage_peak, cg->usage_peak);
}

void container_remove(struct workload *w, u32 i)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	struct container *c = &s->containers[i];

	container_note_peaks(w, s, c);
	container_forget_made(w, c);
	cgroup_dir_remove(w->world, &c->dir, manager_cpu(p, c));
	c->in_use = 0;
	c->stage = STAGE_GONE;
	c->spec = s->first_free;
	s->first_free = i + 1;
	s->removed++;
	w->ops++;
	if (p->live && (!p->count || s->created < (u64)p->count))
		churn_create_next(w, 1);
	churn_maybe_finish(w);
}

static void remove_event(void *ctx, u64 arg)
{
	container_remove(ctx, (u32)arg);
}

static void exited(struct workload *w, u32 i)
{
	const struct params *p = w->params;
	struct state *s = w->state;

	s->containers[i].stage = STAGE_EXITED;
	s->running--;
	if (p->sequential && p->create == CREATE_FIRST && s->next_run < s->nr)
		container_run(w, s->next_run++, 0);
	else if (p->sequential && p->create == CREATE_EACH)
		churn_create_next(w, 0);
	if (!p->remove_at)
		engine_after(&w->world->e, random_draw(&p->linger, &s->rng), remove_event, w, i);
}

/* ---- stages ---- */

static void enter_stage(struct workload *w, struct container *c, enum stage stage)
{
	const struct state *s = w->state;

	if (stage == STAGE_FORK && !((const struct params *)w->params)->threads)
		stage = STAGE_MOUNT;
	if (stage == STAGE_MOUNT && !s->own_supers)
		stage = STAGE_OBJECTS;
	if (stage == STAGE_OBJECTS && !((const struct params *)w->params)->objects.n)
		stage = STAGE_ANON;
	if (stage == STAGE_ANON && !c->anon_wanted)
		stage = STAGE_FILES;
	if (stage == STAGE_FILES && !container_begin_super(w, c))
		stage = STAGE_LIVE;
	c->stage = (u8)stage;
}

static void mount_next(struct workload *w, struct container *c)
{
	const struct params *p = w->params;
	struct task t = task_of(c);
	u32 first = 0, i = 0;

	while (c->nr_supers >= first + (u32)own_mount_at(p, i)->count)
		first += (u32)own_mount_at(p, i++)->count;
	c->supers[c->nr_supers] =
		vfs_mount(&w->world->k.vfs, (enum fs_type)fs_type_find(own_mount_at(p, i)->fs), &t);
	if (!c->supers[c->nr_supers])
		w->refused++;
	c->nr_supers++;
}

/* pthread_create(): a few in each operation. False: all are there. */
static bool fork_step(struct workload *w, struct container *c)
{
	const struct params *p = w->params;

	if (!c->threads && p->threads) {
		c->threads = calloc((size_t)p->threads, sizeof(u32));
		if (!c->threads) {
			w->world->e.failed = -ENOMEM;
			return false;
		}
	}
	for (u32 i = 0; i < FORKS_PER_OP && c->nr_threads < (u64)p->threads; i++) {
		struct task t = task_of(c);

		t.cpu = thread_cpu(w, c, c->nr_threads);
		c->threads[c->nr_threads] = thread_new(&w->world->k.memcg, &t);
		if (!c->threads[c->nr_threads++])
			w->refused++;
	}
	return c->nr_threads < (u64)p->threads;
}

static void join_threads(struct workload *w, struct container *c)
{
	const struct params *p = w->params;

	/* who moves on takes no charge along */
	for (u32 i = 0; i < c->nr_threads && !p->threads_stay; i++)
		if (c->threads[i])
			thread_exit(&w->world->k.memcg, c->threads[i], thread_cpu(w, c, i));
	c->nr_threads = 0;
}

static void move_on(const struct workload *w, struct container *c)
{
	c->cpu = (u16)((c->cpu + 1U) % w->world->k.m.nr_present);
}

static bool umount_step(struct workload *w, struct container *c)
{
	struct task t = task_of(c);
	u32 sb;

	if (!c->nr_supers)
		return false;
	/* names in it first: their dentries go with the superblock */
	container_forget_made(w, c);
	sb = c->supers[--c->nr_supers];
	if (sb)
		vfs_umount(&w->world->k.vfs, sb, &t);
	return true;
}

/* The container's task touches memory. Time that it takes. */
static u64 anon_step(struct workload *w, struct container *c)
{
	const struct params *p = w->params;
	struct task t = task_of(c);
	u64 n = min_of(c->anon_wanted - c->anon.pages, (u64)ANON_CHUNK),
	    got = anon_grow(&w->world->k.pages, &c->anon, n, &t);

	if (!c->killed)
		w->refused += n - got;
	/* a task that gets no memory and was not killed does with what it has */
	if (got < n || c->anon.pages == c->anon_wanted)
		enter_stage(w, c, STAGE_FILES);
	return n * p->page_time;
}

/* The operation of a stage. Time until the next one. */
static u64 operation(struct workload *w, struct container *c)
{
	const struct params *p = w->params;
	struct state *s = w->state;
	struct task t = task_of(c);

	switch (c->stage) {
	case STAGE_ATTACH:
		if (p->attach)
			cgroup_dir_attach(w->world, &c->dir, manager_cpu(p, c));
		c->exit_at = w->world->e.now + random_draw(&p->life, &s->rng);
		enter_stage(w, c, STAGE_FORK);
		break;
	case STAGE_FORK:
		if (!fork_step(w, c))
			enter_stage(w, c, STAGE_MOUNT);
		break;
	case STAGE_MOUNT:
		mount_next(w, c);
		if (c->nr_supers == s->own_supers)
			enter_stage(w, c, STAGE_OBJECTS);
		break;
	case STAGE_OBJECTS:
		if (task_objects_next(w, &p->objects, s->object_caches, &c->objects, &s->rng, &t))
			break;
		if (++c->tasks == p->tasks)
			enter_stage(w, c, STAGE_ANON);
		else
			task_objects_again(&c->objects);
		break;
	case STAGE_ANON:
		return anon_step(w, c);
	case STAGE_FILES:
		if (!container_file_step(w, c))
			enter_stage(w, c, STAGE_LIVE);
		break;
	case STAGE_LIVE:
		c->stage = STAGE_UNLINK;
		c->done = 0;
		return c->exit_at > w->world->e.now ? c->exit_at - w->world->e.now : 0;
	case STAGE_UNLINK:
		if (!container_unlink_step(w, c))
			c->stage = STAGE_UMOUNT;
		break;
	case STAGE_UMOUNT:
		join_threads(w, c);
		if (!umount_step(w, c))
			c->stage = STAGE_EXITED;
		break;
	default:
		break;
	}
	return p->op_time;
}

/* The task is gone; its mounts go with its namespace, one by one. */
static void exit_task(struct workload *w, struct container *c)
{
	anon_free(&w->world->k.pages, &c->anon);
	c->stage = STAGE_UMOUNT;
}

/* One operation of one container; what comes next is another event. */
static void advance(void *ctx, u64 arg)
{
	struct workload *w = ctx;
	const struct params *p = w->params;
	struct state *s = w->state;
	struct kernel *k = &w->world->k;
	struct container *c = &s->containers[arg];
	u64 stall = k->vmscan.direct_ns, delay;

	w->ops++;
	c->next = 0;
	s->current = (u32)arg + 1;
	delay = operation(w, c);
	handle_over_high(&k->vmscan, c->dir.memcg, c->cpu);
	s->current = 0;
	stall = k->vmscan.direct_ns - stall;
	s->stall_ns += stall;
	if (c->killed) {
		oom_current_exits(&k->vmscan.oom);
		if (c->stage < STAGE_UMOUNT)
			exit_task(w, c);
	}
	if (p->move_every && ++c->on_cpu >= p->move_every) {
		c->on_cpu = 0;
		move_on(w, c);
	}
	if (c->stage == STAGE_EXITED) {
		task_objects_exit(w, &c->objects, c->cpu);
		exited(w, (u32)arg);
		return;
	}
	if (c->stage == STAGE_UMOUNT)
		anon_free(&k->pages, &c->anon);
	c->next = engine_after(&w->world->e, delay + stall, advance, w, arg);
}

/* ---- the OOM killer ---- */

/* Tasks without memory of their own are no help to the machine: theirs is not modelled. */
void churn_oom_select(struct workload *w, u32 memcg, struct oom_task *best)
{
	const struct params *p = w->params;
	const struct state *s = w->state;
	bool modelled = random_mean(&p->anon) > 0.0;

	for (u32 i = 0; i < s->nr; i++) {
		const struct container *c = &s->containers[i];

		if (!c->in_use || c->killed || c->stage >= STAGE_UMOUNT ||
		    (memcg == ROOT_MEMCG && !modelled) || (!c->next && s->current != i + 1) ||
		    !memcg_in_tree(&w->world->k.memcg, c->dir.memcg, memcg))
			continue;
		oom_consider(best, &(struct oom_task){.index = i,
						      .memcg = c->dir.memcg,
						      .pages = c->anon.pages,
						      .name = w->name,
						      .number = c->number,
						      .owner = w});
	}
}

enum oom_result churn_oom_kill(struct workload *w, u32 index)
{
	struct state *s = w->state;
	struct container *c = &s->containers[index];

	c->killed = true;
	s->killed++;
	if (s->current == index + 1)
		return OOM_CURRENT;
	exit_task(w, c);
	event_cancel(&w->world->e.queue, c->next);
	c->next = engine_after(&w->world->e, 0, advance, w, index);
	return OOM_KILLED;
}
