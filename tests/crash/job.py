# SPDX-License-Identifier: Apache-2.0
"""A small job for the crash tests: its files, its exact totals, and how weir is run on it."""

import bz2
import gzip
import os
import pathlib
import random
import sqlite3
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WEIR_BUILD", ROOT / "build"))
WEIR = BUILD / "weir"
FAULT_LIBRARY = BUILD / "tests" / "libfault_point.so"

# Tiny limits, so that one short job spills, commits several times and has files of many units.
SETTINGS = ["fold.unit=2KiB", "fold.memory=64KiB", "fold.batch_keys=300", "fold.entries=200"]


def totals(lines):
    """The exact reference: what the totals of these lines are."""
    sums = {}
    for line in lines:
        fields = line.split(b" ")
        if len(fields) == 2 and all(f.isdigit() and int(f) < 2**63 for f in fields):
            consumer = int(fields[0])
            sums[consumer] = sums.get(consumer, 0) + int(fields[1])
    return sums


def make_files(folder, seed=1):
    """Writes the files of the job; answers their exact totals."""
    choice = random.Random(seed)

    def lines(count, consumers):
        return [b"%d %d" % (choice.randrange(consumers), choice.randrange(10**12))
                for _ in range(count)]

    contents = {
        "one.txt": lines(700, 500),
        "two.txt": lines(300, 40) + [b"bad", b"1 2 3", b"", b"7 9223372036854775808"],
        "three.gz": lines(400, 900),
        "four.bz2": lines(50, 10),
        "empty.txt": [],
    }
    folder.mkdir(parents=True)
    (folder / "below").mkdir()
    for number, (name, rows) in enumerate(contents.items()):
        data = b"".join(row + b"\n" for row in rows)
        packed = {"gz": gzip.compress, "bz2": bz2.compress}.get(name.split(".")[1], bytes)(data)
        (folder / ("below" if number % 2 else ".") / name).write_bytes(packed)
    return totals([row for rows in contents.values() for row in rows])


def command(folder, jobs=1):
    arguments = [str(WEIR), "ingest", str(folder), "-j", str(jobs), "--no-progress"]
    for setting in SETTINGS:
        arguments += ["--set", setting]
    return arguments


def run(arguments, work, fault=None, timeout=60):
    """Runs weir in a folder, with or without a fault; answers its exit status and what it said."""
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(work)}
    if fault is not None:
        environment["LD_PRELOAD"] = str(FAULT_LIBRARY)
        environment.update({f"FAULT_{name.upper()}": str(value) for name, value in fault.items()})
    done = subprocess.run(arguments, cwd=work, env=environment, timeout=timeout,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode(errors="replace")


def stored_totals(database):
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        return dict(connection.execute("SELECT consumer, amount FROM usage"))


def assert_exact(work, expected, context):
    """Totals equal the reference, and the books balance."""
    found = stored_totals(work / "weir.db")
    assert found == expected, f"{context}: {len(found)} consumers, {len(expected)} expected"
    status, said = run([str(WEIR), "verify"], work)
    assert status == 0, f"{context}: verify: {said}"
