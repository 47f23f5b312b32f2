# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# What zerogap's batch scripts need to know of a cluster: copy this file, name it after yours, change what differs.
# It is sourced twice: where a job is submitted (cluster_sbatch and what shapes an array) and in the job itself.
# docs/clusters.md explains each.

# Options of sbatch for every job: (--partition=compute --account=me --qos=normal --constraint=ib)
cluster_sbatch=()

# Runs in the job before anything else: module purge; module load gcc openmpi hdf5
cluster_load() { :; }
# Where several tasks share cores (no task affinity), waiting threads must not spin: export OMP_WAIT_POLICY=passive here.

# How ranks are started: mpirun (launch/mpirun, Open MPI) or srun. A job of one task is started as it is.
cluster_launcher=mpirun
# srun --mpi=..., one of those that `srun --mpi=list` prints and Open MPI was built for.
cluster_mpi=pmix
# More options of mpirun or srun. Without any each rank gets the cores of its task (--cpus-per-task).
cluster_launcher_options=()
# The network between hosts for MPI over TCP and for NCCL's bootstrap: 10.0.0.0/24 or ib0. Empty: they choose.
cluster_interfaces=

# GPUs of a host (sinfo -o %G shows them), as 4 or a100:4; 0: none are asked for. A run takes all of them on each of its
# hosts, with a rank for each (slurm/env/generic_gpu.sh); a task of an array takes one.
cluster_gpus=0
# How many groups of ranks, a cell each, share the GPU of an array's task: under MPS where there is one, else in turns.
# zerogap sweep --dry-run says how many fit.
cluster_gpu_share=1
# What that counts with: a GPU's memory in GiB. Empty: 80, and it says so.
cluster_gpu_memory=

# Arrays that zerogap sweep --slurm submits: each task's limit, how many seconds of work a task is to be given,
# at most how many tasks (empty: as many as MaxArraySize allows), and how many at once (empty: as many as start).
cluster_time=04:00:00
cluster_pack=3600
cluster_tasks=
cluster_at_once=

# Seconds before its limit at which a job is asked to write a checkpoint and is requeued.
cluster_margin=120
# How often a job is requeued before somebody has to look at it: in all, and after faults (a host that died, the
# watchdog) rather than limits.
cluster_restarts=100
cluster_faults=3
# Seconds that mpirun or srun is given to end after a watchdog has ended a rank.
cluster_patience=30
