# SPDX-License-Identifier: Apache-2.0
"""`weir ingest` into SQLite beside the best upsert that was found by hand.

The hand-written program (sqlite_upsert.cc) finds the totals sorted in memory, knows its table,
keeps no ledger, and does nothing but add them; several ways of it take part, the fastest counts.
"""

import shutil

import page
from datasets import Dataset
from main_table import MILLION
from measure import Median, in_turn, warm

LINES = Dataset("d1m", 80 * MILLION, MILLION)
COPIES = 8  # of LINES, for a longer ingest
MANY = Dataset("d20m", 60 * MILLION, 20 * MILLION)
ONCE = Dataset("once", MILLION, MILLION, ("spread=ascending", "seed=2"))
COMMIT_AIM, WHOLE_AIM = 1.2, 1.3
# Rows a statement, bytes a page.
BY_HAND = ((250, 32768), (1000, 32768), (1000, 4096))


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


def contest(bench, databases, source, totals, ways=BY_HAND):
    """(ingest, sum, best by hand, the way of that), and the databases are alike."""
    contestants = {
        "weir": lambda: databases.weir(source),
        "sum": lambda: bench.sum(source, name="sum"),
    }
    for way in ways:
        contestants[way] = lambda way=way: databases.by_hand(totals, *way)
    medians = in_turn(contestants, bench.rounds)
    databases.check_same()
    best = min(ways, key=lambda way: medians[way].seconds)
    return medians["weir"], medians["sum"], medians[best], best


def describe(rows, page_bytes):
    return f"{rows} rows a statement, pages of {page_bytes // 1024} KiB"


def totals_of(bench, source, name):
    bench.sum(source, name=name)
    return bench.result(name)


def commit_row(label, weir, folded: Median, hand, way):
    """What an ingest takes beyond the sum: accepting the file, the commit, the checkpoint."""
    commit = max(0, weir.seconds - folded.seconds)
    ratio = commit / hand.seconds
    return (label, f"{weir.seconds:.2f} − {folded.seconds:.2f} = {commit:.2f}",
            f"{hand.seconds:.2f}", describe(*way), page.times(ratio), f"≤ {COMMIT_AIM}×",
            page.verdict(ratio <= COMMIT_AIM))  # fmt: skip


def whole_row(label, weir, folded, hand):
    least = max(folded.seconds, hand.seconds)
    ratio = weir.seconds / least
    return (label, f"{weir.seconds:.2f}", f"{folded.seconds:.2f}", f"{hand.seconds:.2f}",
            page.times(ratio), f"≤ {WHOLE_AIM}×", page.verdict(ratio <= WHOLE_AIM),
            f"{weir.mib:.0f}")  # fmt: skip


def copies(bench, source):
    """A folder with the file several times over."""
    folder = bench.folder / "copies"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number in range(COPIES):
        warm(shutil.copyfile(source, folder / str(number)))
    return folder


def whole_rows(bench, way, lines, once):
    """Whole ingests of ever more; `once` is one that was measured already."""
    yield whole_row("1 M, each consumer once", *once[:3])
    databases = Databases(bench)
    totals = totals_of(bench, lines, "lines")
    one = contest(bench, databases, lines, totals, (way,))
    yield whole_row("80 M, 1 M consumers", *one[:3])
    folder = copies(bench, lines)
    bench.datasets.done(lines)
    totals = totals_of(bench, folder, "lines")
    many = contest(bench, databases, folder, totals, (way,))
    yield whole_row(f"{80 * COPIES} M, 1 M consumers", *many[:3])
    shutil.rmtree(folder)
    source = bench.input(MANY)
    totals = totals_of(bench, source, "lines")
    yield whole_row("60 M, 20 M consumers", *contest(bench, databases, source, totals, (way,))[:3])
    bench.datasets.done(source)
    shutil.rmtree(databases.folder)


def measure(bench):
    databases = Databases(bench)
    lines, once = bench.input(LINES), bench.input(ONCE)
    once_totals = totals_of(bench, once, "once")
    into_empty = contest(bench, databases, once, once_totals)
    contest(bench, databases, lines, totals_of(bench, lines, "lines"))
    databases.keep()
    into_full = contest(bench, databases, once, once_totals)
    bench.datasets.done(once)
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
            "Into an empty table. The ratio is to the larger of the two parts; where there is one "
            "batch the parts follow each other, since a sum is final when the last line was read.",
            ("lines", "weir ingest", "weir sum", "upsert by hand", "ratio", "aim", "reached",
             "peak MiB"),
            list(whole_rows(bench, into_empty[3], lines, into_empty)), "###"),
    ]  # fmt: skip
