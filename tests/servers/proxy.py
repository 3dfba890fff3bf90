# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy that hurts a conversation where a test says so.

    with Proxy(postgres.port) as proxy:
        proxy.cut(after=1000)            # once, after the 1000th byte from now on, of both ways
        …                                # a program talks to 127.0.0.1:proxy.port
        assert proxy.cuts == 1

Ways: UP is what the client sends, DOWN what the server answers; BOTH together. Bytes are counted
over all connections, since the last `clear`. All of it happens in one thread; what a test calls is
in force when the call returns.
"""

import asyncio
import functools
import socket
import struct
import threading

import server

UP, DOWN = "up", "down"
BOTH = (UP, DOWN)
CHUNK_BYTES_MAX = 64 * 1024
BACKLOG = 512
MARKS_MAX = 100_000
CALL_SECONDS_MAX = 60
CONNECT_SECONDS_MAX = 30
# Closing a socket that lingers for zero seconds sends RST instead of FIN.
NO_LINGER = struct.pack("ii", 1, 0)


def ways(way):
    return BOTH if way is BOTH else (way,)


class Connection:
    """A client, the server, and a task for each way between them."""

    def __init__(self, client, upstream):
        self.ends = (client, upstream)
        self.sources = {UP: client, DOWN: upstream}
        self.sinks = {UP: upstream, DOWN: client}
        self.tasks = []

    def close(self, reset=False):
        for end in self.ends:
            if reset and end.fileno() >= 0:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            end.close()


class Rules:
    """What happens to bytes; none: they pass."""

    def __init__(self):
        self.bytes = {UP: 0, DOWN: 0}
        self.cut_way, self.cut_after, self.cut_reset = BOTH, None, False
        self.flip_way, self.flip_at, self.flip_bit = None, None, 0
        self.swallowed, self.held, self.delays = set(), set(), {UP: 0, DOWN: 0}
        self.refuses = False
        self.marks = []


class Cut(Exception):
    def __init__(self, reset=False):
        super().__init__()
        self.reset = reset


def in_loop(method):
    """Runs a method of the proxy in its thread, and waits for it."""

    @functools.wraps(method)
    def call(self, *arguments, **options):
        async def run():
            return method(self, *arguments, **options)

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(CALL_SECONDS_MAX)

    return call


class Proxy:
    def __init__(self, target_port, target_host=server.HOST):
        self.target = (target_host, target_port)  # may be set anew: a failover
        self.rules = Rules()
        self.cuts = self.flips = self.accepted = self.refused = 0
        self.connections = set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="proxy", daemon=True)
        self.port = server.free_port()
        self.listener = socket.create_server((server.HOST, self.port), backlog=BACKLOG)
        self.listener.setblocking(False)

    def __enter__(self):
        self.thread.start()
        self.accepting = asyncio.run_coroutine_threadsafe(self.accept(), self.loop)
        return self

    def __exit__(self, *_):
        self.accepting.cancel()
        self.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.listener.close()
        self.loop.close()

    # --- what a test may ask for; each holds until `clear`, and also for connections that are open

    @in_loop
    def clear(self):
        """Bytes pass again, and are counted from zero; what was held goes on."""
        self.rules = Rules()

    @in_loop
    def cut(self, after, way=BOTH, reset=False):
        """Once: the connection that carries the byte number `after` (0: the first that comes is
        held back) of these ways from now on ends behind it, with FIN or RST."""
        sent = sum(self.rules.bytes[each] for each in ways(way))
        self.rules.cut_way, self.rules.cut_after = way, sent + after
        self.rules.cut_reset = reset

    @in_loop
    def flip(self, at, way, bit=0):
        """Once: turns a bit of the byte number `at` (from 0) of one way from now on."""
        self.rules.flip_way, self.rules.flip_at = way, self.rules.bytes[way] + at
        self.rules.flip_bit = bit

    @in_loop
    def delay(self, seconds, way=BOTH):
        """Each piece waits before it goes on."""
        for each in ways(way):
            self.rules.delays[each] = seconds

    @in_loop
    def swallow(self, way):
        """A black hole: what comes is taken, and never arrives. FIN does not pass either."""
        self.rules.swallowed.update(ways(way))

    @in_loop
    def hold(self, way=BOTH):
        """Nothing goes on, and the sender will notice that nobody reads; until `clear`."""
        self.rules.held.update(ways(way))

    @in_loop
    def refuse(self):
        """Connections that come from now on are reset at once; those that are open go on."""
        self.rules.refuses = True

    @in_loop
    def reset(self):
        """Ends all that are open, with RST; how many."""
        return self.end_all(reset=True)

    @in_loop
    def close(self):
        """Ends all that are open, with FIN; how many."""
        return self.end_all(reset=False)

    @property
    def bytes(self):
        """How many came from each way since the last `clear`."""
        return dict(self.rules.bytes)

    @property
    def marks(self):
        """How many bytes of both ways there had been after each piece, since the last `clear`: the
        boundaries of what either side said. Of the first MARKS_MAX pieces."""
        return list(self.rules.marks)

    # --- within the loop's thread ---

    def end_all(self, reset):
        ended = list(self.connections)
        for connection in ended:
            for task in connection.tasks:
                task.cancel()
            connection.close(reset)
            self.connections.discard(connection)
        return len(ended)

    async def accept(self):
        serving = set()  # the loop itself holds its tasks weakly
        while True:
            client, _ = await self.loop.sock_accept(self.listener)
            client.setblocking(False)
            if self.rules.refuses:
                self.refused += 1
                Connection(client, client).close(reset=True)
                continue
            self.accepted += 1
            task = self.loop.create_task(self.serve(client))
            serving.add(task)
            task.add_done_callback(serving.discard)

    async def serve(self, client):
        upstream = socket.socket()
        connection = Connection(client, upstream)
        upstream.setblocking(False)
        for end in connection.ends:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections.add(connection)
        reset = False
        try:
            await asyncio.wait_for(self.loop.sock_connect(upstream, self.target),
                                   CONNECT_SECONDS_MAX)
            if connection not in self.connections:
                return  # ended meanwhile
            connection.tasks = [self.loop.create_task(self.carry(connection, way)) for way in BOTH]
            await asyncio.gather(*connection.tasks)
        except Cut as cut:
            self.cuts += 1
            reset = cut.reset
        except (OSError, asyncio.TimeoutError):
            reset = True  # an end that broke breaks the other, too
        except asyncio.CancelledError:
            pass  # by end_all
        for task in connection.tasks:
            task.cancel()
        connection.close(reset)
        self.connections.discard(connection)

    async def carry(self, connection, way):
        source, sink = connection.sources[way], connection.sinks[way]
        while True:
            await self.pass_hold(way)
            chunk = await self.loop.sock_recv(source, CHUNK_BYTES_MAX)
            await self.pass_hold(way)
            if self.rules.delays[way]:
                await asyncio.sleep(self.rules.delays[way])
            if not chunk:
                break
            chunk, cut = self.judged(way, chunk)
            if way not in self.rules.swallowed:
                await self.loop.sock_sendall(sink, chunk)
            if cut:
                raise cut
        if way not in self.rules.swallowed:
            sink.shutdown(socket.SHUT_WR)

    async def pass_hold(self, way):
        while way in self.rules.held:
            await asyncio.sleep(0.005)

    def judged(self, way, chunk):
        """What becomes of a chunk, and whether it ends the connection."""
        rules, cut = self.rules, None
        if rules.cut_after is not None and way in ways(rules.cut_way):
            left = rules.cut_after - sum(rules.bytes[each] for each in ways(rules.cut_way))
            if left <= len(chunk):
                chunk, cut = chunk[:left], Cut(rules.cut_reset)
                rules.cut_after = None
        if way == rules.flip_way and 0 <= rules.flip_at - rules.bytes[way] < len(chunk):
            chunk = bytearray(chunk)
            chunk[rules.flip_at - rules.bytes[way]] ^= 1 << rules.flip_bit
            rules.flip_way = None
            self.flips += 1
        rules.bytes[way] += len(chunk)
        if len(rules.marks) < MARKS_MAX:
            rules.marks.append(sum(rules.bytes.values()))
        return chunk, cut
