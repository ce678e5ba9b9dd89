// SPDX-License-Identifier: GPL-3.0-or-later
#include "scenario/input.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUOTE_BYTES 40
#define MESSAGE_BYTES 1536

void input_oom(struct input *in)
{
	if (!in->oom)
		diag_error(in->d, DIAG_SYSTEM, "out of memory");
	in->oom = true;
}

int input_error(struct input *in, struct src_pos pos, const char *fmt, ...)
{
	u32 nr = in->nr_errors++;
	va_list ap;
	char *text;

	if (nr >= MAX_INPUT_ERRORS)
		return -EINVAL;
	text = arena_alloc(in->arena, MESSAGE_BYTES);
	if (!text)
		input_oom(in);
	if (text) {
		va_start(ap, fmt);
		vsnprintf(text, MESSAGE_BYTES, fmt, ap);
		va_end(ap);
	}
	in->messages[nr] = (struct input_message){pos, text ? text : "", nr};
	return -EINVAL;
}

int input_status(const struct input *in, u32 before)
{
	if (in->oom)
		return -ENOMEM;
	/* when full, errors are no longer counted */
	return in->nr_errors > before || input_full(in) ? -EINVAL : 0;
}

static int by_place(const void *a, const void *b)
{
	const struct input_message *x = a, *y = b;
	int order = strcmp(x->pos.file ? x->pos.file : "", y->pos.file ? y->pos.file : "");

	if (!order)
		order = (x->pos.line > y->pos.line) - (x->pos.line < y->pos.line);
	if (!order)
		order = (x->pos.col > y->pos.col) - (x->pos.col < y->pos.col);
	return order ? order : (x->nr > y->nr) - (x->nr < y->nr);
}

int input_finish(struct input *in)
{
	u32 n = min_of(in->nr_errors, (u32)MAX_INPUT_ERRORS);

	qsort(in->messages, n, sizeof(in->messages[0]), by_place);
	for (u32 i = 0; i < n; i++)
		diag_at(in->d, in->messages[i].pos, "%s", in->messages[i].text);
	/* some are not even counted: see input_full() */
	if (in->nr_errors >= MAX_INPUT_ERRORS)
		diag_at(in->d, (struct src_pos){NULL, 0, 0}, "too many errors: only %d are shown",
			MAX_INPUT_ERRORS);
	return input_status(in, 0);
}

void *input_alloc(struct input *in, size_t n, size_t size)
{
	void *p = arena_array(in->arena, n, size);

	if (!p)
		input_oom(in);
	return p;
}

const char *input_printf(struct input *in, const char *fmt, ...)
{
	va_list ap, again;
	char *p;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = n < 0 ? NULL : input_alloc(in, (size_t)n + 1, 1);
	if (p)
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p ? p : "";
}

/* One byte more than allowed lets yaml_parse() tell a file that is too large. */
char *input_read_file(struct input *in, const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *buf = f ? malloc(MAX_INPUT_BYTES + 1) : NULL;
	struct src_pos nowhere = {NULL, 0, 0};

	if (!f) {
		input_error(in, nowhere, "cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	if (!buf) {
		input_oom(in);
		fclose(f);
		return NULL;
	}
	errno = 0;
	*len = fread(buf, 1, MAX_INPUT_BYTES + 1, f);
	if (ferror(f)) {
		input_error(in, nowhere, "cannot read %s: %s", path, strerror(errno));
	} else {
		fclose(f);
		return buf;
	}
	fclose(f);
	free(buf);
	return NULL;
}

const char *input_quote(struct input *in, const char *text)
{
	size_t n = strnlen(text, QUOTE_BYTES + 1);
	bool cut = n > QUOTE_BYTES;
	char *p;

	if (cut)
		n = QUOTE_BYTES;
	/* not through the middle of a UTF-8 character */
	while (cut && n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	p = input_alloc(in, n + 6, 1);
	if (!p)
		return "";
	p[0] = '\'';
	for (size_t i = 0; i < n; i++)
		p[i + 1] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i];
	strcpy(p + n + 1, cut ? "...'" : "'");
	return p;
}

const char *input_place(struct input *in, struct src_pos pos, const char *file)
{
	bool same = pos.file == file || (pos.file && file && !strcmp(pos.file, file));

	if (!pos.col)
		return input_printf(in, "%s:%u", pos.file ? pos.file : "?", pos.line);
	if (same)
		return input_printf(in, "%u:%u", pos.line, pos.col);
	return input_printf(in, "%s:%u:%u", pos.file ? pos.file : "?", pos.line, pos.col);
}

const char *input_hint(struct input *in, const char *word, const char *const *names)
{
	/* every other letter is near to a single one */
	const char *near = *word && word[1] ? nearest_name(word, names) : NULL;

	return near ? input_printf(in, "; did you mean '%s'?", near) : "";
}

const char *input_join(struct input *in, const char *const *names)
{
	size_t len = 1;
	char *p, *end;

	for (const char *const *s = names; *s; s++)
		len += strlen(*s) + 2;
	p = end = input_alloc(in, len, 1);
	if (!p)
		return "";
	for (const char *const *s = names; *s; s++) {
		if (s != names)
			end = stpcpy(end, ", ");
		end = stpcpy(end, *s);
	}
	return p;
}
