# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# Several groups of a sweep on one GPU; sourced by job.sh, never run.
#
# Processes that share a GPU take it in turns, unless NVIDIA's MPS puts their work side by side. Where MPS is installed
# and none runs, the job has one of its own, in a private folder, for as long as its ranks are there.

mps= # the private folder

# end_mps: also called when the job ends in another way.
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

# start_mps: fails, with the reason in `why`, where it does not come up.
start_mps() {
  mps=$(mktemp -d "${TMPDIR:-/tmp}/zerogap-mps.XXXXXX") || { why="no folder for it" && mps= && return 1; }
  trap end_mps EXIT
  mkdir "$mps/pipe" "$mps/log"
  export CUDA_MPS_PIPE_DIRECTORY=$mps/pipe CUDA_MPS_LOG_DIRECTORY=$mps/log
  # Returns when the daemon, which keeps whatever stdout it has, can be asked.
  timeout 30 nvidia-cuda-mps-control -d </dev/null >"$mps/log/start" 2>&1 && return
  why="nvidia-cuda-mps-control -d ended with $?: $(tail -n 1 "$mps/log/start")"
  end_mps
  return 1
}

# share_gpu COMMAND: where the tasks of a sweep are to share the job's GPU, starts MPS for them, or says that they take
# turns. Sets `under`, words before the program.
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
    # The daemon shows its clients the GPUs that it has been given, counted from 0; names (UUIDs) stay what they are.
    if [[ $CUDA_VISIBLE_DEVICES =~ ^[0-9]+(,[0-9]+)*$ ]]; then
      others=${CUDA_VISIBLE_DEVICES//[^,]/}
      under=(env "CUDA_VISIBLE_DEVICES=$(seq -s , 0 ${#others})") # srun would set an exported one anew
    fi
    note "$who under an MPS of this job's own"
  else
    note "$who in turns: MPS did not start ($why)"
  fi
}
