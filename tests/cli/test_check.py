#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""memcgsim check: each kind of expectation holding and failing, reclaim balance, formats, JUnit, exit codes."""
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import PROGRAM, SMALL, TOP, Case, changed, tree

BALANCE = os.path.join(TOP, "scenarios/reclaim-balance.yaml")
SCHEMA = os.path.join(TOP, "tests/junit.xsd")

# Of SMALL: 45 dying cgroups at the end in both variants, 585 operations; memcg.nr_cache_ids has no value in new.
DYING = "memcg.dying"


def expect(*entries):
    return SMALL + "expect:\n" + "".join("  - {%s}\n" % e for e in entries)


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


class Check(Case):
    def check(self, text, *args, code):
        """Verdicts of a scenario, as CSV."""
        self.write("s.yaml", text)
        done = self.run_program("check", "s.yaml", "--no-plots", "--format", "csv", *args)
        self.assertEqual((done.code, done.err), (code, ""), done)
        return rows(done.out)

    def one(self, entry, holds, value, miss="", **more):
        """The verdict on one expectation, and the exit code it leads to."""
        got, = self.check(expect(entry), code=0 if holds else 1)
        wanted = dict(check="expect", holds="1" if holds else "0", value=value, miss=miss, **more)
        self.assertEqual({k: got[k] for k in wanted}, wanted)
        self.assertEqual(got["off"] == "0", holds)
        return got

    # ---- kinds of expectations, holding and failing ----

    def test_min(self):
        self.one("metric: memcg.dying.end, variant: old, min: 45", True, "45", wanted="at least 45")
        self.one("metric: memcg.dying.end, variant: old, min: 50", False, "45",
                 "too low by 5 (10 % below 50)", metric="memcg.dying.end", variant="old",
                 subject="memcg.dying.end of old", wanted="at least 50", off="5")

    def test_max(self):
        self.one("metric: memcg.dying, variant: new, max: 45", True, "45", wanted="at most 45")
        self.one("metric: memcg.dying, variant: new, max: 30", False, "45", "too high by 15 (50 % above 30)")
        self.one("metric: memcg.dying, variant: new, max: 9", False, "45", "too high by 36 (5 times 9)")
        self.one("metric: memcg.dying, variant: new, max: 0", False, "45", "too high by 45")

    def test_between(self):
        self.one("metric: memcg.dying, variant: new, between: [45, 46]", True, "45", wanted="between 45 and 46")
        self.one("metric: memcg.dying, variant: new, between: [46, 50]", False, "45",
                 "too low by 1 (2.17 % below 46)")
        self.one("metric: memcg.dying, variant: new, between: [30, 40]", False, "45",
                 "too high by 5 (12.5 % above 40)", off="5")

    def test_near_within_a_number(self):
        self.one("metric: memcg.dying, variant: old, near: 47, within: 2", True, "45", wanted="near 47 within 2")
        self.one("metric: memcg.dying, variant: old, near: 45, within: 0", True, "45")
        self.one("metric: memcg.dying, variant: old, near: 50, within: 2", False, "45",
                 "too low by 3 (6.25 % below 48)")

    def test_near_within_a_share(self):
        self.one('metric: memcg.dying, variant: old, near: 50, within: "10 %"', True, "45",
                 wanted="near 50 within 10 %")
        self.one('metric: memcg.dying, variant: old, near: 40, within: "10 %"', False, "45",
                 "too high by 1 (2.27 % above 44)")

    def test_several_bounds_are_all_judged(self):
        self.one("metric: memcg.dying, variant: old, min: 1, max: 40", False, "45", "too high by 5 (12.5 % above 40)",
                 wanted="at least 1 at most 40")

    def test_name_stands_before_the_verdict(self):
        self.one('name: "K7, A1", metric: memcg.dying.end, variant: old, min: 45', True, "45",
                 subject="K7, A1: memcg.dying.end of old")
        self.write("s.yaml", expect("name: rising, metric: memcg.dying, order: [old, new]"))
        done = self.run_program("check", "s.yaml", "--no-plots")
        self.assertIn("FAIL  rising: memcg.dying of old, new: 45, 45", done.out)
        done = self.run_program("run", "s.yaml", "--no-plots")
        self.assertIn("expect rising: memcg.dying rises in the order old < new: 45, 45", done.out)

    def test_suffixes(self):
        self.one("metric: memcg.dying.peak, variant: old, near: 45, within: 0", True, "45")
        self.one("metric: memcg.dying.mean, variant: old, max: 22", False, "22.401",
                 "too high by 0.401 (1.82 % above 22)")

    def test_over_another_variant(self):
        self.one("metric: memcg.dying, variant: new, over: old, near: 1, within: 0", True, "1",
                 variant="new over old", subject="memcg.dying of new over old")
        self.one("metric: memcg.dying, variant: new, over: old, min: 4", False, "1", "too low by 3 (75 % below 4)")

    def test_over_nothing_is_no_ratio(self):
        self.one("metric: oom.kills, variant: new, over: old, max: 1", False, "",
                 "oom.kills of old is 0: there is no ratio to it", off="")

    def test_at_a_time(self):
        self.one("metric: memcg.dying, variant: old, at: 1s, max: 10", True, "0",
                 subject="memcg.dying of old at 1 s")
        self.one("metric: memcg.dying, variant: old, at: 9s, max: 10", False, "40", "too high by 30 (4 times 10)")

    def test_behind_the_end_there_is_no_value(self):
        self.write("s.yaml", expect("metric: memcg.dying, variant: old, at: 11s, max: 100"))
        done = self.run_program("check", "s.yaml", "--no-plots", "--format", "csv")
        self.assertEqual(done.code, 1)
        self.assertIn("'at' lies after the end of the run", done.err)
        self.assertEqual(rows(done.out)[0]["miss"], "memcg.dying has no value in old at that time")

    def test_order(self):
        self.one("metric: slab.bytes.end, order: [new, old]", True, "", wanted="rising in this order",
                 variant="new, old", subject="slab.bytes.end of new, old")
        got = self.one("metric: slab.bytes.end, order: [old, new]", False, "",
                       "new is not above old: lower by 1388544", off="1388544")
        self.assertEqual(got["metric"], "slab.bytes.end")
        self.one("metric: memcg.dying.end, order: [old, new]", False, "", "new is not above old: they are equal")
        self.one("metric: memcg.nr_cache_ids.end, order: [old, new]", False, "", "new has no value")

    def test_no_value_fails_whatever_is_wanted(self):
        for bound in ("min: -1", "max: 1000000000", "between: [-1, 1000000000]", "near: 0, within: 1000000000"):
            self.one("metric: memcg.nr_cache_ids.end, variant: new, " + bound, False, "",
                     "memcg.nr_cache_ids.end has no value in new", off="")
        self.one("metric: memcg.nr_cache_ids.end, variant: old, over: new, min: 0", False, "",
                 "memcg.nr_cache_ids.end has no value in new")
        self.one("metric: balance.scan_ratio, variant: old, max: 100", False, "",
                 "balance.scan_ratio has no value in old")

    def test_mean_of_repeats_or_each(self):
        random = changed(SMALL, ("seed: 1", "seed: 1\nrepeats: 3"),
                         ("life: 1s", "life: {dist: exponential, mean: 1s}"))
        self.write("s.yaml", random)
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o")
        with open(self.path("o/summary.csv"), newline="") as f:
            values = [float(r["value"]) for r in csv.DictReader(f)
                      if (r["metric"], r["variant"]) == ("workload.pods.ops", "old")]
        mean = sum(values) / 3
        self.assertLess(min(values), mean)
        entry = "expect:\n  - {metric: workload.pods.ops, variant: old, min: %r%s}\n"
        got, = self.check(random + entry % (mean - 0.5, ""), code=0)
        self.assertAlmostEqual(float(got["value"]), mean, places=4)
        self.assertEqual(got["repeat"], "")
        got = self.check(random + entry % (mean - 0.5, ", each: on"), code=1)
        self.assertEqual([float(r["value"]) for r in got], values)
        self.assertEqual([r["repeat"] for r in got], ["0", "1", "2"])
        self.assertEqual([r["holds"] for r in got], ["1" if v >= mean - 0.5 else "0" for v in values])
        self.assertEqual(got[2]["subject"], "workload.pods.ops of old, repeat 2")

    # ---- names ----

    def test_unknown_metric_is_an_error_before_the_run(self):
        def wrong(metric, message, more="max: 1"):
            self.write("s.yaml", expect("metric: %s, variant: old, %s" % (metric, more)))
            for command in "lint", "check":
                done = self.run_program(command, "s.yaml")
                self.assertEqual((done.code, done.err), (2, "s.yaml:24:14: " + message + "\n"))
            self.assertEqual([p for p in tree(self.dir) if p.startswith("out/")], [])

        wrong("memcg.dyin.end", "no metric is named 'memcg.dyin.end'; did you mean 'memcg.dying.end'?")
        wrong("workload.pod.ops", "no metric is named 'workload.pod.ops'; did you mean 'workload.pods.ops'?")
        wrong("zzz", "no metric is named 'zzz' (memcgsim list metrics)")
        wrong("oom.kills.peak",
              "'oom.kills.peak': oom.kills is no level that has an end, a peak and a mean: write it without suffix")
        wrong("oom.kills", "'at' needs a metric that is sampled; oom.kills is known at the end alone", "max: 1, at: 1s")
        wrong("memcg.dying.peak", "'at' judges the sample of that time: write memcg.dying without suffix",
              "max: 1, at: 1s")

    def test_wrong_balance(self):
        def wrong(block, message):
            self.write("s.yaml", SMALL + "balance: {%s}\n" % block)
            for command in "lint", "check":
                done = self.run_program(command, "s.yaml")
                self.assertEqual((done.code, done.err), (2, "s.yaml:%s\n" % message))

        wrong("", "23:10: nothing to judge: give scan_ratio, cache_ratio, jain, small_retention or sawtooth")
        wrong("swtooth: 1", "23:11: unknown key 'swtooth' in balance; did you mean 'sawtooth'?")
        wrong("jain: 1", "23:17: 'jain' expects [lowest, highest], got '1'")
        wrong("jain: [1, 0]", "23:17: 'jain' has the larger number first")
        wrong("jain: [0, 2]", "23:21: 'jain' must be between 0 and 1, got '2'")
        wrong("small_retention: 2", "23:28: 'small_retention' must be between 0 and 1, got '2'")
        wrong("sawtooth: 1, variant: odl", "23:33: no variant is named 'odl'; did you mean 'old'?")
        wrong("sawtooth: 1, caches: root",
              "23:32: 'caches' says whose 'cache_ratio' is judged, and there is none")
        wrong("cache_ratio: 1, caches: [root, rot]",
              "23:35: no cache is named 'rot': name a mount, a file system, or one of scan_shadow_nodes, "
              "ext4_es_scan, xfs_buftarg_shrink_scan")

    # ---- reclaim balance ----

    def balance(self, kernel, scenario=BALANCE):
        done = self.run_program("check", scenario, "--no-baseline", "--no-plots", "--format", "csv", "-o", "o", "-q",
                                "--set", "variants.0.kernel=" + kernel)
        self.assertEqual(done.err, "")
        return done.code, {(r["check"], r["subject"]): r for r in rows(done.out)}

    def balance_of(self, caches, kernel):
        """The same with a cache_ratio of these caches alone."""
        with open(BALANCE) as f:
            head = f.read().split("\nbalance:")[0]
        self.write("b.yaml", head + "\nbalance: {cache_ratio: 10, caches: [%s]}\n" % caches)
        code, got = self.balance(kernel, "b.yaml")
        return code, {k[1]: r["value"] for k, r in got.items() if k[0] == "balance"}

    def test_regression_of_172b06c32b94_is_caught_by_name(self):
        code, got = self.balance("v4.19")
        self.assertEqual(code, 1)
        failed = {k: r for k, r in got.items() if r["holds"] == "0"}
        self.assertEqual({k[0] for k in failed}, {"balance"})
        root = failed["balance", "balance.cache_ratio of root in kernel"]
        self.assertGreater(float(root["value"]), 500)
        self.assertRegex(root["miss"], r"^root of pods\d+ on node 0 is over-scanned: \d+ times as fast as the page cache, "
                                       r"\d+ times what is allowed; .*; so are 20 more of root$")
        for name in "scan_ratio", "jain", "small_retention", "sawtooth":
            self.assertIn(("balance", "balance.%s of kernel" % name), failed)
        self.assertEqual(got["balance", "balance.cache_ratio of ext4_es_scan in kernel"]["holds"], "1")

    def test_classic_formula_holds(self):
        for kernel in "v4.18", "v5.0":
            code, got = self.balance(kernel)
            self.assertEqual((code, {r["holds"] for r in got.values()}), (0, {"1"}))
            self.assertEqual(len([k for k in got if k[0] == "balance"]), 7 if kernel == "v4.18" else 6)

    def test_named_caches_alone(self):
        code, got = self.balance_of("ext4_es_scan", "v4.19")
        self.assertEqual((code, list(got)), (0, ["balance.cache_ratio of ext4_es_scan in kernel"]))
        code, got = self.balance_of("ext4_es_scan, root", "v4.19")
        self.assertEqual((code, len(got)), (1, 2))
        # a mount whose caches reclaim never came by has no value, and that fails
        self.assertEqual(self.balance_of("proc", "v5.0"), (1, {"balance.cache_ratio of proc in kernel": ""}))

    def test_without_reclaim_balance_fails(self):
        got = self.check(SMALL + "balance:\n  - {variant: new, scan_ratio: [0, 100], cache_ratio: 100, jain: [0, 1],\n"
                         "     small_retention: 0, sawtooth: 100}\n", code=1)
        self.assertEqual(len(got), 5)
        self.assertEqual({(r["value"], r["holds"], r["variant"]) for r in got}, {("", "0", "new")})

    def test_variant_keeps_what_is_about_it(self):
        text = SMALL.replace("  - {name: new, kernel: v5.18}\n",
                             "  - {name: new, kernel: v5.18}\n  - {name: mid, kernel: v5.9}\n") + \
            "expect:\n  - {metric: memcg.dying, variant: mid, max: 0}\n  - {metric: memcg.dying, variant: new, max: 45}\n" \
            "balance: [{variant: mid, sawtooth: 1}, {variant: old, sawtooth: 1}]\n"
        got = self.check(text, "-q", "--variant", "new", code=1)
        self.assertEqual([(r["check"], r["variant"]) for r in got], [("expect", "new"), ("balance", "old")])

    # ---- the stored baseline ----

    def update(self):
        return self.works("check", "s.yaml", "--no-plots", "--update-baseline")

    def stored(self, columns=4):
        """{(variant, metric): line} of the baseline."""
        lines = self.read("baselines/small.csv").splitlines()
        self.assertEqual(lines[0], "variant,metric,value,tolerance" + (",n,sd,values" if columns == 7 else ""))
        return {tuple(l.split(",")[:2]): l for l in lines[1:]}

    def edit(self, old, new):
        self.write("baselines/small.csv", changed(self.read("baselines/small.csv"), (old, new)))

    def judged(self, *args, code, err=""):
        done = self.run_program("check", "s.yaml", "--no-plots", "--format", "csv", *args)
        self.assertEqual((done.code, done.err), (code, err), done)
        return rows(done.out)

    def add_lines(self, *lines):
        """Lines without a value: an update fills them in."""
        self.write("baselines/small.csv", self.read("baselines/small.csv") + "".join(l + "\n" for l in lines))

    def test_baseline_is_created_and_kept(self):
        out = self.update()
        stored = self.stored()
        self.assertIn("  0 lines changed, %d new, 0 gone, 0 as they were\n" % len(stored), out)
        self.assertTrue(out.endswith("small: nothing was judged\n"))
        self.assertEqual(stored["old", "memcg.dying.peak"], "old,memcg.dying.peak,45,1 %")
        self.assertNotIn(("old", "memcg.dying.end"), stored)  # it ends at its peak
        self.assertRegex(stored["", "inputs.sha256"], "^,inputs.sha256,[0-9a-f]{64},$")
        self.assertRegex(stored["new", "fingerprint.0"], "^new,fingerprint.0,[0-9a-f]{32},$")
        self.assertFalse(os.path.exists(self.path("baselines/small.csv.new")))
        before = self.read("baselines/small.csv")
        got = self.judged(code=0)
        self.assertEqual(len(got), len(stored) - 2)  # without the fingerprints
        self.assertEqual({(r["check"], r["holds"]) for r in got}, {("baseline", "1")})
        self.assertEqual(len(self.judged("--fingerprint", code=0)), len(stored))
        self.assertIn("  0 lines changed, 0 new, 0 gone, %d as they were\n" % len(stored), self.update())
        self.assertEqual(self.read("baselines/small.csv"), before)
        # what run's table shows, and what was counted and is not 0; not all metrics there are
        self.assertNotIn(("old", "oom.kills"), stored)
        self.assertNotIn(("old", "memcg.dying.mean"), stored)
        self.assertIn(("old", "workload.pods.ops"), stored)
        self.assertIn(("old", "slab.utilization.mean"), stored)
        self.assertLess(len(stored), 100)

    def test_update_keeps_the_choice_of_lines(self):
        self.update()
        lines = [l.replace("dying.peak", "dying.end") for l in self.read("baselines/small.csv").splitlines(True)
                 if "dying.peak" in l or "metric" in l or "inputs" in l]
        self.write("baselines/small.csv", "".join(lines))
        self.add_lines("old,oom.kills,,5", "new,memcg.nr_cache_ids.end,,2 %", "new,memcg.dying.mean,,")
        done = self.run_program("check", "s.yaml", "--no-plots", "--update-baseline")
        self.assertEqual(done.code, 2)
        self.assertIn(":7: the tolerance is neither a number nor a share like 1 %", done.err)
        self.edit("dying.mean,,", "dying.mean,,3 %")
        self.assertIn("  oom.kills of old: no value -> 0\n", self.update())
        self.assertEqual({k: l for k, l in self.stored().items() if "." in k[1] and "inputs" not in k[1]
                          and "fingerprint" not in k[1]},
                         {("old", "memcg.dying.end"): "old,memcg.dying.end,45,1 %",
                          ("new", "memcg.dying.end"): "new,memcg.dying.end,45,1 %",
                          ("old", "oom.kills"): "old,oom.kills,0,5",
                          ("new", "memcg.nr_cache_ids.end"): "new,memcg.nr_cache_ids.end,,2 %",
                          ("new", "memcg.dying.mean"): "new,memcg.dying.mean,22.401,3 %"})
        self.judged(code=0)
        # a variant that is new gets the lines that any of the others has
        self.write("s.yaml", changed(SMALL, ("  - {name: new,", "  - {name: mid, kernel: v5.9}\n  - {name: new,")))
        self.update()
        self.assertEqual({k[1] for k in self.stored() if k[0] == "mid"},
                         {"fingerprint.0", "memcg.dying.end", "oom.kills", "memcg.nr_cache_ids.end", "memcg.dying.mean"})

    def test_baseline_is_broken_and_updated(self):
        self.update()
        self.add_lines("new,memcg.nr_cache_ids.end,,1 %", "old,memcg.nr_cache_ids.end,,1 %", "new,oom.kills,,1 %",
                       "old,memcg.dying.end,,1 %", "new,memcg.dying.end,,1 %")
        self.update()
        self.edit("old,memcg.dying.end,45,1 %", "old,memcg.dying.end,40,1 %")
        self.edit("new,memcg.dying.end,45,1 %", "new,memcg.dying.end,40,5")
        self.edit("new,memcg.nr_cache_ids.end,,1 %", "new,memcg.nr_cache_ids.end,3,1 %")
        self.edit("old,memcg.nr_cache_ids.end,10,1 %", "old,memcg.nr_cache_ids.end,,1 %")
        self.edit("new,oom.kills,0,", "new,oom.kilts,0,")
        failed = {r["subject"]: (r["value"], r["wanted"], r["miss"]) for r in self.judged(code=1) if r["holds"] == "0"}
        self.assertEqual(failed, {
            "baseline: memcg.dying.end of old": ("45", "40 within 1 %", "too high by 4.6 (11.4 % above 40.4)"),
            "baseline: memcg.nr_cache_ids.end of new": ("", "3 within 1 %", "it had a value"),
            "baseline: memcg.nr_cache_ids.end of old": ("10", "no value", "it had no value"),
            "baseline: oom.kilts of new": ("", "0 within 1 %", "there is no such metric or variant any more")})
        out = self.update()
        for line in ("memcg.dying.end of old: 40 -> 45", "memcg.dying.end of new: 40 -> 45",
                     "memcg.nr_cache_ids.end of new: 3 -> no value", "memcg.nr_cache_ids.end of old: no value -> 10"):
            self.assertIn("  " + line + "\n", out)
        self.assertIn("  4 lines changed, 0 new, 1 gone, ", out)
        self.assertEqual(self.stored()["new", "memcg.dying.end"], "new,memcg.dying.end,45,5")
        self.judged(code=0)

    def test_baseline_belongs_to_its_inputs(self):
        self.update()
        self.write("s.yaml", changed(SMALL, ("description: a few", "description: some")))
        got, = self.judged(code=1)
        self.assertEqual((got["metric"], got["holds"]), ("inputs.sha256", "0"))
        self.assertIn("is another than the baseline's", got["miss"])
        self.assertIn("  inputs.sha256: ", self.update())
        self.judged(code=0)

    def test_baseline_is_not_compared_with_other_runs_and_that_is_said(self):
        self.write("s.yaml", expect("metric: memcg.dying, variant: old, max: 100"))
        self.update()
        self.edit("old,memcg.dying.peak,45,1 %", "old,memcg.dying.peak,40,1 %")
        for option in (["--set", "seed=3"], ["--seed", "3"], ["--variant", "new"]):
            got = self.judged(*option, code=0, err="small: the stored baseline is not compared: %s makes other runs\n"
                              % option[0])
            self.assertEqual([r["check"] for r in got], ["expect"])
            done = self.run_program("check", "s.yaml", "--update-baseline", *option)
            self.assertEqual((done.code, done.err), (2, "--update-baseline is about the scenario as it is: not with %s, "
                                                        "which makes other runs\n" % option[0]))
        self.assertEqual([r["check"] for r in self.judged("--no-baseline", code=0)], ["expect"])
        self.judged(code=1)

    def test_fingerprint_insists_on_identical_runs(self):
        done = self.run_program("check", "s.yaml", "--fingerprint")
        self.assertEqual((done.code, done.err), (2, "--fingerprint: there is no ./baselines/small.csv\n"))
        self.update()
        line = self.stored()["new", "fingerprint.0"]
        self.edit(line, "new,fingerprint.0,%032d," % 0)
        self.judged(code=0)
        got = [r for r in self.judged("--fingerprint", code=1) if r["holds"] == "0"]
        self.assertEqual([(r["subject"], r["miss"]) for r in got],
                         [("baseline: fingerprint.0 of new", "it did something else")])

    def test_damaged_baseline_is_an_error(self):
        self.update()
        for old, new, message in (
                ("variant,metric", "metric,variant", "1: a baseline begins with variant,metric,value,tolerance"),
                (",inputs.sha256", "x,slab.bytes.end", "2: the value is no number"),
                ("old,memcg.dying.peak,45,1 %", "old,memcg.dying.peak,45", "expects variant,metric,value,tolerance"),
                ("old,memcg.dying.peak,45,1 %", "old,memcg.dying.peak,nan,1 %", "the value is no number"),
                ("old,memcg.dying.peak,45,1 %", "old,memcg.dying.peak,45,-1",
                 "the tolerance is neither a number nor a share like 1 %"),
                ("old,memcg.dying.peak,45,1 %", "old,memcg.dying.peak,45,",
                 "the tolerance is neither a number nor a share like 1 %")):
            good = self.read("baselines/small.csv")
            self.edit(old, new)
            for more in [], ["--update-baseline"]:
                done = self.run_program("check", "s.yaml", *more)
                self.assertEqual(done.code, 2)
                self.assertRegex(done.err, r"^\./baselines/small\.csv:\d+: ")
                self.assertIn(message, done.err)
            self.write("baselines/small.csv", good)

    def test_baseline_as_other_editors_write_it(self):
        self.update()
        good = self.read("baselines/small.csv")
        self.write("baselines/small.csv", "\ufeff" + good.replace("\n", "\r\n"))
        self.assertEqual({r["holds"] for r in self.judged(code=0)}, {"1"})
        self.write("baselines/small.csv", good[:-1])
        self.assertEqual({r["holds"] for r in self.judged(code=0)}, {"1"})

    def test_a_baseline_that_would_let_all_pass(self):
        self.update()
        good = self.read("baselines/small.csv")
        line = next(i for i, x in enumerate(good.split("\n"), 1) if x.startswith("old,memcg.dying.peak,"))
        last = good.count("\n") + 1
        for text, message in (
                ("", "1: empty: a baseline begins with variant,metric,value,tolerance"),
                (good + "old,memcg.dying.peak,7,1 %\n", f"{last}: memcg.dying.peak of old is in line {line} already"),
                (good.replace("slab.bytes.peak,2572288,1 %", "slab.bytes.peak,2572288,1e308 %"),
                 "4: the tolerance is neither a number nor a share like 1 %"),
                # without its head line it is said once, and not of every line
                (good.replace("tolerance", "tol", 1),
                 "1: a baseline begins with variant,metric,value,tolerance, with repeats and,n,sd,values")):
            self.write("baselines/small.csv", text)
            done = self.run_program("check", "s.yaml")
            self.assertEqual((done.code, done.err), (2, f"./baselines/small.csv:{message}\n"))

    def test_a_folder_as_baseline(self):
        self.update()
        os.remove(self.path("baselines/small.csv"))
        os.mkdir(self.path("baselines/small.csv"))
        done = self.run_program("check", "s.yaml")
        self.assertEqual((done.code, done.err), (2, "cannot read ./baselines/small.csv: no file, or too large\n"))

    # ---- a baseline of repeats ----

    REPEATS = changed(SMALL, ("seed: 1", "seed: 1\nrepeats: 6"), ("live: 5", "rate: 2/s\n    count: 18"),
                      ("life: 1s", "life: {dist: exponential, mean: 1s}"))
    OPS = ("old", "workload.pods.ops")
    DURATION = ("old", "workload.pods.duration_s")

    def change(self, line, **fields):
        """Changes fields of a line of the baseline."""
        was = self.stored(7)[line]
        row = dict(zip(("variant", "metric", "value", "tolerance", "n", "sd", "values"), was.split(",")))
        row.update(fields)
        self.edit(was + "\n", ",".join(row.values()) + "\n")

    def verdict(self, line, code, *args):
        got = {(r["variant"], r["metric"]): r for r in self.judged(*args, code=code)}
        self.assertEqual([k for k, r in got.items() if r["holds"] == "0"], [line] if code else [])
        return got[line]

    def test_repeats_are_stored(self):
        self.write("s.yaml", self.REPEATS)
        self.update()
        stored = self.stored(7)
        variant, metric, value, tolerance, n, sd, values = stored[self.OPS].split(",")
        values = [float(v) for v in values.split(" ")]
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o")
        with open(self.path("o/summary.csv"), newline="") as f:
            self.assertEqual(values, [float(r["value"]) for r in csv.DictReader(f)
                                      if (r["variant"], r["metric"]) == self.OPS])
        mean = sum(values) / 6
        self.assertAlmostEqual(float(value), mean)
        self.assertAlmostEqual(float(sd), (sum((v - mean) ** 2 for v in values) / 5) ** 0.5)
        self.assertEqual((tolerance, n), ("1 %", "6"))
        # not all repeats are done in time: those that are
        self.assertEqual(stored[self.DURATION].split(",")[4], str(len(stored[self.DURATION].split(",")[6].split())))
        self.assertIn(stored[self.DURATION].split(",")[4], "12345")
        self.assertEqual({r["holds"] for r in self.judged("--fingerprint", code=0)}, {"1"})

    def test_difference_of_repeats_must_be_significant_and_above_the_tolerance(self):
        self.write("s.yaml", self.REPEATS)
        self.update()
        now = float(self.stored(7)[self.OPS].split(",")[2])
        sd = float(self.stored(7)[self.OPS].split(",")[5])
        # far outside the tolerance, and by chance
        self.change(self.OPS, value=repr(now - sd / 2), values="")
        got = self.verdict(self.OPS, 0)
        self.assertEqual((got["test"], got["off"], got["miss"]), ("welch", "0", ""))
        self.assertGreater(float(got["p"]), 0.01)
        # significant, and within the tolerance
        self.change(self.OPS, sd="0.001", value=repr(now - sd * 10), tolerance="90 %")
        self.assertLess(float(self.verdict(self.OPS, 0)["p"]), 0.01)
        # both
        self.change(self.OPS, tolerance="1 %")
        got = self.verdict(self.OPS, 1)
        self.assertRegex(got["miss"], r"^too high by .*; p = \S+ \(Welch's t-test, \d+ tests, Holm\)$")
        self.assertLess(float(got["p"]), 0.01)
        self.assertGreater(float(got["repeats_needed"]), 6)
        done = self.run_program("check", "s.yaml", "--no-plots", "-q", "--junit", "j.xml")
        self.assertRegex(" ".join(done.out.split()), r"FAIL baseline: workload.pods.ops of old: [\d.]+ \+- [\d.]+, wanted "
                         r"[\d.]+ \+- \S+ within 1 %: too high by")
        self.junit()
        done = self.run_program("check", "s.yaml", "--no-plots")
        self.assertRegex(" ".join(done.out.split()), r"baseline: \d+ of \d+ metrics vary over 6 repeats; they fail where the "
                         r"difference is above the tolerance and p < 0.01 after Holm's correction for \d+ tests \(Welch's\)")
        self.assertIn("workload.pods.ops of old: %r -> " % (now - sd * 10), self.update())
        self.judged(code=0)

    def test_some_repeats_without_a_value(self):
        self.write("s.yaml", self.REPEATS)
        self.update()
        now = self.stored(7)[self.DURATION].split(",")
        # one more of six has a value: by chance
        self.change(self.DURATION, n=str(int(now[4]) + 1), values="")
        got = self.verdict(self.DURATION, 0)
        self.assertIn(got["test"], ("presence", "welch"))
        # none of six
        self.change(self.DURATION, n="0", sd="", value="")
        self.assertIn(self.verdict(self.DURATION, 0)["wanted"], "no value")
        # where all have one now, and none had, nothing is by chance
        self.change(self.OPS, n="0", sd="", value="", values="")
        self.assertEqual(self.verdict(self.OPS, 1)["miss"], "it had no value")

    def test_repeats_with_one_value_are_compared_as_they_are(self):
        self.write("s.yaml", changed(self.REPEATS, ("repeats: 6", "repeats: 3"), ("rate: 2/s\n    count: 18", "live: 5"),
                                     ("life: {dist: exponential, mean: 1s}", "life: 1s")))
        self.update()
        self.assertEqual(self.stored(7)[self.OPS].split(",")[5], "0")
        for tolerance, code in ("2 %", 0), ("0.5 %", 1):
            self.change(self.OPS, value="580", tolerance=tolerance, values="")
            got = self.verdict(self.OPS, code)
            self.assertEqual((got["value"], got["test"], got["p"]), ("585", "", ""))

    def test_another_seed_is_another_sample_of_the_same(self):
        self.write("s.yaml", self.REPEATS)
        self.update()
        self.write("s.yaml", changed(self.REPEATS, ("seed: 1\n", "seed: 12345\n")))
        self.assertEqual({r["holds"] for r in self.judged(code=0)}, {"1"})
        self.judged("--fingerprint", code=1)
        self.write("s.yaml", changed(self.REPEATS, ("repeats: 6\n", "repeats: 7\n")))
        got, = self.judged(code=1)
        self.assertEqual(got["metric"], "inputs.sha256")
        # one run is no distribution
        self.write("s.yaml", SMALL)
        self.update()
        self.write("s.yaml", changed(SMALL, ("seed: 1\n", "seed: 12345\n")))
        got, = self.judged(code=1)
        self.assertEqual(got["metric"], "inputs.sha256")

    def test_numbers_that_no_double_has_the_square_of(self):
        self.write("s.yaml", self.REPEATS)
        self.update()
        for sd, code in ("1e300", 0), ("1e-300", 1):
            self.change(self.DURATION, value="300", sd=sd, values="")
            done = self.run_program("check", "s.yaml", "--no-plots")
            self.assertEqual((done.code, done.err), (code, ""))

    def test_damaged_moments_are_an_error(self):
        self.write("s.yaml", self.REPEATS)
        self.update()
        good = self.read("baselines/small.csv")
        for fields, message in (
                (dict(n="x"), "n is no number of repeats"), (dict(n="2.5"), "n is no number of repeats"),
                (dict(n="0"), "n repeats with a value, and no value; or the other way round"),
                (dict(sd="-1"), "sd is no standard deviation"), (dict(sd=""), "sd is no standard deviation"),
                (dict(n="5"), "values are not n numbers"), (dict(values="1 2 3"), "values are not n numbers"),
                (dict(values="1 2 3 4 5 x"), "values are not n numbers"),
                (dict(value="1"), "value and sd are not those of the values"),
                (dict(values="1 2 3 4 5 6"), "value and sd are not those of the values"),
                (dict(values="1,2"), "expects variant,metric,value,tolerance, or these and,n,sd,values")):
            self.change(self.OPS, **fields)
            done = self.run_program("check", "s.yaml")
            self.assertEqual(done.code, 2, done)
            self.assertRegex(done.err, r"^\./baselines/small\.csv:\d+: ")
            self.assertIn(message, done.err)
            self.write("baselines/small.csv", good)

    # ---- formats, exit codes ----

    TWO = expect("metric: memcg.dying, variant: old, max: 9", "metric: memcg.dying, variant: new, max: 45")

    def test_text(self):
        self.write("s.yaml", self.TWO)
        done = self.run_program("check", "s.yaml", "--no-plots")
        self.assertEqual((done.code, done.err), (1, ""))
        self.assertEqual(done.out,
                         "small: 1 of 2 verdicts failed\n"
                         "  FAIL  memcg.dying of old: 45, wanted at most 9: too high by 36 (5 times 9)\n"
                         "  ok    memcg.dying of new: 45, wanted at most 45\n")
        self.assertEqual(self.run_program("check", "s.yaml", "--no-plots", "-q").out.splitlines(),
                         done.out.splitlines()[:2])
        self.assertIn("report.html", "".join(tree(self.path("out/small"))))
        self.assertEqual(self.works("check", "s.yaml", "-q", "--no-plots", "--set", "expect.0.max=45"),
                         "small: all 2 verdicts hold\n")

    def test_markdown(self):
        self.write("s.yaml", self.TWO)
        done = self.run_program("check", "s.yaml", "--no-plots", "--format", "md")
        self.assertEqual(done.out,
                         "### small: 1 of 2 verdicts failed\n\n"
                         "| | verdict | found | wanted | |\n|---|---|---:|---|---|\n"
                         "| **FAIL** | memcg.dying of old | 45 | at most 9 | too high by 36 (5 times 9) |\n"
                         "| ok | memcg.dying of new | 45 | at most 45 | |\n".replace("| at most 45 | |", "| at most 45 |  |"))

    def test_json(self):
        self.write("s.yaml", self.TWO)
        done = self.run_program("check", "s.yaml", "--no-plots", "--format", "json")
        suite, = json.loads(done.out)["scenarios"]
        self.assertEqual((suite["scenario"], suite["failed"], len(suite["verdicts"])), ("small", 1, 2))
        self.assertEqual(suite["verdicts"][0],
                         {"check": "expect", "metric": "memcg.dying", "variant": "old",
                          "subject": "memcg.dying of old", "value": 45, "found": "45", "wanted": "at most 9",
                          "holds": False, "off": 36, "miss": "too high by 36 (5 times 9)"})

    def test_same_bytes_for_any_number_of_threads(self):
        self.write("s.yaml", self.TWO)
        outs = [self.run_program("check", "s.yaml", "--no-plots", "-j", n, "--junit", n + ".xml").out for n in "14"]
        self.assertEqual(outs[0], outs[1])
        self.assertEqual(self.read("1.xml"), self.read("4.xml"))

    def test_nothing_to_judge_is_an_error(self):
        done = self.run_program("check", "s.yaml", "--junit", "j.xml")
        self.assertEqual((done.code, done.err), (2, "s.yaml: nothing to judge: no 'expect', no 'balance' and no baseline\n"))
        self.write("s.yaml", expect("metric: memcg.dying, variant: new, max: 45"))
        done = self.run_program("check", "s.yaml", "--variant", "old")
        self.assertEqual((done.code, done.err),
                         (2, "s.yaml: nothing to judge: no 'expect', no 'balance' and no baseline about variant old\n"))

    def test_a_slip_of_a_name(self):
        os.mkdir(self.path("scenarios"))
        self.write("scenarios/small.yaml", SMALL)
        done = self.run_program("check", "smal")
        self.assertEqual((done.code, done.err), (2, "cannot read smal: No such file or directory; did you mean 'small'?\n"))

    def test_options_of_check_alone(self):
        self.write("s.yaml", SMALL)
        for args in ["--junit", "j.xml"], ["--update-baseline"], ["--no-baseline"], ["--fingerprint"]:
            self.refuses(f"{args[0]} is an option of check, not of run", "run", "s.yaml", *args)

    def test_no_scenario_is_an_error(self):
        self.refuses("check: needs a scenario: a file, or a name (memcgsim list scenarios)", "check")

    # ---- JUnit ----

    def junit(self, name="j.xml"):
        """[(suite, tests, failures, errors, [(case, what is in it)])], after a look at the form."""
        root = ET.parse(self.path(name)).getroot()
        self.assertEqual(root.tag, "testsuites")
        suites, total = [], {"tests": 0, "failures": 0, "errors": 0}
        for suite in root:
            self.assertEqual(suite.tag, "testsuite")
            cases = []
            for case in suite:
                self.assertEqual((case.tag, sorted(case.attrib)), ("testcase", ["classname", "name"]))
                self.assertLessEqual(len(case), 1)
                for inside in case:
                    self.assertIn(inside.tag, ("failure", "error"))
                    self.assertEqual(sorted(inside.attrib), ["message", "type"])
                    self.assertTrue(inside.text)
                cases.append((case.get("name"), [i.tag for i in case]))
            counts = [sum(1 for _, w in cases if w == [tag]) for tag in ("failure", "error")]
            self.assertEqual([int(suite.get(a)) for a in ("tests", "failures", "errors")], [len(cases)] + counts)
            self.assertEqual(len(set(cases and [n for n, _ in cases])), len(cases))
            for key in total:
                total[key] += int(suite.get(key))
            suites.append((suite.get("name"), *[int(suite.get(a)) for a in total], cases))
        self.assertEqual({k: int(root.get(k)) for k in total}, total)
        if shutil.which("xmllint"):
            done = subprocess.run(["xmllint", "--noout", "--schema", SCHEMA, self.path(name)], capture_output=True,
                                  text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
        return suites

    def test_junit_has_a_suite_per_scenario_and_a_case_per_verdict(self):
        self.write("s.yaml", self.TWO)
        self.write("t.yaml", changed(expect("metric: memcg.dying, order: [old, new]",
                                            "metric: memcg.dying, variant: old, min: 1"),
                                     ("scenario: small", "scenario: other")))
        done = self.run_program("check", "s.yaml", "t.yaml", "--no-plots", "--junit", "j.xml")
        self.assertEqual((done.code, done.err), (1, ""))
        self.assertEqual(self.junit(), [
            ("small", 2, 1, 0, [("memcg.dying of old at most 9", ["failure"]), ("memcg.dying of new at most 45", [])]),
            ("other", 2, 1, 0, [("memcg.dying of old, new rising in this order", ["failure"]),
                                ("memcg.dying of old at least 1", [])])])
        failure = ET.parse(self.path("j.xml")).getroot().find(".//failure")
        self.assertEqual(failure.get("message"), "too high by 36 (5 times 9)")
        self.assertEqual(failure.text, "memcg.dying of old: 45, wanted at most 9: too high by 36 (5 times 9)")

    def test_what_cannot_run_is_an_error_and_keeps_the_others_from_nothing(self):
        self.write("s.yaml", self.TWO)
        self.write("bad.yaml", changed(self.TWO, ("seed:", "sede:")))
        self.write("unknown.yaml", changed(self.TWO, ("scenario: small", "scenario: unknown"),
                                           ("metric: memcg.dying,", "metric: <&memcg.dyign>,")))
        done = self.run_program("check", "bad.yaml", "s.yaml", "unknown.yaml", "gone.yaml", "--no-plots", "--junit",
                                "j.xml")
        self.assertEqual(done.code, 2, done)
        self.assertIn("bad.yaml:3:1: unknown key 'sede' in scenario; did you mean 'seed'?\n", done.err)
        self.assertIn("unknown.yaml:24:14: no metric is named", done.err)
        suites = self.junit()
        self.assertEqual([s[:4] for s in suites],
                         [("bad.yaml", 1, 0, 1), ("small", 2, 1, 0), ("unknown", 1, 0, 1), ("gone.yaml", 1, 0, 1)])
        self.assertEqual(ET.parse(self.path("j.xml")).getroot().find(".//error").get("message"),
                         "bad.yaml:3:1: unknown key 'sede' in scenario; did you mean 'seed'?")
        self.assertIn("small: 1 of 2 verdicts failed", done.out)
        self.assertIn("bad.yaml: could not be judged", done.out)

    def test_two_of_one_name_are_an_error_of_both(self):
        self.write("s.yaml", self.TWO)
        self.write("t.yaml", self.TWO)
        done = self.run_program("check", "s.yaml", "t.yaml", "--junit", "j.xml")
        self.assertEqual(done.code, 2)
        self.assertEqual([s[1:4] for s in self.junit()], [(1, 0, 1), (1, 0, 1)])

    def test_too_large_is_an_error_with_exit_3(self):
        self.write("s.yaml", changed(self.TWO, ("4GiB", "17000000000GiB")))
        done = self.run_program("check", "s.yaml", "--junit", "j.xml")
        self.assertEqual(done.code, 3, done)
        self.assertEqual([s[:4] for s in self.junit()], [("small", 1, 0, 1)])

    def test_interrupted_is_an_error_with_exit_3(self):
        self.write("s.yaml", changed(self.TWO, ("duration: 10s", "duration: 1000d")))
        p = subprocess.Popen([PROGRAM, "check", "s.yaml", "--no-plots", "--progress", "always", "--junit", "j.xml"],
                             cwd=self.dir, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self.environment())
        p.stderr.read(1)  # it runs
        p.send_signal(signal.SIGTERM)
        p.communicate()
        self.assertEqual(p.returncode, 3)
        self.assertEqual([s[:4] for s in self.junit()], [("small", 1, 0, 1)])

    def test_junit_is_replaced_as_a_whole(self):
        self.write("s.yaml", self.TWO)
        self.write("j.xml", "old\n")
        self.run_program("check", "s.yaml", "--no-plots", "--junit", "j.xml")
        self.junit()
        self.assertFalse(os.path.exists(self.path("j.xml.new")))

    def test_junit_that_cannot_be_written_is_said_before_the_run(self):
        self.write("s.yaml", self.TWO)
        os.mkdir(self.path("d"))
        self.refuses("--junit: cannot write no/j.xml: No such file or directory", "check", "s.yaml", "--junit",
                     "no/j.xml")
        self.refuses("--junit: cannot write d: Is a directory", "check", "s.yaml", "--junit", "d")

    @unittest.skipUnless(shutil.which("xmllint"), "no xmllint")
    def test_schema_finds_what_is_wrong(self):
        self.write("s.yaml", self.TWO)
        self.run_program("check", "s.yaml", "--no-plots", "--junit", "j.xml")
        good = self.read("j.xml")
        for edit in ((" tests=\"2\"", ""), ("<failure", "<broken"), ("</failure", "</broken"), ("name=", "nam=")):
            self.write("k.xml", good.replace(edit[0], edit[1]))
            done = subprocess.run(["xmllint", "--noout", "--schema", SCHEMA, self.path("k.xml")], capture_output=True)
            self.assertNotEqual(done.returncode, 0, edit)


if __name__ == "__main__":
    tap.main()
