// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/recording.h"

const char *const mechanism_names[NR_MECHANISMS + 1] = {
	"list_lru", "slab", "dying", "shrinker", "page cache", NULL,
};
