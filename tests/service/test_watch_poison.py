# SPDX-License-Identifier: Apache-2.0
"""A watch that a file crashes whenever it is read, under whoever starts it again."""

import signal

from watching import Watching, drop_in, run, until


# fault 17 (of a service)
def test_a_watch_that_is_started_again_gets_past_a_file_that_crashes_it(tmp_path):
    service = Watching(tmp_path, "source.scan_every=50ms")
    fault = {"file": "/in/poison", "action": "SIGSEGV", "thread": "work-*"}
    drop_in(service.folder, "before", b"1 1\n")
    drop_in(service.folder, "poison", b"7 7\n")
    for _ in range(3):
        service.start(fault, wait=False)
        assert service.process.wait(60) == -signal.SIGSEGV, service.said()
    drop_in(service.folder, "after", b"2 2\n")
    service.start(fault)
    service.wait_for(c1=1, c2=2)
    until(lambda: service.states().get("poison") == "quarantined", "it is set aside")
    assert "poison: it crashed weir 3 times, last with signal 11" in service.said()
    assert service.stop() == 0
    run(tmp_path, "quarantine", "retry", "in/poison")
    service.start()
    service.wait_for(c1=1, c2=2, c7=7)
    assert service.stop() == 0
    run(tmp_path, "verify")
