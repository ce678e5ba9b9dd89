/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lowest free id, as the kernel's ida and idr give them out: a tree of 64-bit words in which a set
 * bit means "something free below". Allocation, freeing and the highest id in use cost a few words.
 */
#ifndef SIM_ENGINE_IDA_H
#define SIM_ENGINE_IDA_H

#include "engine/base.h"

#define IDA_LEVELS 4 /* 64^4 = 16.7 M ids */

struct ida {
	u64 *free[IDA_LEVELS]; /* bit set: free (level 0) or a free id below (upper levels) */
	u32 limit; /* ids are in [0, limit) */
	u32 levels;
	u32 used;
};

int ida_init(struct ida *a, u32 limit);
void ida_destroy(struct ida *a);
/* Lowest free id of at least min, or NONE_U32 if there is none. */
u32 ida_alloc(struct ida *a, u32 min);
void ida_release(struct ida *a, u32 id);
bool ida_in_use(const struct ida *a, u32 id);
/* Highest id in use, or NONE_U32 if none is. */
u32 ida_max(const struct ida *a);

#endif
