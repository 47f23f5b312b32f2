# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# Reads environment files; sourced by the scripts of this folder, never run. slurm/env/generic.sh explains each
# variable.

say() { printf '%s\n' "$*"; }

# refuse WHAT WHY DO: ends with an error about an invalid value.
refuse() {
  printf 'error: %s (%s); %s\n' "$1" "$2" "$3" >&2
  exit 2
}

# read_environment FILE: the values of env/generic.sh for what it leaves out, then the file.
read_environment() {
  # shellcheck source=slurm/env/generic.sh
  source "$(dirname "${BASH_SOURCE[0]}")/env/generic.sh"
  [[ -r $1 ]] || refuse "no environment file '$1'" "it cannot be read" "give one like slurm/env/generic.sh"
  # shellcheck disable=SC1090  # the user's
  source "$1"
  [[ $cluster_launcher == mpirun || $cluster_launcher == srun ]] ||
    refuse "cluster_launcher is '$cluster_launcher'" "known are mpirun and srun" "correct the environment file"
  [[ $cluster_gpus =~ ^([[:alpha:]][^:[:space:]]*:)?(0|[1-9][0-9]*)$ ]] ||
    refuse "cluster_gpus is '$cluster_gpus'" "it is a host's number of GPUs, as 4 or a100:4" "correct the environment file"
  [[ $cluster_gpu_share =~ ^[1-9][0-9]*$ ]] ||
    refuse "cluster_gpu_share is '$cluster_gpu_share'" "it is the number of groups that share a GPU, 1 or more" "correct the environment file"
  local name
  for name in cluster_tasks cluster_at_once cluster_margin cluster_restarts cluster_faults cluster_patience; do
    [[ ${!name} =~ ^[0-9]{1,9}$ || -z ${!name} && $name == @(cluster_tasks|cluster_at_once) ]] ||
      refuse "$name is '${!name}'" "it is a whole number" "correct the environment file"
    [[ -z ${!name} ]] || printf -v "$name" %d "$((10#${!name}))" # 08 would be octal
  done
  [[ -z $cluster_tasks || $cluster_tasks != 0 ]] || refuse "cluster_tasks is 0" "an array has a task at least" "correct the environment file"
  [[ -z $cluster_gpu_memory || $cluster_gpu_memory =~ ^[1-9][0-9]*$ ]] ||
    refuse "cluster_gpu_memory is '$cluster_gpu_memory'" "it is a GPU's memory, a whole number of GiB, or empty" "correct the environment file"
}

# ask_for_gpus run|array RANKS [OPTION]...: sets `gpu_options`, which precede all others, from options of sbatch that
# read_options has read. RANKS compute a cell together.
#
# A run's ranks see all GPUs of their host, one for each rank, so that NCCL can connect them directly: --gpus-per-node,
# which every step inherits completely. With --gpus-per-task srun shows each rank only one, and mpirun's daemon on
# another host, which is one task, gets one for all its ranks; with --gpus=N or --ntasks-per-gpu that daemon does not
# start. A task of an array has one GPU, for all groups that share it.
ask_for_gpus() {
  local kind=$1 ranks=$2 number=${cluster_gpus##*:} nodes each
  shift 2
  gpu_options=()
  if [[ $kind == array ]]; then
    ((number == 0 && cluster_gpu_share == 1)) || gpu_options+=(--nodes=1)
    ((number == 0)) || gpu_options+=("--gpus-per-node=${cluster_gpus%"$number"}1")
    ((cluster_gpu_share == 1)) || gpu_options+=("--ntasks=$((cluster_gpu_share * ranks))")
    return 0
  fi
  ((number)) || return 0
  gpu_options=("--gpus-per-node=$cluster_gpus" "--ntasks-per-node=$number")
  [[ -z $(value_of ntasks "$@") ]] || return 0
  # The script sets a number of tasks, which would override those of each host.
  nodes=$(value_of nodes "$@")
  nodes=${nodes:-2} # as in run.sbatch
  each=$(number_of ntasks-per-node "$@")
  each=${each:-$number}
  [[ $nodes =~ ^0*[1-9][0-9]*$ ]] ||
    refuse "the number of ranks is not determined" "--nodes is $nodes, with $each ranks a host" "add --ntasks=NUMBER"
  gpu_options+=("--ntasks=$((10#$nodes * each))")
}
