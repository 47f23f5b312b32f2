#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Groups of a sweep that share a GPU run under an MPS of their job, which is started once and ends with it: also where
# the program fails, the job is requeued or cancelled. One that runs already is left alone, and one that does not start
# is done without. The MPS is a stand-in: there is no GPU here.
set -euo pipefail
export ZEROGAP_CLUSTER_GPUS=2 ZEROGAP_CLUSTER_CORES=4
# shellcheck source=tests/slurm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh" "$@"

# NVIDIA's as its manual describes it: -d returns when the daemon is there, whose number it leaves beside its pipes;
# else it asks the daemon, and fails where there is none. The daemon heeds no signal. ZEROGAP_MPS=refuses|deaf: it does
# not start, or does not answer.
mkdir bin
cat >bin/nvidia-cuda-mps-control <<'E2'
#!/bin/bash
pipes=${CUDA_MPS_PIPE_DIRECTORY:-$MPS_PLACE/everybodys}
pid=$pipes/nvidia-cuda-mps-control.pid
if [[ ${1:-} == -d ]]; then
  [[ ${ZEROGAP_MPS:-} != refuses ]] || { echo "Cannot start: no permission" && exit 1; }
  (
    trap '' TERM USR1 INT HUP
    echo "$BASHPID" >"$pid"
    exec setsid sleep 1000 # with the stdout that it was started with
  ) &
  until [[ -s $pid ]]; do sleep 0.05; done
  echo "start $pipes $CUDA_VISIBLE_DEVICES $CUDA_MPS_LOG_DIRECTORY $(stat -c %a "${pipes%/*}")" >>"$MPS_PLACE/calls"
  exit 0
fi
read -r order
echo "$order" >>"$MPS_PLACE/calls"
[[ -s $pid ]] || { echo "Cannot find MPS control daemon process" && exit 1; }
[[ $order != quit* ]] || { [[ ${ZEROGAP_MPS:-} != deaf ]] || exit 1 && kill -KILL "$(cat "$pid")" && rm "$pid"; }
E2
# In place of zerogap: ends with $END, after USR1 where that is 75.
cat >work <<'E2'
#!/bin/bash
[[ ${1:-} != --version ]] || exec echo "a program that waits"
trap 'exit 75' USR1
echo "works on ${CUDA_VISIBLE_DEVICES-all} with ${CUDA_MPS_PIPE_DIRECTORY:-no} pipes"
[[ -d ${CUDA_MPS_PIPE_DIRECTORY:-/} ]] || echo "there is no $CUDA_MPS_PIPE_DIRECTORY"
((END != 75)) || while :; do sleep 0.2; done
exit "$END"
E2
chmod +x bin/nvidia-cuda-mps-control work
export MPS_PLACE=$place TMPDIR=$place/tmp
mkdir tmp

environment share.sh cluster_gpus=2 cluster_gpu_share=2 "cluster_sbatch=(--cpus-per-task=1)" "cluster_load() { export PATH=$place/bin:\$PATH; }"
environment srun.sh "source $place/share.sh" cluster_launcher=srun cluster_mpi=none "cluster_launcher_options=(--cpu-bind=none)"
# submit END ENV FOLDER [OPTION]...: prints the array's number.
submit() {
  rm -f calls
  END=$1 ZEROGAP_PROGRAM=$place/work on_control "$root/slurm/submit" "$2" array --parsable --array=0-0 --nodelist=node1 "${@:4}" -- file "$3"
}
daemons() { pgrep -f '^sleep 1000$' | while read -r pid; do grep -zqs "^MPS_PLACE=$place$" "/proc/$pid/environ" && echo "$pid"; done; }
# Nothing is left of it.
gone() { [[ -z $(daemons) && -z $(find tmp -name 'zerogap-mps.*') ]]; }
once() { (($(grep -c ^start calls) == 1 && $(grep -c '^quit' calls) == 1)) || fail "$1: $(tr '\n' ';' <calls)"; }

# The first task takes GPU 0 for a while, so that this one has the second.
other=$(on_control sbatch --parsable --nodelist=node1 --gpus-per-node=1 --output=/dev/null --wrap="sleep 600")
until_true 30 "the other job" is_state "$other" RUNNING
for environment in share srun; do
  job=$(submit 0 $environment.sh good-$environment)
  finish "$job" 60
  once "a good job by $environment.sh"
  gone || fail "something is left of MPS: $(daemons) $(ls tmp)"
  grep -q "^start $place/tmp/zerogap-mps.*/pipe 1 $place/tmp/zerogap-mps.*/log 700$" calls || fail "it was not started for GPU 1 in a folder of its own: $(cat calls)"
  (($(grep -ac "^works on 0 with $place/tmp/zerogap-mps.*/pipe pipes$" "zerogap-${job}_0.out") == 2)) ||
    fail "the ranks by $environment.sh do not see what the daemon shows: $(grep -a works "zerogap-${job}_0.out")"
  ! grep -aq "there is no" "zerogap-${job}_0.out" || fail "MPS was not there while ranks were"
  grep -q "2 ranks share GPU 1 under an MPS of this job's own" "good-$environment/slurm/${job}_0.txt" || fail "the record does not say so"
done
on_control scancel "$other"
ok "MPS is started once, for the job's GPU, and ends with it"

job=$(submit 3 share.sh failed)
finish "$job" 60
is_state "${job}_0" FAILED || fail "the failed task ended as $(job_field "${job}_0" JobState)"
once "a job that fails"
gone || fail "a job that failed leaves MPS behind"
ok "it ends where the program fails"

works() { (($(grep -ac "^works" "zerogap-${1}_0.out") == $2)); }
job=$(submit 75 share.sh cancelled)
until_true 60 "the ranks" works "$job" 2
[[ -n $(daemons) ]] || fail "no daemon while the ranks work"
on_control scancel "$job"
finish "$job" 60
until_true 20 "MPS to end with a cancelled job" gone
once "a cancelled job"
ok "it ends where the job is cancelled"

job=$(submit 75 share.sh requeued)
until_true 60 "the ranks" works "$job" 2
on_control scancel --batch --signal=USR1 "${job}_0"
until_true 60 "the requeue" grep -q "requeue 1" "requeued/slurm/${job}_0.txt"
until_true 20 "MPS to end before the requeue" gone
once "a requeued job, the first time"
start_soon "${job}_0"
until_true 60 "the second start" works "$job" 4
on_control scancel "$job"
finish "$job" 60
until_true 20 "MPS to end once more" gone
(($(grep -c ^start calls) == 2 && $(grep -c '^quit' calls) == 2)) || fail "a requeued job: $(tr '\n' ';' <calls)"
ok "it ends before a requeue, and there is another after it"

job=$(ZEROGAP_MPS=refuses submit 0 share.sh refused)
finish "$job" 60
is_state "${job}_0" COMPLETED || fail "without MPS the task ended as $(job_field "${job}_0" JobState)"
grep -q "2 ranks share GPU 0 in turns: MPS did not start (nvidia-cuda-mps-control -d ended with 1: Cannot start: no permission)" \
  "refused/slurm/${job}_0.txt" || fail "the record does not say why there is no MPS"
grep -aq "^works on 0 with no pipes$" "zerogap-${job}_0.out" || fail "ranks look for an MPS that did not start"
gone || fail "an MPS that did not start leaves something behind"
job=$(ZEROGAP_MPS=deaf submit 0 share.sh deaf)
finish "$job" 60
gone || fail "an MPS that does not answer is left behind"
ok "one that does not start is done without, and one that does not answer is ended"

mkdir everybodys
on_control env CUDA_MPS_PIPE_DIRECTORY=$place/everybodys CUDA_MPS_LOG_DIRECTORY=$place CUDA_VISIBLE_DEVICES=0,1 bin/nvidia-cuda-mps-control -d
job=$(submit 0 share.sh theirs)
finish "$job" 60
grep -q "2 ranks share GPU 0 under the MPS that runs here already" "theirs/slurm/${job}_0.txt" || fail "the record does not mention the running MPS"
[[ $(cat calls) == get_server_list ]] && [[ -n $(daemons) ]] || fail "the job meddled with an MPS that is not its own: $(cat calls)"
on_control bin/nvidia-cuda-mps-control <<<quit
job=$(submit 0 share.sh alone --ntasks=1)
finish "$job" 60
[[ ! -e calls ]] || fail "one group alone asked for MPS: $(cat calls)"
ok "one that runs already is used and left alone, and one group alone needs none"
passed=1
