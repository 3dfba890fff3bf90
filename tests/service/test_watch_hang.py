# SPDX-License-Identifier: Apache-2.0
"""A watch that reads from where a read hangs, as on a network file system whose server is gone."""

import json

import pytest

from watching import Watching, drop_in, run, until

FIRST_LOOK, COUNTING = 1, 2  # reads of a small file: by the feeder, then by a worker


def hang(folder, at):
    return {"file": "/in/stuck", "action": "hang", "thread": "patient-read", "at": at,
            "until": folder / "server is back", "hit": folder / "it hangs"}


def scans(service):
    return json.loads(run(service.work, "status", "--json"))["watch"]["scans"]


# fault 51 (of a service, until the server is back)
@pytest.mark.parametrize("at", [FIRST_LOOK, COUNTING])
def test_a_file_that_hangs_holds_up_no_other_and_is_counted_when_it_answers(tmp_path, at):
    service = Watching(tmp_path, "source.scan_every=50ms", "source.read_timeout=1s",
                       "source.timeout_on=all")
    drop_in(service.folder, "before", b"1 1\n")
    drop_in(service.folder, "stuck", b"7 7\n")
    service.start(hang(tmp_path, at))
    until((tmp_path / "it hangs").exists, "it hangs")
    service.wait_for(c1=1)
    drop_in(service.folder, "after", b"2 3\n")
    service.wait_for(c2=3)
    complaint = f"no answer from {service.folder}/stuck for 1 s"
    until(lambda: complaint in service.said(), "it says so")
    before = scans(service)
    until(lambda: scans(service) >= before + 4, "it has met the file again")
    assert service.said().count(complaint) == 1, service.said()
    assert service.states().get("stuck") in (None, "pending")
    (tmp_path / "server is back").touch()
    service.wait_for(c1=1, c2=3, c7=7)
    assert service.stop() == 0
    run(tmp_path, "verify")


# fault 51 (a request to leave while a read hangs)
@pytest.mark.parametrize("at", [FIRST_LOOK, COUNTING])
def test_a_watch_leaves_while_a_read_hangs_and_the_next_one_counts_the_file(tmp_path, at):
    service = Watching(tmp_path, "source.scan_every=50ms", "source.read_timeout=1h",
                       "source.timeout_on=all")
    drop_in(service.folder, "stuck", b"7 7\n")
    service.start(hang(tmp_path, at))
    until((tmp_path / "it hangs").exists, "it hangs")
    assert service.stop() == 0, service.said()
    assert not service.totals()
    service.start()
    service.wait_for(c7=7)
    assert service.stop() == 0
    run(tmp_path, "verify")
