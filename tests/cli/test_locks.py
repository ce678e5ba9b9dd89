#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory hot-remove and cgroup_mutex: scenarios/hotremove-deadlock.yaml and pmem-reboot.yaml, every expectation of
theirs, the notes that name cycles and edges, and what moves a crash out of its deadlock (SEEDS E1 to E7)."""
import csv
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import TOP, Case

SCENARIO = os.path.join(TOP, "scenarios/hotremove-deadlock.yaml")
REBOOT = os.path.join(TOP, "scenarios/pmem-reboot.yaml")
EXPECT = re.compile(r"expect (?:E\d[^:]*: )?(\S+) of (\S+) (?:near (\S+) within \S+|between (\S+) and (\S+)|at most (\S+)): (\S+)")


class Locks(Case):
    def run_locks(self, scenario, *options):
        """({(variant, metric): value}, output with its lines joined)"""
        done = self.run_program("run", scenario, "-v", "--no-plots", "--progress", "never", "-o", "o", *options)
        self.assertEqual(done.code, 0, done.err)
        with open(self.path("o/summary.csv"), newline="") as f:
            values = {(r["variant"], r["metric"]): float(r["value"]) if r["value"] else None
                      for r in csv.DictReader(f)}
        return values, re.sub(r"\n {2,}", " ", done.out)

    def judge(self, text, count):
        found = [EXPECT.fullmatch(line) for line in text.splitlines() if line.startswith("expect ")]
        self.assertEqual(len(found), count)
        for m in found:
            near, low, high, most, value = m.groups()[2:]
            with self.subTest(m.group(0)):
                value = float(value)
                if near:
                    self.assertEqual(value, float(near))
                self.assertGreaterEqual(value, float(low or 0))
                self.assertLessEqual(value, float(high or most or "inf"))

    def test_every_expectation_of_the_scenarios_holds(self):
        for scenario in SCENARIO, REBOOT:
            with open(scenario) as f:
                count = sum(line.startswith("  - {") and "metric:" in line for line in f)
            self.judge(self.run_locks(scenario)[1], count)

    def test_notes_name_the_cycles_their_edges_and_what_each_fix_removes(self):
        text = self.run_locks(SCENARIO, "--variant", "v5.8")[1]
        for wanted in (
                r"core: deadlock after 0\.0\d+ s: T1 -> T3 -> T4 -> T2 -> T1: T1 hot-remove can not migrate page 32528, T3 "
                r"core-dump has a reference; T3 core-dump waits in pipe_write for T4 to read; T4 systemd-coredump waits for "
                r"cgroup_mutex of T2; T2 css-killer waits for mem_hotplug_lock \(read\) of T1",
                r"core: what would help: slab controller of v5\.9: removes T2 -> T1, the range goes offline;.*"
                r"lock order reversed: removes T4 -> T2,.* core to a file: removes T3 -> T4, the range goes offline; "
                r"5 retries: removes T1 -> T3,.* drain each pass: no edge, still stuck",
                r"worker: stuck behind it: T5 cache-creation waits for mem_hotplug_lock \(read\) of T1",
                r"shutdown: livelock after 0\.0\d+ s: T1 -> T3 -> T2 -> T1: T1 hot-remove loops, 1 page neither movable nor "
                r"free \(-EBUSY\): only a signal of T3 would end it; T3 systemd waits for cgroup_mutex of T2;",
                r"shutdown: what would help: .* core to a file: no edge, still stuck;",
                r"both: what would help: .* core to a file: removes T3 -> T4, still stuck;",
                r"pcp: livelock .* 1 free page on a per-CPU list \(-EBUSY\).*",
                r"pcp: what would help: .* drain each pass: removes T1 -> T3, the range goes offline",
                r"shutdown: the watchdog resets the machine after 600\.010 s"):
            self.assertRegex(text, wanted)

    def test_cycles_are_shown_to_everybody(self):
        done = self.run_program("run", SCENARIO, "--no-plots", "--progress", "never", "-o", "o")
        self.assertEqual(done.code, 0)
        text = re.sub(r"\n {2,}", " ", done.out)
        self.assertRegex(text, r"(?m)^v5\.8: core: deadlock after .*: T1 -> T3 -> T4 -> T2 -> T1: ")
        self.assertRegex(text, r"(?m)^v5\.8: shutdown: livelock after .*: T1 -> T3 -> T2 -> T1: ")
        self.assertNotIn("what would help", text)
        self.assertNotRegex(text, r"(?m)^(v5\.9|no-lock|reversed|nokmem).*(dead|live)lock after")

    def test_kernels_and_their_cycles(self):
        for kernel, hangs, pcp in (("v4.18", 1, 0), ("v5.0", 1, 1), ("v5.8", 1, 1), ("v5.9", 0, 0), ("v6.18", 0, 0)):
            values, text = self.run_locks(SCENARIO, "--variant", "v5.8", "--set", "variants.0.kernel=" + kernel)
            with self.subTest(kernel):
                self.assertEqual(values["v5.8", "workload.core.deadlock"], hangs)
                self.assertEqual(values["v5.8", "workload.shutdown.livelock"], hangs)
                self.assertEqual(values["v5.8", "workload.pcp.livelock"], pcp)
                self.assertEqual("deadlock after" in text, bool(hangs))

    def test_a_late_crash_finds_its_page_migrated(self):
        values = self.run_locks(SCENARIO, "--variant", "v5.8", "--set", "workloads.0.core_at=1s")[0]
        self.assertEqual(values["v5.8", "workload.core.deadlock"], 0)
        self.assertEqual(values["v5.8", "workload.core.offlined"], 1)
        self.assertEqual(values["v5.8", "workload.worker.deadlock"], 1)

    def test_who_hangs_has_no_duration_and_does_not_finish(self):
        values = self.run_locks(SCENARIO, "--variant", "v5.8", "--variant", "v5.9")[0]
        self.assertEqual((values["v5.8", "workload.core.finished"], values["v5.8", "workload.core.duration_s"]),
                         (0, None))
        self.assertEqual(values["v5.9", "workload.core.finished"], 1)
        self.assertIsNone(values["v5.9", "workload.shutdown.reset_s"])

    def test_a_run_until_all_is_done_ends_with_a_deadlock(self):
        self.write("s.yaml", "scenario: s\nuntil: workloads-done\nmachine: {topology: 'numa:1 core:1 pu:1', memory: 1GiB}\n"
                             "variants: [{name: v, kernel: v5.8}]\n"
                             "workloads: [{name: w, type: memory-hotplug, core: pipe}]\n")
        self.assertEqual(self.run_locks("s.yaml")[0]["v", "workload.w.deadlock"], 1)

    def test_casts_that_can_not_be(self):
        head = ("scenario: s\nduration: 1s\nmachine: {topology: 'numa:1 core:1 pu:1', memory: 1GiB}\n"
                "variants: [{name: v, kernel: v5.8}]\nworkloads:\n  - {name: w, type: memory-hotplug, %s}\n")
        for keys, message in (("range: 1MiB, used: 2MiB", "used: more than the range"),
                              ("range: 1MiB, used: 1MiB, pinned: 1",
                               "pinned: more than the range has beside what is used"),
                              ("range: 1MiB, core: file, core_size: 2MiB", "core_size: more than the range has in use"),
                              ("pass_time: 1us", "pass_time: at least 10us"),
                              ("range: 2KiB", "range: from one page to 1TiB")):
            self.write("s.yaml", head % keys)
            done = self.run_program("run", "s.yaml")
            self.assertEqual((done.code, done.out), (2, ""))
            self.assertIn(message, done.err)


if __name__ == "__main__":
    tap.main()
