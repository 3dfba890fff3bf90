#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures weir beside the tools that a user would take instead, and writes docs/benchmarks.md.

  bench.py                    everything; 45 minutes at most, 15 GB of disk at most
  bench.py --only SECTION     one section; the page keeps the others as they are
  bench.py --short            seconds: that all of it works; the figures mean nothing
  bench.py --build DIR        where data and results are: build/bench
  bench.py --venv DIR         where DuckDB and ClickHouse are, or go: build/bench/venv
  bench.py --page FILE        docs/benchmarks.md; the plot lies beside it
  bench.py --weir PROGRAM     build/weir
  bench.py --keep             keep the data for the next run

Totals of all tools are compared in each run, and the run ends where they differ.
"""

import argparse
import datetime
import os
import pathlib
import platform
import sys

import forced
import hostile
import ingest
import main_table
import memory
import page
import peers
import programs
import service
import streams
import text_keys
from datasets import Datasets
from measure import Failed, Stopwatch, say, warm
from peers import first_line

ROOT = pathlib.Path(__file__).resolve().parents[1]
SECTIONS = {
    "main": main_table,
    "forced": forced,
    "text": text_keys,
    "streams": streams,
    "hostile": hostile,
    "ingest": ingest,
    "memory": memory,
    "service": service,
}
SHORT_DIVISOR = 2000


class Bench:
    """What every section works with."""

    def __init__(self, options):
        self.weir = options.weir.resolve()
        self.short = options.short
        self.divisor = SHORT_DIVISOR if options.short else 1
        self.rounds = 1 if options.short else 3
        self.build = options.build.resolve()
        self.folder = self.build / "work"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.venv = options.venv
        self.plot = options.page.resolve().with_suffix(".svg")
        self.programs = programs.build(self.build / "bin")
        self.stopwatch = Stopwatch(self.programs["timed"], self.folder)
        data = self.build / ("data-short" if options.short else "data")
        self.datasets = Datasets(self.programs["lines"], data, self.divisor, options.keep)
        self.engines = peers.engines(self.venv)
        self.line_tools = peers.line_tools()
        self.cases = options.cases

    def chosen(self, cases):
        """Of the main table, those that were asked for."""
        return [case for case in cases if not self.cases or case.dataset.name in self.cases]

    def input(self, dataset):
        """The file of a data set, in the page cache."""
        path = self.datasets.make(dataset)
        warm(path)
        return path

    def result(self, name):
        return self.folder / f"totals-{name.replace(' ', '-')}"

    def sum(self, *sources, name="weir", environment=None, settings=()):
        """`weir sum`; lines that are none are no failure here."""
        words = [word for setting in settings for word in ("--set", setting)]
        return self.stopwatch.run([self.weir, "sum", "--no-progress", *words, *sources],
                                  output=self.result(name), environment=environment,
                                  allowed=(0, 1))  # fmt: skip

    def count(self, source):
        return self.stopwatch.run(["wc", "-l", source], environment={"LC_ALL": "C"})

    def reference(self, source):
        """The totals of a file by a plain program, not measured: for check_same."""
        self.stopwatch.run([self.programs["reference"], source], output=self.result("reference"))

    def ask(self, engine, source, keys="number", order=""):
        return engine.measure(self.stopwatch, source, self.result(engine.name), keys, order)

    def fingerprint(self, name):
        said = self.folder / "fingerprint"
        self.stopwatch.run([self.programs["fingerprint"], self.result(name)], output=said)
        return said.read_text().strip()

    def check_same(self, name, others):
        expected = self.fingerprint(name)
        for other in others:
            if self.fingerprint(other) != expected:
                raise Failed(f"the totals of {other} are not those of {name}: "
                             f"{self.fingerprint(other)}, not {expected}")  # fmt: skip


def opening(bench):
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                if line.startswith("model name")), platform.machine())  # fmt: skip
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    tools = ", ".join(f"{name} ({text})" for name, text in peers.versions(bench.venv).items())
    return [
        "Made by `make bench`, but for the last section. Every table says what was run; each is of "
        "one run, with the tools taking turns on the same files. The queries stand in "
        "`bench/query.py`, the other commands in `bench/peers.py`; `wc`, awk and Miller run with "
        "`LC_ALL=C`. DuckDB and ClickHouse are timed by their own clocks, without the start of "
        "Python and the loading of the engine; all others as whole processes.",
        "",
        f"- Machine: {cpu}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, Linux "
        f"{platform.release()}",
        f"- Date: {datetime.date.today()}",
        f"- weir: {first_line([bench.weir, 'version'])}",
        f"- Beside it: {tools}",
    ]


def write_page(bench, target, sections):
    before = page.sections_of(target.read_text()) if target.exists() else {}
    notes = (ROOT / "bench" / "notes.md").read_text().replace("](../docs/", "](").rstrip()
    known = {**before, **sections}
    target.write_text(page.page(opening(bench), known, SECTIONS, notes.split("\n")))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=SECTIONS, default=[])
    parser.add_argument("--cases", nargs="*", default=[], help="of the main table, by name")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--no-install", action="store_true")
    parser.add_argument("--venv", type=pathlib.Path, default=ROOT / "build" / "bench" / "venv")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "bench")
    parser.add_argument("--page", type=pathlib.Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--weir", type=pathlib.Path, default=ROOT / "build" / "weir")
    return parser.parse_args()


def main():
    options = arguments()
    if not options.no_install:
        peers.install(options.venv)
    bench = Bench(options)
    for name, section in SECTIONS.items():
        if options.only and name not in options.only:
            continue
        lines = section.measure(bench)
        print("\n".join(lines), flush=True)
        write_page(bench, options.page, {name: lines})


if __name__ == "__main__":
    try:
        main()
    except Failed as failed:
        say(f"bench: {failed}")
        sys.exit(1)
