#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/run_ctest.sh BUILD REPORT JOBS [PROGRAM…]: runs the tests of a build folder, of all programs
# or of those named, and writes the counts to REPORT (JUnit).
set -euo pipefail

build=$1 report=$2 jobs=$3
shift 3
mkdir -p "$(dirname "$report")"
only=() servers=()
# Programs whose tests ask a real server.
if ((!$#)) || [[ " $* " == *" conformance_test "* ]]; then
  servers=(tests/servers/run_with_servers.py --postgres --mariadb --redis --)
fi
if (($#)); then
  only=(--label-regex "^($(IFS='|' && echo "$*"))\$")
fi
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1}
# No test takes minutes; one that hangs must not take the others' results with it.
seconds_each_max=$([[ ${WEIR_CAMPAIGN:-} ]] && echo 0 || echo 600)
# --no-tests=error: an empty selection is a mistake, not a success.
# A test that passed is not worth a line.
"${servers[@]}" ctest --test-dir "$build" --parallel "$jobs" --output-on-failure --no-tests=error \
  --timeout "$seconds_each_max" \
  --output-junit "$(realpath "$report")" "${only[@]}" |
  grep --line-buffered --invert-match --extended-regexp '^ +Start +[0-9]+:| Passed +[0-9.]+ sec'
