# SPDX-License-Identifier: Apache-2.0
"""Data that is made to hurt, beside uniform data of as many lines."""

import dataclasses

import page
from datasets import Dataset
from main_table import MILLION
from measure import in_turn

AIM = 4
LINES = 20 * MILLION
SPARSE = ("ids=sparse",)
UNIFORM = {
    "dense": Dataset("uniform-dense", LINES, MILLION),
    "sparse": Dataset("uniform-sparse", LINES, MILLION, SPARSE),
}
# What it is, which uniform data it is beside, what its shape adds to that.
CASES = (
    ("one consumer", "dense", ("spread=one",)),
    ("one consumer, 63 bits", "sparse", ("spread=one",)),
    ("all ids equal modulo 2^32", "sparse", ("spread=stride",)),
    ("descending", "dense", ("spread=descending",)),
    ("descending, 63 bits", "sparse", ("spread=descending",)),
    ("ascending, 63 bits", "sparse", ("spread=ascending",)),
    ("20 digits", "sparse", ("digits=20",)),
    ("every second line bad", "dense", ("bad=1",)),
    ("CRLF", "dense", ("ending=crlf",)),
    ("CRLF, 63 bits", "sparse", ("ending=crlf",)),
)


def measure_case(bench, label, kind, uniform, added):
    name = "hostile-" + "-".join(added).replace("=", "-") + "-" + kind
    dataset = dataclasses.replace(UNIFORM[kind], name=name, shape=UNIFORM[kind].shape + added)
    source = bench.input(dataset)
    medians = in_turn({"hostile": lambda: bench.sum(source, name="hostile"),
                       "uniform": lambda: bench.sum(uniform)}, bench.rounds)  # fmt: skip
    bench.reference(source)
    bench.check_same("reference", ["hostile"])
    bench.datasets.done(source)
    hostile, plain = medians["hostile"], medians["uniform"]
    ratio = hostile.seconds / plain.seconds
    return (label, f"{hostile.seconds:.2f}", f"{plain.seconds:.2f}", kind, page.times(ratio),
            f"≤ {AIM}×", page.verdict(ratio <= AIM), f"{hostile.mib:.0f}")  # fmt: skip


def measure(bench):
    uniform = {kind: bench.input(dataset) for kind, dataset in UNIFORM.items()}
    rows = [measure_case(bench, label, kind, uniform[kind], added) for label, kind, added in CASES]
    for path in uniform.values():
        bench.datasets.done(path)
    return page.section(
        "Hostile data",
        f"Seconds, medians; {LINES // MILLION} M lines, 1 M consumers unless said. Beside it "
        "uniform data of as many lines. Totals are compared with those of a plain program.",
        ("data", "weir", "uniform", "which is", "ratio", "aim", "reached", "peak MiB"),
        rows,
    )
