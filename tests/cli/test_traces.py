#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording that is damaged, cut off, hidden or no recording at all."""
import csv
import gzip
import io
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import REPLAY, TRACE, Case, changed

LINES = len(TRACE.splitlines())
WANTED = "(wanted: the text of tracefs 'trace', of trace-cmd report or of perf script)"


def long_trace(count):
    """TRACE, then many dentries, so that a compressed one has more than a block."""
    lines = [TRACE]
    for i in range(count):
        lines.append("            make-100     [001] .....   101.%06d: kmem_cache_alloc: (__d_alloc+0x2e/0x1f0) "
                     "call_site=__d_alloc+0x2e/0x1f0 ptr=00000000%08x name=dentry bytes_req=192 "
                     "bytes_alloc=192 gfp_flags=GFP_KERNEL node=-1 accounted=true\n"
                     % (i, 0xbb000000 + i * 2654435761 % 0xffffff * 192 % 0xffffff))
    return "".join(lines)


class Traces(Case):
    def replay(self, name, *options):
        self.write("r.yaml", changed(REPLAY, ("TRACE", name)))
        return self.run_program("run", "r.yaml", "-q", "--no-plots", "-o", "o", *options)

    def refuses_trace(self, message, name, *options):
        self.write("r.yaml", changed(REPLAY, ("TRACE", name)))
        self.refuses(message, "run", "r.yaml", *options)
        if not options:
            self.refuses(message, "lint", "r.yaml")

    def metric(self, name):
        rows = csv.DictReader(io.StringIO(self.read("o/summary.csv")))
        return {r["metric"]: r["value"] for r in rows}[name]


class Whole(Traces):
    def test_plain_gzip_and_zstd_text_are_the_same(self):
        self.write("t.txt", TRACE)
        self.write("t.txt.gz", gzip.compress(TRACE.encode()))
        names = ["t.txt", "t.txt.gz"]
        if shutil.which("zstd"):
            subprocess.run(["zstd", "-q", self.path("t.txt")], check=True)
            names.append("t.txt.zst")
        results = []
        for name in names:
            done = self.replay(name)
            self.assertEqual((done.code, done.err), (0, ""))
            results.append(self.read("o/summary.csv"))
        self.assertEqual(len(set(results)), 1)
        self.assertEqual(self.metric("replay.damaged_lines"), "0")

    def test_trace_is_looked_up_beside_the_scenario(self):
        os.mkdir(self.path("sub"))
        self.write("sub/t.txt", TRACE)
        self.write("sub/r.yaml", changed(REPLAY, ("TRACE", "t.txt")))
        self.works("run", "sub/r.yaml", "-q", "--no-plots", "-o", "o")


class Damaged(Traces):
    def test_damaged_line_is_counted_with_its_number(self):
        self.write("t.txt", TRACE.replace("bytes_req=1096", "bytes_req=x"))
        done = self.replay("t.txt")
        self.assertEqual(done.code, 0)
        self.assertTrue(done.err.startswith("./t.txt:5: warning: 1 damaged lines were left out; this is "
                                            "the first: "), done.err)
        self.assertEqual(self.metric("replay.damaged_lines"), "1")

    def test_damaged_line_is_an_error_with_strict(self):
        self.write("t.txt", TRACE.replace("bytes_req=1096", "bytes_req=x"))
        self.write("r.yaml", changed(REPLAY, ("TRACE", "t.txt")))
        done = self.run_program("run", "r.yaml", "--strict", "-o", "o")
        self.assertEqual((done.code, done.out), (2, ""))
        self.assertTrue(done.err.startswith("./t.txt:5: "), done.err)
        self.assertFalse(os.path.exists(self.path("o")))

    def test_last_line_without_an_end_is_left_out_with_a_warning(self):
        self.write("t.txt", TRACE[:-30])
        done = self.replay("t.txt")
        self.assertEqual((done.code, done.err), (0, "./t.txt:%d: warning: the recording ends here: its last "
                                                 "line has no end; read up to this line\n" % (LINES - 1)))


class CutOff(Traces):
    """Replayed up to the last whole line, a warning, exit 0; with --strict exit 2."""

    def cut(self, ending, packed):
        name = "t.txt." + ending
        self.write(name, packed[:len(packed) * 2 // 3])
        done = self.replay(name)
        self.assertEqual(done.code, 0, done)
        self.assertRegex(done.err, r"^\./t\.txt\.%s:\d+: warning: the recording ends here: the \.%s file is "
                         r"cut off; read up to this line\n$" % (ending, ending))
        line = int(done.err.split(":")[1])
        self.assertGreater(line, LINES)
        self.assertGreater(int(self.metric("dentry.objects.peak")), 1000)
        # as much as the same lines in plain text
        summary = self.read("o/summary.csv")
        whole = self.text.splitlines(keepends=True)
        self.write("t.txt", "".join(whole[:line]))
        done = self.replay("t.txt")
        self.assertEqual((done.code, done.err), (0, ""))
        self.assertEqual(self.read("o/summary.csv"), summary)
        self.refuses_trace("./%s:%d: the recording ends here: the .%s file is cut off"
                           % (name, line, ending), name, "--strict")

    def setUp(self):
        super().setUp()
        self.text = long_trace(8000)

    def test_gzip(self):
        self.cut("gz", gzip.compress(self.text.encode()))

    @unittest.skipUnless(shutil.which("zstd"), "no zstd program")
    def test_zstd(self):
        done = subprocess.run(["zstd", "-qc"], input=self.text.encode(), capture_output=True, check=True)
        self.cut("zst", done.stdout)


class Hidden(Traces):
    HINT = ("./t.txt: all object pointers are hidden (____ptrval____): objects cannot be joined; record with "
            "no_hash_pointers on the kernel command line")

    def test_all_pointers_hidden_names_the_way_out(self):
        lines = TRACE
        for pointer in ("00000000aa000100", "00000000aa000200", "00000000aa000300"):
            lines = lines.replace(pointer, "(____ptrval____)")
        self.write("t.txt", lines)
        self.refuses_trace(self.HINT, "t.txt")
        self.refuses_trace(self.HINT, "t.txt", "--strict")


class Foreign(Traces):
    def test_missing_trace(self):
        self.refuses_trace("./nowhere.txt: No such file or directory", "nowhere.txt")

    def test_directory_instead_of_a_trace(self):
        os.mkdir(self.path("d"))
        self.refuses_trace("./d: is a directory", "d")

    def test_empty_trace(self):
        self.write("t.txt", "")
        self.refuses_trace("./t.txt: is empty", "t.txt")

    def test_some_other_text(self):
        self.write("t.txt", "root:x:0:0:root:/root:/bin/sh\n" * 3)
        self.refuses_trace("./t.txt: is not a trace: no event among its first 3 lines " + WANTED, "t.txt")

    def test_trace_cmd_file_names_the_conversion(self):
        self.write("trace.dat", b"\x17\x08\x44tracing6\0" + bytes(200))
        self.refuses_trace("./trace.dat: looks like a trace-cmd .dat file: this build reads the text of "
                           "tracefs 'trace'; convert with `trace-cmd report -t FILE > trace.txt`",
                           "trace.dat")

    def test_perf_file_names_the_conversion(self):
        self.write("perf.data", b"PERFILE2" + bytes(200))
        self.refuses_trace("./perf.data: looks like a perf.data file; convert with `perf script > trace.txt`",
                           "perf.data")

    def test_elf_binary(self):
        self.write("prog", b"\x7fELF" + bytes(200))
        self.refuses_trace("./prog: looks like an ELF binary", "prog")

    def test_gzip_of_something_else(self):
        self.write("t.gz", gzip.compress(b"hello\n" * 5))
        self.refuses_trace("./t.gz: is not a trace: no event among its first 5 lines " + WANTED, "t.gz")


class Slabinfo(Case):
    def with_slabinfo(self, text):
        self.write("slabinfo", text)
        self.write("s.yaml", self.read("s.yaml") + "initial:\n  slabinfo: slabinfo\n")

    def test_missing_file(self):
        self.write("s.yaml", self.read("s.yaml") + "initial:\n  slabinfo: nowhere\n")
        done = self.run_program("run", "s.yaml")
        self.assertEqual((done.code, done.out), (2, ""))
        self.assertIn("nowhere", done.err)
        self.assertIn("No such file or directory", done.err)

    def test_other_text(self):
        self.with_slabinfo("hello\nworld\n")
        done = self.run_program("run", "s.yaml")
        self.assertEqual((done.code, done.out), (2, ""))
        self.assertEqual(done.err, './slabinfo: not a /proc/slabinfo (it begins with "slabinfo - version: '
                         '2.1")\n')

    def test_empty_file(self):
        self.with_slabinfo("")
        done = self.run_program("run", "s.yaml")
        self.assertEqual((done.code, done.out), (2, ""))
        self.assertIn("slabinfo", done.err)


if __name__ == "__main__":
    tap.main()
