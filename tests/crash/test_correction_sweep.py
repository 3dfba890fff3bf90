# SPDX-License-Identifier: Apache-2.0
"""Commands that change what was counted, and the migration of an older database, are killed, torn,
or refused by the disk at every write-like call. After each fault the totals are those of before or
those of after, and the books balance; the same command again makes it those of after.
"""

import concurrent.futures
import itertools
import pathlib
import shutil
import sqlite3
import tempfile

import pytest

import job

ACTIONS = ["kill", "tear", "ENOSPC"]
WORKERS = 2
OLD_STATEMENTS = (job.ROOT / "tests" / "support" / "schema_1.sql").read_text()
# What the old statements hold.
OLD_TOTALS = {0: 6790, 1: 6572, 2: 6624, 3: 7676, 4: 6728, 5: 285, 6: 300, 100: -7}


def weir(*arguments):
    return [str(job.WEIR), *arguments]


def ask(work, query):
    """Not as a reader only: a journal that was left must be rolled back first."""
    connection = sqlite3.connect(work / "weir.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def history_totals(work):
    return dict(ask(work, "SELECT consumer, sum(amount) FROM usage_history GROUP BY consumer"))


@pytest.fixture(scope="module")
def template():
    """A database with history of two files, and a third file to put in the place of one."""
    with tempfile.TemporaryDirectory(prefix="weir-corrections-") as folder:
        work = pathlib.Path(folder) / "template"
        work.mkdir()
        for name, first in (("a", 0), ("b", 200), ("c", 350)):
            (work / name).write_bytes(
                b"".join(b"%d %d\n" % (key, key + 1) for key in range(first, first + 400)))
        status, said = job.run(weir("ingest", "a", "b", "--no-progress", "-j", "1", "--set",
                                    "store.keep=history"), work)
        assert status == 0, said
        yield work


def totals_of(*names):
    """The exact reference: consumer k of a file has the amount k + 1; others that were counted once
    have 0."""
    first = {"a": 0, "b": 200, "c": 350}
    totals = dict.fromkeys(range(600), 0)
    for name in names:
        for key in range(first[name], first[name] + 400):
            totals[key] = totals.get(key, 0) + key + 1
    return totals


def sweep(template, command, check, over=None):
    """Every write of every thread, in the order in which they come; answers how many. `over`: what
    the command may say when it is given again, and had been carried out."""
    def walk(action):
        for at in itertools.count(1):
            work = template.parent / f"{action}-{at}"
            shutil.copytree(template, work)
            hit = work / "hit"
            status, said = job.run(command, work, {"action": action, "at": at, "hit": hit})
            if not hit.exists():
                shutil.rmtree(work)
                return at - 1
            context = f"{command[1]}: {action} at {at}"
            assert status == -9 if action in ("kill", "tear") else status >= 0, f"{context}: {said}"
            check(work, status == 0, context)
            status, said = job.run(command, work)
            assert status == 0 or (over and over in said), f"{context}: again: {said}"
            check(work, True, context)
            shutil.rmtree(work)

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        points = sum(pool.map(walk, ACTIONS))
    print(f"\ncorrection sweep: {command[1]} at {points} points")
    return points


def check_totals(work, allowed, context):
    found = job.stored_totals(work / "weir.db")
    assert found in allowed, f"{context}: {len(found)} consumers"
    assert {k: v for k, v in history_totals(work).items() if v} == \
        {k: v for k, v in found.items() if v}, context
    status, said = job.run(weir("verify"), work)
    assert status == 0, f"{context}: verify: {said}"


# faults 1, 4, 22 (of corrections)
def test_revoke(template):
    before, after = totals_of("a", "b"), totals_of("a")

    def check(work, done, context):
        check_totals(work, [after] if done else [before, after], context)

    assert sweep(template, weir("revoke", str(template / "b")), check) > 20


# faults 1, 4, 22 (of corrections)
def test_replace(template):
    before, after = totals_of("a", "b"), totals_of("a", "c")

    def check(work, done, context):
        check_totals(work, [after] if done else [before, after], context)

    command = weir("replace", str(template / "b"), str(template / "c"), "--no-progress", "--set",
                   "store.keep=history")
    assert sweep(template, command, check, over="already (done)") > 20


# faults 1, 4, 22 (of a roll-up)
def test_roll_up(template):
    old = template.parent / "old"
    shutil.copytree(template, old)
    with sqlite3.connect(old / "weir.db") as connection:  # as if all had been accepted long ago
        connection.execute("UPDATE usage_history SET at = 1777863721")
        connection.execute("UPDATE weir_file SET accepted_at = 1777863721000000000")
    connection.close()
    totals = totals_of("a", "b")

    def check(work, done, context):
        check_totals(work, [totals], context)
        periods = ask(work, "SELECT DISTINCT period FROM usage_history")
        assert periods == [("day",)] or not done, context

    assert sweep(old, weir("roll-up", "--older-than", "1d", "--into", "day"), check) > 20


# fault 11 (whole commands)
def test_migration(template):
    old = template.parent / "schema-1"
    old.mkdir()
    connection = sqlite3.connect(old / "weir.db")
    connection.executescript(OLD_STATEMENTS)
    connection.close()

    def check(work, done, context):
        assert dict(ask(work, "SELECT consumer, amount FROM usage")) == OLD_TOTALS, context
        version = ask(work, "SELECT value FROM weir_meta WHERE name = 'schema_version'")
        columns = len(ask(work, "SELECT name FROM pragma_table_info('weir_file')"))
        assert (version, columns) in ([([("2",)], 30)] if done else
                                      [([("1",)], 24), ([("2",)], 30)]), context
        if done:
            status, said = job.run(weir("verify"), work)
            assert status == 0, f"{context}: verify: {said}"

    assert sweep(old, weir("init"), check) > 20
