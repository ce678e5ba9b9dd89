// SPDX-License-Identifier: GPL-3.0-or-later
#include "trace/slabinfo.h"

#include "trace/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SLABINFO_BYTES (16 << 20)

/* "name active num objsize objperslab pagesperslab : ..." */
static int parse_line(struct slabinfo_line *out, char *line, struct arena *arena)
{
	unsigned long long v[5];
	char *save, *name = strtok_r(line, " \t", &save);

	if (!name)
		return -EINVAL;
	for (u32 i = 0; i < 5; i++) {
		char *word = strtok_r(NULL, " \t", &save), *end;

		if (!word || *word < '0' || *word > '9')
			return -EINVAL;
		errno = 0;
		v[i] = strtoull(word, &end, 10);
		if (*end || errno)
			return -EINVAL;
	}
	if (v[0] > v[1] || v[1] > 1ULL << 40 || !v[2] || v[2] > 1 << 25 || !v[3] || v[3] > 32767 ||
	    !v[4] || v[4] > 1024 || (v[4] & (v[4] - 1)))
		return -EINVAL;
	*out = (struct slabinfo_line){
		.cache = arena_strdup(arena, name),
		.active_objs = v[0],
		.num_objs = v[1],
		.objsize = (u32)v[2],
		.objperslab = (u32)v[3],
		.pagesperslab = (u32)v[4],
	};
	return out->cache ? 0 : -ENOMEM;
}

static u32 count_lines(const char *text)
{
	u32 n = 1;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

int slabinfo_parse(struct slabinfo_file *out, const char *name, const char *text, size_t len,
		   struct arena *arena, struct diag *d)
{
	char *copy = arena_strndup(arena, text, len), *rest = copy, *line;
	u32 nr = 0, max = copy ? count_lines(copy) : 0;

	*out = (struct slabinfo_file){.lines = arena_array(arena, max, sizeof(*out->lines))};
	if (!copy || !out->lines)
		return diag_error(d, DIAG_SYSTEM, "%s: out of memory", name);
	if (strncmp(copy, "slabinfo - version: 2", 21))
		return diag_error(
			d, DIAG_INPUT,
			"%s: not a /proc/slabinfo (it begins with \"slabinfo - version: 2.1\")",
			name);
	while ((line = strsep(&rest, "\n"))) {
		nr++;
		if (nr == 1 || !*line || *line == '#')
			continue;
		if (parse_line(&out->lines[out->n], line, arena))
			return diag_at(d, (struct src_pos){name, nr, 0},
				       "damaged line: a slabinfo line has a name and five numbers");
		out->n++;
	}
	return 0;
}

/* Whole lines of the stream, each with its end, into text. Their length; negative with a message. */
static ssize_t read_lines(struct text_stream *s, char *text, const char *path, struct diag *d)
{
	struct text_line line;
	size_t len = 0;
	int ret;

	while ((ret = text_stream_next(s, &line)) > 0) {
		if (line.overlong || len + line.len + 1 >= MAX_SLABINFO_BYTES)
			return diag_error(d, DIAG_INPUT, "%s: too large for a slabinfo", path);
		memcpy(text + len, line.s, line.len);
		len += line.len;
		text[len++] = '\n';
	}
	if (!ret && s->truncated)
		return diag_error(d, DIAG_INPUT, "%s: cut off: %s", path, s->why);
	return ret ? ret : (ssize_t)len;
}

int slabinfo_read(struct slabinfo_file *out, const char *path, struct arena *arena, struct diag *d)
{
	struct text_stream s;
	int ret = text_stream_open(&s, path, d);
	ssize_t len;
	char *text;

	if (ret)
		return ret;
	text = malloc(MAX_SLABINFO_BYTES);
	len = text ? read_lines(&s, text, path, d)
		   : diag_error(d, DIAG_SYSTEM, "%s: out of memory", path);
	ret = len < 0 ? (int)len : slabinfo_parse(out, path, text, (size_t)len, arena, d);
	text_stream_close(&s);
	free(text);
	return ret;
}
