// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/machine.h"

#include <errno.h>
#include <stdlib.h>

/* Pages for the present total, taken from the nodes of the CPUs in turn. */
static int grow_pages(struct machine *m, u32 wanted)
{
	struct percpu *p = &m->percpu;

	if (wanted > p->cap_pages) {
		u32 cap = max_of(wanted, p->cap_pages * 2);
		u32 *pages = realloc(p->pages, (size_t)cap * sizeof(*pages));

		if (!pages) {
			m->e->failed = -ENOMEM;
			return -ENOMEM;
		}
		p->pages = pages;
		p->cap_pages = cap;
	}
	while (p->nr_pages < wanted) {
		u32 node = m->cpu_node[p->nr_pages % m->nr_cpus];
		u32 pfn = alloc_pages(&m->pages, node, 0, MIGRATE_UNMOVABLE, GFP_KERNEL);

		if (!pfn)
			return -ENOMEM;
		p->pages[p->nr_pages++] = pfn;
	}
	return 0;
}

int percpu_alloc(struct machine *m, u64 size, u16 cpu)
{
	u64 bytes = size * m->nr_cpus;
	u64 pages = div_round_up((u64)m->percpu.bytes.level + bytes, m->page_size);

	(void)cpu;
	if (grow_pages(m, (u32)pages))
		return -ENOMEM;
	gauge_add(&m->percpu.bytes, m->e, (s64)bytes);
	return 0;
}

void percpu_free(struct machine *m, u64 size)
{
	struct percpu *p = &m->percpu;
	u64 pages;

	gauge_add(&p->bytes, m->e, -(s64)(size * m->nr_cpus));
	sim_assert(p->bytes.level >= 0);
	pages = div_round_up((u64)p->bytes.level, m->page_size);
	while (p->nr_pages > pages)
		free_pages(&m->pages, p->pages[--p->nr_pages], 0);
}

void percpu_destroy(struct machine *m)
{
	free(m->percpu.pages);
	m->percpu.pages = NULL;
}
