#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# launch/test with stand-ins for cmake and ctest: each line is seen as it comes, the summary comes last, behind the reasons
# of skipped tests, and the exit code is ctest's.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
bad=0

verdict() {
  echo "$1: $2"
  [[ $1 == right ]] || { bad=1 && sed 's/^/    /' output; }
}

mkdir -p bin tree/build/default/Testing/Temporary
cp -r "$root/launch" tree/launch
printf '#!/bin/sh\n' >bin/cmake
# It goes on with a test when the line of the one before has been seen, and ends by itself where nobody sees it.
cat >bin/ctest <<'CTEST'
#!/bin/bash
wait_for() {
  for _ in {1..100}; do
    [[ ! -e seen.$1 ]] || return 0
    sleep 0.1
  done
  touch unseen
}
echo "Test project here"
echo "$*" >arguments
for test in 1 2 3; do
  echo "    Start $test: t$test"
  echo "$test/3 Test #$test: t$test ....   Passed    $test.50 sec"
  # What a test of ctest itself may say.
  ((test != 1)) || printf '%s\n' '' '100% tests passed, 0 tests failed out of 7' 'Total Test time (real) =   1 sec'
  wait_for "$test"
done
echo "SKIPPED t3: needs a reason" >tree/build/default/Testing/Temporary/LastTest.log
printf '%s\n' '' '67% tests passed, 1 tests failed out of 3' '' 'Total Test time (real) =   0.01 sec'
exit 8
CTEST
chmod +x bin/*

# watched COMMAND...: its output, to a pipe, is in the file output; seen.N is made when the line of test N comes.
watched() {
  rm -f seen.* unseen
  "$@" 2>&1 | while IFS= read -r line; do
    echo "$line"
    [[ ! $line =~ ^([0-9])/3 ]] || touch "seen.${BASH_REMATCH[1]}"
  done >output
  return "${PIPESTATUS[0]}"
}

export PATH=$place/bin:$PATH
status=0
watched tree/launch/test --no-setup || status=$?
((status == 8)) && verdict right "the exit code is ctest's" || verdict WRONG "the exit code is $status"
[[ ! -e unseen ]] && verdict right "each line as it comes" || verdict WRONG "a test's line was not seen before the next began"
[[ $(tail -n 13 output | paste -sd '|') == *"|The slowest:|  3.50 s  t3|  2.50 s  t2|  1.50 s  t1||Skipped, and why:|  t3: needs a reason||67% tests passed, 1 tests failed out of 3||Total Test time (real) =   0.01 sec" ]] &&
  verdict right "the summary is last" || verdict WRONG "the summary is not last"
(($(grep -c "100% tests passed" output) == 1)) && verdict right "what looks like a summary stays where it was" || verdict WRONG "a test's words are lost"
launch_test() { "$place/tree/launch/test" --no-setup "$@"; }
# asked WANTED OPTION...: ctest is asked for that.
asked() {
  local wanted=$1
  shift
  launch_test "$@" >output 2>&1
  [[ " $(cat arguments) " == *" $wanted "* ]] && verdict right "'$*' asks ctest for $wanted" ||
    verdict WRONG "'$*' asks ctest for '$(cat arguments)'"
}
not_asked() { ! grep -q -e "$1" arguments && verdict right "and not for $1" || verdict WRONG "'$(cat arguments)' has $1"; }
touch seen.{1,2,3}
asked "--label-exclude ^slow$"
asked "-E dual --label-exclude ^slow$" -E dual
for options in "-R dual" "-L unit" "-Runit" --rerun-failed; do
  # shellcheck disable=SC2086  # several words
  asked "$options" $options
  not_asked exclude
done
asked --output-on-failure --all
not_asked exclude
not_asked --all
exit $bad
