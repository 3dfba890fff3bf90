# SPDX-License-Identifier: Apache-2.0
"""The steps of docs/servers.md work as they stand: the flow file, its changes, the commands."""

import json
import pathlib
import re
import signal
import subprocess

from pool import until, weir
from sweeping import BUILD

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "servers.md"
MARK = "\0"  # where a line was taken out
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def changed(text, diff, places):
    """The flow file after a change of the page, with servers that are there."""
    for line in diff.splitlines():
        line = line[:1] + line[1:].split("  #")[0].split("      #")[0].rstrip()
        for shown, real in places.items():
            line = line.replace(shown, real)
        if line.startswith("-"):
            assert line[1:] in text, line
            text = text.replace(line[1:], MARK, 1)
        elif line.startswith("+") and MARK in text:
            text = text.replace(MARK, line[1:], 1)
        elif line.startswith("+"):
            text += line[1:] + "\n"
    return text


def run(script, work):
    done = subprocess.run(["/bin/bash", "-c", "set -eu\n" + script], cwd=work, check=False,
                          capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
                          env={"PATH": f"{BUILD}:/usr/bin:/bin"})
    assert done.returncode == 0, (script, done.stdout, done.stderr)
    return done.stderr


def test_the_steps_from_one_process_to_a_pool(tmp_path, postgres, redis):
    blocks = BLOCK.findall(PAGE.read_text())
    assert [kind for kind, _ in blocks] == ["toml", "sh", "diff", "sh", "diff", "sh"]
    url = postgres.new_database()
    places = {"postgresql://billing@db.example.com/billing": url,
              "redis://redis.example.com": redis.url()}
    flow = tmp_path / "usage.toml"

    flow.write_text(blocks[0][1])
    assert "counted 3 files" in run(blocks[1][1], tmp_path)

    flow.write_text(changed(flow.read_text(), blocks[2][1], places))
    run(blocks[3][1], tmp_path)
    status = json.loads(weir("status", "-c", flow, "--json", work=tmp_path).stdout)
    assert status["store"] == url and status["files"]["done"] == 3

    flow.write_text(changed(flow.read_text(), blocks[4][1], places))
    command = blocks[5][1].split("  ")[0].strip()
    workers = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        workers.append(subprocess.Popen(
            ["/bin/bash", "-c", "exec " + command.replace("usage.toml", "../usage.toml")],
            cwd=tmp_path / name, env={"PATH": f"{BUILD}:/usr/bin:/bin"}))
    (tmp_path / "usage" / "more").write_text("1 1\n")
    try:
        until(lambda: b'"pending": 0' in weir("status", "-c", flow, "--json", work=tmp_path).stdout
              and b'"done": 3' not in weir("status", "-c", flow, "--json", work=tmp_path).stdout,
              lambda: "the new file")
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        ends = [worker.wait(60) for worker in workers]
    assert ends == [0, 0]
    assert "the books balance" in weir("verify", "-c", flow, work=tmp_path).stdout.decode()
