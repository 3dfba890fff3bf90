# SPDX-License-Identifier: Apache-2.0
"""The proxy does what tests say, to the byte."""

import socket
import socketserver
import threading
import time

import pytest
import server
from proxy import BOTH, DOWN, UP, Proxy

SECONDS_MAX = 60


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while chunk := self.request.recv(65536):
                self.server.seen += chunk
                self.request.sendall(chunk)
            self.server.ends.append("FIN")
        except ConnectionResetError:
            self.server.ends.append("RST")


class EchoServer(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True
    request_queue_size = 128

    def __init__(self):
        super().__init__((server.HOST, server.free_port()), Echo)
        self.seen, self.ends = bytearray(), []
        self.port = self.server_address[1]


@pytest.fixture
def echo():
    with EchoServer() as each:
        thread = threading.Thread(target=each.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield each
        each.shutdown()
        thread.join()


@pytest.fixture
def proxy(echo):
    with Proxy(echo.port) as each:
        yield each


def connected(proxy):
    return socket.create_connection((server.HOST, proxy.port), timeout=SECONDS_MAX)


def received(client, count):
    got = b""
    while len(got) < count and (chunk := client.recv(count - len(got))):
        got += chunk
    return got


def all_received(client):
    got = b""
    try:
        while chunk := client.recv(65536):
            got += chunk
        return got, "FIN"
    except ConnectionResetError:
        return got, "RST"


def until(condition):
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_bytes_pass_both_ways_and_are_counted(proxy, echo):
    sent = bytes(range(256)) * 4000
    with connected(proxy) as client:
        threading.Thread(target=client.sendall, args=(sent,)).start()
        assert received(client, len(sent)) == sent
        assert proxy.bytes == {UP: len(sent), DOWN: len(sent)}
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    until(lambda: echo.ends == ["FIN"] and not proxy.connections)


def test_a_conversation_is_cut_behind_any_byte_of_a_way(proxy, echo):
    for after in range(0, 12):
        del echo.seen[:]
        proxy.clear()
        proxy.cut(after, UP)
        with connected(proxy) as client:
            client.sendall(b"0123456789")
            cut = after <= 10
            if cut:
                all_received(client)
            else:
                assert received(client, 10) == b"0123456789"
        until(lambda: not proxy.connections)
        until(lambda: bytes(echo.seen) == b"0123456789"[:after])
    assert proxy.cuts == 11


def test_a_cut_counts_both_ways_together_and_happens_once(proxy):
    proxy.cut(15, BOTH)
    with connected(proxy) as client:
        client.sendall(b"0123456789")
        assert all_received(client)[0] == b"01234"
    with connected(proxy) as client:
        client.sendall(b"0123456789" * 10)
        assert received(client, 100) == b"0123456789" * 10
    assert proxy.cuts == 1


def test_a_cut_is_a_reset_where_asked(proxy, echo):
    proxy.cut(0, DOWN, reset=True)
    with connected(proxy) as client:
        client.sendall(b"a")
        assert all_received(client) == (b"", "RST")
    until(lambda: echo.ends == ["RST"])


def test_all_connections_are_reset_at_once_and_new_ones_refused(proxy):
    with connected(proxy) as first, connected(proxy) as second:
        for client in (first, second):
            client.sendall(b"a")
            assert client.recv(1) == b"a"
        proxy.refuse()
        assert proxy.reset() == 2
        assert all_received(first) == all_received(second) == (b"", "RST")
    with pytest.raises(ConnectionResetError):
        with connected(proxy) as client:
            client.sendall(b"a")
            assert client.recv(1) == b"a"
    assert proxy.refused == 1
    proxy.clear()
    with connected(proxy) as client:
        client.sendall(b"a")
        assert client.recv(1) == b"a"


def test_a_bit_of_one_byte_is_turned_once(proxy, echo):
    proxy.flip(2, UP, bit=5)
    with connected(proxy) as client:
        client.sendall(b"aaaaa")
        assert received(client, 5) == b"aaAaa"
        client.sendall(b"aaaaa")
        assert received(client, 5) == b"aaaaa"
    assert proxy.flips == 1


@pytest.mark.parametrize("way,seen", [(UP, b""), (DOWN, b"a")])
def test_a_black_hole_takes_one_way(proxy, echo, way, seen):
    proxy.swallow(way)
    with connected(proxy) as client:
        client.sendall(b"a")
        until(lambda: proxy.bytes[way] == 1)
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv(1)
    assert bytes(echo.seen) == seen


def test_what_is_held_goes_on_later(proxy, echo):
    with connected(proxy) as client:
        proxy.hold(DOWN)
        client.sendall(b"a")
        until(lambda: bytes(echo.seen) == b"a")
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv(1)
        proxy.clear()
        client.settimeout(SECONDS_MAX)
        assert client.recv(1) == b"a"


def test_pieces_are_delayed(proxy):
    proxy.delay(0.1)
    with connected(proxy) as client:
        begun = time.monotonic()
        client.sendall(b"a")
        assert client.recv(1) == b"a"
        assert time.monotonic() - begun >= 0.2


def test_the_server_may_be_gone_or_another(proxy, echo):
    there, proxy.target = proxy.target, (server.HOST, server.free_port())
    with pytest.raises(ConnectionResetError):  # while it connects, or after
        with connected(proxy) as client:
            client.recv(1)
    proxy.target = there
    with connected(proxy) as client:
        client.sendall(b"a")
        assert client.recv(1) == b"a"


def test_a_thousand_connections_are_cut_one_after_the_other(proxy):
    for after in range(1000):
        proxy.cut(after % 20, BOTH)
        with connected(proxy) as client:
            client.sendall(b"0123456789")
            all_received(client)
    assert proxy.cuts == 1000 and proxy.accepted == 1000
