# SPDX-License-Identifier: Apache-2.0
"""What the checks share: which files the project has, and C++ text without comments and strings.

A check is a module with `check(root) -> list[str]`: the complaints, each `file:line: what, and what
to do`; none means that it holds. Run alone, it prints them (`main`).
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def files(root, *suffixes):
    """The project's files with these suffixes (all, where none is given): tracked ones, and new
    ones that git does not ignore. Outside a git tree: every file."""
    root = Path(root)
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if listed.returncode == 0:
        names = listed.stdout.decode(errors="surrogateescape").split("\0")
        paths = [root / name for name in names if name]
    else:
        paths = list(root.rglob("*"))
    paths = [path for path in paths if path.is_file() and not path.is_symlink()]
    return sorted(path for path in paths if not suffixes or path.suffix in suffixes)


def sources(root):
    """C++ files, tests and fuzzers too."""
    return files(root, ".h", ".cc")


def is_test(path):
    return path.name.endswith("_test.cc") or "tests" in path.parts or "fuzz" in path.parts


TOKEN = re.compile(
    r"""
      (?P<comment> //[^\n]* | /\*.*?\*/ )
    | (?P<raw> \bu?8?[LuU]?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)" )
    | (?P<string> "(?:\\.|[^"\\\n])*" )
    | (?P<char> (?<![0-9A-Fa-f_]) '(?:\\.|[^'\\\n])+' )
    """,
    re.DOTALL | re.VERBOSE,
)


def code_only(text):
    """The text with comments blanked and the inside of strings and characters emptied; every line
    keeps its number."""

    def blank(match):
        newlines = "\n" * match.group().count("\n")
        if match.group("comment"):
            return " " + newlines
        return ('""' if match.group("char") is None else "' '") + newlines

    return TOKEN.sub(blank, text)


def code_without_preprocessor(text):
    """code_only, and directives with their continuation lines blanked."""
    lines, continued = [], False
    for line in code_only(text).split("\n"):
        directive = continued or line.lstrip().startswith("#")
        continued = directive and line.rstrip().endswith("\\")
        lines.append("" if directive else line)
    return "\n".join(lines)


def main(check):
    """Runs a check on the project from the command line."""
    complaints = check(ROOT)
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)
