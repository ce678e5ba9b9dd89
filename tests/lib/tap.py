# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the unittest cases of a file and says in TAP what came out: see tests/run."""
import sys
import unittest


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.broken = set()

    def say(self, test, ok, remark=""):
        name = test.id().split(".", 1)[-1]
        print("%s %d - %s%s" % ("ok" if ok else "not ok", self.testsRun, name, remark), flush=True)

    def explain(self, error, test):
        for line in self._exc_info_to_string(error, test).splitlines():
            print("# " + line)

    def addSuccess(self, test):
        self.say(test, True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.explain(err, test)
        self.say(test, False)

    def addError(self, test, err):
        super().addError(test, err)
        self.explain(err, test)
        self.say(test, False)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say(test, True, " # SKIP " + reason)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            print("# in " + subtest._subDescription())
            self.explain(err, test)
            if test not in self.broken:
                self.say(test, False)
            self.broken.add(test)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    wanted = sys.argv[1:]
    if wanted:
        every = [t for group in suite for t in group if any(w in t.id() for w in wanted)]
        suite = unittest.TestSuite(every)
    print("1..%d" % suite.countTestCases())
    result = TapResult()
    suite.run(result)
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
