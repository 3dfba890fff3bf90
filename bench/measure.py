# SPDX-License-Identifier: Apache-2.0
"""Runs commands and says what they took: wall seconds, CPU seconds, peak memory."""

import dataclasses
import os
import statistics
import subprocess
import sys

MIB = 1 << 20


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of one command. `cpu` is user and system time of all its processes, `mib` the peak
    resident memory of the largest of them."""

    seconds: float
    cpu: float
    mib: float


@dataclasses.dataclass(frozen=True)
class Median:
    """The middle of several runs, each figure by itself; the peak of memory is the highest."""

    seconds: float
    cpu: float
    mib: float
    runs: int

    @staticmethod
    def of(runs):
        return Median(
            seconds=statistics.median(run.seconds for run in runs),
            cpu=statistics.median(run.cpu for run in runs),
            mib=max(run.mib for run in runs),
            runs=len(runs),
        )


class Failed(Exception):
    """A command that was to be measured did not do its work."""


class Stopwatch:
    """Measures commands in a folder. A command is a list of words, or a line for the shell."""

    def __init__(self, timed, folder):
        self.timed = timed  # see timed.cc
        self.folder = folder

    def run(self, command, output=os.devnull, environment=None, allowed=(0,)):
        words = ["sh", "-c", command] if isinstance(command, str) else [str(w) for w in command]
        figures, talk = self.folder / "figures", self.folder / "talk"
        with open(output, "wb") as out, open(talk, "wb") as err:
            done = subprocess.run(
                [self.timed, figures, *words],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, **(environment or {})},
                check=False,
            )
        if done.returncode not in allowed:
            said = talk.read_text(errors="replace")[-2000:]
            raise Failed(f"{' '.join(words)}: exit {done.returncode}\n{said}")
        wall, cpu, kib, _ = figures.read_text().split()
        return Run(seconds=float(wall), cpu=float(cpu), mib=int(kib) / 1024)

    def talk(self):
        """What the last command said to standard error."""
        return (self.folder / "talk").read_text(errors="replace")


def in_turn(contestants, rounds):
    """Runs what is to be compared in turn, so many times over, the first of them before each of the
    others: name -> Median. A contestant is a function that returns a Run."""
    runs = {name: [] for name in contestants}
    first, *others = contestants
    for _ in range(rounds):
        for name in others or [None]:
            runs[first].append(contestants[first]())
            if name is not None:
                runs[name].append(contestants[name]())
    return {name: Median.of(all_of) for name, all_of in runs.items()}


def warm(path):
    """Reads a file once, so that every contestant finds it in memory."""
    with open(path, "rb", buffering=0) as file:
        while file.read(8 * MIB):
            pass


def say(text):
    print(text, file=sys.stderr, flush=True)
