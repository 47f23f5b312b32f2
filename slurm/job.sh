# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Functions of all batch scripts in this folder; sourced by them, never run.
#
#   zerogap_job ENV FOLDER COMMAND...
#
# runs `zerogap COMMAND...` on the job's tasks as configured in the environment file, with its files in FOLDER:
# FOLDER/slurm/JOB.txt records loaded modules and versions. USR1 (from --signal, before the limit) is passed on, upon
# which zerogap writes a checkpoint and ends with 75; then this job, or this task of an array, is requeued and
# continues. A job that ended by a fault (the watchdog, a signal, a lost host) is requeued too, a few times; errors of
# the configuration, the data or the numbers are not. Both have limits (slurm/env/generic.sh).

# shellcheck source=slurm/environment.sh
source "${BASH_SOURCE[0]%/*}/environment.sh"
# shellcheck source=slurm/mps.sh
source "${BASH_SOURCE[0]%/*}/mps.sh"

# note TEXT: writes to the job's output and its record.
note() {
  say "slurm: $*" >&2
  say "$(date +%FT%T%z) $*" >>"$record" || true
}

job_name() {
  if [[ -n ${SLURM_ARRAY_JOB_ID:-} ]]; then
    say "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
  else
    say "$SLURM_JOB_ID"
  fi
}

load_environment() {
  read_environment "$1"
  cluster_load
  if [[ -n $cluster_interfaces ]]; then
    # For MPI itself, and for the launcher of Open MPI 4 and of 5.
    export OMPI_MCA_btl_tcp_if_include=$cluster_interfaces
    export OMPI_MCA_oob_tcp_if_include=$cluster_interfaces PRTE_MCA_prte_if_include=$cluster_interfaces
    # NCCL takes names only.
    [[ $cluster_interfaces == *[./]* ]] || export NCCL_SOCKET_IFNAME=$cluster_interfaces
  fi
}

# Sets `launcher`, the words before the program: one rank for each task, bound to the task's cores.
choose_launcher() {
  local cores=${SLURM_CPUS_PER_TASK:-1} tasks=(${SLURM_NTASKS:+-n "$SLURM_NTASKS"})
  launcher=()
  [[ ${SLURM_NTASKS:-0} != 1 ]] || return 0
  case $cluster_launcher in
    mpirun)
      launcher=("$root/launch/mpirun" "${tasks[@]}")
      if ((${#cluster_launcher_options[@]})); then
        launcher+=("${cluster_launcher_options[@]}")
      else
        launcher+=(--map-by "slot:PE=$cores" --bind-to core)
      fi
      ;;
    srun)
      # --wait: if a rank has died the others hang in a sum; they are ended a minute later. No options for GPUs: a step
      # has all GPUs that the job requested by --gpus-per-node or --gres, and each task sees them. --gpu-bind=none would
      # leave CUDA_VISIBLE_DEVICES unset (Slurm 22.05) and make other jobs' GPUs visible.
      launcher=(srun "--mpi=$cluster_mpi" --wait=60 "--cpus-per-task=$cores" "${tasks[@]}" "${cluster_launcher_options[@]}")
      ;;
  esac
}

# For a job that requested GPUs in another way than slurm/submit and slurm/sweep.
warn_of_hidden_gpus() {
  local name
  ((${SLURM_NTASKS:-1} > 1)) || return 0
  for name in SLURM_GPUS_PER_TASK SLURM_NTASKS_PER_GPU SLURM_GPU_BIND; do
    [[ -z ${!name:-} ]] || note "$name is ${!name}: ranks of a host may not see each other's GPUs; use --gpus-per-node and --ntasks-per-node"
  done
}

write_record() {
  {
    say "== $(date +%FT%T%z) job $name (SLURM_JOB_ID $SLURM_JOB_ID), requeued ${SLURM_RESTART_COUNT:-0} times"
    say "hosts        ${SLURM_JOB_NODELIST:-}, ${SLURM_NTASKS:-?} tasks of ${SLURM_CPUS_PER_TASK:-1} cores"
    say "GPUs         ${CUDA_VISIBLE_DEVICES:-none} on $(hostname)"
    say "command      ${launcher[*]} ${under[*]} $program $*"
    say "environment  $environment $(sha256sum <"$environment" | cut -c 1-12)"
    say "modules      ${LOADEDMODULES:-none}"
    say "slurm        $(scontrol --version 2>/dev/null)"
    case ${launcher[0]:-} in
      */mpirun) say "launcher     $(mpirun --version 2>/dev/null | head -n 1)" ;;
      srun) say "launcher     $(srun --version 2>/dev/null), --mpi=$cluster_mpi" ;;
      *) say "launcher     none" ;;
    esac
    "$program" --version
  } >>"$record"
}

# pass_on SIGNAL: asks the ranks to stop.
pass_on() {
  signals=$((signals + 1))
  asked=$1
  note "SIG$1: asking for a checkpoint"
  [[ -z $child ]] || kill -s USR1 "$child" 2>/dev/null || true
}

fault_bytes() { stat -c %s "$ZEROGAP_FAULT" 2>/dev/null || say 0; }

# Ends the launcher if it still waits after a watchdog has ended a rank (mpirun waits for daemons on dead hosts).
end_after_fault() {
  until (($(fault_bytes) > faults_before)); do sleep 2; done
  sleep "$cluster_patience"
  note "the launcher still waits $cluster_patience s after the watchdog; ending it"
  pkill -KILL -P "$child" || true # launch/mpirun's mpirun
  sleep 1
  kill -KILL "$child" 2>/dev/null || true
}

# Runs the words given and sets `status`; signals reach them through pass_on.
run_to_the_end() {
  local before guard
  "$@" </dev/null &
  child=$!
  end_after_fault &
  guard=$!
  # For a signal that came before there was a child.
  ((signals == 0)) || kill -s USR1 "$child" 2>/dev/null || true
  # `wait` returns early whenever a signal arrives.
  while :; do
    before=$signals
    status=0
    wait "$child" || status=$?
    ((signals > before)) || break
  done
  kill "$guard" 2>/dev/null || true
}

# requeue WHY: requeues this job, or only this task of an array; Slurm then ends this script.
requeue() {
  local count=${SLURM_RESTART_COUNT:-0}
  if ((count >= cluster_restarts)); then
    note "$1; not requeued, since that happened $count times (cluster_restarts); submit it again to continue"
    return
  fi
  note "$1; requeue $((count + 1))"
  scontrol requeue "$name" || note "scontrol did not requeue $name (see above); submit it again to continue"
}

# Handles a fault, which may not occur again.
requeue_fault() {
  local faults
  say "== $(date +%FT%T%z) start ${SLURM_RESTART_COUNT:-0} on $SLURM_JOB_NODELIST ended with $status" >>"$ZEROGAP_FAULT"
  faults=$(grep -c '^== ' "$ZEROGAP_FAULT")
  if ((faults > cluster_faults)); then
    note "$1; not requeued after $faults faults (cluster_faults); they are in $ZEROGAP_FAULT"
    return
  fi
  requeue "$1"
}

decide() {
  if [[ $asked == @(TERM|HUP) && $status != 0 ]]; then
    note "ended with $status after SIG$asked; the job is not requeued here, since that is up to the sender"
    return
  fi
  if (($(fault_bytes) > faults_before)); then
    requeue_fault "the watchdog ended it"
    return
  fi
  case $status in
    0) note "done" ;;
    75) requeue "stopped with a checkpoint" ;;
    # 4 without a message of the watchdog: it diverged, or failed for a reason that it reported.
    2 | 3 | 4 | 126 | 127) note "ended with $status; not requeued, since it would end in the same way" ;;
    *) requeue_fault "ended with $status" ;;
  esac
}

zerogap_job() {
  local environment=$1 folder=$2 root=${ZEROGAP_ROOT:-$SLURM_SUBMIT_DIR}
  shift 2
  # Paths are relative to the folder of submission, which --chdir would change.
  [[ -z ${ZEROGAP_FOLDER:-} || $ZEROGAP_FOLDER -ef . ]] || cd -- "$ZEROGAP_FOLDER" 2>/dev/null ||
    say "slurm: there is no $ZEROGAP_FOLDER on $(hostname); relative paths start from $PWD" >&2
  local program=$root/build/zerogap name record faults_before
  [[ -x $program || ! -x $root/../../bin/zerogap ]] || program=$root/../../bin/zerogap # an installed tree
  program=${ZEROGAP_PROGRAM:-$program}
  name=$(job_name)
  record=$folder/slurm/$name.txt
  export ZEROGAP_FAULT=$folder/slurm/$name.faults
  signals=0
  asked=
  child=
  mkdir -p "$folder/slurm" || exit 3
  trap 'pass_on USR1' USR1
  trap 'pass_on TERM' TERM
  trap 'pass_on HUP' HUP
  load_environment "$environment"
  choose_launcher
  warn_of_hidden_gpus
  [[ -x $program ]] || { note "error: no program $program; build it (docs/clusters.md) or set ZEROGAP_PROGRAM" && exit 2; }
  share_gpu "$@"
  write_record "$@" || true
  faults_before=$(fault_bytes)
  run_to_the_end "${launcher[@]}" "${under[@]}" "$program" "$@"
  end_mps
  decide
  exit "$status"
}
