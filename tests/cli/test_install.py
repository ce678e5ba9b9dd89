#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""make install: DESTDIR, PREFIX, and an installed program that finds its scenarios."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import PROGRAM, TOP, Case, tree


class Install(Case):
    def make(self, *arguments):
        """In a copy of the build folder, so that nobody's program is linked anew under his hands."""
        build = self.path("build")
        if not os.path.exists(build):
            shutil.copytree(os.path.dirname(PROGRAM), build, copy_function=shutil.copy2,
                            ignore=shutil.ignore_patterns("tests", "asan", "clang", "fuzz"))
        env = {k: v for k, v in self.environment().items() if not k.startswith("MAKE") and k != "MFLAGS"}
        done = subprocess.run(["make", "-C", TOP, "B=" + build, *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, env=env)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_installed_program_finds_its_scenarios_by_bare_name(self):
        prefix, stage = self.path("prefix"), self.path("stage")
        out = self.make("install", "DESTDIR=" + stage, "PREFIX=" + prefix)
        # another PREFIX is compiled in; what does not know it is not compiled again
        self.assertIn("CC sim/run/inputs.c", out)
        self.assertNotIn("CC sim/engine/base.c", out)
        self.assertFalse(os.path.exists(prefix), "DESTDIR is not honoured")
        self.assertEqual(sorted(os.listdir(stage + prefix)), ["bin", "share"])
        shutil.move(stage + prefix, prefix)
        shutil.rmtree(self.path("build"))

        os.mkdir(self.path("elsewhere"))
        here = {"program": prefix + "/bin/memcgsim", "cwd": self.path("elsewhere")}
        shipped = {name[:-5] for name in os.listdir(os.path.join(TOP, "scenarios")) if name.endswith(".yaml")}
        listed = {line.split()[0] for line in self.works("list", "scenarios", **here).splitlines() if line}
        self.assertTrue(shipped <= listed, (shipped, listed))
        out = self.works("lint", "host-replay", **here)
        self.assertTrue(out.startswith(prefix + "/share/memcgsim/scenarios/host-replay.yaml: "), out)
        self.works("run", "host-replay", "-q", "--no-plots", "--variant", "v6.18", **here)
        self.assertTrue(os.path.exists(self.path("elsewhere/out/host-replay/summary.csv")))
        self.write("elsewhere/new.yaml", self.works("new", "replay", **here))
        self.works("lint", "new.yaml", **here)

    def test_installed_files_are_those_of_the_tree(self):
        stage = self.path("stage")
        self.make("install", "DESTDIR=" + stage)
        share = stage + "/usr/local/share/memcgsim"
        self.assertEqual(tree(share + "/scenarios"), tree(os.path.join(TOP, "scenarios")))
        with open(os.path.join(TOP, "sim.yaml.example")) as a, open(share + "/sim.yaml.example") as b:
            self.assertEqual(a.read(), b.read())
        self.assertTrue(os.access(stage + "/usr/local/bin/memcgsim", os.X_OK))


if __name__ == "__main__":
    tap.main()
