#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/fuzz.sh BUILD SECONDS REPORT JOBS: runs every fuzzer for so many seconds, JOBS at a time,
# first over its corpus in fuzz/corpus/NAME; what it finds anew stays in BUILD/corpus/NAME. An input
# that breaks something is written to BUILD/found/, and its path is printed.
set -euo pipefail

export build=$1 seconds=$2
report=$3 jobs=$4
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export root

# Runs one fuzzer, and writes its line of the report.
fuzz() {
  local name=$1 log=$build/$1.log verdict=''
  local corpus=("$build/corpus/$name")
  mkdir -p "${corpus[0]}"
  [[ ! -d $root/fuzz/corpus/$name ]] || corpus+=("$root/fuzz/corpus/$name")
  local options=(-max_total_time="$seconds" -max_len=4096 -timeout=20 -rss_limit_mb=2048
    -print_final_stats=1 -artifact_prefix="$build/found/$name-")
  if "$build/fuzz/fuzz_$name" "${options[@]}" "${corpus[@]}" >"$log" 2>&1; then
    echo "ok     $name: $(awk '/number_of_executed_units/ { print $2 }' "$log") inputs"
  else
    verdict='<failure/>'
    echo "FAILED $name (log: $log)"
    tail -n 40 "$log"
  fi
  echo "<testcase classname=\"fuzz\" name=\"$name\">$verdict</testcase>" >"$build/reports/$name"
}
export -f fuzz

rm -rf "$build/reports"
mkdir -p "$build/found" "$build/reports" "$(dirname "$report")"
basename --suffix=.cc --multiple "$root"/fuzz/*.cc |
  xargs --max-procs="$jobs" --replace=NAME bash -c 'fuzz NAME'
{
  echo '<testsuite name="fuzz">'
  cat "$build"/reports/*
  echo '</testsuite>'
} >"$report"
! grep --quiet '<failure/>' "$report"
