# SPDX-License-Identifier: Apache-2.0
"""Between weir and PostgreSQL: answers that never come, connections that break, a slow way, hosts
that are not there, and servers that are none."""

import contextlib
import random
import socketserver
import threading

import proxy as network
import pytest
import server
from counting import MIB, Counting, check, held_at_commit, put, until
from sweeping import weir

ROWS = {1: 5, 2: 7, 3: 11}


@pytest.fixture
def way(postgres):
    with network.Proxy(postgres.port) as each:
        yield each


@pytest.fixture
def place(tmp_path, postgres):
    """A folder with one file, and a database that is ready for it."""
    url = postgres.new_database()
    weir("init", "--into", url, work=tmp_path)
    put(tmp_path, "one", ROWS.items())
    return tmp_path, url


def through(url, way):
    return url.replace(f":{way.target[1]}/", f":{way.port}/")


HURTS = {"answers get lost": lambda way: way.swallow(network.DOWN),
         "nothing arrives": lambda way: way.swallow(network.BOTH),
         "nothing moves": lambda way: way.hold(),
         "reset": lambda way: way.reset(),
         "closed": lambda way: way.close()}


# faults 58, 59
@pytest.mark.parametrize("hurt", HURTS)
def test_the_answer_to_a_commit_does_not_come(place, postgres, way, hurt):
    folder, url = place
    with held_at_commit(postgres, url.rsplit("/", 1)[1]) as waits:
        counting = Counting(folder, through(url, way), "--set", "store.timeout=1s")
        until(waits, counting.said)
        before = way.accepted
        HURTS[hurt](way)
    until(lambda: way.accepted > before, counting.said)  # it was given up, and is tried anew
    way.clear()
    assert counting.end() == 0, counting.said()
    check(folder, url, ROWS)


# fault 60
def test_a_slow_way_takes_time_and_no_memory(place, way):
    folder, url = place
    choice = random.Random(60)
    due = dict(ROWS)
    lines = [(choice.randrange(10**6), choice.randrange(100)) for _ in range(60_000)]
    for key, amount in lines:
        due[key] = due.get(key, 0) + amount
    for number in range(20):
        put(folder, f"more-{number}", lines[number::20])
    small = ["--set", "fold.memory=1MiB", "--set", "fold.unit=16KiB"]
    way.delay(0.01)
    slow = Counting(folder, through(url, way), *small)
    assert slow.end() == 0, slow.said()
    check(folder, url, due)
    assert slow.memory < 64 * MIB


# fault 75
@pytest.mark.parametrize("hosts", ["127.0.0.1:1,127.0.0.1:{}", "nowhere.invalid:5432,localhost:{}"])
def test_a_host_that_is_not_there_is_passed_over(place, postgres, hosts):
    folder, url = place
    several = url.replace(f"{server.HOST}:{postgres.port}", hosts.format(postgres.port))
    assert several != url
    assert Counting(folder, several + "?sslmode=disable").end() == 0
    check(folder, url, ROWS)


# fault 75
def test_an_address_that_moves_is_looked_for_again(place, postgres, way):
    """The proxy is the name: what it leads to changes while the program runs."""
    folder, url = place
    with held_at_commit(postgres, url.rsplit("/", 1)[1]) as waits:
        counting = Counting(folder, through(url, way))
        until(waits, counting.said)
        way.target = (server.HOST, 1)  # nobody is there
        way.reset()
        before = way.accepted
        until(lambda: way.accepted > before, counting.said)
        way.target = (server.HOST, postgres.port)
    assert counting.end() == 0, counting.said()
    check(folder, url, ROWS)


class Stranger(socketserver.BaseRequestHandler):
    """Reads what comes, and answers with what it was told to, once or without end."""

    def handle(self):
        with contextlib.suppress(OSError):
            self.request.recv(4096)
            self.request.sendall(self.server.says)
            while self.server.endless:
                self.request.sendall(self.server.says)


@contextlib.contextmanager
def stranger(says, endless=False):
    with socketserver.ThreadingTCPServer((server.HOST, server.free_port()), Stranger) as each:
        each.daemon_threads = True
        each.says, each.endless = says, endless
        thread = threading.Thread(target=each.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield each.server_address[1]
        finally:
            each.shutdown()
            thread.join()


NOISE = random.Random(76).randbytes(100_000)
STRANGE = {"noise": (NOISE, False),
           "the web": (b"HTTP/1.1 400 Bad Request\r\n\r\n", False),
           "a length beyond all measure": (b"R\x7f\xff\xff\xff\x00\x00\x00\x00", False),
           "a length below zero": (b"R\xff\xff\xff\xff\x00\x00\x00\x00", False),
           "an error without an end": (b"E\x00\x10\x00\x00S" + b"x" * 65536, True),
           "a way of signing in that is none": (b"R\x00\x00\x00\x08\x00\x00\x00\x63", False),
           "silence": (b"", False)}


# fault 76
@pytest.mark.parametrize("what", STRANGE)
def test_a_server_that_is_none_is_refused_and_takes_no_memory(tmp_path, what):
    put(tmp_path, "one", ROWS.items())
    says, endless = STRANGE[what]
    with stranger(says, endless) as port:
        url = f"postgresql://somebody@{server.HOST}:{port}/usage?sslmode=disable&gssencmode=disable"
        counting = Counting(tmp_path, url, "--set", "store.timeout=1s")
        assert counting.end() in (69, 78), counting.said()
        assert counting.memory < 64 * MIB
