#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""run --proc: which files, that plain scripts read them, and that they say what the tables say."""
import csv
import io
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import PROGRAM, SMALL, TOP, WAIT, Case, changed, tree

FILES = ["crash.txt", "memcg_slabinfo", "meminfo", "slabinfo"]
COLUMNS = ("# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> "
           "<batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>")
LINE = re.compile(r"(\S+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) : tunables    0    0    0 : slabdata +(\d+) +(\d+)      0")
# What slabtop computes of its columns, the largest first.
SLABTOP = r"""
NR == 1 && $0 != "slabinfo - version: 2.1" { exit 1 }
/^#/ || NR == 1 { next }
NF != 16 || $7 != ":" || $8 != "tunables" || $13 != "slabdata" { exit 1 }
$3 { printf "%d %d %d%% %.2fK %d %d %dK %s\n", $3, $2, 100 * $2 / $3, $4 / 1024, $15, $5, $15 * $6 * 4, $1 }
"""
# The first keys of /proc/meminfo on 6.1, in its order; 4.18 has neither KReclaimable nor Percpu.
MEMINFO = """MemTotal MemFree MemAvailable Buffers Cached SwapCached Active Inactive Active(anon) Inactive(anon)
Active(file) Inactive(file) Unevictable Mlocked SwapTotal SwapFree Zswap Zswapped Dirty Writeback AnonPages Mapped Shmem
KReclaimable Slab SReclaimable SUnreclaim KernelStack PageTables SecPageTables NFS_Unstable Bounce WritebackTmp
CommitLimit Committed_AS VmallocTotal VmallocUsed VmallocChunk Percpu""".split()
RECORDED = os.path.join(TOP, "scenarios/recorded")


class Proc(Case):
    def run_proc(self, out, *arguments, scenario="s.yaml"):
        return self.works("run", scenario, "-q", "--no-plots", "-o", out, "--proc", *arguments)

    def lines(self, name):
        """{cache: columns} of a slabinfo, every line of which is the kernel's."""
        found = {}
        for line in self.read(name).splitlines()[2:]:
            m = LINE.fullmatch(line)
            self.assertTrue(m, line)
            self.assertEqual(line, "%-17s %6d %6d %6d %4d %4d : tunables    0    0    0 : slabdata %6d %6d      0"
                             % (m[1], *(int(v) for v in m.groups()[1:])))
            self.assertNotIn(m[1], found)
            found[m[1]] = [int(v) for v in m.groups()[1:]]
        return found

    def sections(self, name):
        """{cgroup: [(cache, columns)]} of a memcg_slabinfo."""
        found = {}
        lines = self.read(name).splitlines()
        self.assertEqual(lines[0], COLUMNS)
        self.assertRegex(lines[-1], r"^# %d of \d+ memory cgroups have " % sum(l.startswith("# /") for l in lines))
        for line in lines[1:-1]:
            m = LINE.fullmatch(line)
            if m:
                found[cgroup].append((m[1], [int(v) for v in m.groups()[1:]]))
            else:
                cgroup = re.fullmatch(r"# (/\S*)(?: \(dying\))?", line)[1]
                self.assertNotIn(cgroup, found)
                found[cgroup] = []
        return found

    def meminfo(self, name):
        found = {}
        for line in self.read(name).splitlines():
            m = re.fullmatch(r"([A-Za-z_()]+): +(\d+) kB", line)
            self.assertEqual(line, "%-15s %8s kB" % (m[1] + ":", m[2]))
            found[m[1]] = int(m[2])
        return found

    def end_of(self, out, variant, metric):
        for row in csv.DictReader(io.StringIO(self.read(out + "/summary.csv"))):
            if row["variant"] == variant and row["metric"] == metric + ".end":
                return int(row["value"])

    # ---- which files ----

    def test_a_folder_for_each_variant_and_with_repeats_for_each_run(self):
        self.run_proc("o")
        self.assertEqual(sorted(os.listdir(self.path("o/proc"))), ["new", "old"])
        for variant in "new", "old":
            self.assertEqual(sorted(os.listdir(self.path("o/proc/" + variant))), FILES)
        self.run_proc("o", "--set", "repeats=2")
        for variant in "new", "old":
            for repeat in "0", "1":
                self.assertEqual(sorted(os.listdir(self.path("o/proc/%s/%s" % (variant, repeat)))), FILES)
            self.assertEqual(sorted(os.listdir(self.path("o/proc/" + variant))), ["0", "1"])

    def test_same_bytes_for_any_number_of_threads_and_other_files_as_without(self):
        self.run_proc("one", "-j1")
        self.run_proc("two", "-j2", "--shrink-trace")
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "none")
        one, two, none = (tree(self.path(o)) for o in ("one", "two", "none"))
        for files in one, two, none:
            del files["run-info.json"]
        self.assertEqual(one, {n: t for n, t in two.items() if not n.endswith(".trace")})
        self.assertEqual({n: t for n, t in one.items() if not n.startswith("proc")}, none)

    def test_what_can_not_be_written_leaves_the_old_result(self):
        self.write("s.yaml", SMALL + "".join("  - {name: p%d, type: container-churn, start: 0s, live: 5, life: 1s}\n" % i
                                             for i in range(3)))
        self.write("s.yaml", changed(self.read("s.yaml"), ("live: 5", "live: 400"), ("life: 1s", "life: 1h")))
        self.run_proc("o")
        before = tree(self.dir)
        self.assertGreater(len(before["o/proc/old/memcg_slabinfo"]), 40 << 10)
        done = subprocess.run(["sh", "-c", 'ulimit -f 20; trap "" XFSZ; exec "$@"', "sh", PROGRAM, "run", "s.yaml",
                               "-q", "--no-plots", "-o", "o", "--proc", "-j1"], cwd=self.dir,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, env=self.environment(),
                              timeout=WAIT)
        self.assertEqual((done.returncode, done.stdout), (3, ""), done)
        self.assertEqual(done.stderr, "cannot write o/proc/old/memcg_slabinfo: File too large\n")
        self.assertEqual(tree(self.dir), before)

    # ---- slabinfo ----

    def test_slabinfo_says_what_caches_csv_says(self):
        self.run_proc("o")
        rows = list(csv.DictReader(io.StringIO(self.read("o/caches.csv"))))
        end = rows[-1]["time_s"]
        for variant in "old", "new":
            lines = self.lines("o/proc/%s/slabinfo" % variant)
            self.assertEqual(self.read("o/proc/%s/slabinfo" % variant).splitlines()[:2],
                             ["slabinfo - version: 2.1", COLUMNS])
            table = {r["cache"]: [int(r[c]) for c in ("active_objs", "num_objs", "objsize", "objperslab",
                                                      "pagesperslab", "active_slabs", "num_slabs")]
                     for r in rows if r["variant"] == variant and r["time_s"] == end}
            self.assertGreater(table["ext4_inode_cache"][0], 100)
            # caches without a slab are in slabinfo alone
            self.assertEqual({c: v for c, v in lines.items() if v[1]}, table)
            self.assertIn("kmalloc-8", lines)

    def test_awk_reads_it_as_slabtop_does(self):
        self.run_proc("o")
        done = subprocess.run(["awk", SLABTOP, self.path("o/proc/new/slabinfo")], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        sizes = {line.split()[-1]: int(line.split()[-2][:-1]) for line in done.stdout.splitlines()}
        self.assertEqual(sum(sizes.values()) * 1024, self.end_of("o", "new", "slab.bytes"))
        self.assertRegex(done.stdout, r"(?m)^\d+ \d+ \d+% 0.19K \d+ 21 \d+K dentry$")

    def test_the_recordings_have_the_same_columns(self):
        with open(os.path.join(RECORDED, "6.1-debian/W4/slabinfo.pop")) as f:
            recorded = f.read().splitlines()
        self.assertEqual(recorded[:2], ["slabinfo - version: 2.1", COLUMNS])
        for line in recorded[2:]:
            self.assertTrue(LINE.fullmatch(line), line)

    def test_a_run_starts_from_the_slabinfo_of_another(self):
        self.run_proc("o", "--variant", "old")
        self.write("again.yaml", """\
scenario: again
duration: 1s
machine: {topology: "numa:2 core:2 pu:1", memory: 4GiB}
variants: [{name: old, kernel: v5.0}]
initial: {slabinfo: o/proc/old/slabinfo}
""")
        self.run_proc("again", scenario="again.yaml")
        first, again = self.lines("o/proc/old/slabinfo"), self.lines("again/proc/old/slabinfo")
        self.assertGreater(first["dentry"][0], 100)
        for cache in "dentry", "ext4_inode_cache", "shmem_inode_cache":
            self.assertEqual(again[cache], first[cache])

    # ---- memcg_slabinfo ----

    def test_files_of_containers_are_theirs(self):
        """Ten containers that live to the end make 5 files each, in a directory of their own."""
        self.write("s.yaml", changed(SMALL, ("life: 1s", "life: 1h"), ("live: 5", "live: 10"),
                                     ("duration: 10s", "duration: 30s")))
        self.run_proc("o")
        shared = self.sections("o/proc/new/memcg_slabinfo")
        self.assertEqual(sorted(shared), sorted("/pods%d" % i for i in range(1, 11)))
        slabs = self.lines("o/proc/new/slabinfo")
        for caches in shared.values():
            caches = dict(caches)
            self.assertEqual(caches["ext4_inode_cache"][:2], [6, 6])
            self.assertEqual(caches["ext4_inode_cache"][2:], slabs["ext4_inode_cache"][2:])
        # up to 5.8 a cache of its own each; the first object comes from the root's
        own = self.sections("o/proc/old/memcg_slabinfo")
        self.assertEqual(sorted(own), sorted(shared))
        slabs = self.lines("o/proc/old/slabinfo")["dentry"]
        mine = [columns for caches in own.values() for cache, columns in caches if cache == "dentry"]
        self.assertEqual(len(mine), 10)
        for active, objects, _, per_slab, _, _, n in mine:
            self.assertTrue(5 <= active <= objects == per_slab * n)
        for column in 0, 1, 5, 6:
            self.assertLess(sum(c[column] for c in mine), slabs[column])

    def test_a_cgroup_that_took_over_a_dead_one_owns_what_it_left(self):
        """Names of 60 letters, threads and objects of other caches are objects like others."""
        self.write("s.yaml", """\
scenario: reused
duration: 8s
machine: {topology: "numa:2 core:2 pu:1", memory: 4GiB}
variants:
  - {name: page, kernel: v5.0, offline: reuse}
  - {name: object, kernel: v5.18, offline: reuse}
  - {name: two, kernel: v5.18, offline: reuse, accounting: {policy: per-object, caches: two}}
mounts: [{name: root, fs: ext4}]
workloads:
  - {name: first, type: container-churn, count: 3, interval: 1ms, cpus: first, life: 1s, threads: 3,
     objects: [{cache: filp, size: 256, count: 40, leave: 1}],
     files: [{mount: root, action: create, count: 25, name_length: 60}]}
  - {name: again, type: container-churn, start: 5s, count: 3, interval: 1ms, cpus: first, life: 1h, threads: 3,
     objects: [{cache: filp, size: 256, count: 7}],
     files: [{mount: root, action: create, count: 5, name_length: 60}]}
""")
        self.run_proc("o", "--check-invariants")
        for variant in "page", "object", "two":
            found = {cgroup: dict(caches) for cgroup, caches in
                     self.sections("o/proc/%s/memcg_slabinfo" % variant).items()}
            self.assertEqual(sorted(found), ["/again1", "/again2", "/again3"])
            slabs = self.lines("o/proc/%s/slabinfo" % variant)
            for caches in found.values():
                for cache, n in ("filp", 47), ("dentry", 32), ("kmalloc-rcl-96", 32), ("task_struct", 3):
                    active, objects, _, per_slab, _, active_slabs, all_slabs = caches[cache]
                    self.assertEqual(active_slabs, all_slabs)
                    if variant == "page":
                        self.assertTrue(n - 2 <= active <= objects == per_slab * all_slabs)
                    elif variant == "object":
                        self.assertEqual((active, objects, all_slabs), (n, n, slabs[cache][6]))
                    else:
                        # the first of all came before the second set
                        self.assertTrue(n - 2 <= active == objects <= n)
                        self.assertTrue(0 < all_slabs <= slabs[cache][6])
            self.assertEqual(self.meminfo("o/proc/%s/meminfo" % variant)["KernelStack"], 3 * 3 * 16)
        # the dead ones' rows of the id table are those of the new ones
        self.assertIn("\nmemcg_nr_cache_ids = $1 = 4\n", self.read("o/proc/page/crash.txt"))

    # ---- meminfo ----

    def test_meminfo_has_the_keys_of_its_release_and_adds_up(self):
        self.write("s.yaml", changed(SMALL, ("  - {name: old, kernel: v5.0}", "  - {name: old, kernel: v4.18}")))
        self.run_proc("o")
        old, new = (self.meminfo("o/proc/%s/meminfo" % v) for v in ("old", "new"))
        for variant, m in ("old", old), ("new", new):
            self.assertEqual([k for k in MEMINFO if k in m], list(m))
            self.assertEqual(m["Slab"], m["SReclaimable"] + m["SUnreclaim"])
            self.assertEqual(m["SReclaimable"], self.end_of("o", variant, "slab.reclaimable_bytes") // 1024)
            self.assertEqual(m["MemFree"], self.end_of("o", variant, "free.bytes") // 1024)
            self.assertEqual(m["Cached"] + m["Buffers"], self.end_of("o", variant, "pagecache.bytes") // 1024)
            self.assertTrue(0 < m["MemAvailable"] < m["MemTotal"] <= 4 << 20)
        self.assertEqual(set(new) - set(old), {"KReclaimable", "Percpu"})

    # ---- crash ----

    def test_crash_shows_the_two_numbers_of_the_thread_and_the_formula(self):
        """SEEDS A16, K1: 24574, 952; 3,145,472 B of lists an lru; 5,988,978,688 B."""
        text = self.works("run", os.path.join(TOP, "scenarios/list-lru-headline.yaml"), "-q", "-v", "--no-plots", "-o",
                          "o", "--proc")
        crash = self.read("o/proc/eager/crash.txt")
        self.assertTrue(crash.startswith("crash> p memcg_nr_cache_ids\nmemcg_nr_cache_ids = $1 = 24574\n"
                                         "crash> list super_blocks | wc -l\n952\n\n"), crash)
        rows = {re.sub(r"( +\d+){2}$", "", line): [int(v) for v in line.split()[-2:]]
                for line in crash.splitlines()[6:]}
        self.assertEqual(rows, {
            "superblocks": [952, 952],
            "memcg_nr_cache_ids": [24574, 24574],
            "lists of an lru: ids x 32 B x 4 nodes": [3145472, 3145472],
            "of 2 lrus a superblock": [5988978688, 5988978688],
            "in this kernel: list_lru.lists_bytes": [5988978688, 5988978688],
        })
        note = " ".join(line.strip() for line in text.splitlines())
        self.assertIn("note eager: crash> p memcg_nr_cache_ids: 24574; list super_blocks | wc -l: 952; eager lists "
                      "of an lru: 3145472 B, of 2 lrus a superblock: 5988978688 B", note)
        lazy = self.read("o/proc/lazy/crash.txt")
        self.assertIn('No symbol "memcg_nr_cache_ids" in current context.\n', lazy)
        self.assertNotIn("lists of an lru", lazy)


if __name__ == "__main__":
    tap.main()
