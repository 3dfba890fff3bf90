# SPDX-License-Identifier: Apache-2.0
"""Names that say nothing, missing licence lines, and words that do not belong into the project."""

import re

import project

EMPTY_WORDS = {"Manager", "Handler", "Processor", "Helper", "Util", "Utils", "Data", "Info", "Impl"}
TYPE = re.compile(
    r"\b(?:class|struct|enum\s+class|enum|union|concept|using|typename)\s+"
    r"(?:\[\[\w+\]\]\s*)?([A-Z]\w*)"
)
WORDS_OF_NAME = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*")
EMPTY_FOLDERS = {"util", "utils", "common", "core", "helper", "helpers", "misc"}
VERSIONED = re.compile(r"\b(?!sqlite3_)\w+_v\d+\b")

# Written so that this file does not hold them: T.DO and its kin, paths of a machine.
UNDONE = re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b|\b(?:not [i]m|[u]nim)plemented\b")
MACHINE = re.compile(r"(?<![\w./])/(?:w[o]rk|h[o]me|r[o]ot)/[\w.]")
ELSEWHERE = re.compile(r"\b[Ii][s]sue #?\d+\b")  # the reader has the project alone
COMMENT_MARK = {".cc": "//", ".h": "//", ".py": "#", ".sh": "#", ".txt": "#", "": "#"}
LICENSED = {".cc", ".h", ".py", ".sh"}
LICENSED_NAMES = {"CMakeLists.txt", "Makefile"}
LICENCE = "SPDX-License-Identifier: Apache-2.0"


def type_complaints(relative, text):
    found = []
    code = project.code_only(text)
    for match in TYPE.finditer(code):
        words = set(WORDS_OF_NAME.findall(match.group(1)))
        for word in sorted(EMPTY_WORDS.intersection(words)):
            line = code.count("\n", 0, match.start(1)) + 1
            found.append(f"{relative}:{line}: `{match.group(1)}`: {word} says nothing")
    for match in VERSIONED.finditer(code):
        line = code.count("\n", 0, match.start()) + 1
        found.append(f"{relative}:{line}: `{match.group()}`: replace the old one, number nothing")
    return found


def licence_complaints(relative, text):
    if relative.suffix not in LICENSED and relative.name not in LICENSED_NAMES:
        return []
    mark = COMMENT_MARK.get(relative.suffix, "#")
    lines = text.split("\n")
    first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
    return [] if first == f"{mark} {LICENCE}" else [f"{relative}:1: begin with `{mark} {LICENCE}`"]


def word_complaints(relative, text):
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if match := UNDONE.search(line):
            found.append(f"{relative}:{number}: `{match.group()}`: do it, or leave it out")
        if match := MACHINE.search(line):
            found.append(f"{relative}:{number}: a path of one machine: {line.strip()[:60]}")
        if match := ELSEWHERE.search(line):
            found.append(f"{relative}:{number}: `{match.group()}`: say what it is, here")
    return found


def check(root):
    found = []
    for path in project.files(root):
        relative = path.relative_to(root)
        if EMPTY_FOLDERS.intersection(part.lower() for part in relative.parts[:-1]):
            found.append(f"{relative}: name the folder by what it holds")
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue  # a corpus, a picture
        found += word_complaints(relative, text) + licence_complaints(relative, text)
        if path.suffix in (".h", ".cc"):
            found += type_complaints(relative, text)
    return found


if __name__ == "__main__":
    project.main(check)
