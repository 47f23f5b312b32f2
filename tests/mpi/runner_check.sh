#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# runner_check.sh PROGRAM MPIRUN FLAGS...: runs PROGRAM on 2 ranks, once as it is and once with each kind of
# failure on rank 1, and compares what mpirun returns. Exits with 1 if any of it went unnoticed.
program=$1
shift
if [ -z "$1" ]; then
  echo "SKIPPED mpi_runner_notices_failures: needs mpirun (openmpi-bin)"
  exit 77
fi

bad=0
# expect CODE WISH [ARGUMENT...]: CODE is the exact exit code, or "failure" for any but 0 and 77.
expect() {
  code=$1
  wish=$2
  shift 2
  ZEROGAP_RUNNER_TEST=$wish "$@" >output.$$ 2>&1 </dev/null
  found=$?
  case $code:$found in
    failure:0 | failure:77) verdict=WRONG ;;
    failure:* | "$found:$code") verdict=right ;;
    *) verdict=WRONG ;;
  esac
  echo "$verdict: '$wish' ended with $found, expected $code"
  if [ $verdict = WRONG ]; then
    cat output.$$
    bad=1
  fi
  rm -f output.$$
}

expect 0 nothing "$@" -n 2 "$program"
expect 0 skip "$@" -n 2 "$program"
expect failure expect "$@" -n 2 "$program"
expect failure throw "$@" -n 2 "$program"
expect failure die "$@" -n 2 "$program"
expect failure exit "$@" -n 2 "$program"
expect failure no-such-test "$@" -n 2 "$program" --gtest_filter=Nothing.Matches
expect 77 skip "$@" -n 1 "$program" --gtest_filter='*CountsASkippedRank*'
exit $bad
