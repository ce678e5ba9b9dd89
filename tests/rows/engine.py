# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of memcgsim that several lines of docs/rows.md share, and what comes out of them."""
import csv
import io
import math
import os
import re
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAMED = re.compile(r"^([A-EKP]\d+[a-z]?(?:, [A-EKP]\d+[a-z]?)*): (.+)$")


class Run:
    """One command; it runs when somebody asks for what it found, and once."""

    def __init__(self, command, code=0, slow=False, options=(), words=()):
        self.command, self.code, self.slow, self.options = command, code, slow, list(options)
        self.words = list(words) or command.split()
        self.failed = None
        self.out = self.text = None
        self.verdicts, self.summary = {}, {}

    def start(self, program, tmp, number):
        """Why it failed, or None."""
        self.out = os.path.join(tmp, f"run{number}")
        if self.words[0].startswith("build/"):
            path = os.path.join(os.path.dirname(program), self.words[0].split("/", 1)[1])
            done = subprocess.run([path], cwd=TOP, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, check=False,
                                  env={k: v for k, v in os.environ.items() if k != "CMOCKA_MESSAGE_OUTPUT"})
            self.text = done.stdout
            self.failed = f"exit {done.returncode}" if done.returncode != self.code else None
            return self.failed
        words = [program, self.words[0], os.path.join(TOP, "scenarios", self.words[1] + ".yaml"), *self.words[2:],
                 "-o", self.out, "--no-plots", "--progress", "never", *self.options]
        if self.words[0] == "check":
            words += ["--no-baseline", "--format", "csv"]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        self.text = done.stdout
        if done.returncode != self.code:
            self.failed = f"exit {done.returncode}, not {self.code}: {done.stderr.strip()[:300]}"
            return self.failed
        if self.words[0] == "check":
            for row in csv.DictReader(io.StringIO(done.stdout)):
                m = NAMED.match(row["subject"])
                row["rows"] = m.group(1).split(", ") if m else []
                self.verdicts[m.group(2) if m else row["subject"]] = row
        self.summary = {(r["variant"], r["metric"]): r["value"] for r in self.rows("summary.csv")}
        return None

    def rows(self, name):
        with open(os.path.join(self.out, name), newline="") as f:
            return list(csv.DictReader(f))

    def value(self, variant, metric):
        return float(self.summary[variant, metric] or "nan")

    def series(self, variant, metric):
        return [(float(r["time_s"]), float(r[metric] or "nan")) for r in self.rows("timeseries.csv")
                if r["variant"] == variant]

    def at(self, variant, metric, time):
        return dict(self.series(variant, metric))[float(time)]


def number(v):
    """As the table has it."""
    if isinstance(v, str):
        return v
    if math.isnan(v):
        return "no value"
    return f"{v:,.0f}" if v == int(v) else f"{v:.4g}"


class Want:
    def __init__(self, text, holds):
        self.text, self.holds = text, holds


def near(v, share=0.0):
    """Within that share of v."""
    return Want(number(v) + (f" within {100 * share:g} %" if share else ""), lambda x: abs(x - v) <= share * abs(v))


def between(lo, hi):
    return Want(f"{number(lo)} to {number(hi)}", lambda x: lo <= x <= hi)


def at_least(v):
    return Want(f"at least {number(v)}", lambda x: x >= v)


def at_most(v):
    return Want(f"at most {number(v)}", lambda x: x <= v)


def below(v):
    return Want(f"below {number(v)}", lambda x: x < v)
