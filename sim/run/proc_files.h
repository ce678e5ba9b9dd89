/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The state of a modelled kernel as files of its own formats: /proc/slabinfo, /proc/meminfo, what
 * tools/cgroup/memcg_slabinfo.py prints, and what crash shows of list_lru (SEEDS A16).
 */
#ifndef SIM_RUN_PROC_FILES_H
#define SIM_RUN_PROC_FILES_H

#include "kernels/instance.h"

#include <stdio.h>

struct proc_file {
	const char *name; /* "slabinfo" */
	/* 0 or -ENOMEM; errors of f are the caller's. */
	int (*write)(const struct kernel *k, FILE *f);
};

extern const struct proc_file proc_files[]; /* ends with .name == NULL */

/* The figures of crash.txt in a sentence; NULL where the kernel keeps no id table, or when out of memory. */
char *proc_crash_note(const struct kernel *k, struct arena *arena);

#endif
