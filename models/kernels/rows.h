/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of kernel rows and how a release finds its own. */
#ifndef MODELS_KERNELS_ROWS_H
#define MODELS_KERNELS_ROWS_H

#include "kernels/kernel.h"

u32 kernel_row_count(void);
/* In ascending order; NULL behind the last. */
const struct kernel_row *kernel_row_at(u32 i);
/* By its exact name ("v5.16"); NULL if there is none. */
const struct kernel_row *kernel_row_find(const char *name);
/* "v5.17" or "v4.19.13" -> 0x051100; false if it is no release (the v is required). */
bool kernel_version_parse(const char *release, u32 *version);
/* The row in force at a release; NULL: not a release, or older than all rows. */
const struct kernel_row *kernel_row_resolve(const char *release);

#endif
