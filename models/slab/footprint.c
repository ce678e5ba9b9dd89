// SPDX-License-Identifier: GPL-3.0-or-later
#include "slab/footprint.h"

#include "slab/internal.h"

#include <errno.h>

/* Single kmallocs above the largest class: .n has this bit and .at is a piece with a kmem_ref. */
#define LARGE 0x40000000U

int footprint_cache(struct slab_system *s, struct footprint *f, u32 cache, u32 count,
		    const struct task *t)
{
	u32 link, *at = &f->first, extent;

	for (; *at; at = &piece_at(s, *at)->next) {
		const struct piece *p = piece_at(s, *at);

		if (!(p->n & LARGE) && extent_at(s, p->at)->cache == cache) {
			if (extent_grow(s, p->at, count, t))
				return -ENOMEM;
			f->bytes += count * cache_at(s, cache)->size;
			return 0;
		}
	}
	extent = extent_alloc(s, cache, count, t);
	link = extent ? flat_take(&s->pieces) : 0;
	if (!link) {
		if (extent)
			extent_free(s, extent, t->cpu);
		return -ENOMEM;
	}
	*piece_at(s, link) = (struct piece){.at = extent};
	/* allocating may have moved nothing, but look again: reclaim frees footprints too */
	for (at = &f->first; *at;)
		at = &piece_at(s, *at)->next;
	*at = link;
	f->bytes += count * cache_at(s, cache)->size;
	return 0;
}

static int add_large(struct slab_system *s, struct footprint *f, u64 size, const struct task *t)
{
	struct kmem_ref ref = kmem_alloc(s, size, t);
	u32 link = ref.pfn ? flat_take(&s->pieces) : 0, held = link ? flat_take(&s->pieces) : 0;

	if (!held) {
		if (ref.pfn)
			kmem_free(s, ref, t->cpu);
		if (link)
			flat_give(&s->pieces, link);
		return -ENOMEM;
	}
	*piece_at(s, held) = (struct piece){.at = ref.pfn, .n = ref.pages};
	*piece_at(s, link) = (struct piece){.at = held, .n = LARGE, .next = f->first};
	f->first = link;
	f->bytes += (u32)kmem_ref_bytes(s, ref);
	return 0;
}

int footprint_kmalloc(struct slab_system *s, struct footprint *f, u64 size, u32 count,
		      const struct task *t)
{
	u32 class = kmalloc_class(s, size);

	if (class < KMALLOC_CLASSES)
		return footprint_cache(s, f, s->kmalloc[class], count, t);
	while (count--)
		if (add_large(s, f, size, t))
			return -ENOMEM;
	return 0;
}

void footprint_free(struct slab_system *s, struct footprint *f, u16 cpu)
{
	u32 id = f->first;

	*f = (struct footprint){0};
	while (id) {
		struct piece p = *piece_at(s, id);

		flat_give(&s->pieces, id);
		if (p.n & LARGE) {
			struct piece held = *piece_at(s, p.at);

			flat_give(&s->pieces, p.at);
			kmem_free(s, (struct kmem_ref){.pfn = held.at, .pages = held.n}, cpu);
		} else {
			extent_free(s, p.at, cpu);
		}
		id = p.next;
	}
}
