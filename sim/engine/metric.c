// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metric.h"

void metric_read(const struct metric_table *t, const struct metric_source *m,
		 struct metric_value *v)
{
	const struct gauge *g;

	*v = (struct metric_value){NAN, NAN, NAN};
	if (m->full) {
		m->full(t->model, v);
	} else if (m->gauge) {
		double scale = m->scale != 0.0 ? m->scale : 1.0;

		g = m->gauge(t->model);
		if (!g)
			return;
		v->end = (double)g->level * scale;
		v->peak = (double)g->peak * scale;
		v->mean = gauge_mean(g, t->e->now) * scale;
	} else if (m->read) {
		v->end = m->read(t->model);
	}
}
