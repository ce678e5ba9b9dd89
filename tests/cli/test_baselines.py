#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The baselines in scenarios/baselines: what the shipped scenarios give must be what is stored (make baselines)."""
import csv
import glob
import io
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import TOP, Case, changed

STORED = sorted(os.path.basename(p)[:-len(".csv")] for p in glob.glob(os.path.join(TOP, "scenarios/baselines/*.csv")))


def read(name):
    with open(os.path.join(TOP, name)) as f:
        return f.read()


class Shipped(Case):
    def test_they_hold(self):
        self.assertLessEqual({"reclaim-balance", "container-churn", "list-lru-headline", "churn-varied"}, set(STORED))
        scenarios = [os.path.join(TOP, "scenarios", n + ".yaml") for n in STORED]
        done = self.run_program("check", *scenarios, "--no-plots", "--fingerprint", "-q", "-o", "o", "--format", "csv")
        failed = [r for r in csv.DictReader(io.StringIO(done.out)) if r["holds"] != "1"]
        self.assertEqual([(r["scenario"], r["subject"], r["value"], r["wanted"]) for r in failed], [],
                         "a wanted change? make baselines, and look at what it shows")
        self.assertEqual((done.code, done.err), (0, ""))

    def test_they_are_short(self):
        for name in STORED:
            lines = read("scenarios/baselines/%s.csv" % name).splitlines()
            self.assertLess(len(lines), 100, name)
            self.assertTrue(lines[1].startswith(",inputs.sha256,"), name)


class Varied(Case):
    """churn-varied with other seeds and another model: what its ten repeats tell apart."""

    def check(self, *edits, code):
        text = changed(read("scenarios/churn-varied.yaml"), *edits)
        stored = read("scenarios/baselines/churn-varied.csv")
        self.write("s.yaml", text)
        os.makedirs(self.path("baselines"), exist_ok=True)
        if "machine:\n  vfs" in text:
            # the study of a changed model: the baseline is told to belong to the changed file
            self.works("check", "s.yaml", "-q", "--no-plots", "--update-baseline")
            line = self.read("baselines/churn-varied.csv").splitlines()[1]
            stored = "\n".join([stored.splitlines()[0], line] + stored.splitlines()[2:]) + "\n"
        self.write("baselines/churn-varied.csv", stored)
        done = self.run_program("check", "s.yaml", "--no-plots", "--format", "csv", "-q")
        self.assertEqual((done.code, done.err), (code, ""), done)
        return {r["metric"]: r for r in csv.DictReader(io.StringIO(done.out)) if r["check"] == "baseline"}

    def test_fresh_seed_is_compared_and_holds(self):
        got = self.check(("seed: 1\n", "seed: 77\n"), code=0)
        self.assertEqual({r["holds"] for r in got.values()}, {"1"})
        tested = [r for r in got.values() if r["test"]]
        self.assertGreater(len(tested), 12)
        self.assertEqual({r["test"] for r in tested} - {"rank"}, {"welch"})
        for r in tested:
            self.assertGreaterEqual(float(r["p"]), 0.01)
            self.assertGreater(float(r["catches"]), 0)
        # what has one value in every repeat is compared as it is
        self.assertEqual(got["workload.pods.containers"]["test"], "")
        self.assertEqual(got["oom.kills"]["p"], "")

    def test_other_model_fails_by_name(self):
        got = self.check(("machine:\n", "machine:\n  vfs_cache_pressure: 200\n"), code=1)
        scanned = got["shrink.scanned"]
        self.assertEqual((scanned["holds"], scanned["test"]), ("0", "welch"))
        self.assertLess(float(scanned["p"]), 0.01)
        self.assertRegex(scanned["miss"], r"^too high by \S+ \(\S+ % above \S+\); p = \S+ \(Welch's t-test, \d+ tests, Holm\)$")
        self.assertRegex(scanned["wanted"], r"^[\d.]+ \+- [\d.]+ within 5 %$")
        self.assertEqual(got["workload.pods.containers"]["holds"], "1")


if __name__ == "__main__":
    tap.main()
