# SPDX-License-Identifier: Apache-2.0
"""What `weir watch` tells the program that started it, as systemd would hear it; and what its log
looks like meanwhile."""

import json
import os
import re
import signal
import socket

import pytest

from watching import PATIENCE, Watching, drop_in, until


class Manager:
    """The socket of a program that starts services."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(PATIENCE)
        self.socket.bind(self.path)
        self.heard = []

    def hear(self, wanted):
        """Waits for a message that begins so; answers it."""
        while True:
            message = self.socket.recv(65536).decode()
            self.heard.append(message)
            if message.startswith(wanted):
                return message


@pytest.fixture
def service(tmp_path):
    watch = Watching(tmp_path)
    yield watch
    if watch.process is not None and watch.process.poll() is None:
        watch.kill()


def with_flow(service, text):
    (service.work / "flow.toml").write_text(
        '[source]\nurl = "in"\n[store]\nurl = "sqlite:weir.db"\n' + text)
    service.settings = ["-c", "flow.toml"]
    return service


def test_a_manager_hears_of_start_reload_life_and_stop(service):
    manager = Manager(service.work / "notify")
    with_flow(service, "").start(NOTIFY_SOCKET=manager.path, WATCHDOG_USEC="1000000")
    manager.hear("READY=1")
    assert "file" in manager.hear("STATUS=")
    manager.hear("WATCHDOG=1")
    service.process.send_signal(signal.SIGHUP)
    assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", manager.hear("RELOADING=1"))
    manager.hear("READY=1")
    assert service.stop() == 0
    manager.hear("STOPPING=1")


def test_it_is_ready_when_it_can_be_spoken_to_and_not_when_all_is_scanned(service):
    drop_in(service.folder, "a", b"7 5\n")
    manager = Manager(service.work / "notify")
    service.start(NOTIFY_SOCKET=manager.path, wait=False)
    manager.hear("READY=1")
    assert service.listens()
    assert manager.heard == ["READY=1"]
    assert "the last scan saw 0 files" in manager.hear("STATUS=")
    service.wait_for(c7=5)


def test_a_manager_that_does_not_listen_is_no_trouble(service):
    service.start(NOTIFY_SOCKET=str(service.work / "nobody"))
    drop_in(service.folder, "a", b"7 5\n")
    service.wait_for(c7=5)
    assert service.stop() == 0


def test_a_reload_changes_how_it_is_logged(service):
    with_flow(service, "").start()
    until(lambda: "watching " in service.said(), "it has started")
    with_flow(service, '[log]\nformat = "json"\n')
    service.process.send_signal(signal.SIGHUP)
    until(lambda: "were read again" in service.said(), "it has reloaded")
    drop_in(service.folder, "a", b"7 5\n")
    service.wait_for(c7=5)
    assert service.stop() == 0
    lines = service.said().splitlines()
    text = [line for line in lines if not line.startswith("{")]
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ", line) for line in text), text
    events = [json.loads(line) for line in lines[len(text):]]
    counted = [told for told in events if told["event"] == "file.counted"]
    assert [told["path"] for told in counted] == [str(service.folder / "a")]
    assert events[-1]["event"] == "watch.stopped"


# fault 26 (a service whose log nobody reads)
def test_a_log_that_nobody_reads_holds_up_nothing(service):
    read, write = os.pipe()
    os.set_blocking(write, False)
    try:
        while True:
            os.write(write, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(write, True)  # as it is for who does not know that it is full
    service.start(log=write)
    for number in range(200):
        drop_in(service.folder, f"f{number}", b"7 1\n")
    service.wait_for(c7=200)
    assert service.stop() == 0
    os.close(write)
    os.close(read)
