/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What reclaim scanned of each cache (models/vmscan/balance.h), with the scenario's names, for the result. */
#ifndef SIM_RUN_BALANCE_ROWS_H
#define SIM_RUN_BALANCE_ROWS_H

#include "engine/result.h"
#include "workload/workload.h"

/* Fills out->balance, in the order in which pressure met the caches. 0 or -ENOMEM. */
int balance_rows(struct run_result *out, const struct world *w, struct arena *arena);

/* What shrinkers are called that belong to no superblock's lists; ends with NULL. */
extern const char *const balance_functions[];
/* Is there a shrinker of this name: a mount, a file system type, or the kernel's function? */
bool balance_known(const struct world *w, const char *name);

#endif
