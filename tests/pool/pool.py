# SPDX-License-Identifier: Apache-2.0
"""Workers of a pool over one tree, each with a working folder of its own, as on machines of their
own; and the books of what was put there."""

import signal
import subprocess
import time

from sweeping import WEIR, environment, weir, without_password  # noqa: F401

PATIENCE = 120  # seconds: only a failing test waits so long


def until(condition, what, patience=PATIENCE):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {patience} s: {what()}")


def flow_file(folder, store, lease, *more):
    """Writes the flow of the pool; the source is `in` below the folder."""
    text = f'''name = "usage"
[source]
url = "{folder / "in"}"
id = "pool"
scan_every = "100ms"
[store]
url = "{store}"
[pool]
lease = "{lease}"
lease_lasts = "1s"
[fold]
unit = "2KiB"
memory = "64KiB"
batch_age = "50ms"
'''
    path = folder / "usage.toml"
    path.write_text(text + "\n".join(more))
    return path


class Worker:
    def __init__(self, folder, flow, number):
        self.folder = folder / f"worker-{number}"
        self.folder.mkdir()
        self.flow = flow
        self.log = self.folder / "log"
        self.process = None
        self.lives = 0

    def start(self):
        self.lives += 1
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(WEIR), "watch", "-c", str(self.flow), "-j", "1"],
                                            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=environment())
        return self

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        if self.alive():
            self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def stop(self):
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def said(self):
        return self.log.read_text(errors="replace")[-3000:]


class Books:
    """Files are put under another name first, and renamed; what they hold is added up here."""

    def __init__(self, folder, choice):
        self.folder = folder / "in"
        self.folder.mkdir()
        self.choice = choice
        self.totals = {}
        self.files = 0

    def put(self, lines):
        name = f"f{self.files:06}"
        self.files += 1
        rows = [(self.choice.randrange(500), self.choice.randrange(10**9)) for _ in range(lines)]
        for consumer, amount in rows:
            self.totals[consumer] = self.totals.get(consumer, 0) + amount
        hidden = self.folder / f".{name}.tmp"
        hidden.write_text("".join(f"{consumer} {amount}\n" for consumer, amount in rows))
        hidden.rename(self.folder / name)


def rows_of(text):
    return {int(row[0]): int(row[1]) for row in text}
