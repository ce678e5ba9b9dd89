#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""memcgsim validate: verdicts and exit codes, known misses, folders of a user's own, shrinker traces."""
import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import PROGRAM, SMALL, TOP, Case

RECORDED = os.path.join(TOP, "scenarios/recorded/4.18/W2-K20-nokmem")
TRACES = os.path.join(TOP, "tests/shrinker")
KNOWN = "step,column,mechanism,bound,reason\n"
# of RECORDED: what misses if dentries may be off by nothing
MISS = ("settled", "dentry.num_objs")


class Validate(Case):
    """A tree k/w of one load, 18 figures, all of which hold."""

    def setUp(self):
        super().setUp()
        shutil.copytree(RECORDED, self.path("t/k/w"))

    def validate(self, *args, code=0, err=""):
        done = self.run_program("validate", *args, "-o", "o", "--no-plots", "--format", "csv")
        self.assertEqual((done.code, done.err), (code, err), done)
        return list(csv.DictReader(io.StringIO(done.out)))

    def edit(self, name, *edits):
        text = self.read(name)
        for old, new in edits:
            self.assertIn(old, text)
            text = text.replace(old, new)
        self.write(name, text)

    def miss(self, bound=None, name="t/k/w/known.csv"):
        """Makes a figure miss, and maybe known."""
        self.edit("t/k/w/figures.csv", ("settled,dentry.num_objs,before,2 %", "settled,dentry.num_objs,before,0.1 %"))
        if bound:
            self.write(name, KNOWN + f"{MISS[0]},{MISS[1]},slab,{bound},the reason\n")

    def verdicts(self, rows):
        return {(r["step"], r["column"]): r["verdict"] for r in rows}

    # ---- figures ----

    def test_all_hold(self):
        rows = self.validate("t/k/w")
        self.assertEqual((len(rows), {r["verdict"] for r in rows}), (18, {"ok"}))
        got = next(r for r in rows if r["column"] == "dentry.num_objs" and r["step"] == "settled")
        self.assertEqual([got[k] for k in ("kernel", "load", "since", "mechanism", "recorded_lowest", "allowed")],
                         ["k", "w", "before", "slab", "4326", "2 %"])
        error = abs(float(got["modelled"]) - 4326) / 4326
        self.assertAlmostEqual(float(got["error"]), error, 8)
        self.assertGreater(error, 0)

    def test_one_fails(self):
        self.miss()
        rows = self.validate("t/k/w", code=1)
        self.assertEqual([k for k, v in self.verdicts(rows).items() if v != "ok"], [MISS])
        self.assertEqual(self.verdicts(rows)[MISS], "FAILED")

    def test_another_model_fails(self):
        rows = self.validate("t/k/w", "--set", "machine.vfs_cache_pressure=0", code=1)
        self.assertEqual(self.verdicts(rows)["drop2", "slabs_scanned"], "FAILED")

    def test_levels_growth_and_other_steps(self):
        self.write("t/k/w/figures.csv", "step,column,since,allow,boots,mechanism,reason\n"
                   "offline,nr_dying,,0,range,dying,level\n"
                   "drop2,nr_dying,offline,0,range,dying,growth\n"
                   "settled,ext4_inode_cache.utilisation@offline,,0.03,first,slab,\"recorded later, a quoted reason\"\n")
        rows = self.validate("t/k/w")
        self.assertEqual([r["recorded_lowest"] for r in rows][:2], ["100", "0"])
        self.assertEqual(rows[2]["reason"], "recorded later, a quoted reason")
        self.assertGreater(float(rows[2]["recorded_lowest"]), 0.9)

    def test_a_step_that_the_run_never_reaches_fails(self):
        self.edit("t/k/w/steps.csv", ("drop2,26s", "drop2,anon 1GiB"))
        rows = self.validate("t/k/w", code=1)
        self.assertEqual(self.verdicts(rows)["drop2", "nr_dying"], "FAILED")
        self.assertEqual(next(r for r in rows if r["step"] == "drop2")["modelled"], "")

    def test_boots_are_a_range(self):
        series = self.read("t/k/w/series.csv")
        label = next(line for line in series.splitlines() if line.startswith("settled"))
        head = series.splitlines()[0].split(",")
        words = label.split(",")
        self.write("t/k/w/figures.csv", "step,column,since,allow,boots,mechanism,reason\n"
                   "settled,nr_inodes,,0,range,shrinker,x\n")
        self.assertEqual(self.validate("t/k/w", code=1)[0]["verdict"], "FAILED")
        words[head.index("nr_inodes")] = "1"
        self.write("t/k/w/series.run2.csv", series.replace(label, ",".join(words)))
        words[head.index("nr_inodes")] = "1000000"
        self.write("t/k/w/series.run3.csv", series.replace(label, ",".join(words)))
        row, = self.validate("t/k/w")
        self.assertEqual([row[k] for k in ("recorded_lowest", "recorded_highest", "verdict")], ["1", "1000000", "ok"])

    # ---- known misses ----

    def test_known_within_its_bound(self):
        self.miss("5 %")
        rows = self.validate("t/k/w")
        row = next(r for r in rows if r["verdict"] == "known")
        self.assertEqual([row[k] for k in ("step", "column", "known_bound", "reason")], [*MISS, "0.05", "the reason"])
        text = self.run_program("validate", "t/k/w", "-o", "o", "--no-plots", "-q").out
        self.assertIn("the reason", text)
        self.assertIn("18 figures: 17 within their tolerance, 1 known to be past it, 0 failed", text)

    def test_known_past_its_bound(self):
        self.miss("0.2 %")
        self.assertEqual(self.verdicts(self.validate("t/k/w", code=1))[MISS], "WORSE")

    def test_known_that_passes(self):
        self.write("t/k/w/known.csv", KNOWN + "settled,dentry.num_objs,slab,5 %,out of date\n")
        self.assertEqual(self.verdicts(self.validate("t/k/w", code=1))[MISS], "PASSES")
        done = self.run_program("validate", "t/k/w", "-o", "o", "--no-plots", "-q")
        self.assertIn("PASSES, but is in t/k/w/known.csv\n", done.out)
        self.assertNotIn("out of date", done.out)  # in the list of what is past its tolerance

    def test_known_of_no_load_and_of_another_mechanism(self):
        self.write("t/k/known.csv", "load,step,column,mechanism,bound,reason\nwW,settled,dentry.num_objs,slab,5 %,x\n")
        self.refuses("t/k/w/../known.csv:2: load: 'wW': no folder beside this file", "validate", "t/k/w")
        os.remove(self.path("t/k/known.csv"))
        self.write("t/k/w/known.csv", KNOWN + "settled,dentry.num_objs,dying,5 %,x\n")
        self.refuses("t/k/w/known.csv:2: dentry.num_objs at step 'settled' is a figure of slab, not dying",
                     "validate", "t/k/w")

    def test_known_is_told_in_80_columns(self):
        self.miss("5 %")
        self.edit("t/k/w/known.csv", ("the reason", "word " * 40 + "end"))
        done = self.run_program("validate", "t/k/w", "-o", "o", "--no-plots", "-q")
        told = done.out.split("Known to be past their tolerance:\n")[1].split("\n\n")[0].split("\n")
        self.assertGreater(len(told), 3)
        self.assertLessEqual(max(map(len, told)), 80)

    def test_known_of_the_kernel(self):
        self.miss()
        os.mkdir(self.path("t/k/other"))
        self.write("t/k/known.csv", "load,step,column,mechanism,bound,reason\nother,x,y,slab,5 %,another load's\n"
                   "w,settled,dentry.num_objs,slab,5 %,mine\n")
        self.assertEqual(self.verdicts(self.validate("t/k/w"))[MISS], "known")

    def test_known_without_a_figure(self):
        self.write("t/k/w/known.csv", KNOWN + "settled,nothing,slab,5 %,x\n")
        self.refuses("t/k/w/known.csv:2: there is no figure nothing at step 'settled'",
                     "validate", "t/k/w", "-o", "o", "--no-plots")

    def test_known_needs_a_bound_and_a_reason(self):
        self.write("t/k/w/known.csv", KNOWN + "settled,dentry.num_objs,slab,a lot,x\n")
        self.refuses("t/k/w/known.csv:2: bound: 'a lot': not a share: '15 %'", "validate", "t/k/w")
        self.write("t/k/w/known.csv", KNOWN + "settled,dentry.num_objs,slab,5 %,\n")
        self.refuses("t/k/w/known.csv:2: reason: '': why is it past its tolerance?", "validate", "t/k/w")

    def test_at_most_one_in_twenty_of_a_tree(self):
        self.miss("5 %")
        self.validate("t/k/w")
        self.validate("t", code=1)
        done = self.run_program("validate", "t", "-o", "o", "--no-plots", "-q")
        self.assertIn("too many are known: at most 5 % of 18 figures may be\n", done.out)
        # as many again, of which none is known
        shutil.copytree(RECORDED, self.path("t/k/w2"))
        self.edit("t/k/w2/scenario.yaml", ("W2-K20-nokmem-4.18", "another"))
        self.assertEqual(len(self.validate("t")), 36)

    # ---- what is wrong with the input ----

    def test_nothing_there(self):
        self.refuses("t/none: No such file or directory", "validate", "t/none")
        os.mkdir(self.path("empty"))
        self.refuses("empty: no recorded load here: a folder with series.csv, or with a trace (docs/validate.md says how "
                     "to record one)", "validate", "empty")
        self.refuses("t/k/ww: No such file or directory; did you mean 't/k/w'?", "validate", "t/k/ww")
        self.refuses("tt: No such file or directory; did you mean 't'?", "validate", "tt")
        done = self.run_program("validate")
        self.assertEqual(done.code, 2)
        self.assertIn("validate: needs a folder of recordings", done.err)

    def test_damaged_files(self):
        good = self.read("t/k/w/figures.csv")
        for name, old, new, message in (
                ("steps.csv", "settled,17s", "settled,later",
                 "2: at: 'later': not a time (29.5s), nor 'read 256MiB [from 30s]', nor 'anon 1GiB'"),
                ("steps.csv", "settled,17s", "before,17s", "3: step: 'before': twice"),
                ("steps.csv", "settled,17s,", "settled,17s", "3: 2 fields, but the head line has 3"),
                ("figures.csv", "settled,dentry", "setled,dentry", "2: step: 'setled': steps.csv has no such step"),
                ("figures.csv", "before,2 %", "before,some", "2: allow: 'some': not a tolerance: '10 %', '25', '10 % or 2252'"),
                ("figures.csv", ",slab,", ",slob,", "2: mechanism: 'slob': none of list_lru, slab, dying, shrinker, page cache"),
                ("figures.csv", ",first,", ",worst,", "2: boots: 'worst': neither 'first' nor 'range'"),
                ("figures.csv", "dentry.num_objs", "dentry.objs", "2: dentry.objs: nothing of the kind is recorded at step "
                 "'settled'"),
                ("figures.csv", "step,column", "step,columns", "1: no column 'column'"),
                ("series.csv", "\nsettled,", "\nsettled,x", "4: t_s: 'x10.863' is not a number"),
                ("series.csv", "label,", "what,", "1: not a series: its first column is 'label'")):
            with self.subTest(name=name, new=new):
                path = "t/k/w/" + name
                text = self.read(path)
                self.assertIn(old, text)
                self.write(path, text.replace(old, new, 1))
                done = self.run_program("validate", "t/k/w", "-o", "o", "--no-plots")
                self.write(path, text)
                if "not a time" in message:
                    message = message.replace("2:", "3:", 1)
                self.assertEqual((done.code, done.out), (2, ""))
                self.assertEqual(done.err, path + ":" + message + "\n")
                self.assertFalse(os.path.exists(self.path("o")))
        self.assertEqual(self.read("t/k/w/figures.csv"), good)

    def test_what_got_lost_is_no_success(self):
        """Nothing that judges nothing may exit 0."""
        figures, series = self.read("t/k/w/figures.csv"), self.read("t/k/w/series.csv")
        self.write("t/k/w/figures.csv", figures.split("\n")[0] + "\n")
        self.refuses("t/k/w: no figure to judge: figures.csv has none", "validate", "t/k/w")
        self.write("t/k/w/figures.csv", figures)
        self.write("t/k/w/series.csv", series.split("\n")[0] + "\n")
        self.refuses("t/k/w/series.csv: a head line and no step", "validate", "t/k/w")
        self.write("t/k/w/series.csv", series + series.split("\n")[2] + "\n")
        self.refuses("t/k/w/series.csv: label: 'done': twice", "validate", "t/k/w")
        os.remove(self.path("t/k/w/series.csv"))
        self.refuses("t/k/w: has figures.csv, but no series.csv", "validate", "t/k/w")
        self.write("t/k/w/series.csv", series)
        os.remove(self.path("t/k/w/scenario.yaml"))
        self.refuses("t/k/w: has figures.csv, but no scenario.yaml", "validate", "t/k/w")

    def test_csv_of_other_editors(self):
        for name in ("series.csv", "figures.csv", "steps.csv", "slabinfo.csv"):
            self.write("t/k/w/" + name, "\ufeff" + self.read("t/k/w/" + name).replace("\n", "\r\n"))
        self.assertEqual({r["verdict"] for r in self.validate("t/k/w")}, {"ok"})

    @unittest.skipIf(os.geteuid() == 0 and not shutil.which("setpriv"), "root reads everything")
    def test_a_folder_that_cannot_be_read(self):
        os.mkdir(self.path("t/k/secret"), 0)
        os.chmod(self.dir, 0o755)
        prefix = ["setpriv", "--reuid", "65534", "--clear-groups"] if os.geteuid() == 0 else []
        done = subprocess.run([*prefix, PROGRAM, "validate", "t"], cwd=self.dir, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (2, "t/k/secret: Permission denied\n"))

    def test_a_file_too_large_for_ulimit(self):
        done = subprocess.run(["sh", "-c", 'ulimit -f 1; exec "$0" validate t/k/w -o o --no-plots -q', PROGRAM], cwd=self.dir,
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (3, "cannot write o/validation.csv: File too large\n"))
        self.assertFalse(os.path.exists(self.path("o")))

    def test_the_same_twice(self):
        self.assertEqual(len(self.validate("t", "t/k/w", "t/k/")), 18)
        shutil.copytree(self.path("t"), self.path("u"))
        self.refuses("u/k/w: kernel and load are called as those of t/k/w: 'k', 'w'", "validate", "t", "u")

    def test_a_file_cut_off(self):
        self.write("t/k/w/steps.csv", self.read("t/k/w/steps.csv")[:-1])
        done = self.run_program("validate", "t/k/w", "-o", "o")
        self.assertEqual(done.code, 2)
        self.assertTrue(done.err.startswith("t/k/w/steps.csv: cut off"), done.err)

    def test_a_scenario_that_is_wrong(self):
        self.edit("t/k/w/scenario.yaml", ("kernel: v4.18", "kernel: v2.6"))
        done = self.run_program("validate", "t/k/w", "-o", "o")
        self.assertEqual(done.code, 2)
        self.assertIn("t/k/w/scenario.yaml:", done.err)

    # ---- what was measured ----

    def test_without_what_was_measured(self):
        self.edit("t/k/w/scenario.yaml", ("  zone_dma: off\n", "  zone_dma: off\n  slowness: 2\n"))
        args = ("validate", "t/k/w", "-o", "o", "--no-plots", "-q")
        self.assertNotIn("instead of what was measured", self.works(*args))
        out = self.works(*args, "-v")
        self.assertRegex(out, r"k w with machine\.slowness=1 instead of what was measured: median error [\d.]+ % "
                              r"\(with it [\d.]+ %\), past their tolerance 0 \(with it 0\) of 18\n")

    # ---- output ----

    def test_the_same_for_any_number_of_jobs(self):
        shutil.copytree(RECORDED, self.path("t/k/w2"))
        shutil.copytree(os.path.join(RECORDED, "../W1-S100-touch"), self.path("t/k/w3"))
        self.edit("t/k/w2/scenario.yaml", ("W2-K20-nokmem-4.18", "another"))
        got = []
        for jobs in ("1", "3"):
            done = self.run_program("validate", "t", "-j", jobs, "-o", "o" + jobs, "--no-plots")
            self.assertEqual((done.code, done.err), (0, ""))
            got.append((done.out, self.read(f"o{jobs}/validation.csv"), self.read(f"o{jobs}/manifest.json")))
        self.assertEqual(got[0], got[1])

    def test_files_and_formats(self):
        if shutil.which("gnuplot"):
            done = self.run_program("validate", "t/k/w", "-o", "o")
            self.assertEqual((done.code, done.err), (0, ""))
            svg = self.read("o/plots/k-w.svg")
            self.assertIn("<svg", svg)
            self.assertIn("k w: nr_dying", svg)
            again = self.run_program("validate", "t/k/w", "-o", "o")
            self.assertEqual((again.out, self.read("o/plots/k-w.svg")), (done.out, svg))
        rows = self.validate("t/k/w")
        with open(self.path("o/validation.csv"), newline="") as f:
            self.assertEqual(list(csv.DictReader(f)), rows)
        found = json.loads(self.works("validate", "t/k/w", "-o", "o", "--no-plots", "--format", "json"))
        self.assertEqual((found["figures"], found["failed"], len(found["rows"])), (18, 0, 18))
        self.assertEqual([s["of"] for s in found["sums"]],
                         ["k w", "k", "slab", "dying", "shrinker", "page cache", "all"])
        md = self.works("validate", "t/k/w", "-o", "o", "--no-plots", "--format", "md")
        self.assertIn("| k | w | settled | dentry.num_objs | 4326 |", md)
        self.assertIn("| dying | 3 | 0.0 % |", md)
        self.assertEqual(self.works("validate", "t/k/w", "-o", "o", "--no-plots", "--format", "csv", "-q").count("\n"), 1)

    # ---- a folder of one's own ----

    def test_general_rules(self):
        os.remove(self.path("t/k/w/figures.csv"))
        rows = self.validate("t/k/w", code=1)
        columns = {r["column"]: r for r in rows}
        self.assertIn("nr_dentry", columns)
        self.assertNotIn("pgscan_kswapd+pgscan_direct", columns)  # never changed
        self.assertEqual({r["since"] for r in rows}, {"before"})
        self.assertEqual({r["step"] for r in rows}, {"settled", "offline", "drop2"})
        self.assertEqual(columns["slabs_scanned"]["allowed"], "20 % or 6144")
        # Slab is a sum over caches that have no model, too
        self.assertIn("FAILED", {r["verdict"] for r in rows if r["column"] == "Slab_kB"})
        self.assertEqual({r["verdict"] for r in rows if r["column"] in ("dentry_num", "ext4i_num")}, {"ok"})

    def test_without_steps_times_are_the_recording_s(self):
        for name in ("figures.csv", "steps.csv"):
            os.remove(self.path("t/k/w/" + name))
        rows = self.validate("t/k/w", code=1)
        self.assertEqual({r["step"] for r in rows}, {"done", "settled", "offline", "drop2", "drop3"})

    def test_without_a_scenario(self):
        os.remove(self.path("t/k/w/scenario.yaml"))
        os.remove(self.path("t/k/w/figures.csv"))
        with open(self.path("t/k/w/slabinfo.before"), "rb") as f, gzip.open(self.path("t/k/w/slabinfo.after.gz"), "wb") as g:
            g.write(f.read())
        done = self.run_program("validate", "t/k/w")
        self.assertEqual((done.code, done.err), (0, ""))
        self.assertIn("t/k/w: no scenario.yaml: nothing was simulated", done.out)
        self.assertIn("  variants: [{name: model, kernel: v5.9}]\n", done.out)
        self.assertIn("t/k/w/slabinfo.after.gz: 89 caches, each with as many pages of 4 KiB as its objects need\n", done.out)
        self.assertFalse(os.path.exists(self.path("out")))

    def test_impossible_slabinfo(self):
        os.remove(self.path("t/k/w/scenario.yaml"))
        os.remove(self.path("t/k/w/figures.csv"))
        text = self.read("t/k/w/slabinfo.before")
        line = next(x for x in text.splitlines() if x.startswith("dentry "))
        word = line.split()
        self.write("t/k/w/slabinfo.before", text.replace(line, line.replace(f" {word[3]} ", " 65537 ", 1)))
        done = self.run_program("validate", "t/k/w")
        self.assertEqual(done.code, 2)
        self.assertIn("t/k/w/slabinfo.before: dentry has more bytes in a slab than pages", done.err)

    def test_compressed_files(self):
        for name in ("series.csv", "slabinfo.csv"):
            path = self.path("t/k/w/" + name)
            if name == "series.csv":
                subprocess.run(["gzip", path], check=True)
            else:
                subprocess.run(["zstd", "-q", "--rm", path, "-o", path + ".zst"], check=True)
                os.rename(path + ".zst", path)
        self.assertEqual(len(self.validate("t/k/w")), 18)

    # ---- traces ----

    def test_a_folder_with_a_trace_alone(self):
        os.makedirs(self.path("a/b"))
        shutil.copy(os.path.join(TRACES, "p12-4.16.trace"), self.path("a/b/trace.txt"))
        self.assertIn("a/b/trace.txt: 5 starts and 5 ends of shrinker calls", self.trace("a/b"))
        self.assertIn("a/b/trace.txt: 5 starts and 5 ends of shrinker calls", self.trace("a"))

    def trace(self, *args, code=0):
        done = self.run_program("validate", *args)
        self.assertEqual((done.code, done.err), (code, ""), done)
        return done.out.replace("\n    ", " ")  # wrapped lines

    def test_published_vectors(self):
        for era, lines, rows in (("4.15", "4 starts and 0 ends", "up to v4.15"),
                                 ("4.16", "5 starts and 5 ends", "v4.18 or v5.0 v5.3 v5.9"),
                                 ("5.13", "6 starts and 6 ends", "v5.13 v5.14")):
            out = self.trace(os.path.join(TRACES, f"p12-{era}.trace"))
            self.assertRegex(out, f"{lines} of shrinker calls against the formulas of {rows}[v0-9. ]* \\(guessed\\): 0 wrong")
        # and not those of another era
        for era, other in (("4.15", "v4.18"), ("4.16", "v4.15"), ("4.16", "v6.1"), ("5.13", "v5.9")):
            self.trace(os.path.join(TRACES, f"p12-{era}.trace"), "--kernel", other, code=1)

    def test_every_number_of_a_line_is_judged(self):
        with open(os.path.join(TRACES, "p12-5.13.trace"), encoding="utf-8") as f:
            good = f.read()
        for line, old, new, expected in (
                (8, "delta 3124", "delta 3125", "delta 3124 total_scan 6249"),
                (8, "total_scan 6249", "total_scan 6250", "delta 3124 total_scan 6249"),
                (9, "unused scan count 200000", "unused scan count 199999", "unused scan count 200000 (line 8)"),
                (9, "new scan count 196980", "new scan count 196979", "new scan count 196980 (line 8)"),
                (9, "total_scan 105", "total_scan 106", "total_scan 6249 less a number of batches of 1024 (line 8)")):
            with self.subTest(new=new):
                lines = good.splitlines(True)
                self.assertIn(old, lines[line - 1])
                lines[line - 1] = lines[line - 1].replace(old, new)
                self.write("t.trace", "".join(lines))
                out = self.trace("t.trace", "--kernel", "v6.1", code=1)
                self.assertIn(f"t.trace:{line}: the first wrong one: expected {expected}\n", out)

    def test_compressed_and_damaged_traces(self):
        with open(os.path.join(TRACES, "p12-4.16.trace"), "rb") as f:
            good = f.read()
        with gzip.open(self.path("t.gz"), "wb") as f:
            f.write(good)
        self.assertIn("5 starts and 5 ends", self.trace("t.gz"))
        self.write("t.trace", good + b"  kswapd0-35 [000] .... 1.0: mm_shrink_slab_start: nonsense\n")
        self.assertIn("0 wrong, 1 damaged lines", self.trace("t.trace"))
        self.write("t.trace", good[:-1])
        done = self.run_program("validate", "t.trace")
        self.assertEqual(done.code, 0)
        self.assertIn("t.trace: cut off", done.err)

    def test_a_table_of_calls(self):
        head = ("task,next_step,shrinker,ptr,nid,nr_deferred_in,freeable,delta,total_scan_start,priority,unused_scan,"
                "new_scan(next_deferred_stored),total_scan_end,freed\n")
        good = "kswapd0-48,6+192,super_cache_scan,ffff8d5500be3430,0,324,20022,38,38,10,324,362,38,0\n"
        self.write("shrink.csv", head + good)
        self.assertIn("1 starts and 1 ends of shrinker calls against the formulas of v6.1: 0 wrong\n",
                      self.trace("shrink.csv", "--kernel", "v6.1"))
        for old, new in (("20022,38,38", "20022,38,39"), ("10,324", "10,325"), (",362,", ",361,"), (",38,0", ",37,0")):
            self.write("shrink.csv", head + good.replace(old, new))
            self.assertIn("shrink.csv:2: the first wrong one", self.trace("shrink.csv", "--kernel", "v6.1", code=1))
        self.write("shrink.csv", head + good + "a,b\n" + good.replace("20022", "x"))
        self.assertIn(": 0 wrong, 2 damaged lines\n", self.trace("shrink.csv", "--kernel", "v6.1"))

    def test_no_trace(self):
        self.write("t.txt", "nothing of the kind\n")
        self.refuses("t.txt: no line of mm_shrink_slab_start: it needs the text of a trace with "
                     "vmscan:mm_shrink_slab_start and _end", "validate", "t.txt")
        self.refuses("--kernel: '5.9' is no release that has a row (v4.18, v5.9.1; memcgsim list kernels), and none up to "
                     "v4.15", "validate", os.path.join(TRACES, "p12-4.16.trace"), "--kernel", "5.9")

    def test_what_run_writes_is_right(self):
        self.write("s.yaml", SMALL + "  - {name: d, type: drop-caches, start: 5s, at: 0s}\n")
        self.works("run", "s.yaml", "-o", "r", "--no-plots", "-q", "--shrink-trace")
        out = self.trace("r/shrink.old.trace", "--kernel", "v5.0")
        self.assertIn("14 starts and 14 ends of shrinker calls against the formulas of v5.0: 0 wrong", out)


if __name__ == "__main__":
    tap.main()
