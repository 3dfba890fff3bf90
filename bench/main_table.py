# SPDX-License-Identifier: Apache-2.0
"""`weir sum` beside what a user would take instead, on the same files: the main table."""

import dataclasses

import page
from datasets import Dataset
from measure import in_turn, say

MILLION = 1_000_000
SPARSE, ZIPF = ("ids=sparse",), ("spread=zipf",)


@dataclasses.dataclass(frozen=True)
class Case:
    """A data set, and what is aimed at with it."""

    label: str
    dataset: Dataset
    faster: float  # times the faster of DuckDB and ClickHouse, at least
    mib: int = 512  # peak, at most
    of_wc: float | None = None  # times `wc -l`, at most


CASES = (
    Case("dense, 10 K", Dataset("d10k", 80 * MILLION, 10_000), 20, 64, 1.5),
    Case("dense, 1 M", Dataset("d1m", 80 * MILLION, MILLION), 20, of_wc=1.5),
    Case("dense, 20 M", Dataset("d20m", 60 * MILLION, 20 * MILLION), 12),
    Case("sparse, 10 K", Dataset("s10k", 40 * MILLION, 10_000, SPARSE), 8, 64),
    Case("sparse, 1 M", Dataset("s1m", 40 * MILLION, MILLION, SPARSE), 6),
    Case("sparse, 20 M", Dataset("s20m", 40 * MILLION, 20 * MILLION, SPARSE), 6),
    Case("zipf, dense, 1 M", Dataset("zd1m", 80 * MILLION, MILLION, ZIPF), 15),
    Case("zipf, sparse, 20 M", Dataset("zs20m", 40 * MILLION, 20 * MILLION, SPARSE + ZIPF), 5),
)
LINE_TOOL_SHARE = 10  # they take one in so many lines


@dataclasses.dataclass
class Result:
    case: Case
    bytes: int
    medians: dict  # name -> Median
    line_tools: dict  # name -> Run, scaled to all lines
    sorted_seconds: float | None


def measure_case(bench, case):
    say(f"{case.label}:")
    source = bench.input(case.dataset)
    contestants = {"weir": lambda: bench.sum(source), "wc -l": lambda: bench.count(source)}
    for engine in bench.engines:
        contestants[engine.name] = lambda engine=engine: bench.ask(engine, source)
    medians = in_turn(contestants, bench.rounds)
    bench.check_same("weir", [engine.name for engine in bench.engines])
    in_order = None
    for engine in bench.engines:
        if engine.key == "duckdb":
            in_order = bench.ask(engine, source, order="sorted").seconds
    result = Result(case, source.stat().st_size, medians, {}, in_order)
    result.line_tools = measure_line_tools(bench, source, case)
    bench.datasets.done(source)
    say("  " + ", ".join(f"{name} {m.seconds:.2f} s" for name, m in medians.items()))
    return result


def measure_line_tools(bench, source, case):
    """awk and its like, once, on a tenth of the lines."""
    part = bench.folder / "tenth"
    lines = case.dataset.lines // bench.divisor // LINE_TOOL_SHARE
    bench.stopwatch.run(["head", "-n", lines, source], output=part)
    bench.sum(part)
    found = {}
    for name, command in bench.line_tools.items():
        run = bench.stopwatch.run([*command, part], output=bench.result(name),
                                  environment={"LC_ALL": "C"})  # fmt: skip
        found[name] = dataclasses.replace(run, seconds=run.seconds * LINE_TOOL_SHARE)
    bench.check_same("weir", list(found))
    part.unlink()
    return found


def ratio(result):
    """How many times as fast as the faster engine; None where there is none."""
    rivals = [m.seconds for name, m in result.medians.items() if name in ("DuckDB", "ClickHouse")]
    return min(rivals) / result.medians["weir"].seconds if rivals else None


def speed_row(result):
    faster = ratio(result)
    seconds = [
        f"{result.medians[name].seconds:.2f}" if name in result.medians else "missing"
        for name in ("weir", "DuckDB", "ClickHouse")
    ]
    return (
        result.case.label,
        f"{result.bytes / 1e6:,.0f}",
        *seconds,
        f"{result.sorted_seconds:.2f}" if result.sorted_seconds else "missing",
        page.times(faster) if faster else "missing",
        f"≥ {result.case.faster:g}×",
        page.verdict(faster >= result.case.faster) if faster else "missing",
        f"{result.medians['weir'].cpu:.2f}",
    )


def memory_row(result):
    medians = result.medians
    peers = [f"{medians[n].mib:,.0f}" if n in medians else "missing" for n in
             ("DuckDB", "ClickHouse")]  # fmt: skip
    mib = medians["weir"].mib
    return (result.case.label, f"{mib:,.0f}", f"≤ {result.case.mib}",
            page.verdict(mib <= result.case.mib), *peers)  # fmt: skip


def wc_row(result):
    of_wc = result.medians["weir"].seconds / result.medians["wc -l"].seconds
    aim = result.case.of_wc
    return (
        result.case.label,
        f"{result.medians['wc -l'].seconds:.3f}",
        f"{result.medians['weir'].seconds:.3f}",
        page.times(of_wc),
        f"≤ {aim:g}×" if aim else "",
        page.verdict(of_wc <= aim) if aim else "",
    )


def line_tool_row(result, names):
    weir = result.medians["weir"].seconds
    cells = [
        f"{result.line_tools[name].seconds:.0f} ({result.line_tools[name].seconds / weir:,.0f}×)"
        if name in result.line_tools else "missing" for name in names
    ]  # fmt: skip
    return (result.case.label, f"{weir:.2f}", *cells)


def plot(results):
    names = ("weir", "DuckDB", "ClickHouse", "wc -l")
    groups = [
        (r.case.label, [r.medians[n].seconds if n in r.medians else None for n in names])
        for r in results
    ]
    return page.bars("Sums by consumer, seconds (two cores, about 1 GB)", groups, names)


def measure(bench):
    results = [measure_case(bench, case) for case in bench.chosen(CASES)]
    bench.plot.write_text(plot(results))
    names = ("gawk", "mawk", "Miller")
    return [
        *page.section(
            "Sums by consumer",
            "Seconds, medians. `weir sum FILE` against the same query in DuckDB and ClickHouse, "
            "all from the page cache, on two cores, with the result written to a file. weir's "
            "result is in order of consumers and theirs is not; DuckDB with `ORDER BY` is beside. "
            "The ratio is to the faster of the two without order. All totals were compared.",
            ("consumers", "MB", "weir", "DuckDB", "ClickHouse", "DuckDB, in order",
             "times as fast", "aim", "reached", "weir, CPU s"),
            [speed_row(result) for result in results],
        ),
        f"![seconds by tool]({bench.plot.name})",
        "",
        *page.section("Peak memory, MiB", "Of the same runs; the highest. Default settings.",
                      ("consumers", "weir", "aim", "reached", "DuckDB", "ClickHouse"),
                      [memory_row(result) for result in results], "###"),
        *page.section("Beside `wc -l`", "Which reads the file and counts its lines: the floor for "
                      "one thread.", ("consumers", "wc -l", "weir", "ratio", "aim", "reached"),
                      [wc_row(result) for result in results], "###"),
        *page.section("Beside tools that take line by line",
                      f"Seconds, **scaled**: once, on a {LINE_TOOL_SHARE}th of the lines, times "
                      f"{LINE_TOOL_SHARE}. In brackets how many times as fast weir is.",
                      ("consumers", "weir", *names),
                      [line_tool_row(result, names) for result in results], "###"),
    ]  # fmt: skip
