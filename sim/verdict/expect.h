/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expectations of a scenario: their text and the values that they will be judged by. */
#ifndef SIM_VERDICT_EXPECT_H
#define SIM_VERDICT_EXPECT_H

#include "engine/arena.h"
#include "engine/result.h"
#include "scenario/scenario.h"

/* Fills result.expects: one row an expectation, in the scenario's order. 0 or -ENOMEM. */
int expect_fill(struct result *r, const struct scenario *s, struct arena *arena);
/*
 * Value of a metric ("slab.bytes.peak", "shrink.calls") in a variant, the mean of its repeats; at < 0:
 * at the end, else at that time (s), from the samples. NaN: no such metric, or it does not exist there.
 */
double expect_metric(const struct result *r, const char *metric, u32 variant, double at);

#endif
