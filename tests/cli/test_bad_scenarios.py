#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scenario that is wrong: file:line:col and a hint, exit 2, nothing written; too large: exit 3."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import SMALL, Case, changed, tree


class BadScenario(Case):
    def bad(self, message, *edits):
        """run and lint say the same of the small scenario with these edits."""
        self.write("s.yaml", changed(SMALL, *edits))
        self.refuses("s.yaml:" + message, "run", "s.yaml")
        self.refuses("s.yaml:" + message, "lint", "s.yaml")

    def test_unknown_key_names_the_nearest_one(self):
        self.bad("3:1: unknown key 'sede' in scenario; did you mean 'seed'?", ("seed:", "sede:"))
        self.bad("18:5: unknown key 'strat' in workload 'pods'; did you mean 'start'?",
                 ("start:", "strat:"))
        self.bad("10:17: unknown key 'lst_lru' in variant 'old'; did you mean 'list_lru'?",
                 ("kernel: v5.0}", "lst_lru: eager, kernel: v5.0}"))

    def test_unknown_mount_names_the_nearest_one(self):
        self.bad("16:5: workload 'pods': files: mount: the scenario has no mount 'rot'; did you mean 'root'?",
                 ("mount: root", "mount: rot"))

    def test_unknown_key_without_a_near_one_lists_those_there_are(self):
        self.bad("14:28: unknown key 'zzzzzz' in mount 'vol'; known: name, fs, preset, count, cgroup, busy_every, remote, log",
                 ("count: 3", "zzzzzz: 3"))

    def test_missing_key_and_unknown_key_are_both_reported_in_order(self):
        self.bad("7:3: missing key 'memory' in machine\n"
                 "s.yaml:8:3: unknown key 'memroy' in machine; did you mean 'memory'?",
                 ("memory:", "memroy:"))

    def test_duplicate_key_names_both_places(self):
        self.bad("4:1: duplicate key 'seed'; first given at 3:1", ("seed: 1", "seed: 1\nseed: 2"))
        self.bad("14:26: duplicate key 'fs'; first given at 14:17",
                 ("fs: tmpfs, count: 3", "fs: xfs, fs: tmpfs"))

    def test_duplicate_name_names_both_places(self):
        self.bad("11:5: variant name 'new' is used twice; first at 10:5", ("name: old", "name: new"))

    def test_wrong_unit_names_the_right_ones(self):
        self.bad("8:11: 'memory' expects a size like 64KiB or a list of sizes, got '4GB': "
                 "use GiB (1024 MiB)", ("4GiB", "4GB"))
        self.bad("4:11: 'duration' expects a time like 500ms, got '10 sec': times take ns, us, ms, s, "
                 "min, h or d", ("10s", "10 sec"))
        self.bad("4:11: 'duration' expects a time like 500ms, got '10': a time needs a unit: ns, us, "
                 "ms, s, min, h or d", ("10s", "10"))
        self.bad("14:35: 'count' expects a whole number, got '3GiB'", ("count: 3", "count: 3GiB"))

    def test_wrong_type_says_what_stands_there(self):
        self.bad("8:11: 'memory' expects a size like 64KiB or a list of sizes, got a map",
                 ("4GiB", "{a: b}"))
        self.bad("19:11: 'live' expects a whole number, got 'lots'", ("live: 5", "live: lots"))
        self.bad("12:9: 'mounts' expects a list of maps, got 'none'",
                 ("mounts:\n  - {name: root, fs: ext4}\n  - {name: vol, fs: tmpfs, count: 3}\n",
                  "mounts: none\n"))
        self.bad("3:7: 'seed' expects a whole number, got 'on'", ("seed: 1", "seed: on"))

    def test_out_of_range_names_the_range(self):
        self.bad("19:11: 'live' must be between 0 and 1000000, got '-1'", ("live: 5", "live: -1"))
        self.bad("19:11: 'live' must be between 0 and 1000000, got '900000000000'",
                 ("live: 5", "live: 900000000000"))
        self.bad("4:11: 'duration' must be at least 1ns, got '0s'", ("10s", "0s"))
        self.bad("8:11: memory: node 0 has less than 16 MiB", ("4GiB", "20MiB"))
        self.bad("8:11: memory: 3 sizes for 2 NUMA nodes; give one size for the whole machine or one "
                 "per node", ("4GiB", "[1GiB, 1GiB, 1GiB]"))

    def test_unknown_values_name_the_nearest_one(self):
        self.bad("13:22: 'fs' expects one of ext4, xfs, tmpfs, proc, overlay, devpts, mqueue, cgroup2, "
                 "sysfs, pseudo, got 'ext5'; did you mean 'ext4'?", ("ext4", "ext5"))
        self.bad("17:11: 'type' expects one of container-churn, replay, mount-storm, idle-hold, "
                 "drop-caches, file-tree-walk, file-copy, anon-pressure, kernel-compile, delete-tree, memory-hotplug, cgroup-stat, cgroup-write, got 'container-chrun'; did you mean 'container-churn'?",
                 ("container-churn", "container-chrun"))

    def test_wrong_topology_has_its_place(self):
        self.bad("7:13: topology: 'numa:2 core:2 pu:x' is no hwloc synthetic description (example: "
                 "\"numa:4 core:24 pu:2\"), no XML file and not 'host'", ("pu:1", "pu:x"))

    def test_tab_is_no_indentation(self):
        self.bad("8:1: tab character; YAML is indented with spaces", ("  memory", "\tmemory"))

    def test_kernel_needs_its_v(self):
        self.bad("10:25: kernel '5.0' needs the v: v5.0", ("v5.0", "5.0"))

    def test_kernel_older_than_all_rows(self):
        self.bad("10:25: kernel 'v3.10': older than v4.18, the first kernel with a model",
                 ("v5.0", "v3.10"))

    def test_axis_values_that_cannot_exist_together(self):
        self.bad("10:5: variant 'old': accounting: per-object and offline: pin do not go together: an "
                 "obj_cgroup is reparented at offline: its objects never pin the memcg",
                 ("v5.0", "v5.0, accounting: per-object, offline: pin"))

    def test_parameters_of_an_axis_value_that_do_not_go_together(self):
        once = "v5.0, dying_gc: {policy: on, when: once%s}"
        self.bad("10:41: dying_gc 'on': when: once wants at, the times of its rounds", ("v5.0", once % ""))
        self.bad("10:41: dying_gc 'on': at goes with when: once alone",
                 ("v5.0", "v5.0, dying_gc: {policy: on, at: 5s}"))
        self.bad("10:60: 'when' expects one of offline, after, periodic, once, got 'onec'; did you mean 'once'?",
                 ("v5.0", "v5.0, dying_gc: {policy: on, when: onec}"))
        self.write("s.yaml", changed(SMALL, ("v5.0", once % ", at: [1s, 2s]")))
        self.assertEqual(self.run_program("lint", "s.yaml").code, 0)

    def test_axis_values_that_cannot_exist_with_the_kernel_row(self):
        self.write("s.yaml", changed(SMALL, ("v5.18", "v5.18, offline: pin")))
        self.refuses("s.yaml:11:5: variant 'new': accounting: per-object and offline: pin do not "
                     "go together: an obj_cgroup is reparented at offline: its objects never pin the "
                     "memcg", "run", "s.yaml")

    def test_matrix_leaves_out_what_cannot_exist_with_a_note(self):
        text = re.sub(r"variants:\n(  - .*\n)+", "matrix: {kernel: v5.18, accounting: [per-page, "
                      "per-object], offline: [pin, reparent]}\n", SMALL)
        self.write("s.yaml", text)
        done = self.run_program("lint", "s.yaml")
        self.assertEqual((done.code, done.err), (0, ""))
        self.assertIn("s.yaml: 3 variants, ", done.out)
        self.assertIn("  matrix: per-object+pin is skipped: ", done.out)

    def test_axis_value_that_is_not_there(self):
        self.bad("11:42: 'list_lru' expects one of eager, shrink, first-insert, lazy, mount-scoped, got 'lasy'; "
                 "did you mean 'lazy'?",
                 ("v5.18", "v5.18, list_lru: lasy"))

    def test_expectation_about_a_variant_that_is_not_there(self):
        self.write("s.yaml", SMALL + "expect:\n  - {metric: slab.bytes.end, variant: odl, max: 3}\n")
        self.refuses("s.yaml:24:39: no variant is named 'odl'; did you mean 'old'?", "run", "s.yaml")

    def test_missing_file(self):
        self.refuses("cannot read nowhere.yaml: No such file or directory", "run", "nowhere.yaml")
        self.refuses("cannot read nowhere: No such file or directory", "lint", "nowhere")

    def test_empty_file(self):
        self.write("empty.yaml", "")
        self.refuses("empty.yaml:1:1: empty: there is no YAML here", "run", "empty.yaml")
        self.write("empty.yaml", "# a comment\n\n")
        self.refuses("empty.yaml:1:1: empty: there is no YAML here", "run", "empty.yaml")

    def test_directory(self):
        os.mkdir(self.path("d"))
        self.refuses("cannot read d: Is a directory", "run", "d")

    def test_no_text_at_all(self):
        self.write("b.yaml", b"scenario: \xff\xfe\n")
        self.refuses("b.yaml:1:11: byte 0xff: not UTF-8 text", "run", "b.yaml")
        self.write("b.yaml", b"scenario: a\0b\n")
        self.refuses("b.yaml:1:12: NUL byte: not a text file", "run", "b.yaml")

    def test_all_scenarios_are_read_before_the_first_one_runs(self):
        self.write("b.yaml", changed(SMALL, ("seed:", "sede:")))
        self.refuses("b.yaml:3:1: unknown key 'sede' in scenario; did you mean 'seed'?",
                     "run", "s.yaml", "b.yaml")

    def test_two_scenarios_of_one_name_would_overwrite_each_other(self):
        self.write("b.yaml", SMALL)
        self.refuses("b.yaml: its name is 'small', as that of s.yaml: one would overwrite the results "
                     "of the other", "run", "s.yaml", "b.yaml")


class TooLarge(Case):
    def test_scenario_that_needs_a_petabyte_names_the_memory(self):
        self.write("s.yaml", changed(SMALL, ("live: 5", "live: 1000000"), ("count: 5", "count: 20000000")))
        before = tree(self.dir)
        done = self.run_program("run", "s.yaml")
        m = re.fullmatch(r"small is too large for this machine: it needs about (\d+)\.\d GiB of memory "
                         r"\(\d at a time\), \d+\.\d GiB are available\n", done.err)
        self.assertTrue(m, done.err)
        self.assertGreater(int(m.group(1)), 800 * 1024)
        self.assertEqual((done.code, done.out), (3, ""))
        self.assertEqual(tree(self.dir), before)

    def test_objects_and_threads_of_containers_count(self):
        for key in "threads: 100000", "objects: [{cache: filp, size: 256, count: 100000}]":
            self.write("s.yaml", changed(SMALL, ("live: 5", "live: 1000000\n    " + key)))
            done = self.run_program("run", "s.yaml")
            self.assertEqual((done.code, done.out), (3, ""))
            m = re.search(r"small is too large for this machine: it needs about (\d+)\.\d GiB", done.err)
            self.assertGreater(int(m.group(1)), 4000)

    def test_more_superblocks_than_can_be_numbered(self):
        self.write("s.yaml", changed(SMALL, ("count: 3", "count: 524272")))
        before = tree(self.dir)
        for command in "run", "lint":
            done = self.run_program(command, "s.yaml")
            self.assertEqual((done.code, done.out), (2, ""))
            self.assertRegex(done.err, r"s\.yaml:\d+:5: mount 'vol': 524273 superblocks are too many: at most 524272 "
                             "can be mounted at once\n")
        self.assertEqual(tree(self.dir), before)

    def test_machine_of_a_petabyte_is_too_large(self):
        self.write("s.yaml", changed(SMALL, ("4GiB", "1PiB")))
        before = tree(self.dir)
        done = self.run_program("run", "s.yaml", "-j1")
        self.assertEqual((done.code, done.out), (3, ""))
        self.assertRegex(done.err, r"too large.* needs? about \d+\.\d GiB of memory")
        self.assertEqual(tree(self.dir), before)


if __name__ == "__main__":
    tap.main()
