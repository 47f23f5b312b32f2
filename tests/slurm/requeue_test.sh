#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A task of an array that is signalled writes a checkpoint and is requeued, alone; it goes on, and the sweep is the
# one that nothing disturbed. A limit of requeues ends loops.
set -euo pipefail
# shellcheck source=tests/slurm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh" "$@"

cat >two.yaml <<E
base: $root/configs/smoke/digits.yaml
config: {data.images: 12, optimizer.epochs: 3000, run.evaluate_every: 1, run.threads: 1, run.networks: [primal]}
axes: {network.beta: [5, 10]}
E
"$program" sweep two.yaml --out here >/dev/null 2>&1
"$program" collect here --reproducible --out here.csv

# of_task TASK: the zerogap of that task, by its environment.
of_task() {
  local pid
  for pid in $(pgrep -f "^$program sweep two.yaml --out $out( |$)"); do
    tr '\0' '\n' <"/proc/$pid/environ" | grep -qx "SLURM_ARRAY_TASK_ID=$1" && echo "$pid"
  done
  return 0
}
claims() { find "$out/cells" -name history.jsonl -size +0 | wc -l; }
two_cells_at_work() { (($(claims) == 2)); }

out=there
environment env.sh
job=$(on_control "$root/slurm/submit" env.sh array --parsable --array=0-1 -- two.yaml there)
until_true 60 "both tasks to have a cell" two_cells_at_work
pid=$(of_task 0)
other=$(of_task 1)
[[ -n $pid && -n $other ]] || fail "a task was over too soon"
kill -s STOP "$pid" "$other" # the other would take over what this one gives back
on_control scancel --batch --signal=USR1 "${job}_0"
until_true 30 "the signal" grep -q "SIGUSR1: asking" "there/slurm/${job}_0.txt"
kill -s CONT "$pid"
until_true 60 "the requeue" grep -q "requeue 1" "there/slurm/${job}_0.txt"
start_soon "${job}_0"
until_true 60 "the second start to end" grep -q " done$" "there/slurm/${job}_0.txt"
kill -s CONT "$other"
finish "$job" 120
[[ $(job_field "${job}_0" Restarts) == 1 ]] || fail "task 0 was started again $(job_field "${job}_0" Restarts) times"
[[ $(job_field "${job}_1" Restarts) == 0 ]] || fail "task 1 was started again with it"
grep -q "requeued 1 times" "there/slurm/${job}_0.txt" || fail "the record does not tell of the second start"
for task in 0 1; do
  (($(grep -c "^cell .*objective" "zerogap-${job}_$task.out") == 1)) || fail "task $task did not compute one cell"
done
"$program" collect there --reproducible --out there.csv
cmp here.csv there.csv || fail "the requeued sweep's table is another"
for cell in here/cells/*; do same_run "$cell" "there/cells/$(basename "$cell")"; done
ok "one task was requeued, went on, and ended as if nothing had been"

out=limited
environment limited.sh cluster_restarts=0
job=$(on_control "$root/slurm/submit" limited.sh array --parsable --array=0-0 -- two.yaml limited)
until_true 60 "the task to have a cell" sh -c "ls $out/cells/*/history.jsonl"
on_control scancel --batch --signal=USR1 "${job}_0"
finish "$job" 60
is_state "${job}_0" FAILED || fail "a task beyond its restarts ended as $(job_field "${job}_0" JobState)"
[[ $(job_field "${job}_0" ExitCode) == 75:0 ]] || fail "its exit code is $(job_field "${job}_0" ExitCode)"
grep -q "not requeued" "limited/slurm/${job}_0.txt" || fail "the record does not say why it was not requeued"
ok "a limit of restarts ends loops"
passed=1
