/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The second pass: hits in order of time become records. The rules are in builder.h.
 */
#ifndef SIM_TRACE_JOIN_H
#define SIM_TRACE_JOIN_H

#include "trace/build_state.h"

/* Turns b->hits into out->records, with caches, memcgs, superblocks; 0 or -ENOMEM. */
int trace_join(struct trace_builder *b, u32 root, struct trace *out);

#endif
