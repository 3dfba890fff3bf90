# SPDX-License-Identifier: Apache-2.0
"""What signals do to whole processes."""

import signal
import sqlite3
import subprocess
import time

import program
import pytest

DRAIN_SECONDS_MAX = 5
# Every line a commit of its own: a pass that takes far longer than a test waits.
SLOW = ["-j", "1", "--set", "fold.unit=20", "--set", "fold.batch_keys=1"]


def units_done(database):
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10) as connection:
            query = "SELECT count(*) FROM weir_unit WHERE state = 'done'"
            return connection.execute(query).fetchone()[0]
    except sqlite3.OperationalError:
        return 0  # not yet there


def start_slow_pass(work):
    """A pass in its midst."""
    made = program.run(["generate", "in", "--files", "1", "--lines", "200k"], work)
    assert made.returncode == 0
    process = subprocess.Popen([program.WEIR, "ingest", "in", *SLOW], cwd=work,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while units_done(work / "weir.db") < 3 and time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.02)
    return process


# fault 13 (whole processes: leaves with 0 within 5 s, and what is counted stands)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_pass_that_is_asked_to_stop_drains_within_five_seconds(tmp_path, number):
    process = start_slow_pass(tmp_path)
    begun = time.monotonic()
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 0, said
    assert time.monotonic() - begun < DRAIN_SECONDS_MAX
    assert b"stopped on request" in said
    assert program.run(["verify"], tmp_path).returncode == 0


# fault 13 (whole processes: the second signal)
def test_a_second_signal_ends_it_at_once(tmp_path):
    process = start_slow_pass(tmp_path)
    # Both are there when it goes on, so that the drain is not over before the second one comes.
    process.send_signal(signal.SIGSTOP)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=60)
    assert process.returncode in (128 + signal.SIGTERM, 128 + signal.SIGINT)
    assert program.run(["verify"], tmp_path).returncode == 0


# fault 15 (one process: stopped, and continued)
def test_a_pass_that_is_stopped_and_continued_goes_on(tmp_path):
    process = start_slow_pass(tmp_path)
    process.send_signal(signal.SIGSTOP)
    before = units_done(tmp_path / "weir.db")
    process.send_signal(signal.SIGCONT)
    deadline = time.monotonic() + 60
    while units_done(tmp_path / "weir.db") <= before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert units_done(tmp_path / "weir.db") > before
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0
