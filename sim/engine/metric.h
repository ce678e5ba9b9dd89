/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a model exports what it measures: a table of {name, unit, kind, how to read it}. The run samples
 * and sums them without knowing what they mean.
 */
#ifndef SIM_ENGINE_METRIC_H
#define SIM_ENGINE_METRIC_H

#include "engine/engine.h"
#include "engine/result.h"

#include <math.h>

/*
 * A ratio of two levels with its exact peak and time-weighted mean. Noted before either level changes:
 * what was true since the last note ends now.
 */
struct ratio_gauge {
	double peak, area;
	u64 since; /* ns */
};

static inline void ratio_note(struct ratio_gauge *g, const struct engine *e, s64 num, s64 den)
{
	double n = (double)num, d = (double)den;

	if (n > g->peak * d && den > 0)
		g->peak = n / d;
	if (e->now != g->since) {
		if (den > 0)
			g->area += n / d * (double)(e->now - g->since);
		g->since = e->now;
	}
}

static inline double ratio_mean(const struct ratio_gauge *g, u64 now)
{
	return now ? g->area / (double)now : NAN;
}

struct metric_source {
	struct metric_info info;
	/* One of three. Sampled: gauge (times scale) or full. Counted, derived: read. NaN: does not exist. */
	const struct gauge *(*gauge)(const void *model);
	double (*read)(const void *model);
	void (*full)(const void *model, struct metric_value *v);
	double scale; /* of gauge; 0 = 1 */
	/* Sampled per node; NULL: whole machine only. */
	double (*read_node)(const void *model, u32 node);
};

/* A table and the model it reads. */
struct metric_table {
	const struct metric_source *sources; /* ends with .info.name == NULL */
	const void *model;
	const struct engine *e;
};

/* Current value, peak and mean of one metric; all NaN if it does not exist. */
void metric_read(const struct metric_table *t, const struct metric_source *m,
		 struct metric_value *v);

#endif
