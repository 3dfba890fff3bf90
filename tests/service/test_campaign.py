# SPDX-License-Identifier: Apache-2.0
"""Producers write, rename and notify into one tree while the watch is killed, frozen, starved of
disk and started again at random; files are replaced, truncated, deleted, appended to. In the end
totals equal the producers' own books, and every file is counted, or set aside with a reason.

Files that are left alone have consumers below 1,000; each file that is meddled with has a consumer
of its own, so that what became of it can be read off: one of its versions counted, or nothing.
WEIR_CAMPAIGN_KILLS sets how many kills: `make campaign` has hours of them.
"""

import json
import os
import random
import signal
import threading
import time

from watching import Watching, drop_in, run, until

KILLS = int(os.environ.get("WEIR_CAMPAIGN_KILLS", "300"))
PRODUCERS = 3
SETTINGS = ["fold.unit=2KiB", "fold.memory=64KiB", "source.scan_every=50ms", "fold.batch_age=50ms",
            "source.after=move", "source.to=counted", "source.keep_for=100ms"]


class Books:
    """What was produced, exactly."""

    def __init__(self):
        self.lock = threading.Lock()
        self.totals = {}
        self.files = set()
        self.versions = {}  # consumer of a file that is meddled with: the sums that are right
        self.answers = {}

    def enter(self, name, lines):
        with self.lock:
            self.files.add(name)
            for consumer, amount in lines:
                self.totals[consumer] = self.totals.get(consumer, 0) + amount


def text_of(lines):
    return b"".join(b"%d %d\n" % line for line in lines)


class Producer(threading.Thread):
    def __init__(self, number, service, books, over):
        super().__init__(daemon=True)  # a failing test does not wait for it
        self.number, self.service, self.books, self.over = number, service, books, over
        self.choice = random.Random(number)
        self.made = 0

    def run(self):
        while not self.over.is_set():
            self.made += 1
            name = f"p{self.number}-{self.made}"
            (self.meddle if self.choice.random() < 0.1 else self.produce)(name)
            time.sleep(self.choice.random() * 0.02)

    def lines(self):
        count = self.choice.choice([0, 1, 3, 20, 400])
        return [(self.choice.randrange(1000), self.choice.randrange(10**9)) for _ in range(count)]

    def produce(self, name):
        lines = self.lines()
        self.books.enter(name, lines)
        content = text_of(lines)
        if self.choice.random() < 0.2:  # in its place from the start, with a pause
            with open(self.service.folder / name, "wb") as out:
                out.write(content[:len(content) // 2])
                out.flush()
                time.sleep(self.choice.random() * 0.05)
                out.write(content[len(content) // 2:])
        else:
            drop_in(self.service.folder, name, content)
            if self.choice.random() < 0.5:
                self.notify(name)

    def notify(self, name):
        try:
            answer = self.service.ask_json({"file": str(self.service.folder / name)})[0]["answer"]
        except (OSError, json.JSONDecodeError):
            answer = "nobody"
        with self.books.lock:
            self.books.answers[answer] = self.books.answers.get(answer, 0) + 1

    def meddle(self, name):
        consumer = 10**6 * (self.number + 1) + self.made
        path = self.service.folder / name
        drop_in(self.service.folder, name, b"%d 100\n" % consumer)
        allowed = {0, 100}
        time.sleep(self.choice.random() * 0.1)
        try:
            how = self.choice.choice(["replace", "truncate", "delete", "append"])
            if how == "replace":
                drop_in(self.service.folder, name, b"%d 7000\n" % consumer)
                allowed |= {7000, 7100}  # both: the first had been counted and moved away
            elif how == "truncate":
                os.truncate(path, 0)
            elif how == "delete":
                path.unlink()
            else:
                there = os.open(path, os.O_WRONLY | os.O_APPEND)  # not made where it is gone
                os.write(there, b"%d 30\n" % consumer)
                os.close(there)
                allowed |= {130}
        except FileNotFoundError:
            pass  # it was counted and moved away
        with self.books.lock:
            self.books.versions[consumer] = allowed


def torment(service, choice, kills):
    """Lives and deaths of the watch; answers how often what was done to it."""
    done = {"kill": 0, "freeze": 0, "disk full": 0, "stop": 0}
    while done["kill"] < kills:
        fault = None
        if choice.random() < 0.1:
            fault = {"action": "ENOSPC", "at": choice.randrange(1, 400)}
            done["disk full"] += 1
        service.start(fault=fault, wait=choice.random() < 0.5)
        time.sleep(choice.random() ** 3 * 0.25)  # most lives are short, some see many commits
        if choice.random() < 0.1:
            service.process.send_signal(signal.SIGSTOP)
            time.sleep(choice.random() * 0.1)
            service.process.send_signal(signal.SIGCONT)
            done["freeze"] += 1
        if choice.random() < 0.1:
            service.process.send_signal(signal.SIGTERM)
            service.process.wait(60)
            done["stop"] += 1
        elif service.process.poll() is None:
            service.kill()
            done["kill"] += 1
        else:
            assert service.process.returncode in (69, 74), service.said()[-2000:]
    return done


# faults 1-5, 12, 21, 22, 28, 30-33 (at random moments)
def test_a_watch_that_is_tormented_counts_every_line_once(tmp_path):
    service = Watching(tmp_path, *SETTINGS)
    books, over = Books(), threading.Event()
    producers = [Producer(number, service, books, over) for number in range(PRODUCERS)]
    for producer in producers:
        producer.start()
    done = torment(service, random.Random(5), KILLS)
    over.set()
    for producer in producers:
        producer.join()
    service.start()

    def settled():
        totals = service.totals()
        return {k: v for k, v in totals.items() if k < 1000 and v} == \
            {k: v for k, v in books.totals.items() if v}

    try:
        until(settled, "every line is counted")
    finally:
        status = service.stop()
    assert status == 0, service.said()[-2000:]
    run(tmp_path, "verify")
    judge(service, books)
    print(f"\ncampaign: {done}, {len(books.files)} files, "
          f"{len(books.versions)} meddled with, notices {books.answers}")
    assert done["kill"] >= KILLS


def judge(service, books):
    totals = service.totals()
    wrong = {consumer: totals.get(consumer, 0) for consumer, allowed in books.versions.items()
             if totals.get(consumer, 0) not in allowed}
    assert not wrong, f"{wrong}, allowed {[books.versions[c] for c in wrong]}"
    rows = service.query("SELECT path, state, reason FROM weir_file")
    assert books.files <= {os.fsdecode(path).rsplit("/", 1)[1] for path, state, _ in rows
                           if state == "done"}
    assert all(reason for _, state, reason in rows if state == "quarantined")
