#include "comm/placement.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "core/error.hpp"

namespace zerogap {
namespace {

const char* const use_mpi = "start one rank for each GPU, or use --set run.comm=mpi";

/// "0", "0 and 1", "0, 1 and 2".
std::string list(const std::vector<std::size_t>& numbers) {
  std::string text;
  for (std::size_t k = 0; k < numbers.size(); ++k)
    text += fmt::format("{}{}", k == 0 ? "" : k + 1 == numbers.size() ? " and " : ", ", numbers[k]);
  return text;
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
  for (const auto& lines : group.gather(text)) {
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
