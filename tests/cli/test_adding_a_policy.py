#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy is one file and one registry line: docs/adding-a-policy.md, done in a copy of the tree.

The copy has the objects of the build folder, so that only what the new policy touches is compiled.
"""
import csv
import io
import os
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import TOP, Case, tree
from test_docs import FENCE

B = os.environ.get("B") or "build"
SOURCES = ["sim", "models", "reports", "bench", ".ci"]
PAGE = "docs/adding-a-policy.md"


def block(text, words):
    """What is in the only fenced block with these words."""
    found, inside = [], None
    for line in text.splitlines():
        if FENCE.match(line):
            if inside is not None:
                found.append("".join(inside))
            inside = [] if inside is None else None
        elif inside is not None:
            inside.append(line + "\n")
    found = [b for b in found if words in b]
    if len(found) != 1:
        raise ValueError("%d blocks with %r" % (len(found), words))
    return found[0]


class OneFileAndOneLine(Case):
    def setUp(self):
        super().setUp()
        with open(os.path.join(TOP, PAGE)) as f:
            self.page = f.read()

    def copy_tree(self):
        for name in SOURCES:
            shutil.copytree(os.path.join(TOP, name), self.path(name))
        shutil.copy2(os.path.join(TOP, "Makefile"), self.path("Makefile"))
        before = {name: text for name, text in tree(self.dir).items() if text is not None}
        shutil.copytree(os.path.join(TOP, B, "obj"), self.path(os.path.join("out-of-the-way", "obj")))
        for name in "flags", "prefix", "libmemcgsim.a", "memcgsim":
            shutil.copy2(os.path.join(TOP, B, name), self.path("out-of-the-way"))
        os.makedirs(os.path.dirname(self.path(B)), exist_ok=True)
        os.rename(self.path("out-of-the-way"), self.path(B))
        return before

    def add_policy(self):
        """As the page says: a file, and a line behind the last of its axis."""
        path = re.search(r"This one is `(models/\S+\.c)`", self.page)[1]
        self.write(path, block(self.page, "shrinker_whole = {"))
        line = block(self.page, "P(shrinker, whole")
        registry = re.search(r"In `(models/\S+)`, among the values", self.page)[1]
        lines = self.read(registry).splitlines(True)
        last = max(i for i, l in enumerate(lines) if l.startswith("\tP(shrinker, "))
        lines.insert(last + 1, line)
        self.write(registry, "".join(lines))
        return path, registry, line

    def build(self):
        env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        done = subprocess.run(["make", "--no-print-directory", "B=" + B, "all"], cwd=self.dir, env=env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return re.findall(r"(?m)^  CC (\S+)", done.stdout)

    def value(self, folder, variant, metric):
        for row in csv.DictReader(io.StringIO(self.read(folder + "/summary.csv"))):
            if (row["variant"], row["metric"]) == (variant, metric):
                return float(row["value"])
        self.fail("no %s of %s" % (metric, variant))

    def test_the_page_is_all_there_is_to_do(self):
        before = self.copy_tree()
        path, registry, line = self.add_policy()
        after = {name: text for name, text in tree(self.dir).items()
                 if text is not None and not name.startswith(B + "/") and name != "s.yaml"}
        # one file more, and one line more in one other
        self.assertEqual(set(after) - set(before), {path})
        self.assertEqual(set(before) - set(after) - {"s.yaml"}, set())
        self.assertEqual([n for n in before if n in after and before[n] != after[n]], [registry])
        old, new = before[registry].decode().splitlines(True), after[registry].decode().splitlines(True)
        self.assertEqual(len(new), len(old) + 1)
        new.remove(line)
        self.assertEqual(new, old)

        compiled = self.build()
        self.assertIn(path, compiled)
        self.assertLess(len(compiled), 10, "more than the new policy was compiled: " + " ".join(compiled))

        program = self.path(os.path.join(B, "memcgsim"))
        self.assertNotIn("all that there is", self.works("list", "axes"))
        self.assertRegex(self.works("list", "axes", program=program), r"(?m)^  whole +all that there is, every time$")

        self.write("whole.yaml", block(self.page, "scenario: try-whole"))
        refused = self.run_program("lint", "whole.yaml")
        self.assertEqual(refused.code, 2)
        self.assertIn("whole", refused.err)
        self.works("run", "whole.yaml", "-q", "--no-plots", "-o", "o", program=program)
        self.assertIn("shrinker=whole", self.read("o/manifest.json"))
        # what the page says of it
        calls, scanned = ({v: self.value("o", v, m) for v in ("proportional", "whole")}
                          for m in ("shrink.calls", "shrink.scanned"))
        print("# calls %s, scanned %s" % (calls, scanned))
        self.assertLess(calls["whole"], calls["proportional"])
        self.assertGreater(scanned["whole"] / calls["whole"], 2 * scanned["proportional"] / calls["proportional"])


if __name__ == "__main__":
    tap.main()
