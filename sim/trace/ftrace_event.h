/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The text of an event, behind "name: ". Events of kmem, which are nearly all of a trace, are ftrace_text.c's; here are
 * the others. As in ftrace_text.h at least STREAM_SLACK bytes behind end must be readable.
 */
#ifndef SIM_TRACE_FTRACE_EVENT_H
#define SIM_TRACE_FTRACE_EVENT_H

#include "trace/raw_event.h"
#include "trace/scan_word.h"

#define AT(p, literal) (!memcmp((p), (literal), sizeof(literal) - 1))
#define LEN(literal) (sizeof(literal) - 1)

/*
 * Fills what the event `name` says, and ev->type; leaves *ev alone if it is none that is looked into. NULL, or what is
 * wrong with it: static text.
 */
const char *ftrace_event_parse(struct slice name, const char *p, const char *end,
			       struct raw_event *ev);

/* A number with a sign, as "node=" has it: what stands behind it, NULL if there is none. */
const char *ftrace_s32_parse(const char *p, s32 *out);
/* A pointer in any of its looks (RAW_PTR_*): hex digits, 0x, "(null)", "(____ptrval____)". NULL if it is none. */
const char *ftrace_pointer_parse(const char *p, const char *end, u64 *ptr, u8 *kind);

#endif
