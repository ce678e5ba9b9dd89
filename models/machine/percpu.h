/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * percpu memory: every allocation takes its size on each possible CPU. Counted in bytes; the pages
 * behind it are taken from the page allocator as the total grows, a unit of all CPUs at a time,
 * spread over the nodes as the CPUs are. Not modelled: fragmentation within percpu chunks.
 */
#ifndef MODELS_MACHINE_PERCPU_H
#define MODELS_MACHINE_PERCPU_H

#include "engine/engine.h"

struct machine;

struct percpu {
	struct gauge bytes; /* all CPUs */
	u32 *pages; /* stack of pfns held */
	u32 nr_pages, cap_pages;
};

/* size bytes on every possible CPU. 0 or -ENOMEM. */
int percpu_alloc(struct machine *m, u64 size, u16 cpu);
void percpu_free(struct machine *m, u64 size);
void percpu_destroy(struct machine *m);

#endif
