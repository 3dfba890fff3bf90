# SPDX-License-Identifier: Apache-2.0
"""No clock, randomness, file, thread, environment or stream outside the seams' implementations.

The simulation runs the program's own code on fibers under a seeded scheduler; whatever reaches
around a seam would escape it. Tests are free.
"""

import re
from fnmatch import fnmatch

import project

# What it is, how to recognise it (in code without comments and strings), where it may be.
SEAMS = [
    (
        "a clock",
        r"\bstd::chrono::\w*clock\b"
        r"|\b(?:clock_gettime|gettimeofday|localtime\w*|gmtime\w*|timespec_get)\s*\("
        r"|(?<![\w.>])(?:std::)?time\s*\(\s*(?:nullptr|NULL|0|&)",
        ["base/clock.cc", "base/tasks.cc"],
    ),
    (
        "randomness",
        r"\bstd::(?:random_device|mt19937\w*|default_random_engine)\b"
        r"|(?<![\w.>])(?:std::)?(?:s?rand|random|d?rand48|getrandom|getentropy|arc4random)\s*\(",
        ["base/random.cc"],
    ),
    (
        "a file",
        r"\bstd::filesystem\b"
        r"|\b(?:std::)?(?:[io]?fstream|fopen|freopen|tmpfile|mkstemp|mkdtemp|opendir)\b"
        r"|(?<![\w>])::(?:open|openat|creat|read|pread|write|pwrite|close|unlink|rename|stat"
        r"|lstat|fstat|mkdir|fsync|fdatasync|ftruncate|flock|fcntl|statfs)\s*\("
        r"|^\s*#\s*include\s*<(?:fcntl\.h|dirent\.h|fstream|filesystem"
        r"|sys/(?:stat|file|statfs|vfs)\.h)>",
        ["io/disk*.cc", "io/line_*.cc", "store/sqlite*.cc", "app/main.cc", "app/system*.cc"],
    ),
    (
        "mapped memory",
        r"(?<![\w])m(?:map|unmap|remap|advise)\s*\(|^\s*#\s*include\s*<sys/mman\.h>",
        ["fold/pages.cc", "store/sqlite*.cc"],
    ),
    (
        "a thread",
        r"\bstd::(?:j?thread|async|this_thread|promise|future)\b|\bpthread_\w+|\bfork\s*\(",
        ["base/tasks.cc", "app/main.cc", "app/system*.cc"],
    ),
    (
        "a lock",
        r"\bstd::(?:\w*mutex|condition_variable\w*|call_once|once_flag|counting_semaphore|latch"
        r"|barrier)\b",
        [
            "base/tasks.cc",
            "store/sql_session.cc",
            "store/sql_leases.cc",
            "*/memory*.cc",
            "*/memory*.h",
            "app/system*.cc",
        ],
    ),
    (
        "the environment or a standard stream",
        r"\b(?:secure_)?getenv\s*\(|\benviron\b|\bstd::(?:cout|cerr|clog|cin)\b"
        r"|(?<![\w.>])(?:std::)?(?:printf|puts|putchar)\s*\(|\b(?:stdout|stderr|stdin)\b",
        ["base/check.cc", "app/main.cc", "app/system*.cc"],
    ),
    ("thread_local state", r"\bthread_local\b|\b__thread\b", []),
]


def complaints_of(relative, text):
    """relative: the path below src/."""
    found = []
    code = project.code_only(text)
    for what, pattern, allowed in SEAMS:
        if any(fnmatch(str(relative), place) for place in allowed):
            continue
        for match in re.finditer(pattern, code, re.MULTILINE):
            line = code.count("\n", 0, match.start()) + 1
            where = f"; its place is {', '.join(allowed)}" if allowed else ""
            seen = match.group().strip()
            found.append(f"src/{relative}:{line}: {what} outside its seam: {seen}{where}")
    return found


def check(root):
    found = []
    for path in project.sources(root):
        relative = path.relative_to(root)
        if relative.parts[0] == "src" and not project.is_test(relative):
            found += complaints_of(relative.relative_to("src"), path.read_text())
    return found


if __name__ == "__main__":
    project.main(check)
