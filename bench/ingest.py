# SPDX-License-Identifier: Apache-2.0
"""`weir ingest` into SQLite beside the best upsert that was found by hand.

The hand-written program (sqlite_upsert.cc) finds the totals sorted in memory, knows its table,
keeps no ledger, and does nothing but add them; several ways of it take part, the fastest counts.
"""

import shutil

import page
from datasets import Dataset
from main_table import MILLION
from measure import Median, in_turn

LINES = Dataset("d1m", 80 * MILLION, MILLION)
ONCE = Dataset("once", MILLION, MILLION, ("spread=ascending", "seed=2"))
COMMIT_AIM, WHOLE_AIM = 1.2, 1.3
# Rows a statement (0: one statement over a virtual table), bytes a page.
BY_HAND = ((0, 32768), (250, 32768), (1000, 32768), (0, 4096), (250, 4096))


class Databases:
    """A database for each contestant, put back before each run to what it was."""

    def __init__(self, bench):
        self.bench = bench
        self.folder = bench.folder / "databases"
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "before").mkdir(parents=True)

    def weir(self, source):
        path = self.fresh("weir")
        return self.bench.stopwatch.run([self.bench.weir, "ingest", "--no-progress", "--into",
                                         f"sqlite:{path}", source])  # fmt: skip

    def by_hand(self, totals, rows, page_bytes):
        """By its own clock: from BEGIN until the log is written back and the database closed."""
        path = self.fresh(self.name(rows, page_bytes))
        said = self.bench.folder / "upserted"
        run = self.bench.stopwatch.run([self.bench.programs["sqlite_upsert"], path, totals, rows,
                                        page_bytes], output=said)  # fmt: skip
        _, seconds = said.read_text().split()
        return type(run)(float(seconds), run.cpu, run.mib)

    @staticmethod
    def name(rows, page_bytes):
        return f"{rows} rows, {page_bytes}"

    def fresh(self, name):
        """As keep() found it; none where nothing was kept."""
        folder = self.folder / "now" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        before = self.folder / "before" / name
        if before.exists():
            shutil.copytree(before, folder, dirs_exist_ok=True)
        return folder / "weir.db"

    def keep(self):
        """From now on each begins with what it holds now."""
        shutil.rmtree(self.folder / "before")
        (self.folder / "now").rename(self.folder / "before")

    def check_same(self):
        """Each table holds the same."""
        names = [folder.name for folder in (self.folder / "now").iterdir()]
        for name in names:
            self.bench.stopwatch.run(["sqlite3", self.folder / "now" / name / "weir.db",
                                      "SELECT consumer || ' ' || amount FROM usage"],
                                     output=self.bench.result(name))  # fmt: skip
        self.bench.check_same("weir", [name for name in names if name != "weir"])


def contest(bench, databases, source, totals):
    """(ingest, sum, best by hand, the way of that), and the databases are alike."""
    contestants = {
        "weir": lambda: databases.weir(source),
        "sum": lambda: bench.sum(source, name="sum"),
    }
    for way in BY_HAND:
        contestants[way] = lambda way=way: databases.by_hand(totals, *way)
    medians = in_turn(contestants, bench.rounds)
    databases.check_same()
    best = min(BY_HAND, key=lambda way: medians[way].seconds)
    return medians["weir"], medians["sum"], medians[best], describe(*best)


def describe(rows, page_bytes):
    how = f"{rows} rows a statement" if rows else "one statement over a virtual table"
    return f"{how}, pages of {page_bytes // 1024} KiB"


def totals_of(bench, source, name):
    bench.sum(source, name=name)
    return bench.result(name)


def commit_row(label, weir, folded: Median, hand, way):
    """What an ingest takes beyond the sum: accepting the file, the commit, the checkpoint."""
    commit = max(0, weir.seconds - folded.seconds)
    ratio = commit / hand.seconds
    return (label, f"{weir.seconds:.2f} − {folded.seconds:.2f} = {commit:.2f}",
            f"{hand.seconds:.2f}", way, page.times(ratio), f"≤ {COMMIT_AIM}×",
            page.verdict(ratio <= COMMIT_AIM))  # fmt: skip


def whole_row(label, weir, folded, hand):
    least = max(folded.seconds, hand.seconds)
    ratio = weir.seconds / least
    return (label, f"{weir.seconds:.2f}", f"{folded.seconds:.2f}", f"{hand.seconds:.2f}",
            page.times(ratio), f"≤ {WHOLE_AIM}×", page.verdict(ratio <= WHOLE_AIM),
            f"{weir.mib:.0f}")  # fmt: skip


def measure(bench):
    databases = Databases(bench)
    lines, once = bench.input(LINES), bench.input(ONCE)
    lines_totals = totals_of(bench, lines, "lines")
    once_totals = totals_of(bench, once, "once")
    into_empty = contest(bench, databases, once, once_totals)
    whole = contest(bench, databases, lines, lines_totals)
    databases.keep()
    into_full = contest(bench, databases, once, once_totals)
    bench.datasets.done(lines)
    bench.datasets.done(once)
    shutil.rmtree(databases.folder)
    return [
        *page.section(
            "Ingest into SQLite",
            "Seconds, medians; WAL, synchronous=FULL. A million sorted totals into the table, by "
            "`weir ingest` (less the time of `weir sum` for the same file, so that what is left is "
            "accepting the file, the ledger, the commit and the checkpoint) and by the best upsert "
            "written by hand (begin, upsert, commit, checkpoint, close).",
            ("table", "weir", "by hand", "which is", "ratio", "aim", "reached"),
            [commit_row("empty", *into_empty),
             commit_row("holds the consumers", *into_full)],
        ),
        *page.section(
            "The whole of an ingest",
            "Into an empty table; the ratio is to the larger of the two parts.",
            ("lines", "weir ingest", "weir sum", "upsert by hand", "ratio", "aim", "reached",
             "peak MiB"),
            [whole_row("80 M, 1 M consumers", *whole[:3]),
             whole_row("1 M, 1 M consumers", *into_empty[:3])], "###"),
    ]  # fmt: skip
