#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures weir: memory whatever the input, sums in a small cap, one job against two.

  bench.py [--short] [--folder DIR] [--write docs/benchmarks.md]

Every figure of a table comes from one run, and totals are checked where they are known. The short
form is a test: it makes small files and measures once, so that the program cannot rot.
"""

import argparse
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
WEIR = ROOT / "build" / "weir"
MIB = 1 << 20


class Measured:
    """Wall seconds and peak resident memory of a command, by GNU time."""

    def __init__(self, arguments, folder, stdout=subprocess.DEVNULL):
        figures = folder / "figures"
        command = ["/usr/bin/time", "-q", "-o", figures, "-f", "%e %M", *map(str, arguments)]
        done = subprocess.run(command, cwd=folder, stdout=stdout, stderr=subprocess.PIPE,
                              check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"{arguments}: {done.returncode}\n{done.stderr.decode(errors='replace')}")
        seconds, kib = figures.read_text().split()[-2:]
        self.seconds = float(seconds)
        self.mib = int(kib) / 1024


def generate(folder, totals=None, **options):
    arguments = [WEIR, "generate", folder, "--quiet"]
    for name, value in options.items():
        arguments += [f"--{name}", str(value)]
    if totals is not None:
        arguments += ["--totals", totals]
    subprocess.run([str(a) for a in arguments], check=True)


def same(left, right):
    return subprocess.run(["cmp", "-s", left, right], check=False).returncode == 0


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def table(title, note, head, rows):
    return [f"### {title}", "", note, "", row(*head), row(*["---"] * len(head)), *rows, ""]


def repeated(copies, source, target):
    """A file of so many copies of another, end to end."""
    with open(target, "wb") as out:
        for _ in range(copies):
            with open(source, "rb") as part:
                shutil.copyfileobj(part, out, 8 * MIB)


def memory_by_input(folder, short):
    """The same consumers in ever more input: memory stays."""
    generate(folder / "seed", files=1, lines=100_000 if short else 900_000, consumers=100_000,
             seed=1)
    seed = next((folder / "seed").iterdir())
    peaks = {"sum": [], "ingest": []}
    rows = []
    for copies in (1, 3, 6) if short else (1, 100, 1000):
        grown = folder / "grown"
        grown.mkdir()
        repeated(copies, seed, grown / "usage.txt")
        size = (grown / "usage.txt").stat().st_size
        for what, peak in peaks.items():
            (folder / "db").mkdir()
            often = ["--set", "fold.batch_age=200ms"] if what == "ingest" else []
            measured = Measured([WEIR, what, grown, "--no-progress", *often], folder / "db")
            shutil.rmtree(folder / "db")
            peak.append(measured.mib)
            ratio = measured.mib / peak[min(1, len(peak) - 1)]
            rows.append(row(f"weir {what}", f"{size / 1e6:,.0f} MB", f"{measured.seconds:.2f}",
                            f"{measured.mib:.1f}", f"{ratio:.2f}"))
        shutil.rmtree(grown)
    return table("Memory does not grow with the input",
                 "One file, 100,000 consumers. `ingest` commits every 200 ms here, so that the "
                 "second size, too, folds one batch while it commits another. The ratio is to the "
                 "second size.",
                 ["command", "input", "seconds", "peak MiB", "ratio"], rows)


def many_consumers(folder, short):
    """Far more consumers than the cap of memory holds."""
    consumers = 200_000 if short else 20_000_000
    cap = "2MiB" if short else "64MiB"
    generate(folder / "many", totals=folder / "totals", files=4, lines=consumers // 2,
             consumers=consumers, seed=2)
    rows = []
    with open(folder / "sums", "wb") as sums:
        measured = Measured([WEIR, "sum", folder / "many", "--no-progress", "--set",
                             f"fold.memory={cap}"], folder, sums)
    exact = same(folder / "sums", folder / "totals")
    rows.append(row("weir sum", f"{measured.seconds:.1f}", f"{measured.mib:.0f}", exact))
    (folder / "db").mkdir()
    measured = Measured([WEIR, "ingest", folder / "many", "--no-progress", "--set",
                         f"fold.memory={cap}"], folder / "db")
    with open(folder / "sums", "wb") as sums:
        subprocess.run(["sqlite3", "-separator", " ", folder / "db" / "weir.db",
                        "SELECT consumer, amount FROM usage ORDER BY consumer"], stdout=sums,
                       check=True)
    exact = exact and same(folder / "sums", folder / "totals")
    rows.append(row("weir ingest", f"{measured.seconds:.1f}", f"{measured.mib:.0f}", exact))
    if not exact:
        sys.exit("the totals are not exact")
    return table(f"{consumers:,} consumers in fold.memory = {cap}",
                 f"{consumers * 2:,} lines; the totals are compared with the generator's own.",
                 ["command", "seconds", "peak MiB", "exact"], rows)


def one_job_against_two(folder, short):
    """Scaling on one big file, and on many small ones."""
    generate(folder / "big", files=1, lines=300_000 if short else 60_000_000, consumers=100_000,
             seed=3)
    count = 200 if short else 10_000
    generate(folder / "small", files=count, lines=900, consumers=10_000, seed=4)
    rows = []
    for name in ("big", "small"):
        for what in ("sum", "ingest"):
            seconds = {1: [], 2: []}
            for _ in range(1 if short else 3):
                for jobs in (1, 2):
                    (folder / "db").mkdir()
                    seconds[jobs].append(Measured([WEIR, what, folder / name, "-j", jobs,
                                                   "--no-progress"], folder / "db").seconds)
                    shutil.rmtree(folder / "db")
            one, two = statistics.median(seconds[1]), statistics.median(seconds[2])
            rows.append(row(f"weir {what}", "one big file" if name == "big" else f"{count:,} files",
                            f"{one:.2f}", f"{two:.2f}", f"{one / max(two, 0.01):.2f}"))
    return table("One job against two", "Medians of three, in turn.",
                 ["command", "input", "-j 1, seconds", "-j 2, seconds", "faster"], rows)


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                if line.startswith("model name")), "unknown")
    version = subprocess.run([WEIR, "version"], capture_output=True, check=True, text=True).stdout
    return f"{version.splitlines()[0]}; {cpu}, Linux {platform.release()}."


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--write", type=pathlib.Path)
    options = parser.parse_args()
    lines = ["# Benchmarks", "", "Made by `make bench`; each table is of one run. " + machine(), "",
             "## Memory and scaling", ""]
    for measure in (memory_by_input, many_consumers, one_job_against_two):
        with tempfile.TemporaryDirectory(prefix="weir-bench-", dir=options.folder) as folder:
            section = measure(pathlib.Path(folder), options.short)
        print("\n".join(section), flush=True)
        lines += section
    if options.write:
        options.write.write_text("\n".join(lines).rstrip() + "\n")


if __name__ == "__main__":
    main()
