/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run against what was recorded: how far off each figure is, and what is made of that. */
#ifndef SIM_VERDICT_VALIDATION_H
#define SIM_VERDICT_VALIDATION_H

#include "engine/arena.h"
#include "engine/recording.h"
#include "engine/result.h"
#include "engine/validation_table.h"

/*
 * Judges every figure of rec by the first run of r: t->rows in the order of the figures. A row of a known file that
 * names no figure is an input error. large_in_slab: this kernel's meminfo counts kmallocs above the largest class as
 * Slab. 0, or -EINVAL, -ENOMEM with messages.
 */
int validation_judge(struct validation_load *t, const struct recording *rec, const struct result *r,
		     bool large_in_slab, struct arena *arena, struct diag *d);

/* Medians, counts and what is known, of all loads. 0 or -ENOMEM. */
int validation_sum_up(struct validation *v, struct arena *arena);

#endif
