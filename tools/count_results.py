# SPDX-License-Identifier: Apache-2.0
"""Adds up the JUnit reports of a folder and ends with `N passed, N failed`.

usage: count_results.py FOLDER [STEP…]

A STEP is a command that failed. Where one did and no report holds a failure (a build that broke, a
run that was cut), it counts as one failure: the last line never says 0 failed after a failed step.
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def count_report(path):
    """(passed, failed, skipped) of one report; skipped is a list of `name: reason`."""
    passed, failed, skipped = 0, 0, []
    for case in ElementTree.parse(path).iter("testcase"):
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif skip is not None or case.get("status") in ("notrun", "disabled"):
            reason = skip.get("message") if skip is not None else None
            skipped.append(f"{case.get('name')}: {reason or 'no reason given'}")
        else:
            passed += 1
    return passed, failed, skipped


def main(folder, failed_steps):
    total_passed, total_failed = 0, 0
    for path in sorted(Path(folder).glob("*.xml")):
        try:
            passed, failed, skipped = count_report(path)
        except ElementTree.ParseError as error:
            passed, failed, skipped = 0, 1, []
            print(f"{path}: cut short: {error}")
        print(f"{path.stem:10} {passed:6} passed {failed:4} failed {len(skipped):4} skipped")
        for name in skipped:
            print(f"  skipped {name}")
        total_passed += passed
        total_failed += failed
    for step in failed_steps:
        print(f"`{step}` failed")
    if failed_steps and total_failed == 0:
        total_failed = len(failed_steps)
    if total_passed == 0 and total_failed == 0:
        print("nothing ran")
        total_failed = 1
    print(f"{total_passed} passed, {total_failed} failed")
    return 1 if total_failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
