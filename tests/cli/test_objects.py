#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of tasks: the keys objects, tasks, move_every, kmem, manager of container-churn, objects of kernel-compile."""
import csv
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import Case

SCENARIO = """\
scenario: objects
duration: 20s
sample: 1s
sample_caches: 1s
machine: {topology: "numa:1 core:4 pu:1", memory: 1GiB}
variants:
  - {name: page, kernel: v5.3}
  - {name: object, kernel: v5.9}
mounts:
  - {name: root, fs: ext4}
cgroups:
  - {name: build}
workloads:
  - name: c
    type: container-churn
    count: 1
    life: 10s
    op_time: 1ms
    objects:
      - {cache: x, size: 256, count: 40}
"""
COMPILE = """\
  - {name: make, type: kernel-compile, mount: root, cgroup: build, jobs: 2, dirs: 4, files: 1, headers: 10, includes: 5, anon: 1MiB,
     objects: [{cache: y, size: 128, count: 7}, {cache: z, size: 128, count: 3, leave: 1}]}
"""


class Objects(Case):
    def play(self, *settings, text=SCENARIO):
        """Runs it; {(variant, metric): value}. self.caches holds {(variant, time, cache): row}."""
        self.write("s.yaml", text)
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o", *[w for s in settings for w in ("--set", s)])
        with open(self.path("o/caches.csv"), newline="") as f:
            self.caches = {(r["variant"], float(r["time_s"]), r["cache"]): r for r in csv.DictReader(f)}
        with open(self.path("o/summary.csv"), newline="") as f:
            return {(r["variant"], r["metric"]): float(r["value"] or "nan") for r in csv.DictReader(f)}

    def live(self, variant, time, cache="x"):
        row = self.caches.get((variant, time, cache))
        return int(row["live_objs"]) if row else 0

    def test_tasks_hold_their_objects_until_the_container_exits(self):
        self.play("workloads.0.tasks=3")
        for variant in "page", "object":
            self.assertEqual(self.live(variant, 5), 3 * 40)
            self.assertEqual(self.live(variant, 15), 0)

    def test_what_somebody_else_keeps_stays(self):
        self.play("workloads.0.objects.0.leave=1")
        self.assertEqual(self.live("page", 19), 40)
        self.play("workloads.0.objects.0.leave=0.5", "workloads.0.tasks=20")
        self.assertEqual(self.live("page", 5), 800)
        self.assertTrue(300 < self.live("page", 19) < 500)

    def test_a_task_that_moves_takes_a_slab_on_every_cpu(self):
        # 16 of 256 bytes a slab
        self.play("workloads.0.objects.0.count=12")
        self.assertEqual(int(self.caches["object", 5, "x"]["num_slabs"]), 1)
        self.play("workloads.0.objects.0.count=12", "workloads.0.move_every=3")
        self.assertEqual(int(self.caches["object", 5, "x"]["num_slabs"]), 4)

    def test_spread_objects_come_from_any_cpu(self):
        self.play("workloads.0.objects.0.count=12", "workloads.0.objects.0.spread=on")
        self.assertTrue(1 < int(self.caches["object", 5, "x"]["num_slabs"]) <= 4)

    def test_objects_that_are_not_accounted_are_charged_to_nobody(self):
        charged = self.play()
        free = self.play("workloads.0.objects.0.account=off")
        for variant in "page", "object":
            self.assertGreater(charged[variant, "memcg.kmem_bytes.peak"], 0)
            self.assertEqual(free[variant, "memcg.kmem_bytes.peak"], 0)
            self.assertEqual(charged[variant, "workload.c.kmem_peak_bytes"], charged[variant, "memcg.kmem_bytes.peak"])

    def test_without_kmem_nothing_is_accounted(self):
        values = self.play("workloads.0.kmem=off")
        self.assertEqual(values["page", "acct.kmem_caches.peak"], 0)
        for variant in "page", "object":
            self.assertEqual(self.live(variant, 5), 40)
            self.assertEqual(values[variant, "memcg.kmem_bytes.peak"], 0)
            # the cgroup build has an id, c has none
            self.assertEqual(values[variant, "memcg.nr_cache_ids.peak"], 4)

    def test_two_sets_show(self):
        values = self.play("variants.1.accounting={policy: per-object, caches: two}")
        self.assertEqual(values["object", "acct.kmem_caches.end"], 1)
        self.assertEqual(values["object", "acct.kmem_caches.peak"], 1)
        self.assertEqual(values["page", "acct.kmem_caches.end"], 0)
        self.assertEqual(self.live("object", 5), 40)

    def test_a_compile_has_them_a_unit(self):
        values = self.play(text=SCENARIO + COMPILE)
        for variant in "page", "object":
            self.assertEqual(values[variant, "workload.make.finished"], 1)
            self.assertEqual(self.live(variant, 19, "y"), 0)
            self.assertEqual(self.live(variant, 19, "z"), 4 * 3)
            self.assertGreater(values[variant, "workload.make.kmem_peak_bytes"], 0)

    def test_wrong_ones_are_named(self):
        for old, new, said in (
                ("count: 40}", "count: 40, sprd: on}", "spread"),
                ("size: 256", "size: 4", "size"),
                ("size: 256, ", "", "size"),
                ("    op_time: 1ms", "    manager: frist", "first"),
                ("kernel: v5.9}", "kernel: v5.9, accounting: {policy: per-object, caches: tow}}", "two"),
                ("kernel: v5.9}", "kernel: v5.9, accounting: {policy: per-object, arrays: on}}", "arrays")):
            self.write("s.yaml", SCENARIO.replace(old, new, 1))
            done = self.run_program("run", "s.yaml", "-o", "o2")
            self.assertEqual((done.code, done.out), (2, ""))
            self.assertIn("s.yaml:", done.err)
            self.assertIn(said, done.err)
            self.assertFalse(os.path.exists(self.path("o2")))


if __name__ == "__main__":
    tap.main()
