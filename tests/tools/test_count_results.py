# SPDX-License-Identifier: Apache-2.0
"""The last line of .ci/run is a sum of what ran, and never cheerful after a failure."""

import count_results

GOOD = '<testsuite><testcase name="a"/><testcase name="b"/></testsuite>'
BAD = '<testsuite><testcase name="c"><failure>no</failure></testcase></testsuite>'
SKIPPED = '<testsuite><testcase name="d"><skipped message="no room"/></testcase></testsuite>'


def closing(capsys, folder, *steps):
    status = count_results.main(folder, list(steps))
    return status, capsys.readouterr().out.strip().split("\n")


def test_reports_are_added_up(tmp_path, capsys):
    (tmp_path / "a.xml").write_text(GOOD)
    (tmp_path / "b.xml").write_text(GOOD)
    assert closing(capsys, tmp_path)[1][-1] == "4 passed, 0 failed"


def test_failures_count_and_skips_are_shown_with_their_reason(tmp_path, capsys):
    (tmp_path / "a.xml").write_text(GOOD)
    (tmp_path / "b.xml").write_text(BAD)
    (tmp_path / "c.xml").write_text(SKIPPED)
    status, lines = closing(capsys, tmp_path)
    assert status == 1 and lines[-1] == "2 passed, 1 failed"
    assert any("skipped d: no room" in line for line in lines)


def test_a_step_that_broke_before_any_test_is_a_failure(tmp_path, capsys):
    (tmp_path / "a.xml").write_text(GOOD)
    assert closing(capsys, tmp_path, "make test") == (1, [
        "a               2 passed    0 failed    0 skipped",
        "`make test` failed",
        "2 passed, 1 failed",
    ])  # fmt: skip


def test_a_report_that_was_cut_is_a_failure(tmp_path, capsys):
    (tmp_path / "a.xml").write_text(GOOD[:20])
    assert closing(capsys, tmp_path)[1][-1] == "0 passed, 1 failed"


def test_nothing_is_a_failure(tmp_path, capsys):
    assert closing(capsys, tmp_path)[1][-1] == "0 passed, 1 failed"
