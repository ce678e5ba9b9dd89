#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""run --shrink-trace: which files, the same for any number of threads, and a disk that is full."""
import os
import re
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import PROGRAM, SMALL, WAIT, Case, changed, tree

# 40,000 files, a stream and a balloon on 512 MiB: kswapd, direct and drop_caches call the shrinkers.
PRESSED = """\
scenario: pressed
duration: 20s
sample: 1s
machine: {topology: "numa:1 core:2 pu:1", memory: 512MiB}
variants:
  - {name: old, kernel: v5.0}
  - {name: new, kernel: v6.1}
mounts:
  - {name: root, fs: ext4}
cgroups:
  - {name: a}
workloads:
  - {name: tree, type: file-tree-walk, start: 0s, mount: root, action: create, dirs: 100, files: 400}
  - {name: own, type: file-tree-walk, start: 0s, mount: root, cgroup: a, cpu: 1, action: create, dirs: 10, files: 400}
  - {name: copy, type: file-copy, start: 5s, mount: root, size: 1GiB, page_time: 5us}
  - {name: balloon, type: anon-pressure, start: 9s, cpu: 1, sizes: [440MiB], page_time: 2us, hold: 1s}
  - {name: drop, type: drop-caches, start: 15s, at: 0s, mode: 2}
"""
LINE = re.compile(
    r" *(kswapd0-30|task-1001) +\[00[01]\] \.{4,5} +\d+\.\d{6}: mm_shrink_slab_(start|end): "
    r"(super_cache_scan|scan_shadow_nodes|ext4_es_scan)\+0x0/0x1d0 00000000[0-9a-f]{8}: nid: 0 "
    r"(?:objects to shrink \d+ gfp_flags ([A-Z_|]+) cache items [1-9]\d* delta \d+ total_scan \d+ priority \d+"
    r"|unused scan count \d+ new scan count \d+ total_scan \d+ last shrinker return val \d+)")


class Trace(Case):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", PRESSED)

    def traced(self, out, *arguments):
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", out, "--shrink-trace", *arguments)
        return sorted(n for n in os.listdir(self.path(out)) if n.endswith(".trace"))

    def test_one_run_writes_shrink_trace(self):
        self.assertEqual(self.traced("o", "--variant", "old"), ["shrink.trace"])

    def test_every_variant_and_repeat_has_a_file_of_its_own(self):
        self.assertEqual(self.traced("o"), ["shrink.new.trace", "shrink.old.trace"])
        self.assertEqual(self.traced("o", "--set", "repeats=2"),
                         ["shrink.new.0.trace", "shrink.new.1.trace", "shrink.old.0.trace", "shrink.old.1.trace"])

    def test_nothing_is_traced_unless_asked_for(self):
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o")
        self.assertEqual([n for n in os.listdir(self.path("o")) if "trace" in n], [])

    def test_same_bytes_for_any_number_of_threads_and_other_files_as_without(self):
        self.traced("one", "-j1")
        self.traced("two", "-j2")
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "none")
        one, two, none = (tree(self.path(o)) for o in ("one", "two", "none"))
        for files in one, two, none:
            del files["run-info.json"]
        self.assertEqual(one, two)
        self.assertEqual({n: t for n, t in one.items() if not n.endswith(".trace")}, none)

    def test_lines_are_the_kernels_and_come_in_pairs(self):
        self.traced("o")
        for name, flags in ("old", "...."), ("new", "....."):
            lines = self.read("o/shrink.%s.trace" % name).splitlines()
            self.assertEqual(lines[:2], ["# tracer: nop", "#"])
            found = [LINE.fullmatch(line) for line in lines[2:]]
            self.assertGreater(len(found), 1000)
            for line, m in zip(lines[2:], found):
                self.assertTrue(m, line)
                self.assertEqual(line.split("]")[1].split()[0], flags)
            for start, end in zip(found[::2], found[1::2]):
                self.assertEqual((start[1], start[2], start[3]), (end[1], "start", end[3]))
                self.assertEqual(end[2], "end")
            # kswapd, and tasks that reclaim themselves or write to drop_caches
            self.assertEqual({m[1] for m in found}, {"kswapd0-30", "task-1001"})
            self.assertTrue({m[4] for m in found[::2]} <= {
                "GFP_KERNEL", "GFP_NOFS", "GFP_KERNEL_ACCOUNT", "GFP_KERNEL|__GFP_NOFAIL",
                "GFP_NOFS|__GFP_NOFAIL", "GFP_NOFS|__GFP_ACCOUNT", "GFP_KERNEL_ACCOUNT|__GFP_NOFAIL",
                "GFP_NOFS|__GFP_NOFAIL|__GFP_ACCOUNT"})

    def test_a_trace_that_can_not_be_written_leaves_the_old_result(self):
        self.traced("o", "--variant", "old")
        before = tree(self.dir)
        self.assertGreater(len(before["o/shrink.trace"]), 200 << 10)
        script = 'ulimit -f 200; trap "" XFSZ; exec "$@"'
        done = subprocess.run(["sh", "-c", script, "sh", PROGRAM, "run", "s.yaml", "-q", "--no-plots", "-o", "o",
                               "--shrink-trace"], cwd=self.dir, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env=self.environment(), timeout=WAIT)
        self.assertEqual((done.returncode, done.stdout), (3, ""), done)
        for line in done.stderr.splitlines():
            self.assertRegex(line, r"^cannot write o/shrink\.(old|new)\.trace: File too large$")
        self.assertEqual(tree(self.dir), before)

    def test_a_folder_that_can_not_be_written_is_said_before_the_run(self):
        self.write("s.yaml", changed(PRESSED, ("duration: 20s", "duration: 100000h")))
        self.write("file", "")
        self.refuses("cannot write file/o: Not a directory", "run", "s.yaml", "-q", "-o", "file/o", "--shrink-trace")

    def test_interrupt_keeps_what_was_traced(self):
        self.write("s.yaml", changed(SMALL, ("duration: 10s", "duration: 100000h"), ("sample: 1s", "sample: 1h"))
                   + "  - {name: drop, type: drop-caches, start: 5s, at: 0s, mode: 2}\n")
        process = subprocess.Popen([PROGRAM, "run", "s.yaml", "--no-plots", "-o", "o", "-j1", "--progress", "always",
                                    "--shrink-trace"], cwd=self.dir, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self.environment())
        self.addCleanup(process.wait)
        seen = b""
        while b"M events/s" not in seen:
            seen += os.read(process.stderr.fileno(), 1000)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=WAIT)
        self.assertEqual(process.returncode, 3)
        self.assertRegex(self.read("o/manifest.json"), r'"complete": *false')
        # the second variant was not begun
        self.assertEqual([n for n in os.listdir(self.path("o")) if n.endswith(".trace")], ["shrink.old.trace"])
        self.assertRegex(self.read("o/shrink.old.trace"), r"mm_shrink_slab_end: super_cache_scan.*\n$")
        self.assertFalse(os.path.exists(self.path("o.new")))


if __name__ == "__main__":
    tap.main()
