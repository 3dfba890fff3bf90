# SPDX-License-Identifier: Apache-2.0
"""tools/setup.sh on machines that this one is not: every command it may call is a stand-in."""

import shutil
import signal
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETUP = ROOT / "tools/setup.sh"
PACKAGES = ROOT / "tools/packages"


def packages(work):
    lines = (PACKAGES / f"{work}.txt").read_text().split("\n")
    return [line for line in lines if line and not line.startswith("#")]


class Machine:
    """A folder with the only commands that setup.sh finds, and a record of its calls of apt-get."""

    def __init__(self, folder, installed=(), apt=True, debian=True, during=""):
        """during: what the shell does within apt-get install."""
        self.folder, self.installed = folder, folder / "installed"
        self.calls = folder / "calls"
        self.root = folder / "root"
        self.policy = self.root / "usr/sbin/policy-rc.d"
        self.clusters = self.root / "etc/postgresql-common/createcluster.d/weir-setup.conf"
        self.installed.write_text("".join(f"{package}\n" for package in installed))
        self.calls.write_text("")
        (folder / "os-release").write_text(
            'ID=debian\nVERSION_ID="12"\n' if debian else "ID=fedora\nVERSION_ID=40\n"
        )
        for command in ("bash", "sh", "dirname", "sed", "awk", "env", "mkdir", "tee", "chmod", "rm",
                        "rmdir", "cat", "sleep"):
            (folder / command).symlink_to(shutil.which(command))
        listing = f"while read -r p; do echo installed $p; done <{self.installed}; exit 1"
        self.command("dpkg-query", listing)
        self.command("sudo", '"$@"')
        if apt:
            self.command(
                "apt-get",
                f'echo "$@" >>{self.calls}; [ "$3" = update ] && exit\n'
                f'{during}\n'
                f'for p in "$@"; do echo $p; done >>{self.installed}',
            )

    def command(self, name, body):
        path = self.folder / name
        path.write_text(f"#!{self.folder}/bash\n{body}\n")
        path.chmod(0o755)

    def run(self, *works, **environment):
        return subprocess.run(
            [str(self.folder / "bash"), str(SETUP), *works],
            env={
                "PATH": str(self.folder),
                "OS_RELEASE": str(self.folder / "os-release"),
                "ROOT": str(self.root),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )


def test_nothing_happens_where_all_is_there(tmp_path):
    machine = Machine(tmp_path, installed=packages("build"))
    done = machine.run("build")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.calls.read_text() == ""


def test_what_is_missing_is_shown_and_installed(tmp_path):
    there = [package for package in packages("build") if package not in ("mold", "cmake")]
    machine = Machine(tmp_path, installed=there)
    done = machine.run("build")
    assert done.returncode == 0, done.stderr
    assert "cmake mold" in done.stdout
    update, install = machine.calls.read_text().splitlines()
    assert update.endswith("update")
    assert install.endswith("install --yes --no-install-recommends cmake mold")


def test_another_system_is_told_what_to_install(tmp_path):
    machine = Machine(tmp_path, debian=False)
    done = machine.run("test")
    assert done.returncode == 1
    assert "not Debian 12" in done.stderr and "libgtest-dev" in done.stderr
    assert machine.calls.read_text() == ""
    assert machine.run("test", SETUP="skip").returncode == 0


def test_without_apt_the_packages_are_printed(tmp_path):
    done = Machine(tmp_path, apt=False).run("build")
    assert done.returncode == 1
    assert "no apt-get" in done.stderr and "  cmake\n" in done.stderr


def test_a_package_that_does_not_arrive_is_an_error(tmp_path):
    machine = Machine(tmp_path)
    machine.command("apt-get", "exit 0")
    done = machine.run("build")
    assert done.returncode == 1 and "left some packages out" in done.stderr


def test_an_unknown_work_is_refused(tmp_path):
    assert Machine(tmp_path).run("everything").returncode == 2


def test_servers_are_installed_without_being_started_or_enabled(tmp_path):
    there = [*packages("build"), *packages("fuzz"), *packages("test")]
    policy, clusters = (f"$ROOT/{path}" for path in (
        "usr/sbin/policy-rc.d", "etc/postgresql-common/createcluster.d/weir-setup.conf"))
    during = f"{policy} redis-server start; echo $? >$ROOT/policy; cat {clusters} >$ROOT/clusters"
    machine = Machine(tmp_path, installed=there, during=during)
    machine.command("systemctl", f'echo "$@" >>{tmp_path}/disabled')
    done = machine.run("test")
    assert done.returncode == 0, done.stderr
    assert (machine.root / "policy").read_text() == "101\n"
    assert "create_main_cluster = false" in (machine.root / "clusters").read_text()
    assert not machine.policy.exists() and not machine.clusters.exists()
    disabled = (tmp_path / "disabled").read_text().split()
    assert {"postgresql", "mariadb", "redis-server"}.issubset(disabled)


def test_where_no_server_is_missing_services_are_left_alone(tmp_path):
    machine = Machine(tmp_path, during="[ ! -e $ROOT/usr/sbin/policy-rc.d ] || exit 1")
    done = machine.run("build")
    assert done.returncode == 0, done.stderr
    assert not machine.root.exists()


def test_a_policy_that_was_there_before_stays(tmp_path):
    machine = Machine(tmp_path)
    machine.policy.parent.mkdir(parents=True)
    machine.policy.write_text("#!/bin/sh\nexit 101\n")
    assert machine.run("test").returncode == 0
    assert machine.policy.read_text() == "#!/bin/sh\nexit 101\n"
    assert machine.run("test").returncode == 0
    assert machine.policy.exists()


def test_the_policy_goes_when_the_installation_fails_or_is_ended(tmp_path):
    for number, during in enumerate(("exit 100", "kill -TERM $PPID", "kill -INT $PPID")):
        folder = tmp_path / str(number)
        folder.mkdir()
        # apt-get is run by env, which the shell has become: its parent is setup.sh.
        machine = Machine(folder, during=f"[ -e $ROOT/usr/sbin/policy-rc.d ] || exit 0; {during}")
        assert machine.run("test").returncode not in (0, None)
        assert "install" in machine.calls.read_text()
        assert not machine.policy.exists() and not machine.clusters.exists(), during


def test_what_a_killed_set_up_leaves_is_harmless_and_goes_at_the_next_start(tmp_path):
    machine = Machine(tmp_path, during="kill -KILL $PPID")
    assert machine.run("test").returncode == -signal.SIGKILL
    assert machine.policy.exists() and machine.clusters.exists()
    # Its process is gone: services start again.
    assert subprocess.run([machine.policy, "redis-server", "start"], check=False).returncode == 0
    machine.installed.write_text("".join(f"{package}\n" for package in packages("build")))
    done = machine.run("build")
    assert (done.returncode, done.stderr) == (0, "")
    assert not machine.policy.exists() and not machine.clusters.exists()


def test_only_the_list_of_servers_holds_servers():
    servers = ("postgresql", "mariadb", "mysql", "redis", "rabbitmq", "kafka", "nginx", "-server")
    for path in PACKAGES.glob("*.txt"):
        for package in packages(path.stem):
            a_server = any(word in package for word in servers) and not package.endswith("-dev")
            assert a_server == (path.stem == "servers"), f"{path.name}: {package}"
