# shellcheck shell=bash disable=SC2034
# The same for a partition with GPUs: one task, and one rank, a GPU.
# shellcheck source=slurm/env/generic.sh
source "$(dirname "${BASH_SOURCE[0]}")/generic.sh"

cluster_sbatch=(--gpus-per-task=1 --cpus-per-task=4)
