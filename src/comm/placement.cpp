// SPDX-License-Identifier: Apache-2.0
#include "comm/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <sstream>

#include "core/error.hpp"

namespace zerogap {
namespace {

const char* const use_mpi = "start one rank for each GPU, or use --set run.comm=mpi";

const char* const ask_for_the_hosts =
    "ask Slurm for a host's GPUs (--gpus-per-node, no --gpus-per-task or --gpu-bind; docs/clusters.md) and "
    "show every rank all of them (CUDA_VISIBLE_DEVICES)";

bool has(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

/// Ranks that do not see the GPU of another rank on their host, or whose own GPU is not its peer.
struct Unreached {
  std::vector<std::size_t> unseen, apart;
};

/// "0", "0 and 1", "0, 1 and 2".
std::string list(const std::vector<std::size_t>& numbers) {
  std::string text;
  for (std::size_t k = 0; k < numbers.size(); ++k)
    text += fmt::format("{}{}", k == 0 ? "" : k + 1 == numbers.size() ? " and " : ", ", numbers[k]);
  return text;
}

/// Those of the host whose first rank is `first`.
Unreached unreached_from(std::size_t first, const std::vector<Placement>& ranks,
                         const std::vector<RankReach>& reach) {
  std::vector<std::size_t> members;
  for (std::size_t r = first; r < ranks.size(); ++r)
    if (ranks[r].host == ranks[first].host) members.push_back(r);
  Unreached found;
  for (const std::size_t r : members) {
    bool unseen = false, apart = false;
    for (const std::size_t other : members) {
      const std::string &here = ranks[r].gpu, &there = ranks[other].gpu;
      if (here == there) continue;
      if (!has(reach[r].seen, there) || !has(reach[other].seen, here))
        unseen = true;
      else if (!has(reach[r].peers, there) || !has(reach[other].peers, here))
        apart = true;
    }
    if (unseen) found.unseen.push_back(r);
    if (apart) found.apart.push_back(r);
  }
  return found;
}

std::string joined(const std::vector<std::string>& ids) {
  std::string text;
  for (const auto& id : ids) text += (text.empty() ? "" : " ") + id;
  return text;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}

}  // namespace

int turn_on_host() {
  for (const char* name :
       {"OMPI_COMM_WORLD_LOCAL_RANK", "SLURM_LOCALID", "MPI_LOCALRANKID", "PMI_LOCAL_RANK"}) {
    const char* text = std::getenv(name);
    int turn = 0;
    if (text == nullptr) continue;
    const char* end = text + std::strlen(text);
    if (const auto [last, failure] = std::from_chars(text, end, turn);
        failure == std::errc() && last == end && turn >= 0)
      return turn;
  }
  return 0;
}

std::vector<Placement> place_ranks(const std::vector<RankSite>& sites) {
  std::vector<Placement> ranks;
  for (std::size_t r = 0; r < sites.size(); ++r) {
    Placement place;
    place.host = sites[r].host;
    place.local_size = 0;
    std::size_t alike = 0;
    int first = sites[r].turn;
    for (std::size_t other = 0; other < sites.size(); ++other) {
      if (sites[other].host != place.host) continue;
      ++place.local_size;
      if (other >= r) continue;
      ++place.local_rank;
      if (sites[other].gpus == sites[r].gpus && alike++ == 0) first = sites[other].turn;
    }
    if (!sites[r].gpus.empty()) {
      const std::size_t device = (static_cast<std::size_t>(first) + alike) % sites[r].gpus.size();
      place.device = static_cast<int>(device);
      place.gpu = sites[r].gpus[device];
    }
    ranks.push_back(std::move(place));
  }
  return ranks;
}

std::vector<Placement> gather_placement(Communicator& group, const RankSite& mine) {
  std::string text = mine.host + "\n" + std::to_string(mine.turn);
  for (const auto& gpu : mine.gpus) text += "\n" + gpu;
  std::vector<RankSite> sites;
  for (const auto& lines : group.all_gather_text(text)) {
    std::istringstream in(lines);
    RankSite& site = sites.emplace_back();
    std::string turn;
    std::getline(in, site.host);
    std::getline(in, turn);
    site.turn = std::stoi(turn);
    for (std::string gpu; std::getline(in, gpu);) site.gpus.push_back(gpu);
  }
  return place_ranks(sites);
}

std::string shared_gpu(const std::vector<Placement>& ranks) {
  for (std::size_t r = 0; r < ranks.size(); ++r) {
    if (ranks[r].device < 0) continue;
    std::vector<std::size_t> together;
    for (std::size_t other = r; other < ranks.size(); ++other)
      if (ranks[other].host == ranks[r].host && ranks[other].gpu == ranks[r].gpu) together.push_back(other);
    if (together.size() > 1)
      return fmt::format("ranks {} on host {} share GPU {}", list(together), ranks[r].host, ranks[r].gpu);
  }
  return "";
}

std::string unreached_gpus(const std::vector<Placement>& ranks, const std::vector<RankReach>& reach) {
  std::string text;
  std::size_t hosts = 0;
  for (std::size_t r = 0; r < ranks.size(); ++r) {
    if (ranks[r].local_rank != 0) continue;
    const auto [unseen, apart] = unreached_from(r, ranks, reach);
    if (unseen.empty() && apart.empty()) continue;
    if (hosts++ > 0) continue;
    if (!unseen.empty())
      text = fmt::format(
          "ranks {} on host {} do not all see each other's GPU (the processes are shown different ones), so "
          "that NCCL may sum through the host's memory instead of NVLink; {}",
          list(unseen), ranks[r].host, ask_for_the_hosts);
    else
      text = fmt::format(
          "ranks {} on host {} do not all reach each other's GPU (CUDA has no peer access between them), so "
          "that NCCL sums through the host's memory; see nvidia-smi topo -m, and choose GPUs that are "
          "connected (CUDA_VISIBLE_DEVICES)",
          list(apart), ranks[r].host);
  }
  if (hosts > 1) text += fmt::format(" [and on {} more host{}]", hosts - 1, hosts == 2 ? "" : "s");
  return text;
}

std::string gather_unreached(Communicator& group, const std::vector<Placement>& ranks,
                             const RankReach& mine) {
  std::vector<RankReach> reach;
  for (const auto& lines : group.all_gather_text(joined(mine.seen) + "\n" + joined(mine.peers))) {
    const auto end = lines.find('\n');
    reach.push_back({words_of(lines.substr(0, end)), words_of(lines.substr(end + 1))});
  }
  return unreached_gpus(ranks, reach);
}

void check_placement(const std::vector<Placement>& ranks) {
  for (std::size_t r = 0; r < ranks.size(); ++r)
    if (ranks[r].device < 0)
      throw usage_error("run.comm: nccl sums between GPUs",
                        fmt::format("rank {} on host {} sees none", r, ranks[r].host), use_mpi);
  if (const std::string shared = shared_gpu(ranks); !shared.empty())
    throw usage_error("run.comm: nccl takes one rank a GPU", shared, use_mpi);
}

std::string describe(const std::vector<Placement>& ranks) {
  std::string text;
  for (std::size_t r = 0; r < ranks.size(); ++r)
    text += fmt::format("{}rank {} host {}: {}", r == 0 ? "" : "; ", r, ranks[r].host,
                        ranks[r].device < 0 ? "no GPU" : "GPU " + ranks[r].gpu);
  return text;
}

}  // namespace zerogap
