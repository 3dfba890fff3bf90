# SPDX-License-Identifier: Apache-2.0
"""clang-tidy agrees with every source that is built into weir (src/.clang-tidy has the checks).

A file that passed is not looked at again until it, a header, the settings or its command changes:
the hashes lie in build/tidy.json.
"""

import hashlib
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import project


def commands(root):
    """path below the root -> its compile command"""
    entries = json.loads((root / "build/compile_commands.json").read_text())
    return {os.path.relpath(entry["file"], root): entry["command"] for entry in entries}


def tidy(root, path):
    """What clang-tidy says of a file; nothing where it agrees."""
    command = ["clang-tidy-19", "-p", "build", "--quiet", "--use-color=false"]
    command += ["--extra-arg=-Wno-unknown-warning-option"]
    command += ["--extra-arg=-Wno-deprecated-declarations", path]  # within libstdc++ 12 itself
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if run.returncode == 0:
        return []
    said = [line.removeprefix(f"{root}/") for line in run.stdout.split("\n") if ": error:" in line]
    return sorted(set(said)) or [f"{path}: {run.stderr.strip()[:500]}"]


def check(root):
    if not (root / "build/compile_commands.json").exists():
        return ["build/compile_commands.json: missing; `make build` first"]
    known = commands(root)
    common = hashlib.sha256((root / "src/.clang-tidy").read_bytes())
    for header in project.files(root / "src", ".h"):
        common.update(header.read_bytes())
    hashes, complaints = {}, []
    for path in project.files(root / "src", ".cc"):
        relative = str(path.relative_to(root))
        if project.is_test(path.relative_to(root)):
            continue
        if relative not in known:
            complaints.append(f"{relative}: not built into anything; see src/CMakeLists.txt")
            continue
        content = common.copy()
        content.update(known[relative].encode() + path.read_bytes())
        hashes[relative] = content.hexdigest()
    stamp = root / "build/tidy.json"
    passed = json.loads(stamp.read_text()) if stamp.exists() else {}
    to_do = [path for path in hashes if passed.get(path) != hashes[path]]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = dict(zip(to_do, pool.map(lambda path: tidy(root, path), to_do)))
    stamp.write_text(json.dumps({path: hashes[path] for path in hashes if not said.get(path)}))
    return complaints + [complaint for path in to_do for complaint in said[path]]


if __name__ == "__main__":
    project.main(check)
