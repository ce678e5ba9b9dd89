#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that allocates anonymous memory waits for what reclaim does on its behalf, and can be killed meanwhile."""
import csv
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import Case

# dirty inodes on 40 requests a second, and more anonymous memory than there is
SCENARIO = """scenario: stalls
duration: 150s
machine:
  topology: "numa:1 core:4 pu:1"
  memory: 512MiB
  disk: {iops: 40, bandwidth: 120MiB/s, latency: 25ms}
variants:
  - {name: blocking, kernel: v4.19.16}
  - {name: async, kernel: v4.19.16, fs_reclaim: async}
mounts:
  - {name: root, fs: xfs}
workloads:
  - {name: write, type: delete-tree, start: 0s, mount: root, cpu: 0, dirs: 100, files: 4000, op_time: 100us}
  - {name: large, type: anon-pressure, start: 5s, cpu: 2, sizes: [400MiB], page_time: 20us, hold: 2s}
  - {name: other, type: anon-pressure, start: 6s, cpu: 3, sizes: [400MiB], page_time: 20us, hold: 2s}
"""


class Stalls(Case):
    def results(self, text):
        self.write("s.yaml", text)
        done = self.run_program("run", "s.yaml", "--no-plots", "-o", "out")
        self.assertEqual(done.code, 0, done)
        with open(self.path("out/summary.csv"), newline="") as f:
            return {(r["variant"], r["metric"]): r["value"] for r in csv.DictReader(f)}

    def test_who_reclaims_waits_for_dirty_inodes(self):
        got = self.results(SCENARIO)
        waited = float(got["blocking", "workload.other.reclaim_io_s"])
        self.assertGreater(waited, 1)
        self.assertGreaterEqual(float(got["blocking", "workload.other.duration_s"]), 4 + waited)
        longest = float(got["blocking", "workload.other.stall_max_s"])
        self.assertTrue(0.1 < longest <= 1.01 * waited, longest)
        self.assertEqual(got["async", "workload.other.reclaim_io_s"], "0")
        self.assertLess(float(got["async", "workload.other.stall_max_s"]), 0.1)

    def test_the_oom_killer_does_not_wait_for_who_waits(self):
        got = self.results(SCENARIO)
        for variant in ("blocking", "async"):
            self.assertEqual(got[variant, "oom.kills"], "1")
            self.assertEqual(got[variant, "workload.large.finished"], "1")
            self.assertEqual(got[variant, "workload.other.ops"], str(400 * 256))
            self.assertEqual(got[variant, "anon.bytes.end"], "0")

    def test_without_a_disk_nobody_waits(self):
        got = self.results("\n".join(line for line in SCENARIO.splitlines() if "disk:" not in line) + "\n")
        self.assertEqual(got["blocking", "workload.other.reclaim_io_s"], "0")


if __name__ == "__main__":
    tap.main()
