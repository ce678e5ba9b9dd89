/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names in a scenario that only a built world knows: metrics of `expect`, caches of `balance`. */
#ifndef SIM_RUN_KNOWN_H
#define SIM_RUN_KNOWN_H

#include "engine/result.h"
#include "scenario/scenario.h"
#include "workload/workload.h"

/* 0; -EINVAL with a message for each that is wrong; -ENOMEM. */
int known_check(const struct scenario *s, const struct world *w, const struct metric_info *metrics,
		u32 n, struct arena *arena, struct diag *d);

#endif
