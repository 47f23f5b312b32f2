#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/keys.md is what the program says of its keys.
#
#   tests/program/keys_check.sh PROGRAM SOURCE
set -euo pipefail
program=$1 source=$2
page=$(mktemp)
trap 'rm -f "$page"' EXIT

"$source/launch/keys" "$program" >"$page"
diff -u "$source/docs/keys.md" "$page" || {
  printf 'failed: docs/keys.md is not what the program prints; run launch/keys %s > docs/keys.md\n' "$program" >&2
  exit 1
}
# A page without keys would agree with a program that prints none.
keys=$(grep -c '^| `' "$page")
((keys == $("$program" config --keys | grep -c '^[a-z]'))) || { printf 'failed: the page has %s keys\n' "$keys" >&2 && exit 1; }
printf 'passed: %s keys\n' "$keys"
