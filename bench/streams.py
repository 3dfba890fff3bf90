# SPDX-License-Identifier: Apache-2.0
"""Other ways in than one plain file: a pipe, compressed files, very many small files."""

import shutil

import page
from datasets import Dataset
from main_table import MILLION
from measure import in_turn, warm

PIPE = Dataset("d1m", 80 * MILLION, MILLION)
STORED = Dataset("stored", 20 * MILLION, MILLION)
SMALL = Dataset("small", 9 * MILLION, 10_000)
PARTS = 4
LINES_EACH = 900
# Tool -> (compress to standard output, inflate to standard output).
TOOLS = {".gz": ("gzip -6", "igzip -dc"), ".zst": ("zstd -q -3", "zstd -q -dc")}


def row_of(label, medians, floor, aim):
    weir, least = medians["weir"].seconds, medians[floor].seconds
    return (label, f"{weir:.2f}", f"{least:.2f}", f"`{floor}`", page.times(weir / least),
            f"≤ {aim:g}×", page.verdict(weir <= aim * least))  # fmt: skip


def pipe_row(bench):
    """A pipe can be no faster than the pipe itself, nor than the sum of the file."""
    source = bench.input(PIPE)
    weir = f"'{bench.weir}' sum --no-progress -"
    floor = "cat FILE | cat"
    medians = in_turn({
        "weir": lambda: bench.stopwatch.run(f"cat '{source}' | {weir}", bench.result("weir")),
        "weir sum FILE": lambda: bench.sum(source, name="file"),
        floor: lambda: bench.stopwatch.run(f"cat '{source}' | cat >/dev/null"),
    }, bench.rounds)  # fmt: skip
    bench.check_same("weir", ["file"])
    bench.datasets.done(source)
    slower = max(("weir sum FILE", floor), key=lambda name: medians[name].seconds)
    return row_of("a pipe: `cat FILE \\| weir sum -`", medians, slower, 1.25)


def stored_parts(bench, source):
    """The file in four parts, as plain files in a folder."""
    folder = bench.folder / "parts"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    bench.stopwatch.run(["split", "-n", f"l/{PARTS}", source, folder / "part"])
    return folder


def compressed_rows(bench):
    source = bench.input(STORED)
    bench.sum(source, name="plain")
    parts = stored_parts(bench, source)
    for suffix, (pack, unpack) in TOOLS.items():
        if shutil.which(unpack.split()[0]) is None:
            yield (f"`{suffix}`", "missing: " + unpack.split()[0], *[""] * 5)
            continue
        stored = bench.folder / f"stored{suffix}"
        bench.stopwatch.run(f"{pack} -c '{source}'", output=stored)
        yield compressed_row(bench, f"one `{suffix}`", [stored], f"{unpack} FILE",
                             f"{unpack} '{stored}' >/dev/null")  # fmt: skip
        stored.unlink()
        bench.stopwatch.run(f"ls part?? | xargs -P2 -I@ sh -c '{pack} -c @ >@{suffix}'"
                            .replace("part??", f"{parts}/part??"))  # fmt: skip
        files = sorted(parts.glob(f"part??{suffix}"))
        each = f"ls {parts}/part??{suffix} | xargs -P2 -I@ sh -c '{unpack} @ >/dev/null'"
        yield compressed_row(bench, f"{PARTS} `{suffix}`", files, f"{unpack}, two at a time", each)
    shutil.rmtree(parts)
    bench.datasets.done(source)


def compressed_row(bench, label, files, floor, command):
    for file in files:
        warm(file)
    medians = in_turn({"weir": lambda: bench.sum(*files),
                       floor: lambda: bench.stopwatch.run(command)}, bench.rounds)  # fmt: skip
    bench.check_same("plain", ["weir"])
    return row_of(label, medians, floor, 1.1)


def small_files_row(bench):
    source = bench.input(SMALL)
    folder = bench.folder / "small"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    bench.stopwatch.run(["split", "-a", "5", "-l", LINES_EACH, source, folder / "f"])
    count = sum(1 for _ in folder.iterdir())
    floor = "find FOLDER -type f -exec cat {} +"
    medians = in_turn({
        "weir": lambda: bench.sum(folder),
        "one file": lambda: bench.sum(source, name="file"),
        floor: lambda: bench.stopwatch.run(f"find '{folder}' -type f -exec cat {{}} + >/dev/null"),
    }, bench.rounds)  # fmt: skip
    bench.check_same("file", ["weir"])
    shutil.rmtree(folder)
    bench.datasets.done(source)
    return row_of(f"{count:,} files of {LINES_EACH} lines", medians, floor, 2)


def measure(bench):
    return page.section(
        "A pipe, compressed files, small files",
        "Seconds, medians, each beside a floor: what must be done by anyone before a line can be "
        f"summed. Dense ids; 80 M lines through the pipe, {STORED.lines // MILLION} M lines in the "
        "compressed files. The aims for the pipe and the small files are the benchmark's own.",
        ("input", "weir", "floor", "which is", "ratio", "aim", "reached"),
        [pipe_row(bench), *compressed_rows(bench), small_files_row(bench)],
    )
