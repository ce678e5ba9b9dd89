#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tests/rows/run finds what is wrong with docs/rows.md: a table of three rows and one quick scenario, and its damages."""
import contextlib
import importlib.machinery
import importlib.util
import io
import os
import sys
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import PROGRAM, TOP, Case

sys.path.insert(0, os.path.join(TOP, "tests/rows"))
sys.dont_write_bytecode = True
import table
from engine import Run, near

LOADER = importlib.machinery.SourceFileLoader("rows_run", os.path.join(TOP, "tests/rows/run"))
ROWS_RUN = importlib.util.module_from_spec(importlib.util.spec_from_loader("rows_run", LOADER))
LOADER.exec_module(ROWS_RUN)
COMMAND = "check inode-coverage"


class Rows(Case):
    def suite(self, *options, rows=("A8", "A11", "A12"), lines=(), code=0):
        """What fails of the suite over one scenario."""
        ROWS_RUN.FAILED.clear()
        small = {"RUNS": {COMMAND: Run(COMMAND, code=code)}, "ROWS": list(rows), "LINES": list(lines),
                 "HEADINGS": [("A", "some")]}
        with contextlib.ExitStack() as stack:
            for name, value in small.items():
                stack.enter_context(mock.patch.object(table, name, value))
            stack.enter_context(mock.patch.object(ROWS_RUN, "DOC", self.path("rows.md")))
            stack.enter_context(mock.patch.object(ROWS_RUN, "published", lambda: mock.Mock(TESTS=(), SLOW=())))
            stack.enter_context(mock.patch.object(ROWS_RUN, "MORE", ()))
            stack.enter_context(mock.patch.object(sys, "argv", ["run", *options, PROGRAM]))
            stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
            self.assertEqual(ROWS_RUN.main(), 1 if ROWS_RUN.FAILED else 0)
        return "\n".join(ROWS_RUN.FAILED)

    def stored(self):
        self.write("rows.md", f"before\n{ROWS_RUN.BEGIN}\n{ROWS_RUN.END}\nafter\n")
        self.assertEqual(self.suite("--update"), "")
        with open(self.path("rows.md"), encoding="utf-8") as f:
            return f.read()

    def test_what_update_writes_holds_and_damage_is_found(self):
        text = self.stored()
        self.assertTrue(text.startswith("before\n") and text.endswith("\nafter\n"))
        self.assertIn("| A12 | list_lru.inodes_covered of without-xfs | `check inode-coverage` | - | 0.75 |", text)
        self.assertEqual(self.suite(), "")
        line = next(line for line in text.splitlines() if line.startswith("| A12 "))
        for damaged, found in ((text.replace("| 0.75 |", "| 0.76 |"), "docs/rows.md: | A12 |"),
                               (text.replace(line + "\n", ""), "has None, not | A12 |"),
                               (text.replace(line, line + "\n" + line.replace("A12", "A13")), "nothing stands behind")):
            self.write("rows.md", damaged)
            self.assertIn(found, self.suite())

    def test_a_row_has_lines(self):
        self.stored()
        self.assertIn("A15 has a line", self.suite(rows=("A8", "A11", "A12", "A15")))
        self.assertIn("A12: there is no such row", self.suite(rows=("A8", "A11")))

    def test_variants_that_want_the_same_may_share_a_line(self):
        def verdict(variant, value, holds="1", wanted="at least 1"):
            return {"variant": variant, "value": value, "holds": holds, "wanted": wanted, "rows": ["A8"]}

        run = Run("check s")
        run.verdicts = {f"m of {v}": verdict(v, x) for v, x in (("a", "3"), ("b", "2"), ("c", "4"))}
        run.verdicts.update({"m of d": verdict("d", "0", wanted="at most 0"), "n of a": verdict("a", "7"),
                             "m of a over b": verdict("a over b", "1.5")})
        with mock.patch.object(table, "ABOUT", {("s", "m"): ("some", "1"), ("s", "m of d"): ("none", "0")}), \
                contextlib.redirect_stdout(io.StringIO()):
            lines = [(line.what, line.here) for line in ROWS_RUN.verdict_lines(run)]
            self.assertEqual(lines, [("some: a, b, c", "2 to 4"), ("none", "0"), ("n of a", "7"), ("m of a over b", "1.5")])
            ROWS_RUN.FAILED.clear()
            run.verdicts["m of b"]["holds"] = "0"
            lines = list(ROWS_RUN.verdict_lines(run))
            self.assertEqual(lines[0].verdict, "misses: why?")
            self.assertEqual(len(ROWS_RUN.FAILED), 1)

    def test_a_figure_that_leaves_its_bound_and_a_miss_that_holds_are_found(self):
        self.stored()

        def figure(wanted, misses):
            return table.Figure("A8", "half", COMMAND, "0.5", table.value("without-xfs", "list_lru.inodes_covered"),
                                near(wanted), misses)

        self.assertIn("A8: half: 0.75, wanted 0.5", self.suite(lines=[figure(0.5, "")]))
        self.assertIn("A8: half: 0.75, wanted 0.75, which is known to miss", self.suite(lines=[figure(0.75, "no reason")]))
        self.assertNotIn("A8: half", "\n".join(line for line in self.suite(lines=[figure(0.5, "why")]).splitlines()
                                               if not line.startswith("docs/rows.md")))

    def test_a_command_that_exits_otherwise_is_found(self):
        self.stored()
        self.assertIn("check inode-coverage: exit 1", self.suite(code=1))


if __name__ == "__main__":
    tap.main()
