/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory in two shapes.
 *
 * struct arena: many small pieces with one lifetime (configuration, traces, result tables).
 * struct flat: an array of equal records addressed by 32-bit ids, the shape of everything a world
 * holds by the million. Its address range is reserved once, so a record never moves and a pointer
 * into it stays good while others are added; pages are touched only as ids are used. Id 0 is never
 * handed out: it means "none", and it is what an exhausted array returns, so that code without a
 * way to fail stays memory-safe until the main loop sees engine.failed.
 */
#ifndef SIM_ENGINE_ARENA_H
#define SIM_ENGINE_ARENA_H

#include "engine/base.h"

struct arena;

/* NULL when out of memory. */
struct arena *arena_new(void);
void arena_free(struct arena *a);
/* Zeroed, aligned to 16 (to 64 from 4 KiB on); NULL when out of memory. */
void *arena_alloc(struct arena *a, size_t bytes);
/* arena_alloc of n elements, NULL on overflow too. */
void *arena_array(struct arena *a, size_t n, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Zeroed memory for an array that is read at random: huge pages where it is large. free() it. */
void *huge_calloc(size_t n, size_t size);

struct flat {
	char *base; /* record i at base + i * elem */
	u32 n; /* ids handed out so far + 1 (id 0 is not) */
	u32 cap; /* ids there is room for */
	u32 free_head; /* first freed id; the next one stands in the first 4 bytes of the record */
	u32 live;
	u32 elem;
	int *failed; /* set to -ENOMEM when exhausted */
};

/* Reserves room for cap records of elem bytes (>= 4). 0 or -ENOMEM. huge: ask for huge pages. */
int flat_init(struct flat *f, u32 elem, u32 cap, bool huge, int *failed);
void flat_destroy(struct flat *f);
u32 flat_exhausted(struct flat *f);

/* A new id; the record is NOT cleared when it was used before. 0 when exhausted. */
static inline u32 flat_take(struct flat *f)
{
	u32 id = f->free_head;

	if (id) {
		f->free_head = *(u32 *)(void *)(f->base + (size_t)id * f->elem);
	} else {
		if (unlikely(f->n >= f->cap))
			return flat_exhausted(f);
		id = f->n++;
	}
	f->live++;
	return id;
}

static inline void flat_give(struct flat *f, u32 id)
{
	*(u32 *)(void *)(f->base + (size_t)id * f->elem) = f->free_head;
	f->free_head = id;
	f->live--;
}

/* Bytes of physical memory that the array may have touched. */
static inline u64 flat_bytes(const struct flat *f)
{
	return (u64)f->n * f->elem;
}

#endif
