#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/demo.sh WEIR FOLDER: makes a day of usage files in FOLDER, counts them, and shows what can
# be asked afterwards. Ends with an error where the database's totals are not those that were
# generated. Whatever was in FOLDER before is replaced.
set -euo pipefail

weir=$1 folder=$2
bold='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' plain=$'\e[0m'
fi

say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# Shows a command, as one would type it, and runs it. weir leaves with 1 where there is something to
# look at, such as a bad line; here there are some on purpose.
show() {
  printf '%s$ %s%s\n' "$bold" "$*" "$plain"
  "$@" || (($? == 1))
}

make_day() {
  rm -rf "$folder"
  mkdir -p "$folder"
  say "A day of usage: five files, a million lines, some of them bad on purpose."
  show "$weir" generate "$folder/usage" --files 5 --lines 200k --consumers 10k \
    --distribution zipf --bad 0.00001 --seed 2026 --totals "$folder/expected.txt"
  local last
  last=$(find "$folder/usage" -type f | sort | tail -n 1)
  show gzip "$last"
}

count_day() {
  say "Count them into a database."
  show "$weir" ingest "$folder/usage" --into "sqlite:$folder/weir.db"
  say "Who used most?"
  show "$weir" top 5 --from "sqlite:$folder/weir.db"
  say "What was refused, and why?"
  show "$weir" rejects --from "sqlite:$folder/weir.db"
  say "Do the books balance?"
  show "$weir" verify --from "sqlite:$folder/weir.db"
  say "Count the same folder again: nothing is new, nothing is counted twice."
  show "$weir" ingest "$folder/usage" --into "sqlite:$folder/weir.db"
}

# The generator wrote down the exact totals of what it made; the database must have the same.
compare() {
  "$weir" top 1000000000 --from "sqlite:$folder/weir.db" | sort -n >"$folder/stored.txt"
  sort -n "$folder/expected.txt" >"$folder/expected.sorted.txt"
  if ! diff "$folder/expected.sorted.txt" "$folder/stored.txt" >"$folder/differences.txt"; then
    echo "weir: the database's totals are not those that were generated:" >&2
    head -n 20 "$folder/differences.txt" >&2
    exit 1
  fi
  say "The totals of all $(wc -l <"$folder/stored.txt") consumers are exactly what was generated."
}

what_next() {
  say "Now with your own files (\`consumer amount\` lines):"
  cat <<END
  make install PREFIX=~/.local    then \`weir\` is enough; until then it is $weir
  weir sum FILE…                  totals on the screen, no database
  weir ingest FOLDER              count what is new into weir.db, as often as you like
  weir top                        the greatest totals; \`weir get KEY\` for one
  weir help                       everything else
END
}

make_day
count_day
compare
what_next
