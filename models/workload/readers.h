/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metrics of a workload that are read from its state: all zeroes before its start. */
#ifndef MODELS_WORKLOAD_READERS_H
#define MODELS_WORKLOAD_READERS_H

#include "workload/workload.h"

/* metric_source.read: expr of s, the workload's struct state, and of w, the workload. */
#define READ(fn, expr)                                                                             \
	static double fn(const void *model)                                                        \
	{                                                                                          \
		const struct workload *w = model;                                                  \
		const struct state *s = w->state;                                                  \
                                                                                                   \
		(void)s;                                                                           \
		return (double)(expr);                                                             \
	}

/* struct metric_source: a time in seconds. */
#define TIME(n, fn, h)                                                                             \
	{                                                                                          \
		.info = {.name = n, .unit = "s", .kind = METRIC_DERIVED, .help = h}, .read = fn    \
	}

#endif
