# SPDX-License-Identifier: Apache-2.0
"""The units of deploy/systemd, as far as they can be judged without a running systemd."""

import re
import subprocess

import program
import pytest

UNITS = program.ROOT / "deploy/systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
EXPOSURE_MAX = 3.0  # of 10


def settings_of(name):
    return re.findall(r"^(\w+)=(.*)$", (UNITS / name).read_text(), re.MULTILINE)


def systemd_analyze(*arguments, **options):
    return subprocess.run(["systemd-analyze", "--no-pager", *arguments], text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)


def verified(folder):
    """What systemd says of instances of the units in a folder."""
    instances = ["weir@usage.service", "weir-ingest@usage.service", "weir-ingest@usage.timer",
                 "weir-failed@weir@usage.service.service"]
    done = systemd_analyze("verify", "--man=no", *instances,
                           env=program.environment(SYSTEMD_UNIT_PATH=f"{folder}:"))
    return done.returncode, done.stdout


def copy_of_units(folder):
    """With the program where this build has it."""
    for path in UNITS.glob("*@.*"):
        text = path.read_text().replace("ExecStart=weir ", f"ExecStart={program.WEIR} ")
        (folder / path.name).write_text(text)
    return folder


def test_systemd_takes_them_without_a_word(tmp_path):
    assert verified(copy_of_units(tmp_path)) == (0, "")


def test_systemd_would_not_take_a_wrong_one(tmp_path):
    unit = copy_of_units(tmp_path) / "weir@.service"
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystem=mostly"))
    assert "protect system value" in verified(tmp_path)[1]


@pytest.mark.parametrize("service", SERVICES)
def test_they_are_shut_off_from_what_they_do_not_need(service):
    done = systemd_analyze("security", "--offline=true", f"--threshold={EXPOSURE_MAX * 10:.0f}",
                           str(UNITS / service))
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert exposure and float(exposure[1]) < EXPOSURE_MAX, done.stdout
    assert done.returncode == 0


def test_a_service_that_is_open_to_everything_is_over_the_limit(tmp_path):
    unit = tmp_path / "open.service"
    unit.write_text("[Service]\nExecStart=true\n")
    assert systemd_analyze("security", "--offline=true", "--threshold=30",
                           str(unit)).returncode != 0


@pytest.mark.parametrize("service", ["weir@.service", "weir-ingest@.service"])
def test_they_start_commands_that_weir_has(service, tmp_path):
    (tmp_path / "usage.toml").write_text("")
    command = dict(settings_of(service))["ExecStart"].split()
    assert command[0] == "weir" and command[2:] == ["-c", "/etc/weir/%i.toml"]
    done = program.run([command[1], "--help"], tmp_path)
    assert done.returncode == 0 and b"--flow" in done.stdout


def test_a_drain_has_more_time_than_it_takes():
    for service in ("weir@.service", "weir-ingest@.service"):
        settings = dict(settings_of(service))
        assert settings["KillSignal"] == "SIGTERM"
        assert int(settings["TimeoutStopSec"].removesuffix("s")) >= 4 * 5


def test_the_user_that_they_run_as_is_made(tmp_path):
    done = subprocess.run(["systemd-sysusers", "--dry-run", f"--root={tmp_path}",
                           str(UNITS / "sysusers.conf")], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "weir" in done.stdout + done.stderr
    users = {value for name, value in settings_of("weir@.service") if name == "User"}
    assert users == {"weir"}
