# SPDX-License-Identifier: Apache-2.0
"""The tools that a user would take instead: where they come from, and how each is best asked.

DuckDB and ClickHouse come from PyPI into an environment of their own in build/bench/venv.
ClickHouse has no package of its program there; chdb is the same engine within a Python process.
"""

import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys

from measure import say

PACKAGES = ("duckdb==2.0.0", "chdb==4.4.0")
QUERY = pathlib.Path(__file__).resolve().parent / "query.py"
KEY_TYPES = {
    "duckdb": {"number": "UBIGINT", "text": "VARCHAR", "uuid": "UUID"},
    "clickhouse": {"number": "UInt64", "text": "String", "uuid": "UUID"},
}
# Exact as long as sums stay below 2^53, which they do.
AWK = "{ a[$1] += $2 } END { for (k in a) printf \"%s %.0f\\n\", k, a[k] }"
LINE_TOOLS = {
    "gawk": ["gawk", AWK],
    "mawk": ["mawk", AWK],
    "Miller": ["mlr", "--inidx", "--ifs", " ", "--onidx", "--ofs", " ", "--records-per-batch",
               "5000", "stats1", "-a", "sum", "-f", "2", "-g", "1"],
}  # fmt: skip


def install(venv, say_what=say):
    """Makes the environment where it is not there. Without an index the engines are missing, and
    what is measured says so."""
    stamp = venv / "packages"
    if stamp.exists() and stamp.read_text() == "\n".join(PACKAGES):
        return
    say_what(f"installing {', '.join(PACKAGES)} into {venv}")
    shutil.rmtree(venv, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip = [venv / "bin/pip", "--disable-pip-version-check", "install", "--quiet", *PACKAGES]
    if subprocess.run(pip, check=False).returncode == 0:
        stamp.write_text("\n".join(PACKAGES))


@dataclasses.dataclass(frozen=True)
class Engine:
    """DuckDB or ClickHouse."""

    name: str
    key: str  # of KEY_TYPES
    python: pathlib.Path

    def measure(self, stopwatch, source, target, keys="number", order=""):
        """As Stopwatch.run, but by the engine's own clock; CPU time is that of the whole process,
        some 0.2 s of it for loading."""
        target.unlink(missing_ok=True)
        answer = stopwatch.folder / "answer"
        words = [self.python, QUERY, self.key, source, target, KEY_TYPES[self.key][keys]]
        run = stopwatch.run([*words, order] if order else words, output=answer)
        return dataclasses.replace(run, seconds=float(answer.read_text()))


def engines(venv):
    """Those that can be used; each that cannot is told."""
    python = venv / "bin/python"
    found = []
    for name, key, module in (("DuckDB", "duckdb", "duckdb"), ("ClickHouse", "clickhouse", "chdb")):
        if python.exists() and subprocess.run(
            [python, "-c", f"import importlib.util as u; u.find_spec('{module}') or 1 / 0"],
            stderr=subprocess.DEVNULL, check=False).returncode == 0:  # fmt: skip
            found.append(Engine(name, key, python))
        else:
            say(f"missing: {name} is not installed in {venv}; its figures are left out")
    return found


def line_tools():
    """name -> command, of those that are installed."""
    found = {}
    for name, command in LINE_TOOLS.items():
        if shutil.which(command[0]):
            found[name] = command
        else:
            say(f"missing: {name}; its figures are left out")
    return found


def versions(venv):
    """name -> version of each tool that is there."""
    asked = {
        "DuckDB": [venv / "bin/python", "-c", "import duckdb; print(duckdb.__version__)"],
        "ClickHouse": [venv / "bin/python", "-c",
                       "import chdb; print(str(chdb.query('SELECT version()')).strip('\"\\n'), "
                       "'in chdb', chdb.__version__)"],
        "gawk": ["gawk", "--version"],
        "mawk": ["mawk", "-W", "version"],
        "Miller": ["mlr", "--version"],
        "wc": ["wc", "--version"],
        "igzip": ["igzip", "--version"],
        "zstd": ["zstd", "--version"],
    }  # fmt: skip
    return {name: text for name, command in asked.items() if (text := first_line(command))}


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              env={**os.environ, "LC_ALL": "C"})  # fmt: skip
    except FileNotFoundError:
        return None
    lines = done.stdout.strip().splitlines()
    return lines[0] if done.returncode == 0 and lines else None
