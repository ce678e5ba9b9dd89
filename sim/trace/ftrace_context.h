/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What stands before the event in a line of a trace: task, pid, cpu, flags, time. The layouts are
 * listed in ftrace_text.h.
 */
#ifndef SIM_TRACE_FTRACE_CONTEXT_H
#define SIM_TRACE_FTRACE_CONTEXT_H

#include "trace/raw_event.h"
#include "trace/scan_word.h"

#define FTRACE_COMM_COLUMNS 16 /* "%16s-%-7d [%03d] " */
#define FTRACE_LONGEST_PREFIX 31 /* as long as that is */

/*
 * Both fill comm, pid, cpu, irq, time_ns and return what stands behind "time:", NULL if it is
 * something else. The first knows the kernel's own columns alone, in which the dash stands where it
 * must, whatever the name holds; the second knows the other layouts.
 */
const char *ftrace_columns_parse(const char *s, const char *end, struct raw_event *ev);
const char *ftrace_context_parse(const char *s, const char *end, struct raw_event *ev);

/* "3811.487636:", or a bare number, which counts ns. NULL if it is something else. */
const char *ftrace_time_parse(const char *p, u64 *ns);

/* The letter that says hardirq or softirq context, of "d.s1.": 'h', 's', 'z' in either case. */
static inline bool ftrace_irq_letter(char c)
{
	c |= 0x20;
	return (c == 'h') | (c == 's') | (c == 'z');
}

#endif
