# SPDX-License-Identifier: Apache-2.0
"""clang-format agrees with every C++ file."""

import subprocess

import project


def check(root):
    paths = [str(path.relative_to(root)) for path in project.sources(root)]
    run = subprocess.run(
        ["clang-format-19", "--dry-run", "--Werror", "--ferror-limit=1", *paths],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = sorted({line.split(":")[0] for line in run.stderr.split("\n") if "error:" in line})
    if run.returncode and not wrong:
        return [run.stderr.strip()]
    return [f"{path}: run clang-format-19 -i {path}" for path in wrong]


if __name__ == "__main__":
    project.main(check)
