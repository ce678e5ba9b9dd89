// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Lines go through the parser into the builder; what is no trace at all is told what it looks like.
 */
#include "trace/import.h"

#include <errno.h>
#include <inttypes.h>

#include "trace/ftrace_text.h"
#include "trace/stream.h"

/* So many lines without an event, and it is not a trace. */
#define PATIENCE 1000

struct import {
	struct text_stream stream;
	struct ftrace_parser parser;
	struct trace_builder *builder;
	struct trace_stats *stats;
	const struct trace_import_opts *opts;
	const char *name;
	const char *first_why; /* of the first damaged line */
	u64 tried; /* lines that are no comments */
	struct diag *d;
};

/* ---- what else it may be ---- */

static const struct {
	const char *magic;
	u32 len;
	const char *what;
} foreign[] = {
	{"\x17\x08\x44tracing", 10,
	 "looks like a trace-cmd .dat file: this build reads the text of tracefs 'trace'; convert "
	 "with `trace-cmd report -t FILE > trace.txt`"},
	{"PERFILE2", 8, "looks like a perf.data file; convert with `perf script > trace.txt`"},
	{"\x7f"
	 "ELF",
	 4, "looks like an ELF binary"},
	{"\xfd"
	 "7zXZ",
	 5, "looks like an .xz file; unpack it first (plain, .gz and .zst are read)"},
	{"BZh", 3, "looks like a .bz2 file; unpack it first (plain, .gz and .zst are read)"},
	{"\x04\x22\x4d\x18", 4,
	 "looks like an .lz4 file; unpack it first (plain, .gz and .zst are read)"},
	{"PK\x03\x04", 4, "looks like a .zip archive; unpack it first"},
	{"\x1f\x8b", 2, "is compressed twice; unpack it once"},
	{"\x28\xb5\x2f\xfd", 4, "is compressed twice; unpack it once"},
	{"%YAML", 5, "looks like YAML"},
	{"slabinfo - version", 18, "looks like /proc/slabinfo"},
};

static const char *what_is(struct text_line start)
{
	u32 odd = 0;

	for (u32 i = 0; i < ARRAY_SIZE(foreign); i++)
		if (start.len >= foreign[i].len &&
		    !memcmp(start.s, foreign[i].magic, foreign[i].len))
			return foreign[i].what;
	for (u32 i = 0; i < start.len; i++) {
		u8 c = (u8)start.s[i];

		odd += (c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7f;
	}
	/* A tenth, so that a trace with a damaged block in front is still read. */
	return odd > start.len / 10 ? "looks like a binary file, not like the text of a trace"
				    : NULL;
}

static int not_a_trace(struct import *im)
{
	if (im->tried)
		return diag_error(
			im->d, DIAG_INPUT,
			"%s: is not a trace: no event among its first %" PRIu64
			" lines (wanted: the text of tracefs 'trace', of trace-cmd report or "
			"of perf script)",
			im->name, im->tried);
	return diag_error(im->d, DIAG_INPUT, "%s: %s", im->name,
			  im->stream.truncated ? im->stream.why
			  : im->stats->lines   ? "holds no event"
					       : "is empty");
}

/* ---- lines ---- */

static struct src_pos at_line(const struct import *im, u64 line)
{
	u64 shown = min_of(line, (u64)UINT32_MAX);

	return (struct src_pos){.file = im->name, .line = (u32)shown};
}

static int strict_error(struct import *im)
{
	return diag_at(im->d, at_line(im, im->stats->first_damaged_line), "damaged line: %s",
		       im->first_why);
}

static int damaged_line(struct import *im, const char *why)
{
	if (!im->stats->damaged++) {
		im->stats->first_damaged_line = im->stream.line;
		im->first_why = why;
	}
	/* Before the first event it may as well be no trace at all, which is said otherwise. */
	return im->opts->strict && im->stats->events ? strict_error(im) : 0;
}

static int add_event(struct import *im, const struct raw_event *ev)
{
	int ret;

	if (unlikely(im->stats->damaged) && im->opts->strict)
		return strict_error(im);
	ret = trace_builder_add(im->builder, ev);
	if (ret == -EINVAL)
		return damaged_line(im, "no task can have this pid");
	if (ret == -E2BIG)
		return diag_at(im->d, at_line(im, im->stream.line),
			       "too many slab caches, cgroup hierarchies or events");
	if (ret)
		diag_error(im->d, DIAG_SYSTEM, "%s: out of memory", im->name);
	return ret;
}

static inline int import_line(struct import *im, const struct text_line *line, struct raw_event *ev)
{
	if (unlikely(line->overlong)) {
		im->tried++;
		return damaged_line(im, "longer than 64 KiB");
	}
	switch (ftrace_text_parse(&im->parser, line->s, line->len, ev)) {
	case FTRACE_EVENT:
		im->tried++;
		return add_event(im, ev);
	case FTRACE_LOST:
		im->stats->lost_events += im->parser.lost;
		return 0;
	case FTRACE_COMMENT:
		return 0;
	default:
		im->tried++;
		return damaged_line(im, im->parser.why);
	}
}

static int import_lines(struct import *im)
{
	struct raw_event ev;
	struct text_line line;
	int ret;

	while ((ret = text_stream_next(&im->stream, &line)) == 1) {
		int failed = import_line(im, &line, &ev);

		if (unlikely(failed))
			return failed;
		if (unlikely(im->tried == PATIENCE) && !im->stats->events)
			return not_a_trace(im);
		im->stats->lines++;
	}
	if (ret < 0)
		return ret;
	return im->stats->events ? 0 : not_a_trace(im);
}

static int warn_of_damage(struct import *im)
{
	const struct trace_stats *st = im->stats;

	if (im->stream.truncated) {
		if (im->opts->strict)
			return diag_at(im->d, at_line(im, im->stream.line),
				       "the recording ends here: %s", im->stream.why);
		im->stats->truncated = true;
		diag_warn(im->d, at_line(im, im->stream.line),
			  "the recording ends here: %s; read up to this line", im->stream.why);
	}
	if (st->damaged)
		diag_warn(im->d, at_line(im, st->first_damaged_line),
			  "%" PRIu64 " damaged lines were left out; this is the first: %s",
			  st->damaged, im->first_why);
	return 0;
}

static int import_stream(struct import *im, struct trace *out)
{
	const char *what = what_is(text_stream_peek(&im->stream));
	int ret;

	if (what)
		return diag_error(im->d, DIAG_INPUT, "%s: %s", im->name, what);
	im->builder = trace_builder_new(im->opts, im->name);
	if (!im->builder || ftrace_parser_init(&im->parser)) {
		trace_builder_free(im->builder);
		diag_error(im->d, DIAG_SYSTEM, "%s: out of memory", im->name);
		return -ENOMEM;
	}
	im->stats = trace_builder_stats(im->builder);
	ret = import_lines(im);
	if (!ret)
		ret = warn_of_damage(im);
	if (!ret)
		ret = trace_builder_finish(im->builder, out, im->d);
	ftrace_parser_destroy(&im->parser);
	trace_builder_free(im->builder);
	return ret;
}

int trace_import_text(struct trace *out, const char *path, const struct trace_import_opts *opts,
		      struct diag *d)
{
	static const struct trace_import_opts defaults;
	struct import im = {.opts = opts ? opts : &defaults, .name = path, .d = d};
	int ret = text_stream_open(&im.stream, path, d);

	*out = (struct trace){.nr_records = 0};
	if (ret)
		return ret;
	ret = import_stream(&im, out);
	text_stream_close(&im.stream);
	return ret;
}

int trace_import_memory(struct trace *out, const void *buf, size_t len, const char *name,
			const struct trace_import_opts *opts, struct diag *d)
{
	static const struct trace_import_opts defaults;
	struct import im = {.opts = opts ? opts : &defaults, .name = name, .d = d};
	int ret = text_stream_memory(&im.stream, buf, len, name, d);

	*out = (struct trace){.nr_records = 0};
	if (ret)
		return ret;
	ret = import_stream(&im, out);
	text_stream_close(&im.stream);
	return ret;
}
