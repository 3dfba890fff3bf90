# SPDX-License-Identifier: Apache-2.0
"""The service: very many files in a folder, what a watch costs that finds nothing, and how long a
file takes from its rename to its total."""

import concurrent.futures
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import time

import page
from measure import Failed, in_turn, say

MANY = 1_000_000
SOME = 10_000
FRESH = 10
ARRIVALS = 100
IDLE_SECONDS = 90
REMOVERS = 16
PATIENCE = 900  # seconds; only a failing run waits so long
LEDGER = "weir ingest, nothing new"


def small_files(folder, first, count):
    """So many files of three lines, no two alike; nobody watches meanwhile."""
    for number in range(first, first + count):
        text = "".join(f"{number * factor % 1000} {number + factor}\n" for factor in (1, 7, 13))
        path = f"{folder}/usage-{number:07d}.txt"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        os.write(descriptor, text.encode())
        os.close(descriptor)


def remove_files(folder):
    """By many at once: a disk that is told of every block that gets free lets one wait for each."""
    names = os.listdir(folder)

    def remove(part):
        for name in part:
            os.unlink(f"{folder}/{name}")

    with concurrent.futures.ThreadPoolExecutor(REMOVERS) as pool:
        list(pool.map(remove, [names[first::REMOVERS] for first in range(REMOVERS)]))


class Watch:
    """`weir watch` over a folder, with default settings, until the block ends."""

    def __init__(self, bench, folder, database):
        self.database = database
        command = [bench.weir, "watch", folder, "--into", f"sqlite:{database}"]
        self.log = open(bench.folder / "watch.log", "wb")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log)  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        self.log.close()
        if status != 0:
            raise Failed(f"weir watch: exit {status}")

    def status(self):
        """What `weir status` shows of it; nothing, while it does not listen yet."""
        with socket.socket(socket.AF_UNIX) as connection, contextlib.suppress(OSError):
            connection.connect(f"{self.database}.sock")
            connection.sendall(b'{"ask":"status"}\n')
            return json.loads(connection.makefile().readline())
        return {"scans": 0}

    def until(self, condition):
        """The first status for which the condition holds."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            status = self.status()
            if condition(status):
                return status
            time.sleep(0.02)
        raise Failed(f"weir watch: not within {PATIENCE} s; {self.status()}")

    def scanned(self, bench):
        """The status after the second scan, the first that need not ask the ledger. It comes once
        the watch hears of arrivals in all folders, or else with the interval."""
        return self.until(lambda status: status["scans"] >= (1 if bench.short else 2))

    def cpu(self):
        """Seconds of user and system so far."""
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak(self):
        lines = open(f"/proc/{self.process.pid}/status").read().split("\n")
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


class Place:
    """A folder of small files, and a database beside it."""

    def __init__(self, bench, name, count):
        self.bench = bench
        self.folder = bench.folder / name
        self.database = bench.folder / f"{name}-db" / "weir.db"
        self.forget()
        self.folder.mkdir()
        self.database.parent.mkdir()
        say(f"  making {count:,} files")
        small_files(self.folder, 0, count)
        self.count = count

    def forget(self):
        if self.folder.exists():
            remove_files(self.folder)
            self.folder.rmdir()
        shutil.rmtree(self.database.parent, ignore_errors=True)

    def add(self, count):
        small_files(self.folder, self.count, count)
        self.count += count

    def ingest(self):
        run = self.bench.stopwatch.run([self.bench.weir, "ingest", "--no-progress", "--into",
                                        f"sqlite:{self.database}", self.folder])  # fmt: skip
        self.check()
        return run

    def check(self):
        """Every file is counted, and its three lines."""
        found = asked(self.database, "SELECT count(*), sum(good) FROM weir_file WHERE state='done'")
        if found != (self.count, 3 * self.count):
            raise Failed(f"{found} files and lines are counted, not {self.count} and three each")


def asked(database, question, *values):
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(question, values).fetchone()


def with_fresh_files(place):
    place.add(FRESH)
    return place.ingest()


def passes(bench, place):
    """Passes over very many files; the floor is what `find` takes that looks at each file."""
    first = place.ingest()
    floor = "find -printf '%s %T@ %i'"
    find = ["find", place.folder, "-type", "f"]
    medians = in_turn({
        floor: lambda: bench.stopwatch.run([*find, "-printf", "%s %T@ %i\n"]),
        "find -type f": lambda: bench.stopwatch.run(find),
        f"weir ingest, {FRESH} new ones": lambda: with_fresh_files(place),
        LEDGER: place.ingest,
    }, bench.rounds)  # fmt: skip
    rows = [("weir ingest, the first time", first), *medians.items()]
    return rows, medians[floor].seconds, medians[LEDGER].seconds


def scans(place, bench):
    """The scans of a watch over files that are counted: the first asks the ledger for each."""
    with Watch(bench, place.folder, place.database) as watch:
        status = watch.scanned(bench)
        return status, watch.cpu(), watch.peak()


def many_files(bench):
    place = Place(bench, "many", MANY // bench.divisor)
    rows, floor, known = passes(bench, place)
    status, cpu, peak = scans(place, bench)
    place.forget()
    took, interval = status["scan_took_ms"] / 1000, status["scan_interval_ms"] / 1000
    table = [(f"`{name}`" if name.startswith("find") else name, f"{run.seconds:.2f}",
              f"{run.cpu:.2f}", f"{run.mib:.0f}", page.times(run.seconds / floor))
             for name, run in rows]  # fmt: skip
    return [
        *page.section(
            f"{MANY // bench.divisor:,} files in a folder",
            "Files of three lines in one folder, into SQLite; seconds, medians but for the first "
            "pass, which comes once. A later pass looks at each file and asks the ledger for it. "
            "The ratio is to `find` that looks at each file, too.",
            ("", "seconds", "CPU s", "peak MiB", "ratio"),
            table,
        ),
        *page.table(("a later pass", "aim", "reached"),
                    [(f"{known:.2f} s", "≤ 10 s a million", page.verdict(known <= 10))]),
        f"`weir watch` over them, default settings: a scan that finds nothing took {took:.2f} s, "
        f"and the next one was put off for {interval:.0f} s, so that scanning takes "
        f"{took / interval:.1%} of the time. Its start, two scans, the first with the ledger, and "
        f"a check of the books, took {cpu:.1f} s of processor time; peak {peak:.0f} MiB.",
        "",
    ]  # fmt: skip


def idle(bench):
    place = Place(bench, "some", SOME // bench.divisor * (20 if bench.short else 1))
    place.ingest()
    with Watch(bench, place.folder, place.database) as watch:
        watch.scanned(bench)
        before, began = watch.cpu(), time.monotonic()
        time.sleep(2 if bench.short else IDLE_SECONDS)
        used, passed = watch.cpu() - before, time.monotonic() - began
        status = watch.status()
    count = place.count
    place.forget()
    share = used / passed
    return page.section(
        "A watch that finds nothing",
        f"Default settings, local disk, for {passed:.0f} s after its first scans.",
        ("files", "CPU s", "share of a core", "aim", "reached", "the last scan", "the next within"),
        [(f"{count:,}", f"{used:.2f}", f"{share:.2%}", "< 1 %", page.verdict(share < 0.01),
          f"{status['scan_took_ms']} ms", f"{status['scan_interval_ms'] / 1000:.0f} s")],
        "###",
    )  # fmt: skip


def arrival(place, connection, number):
    """Seconds from a rename until another program sees the total in the database."""
    name = f"usage-{number}.txt"
    hidden = place.folder / f".{name}"
    hidden.write_text(f"{10**6 + number} {number}\n")
    began = time.monotonic()
    hidden.rename(place.folder / name)
    question = "SELECT amount FROM usage WHERE consumer = ?"
    while connection.execute(question, (10**6 + number,)).fetchone() != (number,):
        if time.monotonic() - began > PATIENCE:
            raise Failed(f"{name} was not counted within {PATIENCE} s")
        time.sleep(0.0005)
    return time.monotonic() - began


def arrivals(bench):
    place = Place(bench, "arrivals", 0)
    choice = random.Random(1)
    with Watch(bench, place.folder, place.database) as watch:
        watch.until(lambda status: status["scans"] >= 1)
        with contextlib.closing(sqlite3.connect(f"file:{place.database}?mode=ro", uri=True,
                                                isolation_level=None)) as connection:  # fmt: skip
            taken = []
            for number in range(1, 1 + (10 if bench.short else ARRIVALS)):
                time.sleep(choice.random() * 0.3)
                taken.append(arrival(place, connection, number))
    place.forget()
    taken.sort()
    median = statistics.median(taken)
    return page.section(
        "From rename to total",
        f"`weir watch`, default settings, local disk; {len(taken)} files of one line, each renamed "
        "into the folder some time after the one before. Milliseconds until another connection "
        "reads its total.",
        ("median", "nine tenths within", "longest", "aim for the median", "reached"),
        [(f"{median * 1000:.0f}", f"{taken[len(taken) * 9 // 10] * 1000:.0f}",
          f"{taken[-1] * 1000:.0f}", "< 1,000", page.verdict(median < 1))],
        "###",
    )  # fmt: skip


def measure(bench):
    return [*many_files(bench), *idle(bench), *arrivals(bench)]
