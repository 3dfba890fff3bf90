#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/setup.sh [build|test|check|bench|fuzz]...: installs what is missing for that work.
#
# On Debian 12 it shows what it will install and installs it, with sudo where it does not run as
# root. Elsewhere, or where it may not install, it prints the packages and stops. Where nothing is
# missing it says nothing.
#
# The tests need servers (tools/packages/servers.txt), which they start themselves, in folders of
# their own. Installing them starts no service here, makes no database, and leaves none enabled.
#
#   SETUP=skip      trust that all is there (other systems: install the packages by hand first)
#   OS_RELEASE=file instead of /etc/os-release
#   ROOT=folder     instead of /, for what is written beside packages
set -euo pipefail
shopt -s inherit_errexit  # a failure within $(…) counts, too

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
os_release=${OS_RELEASE:-/etc/os-release}
root=${ROOT:-}
# Asked by Debian before a package starts its service; 101 forbids it.
policy=$root/usr/sbin/policy-rc.d
# Read by postgresql-common before it makes a first database.
clusters=$root/etc/postgresql-common/createcluster.d/weir-setup.conf
mark="# Written by weir's tools/setup.sh for its process"
as_root=()
((EUID == 0)) || as_root=(sudo)

usage() {
  echo "usage: tools/setup.sh [build|test|check|bench|fuzz]..." >&2
  exit 2
}

# The lists that a work reads, its own last.
lists_of() {
  case $1 in
    build) echo build ;;
    fuzz) echo build fuzz test ;;
    test) echo build fuzz test servers ;;
    check) echo build fuzz test servers check ;;
    bench) echo build bench ;;
    *) usage ;;
  esac
}

packages_in() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$folder/packages/$1.txt"; }

packages_of() {
  local work list lists
  for work in "$@"; do
    lists=$(lists_of "$work")
    for list in $lists; do packages_in "$list"; done
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

# Of its arguments, those that are servers.
servers_among() {
  packages_in servers |
    awk -v wanted="$*" 'BEGIN { n = split(wanted, names, " "); for (i in names) w[names[i]] }
                        $1 in w { print $1 }'
}

# The process that wrote a file of ours; nothing for a file that is not ours.
writer_of() { [[ ! -e $1 ]] || sed -n "s|^$mark \([0-9]*\)\$|\1|p" "$1"; }

# Puts a file where none is, from standard input.
put_file() {
  [[ ! -e $1 ]] || return 0  # someone else's, who knows better
  "${as_root[@]}" mkdir -p "${1%/*}"
  "${as_root[@]}" tee "$1" >/dev/null
  "${as_root[@]}" chmod 755 "$1"
}

# Keeps servers that are being installed from starting, until give_back.
hold_services() {
  trap give_back EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  put_file "$policy" <<END
#!/bin/sh
$mark $$
[ -d /proc/$$ ] || exit 0
exit 101
END
  put_file "$clusters" <<END
$mark $$
create_main_cluster = false
END
}

# Removes what this process wrote, and what one wrote that was killed.
give_back() {
  local file writer
  for file in "$policy" "$clusters"; do
    writer=$(writer_of "$file")
    if [[ $writer && ($writer == "$$" || ! -d /proc/$writer) ]]; then
      "${as_root[@]}" rm -f "$file"
      "${as_root[@]}" rmdir --ignore-fail-on-non-empty "${file%/*}"
    fi
  done
}

# A server that came only now is for the tests alone: it does not start with the machine either.
disable_services() {
  command -v systemctl >/dev/null || return 0
  local package unit
  for package in "$@"; do
    unit=${package%-15}
    [[ $package == redis-server ]] || unit=${unit%-server}
    "${as_root[@]}" systemctl --quiet disable "$unit" 2>/dev/null ||
      echo "weir: could not disable the service $unit; it may start with the machine." >&2
  done
}

install_all() {
  local servers apt
  apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet)
  servers=$(servers_among "$@")
  echo "weir: installing from Debian: $*"
  "${apt[@]}" update
  [[ -z $servers ]] || hold_services
  "${apt[@]}" install --yes --no-install-recommends "$@"
  [[ -z $servers ]] || disable_services $servers
}

main() {
  local works=("$@") packages missing reason
  ((${#works[@]})) || works=(build)
  packages=$(packages_of "${works[@]}")
  [[ ${SETUP:-} != skip ]] || return 0
  give_back  # of an earlier run that was killed
  missing=$(missing_of $packages)
  [[ -n $missing ]] || return 0
  reason=$(obstacle)
  [[ -z $reason ]] || stop_with_list "$reason" $missing
  install_all $missing
  missing=$(missing_of $packages)
  [[ -z $missing ]] || stop_with_list "apt-get left some packages out." $missing
}

main "$@"
