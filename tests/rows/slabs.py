# SPDX-License-Identifier: GPL-3.0-or-later
"""Slab accounting against what was published and recorded of it (SEEDS B1 to B8, K8), beyond the table of docs/rows.md.

A test takes result(scenario, options...), the run of that command, and ok(condition, text).
"""
CLASSES = [8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192]
# of the caches of slab-utilization, those whose objects are accounted
ACCOUNTED = ("dentry", "ext4_inode_cache", "task_struct", "signal_cache", "sighand_cache", "files_cache", "mm_struct", "pid",
             "vm_area_struct", "anon_vma", "anon_vma_chain", "filp", "sock_inode_cache", "eventpoll_epi")
SERVICES = "slab-utilization --set workloads.services"
BEST = f"run {SERVICES}.tasks=32 --variant per-page"
MOVING = f"run {SERVICES}.tasks=32 --set workloads.services.move_every=500 --variant per-page"
OPT_IN = f"run {SERVICES}.kmem=off"
W2 = "recorded/4.18/W2-K20-kmem/scenario"
W2_FILES = 20


def w2(files):
    """The recorded load W2 with another number of files a cgroup."""
    return (f"run {W2} --set workloads.c.files.0.count={files} --set workloads.c.files.1.count={files} "
            "--set workloads.c.op_time=500us")


def at_end(r, variant):
    rows = r.rows("caches.csv")
    return [row for row in rows if row["variant"] == variant and row["time_s"] == rows[-1]["time_s"]]


def slots(r, variant):
    """Live objects over slots of all caches, in bytes: what slabinfo has of it."""
    live = sum(int(row["live_objs"]) * int(row["objsize"]) for row in at_end(r, variant))
    return live / sum(int(row["num_objs"]) * int(row["objsize"]) for row in at_end(r, variant))


def vectors(r, variant):
    """Bytes of ownership vectors, by slabs and size classes: 8 bytes an object beside each slab of an accounted cache."""
    return sum(int(c["num_slabs"]) * min(s for s in CLASSES if s >= 8 * int(c["objperslab"]))
               for c in at_end(r, variant) if c["cache"] in ACCOUNTED)


def inode_slots(r):
    """Of ext4_inode_cache at the end of W2, as it was read."""
    row = [c for c in r.rows("caches.csv") if c["time_s"] == "17" and c["cache"] == "ext4_inode_cache"][0]
    return int(row["live_objs"]) / int(row["num_objs"])


def utilization(result, ok):
    """Roman Gushchin, 2019 and 2020: 45-65 %, best about 85 %, high 90s without; slab -35 to -45 %."""
    r = result("slab-utilization")
    for variant in ("per-object", "two-sets", "nokmem"):
        ok(0.97 < slots(r, variant) < 1, f"B2, B5: slots of shared caches, {variant}: {slots(r, variant):.3f}")
    roots = len({c["cache"] for c in r.rows("caches.csv")})
    ok(0 < r.value("two-sets", "acct.kmem_caches.peak") <= roots, "B8: two sets: at most twice the caches")
    off = result(*OPT_IN.split()[1:])
    ok(off.value("per-page", "acct.kmem_caches.peak") == 0, "B4: without opting in no caches")


def recorded_point(result, ok):
    """The recorded 0.63 of ext4_inode_cache (W2, 20 files a cgroup) lies on the curve of files a cgroup."""
    # a file each and a directory; 16 a slab; the first ones of each kind are nobody's
    few, many = (inode_slots(result(*w2(files).split()[1:])) for files in (10, 40))
    ok(abs(few - 0.64) < 0.06 and many > 0.8, f"B1: W2: 10 files: {few:.3f}, 40: {many:.3f}")


TESTS = (utilization, recorded_point)
