// SPDX-License-Identifier: GPL-3.0-or-later
#include "scenario/names.h"

#include <stdlib.h>
#include <string.h>

/* A hint is not worth comparing with more names than that. */
#define MAX_HINTS 1000

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->i > y->i) - (x->i < y->i);
}

void names_index(struct input *in, struct names *names, struct named *list, u32 n, const char *what)
{
	const struct named *first;
	u32 kept = 0;

	for (u32 i = 0; i < n; i++)
		if (list[i].name)
			list[kept++] = list[i];
	*names = (struct names){list, kept};
	if (!kept)
		return;
	qsort(list, kept, sizeof(*list), by_name);
	first = &list[0];
	for (u32 i = 1; i < kept; i++) {
		if (strcmp(list[i].name, first->name))
			first = &list[i];
		else if (!input_full(in))
			input_error(in, list[i].pos, "%s name '%s' is used twice; first at %s",
				    what, first->name,
				    input_place(in, first->pos, list[i].pos.file));
	}
}

const struct named *names_find(const struct names *names, const char *name, size_t len)
{
	u32 lo = 0, hi = names->n;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;
		const char *other = names->sorted[mid].name;
		int order = strncmp(other, name, len);

		if (!order && other[len])
			order = 1;
		if (!order)
			return &names->sorted[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const char *names_hint(struct input *in, const struct names *names, const char *word)
{
	u32 n = min_of(names->n, (u32)MAX_HINTS);
	const char **list = input_alloc(in, n + 1U, sizeof(*list));

	if (!list)
		return "";
	for (u32 i = 0; i < n; i++)
		list[i] = names->sorted[i].name;
	return input_hint(in, word, list);
}
