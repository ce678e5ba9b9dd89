// SPDX-License-Identifier: GPL-3.0-or-later
/* Size classes (mm/slab_common.c) and what is above them (kmalloc_large, kvmalloc; KERNEL_FACTS 4.1, 3.2). */
#include "slab/internal.h"

#include <errno.h>
#include <stdio.h>

static const u32 class_size[KMALLOC_CLASSES] = {
	8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072,
};

u32 kmalloc_class_size(u32 class)
{
	return class_size[class];
}

u32 kmalloc_class(const struct slab_system *s, u64 size)
{
	/* KMALLOC_MAX_CACHE_SIZE: two pages */
	if (size > 2ULL * s->m->page_size)
		return KMALLOC_CLASSES;
	for (u32 i = 0; i < KMALLOC_CLASSES; i++)
		if (size <= class_size[i])
			return i;
	return KMALLOC_CLASSES;
}

static void class_name(const struct slab_system *s, char *buf, size_t len, const char *kind,
		       u32 size)
{
	if (s->row->kmalloc_k_names && size >= 1024)
		snprintf(buf, len, "kmalloc-%s%uk", kind, size / 1024);
	else
		snprintf(buf, len, "kmalloc-%s%u", kind, size);
}

static u32 create_class(struct slab_system *s, u32 class, bool cg)
{
	char name[32];
	struct cache_spec spec = {
		.name = name,
		.object_size = class_size[class],
		.size = class_size[class],
		.flags = CACHE_KMALLOC | (cg ? CACHE_ACCOUNT : 0),
	};

	class_name(s, name, sizeof(name), cg ? "cg-" : "", class_size[class]);
	return kmem_cache_create(s, &spec);
}

int kmalloc_init(struct slab_system *s)
{
	for (u32 i = 0; i < KMALLOC_CLASSES && class_size[i] <= 2 * s->m->page_size; i++) {
		s->kmalloc[i] = create_class(s, i, false);
		s->kmalloc_cg[i] = s->row->kmalloc_cg ? create_class(s, i, true) : s->kmalloc[i];
		if (!s->kmalloc[i] || !s->kmalloc_cg[i])
			return -ENOMEM;
		s->nr_kmalloc++;
	}
	cache_at(s, s->kmalloc[kmalloc_class(s, 32)])->watch = &s->kmalloc_32;
	return 0;
}

/* n pages of a kmalloc above the size classes come or, negative, go. */
static void count_large(struct slab_system *s, u32 pfn, s64 n)
{
	u64 *pages = &s->node_large[pfn_to_node(&s->m->pages, pfn)];

	*pages = (u64)((s64)*pages + n);
	gauge_add(&s->large_kmalloc, s->e, n * s->m->page_size);
}

/* vmalloc: single pages, held as a list of runs. */
static struct kmem_ref vmalloc_pages(struct slab_system *s, u32 pages, const struct task *t)
{
	u32 node = cpu_to_node(s->m, t->cpu), first = 0;
	struct kmem_ref ref;

	for (u32 left = pages; left;) {
		u32 n, piece = flat_take(&s->pieces);
		u32 pfn = piece ? alloc_page_run(&s->m->pages, node, 0, left, MIGRATE_UNMOVABLE,
						 t->gfp, &n)
				: 0;

		if (!pfn) {
			if (piece)
				flat_give(&s->pieces, piece);
			ref = (struct kmem_ref){.pfn = first,
						.pages = (pages - left) | KMEM_VMALLOC};
			if (first)
				kmem_free(s, ref, t->cpu);
			return (struct kmem_ref){0};
		}
		*piece_at(s, piece) = (struct piece){.at = pfn, .n = n, .next = first};
		first = piece;
		left -= n;
		count_large(s, pfn, n);
		s->vmalloc_pages += n;
	}
	return (struct kmem_ref){.pfn = first, .pages = pages | KMEM_VMALLOC};
}

struct kmem_ref kmem_alloc(struct slab_system *s, u64 size, const struct task *t)
{
	u32 class = kmalloc_class(s, size), order, pfn;

	if (!size)
		return (struct kmem_ref){0};
	if (class < KMALLOC_CLASSES)
		return (struct kmem_ref){.slab = slab_alloc(s, s->kmalloc[class], t, -1)};
	order = order_for(size, s->m->page_size);
	pfn = alloc_pages_nowait(&s->m->pages, cpu_to_node(s->m, t->cpu), order, MIGRATE_UNMOVABLE);
	if (!pfn)
		return vmalloc_pages(s, (u32)div_round_up(size, s->m->page_size), t);
	count_large(s, pfn, 1LL << order);
	return (struct kmem_ref){.pfn = pfn, .pages = 1U << order};
}

void kmem_free(struct slab_system *s, struct kmem_ref ref, u16 cpu)
{
	if (ref.slab) {
		slab_free(s, ref.slab, cpu);
	} else if (ref.pages & KMEM_VMALLOC) {
		for (u32 id = ref.pfn, next; id; id = next) {
			struct piece *p = piece_at(s, id);

			next = p->next;
			free_page_run(&s->m->pages, p->at, 0, p->n);
			count_large(s, p->at, -(s64)p->n);
			s->vmalloc_pages -= p->n;
			flat_give(&s->pieces, id);
		}
	} else if (ref.pfn) {
		free_pages(&s->m->pages, ref.pfn, order_for(ref.pages, 1));
		count_large(s, ref.pfn, -(s64)ref.pages);
	}
}

void kmem_free_rcu(struct slab_system *s, struct kmem_ref ref, u16 cpu)
{
	u32 id = flat_take(&s->pieces);

	if (!id)
		return;
	*piece_at(s, id) = ref.slab ? (struct piece){.at = ref.slab}
				    : (struct piece){.at = ref.pfn, .n = ref.pages};
	call_rcu(s->m, cpu, RCU_KMEM, id);
}

void kmem_free_rcu_run(struct slab_system *s, u32 piece, u16 cpu)
{
	struct piece p = *piece_at(s, piece);

	flat_give(&s->pieces, piece);
	kmem_free(s,
		  p.n ? (struct kmem_ref){.pfn = p.at, .pages = p.n}
		      : (struct kmem_ref){.slab = p.at},
		  cpu);
}

u64 kmem_ref_bytes(const struct slab_system *s, struct kmem_ref ref)
{
	if (ref.slab)
		return cache_at(s, slab_at(s, ref.slab)->cache)->size;
	return (u64)(ref.pages & ~KMEM_VMALLOC) * s->m->page_size;
}
