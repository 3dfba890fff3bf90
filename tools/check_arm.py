# SPDX-License-Identifier: Apache-2.0
"""The hot loops compile for ARM, too: what is special to x86-64 stays between its #if."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import project

HOT = ["src/base/cpu.cc", "src/format/pairs*.cc", "src/format/id_reader.cc"]
HOT += ["src/format/tally.cc", "src/fold/*.cc"]
COMPILER = "aarch64-linux-gnu-g++"
OPTIONS = ["-std=c++20", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror"]
OPTIONS += ["-Wno-missing-field-initializers", "-Wno-restrict", "-Isrc"]
# Headers alone, the same on any machine; behind those of the compiler's own machine.
OPTIONS += ["-idirafter", "/usr/include", "-fsyntax-only"]


def compile_one(root, path):
    """What the compiler says of a file; nothing where it agrees."""
    run = subprocess.run(
        [COMPILER, *OPTIONS, path], cwd=root, capture_output=True, text=True, check=False
    )
    said = [line for line in run.stderr.split("\n") if "error:" in line]
    return said[:5] if run.returncode != 0 else []


def check(root):
    paths = sorted(path.relative_to(root) for pattern in HOT for path in root.glob(pattern))
    paths = [str(path) for path in paths if not project.is_test(path)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [said for found in pool.map(lambda path: compile_one(root, path), paths)
                for said in found]  # fmt: skip


if __name__ == "__main__":
    project.main(check)
