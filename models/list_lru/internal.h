/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the files of list_lru. */
#ifndef MODELS_LIST_LRU_INTERNAL_H
#define MODELS_LIST_LRU_INTERNAL_H

#include "list_lru/list_lru.h"

#define MAX_BLOCKS (1U << LRU_BLOCK_BITS)
#define LRU_ONE_BYTES 12

int lru_blocks_init(struct lru_system *s, u32 block_bytes);
void lru_blocks_destroy(struct lru_system *s);
/* The block's lists are empty. */
void lru_block_drop(struct lru_system *s, u32 block);

/* ---- arrays by row of the id table ---- */

int lru_table_register(struct lru_system *s, u32 set, const struct task *t);
void lru_table_unregister(struct lru_system *s, u32 set, u16 cpu);
int lru_table_grow(struct lru_system *s, u32 old_size, u32 new_size, const struct task *t);
void lru_table_shrink(struct lru_system *s, u32 size, const struct task *t);
void lru_table_block_gone(struct lru_system *s, u32 block);

/* ---- blocks with the lists of all nodes (lazy) ---- */

/* The kernel's block of a memcg that has none for list `list` of the set. 0 or -ENOMEM. */
int lru_make_block(struct lru_system *s, u32 set, u32 list, u32 memcg, const struct task *t);

#endif
