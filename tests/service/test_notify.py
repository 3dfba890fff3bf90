# SPDX-License-Identifier: Apache-2.0
"""Producers tell of files: weir notify and the examples of docs/notices.md, against a server that
was written from that page."""

import json
import os
import re
import subprocess

import notice_server
import program
import pytest
import watching

HOSTILE = [b"new\nline", b"\xff\xfe", b"quote\"", b"back\\slash", "\u202etxt".encode(), b"-rf",
           b" "]


def accepted(path, receipt):
    later = [("counted", {"lines": 3, "rejects": 1})] if receipt else []
    return [("accepted", {}), *later]


# fault 40 (notices)
def test_hostile_names_arrive_as_they_are(tmp_path):
    with notice_server.NoticeServer(tmp_path / "s", accepted) as server:
        names = [os.path.join(os.fsencode(tmp_path), name) for name in HOSTILE]
        done = program.run(["notify", "--socket", "s", "--receipt", *names], tmp_path)
        assert done.returncode == 0, done.stderr
        assert server.told == names
        assert len(done.stdout.splitlines()) == 2 * len(names)
        assert b"counted " in done.stdout and b": 3 lines, 1 rejected\n" in done.stdout


def test_a_refusal_is_told_and_leaves_with_1(tmp_path):
    def refuse(path, receipt):
        return [("refused", {"reason": "it lies outside"})]

    with notice_server.NoticeServer(tmp_path / "s", refuse):
        done = program.run(["notify", "--socket", "s", "a", "--receipt", "--log-format", "json"],
                           tmp_path)
    told = json.loads(done.stderr)
    assert done.returncode == 1 and done.stdout == b""
    assert (told["event"], told["path"]) == ("notice.refused", f"{tmp_path}/a")


# fault 16 (a socket whose other side has gone)
def test_a_server_that_goes_away_is_not_taken_for_an_answer(tmp_path):
    with notice_server.NoticeServer(tmp_path / "s", lambda path, receipt: None):
        done = program.run(["notify", "--socket", "s", "a", "b"], tmp_path)
    assert done.returncode == 69 and done.stdout == b""
    assert b"left before every answer" in done.stderr or b"broken pipe" in done.stderr


def test_no_answer_in_time_leaves_with_75(tmp_path):
    with notice_server.NoticeServer(tmp_path / "s", lambda path, receipt: []):
        done = program.run(["notify", "--socket", "s", "a", "--timeout", "200ms"], tmp_path)
    assert done.returncode == 75
    assert b"no answer came in time" in done.stderr


def python_example():
    names = {}
    exec(program.examples("notices.md", "python")[0], names)
    return names["tell"]


def test_the_python_example_hears_the_answers(tmp_path):
    def refuse(path, receipt):
        return [("refused", {"reason": "it lies outside"})]

    at = str(tmp_path / "s")
    tell = python_example()
    with notice_server.NoticeServer(at, accepted) as server:
        assert [answer["answer"] for answer in tell("/in/a", at=at)] == ["accepted"]
        answers = list(tell("/in/zo\u00eb", receipt=True, at=at))
        assert answers[1] == {"answer": "counted", "file": "/in/zo\u00eb", "lines": 3, "rejects": 1}
        assert server.told == [b"/in/a", "/in/zo\u00eb".encode()]
    with notice_server.NoticeServer(tmp_path / "t", refuse):
        with pytest.raises(RuntimeError, match="it lies outside"):
            list(tell("/in/a", at=str(tmp_path / "t")))


@pytest.mark.parametrize("outcome, status", [("accepted", 0), ("known", 0), ("refused", 1)])
def test_the_shell_example_says_whether_it_was_taken(tmp_path, outcome, status):
    (tmp_path / ".day.txt.tmp").write_text("1 2\n")
    script = program.examples("notices.md", "bash")[0]
    script = script.replace("/run/weir/usage/notify.sock", "s")
    def answer(path, receipt):
        return [(outcome, {})]

    with notice_server.NoticeServer(tmp_path / "s", answer) as server:
        done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, timeout=60,
                              check=False)
        assert done.returncode == status, done.stderr
        assert server.told == [os.fsencode(tmp_path / "day.txt")]
    assert (tmp_path / "day.txt").exists()


@pytest.fixture
def watch(tmp_path):
    service = watching.Watching(tmp_path).start()
    yield service
    service.kill()


def test_a_running_weir_takes_what_it_is_told_and_gives_receipts(watch):
    paths = []
    for name in HOSTILE:
        path = os.path.join(os.fsencode(watch.folder), name)
        with open(path, "wb") as file:
            file.write(b"7 %d\nbad\n" % len(paths))
        paths.append(path)
    done = program.run(["notify", "--receipt", *paths], watch.work)
    assert done.returncode == 0, done.stderr
    assert len(re.findall(rb"^counted .*: 2 lines, 1 rejected$", done.stdout, re.M)) == len(HOSTILE)
    assert watch.totals() == {7: sum(range(len(HOSTILE)))}
    again = program.run(["notify", "--receipt", *paths], watch.work)
    assert again.returncode == 0 and again.stdout.count(b"known ") == len(HOSTILE)
    outside = program.run(["notify", "/etc/passwd"], watch.work)
    assert outside.returncode == 1 and outside.stdout == b""


def test_a_running_weir_understands_the_examples(watch):
    path = watching.drop_in(watch.folder, "a", b"7 5\n")
    answers = list(python_example()(str(path), receipt=True, at=str(watch.socket)))
    assert answers[1] == {"answer": "counted", "file": str(path), "lines": 1, "rejects": 0}
    (watch.folder / ".day.txt.tmp").write_text("8 3\n")
    script = program.examples("notices.md", "bash")[0]
    done = subprocess.run(
        ["bash", "-c", script.replace("/run/weir/usage/notify.sock", "../weir.db.sock")],
        cwd=watch.folder, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    watch.wait_for(c7=5, c8=3)


def test_a_generator_tells_a_running_weir_of_each_file(watch):
    done = program.run(["generate", "in", "--files", "5", "--lines", "1000", "--notify",
                        "weir.db.sock", "--totals", "totals", "--json"], watch.work)
    told = json.loads(done.stdout)["summary"]["notified"]
    assert told["accepted"] + told["known"] == 5 and told["refused"] + told["unanswered"] == 0
    expected = [line.split() for line in (watch.work / "totals").read_text().splitlines()]
    totals = {int(consumer): int(amount) for consumer, amount in expected}
    watching.until(lambda: watch.totals() == totals, "all of it is counted")
