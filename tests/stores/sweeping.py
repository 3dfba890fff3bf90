# SPDX-License-Identifier: Apache-2.0
"""A job on a server, and its conversation cut at any byte of it.

Each round counts a file of its own through the proxy, which ends the connection behind one byte;
then the program tries again by itself, or is started again. What the totals must be is known from
the rounds alone."""

import os
import pathlib
import subprocess
import time

import mariadb_server
import proxy

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WEIR_BUILD", ROOT / "build"))
WEIR = BUILD / "weir"
TRIES = 5
SECONDS_MAX = 60
LINES = 40
AMOUNT = 1_000_003


def environment():
    return {**os.environ, "MYSQL_PWD": mariadb_server.PASSWORD}


def weir(*arguments, status=0, work="."):
    done = subprocess.run([str(WEIR), *map(str, arguments)], cwd=work, check=False,
                          env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=SECONDS_MAX)
    assert status is None or done.returncode == status, (arguments, done.stderr.decode())
    return done


def without_password(url):
    """A URL that weir takes holds none; MariaDB's goes by the environment."""
    before, at, behind = url.partition("@")
    scheme, _, user = before.partition("://")
    return f"{scheme}://{user.partition(':')[0]}@{behind}" if at else url


class Client:
    """A command-line client of the database that stays connected; answers by lines."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(SECONDS_MAX)

    def value(self, query):
        """Of a query with one row of one column."""
        self.process.stdin.write(f"{query};\n".encode())
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().strip()


class Job:
    """Counts one small file a round."""

    def __init__(self, work, server, database_url, client, table="usage"):
        self.work, self.client, self.table = work, client, table
        database_url = without_password(database_url)
        self.proxy = proxy.Proxy(server.port)
        self.direct = database_url
        self.through = database_url.replace(f":{server.port}/", f":{self.proxy.port}/")
        self.rounds = 0
        self.again = 0
        (work / "in").mkdir()

    def count(self):
        """The next file, to its end."""
        self.rounds += 1
        name = self.work / "in" / f"{self.rounds:06}"
        name.write_text("".join(f"{i} {AMOUNT}\n" for i in range(LINES)))
        for _ in range(TRIES):
            done = weir("ingest", name, "--into", self.through, "-j", "1", work=self.work,
                        status=None)
            if done.returncode == 0:
                return
            assert done.returncode == 69, (done.returncode, done.stderr.decode())
            self.again += 1
        raise AssertionError(done.stderr.decode())

    def check(self):
        due = self.rounds * LINES * AMOUNT
        found = self.client.value(f"SELECT sum(amount) FROM {self.table}")
        assert found == str(due), f"after round {self.rounds}: {found}, due {due}"

    def verify(self):
        said = weir("verify", "--from", self.direct, work=self.work).stdout.decode()
        assert "the books balance" in said


def sweep(job, seconds, step=None):
    """Cuts at every boundary, and at so many other bytes as fit into the seconds."""
    with job.proxy:
        weir("init", "--into", job.direct, work=job.work)
        job.count()  # the first one is longer: the database is new
        job.proxy.clear()
        job.count()
        boundaries = job.proxy.marks
        everywhere = range(boundaries[-1])
        start = time.monotonic()
        for at in boundaries:
            cut_at(job, at)
        each = (time.monotonic() - start) / len(boundaries)
        step = step or max(1, int(len(everywhere) * each / seconds))
        for at in everywhere[::step]:
            cut_at(job, at)
        job.verify()
    return {"boundaries": len(boundaries), "bytes": len(everywhere), "step": step,
            "cuts": job.proxy.cuts, "rounds": job.rounds, "started again": job.again}


def cut_at(job, at):
    job.proxy.clear()
    job.proxy.cut(after=at)
    job.count()
    job.check()
