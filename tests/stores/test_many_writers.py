# SPDX-License-Identifier: Apache-2.0
"""Eight processes count into one table at once, and into the same rows: nobody's transaction is
ended by the server as the one of a deadlock, and no sum is lost. Half of them commit much at a
time, which goes another way than little (PostgreSQL) or in turns with the others' (MariaDB)."""

import concurrent.futures
import json
import random
import re

import pytest
from counting import Counting, check, held_at_commit, put, until
from sweeping import weir, without_password

WRITERS = 8
CONSUMERS = 30_000
SMALL_FILES, SMALL_LINES = 4, 1000
TURN = 1466263923  # the lock's first number, which is the same for all tables
LARGE_FILES, LARGE_LINES = 2, 20_000  # of more than ten thousand consumers
MANY_COMMITS = ["--set", "fold.batch_keys=200", "--set", "fold.unit=2KiB"]


def postgres_deadlocks(server, database):
    query = f"SELECT deadlocks FROM pg_stat_database WHERE datname = '{database}'"
    return int(server.sql(query)[0][0])


def mariadb_deadlocks(server, _):
    return int(server.sql("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")[0][1])


SERVERS = {"postgres": postgres_deadlocks, "mariadb": mariadb_deadlocks}


def work_of_a_writer(folder, is_large, choice, totals):
    folder.mkdir()
    for number in range(LARGE_FILES if is_large else SMALL_FILES):
        lines = [(choice.randrange(CONSUMERS), choice.randrange(10**9))
                 for _ in range(LARGE_LINES if is_large else SMALL_LINES)]
        put(folder, f"{number}", lines)
        for consumer, amount in lines:
            totals[consumer] = totals.get(consumer, 0) + amount


def count(folder, is_large, url):
    """How many rows each commit wrote, on average."""
    sources, more = ["in"], MANY_COMMITS
    if is_large:
        sources, more = [f"in/{number}" for number in range(LARGE_FILES)], []
    keys, commits = 0, 0
    for source in sources:
        done = weir("ingest", source, "--into", url, "-j", "1", "--json", *more, work=folder)
        summary = json.loads(done.stdout)["summary"]
        keys, commits = keys + summary["keys"], commits + summary["commits"]
    return keys / commits


@pytest.mark.parametrize("kind", SERVERS)
def test_eight_writers_of_one_table_never_deadlock(kind, request, tmp_path):
    server, deadlocks = request.getfixturevalue(kind), SERVERS[kind]
    url = without_password(server.new_database())
    database = re.search(r"/(\w+)$", url)[1]
    weir("init", "--into", url, work=tmp_path)
    folders = [tmp_path / f"writer-{number}" for number in range(WRITERS)]
    totals, choice = {}, random.Random(8)
    large = [number % 2 == 0 for number in range(WRITERS)]
    for folder, is_large in zip(folders, large):
        work_of_a_writer(folder, is_large, choice, totals)
    before = deadlocks(server, database)
    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        rows = list(pool.map(count, folders, large, [url] * WRITERS))
    assert [each > 10_000 for each in rows] == large, rows
    assert deadlocks(server, database) == before
    table = "usage" if kind == "postgres" else "`usage`"
    rows = server.sql(f"SELECT consumer, amount FROM {table} ORDER BY consumer", database)
    assert rows == [[str(consumer), str(totals[consumer])] for consumer in sorted(totals)]
    assert b"the books balance" in weir("verify", "--from", url, work=tmp_path).stdout


def test_much_waits_for_little_that_is_under_way(postgres, tmp_path):
    """MERGE takes rows in no order, and starts over for each that another writer has changed."""
    url = postgres.new_database()
    database = url.rsplit("/", 1)[1]
    weir("init", "--into", url, work=tmp_path)
    rows = {"little": {1: 5, 2: 7}, "much": dict.fromkeys(range(11_000), 3)}
    for name, lines in rows.items():
        (tmp_path / name).mkdir()
        put(tmp_path / name, name, lines.items())
    query = f"SELECT 1 FROM pg_locks WHERE classid = {TURN} AND NOT granted"
    with held_at_commit(postgres, database) as waits:
        little = Counting(tmp_path / "little", url)
        until(waits, little.said)
        much = Counting(tmp_path / "much", url)
        until(lambda: postgres.sql(query), much.said)
    assert little.end() == 0, little.said()
    assert much.end() == 0, much.said()
    check(tmp_path, url, {key: 3 + rows["little"].get(key, 0) for key in rows["much"]})
