#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A sweep and a run whose files and folders have blanks, quotes, # and % in their names, and data next to them,
# submitted with short options and under another working folder: everything lies where the names say.
set -euo pipefail
# shellcheck source=tests/slurm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh" "$@"

odd="my \"best\" 50% #3"
mkdir elsewhere "$odd"
printf 'data:\n  images: 6\noptimizer:\n  epochs: 3\n' >"$odd/base.yaml"
printf 'base: base.yaml\naxes:\n  network.beta: [5, 10]\n' >"$odd/$odd.yaml"
environment env.sh cluster_pack=1000000 "cluster_sbatch=(-D $place/elsewhere -J unseen)"

job=$(on_control "$program" sweep "$odd/$odd.yaml" --out "$odd/issue %A" --slurm env.sh --sbatch="-t 0" --sbatch="-n 02" --sbatch=--job-name="$odd" 2>words |
  sed -n 's/^Submitted batch job //p') || fail "nothing was submitted: $(cat words)"
[[ -n $job ]] || fail "nothing was submitted: $(cat words)"
[[ $(on_control squeue -h -r -j "$job" -o %j) == "$odd" ]] || fail "the job's name is '$(on_control squeue -h -r -j "$job" -o %j)'"
[[ $(job_field "$job" TimeLimit) == UNLIMITED ]] || fail "the limit is $(job_field "$job" TimeLimit)"
finish "$job" 120
is_state "${job}_0" COMPLETED || fail "the array ended as $(job_field "${job}_0" JobState)"
[[ -s $odd/issue\ %A/slurm/${job}_0.out ]] || fail "there is no $odd/issue %A/slurm/${job}_0.out: $(ls -R "$odd")"
grep -q "^cell .*objective" "$odd/issue %A/slurm/${job}_0.out" || fail "no cell was computed: $(cat "$odd/issue %A/slurm/${job}_0.out")"
(($("$program" collect "$odd/issue %A" | wc -l) >= 3)) || fail "not all cells are finished"
[[ -z $(ls elsewhere) ]] || fail "something lies in the job's working folder: $(ls elsewhere)"
ok "a sweep with odd names, under another working folder"

job=$(on_control "$root/slurm/submit" env.sh run -N1 -n 1 -t1 --parsable -o "$place/said" -- "$odd/base.yaml" "$odd/run")
finish "$job" 60
is_state "$job" COMPLETED || fail "the run ended as $(job_field "$job" JobState): $(cat said)"
[[ -s $odd/run/result.json && -s $odd/run/slurm/$job.txt && -z $(ls elsewhere) ]] || fail "the run's files are not in its folder"
ok "a run with odd names, under another working folder"
passed=1
