// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace zerogap {

/// Where one rank runs: its host, and the GPUs that it sees, in CUDA's order. The id of a GPU must be unique
/// on its host: its PCI bus address or UUID (ordinals suffice if all ranks see all GPUs).
struct RankSite {
  std::string host;
  std::vector<std::string> gpus;
  int turn = 0;  ///< turn_on_host()
};

/// This process's local rank in the job, that is among the job's ranks on its host, from 0, as Open MPI,
/// Slurm, MPICH or Intel MPI set it in the environment; 0 if none does. The ranks of one cell of a sweep are
/// only a part of the job.
int turn_on_host();

/// A rank's place among those of its host.
struct Placement {
  std::string host;
  int local_rank = 0;  ///< among the host's ranks, in rank order
  int local_size = 1;
  int device = -1;  ///< CUDA's ordinal on this rank; -1 if it sees no GPU
  std::string gpu;  ///< the id of that GPU
  bool operator==(const Placement&) const = default;
};

/// Assigns each host's GPUs round robin to the ranks that see the same ones: by local rank if mpirun shows
/// every rank all GPUs, the rank's own if the batch system shows it only that one. The first of these ranks
/// takes the GPU of its local rank in the job, so that concurrent groups of ranks do not all start at GPU 0.
std::vector<Placement> place_ranks(const std::vector<RankSite>& sites);

/// The same for the ranks of a group, each passing its own site. Collective; returns the same on all ranks.
std::vector<Placement> gather_placement(Communicator& group, const RankSite& mine);

/// "ranks 0 and 2 on host a share GPU 0" for the first GPU with several ranks; empty if there is none.
std::string shared_gpu(const std::vector<Placement>& ranks);

/// What a rank knows of the GPUs of its host: those that it sees, and those whose memory its own GPU reaches
/// directly (its peers, which matter only if it sees them).
struct RankReach {
  std::vector<std::string> seen, peers;
};

/// A message about ranks of one host that do not reach each other's GPU, so that NCCL's sums may go through
/// the host's memory instead of NVLink: which ranks on which host, why, and what to do. Empty if all do, and
/// for ranks that share one GPU. It names the first such host and the number of others.
std::string unreached_gpus(const std::vector<Placement>& ranks, const std::vector<RankReach>& reach);

/// The same, each rank passing its own. Collective; returns the same on all ranks.
std::string gather_unreached(Communicator& group, const std::vector<Placement>& ranks, const RankReach& mine);

/// Checks that every rank has a GPU of its own, as NCCL requires. Throws Error (exit 2) naming ranks, host
/// and GPU if several share one or a rank sees none.
void check_placement(const std::vector<Placement>& ranks);

/// "rank 0 host a: GPU 0; rank 1 host a: GPU 1", for logs.
std::string describe(const std::vector<Placement>& ranks);

}  // namespace zerogap
