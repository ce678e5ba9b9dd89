/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What every reader of one input file shares: where its memory comes from and where its messages
 * go. Errors do not stop a reader; it goes on with what it has, and the caller looks at the count
 * once at the end. The messages go out then, in the order of the file, whatever was read first. A
 * file that is wrong all over is cut off after MAX_INPUT_ERRORS.
 */
#ifndef SIM_SCENARIO_INPUT_H
#define SIM_SCENARIO_INPUT_H

#include "engine/arena.h"
#include "engine/diag.h"

#define MAX_INPUT_ERRORS 100
#define MAX_INPUT_BYTES (16U << 20)

struct input_message {
	struct src_pos pos;
	const char *text;
	u32 nr;
};

struct input {
	struct arena *arena; /* owns all that is read */
	struct diag *d;
	struct input_message messages[MAX_INPUT_ERRORS];
	u32 nr_errors;
	bool oom;
};

/* Keeps a message for input_finish(). Returns -EINVAL. */
int input_error(struct input *in, struct src_pos pos, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* No further message would be shown: what costs time only to complain may stop. */
static inline bool input_full(const struct input *in)
{
	return in->nr_errors >= MAX_INPUT_ERRORS;
}

void input_oom(struct input *in);
/* 0, -EINVAL or -ENOMEM: how the reading went, errors counted since before. */
int input_status(const struct input *in, u32 before);
/* Hands the messages to d, by place; returns the status of the whole. */
int input_finish(struct input *in);

/* Zeroed memory of the arena; NULL with a message when out of memory. */
void *input_alloc(struct input *in, size_t n, size_t size);
/* arena_printf that never returns NULL: for messages and for names checked by oom at the end. */
const char *input_printf(struct input *in, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A file's bytes (malloc'ed, the caller frees) or NULL with a message. */
char *input_read_file(struct input *in, const char *path, size_t *len);

/* Text between quotes for a message: cut after 40 bytes, control characters replaced. */
const char *input_quote(struct input *in, const char *text);
/* "12:5", or with the file if that is another than the one the message is about. */
const char *input_place(struct input *in, struct src_pos pos, const char *file);
/* "; did you mean 'x'?", or "" */
const char *input_hint(struct input *in, const char *word, const char *const *names);
/* "a, b, c" of a NULL-terminated list */
const char *input_join(struct input *in, const char *const *names);

#endif
