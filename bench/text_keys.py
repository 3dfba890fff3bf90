# SPDX-License-Identifier: Apache-2.0
"""Consumers that are text: UUIDs and names."""

import page
from datasets import Dataset
from main_table import MILLION
from measure import in_turn

AIM = 5
CASES = (
    ("UUIDs, 1 M", Dataset("uuid1m", 20 * MILLION, MILLION, ("ids=uuid",)), ("text", "uuid")),
    ("names, 1 M", Dataset("name1m", 20 * MILLION, MILLION, ("ids=name",)), ("text",)),
)


def measure_case(bench, label, dataset, types):
    source = bench.input(dataset)
    contestants = {"weir": lambda: bench.sum(source, settings=("format.key=text",))}
    for engine in bench.engines:
        for keys in types:
            contestants[f"{engine.name}, {keys}"] = (
                lambda engine=engine, keys=keys: bench.ask(engine, source, keys)
            )  # fmt: skip
    medians = in_turn(contestants, bench.rounds)
    bench.check_same("weir", [engine.name for engine in bench.engines])
    bench.datasets.done(source)
    return row_of(label, medians)


def row_of(label, medians):
    weir = medians.pop("weir")
    best = {}
    for name, median in medians.items():
        engine = name.split(",")[0]
        best[engine] = min(best.get(engine, median.seconds), median.seconds)
    cells = [f"{best[n]:.2f}" if n in best else "missing" for n in ("DuckDB", "ClickHouse")]
    ratio = min(best.values()) / weir.seconds if best else None
    beside = (page.times(ratio), page.verdict(ratio >= AIM)) if best else ("missing",) * 2
    return (label, f"{weir.seconds:.2f}", *cells, beside[0], f"≥ {AIM}×", beside[1],
            f"{weir.mib:.0f}")  # fmt: skip


def measure(bench):
    return page.section(
        "Consumers that are text",
        "Seconds, medians; 20 M lines. `weir sum --set format.key=text`. UUIDs are given to DuckDB "
        "and ClickHouse as text and as their own type for them, and the faster counts.",
        ("consumers", "weir", "DuckDB", "ClickHouse", "times as fast", "aim", "reached",
         "weir, peak MiB"),
        [measure_case(bench, *case) for case in CASES],
    )  # fmt: skip
