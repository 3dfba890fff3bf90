#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/fuzz.sh BUILD SECONDS REPORT: runs every fuzzer for so many seconds, first over its corpus
# in fuzz/corpus/NAME; what it finds anew stays in BUILD/corpus/NAME. An input that breaks something
# is written to BUILD/found/ and its path is printed.
set -euo pipefail

build=$1 seconds=$2 report=$3
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mkdir -p "$build/found" "$(dirname "$report")"

# Runs one fuzzer; its last lines say how much it tried.
fuzz() {
  local name=$1 log=$build/$1.log
  local corpus=("$build/corpus/$name")
  mkdir -p "${corpus[0]}"
  [[ ! -d $root/fuzz/corpus/$name ]] || corpus+=("$root/fuzz/corpus/$name")
  local options=(-max_total_time="$seconds" -max_len=4096 -timeout=20 -rss_limit_mb=2048
    -print_final_stats=1 -artifact_prefix="$build/found/$name-")
  if "$build/fuzz/fuzz_$name" "${options[@]}" "${corpus[@]}" >"$log" 2>&1; then
    echo "ok     $name: $(awk '/number_of_executed_units/ { print $2 }' "$log") inputs"
  else
    echo "FAILED $name (log: $log)"
    tail -n 40 "$log"
    return 1
  fi
}

cases='' failed=0 count=0
for source in "$root"/fuzz/*.cc; do
  name=$(basename "$source" .cc)
  count=$((count + 1))
  if fuzz "$name"; then
    cases+="<testcase classname=\"fuzz\" name=\"$name\"/>"
  else
    cases+="<testcase classname=\"fuzz\" name=\"$name\"><failure/></testcase>"
    failed=$((failed + 1))
  fi
done
echo "<testsuite name=\"fuzz\" tests=\"$count\" failures=\"$failed\">$cases</testsuite>" >"$report"
((failed == 0 && count > 0))
