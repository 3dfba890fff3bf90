# SPDX-License-Identifier: Apache-2.0
"""The programs of the benchmark itself, compiled where they are older than their source."""

import pathlib
import subprocess

SOURCES = pathlib.Path(__file__).resolve().parent
LIBRARIES = {"sqlite_upsert": ["-lsqlite3"]}


def build(folder):
    """name -> path of each program of this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return {source.stem: compiled(source, folder / source.stem) for source in SOURCES.glob("*.cc")}


def compiled(source, program):
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        libraries = LIBRARIES.get(source.stem, [])
        options = ["-std=c++20", "-O2", "-Wall", "-Wextra"]
        subprocess.run(["g++", *options, "-o", program, source, *libraries], check=True)
    return program
