/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Messages about input that is wrong, collected so that a user sees all of them at once.
 *
 * Every function that reads outside data takes a struct diag and returns 0 or a negative errno;
 * the text is in the diag. Only sim/cmd prints it (to stderr) and turns it into an exit code:
 * DIAG_INPUT -> 2, DIAG_SYSTEM (I/O, memory, too large for this machine, interrupted) -> 3.
 */
#ifndef SIM_ENGINE_DIAG_H
#define SIM_ENGINE_DIAG_H

#include "engine/base.h"

enum diag_class {
	DIAG_NONE = 0,
	DIAG_INPUT = 2,
	DIAG_SYSTEM = 3,
};

/* Where in the input; line and col count from 1, 0 = not known. file may be "--set". */
struct src_pos {
	const char *file;
	u32 line;
	u32 col;
};

struct diag {
	char *text; /* whole lines, each ending in \n */
	size_t len, cap;
	u32 nr_errors;
	u32 nr_warnings;
	enum diag_class worst;
};

void diag_init(struct diag *d);
void diag_free(struct diag *d);

/* "file:line:col: message\n" (parts that are 0 are left out); counts an input error; returns -EINVAL. */
int diag_at(struct diag *d, struct src_pos pos, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* "message\n" without a place; cls says which exit code it leads to; returns -EINVAL or -EIO. */
int diag_error(struct diag *d, enum diag_class cls, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* "warning: ..." with a place if pos.file is set; never changes the exit code. */
void diag_warn(struct diag *d, struct src_pos pos, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds all messages of another one. */
void diag_merge(struct diag *d, const struct diag *other);

/* The nearest of names (NULL-terminated) to word by edit distance, or NULL if none is near. */
const char *nearest_name(const char *word, const char *const *names);

#endif
