#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A host is cut off in the middle of a run on two: the watchdog names it and the step, the job is requeued, goes on
# on the other host, and ends with the bits of an undisturbed run.
set -euo pipefail
export ZEROGAP_CLUSTER_TIMEOUT=60 # Slurm notices later than the watchdog
# shellcheck source=tests/slurm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh" "$@"

config=$root/configs/smoke/digits.yaml
settings=(--set data.images=12 --set optimizer.epochs=150 --set run.evaluate_every=1 --set run.checkpoint.every=1
  --set run.threads=1)
"$program" train "$config" --out alone "${settings[@]}" >/dev/null 2>&1

environment env.sh cluster_patience=5
job=$(on_control "$root/slurm/submit" env.sh run --parsable --nodes=1-2 --ntasks=2 --spread-job \
  -- "$config" cut "${settings[@]}" --set run.watchdog=5)
until_true 60 "the run's first checkpoint" sh -c "ls cut/checkpoints/*.h5"
host=$(job_field "$job" BatchHost)
other=$((3 - ${host#node}))
"$here/cluster" cut "$place/cluster" "$other"
until_true 90 "the watchdog" grep -q "no progress for 5 s in .*node$other.* does not answer" "zerogap-$job.out"
until_true 90 "the requeue" grep -q "requeue 1" "cut/slurm/$job.txt"
ok "the watchdog: $(grep -h "no progress" "zerogap-$job.out" | head -n 1)"
finish "$job" 240
is_state "$job" COMPLETED || fail "the run ended as $(job_field "$job" JobState)"
[[ $(job_field "$job" NodeList) == "$host" ]] || fail "the run ended on $(job_field "$job" NodeList)"
grep -q "resuming from" cut/log.txt || fail "the run did not resume"
same_run alone cut
ok "it went on on $host and has the bits of an undisturbed run"
passed=1
