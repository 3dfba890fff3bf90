# SPDX-License-Identifier: Apache-2.0
"""Runs every check, a line each, and writes the verdicts as a JUnit report.

usage: check.py [--report FILE] [NAME…]
"""

import argparse
import importlib
import sys
import time
from xml.sax.saxutils import escape, quoteattr

import project

CHECKS = {
    "layers": "includes follow the order of the folders",
    "seams": "no clock, file, thread or randomness outside the seams",
    "shape": "functions, headers, sources, lines and the root are small",
    "names": "names say something; licence lines; no loose ends",
    "docs": "tests, links and commands that the documents name exist; tables are current",
    "format": "clang-format",
    "tidy": "clang-tidy",
    "arm": "the hot loops compile for ARM",
}


def run(name):
    """(complaints, seconds) of one check; one that breaks has failed."""
    begin = time.monotonic()
    try:
        complaints = importlib.import_module(f"check_{name}").check(project.ROOT)
    except Exception as error:  # whatever it is, the other checks still run
        complaints = [f"the check itself broke: {type(error).__name__}: {error}"]
    return complaints, time.monotonic() - begin


def report(results):
    lines = [f'<testsuite name="check" tests="{len(results)}">']
    for name, (complaints, seconds) in results.items():
        lines.append(f'<testcase classname="check" name={quoteattr(name)} time="{seconds:.2f}">')
        if complaints:
            lines.append(f"<failure>{escape(chr(10).join(complaints))}</failure>")
        lines.append("</testcase>")
    return "\n".join([*lines, "</testsuite>", ""])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--report")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    results = {}
    for name in options.names or CHECKS:
        results[name] = run(name)
        complaints, seconds = results[name]
        verdict = "FAILED" if complaints else "ok"
        print(f"{verdict:6} {name:8} {CHECKS[name]} ({seconds:.1f} s)", flush=True)
        for complaint in complaints:
            print(f"  {complaint}", flush=True)
    if options.report:
        with open(options.report, "w", encoding="utf-8") as file:
            file.write(report(results))
    sys.exit(1 if any(complaints for complaints, _ in results.values()) else 0)


if __name__ == "__main__":
    main()
