# SPDX-License-Identifier: Apache-2.0
"""One process that counts files into a server while something happens to what is between them."""

import contextlib
import os
import pathlib
import re
import subprocess
import time

from sweeping import WEIR, Client, weir

PATIENCE = 60  # seconds: only a failing test waits so long
MIB = 1 << 20


def until(condition, what=lambda: ""):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"not within {PATIENCE} s: {what()}")


class Counting:
    """`weir ingest` of the folder `in`, under way. Its end is its exit code."""

    def __init__(self, folder, url, *more, password=""):
        self.said_to = folder / "said"
        with open(self.said_to, "wb") as said:
            self.process = subprocess.Popen(
                [str(WEIR), "ingest", "in", "--into", url, "-j", "1", *more], cwd=folder,
                env={**os.environ, "PGPASSWORD": password}, stdin=subprocess.DEVNULL,
                stdout=said, stderr=said)
        self.memory = 0

    def ended(self):
        """Also keeps how much memory it took at most, in bytes. (Not by wait4: there a process
        counts as large as the one that started it.)"""
        with contextlib.suppress(OSError):
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
            peak = re.search(r"VmHWM:\s+(\d+) kB", status)
            is_weir = status.startswith("Name:\tweir\n")
            self.memory = max(self.memory, int(peak[1]) * 1024) if peak and is_weir else self.memory
        return self.process.poll() is not None

    def end(self):
        try:
            until(self.ended, self.said)
        except AssertionError:
            self.process.kill()
            raise
        return self.process.returncode

    def said(self):
        return self.said_to.read_text(errors="replace")


def put(folder, name, lines):
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / name).write_text("".join(f"{key} {amount}\n" for key, amount in lines))


def check(folder, url, due):
    """The totals, asked for where nothing stands between, and the books."""
    with Client(["psql", "-XAt", url]) as client:
        found = client.value("SELECT string_agg(consumer || ' ' || amount, ',' ORDER BY consumer) "
                             "FROM usage")
    assert found == ",".join(f"{key} {amount}" for key, amount in sorted(due.items()))
    assert "the books balance" in weir("verify", "--from", url, work=folder).stdout.decode()


HOLD = """
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER hold AFTER INSERT OR UPDATE ON usage DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION hold()"""


@contextlib.contextmanager
def held_at_commit(server, database):
    """COMMIT waits as long as this lasts; answers a function that says whether one does."""
    server.sql(HOLD, database)
    query = ("SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory' "
             f"AND datname = '{database}'")
    with Client(["psql", "-XAt", server.url(database)]) as client:
        client.value("SELECT count(pg_advisory_lock(1))")
        yield lambda: server.sql(query)
