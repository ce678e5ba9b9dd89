/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From which cache is an allocation that does not say (KERNEL_FACTS 8.2)? In this order: the one
 * it was freed into; the one that all other objects of the same place and size were freed into;
 * the one that the calling function is known for; "unknown-SIZE".
 */
#ifndef SIM_TRACE_NAMELESS_H
#define SIM_TRACE_NAMELESS_H

#include "trace/build_state.h"

/* Afterwards every allocation has a cache. Hits must be sorted. 0 or -ENOMEM. */
int trace_name_allocations(struct trace_builder *b);

#endif
