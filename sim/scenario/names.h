/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names of one list (variants, mounts, cgroups, workloads): each once, found by bisection.
 */
#ifndef SIM_SCENARIO_NAMES_H
#define SIM_SCENARIO_NAMES_H

#include "scenario/input.h"

struct named {
	const char *name; /* NULL: was wrong, and is left out */
	struct src_pos pos;
	u32 i; /* place in the list */
};

struct names {
	struct named *sorted;
	u32 n;
};

/* Takes over list (arena, n entries) and reports names that stand there twice. */
void names_index(struct input *in, struct names *names, struct named *list, u32 n,
		 const char *what);
/* NULL if there is no such name. */
const struct named *names_find(const struct names *names, const char *name, size_t len);
/* "; did you mean 'x'?", or "" */
const char *names_hint(struct input *in, const struct names *names, const char *word);

#endif
