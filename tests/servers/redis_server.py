# SPDX-License-Identifier: Apache-2.0
"""Redis, and a client of a few lines."""

import signal
import socket

import server

ANSWER_SECONDS_MAX = 60


class RedisError(Exception):
    """What the server refused, in its words."""


class Client:
    """One connection. Arguments are text, bytes or numbers; answers are bytes, numbers, lists, or
    None. https://redis.io/docs/reference/protocol-spec/"""

    def __init__(self, port):
        self.socket = socket.create_connection((server.HOST, port), ANSWER_SECONDS_MAX)
        self.answers = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.answers.close()
        self.socket.close()

    def __call__(self, *arguments):
        self.send(*arguments)
        return self.answer()

    def send(self, *arguments):
        words = [each if isinstance(each, bytes) else str(each).encode() for each in arguments]
        parts = [b"*%d\r\n" % len(words)]
        parts += [b"$%d\r\n%s\r\n" % (len(word), word) for word in words]
        self.socket.sendall(b"".join(parts))

    def answer(self):
        line = self.answers.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        size = int(rest)
        if size < 0:
            return None
        if kind == b"*":
            return [self.answer() for _ in range(size)]
        return self.answers.read(size + 2)[:-2]


class Redis(server.Server):
    program, account_name = "Redis", "redis"
    stops = {"clean": signal.SIGTERM, "kill": signal.SIGKILL}

    def __init__(self, settings=None):
        super().__init__()
        self.settings = {"save": "", "appendonly": "no", **(settings or {})}

    def command(self):
        fixed = {"port": self.port, "bind": server.HOST, "dir": self.folder, "daemonize": "no"}
        options = []
        for name, value in {**self.settings, **fixed}.items():
            options += [f"--{name}", value]
        return ["redis-server", *options]

    def ready(self):
        return self.ask("PING") == b"PONG"

    # --- for tests ---

    def url(self, database=0):
        return f"redis://{server.HOST}:{self.port}/{database}"

    def client(self):
        return Client(self.port)

    def ask(self, *arguments):
        """One command on a connection of its own."""
        with self.client() as client:
            return client(*arguments)

    def flush(self):
        self.ask("FLUSHALL")
