# SPDX-License-Identifier: Apache-2.0
"""A larger job is killed (-9) at random moments, a hundred times; its totals stay exact."""

import os
import pathlib
import random
import signal
import subprocess
import tempfile
import time

import job

KILLS = int(os.environ.get("WEIR_KILLS", "100"))


def make_large_files(folder):
    """About 12 MB in a dozen files; answers the generator's own exact totals."""
    done = subprocess.run(
        [job.WEIR, "generate", folder, "--files", "12", "--lines", "80000", "--consumers",
         "20000", "--seed", "7", "--totals", "-"], capture_output=True, check=True)
    return {int(k): int(v) for k, v in (line.split() for line in done.stdout.splitlines())}


def kill_at_random(arguments, work, choice, seconds):
    """True: it was alive when it was killed."""
    with subprocess.Popen(arguments, cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        time.sleep(choice.random() * seconds)
        process.send_signal(signal.SIGKILL)
        return process.wait() == -signal.SIGKILL


# faults 1, 2, 3, 4, 12 (at random moments)
def test_a_hundred_random_kills():
    choice = random.Random(3)
    with tempfile.TemporaryDirectory(prefix="weir-kills-") as folder:
        folder = pathlib.Path(folder)
        expected = make_large_files(folder / "in")
        arguments = [str(job.WEIR), "ingest", str(folder / "in"), "-j", "2", "--no-progress",
                     "--set", "fold.unit=256KiB", "--set", "fold.batch_keys=15000"]
        begun = time.monotonic()
        (folder / "whole").mkdir()
        subprocess.run(arguments, cwd=folder / "whole", check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        seconds = time.monotonic() - begun
        job.assert_exact(folder / "whole", expected, "not killed")
        kills = databases = 0
        while kills < KILLS:
            work = folder / f"killed-{databases}"
            work.mkdir()
            databases += 1
            while kills < KILLS and kill_at_random(arguments, work, choice, seconds / 2):
                kills += 1
            status, said = job.run(arguments, work)
            assert status == 0, said
            job.assert_exact(work, expected, f"after {kills} kills")
        print(f"\nrandom kills: {kills} over {databases} databases")
