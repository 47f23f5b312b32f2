// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace zerogap {

/// Where one rank finds itself: its host, and the GPUs that it sees in CUDA's order. What stands for a GPU
/// must tell it from the host's others: its PCI bus address or UUID (ordinals do where all ranks see all
/// GPUs).
struct RankSite {
  std::string host;
  std::vector<std::string> gpus;
  int turn = 0;  ///< turn_on_host()
};

/// Which of its host's ranks of the whole job this process is, counted from 0: as Open MPI, Slurm, MPICH or
/// Intel MPI say in its environment, 0 where none does. Ranks of one cell of a sweep are a part of the job.
int turn_on_host();

/// A rank's place among those of its host.
struct Placement {
  std::string host;
  int local_rank = 0;  ///< among the host's ranks, in rank order
  int local_size = 1;
  int device = -1;  ///< CUDA's ordinal on this rank; -1 where it sees no GPU
  std::string gpu;  ///< what stands for that GPU
  bool operator==(const Placement&) const = default;
};

/// Deals out each host's GPUs in turn to the ranks that see the same ones: by local rank where mpirun shows
/// every rank all of them, the rank's own where the batch system shows it only that. The first of them takes
/// the GPU that its turn in the job gives it, so that groups of ranks side by side do not all begin at the
/// first.
std::vector<Placement> place_ranks(const std::vector<RankSite>& sites);

/// The same for the ranks of a group, of which each gives its own site. Collective; the same answer on all.
std::vector<Placement> gather_placement(Communicator& group, const RankSite& mine);

/// "ranks 0 and 2 on host a share GPU 0" for the first GPU with several ranks; empty where there is none.
std::string shared_gpu(const std::vector<Placement>& ranks);

/// What a rank can tell of the GPUs of its host: those that it sees, and those whose memory its own GPU
/// reaches directly (its peers; no use where it does not see them).
struct RankReach {
  std::vector<std::string> seen, peers;
};

/// Says where ranks of one host do not reach each other's GPU, so that NCCL's sums may go through the host's
/// memory in place of NVLink: which ranks on which host, why, and what to do. Empty where all do, and for
/// ranks that share one GPU. The first host that has such ranks is told of, and how many others have them
/// too.
std::string unreached_gpus(const std::vector<Placement>& ranks, const std::vector<RankReach>& reach);

/// The same, each rank giving its own. Collective; the same answer on all.
std::string gather_unreached(Communicator& group, const std::vector<Placement>& ranks, const RankReach& mine);

/// NCCL takes one rank a GPU. Throws Error (exit 2) naming ranks, host and GPU where several share one, or a
/// rank sees none.
void check_placement(const std::vector<Placement>& ranks);

/// "rank 0 host a: GPU 0; rank 1 host a: GPU 1", for logs.
std::string describe(const std::vector<Placement>& ranks);

}  // namespace zerogap
