/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the name of a slab cache, or the function that allocates from it, says about its objects:
 * are they inodes and of which file system, and are they charged (SLAB_ACCOUNT).
 */
#ifndef SIM_TRACE_CACHE_NAMES_H
#define SIM_TRACE_CACHE_NAMES_H

#include "engine/trace_record.h"
#include "trace/raw_event.h"

enum trace_cache_kind cache_kind(struct slice name);
/* Inode caches: file system type ("ext4", "pseudo" for inode_cache); len 0 for others. */
struct slice cache_fs(struct slice name);
/* Cache from which this function allocates, written to buf of LONGEST_CACHE_NAME; 0 = not known. */
u32 cache_of_call_site(struct slice call_site, char *buf);
/* Is it made with SLAB_ACCOUNT (5d097056c9a0, v4.5)? For kernels that do not print accounted=. */
bool cache_is_accounted(struct slice name);

#define LONGEST_CACHE_NAME 64

#endif
