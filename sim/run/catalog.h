/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Everything a scenario can choose from, collected from the models' registries into the plain tables
 * that sim/scenario reads and `list` prints.
 */
#ifndef SIM_RUN_CATALOG_H
#define SIM_RUN_CATALOG_H

#include "scenario/scenario.h"

struct catalog {
	struct schema schema;
	struct arena *arena;
};

/* 0 or -ENOMEM. */
int catalog_init(struct catalog *c);
void catalog_destroy(struct catalog *c);

/* Mount presets: named sets of superblocks that a kernel mounts for itself. */
struct mount_preset {
	const char *name;
	const char *help;
	const int *types; /* enum fs_type, ends with -1 */
};

extern const struct mount_preset mount_presets[]; /* ends with .name == NULL */

#endif
