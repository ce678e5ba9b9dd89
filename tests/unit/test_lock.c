// SPDX-License-Identifier: GPL-3.0-or-later
/* Locks, the wait-for graph and memory hot-remove (KERNEL_FACTS 7; SEEDS E1 to E6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lock/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define US NSEC_PER_USEC
#define MS NSEC_PER_MSEC
#define SEC NSEC_PER_SEC

struct stage {
	struct engine e;
	struct lock_system s;
};

/* 1,000 pages of which all can go, and nobody else. */
static struct cast_spec alone(void)
{
	return (struct cast_spec){
		.policy = &hotplug_lock_nested,
		.used = 1000,
		.room = 1000000,
		.migrate_ns = 2 * US,
		.pass_ns = MS,
		.offline_ns = 100 * US,
		.proc_ns = 10 * US,
		.dump_ns = US,
		.reader_delay = 500 * US,
		.stop_timeout = 90 * SEC,
	};
}

static struct cast_spec case_1(void)
{
	struct cast_spec c = alone();

	c.css_killer = true;
	c.rmdir_at = 100 * US;
	c.core = CORE_PIPE;
	c.core_pages = 64;
	return c;
}

static struct cast_spec case_2(void)
{
	struct cast_spec c = alone();

	c.css_killer = true;
	c.rmdir_at = 100 * US;
	c.pinned = 1;
	c.systemd = true;
	c.systemd_at = 10 * MS;
	return c;
}

static void play(struct stage *st, const struct cast_spec *spec)
{
	assert_int_equal(engine_init(&st->e), 0);
	assert_int_equal(cast_init(&st->s, &st->e, spec), 0);
	cast_start(&st->s);
	while (engine_step(&st->e))
		;
	/* who is not stuck comes to his end, and holds nothing then */
	for (u32 i = 0; i < st->s.nr_threads; i++) {
		const struct lock_thread *t = &st->s.threads[i];

		assert_int_equal(t->state == THREAD_DONE, !(st->s.verdict.stuck & 1U << i));
		for (u32 l = 0; t->state == THREAD_DONE && l < NR_LOCKS; l++)
			assert_int_equal(t->holds[l], 0);
	}
}

static void end(struct stage *st)
{
	cast_destroy(&st->s);
	engine_destroy(&st->e);
}

static void assert_path(const struct wait_cycle *c, const char *path)
{
	char buf[256];

	cycle_path(c, buf, sizeof(buf));
	assert_string_equal(buf, path);
}

/* What comes of it: both cycles ("" = none) and whether the range goes. */
static void expect(const struct cast_spec *spec, const char *deadlock, const char *livelock,
		   bool offlined)
{
	struct stage st;

	play(&st, spec);
	assert_path(&st.s.verdict.deadlock, deadlock);
	assert_path(&st.s.verdict.livelock, livelock);
	assert_int_equal(st.s.verdict.stuck != 0, *deadlock || *livelock);
	assert_int_equal(st.s.loop.over && !st.s.loop.result, offlined);
	end(&st);
}

/* ---- the two cases of August 2020 ---- */

static void four_threads_wait_in_a_circle_up_to_5_8(void **state)
{
	struct cast_spec c = case_1();
	struct stage st;
	char text[1024];

	(void)state;
	play(&st, &c);
	assert_path(&st.s.verdict.deadlock, "T1 -> T3 -> T4 -> T2 -> T1");
	assert_int_equal(st.s.verdict.livelock.n, 0);
	assert_int_equal(st.s.verdict.stuck, 0xf);
	cycle_edges(&st.s, &st.s.verdict.deadlock, text, sizeof(text));
	/* the pipe is full with 16 pages, so it is the 17th of its last 64 */
	assert_string_equal(text,
			    "T1 hot-remove can not migrate page 952, T3 core-dump has a reference; "
			    "T3 core-dump waits in pipe_write for T4 to read; "
			    "T4 systemd-coredump waits for cgroup_mutex of T2; "
			    "T2 css-killer waits for mem_hotplug_lock (read) of T1");
	assert_int_equal(st.s.range.migrated, 999);
	end(&st);
}

static void a_loop_that_only_systemd_could_end_is_a_livelock(void **state)
{
	struct cast_spec c = case_2();
	struct stage st;
	char text[1024];

	(void)state;
	play(&st, &c);
	assert_path(&st.s.verdict.livelock, "T1 -> T3 -> T2 -> T1");
	assert_int_equal(st.s.verdict.deadlock.n, 0);
	cycle_edges(&st.s, &st.s.verdict.livelock, text, sizeof(text));
	assert_non_null(strstr(text, "1 page neither movable nor free (-EBUSY): only a signal of "
				     "T3 would end it"));
	/* nothing was known before systemd came: it could have signalled */
	assert_int_equal(st.s.verdict.time, 10 * MS);
	end(&st);
}

static void both_are_gone_in_5_9(void **state)
{
	struct cast_spec c = case_1();

	(void)state;
	c.policy = &hotplug_lock_free;
	expect(&c, "", "", true);
	c = case_2();
	c.policy = &hotplug_lock_free;
	expect(&c, "", "", false);
}

static void a_core_in_a_file_removes_the_deadlock_alone(void **state)
{
	struct cast_spec c = case_1();

	(void)state;
	c.systemd = true;
	c.systemd_at = 10 * MS;
	c.pinned = 1;
	expect(&c, "T1 -> T3 -> T4 -> T2 -> T1", "T1 -> T5 -> T2 -> T1", false);
	c.core = CORE_FILE;
	expect(&c, "", "T1 -> T4 -> T2 -> T1", false);
	c = case_1();
	c.core = CORE_FILE;
	expect(&c, "", "", true);
}

/* ---- every edge is needed ---- */

static void without_any_of_the_four_nothing_hangs(void **state)
{
	struct cast_spec c = case_1();

	(void)state;
	c.css_killer = false;
	expect(&c, "", "", true);
	c = case_1();
	c.core = CORE_NONE;
	expect(&c, "", "", true);
	c = case_1();
	c.reader = READER_PLAIN;
	expect(&c, "", "", true);
	/* the hot-remove comes when all is over */
	c = case_1();
	c.remove_at = 10 * MS;
	expect(&c, "", "", true);
}

static void who_comes_first_decides(void **state)
{
	struct cast_spec c = case_1();

	(void)state;
	/* the reader has read its cgroup before the cgroup is removed */
	c.rmdir_at = 520 * US;
	expect(&c, "", "", true);
	/* it comes into the time that a removed cgroup holds the mutex */
	c.rmdir_at = 499 * US;
	expect(&c, "T1 -> T3 -> T4 -> T2 -> T1", "", false);
	/* the pages have migrated when their process crashes */
	c = case_1();
	c.core_at = 5 * MS;
	expect(&c, "", "", true);
	/* a core that fits into the pipe lets its pages go */
	c = case_1();
	c.core_pages = PIPE_DEF_BUFFERS;
	expect(&c, "", "", true);
	c.core_pages = PIPE_DEF_BUFFERS + 1;
	expect(&c, "T1 -> T3 -> T4 -> T2 -> T1", "", false);
}

static void without_a_removed_cgroup_systemd_ends_the_loop(void **state)
{
	struct cast_spec c = case_2();
	struct stage st;

	(void)state;
	c.css_killer = false;
	play(&st, &c);
	assert_int_equal(st.s.verdict.stuck, 0);
	assert_int_equal(st.s.loop.result, -EINTR);
	assert_in_range(st.e.now, 90 * SEC, 90 * SEC + 20 * MS);
	end(&st);
}

static void systemd_waits_no_longer_than_the_range(void **state)
{
	struct cast_spec c = case_2();
	struct stage st;

	(void)state;
	c.pinned = 0;
	c.css_killer = false;
	c.systemd_at = MS;
	play(&st, &c);
	assert_int_equal(st.s.loop.result, 0);
	assert_false(st.s.loop.signalled);
	assert_int_equal(st.e.now, st.s.loop.begun + st.s.loop.took);
	end(&st);
}

static void a_loop_that_nobody_could_end_is_a_circle_by_itself(void **state)
{
	struct cast_spec c = alone();

	(void)state;
	c.pinned = 3;
	expect(&c, "", "T1 -> T1", false);
	c.pinned = 0;
	c.room = 999;
	expect(&c, "", "T1 -> T1", false);
	c.room = 1000;
	expect(&c, "", "", true);
}

static void the_worker_that_makes_caches_waits_behind_it(void **state)
{
	struct cast_spec c = case_1();
	struct stage st;
	char text[256];

	(void)state;
	c.cache_creation = true;
	c.create_at = MS;
	play(&st, &c);
	assert_int_equal(st.s.verdict.stuck, 0x1f);
	victims_text(&st.s, text, sizeof(text));
	assert_string_equal(text, "T5 cache-creation waits for mem_hotplug_lock (read) of T1");
	end(&st);
	/* who comes later does not change when it began */
	c.create_at = SEC;
	play(&st, &c);
	assert_int_equal(st.s.verdict.stuck, 0x1f);
	assert_true(st.s.verdict.time < 10 * MS);
	end(&st);
	c.create_at = MS;
	/* it holds nothing that anybody needs: alone it waits until the range is gone */
	c.css_killer = false;
	play(&st, &c);
	assert_int_equal(st.s.verdict.stuck, 0);
	assert_string_equal(st.s.threads[3].name, "cache-creation");
	assert_int_equal(st.s.threads[3].waited, st.s.loop.begun + st.s.loop.took - MS);
	end(&st);
	c.policy = &hotplug_lock_free;
	play(&st, &c);
	assert_int_equal(st.s.nr_threads, 3);
	end(&st);
}

/* ---- proposals ---- */

static void another_order_of_locks_lets_all_go_on(void **state)
{
	struct cast_spec c = case_1();
	struct stage st;

	(void)state;
	c.lock.get_online_mems = MEMS_NOT;
	expect(&c, "", "", true);
	c.lock.get_online_mems = MEMS_BEFORE;
	play(&st, &c);
	assert_int_equal(st.s.verdict.stuck, 0);
	/* reversed, the removal of the cgroup still waits for the range */
	assert_string_equal(st.s.threads[1].name, "css-killer");
	assert_int_equal(st.s.threads[1].waited, st.s.loop.took - 100 * US);
	end(&st);
}

static void limits_and_signals_give_the_lock_back(void **state)
{
	struct cast_spec c;
	struct stage st;

	(void)state;
	for (u32 i = 0; i < 6; i++) {
		c = i % 2 ? case_1() : case_2();
		c.retries = i / 2 == 0 ? 5 : 0;
		c.timeout = i / 2 == 1 ? 120 * SEC : 0;
		c.signal = i / 2 == 2 ? 30 * SEC : 0;
		play(&st, &c);
		assert_int_equal(st.s.verdict.stuck, 0);
		assert_int_equal(st.s.loop.result, i / 2 == 2 ? -EINTR : -EBUSY);
		if (i / 2 == 0)
			assert_int_equal(st.s.loop.barren, 5);
		else if (i / 2 == 1 && i % 2)
			assert_in_range(st.s.loop.took, 120 * SEC, 120 * SEC + 2 * MS);
		end(&st);
	}
}

static void drains_the_list_again_or_loops(void **state)
{
	struct cast_spec c = alone();

	(void)state;
	c.remove_at = MS;
	c.free_window = 2 * US;
	/* its type was read before the range was isolated, and it is put on a list afterwards */
	c.free_at = MS - US;
	expect(&c, "", "T1 -> T1", false);
	c.drain = DRAIN_EACH_PASS;
	expect(&c, "", "", true);
	c.drain = DRAIN_ONCE;
	/* before: the drain of the isolation has it; after: it goes to the isolated list */
	c.free_at = MS - 3 * US;
	expect(&c, "", "", true);
	c.free_at = MS + US;
	expect(&c, "", "", true);
}

/* ---- what a fix removes, and that it is so ---- */

static void assert_fix(const struct stage *st, const char *name, const char *deadlock,
		       const char *livelock, bool stuck)
{
	for (u32 i = 0; i < nr_fixes(); i++) {
		struct fix_result f;
		char cut[2][32] = {"", ""};

		assert_int_equal(fix_try(&st->s, i, &f), 0);
		if (strcmp(f.name, name))
			continue;
		if (f.cuts_deadlock)
			snprintf(cut[0], sizeof(cut[0]), "T%d -> T%d", f.deadlock.from + 1,
				 f.deadlock.to + 1);
		if (f.cuts_livelock)
			snprintf(cut[1], sizeof(cut[1]), "T%d -> T%d", f.livelock.from + 1,
				 f.livelock.to + 1);
		assert_string_equal(cut[0], deadlock);
		assert_string_equal(cut[1], livelock);
		assert_int_equal(f.stuck, stuck);
		return;
	}
	fail_msg("there is no fix '%s'", name);
}

static void each_fix_has_its_edge(void **state)
{
	struct cast_spec c = case_1();
	struct stage st;

	(void)state;
	play(&st, &c);
	assert_fix(&st, "slab controller of v5.9", "T2 -> T1", "", false);
	assert_fix(&st, "no hotplug lock in deactivation", "T2 -> T1", "", false);
	assert_fix(&st, "lock order reversed", "T4 -> T2", "", false);
	assert_fix(&st, "core to a file", "T3 -> T4", "", false);
	assert_fix(&st, "5 retries", "T1 -> T3", "", false);
	assert_fix(&st, "timeout of 120 s", "T1 -> T3", "", false);
	assert_fix(&st, "a signal after 30 s", "T1 -> T3", "", false);
	assert_fix(&st, "drain each pass", "", "", true);
	end(&st);
	c = case_2();
	play(&st, &c);
	assert_fix(&st, "slab controller of v5.9", "", "T2 -> T1", false);
	assert_fix(&st, "lock order reversed", "", "T3 -> T2", false);
	assert_fix(&st, "core to a file", "", "", true);
	assert_fix(&st, "a signal after 30 s", "", "T1 -> T3", false);
	assert_fix(&st, "drain each pass", "", "", true);
	end(&st);
}

/*
 * A fix that cuts each cycle lets all go on, and one that does not helps nobody: for all casts. Where nothing but
 * a reference is in the loop's way it needs no signal.
 */
static void the_cut_edge_and_the_run_agree(void **state)
{
	u32 judged = 0;

	(void)state;
	for (u32 i = 0; i < 32; i++) {
		struct cast_spec c = i & 1 ? case_1() : case_2();
		struct stage st;

		c.pinned = i & 2 ? 1 : 0;
		c.systemd = i & 4;
		c.cache_creation = i & 8;
		c.free_at = i & 16 ? MS - US : 0;
		c.free_window = 2 * US;
		c.pass_ns = 10 * MS;
		c.remove_at = i & 16 ? MS : 0;
		play(&st, &c);
		for (u32 f = 0; st.s.verdict.stuck && f < nr_fixes(); f++) {
			const struct wait_verdict *v = &st.s.verdict;
			struct fix_result r;

			assert_int_equal(fix_try(&st.s, f, &r), 0);
			if (v->deadlock.n + v->livelock.n == 0)
				fail_msg("stuck without a cycle");
			if ((!v->deadlock.n || r.cuts_deadlock) &&
			    (!v->livelock.n || r.cuts_livelock || !loop_hopeless(&st.s)))
				assert_false(r.stuck);
			else
				assert_true(r.stuck);
			judged++;
		}
		end(&st);
	}
	assert_in_range(judged, 100, 256);
}

/* ---- locks ---- */

/* Threads that take one lock each at a time and hold it for 10 ms: when the last one has it. */
static void take(struct stage *st, u32 n, const u64 *at, const enum lock_mode *mode)
{
	memset(st, 0, sizeof(*st));
	assert_int_equal(engine_init(&st->e), 0);
	st->s.e = &st->e;
	st->s.nr_threads = n;
	for (u32 i = 0; i < n; i++) {
		struct lock_thread *t = &st->s.threads[i];

		t->name = "t";
		add_step(t, STEP_RUN, at[i]);
		add_lock(t, MEM_HOTPLUG_LOCK, mode[i]);
		add_step(t, STEP_RUN, 10 * MS);
		add_unlock(t, MEM_HOTPLUG_LOCK);
	}
	cast_start(&st->s);
	while (engine_step(&st->e))
		;
	assert_true(cast_done(&st->s));
}

static void readers_share_and_a_waiting_writer_keeps_later_ones_out(void **state)
{
	const enum lock_mode mode[] = {LOCK_READ, LOCK_READ, LOCK_WRITE, LOCK_READ};
	const u64 at[] = {0, MS, 2 * MS, 3 * MS};
	struct stage st;

	(void)state;
	take(&st, 4, at, mode);
	assert_int_equal(st.s.threads[0].waited, 0);
	assert_int_equal(st.s.threads[1].waited, 0);
	assert_int_equal(st.s.threads[2].waited, 9 * MS); /* until the second reader goes */
	assert_int_equal(st.s.threads[3].waited, 18 * MS);
	assert_int_equal(st.e.now, 31 * MS);
	engine_destroy(&st.e);
}

static void writers_come_in_their_order(void **state)
{
	const enum lock_mode mode[] = {LOCK_WRITE, LOCK_WRITE, LOCK_WRITE};
	const u64 at[] = {2 * MS, MS, 0};
	struct stage st;

	(void)state;
	take(&st, 3, at, mode);
	assert_int_equal(st.s.threads[2].waited, 0);
	assert_int_equal(st.s.threads[1].waited, 9 * MS);
	assert_int_equal(st.s.threads[0].waited, 18 * MS);
	engine_destroy(&st.e);
}

/* Two threads that take two mutexes in opposite orders. */
static void opposite_orders_of_two_mutexes_are_found(void **state)
{
	struct stage st;

	(void)state;
	memset(&st, 0, sizeof(st));
	assert_int_equal(engine_init(&st.e), 0);
	st.s.e = &st.e;
	st.s.nr_threads = 3;
	for (u32 i = 0; i < 3; i++) {
		struct lock_thread *t = &st.s.threads[i];

		t->name = "t";
		add_step(t, STEP_RUN, i ? 10 : 100 * MS);
		if (!i)
			continue;
		add_lock(t, i == 1 ? CGROUP_MUTEX : SLAB_MUTEX, LOCK_WRITE);
		add_step(t, STEP_RUN, MS);
		add_lock(t, i == 1 ? SLAB_MUTEX : CGROUP_MUTEX, LOCK_WRITE);
	}
	cast_start(&st.s);
	while (engine_step(&st.e))
		;
	assert_path(&st.s.verdict.deadlock, "T2 -> T3 -> T2");
	assert_int_equal(st.s.verdict.stuck, 6);
	assert_int_equal(st.s.verdict.time, MS + 10);
	engine_destroy(&st.e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_threads_wait_in_a_circle_up_to_5_8),
		cmocka_unit_test(a_loop_that_only_systemd_could_end_is_a_livelock),
		cmocka_unit_test(both_are_gone_in_5_9),
		cmocka_unit_test(a_core_in_a_file_removes_the_deadlock_alone),
		cmocka_unit_test(without_any_of_the_four_nothing_hangs),
		cmocka_unit_test(who_comes_first_decides),
		cmocka_unit_test(without_a_removed_cgroup_systemd_ends_the_loop),
		cmocka_unit_test(systemd_waits_no_longer_than_the_range),
		cmocka_unit_test(a_loop_that_nobody_could_end_is_a_circle_by_itself),
		cmocka_unit_test(the_worker_that_makes_caches_waits_behind_it),
		cmocka_unit_test(another_order_of_locks_lets_all_go_on),
		cmocka_unit_test(limits_and_signals_give_the_lock_back),
		cmocka_unit_test(drains_the_list_again_or_loops),
		cmocka_unit_test(each_fix_has_its_edge),
		cmocka_unit_test(the_cut_edge_and_the_run_agree),
		cmocka_unit_test(readers_share_and_a_waiting_writer_keeps_later_ones_out),
		cmocka_unit_test(writers_come_in_their_order),
		cmocka_unit_test(opposite_orders_of_two_mutexes_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
