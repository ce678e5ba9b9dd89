# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's own test_kmem.c, dying cgroups and memory cgroup ids, beyond the table of docs/rows.md.

A test takes result(scenario, options...), the run of that command, and ok(condition, text).
"""
TOLERANCE = 64 * 4096 * 4  # MAX_VMSTAT_ERROR with 4 CPUs
DAY = 86400
PERCPU = (2 * 936 + 2 * 240) * 36  # statistics of a cgroup on 36 CPUs
ERRORS = "run ids-run-out --set workloads.services.count=100"


def days(r):
    """Dying cgroups after days 0 to 6, slab pinned."""
    return [r.at("original", "memcg.dying", DAY * d) for d in range(7)]


def departure(r):
    """How far one of the days 3 to 6 is from their mean at most, as a share of it."""
    growth = [b - a for a, b in zip(days(r)[2:], days(r)[3:])]
    mean = sum(growth) / len(growth)
    return max(abs(g - mean) for g in growth) / mean


def plateau(r):
    """Dying cgroups with slab reparented, each hour from the first day on."""
    return [r.at("patched", "memcg.dying", 3600 * h) for h in range(24, 145)]


def more_memory(r):
    """Kernel memory at the end of day 6, pinned less reparented."""
    return r.at("original", "kernel.bytes", 6 * DAY) - r.at("patched", "kernel.bytes", 6 * DAY)


def selftest(result, ok):
    """P14, B10. The criteria stand in the scenario; here is what makes them worth something."""
    r = result("selftest-kmem")
    variants = ("v4.18", "v5.0", "v5.3", "v5.9", "v6.1", "v6.13", "v6.18")
    stats = ("basic0", "basic1", "deletion1", "stacks1", "dead1", "percpu1")
    ok(all(r.value(v, f"workload.{s}.unexplained") == 0 for v in variants for s in stats),
       "P14: the page counter is what is used and what CPUs hold back, to the byte")
    ok(all(r.value(v, "workload.stacks1.pages_dying") >= 20 for v in variants),
       "P14: 3: kpagecgroup is read while pages of removed cgroups are there")
    for v in variants[:3]:
        ok(r.value(v, "workload.percpu1.percpu") == 0, f"P14: 6: {v}: no percpu memory is charged")
    # aab6103b97f1 (v6.10) charges vmstats and, for each node, lruvec_stats, to the parent, each with 8 bytes for its owner
    ok(r.value("v6.13", "workload.percpu1.slab") == 1000 * (2048 + 8 + 1024 + 8), "P14: 6: v6.13: two kmallocs of each child")
    ok(r.value("v6.13", "workload.percpu1.percpu") == 1000 * (1216 + 528) * (4 + 2),
       "P14: 6: v6.13: percpu statistics of 4 CPUs, and a pointer for every 4 bytes")
    # kernel test robot, 21 May 2024: 20549632 and 12096000, on such a machine; both classes were 4096 then
    robot = 20549632 - 12096000
    ok(robot > TOLERANCE and 0 <= robot - 1000 * 2 * (4096 + 8) < TOLERANCE,
       "P14: 6: what the robot saw is two kmalloc-4k of each child, and stocks")


def dying_a_day(result, ok):
    """P4, K7: some 250 dying cgroups a day against a plateau."""
    r = result("dying-a-day")
    held = plateau(r)
    ok(max(held) < 100 and sum(held) / len(held) < 70, f"K7: patched: at most {max(held):.0f}, not more by the day")
    more = more_memory(r) / days(r)[6]
    # P4 gives 137 to 161 KB; here a service has the 17 kmem_caches of a process of the recorded host, at 2 KB each
    ok(PERCPU < more < 161000, f"K7: {more:.0f} bytes for a dying cgroup, {PERCPU} of them statistics on 36 CPUs")


def dying_by_page(result, ok):
    """P11, C1: Muchun Song's loads."""
    r = result("dying-by-page")
    ok(all(r.value(v, "workload.cat-stat.file") >= 2000 * 4096 for v in ("v4.18", "v5.9", "v5.13", "v6.18")),
       "P11: cat: each has its page")
    ok(r.value("v5.9", "workload.sleep-stat.kernel_stack") == r.value("v6.18", "workload.sleep-stat.kernel_stack") == 500 * 16384,
       "P11: sleep: the stacks are charged in both")


def ids(result, ok):
    """P2a, Q1, Q2."""
    r = result("ids-run-out")
    for v in ("v4.18", "v5.9", "v6.18"):
        ok(r.value(v, "workload.services.refused") == 0, f"P2a: {v}: 70,000 in a row use no id up")
        ok(r.value(v, "workload.containers.refused") == 468 and r.value(v, "memcg.mkdir_failed") == 468,
           f"P2a: {v}: mkdir fails beyond 65,534 at once")


TESTS = (selftest, dying_a_day, dying_by_page, ids)
