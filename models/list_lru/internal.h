/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the files of list_lru. */
#ifndef MODELS_LIST_LRU_INTERNAL_H
#define MODELS_LIST_LRU_INTERNAL_H

#include "list_lru/list_lru.h"

#define MAX_BLOCKS (1U << LRU_BLOCK_BITS)

int lru_blocks_init(struct lru_system *s, u32 block_bytes);
void lru_blocks_destroy(struct lru_system *s);
/* The block's lists are empty. */
void lru_block_drop(struct lru_system *s, u32 block);

#endif
