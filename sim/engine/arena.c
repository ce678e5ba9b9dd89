// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct chunk {
	struct chunk *next;
	size_t used, size; /* bytes behind this header */
};

struct arena {
	struct chunk *chunks; /* the first one is being filled */
	size_t next_size;
};

#define CHUNK_HEADER 64 /* keeps what follows aligned to a cache line */
#define FIRST_CHUNK 4096
#define LARGEST_CHUNK (4U << 20)

struct arena *arena_new(void)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a)
		a->next_size = FIRST_CHUNK;
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	while (a->chunks) {
		struct chunk *next = a->chunks->next;

		free(a->chunks);
		a->chunks = next;
	}
	free(a);
}

static struct chunk *chunk_new(size_t bytes)
{
	struct chunk *c;

	if (bytes > SIZE_MAX / 2)
		return NULL;
	c = aligned_alloc(64, (CHUNK_HEADER + bytes + 63) & ~(size_t)63);
	if (c)
		*c = (struct chunk){.size = bytes};
	return c;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	size_t align = bytes >= 4096 ? 64 : 16;
	struct chunk *c = a->chunks;
	size_t at = c ? (c->used + align - 1) & ~(align - 1) : 0;
	void *p;

	if (!c || at > c->size || bytes > c->size - at) {
		size_t size = max_of(bytes, a->next_size);

		c = chunk_new(size);
		if (!c)
			return NULL;
		if (a->next_size < LARGEST_CHUNK)
			a->next_size *= 2;
		/* A piece that fills its chunk goes behind, so that the open one is used up. */
		if (bytes == size && a->chunks) {
			c->next = a->chunks->next;
			a->chunks->next = c;
		} else {
			c->next = a->chunks;
			a->chunks = c;
		}
		at = 0;
	}
	c->used = at + bytes;
	p = (char *)c + CHUNK_HEADER + at;
	memset(p, 0, bytes);
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return arena_alloc(a, bytes);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *p = arena_alloc(a, len + 1);

	if (p)
		memcpy(p, s, len);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *p;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (p)
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

void *huge_calloc(size_t n, size_t size)
{
	const size_t huge = 2U << 20;
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX - huge)
		return NULL;
	if (bytes < huge)
		return calloc(max_of(n, (size_t)1), size);
	bytes = (bytes + huge - 1) & ~(huge - 1);
	p = aligned_alloc(huge, bytes);
	if (!p)
		return NULL;
	/* to its last page, which is large too then */
	(void)madvise(p, bytes, MADV_HUGEPAGE);
	memset(p, 0, bytes);
	return p;
}

int flat_init(struct flat *f, u32 elem, u32 cap, bool huge, int *failed)
{
	size_t bytes = (size_t)elem * cap;
	void *base;

	*f = (struct flat){.n = 1, .cap = cap, .elem = elem, .failed = failed};
	base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return -ENOMEM;
	f->base = base;
	/* Random reads of many records miss the TLB first: 2 MiB pages. Advice only. */
	if (huge)
		(void)madvise(base, bytes, MADV_HUGEPAGE);
	return 0;
}

void flat_destroy(struct flat *f)
{
	if (f->base)
		munmap(f->base, (size_t)f->elem * f->cap);
	f->base = NULL;
}

u32 flat_exhausted(struct flat *f)
{
	if (f->failed)
		*f->failed = -ENOMEM;
	return 0;
}
