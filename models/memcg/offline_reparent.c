// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * offline: reparent. Models fb2f2b0adb98 (v5.3) for per-page accounting and bf4f059954dc (v5.9) for
 * obj_cgroup: at offline the charges of slab become the parent's, so slab pins no memcg. Reproduces the
 * plateau of 44 to 69 dying cgroups (SEEDS P4).
 */
#include "memcg/memcg.h"

static void offline(struct memcg_system *m, u32 memcg)
{
	owners_reparent(m, memcg);
}

const struct offline_policy offline_reparent = {
	.name = "reparent",
	.slab_pins = false,
	.offline = offline,
};
