# SPDX-License-Identifier: Apache-2.0
"""Memory whatever the input, sums within a small cap, one job against two."""

import shutil

import page
from datasets import Dataset
from measure import MIB, in_turn

MILLION = 1_000_000


def ingest(bench, *arguments):
    """`weir ingest` into a database of its own, which is made anew."""
    place = bench.folder / "db"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    return bench.stopwatch.run([bench.weir, "ingest", "--no-progress", "--into",
                                f"sqlite:{place / 'weir.db'}", *arguments])  # fmt: skip


def ingested(bench, name="ingested"):
    """The totals of the last ingest, for bench.check_same."""
    query = "SELECT consumer || ' ' || amount FROM usage"
    bench.stopwatch.run(["sqlite3", bench.folder / "db" / "weir.db", query],
                        output=bench.result(name))  # fmt: skip
    return name


def repeated(copies, source, target):
    """A file of so many copies of another, end to end."""
    with open(target, "wb") as out:
        for _ in range(copies):
            with open(source, "rb") as part:
                shutil.copyfileobj(part, out, 8 * MIB)


def by_input(bench):
    """The same consumers in ever more input: memory stays."""
    seed = bench.input(Dataset("seed", 900_000, 100_000))
    grown = bench.folder / "grown"
    peaks = {"sum": [], "ingest": []}
    rows = []
    for copies in (1, 3, 6) if bench.short else (1, 100, 1000):
        repeated(copies, seed, grown)
        size = f"{grown.stat().st_size / 1e6:,.0f} MB"
        for what, peak in peaks.items():
            run = (bench.sum(grown) if what == "sum" else
                   ingest(bench, grown, "--set", "fold.batch_age=200ms"))  # fmt: skip
            peak.append(run.mib)
            rows.append((f"weir {what}", size, f"{run.seconds:.2f}", f"{run.mib:.1f}",
                         f"{run.mib / peak[min(1, len(peak) - 1)]:.2f}"))  # fmt: skip
    grown.unlink()
    bench.datasets.done(seed)
    return page.section(
        "Memory does not grow with the input",
        "One file, 100,000 consumers. `ingest` commits every 200 ms here, so that the second size, "
        "too, folds one batch while it commits another. The ratio is to the second size.",
        ("command", "input", "seconds", "peak MiB", "ratio"),
        rows,
    )


def in_a_small_cap(bench):
    """Far more consumers than the cap of memory holds."""
    cap = "2MiB" if bench.short else "64MiB"
    limit = f"fold.memory={cap}"
    source = bench.input(Dataset("many", 40 * MILLION, 20 * MILLION))
    bench.reference(source)
    runs = {"weir sum": bench.sum(source, settings=(limit,))}
    bench.check_same("reference", ["weir"])
    runs["weir ingest"] = ingest(bench, source, "--set", limit)
    bench.check_same("reference", [ingested(bench)])
    bench.datasets.done(source)
    return page.section(
        f"20 M consumers in fold.memory = {cap}",
        "40 M lines, two for each consumer. The totals are compared with those of a plain program.",
        ("command", "seconds", "peak MiB"),
        [(name, f"{run.seconds:.1f}", f"{run.mib:.0f}") for name, run in runs.items()],
        "###",
    )


def one_job_against_two(bench):
    source = bench.input(Dataset("big", 60 * MILLION, 100_000))
    rows = []
    for what in ("sum", "ingest"):
        run = {
            "sum": lambda jobs: bench.stopwatch.run(
                [bench.weir, "sum", "--no-progress", "-j", jobs, source]),
            "ingest": lambda jobs: ingest(bench, source, "-j", jobs),
        }[what]  # fmt: skip
        medians = in_turn({jobs: lambda jobs=jobs: run(jobs) for jobs in (1, 2)}, bench.rounds)
        one, two = medians[1].seconds, medians[2].seconds
        rows.append((f"weir {what}", f"{one:.2f}", f"{two:.2f}", page.times(one / two)))
    bench.datasets.done(source)
    return page.section("One job against two", "60 M lines, 100,000 consumers; medians, in turn.",
                        ("command", "-j 1, seconds", "-j 2, seconds", "times as fast"), rows,
                        "###")  # fmt: skip


def measure(bench):
    return [*by_input(bench), *in_a_small_cap(bench), *one_job_against_two(bench)]
