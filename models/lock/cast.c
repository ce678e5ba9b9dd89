// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Who takes part (SEEDS E1 to E6) and what each does, step by step; threads are numbered as they stand here.
 * From memory of the sources, not from KERNEL_FACTS: that systemd reads the cgroup of a process again before it
 * signals it, and that the notifier of slab takes slab_mutex before the loop.
 */
#include "lock/internal.h"

#include <errno.h>
#include <stdlib.h>

void add_step(struct lock_thread *t, enum step_op op, u64 arg)
{
	sim_assert(t->nr_steps < MAX_LOCK_STEPS);
	t->steps[t->nr_steps++] = (struct lock_step){.op = (u8)op, .arg = arg};
}

static void add_locking(struct lock_thread *t, enum step_op op, enum lock_id lock, u32 mode)
{
	add_step(t, op, 0);
	t->steps[t->nr_steps - 1].lock = (u8)lock;
	t->steps[t->nr_steps - 1].mode = (u8)mode;
}

void add_lock(struct lock_thread *t, enum lock_id lock, enum lock_mode mode)
{
	add_locking(t, STEP_LOCK, lock, mode);
}

void add_unlock(struct lock_thread *t, enum lock_id lock)
{
	add_locking(t, STEP_UNLOCK, lock, 0);
}

static struct lock_thread *join(struct lock_system *s, const char *name, u64 at)
{
	struct lock_thread *t = &s->threads[s->nr_threads++];

	sim_assert(s->nr_threads <= MAX_LOCK_THREADS);
	*t = (struct lock_thread){.name = name};
	add_step(t, STEP_RUN, at);
	return t;
}

/* proc_cgroup_show() */
static void read_proc_cgroup(const struct lock_system *s, struct lock_thread *t)
{
	add_lock(t, CGROUP_MUTEX, LOCK_WRITE);
	add_step(t, STEP_RUN, s->spec.proc_ns);
	add_unlock(t, CGROUP_MUTEX);
}

/* mem_hotplug_begin(), start_isolate_page_range(), MEM_GOING_OFFLINE, the loop, mem_hotplug_done() */
static void join_hot_remove(struct lock_system *s)
{
	struct lock_thread *t = join(s, "hot-remove", s->spec.remove_at);

	add_lock(t, CPU_HOTPLUG_LOCK, LOCK_READ);
	add_lock(t, MEM_HOTPLUG_LOCK, LOCK_WRITE);
	add_step(t, STEP_ISOLATE, 0);
	add_lock(t, SLAB_MUTEX, LOCK_WRITE);
	add_unlock(t, SLAB_MUTEX);
	add_step(t, STEP_OFFLINE, 0);
	add_unlock(t, MEM_HOTPLUG_LOCK);
	add_unlock(t, CPU_HOTPLUG_LOCK);
}

static void join_core_dump(struct lock_system *s)
{
	const struct cast_spec *spec = &s->spec;
	struct lock_thread *t = join(s, "core-dump", spec->core_at);

	add_step(t, spec->core == CORE_PIPE ? STEP_DUMP_PIPE : STEP_DUMP_FILE, 0);
	if (spec->core != CORE_PIPE)
		return;
	t = join(s, spec->reader == READER_COREDUMP ? "systemd-coredump" : "core-reader",
		 spec->core_at + spec->reader_delay);
	if (spec->reader == READER_COREDUMP)
		read_proc_cgroup(s, t);
	add_step(t, STEP_READ_PIPE, 0);
}

static void join_systemd(struct lock_system *s)
{
	struct lock_thread *t = join(s, "systemd", s->spec.systemd_at);

	read_proc_cgroup(s, t);
	add_step(t, STEP_AWAIT, s->spec.stop_timeout);
	read_proc_cgroup(s, t);
	add_step(t, STEP_SIGNAL, 0);
}

static void join_freeing_task(struct lock_system *s)
{
	const struct cast_spec *spec = &s->spec;
	struct lock_thread *t = join(s, "freeing-task", spec->free_at);

	add_step(t, STEP_FREE_BEGIN, 0);
	add_step(t, STEP_RUN, spec->free_window);
	add_step(t, STEP_FREE_END, 0);
}

static void join_signal(struct lock_system *s)
{
	struct lock_thread *t = join(s, "signal", s->spec.remove_at);

	add_step(t, STEP_AWAIT, s->spec.signal);
	add_step(t, STEP_SIGNAL, 0);
}

int cast_init(struct lock_system *s, struct engine *e, const struct cast_spec *spec)
{
	const struct hotplug_lock_policy *policy = spec->policy;
	struct lock_thread *t;

	*s = (struct lock_system){.e = e, .spec = *spec};
	s->spec.core_pages = min_of(spec->core_pages, spec->used);
	join_hot_remove(s);
	if (spec->css_killer) {
		t = join(s, "css-killer", spec->rmdir_at);
		policy->css_offline(t, &spec->lock, spec->offline_ns);
	}
	if (spec->core)
		join_core_dump(s);
	if (spec->systemd)
		join_systemd(s);
	if (spec->cache_creation && policy->create_cache) {
		t = join(s, "cache-creation", spec->create_at);
		policy->create_cache(t, &spec->lock, spec->offline_ns);
	}
	if (spec->free_at)
		join_freeing_task(s);
	if (spec->signal)
		join_signal(s);
	return range_init(&s->range, spec);
}

void cast_start(struct lock_system *s)
{
	for (u32 i = 0; i < s->nr_threads; i++)
		engine_after(s->e, 0, thread_run, s, i);
}

void cast_destroy(struct lock_system *s)
{
	free(s->range.state);
	free(s->range.left);
}
