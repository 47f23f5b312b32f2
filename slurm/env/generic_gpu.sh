# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# The same for a partition with GPUs. Runs have all GPUs of their hosts: every rank sees its host's, takes the one that
# is its turn, and NCCL finds the way from each to each. No --gpus-per-task, --gpu-bind or --ntasks-per-gpu here: they
# hide GPUs.
# shellcheck source=slurm/env/generic.sh
source "$(dirname "${BASH_SOURCE[0]}")/generic.sh"

cluster_gpus=4
cluster_sbatch=(--cpus-per-task=4)
