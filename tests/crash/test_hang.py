# SPDX-License-Identifier: Apache-2.0
"""Files whose reads hang, as on a network file system whose server is gone: all others are counted,
and the pass ends."""

import pathlib
import tempfile

import pytest

import job

ATTENTION, UNAVAILABLE = 1, 69  # exit codes
PATIENT = ["--set=source.read_timeout=1s", "--set=source.timeout_on=all"]


def run(folder, arguments, fault=None):
    return job.run([str(job.WEIR), *arguments, "--no-progress"], folder, fault=fault)


def make_files(folder):
    (folder / "in").mkdir()
    rows = [b"%d %d" % (key, key + 1) for key in range(600)]
    for name in ("a.txt", "c.txt", "e.txt"):
        (folder / "in" / name).write_bytes(b"".join(row + b"\n" for row in rows))
    (folder / "in" / "b.txt").write_bytes(b"7 1\n" * 1000)
    return rows * 3, [b"7 1"] * 1000


def hang(folder, at):
    return {"file": "/in/b.txt", "action": "hang", "thread": "patient-read", "at": at,
            "until": folder / "never", "hit": folder / "it hangs"}


# fault 51 (of a pass: at the first look, or while it is counted)
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("at", [1, 2, 4])
def test_a_pass_leaves_a_file_that_hangs_and_counts_the_others(at, jobs):
    with tempfile.TemporaryDirectory(prefix="weir-hang-") as folder:
        folder = pathlib.Path(folder)
        others, stuck = make_files(folder)
        ingest = ["ingest", "in", "-j", str(jobs), "--set=fold.unit=2KiB", *PATIENT]
        status, said = run(folder, ingest, hang(folder, at))
        assert (folder / "it hangs").exists()
        assert status == UNAVAILABLE, said
        assert said.count(f"no answer from {folder}/in/b.txt for 1 s") == 1, said
        units = job.stored_totals(folder / "weir.db")[7] - 3 * 8
        assert units in (0, 512, 488) if at > 1 else units == 0, "whole units of it, or nothing"
        status, said = run(folder, ingest)
        assert status == 0, said
        job.assert_exact(folder, job.totals(others + stuck), "when it answers")


# fault 51 (of a sum)
def test_a_sum_leaves_out_what_hangs_and_says_so():
    with tempfile.TemporaryDirectory(prefix="weir-hang-") as folder:
        folder = pathlib.Path(folder)
        others, _ = make_files(folder)
        status, said = run(folder, ["sum", "in", *PATIENT], hang(folder, 1))
        assert status == ATTENTION, said
        assert f"no answer from {folder}/in/b.txt for 1 s" in said
        rows = [line.encode() for line in said.splitlines() if line[0].isdigit()]
        assert job.totals(rows) == job.totals(others)


# fault 51 (no limit was asked for on this file system)
def test_a_local_source_is_read_without_another_task():
    with tempfile.TemporaryDirectory(prefix="weir-hang-") as folder:
        folder = pathlib.Path(folder)
        others, stuck = make_files(folder)
        status, said = run(folder, ["ingest", "in"], hang(folder, 1))
        assert status == 0, said
        assert not (folder / "it hangs").exists()
        job.assert_exact(folder, job.totals(others + stuck), "as ever")
