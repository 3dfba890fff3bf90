# SPDX-License-Identifier: Apache-2.0
"""What docs/running.md tells to write somewhere works there."""

import re
import subprocess

import program


def flow_file(folder):
    """The page's own, with its folders below one of ours."""
    text = program.examples("running.md", "toml")[0]
    for place in ("/var/spool", "/run", "/var/lib"):
        text = text.replace(f'"{place}', f'"{folder}{place}').replace(
            f":{place}", f":{folder}{place}")
    path = folder / "usage.toml"
    path.write_text(text)
    for place in ("var/spool/weir/usage", "var/lib/weir/usage", "run/weir/usage"):
        (folder / place).mkdir(parents=True)
    return path


def test_the_flow_file_is_right(tmp_path):
    done = program.run(["check", "-c", str(flow_file(tmp_path))], tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{tmp_path}/var/lib/weir/usage/usage.db".encode() in done.stdout


def test_the_line_for_cron_counts_and_is_silent(tmp_path):
    flow = flow_file(tmp_path)
    (tmp_path / "var/spool/weir/usage/a").write_text("1 2\n")
    line = program.examples("running.md", "cron")[0].strip()
    user, command = re.fullmatch(r"(?:[\d*/,-]+ ){5}(\S+) (.+)", line).groups()
    assert user == "weir"
    command = command.replace("/etc/weir/usage.toml", str(flow))
    for _ in range(2):
        done = subprocess.run(["/bin/sh", "-c", command], cwd="/", capture_output=True, timeout=60,
                              env={"PATH": f"{program.BUILD}:/usr/bin:/bin"}, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    done = program.run(["top", "-c", str(flow)], tmp_path)
    assert done.stdout == b"1 2\n"


def test_the_drop_in_is_of_settings_that_systemd_knows(tmp_path):
    for path in (program.ROOT / "deploy/systemd").glob("*@.*"):
        text = path.read_text().replace("ExecStart=weir ", f"ExecStart={program.WEIR} ")
        (tmp_path / path.name).write_text(text)
    folder = tmp_path / "weir@usage.service.d"
    folder.mkdir()
    (folder / "override.conf").write_text(program.examples("running.md", "ini")[0])
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "weir@usage.service"],
                          env=program.environment(SYSTEMD_UNIT_PATH=f"{tmp_path}:"), text=True,
                          timeout=60, capture_output=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
