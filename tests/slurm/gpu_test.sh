#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Slurm with two GPUs a host (that it believes in): a run's ranks see all of their host's by mpirun and by srun, an
# array's tasks have one each, groups share it, and what hides a host's GPUs from its ranks is said.
set -euo pipefail
export ZEROGAP_CLUSTER_GPUS=2 ZEROGAP_CLUSTER_CORES=4
# shellcheck source=tests/slurm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh" "$@"

# In place of zerogap: which rank sees which GPUs. A second that others may use to be there too.
cat >look <<'E2'
#!/bin/bash
[[ ${1:-} != --version ]] || exec echo "a program that looks around"
echo "$(hostname) ${OMPI_COMM_WORLD_RANK:-$SLURM_PROCID} sees ${CUDA_VISIBLE_DEVICES-all}"
sleep "${LOOK_FOR:-1}"
E2
chmod +x look

# looked FILE: what the ranks saw, in order.
looked() { grep -a " sees " "$1" | sort | tr '\n' ';'; }

gpus=(cluster_gpus=2 "cluster_sbatch=(--cpus-per-task=1)")
environment mpirun.sh "${gpus[@]}"
environment srun.sh "${gpus[@]}" cluster_launcher=srun cluster_mpi=none "cluster_launcher_options=(--cpu-bind=none)"
for launcher in mpirun srun; do
  job=$(ZEROGAP_PROGRAM=$place/look on_control "$root/slurm/submit" $launcher.sh run --parsable -- config $launcher)
  finish "$job" 60
  is_state "$job" COMPLETED || fail "the run by $launcher ended as $(job_field "$job" JobState)"
  seen=$(looked "zerogap-$job.out")
  [[ $seen == "node1 0 sees 0,1;node1 1 sees 0,1;node2 2 sees 0,1;node2 3 sees 0,1;" ]] || fail "by $launcher: $seen"
  grep -q "GPUs  *0,1 on node" "$launcher/slurm/$job.txt" || fail "the record does not say which GPUs the job had"
  ! grep -q "may not see" "$launcher/slurm/$job.txt" || fail "the record warns of a good job"
  ok "by $launcher each rank of a run sees both GPUs of its host"
done

job=$(ZEROGAP_PROGRAM=$place/look on_control "$root/slurm/submit" mpirun.sh run --parsable --nodes=1 -- config one)
finish "$job" 60
seen=$(looked "zerogap-$job.out")
[[ $seen =~ ^node[12]\ 0\ sees\ 0,1\;node[12]\ 1\ sees\ 0,1\;$ ]] || fail "on one host: $seen"
status=0
on_control "$root/slurm/submit" mpirun.sh run --nodes=1-2 -- config open >words 2>&1 || status=$?
((status == 2)) && [[ $(cat words) == "error: the number of ranks is not determined ("*"; add --ntasks=NUMBER" ]] ||
  fail "--nodes=1-2 ended with $status: $(cat words)"
ok "--nodes says how many ranks there are"

# Why the scripts do not ask so.
environment task.sh cluster_launcher=srun cluster_mpi=none "cluster_launcher_options=(--cpu-bind=none)" "cluster_sbatch=(--gpus-per-task=1)"
job=$(ZEROGAP_PROGRAM=$place/look on_control "$root/slurm/submit" task.sh run --parsable --ntasks=4 -- config task)
finish "$job" 60
seen=$(looked "zerogap-$job.out")
[[ $seen == "node1 0 sees 0;node1 1 sees 1;node2 2 sees 0;node2 3 sees 1;" ]] || fail "by --gpus-per-task: $seen"
grep -q "SLURM_GPUS_PER_TASK is 1: ranks of a host may not see each other's GPUs; use --gpus-per-node" "task/slurm/$job.txt" ||
  fail "the record does not warn of --gpus-per-task"
ok "a job that asks for GPUs by task is warned of"

# Two tasks of an array on a host, two groups each.
environment share.sh "${gpus[@]}" cluster_gpu_share=2
for script in array gpu_array; do
  job=$(ZEROGAP_PROGRAM=$place/look LOOK_FOR=4 on_control "$root/slurm/submit" share.sh $script --parsable --array=0-1 \
    --nodelist=node1 --cpus-per-task=1 -- file $script)
  finish "$job" 60
  for task in 0 1; do looked "zerogap-${job}_$task.out"; done >words
  [[ $(cat words) == "node1 0 sees 0;node1 1 sees 0;node1 0 sees 1;node1 1 sees 1;" ]] || fail "by $script: $(cat words)"
  grep -q "2 ranks share GPU 1 in turns: there is no MPS" "$script/slurm/${job}_1.txt" || fail "the record does not say how they share"
done
ok "two groups share the GPU of a task, and tasks have one each"

file=$root/configs/sweep/smoke.yaml
settings=(--set data.images=6 --set optimizer.epochs=20 --set run.backend=cpu)
"$program" sweep "$file" --out here "${settings[@]}" >/dev/null 2>&1
"$program" collect here --reproducible --out here.csv
job=$(on_control "$program" sweep "$file" --out there "${settings[@]}" --slurm share.sh 2>words | sed -n 's/^Submitted batch job //p')
[[ -n $job ]] || fail "nothing was submitted: $(cat words)"
grep -q "in 1 tasks of 2 at once" words || fail "the array does not know that groups share: $(cat words)"
finish "$job" 120
"$program" collect there --reproducible --out there.csv
cmp here.csv there.csv || fail "the table of groups that share is not that of the sweep here"
ok "a sweep by groups that share a GPU has the same table"

# fits WORDS LINE...: with such an environment file a dry run says these words of how many cells fit.
fits() {
  environment fits.sh "${@:2}"
  on_control "$program" sweep "$file" --out fits "${fits_settings[@]}" --slurm fits.sh --dry-run >script 2>words || fail "the dry run: $(cat words)"
  grep -Eq "^slurm: about $1" words || fail "$2 does not give '$1': $(cat words)"
}
fits_settings=(--set data.images=6)
fits "10[0-9] cells at once fit into a GPU of 80 GiB \\(an estimate; its memory is assumed, for cluster_gpu_memory is empty\\); cluster_gpu_share is 1$" cluster_gpus=2
grep -qx "#SBATCH --gpus-per-node=1" script || fail "the array asks for no GPU: $(cat script)"
fits "5 cells at once fit into a GPU of 4 GiB \\(an estimate\\); cluster_gpu_share is 8, which is more: lower it$" cluster_gpus=a100:2 cluster_gpu_share=8 cluster_gpu_memory=4
grep -qx "#SBATCH --gpus-per-node=a100:1" script && grep -qx "#SBATCH --ntasks=8" script && grep -qx "#SBATCH --nodes=1" script ||
  fail "the array does not ask for one GPU and eight ranks: $(cat script)"
fits_settings+=(--gpu-memory 40)
fits "5[0-9] cells at once fit into a GPU of 40 GiB \\(an estimate\\)" cluster_gpus=2 cluster_gpu_memory=4
for line in cluster_gpus=0 cluster_gpus=2; do
  environment fits.sh $line
  [[ $line == cluster_gpus=0 ]] || fits_settings+=(--set run.backend=cpu)
  on_control "$program" sweep "$file" --out fits "${fits_settings[@]}" --slurm fits.sh --dry-run >/dev/null 2>words
  ! grep -q "fit into a GPU" words || fail "with $line: $(cat words)"
done
ok "how many cells fit a GPU is said"

# refused LINE WORDS: an environment file with that line is refused in one line that has these words.
refused() {
  environment bad.sh "$1"
  for how in "$root/slurm/submit bad.sh array -- file bad" "$program sweep $file --out bad --slurm bad.sh --dry-run"; do
    status=0
    # shellcheck disable=SC2086  # a command's words
    on_control $how >words 2>&1 || status=$?
    ((status == 2)) && (($(grep -c "^error: cluster_gpu.*$2" words) == 1)) || fail "$1 ended with $status: $(cat words)"
  done
}
refused cluster_gpu_share=0 "1 or more"
refused cluster_gpu_share=two "1 or more"
refused cluster_gpus=all "as 4 or a100:4"
refused cluster_gpu_memory=80GB "a whole number of GiB"
on_control squeue -h | grep -q . && fail "something was submitted all the same"
ok "what cannot be meant is refused"
passed=1
