// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A source gives bytes (a file, or memory), a format turns them into text, and the text stands in
 * one buffer from which text_stream_next() cuts lines. A file is read(), not mapped: a file that
 * shrinks while it is read must end the text, not the program.
 */
#include "trace/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define TEXT_BLOCK (256U << 10) /* stays in the second-level cache between read and parse */
#define RAW_BLOCK (128U << 10)
#define TEXT_ROOM (STREAM_LONGEST_LINE + 2 + TEXT_BLOCK)
#define PEEK_BYTES 4096

enum stream_format {
	STREAM_PLAIN = 0,
	STREAM_GZIP,
	STREAM_ZSTD,
};

struct stream_source {
	const char *name;
	struct diag *diag;
	int fd; /* -1: memory */
	const char *mem; /* memory not yet read */
	size_t mem_left;
	int error; /* negative errno of a failed read */

	enum stream_format format;
	z_stream gz;
	bool gz_open; /* inflateInit2() was done */
	bool unit_open; /* inside a gzip member or a zstd frame */
	ZSTD_DCtx *zstd;

	size_t raw_pos, raw_len; /* bytes of raw[] not yet decoded */
	bool at_end; /* the format delivers no more */
	bool direct; /* lines are cut from the caller's memory, text[] is not in use */
	char raw[RAW_BLOCK];
	char text[TEXT_ROOM + STREAM_SLACK];
};

/* read(2) or its like from memory: bytes, 0 at the end, negative errno. */
static ssize_t source_read(struct stream_source *src, char *to, size_t room)
{
	ssize_t n;

	if (src->fd < 0) {
		size_t take = min_of(room, src->mem_left);

		if (!take)
			return 0;
		memcpy(to, src->mem, take);
		src->mem += take;
		src->mem_left -= take;
		return (ssize_t)take;
	}
	do
		n = read(src->fd, to, room);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Makes raw[] hold something; false at the end or on an error. */
static bool raw_fill(struct stream_source *src)
{
	ssize_t n;

	if (src->raw_pos < src->raw_len)
		return true;
	n = source_read(src, src->raw, RAW_BLOCK);
	src->raw_pos = 0;
	src->raw_len = n > 0 ? (size_t)n : 0;
	if (n < 0)
		src->error = (int)n;
	return n > 0;
}

static size_t plain_read(struct stream_source *src, char *to, size_t room)
{
	size_t have = src->raw_len - src->raw_pos;
	ssize_t n;

	if (have) {
		size_t take = min_of(have, room);

		memcpy(to, src->raw + src->raw_pos, take);
		src->raw_pos += take;
		return take;
	}
	n = source_read(src, to, room);
	if (n < 0)
		src->error = (int)n;
	return n > 0 ? (size_t)n : 0;
}

/* One step of inflate: false when the stream of members is over, in order or not. */
static bool gzip_step(struct stream_source *src, const char **why)
{
	int ret;

	src->gz.next_in = (Bytef *)(src->raw + src->raw_pos);
	src->gz.avail_in = (uInt)(src->raw_len - src->raw_pos);
	ret = inflate(&src->gz, Z_NO_FLUSH);
	src->raw_pos = src->raw_len - src->gz.avail_in;
	if (ret == Z_STREAM_END) {
		src->unit_open = false;
		/* Members may follow one another (cat a.gz b.gz); zeros behind are padding. */
		if (!raw_fill(src) || (u8)src->raw[src->raw_pos] != 0x1f)
			return false;
		src->unit_open = true;
		return inflateReset(&src->gz) == Z_OK;
	}
	if (ret == Z_OK || ret == Z_BUF_ERROR)
		return true;
	if (ret == Z_MEM_ERROR)
		src->error = -ENOMEM;
	else
		*why = "damaged gzip data";
	return false;
}

static size_t gzip_read(struct stream_source *src, char *to, size_t room, const char **why)
{
	src->gz.next_out = (Bytef *)to;
	src->gz.avail_out = (uInt)room;
	while (src->gz.avail_out) {
		bool more = raw_fill(src);
		uInt before = src->gz.avail_out;

		if (!gzip_step(src, why)) {
			src->at_end = true;
			break;
		}
		/* At the end of the file the decoder may still hold text that did not fit. */
		if (!more && src->gz.avail_out == before) {
			if (src->unit_open && !src->error)
				*why = "the .gz file is cut off";
			break;
		}
	}
	return room - src->gz.avail_out;
}

static void zstd_failed(struct stream_source *src, ZSTD_ErrorCode code, const char **why)
{
	src->at_end = true;
	if (code == ZSTD_error_memory_allocation)
		src->error = -ENOMEM;
	else if (code == ZSTD_error_frameParameter_windowTooLarge)
		*why = "zstd data with a window above 128 MiB (compressed with --long)";
	else
		*why = "damaged zstd data";
}

static size_t zstd_read(struct stream_source *src, char *to, size_t room, const char **why)
{
	ZSTD_outBuffer out = {.dst = to, .size = room};

	while (out.pos < out.size) {
		bool more = raw_fill(src);
		ZSTD_inBuffer in = {.src = src->raw, .size = src->raw_len, .pos = src->raw_pos};
		size_t before = out.pos, ret;

		ret = ZSTD_decompressStream(src->zstd, &out, &in);
		src->raw_pos = in.pos;
		if (ZSTD_isError(ret)) {
			zstd_failed(src, ZSTD_getErrorCode(ret), why);
			break;
		}
		if (in.pos || out.pos > before)
			src->unit_open = ret != 0;
		if (!more && out.pos == before) {
			if (src->unit_open && !src->error)
				*why = "the .zst file is cut off";
			break;
		}
	}
	return out.pos;
}

/* Up to room bytes of text; fewer only at the end. */
static size_t text_read(struct text_stream *s, char *to, size_t room)
{
	struct stream_source *src = s->source;
	const char *why = NULL;
	size_t n = 0;

	while (n < room && !src->at_end && !src->error) {
		size_t got = src->format == STREAM_GZIP	  ? gzip_read(src, to + n, room - n, &why)
			     : src->format == STREAM_ZSTD ? zstd_read(src, to + n, room - n, &why)
							  : plain_read(src, to + n, room - n);

		if (!got)
			src->at_end = true;
		n += got;
	}
	if (why && !s->truncated) {
		s->truncated = true;
		s->why = why;
	}
	return n;
}

/* Moves what is left to the front of text[] and reads behind it. False: nothing was added. */
static bool text_more(struct text_stream *s)
{
	struct stream_source *src = s->source;
	size_t left = (size_t)(s->end - s->cur), n;

	if (src->direct) {
		/* The caller's memory ends here; its tail is read into text[] like any source. */
		src->mem = s->cur;
		src->mem_left += left;
		src->direct = false;
		left = 0;
	}
	memmove(src->text, s->cur, left);
	n = text_read(s, src->text + left, TEXT_ROOM - left);
	memset(src->text + left + n, 0, STREAM_SLACK);
	s->cur = src->text;
	s->end = src->text + left + n;
	return n > 0;
}

/* Passes over the rest of a line that is too long. */
static int skip_line(struct text_stream *s, struct text_line *line)
{
	*line = (struct text_line){.s = s->cur, .overlong = true};
	s->line++;
	for (;;) {
		const char *nl = memchr(s->cur, '\n', (size_t)(s->end - s->cur));

		if (nl) {
			s->cur = nl + 1;
			return 1;
		}
		s->cur = s->end;
		if (!text_more(s))
			return 1;
	}
}

static int read_failed(struct text_stream *s)
{
	struct stream_source *src = s->source;
	int error = src->error;

	if (error == -EISDIR) {
		diag_error(src->diag, DIAG_INPUT, "%s: is a directory", src->name);
		return -EINVAL;
	}
	diag_error(src->diag, DIAG_SYSTEM, "%s: cannot read: %s", src->name, strerror(-error));
	return error;
}

int text_stream_refill(struct text_stream *s, struct text_line *line)
{
	for (;;) {
		const char *nl = memchr(s->cur, '\n', (size_t)(s->end - s->cur));
		size_t have = (size_t)((nl ? nl : s->end) - s->cur);

		if (have > STREAM_LONGEST_LINE)
			return skip_line(s, line);
		if (nl)
			return text_stream_next(s, line);
		if (!text_more(s))
			break;
	}
	if (s->source->error)
		return read_failed(s);
	if (s->cur < s->end && !s->truncated) {
		s->truncated = true;
		s->why = "its last line has no end";
	}
	s->cur = s->end;
	return 0;
}

static int detect_format(struct stream_source *src)
{
	const u8 *raw = (const u8 *)src->raw;

	if (!raw_fill(src))
		return src->error;
	if (src->raw_len >= 2 && raw[0] == 0x1f && raw[1] == 0x8b) {
		src->format = STREAM_GZIP;
		/* 15 + 16: the largest window, a gzip header. */
		if (inflateInit2(&src->gz, 15 + 16) != Z_OK)
			return -ENOMEM;
		src->gz_open = src->unit_open = true;
	} else if (src->raw_len >= 4 &&
		   (!memcmp(raw, "\x28\xb5\x2f\xfd", 4) ||
		    ((raw[0] & 0xf0) == 0x50 && !memcmp(raw + 1, "\x2a\x4d\x18", 3)))) {
		src->format = STREAM_ZSTD;
		src->zstd = ZSTD_createDCtx();
		if (!src->zstd)
			return -ENOMEM;
	}
	return 0;
}

static struct stream_source *source_new(const char *name, struct diag *d)
{
	struct stream_source *src = malloc(sizeof(*src));

	if (!src) {
		diag_error(d, DIAG_SYSTEM, "%s: out of memory", name);
		return NULL;
	}
	/* Not the buffers: they are filled before they are read. */
	memset(src, 0, offsetof(struct stream_source, raw));
	src->name = name;
	src->diag = d;
	src->fd = -1;
	return src;
}

static int stream_start(struct text_stream *s, struct stream_source *src)
{
	int ret;

	*s = (struct text_stream){.source = src, .cur = src->text, .end = src->text};
	ret = detect_format(src);
	if (!ret)
		return 0;
	src->error = ret;
	ret = read_failed(s);
	text_stream_close(s);
	return ret;
}

int text_stream_open(struct text_stream *s, const char *path, struct diag *d)
{
	struct stream_source *src = source_new(path, d);

	if (!src)
		return -ENOMEM;
	src->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (src->fd < 0) {
		int err = errno;
		bool system = err == EMFILE || err == ENFILE || err == EIO || err == ENOMEM;

		diag_error(d, system ? DIAG_SYSTEM : DIAG_INPUT, "%s: %s", path, strerror(err));
		free(src);
		return -err;
	}
	return stream_start(s, src);
}

int text_stream_memory(struct text_stream *s, const void *buf, size_t len, const char *name,
		       struct diag *d)
{
	struct stream_source *src = source_new(name, d);
	const char *last = NULL;
	int ret;

	if (!src)
		return -ENOMEM;
	src->mem = buf;
	src->mem_left = len;
	ret = stream_start(s, src);
	if (ret || src->format != STREAM_PLAIN)
		return ret;
	/* Lines that have their slack behind them are cut where they stand. */
	if (len > STREAM_SLACK)
		last = memrchr(buf, '\n', len - STREAM_SLACK);
	if (last) {
		s->cur = buf;
		s->end = last + 1;
		src->direct = true;
	}
	src->raw_pos = src->raw_len;
	src->mem = last ? last + 1 : buf;
	src->mem_left = len - (size_t)(src->mem - (const char *)buf);
	return 0;
}

void text_stream_close(struct text_stream *s)
{
	struct stream_source *src = s->source;

	if (!src)
		return;
	if (src->fd >= 0)
		close(src->fd);
	if (src->gz_open)
		inflateEnd(&src->gz);
	ZSTD_freeDCtx(src->zstd);
	free(src);
	s->source = NULL;
}

struct text_line text_stream_peek(struct text_stream *s)
{
	size_t n;

	if (s->cur == s->end)
		text_more(s);
	n = min_of((size_t)(s->end - s->cur), (size_t)PEEK_BYTES);
	return (struct text_line){.s = s->cur, .len = (u32)n};
}
