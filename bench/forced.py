# SPDX-License-Identifier: Apache-2.0
"""Each way of the vector code, forced by WEIR_VECTORS: what a machine without the newest has."""

import page
from datasets import Dataset
from main_table import MILLION
from measure import in_turn, say

SWITCH = "WEIR_VECTORS"
CASES = (
    ("dense, 10 K", Dataset("d10k", 80 * MILLION, 10_000)),
    ("dense, 1 M", Dataset("d1m", 80 * MILLION, MILLION)),
    ("dense, 20 M", Dataset("d20m", 60 * MILLION, 20 * MILLION)),
    ("sparse, 1 M", Dataset("s1m", 40 * MILLION, MILLION, ("ids=sparse",))),
)


def measure_case(bench, label, dataset):
    source = bench.input(dataset)
    contestants = {"weir": lambda: bench.sum(source)}
    for way in ("avx2", "portable"):
        contestants[way] = lambda way=way: bench.sum(source, name=way, environment={SWITCH: way})
    for engine in bench.engines:
        if engine.key == "duckdb":
            contestants["DuckDB"] = lambda engine=engine: bench.ask(engine, source)
    medians = in_turn(contestants, bench.rounds)
    bench.check_same("weir", [name for name in contestants if name != "weir"])
    bench.datasets.done(source)
    return row_of(label, medians)


def row_of(label, medians):
    seconds = {name: median.seconds for name, median in medians.items()}
    of_best = seconds["avx2"] / seconds["weir"]
    half = page.verdict(of_best <= 2) if label.startswith("dense") else ""
    duckdb = seconds.get("DuckDB")
    beside = (
        (f"{duckdb:.2f}", page.times(duckdb / seconds["portable"]),
         page.verdict(seconds["portable"] < duckdb))
        if duckdb else ("missing",) * 3
    )  # fmt: skip
    return (label, f"{seconds['weir']:.2f}", f"{seconds['avx2']:.2f}", page.times(of_best), half,
            f"{seconds['portable']:.2f}", *beside)  # fmt: skip


def measure(bench):
    if SWITCH.encode() not in bench.weir.read_bytes():
        say(f"missing: this weir does not know {SWITCH}; the section is left out")
        return ["## Without the newest vectors", "", f"This weir does not know `{SWITCH}`.", ""]
    return page.section(
        "Without the newest vectors",
        f"Seconds, medians; `{SWITCH}=avx2` and `{SWITCH}=portable` beside what this machine "
        "chooses by itself. The aims: AVX2 takes at most twice as long on dense ids; the portable "
        "way is faster than DuckDB.",
        ("consumers", "weir", "AVX2", "ratio", "reached", "portable", "DuckDB",
         "portable: times as fast", "reached"),
        [measure_case(bench, label, dataset) for label, dataset in CASES],
    )  # fmt: skip
