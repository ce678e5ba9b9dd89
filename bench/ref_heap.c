// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/ref_heap.h"

#include <stdlib.h>

static int before(const struct ref_entry *a, const struct ref_entry *b)
{
	return a->time != b->time ? a->time < b->time : a->seq < b->seq;
}

int ref_heap_push(struct ref_heap *h, uint64_t time, void *payload)
{
	struct ref_entry e = {time, h->next_seq++, payload};
	size_t i;

	if (h->n == h->cap) {
		size_t cap = h->cap ? h->cap * 2 : 1024;
		struct ref_entry *at = realloc(h->at, cap * sizeof(*at));

		if (!at)
			return -1;
		h->at = at;
		h->cap = cap;
	}
	for (i = h->n++; i > 0; i = (i - 1) / 4) {
		if (!before(&e, &h->at[(i - 1) / 4]))
			break;
		h->at[i] = h->at[(i - 1) / 4];
	}
	h->at[i] = e;
	return 0;
}

int ref_heap_pop(struct ref_heap *h, struct ref_entry *out)
{
	struct ref_entry e;
	size_t i = 0;

	if (!h->n)
		return 0;
	*out = h->at[0];
	e = h->at[--h->n];
	for (;;) {
		size_t c = 4 * i + 1, best = c, end = c + 4 < h->n ? c + 4 : h->n;

		if (c >= h->n)
			break;
		for (size_t k = c + 1; k < end; k++)
			if (before(&h->at[k], &h->at[best]))
				best = k;
		if (!before(&h->at[best], &e))
			break;
		h->at[i] = h->at[best];
		i = best;
	}
	h->at[i] = e;
	return 1;
}

void ref_heap_free(struct ref_heap *h)
{
	free(h->at);
	h->at = NULL;
	h->n = h->cap = 0;
}
