# SPDX-License-Identifier: Apache-2.0
"""What the machine may do to a whole process besides killing it: little memory, files cut short
under its hands, children that inherit."""

import pathlib
import re
import resource
import subprocess
import tempfile
import threading

import job

MIB = 1 << 20


def many_keys(folder, keys):
    """Every consumer once in each of two files, so that sums are twice their amounts."""
    (folder / "in").mkdir()
    data = b"".join(b"%d %d\n" % (key * 7919, key) for key in range(keys))
    for name in ("a", "b"):
        (folder / "in" / name).write_bytes(data)
    return {key * 7919: 2 * key for key in range(keys)}


def limited(arguments, work, mib):
    """Runs weir with an address space of so many MiB."""
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (mib * MIB, mib * MIB))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return subprocess.run(arguments, cwd=work, preexec_fn=limit, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=120, check=False)


# faults 18, 144 (part: the limit of the address space, not every n-th allocation)
def test_out_of_memory_is_as_a_kill_and_the_budget_prevents_it():
    with tempfile.TemporaryDirectory(prefix="weir-memory-") as folder:
        folder = pathlib.Path(folder)
        expected = many_keys(folder, 400_000)
        command = [str(job.WEIR), "ingest", "in", "--no-progress", "-j", "2"]
        ended = set()
        for mib in (40, 80, 120, 160, 240, 320, 480, 640, 960, 4096):  # from too little to enough
            ended.add(limited(command, folder, mib).returncode)
        assert len(ended) > 1, f"no limit was too small, or none large enough: {ended}"
        status, said = job.run(command, folder)
        assert status == 0, said
        job.assert_exact(folder, expected, f"after {ended}")
        (folder / "again").mkdir()
        modest = [*command[:2], str(folder / "in"), *command[3:], "--set", "fold.memory=16MiB"]
        done = limited(modest, folder / "again", 1024)
        assert done.returncode == 0, done.stderr
        job.assert_exact(folder / "again", expected, "within its budget")


# fault 19
def test_no_descriptor_is_inherited_by_a_child():
    with tempfile.TemporaryDirectory(prefix="weir-inherit-") as folder:
        folder = pathlib.Path(folder)
        job.make_files(folder / "in")
        subprocess.run(["strace", "-f", "-qq", "-o", folder / "trace", "-e",
                        "trace=open,openat,openat2,creat,socket,pipe,pipe2,dup,eventfd2,"
                        "epoll_create1,memfd_create,inotify_init1", *job.command(folder / "in")],
                       cwd=folder, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=60)
        opened = [line for line in (folder / "trace").read_text().splitlines()
                  if re.match(r"\d+ +\w+\(", line)]  # how a call begins, not how it is resumed
        assert any("weir.db-wal" in line for line in opened)
        inherited = [line for line in opened if "CLOEXEC" not in line]
        assert not inherited, inherited


# fault 29
def test_a_file_that_is_cut_short_again_and_again_kills_nobody():
    with tempfile.TemporaryDirectory(prefix="weir-cut-") as folder:
        folder = pathlib.Path(folder)
        whole = b"1 1\n" * MIB
        victim = folder / "victim"
        victim.write_bytes(whole)
        over = threading.Event()

        def cut():
            while not over.is_set():
                with open(victim, "r+b") as file:
                    file.truncate(1000)
                    file.write(whole)

        cutter = threading.Thread(target=cut)
        cutter.start()
        try:
            for _ in range(20):
                status, said = job.run([str(job.WEIR), "sum", str(victim), "--no-progress"], folder)
                assert status >= 0, said
        finally:
            over.set()
            cutter.join()
