// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/bench_trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "trace/ftrace_text.h"
#include "trace/import.h"
#include "trace/stream.h"

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Events per second of cutting lines and taking them apart. */
static int time_parse(const char *buf, size_t len, double *rate, struct diag *d)
{
	double start = seconds();
	struct ftrace_parser parser;
	struct text_stream stream;
	struct text_line line;
	struct raw_event ev;
	uint64_t events = 0;
	int ret = ftrace_parser_init(&parser);

	if (ret)
		return ret;
	ret = text_stream_memory(&stream, buf, len, "text", d);
	if (!ret) {
		while ((ret = text_stream_next(&stream, &line)) == 1)
			events += ftrace_text_parse(&parser, line.s, line.len, &ev) == FTRACE_EVENT;
		text_stream_close(&stream);
	}
	ftrace_parser_destroy(&parser);
	*rate = (double)events / (seconds() - start);
	return ret;
}

static int time_import(const char *buf, size_t len, struct bench_trace *out, double *rate,
		       struct diag *d)
{
	double start = seconds();
	struct trace trace;
	int ret = trace_import_memory(&trace, buf, len, "text", NULL, d);

	if (ret)
		return ret;
	*rate = (double)trace.stats.events / (seconds() - start);
	out->lines = trace.stats.lines;
	out->events = trace.stats.events;
	trace_free(&trace);
	return 0;
}

static void keep_best(double *best, double rate)
{
	if (rate > *best)
		*best = rate;
}

int bench_trace_text(const char *buf, size_t len, unsigned rounds, struct bench_trace *out)
{
	struct diag d;
	int ret = 0;

	diag_init(&d);
	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < rounds && !ret; i++) {
		double parse = 0, import = 0;

		keep_best(&out->scan_lines, bench_scan_text(buf, len));
		keep_best(&out->field_lines, bench_scan_fields(buf, len));
		ret = time_parse(buf, len, &parse, &d);
		if (!ret)
			ret = time_import(buf, len, out, &import, &d);
		keep_best(&out->parse_events, parse);
		keep_best(&out->import_events, import);
	}
	diag_free(&d);
	return ret;
}

/* ---- a longer recording from a short one ---- */

struct copy {
	uint64_t shift_ns; /* later than in the original */
	unsigned number;
};

/* "[001] ....  3811.487636: " -> the time's first digit, or NULL if this line has none. */
static const char *time_of(const char *line, const char *end)
{
	const char *p = memchr(line, ']', (size_t)(end - line)), *colon;

	colon = p ? memchr(p, ':', (size_t)(end - p)) : NULL;
	for (p = colon; p && p > line && p[-1] != ' '; p--)
		;
	return p && *p >= '0' && *p <= '9' && memchr(p, '.', (size_t)(colon - p)) ? p : NULL;
}

static uint64_t read_time(const char *p)
{
	char *dot;
	uint64_t s = strtoull(p, &dot, 10);

	return s * 1000000000 + strtoull(dot + 1, NULL, 10) * 1000;
}

/* Writes the line as this copy has it; it grows by no more than ten letters. */
static char *copy_line(char *to, const char *line, const char *end, const struct copy *c)
{
	const char *time = time_of(line, end), *ptr, *rest;
	uint64_t us;

	if (!time) {
		memcpy(to, line, (size_t)(end - line));
		return to + (end - line);
	}
	memcpy(to, line, (size_t)(time - line));
	to += time - line;
	us = (read_time(time) + c->shift_ns) / 1000;
	to += sprintf(to, "%llu.%06llu", (unsigned long long)us / 1000000,
		      (unsigned long long)us % 1000000);
	rest = memchr(time, ':', (size_t)(end - time));
	memcpy(to, rest, (size_t)(end - rest));
	ptr = memmem(rest, (size_t)(end - rest), " ptr=", 5);
	/* Hashed pointers have zeros in front. */
	if (ptr && end - ptr > 13) {
		char digits[4];

		snprintf(digits, sizeof(digits), "%03x", c->number & 0xfff);
		memcpy(to + (ptr + 5 - rest), digits, 3);
	}
	return to + (end - rest);
}

static int span_of(const char *text, size_t len, uint64_t *span)
{
	struct trace trace;
	struct diag d;
	int ret;

	diag_init(&d);
	ret = trace_import_memory(&trace, text, len, "text", NULL, &d);
	diag_free(&d);
	if (ret)
		return ret;
	*span = trace.duration_ns + 1000000;
	trace_free(&trace);
	return 0;
}

char *bench_repeat_trace(const char *text, size_t len, unsigned times, size_t *out_len)
{
	uint64_t span, lines = 0;
	char *out, *to;

	if (span_of(text, len, &span))
		return NULL;
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	out = malloc((len + lines * 10) * times + 1);
	if (!out)
		return NULL;
	to = out;
	for (unsigned n = 0; n < times; n++) {
		struct copy copy = {.shift_ns = span * n, .number = n};
		const char *p = text, *nl;

		for (; (nl = memchr(p, '\n', (size_t)(text + len - p))); p = nl + 1) {
			to = copy_line(to, p, nl, &copy);
			*to++ = '\n';
		}
	}
	*out_len = (size_t)(to - out);
	return out;
}
