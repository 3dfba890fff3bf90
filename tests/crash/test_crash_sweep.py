# SPDX-License-Identifier: Apache-2.0
"""A small job is killed, torn, or refused by the disk, at every write-like call of every thread.

After each fault it is started again (and, by seed, killed a second time while it recovers); at the
end the totals are exact and the books balance. WEIR_CAMPAIGN=1 tries every pair of kills.
"""

import collections
import concurrent.futures
import itertools
import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile

import pytest

import job

CAMPAIGN = os.environ.get("WEIR_CAMPAIGN") == "1"
WORKERS = 2
SAMPLES_OF_TWO_JOBS = 2000 if CAMPAIGN else 60


@pytest.fixture(scope="module")
def sweep():
    with tempfile.TemporaryDirectory(prefix="weir-sweep-") as folder:
        yield Sweep(pathlib.Path(folder))


class Sweep:
    def __init__(self, folder):
        self.folder = folder
        self.expected = job.make_files(folder / "in")
        self.numbers = itertools.count()

    def counts(self, jobs):
        """How often each thread makes each write-like call: {(thread, call): n}."""
        work = self.fresh()
        counts = collections.Counter()
        status, said = job.run(self.command(jobs), work, {"at": 0, "counts": work / "counts"})
        assert status == 0, said
        for line in (work / "counts").read_text().splitlines():
            thread, call, count = line.rsplit(" ", 2)
            counts[thread, call] += int(count)
        return counts

    def command(self, jobs):
        return job.command(self.folder / "in", jobs)

    def fresh(self):
        work = self.folder / f"work-{next(self.numbers)}"
        work.mkdir()
        return work

    def point(self, fault, jobs, second=None):
        """One fault, then recovery; False: the job ended before the fault was due."""
        work = self.fresh()
        hit = work / "hit"
        status, said = job.run(self.command(jobs), work, fault | {"hit": hit})
        if not hit.exists():
            shutil.rmtree(work)
            return False
        context = f"{fault}, -j {jobs}, second {second}"
        if fault["action"] in ("kill", "tear"):
            assert status == -9, f"{context}: {said}"
        else:
            assert status >= 0, f"{context}: {said}"
        if status in (0, 1):  # it says that all is counted
            job.assert_exact(work, self.expected, context)
        if second is not None:
            job.run(self.command(jobs), work, second)
        status, said = job.run(self.command(jobs), work)
        assert status in (0, 1), f"{context}: recovery: {said}"
        job.assert_exact(work, self.expected, context)
        leftovers = [p.name for p in work.iterdir() if p.name.startswith("weir-spill")]
        assert not leftovers, f"{context}: left behind: {leftovers}"
        shutil.rmtree(work)
        return True


def each_point(sweep, action, jobs):
    """n = 1, 2, … for each thread and call, until the fault no longer happens."""
    counts = sweep.counts(jobs)
    total = sum(counts.values())

    def walk(thread, call):
        choice = random.Random(f"{action} {thread} {call}")
        points = 0
        for at in itertools.count(1):
            second = None
            if action == "kill":
                second = {"action": "kill", "at": choice.randrange(1, total + 1)}
            fault = {"action": action, "thread": thread, "call": call, "at": at}
            if not sweep.point(fault, jobs, second):
                return points
            points += 1

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        return sum(pool.map(lambda key: walk(*key), counts))


# faults 1, 2, 3, 4, 5, 12
# fault 11 (the making of the schema)
def test_killed_at_every_write_of_every_thread(sweep):
    points = each_point(sweep, "kill", jobs=1)
    print(f"\ncrash sweep: killed at {points} points, -j 1")
    assert points > 50


# fault 47 (part: a write that is torn by the death of the process)
def test_torn_at_every_write_of_every_thread(sweep):
    writes = [key for key in sweep.counts(1) if "write" in key[1]]
    points = 0
    for thread, call in writes:
        for at in itertools.count(1):
            fault = {"action": "tear", "thread": thread, "call": call, "at": at}
            if not sweep.point(fault, 1):
                break
            points += 1
    print(f"\ncrash sweep: torn at {points} points")
    assert points > 10


# faults 22, 25
@pytest.mark.parametrize("action", ["ENOSPC", "EIO"])
def test_refused_at_every_write_of_every_thread(sweep, action):
    points = each_point(sweep, action, jobs=1)
    print(f"\ncrash sweep: {action} at {points} points, -j 1")
    assert points > 50


# fault 27 (part: writes)
@pytest.mark.parametrize("action", ["short", "EINTR"])
def test_short_and_interrupted_writes_change_nothing(sweep, action):
    for (thread, call), count in sweep.counts(1).items():
        if "write" in call:
            for at in {1, count // 2 + 1, count}:
                fault = {"action": action, "thread": thread, "call": call, "at": at}
                sweep.point(fault, 1)


def test_killed_with_two_jobs_at_points_by_seed(sweep):
    choice = random.Random(2)
    total = sum(sweep.counts(2).values())

    def one(_):
        fault = {"action": "kill", "at": choice.randrange(1, total + 1)}
        return sweep.point(fault, 2, {"action": "kill", "at": choice.randrange(1, total + 1)})

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        points = sum(pool.map(one, range(SAMPLES_OF_TWO_JOBS)))
    print(f"\ncrash sweep: killed at {points} points, -j 2")
    assert points > SAMPLES_OF_TWO_JOBS // 2


@pytest.mark.skipif(not CAMPAIGN, reason="every pair of kills takes hours: make campaign")
def test_killed_at_every_pair_of_points(sweep):
    total = sum(sweep.counts(1).values())
    pairs = itertools.product(range(1, total + 1), repeat=2)

    def one(pair):
        return sweep.point({"action": "kill", "at": pair[0]}, 1, {"action": "kill", "at": pair[1]})

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        print(f"\ncrash sweep: {sum(pool.map(one, pairs))} pairs of kills")


def test_the_preloaded_library_sees_every_call_that_strace_sees(sweep):
    """Else the sweep would be blind; counts may differ where threads meet in another order."""
    work = sweep.fresh()
    calls = "pwrite64,fdatasync,fsync,ftruncate,unlink,unlinkat,rename,renameat2,mkdir,rmdir,write"
    subprocess.run(["strace", "-f", "-qq", "-o", work / "trace", "-e", f"trace={calls}",
                    *sweep.command(1)], cwd=work, check=False, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=60)
    traced = collections.Counter()
    for line in (work / "trace").read_text().splitlines():
        seen = re.match(r"\d+ +(\w+)\((\d*)", line)
        if seen and not (seen[1] == "write" and int(seen[2] or 9) <= 2):
            name = {"unlinkat": "unlink", "renameat2": "rename"}.get(seen[1], seen[1])
            traced[name] += 1
    counted = collections.Counter()
    for (_, call), count in sweep.counts(1).items():
        counted[call] += count
    assert set(traced) <= set(counted), (traced, counted)
    for name, count in traced.items():
        assert abs(counted[name] - count) <= max(3, count // 5), (name, traced, counted)
