# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# The same for a partition with GPUs. Runs have all GPUs of their hosts: every rank sees all of them and takes the one
# at its position, and NCCL can connect each pair. Do not use --gpus-per-task, --gpu-bind or --ntasks-per-gpu, which
# hide GPUs.
# shellcheck source=slurm/env/generic.sh
source "$(dirname "${BASH_SOURCE[0]}")/generic.sh"

cluster_gpus=4
cluster_sbatch=(--cpus-per-task=4)
