/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One line of a trace in text, taken apart. Four layouts are told apart line by line:
 *
 *	tracefs       "   bash-7533  [001] d..1.  3811.487636: kmem_cache_free: call_site=..."
 *	latency       "   bash-7533    1d..1.  3811.487636: kmem_cache_free: ..." (trace-cmd report -l)
 *	trace-cmd     "host:   bash-7533  [001]  3811.487636: kmem_cache_free:   (sym) call_site=..."
 *	perf script   "   bash  7533 [001]  3811.487636:   kmem:kmem_cache_free: call_site=..."
 *
 * with the event texts of every kernel from 4.18 to 6.18 (KERNEL_FACTS 8).
 *
 * What recurs from line to line (task and cpu; everything behind the pointer of a kmem event) is
 * remembered with its text and compared instead of taken apart again: the result is the same.
 */
#ifndef SIM_TRACE_FTRACE_TEXT_H
#define SIM_TRACE_FTRACE_TEXT_H

#include "trace/raw_event.h"

enum ftrace_line {
	FTRACE_EVENT, /* *ev is filled; RAW_OTHER for events that are not looked into */
	FTRACE_COMMENT, /* headers, empty lines, stack dumps */
	FTRACE_LOST, /* "CPU:1 [LOST 44 EVENTS]" and its like: p->lost */
	FTRACE_DAMAGED, /* p->why */
};

struct ftrace_memory;

struct ftrace_parser {
	u64 lost; /* events, 1 if the line gives no number */
	const char *why; /* what is wrong with the line; static text */
	struct ftrace_memory *memory;
};

/* 0 or -ENOMEM. */
int ftrace_parser_init(struct ftrace_parser *p);
void ftrace_parser_destroy(struct ftrace_parser *p);

/*
 * At least STREAM_SLACK bytes behind s + len must be readable (sim/trace/stream.h sees to it), the
 * first of them no part of a word. Slices in *ev are good until the next call.
 */
enum ftrace_line ftrace_text_parse(struct ftrace_parser *p, const char *s, u32 len,
				   struct raw_event *ev);

#endif
