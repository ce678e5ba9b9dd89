// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * shrinker_map: off. Models kernels up to v4.18: shrink_slab asks every memcg-aware shrinker for every
 * memcg (KERNEL_FACTS 2.2), which is what SEEDS K6 measures.
 */
#include "shrinker/shrinker.h"

static int online(struct shrinker_system *s, u32 memcg, const struct task *t)
{
	(void)s;
	(void)memcg;
	(void)t;
	return 0;
}

static void offline(struct shrinker_system *s, u32 memcg)
{
	(void)s;
	(void)memcg;
}

const struct shrinker_map_policy shrinker_map_off = {
	.name = "off",
	.bits = false,
	.online = online,
	.offline = offline,
	.expand = NULL,
};
