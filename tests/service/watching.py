# SPDX-License-Identifier: Apache-2.0
"""Running `weir watch` as a service is run, and waiting for what it does."""

import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WEIR_BUILD", ROOT / "build"))
WEIR = BUILD / "weir"
FAULT_LIBRARY = BUILD / "tests" / "libfault_point.so"
PATIENCE = 60  # seconds: only a failing test waits so long


def until(condition, what):
    """Waits until the condition holds; answers what it gave."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"not within {PATIENCE} s: {what}")


def run(work, *arguments, status=0):
    """Runs weir in a folder; answers its standard output."""
    done = subprocess.run([str(WEIR), *map(str, arguments)], cwd=work, check=False, timeout=120,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == status, (arguments, done.returncode, done.stderr.decode())
    return done.stdout.decode()


def drop_in(folder, name, content):
    """As a careful producer does: under another name first, then renamed."""
    hidden = folder / f".{name}.tmp"
    hidden.write_bytes(content)
    hidden.rename(folder / name)
    return folder / name


class Watching:
    """A folder `in`, a database beside it, and a watch that can be started, killed and stopped."""

    def __init__(self, work, *settings):
        self.work = work
        self.folder = work / "in"
        self.folder.mkdir(exist_ok=True)
        self.database = work / "weir.db"
        self.socket = work / "weir.db.sock"
        self.settings = [f"--set={setting}" for setting in settings]
        self.process = None
        self.log = work / "log"

    def start(self, fault=None, wait=True, log=None, **variables):
        environment = {"PATH": os.environ["PATH"], "TMPDIR": str(self.work), **variables}
        if fault is not None:
            environment["LD_PRELOAD"] = str(FAULT_LIBRARY)
            environment |= {f"FAULT_{name.upper()}": str(value) for name, value in fault.items()}
        with open(self.log, "ab") as kept:
            said = kept if log is None else log
            self.process = subprocess.Popen(
                [str(WEIR), "watch", "in", "-j", "1", *self.settings], cwd=self.work,
                env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        if wait:
            until(lambda: self.listens() or self.process.poll() is not None, "it listens")
        return self

    def listens(self):
        try:
            with self.connect():
                return True
        except OSError:
            return False

    def connect(self):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        connection.connect(str(self.socket))
        return connection

    def ask(self, line):
        """Says one line; answers the line that comes back."""
        with self.connect() as connection:
            connection.sendall(line.encode() + b"\n")
            return connection.makefile().readline().rstrip("\n")

    def ask_json(self, request, answers=1):
        with self.connect() as connection:
            connection.sendall(json.dumps(request).encode() + b"\n")
            lines = connection.makefile()
            return [json.loads(lines.readline()) for _ in range(answers)]

    def stop(self):
        """Asks it to leave; answers its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def said(self):
        return self.log.read_text(errors="replace")

    def query(self, statement, *values):
        try:
            with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
                return connection.execute(statement, values).fetchall()
        except sqlite3.OperationalError:  # not there yet, or being made
            return []

    def totals(self):
        return dict(self.query("SELECT consumer, amount FROM usage"))

    def states(self):
        rows = self.query("SELECT path, state FROM weir_file")
        return {os.fsdecode(path).rsplit("/", 1)[1]: state for path, state in rows}

    def wait_for(self, **totals):
        """Until these consumers have these totals: wait_for(c7=5)."""
        wanted = {int(name[1:]): amount for name, amount in totals.items()}
        until(lambda: wanted.items() <= self.totals().items(),
              f"totals {wanted}, found {self.totals()}; it said {self.said()}")
