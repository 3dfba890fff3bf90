# SPDX-License-Identifier: Apache-2.0
"""What the documents say is so: tests that they name exist, links lead somewhere, commands work.

docs/features.md    a row a requirement: | id | what | how | test |; `*not yet*` as the test where
                    it is not built yet
docs/guarantees.md  a row a guarantee, its tests in the last column
docs/file-formats.md  a row a reject reason, all of src/model/reject.h in order
docs/logs.md        rows for events and fields: all of src/flow/events.h in order, in its words
docs/architecture.md  short enough to be read
all of them         settings in backticks, `fold.memory`, are in src/app/settings_table.cc
README.md and docs  relative links; `weir …` lines in code blocks
"""

import re
import subprocess

import faults_table
import project
import project_tests

ROW = re.compile(r"^\|(.+)\|\s*$")
CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\s*(?:\$ )?(?:build/)?weir\s+([a-z][a-z-]*)(.*)$")
NAMED = re.compile(r'^// (.+)\ninline constexpr std::string_view (\w+) = "([\w.]+)";', re.MULTILINE)
NOT_YET = "*not yet*"
FEATURES = {"A": 7, "B": 4, "C": 9, "D": 5, "E": 8, "F": 8, "G": 10, "H": 7, "I": 5, "J": 6, "K": 3}
FEATURE_IDS = [f"{letter}{n}" for letter, last in FEATURES.items() for n in range(1, last + 1)]
ARCHITECTURE_LINES_MAX = 200


def rows(text):
    """(line number, cells) of every table row, rules and headings of tables left out."""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        match = ROW.match(line)
        heading = number < len(lines) and re.match(r"^\|[\s:|-]+\|\s*$", lines[number])
        if match and not heading and not re.match(r"^[\s:|-]+$", match[1]):
            yield number, [cell.strip() for cell in re.split(r"(?<!\\)\|", match[1])]


def test_complaints(where, cell, names):
    unknown = [name for name in CODE.findall(cell) if name not in names]
    return [f"{where}: no test is called {name}" for name in unknown]


def feature_complaints(root, names):
    """Complaints, and how many rows are built and not."""
    path, found, built, not_yet = root / "docs/features.md", [], 0, 0
    if not path.exists():
        return ["docs/features.md: missing"], 0, 0
    table = list(rows(path.read_text()))
    for missing in set(FEATURE_IDS).difference(cells[0] for _, cells in table):
        found.append(f"docs/features.md: no row for {missing}")
    for number, cells in table:
        where = f"docs/features.md:{number}: {cells[0]}"
        if cells[0] not in FEATURE_IDS:
            found.append(f"{where}: there is no such id")
        elif cells[-1] == NOT_YET:
            not_yet += 1
        else:
            built += 1
            found += test_complaints(where, cells[-1], names)
            if not CODE.search(cells[-1]):
                found.append(f"{where}: names no test, and does not say {NOT_YET}")
    return found, built, not_yet


def guarantee_complaints(root, names):
    path, found = root / "docs/guarantees.md", []
    if not path.exists():
        return ["docs/guarantees.md: missing"]
    for number, cells in rows(path.read_text()):
        where = f"docs/guarantees.md:{number}"
        found += test_complaints(where, cells[-1], names)
        if not CODE.search(cells[-1]):
            found.append(f"{where}: a guarantee without a test")
    return found


def reason_complaints(root):
    """The documented reject reasons are those of the program."""
    header = (root / "src/model/reject.h").read_text()
    body = re.search(r"enum class RejectReason[^{]*\{(.*?)\}", project.code_only(header), re.DOTALL)
    reasons = re.findall(r"\w+", body[1])
    text = (root / "docs/file-formats.md").read_text()
    documented = re.findall(r"^\| `(\w+)` \|", text.split("## Rejects")[1].split("## ")[0], re.M)
    return [] if reasons == documented else [f"docs/file-formats.md: the reasons are {reasons}"]


def names_in_logs(root, kind):
    """{name: (constant, meaning)} of src/flow/events.h, in order; kind: event or field."""
    header = root / "src/flow/events.h"
    text = header.read_text() if header.exists() else ""
    part = text.partition(f"namespace {kind} {{")[2].partition(f"}}  // namespace {kind}")[0]
    return {name: (constant, meaning) for meaning, constant, name in NAMED.findall(part)}


def is_used(root, constant):
    """constant: `event::file_set_aside`."""
    whole = re.compile(rf"\b{constant}\b")
    places = [path for path in project.sources(root) if path.name != "events.h"]
    return any(whole.search(path.read_text()) for path in places if not project.is_test(path))


def log_complaints(root):
    """The documented events and fields are those of the program, and each of them is told."""
    text = (root / "docs/logs.md").read_text()
    fields = names_in_logs(root, "field")
    for kind, heading in (("event", "## Events"), ("field", "## Fields")):
        names = names_in_logs(root, kind)
        table = [cells for _, cells in rows(text.partition(heading)[2].partition("\n## ")[0])]
        meaning_at = 1 if kind == "event" else 2
        found = {cells[0].strip("`"): cells[meaning_at] for cells in table}
        for name, (constant, meaning) in names.items():
            if found.get(name) != meaning:
                yield f"docs/logs.md: {heading[3:]}: | `{name}` | {meaning} | is to stand there"
            if not is_used(root, f"{kind}::{constant}"):
                yield f"src/flow/events.h: nothing tells {name}"
        if list(found) != list(names):
            yield f"docs/logs.md: {heading[3:]}: not all, more, or in another order"
        for cells in table if kind == "event" else []:
            for name in set(CODE.findall(cells[2])).difference(fields):
                yield f"docs/logs.md: {cells[0]}: there is no field {name}"


def setting_complaints(root):
    """Settings that a document names are settings of the program."""
    table = root / "src/app/settings_table.cc"
    keys = set(re.findall(r'\{"([a-z_.]+)"', table.read_text())) if table.exists() else set()
    sections = {key.split(".")[0] for key in keys if "." in key}
    keys.update(names_in_logs(root, "event"))  # which look like settings
    for path in project.files(root, ".md"):
        for name in re.findall(r"`([a-z]+\.[a-z_]+)(?: = [^`]*)?`", path.read_text()):
            section, key = name.split(".")
            if section in sections and name not in keys and key not in ("h", "cc"):
                yield f"{path.relative_to(root)}: there is no setting {name}"


def length_complaints(root):
    lines = (root / "docs/architecture.md").read_text().count("\n")
    if lines > ARCHITECTURE_LINES_MAX:
        yield f"docs/architecture.md: {lines} lines; at most {ARCHITECTURE_LINES_MAX}"


def link_complaints(root, path):
    for link in LINK.findall(FENCE.sub("", path.read_text())):
        target = link.split("#")[0]
        if target and "://" not in target and not (path.parent / target).exists():
            yield f"{path.relative_to(root)}: {link} leads nowhere"


def commands_in(text):
    """(command, flags) of every `weir …` line in code blocks; continued lines are joined."""
    for _, block in FENCE.findall(text):
        for line in block.replace("\\\n", " ").split("\n"):
            line = line.split(" #")[0]
            for part in re.split(r"\s\|\s|&&|;", line):
                if match := COMMAND.match(part):
                    yield match[1], re.findall(r"(?<=\s)(--?[a-z][\w-]*)", match[2])


def help_of(weir, command):
    run = subprocess.run([weir, command, "--help"], capture_output=True, text=True, check=False)
    return run.stdout if run.returncode == 0 else None


def command_complaints(root, path, weir, helps):
    for command, flags in commands_in(path.read_text()):
        where = path.relative_to(root)
        if command not in helps:
            helps[command] = help_of(weir, command)
        if helps[command] is None:
            yield f"{where}: there is no `weir {command}`"
            continue
        for flag in flags:
            if not re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", helps[command]):
                yield f"{where}: `weir {command}` has no {flag}"


def check(root):
    tests = project_tests.all_tests(root)
    names = {test.name for test in tests} | {test.file for test in tests}
    found, built, not_yet = feature_complaints(root, names)
    print(f"features          {built} built, {not_yet} not yet")
    found += guarantee_complaints(root, names)
    found += [*reason_complaints(root), *setting_complaints(root), *length_complaints(root)]
    found += log_complaints(root)
    found += faults_table.check(root)
    weir, helps = root / "build/weir", {}
    for path in project.files(root, ".md"):
        found += link_complaints(root, path)
        if weir.exists():
            found += command_complaints(root, path, weir, helps)
    if not weir.exists():
        found.append("build/weir: missing; `make build` first, so that commands can be checked")
    return found


if __name__ == "__main__":
    project.main(check)
