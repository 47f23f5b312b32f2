#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# zerogap sweep --slurm: twelve cells in an array of at most five tasks, each cell once, and the table of the sweep that
# runs here. Slurm's refusals are reported with its own words.
set -euo pipefail
export ZEROGAP_CLUSTER_ARRAY=5
# shellcheck source=tests/slurm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh" "$@"

file=$root/configs/sweep/smoke.yaml
settings=(--set data.images=6 --set optimizer.epochs=20)
"$program" sweep "$file" --out here "${settings[@]}" >/dev/null 2>&1
"$program" collect here --reproducible --out here.csv

environment env.sh cluster_pack=0.001
sweep() { on_control "$program" sweep "$file" --out there "${settings[@]}" --slurm "$@"; }

sweep env.sh --dry-run >script 2>words || fail "the dry run ended with $?: $(cat words)"
[[ ! -e there ]] || fail "the dry run made the sweep's folder"
grep -qx "#SBATCH --array=0-4" script || fail "12 cells were not packed into the 5 tasks that MaxArraySize allows: $(cat script words)"
bash -n script
sweep env.sh --dry-run --sbatch=--time=00:30:00 >script 2>/dev/null
grep -qx "#SBATCH --time=00:30:00" script || fail "--sbatch=--time had no effect"
environment lazy.sh cluster_pack=1000000 cluster_time=1000:00:00
sweep lazy.sh --dry-run >script 2>/dev/null
grep -qx "#SBATCH --array=0-0" script || fail "work of seconds was spread over several tasks: $(cat script)"
ok "cells are packed by their work, within MaxArraySize"

environment refused.sh "cluster_sbatch=(--partition=nowhere)"
status=0
sweep refused.sh >words 2>&1 || status=$?
((status == 4)) || fail "a refused array ended with $status"
grep -q "invalid partition" words || fail "sbatch's words are missing: $(cat words)"
status=0
sweep env.sh --set network.beta=-1 >words 2>&1 || status=$?
((status == 2)) && grep -q "network.beta" words || fail "a sweep that is not valid ended with $status: $(cat words)"
on_control squeue -h | grep -q . && fail "something was submitted all the same"
ok "refusals are reported, and nothing runs"

job=$(sweep env.sh 2>words | sed -n 's/^Submitted batch job //p')
[[ -n $job ]] || fail "nothing was submitted: $(cat words)"
finish "$job" 240
"$program" collect there --reproducible --out there.csv
(($(wc -l <there.csv) == 13)) || fail "the table has $(wc -l <there.csv) lines in place of 13"
cmp here.csv there.csv || fail "the array's table is not that of the sweep here"
cat there/slurm/*.out >said
for cell in there/cells/*; do
  (($(grep -c "^cell $(basename "$cell") .*objective" said) == 1)) || fail "cell $cell was computed $(grep -c "^cell $(basename "$cell") .*objective" said) times"
  (($(find "$cell" -type f | wc -l) < 5)) || fail "$cell holds $(find "$cell" -type f | wc -l) files"
done
for task in 0 1 2 3 4; do
  grep -q "^zerogap [0-9]" "there/slurm/${job}_$task.txt" || fail "task $task left no record"
done
ok "12 cells by 5 tasks, each once, and the same table"

sweep env.sh >words 2>&1 || fail "a sweep that is done ended with $?: $(cat words)"
grep -q "nothing to submit" words || fail "a sweep that is done was submitted again: $(cat words)"

# The shipped script, with more tasks than there are cells left.
job=$(on_control "$root/slurm/submit" env.sh array --parsable --array=0-3 -- "$file" there "${settings[@]}" --set 'sweep.retries=0')
finish "$job" 120
for task in 0 1 2 3; do is_state "${job}_$task" COMPLETED || fail "task $task ended as $(job_field "${job}_$task" JobState)"; done
"$program" collect there --reproducible --out there.csv
cmp here.csv there.csv || fail "tasks without work changed the table"
ok "tasks without work end at once"
passed=1
