#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A run on two hosts, by mpirun and by srun, has the bits of one process; a run that meets its time limit is
# requeued and has them too.
set -euo pipefail
# shellcheck source=tests/slurm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh" "$@"

config=$root/configs/smoke/digits.yaml
settings=(--set data.images=12 --set optimizer.epochs=30 --set run.evaluate_every=1 --set run.threads=1)
"$program" train "$config" --out alone "${settings[@]}" >/dev/null 2>&1

environment mpirun.sh
environment srun.sh cluster_launcher=srun "cluster_launcher_options=(--cpu-bind=none)"
for launcher in mpirun srun; do
  if [[ $launcher == srun ]] && ! on_control srun --mpi=list 2>&1 | grep -qw pmix; then
    echo "not tested here: srun --mpi=pmix (this Slurm has no pmix)"
    continue
  fi
  job=$(on_control "$root/slurm/submit" "$launcher.sh" run --parsable -- "$config" "$launcher" "${settings[@]}")
  finish "$job" 120
  is_state "$job" COMPLETED || fail "the run by $launcher ended as $(job_field "$job" JobState)"
  grep -q "ranks  *2 as 2 x 1" "zerogap-$job.out" || fail "the run by $launcher was not one of two ranks"
  grep -q "hosts  *node\[1-2\]" "$launcher/slurm/$job.txt" || fail "the record does not say which hosts it ran on"
  grep -q "^zerogap [0-9]" "$launcher/slurm/$job.txt" || fail "the record does not say which version it ran"
  [[ $launcher == srun ]] || grep -q "^launcher .*(Open MPI) ${ZEROGAP_TEST_OPENMPI:-}" "$launcher/slurm/$job.txt" ||
    fail "the record does not name Open MPI ${ZEROGAP_TEST_OPENMPI:-}"
  same_run alone "$launcher"
  ok "two hosts by $launcher have the bits of one process"
done

# The signal before the limit is Slurm's own: of a minute, less 50 s. The ranks stand still until it has come.
environment limit.sh cluster_margin=50
settings+=(--set optimizer.epochs=300)
"$program" train "$config" --out longer "${settings[@]}" >/dev/null 2>&1
job=$(on_control "$root/slurm/submit" limit.sh run --parsable --time=00:01:00 -- "$config" limit "${settings[@]}")
until_true 60 "the run to begin" test -s limit/history.jsonl
pids=$(pgrep -f "^$program train .* --out limit ")
# shellcheck disable=SC2086  # one word a process
kill -s STOP $pids
(($(wc -l <limit/history.jsonl) < 301)) || fail "the run was over before it was stopped"
until_true 90 "Slurm's signal" grep -q "SIGUSR1: asking" "limit/slurm/$job.txt"
# shellcheck disable=SC2086
kill -s CONT $pids
until_true 30 "the requeue" grep -q "requeue 1" "limit/slurm/$job.txt"
finish "$job" 120
is_state "$job" COMPLETED || fail "the requeued run ended as $(job_field "$job" JobState)"
# A busy machine does not get through in what is left of the second minute, and is requeued once more.
(($(job_field "$job" Restarts) >= 1)) || fail "the run was requeued $(job_field "$job" Restarts) times"
grep -q "slurm  *job $job, requeued 1 times" limit/log.txt || fail "the log does not tell of the requeue"
grep -q "resuming from" limit/log.txt || fail "the requeued run did not resume"
same_run longer limit
ok "a run that met its limit was requeued and has the bits of one that did not"
passed=1
