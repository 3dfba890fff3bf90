# SPDX-License-Identifier: Apache-2.0
"""Files that crash the process whenever they are read: after three crashes each is set aside, and
all others are counted."""

import gzip
import pathlib
import signal
import tempfile

import pytest

import job

CRASHES = ".weir.db.crashes"
THREE = 3  # crashes of one unit


def make_files(folder):
    """One file of many units and one that is compressed, and some that they must not take along."""
    (folder / "in").mkdir()
    rows = [b"%d %d" % (key, key + 1) for key in range(600)]
    lines = b"".join(row + b"\n" for row in rows)
    for name in ("a.txt", "c.txt", "e.txt"):
        (folder / "in" / name).write_bytes(lines)
    return lines


def ingest(folder, jobs, fault=None, settings=()):
    return job.run([str(job.WEIR), "ingest", "in", "-j", str(jobs), "--no-progress",
                    "--set=fold.unit=2KiB", *settings], folder, fault=fault)


def reasons(folder):
    status, said = job.run([str(job.WEIR), "quarantine"], folder)
    assert status == 0, said
    return [line for line in said.splitlines() if "poison: " in line]


def crash_until_set_aside(folder, jobs, fault, number, name):
    for _ in range(THREE):
        status, said = ingest(folder, jobs, fault)
        assert status == -number, said
        assert f"weir: crashed with signal {number}; on what, is noted" in said
    status, said = ingest(folder, jobs, fault)
    assert status == 1, said
    (reason,) = reasons(folder)
    assert name in reason
    assert f"poison: it crashed weir 3 times, last with signal {int(number)} at its" in reason
    assert not (folder / CRASHES).exists()
    return reason


# fault 17
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_a_unit_that_crashes_a_worker_is_set_aside_and_the_rest_is_counted(jobs, number):
    with tempfile.TemporaryDirectory(prefix="weir-poison-") as folder:
        folder = pathlib.Path(folder)
        lines = make_files(folder)
        (folder / "in" / "b.txt").write_bytes(b"7 1\n")
        fault = {"file": "/in/b.txt", "action": number.name, "thread": "work-*"}
        reason = crash_until_set_aside(folder, jobs, fault, number, "/in/b.txt")
        assert reason.endswith("at its unit 0")
        job.assert_exact(folder, job.totals(lines.splitlines() * 3), "without the poison")
        status, said = job.run([str(job.WEIR), "quarantine", "retry", "in/b.txt"], folder)
        assert status == 0, said
        status, said = ingest(folder, jobs, fault)
        assert status == -number, "offered again, it counts from 0"
        assert (folder / CRASHES).read_text().count("signal") == 1
        status, said = ingest(folder, jobs)
        assert status == 0, said
        assert not (folder / CRASHES).exists(), "what was counted was no poison"
        job.assert_exact(folder, job.totals([b"7 1", *lines.splitlines() * 3]), "with it")


# fault 17 (whoever reads ahead for a worker)
def test_a_crash_of_who_reads_ahead_is_laid_to_the_unit_it_reads_for():
    with tempfile.TemporaryDirectory(prefix="weir-poison-") as folder:
        folder = pathlib.Path(folder)
        lines = make_files(folder)
        rows = b"".join(b"%d %d\n" % (key * 7919 % 1_000_003, key) for key in range(400_000))
        (folder / "in" / "b.gz").write_bytes(gzip.compress(rows, 1))
        fault = {"file": "/in/b.gz", "action": "SIGSEGV", "thread": "read-ahead"}
        reason = crash_until_set_aside(folder, 2, fault, signal.SIGSEGV, "/in/b.gz")
        assert reason.endswith("at its unit 0")
        job.assert_exact(folder, job.totals(lines.splitlines() * 3), "without the poison")


# fault 17 (a file that crashes when it is first looked at)
def test_a_file_that_crashes_before_it_is_accepted_is_set_aside():
    with tempfile.TemporaryDirectory(prefix="weir-poison-") as folder:
        folder = pathlib.Path(folder)
        lines = make_files(folder)
        (folder / "in" / "b.txt").write_bytes(b"7 1\n")
        fault = {"file": "/in/b.txt", "action": "SIGSEGV", "thread": "feed"}
        reason = crash_until_set_aside(folder, 1, fault, signal.SIGSEGV, "/in/b.txt")
        assert reason.endswith("at its first bytes")
        status, said = job.run([str(job.WEIR), "quarantine", "retry", "--all"], folder)
        assert status == 0, said
        status, said = ingest(folder, 1)
        assert status == 0, said
        job.assert_exact(folder, job.totals([b"7 1", *lines.splitlines() * 3]), "with it")


# fault 17 (a kill is no crash)
def test_what_others_send_is_laid_to_nobody():
    with tempfile.TemporaryDirectory(prefix="weir-poison-") as folder:
        folder = pathlib.Path(folder)
        make_files(folder)
        fault = {"call": "pwrite64", "thread": "any", "at": 20, "action": "kill"}
        status, said = ingest(folder, 1, fault)
        assert status == -signal.SIGKILL, said
        assert not (folder / CRASHES).exists()


# fault 17 (crashes that cannot be noted)
def test_where_crashes_cannot_be_noted_it_counts_and_says_so():
    with tempfile.TemporaryDirectory(prefix="weir-poison-") as folder:
        folder = pathlib.Path(folder)
        lines = make_files(folder)
        (folder / CRASHES).mkdir()
        fault = {"file": "/in/a.txt", "action": "SIGSEGV", "thread": "work-0"}
        status, said = ingest(folder, 1, fault)
        assert status == -signal.SIGSEGV, said
        assert "could not be noted" in said
        status, said = ingest(folder, 1)
        assert status == 0, said
        assert "is not known for sure" in said
        job.assert_exact(folder, job.totals(lines.splitlines() * 3), "all the same")
