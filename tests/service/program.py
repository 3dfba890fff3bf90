# SPDX-License-Identifier: Apache-2.0
"""The program under test, and what the tests of this folder share."""

import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WEIR_BUILD", ROOT / "build"))
WEIR = BUILD / "weir"


def run(arguments, work, **options):
    """`weir ARGUMENTS…` in a folder; both outputs as bytes."""
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.run([WEIR, *arguments], cwd=work, stdin=subprocess.DEVNULL, timeout=60,
                          check=False, **options)


def environment(**variables):
    """Of this process, without what is meant for its own standard error."""
    kept = {name: value for name, value in os.environ.items() if name != "JOURNAL_STREAM"}
    return {**kept, **variables}


def examples(page, language):
    """The code blocks of one language in a document."""
    text = (ROOT / "docs" / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
