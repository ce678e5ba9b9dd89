/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The workload types that there are. */
#ifndef MODELS_WORKLOAD_TYPES_H
#define MODELS_WORKLOAD_TYPES_H

#include "workload/workload.h"

extern const struct workload_type workload_container_churn;
extern const struct workload_type workload_replay;
extern const struct workload_type workload_mount_storm;
extern const struct workload_type workload_idle_hold;
extern const struct workload_type workload_drop_caches;
extern const struct workload_type workload_file_tree_walk;
extern const struct workload_type workload_file_copy;
extern const struct workload_type workload_anon_pressure;
extern const struct workload_type workload_kernel_compile;
extern const struct workload_type workload_delete_tree;
extern const struct workload_type workload_memory_hotplug;
extern const struct workload_type workload_cgroup_stat;
extern const struct workload_type workload_cgroup_write;

/* For benchmarks: a block source that had ended has more records now. */
void replay_continue(struct workload *w);

#endif
