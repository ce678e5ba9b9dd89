# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/rows.md says of each row: systems and proposals (A to E), checks (K), published figures (P).

A row has a line for each expectation of a scenario that is named after it, and those below: what a run shows beside
(Figure), what it cannot show and why (NotShown).
"""
import os
import re

import selftest
import slabs
from engine import Run, at_least, at_most, below, between, near

ROWS = ([f"A{i}" for i in range(1, 17)] + [f"B{i}" for i in range(1, 14)] + [f"C{i}" for i in range(1, 9)] +
        [f"D{i}" for i in range(1, 13)] + [f"E{i}" for i in range(1, 9)] + ["K1", "K2", "K3"] +
        [f"K{i}" for i in range(5, 11)] + ["P1", "P2a"] + [f"P{i}" for i in range(4, 15)])

HEADINGS = [
    ("A", "list_lru memory"),
    ("B", "Slab memory controller"),
    ("C", "Dying cgroups"),
    ("D", "Shrinkers, inodes, page cache"),
    ("E", "cgroup_mutex, mem_hotplug_lock, hot-remove"),
    ("K", "The checks that would convince"),
    ("P", "Figures published elsewhere"),
]

GREP = "recursive-grep"
COMPILE = "xfs-compile-regression"
SMALL = "--set workloads.compile.dirs=30"
IDS = "run list-lru-headline --set duration=5min --set sample=20ms --variant eager --proc"
PROC = "run slab-utilization --proc"
POWER8 = "check bharata-power8"
DAYS = "check dying-a-day"

RUNS = {r.command: r for r in (
    Run("check list-lru-headline"),
    Run(IDS),
    Run("check list-lru-proposals"),
    Run("check list-lru-entries"),
    Run("check first-insert-failures"),
    Run("run first-insert-failures --set workloads.balloon.sizes=60000KiB"),
    Run("check inode-coverage"),
    Run("check bharata-10k-containers"),
    Run("check min-batch-100x"),
    Run("run min-batch-100x --set workloads.names-middle.files=5010 --set workloads.press-middle.size=1021MiB "
        "--set workloads.names-large.files=2010"),
    Run("check w3-churn-pressure"),
    Run("run w3-churn-pressure --variant v5.9 --set variants.v5.9.kernel=v5.0"),
    Run("check zero-seek-last-object"),
    Run("check reclaim-balance"),
    Run("check reclaim-balance --set variants.0.kernel=v4.19", code=1),
    Run("check recursive-grep"),
    Run("check xfs-direct-stall"),
    Run("run xfs-direct-stall --set mounts.root.fs=ext4 --variant v4.19.16"),
    Run(f"run {COMPILE} -v {SMALL}"),
    Run(f"run {COMPILE} {SMALL} --set mounts.root.fs=ext4 --variant v4.19.3"),
    Run("check hotremove-deadlock"),
    Run("check pmem-reboot"),
    Run("check shrinker-map-4001"),
    Run("run shrinker-map-4001 --set workloads.drop.at=[0s]"),
    Run("check shrinker-calls-200"),
    Run("run shrinker-calls-200 --set workloads.drop.at=[0s]"),
    Run("check nr-deferred-runaway"),
    Run("check nr-deferred-bytes"),
    Run("check mounts-per-container"),
    Run("check dying-cgroups"),
    Run("check zombie-reaper"),
    Run("check slab-utilization"),
    Run(PROC),
    Run(slabs.BEST),
    Run(slabs.MOVING),
    Run(slabs.OPT_IN),
    Run(slabs.w2(slabs.W2_FILES)),
    Run("check slab-causes"),
    Run("check slab-restart"),
    Run("check slab-page-cache"),
    Run(POWER8),
    Run("check selftest-kmem"),
    Run(DAYS),
    Run("check dying-by-page"),
    Run("check ids-run-out"),
    Run(selftest.ERRORS),
    Run("check container-churn"),
    Run("check container-host"),
    Run("check w4-pressure"),
    Run("check w4p-pressure"),
    Run("check host-replay"),
    Run("build/tests/test_shrinker"),
    Run("check bonnie-delete", slow=True),
    Run("run bonnie-delete --set workloads.seq.order=random", slow=True),
    Run(f"check {COMPILE}", slow=True),
    Run("check big-host-pressure", slow=True),
)}


class Figure:
    """A figure of a run: what it is, what was published, what it is here, what it has to be.

    misses: why it is not what it should be; then it must not be.
    """

    def __init__(self, rows, what, command, published, value, want, misses=""):
        self.rows, self.what, self.command, self.published = rows.split(), what, command, published
        self.value, self.want, self.misses = value, want, misses


class NotShown:
    def __init__(self, rows, what, published, why):
        self.rows, self.what, self.published, self.why = rows.split(), what, published, why


def ratio(metric, variant, over):
    return lambda r: r.value(variant, metric) / r.value(over, metric)


def value(variant, metric):
    return lambda r: r.value(variant, metric)


def at(variant, metric, time):
    return lambda r: r.at(variant, metric, time)


def growth(variant, metric, since, until):
    return lambda r: r.at(variant, metric, until) - r.at(variant, metric, since)


def passes(r):
    """Of the middle phase of min-batch-100x: v4.19 asks for 1,024 in each."""
    n = growth("v4.19", "shrink.delta", 29, 39)(r) / 1024
    assert n == int(n) and n >= 1, n
    return n


def later_pass(variant, scenario, times):
    """Calls of a pass of drop_caches after the first one."""
    once = RUNS[f"run {scenario} --set workloads.drop.at=[0s]"]
    return lambda r: (r.value(variant, "shrink.calls") - once.value(variant, "shrink.calls")) / (times - 1)


def shrinker_lines(r, column):
    """A column of the table that test_shrinker prints."""
    found = re.findall(r"^# (\S+) +(W4p?) +" + r" +".join([r"(\d+)"] * 7) + "$", r.text, re.M)
    assert len(found) == 8, r.text
    return [int(line[2 + column - 1]) + (int(line[2 + column]) if column == 6 else 0) for line in found]


def id_sizes(r):
    """The sizes that the table of ids takes, in order."""
    seen = []
    for _, v in r.series("eager", "memcg.nr_cache_ids"):
        if v and (not seen or seen[-1] != v):
            seen.append(v)
    return " ".join(f"{v:.0f}" for v in seen)


def is_text(text):
    want = near(0)
    want.text, want.holds = text, lambda x: x == text
    return want


def proc(variant, name, pattern):
    """A number in a file of run --proc."""
    def found(r):
        with open(os.path.join(r.out, "proc", variant, name), encoding="utf-8") as f:
            return float(re.search(pattern, f.read(), re.M).group(1))
    return found


def other_lines(r):
    """Lines of memcg_slabinfo that are neither a cgroup's path nor in the columns of slabinfo 2.1."""
    line = re.compile(r"\S+ +(\d+ +){5}: tunables +0 +0 +0 : slabdata +(\d+ +){2}0|# /.*|# name .*|# \d+ of \d+ memory .*")
    n = 0
    for variant in ("per-page", "per-object"):
        with open(os.path.join(r.out, "proc", variant, "memcg_slabinfo"), encoding="utf-8") as f:
            n += sum(not line.fullmatch(text) for text in f.read().splitlines())
    return n


def owned(variant, cache):
    """Objects of a cache in the section of the first service in memcg_slabinfo, 0 if it has no such line."""
    def found(r):
        with open(os.path.join(r.out, "proc", variant, "memcg_slabinfo"), encoding="utf-8") as f:
            section = f.read().split("# /system.slice/services1\n")[1].split("\n# ")[0]
        m = re.search(rf"^{cache} +(\d+) ", section, re.M)
        return int(m.group(1)) if m else 0
    return found


def saved(metric, variant, over, percent=True):
    """What the one takes less than the other, in percent or in units of the metric."""
    return lambda r: (r.value(over, metric) - r.value(variant, metric)) * (100 / r.value(over, metric) if percent else 1)


def saved_at(metric, time):
    """The same of bharata-power8 at a time."""
    return lambda r: 100 * (1 - r.at("patched", metric, time) / r.at("v5.5", metric, time))


def errors(r):
    """The errnos of mkdir without a free id, by variants."""
    return " ".join(f"{v}: {e}" for vs, e in re.findall(r"^(v\S+(?:, v\S+)*): containers: mkdir: (-\w+)", r.text, re.M)
                    for v in vs.split(", "))


def no_opt_in(r):
    return r.value("per-page", "slab.bytes.end") / RUNS["check slab-utilization"].value("nokmem", "slab.bytes.end")


SIZES = "4 10 22 46 94 190 382 766 1534 3070 6142 12286 24574"

LINES = [
    # ---- A ----
    Figure("A1 K1", "bytes of list heads in one lru of one superblock", "check list-lru-headline",
           "about 3 MB; 24574 x 32 x 4", lambda r: r.value("eager", "list_lru.lists_bytes.peak") / (952 * 2),
           near(3145472)),
    Figure("A2", "cgroups that live at the end beside those 24574 ids", "check list-lru-headline",
           "under 500", value("eager", "memcg.online.end"), below(500)),
    Figure("A3", "rows of the table while all of them live: shrinking saves nothing at the peak",
           "check list-lru-proposals", "the peak is unchanged; 2 * id", value("shrink", "memcg.nr_cache_ids.peak"),
           at_least(12288)),
    Figure("A3", "bytes of heads at the end, 400 cgroups, over eager's", "check list-lru-proposals",
           "178 MiB of 5.58 GiB (derived with the old growth, 766 ids; v1 takes 512)",
           ratio("list_lru.lists_bytes.end", "shrink", "eager"), at_most(0.032)),
    Figure("A4", "objects on no list, with memory to spare",
           "run first-insert-failures --set workloads.balloon.sizes=60000KiB", "-",
           value("first-insert", "list_lru.untracked.end"), near(0)),
    NotShown("A6", "an allocator of its own around list_lru (list_lru_kmem_cache_alloc())", "-",
             "its lists are those of `list_lru: lazy` (A5, A7); what a second lookup of memcg and node costs per "
             "allocation was not published and is not modelled"),
    Figure("A12", "inodes that XFS reclaims itself, after the VFS has evicted them", "check xfs-direct-stall",
           "XFS has its own cache and its own reclaim", value("v5.9", "xfs.reclaimed"), at_least(1)),
    Figure("A15", "cgroups in an hour, one for each process, which lives 30 s on average", "check container-churn",
           "a cgroup for each short process", value("pinned", "workload.services.containers"), near(3000)),
    Figure("A16", "crash> p memcg_nr_cache_ids (proc/eager/crash.txt)", IDS, "24574",
           proc("eager", "crash.txt", r"^memcg_nr_cache_ids = \$1 = (\d+)$"), near(24574)),
    Figure("A16", "crash> list super_blocks / wc -l", IDS, "952",
           proc("eager", "crash.txt", r"super_blocks \| wc -l\n(\d+)$"), near(952)),
    Figure("A16", "bytes by the formula, below these two", IDS, "952*2*3 MB, about 5.6 GB",
           proc("eager", "crash.txt", r"^of 2 lrus a superblock +(\d+) "), near(5988978688)),
    # ---- B ----
    Figure("B1 K8", "slots in use, as slabinfo counts them, caches for each memcg", "check slab-utilization",
           "45-65 % in most cases", lambda r: slabs.slots(r, "per-page"), between(0.45, 0.65)),
    Figure("B1 K8", "the same with 32 processes a cgroup instead of 8", slabs.BEST, "best about 85 %",
           lambda r: slabs.slots(r, "per-page"), between(0.8, 0.9)),
    Figure("B1", "the same 32, moving over CPUs: a big cgroup is no better off then", slabs.MOVING, "45-65 % in most cases",
           lambda r: slabs.slots(r, "per-page"), between(0.45, 0.65)),
    Figure("B1", "slots of ext4_inode_cache, 100 cgroups with 20 files each, 4.18", slabs.w2(slabs.W2_FILES),
           "0.639 recorded", slabs.inode_slots, near(0.639, 0.05)),
    Figure("B2 K8", "slots in use without kmem accounting", "check slab-utilization", "high 90s, %",
           lambda r: slabs.slots(r, "nokmem"), between(0.96, 1)),
    Figure("B2 K8", "slab that nokmem gives back, %", "check slab-utilization", "30-50 %",
           saved("slab.bytes.end", "nokmem", "per-page"), between(30, 50)),
    Figure("B4", "slab of cgroups that did not opt in, over no accounting at all", slabs.OPT_IN, "no loss (-)", no_opt_in,
           between(0.99, 1.01)),
    NotShown("B4", "default on v1 and v2, and systemd, which makes a cgroup of everything", "-",
             "who opts in is the load's: kmem: on or off; the models have no switch that is off by default"),
    Figure("B5 K8", "slots in use of shared slabs", "check slab-utilization", "high 90s, %",
           lambda r: slabs.slots(r, "per-object"), between(0.96, 1)),
    Figure("B5 K8 P5", "slab that shared slabs save, %", "check slab-utilization", "35-45 % on average; up to 45 %",
           saved("slab.bytes.end", "per-object", "per-page"), between(35, 45)),
    Figure("B5 P5", "bytes that shared slabs save on this host", "check slab-utilization",
           "high hundreds of MBs to single GBs; about 1 GB", saved("slab.bytes.end", "per-object", "per-page", False),
           between(7e8, 9e9), misses="1,000 cgroups of 8 processes with 40 files have no more slab; what ran on those hosts "
                                     "was not published"),
    NotShown("B5 P5", "desktops right after boot: Fedora 31 with 8 cores, Fedora 32 with 16 cores", "-45..50 %; -58 % (SLUB)",
             "what a desktop starts was not published; right after boot is B12, on 80 CPUs"),
    Figure("B6", "bytes of ownership vectors over 8 for each slot, in size classes", "check slab-utilization",
           "objs_per_page * 8", lambda r: r.value("per-object", "acct.vector_bytes.end") / slabs.vectors(r, "per-object"),
           near(1, 0.01)),
    Figure("B9", "lines of memcg_slabinfo that are not in the columns of slabinfo 2.1", PROC, "slabinfo.py: columns of 2.1",
           other_lines, near(0)),
    Figure("B9", "cgroups that have their lines, caches for each memcg", PROC, "-",
           proc("per-page", "memcg_slabinfo", r"^# (\d+) of \d+ memory"), near(1000)),
    Figure("B9", "the same, shared slabs", PROC, "-", proc("per-object", "memcg_slabinfo", r"^# (\d+) of \d+ memory"),
           near(1000)),
    Figure("B9", "dentries of a cgroup that made 40 files and a directory, shared slabs", PROC, "-",
           owned("per-object", "dentry"), near(41)),
    Figure("B9", "mm_structs of a cgroup with 8 processes, shared slabs", PROC, "-", owned("per-object", "mm_struct"), near(8)),
    Figure("B12", "sysbench, mysqld: kmem.usage before, bytes", POWER8, "15,859,712; 16,187,392",
           value("v5.5", "workload.mysqld.kmem_peak_bytes"), near(16023552, 0.1)),
    Figure("B12", "sysbench, mysqld: kmem.usage after, bytes", POWER8, "4,456,448; 4,653,056",
           value("patched", "workload.mysqld.kmem_peak_bytes"), near(4554752, 0.1),
           misses="5.2 MB of it are byte stocks, a page of 64 KiB on each CPU; there others take a CPU's stock over, here nobody "
                  "runs beside it"),
    Figure("B12", "sysbench, mysqld: kmem.usage saved, %", POWER8, "71.9, 71.3",
           saved("workload.mysqld.kmem_peak_bytes", "patched", "v5.5"), between(68, 75), misses="stocks, as above"),
    Figure("B12", "sysbench, mysqld: Slab saved, %", POWER8, "25.4, 29.1", saved_at("slab.bytes", 35), between(22, 32),
           misses="as right after boot"),
    Figure("B12", "compile, make -j64: kmem.usage before, bytes", POWER8, "338,493,440 to 341,835,776",
           value("v5.5", "workload.make.kmem_peak_bytes"), near(340164608, 0.1),
           misses="-16 %: what each process allocates is another host's, and its compile is not described"),
    Figure("B12", "compile, make -j64: kmem.usage after, bytes", POWER8, "231,931,904 to 236,453,888",
           value("patched", "workload.make.kmem_peak_bytes"), near(234192896, 0.1), misses="-17 %, as before"),
    Figure("B12", "compile, make -j64: kmem.usage saved, % (buffer heads were added with this figure in view)", POWER8,
           "31.5, 30.8, 31.4", saved("workload.make.kmem_peak_bytes", "patched", "v5.5"), between(28, 35)),
    Figure("B12", "compile, make -j64: Slab saved, %", POWER8, "31.0, 29.1, 40.6", saved("slab.bytes.peak", "patched", "v5.5"),
           between(26, 44)),
    Figure("B12", "right after boot: Slab before, kB", POWER8, "821,888", lambda r: r.at("v5.5", "slab.bytes", 15) / 1024,
           near(821888, 0.1), misses="its own caches are another host's, and fewer (head of the scenario)"),
    Figure("B12", "right after boot: Slab saved, %", POWER8, "29.0", saved_at("slab.bytes", 15), between(26, 32),
           misses="what is missing of that host's Slab was charged to nobody, and saved nothing"),
    # ---- C ----
    Figure("C3", "slabs charged and given back: so often a list of all charged pages would take its lock",
           "check dying-cgroups", "an extra lock in allocation and free", value("reparent", "acct.slab_charges"), at_least(1)),
    Figure("C4", "as often a kmem_cache's references change, by an atomic operation or on a per-CPU counter",
           "check dying-cgroups", "the costs differ", value("reparent", "acct.slab_charges"), at_least(1)),
    # ---- D ----
    Figure("D1 P6", "objects that a pass at priority 12 asks of 20,480: before", "check min-batch-100x",
           "single digit scan count (10 with seeks 2)",
           lambda r: growth("v4.18", "shrink.delta", 29, 39)(r) / passes(r), near(10)),
    Figure("D1", "dying cgroups, as before the stream, before 172b06c32b94 (v4.18)", "check w3-churn-pressure",
           "easily several hundreds", at("v4.18", "memcg.dying", 38), at_least(288)),
    Figure("D2 D6", "work that is owed, at most: keep-attached over strip", "check recursive-grep",
           "skipped work is deferred and piles up", ratio("shrink.deferred.peak", "keep-attached", "strip"), at_least(2),
           misses="do_shrink_slab() counts a rotated inode as scanned, so it is not owed; what piles up are the inodes "
                  "themselves (shrink.rotated)"),
    Figure("D4", "slab beside page cache: scan_ratio of v5.0 over v4.18", "check reclaim-balance",
           "page and inode balance are back", ratio("balance.scan_ratio", "kernel", "v4.18"), between(0.9, 1.1)),
    Figure("D4", "dying cgroups after the stream, v5.0",
           "run w3-churn-pressure --variant v5.9 --set variants.v5.9.kernel=v5.0", "the leak is back",
           at("v5.9", "memcg.dying", 38), at_least(288)),
    Figure("D5", "verdicts on the balance that fail with v4.19", "check reclaim-balance --set variants.0.kernel=v4.19",
           "-", lambda r: sum(v["holds"] == "0" and v["check"] == "balance" for v in r.verdicts.values()), at_least(5)),
    Figure("D7", "pages of 1,000,000 read once that go with their inodes: strip", f"check {GREP}",
           "wanted: at once", lambda r: r.value("strip", "pagecache.inodesteal") -
           (r.value("strip", "workload.warm.pages_read") - 128000), at_least(100000)),
    Figure("D8 K9 P8", "a fifth of that compile: v4.19.3 over v4.18", f"run {COMPILE} -v {SMALL}",
           "3m30s to over an hour (the whole of it)", ratio("workload.compile.duration_s", "v4.19.3", "v4.18"),
           at_least(5)),
    Figure("D8 K9 P8", "the whole compile, s: with both commits", f"check {COMPILE}", "over an hour",
           value("v4.19.3", "workload.compile.duration_s"), at_least(3600)),
    Figure("D8 K9", "the whole compile, s: with neither", f"check {COMPILE}", "3m30s",
           value("v4.18", "workload.compile.duration_s"), between(150, 300)),
    Figure("D8", "what is copied meanwhile, bytes a second: v4.19.3 over v4.18", f"run {COMPILE} -v {SMALL}",
           "copy throughput tanks", lambda r: ratio("pagecache.added_bytes.end", "v4.19.3", "v4.18")(r) /
           ratio("workload.copy.duration_s", "v4.19.3", "v4.18")(r), below(0.9),
           misses="the copy keeps its speed: it comes from another machine, nothing of it is written to the disk, and "
                  "it does not wait for kswapd"),
    Figure("D9 P9", "dirty inodes that reclaim writes in a second that kswapd waits, 32 a cluster at most",
           "check xfs-direct-stall", "about 500/s",
           lambda r: 32 * r.value("v4.19.16", "xfs.sync_writes") / r.value("v4.19.16", "stall.kswapd_io_s"),
           between(100, 2000)),
    Figure("D9 P9", "inodes that XFS reclaims in a second of shrinkers' CPU time, if it passes over dirty ones",
           "check xfs-direct-stall", "over 500,000/s when clean",
           lambda r: r.value("async", "xfs.reclaimed") / r.value("async", "shrink.cpu_s"), at_least(500000)),
    Figure("D10 P8", "longest stall with ext4 instead of XFS, s",
           "run xfs-direct-stall --set mounts.root.fs=ext4 --variant v4.19.16", "ext4 is fine",
           value("v4.19.16", "workload.gpu.stall_max_s"), at_most(0.01)),
    Figure("D11", "deepest fall of the page cache over its mean: v4.19", "check reclaim-balance",
           "thrashed for no apparent reason", value("v4.19", "balance.sawtooth"), at_least(0.01)),
    Figure("D12", "a fifth of that compile on ext4: v4.19.3 over v4.18",
           f"run {COMPILE} {SMALL} --set mounts.root.fs=ext4 --variant v4.19.3", "ext2, ext3, ext4, jfs: less severe",
           ratio("workload.compile.duration_s", "v4.19.3", "v4.18"), between(1, 5)),
    # ---- E ----
    NotShown("E8", "a tmpfs that outlives kexec: no offline step", "-",
             "there is no model of kexec; what it would save is the hot-remove of E7, workload.half.offline_s"),
    # ---- K ----
    Figure("K2 P1", "sizes of the table of ids, in order",
           IDS, SIZES.replace(" ", ", "), id_sizes, is_text(SIZES)),
    Figure("K3 P1", "kmalloc-32 objects at the peak", "check bharata-10k-containers", "3,442,409,472",
           value("unpatched", "kmalloc-32.objects.peak"), near(3442409472, 0.001)),
    Figure("K5 P12", "lines of shrinkers in eight recorded traces (4.18 to 6.1) that are judged",
           "build/tests/test_shrinker", "the recordings", lambda r: sum(shrinker_lines(r, 1)), at_least(600000)),
    Figure("K5 P12", "lines not bit-exact in delta, total_scan or what goes back", "build/tests/test_shrinker", "0",
           lambda r: sum(shrinker_lines(r, 6)), near(0)),
    Figure("K5 P12", "golden vectors of three eras, and their rules: tests that fail", "build/tests/test_shrinker",
           "P12", lambda r: r.text.count("[  FAILED  ]"), near(0)),
    Figure("K6 P10", "calls of a pass of drop_caches without the map, after the first", "check shrinker-map-4001",
           "4001 x 4001 = 16.0 M", later_pass("walk", "shrinker-map-4001", 5), near(4001 * 4001, 0.01)),
    Figure("K6 P10", "calls of such a pass with the map, over without", "check shrinker-map-4001", "1/548 of the time, or less",
           lambda r: later_pass("map", "shrinker-map-4001", 5)(r) / later_pass("walk", "shrinker-map-4001", 5)(r),
           at_most(1 / 548)),
    Figure("K6 P10", "CPU seconds of a pass without the map (342 ns a call are calibrated to this very figure)",
           "check shrinker-map-4001", "5.48",
           lambda r: (r.value("walk", "shrink.cpu_s") -
                      RUNS["run shrinker-map-4001 --set workloads.drop.at=[0s]"].value("walk", "shrink.cpu_s")) / 4,
           near(5.48, 0.02)),
    Figure("K9 P7", "RandCreate: seconds to delete, base over revert",
           "run bonnie-delete --set workloads.seq.order=random", "95.01 / 87.68 = 1.08",
           ratio("workload.seq.delete_s", "base", "revert"), between(1, 1.2),
           misses="a hundred times as long here: nobody waits for fewer dirty inodes (head of the scenario)"),
    Figure("K9 P7", "RandCreate: gradual over revert", "run bonnie-delete --set workloads.seq.order=random",
           "87.66 / 87.68 = 1.00", ratio("workload.seq.delete_s", "gradual", "revert"), between(0.95, 1.05)),
    Figure("K9 P7", "SeqCreate: seconds to delete, base over revert", "check bonnie-delete", "98.18 / 78.04 = 1.26",
           ratio("workload.seq.delete_s", "base", "revert"), between(1.1, 1.5),
           misses="the order is right, the distance is not: memory, disk and pressure of that machine are not known"),
    Figure("K9 P7", "SeqCreate: gradual over revert", "check bonnie-delete", "90.90 / 78.04 = 1.16",
           ratio("workload.seq.delete_s", "gradual", "revert"), between(1.05, 1.3), misses="the order is right, the distance is not, as with 4.20"),
    Figure("K7 P4", "pinned: growth of days 3 to 6, how far one is from their mean", DAYS, "near-linear", selftest.departure,
           at_most(0.25)),
    Figure("K7 P4", "reparented: mean of days 2 to 6", DAYS, "44 to 55; 46 to 69",
           lambda r: sum(selftest.plateau(r)) / len(selftest.plateau(r)), between(44, 69),
           misses="bounded, but lower: page lists turn over in 8 hours, and nothing else keeps a cgroup here; what keeps 44 "
                  "there was not published"),
    Figure("K7 P4", "kernel memory for a dying cgroup, bytes", DAYS, "137 to 161 KB (derived)",
           lambda r: round(selftest.more_memory(r) / selftest.days(r)[6]), between(137000, 161000),
           misses=f"{selftest.PERCPU:,} are statistics on 36 CPUs, the rest mostly 17 kmem_caches of 2 KB, those of a "
                  "process on the recorded host; which theirs had was not published"),
    # ---- P ----
    Figure("P2a", "errno of mkdir without a free id", selftest.ERRORS, "ENOMEM before 5.7, ENOSPC from then on", errors,
           is_text("v4.18: -ENOMEM v5.9: -ENOSPC v6.18: -ENOSPC")),
    NotShown("P2a", "ids before 4.8, which stay with the dead; swap entries that pin one from 4.8 on", "-",
             "no kernel row is that old, and there is no swap"),
    Figure("P4", "kernel memory after 6 days, pinned less reparented, MB", DAYS, "209; 214",
           lambda r: selftest.more_memory(r) / 1e6, between(200, 225), misses="fewer dying, and less for each: K7"),
    NotShown("P4", "kmem accounting off; all hosts", "about 100; several thousands, one above 100 GB",
             "without accounting it is as reparented (K7): nothing stays; the other hosts were not described"),
    NotShown("P5", "SLAB: desktop after boot; cycles of an allocation; hackbench with one set of caches",
             "-38 %; 87/52/42/37/31 against 90/53/42/36/32; -62.4 %",
             "SLAB is not modelled, nor is the time of the allocation path (models.md); memory of one set against two is B8"),
    NotShown("P11", "hosts of Pinterest and GitHub: CPU time of readers of memory.stat", "68,680 for 240 directories; 6.5 %; > 100 ms",
             "readers of memory.stat are not modelled; how such numbers come about is C1, P4 and ids-run-out"),
    NotShown("P11", "cat with the pages of the LRU reparented", "no significant increase",
             "no release up to v6.18 does so, and there is no policy for it"),
    Figure("P1", "P1a: bytes of heads of the containers' mounts", "check bharata-10k-containers",
           "110,082,560,000", value("unpatched", "list_lru.lists_bytes.peak"), near(110082560000, 0.001)),
    Figure("P1", "kmalloc-32 objects before", "check bharata-10k-containers", "178,176",
           at("unpatched", "kmalloc-32.objects", 5), near(178176, 0.1),
           misses="this host has nothing but what the scenario says; a booted one has more"),
    Figure("P1", "kmalloc-32 objects after", "check bharata-10k-containers", "388,933,632",
           at("unpatched", "kmalloc-32.objects", 290), near(388933632, 0.1),
           misses="that is 7,914 superblocks which were still there when it was read; which ones the mail does not say"),
    Figure("P1", "slab during, without the patch, bytes", "check bharata-10k-containers", "149 G",
           at("unpatched", "slab.bytes", 150), near(149e9, 0.1)),
    Figure("P1", "P1b: arrays of pointers that the patch leaves, bytes", "check bharata-10k-containers",
           "34.2 GiB (derived)", value("patched", "list_lru.arrays_bytes.peak"), near(70000 * 4 * 131072, 0.001)),
    NotShown("P1", "used memory of the host before, during and after", "23G, 172G, 40G",
             "it holds all that the host runs beside; slab and objects are above"),
    NotShown("P1", "P1d: what makes an fs aware of memcgs", "by type", "a type decides it here too "
             "(`memcgsim list filesystems`); nobody published a figure"),
    Figure("P6", "objects that a pass at priority 12 asks of 5,000: before",
           "run min-batch-100x --set workloads.names-middle.files=5010 --set workloads.press-middle.size=1021MiB "
           "--set workloads.names-large.files=2010", "2 (\"1 item\")",
           lambda r: growth("v4.18", "shrink.delta", 29, 39)(r) / passes(r), near(2)),
    Figure("P7", "clusters that XFS reads again before it writes them: base over revert", "check bonnie-delete",
           "more RMW cycles", lambda r: r.value("base", "xfs.rmw_reads") / max(r.value("revert", "xfs.rmw_reads"), 1),
           at_least(10)),
    NotShown("P7", "pginodesteal, kswapd_inodesteal of a workstation; 202441 c24", "14617964, 6674859",
             "counters since a boot under an unknown load; the models have pagecache.inodesteal (D6, D7)"),
    NotShown("P8", "a multi-GB user buffer that underruns; dentries lost with vfs_cache_pressure=0 (c28); 100 GB of "
             "page cache at Cloudflare", "-",
             "the first is longer than the stalls above on a load that is not described; with vfs_cache_pressure 0 the "
             "models lose no dentry to reclaim, as the formula says, and c28 does not say who took them"),
    NotShown("P9", "fsmark with 14 of 16 GB locked; simoop", "-90 %, -20 %; 5 stalls/s to 0.04",
             "mlock()ed memory and simoop have no workload; who waits for whom is D9 and D10; OOM kills of half a series "
             "hang on throttling of reclaim, which is not modelled"),
    Figure("P10", "calls of a pass over 200 containers with 10 mounts and 10 cgroups", "check shrinker-calls-200",
           "4,000,000", later_pass("walk", "shrinker-calls-200", 2), near(4e6, 0.01)),
    Figure("P10", "calls of such a pass with the map", "check shrinker-calls-200", "O(n)",
           later_pass("map", "shrinker-calls-200", 2), at_most(2002)),
    Figure("P10", "bytes for what is owed to a cgroup, v5.13", "check nr-deferred-bytes",
           "about 320, 3.2 MB for 10,000",
           lambda r: (r.value("v5.13", "shrink.map_bytes.end") - r.value("v5.12", "shrink.map_bytes.end")) / 10000,
           near(320, 0.1),
           misses="the 320 are 40 counters; allocated are 64 at a time, beside the bits, in 1 KiB"),
    Figure("P10", "share of all dentries that one call of kswapd drops (nr_deferred)", "check nr-deferred-runaway",
           "half: 46,844,928 of 93,689,873",
           lambda r: r.value("shared", "shrink.scanned_max") / r.value("shared", "dentry.objects.peak"),
           between(0.49, 0.501)),
    NotShown("P10", "time under locks: list_lru count (4.17), shrinker_rwsem (6.7), split list_lru lock (6.13), per-memcg "
             "lru_lock (5.11); 44.8 s of one call", "34.19 %, 35.34 %, +15 %, +80 %",
             "who waits for a lock of reclaim, and IPIs, are not modelled; calls, objects and their CPU time are"),
    Figure("P13", "a cgroup and its two ancestors, ten mounts, 100 users: blocks of dentries and inodes",
           "check list-lru-entries", "an entry for it and all its ancestors",
           lambda r: r.at("lazy", "list_lru.lists_bytes", 60) / 128, near((100 + 2 * 10) * 2)),
]

# What expectations of scenarios are about, and what was published: (scenario, verdict) -> (what, published).
# One that is not here stands in the table by its own words. Without a variant: a line for all variants that want the same of that metric.
ABOUT = {
    ("list-lru-headline", "list_lru.lists_bytes.peak of eager"):
        ("bytes of list heads: 952 superblocks, 24574 ids, 4 nodes", "5.6 GB; 5,988,978,688"),
    ("list-lru-headline", "list_lru.lists_bytes.end of eager"): ("bytes of list heads when the cgroups are gone", "they stay"),
    ("list-lru-headline", "memcg.nr_cache_ids.peak of eager"): ("ids after 12,287 cgroups at once", "24574"),
    ("list-lru-headline", "list_lru.bytes.peak of lazy over eager"): ("all of list_lru: lazy over eager", "-"),
    ("list-lru-proposals", "list_lru.lists_bytes.end of shrink"):
        ("bytes of heads for 400 cgroups", "178 MiB (derived: 766 ids)"),
    ("list-lru-proposals", "memcg.nr_cache_ids.end of shrink"): ("rows of the table for 400 cgroups", "hundreds"),
    ("list-lru-proposals", "memcg.nr_cache_ids.peak of shrink"): ("rows of the table at the peak", "tens of thousands"),
    ("list-lru-proposals", "memcg.nr_cache_ids.peak of kirill"):
        ("P1c: rows of the table with Kirill Tkhai's growth, 12,288 cgroups", "3070, 5070, ..., 11070, so 13070"),
    ("list-lru-proposals", "list_lru.lists_bytes of shrink at 2100 s"):
        ("bytes of heads while one high id lives", "it keeps the table large"),
    ("bharata-10k-containers", "kmalloc-32.objects.peak of patched"): ("live kmalloc-32 objects with the patch (slabinfo counts whole slabs)", "468,992"),
    ("bharata-10k-containers", "kmalloc-32.bytes of patched at 150 s"):
        ("slabs of kmalloc-32 with the patch during, bytes", "229 of 64 KiB: 15,007,744"),
    ("bharata-10k-containers", "kmalloc-32.bytes of patched at 290 s"):
        ("slabs of kmalloc-32 with the patch after, bytes", "as many as during"),
    ("bharata-10k-containers", "slab.bytes.peak of patched"): ("slab with the patch, bytes", "45 G"),
    ("bharata-10k-containers", "kmalloc-32.objects of unpatched at 150 s"):
        ("kmalloc-32 objects during", "3,440,080,000 (derived)"),
    ("bharata-10k-containers", "memcg.nr_cache_ids.peak of unpatched"): ("ids", "12286"),
    ("min-batch-100x", "shrink.delta of v4.19 over v4.18 at 39 s"):
        ("objects that a pass asks of 20,480: v4.19 over v4.18", "1024 for 10; order of 100x"),
    ("recursive-grep", "shrink.rotated of keep-attached over strip"):
        ("inodes that go round: keep-attached over strip", "nrpages > 1 gets one more pass"),
    ("w3-churn-pressure", "memcg.dying of v4.19.1 at 38 s"): ("dying cgroups of 300 after a stream, 172b06c32b94", "they fall"),
    ("xfs-compile-regression", "workload.compile.duration_s of v4.19.3 over v4.18"):
        ("kernel compile beside a copy: both commits over neither", "3m30s to over an hour, so 17 and more"),
    ("xfs-compile-regression", "workload.compile.duration_s of v5.0 over v4.18"): ("both reverted", "back to normal"),
    ("bonnie-delete", "workload.seq.delete_s of revert, gradual, base"):
        ("SeqCreate: seconds to delete: revert, Rik's patch, 4.20", "78.04, 90.90, 98.18"),
    ("hotremove-deadlock", "workload.core.stuck of v5.8"): ("threads in the cycle of a core dump", "T1->T3->T4->T2->T1"),
    ("hotremove-deadlock", "workload.shutdown.livelock of v5.8"): ("loop over a page that can not go", "watchdog reset"),
    ("hotremove-deadlock", "workload.shutdown.reset_s of v5.8"): ("s until the watchdog resets", "-"),
    ("hotremove-deadlock", "workload.worker.stuck of v5.8"): ("threads that wait, with cache creation", "a third waiter type"),
    ("hotremove-deadlock", "workload.file.stuck of v5.8"): ("core to a file: threads stuck", "removes E1"),
    ("hotremove-deadlock", "workload.shutdown-file.livelock of v5.8"): ("core to a file: the loop", "E2 remains"),
    ("pmem-reboot", "workload.half.offline_s of v5.8"): ("s to take 2 GiB offline, half in use", "reboot under 1 s"),
    ("pmem-reboot", "workload.full.offline_s of v5.8"): ("s to take 2 GiB offline, all in use", "reboot under 1 s"),
    ("shrinker-map-4001", "shrink.calls of walk"): ("calls of five passes of drop_caches, without maps", "5 x 16.0 M"),
    ("shrinker-map-4001", "shrink.calls of map over walk"): ("calls of five passes with maps, the first one included, over without", "1.14 s of 41.55 s"),
    ("xfs-direct-stall", "workload.gpu.stall_max_s of v4.19.16"):
        ("longest stall of 32 pages, s", "freeze of multiple seconds"),
    ("xfs-direct-stall", "workload.gpu.reclaim_io_s of v4.19.16"):
        ("s that a task outside the file system waits for 256 MiB", "freeze of multiple seconds"),
    ("xfs-direct-stall", "workload.gpu.stall_max_s of async"): ("longest stall with async reclaim of XFS, s", "helps (c14)"),
    ("xfs-direct-stall", "workload.cured.stall_max_s of v4.19.16"):
        ("longest stall after drop_caches, s", "cures for a while (c13)"),
    ("nr-deferred-runaway", "shrink.deferred of shared at 29 s"): ("objects owed by a node (v5.12)", "2.5e12; no bound"),
    ("nr-deferred-runaway", "shrink.deferred of v5.13 at 29 s"): ("objects owed by cgroups (v5.13)", "at most 2x the list"),
    ("slab-utilization", "slab.utilization.end of per-page"):
        ("live bytes over pages of slabs, caches for each memcg", "45-65 % in most cases"),
    ("slab-utilization", "slab.utilization.end of per-object"): ("live bytes over pages of shared slabs", "high 90s, %"),
    ("slab-utilization", "slab.utilization.end of nokmem"): ("live bytes over pages of slabs without accounting", "high 90s, %"),
    ("slab-utilization", "slab.bytes.end of per-object over per-page"): ("slab: shared over caches for each memcg", "-35..45 %"),
    ("slab-utilization", "slab.bytes.end of nokmem over per-page"): ("slab: no accounting over caches for each memcg", "-30..50 %"),
    ("slab-utilization", "slab.bytes.end of two-sets over per-object"): ("slab: two global sets over one", "-"),
    ("slab-utilization", "acct.kmem_caches.peak of per-page"): ("kmem_caches of 1,000 cgroups", "some for each"),
    ("slab-utilization", "acct.kmem_caches.peak of two-sets"): ("kmem_caches of the second set", "at most as many again"),
    ("slab-causes", "slab.utilization of per-page at 15 s"): ("none of the causes: 200 cgroups fill their slabs", "-"),
    ("slab-causes", "slab.utilization of per-page at 45 s"): ("(i) few objects of a size for each cgroup", "low"),
    ("slab-causes", "slab.utilization of per-page at 75 s"): ("(iii) allocation on a new CPU each time", "low"),
    ("slab-causes", "slab.utilization of per-page at 120 s"): ("(ii) objects left after deletion", "low"),
    ("slab-causes", "slab.utilization of per-object at 15 s"): ("none of the causes, shared slabs", "-"),
    ("slab-causes", "slab.utilization of per-object at 45 s"): ("(i) with shared slabs", "-"),
    ("slab-causes", "slab.utilization of per-object at 75 s"): ("(iii) with shared slabs", "-"),
    ("slab-causes", "slab.utilization of per-object at 120 s"): ("(ii) with shared slabs", "-"),
    ("slab-restart", "slab.slabs_made of per-object over reparented"):
        ("slabs asked for by 2,000 restarts: shared over a cgroup's own", "a restart does not fill caches anew"),
    ("slab-restart", "kernel.bytes.peak of per-object over reparented"): ("memory that can not be moved, at its peak", "it falls"),
    ("slab-restart", "acct.offline_records of per-object"): ("records that change hands for 2,000 cgroups", "O(1): one pointer each"),
    ("slab-restart", "acct.offline_refs of per-object"): ("objects' references to them", "not O(objects)"),
    ("slab-restart", "acct.offline_records of reparented"): ("the same with caches reparented: each cache, and an owner slot", "-"),
    ("slab-page-cache", "memcg.usage_bytes.end of per-object over per-page"):
        ("usage of a cgroup at its limit: shared over own slabs", "did not fall"),
    ("slab-page-cache", "memcg.kmem_bytes.end of per-object over per-page"): ("its kernel memory", "-"),
    ("slab-page-cache", "pagecache.bytes.end of per-object over per-page"): ("its page cache", "page cache took the room"),
    ("bharata-power8", "workload.make.kmem_peak_bytes of patched over v5.5"):
        ("compile: kmem.usage, after over before", "0.685, 0.692, 0.686"),
    ("bharata-power8", "slab.bytes.peak of patched over v5.5"): ("compile: Slab, after over before", "0.690, 0.709, 0.594"),
    ("bharata-power8", "workload.mysqld.usage_peak_bytes of patched over v5.5"): ("sysbench: usage, after over before", "0.995, 0.941: no consistent change"),
    ("bharata-power8", "workload.make.usage_peak_bytes of patched over v5.5"): ("compile: usage, after over before", "0.852, 0.929, 0.964: no consistent change"),
    ("dying-a-day", "memcg.dying of original at 86400 s"): ("pinned, day 1 (this load was taken because some 250 a day stay)", "338; 362"),
    ("dying-a-day", "memcg.dying of original at 172800 s"): ("pinned, day 2", "580; 628"),
    ("dying-a-day", "memcg.dying of original at 345600 s"): ("pinned, day 4", "1098; 1070"),
    ("dying-a-day", "memcg.dying of original at 518400 s"): ("pinned, day 6", "1574; 1490"),
    ("dying-a-day", "memcg.dying of patched at 518400 s"): ("reparented, day 6", "55; 67"),
    ("dying-a-day", "memcg.dying.mean of patched"): ("reparented, mean of six days: bounded", "44 to 55; 46 to 69"),
    ("dying-by-page", "workload.cat-stat.nr_dying"): ("2,000 times a page of a log from in a new cgroup", "one dying each"),
    ("dying-by-page", "workload.cat-dropped.nr_dying of v6.18"): ("the same after drop_caches", "-"),
    ("dying-by-page", "workload.sleep-stat.nr_dying of v4.18"): ("500 processes that move on", "+500 before v5.13"),
    ("dying-by-page", "workload.sleep-stat.nr_dying of v5.13"): ("500 processes that move on, from v5.13", "0"),
    ("dying-by-page", "workload.sleep-stat.nr_dying"): ("500 processes that move on", "-"),
    ("dying-by-page", "workload.sleep-dropped.nr_dying of v5.9"): ("the same after drop_caches: stacks can not be dropped", "-"),
    ("ids-run-out", "memcg.dying"): ("removed cgroups at once, more than there are ids", "the id goes at offline from 4.8 on"),
    ("ids-run-out", "memcg.online.peak of v4.18"): ("live cgroups at once, and the root", "65533 and more fail; 65535 ids"),
    ("ids-run-out", "memcg.mkdir_no_id"): ("of 66,000 refused", "-"),
    ("selftest-kmem", "workload.basic0.slab"): ("1 basic: slab of 100,000 negative dentries, bytes", ">= 1 MiB"),
    ("selftest-kmem", "workload.basic1.slab_left"): ("1 basic: share of slab left after memory.high=1M", "< half"),
    ("selftest-kmem", "workload.basic1.current_left"): ("1 basic: share of memory.current left", "< half"),
    ("selftest-kmem", "workload.deletion1.stat_error"):
        ("2 deletion: memory.current less anon, file, kernel, sock, bytes", "< 64 pages * 4 CPUs"),
    ("selftest-kmem", "workload.deletion1.unexplained"): ("2 deletion: of that, what CPUs do not hold back", "-"),
    ("selftest-kmem", "workload.stacks1.pages"): ("3 kpagecgroup: pages read, all of 8 GiB", "to the end"),
    ("selftest-kmem", "workload.stacks1.pages_lost"): ("3 kpagecgroup: pages of a memcg that is not there", "-"),
    ("selftest-kmem", "workload.stacks1.kernel_stack"): ("4 stacks: kernel_stack of 1,000 threads, bytes", ">= 1000 * 4096"),
    ("selftest-kmem", "workload.dead1.nr_dying of v4.18"):
        ("5 dead: nr_dying_descendants after 8 s; the test fails here, for slab pins", "0 passes"),
    ("selftest-kmem", "workload.dead1.nr_dying"): ("5 dead: nr_dying_descendants after 8 s", "0 passes"),
    ("selftest-kmem", "workload.percpu1.current of v4.18"):
        ("6 percpu: memory.current; the test fails here, for percpu memory is not charged", "> 0 passes"),
    ("selftest-kmem", "workload.percpu1.current"): ("6 percpu: memory.current of 1,000 children, bytes", "> 0 passes"),
    ("selftest-kmem", "workload.percpu1.percpu"): ("6 percpu: percpu of memory.stat, bytes", "> 0 passes"),
    ("selftest-kmem", "workload.percpu1.percpu_error"): ("6 percpu: memory.current less percpu and slab, bytes", "< 64 pages * 4 CPUs"),
    ("selftest-kmem", "workload.percpu1.old_percpu_error"):
        ("6 percpu before 2024: memory.current less percpu, bytes", "< 64 pages * 4 CPUs"),
    ("selftest-kmem", "workload.percpu1.old_percpu_error of v6.13"):
        ("6 percpu before 2024; it fails here, aab6103b97f1", "8,453,632 (kernel test robot)"),
}
