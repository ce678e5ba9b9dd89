# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds with other flags or another compiler, in a folder of their own below the build folder."""
import os
import subprocess

from program import TOP

B = os.environ.get("B") or "build"
JOBS = os.environ.get("JOBS") or str(os.cpu_count() or 1)
ALL = bool(os.environ.get("TESTS_ALL"))


def make(name, *arguments):
    """make into B/name; the folder, or an exception with what make said."""
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "CFLAGS")}
    folder = os.path.join(B, name)
    done = subprocess.run(["make", "--no-print-directory", "-C", TOP, "-j" + JOBS, "B=" + folder, *arguments],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env)
    if done.returncode:
        raise RuntimeError("make %s:\n%s%s" % (" ".join(arguments), done.stdout, done.stderr))
    return os.path.join(TOP, folder)


def units(folder):
    """The unit tests in a build folder."""
    for name in sorted(os.listdir(os.path.join(TOP, "tests/unit"))):
        if name.endswith(".c"):
            yield os.path.join(folder, "tests", name[:-2])


def golden():
    folder = os.path.join(TOP, "tests/golden/scenarios")
    return [os.path.join(folder, n) for n in sorted(os.listdir(folder)) if n.endswith(".yaml")]
