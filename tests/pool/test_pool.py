# SPDX-License-Identifier: Apache-2.0
"""Several workers on one tree and one server."""

import json
import random
import signal
import subprocess

from pool import Books, Worker, flow_file, rows_of, until, weir


def settled(server, database, books):
    rows = server.sql("SELECT consumer, amount FROM usage", database)
    return rows_of(rows) == books.totals


def test_two_workers_share_the_work_and_status_shows_them(tmp_path, postgres, redis):
    url = postgres.new_database()
    database = url.rsplit("/", 1)[1]
    flow = flow_file(tmp_path, url, redis.url())
    books = Books(tmp_path, random.Random(1))
    weir("init", "-c", flow)
    for _ in range(20):
        books.put(4000)
    workers = [Worker(tmp_path, flow, number).start() for number in range(2)]
    try:
        until(lambda: settled(postgres, database, books), lambda: [w.said() for w in workers])
        status = json.loads(weir("status", "-c", flow, "--json", work=tmp_path).stdout)
        assert status["files"]["done"] == books.files
        assert status["pool"]["trouble"] == ""
    finally:
        ends = [worker.stop() for worker in workers]
    assert ends == [0, 0]
    assert "the books balance" in weir("verify", "-c", flow, work=tmp_path).stdout.decode()
    per_batch = postgres.sql("SELECT count(*), sum(units) FROM weir_batch", database)
    assert int(per_batch[0][1]) == sum(-(-path.stat().st_size // 2048)
                                       for path in books.folder.iterdir())


# fault 77
def test_without_redis_the_work_goes_on(tmp_path, postgres):
    url = postgres.new_database()
    database = url.rsplit("/", 1)[1]
    flow = flow_file(tmp_path, url, "redis://127.0.0.1:1")
    books = Books(tmp_path, random.Random(2))
    weir("init", "-c", flow)
    for _ in range(5):
        books.put(2000)
    workers = [Worker(tmp_path, flow, number).start() for number in range(2)]
    try:
        until(lambda: settled(postgres, database, books), lambda: [w.said() for w in workers])
        status = json.loads(weir("status", "-c", flow, "--json", work=tmp_path).stdout)
        assert status["pool"]["trouble"]
    finally:
        ends = [worker.stop() for worker in workers]
    assert ends == [0, 0]
    assert any("leases are kept in the store" in worker.said() for worker in workers)
    assert postgres.sql("SELECT count(*) FROM weir_lease", database) != [["0"]]
    weir("verify", "-c", flow, work=tmp_path)


def test_the_store_keeps_the_leases_where_it_is_told_to(tmp_path, postgres):
    url = postgres.new_database()
    database = url.rsplit("/", 1)[1]
    flow = flow_file(tmp_path, url, "store")
    books = Books(tmp_path, random.Random(5))
    weir("init", "-c", flow)
    for _ in range(10):
        books.put(4000)
    workers = [Worker(tmp_path, flow, number).start() for number in range(2)]
    try:
        until(lambda: settled(postgres, database, books), lambda: [w.said() for w in workers])
        assert postgres.sql("SELECT count(*) > 10 FROM weir_lease", database) == [["t"]]
        status = json.loads(weir("status", "-c", flow, "--json", work=tmp_path).stdout)
        assert status["pool"]["trouble"] == ""
    finally:
        ends = [worker.stop() for worker in workers]
    assert ends == [0, 0]
    assert not any("do not answer" in worker.said() for worker in workers)
    weir("verify", "-c", flow, work=tmp_path)


def test_a_pool_says_what_it_asks_for(tmp_path, redis):
    (tmp_path / "in").mkdir()
    no_id = weir("watch", "in", "--set", f"pool.lease={redis.url()}", work=tmp_path, status=None)
    assert no_id.returncode != 0 and b"source.id" in no_id.stderr
    embedded = weir("watch", "in", "--set", f"pool.lease={redis.url()}", "--set", "source.id=a",
                    work=tmp_path, status=None)
    assert embedded.returncode != 0 and b"SQLite" in embedded.stderr


def unpacked(path):
    return subprocess.run(["zstd", "-dc", str(path)], check=True, capture_output=True).stdout


# fault 15
def test_a_frozen_worker_that_comes_back_counts_nothing_twice(tmp_path, postgres, redis):
    url = postgres.new_database()
    database = url.rsplit("/", 1)[1]
    flow = flow_file(tmp_path, url, redis.url())
    books = Books(tmp_path, random.Random(3))
    weir("init", "-c", flow)
    workers = [Worker(tmp_path, flow, number).start() for number in range(2)]
    try:
        for _ in range(10):
            books.put(1000)
        workers[0].signal(signal.SIGSTOP)
        until(lambda: settled(postgres, database, books), lambda: workers[1].said())
        workers[0].signal(signal.SIGCONT)
        books.put(1000)
        until(lambda: settled(postgres, database, books), lambda: [w.said() for w in workers])
    finally:
        ends = [worker.stop() for worker in workers]
    assert ends == [0, 0]
    weir("verify", "-c", flow, work=tmp_path)


def test_workers_archive_the_same_files_whole(tmp_path, postgres, redis):
    url = postgres.new_database()
    database = url.rsplit("/", 1)[1]
    flow = flow_file(tmp_path, url, redis.url())
    text = flow.read_text()
    flow.write_text(text.replace("[store]", f'''after = "archive"
to = "{tmp_path / "old"}"
copy_to = "{tmp_path / "second"}"
keep_for = "0s"
[store]'''))
    books = Books(tmp_path, random.Random(4))
    weir("init", "-c", flow)
    for _ in range(30):
        books.put(2000)
    wanted = {f"{path.name}.zst": path.read_bytes() for path in books.folder.iterdir()}
    workers = [Worker(tmp_path, flow, number).start() for number in range(3)]
    try:
        until(lambda: not list(books.folder.iterdir()), lambda: [w.said() for w in workers])
        released = "SELECT count(*) FROM weir_file WHERE release = 'released'"
        until(lambda: int(postgres.sql(released, database)[0][0]) == books.files,
              lambda: [w.said() for w in workers])
    finally:
        ends = [worker.stop() for worker in workers]
    assert ends == [0, 0, 0]
    assert settled(postgres, database, books)
    for place in ("old", "second"):
        there = {path.name: unpacked(path) for path in (tmp_path / place).iterdir()}
        assert there == wanted
