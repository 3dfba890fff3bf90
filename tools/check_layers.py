# SPDX-License-Identifier: Apache-2.0
"""Dependencies point one way: who may include whom, and where vendor headers may stand."""

import re

import project

# Each folder of src/ and those that it may include, beside itself. Siblings never.
LAYERS = {
    "base": [],
    "model": ["base"],
    "io": ["base"],
    "source": ["base", "model", "io"],
    "format": ["base", "model", "io"],
    "fold": ["base", "model", "io"],
    "lease": ["base", "model"],
    "store": ["base", "model", "lease"],  # it keeps some itself
    "flow": ["base", "model", "io", "source", "format", "fold", "store", "lease"],
}
LAYERS["serve"] = [*LAYERS["flow"], "flow"]
LAYERS["app"] = [*LAYERS["serve"], "serve"]

# A header of one of these stays within a .cc file, so that one library is one file's affair.
VENDOR = re.compile(
    r"^(sqlite3|CLI/|CLI11|toml\+\+|boost/|zlib|isa-l|igzip|crc\.h|zstd|bzlib|lzma|openssl/"
    r"|xxhash|fmt/|hiredis|libpq-fe|mysql)"
)

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def complaints_of(path, relative, text):
    found = []
    folder = relative.parts[1]
    for match in INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        quoted, header = match.group(1) == '"', match.group(2)
        if path.suffix == ".h" and VENDOR.match(header):
            found.append(f"{relative}:{line}: {header} in a header; a library stays within a .cc")
        target = header.split("/")[0]
        if quoted and target in LAYERS and target != folder and target not in LAYERS[folder]:
            found.append(f"{relative}:{line}: {folder} may not include {header}")
        if quoted and "/" not in header:
            found.append(f"{relative}:{line}: include {header} by its path below src/")
    return found


def check(root):
    found = []
    for path in project.sources(root):
        relative = path.relative_to(root)
        if relative.parts[0] != "src":
            continue
        if relative.parts[1] not in LAYERS:
            found.append(f"{relative}: {relative.parts[1]} has no place in the order of layers")
            continue
        if not project.is_test(relative):  # a test may look wherever it must
            found += complaints_of(path, relative, path.read_text())
    return found


if __name__ == "__main__":
    project.main(check)
