// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * offline: pin. Models kernels up to v5.2: objects stay charged to the dead memcg, and one live object
 * keeps its slab page, the page the css, and the css every kmem_cache of it (KERNEL_FACTS 5.2, 5.4).
 */
#include "memcg/memcg.h"

static void offline(struct memcg_system *m, u32 memcg)
{
	(void)m;
	(void)memcg;
}

const struct offline_policy offline_pin = {
	.name = "pin",
	.slab_pins = true,
	.offline = offline,
};
