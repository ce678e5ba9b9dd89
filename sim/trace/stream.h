/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of a text that may be compressed: plain, gzip or zstd, told apart by their first bytes.
 *
 * A line is a slice of the stream's buffer and lives until the next one is asked for. Behind it
 * STREAM_SLACK bytes may be read (not used), so that a parser can load words without looking where
 * the line ends. What is cut off (no end of line, an unfinished or damaged .gz or .zst) is not
 * delivered; everything up to the last whole line is.
 */
#ifndef SIM_TRACE_STREAM_H
#define SIM_TRACE_STREAM_H

#include <string.h>

#include "engine/diag.h"

#define STREAM_SLACK 64
#define STREAM_LONGEST_LINE (64U << 10)

struct text_line {
	const char *s; /* without \n and \r\n */
	u32 len;
	bool overlong; /* longer than STREAM_LONGEST_LINE: passed over, len is 0 */
};

struct stream_source;

struct text_stream {
	const char *cur, *end; /* what is buffered and not yet delivered */
	u64 line; /* number of the line delivered last, from 1 */
	bool truncated;
	const char *why; /* why it ends early; static text */
	struct stream_source *source;
};

/* 0, or a negative errno with the reason in d: a missing file is an input error, not a system one. */
int text_stream_open(struct text_stream *s, const char *path, struct diag *d);
/* The same from memory, which must outlive the stream; name stands for a path in messages. */
int text_stream_memory(struct text_stream *s, const void *buf, size_t len, const char *name,
		       struct diag *d);
void text_stream_close(struct text_stream *s);

/* The first bytes of the text (up to some KiB), not consumed: what kind of file is this? */
struct text_line text_stream_peek(struct text_stream *s);

/* Slow path of text_stream_next(). */
int text_stream_refill(struct text_stream *s, struct text_line *line);

/* 1: a line, 0: the end, negative errno: the disk failed (reason in the diag of the opening). */
static inline int text_stream_next(struct text_stream *s, struct text_line *line)
{
	const char *nl = memchr(s->cur, '\n', (size_t)(s->end - s->cur));
	size_t len;

	if (unlikely(!nl))
		return text_stream_refill(s, line);
	len = (size_t)(nl - s->cur);
	if (unlikely(len > STREAM_LONGEST_LINE))
		return text_stream_refill(s, line);
	line->s = s->cur;
	line->len = (u32)(len - (len && nl[-1] == '\r'));
	line->overlong = false;
	s->cur = nl + 1;
	s->line++;
	return 1;
}

#endif
