// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: memory-hotplug. A range of memory is taken offline while cgroups are removed, a process dumps core and
 * systemd looks at cgroups (SEEDS E1 to E7, KERNEL_FACTS 7). Each such workload has locks and threads of its own, as
 * if it ran on a machine of its own: many casts can stand in one scenario. The range is memory beside that of the
 * modelled machine, which only says how many free pages there are to migrate to.
 */
#include "lock/lock.h"
#include "workload/types.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define TEXT_LEN 2048

enum drain_key {
	DRAIN_KEY_KERNEL,
	DRAIN_KEY_ONCE,
	DRAIN_KEY_EACH_PASS,
};

struct params {
	u64 range, used;
	s64 pinned;
	u64 remove_at, migrate_time, pass_time;
	int drain;
	s64 retries;
	u64 timeout, signal;
	u64 free_at, free_window;
	bool css_killer, cache_creation;
	u64 rmdir_at, offline_time, create_at;
	int core, core_reader;
	u64 core_size, core_at, reader_delay, dump_time;
	bool systemd;
	u64 systemd_at, stop_timeout, watchdog, proc_time;
	u64 given;
};

struct state {
	struct lock_system locks;
};

static const char *const drain_names[] = {"kernel", "once", "each-pass", NULL};
static const char *const core_names[] = {"none", "pipe", "file", NULL};
static const char *const reader_names[] = {"systemd-coredump", "plain", NULL};

#define KEY(n, t, f, d, h)                                                                         \
	{                                                                                          \
		.name = n, .type = t, .dflt = d, .offset = offsetof(struct params, f), .help = h   \
	}
static const struct param_key keys[] = {
	KEY("range", PARAM_SIZE, range, "128MiB", "memory that is taken offline"),
	{.name = "used",
	 .type = PARAM_SIZE,
	 .offset = offsetof(struct params, used),
	 .help = "of it: in use and movable; without it all. The rest is free"},
	{.name = "pinned",
	 .type = PARAM_INT,
	 .min = 0,
	 .max = 1000000,
	 .offset = offsetof(struct params, pinned),
	 .help = "pages of it that are neither movable nor free"},
	KEY("remove_at", PARAM_TIME, remove_at, "0s", "when the hot-remove begins"),
	KEY("migrate_time", PARAM_TIME, migrate_time, "2us", "migrating one page"),
	KEY("pass_time", PARAM_TIME, pass_time, "1ms",
	    "one pass of the loop beside migration, at least 10us"),
	{.name = "drain",
	 .type = PARAM_ENUM,
	 .choices = drain_names,
	 .dflt = "kernel",
	 .offset = offsetof(struct params, drain),
	 .help = "per-CPU lists are drained once, after each pass that failed, or as the kernel "
		 "does"},
	{.name = "retries",
	 .type = PARAM_INT,
	 .min = 0,
	 .max = 1000000,
	 .offset = offsetof(struct params, retries),
	 .help = "passes that move nothing until it gives up; 0: no limit"},
	KEY("timeout", PARAM_TIME, timeout, NULL, "until it gives up; without it never"),
	KEY("signal", PARAM_TIME, signal, NULL,
	    "from remove_at until somebody who reads no /proc signals it; without it nobody"),
	KEY("free_at", PARAM_TIME, free_at, NULL,
	    "when a task begins to free a page of the range; without it none does"),
	KEY("free_window", PARAM_TIME, free_window, "1us",
	    "from reading the pageblock's migrate type until the page is on a list"),
	KEY("css_killer", PARAM_BOOL, css_killer, "on", "a cgroup is removed and goes offline"),
	KEY("rmdir_at", PARAM_TIME, rmdir_at, "1ms", "when its offline work runs"),
	KEY("offline_time", PARAM_TIME, offline_time, "100us", "how long that works"),
	KEY("cache_creation", PARAM_BOOL, cache_creation, "off",
	    "a worker makes a kmem_cache of a memcg, if the kernel has such"),
	KEY("create_at", PARAM_TIME, create_at, "1ms", "when"),
	{.name = "core",
	 .type = PARAM_ENUM,
	 .choices = core_names,
	 .dflt = "none",
	 .offset = offsetof(struct params, core),
	 .help = "a process crashes whose memory is the end of what is used: where its core goes"},
	{.name = "core_reader",
	 .type = PARAM_ENUM,
	 .choices = reader_names,
	 .dflt = "systemd-coredump",
	 .offset = offsetof(struct params, core_reader),
	 .help = "who reads the pipe: systemd-coredump reads /proc/PID/cgroup first"},
	KEY("core_size", PARAM_SIZE, core_size, "1MiB", "its memory"),
	KEY("core_at", PARAM_TIME, core_at, "0s", "when it crashes"),
	KEY("reader_delay", PARAM_TIME, reader_delay, "5ms", "until the reader runs"),
	KEY("dump_time", PARAM_TIME, dump_time, "1us", "writing or reading one page of the core"),
	KEY("systemd", PARAM_BOOL, systemd, "off",
	    "PID 1 shuts down: reads /proc/PID/cgroup, waits, reads it again and signals the "
	    "hot-remove"),
	KEY("systemd_at", PARAM_TIME, systemd_at, "10ms", "when it begins"),
	KEY("stop_timeout", PARAM_TIME, stop_timeout, "90s", "how long it waits"),
	KEY("watchdog", PARAM_TIME, watchdog, "10min",
	    "a systemd that waits so long for a lock is reset by the hardware; 0: no watchdog"),
	KEY("proc_time", PARAM_TIME, proc_time, "10us",
	    "cgroup_mutex is held for a read of "
	    "/proc/PID/cgroup"),
	{.name = NULL},
};

static const struct param_table table = {
	.what = "memory-hotplug workload",
	.size = sizeof(struct params),
	.keys = keys,
	.given_offset = offsetof(struct params, given),
};

static u64 used_bytes(const struct params *p)
{
	return p->used ? p->used : p->range;
}

/* Drained in the loop until c52e75935f8d (v5.0, from memory), and again from 968318261221 (v5.9) on. */
static enum drain_rule drain_rule(const struct params *p, const struct kernel_row *row)
{
	if (p->drain != DRAIN_KEY_KERNEL)
		return p->drain == DRAIN_KEY_ONCE ? DRAIN_ONCE : DRAIN_EACH_PASS;
	return row->offline_drains_once ? DRAIN_ONCE : DRAIN_EACH_PASS;
}

static void set_spec(struct cast_spec *c, const struct params *p, const struct kernel *k)
{
	*c = (struct cast_spec){
		/* nothing to deactivate where memcgs have no kmem_caches of their own */
		.policy = k->memcg.accounting == &accounting_per_page ? k->hotplug_lock
								      : &hotplug_lock_free,
		.lock = k->hotplug_lock_params,
		.used = (u32)(used_bytes(p) >> k->m.page_shift),
		.pinned = (u32)p->pinned,
		.room = (u64)k->m.pages.free.level,
		.migrate_ns = p->migrate_time,
		.pass_ns = p->pass_time,
		.remove_at = p->remove_at,
		.drain = drain_rule(p, k->row),
		.retries = (u32)p->retries,
		.timeout = p->timeout,
		.signal = p->signal,
		.free_at = p->free_at,
		.free_window = p->free_window,
		.css_killer = p->css_killer,
		.rmdir_at = p->rmdir_at,
		.offline_ns = p->offline_time,
		.cache_creation = p->cache_creation,
		.create_at = p->create_at,
		.core = (enum core_target)p->core,
		.reader = (enum core_reader)p->core_reader,
		.core_pages = (u32)(p->core_size >> k->m.page_shift),
		.core_at = p->core_at,
		.reader_delay = p->reader_delay,
		.dump_ns = p->dump_time,
		.systemd = p->systemd,
		.systemd_at = p->systemd_at,
		.stop_timeout = p->stop_timeout,
		.proc_ns = p->proc_time,
	};
}

static void all_done(void *ctx)
{
	struct workload *w = ctx;
	const struct state *s = w->state;

	w->ops = s->locks.range.migrated;
	workload_finish(w);
}

static void start(struct workload *w)
{
	struct state *s = w->state;
	struct cast_spec spec;

	set_spec(&spec, w->params, &w->world->k);
	if (cast_init(&s->locks, &w->world->e, &spec)) {
		w->world->e.failed = -ENOMEM;
		return;
	}
	s->locks.finished = all_done;
	s->locks.ctx = w;
	cast_start(&s->locks);
}

static void destroy(struct workload *w)
{
	struct state *s = w->state;

	cast_destroy(&s->locks);
}

static const char *check(struct workload *w)
{
	const struct params *p = w->params;
	u64 pages = p->range >> w->world->k.m.page_shift;

	if (!pages || p->range > 1ULL << 40)
		return "range: from one page to 1TiB";
	if (used_bytes(p) > p->range)
		return "used: more than the range";
	if (used_bytes(p) + ((u64)p->pinned << w->world->k.m.page_shift) > p->range && p->used)
		return "pinned: more than the range has beside what is used";
	if (p->core && p->core_size > used_bytes(p))
		return "core_size: more than the range has in use";
	if (p->pass_time < 10 * NSEC_PER_USEC)
		return "pass_time: at least 10us";
	return NULL;
}

/* ---- metrics ---- */

/* Where PID 1 waits for a lock; NULL: it does not, or is not there. */
static const struct lock_thread *waiting_systemd(const struct lock_system *l)
{
	for (u32 i = 0; i < l->nr_threads; i++)
		if (!strcmp(l->threads[i].name, "systemd") && l->threads[i].state == THREAD_BLOCKED)
			return &l->threads[i];
	return NULL;
}

static double reset_at(const struct workload *w)
{
	const struct state *s = w->state;
	const struct params *p = w->params;
	const struct lock_thread *systemd = waiting_systemd(&s->locks);
	u64 end;

	if (!systemd || !p->watchdog)
		return NAN;
	end = systemd->blocked_since + p->watchdog;
	return w->world->e.now < end ? NAN : (double)(end - w->start) / 1e9;
}

#define READ(fn, expr)                                                                             \
	static double fn(const void *model)                                                        \
	{                                                                                          \
		const struct workload *w = model;                                                  \
		const struct lock_system *l = &((const struct state *)w->state)->locks;            \
                                                                                                   \
		return expr;                                                                       \
	}

READ(deadlock, l->verdict.deadlock.n != 0)
READ(livelock, l->verdict.livelock.n != 0)
READ(stuck, __builtin_popcount(l->verdict.stuck))
READ(offlined, l->loop.over && !l->loop.result)
READ(offline_s, l->loop.over ? (double)l->loop.took / 1e9 : NAN)
READ(passes, (double)l->loop.passes)
READ(migrated, (double)l->range.migrated)

static double reset_s(const void *model)
{
	return reset_at(model);
}

#define DERIVED(n, u, fn, whole, h)                                                                \
	{                                                                                          \
		.info = {.name = n,                                                                \
			 .unit = u,                                                                \
			 .kind = METRIC_DERIVED,                                                   \
			 .integer = whole,                                                         \
			 .help = h},                                                               \
		.read = fn                                                                         \
	}
static const struct metric_source metrics[] = {
	DERIVED("deadlock", "bool", deadlock, true, "1 if threads wait for each other in a cycle"),
	DERIVED("livelock", "bool", livelock, true,
		"1 if a loop goes on for ever because who could end it waits, or nobody could"),
	DERIVED("stuck", "threads", stuck, true, "threads that can never go on"),
	DERIVED("offlined", "bool", offlined, true, "1 if the range is offline"),
	DERIVED("offline_s", "s", offline_s, false,
		"how long the loop took, whether it gave up or not"),
	DERIVED("passes", "passes", passes, true, "passes of the loop"),
	DERIVED("migrated", "pages", migrated, true, "pages migrated"),
	DERIVED("reset_s", "s", reset_s, false, "when the watchdog reset the machine"),
	{.info = {.name = NULL}},
};

/* ---- notes ---- */

static char *cycle_note(const struct workload *w, struct arena *arena, const char *kind,
			const struct wait_cycle *c)
{
	const struct state *s = w->state;
	char path[TEXT_LEN], edges[TEXT_LEN];

	cycle_path(c, path, sizeof(path));
	cycle_edges(&s->locks, c, edges, sizeof(edges));
	return arena_printf(arena, "%s: %s after %.6f s: %s: %s", w->name, kind,
			    (double)(s->locks.verdict.time - w->start) / 1e9, path, edges);
}

static int add_fix(char *buf, size_t len, const struct fix_result *f)
{
	char cut[2][24];
	const struct wait_edge *edges[] = {&f->deadlock, &f->livelock};
	bool cuts[] = {f->cuts_deadlock, f->cuts_livelock};
	u32 n = 0;

	for (u32 i = 0; i < 2; i++)
		if (cuts[i] &&
		    !(n && edges[0]->from == edges[1]->from && edges[0]->to == edges[1]->to))
			snprintf(cut[n++], sizeof(cut[0]), "T%u -> T%u", edges[i]->from + 1U,
				 edges[i]->to + 1U);
	return snprintf(buf, len, "; %s: %s%s%s%s%s", f->name, n ? "removes " : "no edge",
			n ? cut[0] : "", n > 1 ? " and " : "", n > 1 ? cut[1] : "",
			f->stuck      ? ", still stuck"
			: f->offlined ? ", the range goes offline"
				      : ", all go on, the range stays");
}

static char *fixes_note(const struct workload *w, struct arena *arena)
{
	const struct state *s = w->state;
	char buf[TEXT_LEN] = "";
	size_t at = 0;

	for (u32 i = 0; i < nr_fixes() && at < sizeof(buf); i++) {
		struct fix_result f;

		if (fix_try(&s->locks, i, &f)) {
			w->world->e.failed = -ENOMEM;
			return NULL;
		}
		at += (size_t)add_fix(buf + at, sizeof(buf) - at, &f);
	}
	return arena_printf(arena, "%s: what would help: %s", w->name, buf[0] ? buf + 2 : "");
}

static char *end_note(const struct workload *w, struct arena *arena)
{
	const struct lock_system *l = &((const struct state *)w->state)->locks;
	const struct lock_thread *longest = &l->threads[0];

	for (u32 i = 1; i < l->nr_threads; i++)
		if (l->threads[i].waited > longest->waited)
			longest = &l->threads[i];
	return arena_printf(
		arena,
		"%s: %s after %.6f s, %llu passes, %llu pages migrated; longest wait %.6f s%s%s",
		w->name,
		!l->loop.over		   ? "not over yet"
		: !l->loop.result	   ? "offline"
		: l->loop.result == -EINTR ? "given up (-EINTR)"
					   : "given up (-EBUSY)",
		(double)(l->loop.over ? l->loop.took : w->world->e.now - l->loop.begun) / 1e9,
		(unsigned long long)l->loop.passes, (unsigned long long)l->range.migrated,
		(double)longest->waited / 1e9, longest->waited ? " of " : "",
		longest->waited ? longest->name : "");
}

static u32 keep(char *const *text, u32 n, char **out, u32 max)
{
	u32 kept = 0;

	for (u32 i = 0; i < n && kept < max; i++)
		if (text[i])
			out[kept++] = text[i];
	return kept;
}

static u32 verdicts(struct workload *w, struct arena *arena, char **out, u32 max)
{
	const struct wait_verdict *v = &((const struct state *)w->state)->locks.verdict;
	char *text[3];
	u32 n = 0;

	if (v->deadlock.n)
		text[n++] = cycle_note(w, arena, "deadlock", &v->deadlock);
	if (v->livelock.n)
		text[n++] = cycle_note(w, arena, "livelock", &v->livelock);
	if (v->stuck && !isnan(reset_at(w)))
		text[n++] = arena_printf(arena, "%s: the watchdog resets the machine after %.3f s",
					 w->name, reset_at(w));
	return keep(text, n, out, max);
}

static u32 notes(struct workload *w, struct arena *arena, char **out, u32 max)
{
	const struct lock_system *l = &((const struct state *)w->state)->locks;
	char *text[2], victims[TEXT_LEN];
	u32 n = 0;

	victims_text(l, victims, sizeof(victims));
	if (victims[0])
		text[n++] = arena_printf(arena, "%s: stuck behind it: %s", w->name, victims);
	text[n++] = l->verdict.stuck ? fixes_note(w, arena) : end_note(w, arena);
	return keep(text, n, out, max);
}

const struct workload_type workload_memory_hotplug = {
	.name = "memory-hotplug",
	.help = "memory is taken offline while others hold and wait for locks",
	.params = &table,
	.starter = "  - name: remove\n"
		   "    type: memory-hotplug\n"
		   "    start: 1s\n"
		   "    range: 128MiB       # memory that goes\n"
		   "    core: pipe          # a process dumps core meanwhile: none, pipe, file\n"
		   "    systemd: on         # PID 1 wants to stop the hot-remove\n",
	.check = check,
	.start = start,
	.destroy = destroy,
	.state_size = sizeof(struct state),
	.metrics = metrics,
	.verdicts = verdicts,
	.notes = notes,
};
