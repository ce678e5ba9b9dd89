// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * hotplug_lock: free. From v5.9 on (10befea91b61) slab is charged by the object and a memcg has no kmem_caches:
 * to take it offline its obj_cgroup is reparented, under cgroup_mutex alone, and no worker makes caches
 * (KERNEL_FACTS 7). Neither E1 nor E2 of SEEDS is there.
 */
#include "lock/lock.h"

static void css_offline(struct lock_thread *t, const struct hotplug_lock_params *p, u64 work)
{
	(void)p;
	add_lock(t, CGROUP_MUTEX, LOCK_WRITE);
	add_step(t, STEP_RUN, work);
	add_unlock(t, CGROUP_MUTEX);
}

const struct hotplug_lock_policy hotplug_lock_free = {
	.name = "free",
	.css_offline = css_offline,
};
