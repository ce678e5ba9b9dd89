# SPDX-License-Identifier: GPL-3.0-or-later
"""The program as its users see it: runs it in a folder of the test's own."""
import collections
import os
import shutil
import subprocess
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(TOP, os.environ.get("B") or "build", "memcgsim")
WAIT = 600  # seconds; a guard against a program that hangs, no measure of anything

SMALL = """\
scenario: small
description: a few containers
seed: 1
duration: 10s
sample: 1s
machine:
  topology: "numa:2 core:2 pu:1"
  memory: 4GiB
variants:
  - {name: old, kernel: v5.0}
  - {name: new, kernel: v5.18}
mounts:
  - {name: root, fs: ext4}
  - {name: vol, fs: tmpfs, count: 3}
workloads:
  - name: pods
    type: container-churn
    start: 0s
    live: 5
    life: 1s
    files:
      - {mount: root, action: create, count: 5}
"""

REPLAY = """\
scenario: replayed
until: workloads-done
sample: 100ms
machine: {topology: "numa:2 core:1 pu:1", memory: 4GiB}
variants: [{name: a, kernel: v6.18}]
mounts: [{name: root, fs: ext4}]
workloads:
  - {name: host, type: replay, start: 0s, trace: TRACE}
"""

# Text of the kernel's own, as tracefs prints it: a container that makes two files and goes.
TRACE = """\
# tracer: nop
#
            make-100     [000] .....   100.000100: cgroup_mkdir: root=1 id=20 level=1 path=/a
            make-100     [000] .....   100.000200: cgroup_attach_task: dst_root=1 dst_id=20 dst_level=1 dst_path=/a pid=100 comm=make
            make-100     [000] .....   100.000300: kmem_cache_alloc: (alloc_inode+0x5f/0xc0) call_site=alloc_inode+0x5f/0xc0 ptr=00000000aa000100 name=ext4_inode_cache bytes_req=1096 bytes_alloc=1096 gfp_flags=GFP_NOFS node=-1 accounted=true
            make-100     [000] .....   100.000400: kmem_cache_alloc: (__d_alloc+0x2e/0x1f0) call_site=__d_alloc+0x2e/0x1f0 ptr=00000000aa000200 name=dentry bytes_req=192 bytes_alloc=192 gfp_flags=GFP_KERNEL node=-1 accounted=true
            make-100     [001] .....   100.000500: kmem_cache_alloc: (__d_alloc+0x2e/0x1f0) call_site=__d_alloc+0x2e/0x1f0 ptr=00000000aa000300 name=dentry bytes_req=192 bytes_alloc=192 gfp_flags=GFP_KERNEL node=-1 accounted=true
            make-100     [001] .....   100.000600: kmem_cache_free: (__d_free+0x15/0x20) call_site=__d_free+0x15/0x20 ptr=00000000aa000300 name=dentry
"""

Done = collections.namedtuple("Done", "code out err")


def changed(text, *edits):
    """text with every (old, new) pair replaced once; an old that is not there is the test's error."""
    for old, new in edits:
        if old not in text:
            raise ValueError("not in the scenario: " + old)
        text = text.replace(old, new, 1)
    return text


def tree(folder):
    """Every path below a folder, with the contents of the files."""
    found = {}
    for where, folders, names in os.walk(folder):
        for name in folders:
            found[os.path.relpath(os.path.join(where, name), folder)] = None
        for name in names:
            path = os.path.join(where, name)
            if not os.path.isfile(path):
                continue
            with open(path, "rb") as f:
                found[os.path.relpath(path, folder)] = f.read()
    return found


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="cli.")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.write("s.yaml", SMALL)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return name

    def read(self, name):
        with open(self.path(name)) as f:
            return f.read()

    def environment(self, extra=None):
        env = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
        env.update({"LC_ALL": "C", "HOME": self.dir}, **(extra or {}))
        return env

    def run_program(self, *args, cwd=None, env=None, program=PROGRAM):
        done = subprocess.run([program, *args], cwd=cwd or self.dir, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=WAIT,
                              env=self.environment(env))
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def works(self, *args, **kw):
        done = self.run_program(*args, **kw)
        self.assertEqual((done.code, done.err), (0, ""), done)
        return done.out

    def refuses(self, message, *args, code=2):
        """This exit code, exactly this on stderr, nothing on stdout, and not a byte written."""
        before = tree(self.dir)
        done = self.run_program(*args)
        self.assertEqual(done.err, message + "\n" if message else "")
        self.assertEqual((done.code, done.out), (code, ""))
        self.assertEqual(tree(self.dir), before)
