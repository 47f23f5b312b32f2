#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A job of higher priority takes the hosts: Slurm sends SIGTERM, later SIGKILL, and requeues the run, which goes on
# from a checkpoint no older than the last one before and has the bits of an undisturbed run. SIGHUP is answered as SIGTERM.
set -euo pipefail
# shellcheck source=tests/slurm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh" "$@"

config=$root/configs/smoke/digits.yaml
settings=(--set data.images=12 --set optimizer.epochs=1500 --set run.evaluate_every=1 --set run.checkpoint.every=10
  --set run.threads=1)
"$program" train "$config" --out alone "${settings[@]}" >/dev/null 2>&1

# The newest two are kept, whatever their numbers are.
has_two_checkpoints() { [[ $(find "$1/checkpoints" -name '0*.h5' 2>/dev/null | wc -l) -ge 2 ]]; }

environment mpirun.sh
environment srun.sh cluster_launcher=srun "cluster_launcher_options=(--cpu-bind=none)"
for launcher in mpirun srun; do
  if [[ $launcher == srun ]] && ! on_control srun --mpi=list 2>&1 | grep -qw pmix; then
    echo "not tested here: srun --mpi=pmix (this Slurm has no pmix)"
    continue
  fi
  job=$(on_control "$root/slurm/submit" "$launcher.sh" run --parsable --exclusive -- "$config" "$launcher" "${settings[@]}")
  until_true 60 "the run's second checkpoint" has_two_checkpoints "$launcher"
  urgent=$(on_control sbatch --parsable --partition=urgent --nodes=2 --exclusive --output=/dev/null --wrap="sleep 1")
  until_true 60 "the urgent job" is_state "$urgent" COMPLETED
  [[ ! -e $launcher/result.json ]] || ! grep -q '"complete"' "$launcher/result.json" || fail "the run was over before it was preempted"
  checkpoint=$(find "$launcher/checkpoints" -name '*.h5' | sort | tail -n 1)
  finish "$job" 400
  is_state "$job" COMPLETED || fail "the run ended as $(job_field "$job" JobState)"
  [[ $(job_field "$job" Restarts) == 1 ]] || fail "the run was started again $(job_field "$job" Restarts) times"
  grep -q "resuming from $checkpoint" "$launcher/log.txt" || fail "the run did not resume from $checkpoint"
  same_run alone "$launcher"
  ok "preempted under $launcher, resumed from $(basename "$checkpoint"): $(grep -ah "slurm: .*SIGTERM" "zerogap-$job.out" | tr '\n' ' ')"
done

job=$(on_control "$root/slurm/submit" mpirun.sh run --parsable --nodes=1 --ntasks=1 -- "$config" hangup "${settings[@]}")
until_true 60 "the run's second checkpoint" has_two_checkpoints hangup
on_control scancel --batch --signal=HUP "$job"
finish "$job" 60
grep -q "SIGHUP: asking for a checkpoint" "hangup/slurm/$job.txt" || fail "the record does not mention a SIGHUP"
grep -q "ended with 75 after SIGHUP; the job is not requeued here" "hangup/slurm/$job.txt" || fail "the run did not end with a checkpoint: $(cat "hangup/slurm/$job.txt")"
[[ $(job_field "$job" Restarts) == 0 ]] || fail "the run was started again after SIGHUP"
ok "SIGHUP stops a run with a checkpoint"
passed=1
