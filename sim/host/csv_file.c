// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/csv_file.h"

#include "trace/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS 256
#define MAX_ROWS 1000000

/* Takes the next field off *p; its text in the arena. NULL: it is damaged, *why says how; or out of memory, why NULL. */
static const char *next_field(const char **p, const char *end, struct arena *arena,
			      const char **why)
{
	const char *at = *p;
	char *text = arena_alloc(arena, (size_t)(end - at) + 1);
	size_t n = 0;

	*why = NULL;
	if (!text)
		return NULL;
	if (at == end || *at != '"') {
		while (at < end && *at != ',') {
			if (*at == '"' || !*at) {
				*why = "a quote or a zero byte inside a field";
				return NULL;
			}
			text[n++] = *at++;
		}
		*p = at;
		return text;
	}
	for (at++; at < end; at++) {
		if (*at == '"' && (at + 1 == end || at[1] != '"'))
			break;
		at += *at == '"';
		if (!*at)
			break;
		text[n++] = *at;
	}
	if (at >= end || *at != '"' || (at + 1 < end && at[1] != ',')) {
		*why = "a quoted field does not end before a comma";
		return NULL;
	}
	*p = at + 1;
	return text;
}

struct reader {
	struct csv_file *f;
	struct arena *arena;
	struct diag *d;
	const char *fields[MAX_COLUMNS];
	u32 cap;
};

/* The fields of a line; their number, or negative with a message. */
static int split(struct reader *r, const struct text_line *line, u32 number)
{
	const char *p = line->s, *end = line->s + line->len, *why;
	struct src_pos pos = {r->f->path, number, 0};
	u32 n = 0;

	for (;;) {
		if (n == MAX_COLUMNS)
			return diag_at(r->d, pos, "more than %u columns", MAX_COLUMNS);
		r->fields[n] = next_field(&p, end, r->arena, &why);
		if (!r->fields[n++])
			return why ? diag_at(r->d, pos, "%s", why)
				   : diag_error(r->d, DIAG_SYSTEM, "%s: out of memory", r->f->path);
		if (p == end)
			return (int)n;
		p++; /* the comma */
	}
}

/* Room for one more row: doubled, the old one stays in the arena. */
static int grow(struct reader *r)
{
	struct csv_file *f = r->f;
	u32 cap = r->cap ? 2 * r->cap : 64;
	const char **cells;
	u32 *lines;

	if (f->nr_rows < r->cap)
		return 0;
	cells = arena_array(r->arena, (size_t)cap * f->nr_columns, sizeof(*cells));
	lines = arena_array(r->arena, cap, sizeof(*lines));
	if (!cells || !lines)
		return -ENOMEM;
	if (f->nr_rows) {
		memcpy(cells, f->cells, sizeof(*cells) * f->nr_rows * f->nr_columns);
		memcpy(lines, f->lines, sizeof(*lines) * f->nr_rows);
	}
	f->cells = cells;
	f->lines = lines;
	r->cap = cap;
	return 0;
}

static int add_line(struct reader *r, const struct text_line *line, u32 number)
{
	struct csv_file *f = r->f;
	int n;

	if (line->overlong)
		return diag_at(r->d, (struct src_pos){f->path, number, 0}, "the line is too long");
	if (!line->len)
		return 0;
	n = split(r, line, number);
	if (n < 0)
		return n;
	if (!f->head) {
		f->nr_columns = (u32)n;
		f->head = arena_array(r->arena, (size_t)n, sizeof(*f->head));
		if (!f->head)
			return diag_error(r->d, DIAG_SYSTEM, "%s: out of memory", f->path);
		memcpy(f->head, r->fields, (size_t)n * sizeof(*f->head));
		return 0;
	}
	if ((u32)n != f->nr_columns)
		return diag_at(r->d, (struct src_pos){f->path, number, 0},
			       "%d fields, but the head line has %u", n, f->nr_columns);
	if (f->nr_rows == MAX_ROWS)
		return diag_at(r->d, (struct src_pos){f->path, number, 0}, "more than %u rows",
			       MAX_ROWS);
	if (grow(r))
		return diag_error(r->d, DIAG_SYSTEM, "%s: out of memory", f->path);
	memcpy(f->cells + (size_t)f->nr_rows * f->nr_columns, r->fields,
	       (size_t)n * sizeof(*f->cells));
	f->lines[f->nr_rows++] = number;
	return 0;
}

static int read_all(struct csv_file *f, struct text_stream *s, struct arena *arena, struct diag *d)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct text_line line;
	int ret;

	if (!r)
		return diag_error(d, DIAG_SYSTEM, "%s: out of memory", f->path);
	r->f = f;
	r->arena = arena;
	r->d = d;
	while ((ret = text_stream_next(s, &line)) > 0) {
		/* UTF-8, as some spreadsheets write it */
		if (s->line == 1 && line.len >= 3 && !memcmp(line.s, "\xef\xbb\xbf", 3)) {
			line.s += 3;
			line.len -= 3;
		}
		ret = add_line(r, &line, (u32)s->line);
		if (ret)
			break;
	}
	if (!ret && s->truncated)
		ret = diag_error(d, DIAG_INPUT, "%s: cut off: %s", f->path, s->why);
	if (!ret && !f->head)
		ret = diag_error(d, DIAG_INPUT, "%s: empty: a CSV file has a head line", f->path);
	free(r);
	return ret;
}

int csv_file_read(struct csv_file *f, const char *path, struct arena *arena, struct diag *d)
{
	struct text_stream s;
	int ret = text_stream_open(&s, path, d);

	*f = (struct csv_file){.path = path};
	if (ret)
		return ret;
	ret = read_all(f, &s, arena, d);
	text_stream_close(&s);
	return ret;
}

int csv_file_parse(struct csv_file *f, const char *name, const char *text, size_t len,
		   struct arena *arena, struct diag *d)
{
	struct text_stream s;
	int ret = text_stream_memory(&s, text, len, name, d);

	*f = (struct csv_file){.path = name};
	if (ret)
		return ret;
	ret = read_all(f, &s, arena, d);
	text_stream_close(&s);
	return ret;
}

int csv_file_column(const struct csv_file *f, const char *name)
{
	for (u32 i = 0; i < f->nr_columns; i++)
		if (!strcmp(f->head[i], name))
			return (int)i;
	return -1;
}

const char *csv_file_cell(const struct csv_file *f, u32 row, int column)
{
	return f->cells[(size_t)row * f->nr_columns + (u32)column];
}
