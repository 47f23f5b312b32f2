# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# Several groups of a sweep on one GPU; sourced by job.sh, never run.
#
# Processes that share a GPU take turns, unless NVIDIA's MPS runs their work concurrently. If MPS is installed and not
# running, the job starts its own, in a private folder, for the lifetime of its ranks.

mps= # the private folder

# end_mps: also called if the job ends early.
end_mps() {
  local pid
  [[ -n $mps ]] || return 0
  # Waits until the daemon has ended; it ends servers that still have clients after 5 s.
  if ! timeout 15 nvidia-cuda-mps-control >/dev/null 2>&1 <<<"quit -t 5"; then
    pid=$(cat "$mps/pipe/nvidia-cuda-mps-control.pid" 2>/dev/null) || pid=
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -rf "$mps"
  mps=
  unset CUDA_MPS_PIPE_DIRECTORY CUDA_MPS_LOG_DIRECTORY
}

# start_mps: fails, with the reason in `why`, if MPS does not start.
start_mps() {
  mps=$(mktemp -d "${TMPDIR:-/tmp}/zerogap-mps.XXXXXX") || { why="no folder for it" && mps= && return 1; }
  trap end_mps EXIT
  mkdir "$mps/pipe" "$mps/log"
  export CUDA_MPS_PIPE_DIRECTORY=$mps/pipe CUDA_MPS_LOG_DIRECTORY=$mps/log
  # Returns when the daemon, which keeps its stdout open, accepts commands.
  timeout 30 nvidia-cuda-mps-control -d </dev/null >"$mps/log/start" 2>&1 && return
  why="nvidia-cuda-mps-control -d ended with $?: $(tail -n 1 "$mps/log/start")"
  end_mps
  return 1
}

# share_gpu COMMAND: if the tasks of a sweep share the job's GPU, starts MPS for them, or notes that they take turns.
# Sets `under`, words before the program.
share_gpu() {
  local who="${SLURM_NTASKS:-1} ranks share GPU ${CUDA_VISIBLE_DEVICES:-}" others why=
  under=()
  [[ $1 == sweep ]] && ((cluster_gpu_share > 1 && ${SLURM_NTASKS:-1} > 1)) || return 0
  if [[ -z ${CUDA_VISIBLE_DEVICES:-} ]]; then
    note "cluster_gpu_share is $cluster_gpu_share, but Slurm gave this job no GPU: $SLURM_NTASKS ranks on the host's processors"
  elif ! command -v nvidia-cuda-mps-control >/dev/null; then
    note "$who in turns: there is no MPS (nvidia-cuda-mps-control is not in PATH)"
  elif timeout 10 nvidia-cuda-mps-control >/dev/null 2>&1 <<<get_server_list; then
    note "$who under the MPS that runs here already"
  elif start_mps; then
    # The daemon shows its clients its GPUs, numbered from 0; names (UUIDs) are unchanged.
    if [[ $CUDA_VISIBLE_DEVICES =~ ^[0-9]+(,[0-9]+)*$ ]]; then
      others=${CUDA_VISIBLE_DEVICES//[^,]/}
      under=(env "CUDA_VISIBLE_DEVICES=$(seq -s , 0 ${#others})") # srun would overwrite an exported one
    fi
    note "$who under an MPS of this job's own"
  else
    note "$who in turns: MPS did not start ($why)"
  fi
}
