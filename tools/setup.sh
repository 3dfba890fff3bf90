#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/setup.sh [build|test|check|bench|fuzz]...: installs what is missing for that work.
#
# On Debian 12 it shows what it will install and installs it, with sudo where it does not run as
# root. Elsewhere, or where it may not install, it prints the packages and stops. Where nothing is
# missing it says nothing. Never a server: see tools/packages/.
#
#   SETUP=skip      trust that all is there (other systems: install the packages by hand first)
#   OS_RELEASE=file instead of /etc/os-release
set -euo pipefail
shopt -s inherit_errexit  # a failure within $(…) counts, too

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
os_release=${OS_RELEASE:-/etc/os-release}

usage() {
  echo "usage: tools/setup.sh [build|test|check|bench|fuzz]..." >&2
  exit 2
}

# The lists that a work reads, its own last.
lists_of() {
  case $1 in
    build) echo build ;;
    fuzz) echo build fuzz ;;
    test) echo build fuzz test ;;
    check) echo build fuzz test check ;;
    bench) echo build bench ;;
    *) usage ;;
  esac
}

packages_of() {
  local work list lists
  for work in "$@"; do
    lists=$(lists_of "$work")
    for list in $lists; do
      sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$folder/packages/$list.txt"
    done
  done | awk '!seen[$1]++ { print $1 }'
}

# Of its arguments, those that are not installed.
missing_of() {
  command -v dpkg-query >/dev/null || { printf '%s\n' "$@"; return; }
  { dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || :; } |
    awk -v wanted="$*" '
      $1 == "installed" { there[$2] = 1 }
      END {
        n = split(wanted, names, " ")
        for (i = 1; i <= n; i++) if (!(names[i] in there)) print names[i]
      }'
}

stop_with_list() {
  local reason=$1
  shift
  {
    echo "weir: $reason"
    echo "Please install these (named as in Debian 12):"
    printf '  %s\n' "$@"
    echo "and run the same command again with SETUP=skip if this script cannot see them."
  } >&2
  exit 1
}

# What stands in the way of installing here; nothing where nothing does.
obstacle() {
  local system=unknown
  [[ ! -r $os_release ]] || system=$(. "$os_release" && echo "${ID:-} ${VERSION_ID:-}")
  if [[ $system != "debian 12" ]]; then
    echo "some packages are missing, and this system is not Debian 12."
  elif ! command -v apt-get >/dev/null; then
    echo "some packages are missing, and there is no apt-get to install them with."
  elif ((EUID != 0)) && ! command -v sudo >/dev/null; then
    echo "some packages are missing; to install them, run as root, or install sudo."
  fi
}

install_all() {
  local as_root=()
  ((EUID == 0)) || as_root=(sudo)
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet)
  echo "weir: installing from Debian: $*"
  "${apt[@]}" update
  "${apt[@]}" install --yes --no-install-recommends "$@"
}

main() {
  local works=("$@") packages missing reason
  ((${#works[@]})) || works=(build)
  packages=$(packages_of "${works[@]}")
  [[ ${SETUP:-} != skip ]] || return 0
  missing=$(missing_of $packages)
  [[ -n $missing ]] || return 0
  reason=$(obstacle)
  [[ -z $reason ]] || stop_with_list "$reason" $missing
  install_all $missing
  missing=$(missing_of $packages)
  [[ -z $missing ]] || stop_with_list "apt-get left some packages out." $missing
}

main "$@"
