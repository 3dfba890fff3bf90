# SPDX-License-Identifier: Apache-2.0
"""`weir watch` as a program: what comes is counted once, whatever way it comes; it is spoken to,
stopped, killed and started again."""

import json
import os
import signal
import time

import pytest

from watching import WEIR, Watching, drop_in, run, until


@pytest.fixture
def watch(tmp_path):
    watches = []

    def make(*settings):
        watches.append(Watching(tmp_path, *settings))
        return watches[-1]

    yield make
    for each in watches:
        if each.process is not None and each.process.poll() is None:
            each.kill()


def test_files_are_counted_as_they_come_and_once(watch):
    service = watch()
    drop_in(service.folder, "before", b"1 1\n")
    service.start()
    service.wait_for(c1=1)
    drop_in(service.folder, "a", b"7 5\n1 1\n")
    (service.folder / "below").mkdir()
    drop_in(service.folder / "below", "b", b"8 3\n")
    service.wait_for(c1=2, c7=5, c8=3)
    assert service.stop() == 0
    service.start()
    drop_in(service.folder, "c", b"9 1\n")
    service.wait_for(c1=2, c7=5, c8=3, c9=1)
    assert service.stop() == 0
    run(service.work, "verify")


# fault 44
def test_a_file_that_is_being_written_is_not_touched(watch):
    service = watch("source.scan_every=20ms").start()
    with open(service.folder / "slow", "wb") as slow:
        slow.write(b"1 1\n")
        slow.flush()
        for _ in range(3):  # it pauses longer than a file must have been left alone
            os.utime(service.folder / "slow", (0, 0))
            drop_in(service.folder, f"quick-{time.monotonic_ns()}", b"2 1\n")
            time.sleep(1)
            assert service.states().get("slow") is None
        slow.write(b"1 1\n")
    service.wait_for(c1=2)


def test_a_producer_that_says_so_is_answered_and_given_a_receipt(watch):
    service = watch().start()
    path = service.folder / "a"
    path.write_bytes(b"7 5\nbad\n")
    answers = service.ask_json({"file": str(path), "receipt": True}, answers=2)
    assert answers[0]["answer"] == "accepted"
    assert answers[1] == {"answer": "counted", "file": str(path), "lines": 2, "rejects": 1}
    assert service.totals() == {7: 5}
    assert service.ask(str(path)) == f"known {path}"


# faults 136, 143
def test_a_notice_of_what_is_no_file_of_the_source_is_refused(watch):
    service = watch().start()
    (service.work / "outside").write_bytes(b"1 1\n")
    os.symlink(service.work / "outside", service.folder / "link")
    for path in ("missing", "../outside", "link", "/etc/passwd", "."):
        answer = service.ask(str(service.folder) + "/" + path if path[0] != "/" else path)
        assert answer.startswith("refused "), answer
    path = service.folder / "a"
    path.write_bytes(b"7 5\n")
    answers = [service.ask(str(path)) for _ in range(100)]
    assert set(answers) <= {f"accepted {path}", f"known {path}"}
    service.wait_for(c7=5)
    assert service.states() == {"a": "done"}


@pytest.mark.parametrize("after", ["move", "archive", "delete"])
def test_counted_files_are_put_away(watch, after):
    service = watch(f"source.after={after}", "source.to=counted", "source.keep_for=0s").start()
    drop_in(service.folder, "a", b"7 5\n")
    service.wait_for(c7=5)
    until(lambda: not (service.folder / "a").exists(), "it is put away")
    assert service.stop() == 0
    there = sorted(p.name for p in (service.work / "counted").glob("*"))
    assert there == {"move": ["a"], "archive": ["a.zst"], "delete": []}[after]
    assert service.query("SELECT release FROM weir_file") == [("released",)]


# faults 13, 14
def test_it_drains_on_sigterm_and_reads_its_settings_again_on_sighup(watch):
    service = watch()
    flow = service.work / "flow.toml"
    flow.write_text('[source]\nurl = "in"\n[store]\nurl = "sqlite:weir.db"\n')
    service.settings = ["-c", "flow.toml"]
    service.start()
    drop_in(service.folder, "a", b"7 5\n")
    service.wait_for(c7=5)
    flow.write_text('[source]\nurl = "in"\nafter = "delete"\nkeep_for = "0s"\n'
                    '[store]\nurl = "sqlite:other.db"\n')
    service.process.send_signal(signal.SIGHUP)
    until(lambda: not (service.folder / "a").exists(), "the new setting holds")
    until(lambda: "store.url has changed: it needs a restart" in service.said(), "it says so")
    flow.write_text('[source]\nurl = 7\n')
    service.process.send_signal(signal.SIGHUP)
    until(lambda: "stay as they were" in service.said(), "it refuses wrong settings")
    drop_in(service.folder, "b", b"8 3\n")
    service.wait_for(c8=3)
    began = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - began < 5


# fault 20
def test_a_second_watch_on_one_database_is_refused(watch):
    service = watch().start()
    second = Watching(service.work).start()
    assert second.process.wait(10) == 75
    assert service.ask(str(service.folder)).startswith("refused ")


def test_commands_that_change_the_ledger_go_through_the_watch(watch):
    service = watch().start()
    drop_in(service.folder, "broken.gz", b"\x1f\x8b this is no gzip")
    until(lambda: service.states().get("broken.gz") == "quarantined", "it is set aside")
    run(service.work, "quarantine", "drop", "in/broken.gz")
    assert service.states() == {"broken.gz": "dropped"}
    run(service.work, "ingest", "in", status=75)  # that one must not run beside it


def test_status_tells_how_a_running_watch_is_doing(watch):
    service = watch()
    drop_in(service.folder, "a", b"7 5\n")
    service.start()
    service.wait_for(c7=5)
    live = json.loads(run(service.work, "status", "--json"))["watch"]
    assert live["files_counted"] == 1 and live["scans"] >= 1 and live["books_balance"]
    assert 10_000 <= live["scan_interval_ms"] <= 60_000
    assert "watch     running: 1 files counted" in run(service.work, "status")
    assert service.stop() == 0
    assert "watch " not in run(service.work, "status")


# fault 41 (part: a folder that is removed and made again)
def test_a_folder_that_vanishes_and_comes_back_is_watched_again(watch):
    service = watch("source.scan_every=50ms").start()
    drop_in(service.folder, "a", b"7 5\n")
    service.wait_for(c7=5)
    (service.folder / "a").unlink()
    service.folder.rmdir()
    until(lambda: "cannot be listed" in service.said(), "it says so")
    service.folder.mkdir()
    drop_in(service.folder, "b", b"8 3\n")
    service.wait_for(c8=3)


def test_kill_and_start_again(watch):
    service = watch()
    for number in range(10):
        service.start(wait=False)
        drop_in(service.folder, f"f{number}", b"7 1\n" * 100)
        service.kill()
    service.start()
    service.wait_for(c7=1000)
    assert service.stop() == 0
    run(service.work, "verify", "--read")
    assert WEIR.exists()


def test_corrections_are_carried_out_by_the_watch(watch):
    service = watch("store.keep=history").start()
    drop_in(service.folder, "a", b"7 5\n8 1\n")
    drop_in(service.folder, "b", b"7 2\n")
    service.wait_for(c7=7, c8=1)
    run(service.work, "revoke", "in/a", "--why", "sent twice")
    assert service.totals() == {7: 2, 8: 0}
    (service.work / "better").write_bytes(b"7 40\n9 1\n")
    run(service.work, "replace", "in/b", "better")
    assert service.totals() == {7: 40, 8: 0, 9: 1}
    told = json.loads(run(service.work, "corrections", "--json"))["corrections"]
    assert [each["action"] for each in told] == ["revoke", "replace"]
    assert service.stop() == 0
    run(service.work, "verify")


def test_on_change_replace_swaps_what_was_counted(watch):
    service = watch("store.keep=history", "source.on_change=replace", "source.scan_every=50ms")
    service.start()
    drop_in(service.folder, "a", b"7 5\n8 1\n")
    service.wait_for(c7=5, c8=1)
    drop_in(service.folder, "a", b"7 6\n")
    service.wait_for(c7=6, c8=0)
    assert service.stop() == 0
    run(service.work, "verify", "--read")
