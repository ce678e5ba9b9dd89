// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * list_lru: eager. Models list_lru up to v5.17 (KERNEL_FACTS 3.2): every list_lru has a list_lru_one for
 * every row of the id table on every node, and an array of pointers to them, whether or not a memcg
 * ever touches that file system; the table only grows. Reproduces SEEDS K1 (5,988,978,688 bytes), K2, K3
 * and the recorded W1 growth.
 */
#include "list_lru/internal.h"

const struct list_lru_policy list_lru_eager = {
	.name = "eager",
	.id_table = true,
	.all_heads = true,
	.set_register = lru_table_register,
	.set_unregister = lru_table_unregister,
	.ids_resized = lru_table_grow,
	.block_gone = lru_table_block_gone,
};
