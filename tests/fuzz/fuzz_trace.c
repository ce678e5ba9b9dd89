// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Any bytes as a recording in text: an error or a trace that holds, and no line is read otherwise
 * because of the lines before it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/trace_check.h"
#include "trace/ftrace_text.h"
#include "trace/import.h"
#include "trace/stream.h"

#define COMPARED_LINES 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz_trace: %s\n", what);
	abort();
}

static void import_as(const uint8_t *data, size_t size, bool strict)
{
	struct trace_import_opts opts = {.strict = strict};
	struct trace trace;
	struct diag d;
	int ret;

	diag_init(&d);
	ret = trace_import_memory(&trace, data, size, "fuzz", &opts, &d);
	must(!ret == !d.nr_errors, "error code and messages differ");
	must(!ret || (!trace.records && !trace.arena), "leaves something behind an error");
	if (!ret) {
		must(trace_holds(&trace), "broken trace");
		must(!strict || (!trace.stats.damaged && !trace.stats.truncated), "not strict");
		trace_free(&trace);
	}
	diag_free(&d);
}

static bool same_slice(struct slice a, struct slice b)
{
	return a.len == b.len && (!a.len || !memcmp(a.s, b.s, a.len));
}

static bool same_object(const struct raw_object *a, const struct raw_object *b)
{
	return a->ptr == b->ptr && a->ptr_kind == b->ptr_kind &&
	       same_slice(a->call_site, b->call_site) && same_slice(a->name, b->name) &&
	       same_slice(a->gfp, b->gfp) && a->bytes_req == b->bytes_req &&
	       a->bytes_alloc == b->bytes_alloc && a->node == b->node &&
	       a->accounted == b->accounted;
}

static bool same_event(const struct raw_event *a, const struct raw_event *b)
{
	if (a->time_ns != b->time_ns || a->pid != b->pid || a->cpu != b->cpu ||
	    a->type != b->type || a->irq != b->irq || !same_slice(a->comm, b->comm))
		return false;
	return (a->type != RAW_CACHE_ALLOC && a->type != RAW_CACHE_FREE) ||
	       same_object(&a->obj, &b->obj);
}

/* With what it remembers of earlier lines, and knowing none. */
static void compare_line(struct ftrace_parser *old, const struct text_line *line)
{
	struct raw_event a, b;
	struct ftrace_parser fresh;
	enum ftrace_line x, y;

	must(!ftrace_parser_init(&fresh), "no memory");
	x = ftrace_text_parse(old, line->s, line->len, &a);
	y = ftrace_text_parse(&fresh, line->s, line->len, &b);
	must(x == y, "kind of a line depends on the lines before");
	must(x != FTRACE_EVENT || same_event(&a, &b), "an event depends on the lines before");
	must(x != FTRACE_LOST || old->lost == fresh.lost, "a count depends on the lines before");
	ftrace_parser_destroy(&fresh);
}

static void compare_lines(const uint8_t *data, size_t size)
{
	struct ftrace_parser parser;
	struct text_stream stream;
	struct text_line line;
	struct diag d;
	u32 n = 0;

	diag_init(&d);
	must(!ftrace_parser_init(&parser), "no memory");
	if (!text_stream_memory(&stream, data, size, "fuzz", &d)) {
		while (text_stream_next(&stream, &line) == 1)
			if (!line.overlong && line.len && *line.s != '#' && n++ < COMPARED_LINES)
				compare_line(&parser, &line);
		text_stream_close(&stream);
	}
	ftrace_parser_destroy(&parser);
	diag_free(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	import_as(data, size, false);
	if (size && data[size / 2] & 1)
		import_as(data, size, true);
	else
		compare_lines(data, size);
	return 0;
}
