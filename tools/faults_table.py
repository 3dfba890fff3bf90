# SPDX-License-Identifier: Apache-2.0
"""Writes docs/faults.md: every fault of tools/faults.txt with the tests that name it.

usage: faults_table.py            write the table
       check(root)                is it current?
"""

import re
from collections import defaultdict

import project
import project_tests

INTRO = """\
# Faults and their tests

What weir must survive. *Exact* means afterwards: the totals equal an exact reference, and
`weir verify` finds nothing. This table is made by `tools/faults_table.py` from the numbers that
stand above the tests; `make check` proves that it is current.

A note in brackets says which part of a fault a test covers, or how it is scaled down. A fault
without a test waits for the part of weir that it belongs to, and is *not yet* covered.
"""


def catalogue(root):
    """[(section, [(number, title)])] in order."""
    sections = []
    for line in (root / "tools/faults.txt").read_text().split("\n"):
        if line.startswith("== "):
            sections.append((line[3:], []))
        elif match := re.match(r"(\d+) (.+)", line):
            sections[-1][1].append((int(match[1]), match[2]))
    return sections


def covered_by(root):
    """fault number -> sorted cells of its tests"""
    cells = defaultdict(set)
    for test in project_tests.all_tests(root):
        for number, note in test.faults:
            cells[number].add(f"`{test.name}`" + (f" ({note})" if note else ""))
    return {number: sorted(tests) for number, tests in cells.items()}


def table(root):
    covered = covered_by(root)
    sections = catalogue(root)
    numbers = [number for _, faults in sections for number, _ in faults]
    count = sum(number in covered for number in numbers)
    lines = [INTRO, f"{count} of {len(numbers)} faults have a test.\n"]
    for section, faults in sections:
        lines += [f"## {section}\n", "| | fault | tests |", "|---|---|---|"]
        for number, title in faults:
            tests = "<br>".join(covered.get(number, ["*not yet*"]))
            lines.append(f"| {number} | {title} | {tests} |")
        lines.append("")
    return "\n".join(lines)


def check(root):
    numbers = {number for _, faults in catalogue(root) for number, _ in faults}
    found = []
    for test in project_tests.all_tests(root):
        for number, _ in test.faults:
            if number not in numbers:
                found.append(f"{test.file}: {test.name} names fault {number}: no such fault")
    path = root / "docs/faults.md"
    if not path.exists() or path.read_text() != table(root):
        found.append("docs/faults.md: not current; run `make docs`")
    return found


if __name__ == "__main__":
    target = project.ROOT / "docs/faults.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text(table(project.ROOT))
    print(target.relative_to(project.ROOT))
