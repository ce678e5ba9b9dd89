// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Recordings in text: lines of every kernel generation and layout, streams that end early, and
 * what the import joins, guesses and counts. Lines marked R are real ones (scenarios/recorded).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#include "tests/trace_check.h"
#include "trace/ftrace_text.h"
#include "trace/import.h"
#include "trace/stream.h"

#define HOST_TRACE "scenarios/traces/host-6.18.txt.zst"

/* ---- one line ---- */

struct line {
	char buf[1024]; /* slack behind it is zeros */
	struct ftrace_parser parser;
	struct raw_event ev;
	enum ftrace_line kind;
};

static void parse(struct line *l, const char *text)
{
	size_t len = strlen(text);

	assert_true(len + STREAM_SLACK < sizeof(l->buf));
	memset(l->buf, 0, sizeof(l->buf));
	memcpy(l->buf, text, len);
	l->buf[len] = '\n';
	assert_int_equal(ftrace_parser_init(&l->parser), 0);
	l->kind = ftrace_text_parse(&l->parser, l->buf, (u32)len, &l->ev);
}

static void done(struct line *l)
{
	ftrace_parser_destroy(&l->parser);
}

static void assert_slice(struct slice s, const char *want)
{
	assert_int_equal(s.len, strlen(want));
	assert_memory_equal(s.s, want, s.len);
}

struct context {
	const char *line;
	u64 time_ns;
	u32 pid;
	u16 cpu;
	u8 type;
	bool irq;
	const char *comm;
};

static void check_contexts(const struct context *want, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct line l;

		parse(&l, want[i].line);
		if (l.kind != FTRACE_EVENT)
			fail_msg("%s: %s", want[i].line, l.parser.why);
		assert_int_equal(l.ev.time_ns, want[i].time_ns);
		assert_int_equal(l.ev.pid, want[i].pid);
		assert_int_equal(l.ev.cpu, want[i].cpu);
		assert_int_equal(l.ev.type, want[i].type);
		assert_int_equal(l.ev.irq, want[i].irq);
		assert_slice(l.ev.comm, want[i].comm);
		done(&l);
	}
}

static void lines_of_every_kernel_generation(void **state)
{
	static const struct context want[] = {
		/* R 4.18 */
		{"            init-1     [000] ....    14.883109: tracing_mark_write: W4step 1",
		 14883109000, 1, 0, RAW_MARK, false, "init"},
		/* R 5.9.1 */
		{"         kswapd0-27      [000] ....    16.163463: mm_vmscan_kswapd_wake: nid=0 "
		 "order=0",
		 16163463000, 27, 0, RAW_KSWAPD_WAKE, false, "kswapd0"},
		/* R 6.1 */
		{"            init-1       [000] dN.1.     5.494494: cgroup_attach_task: "
		 "dst_root=0 "
		 "dst_id=56 dst_level=2 dst_path=/p/c0 pid=98 comm=init",
		 5494494000, 1, 0, RAW_CGROUP_ATTACH, false, "init"},
		/* R 6.18 */
		{"             cc1-7548    [001] ..s..  3811.496058: kmem_cache_free: "
		 "call_site=rcu_do_batch+0x1b7/0x530 ptr=0000000017309864 name=dentry",
		 3811496058000, 7548, 1, RAW_CACHE_FREE, true, "cc1"},
		{"            bash-7533    [001] .....  3811.487636: sched_process_fork: comm=bash "
		 "pid=7533 child_comm=bash child_pid=7582",
		 3811487636000, 7533, 1, RAW_FORK, false, "bash"},
		/* before 5.2: zid */
		{"         kswapd0-27    [000] ....    16.163463: mm_vmscan_kswapd_wake: nid=1 "
		 "zid=2 "
		 "order=3",
		 16163463000, 27, 0, RAW_KSWAPD_WAKE, false, "kswapd0"},
		{"         kswapd0-27    [000] ....    16.163463: mm_vmscan_kswapd_sleep: nid=1",
		 16163463000, 27, 0, RAW_KSWAPD_SLEEP, false, "kswapd0"},
		/* hardirq inside softirq, record-tgid, cpu above 999, time above 99999 s */
		{"          <idle>-0     (-------) [1023] d.H1. 123456.000001: cgroup_rmdir: "
		 "root=1 "
		 "id=2 level=1 path=/a",
		 123456000001000, 0, 1023, RAW_CGROUP_RMDIR, true, "<idle>"},
		{"            bash-4194304 (4194304) [003] ....   16.1: cgroup_release: root=1 "
		 "id=2 "
		 "level=1 path=/a",
		 16100000000, 4194304, 3, RAW_CGROUP_RELEASE, false, "bash"},
		/* PREEMPT_RT, irq-info off, a clock that counts */
		{"            bash-7       [003] d..h2.. 16.163463: sched_process_exit: comm=a "
		 "pid=7 "
		 "prio=120",
		 16163463000, 7, 3, RAW_EXIT, true, "bash"},
		{"            bash-7       [003]    16.163463: sched_process_exit: comm=a pid=7 "
		 "prio=-1 group_dead=true",
		 16163463000, 7, 3, RAW_EXIT, false, "bash"},
		{"            bash-7       [003] .....   1616: sched_process_exit: comm=a pid=7 "
		 "prio=1",
		 1616, 7, 3, RAW_EXIT, false, "bash"},
	};

	(void)state;
	check_contexts(want, ARRAY_SIZE(want));
}

#define EXIT7 ": sched_process_exit: comm=a pid=7 prio=120"

static void layouts_of_trace_cmd_and_perf(void **state)
{
	static const struct context want[] = {
		/* R trace-cmd report, plain, of a named buffer, -t, -l */
		{"           mkdir-7583  [001]  3811.490427: cgroup_mkdir:         root=4 id=26897 "
		 "level=1 path=/hostlab",
		 3811490427000, 7583, 1, RAW_CGROUP_MKDIR, false, "mkdir"},
		{"lab:            mkdir-7583  [001]  3811.490427: cgroup_mkdir:         root=4 "
		 "id=26897 level=1 path=/hostlab",
		 3811490427000, 7583, 1, RAW_CGROUP_MKDIR, false, "mkdir"},
		{"           mkdir-7583  [001]  3811.490427251: cgroup_mkdir:         root=4 "
		 "id=26897 level=1 path=/hostlab",
		 3811490427251, 7583, 1, RAW_CGROUP_MKDIR, false, "mkdir"},
		{"   mkdir-7583    1d.s1.  3811.490427: cgroup_mkdir:         root=4 id=26897 "
		 "level=1 "
		 "path=/hostlab",
		 3811490427000, 7583, 1, RAW_CGROUP_MKDIR, true, "mkdir"},
		{"          <idle>-0     [001] ..s2.  3811.490427: print:   tracing_mark_write: a",
		 3811490427000, 0, 1, RAW_MARK, true, "<idle>"},
		/* perf script, with a period, pid/tid, ns, a task it does not know */
		{"            bash  7533 [001]  3811.487636:       sched:sched_process_exit: "
		 "comm=a "
		 "pid=7 prio=120",
		 3811487636000, 7533, 1, RAW_EXIT, false, "bash"},
		{"            bash  7533 [001]  3811.487636:          1 sched:sched_process_exit: "
		 "comm=a pid=7 prio=120",
		 3811487636000, 7533, 1, RAW_EXIT, false, "bash"},
		{"            bash  7533/7534  [001]  3811.487636123: sched:sched_process_exit: "
		 "comm=a "
		 "pid=7 prio=120",
		 3811487636123, 7534, 1, RAW_EXIT, false, "bash"},
		{"             :-1    -1 [001]  3811.487636: sched:sched_process_exit: comm=a "
		 "pid=7 "
		 "prio=120",
		 3811487636000, 0, 1, RAW_EXIT, false, ":-1"},
		{"     Web Content 7533 [001]  3811.487636: sched:sched_process_exit: comm=a pid=7 "
		 "prio=120",
		 3811487636000, 7533, 1, RAW_EXIT, false, "Web Content"},
	};

	(void)state;
	check_contexts(want, ARRAY_SIZE(want));
}

static void task_names_may_hold_anything(void **state)
{
	static const struct context want[] = {
		{" Web Content-123-456     [001] .....    14.883109" EXIT7, 14883109000, 456, 1,
		 RAW_EXIT, false, "Web Content-123"},
		{"        (sd-pam)-77    [000] d.h.2    14.883110" EXIT7, 14883110000, 77, 0,
		 RAW_EXIT, true, "(sd-pam)"},
		{"  kworker/0:1-ev-12      [000] .N...     4.000001" EXIT7, 4000001000, 12, 0,
		 RAW_EXIT, false, "kworker/0:1-ev"},
		{"          a [0] -12      [000] .N...     4.000001" EXIT7, 4000001000, 12, 0,
		 RAW_EXIT, false, "a [0]"},
		{"   a-1 [000] 1.2-12      [003] .N...     4.000001" EXIT7, 4000001000, 12, 3,
		 RAW_EXIT, false, "a-1 [000] 1.2"},
		{"    x: -7 [1] 9:-12      [003] .N...     4.000001" EXIT7, 4000001000, 12, 3,
		 RAW_EXIT, false, "x: -7 [1] 9:"},
		{"                -12      [003] .....     4.000001" EXIT7, 4000001000, 12, 3,
		 RAW_EXIT, false, ""},
		{"           <...>-12      [003] .....     4.000001" EXIT7, 4000001000, 12, 3,
		 RAW_EXIT, false, "<...>"},
	};

	(void)state;
	check_contexts(want, ARRAY_SIZE(want));
}

static void allocations_of_every_kernel_generation(void **state)
{
	static const char *const head = "            init-1       [000] .....     5.402196: ";
	static const struct {
		const char *text, *site, *name, *gfp;
		u64 ptr;
		u32 req, alloc;
		s32 node;
		u8 accounted;
	} want[] = {
		/* 4.18, KERNEL_FACTS 8.2 */
		{"kmem_cache_alloc: call_site=ffffffff8113f1b0 ptr=000000002551c439 bytes_req=192 "
		 "bytes_alloc=192 gfp_flags=GFP_KERNEL",
		 "ffffffff8113f1b0", "", "GFP_KERNEL", 0x2551c439, 192, 192, -1,
		 RAW_ACCOUNTED_UNSAID},
		{"kmem_cache_alloc_node: call_site=copy_process+0x20e/0x1ae0 ptr=ffff8d04c2669200 "
		 "bytes_req=8328 bytes_alloc=8384 gfp_flags=GFP_KERNEL node=1",
		 "copy_process+0x20e/0x1ae0", "", "GFP_KERNEL", 0xffff8d04c2669200, 8328, 8384, 1,
		 RAW_ACCOUNTED_UNSAID},
		/* 6.0 */
		{"kmem_cache_alloc: call_site=a+0x1/0x2 ptr=1 bytes_req=1 bytes_alloc=2 "
		 "gfp_flags=GFP_NOFS|__GFP_ZERO accounted=false",
		 "a+0x1/0x2", "", "GFP_NOFS|__GFP_ZERO", 1, 1, 2, -1, RAW_ACCOUNTED_NO},
		/* R 6.1 */
		{"kmem_cache_alloc: call_site=__alloc_file+0x23/0xd0 ptr=ffff8d04c2669200 "
		 "bytes_req=232 bytes_alloc=256 gfp_flags=GFP_KERNEL|__GFP_ZERO node=-1 "
		 "accounted=true",
		 "__alloc_file+0x23/0xd0", "", "GFP_KERNEL|__GFP_ZERO", 0xffff8d04c2669200, 232,
		 256, -1, RAW_ACCOUNTED_YES},
		/* R 6.18 */
		{"kmem_cache_alloc: call_site=ext4_alloc_inode+0x1f/0x190 ptr=0000000093be9cdc "
		 "name=ext4_inode_cache bytes_req=1120 bytes_alloc=1128 gfp_flags=GFP_NOFS node=-1 "
		 "accounted=true",
		 "ext4_alloc_inode+0x1f/0x190", "ext4_inode_cache", "GFP_NOFS", 0x93be9cdc, 1120,
		 1128, -1, RAW_ACCOUNTED_YES},
		/* R trace-cmd report */
		{"kmem_cache_alloc:     (__d_alloc+0x2d) call_site=__d_alloc+0x2d "
		 "ptr=0xffff888117038900 name=dentry bytes_req=192 bytes_alloc=192 "
		 "gfp_flags=GFP_KERNEL node=-1 accounted=true",
		 "__d_alloc+0x2d", "dentry", "GFP_KERNEL", 0xffff888117038900, 192, 192, -1,
		 RAW_ACCOUNTED_YES},
		/* a function of a module, a field of a kernel to come, upper case */
		{"kmem_cache_alloc: call_site=xfs_inode_alloc+0x2d/0x230 [xfs 12ab] ptr=FFFF8d04 "
		 "name=xfs_inode bytes_req=1 bytes_alloc=2 gfp_flags=GFP_NOFS node=3 zone=7 "
		 "accounted=true",
		 "xfs_inode_alloc+0x2d/0x230", "xfs_inode", "GFP_NOFS", 0xffff8d04, 1, 2, 3,
		 RAW_ACCOUNTED_YES},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		const struct raw_object *o;
		char text[512];
		struct line l;

		snprintf(text, sizeof(text), "%s%s", head, want[i].text);
		parse(&l, text);
		o = &l.ev.obj;
		assert_int_equal(l.kind, FTRACE_EVENT);
		assert_int_equal(l.ev.type, RAW_CACHE_ALLOC);
		assert_slice(o->call_site, want[i].site);
		assert_slice(o->name, want[i].name);
		assert_slice(o->gfp, want[i].gfp);
		assert_int_equal(o->ptr, want[i].ptr);
		assert_int_equal(o->ptr_kind, RAW_PTR_VALUE);
		assert_int_equal(o->bytes_req, want[i].req);
		assert_int_equal(o->bytes_alloc, want[i].alloc);
		assert_int_equal(o->node, want[i].node);
		assert_int_equal(o->accounted, want[i].accounted);
		done(&l);
	}
}

#define AT5 "            init-1       [000] .....     5.402196: "

static void pointers_that_are_none(void **state)
{
	static const struct {
		const char *ptr;
		u8 kind;
	} want[] = {
		{"        (ptrval)", RAW_PTR_HIDDEN}, {"(ptrval)", RAW_PTR_HIDDEN},
		{"(____ptrval____)", RAW_PTR_HIDDEN}, {"____ptrval____", RAW_PTR_HIDDEN},
		{"          (null)", RAW_PTR_NULL},   {"(null)", RAW_PTR_NULL},
		{"0000000000000000", RAW_PTR_NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		char text[256];
		struct line l;

		snprintf(text, sizeof(text),
			 AT5 "kmem_cache_free: call_site=a+0x1/0x2 ptr=%s name=dentry",
			 want[i].ptr);
		parse(&l, text);
		assert_int_equal(l.kind, FTRACE_EVENT);
		assert_int_equal(l.ev.obj.ptr_kind, want[i].kind);
		assert_slice(l.ev.obj.name, "dentry");
		done(&l);
	}
}

static void shrinker_lines(void **state)
{
	const struct raw_shrink *sh;
	struct line l;

	(void)state;
	/* R 5.9.1 */
	parse(&l,
	      "         kswapd0-27      [000] ....    16.171213: mm_shrink_slab_start: "
	      "super_cache_scan+0x0/0x1d0 000000002551c439: nid: 0 objects to shrink 3 gfp_flags "
	      "GFP_KERNEL cache items 12 delta 6 total_scan 9 priority 12");
	sh = &l.ev.shrink;
	assert_int_equal(l.kind, FTRACE_EVENT);
	assert_int_equal(l.ev.type, RAW_SHRINK_START);
	assert_slice(sh->function, "super_cache_scan+0x0/0x1d0");
	assert_int_equal(sh->shrinker, 0x2551c439);
	assert_int_equal(sh->nr_deferred, 3);
	assert_int_equal(sh->cache_items, 12);
	assert_int_equal(sh->delta, 6);
	assert_int_equal(sh->total_scan, 9);
	assert_int_equal(sh->priority, 12);
	done(&l);
	parse(&l, "         kswapd0-27      [000] ....    16.171312: mm_shrink_slab_end: "
		  "i915_gem_shrink+0x0/0x1d0 [i915] 000000002551c439: nid: 1 unused scan count -2 "
		  "new scan count 6 total_scan 5 last shrinker return val 4");
	sh = &l.ev.shrink;
	assert_int_equal(l.kind, FTRACE_EVENT);
	assert_int_equal(l.ev.type, RAW_SHRINK_END);
	assert_int_equal(sh->nid, 1);
	assert_int_equal(sh->unused_scan, -2);
	assert_int_equal(sh->new_scan, 6);
	assert_int_equal(sh->total_scan, 5);
	assert_int_equal(sh->retval, 4);
	done(&l);
}

static void paths_and_names_with_blanks(void **state)
{
	struct line l;

	(void)state;
	parse(&l, AT5 "cgroup_mkdir: root=4 id=8589934700 level=2 path=/a b/c pid=1");
	assert_int_equal(l.kind, FTRACE_EVENT);
	assert_int_equal(l.ev.cgroup.id, 8589934700);
	assert_slice(l.ev.cgroup.path, "/a b/c pid=1");
	done(&l);
	/* The task's name has at most 15 letters, so the first "pid=1 comm=" is the path's. */
	parse(&l, AT5 "cgroup_transfer_tasks: dst_root=4 dst_id=5 dst_level=2 "
		      "dst_path=/a pid=1 comm=x/b pid=77 comm=Web Content");
	assert_int_equal(l.kind, FTRACE_EVENT);
	assert_int_equal(l.ev.type, RAW_CGROUP_ATTACH);
	assert_int_equal(l.ev.cgroup.pid, 77);
	assert_int_equal(l.ev.cgroup.root, 4);
	assert_slice(l.ev.cgroup.path, "/a pid=1 comm=x/b");
	done(&l);
	parse(&l, AT5 "cgroup_attach_task: dst_root=4 dst_id=5 dst_level=1 dst_path=/b pid=7 "
		      "comm= pid=1 comm=x");
	assert_int_equal(l.ev.cgroup.pid, 7);
	done(&l);
	parse(&l,
	      AT5 "sched_process_fork: comm=a pid=9 pid=1 child_comm=b child_pid=4 child_pid=2");
	assert_int_equal(l.kind, FTRACE_EVENT);
	assert_int_equal(l.ev.task.pid, 1);
	assert_int_equal(l.ev.task.child, 2);
	done(&l);
}

static void lines_that_are_no_events(void **state)
{
	static const struct {
		const char *text;
		enum ftrace_line kind;
		u64 lost;
	} want[] = {
		{"", FTRACE_COMMENT, 0},
		{"   ", FTRACE_COMMENT, 0},
		{"# tracer: nop", FTRACE_COMMENT, 0},
		{"##### CPU 1 buffer started ####", FTRACE_COMMENT, 0},
		{" => __d_alloc", FTRACE_COMMENT, 0},
		{"\tffffffff8113f1b0 __d_alloc+0x2d ([kernel.kallsyms])", FTRACE_COMMENT, 0},
		{"cpus=2", FTRACE_COMMENT, 0},
		{"CPU 1 is empty", FTRACE_COMMENT, 0},
		{"CPU:1 [LOST 44 EVENTS]", FTRACE_LOST, 44},
		{"CPU:1 [LOST EVENTS]", FTRACE_LOST, 1},
		{"CPU:0 [1234 EVENTS DROPPED]", FTRACE_LOST, 1234},
		{"CPU:0 [EVENTS DROPPED]", FTRACE_LOST, 1},
		{AT5 "<stack trace>", FTRACE_EVENT, 0},
		{AT5 "do_fork <-sys_clone", FTRACE_EVENT, 0},
		{AT5 "sched_switch: prev_comm=a prev_pid=1", FTRACE_EVENT, 0},
		{AT5 "kmem_cache_allocx: call_site", FTRACE_EVENT, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		struct line l;

		parse(&l, want[i].text);
		assert_int_equal(l.kind, want[i].kind);
		if (want[i].lost)
			assert_int_equal(l.parser.lost, want[i].lost);
		if (l.kind == FTRACE_EVENT)
			assert_int_equal(l.ev.type, RAW_OTHER);
		done(&l);
	}
}

#define ALLOC5 AT5 "kmem_cache_alloc: call_site=a+0x1/0x2 ptr=0000000093be9cdc"

static void damaged_lines_say_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *why;
	} want[] = {
		{"some words", "no \"task-pid [cpu] time:\""},
		{"            init-1       [000] .....     5.40x196: a: b",
		 "no \"task-pid [cpu] time:\""},
		{"            init-1       [000] .....     5.+02196: a: b",
		 "no \"task-pid [cpu] time:\""},
		{"            init-1       [00", "no \"task-pid [cpu] time:\""},
		{"            init-9999999 [000] .....     5.402196: a: b",
		 "no \"task-pid [cpu] time:\""},
		{AT5 "kmem_cache_al", "no event name"},
		{AT5 "kmem_cache_alloc: ptr=1", "no call_site="},
		{AT5 "kmem_cache_alloc: call_site=a+0x1/0x2 ptr=zz", "no ptr="},
		{AT5 "kmem_cache_alloc: call_site=a+0x1/0x2 ptr=00000000093be9cdc1",
		 "no bytes_req="},
		{ALLOC5 " name=a b", "no bytes_req="},
		{ALLOC5 " name=", "bad name="},
		{ALLOC5 " name=dentry bytes_req=19x", "no bytes_alloc="},
		{ALLOC5 " name=dentry bytes_req=99999999999", "no bytes_req="},
		{ALLOC5 " name=dentry bytes_req=1 bytes_alloc=2 gfp_fl", "no gfp_flags="},
		{ALLOC5 " bytes_req=1 bytes_alloc=2 gfp_flags=GFP_NOFS node=x", "bad node="},
		{ALLOC5 " bytes_req=1 bytes_alloc=2 gfp_flags=GFP_NOFS node=-1 accounted=tr",
		 "bad accounted="},
		{ALLOC5 " bytes_req=1 bytes_alloc=2 gfp_flags=GFP_NOFS node=-1 accounted=truex",
		 "a field runs into something else"},
		{AT5 "kmem_cache_free: call_site=a ptr=1 name=dentry     bash-12 [000]",
		 "something behind the last field"},
		{AT5 "cgroup_mkdir: root=4 id=5 level=1 path=a", "bad path="},
		{AT5 "cgroup_mkdir: root=4 id=5 path=/a", "no root=, id=, level=, path="},
		{AT5 "cgroup_attach_task: dst_root=4 dst_id=5 dst_level=1 dst_path=/a comm=x",
		 "no pid="},
		{AT5 "sched_process_fork: comm=a pid=1 child_comm=b child_pid=", "no child_pid="},
		{AT5 "sched_process_exit: comm=a pid=5000000 prio=1", "no pid=, prio="},
		{AT5
		 "mm_shrink_slab_start: a+0x0/0x1 0025: nid: 0 objects to shrink 3 gfp_flags GFP "
		 "cache items 12 delta",
		 "no cache items, delta, total_scan"},
		{AT5 "mm_shrink_slab_end: a+0x0/0x1 0025: nid: 0",
		 "no nid, scan counts, total_scan, "
		 "return val"},
		{AT5 "mm_vmscan_kswapd_wake: nid=0", "no order="},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		struct line l;

		parse(&l, want[i].text);
		if (l.kind != FTRACE_DAMAGED)
			fail_msg("taken for good: %s", want[i].text);
		assert_string_equal(l.parser.why, want[i].why);
		done(&l);
	}
}

/* ---- streams ---- */

static void open_memory(struct text_stream *s, const void *buf, size_t len, struct diag *d)
{
	diag_init(d);
	assert_int_equal(text_stream_memory(s, buf, len, "memory", d), 0);
}

/* Reads it all; the lines joined by '|'. */
static void read_lines(struct text_stream *s, char *out, size_t room)
{
	struct text_line line;
	size_t n = 0;

	while (text_stream_next(s, &line) == 1) {
		assert_true(n + line.len + 2 < room);
		memcpy(out + n, line.s, line.len);
		n += line.len;
		out[n++] = line.overlong ? '~' : '|';
	}
	out[n] = 0;
}

static size_t gzip(const void *text, size_t len, u8 *out, size_t room)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)text,
		      .avail_in = (uInt)len,
		      .next_out = out,
		      .avail_out = (uInt)room};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

static void check_stream(const void *buf, size_t len, const char *want, const char *why)
{
	static char got[4096];
	struct text_stream s;
	struct diag d;

	open_memory(&s, buf, len, &d);
	read_lines(&s, got, sizeof(got));
	assert_string_equal(got, want);
	assert_int_equal(s.truncated, why != NULL);
	if (why)
		assert_string_equal(s.why, why);
	text_stream_close(&s);
	diag_free(&d);
}

static void plain_lines(void **state)
{
	(void)state;
	check_stream("", 0, "", NULL);
	check_stream("a\nbc\n\nd\n", 8, "a|bc||d|", NULL);
	check_stream("a\r\nb\r\n\r\n", 8, "a|b||", NULL);
	check_stream("a\nb", 3, "a|", "its last line has no end");
}

static void compressed_lines(void **state)
{
	u8 buf[1024];
	size_t n;

	(void)state;
	n = gzip("a\nbc\n", 5, buf, sizeof(buf));
	check_stream(buf, n, "a|bc|", NULL);
	/* members one after the other, then padding */
	n += gzip("d\n", 2, buf + n, sizeof(buf) - n);
	memset(buf + n, 0, 100);
	check_stream(buf, n + 100, "a|bc|d|", NULL);
	n = ZSTD_compress(buf, sizeof(buf), "a\nbc\n", 5, 3);
	check_stream(buf, n, "a|bc|", NULL);
	n += ZSTD_compress(buf + n, sizeof(buf) - n, "d\n", 2, 3);
	check_stream(buf, n, "a|bc|d|", NULL);
}

/* 4,000 lines that do not compress to nothing. */
static size_t numbered_lines(char *out)
{
	size_t n = 0;

	for (int i = 0; i < 4000; i++)
		n += (size_t)sprintf(out + n, "line %d %x\n", i, i * 2654435761U);
	return n;
}

static u32 count_whole_lines(const void *buf, size_t len, const char *why)
{
	struct text_stream s;
	struct text_line line;
	struct diag d;
	char want[32];
	u32 n = 0;

	open_memory(&s, buf, len, &d);
	while (text_stream_next(&s, &line) == 1) {
		int w = snprintf(want, sizeof(want), "line %u %x", n, n * 2654435761U);

		assert_int_equal(line.len, w);
		assert_memory_equal(line.s, want, w);
		n++;
	}
	assert_int_equal(s.line, n);
	assert_int_equal(s.truncated, why != NULL);
	if (why)
		assert_string_equal(s.why, why);
	text_stream_close(&s);
	diag_free(&d);
	return n;
}

static void cut_streams_give_every_whole_line(void **state)
{
	static char text[200000];
	static u8 gz[200000], zst[200000];
	size_t len = numbered_lines(text), n;
	u32 lines;

	(void)state;
	n = gzip(text, len, gz, sizeof(gz));
	assert_int_equal(count_whole_lines(gz, n, NULL), 4000);
	lines = count_whole_lines(gz, n / 2, "the .gz file is cut off");
	assert_in_range(lines, 1500, 2500);
	assert_int_equal(count_whole_lines(gz, n - 1, "the .gz file is cut off"), 4000);
	gz[n - 6] ^= 1; /* the checksum */
	assert_int_equal(count_whole_lines(gz, n, "damaged gzip data"), 4000);

	n = ZSTD_compress(zst, sizeof(zst), text, len, 3);
	assert_int_equal(count_whole_lines(zst, n, NULL), 4000);
	assert_true(count_whole_lines(zst, n - 1, "the .zst file is cut off") < 4000);
	/* a second frame of nonsense */
	memcpy(zst + n, zst, 4);
	memset(zst + n + 4, 0xff, 40);
	assert_int_equal(count_whole_lines(zst, n + 44, "damaged zstd data"), 4000);
}

static void long_lines_are_passed_over(void **state)
{
	size_t len = 5 * STREAM_LONGEST_LINE;
	char *text = malloc(len + 8);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', len);
	memcpy(text, "a\n", 2);
	memcpy(text + len, "\nb\n", 3);
	check_stream(text, len + 3, "a|~b|", NULL);
	/* the longest that is none too many */
	text[2 + STREAM_LONGEST_LINE] = '\n';
	text[len - 1 - STREAM_LONGEST_LINE] = '\n';
	{
		struct text_stream s;
		struct text_line line;
		struct diag d;

		open_memory(&s, text, len + 3, &d);
		assert_int_equal(text_stream_next(&s, &line), 1);
		assert_int_equal(text_stream_next(&s, &line), 1);
		assert_int_equal(line.len, STREAM_LONGEST_LINE);
		assert_false(line.overlong);
		assert_int_equal(text_stream_next(&s, &line), 1);
		assert_true(line.overlong);
		assert_int_equal(text_stream_next(&s, &line), 1);
		assert_int_equal(line.len, STREAM_LONGEST_LINE);
		assert_int_equal(s.line, 4);
		text_stream_close(&s);
		diag_free(&d);
	}
	free(text);
}

/* ---- imports ---- */

struct recording {
	char *text;
	size_t len, room;
	u64 us; /* time of the next line */
	const char *flags; /* of the next lines */
	struct trace_import_opts opts;
	struct trace trace;
	struct diag d;
};

static int setup(void **state)
{
	struct recording *r = calloc(1, sizeof(*r));

	if (!r)
		return -1;
	r->room = 4 << 20;
	r->text = malloc(r->room);
	r->us = 1000000;
	r->flags = ".....";
	diag_init(&r->d);
	*state = r;
	return r->text ? 0 : -1;
}

static int teardown(void **state)
{
	struct recording *r = *state;

	trace_free(&r->trace);
	diag_free(&r->d);
	free(r->text);
	free(r);
	return 0;
}

__attribute__((format(printf, 2, 3))) static void raw(struct recording *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	r->len += (size_t)vsnprintf(r->text + r->len, r->room - r->len, fmt, ap);
	va_end(ap);
	assert_true(r->len < r->room);
}

/* A line of task "comm-pid", a microsecond after the one before. */
__attribute__((format(printf, 4, 5))) static void ev(struct recording *r, const char *comm, u32 pid,
						     const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	raw(r, "%16s-%-7u [001] %s %5llu.%06llu: %s\n", comm, pid, r->flags,
	    (unsigned long long)r->us / 1000000, (unsigned long long)r->us % 1000000, text);
	r->us++;
}

static void alloc(struct recording *r, u32 pid, u64 ptr, const char *cache)
{
	ev(r, "bash", pid,
	   "kmem_cache_alloc: call_site=a+0x1/0x2 ptr=%016llx name=%s bytes_req=10 bytes_alloc=16 "
	   "gfp_flags=GFP_KERNEL node=-1 accounted=true",
	   (unsigned long long)ptr, cache);
}

static void release(struct recording *r, u32 pid, u64 ptr, const char *cache)
{
	ev(r, "bash", pid, "kmem_cache_free: call_site=a+0x1/0x2 ptr=%016llx name=%s",
	   (unsigned long long)ptr, cache);
}

/* Without a name, as 6.1 prints it; the sizes tell caches apart. */
static void alloc_unnamed(struct recording *r, u64 ptr, const char *site, u32 size)
{
	ev(r, "bash", 7,
	   "kmem_cache_alloc: call_site=%s+0x1/0x2 ptr=%016llx bytes_req=%u bytes_alloc=%u "
	   "gfp_flags=GFP_KERNEL node=-1 accounted=true",
	   site, (unsigned long long)ptr, size, size);
}

static void fork_task(struct recording *r, u32 pid, u32 child)
{
	ev(r, "bash", pid, "sched_process_fork: comm=bash pid=%u child_comm=bash child_pid=%u", pid,
	   child);
}

static void exit_task(struct recording *r, u32 pid)
{
	ev(r, "bash", pid, "sched_process_exit: comm=bash pid=%u prio=120 group_dead=true", pid);
}

static void cgroup(struct recording *r, const char *what, u32 root, u64 id, const char *path)
{
	ev(r, "systemd", 1, "cgroup_%s: root=%u id=%llu level=1 path=%s", what, root,
	   (unsigned long long)id, path);
}

static void attach(struct recording *r, u32 root, u64 id, const char *path, u32 pid)
{
	ev(r, "systemd", 1,
	   "cgroup_attach_task: dst_root=%u dst_id=%llu dst_level=1 dst_path=%s pid=%u comm=bash",
	   root, (unsigned long long)id, path, pid);
}

static int import(struct recording *r)
{
	return trace_import_memory(&r->trace, r->text, r->len, "t.txt", &r->opts, &r->d);
}

static const struct trace_record *good(struct recording *r)
{
	if (import(r))
		fail_msg("%s", r->d.text);
	assert_int_equal(r->d.nr_errors, 0);
	assert_true(trace_holds(&r->trace));
	return r->trace.records;
}

static void assert_said(const struct recording *r, const char *text)
{
	if (!r->d.text || !strstr(r->d.text, text))
		fail_msg("'%s' is not in: %s", text, r->d.text ? r->d.text : "(nothing)");
}

/* An input error with this text. */
static void bad(struct recording *r, const char *text)
{
	assert_int_not_equal(import(r), 0);
	assert_int_equal(r->d.worst, DIAG_INPUT);
	assert_int_equal(r->d.nr_errors, 1);
	assert_null(r->trace.records);
	assert_said(r, text);
}

static const struct trace_cache *cache_named(const struct trace *t, const char *name)
{
	for (u32 i = 0; i < t->nr_caches; i++)
		if (!strcmp(t->caches[i].name, name))
			return &t->caches[i];
	fail_msg("no cache %s", name);
	return NULL;
}

static u32 memcg_of(const struct trace *t, const char *path)
{
	for (u32 i = t->nr_memcgs; i--;)
		if (!strcmp(t->memcgs[i].path, path))
			return i;
	fail_msg("no memcg %s", path);
	return 0;
}

static void ids_are_the_lowest_free(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	for (u64 p = 1; p <= 3; p++)
		alloc(r, 7, p * 16, "filp");
	release(r, 7, 32, "filp");
	release(r, 7, 16, "filp");
	alloc(r, 7, 64, "filp");
	alloc(r, 7, 80, "filp");
	alloc(r, 7, 96, "filp");
	rec = good(r);
	assert_int_equal(rec[2].id, 2);
	assert_int_equal(rec[3].type, TRACE_FREE);
	assert_int_equal(rec[3].id, 1);
	assert_int_equal(rec[4].id, 0);
	assert_int_equal(rec[5].id, 0);
	assert_int_equal(rec[6].id, 1);
	assert_int_equal(rec[7].id, 3);
	assert_int_equal(r->trace.nr_ids, 4);
	assert_int_equal(r->trace.nr_records, 8);
}

static void many_objects_keep_dense_ids(void **state)
{
	struct recording *r = *state;

	for (u64 p = 1; p <= 5000; p++)
		alloc(r, 7, p * 4096, "filp");
	/* all but every 64th, so that words of the bitmap empty and fill */
	for (u64 p = 1; p <= 1200; p++)
		if (p % 64)
			release(r, 7, p * 4096, "filp");
	good(r);
	assert_int_equal(r->trace.nr_ids, 5000);
}

static void times_count_from_the_first_event(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	raw(r, "# tracer: nop\n");
	ev(r, "bash", 7, "sched_switch: prev_comm=a");
	alloc(r, 7, 16, "filp");
	r->us += 5;
	ev(r, "bash", 7, "tracing_mark_write: end");
	rec = good(r);
	assert_int_equal(r->trace.stats.lines, 4);
	assert_int_equal(r->trace.stats.events, 3);
	assert_int_equal(r->trace.stats.ignored, 1);
	assert_int_equal(r->trace.nr_records, 2);
	assert_int_equal(rec[0].time_ns, 1000);
	assert_int_equal(rec[1].type, TRACE_MARK);
	assert_int_equal(r->trace.duration_ns, 7000);
	assert_int_equal(r->trace.nr_cpus, 2);
	assert_int_equal(rec[0].cpu, 1);
	assert_null(r->d.text);
}

static void free_without_allocation_is_an_orphan(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	release(r, 7, 16, "dentry");
	alloc(r, 7, 16, "dentry");
	release(r, 7, 16, "dentry");
	release(r, 7, 16, "dentry");
	rec = good(r);
	assert_int_equal(rec[0].flags, TRACE_F_ORPHAN);
	assert_int_equal(rec[0].id, NONE_U32);
	assert_int_equal(rec[2].flags, 0);
	assert_int_equal(rec[3].flags, TRACE_F_ORPHAN);
	assert_int_equal(r->trace.stats.orphan_frees, 2);
	assert_int_equal(cache_named(&r->trace, "dentry")->nr_orphan_free, 2);
	assert_int_equal(cache_named(&r->trace, "dentry")->nr_free, 3);
}

static void pointer_allocated_twice_means_a_lost_free(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	alloc(r, 7, 32, "filp");
	alloc(r, 7, 16, "dentry");
	alloc(r, 7, 16, "filp");
	rec = good(r);
	assert_int_equal(r->trace.nr_records, 4);
	assert_int_equal(r->trace.stats.double_alloc, 1);
	assert_int_equal(rec[2].type, TRACE_FREE);
	assert_int_equal(rec[2].id, 1);
	assert_string_equal(r->trace.caches[rec[2].cache].name, "dentry");
	assert_int_equal(rec[2].time_ns, rec[3].time_ns);
	assert_int_equal(rec[3].type, TRACE_ALLOC);
	assert_int_equal(rec[3].id, 1);
}

static void free_into_another_cache_means_a_lost_free(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	alloc(r, 7, 16, "dentry");
	release(r, 7, 16, "filp");
	rec = good(r);
	assert_int_equal(r->trace.nr_records, 3);
	assert_int_equal(rec[1].type, TRACE_FREE);
	assert_int_equal(rec[1].id, 0);
	assert_int_equal(rec[2].flags, TRACE_F_ORPHAN);
	assert_int_equal(r->trace.stats.double_alloc, 1);
	assert_int_equal(cache_named(&r->trace, "filp")->nr_orphan_free, 1);
}

#define HIDDEN_MESSAGE                                                                             \
	"t.txt: all object pointers are hidden (____ptrval____): objects cannot be joined; "       \
	"record "                                                                                  \
	"with no_hash_pointers on the kernel command line\n"

static void hidden_pointers_are_an_error(void **state)
{
	struct recording *r = *state;

	for (int i = 0; i < 3; i++)
		ev(r, "bash", 7,
		   "kmem_cache_alloc: call_site=a+0x1/0x2 ptr=(____ptrval____) bytes_req=1 "
		   "bytes_alloc=8 gfp_flags=GFP_KERNEL");
	bad(r, HIDDEN_MESSAGE);
}

static void pointers_all_alike_are_an_error(void **state)
{
	struct recording *r = *state;

	for (int i = 0; i < 65; i++)
		alloc(r, 7, 0x1000, "dentry");
	bad(r, HIDDEN_MESSAGE);
}

static void one_object_used_again_and_again_is_none(void **state)
{
	struct recording *r = *state;

	for (int i = 0; i < 200; i++) {
		alloc(r, 7, 0x1000, "names_cache");
		release(r, 7, 0x1000, "names_cache");
	}
	good(r);
	assert_int_equal(r->trace.nr_ids, 1);
}

static void few_hidden_pointers_are_left_out(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	/* early boot, KERNEL_FACTS 8; and an allocation that failed */
	ev(r, "bash", 7, "kmem_cache_free: call_site=a+0x1/0x2 ptr=(____ptrval____)");
	ev(r, "bash", 7,
	   "kmem_cache_alloc: call_site=a+0x1/0x2 ptr=(null) bytes_req=1 bytes_alloc=8 "
	   "gfp_flags=GFP_KERNEL");
	alloc(r, 7, 16, "dentry");
	rec = good(r);
	assert_int_equal(rec[0].type, TRACE_MARK);
	assert_int_equal(rec[1].type, TRACE_MARK);
	assert_int_equal(rec[2].id, 0);
	assert_said(r, "1 events have a hidden pointer");
}

static void tasks_are_where_they_were_put(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	alloc(r, 10, 16, "filp"); /* 0: nothing known of task 10 */
	cgroup(r, "mkdir", 4, 5, "/a");
	attach(r, 4, 5, "/a", 10);
	alloc(r, 10, 32, "filp"); /* 3 */
	fork_task(r, 10, 11);
	alloc(r, 11, 48, "filp"); /* 5: inherited */
	attach(r, 4, 1, "/", 10);
	alloc(r, 10, 64, "filp"); /* 7: root, for certain */
	alloc(r, 11, 80, "filp"); /* 8: still there */
	exit_task(r, 11);
	fork_task(r, 12, 11);
	alloc(r, 11, 96, "filp"); /* 11: the number was used again */
	rec = good(r);
	assert_int_equal(rec[0].memcg, 0);
	assert_true(rec[0].flags & TRACE_F_MEMCG_GUESSED);
	assert_int_equal(rec[3].memcg, 1);
	assert_false(rec[3].flags & TRACE_F_MEMCG_GUESSED);
	assert_int_equal(rec[5].memcg, 1);
	assert_int_equal(rec[7].memcg, 0);
	assert_false(rec[7].flags & TRACE_F_MEMCG_GUESSED);
	assert_int_equal(rec[8].memcg, 1);
	assert_int_equal(rec[11].memcg, 0);
	assert_true(rec[11].flags & TRACE_F_MEMCG_GUESSED);
	assert_int_equal(r->trace.stats.memcg_guessed, 2);
}

static void kernel_threads_and_interrupts_are_in_the_root(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	fork_task(r, 2, 50);
	alloc(r, 50, 16, "filp"); /* 1: kthreadd's child */
	ev(r, "kworker/0:1-eve", 51,
	   "kmem_cache_alloc: call_site=a ptr=20 bytes_req=1 bytes_alloc=8 gfp_flags=GFP_KERNEL "
	   "node=1 accounted=true");
	cgroup(r, "mkdir", 4, 5, "/a");
	attach(r, 4, 5, "/a", 52);
	r->flags = "..s1.";
	alloc(r, 52, 48, "filp"); /* 5: not the task's */
	rec = good(r);
	assert_int_equal(rec[2].node, 1);
	assert_int_equal(rec[5].memcg, 0);
	assert_int_equal(r->trace.stats.memcg_guessed, 0);
}

static void cgroups_and_their_parents(void **state)
{
	struct recording *r = *state;
	const struct trace *t = &r->trace;
	const struct trace_record *rec;

	cgroup(r, "mkdir", 4, 5, "/kube/pod1/c");
	attach(r, 4, 9, "/old/slice", 7);
	cgroup(r, "rmdir", 4, 5, "/kube/pod1/c");
	cgroup(r, "release", 4, 5, "/kube/pod1/c");
	cgroup(r, "mkdir", 4, 6, "/kube/pod1/c");
	cgroup(r, "release", 4, 77, "/was/dying");
	rec = good(r);
	assert_int_equal(t->nr_memcgs, 7);
	assert_string_equal(t->memcgs[0].path, "/");
	assert_true(t->memcgs[memcg_of(t, "/kube")].preexisting);
	assert_true(t->memcgs[memcg_of(t, "/kube/pod1")].preexisting);
	assert_true(t->memcgs[memcg_of(t, "/old/slice")].preexisting);
	assert_int_equal(t->memcgs[memcg_of(t, "/kube/pod1")].parent, memcg_of(t, "/kube"));
	assert_int_equal(rec[0].type, TRACE_CGROUP_MKDIR);
	assert_false(t->memcgs[rec[0].memcg].preexisting);
	assert_int_equal(t->memcgs[rec[0].memcg].parent, memcg_of(t, "/kube/pod1"));
	assert_int_equal(rec[1].type, TRACE_MARK);
	assert_int_equal(rec[2].type, TRACE_CGROUP_RMDIR);
	assert_int_equal(rec[2].memcg, rec[0].memcg);
	assert_int_equal(rec[3].type, TRACE_CGROUP_RELEASE);
	assert_int_equal(rec[3].memcg, rec[0].memcg);
	assert_int_not_equal(rec[4].memcg, rec[0].memcg);
	assert_string_equal(t->memcgs[rec[4].memcg].path, "/kube/pod1/c");
	/* it died before the recording began: nothing to release */
	assert_int_equal(rec[5].type, TRACE_MARK);
	assert_int_equal(t->stats.ignored, 1);
}

static void hierarchy_with_most_cgroups_is_taken(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	cgroup(r, "mkdir", 1, 5, "/one");
	cgroup(r, "mkdir", 4, 5, "/a");
	cgroup(r, "mkdir", 4, 6, "/b");
	attach(r, 4, 6, "/b", 7);
	attach(r, 1, 5, "/one", 7);
	alloc(r, 7, 16, "filp");
	rec = good(r);
	assert_int_equal(r->trace.nr_memcgs, 3);
	assert_int_equal(rec[0].type, TRACE_MARK);
	assert_string_equal(r->trace.memcgs[rec[5].memcg].path, "/b");
	assert_said(r, "t.txt: warning: cgroup events of 2 hierarchies; taking root=4");
}

static void hierarchy_may_be_given(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	r->opts.root_given = true;
	cgroup(r, "mkdir", 0, 5, "/v2");
	cgroup(r, "mkdir", 4, 5, "/a");
	cgroup(r, "mkdir", 4, 6, "/b");
	attach(r, 0, 5, "/v2", 7);
	alloc(r, 7, 16, "filp");
	rec = good(r);
	assert_string_equal(r->trace.memcgs[rec[4].memcg].path, "/v2");
	assert_null(r->d.text);
	trace_free(&r->trace);
	r->opts.root = 3;
	good(r);
	assert_int_equal(r->trace.nr_memcgs, 1);
	assert_said(r, "no cgroup event of hierarchy root=3; root=4 has 2 cgroup_mkdir");
}

static void accounted_as_printed_or_by_the_rule_of_the_era(void **state)
{
	static const struct {
		const char *site, *gfp;
		u32 size;
		bool accounted;
	} want[] = {
		{"__d_alloc", "GFP_KERNEL", 192, true},
		{"ext4_alloc_inode", "GFP_NOFS", 1088, true},
		{"xfs_inode_alloc", "GFP_NOFS", 960, true},
		{"security_inode_alloc", "GFP_NOFS", 32, false},
		{"radix_tree_node_alloc.constprop.0", "GFP_ATOMIC", 576, false},
		{"xas_alloc", "GFP_NOWAIT|__GFP_ACCOUNT", 576, true},
		{"__alloc_file", "GFP_KERNEL_ACCOUNT", 256, true},
		{"jbd2__journal_start", "GFP_NOFS", 56, false},
	};
	struct recording *r = *state;
	const struct trace_record *rec;

	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		ev(r, "bash", 7,
		   "kmem_cache_alloc: call_site=%s+0x1/0x2 ptr=%zx bytes_req=%u bytes_alloc=%u "
		   "gfp_flags=%s",
		   want[i].site, 16 * (i + 1), want[i].size, want[i].size, want[i].gfp);
	ev(r, "bash", 7,
	   "kmem_cache_alloc: call_site=__d_alloc+0x1/0x2 ptr=9990 bytes_req=192 bytes_alloc=192 "
	   "gfp_flags=GFP_KERNEL|__GFP_ACCOUNT accounted=false");
	rec = good(r);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		assert_int_equal(!!(rec[i].flags & TRACE_F_ACCOUNTED), want[i].accounted);
	assert_false(rec[ARRAY_SIZE(want)].flags & TRACE_F_ACCOUNTED);
	/* only what is charged can be charged to the wrong one */
	assert_int_equal(r->trace.stats.memcg_guessed, 5);
}

static void allocations_without_a_name_get_one(void **state)
{
	static const char *const want[] = {
		"filp",	      "filp",	    "dentry", "shmem_inode_cache", "foo_inode_cache",
		"unknown-64", "unknown-72", "bio-192"};
	struct recording *r = *state;
	const struct trace_record *rec;

	alloc_unnamed(r, 0x10, "__new_file", 232); /* freed below: named by its free */
	alloc_unnamed(r, 0x20, "__new_file", 232); /* never freed: as the other of this place */
	alloc_unnamed(r, 0x30, "__d_alloc", 192); /* by the function */
	alloc_unnamed(r, 0x40, "shmem_alloc_inode", 776);
	alloc_unnamed(r, 0x50, "foo_alloc_inode", 800);
	alloc_unnamed(r, 0x60, "mempool_alloc", 64); /* two caches from one place: by the size */
	alloc_unnamed(r, 0x70, "mempool_alloc", 72);
	alloc_unnamed(r, 0x80, "mempool_alloc", 192);
	release(r, 7, 0x10, "filp");
	release(r, 7, 0x80, "bio-192");
	rec = good(r);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		assert_string_equal(r->trace.caches[rec[i].cache].name, want[i]);
	assert_int_equal(cache_named(&r->trace, "filp")->object_size, 232);
	assert_int_equal(cache_named(&r->trace, "unknown-64")->size, 64);
	assert_int_equal(r->trace.stats.double_alloc, 0);
}

static void place_that_serves_two_caches_teaches_nothing(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	alloc_unnamed(r, 0x10, "alloc_vmap_area", 64);
	alloc_unnamed(r, 0x20, "alloc_vmap_area", 64);
	alloc_unnamed(r, 0x30, "alloc_vmap_area", 64);
	release(r, 7, 0x10, "vmap_area");
	release(r, 7, 0x20, "vmap_other");
	rec = good(r);
	assert_string_equal(r->trace.caches[rec[0].cache].name, "vmap_area");
	assert_string_equal(r->trace.caches[rec[1].cache].name, "vmap_other");
	assert_string_equal(r->trace.caches[rec[2].cache].name, "unknown-64");
}

static void frees_without_a_name_take_the_allocations_cache(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	alloc_unnamed(r, 0x10, "__d_alloc", 192);
	ev(r, "bash", 7, "kmem_cache_free: call_site=__d_free+0x1/0x2 ptr=0000000000000010");
	ev(r, "bash", 7, "kmem_cache_free: call_site=__d_free+0x1/0x2 ptr=0000000000000010");
	rec = good(r);
	assert_string_equal(r->trace.caches[rec[1].cache].name, "dentry");
	assert_int_equal(rec[1].id, 0);
	assert_string_equal(r->trace.caches[rec[2].cache].name, "unknown");
	assert_int_equal(rec[2].flags, TRACE_F_ORPHAN);
}

static void inode_caches_give_their_file_system(void **state)
{
	static const struct {
		const char *cache, *fs;
	} want[] = {
		{"ext4_inode_cache", "ext4"},
		{"shmem_inode_cache", "tmpfs"},
		{"proc_inode_cache", "proc"},
		{"xfs_inode", "xfs"},
		{"sock_inode_cache", "sockfs"},
		{"mqueue_inode_cache", "mqueue"},
		{"hugetlbfs_inode_cache", "hugetlbfs"},
		{"btrfs_inode", "btrfs"},
		{"ovl_inode", "overlay"},
		{"fuse_inode", "fuse"},
		{"nfs_inode_cache", "nfs"},
		{"inode_cache", "pseudo"},
		{"newfs_inode_cache", "newfs"},
		{"lsm_inode_cache", NULL},
		{"xfs_ili", NULL},
		{"jbd2_inode", NULL},
		{"dentry", NULL},
	};
	struct recording *r = *state;
	const struct trace_record *rec;

	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		alloc(r, 7, 16 * (i + 1), want[i].cache);
	alloc(r, 8, 0x8000, "ext4_inode_cache");
	rec = good(r);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		const struct trace_cache *c = cache_named(&r->trace, want[i].cache);

		assert_int_equal(c->kind == TRACE_CACHE_INODE, want[i].fs != NULL);
		if (want[i].fs) {
			assert_string_equal(c->fs, want[i].fs);
			assert_string_equal(r->trace.supers[rec[i].sb].fs, want[i].fs);
		} else {
			assert_null(c->fs);
			assert_int_equal(rec[i].sb, 0);
		}
	}
	assert_int_equal(cache_named(&r->trace, "dentry")->kind, TRACE_CACHE_DENTRY);
	assert_int_equal(rec[ARRAY_SIZE(want)].sb, rec[0].sb);
	assert_string_equal(r->trace.supers[0].name, "unknown");
}

static void dentries_take_the_superblock_of_the_next_inode(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	alloc(r, 7, 0x10, "dentry"); /* 0: not the last one */
	alloc(r, 7, 0x20, "dentry"); /* 1: the last, gets the peer */
	alloc(r, 8, 0x30, "dentry"); /* 2: of another task: ends unknown */
	alloc(r, 7, 0x40, "lsm_inode_cache"); /* no inode */
	alloc(r, 7, 0x50, "ext4_inode_cache"); /* 4 */
	alloc(r, 7, 0x60, "dentry"); /* 5: after the inode: for the next */
	release(r, 7, 0x60, "dentry"); /* gone before its inode came */
	alloc(r, 9, 0x60, "dentry"); /* 7: same pointer, same id, another dentry */
	alloc(r, 7, 0x70, "proc_inode_cache"); /* 8 */
	rec = good(r);
	assert_string_equal(r->trace.supers[rec[0].sb].name, "ext4");
	assert_true(rec[0].flags & TRACE_F_SB_GUESSED);
	assert_int_equal(rec[0].peer, NONE_U32);
	assert_int_equal(rec[1].sb, rec[4].sb);
	assert_int_equal(rec[1].peer, rec[4].id);
	assert_int_equal(rec[2].sb, 0);
	assert_true(rec[2].flags & TRACE_F_SB_UNKNOWN);
	assert_int_equal(rec[5].sb, rec[8].sb);
	assert_int_equal(rec[5].id, rec[7].id);
	assert_int_equal(rec[5].peer, NONE_U32);
	assert_int_equal(rec[7].peer, NONE_U32);
	assert_int_equal(r->trace.stats.sb_guessed, 3);
	assert_int_equal(r->trace.stats.sb_unknown, 2);
}

static void dentries_of_tasks_that_end_stay_unknown(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	alloc(r, 7, 0x10, "dentry");
	exit_task(r, 7);
	fork_task(r, 1, 7);
	alloc(r, 7, 0x20, "dentry");
	fork_task(r, 1, 7); /* its exit was lost */
	alloc(r, 7, 0x30, "ext4_inode_cache");
	rec = good(r);
	assert_true(rec[0].flags & TRACE_F_SB_UNKNOWN);
	assert_true(rec[3].flags & TRACE_F_SB_UNKNOWN);
	assert_int_equal(r->trace.stats.sb_unknown, 2);
}

static void interrupts_stay_out_of_the_dentry_rule(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	alloc(r, 7, 0x10, "dentry");
	r->flags = "..s..";
	alloc(r, 7, 0x20, "sock_inode_cache");
	r->flags = ".....";
	alloc(r, 7, 0x30, "ext4_inode_cache");
	rec = good(r);
	assert_int_equal(rec[0].sb, rec[2].sb);
	assert_int_equal(rec[0].peer, rec[2].id);
}

static void start_shrink(struct recording *r, u32 pid)
{
	ev(r, "bash", pid,
	   "mm_shrink_slab_start: super_cache_scan+0x0/0x1d0 000000002551c439: nid: 0 objects to "
	   "shrink 0 gfp_flags GFP_KERNEL cache items 12 delta 6 total_scan 6 priority 12");
}

static void end_shrink(struct recording *r, u32 pid)
{
	ev(r, "bash", pid,
	   "mm_shrink_slab_end: super_cache_scan+0x0/0x1d0 000000002551c439: nid: 0 unused scan "
	   "count 0 new scan count 6 total_scan 6 last shrinker return val 0");
}

static void frees_by_reclaim_are_marked(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	for (u64 i = 1; i <= 6; i++)
		alloc(r, 7, i * 16, "dentry");
	ev(r, "kswapd0", 30, "kmem_cache_free: call_site=a+0x1/0x2 ptr=10 name=dentry"); /* 6 */
	start_shrink(r, 7);
	release(r, 7, 32, "dentry"); /* 8 */
	release(r, 8, 48, "dentry"); /* 9 */
	ev(r, "bash", 7, "kmem_cache_free: call_site=rcu_do_batch+0x1/0x2 ptr=40 name=dentry");
	r->flags = "..s1.";
	ev(r, "kswapd0", 30, "kmem_cache_free: call_site=a+0x1/0x2 ptr=50 name=dentry"); /* 11 */
	r->flags = ".....";
	end_shrink(r, 7);
	release(r, 7, 0x60, "dentry"); /* 13 */
	rec = good(r);
	assert_int_equal(rec[6].flags, TRACE_F_RECLAIM);
	assert_int_equal(rec[8].flags, TRACE_F_RECLAIM);
	assert_int_equal(rec[9].flags, 0);
	assert_int_equal(rec[10].flags, 0);
	assert_int_equal(rec[11].flags, 0);
	assert_int_equal(rec[13].flags, 0);
	assert_int_equal(r->trace.stats.reclaim_frees, 2);
	assert_int_equal(r->trace.stats.shrink_starts, 1);
	assert_int_equal(r->trace.stats.shrink_ends, 1);
	assert_said(r, "2 frees came from RCU callbacks or interrupts");
}

static void events_out_of_order_are_sorted(void **state)
{
	struct recording *r = *state;
	const struct trace_record *rec;

	r->us = 3000000;
	alloc(r, 7, 0x10, "dentry");
	release(r, 7, 0x10, "dentry");
	r->us = 1000000;
	alloc(r, 7, 0x20, "filp");
	r->us = 3000000; /* equal times keep their order */
	alloc(r, 7, 0x30, "filp");
	r->us = 2000000;
	alloc(r, 7, 0x40, "filp");
	rec = good(r);
	assert_int_equal(rec[0].time_ns, 0);
	assert_int_equal(rec[1].time_ns, 1000000000);
	assert_string_equal(r->trace.caches[rec[2].cache].name, "dentry");
	assert_string_equal(r->trace.caches[rec[3].cache].name, "filp");
	assert_int_equal(rec[4].type, TRACE_FREE);
	assert_int_equal(r->trace.duration_ns, 2000001000);
	assert_said(r, "t.txt: warning: events are not in order of time and were sorted");
}

static void lost_events_are_summed(void **state)
{
	struct recording *r = *state;

	alloc(r, 7, 0x10, "dentry");
	raw(r, "CPU:1 [LOST 44 EVENTS]\nCPU:0 [LOST EVENTS]\n");
	good(r);
	assert_int_equal(r->trace.stats.lost_events, 45);
	assert_said(r, "the recording lost 45 events");
}

static void damaged_lines_are_counted(void **state)
{
	struct recording *r = *state;

	raw(r, "# tracer: nop\n");
	alloc(r, 7, 0x10, "dentry");
	raw(r, "some words\n");
	r->text[r->len++] = 0;
	raw(r, "more\n");
	memset(r->text + r->len, 'x', 70000);
	r->len += 70000;
	raw(r, "\n");
	alloc(r, 7, 0x20, "dentry");
	good(r);
	assert_int_equal(r->trace.stats.lines, 6);
	assert_int_equal(r->trace.stats.events, 2);
	assert_int_equal(r->trace.stats.damaged, 3);
	assert_int_equal(r->trace.stats.first_damaged_line, 3);
	assert_string_equal(r->d.text,
			    "t.txt:3: warning: 3 damaged lines were left out; this is the "
			    "first: no \"task-pid [cpu] time:\"\n");
}

static void strict_stops_at_the_first_damaged_line(void **state)
{
	struct recording *r = *state;

	r->opts.strict = true;
	alloc(r, 7, 0x10, "dentry");
	raw(r, "some words\n");
	alloc(r, 7, 0x20, "dentry");
	bad(r, "t.txt:2: damaged line: no \"task-pid [cpu] time:\"\n");
}

static void strict_finds_damage_before_the_first_event(void **state)
{
	struct recording *r = *state;

	r->opts.strict = true;
	raw(r, "some words\n\n");
	alloc(r, 7, 0x10, "dentry");
	bad(r, "t.txt:1: damaged line");
}

static void strict_takes_a_whole_recording(void **state)
{
	struct recording *r = *state;

	r->opts.strict = true;
	raw(r, "# tracer: nop\n\n");
	alloc(r, 7, 0x10, "dentry");
	good(r);
}

static void compress_recording(struct recording *r, bool zst)
{
	size_t room = r->len + 1000;
	char *packed = malloc(room);

	assert_non_null(packed);
	r->len = zst ? ZSTD_compress(packed, room, r->text, r->len, 3)
		     : gzip(r->text, r->len, (u8 *)packed, room);
	free(r->text);
	r->text = packed;
	r->room = room;
}

static void cut_recordings_are_read_to_the_last_line(void **state)
{
	struct recording *r = *state;
	size_t len;

	for (u64 i = 1; i < 3000; i++)
		alloc(r, 7, i * 2654435761U, "dentry");
	len = r->len;
	compress_recording(r, false);
	r->len /= 2;
	good(r);
	assert_true(r->trace.stats.truncated);
	assert_in_range(r->trace.stats.events, 1000, 2000);
	assert_int_equal(r->trace.stats.damaged, 0);
	assert_said(r, ": warning: the recording ends here: the .gz file is cut off");
	trace_free(&r->trace);
	diag_free(&r->d);
	r->opts.strict = true;
	bad(r, ": the recording ends here: the .gz file is cut off");
	assert_true(len > r->len);
}

static void cut_zst_and_missing_end_of_line(void **state)
{
	struct recording *r = *state;

	for (u64 i = 1; i < 3000; i++)
		alloc(r, 7, i * 2654435761U, "dentry");
	r->len -= 2;
	good(r);
	assert_int_equal(r->trace.stats.events, 2998);
	assert_said(r, "t.txt:2998: warning: the recording ends here: its last line has no end");
	trace_free(&r->trace);
	diag_free(&r->d);
	compress_recording(r, true);
	r->len -= 10;
	good(r);
	assert_true(r->trace.stats.truncated);
	assert_true(r->trace.stats.events < 2998);
	assert_said(r, "the .zst file is cut off");
}

static void files_that_are_no_traces(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *message;
	} want[] = {
		{"", 0, "t.txt: is empty\n"},
		{"# tracer: nop\n#\n", 16, "t.txt: holds no event\n"},
		{"scenario: a\nseed: 1\n", 20,
		 "t.txt: is not a trace: no event among its first 2 lines"},
		{"\x17\x08\x44tracing6\0\0\0", 14,
		 "looks like a trace-cmd .dat file: this build reads the text of tracefs 'trace'; "
		 "convert with `trace-cmd report -t"},
		{"PERFILE2\x68\0\0\0", 12,
		 "looks like a perf.data file; convert with `perf script"},
		{"\x7f"
		 "ELF\2\1\1\0\0",
		 9, "looks like an ELF binary"},
		{"a\1\2\3\4\5\6\7\n", 9, "looks like a binary file"},
	};
	struct recording *r = *state;

	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		memcpy(r->text, want[i].text, want[i].len);
		r->len = want[i].len;
		for (int strict = 0; strict < 2; strict++) {
			r->opts.strict = strict;
			bad(r, want[i].message);
			diag_free(&r->d);
		}
	}
}

static void long_text_without_events_is_given_up(void **state)
{
	struct recording *r = *state;

	for (int i = 0; i < 1500; i++)
		raw(r, "2021-03-04 host daemon[%d]: a line of a log\n", i);
	bad(r, "t.txt: is not a trace: no event among its first 1000 lines");
}

static void compressed_twice_is_said(void **state)
{
	struct recording *r = *state;

	alloc(r, 7, 0x10, "dentry");
	compress_recording(r, false);
	compress_recording(r, true);
	bad(r, "t.txt: is compressed twice");
}

static void missing_files_and_directories(void **state)
{
	struct recording *r = *state;

	assert_int_equal(trace_import_text(&r->trace, "no/such/file", NULL, &r->d), -ENOENT);
	assert_int_equal(r->d.worst, DIAG_INPUT);
	assert_said(r, "no/such/file: No such file or directory\n");
	assert_int_not_equal(trace_import_text(&r->trace, "scenarios", NULL, &r->d), 0);
	assert_int_equal(r->d.worst, DIAG_INPUT);
	assert_said(r, "scenarios: is a directory\n");
}

/* ---- the recorded host ---- */

struct expected_cache {
	const char *name;
	u64 alloc, freed, orphan;
};

static void recorded_host_is_read_whole(void **state)
{
	static const struct expected_cache want[] = {
		{"dentry", 20128, 19050, 3060},		 {"ext4_inode_cache", 13661, 9978, 14},
		{"lsm_inode_cache", 20078, 19398, 3020}, {"proc_inode_cache", 3268, 6269, 3004},
		{"sock_inode_cache", 544, 544, 0},	 {"inode_cache", 2246, 2248, 2},
	};
	struct recording *r = *state;
	u64 mkdirs = 0, releases = 0, peers = 0;

	assert_int_equal(trace_import_text(&r->trace, HOST_TRACE, NULL, &r->d), 0);
	assert_null(r->d.text);
	assert_true(trace_holds(&r->trace));
	assert_int_equal(r->trace.stats.events, 128581);
	assert_int_equal(r->trace.stats.lines, 128593);
	assert_int_equal(r->trace.stats.damaged, 0);
	assert_int_equal(r->trace.stats.double_alloc, 0);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		const struct trace_cache *c = cache_named(&r->trace, want[i].name);

		assert_int_equal(c->nr_alloc, want[i].alloc);
		assert_int_equal(c->nr_free, want[i].freed);
		assert_int_equal(c->nr_orphan_free, want[i].orphan);
	}
	for (u64 i = 0; i < r->trace.nr_records; i++) {
		mkdirs += r->trace.records[i].type == TRACE_CGROUP_MKDIR;
		releases += r->trace.records[i].type == TRACE_CGROUP_RELEASE;
		peers += r->trace.records[i].peer != NONE_U32;
	}
	assert_int_equal(mkdirs, 201);
	assert_int_equal(releases, 41);
	assert_int_equal(r->trace.nr_memcgs, 202);
	assert_int_equal(r->trace.nr_cpus, 2);
	assert_int_equal(r->trace.nr_ids, 34251);
	assert_int_equal(r->trace.stats.sb_guessed, 18861);
	assert_int_equal(r->trace.stats.sb_unknown, 1267);
	assert_int_equal(peers, 17622);
}

static bool same_object(const struct raw_object *a, const struct raw_object *b)
{
	return a->ptr == b->ptr && slice_eq(a->name, b->name) && slice_eq(a->gfp, b->gfp) &&
	       a->bytes_req == b->bytes_req && a->accounted == b->accounted && a->node == b->node;
}

/* What the parser remembers of earlier lines only saves time. */
static void lines_do_not_depend_on_the_lines_before(void **state)
{
	struct recording *r = *state;
	struct ftrace_parser parser, fresh;
	struct text_stream s;
	struct text_line line;

	assert_int_equal(text_stream_open(&s, HOST_TRACE, &r->d), 0);
	assert_int_equal(ftrace_parser_init(&parser), 0);
	for (int i = 0; i < 4000 && text_stream_next(&s, &line) == 1; i++) {
		struct raw_event a, b;

		assert_int_equal(ftrace_parser_init(&fresh), 0);
		if (ftrace_text_parse(&parser, line.s, line.len, &a) == FTRACE_EVENT) {
			assert_int_equal(ftrace_text_parse(&fresh, line.s, line.len, &b),
					 FTRACE_EVENT);
			assert_int_equal(a.time_ns, b.time_ns);
			assert_int_equal(a.pid, b.pid);
			assert_int_equal(a.type, b.type);
			assert_int_equal(a.irq, b.irq);
			assert_true(slice_eq(a.comm, b.comm));
			if (a.type == RAW_CACHE_ALLOC || a.type == RAW_CACHE_FREE)
				assert_true(same_object(&a.obj, &b.obj));
		}
		ftrace_parser_destroy(&fresh);
	}
	ftrace_parser_destroy(&parser);
	text_stream_close(&s);
}

#define TEST(f) cmocka_unit_test(f)
#define IMPORT(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_of_every_kernel_generation),
		TEST(layouts_of_trace_cmd_and_perf),
		TEST(task_names_may_hold_anything),
		TEST(allocations_of_every_kernel_generation),
		TEST(pointers_that_are_none),
		TEST(shrinker_lines),
		TEST(paths_and_names_with_blanks),
		TEST(lines_that_are_no_events),
		TEST(damaged_lines_say_what_is_wrong),
		TEST(plain_lines),
		TEST(compressed_lines),
		TEST(cut_streams_give_every_whole_line),
		TEST(long_lines_are_passed_over),
		IMPORT(ids_are_the_lowest_free),
		IMPORT(many_objects_keep_dense_ids),
		IMPORT(times_count_from_the_first_event),
		IMPORT(free_without_allocation_is_an_orphan),
		IMPORT(pointer_allocated_twice_means_a_lost_free),
		IMPORT(free_into_another_cache_means_a_lost_free),
		IMPORT(hidden_pointers_are_an_error),
		IMPORT(pointers_all_alike_are_an_error),
		IMPORT(one_object_used_again_and_again_is_none),
		IMPORT(few_hidden_pointers_are_left_out),
		IMPORT(tasks_are_where_they_were_put),
		IMPORT(kernel_threads_and_interrupts_are_in_the_root),
		IMPORT(cgroups_and_their_parents),
		IMPORT(hierarchy_with_most_cgroups_is_taken),
		IMPORT(hierarchy_may_be_given),
		IMPORT(accounted_as_printed_or_by_the_rule_of_the_era),
		IMPORT(allocations_without_a_name_get_one),
		IMPORT(place_that_serves_two_caches_teaches_nothing),
		IMPORT(frees_without_a_name_take_the_allocations_cache),
		IMPORT(inode_caches_give_their_file_system),
		IMPORT(dentries_take_the_superblock_of_the_next_inode),
		IMPORT(dentries_of_tasks_that_end_stay_unknown),
		IMPORT(interrupts_stay_out_of_the_dentry_rule),
		IMPORT(frees_by_reclaim_are_marked),
		IMPORT(events_out_of_order_are_sorted),
		IMPORT(lost_events_are_summed),
		IMPORT(damaged_lines_are_counted),
		IMPORT(strict_stops_at_the_first_damaged_line),
		IMPORT(strict_finds_damage_before_the_first_event),
		IMPORT(strict_takes_a_whole_recording),
		IMPORT(cut_recordings_are_read_to_the_last_line),
		IMPORT(cut_zst_and_missing_end_of_line),
		IMPORT(files_that_are_no_traces),
		IMPORT(long_text_without_events_is_given_up),
		IMPORT(compressed_twice_is_said),
		IMPORT(missing_files_and_directories),
		IMPORT(recorded_host_is_read_whole),
		IMPORT(lines_do_not_depend_on_the_lines_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
