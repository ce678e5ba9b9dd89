#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
""".ci/install-packages on a machine where things are missing; nothing is really installed."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import TOP, Case

SCRIPT = os.path.join(TOP, ".ci/install-packages")
TOOLS = ["sh", "id", "cat", "env", "chmod"]


class Packages(Case):
    """A PATH with nothing but a shell, and an apt-get that writes down how it was called."""

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("bin"))
        for tool in TOOLS:
            os.symlink(shutil.which(tool), self.path("bin/" + tool))
        self.tool("apt-get", 'echo "$*" >> "%s"' % self.path("calls"))
        self.tool("sudo", 'echo "sudo" >> "%s"; exec "$@"' % self.path("calls"))
        self.tool("dpkg", "exit 1")

    def tool(self, name, text):
        self.write("bin/" + name, "#!/bin/sh\n%s\n" % text)
        os.chmod(self.path("bin/" + name), 0o755)

    def calls(self):
        return self.read("calls").splitlines() if os.path.exists(self.path("calls")) else []

    def packages(self, *arguments, **env):
        env.update(PATH=self.path("bin"), HOME=self.dir)
        return subprocess.run([SCRIPT, *arguments], env=env, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, cwd=self.dir)

    def test_check_names_the_packages_and_the_command_and_installs_nothing(self):
        for arguments, env in ((["--check", "build"], {}), (["build"], {"NO_INSTALL": "1"})):
            done = self.packages(*arguments, **env)
            self.assertEqual(done.returncode, 2)
            lines = done.stderr.splitlines()
            self.assertTrue(lines[0].startswith("memcgsim needs these Debian packages: gcc make "), lines[0])
            for package in ("libgsl-dev", "libyaml-dev", "libhwloc-dev", "libzstd-dev", "libxxhash-dev"):
                self.assertIn(package, lines[0].split())
            sudo = "" if os.geteuid() == 0 else "sudo "
            self.assertEqual(lines[1], "install them with:  %sapt-get install -y --no-install-recommends %s"
                             % (sudo, lines[0].split(": ", 1)[1]))
            self.assertEqual(self.calls(), [])

    def test_missing_packages_are_named_then_installed(self):
        # what apt-get brings: from then on it is there
        self.tool("apt-get", 'echo "$*" >> "%s"; case $* in *install*) chmod +x "%s"; esac'
                  % (self.path("calls"), self.path("bin/gnuplot")))
        self.write("bin/gnuplot", "")
        done = self.packages("plots")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertIn("memcgsim will install these Debian packages: gnuplot-nox", done.stderr)
        calls = [c for c in self.calls() if c != "sudo"]
        self.assertEqual(calls[0], "update -qq")
        self.assertIn("install -y", calls[1])
        self.assertTrue(calls[1].endswith(" gnuplot-nox"), calls)
        if os.geteuid():
            self.assertEqual(self.calls()[0], "sudo")

    def test_install_that_brings_nothing_is_an_error(self):
        done = self.packages("plots")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("gnuplot-nox is still missing", done.stderr)

    def test_nothing_missing_says_nothing(self):
        self.tool("gnuplot", "")
        done = self.packages("plots")
        self.assertEqual((done.returncode, done.stdout + done.stderr, self.calls()), (0, "", []))

    def test_unknown_group(self):
        done = self.packages("plotz")
        self.assertEqual((done.returncode, done.stderr),
                         (2, "install-packages: no group 'plotz' (build plots test lint)\n"))

    def make(self, target, **extra):
        """The real make, with a PATH in which a compiler is there and a library is not."""
        for tool in ("make", "mkdir", "grep", "cmp", "rm", "expr", "sed", "gcc", "dirname", "uname"):
            if shutil.which(tool) and not os.path.exists(self.path("bin/" + tool)):
                os.symlink(shutil.which(tool), self.path("bin/" + tool))
        self.tool("pkg-config", "exit 1")
        env = dict(PATH=self.path("bin"), HOME=self.dir, **extra)
        return subprocess.run(["make", "-C", TOP, "B=" + self.path("b"), target], env=env, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL)

    def test_plain_make_never_installs_but_names_the_command(self):
        done = self.make("all")
        self.assertEqual(done.returncode, 2)
        self.assertIn("memcgsim needs these Debian packages: ", done.stderr)
        self.assertIn("apt-get install -y --no-install-recommends", done.stderr)
        self.assertEqual(self.calls(), [])

    def test_make_run_and_test_obey_no_install(self):
        for target in ("run", "test", "test-all", "bench", "lint"):
            with self.subTest(target):
                done = self.make(target, NO_INSTALL="1")
                self.assertEqual(done.returncode, 2)
                self.assertIn("memcgsim needs these Debian packages: ", done.stderr)
                self.assertEqual(self.calls(), [])


if __name__ == "__main__":
    tap.main()
