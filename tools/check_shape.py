# SPDX-License-Identifier: Apache-2.0
"""Sizes: functions, headers, sources, lines, nesting, entries at the root. Prints the extremes.

Functions are found by their braces, not by a compiler: a `{` outside of parentheses, at the level
of namespaces and classes, whose text since the last `;`, `{` or `}` holds a parameter list. What
nests within (blocks, lambdas) belongs to it.

    int f(int a) {        <- header "int f(int a)": a function, from this line
      if (a) {            <- within f: nesting 1
      }
    }
    struct S {            <- no parameter list: a scope, looked into
"""

import re
import statistics
from dataclasses import dataclass

import project

FUNCTION_LINES_MAX = 60
HEADER_LINES_MAX = 200
SOURCE_LINES_MAX = 500
COLUMNS_MAX = 100
NESTING_MAX = 3
ROOT_ENTRIES_MAX = 15

SCOPE = re.compile(
    r"^(?:\[\[.*?\]\]\s*)?(?:inline\s+)?(?:namespace|class|struct|union|enum|extern)\b"
)
CONTROL = re.compile(r"\b(?:if|for|while|switch|do|else|try|catch)\b[^;{}]*$")
NAME = re.compile(r"([~\w:]+|operator\s*\S+?)\s*\(")
TOKEN = re.compile(r"[{}();]|[^{}();]+")


@dataclass
class Function:
    path: str
    name: str
    line: int  # of the first word of its header
    lines: int
    nesting: int

    def __str__(self):
        return f"{self.path}:{self.line} {self.name}"


class Scanner:
    """One walk over a file's code."""

    def __init__(self, path, text):
        self.path = path
        self.functions = []
        self.stack = []  # of open braces: "scope", "function", "control", "block"
        self.parens = 0
        self.header, self.header_line = "", 0
        self.current = None
        line = 1
        for match in TOKEN.finditer(project.code_without_preprocessor(text)):
            self.take(match.group(), line)
            line += match.group().count("\n")

    def take(self, token, line):
        if token == "{" and self.parens == 0:
            self.open(line)
        elif token == "}" and self.parens == 0:
            self.close(line)
        elif token == ";" and self.parens == 0:
            self.header = ""
        else:
            self.parens += {"(": 1, ")": -1}.get(token, 0)
            self.extend(token, line)

    def extend(self, token, line):
        if not self.header.strip():
            lead = len(token) - len(token.lstrip())
            self.header, self.header_line = "", line + token[:lead].count("\n")
        self.header += token

    def in_function(self):
        return "function" in self.stack

    def kind(self):
        header = re.sub(r"^\s*(?:(?:public|private|protected)\s*:\s*)+", "", self.header).strip()
        header = re.sub(r"^template\s*<[^{};]*?>\s*(?=\w)", "", header)
        if self.in_function():
            return "control" if CONTROL.search(self.header) else "block"
        if SCOPE.match(header) and not re.search(r"\)\s*(const\s*)?$", header):
            return "scope"
        before_parameters = header.split("(")[0]
        if "(" not in header or ("=" in before_parameters and "operator" not in before_parameters):
            return "block"  # a braced initialiser
        if re.search(r"\)\s*(?:noexcept\s*)?:(?!:).*[\w>]$", header, re.DOTALL):
            return "block"  # `member_{value}` in a constructor's list
        return "function"

    def open(self, line):
        kind = self.kind()
        self.stack.append(kind)
        if kind == "function":
            match = NAME.search(self.header)
            name = match.group(1) if match else "?"
            if name.startswith("TEST"):
                name = " ".join(self.header.split())
            self.current = Function(str(self.path), name, self.header_line or line, 0, 0)
        if self.current:
            self.current.nesting = max(self.current.nesting, self.stack.count("control"))
        if kind == "block" and not self.in_function():
            self.header += "{"
        else:
            self.header = ""

    def close(self, line):
        kind = self.stack.pop() if self.stack else "scope"
        if kind == "function":
            self.current.lines = line - self.current.line + 1
            self.functions.append(self.current)
            self.current = None
        if kind == "block" and not self.in_function():
            self.header += "}"
        else:
            self.header = ""


def functions_of(path, text):
    return Scanner(path, text).functions


def function_complaints(function):
    if function.lines > FUNCTION_LINES_MAX:
        yield f"{function}: {function.lines} lines; at most {FUNCTION_LINES_MAX}"
    if function.nesting > NESTING_MAX:
        yield f"{function}: nests {function.nesting} deep; at most {NESTING_MAX}"


def file_complaints(relative, text):
    lines = text.split("\n")
    limit = HEADER_LINES_MAX if relative.suffix == ".h" else SOURCE_LINES_MAX
    if len(lines) - 1 > limit:
        yield f"{relative}: {len(lines) - 1} lines; at most {limit}"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            yield f"{relative}:{number}: {len(line)} columns; at most {COLUMNS_MAX}"


def root_complaints(root):
    entries = {path.relative_to(root).parts[0] for path in project.files(root)}
    if len(entries) > ROOT_ENTRIES_MAX:
        names = " ".join(sorted(entries))
        yield f"{len(entries)} entries at the root; at most {ROOT_ENTRIES_MAX}: {names}"


def survey(root):
    """(complaints, functions outside tests, (lines, path) of headers)"""
    found, functions, headers = list(root_complaints(root)), [], []
    for path in project.files(root, ".h", ".cc", ".py", ".sh"):
        relative, text = path.relative_to(root), path.read_text()
        found += file_complaints(relative, text)
        if path.suffix not in (".h", ".cc"):
            continue
        here = functions_of(relative, text)
        for function in here:
            found += function_complaints(function)
        if not project.is_test(relative):
            functions += here
            if path.suffix == ".h":
                headers.append((text.count("\n"), str(relative)))
    return found, functions, headers


def summary(functions, headers):
    """What `make check` prints of the shape."""
    if not functions or not headers:
        return []
    longest = max(functions, key=lambda function: function.lines)
    lines, header = max(headers)
    median = statistics.median(function.lines for function in functions)
    return [
        f"longest function  {longest.lines} lines: {longest}",
        f"biggest header    {lines} lines: {header}",
        f"median function   {median:g} lines, of {len(functions)}",
    ]


def check(root):
    found, functions, headers = survey(root)
    for line in summary(functions, headers):
        print(line)
    return found


if __name__ == "__main__":
    project.main(check)
