#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What launch/setup says where packages cannot be installed or the cache cannot be written. Stand-ins for dpkg, apt-get
# and sudo come first in PATH, so that nothing is installed or changed.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
place=$(mktemp -d)
mounted=
# shellcheck disable=SC2317  # called by the trap
clean_up() {
  [[ -z $mounted ]] || umount "$mounted"
  rm -rf "$place"
}
trap clean_up EXIT
export XDG_CACHE_HOME=$place/cache PATH=$place/bin:$PATH
chmod 755 "$place"
mkdir "$place/bin"
# Where everybody may read it.
cp -r "$root/launch" "$place/launch"
bad=0

# stand_in NAME LINE...: a program NAME of these lines; it also notes that it was called.
stand_in() {
  local name=$1
  shift
  printf '%s\n' '#!/bin/bash' "echo \"$name \$*\" >>$place/calls" "$@" >"$place/bin/$name"
  chmod +x "$place/bin/$name"
}

# setup CODE ARGUMENT...: runs launch/setup, which has to end with CODE.
setup() {
  local code=$1 found=0
  shift
  : >"$place/calls"
  chmod 666 "$place/calls"
  "$@" "$place/launch/setup" >"$place/output" 2>&1 </dev/null || found=$?
  ((found == code)) || wrong "ended with $found, expected $code"
}
wrong() {
  echo "WRONG: $1"
  sed 's/^/    /' "$place/output" "$place/calls"
  bad=1
}
says() { grep -qF -- "$1" "$place/output" && echo "right: it says '$1'" || wrong "it does not say '$1'"; }
calls() { grep -qE -- "$1" "$place/calls" && echo "right: it calls $1" || wrong "it does not call $1"; }
calls_not() { ! grep -qE -- "$1" "$place/calls" && echo "right: it does not call $1" || wrong "it calls $1"; }
three_ways() {
  says "launch/environment.yml"
  says "module load"
  says "spack env create"
  says "launch/build --no-setup"
}

# Somebody who is not root, if we are.
nobody=(env)
((EUID != 0)) || nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$place")

# dpkg-query: nothing is installed, neither root nor sudo.
stand_in dpkg-query 'exit 1'
stand_in apt-get 'exit 0'
for program in bash env dirname readlink timeout awk sed grep mktemp cat cut tail head ls flock df touch mkdir sha256sum xargs realpath uname rm mv; do
  ln -sf "$(command -v $program)" "$place/bin/$program"
done
ln -sf "$(readlink -f /usr/bin/python3)" "$place/bin/python3"
setup 1 "${nobody[@]}" PATH="$place/bin"
says "neither root nor sudo"
says "libopenmpi-dev"
says "apt-get install -y --no-install-recommends cmake"
three_ways
calls_not '^apt-get'

# No Debian at all.
rm "$place/bin/dpkg-query"
setup 1 "${nobody[@]}" PATH="$place/bin"
says "this is no Debian"
three_ways

# With sudo (or as root) and without a network: apt-get finds no archive.
stand_in dpkg-query 'exit 1'
# shellcheck disable=SC2016  # expanded by the stand-in
stand_in sudo '"$@"'
stand_in apt-get 'echo "E: Failed to fetch: could not resolve the name"' 'exit 100'
setup 1 env
calls '^apt-get update'
calls '^apt-get install'
says "apt-get update failed; trying with the existing package lists"
says "apt-get failed, see above"
says "check the network"
three_ways

# A sudo that refuses is not taken for a network that is missing.
stand_in sudo 'echo "a password is required"' 'exit 1'
setup 1 "${nobody[@]}" PATH="$place/bin"
says "sudo refuses, see above"
calls_not '^apt-get'
three_ways
# shellcheck disable=SC2016
stand_in sudo '"$@"'

# An installation that was interrupted is finished first, and said so.
# shellcheck disable=SC2016
stand_in dpkg-query '[[ "$*" == *Status-Status}\ * ]] && echo "unpacked libhdf5-dev" || echo "libhdf5-dev unpacked"'
stand_in dpkg 'exit 0'
stand_in apt-get '[[ $1 == update ]] || exit 100'
setup 1 env
says "an earlier installation was interrupted; finishing libhdf5-dev"
calls '^dpkg --configure -a'
stand_in dpkg 'exit 2'
setup 1 env
says "dpkg cannot finish libhdf5-dev, see above"
calls_not '^apt-get (update|install)'
three_ways

# Everything is there, but the cache is none: nothing is fetched.
# shellcheck disable=SC2016
stand_in dpkg-query 'shift 3; printf "%s installed\n" "$@"'
touch "$place/file"
setup 1 env XDG_CACHE_HOME="$place/file"
says "the cache $place/file/zerogap cannot be made"
says "set XDG_CACHE_HOME to a folder that may be written and has room"

# A CUDA toolkit that does not work is not passed over in silence; a folder is none.
stand_in nvcc 'echo "hello release of nonsense"'
setup 1 env -u CUDACXX -u CUDA_HOME XDG_CACHE_HOME="$place/file"
says "$place/bin/nvcc --version names no release; continuing without the CUDA toolkit"
setup 1 env CUDACXX="$place" CUDA_HOME="$place" XDG_CACHE_HOME="$place/file"
says "$place/bin/nvcc --version names no release"
rm "$place/bin/nvcc"

# No place at all: nothing is put anywhere else.
setup 1 env -u HOME -u XDG_CACHE_HOME
says "no place for the cached environment"
setup 1 env -u HOME XDG_CACHE_HOME=relative
says "neither HOME nor an absolute XDG_CACHE_HOME is set"

# Full, or read-only. Mounting wants root.
mkdir "$place/disk"
if ((EUID == 0)) && mount -t tmpfs -o size=1m none "$place/disk" 2>/dev/null; then
  mounted=$place/disk
  setup 1 env XDG_CACHE_HOME="$place/disk"
  says "too little space in the cache $place/disk/zerogap"
  says "MB needed, 1 MB free"
  mount -o remount,ro "$place/disk"
  setup 1 env XDG_CACHE_HOME="$place/disk"
  says "the cache $place/disk/zerogap cannot be written"
else
  echo "without root: full and read-only disks were left out"
fi
exit $bad
