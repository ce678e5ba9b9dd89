/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts: a scenario's `expect` and `balance` against the result of its runs. */
#ifndef SIM_VERDICT_JUDGE_H
#define SIM_VERDICT_JUDGE_H

#include "engine/arena.h"
#include "engine/result.h"
#include "scenario/scenario.h"
#include "verdict/baseline.h"

/*
 * Fills suite.rows: the expectations in the scenario's order, then what `balance` allows, then
 * the baseline (NULL: not compared). A value that does not
 * exist never holds. Everything is copied: the result may go. 0 or -ENOMEM.
 */
int judge(struct verdict_suite *suite, const struct result *r, const struct scenario *s,
	  const struct baseline_judge *b, struct arena *arena);

#endif
