/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mm_shrink_slab_start and mm_shrink_slab_end of one run, as tracefs of the modelled release prints them
 * (KERNEL_FACTS 8.1): a pair of lines for every call of do_shrink_slab that found something.
 */
#ifndef SIM_RUN_SHRINK_TRACE_H
#define SIM_RUN_SHRINK_TRACE_H

#include "kernels/instance.h"

#include <stdio.h>

struct shrink_trace {
	FILE *f;
	const struct kernel *k;
};

/* Writes the header, and a pair of lines for each call from now on. Who closes f looks for errors. */
void shrink_trace_start(struct shrink_trace *t, struct kernel *k, FILE *f);
void shrink_trace_stop(struct kernel *k);

#endif
