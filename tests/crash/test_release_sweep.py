# SPDX-License-Identifier: Apache-2.0
"""A pass that puts its files away is killed at write-like calls (every third one; with
WEIR_CAMPAIGN=1 every one), and started again: every line is counted once, and every file is in one
place, whole. Corrections are swept in the conformance suite, over a database that is cut off,
killed and refused at each of its steps.
"""

import collections
import concurrent.futures
import itertools
import os
import pathlib
import shutil
import tempfile

import pytest

import job

WORKERS = 2
STEP = 1 if os.environ.get("WEIR_CAMPAIGN") == "1" else 3
NAMES = {"move": "{}", "archive": "{}.zst", "delete": None}


class Release:
    """Passes over copies of one folder, with one way to put files away."""

    def __init__(self, folder, after):
        self.folder, self.after = folder, after
        self.expected = job.make_files(folder / "in")
        self.files = sorted(p.relative_to(folder / "in") for p in (folder / "in").rglob("*")
                            if p.is_file())
        self.numbers = itertools.count()

    def fresh(self):
        work = self.folder / f"work-{next(self.numbers)}"
        shutil.copytree(self.folder / "in", work / "in")
        return work

    def run(self, work, fault=None):
        settings = [f"source.after={self.after}", "source.to=old", "source.keep_for=0s",
                    "source.copy_to=backup" if self.after == "archive" else "source.copy_to="]
        arguments = job.command("in") + [f"--set={setting}" for setting in settings]
        return job.run(arguments, work, fault)

    def counts(self):
        work = self.fresh()
        status, said = self.run(work, {"at": 0, "counts": work / "counts"})
        assert status == 0, said
        counts = collections.Counter()
        for line in (work / "counts").read_text().splitlines():
            thread, call, count = line.rsplit(" ", 2)
            counts[thread, call] += int(count)
        return counts

    def point(self, fault):
        """Killed, and started again twice; False: it ended before the fault was due."""
        work = self.fresh()
        self.run(work, fault | {"hit": work / "hit"})
        if not (work / "hit").exists():
            shutil.rmtree(work)
            return False
        for _ in range(2):  # what was begun, and what was not begun yet
            status, said = self.run(work)
            assert status == 0, f"{fault}: {said}"
        job.assert_exact(work, self.expected, f"{self.after}, {fault}")
        self.assert_put_away(work, fault)
        shutil.rmtree(work)
        return True

    def assert_put_away(self, work, fault):
        left = [p for p in (work / "in").rglob("*") if p.is_file()]
        assert not left, f"{self.after}, {fault}: {left}"
        packed = NAMES[self.after]
        for name in self.files if packed else []:
            plain = name.suffix in (".gz", ".bz2") or self.after == "move"
            there = work / "old" / (name if plain else packed.format(name))
            assert there.exists(), f"{self.after}, {fault}: no {there}"
            if plain:
                assert there.read_bytes() == (self.folder / "in" / name).read_bytes()
        hidden = [p for p in work.rglob(".*") if p.is_file()]
        assert not hidden, f"{self.after}, {fault}: {hidden}"


# faults 9, 12
@pytest.mark.parametrize("after", ["move", "archive", "delete"])
def test_a_pass_that_puts_files_away_is_killed_at_its_writes(after):
    with tempfile.TemporaryDirectory(prefix="weir-release-") as folder:
        release = Release(pathlib.Path(folder), after)
        counts = release.counts()

        def walk(key):
            thread, call = key
            fault = {"action": "kill", "thread": thread, "call": call}
            return next(points for points in itertools.count()
                        if not release.point(fault | {"at": 1 + points * STEP}))

        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            points = sum(pool.map(walk, counts))
    print(f"\nrelease sweep: {after}, killed at {points} points")
    assert points > 50
