#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves: the table on stdout, the folder, and what happens when it cannot be written."""
import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import PROGRAM, SMALL, WAIT, Case, changed, tree

FILES = ["caches.csv", "manifest.json", "nodes.csv", "report.html", "run-info.json", "summary.csv",
         "timeseries.csv"]
HEADS = {
    "summary.csv": "scenario,variant,repeat,metric,value,unit",
    "timeseries.csv": "scenario,variant,repeat,time_s,slab.bytes,",
    "nodes.csv": "scenario,variant,repeat,time_s,node,",
    "caches.csv": "scenario,variant,repeat,time_s,cache,active_objs,num_objs,objsize,objperslab,"
                  "pagesperslab,active_slabs,num_slabs,live_objs",
}


class Folder(Case):
    def test_default_place_is_out_and_the_scenarios_name(self):
        self.works("run", "s.yaml", "-q", "--no-plots")
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["small"])
        self.assertEqual(sorted(os.listdir(self.path("out/small"))), FILES)

    def test_several_scenarios_have_a_folder_each(self):
        self.write("b.yaml", changed(SMALL, ("scenario: small", "scenario: other")))
        self.works("run", "s.yaml", "b.yaml", "-q", "--no-plots", "-o", "both")
        self.assertEqual(sorted(os.listdir(self.path("both"))), ["other", "small"])

    def test_tables_have_the_columns_of_the_contract(self):
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o")
        for name, head in HEADS.items():
            lines = self.read("o/" + name).splitlines()
            self.assertTrue(lines[0].startswith(head), lines[0])
            for row in csv.reader(lines):
                self.assertEqual(len(row), len(lines[0].split(",")), name)

    def test_sampled_metrics_have_end_peak_and_mean(self):
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o")
        rows = list(csv.DictReader(io.StringIO(self.read("o/summary.csv"))))
        for variant in ("old", "new"):
            names = {r["metric"] for r in rows if r["variant"] == variant}
            for metric in ("slab.bytes", "slab.utilization", "list_lru.bytes", "memcg.dying",
                           "kmalloc-32.objects", "dentry.objects"):
                for suffix in (".end", ".peak", ".mean"):
                    self.assertIn(metric + suffix, names)
            self.assertIn("workload.pods.finished", names)

    def test_time_series_covers_the_run_in_steps_of_sample(self):
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o")
        times = [float(r["time_s"]) for r in csv.DictReader(io.StringIO(self.read("o/timeseries.csv")))
                 if r["variant"] == "new"]
        self.assertEqual(times, [float(t) for t in range(11)])

    def test_manifest_names_inputs_with_their_hash(self):
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o")
        m = json.loads(self.read("o/manifest.json"))
        done = subprocess.run(["sha256sum", self.path("s.yaml")], capture_output=True, text=True, check=True)
        self.assertEqual(m["inputs"][0]["sha256"], done.stdout.split()[0])
        self.assertIs(m["complete"], True)
        for run in m["runs"]:
            self.assertRegex(run["fingerprint"], r"^[0-9a-f]{32}$")

    def test_times_and_host_are_in_run_info_alone(self):
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o")
        host = os.uname().release
        for name in FILES:
            self.assertEqual(host in self.read("o/" + name), name == "run-info.json", name)

    @unittest.skipUnless(shutil.which("gnuplot"), "no gnuplot")
    def test_plots_are_svg(self):
        self.works("run", "s.yaml", "-q", "-o", "o")
        names = os.listdir(self.path("o/plots"))
        self.assertGreaterEqual(len(names), 3)
        for name in names:
            self.assertTrue(name.endswith(".svg"))
            self.assertIn("</svg>", self.read("o/plots/" + name))

    @unittest.skipIf(os.path.exists("/nonexistent"), "there is a /nonexistent")
    def test_without_gnuplot_everything_else_is_written(self):
        done = self.run_program("run", "s.yaml", "-q", "-o", "o", env={"PATH": "/nonexistent"})
        self.assertEqual(done.code, 0, done)
        self.assertIn("gnuplot", done.err)
        self.assertTrue(set(FILES) <= set(os.listdir(self.path("o"))))

    def test_a_result_is_replaced_as_a_whole(self):
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o")
        self.write("o/stray", "from before")
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o", "--set", "duration=3s")
        self.assertEqual(sorted(os.listdir(self.path("o"))), FILES)
        self.assertEqual(sorted(os.listdir(self.dir)), ["o", "s.yaml"])

    def test_empty_folder_is_taken(self):
        os.mkdir(self.path("o"))
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o")

    def test_a_folder_of_something_else_is_left_alone(self):
        os.mkdir(self.path("o"))
        self.write("o/thesis.tex", "all of it")
        self.refuses("o is not a result folder (it has files but no manifest.json of memcgsim) and is "
                     "left alone; choose another one with --out", "run", "s.yaml", "-o", "o")

    def test_a_file_is_no_folder(self):
        self.write("o", "")
        self.refuses("o is not a folder; choose another place with --out", "run", "s.yaml", "-o", "o")


LIMIT = """\
scenario: limit
duration: 10s
machine: {topology: "numa:2 core:2 pu:1", memory: 1GiB}
variants:
  - {name: old, kernel: v4.18}
  - {name: new, kernel: v6.18}
mounts:
  - {name: root, fs: ext4}
cgroups:
  - {name: hard}
  - {name: soft, high: 8MiB}
workloads:
  - {name: pods, type: container-churn, start: 1s, parent: hard, count: 7, max: 8MiB, anon: 16MiB}
  - {name: calm, type: container-churn, start: 1s, parent: soft, count: 1, life: 30s, anon: 16MiB, files: [{mount: root, count: 30, pages: 100}]}
  - {name: balloon, type: anon-pressure, start: 3s, sizes: 2GiB}
"""


class OutOfMemory(Case):
    """A simulated OOM is a result with a verdict: which cgroup or node, what its memory is in, who was killed."""
    LIMIT_VERDICT = (r"OOM at 1\.\d+ s: hard/pods1 is at its memory\.max of 8\.0 MiB \(anon 8\.0 MiB, file 0, slab and "
                     r"other kernel memory 0, CPU stocks 0\): killed pods1 \(anon 8\.0 MiB\)")
    ALL = r"OOM in all: 7 killed at a memory\.max, 1 for the machine, the last at 3\.\d+ s; 0 times there was no task to kill"
    MACHINE_VERDICT = (r"no page of order 0 for node [01], whose zone DMA32 has [\d.]+ MiB free, min [\d.]+ MiB \(the machine: "
                       r"anon \d+\.\d MiB, file [^,]+, slab [\d.]+ KiB, other [^,]+, free [\d.]+ MiB; dying cgroups hold [^)]+\): killed balloon "
                       r"\(anon \d+\.\d MiB\)")

    def values(self):
        rows = csv.DictReader(io.StringIO(self.read("o/summary.csv")))
        return {(r["variant"], r["metric"]): r["value"] for r in rows}

    def test_verdicts_stand_on_the_terminal_and_in_the_report(self):
        self.write("s.yaml", LIMIT)
        for arguments in ((), ("-v",), ("--format", "md")):
            out = self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o", *arguments)
            flat = re.sub(r"\s+", " ", out)
            self.assertRegex(flat, self.LIMIT_VERDICT)
            self.assertRegex(flat, self.ALL)
        self.assertRegex(self.read("o/report.html"), self.LIMIT_VERDICT)
        self.assertRegex(self.read("o/report.html"), self.ALL)
        for line in self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o").splitlines():
            self.assertLessEqual(len(line), 80)

    def test_the_machine_has_a_verdict_too(self):
        self.write("s.yaml", changed(LIMIT, ("count: 7", "count: 1")))
        out = re.sub(r"\s+", " ", self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o"))
        self.assertRegex(out, self.LIMIT_VERDICT)
        self.assertRegex(out, self.MACHINE_VERDICT)
        self.assertNotIn("OOM in all", out)

    def test_notes_of_json_say_which_are_verdicts(self):
        self.write("s.yaml", LIMIT)
        notes = json.loads(self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o", "--format", "json"))["notes"]
        self.assertTrue(any(n["verdict"] for n in notes))
        for note in notes:
            self.assertEqual(note["verdict"], note["text"].startswith("OOM"))

    def test_kills_are_counted_and_high_kills_nobody(self):
        self.write("s.yaml", LIMIT)
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o")
        v = self.values()
        for variant in ("old", "new"):
            self.assertEqual(v[variant, "oom.kills"], "8")
            self.assertEqual(v[variant, "workload.pods.killed"], "7")
            self.assertEqual(v[variant, "workload.pods.finished"], "1")
            self.assertEqual(v[variant, "workload.calm.killed"], "0")
            self.assertGreater(int(v[variant, "memcg.events_high"]), 0)
            self.assertGreater(float(v[variant, "workload.calm.stall_s"]), 0)
            self.assertEqual(v[variant, "memcg.dying.end"], "0")

    def test_without_an_oom_there_is_no_word_of_it(self):
        self.assertNotIn("OOM", self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o"))
        self.assertNotIn("OOM", self.read("o/report.html"))


class CannotWrite(Case):
    def cannot(self, message, *arguments):
        before = tree(self.dir)
        done = self.run_program("run", "s.yaml", "-q", "--no-plots", *arguments)
        self.assertEqual((done.code, done.err), (3, message + "\n"))
        self.assertEqual(tree(self.dir), before)

    def test_place_where_no_folder_can_be_made(self):
        self.cannot("cannot write /proc/nowhere: No such file or directory", "-o", "/proc/nowhere")

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_folder_without_permission(self):
        os.mkdir(self.path("locked"), 0o500)
        self.cannot("cannot write locked/o: Permission denied", "-o", "locked/o")

    def test_full_standard_output_is_an_error_and_the_folder_stays(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "run", "s.yaml", "-q", "--no-plots", "-o", "o"], cwd=self.dir,
                                  stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
                                  env=self.environment(), timeout=WAIT)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"No space left on device", done.stderr)
        self.assertEqual(sorted(os.listdir(self.path("o"))), FILES)

    def test_closed_pipe_is_an_error_and_the_folder_stays(self):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([PROGRAM, "run", "s.yaml", "-q", "--no-plots", "-o", "o"], cwd=self.dir,
                              stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE,
                              env=self.environment(), timeout=WAIT)
        os.close(writer)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"Broken pipe", done.stderr)
        self.assertEqual(sorted(os.listdir(self.path("o"))), FILES)

    def limited(self, blocks, *arguments):
        """With a largest file size: what a full disk does, for a user who may not mount one."""
        script = 'ulimit -f %d; trap "" XFSZ; exec "$@"' % blocks
        done = subprocess.run(["sh", "-c", script, "sh", PROGRAM, "run", "s.yaml", "-q", "--no-plots",
                               *arguments], cwd=self.dir, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env=self.environment(), timeout=WAIT)
        return done

    def test_a_write_that_fails_leaves_the_old_result(self):
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o")
        before = tree(self.dir)
        done = self.limited(16, "-o", "o", "--seed", "2")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, r"^cannot write o/\w+\.\w+: File too large\n$")
        self.assertEqual(tree(self.dir), before)

    def test_a_write_that_fails_leaves_nothing_new(self):
        before = tree(self.dir)
        done = self.limited(16, "-o", "o")
        self.assertEqual(done.returncode, 3)
        self.assertEqual(tree(self.dir), before)

    def test_full_disk(self):
        os.mkdir(self.path("disk"))
        if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", self.path("disk")],
                                          capture_output=True).returncode:
            self.skipTest("no tmpfs can be mounted here")
        try:
            done = self.run_program("run", "s.yaml", "-q", "--no-plots", "-o", "disk/o")
            self.assertEqual(done.code, 3)
            self.assertRegex(done.err, r"^cannot write disk/o/\w+\.\w+: No space left on device\n$")
            self.assertEqual(os.listdir(self.path("disk")), [])
        finally:
            subprocess.run(["umount", self.path("disk")], check=True)


class Stopped(Case):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", changed(SMALL, ("duration: 10s", "duration: 100000h"),
                                     ("sample: 1s", "sample: 1h")))

    def start(self, *arguments, seen=rb"M events/s"):
        """Runs for ever; returns once its progress line shows this."""
        process = subprocess.Popen([PROGRAM, "run", "s.yaml", "--no-plots", "-o", "o", "-j1", "--progress",
                                    "always", *arguments], cwd=self.dir, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment())
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        text = b""
        while not re.search(seen, text):
            byte = process.stderr.read(1)
            self.assertTrue(byte, "it ended by itself: %r" % text)
            text += byte
        return process

    def test_interrupt_and_terminate_keep_what_is_finished(self):
        for sig in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(sig):
                process = self.start()
                process.send_signal(sig)
                out, err = process.communicate(timeout=WAIT)
                self.assertEqual(process.returncode, 3)
                self.assertTrue(err.endswith(b"small: stopped early; what was finished is in o\n"), err)
                self.assertIn(b"INCOMPLETE old: stopped after ", out)
                self.assertEqual(sorted(os.listdir(self.dir)), ["o", "s.yaml"])
                self.assertEqual(sorted(os.listdir(self.path("o"))), FILES)
                m = json.loads(self.read("o/manifest.json"))
                self.assertIs(m["complete"], False)
                self.assertEqual([r["complete"] for r in m["runs"]], [False, False])
                self.assertEqual(m["runs"][0]["why"], "interrupted")

    def test_a_variant_that_was_finished_stays_complete(self):
        process = self.start("--set", "duration=10h", seen=rb" (5[1-9]|[6-9]\d) % of 2 runs")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=WAIT)
        self.assertEqual(process.returncode, 3)
        m = json.loads(self.read("o/manifest.json"))
        self.assertIs(m["complete"], False)
        self.assertEqual([r["complete"] for r in m["runs"]], [True, False])

    def test_kill_leaves_the_old_result_and_the_next_run_cleans_up(self):
        self.write("t.yaml", SMALL)
        self.works("run", "t.yaml", "-q", "--no-plots", "-o", "o")
        before = tree(self.path("o"))
        process = self.start()
        process.kill()
        process.communicate(timeout=WAIT)
        self.assertEqual(process.returncode, -signal.SIGKILL)
        self.assertEqual(tree(self.path("o")), before)
        self.works("run", "t.yaml", "-q", "--no-plots", "-o", "o")
        self.assertEqual(sorted(os.listdir(self.dir)), ["o", "s.yaml", "t.yaml"])

    def test_kill_during_the_writing_leaves_no_half_result(self):
        """DIR is the old one or the new one at any moment: killed at many."""
        self.write("t.yaml", changed(SMALL, ("sample: 1s", "sample: 1ms")))
        self.works("run", "t.yaml", "-q", "--no-plots", "-o", "o")
        whole = {k: v for k, v in tree(self.path("o")).items() if k != "run-info.json"}
        for delay in range(12):
            process = subprocess.Popen([PROGRAM, "run", "t.yaml", "-q", "--no-plots", "-o", "o"],
                                       cwd=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, env=self.environment())
            until = time.monotonic() + WAIT
            while not os.path.exists(self.path("o.new")) and process.poll() is None:
                self.assertLess(time.monotonic(), until)
            time.sleep(delay * 0.002)
            process.kill()
            process.wait()
            now = {k: v for k, v in tree(self.path("o")).items()
                   if k != "run-info.json" and not k.startswith(".")}
            self.assertEqual(now, whole)
        self.works("run", "t.yaml", "-q", "--no-plots", "-o", "o")
        self.assertEqual(sorted(os.listdir(self.dir)), ["o", "s.yaml", "t.yaml"])

    def test_two_runs_do_not_write_one_folder_at_once(self):
        self.write("t.yaml", SMALL)
        os.mkdir(self.path("o.new"))
        self.write("o.new/important", "not mine")
        self.refuses("o.new is in the way: results are built there, and it holds something else; rename it "
                     "or choose another folder with --out", "run", "t.yaml", "-o", "o")


class Table(Case):
    def table(self, *options):
        return self.works("run", "s.yaml", "--no-plots", "-o", "o", *options)

    def test_one_sentence_then_a_table_of_at_most_80_columns(self):
        out = self.table()
        lines = out.splitlines()
        self.assertLessEqual(max(map(len, lines)), 80)
        self.assertTrue(out.startswith("old takes ") or out.startswith("old adds "), lines[0])
        head = next(l for l in lines if l.startswith("small "))
        self.assertEqual(head.split(), ["small", "old", "new"])

    def test_more_than_three_variants_have_a_row_each(self):
        self.write("s.yaml", changed(SMALL, ("  - {name: new", "  - {name: b, kernel: v5.3}\n"
                                             "  - {name: c, kernel: v5.9}\n  - {name: new")))
        out = self.table()
        self.assertLessEqual(max(map(len, out.splitlines())), 80)
        for name in ("old", "b", "c", "new"):
            self.assertRegex(out, r"(?m)^%s  +\S" % name)

    def test_quiet_prints_the_table_alone(self):
        out = self.table("-q")
        self.assertNotIn("report.html", out)
        self.assertIn("report.html", self.table())

    def test_markdown(self):
        lines = self.table("--format", "md").splitlines()
        self.assertTrue(any(l.startswith("| ---") or l.startswith("|---") for l in lines), lines)
        self.assertFalse(any("report.html" in l for l in lines))

    def test_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.table("--format", "csv"))))
        self.assertEqual({r["variant"] for r in rows}, {"old", "new"})
        self.assertTrue(all(r["scenario"] == "small" and None not in r for r in rows))

    def test_json(self):
        data = json.loads(self.table("--format", "json"))
        self.assertEqual(data["scenario"], "small")
        self.assertIs(data["complete"], True)

    def test_progress_is_written_when_asked_for_and_to_stderr_only(self):
        for when, shown in (("always", True), ("never", False), ("auto", False)):
            done = self.run_program("run", "s.yaml", "--no-plots", "-o", "o", "--progress", when, "--set",
                                    "duration=10000s")
            self.assertEqual(done.code, 0)
            self.assertEqual("M events/s" in done.err, shown, when)
            self.assertNotIn("M events/s", done.out)

    def test_quiet_wins_over_progress(self):
        done = self.run_program("run", "s.yaml", "-q", "--no-plots", "-o", "o", "--progress", "always", "--set",
                                "duration=10000s")
        self.assertEqual((done.code, done.err), (0, ""))

    def test_expectations_are_printed_with_their_values_and_never_fail_a_run(self):
        self.write("s.yaml", SMALL + "expect:\n"
                   "  - {metric: memcg.dying.end, variant: old, max: 0}\n"
                   "  - {metric: memcg.dying.end, variant: new, max: 0}\n"
                   "  - {metric: no.such.metric, variant: new, max: 0}\n")
        out = self.table("-q")
        lines = [l for l in out.splitlines() if l.startswith("expect ")]
        self.assertEqual(len(lines), 3, out)
        self.assertTrue(lines[2].endswith("empty"), lines[2])

    def test_repeats_are_tested(self):
        self.write("s.yaml", changed(SMALL, ("seed: 1", "seed: 1\nrepeats: 8"), ("live: 5", "rate: 2/s"),
                                     ("life: 1s", "life: {dist: exponential, mean: 1s}")))
        rows = list(csv.DictReader(io.StringIO(self.table("-q", "--format", "csv"))))
        tested = [r for r in rows if r["test"] in ("welch", "rank")]
        self.assertEqual({r["variant"] for r in tested}, {"new"})
        for r in tested:
            self.assertLessEqual(float(r["p"]), float(r["p_holm"]))
            self.assertGreater(float(r["ci95"]), 0)
        # the same containers come and go in both kernels; their lists take less memory in one of them
        p = {r["metric"]: float(r["p_holm"]) for r in tested}
        self.assertEqual(p["memcg.dying.peak"], 1)
        self.assertLess(p["list_lru.bytes.peak"], 0.05)
        lines = self.table("-q").splitlines()
        star = {l.split()[0]: l.rstrip().endswith("*") for l in lines if l.startswith(("memcg.dying.", "list_lru.bytes."))}
        self.assertIs(star["list_lru.bytes.peak"], True)
        self.assertNotIn(True, [v for k, v in star.items() if k.startswith("memcg.dying.")])
        self.assertRegex(" ".join(lines), r"mean of 8 repeats \+- 95 % interval; \* real difference from the first "
                         r"\(Welch's\s+t-test, (or the rank test where skewed, )?p < 0.05")
        # one value in every repeat: nothing random, whatever differs is real
        self.write("s.yaml", changed(SMALL, ("seed: 1", "seed: 1\nrepeats: 3")))
        rows = list(csv.DictReader(io.StringIO(self.table("-q", "--format", "csv"))))
        self.assertEqual({r["test"] for r in rows if r["variant"] == "new"} - {""}, {"exact"})
        self.assertEqual({r["p"] for r in rows if r["test"]}, {"0", "1"})


if __name__ == "__main__":
    tap.main()
