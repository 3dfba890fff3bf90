# SPDX-License-Identifier: Apache-2.0
"""From SQLite to PostgreSQL: a change of one line of a flow file, and one command."""

import json
import random
import subprocess
import time

from sweeping import SECONDS_MAX, WEIR, weir

KILLS = 8
FLOW = """\
name = "usage"

[source]
url = "in"

[store]
url = "{store}"
keep = "history"
"""


def fill(work, files=6, lines=3000):
    for number in range(files):
        path = work / "in" / f"{number:03}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"{(line * 7 + number) % 1999} {line}\n" for line in range(lines))
                        + "bad line here\n")


def flow(work, store):
    (work / "usage.toml").write_text(FLOW.format(store=store))


def told(work, *arguments):
    return json.loads(weir(*arguments, "-c", "usage.toml", "--json", work=work).stdout)


def everything(work):
    """What people see of a store."""
    return [told(work, *words) for words in
            (["top", "3000"], ["rejects"], ["corrections"], ["explain", "7"],
             ["get", "7", "8", "--by", "day"], ["verify"])]


def counted_in_sqlite(work):
    """A database with a history, and a correction."""
    fill(work)
    flow(work, "sqlite:usage.db")
    weir("ingest", "-c", "usage.toml", work=work)
    weir("revoke", "in/003.txt", "-c", "usage.toml", "--why", "sent twice", work=work)
    return everything(work)


def test_a_flow_moves_from_sqlite_to_postgresql_by_one_line_and_one_command(tmp_path, postgres):
    before = counted_in_sqlite(tmp_path)
    flow(tmp_path, postgres.new_database())
    copied = told(tmp_path, "copy", "--from", "sqlite:usage.db")["copied"]
    assert (copied["files"], copied["was_there"]) == (6, False)
    assert everything(tmp_path) == before

    again = told(tmp_path, "ingest")["summary"]  # nothing is counted twice
    assert again["lines"] == 0
    assert everything(tmp_path) == before

    (tmp_path / "in" / "new.txt").write_text("7 1000\n")
    weir("ingest", "-c", "usage.toml", work=tmp_path)
    weir("revoke", "in/004.txt", "-c", "usage.toml", work=tmp_path)
    assert told(tmp_path, "verify")["balanced"]


def test_and_back_from_postgresql_to_sqlite(tmp_path, postgres):
    before = counted_in_sqlite(tmp_path)
    server = postgres.new_database()
    weir("copy", "-c", "usage.toml", "--from", "sqlite:usage.db", "--into", server, work=tmp_path)
    flow(tmp_path, "sqlite:back.db")
    weir("copy", "-c", "usage.toml", "--from", server, work=tmp_path)
    assert everything(tmp_path) == before


def kill_after(seconds, work):
    with subprocess.Popen([str(WEIR), "copy", "-c", "usage.toml", "--from", "sqlite:usage.db"],
                          cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as copy:
        try:
            copy.wait(seconds)
        except subprocess.TimeoutExpired:
            copy.kill()
        return copy.wait(SECONDS_MAX)


def test_a_copy_killed_at_any_moment_is_done_by_the_same_command(tmp_path, postgres):
    before = counted_in_sqlite(tmp_path)
    chance = random.Random(6)
    start = time.monotonic()
    flow(tmp_path, postgres.new_database())
    assert kill_after(SECONDS_MAX, tmp_path) == 0
    whole = time.monotonic() - start
    killed = 0
    for _ in range(KILLS):
        flow(tmp_path, postgres.new_database())
        killed += kill_after(chance.uniform(0, whole), tmp_path) != 0
        done = told(tmp_path, "copy", "--from", "sqlite:usage.db")["copied"]
        assert done["files"] == 6
        assert [told(tmp_path, "top", "3000"), told(tmp_path, "verify")] == [before[0], before[-1]]
    assert everything(tmp_path) == before
    print(f"\nkilled {killed} of {KILLS} copies")
    assert killed > 0


def test_a_watch_on_the_original_is_in_the_way(tmp_path, postgres):
    counted_in_sqlite(tmp_path)
    server = postgres.new_database()
    with subprocess.Popen([str(WEIR), "watch", "-c", "usage.toml"], cwd=tmp_path,
                          stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as watch:
        deadline = time.monotonic() + SECONDS_MAX
        while not (tmp_path / "usage.db.sock").exists():  # it listens: it has the database
            assert watch.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        refused = weir("copy", "-c", "usage.toml", "--from", "sqlite:usage.db", "--into", server,
                       status=75, work=tmp_path)
        watch.terminate()
        assert watch.wait(SECONDS_MAX) == 0
    assert b"usage.db" in refused.stderr


def test_what_cannot_be_copied_is_refused_with_what_to_do(tmp_path, postgres):
    counted_in_sqlite(tmp_path)
    server = postgres.new_database()
    same = weir("copy", "-c", "usage.toml", "--from", "sqlite:usage.db", status=2, work=tmp_path)
    assert b"the same database" in same.stderr
    weir("copy", "--from", "sqlite:nothing.db", "--into", server, status=66, work=tmp_path)
    assert not (tmp_path / "nothing.db").exists()
    flow(tmp_path, server)
    weir("init", "-c", "usage.toml", work=tmp_path)
    weir("ingest", "in/000.txt", "-c", "usage.toml", work=tmp_path)
    used = weir("copy", "-c", "usage.toml", "--from", "sqlite:usage.db", status=None, work=tmp_path)
    assert used.returncode != 0 and b"in use already" in used.stderr
