# SPDX-License-Identifier: Apache-2.0
"""A pool whose Redis is slow, busy, full, foreign, or another one all of a sudden: leases are
hints, and so the work goes on, and every line counts once."""

import contextlib
import random
import signal
import socketserver
import threading

import pytest
import redis_server
import server
from pool import Books, Worker, flow_file, rows_of, until, weir
from proxy import DOWN, Proxy


class Pool:
    """Two workers on a database of their own."""

    def __init__(self, folder, store, lease, lasts="1s"):
        self.store = store
        url = store.new_database()
        self.database = url.rsplit("/", 1)[1]
        self.flow = flow_file(folder, url, lease)
        self.flow.write_text(self.flow.read_text().replace('lease_lasts = "1s"',
                                                           f'lease_lasts = "{lasts}"'))
        self.books = Books(folder, random.Random(lasts))
        weir("init", "-c", self.flow)
        self.workers = [Worker(folder, self.flow, number) for number in range(2)]

    def count(self, files=4, lines=1500):
        """New files, to their end: however the leases are."""
        for _ in range(files):
            self.books.put(lines)
        until(lambda: rows_of(self.store.sql("SELECT consumer, amount FROM usage",
                                             self.database)) == self.books.totals,
              lambda: [worker.said() for worker in self.workers])

    def said(self):
        return "".join(worker.said() for worker in self.workers)


@contextlib.contextmanager
def pool(*arguments, **options):
    made = Pool(*arguments, **options)
    for worker in made.workers:
        worker.start()
    try:
        yield made
    except BaseException:
        for worker in made.workers:
            worker.kill()
        raise
    assert [worker.stop() for worker in made.workers] == [0, 0], made.said()
    assert "the books balance" in weir("verify", "-c", made.flow).stdout.decode()


# fault 82
def test_a_redis_that_is_slow_or_silent_holds_nobody_up(tmp_path, postgres, redis):
    with Proxy(redis.port) as way:
        lease = redis.url().replace(str(redis.port), str(way.port))
        with pool(tmp_path, postgres, lease) as made:
            made.count()
            way.delay(0.05, DOWN)  # within the time that an answer has
            made.count(files=1)
            way.delay(60, DOWN)    # beyond it
            made.count()
            until(lambda: "leases are kept in the store" in made.said(), made.said)
            way.clear()
            way.reset()
            made.count()


# fault 82
def test_a_redis_that_runs_a_script_without_end(tmp_path, postgres):
    with redis_server.Redis({"busy-reply-threshold": "50"}) as redis:
        with pool(tmp_path, postgres, redis.url()) as made, redis.client() as busy:
            made.count()
            busy.send("EVAL", "while true do end", 0)
            made.count()
            until(lambda: "leases are kept in the store" in made.said(), made.said)
            assert redis.ask("SCRIPT", "KILL") == b"OK"
            made.count()


class Refusing(socketserver.StreamRequestHandler):
    def handle(self):
        with contextlib.suppress(OSError):
            for line in self.rfile:
                if line.startswith(b"*"):  # a command begins
                    self.wfile.write(self.server.says)


@contextlib.contextmanager
def refusing():
    with socketserver.ThreadingTCPServer((server.HOST, server.free_port()), Refusing) as each:
        each.daemon_threads, each.says = True, b""
        thread = threading.Thread(target=each.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield each
        finally:
            each.shutdown()
            thread.join()


REFUSALS = ["-LOADING Redis is loading the dataset in memory",
            "-READONLY You can't write against a read only replica.",
            "-MOVED 3999 127.0.0.1:1", "-ASK 3999 127.0.0.1:1",
            "-OOM command not allowed when used memory > 'maxmemory'.",
            "-NOAUTH Authentication required.", ":-1", "$-1", "*0", "noise"]


# faults 81, 82
def test_whatever_redis_says_the_work_goes_on(tmp_path, postgres):
    with refusing() as redis:
        lease = f"redis://{server.HOST}:{redis.server_address[1]}"
        with pool(tmp_path, postgres, lease) as made:
            for says in REFUSALS:
                redis.says = says.encode() + b"\r\n"
                made.count(files=1)


# fault 81
@pytest.mark.parametrize("policy", ["noeviction", "allkeys-random"])
def test_a_redis_without_memory_takes_no_leases_or_loses_them(tmp_path, postgres, policy):
    with redis_server.Redis({"maxmemory-policy": policy}) as redis:
        with pool(tmp_path, postgres, redis.url()) as made:
            made.count()
            redis.ask("CONFIG", "SET", "maxmemory", "1")
            made.count()
            redis.ask("CONFIG", "SET", "maxmemory", "0")
            made.count()


# fault 83
def test_what_others_keep_under_the_name_of_a_lease_stays(tmp_path, postgres):
    with redis_server.Redis() as redis:
        foreign = [f"weir:usage:unit:{file}.0.{unit}" for file in range(1, 3) for unit in range(9)]
        for name in foreign:
            redis.ask("SET", name, "not a lease")
        redis.ask("RPUSH", "weir:usage:unit:3.0.0", "nor this")
        with pool(tmp_path, postgres, redis.url()) as made:
            made.count()
        assert {redis.ask("GET", name) for name in foreign} == {b"not a lease"}
        assert redis.ask("LRANGE", "weir:usage:unit:3.0.0", 0, -1) == [b"nor this"]


# fault 79
def test_a_redis_that_takes_over_without_the_leases(tmp_path, postgres, redis):
    with redis_server.Redis() as second, Proxy(redis.port) as way:
        lease = redis.url().replace(str(redis.port), str(way.port))
        with pool(tmp_path, postgres, lease) as made:
            for turn in range(6):
                made.books.put(3000)
                until(lambda: held(redis if turn % 2 == 0 else second), made.said)
                way.target = (server.HOST, (second if turn % 2 == 0 else redis).port)
                way.reset()
            made.count()


def held(redis):
    return redis.ask("KEYS", "weir:usage:unit:*")


# fault 80
def test_leases_that_run_out_while_they_are_held(tmp_path, postgres, redis):
    with pool(tmp_path, postgres, redis.url(), lasts="100ms") as made:
        for turn in range(6):
            made.books.put(3000)
            worker = made.workers[turn % 2]
            worker.signal(signal.SIGSTOP)  # until nobody holds anything any more
            until(lambda: not held(redis), made.said)
            made.books.put(300)
            worker.signal(signal.SIGCONT)
        made.count()
