// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * hotplug_lock: nested. Up to v5.8 a memcg has kmem_caches of its own (accounting per page). To take it offline
 * they are deactivated, under cgroup_mutex, cpu_hotplug_lock, mem_hotplug_lock and slab_mutex, in this order
 * (memcg_deactivate_kmem_caches(); KERNEL_FACTS 7); the worker that makes such a cache takes the same ones but
 * the first. Reproduces both cases of August 2020 (SEEDS E1, E2) and Bharata's third waiter (E3).
 */
#include "lock/lock.h"

static void deactivate(struct lock_thread *t, bool mems, u64 work)
{
	add_lock(t, CPU_HOTPLUG_LOCK, LOCK_READ);
	if (mems)
		add_lock(t, MEM_HOTPLUG_LOCK, LOCK_READ);
	add_lock(t, SLAB_MUTEX, LOCK_WRITE);
	add_step(t, STEP_RUN, work);
	add_unlock(t, SLAB_MUTEX);
	if (mems)
		add_unlock(t, MEM_HOTPLUG_LOCK);
	add_unlock(t, CPU_HOTPLUG_LOCK);
}

static void css_offline(struct lock_thread *t, const struct hotplug_lock_params *p, u64 work)
{
	if (p->get_online_mems == MEMS_BEFORE)
		add_lock(t, MEM_HOTPLUG_LOCK, LOCK_READ);
	add_lock(t, CGROUP_MUTEX, LOCK_WRITE);
	deactivate(t, p->get_online_mems == MEMS_INSIDE, work);
	add_unlock(t, CGROUP_MUTEX);
	if (p->get_online_mems == MEMS_BEFORE)
		add_unlock(t, MEM_HOTPLUG_LOCK);
}

static void create_cache(struct lock_thread *t, const struct hotplug_lock_params *p, u64 work)
{
	deactivate(t, p->get_online_mems != MEMS_NOT, work);
}

const struct hotplug_lock_policy hotplug_lock_nested = {
	.name = "nested",
	.css_offline = css_offline,
	.create_cache = create_cache,
};
