# SPDX-License-Identifier: Apache-2.0
"""What docs/watching.md shows works as it stands there."""

import subprocess

import program


def test_the_example_counts_archives_and_leaves(tmp_path):
    script = "set -eu\n" + program.examples("watching.md", "sh")[0]
    done = subprocess.run(["/bin/bash", "-c", script], cwd=tmp_path, capture_output=True, text=True,
                          timeout=120, check=False, stdin=subprocess.DEVNULL,
                          env={"PATH": f"{program.BUILD}:/usr/bin:/bin"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "watch     running: 5 files counted" in done.stdout
    assert len(list((tmp_path / "counted").glob("*.zst"))) == 5
    assert "2 accepted" in done.stderr or "accepted" in done.stderr, done.stderr
