# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# Settings of a cluster for zerogap's batch scripts: copy this file, name it after your cluster, change what differs. It
# is sourced twice: at submission (cluster_sbatch and the variables for arrays) and in the job itself. docs/clusters.md
# explains each variable.

# Options of sbatch for every job: (--partition=compute --account=me --qos=normal --constraint=ib)
cluster_sbatch=()

# Runs in the job before anything else: module purge; module load gcc openmpi hdf5
cluster_load() { :; }
# If several tasks share cores (no task affinity), waiting threads must not spin: export OMP_WAIT_POLICY=passive here.

# How ranks are started: mpirun (launch/mpirun, Open MPI) or srun. A job of one task is started directly.
cluster_launcher=mpirun
# srun --mpi=..., one of the values of `srun --mpi=list` that Open MPI supports.
cluster_mpi=pmix
# More options of mpirun or srun. By default each rank gets the cores of its task (--cpus-per-task).
cluster_launcher_options=()
# The network between hosts for MPI over TCP and for NCCL's bootstrap: 10.0.0.0/24 or ib0. Empty: they choose one.
cluster_interfaces=

# GPUs of a host (sinfo -o %G shows them), as 4 or a100:4; 0: none are requested. A run takes all of them on each of its
# hosts, with a rank for each (slurm/env/generic_gpu.sh); a task of an array takes one.
cluster_gpus=0
# How many groups of ranks, one cell each, share the GPU of an array's task: under MPS if available, otherwise in turns.
# zerogap sweep --dry-run estimates how many fit.
cluster_gpu_share=1
# A GPU's memory in GiB for that estimate. Empty: 80 is assumed, and printed.
cluster_gpu_memory=

# Arrays that zerogap sweep --slurm submits: each task's limit, seconds of work for each task, the most tasks (empty: as
# many as MaxArraySize allows), and how many at once (empty: no limit).
cluster_time=04:00:00
cluster_pack=3600
cluster_tasks=
cluster_at_once=

# Seconds before its limit at which a job writes a checkpoint and is requeued.
cluster_margin=120
# How often a job is requeued automatically: in all, and after faults (a dead host, the watchdog) rather than limits.
cluster_restarts=100
cluster_faults=3
# Seconds for mpirun or srun to end after a watchdog has ended a rank.
cluster_patience=30
