/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A world from a scenario: one variant's kernel on the machine, with its mounts, cgroups and workloads. */
#ifndef SIM_RUN_WORLD_H
#define SIM_RUN_WORLD_H

#include "run/inputs.h"
#include "workload/workload.h"

/* 0, or a negative errno with messages in d; world_destroy() in any case. */
int world_build(struct world *w, const struct inputs *in, u32 variant, u64 seed, struct diag *d);
void world_destroy(struct world *w);

/* Bytes of this machine's memory that the world will need at most, estimated from the scenario. */
u64 world_estimate(const struct inputs *in, u32 variant);

/* "accounting=per-object offline=reparent ...": what a variant resolves to. NULL when out of memory. */
char *variant_axes(const struct variant_conf *v, struct arena *arena);

#endif
