// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void diag_init(struct diag *d)
{
	memset(d, 0, sizeof(*d));
}

void diag_free(struct diag *d)
{
	free(d->text);
	diag_init(d);
}

static void append(struct diag *d, const char *s, size_t n)
{
	if (d->len + n + 1 > d->cap) {
		size_t cap = max_of((d->len + n + 1) * 2, (size_t)512);
		char *text = realloc(d->text, cap);

		/* Out of memory while complaining: the counts still carry the exit code. */
		if (!text)
			return;
		d->text = text;
		d->cap = cap;
	}
	memcpy(d->text + d->len, s, n);
	d->len += n;
	d->text[d->len] = 0;
}

static void append_pos(struct diag *d, struct src_pos pos)
{
	char num[32];

	if (!pos.file)
		return;
	append(d, pos.file, strlen(pos.file));
	if (pos.line) {
		int n = pos.col ? snprintf(num, sizeof(num), ":%u:%u", pos.line, pos.col)
				: snprintf(num, sizeof(num), ":%u", pos.line);

		append(d, num, (size_t)n);
	}
	append(d, ": ", 2);
}

static void append_message(struct diag *d, const char *fmt, va_list ap)
{
	char buf[2048];
	int n = vsnprintf(buf, sizeof(buf), fmt, ap);

	if (n < 0)
		return;
	if ((size_t)n >= sizeof(buf))
		n = sizeof(buf) - 1;
	append(d, buf, (size_t)n);
	append(d, "\n", 1);
}

int diag_at(struct diag *d, struct src_pos pos, const char *fmt, ...)
{
	va_list ap;

	append_pos(d, pos);
	va_start(ap, fmt);
	append_message(d, fmt, ap);
	va_end(ap);
	d->nr_errors++;
	if (d->worst < DIAG_INPUT)
		d->worst = DIAG_INPUT;
	return -EINVAL;
}

int diag_error(struct diag *d, enum diag_class cls, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	append_message(d, fmt, ap);
	va_end(ap);
	d->nr_errors++;
	if (d->worst < cls)
		d->worst = cls;
	return cls == DIAG_SYSTEM ? -EIO : -EINVAL;
}

void diag_warn(struct diag *d, struct src_pos pos, const char *fmt, ...)
{
	va_list ap;

	append_pos(d, pos);
	append(d, "warning: ", 9);
	va_start(ap, fmt);
	append_message(d, fmt, ap);
	va_end(ap);
	d->nr_warnings++;
}

void diag_merge(struct diag *d, const struct diag *other)
{
	if (other->len)
		append(d, other->text, other->len);
	d->nr_errors += other->nr_errors;
	d->nr_warnings += other->nr_warnings;
	if (d->worst < other->worst)
		d->worst = other->worst;
}

/* Levenshtein distance with transpositions, of words up to 64 letters; longer ones are far. */
static u32 edit_distance(const char *a, const char *b)
{
	u32 row[3][66];
	size_t la = strlen(a), lb = strlen(b);

	if (la > 64 || lb > 64)
		return 64;
	for (size_t j = 0; j <= lb; j++)
		row[0][j] = (u32)j;
	for (size_t i = 1; i <= la; i++) {
		u32 *cur = row[i % 3], *prev = row[(i + 2) % 3], *prev2 = row[(i + 1) % 3];

		cur[0] = (u32)i;
		for (size_t j = 1; j <= lb; j++) {
			u32 change = prev[j - 1] + (a[i - 1] != b[j - 1]);
			u32 best = min_of(change, min_of(prev[j], cur[j - 1]) + 1);

			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = min_of(best, prev2[j - 2] + 1);
			cur[j] = best;
		}
	}
	return row[la % 3][lb];
}

const char *nearest_name(const char *word, const char *const *names)
{
	const char *best = NULL;
	u32 best_distance = (u32)strlen(word) / 3 + 2;

	for (; *names; names++) {
		size_t n = strlen(word);
		u32 distance = edit_distance(word, *names);

		/* A shortened word is near too: "accounting" for "acc". */
		if (n >= 3 && !strncasecmp(word, *names, n))
			distance = min_of(distance, 1U);
		if (distance < best_distance) {
			best_distance = distance;
			best = *names;
		}
	}
	return best;
}
