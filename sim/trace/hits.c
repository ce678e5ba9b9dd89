// SPDX-License-Identifier: GPL-3.0-or-later
#include "trace/hits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FIRST_BYTES (256U << 10)
#define HUGE_FROM (8U << 20) /* below, whole huge pages would be wasted on few events */

void hits_destroy(struct hits *h)
{
	if (h->at)
		munmap(h->at, h->cap * sizeof(*h->at));
	*h = (struct hits){.at = NULL};
}

int hits_reserve(struct hits *h, u64 n)
{
	u64 old = h->cap * sizeof(*h->at), bytes = max_of(old, (u64)FIRST_BYTES);
	void *p;

	while (bytes / sizeof(*h->at) < h->n + n)
		bytes *= 2;
	if (bytes == old)
		return 0;
	p = old ? mremap(h->at, old, bytes, MREMAP_MAYMOVE)
		: mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return -ENOMEM;
	/* Written once from end to end: a page fault per 64 KiB would cost more. Advice only. */
	if (bytes >= HUGE_FROM)
		(void)madvise(p, bytes, MADV_HUGEPAGE);
	h->at = p;
	h->cap = bytes / sizeof(*h->at);
	return 0;
}

u64 hits_trim(struct hits *h)
{
	u64 page = 4096, used = (h->n * sizeof(*h->at) + page - 1) & ~(page - 1);
	u64 all = h->cap * sizeof(*h->at);
	void *p;

	if (used == all || !used)
		return all;
	p = mremap(h->at, all, used, 0);
	if (p == MAP_FAILED)
		return all;
	h->at = p;
	h->cap = used / sizeof(*h->at);
	return used;
}

/* End of the run in order that begins at i. */
static u64 run_end(const union hit_slot *a, u64 i, u64 n)
{
	while (i + 1 < n && a[i].hit.time_ns <= a[i + 1].hit.time_ns)
		i++;
	return min_of(i + 1, n);
}

static void merge(union hit_slot *to, const union hit_slot *a, u64 n, const union hit_slot *b,
		  u64 m)
{
	while (n && m) {
		if (a->hit.time_ns <= b->hit.time_ns) {
			*to++ = *a++;
			n--;
		} else {
			*to++ = *b++;
			m--;
		}
	}
	memcpy(to, a, n * sizeof(*a));
	memcpy(to + n, b, m * sizeof(*b));
}

/* One round: runs of a, pair by pair, to b. Returns how many runs are left. */
static u64 merge_runs(union hit_slot *b, const union hit_slot *a, u64 n)
{
	u64 merged = 0;

	for (u64 i = 0; i < n; merged++) {
		u64 mid = run_end(a, i, n), end = mid < n ? run_end(a, mid, n) : n;

		merge(b + i, a + i, mid - i, a + mid, end - mid);
		i = end;
	}
	return merged;
}

/* Natural merge sort: recordings are sorted but for a few runs (one per CPU). */
int hits_sort(struct hits *h)
{
	union hit_slot *spare, *a = h->at;
	u64 runs = 2;

	if (!h->unsorted)
		return 0;
	spare = malloc(h->n * sizeof(*spare));
	if (!spare)
		return -ENOMEM;
	for (union hit_slot *b = spare, *old; runs > 1; old = a, a = b, b = old)
		runs = merge_runs(b, a, h->n);
	if (a == spare)
		memcpy(h->at, spare, h->n * sizeof(*spare));
	free(spare);
	h->unsorted = false;
	return 0;
}
