#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every ```yaml block of README.md and docs/ is a scenario that lints.

A block that is no whole scenario has the line <!-- fragment --> before its fence.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from program import TOP, Case

FENCE = re.compile(r"^(\s*)(```+|~~~+)\s*(\S*)")


def blocks(text):
    """(line of the fence, is a fragment, what is inside) of every yaml block."""
    found, opened, last = [], None, ""
    for number, line in enumerate(text.splitlines(), 1):
        m = FENCE.match(line)
        if opened:
            indent, fence, language, start, fragment, inside = opened
            if m and m.group(2).startswith(fence) and not m.group(3):
                if language.lower() in ("yaml", "yml"):
                    found.append((start, fragment, "".join(inside)))
                opened = None
            else:
                inside.append(line[len(indent):] + "\n")
        elif m:
            opened = (m.group(1), m.group(2), m.group(3), number, last == "<!-- fragment -->", [])
        if line.strip():
            last = line.strip()
    if opened:
        raise ValueError("the block that begins in line %d has no end" % opened[3])
    return found


def documents():
    yield "README.md"
    for folder, _, names in sorted(os.walk(os.path.join(TOP, "docs"))):
        for name in sorted(names):
            if name.endswith(".md"):
                yield os.path.relpath(os.path.join(folder, name), TOP)


class Documents(Case):
    def lint(self, text, cwd=TOP):
        """The file is in a folder of its own: what it names is found from the top."""
        self.write("block.yaml", text)
        return self.run_program("lint", "-q", self.path("block.yaml"), cwd=cwd)

    def test_every_yaml_block_lints(self):
        linted = 0
        for name in documents():
            path = os.path.join(TOP, name)
            if not os.path.exists(path):
                continue
            with open(path) as f:
                text = f.read()
            for line, fragment, inside in blocks(text):
                if fragment:
                    continue
                linted += 1
                with self.subTest("%s:%d" % (name, line)):
                    done = self.lint(inside)
                    self.assertEqual((done.code, done.err), (0, ""))
        self.assertGreater(linted, 0, "no yaml block was found in README.md and docs/")

    def test_contract_block_is_in_the_scenario_page(self):
        path = os.path.join(TOP, "docs/scenario.md")
        if not os.path.exists(path):
            self.skipTest("docs/scenario.md is not written yet")
        with open(path) as f:
            _, fragment, inside = blocks(f.read())[0]
        self.assertFalse(fragment)
        self.assertTrue(inside.startswith("scenario: list-lru-headline\n"), inside[:60])
        for key in ("description", "seed", "repeats", "duration", "sample", "machine", "variants", "mounts",
                    "cgroups", "workloads", "expect"):
            self.assertRegex(inside, r"(?m)^%s:" % key)
        for number in ("5988978688", "[0, 0.01]", "30min"):
            self.assertIn(number, inside)

    def test_blocks_are_found_and_wrong_ones_do_not_lint(self):
        text = ("a\n```yaml\nscenario: x\n```\n```sh\nls\n```\n<!-- fragment -->\n```yaml\nmounts: []\n```\n"
                "- item\n  ```yaml\n  seed: 1\n  ```\n")
        self.assertEqual(blocks(text), [(2, False, "scenario: x\n"), (9, True, "mounts: []\n"),
                                        (13, False, "seed: 1\n")])
        self.assertRaises(ValueError, blocks, "```yaml\nscenario: x\n")
        self.assertEqual(self.lint("scenario: x\n").code, 2)


if __name__ == "__main__":
    tap.main()
