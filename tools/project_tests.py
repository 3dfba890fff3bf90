# SPDX-License-Identifier: Apache-2.0
"""Which tests the project has, and which faults their comments name.

A test is called by its framework's name: `Fold.AFullLaneIsSpilled` (GoogleTest), or
`tests/cli/test_sum.py::test_pipe` (pytest). A fuzzer is `fuzz/NAME.cc`, a script `tests/x/NAME.sh`.
The comment `// fault 12`, `# faults 12, 14-16` or `// fault 41 (scaled: 20,000 files)` stands above
its test, among its other comments and decorators; in a fuzzer or a script, anywhere.
"""

import re
from dataclasses import dataclass, field

import project

GTEST = re.compile(r"^\s*(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)")
PROPERTY = re.compile(r"^\s*RC_GTEST_(?:FIXTURE_)?PROP\(\s*(\w+)\s*,\s*(\w+)")
PYTEST = re.compile(r"^\s*(?:async )?def (test_\w+)\(")
FAULT = re.compile(
    r"^\s*(?://|#)\s*faults? (\d(?:[\d, and–-]*\d)?)\s*(?:\(([^)]*)\))?", re.MULTILINE
)
WRAP = re.compile(r"\s*\n\s*(?://|#)\s*")
COMMENT_OR_DECORATOR = re.compile(r"^\s*(?://|#|@|$)")


@dataclass
class Test:
    name: str
    file: str
    faults: list = field(default_factory=list)  # (number, note) pairs


def faults_in(text):
    """(number, note) pairs of every fault comment in the text."""
    found = []
    for match in FAULT.finditer(text):
        note = WRAP.sub(" ", match.group(2) or "")
        for first, last in re.findall(r"(\d+)(?:\s*[–-]\s*(\d+))?", match.group(1)):
            found += [(number, note) for number in range(int(first), int(last or first) + 1)]
    return found


def tests_of(relative, text):
    if relative.parts[0] == "fuzz" or relative.suffix == ".sh":
        return [Test(str(relative), str(relative), faults_in(text))]
    found, above, statement, open_parens = [], [], "", 0
    python = relative.suffix == ".py"
    for line in text.split("\n"):
        # A name that was wrapped: TEST(Suite,\n     Name)
        statement = statement + line.strip() if statement else line
        if python:
            match = PYTEST.match(line)
        else:
            match = GTEST.match(statement) or PROPERTY.match(statement)
        if not python and not match and re.match(r"^\s*(?:TEST\w*|RC_GTEST\w*)\([^)]*$", statement):
            continue
        statement = ""
        if match:
            name = f"{relative}::{match[1]}" if python else f"{match[1]}.{match[2]}"
            found.append(Test(name, str(relative), faults_in("\n".join(above))))
        stays = COMMENT_OR_DECORATOR.match(line) or open_parens > 0  # within a decorator
        above = [*above, line] if stays and not match else []
        if open_parens > 0 or line.lstrip().startswith("@"):
            open_parens += line.count("(") - line.count(")")
    return found


def all_tests(root):
    found = []
    for path in project.files(root, ".cc", ".py", ".sh"):
        relative = path.relative_to(root)
        inside = relative.parts[0] in ("src", "tests") or (
            relative.parts[0] == "fuzz" and path.suffix == ".cc"
        )
        if inside and project.is_test(relative):
            found += tests_of(relative, path.read_text())
    return found
