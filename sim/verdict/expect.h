/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expectations of a scenario: their text and the values that they will be judged by. */
#ifndef SIM_VERDICT_EXPECT_H
#define SIM_VERDICT_EXPECT_H

#include "engine/arena.h"
#include "engine/result.h"
#include "scenario/scenario.h"
#include "verdict/text.h"

/* Fills result.expects: one row an expectation, in the scenario's order. 0 or -ENOMEM. */
int expect_fill(struct result *r, const struct scenario *s, struct arena *arena);
/*
 * Value of a metric ("slab.bytes.peak", "shrink.calls") in a variant; repeat < 0: the mean of all. at < 0:
 * at the end, else at that time (s), from the samples. NaN: no such metric, or it does not exist there.
 */
double expect_metric(const struct result *r, const char *metric, u32 variant, s32 repeat,
		     double at);
/* The value that an expectation is about in one of its variants, not divided by `over`. */
double expect_value(const struct result *r, const struct expect_conf *e, const char *variant,
		    s32 repeat);

/* "slab.bytes of v4.19 over v4.18 at 30 s"; "at least 5" */
void expect_subject(struct text *t, const struct expect_conf *e);
void expect_wanted(struct text *t, const struct expect_conf *e);

#endif
