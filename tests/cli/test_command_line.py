#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands and options: help, versions, what is refused and how, --set, --variant, --seed, list, new."""
import csv
import io
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import SMALL, TOP, Case, changed

NOT_BUILT = ["sweep", "trace", "validate", "explain", "report", "snapshot"]
BUILT = ["run", "check", "lint", "list", "new", "bench"]
LISTS = ["scenarios", "kernels", "axes", "metrics", "workloads", "filesystems", "caches"]
WORKLOADS = ["container-churn", "replay", "mount-storm", "idle-hold", "drop-caches"]


class Commands(Case):
    def test_no_arguments_is_ten_lines_of_help_and_an_error(self):
        done = self.run_program()
        self.assertEqual((done.code, done.out), (2, ""))
        self.assertLessEqual(len(done.err.splitlines()), 10)
        self.assertTrue(done.err.startswith("memcgsim "))

    def test_help_names_every_command_that_is_built_and_no_other(self):
        for word in ("--help", "-h", "help"):
            out = self.works(word)
            for name in BUILT:
                self.assertRegex(out, r"(?m)^  %s " % name)
            for name in NOT_BUILT:
                self.assertNotRegex(out, r"(?m)^  %s\b" % name)
            self.assertLessEqual(max(map(len, out.splitlines())), 100)

    def test_help_of_a_command_names_its_options(self):
        for name in BUILT:
            out = self.works(name, "--help")
            self.assertTrue(out.startswith("memcgsim %s" % name))
            for option in ("--out", "--jobs", "--seed", "--set", "--variant", "--config", "--progress",
                           "--format", "--quiet", "--verbose", "--help", "--version"):
                self.assertIn(option, out)

    def test_version_names_the_optional_features(self):
        for arguments in (["--version"], ["run", "--version"]):
            lines = self.works(*arguments).splitlines()
            self.assertRegex(lines[0], r"^memcgsim \d+\.\d+\.\d+$")
            self.assertTrue(lines[1].startswith("traces: "))

    def test_unknown_command_names_the_nearest(self):
        self.refuses("memcgsim: no command 'runn'; did you mean 'run'?", "runn")
        self.refuses("memcgsim: no command 'qqqqqqqq'", "qqqqqqqq")
        self.refuses("memcgsim: no command '--quiet'", "--quiet")

    def test_command_that_is_not_built_yet_says_so(self):
        for name in NOT_BUILT:
            self.refuses("memcgsim: the command '%s' is not built yet" % name, name, "s.yaml")

    def test_command_without_its_argument(self):
        self.refuses("run: needs a scenario: a file, or a name (memcgsim list scenarios)", "run")
        self.refuses("lint: needs a scenario file", "lint")
        self.refuses("new: needs a workload type (memcgsim list workloads)", "new")
        self.refuses("list: needs one of " + ", ".join(LISTS), "list")


class Options(Case):
    def test_unknown_option_names_the_nearest(self):
        self.refuses("unknown option --sed; did you mean --seed?", "run", "s.yaml", "--sed", "3")
        self.refuses("unknown option --frmat; did you mean --format?",
                     "run", "s.yaml", "--frmat", "md")
        self.refuses("unknown option -x", "run", "s.yaml", "-x")

    def test_option_without_its_value(self):
        self.refuses("option --seed needs a value", "run", "s.yaml", "--seed")
        self.refuses("option -o needs a value", "run", "s.yaml", "-o")
        self.refuses("--out: needs a folder", "run", "s.yaml", "-o", "")

    def test_option_with_a_wrong_value(self):
        self.refuses("--seed: 'x' is not a number from 0 to 18446744073709551615",
                     "run", "s.yaml", "--seed", "x")
        self.refuses("--seed: '-1' is not a number from 0 to 18446744073709551615",
                     "run", "s.yaml", "--seed=-1")
        self.refuses("--jobs: '2x' is not a number from 0 to 1024", "run", "s.yaml", "-j", "2x")
        self.refuses("--progress: no 'allways'; did you mean 'always'?",
                     "run", "s.yaml", "--progress", "allways")
        self.refuses("--format: no 'jsn'; did you mean 'json'?", "run", "s.yaml", "--format", "jsn")

    def test_plugins_are_not_in_this_build(self):
        self.refuses("--plugin: this build has no plugins", "run", "s.yaml", "--plugin", "x.so")

    def test_missing_installation_file(self):
        self.refuses("cannot read no.yaml: No such file or directory",
                     "run", "s.yaml", "--config", "no.yaml")

    def test_wrong_installation_file(self):
        self.write("sim.yaml", "jobs: 1\nprogres: never\n")
        self.refuses("sim.yaml:2:1: unknown key 'progres' in sim.yaml; did you mean 'progress'?",
                     "run", "s.yaml")
        self.write("sim.yaml", 'jobs: 1\nout: ""\n')
        self.refuses("sim.yaml:2:6: 'out' is empty", "run", "s.yaml")
        self.write("sim.yaml", "jobs: many\n")
        self.refuses("sim.yaml:1:7: 'jobs' expects a whole number, got 'many'", "lint", "s.yaml")

    def test_installation_file_says_where_results_go(self):
        self.write("sim.yaml", "out: elsewhere\n")
        self.works("run", "s.yaml", "-q", "--no-plots")
        self.assertIn("summary.csv", os.listdir(self.path("elsewhere/small")))

    def test_installation_file_is_found_in_the_users_folder(self):
        for where, env in (("x", {"XDG_CONFIG_HOME": self.path("x")}), (".config", {})):
            os.makedirs(self.path(where + "/memcgsim"))
            self.write(where + "/memcgsim/sim.yaml", "jobs: %s\n" % where[-1])
            done = self.run_program("lint", "s.yaml", env=env)
            self.assertEqual(done.code, 2)
            self.assertEqual(done.err, "%s/memcgsim/sim.yaml:1:7: 'jobs' expects a whole number, got "
                             "'%s'\n" % (self.path(where), where[-1]))

    def test_example_of_the_installation_file_is_valid_as_it_is_and_uncommented(self):
        with open(os.path.join(TOP, "sim.yaml.example")) as f:
            text = f.read()
        self.write("sim.yaml", text)
        self.works("lint", "-q", "s.yaml")
        lines = [l[2:] if l.startswith("# ") and l[2:].split(":")[0] in
                 ("out", "jobs", "plot_terminal", "progress", "cost_model") else l
                 for l in text.splitlines()]
        self.assertGreaterEqual(sum(1 for l in lines if l and not l.startswith("#")), 3)
        self.write("sim.yaml", "\n".join(lines) + "\n")
        self.works("lint", "-q", "s.yaml")


class Set(Case):
    def manifest(self, *arguments):
        self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o", *arguments)
        return json.loads(self.read("o/manifest.json"))

    def test_path_by_index_and_by_name(self):
        for path in ("variants.1.kernel", "variants.new.kernel"):
            kernels = [v["kernel"] for v in self.manifest("--set", path + "=v6.1")["variants"]]
            self.assertEqual(kernels, ["v5.0", "v6.1"])

    def test_value_is_yaml(self):
        m = self.manifest("--set", "variants.1.list_lru={policy: eager, growth: double}")
        self.assertIn("list_lru=eager", m["variants"][1]["axes"])

    def test_later_ones_win(self):
        self.assertEqual(self.manifest("--set", "seed=2", "--set", "seed=3")["seeds"], [3])

    def test_errors_count_the_options(self):
        self.refuses("--set:1: expects KEY=VALUE, got 'a'", "run", "s.yaml", "--set", "a")
        self.refuses("--set:2: unknown key 'memroy' in machine; did you mean 'memory'?", "run",
                     "--set", "seed=1", "--set", "machine.memroy=4GiB", "s.yaml")
        self.refuses("--set:1: 'variants' has 2 items, counted from 0; there is no '7'",
                     "run", "--set", "variants.7.kernel=v5.0", "s.yaml")
        self.refuses("--set:1: 'variants' has no item named 'nwe'; did you mean 'new'?",
                     "run", "--set", "variants.nwe.kernel=v5.0", "s.yaml")
        self.refuses("--set:1: 'memory' expects a size like 64KiB or a list of sizes, got '4GB': use "
                     "GiB (1024 MiB)", "run", "--set", "machine.memory=4GB", "s.yaml")
        self.refuses("--set:1: 'a..b' is no path like machine.memory or variants.0.kernel",
                     "run", "--set", "a..b=1", "s.yaml")
        self.refuses("--set:1: 'seed' is the single value '1': no path leads into it",
                     "run", "--set", "seed.x=1", "s.yaml")

    def test_seed_option_wins_over_the_file(self):
        self.assertEqual(self.manifest("--seed", "7")["seeds"], [7])

    def test_another_seed_gives_another_run(self):
        prints = []
        for seed in ("1", "2", "1"):
            # at random moments: a rate instead of a number of living ones
            m = self.manifest("--seed", seed, "--set",
                              "workloads.pods.life={dist: exponential, mean: 1s}")
            prints.append([run["fingerprint"] for run in m["runs"]])
        self.assertEqual(prints[0], prints[2])
        self.assertNotEqual(prints[0], prints[1])

    def test_repeats_have_seeds_of_their_own(self):
        m = self.manifest("--set", "repeats=3")
        self.assertEqual(len(set(m["seeds"])), 3)
        self.assertEqual(len(m["runs"]), 6)


class Variant(Case):
    def test_variant_runs_with_what_it_is_compared_with(self):
        self.write("s.yaml", changed(SMALL, ("  - {name: new", "  - {name: mid, kernel: v5.9}\n  - {name: new")))
        for wanted, names in (("new", ["old", "new"]), ("old", ["old"]), ("mid", ["old", "mid"])):
            self.works("run", "s.yaml", "-q", "--no-plots", "-o", "o", "--variant", wanted)
            m = json.loads(self.read("o/manifest.json"))
            self.assertEqual([v["name"] for v in m["variants"]], names)

    def test_variant_that_is_not_there(self):
        self.refuses("--variant: no variant is named 'nwe'; did you mean 'new'?",
                     "run", "s.yaml", "--variant", "nwe")

    def test_kernel_resolves_to_the_row_in_force_and_says_so(self):
        self.write("s.yaml", changed(SMALL, ("v5.18", "v5.17")))
        note = "variant new: kernel v5.17 is modelled by row v5.16\n"
        done = self.run_program("run", "s.yaml", "--no-plots", "-o", "o")
        self.assertEqual((done.code, done.err), (0, note))
        self.assertEqual(json.loads(self.read("o/manifest.json"))["variants"][1]["kernel"],
                         "v5.17 (row v5.16)")
        self.assertIn("  " + note, self.works("lint", "s.yaml"))

    def test_kernel_with_a_row_of_its_own_says_nothing(self):
        self.assertEqual(self.run_program("run", "s.yaml", "--no-plots", "-o", "o").err, "")


class Lists(Case):
    def test_every_list_has_lines_and_writes_nothing(self):
        for what in LISTS:
            with self.subTest(what):
                out = self.works("list", what, cwd=TOP)
                self.assertGreaterEqual(len(out.splitlines()), 5 if what != "scenarios" else 1)

    def test_unknown_list_names_the_nearest(self):
        self.refuses("list: needs one of %s; did you mean 'kernels'?" % ", ".join(LISTS),
                     "list", "kernel")

    def test_lists_name_what_the_contract_names(self):
        for what, words in (
                ("scenarios", ["host-replay", "list-lru-headline", "bharata-10k-containers",
                               "container-host", "container-churn"]),
                ("kernels", "v4.18 v4.19 v4.19.3 v4.20 v5.0 v5.3 v5.9 v5.13 v5.14 v5.16 v5.18 v6.1 v6.7 "
                            "v6.13 v6.18".split()),
                ("axes", ["accounting", "offline", "list_lru", "shrinker", "nr_deferred"]),
                ("workloads", WORKLOADS),
                ("filesystems", "ext4 xfs tmpfs proc overlay devpts mqueue".split()),
                ("caches", ["dentry", "ext4_inode_cache", "shmem_inode_cache"]),
                ("metrics", "slab.bytes slab.utilization list_lru.bytes list_lru.lists_bytes "
                            "list_lru.arrays_bytes kmalloc-32.objects memcg.dying "
                            "memcg.nr_cache_ids dentry.objects inode.objects".split())):
            out = self.works("list", what, cwd=TOP)
            self.assertLessEqual(max(len(line) for line in out.splitlines()), 80)
            for word in words:
                with self.subTest(word):
                    self.assertRegex(out, r"(?m)^%s\b" % word.replace(".", r"\."))

    def test_every_shipped_scenario_lints_by_its_bare_name(self):
        rows = self.table("scenarios")
        names = [r["scenario"] for r in rows if r["origin"] == "shipped"]
        self.assertIn("host-replay", names)
        for name in names:
            with self.subTest(name):
                out = self.works("lint", name, cwd=TOP)
                self.assertRegex(out, r"^scenarios/%s\.yaml: \d+ variants, .*: no errors\n" % name)

    def table(self, what):
        """The rows of a list, the same as CSV and as JSON."""
        rows = list(csv.DictReader(io.StringIO(self.works("list", what, "--format", "csv", cwd=TOP))))
        found = json.loads(self.works("list", what, "--format", "json", cwd=TOP))["rows"]
        self.assertEqual([{k: str(v) for k, v in row.items()} for row in found],
                         [{k: v for k, v in row.items() if v} for row in rows])
        return rows

    def test_every_list_is_a_table_too(self):
        for what, columns in (("scenarios", "scenario path origin description"),
                              ("kernels", "kernel group field value unit changed source measured meaning"),
                              ("axes", "axis value parameter default meaning"),
                              ("metrics", "metric unit kind meaning"),
                              ("workloads", "workload key required default meaning"),
                              ("filesystems", "filesystem inode_cache flags"),
                              ("caches", "cache kernel object_size")):
            with self.subTest(what):
                rows = self.table(what)
                self.assertEqual(list(rows[0]), columns.split())
                lines = self.works("list", what, "--format", "md", cwd=TOP).splitlines()
                self.assertEqual(len(lines), len(rows) + 2)
                self.assertEqual(lines[0], "| " + columns.replace(" ", " | ") + " |")
                self.assertEqual(len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}), 1)

    def test_recorded_loads_are_listed_with_their_paths(self):
        recorded = [r for r in self.table("scenarios") if r["origin"] == "recorded"]
        self.assertGreater(len(recorded), 25)
        for row in recorded:
            self.assertTrue(os.path.isfile(os.path.join(TOP, row["path"])), row)
        self.assertRegex(self.works("list", "scenarios", cwd=TOP), r"(?m)^  5\.9\.1 +W1-S100 .* W4p$")

    def test_kernels_name_what_changed_each_field(self):
        rows = {(r["kernel"], r["field"]): r for r in self.table("kernels")}
        for kernel, field, value, source in (
                ("v4.19", "shrinker", "min-batch", "172b06c32b94"), ("v5.3", "offline", "reparent", "fb2f2b0adb98"),
                ("v5.9", "accounting", "per-object", "286e04b8ed7a 10befea91b61"),
                ("v5.13", "nr_deferred", "per-memcg", "3c6f17e6c5d0 a178015cde69 18bb473e5031"),
                ("v5.16", "cpu_partial_in_slabs", "yes", "b47291ef02b0"),
                ("v5.18", "list_lru", "lazy", "5abc1e37afa0 bbca91cca9a9 f9c69d6346bc"),
                ("v6.13", "list_lru_one", "32", "fb56fdf8b9a2"),
                ("v6.1", "psi_group", "720 with PSI", "kmalloc trace of mkdir on Debian's 6.1")):
            row = rows[kernel, field]
            self.assertEqual((row["value"], row["changed"], row["source"]), (value, "1", source))
        # what did not change keeps the source of its last change
        row = rows["v5.16", "list_lru"]
        self.assertEqual((row["value"], row["changed"], row["source"]), ("eager", "0", "source of 4.18"))
        self.assertEqual({r["kernel"] for r in rows.values() if r["field"] == "mem_cgroup" and r["measured"] == "1"},
                         {"v6.1", "v6.4"})
        self.assertTrue(all(r["source"] for r in rows.values()))
        text = self.works("list", "kernels")
        self.assertIn("source: measured", text)
        self.assertRegex(text, r"(?m)^  shrinker +min-batch, before proportional; 172b06c32b94$")
        # in full: every field of every row
        self.assertEqual(len(re.findall(r"(?m)^  charge_batch ", self.works("list", "kernels", "-v"))),
                         len({r["kernel"] for r in rows.values()}))

    def test_no_member_of_a_kernel_row_is_left_out(self):
        """A new one needs a field, and the field a source for each row that changes it (tests/unit/test_rows.c)."""
        def source(name):
            with open(os.path.join(TOP, "models/kernels", name)) as f:
                return re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)

        fields = source("fields.c")
        struct = re.search(r"struct kernel_row \{(.*?)\n\};", source("kernel.h"), re.S)[1]
        members = [re.sub(r"\[.*", "", name).split()[-1].strip("*") for line in struct.split(";") if line.strip()
                   for name in line.split(",")]
        self.assertGreater(len(members), 50)
        for name in set(members) - {"name", "version", "axes", "commit", "memcg_allocs"}:
            self.assertRegex(fields, r"\bAT\(%s\)|\bSIZE\(\"[^\"]+\", %s[\[)]" % (name, name))
        for what in re.findall(r'\.what = "(\w+)"', source("rows.c")):
            self.assertIn('ALLOC("%s")' % what, fields)
        listed = [r for r in self.table("kernels") if r["kernel"] == "v4.18"]
        axes = {r["axis"] for r in self.table("axes")}
        self.assertEqual({r["field"] for r in listed if r["group"] == "axes"}, axes)
        systems = {r["filesystem"] + " inode" for r in self.table("filesystems")}
        self.assertEqual({r["field"] for r in listed if r["field"].endswith(" inode")}, systems)

    def test_bare_name_with_its_ending(self):
        self.works("lint", "container-churn.yaml", cwd=TOP)

    def test_a_file_here_wins_over_a_shipped_name(self):
        self.write("host-replay", SMALL)
        self.assertTrue(self.works("lint", "host-replay").startswith("host-replay: 2 variants"))


class Bench(Case):
    def test_a_part_that_is_not_there_is_refused_before_anything_runs(self):
        self.refuses("bench: no part 'presure'; did you mean 'pressure'?", "bench", "queue", "presure")


class New(Case):
    def test_starter_of_every_type_lints(self):
        out = self.works("list", "workloads")
        types = [l.split(":")[0] for l in out.splitlines() if l[:1].strip() and ":" in l]
        self.assertTrue(set(WORKLOADS) <= set(types), types)
        for kind in types:
            with self.subTest(kind):
                self.write(kind + ".yaml", self.works("new", kind))
                # a starter that replays names a shipped trace: found from the top
                done = self.works("lint", self.path(kind + ".yaml"), cwd=TOP)
                self.assertIn("2 variants", done)

    def test_unknown_type_names_the_nearest(self):
        self.refuses("new: no workload type 'contaner-churn'; did you mean 'container-churn'?",
                     "new", "contaner-churn")


if __name__ == "__main__":
    tap.main()
