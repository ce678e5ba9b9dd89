#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tests/run itself: does it count what suites say, and notice what they do not say?"""
import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import TOP, Case

loader = importlib.machinery.SourceFileLoader("run", os.path.join(TOP, "tests/run"))
driver = importlib.util.module_from_spec(importlib.util.spec_from_loader("run", loader))
sys.dont_write_bytecode = True
loader.exec_module(driver)


class Counting(unittest.TestCase):
    def test_tests_are_counted_singly(self):
        self.assertEqual(driver.judge("1..3\nok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP none\n", 1), (1, 1, 1))
        self.assertEqual(driver.judge("ok - a\nok - b\n", 0), (2, 0, 0))

    def test_groups_of_cmocka_add_up_and_their_closing_line_is_no_test(self):
        self.assertEqual(driver.judge("1..2\nok 1 - a\nok 2 - b\n# ok - one\n1..1\nok 1 - c\n# ok - two\n", 0),
                         (3, 0, 0))

    def test_what_was_planned_and_never_said_failed(self):
        self.assertEqual(driver.judge("1..4\nok 1 - a\nok 2 - b\n", 0), (2, 2, 0))

    def test_crash_after_the_last_test_is_a_failure(self):
        self.assertEqual(driver.judge("ok 1 - a\n", -11), (1, 1, 0))
        self.assertEqual(driver.judge("1..1\nok 1 - a\n", 1), (1, 1, 0))

    def test_silent_suite_counts_by_its_exit_code(self):
        self.assertEqual(driver.judge("hello\n", 0), (1, 0, 0))
        self.assertEqual(driver.judge("", 3), (0, 1, 0))

    def test_closing_line_counts_where_there_is_no_tap(self):
        self.assertEqual(driver.judge("x\n7 passed, 0 failed, 2 skipped\n", 0), (7, 0, 2))
        self.assertEqual(driver.judge("x\n7 passed, 0 failed, 2 skipped\n", 1), (7, 1, 2))

    def test_failed_line_fails_whatever_the_exit_code(self):
        self.assertEqual(driver.judge("not ok 1 - a\n", 0), (0, 1, 0))


class Suites(Case):
    def suite(self, text):
        self.write("suite", text)
        os.chmod(self.path("suite"), 0o755)
        return driver.Suite(self.path("suite"), self.path("tmp"), False).run()

    def test_has_an_empty_stdin_and_a_temporary_folder_that_goes(self):
        s = self.suite("#!/bin/sh\nwc -c\ntouch $TMPDIR/x && echo $TMPDIR\npwd\n")
        self.assertEqual(s.output.split(), ["0", self.path("tmp"), TOP])
        self.assertFalse(os.path.exists(self.path("tmp")))

    def test_that_cannot_start_fails(self):
        self.assertEqual(driver.judge("", self.suite("#!/nonexistent/sh\n").code), (0, 1, 0))

    def test_every_suite_that_is_listed_is_there(self):
        for name in driver.suites(True):
            if not name.startswith(driver.B):
                self.assertTrue(os.access(os.path.join(TOP, name), os.X_OK), name)

    def test_nothing_to_run_is_a_failure(self):
        done = subprocess.run([os.path.join(TOP, "tests/run"), "no-such-suite"], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, cwd="/")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines()[-1], "0 passed, 0 failed, 0 skipped")


if __name__ == "__main__":
    tap.main()
