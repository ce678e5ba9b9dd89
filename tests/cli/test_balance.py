#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Balance metrics of a run: scenarios/reclaim-balance.yaml under several kernels, and the time series."""
import csv
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import TOP, Case

SCENARIO = os.path.join(TOP, "scenarios/reclaim-balance.yaml")
METRICS = ["balance.scan_ratio", "balance.jain", "balance.small_retention", "balance.sawtooth"]


def number(text):
    return float(text) if text else None


class Balance(Case):
    def rows(self, name):
        with open(self.path(name), newline="") as f:
            return list(csv.DictReader(f))

    def run_first(self, kernel, out):
        """{metric: value} of the first variant with this kernel."""
        self.works("run", SCENARIO, "-q", "--no-plots", "-o", out, "--variant", "kernel",
                   "--set", "variants.0.kernel=" + kernel)
        return {r["metric"]: number(r["value"]) for r in self.rows(out + "/summary.csv")
                if r["variant"] == "kernel"}

    def test_minimum_batch_over_scans_slab_empties_small_caches_and_saws_the_page_cache(self):
        classic = self.run_first("v5.0", "v5.0")
        batch = self.run_first("v4.19", "v4.19")
        self.assertGreater(classic["balance.scan_ratio"], 0.9)
        self.assertLess(classic["balance.scan_ratio"], 1.1)
        self.assertGreater(batch["balance.scan_ratio"], 5 * classic["balance.scan_ratio"])
        self.assertGreater(classic["balance.small_retention"], 0.9)
        self.assertLess(batch["balance.small_retention"], 0.1)
        self.assertGreater(batch["balance.sawtooth"], 5 * classic["balance.sawtooth"])
        # a batch is alike for all small lists; the classic formula spares them
        self.assertGreater(batch["balance.jain"], 0.8)
        self.assertLess(classic["balance.jain"], 0.5)
        # the pressure is light: nobody has to reclaim for himself
        for values in classic, batch:
            self.assertEqual(values["reclaim.direct"], 0)

    def test_series_starts_with_the_pressure_and_ends_with_the_summary(self):
        end = self.run_first("v4.19", "o")
        rows = [r for r in self.rows("o/timeseries.csv") if r["variant"] == "kernel"]
        begun = [r for r in rows if r["balance.scan_ratio"]]
        self.assertTrue(begun)
        self.assertEqual(rows[-len(begun):], begun)
        for r in rows[:len(rows) - len(begun)]:
            self.assertEqual([r[m] for m in METRICS[:2]], ["", ""])
        for m in METRICS:
            self.assertEqual(number(rows[-1][m]), end[m])
        kept = [number(r["balance.small_retention"]) for r in begun]
        self.assertEqual(kept, sorted(kept, reverse=True))

    def test_empty_without_reclaim(self):
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o")
        rows = self.rows("o/summary.csv")
        for m in METRICS:
            self.assertEqual({r["value"] for r in rows if r["metric"] == m}, {""})
            self.assertEqual({r[m] for r in self.rows("o/timeseries.csv")}, {""})


if __name__ == "__main__":
    tap.main()
