/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast is a recording in text read? (DESIGN section 10.) Yardsticks and reader are timed in the
 * same run, on the same bytes, in one thread.
 */
#ifndef BENCH_BENCH_TRACE_H
#define BENCH_BENCH_TRACE_H

#include <stddef.h>
#include <stdint.h>

/* Lines per second of two plain scans over text in memory (bench/scan_text.c). */
double bench_scan_text(const char *buf, size_t len); /* memchr: where do lines end */
double bench_scan_fields(const char *buf, size_t len); /* libc: copy the line, time, event, ptr= */

struct bench_trace {
	uint64_t lines, events;
	double scan_lines; /* bench_scan_text(), lines/s */
	double field_lines; /* bench_scan_fields(), lines/s */
	double parse_events; /* lines cut and taken apart, nothing kept: events/s */
	double import_events; /* the whole import, with all joins: events/s */
};

/* Best of `rounds` rounds of each. 0 or a negative errno; the text must be a trace. */
int bench_trace_text(const char *buf, size_t len, unsigned rounds, struct bench_trace *out);

/*
 * A recording `times` as long: each copy later by the length of the recording, its pointers in a
 * range of their own, so that what stays live adds up. For times > 1 the text must be that of
 * tracefs. The caller frees it; NULL when out of memory or if text is no trace.
 */
char *bench_repeat_trace(const char *text, size_t len, unsigned times, size_t *out_len);

#endif
