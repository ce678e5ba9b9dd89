/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What operations cost in CPU time, one table: nanoseconds on a machine of the present. Where a figure was
 * published it stands beside it; the rest are round assumptions, and results that hang on one say so.
 */
#ifndef MODELS_COST_COST_H
#define MODELS_COST_COST_H

#include "engine/base.h"

struct cost_model {
	u64 shrink_call_ns; /* count_objects() with nothing to do: 5.48 s / 16.0 M calls (0a4465d34028's series) */
	u64 shrink_scan_ns; /* one object looked at, and put back if that is all */
	u64 shrink_free_ns; /* one taken off and freed: this on top */
	u64 page_scan_ns; /* one page taken off its list and freed or put back */
	u64 memcg_ns; /* looking at a memcg with nothing to scan */
};

static const struct cost_model default_costs = {
	.shrink_call_ns = 342,
	.shrink_scan_ns = 50,
	.shrink_free_ns = 350,
	.page_scan_ns = 250,
	.memcg_ns = 150,
};

/* The table for a machine that takes x times as long (an emulated one). */
static inline struct cost_model costs_times(double x)
{
	return (struct cost_model){
		.shrink_call_ns = (u64)((double)default_costs.shrink_call_ns * x),
		.shrink_scan_ns = (u64)((double)default_costs.shrink_scan_ns * x),
		.shrink_free_ns = (u64)((double)default_costs.shrink_free_ns * x),
		.page_scan_ns = (u64)((double)default_costs.page_scan_ns * x),
		.memcg_ns = (u64)((double)default_costs.memcg_ns * x),
	};
}

#endif
