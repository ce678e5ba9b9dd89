/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples a world while it runs and fills the result of one run. */
#ifndef SIM_RUN_RECORDER_H
#define SIM_RUN_RECORDER_H

#include "engine/result.h"
#include "workload/workload.h"

struct recorder {
	struct world *w;
	struct run_result *out;
	struct arena *arena; /* of this run */
	u32 nr_metrics, nr_nodes;
	u64 step, next; /* ns: samples */
	u64 cache_step, next_caches;
	u32 cap_samples, cap_caches;
	u32 cache_samples; /* points of time in out->caches */
	bool thin_caches; /* length unknown: every second point goes when there are too many */
	bool failed;
};

/*
 * The metrics of a world in the order of the result's columns: the models', then three of every
 * workload and what its type exports. Fills infos (or only counts them if it is NULL).
 */
u32 recorder_metrics(const struct world *w, struct metric_info *infos, struct arena *arena);

int recorder_init(struct recorder *r, struct world *w, struct run_result *out, struct arena *arena,
		  u32 nr_metrics, u64 step, u64 cache_step);
/* Time of the next sample; UINT64_MAX without. */
u64 recorder_next(const struct recorder *r);
/* Takes what is due at the present time. */
void recorder_sample(struct recorder *r);
/* The end: last sample, summary values, notes. */
void recorder_finish(struct recorder *r);

#endif
