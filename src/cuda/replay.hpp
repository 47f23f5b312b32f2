// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "cuda/device_memory.hpp"

namespace zerogap::cuda {

/// Captures repeated sequences of launches as CUDA graphs and replays them: a step of a small problem
/// consists of many short kernels, and one graph starts faster than separate launches.
class Replay {
 public:
  /// Everything that a sequence's launches depend on: every pointer, size and choice in them, but not numbers
  /// that kernels read from memory.
  using Key = std::vector<std::uint64_t>;

  /// Puts `launches` on `stream`: directly the first time, as a graph later. They may only launch kernels and
  /// memsets, all on the given stream, and must keep what they allocate. If the stream is itself being
  /// captured they become part of that capture.
  void run(const Key& key, cudaStream_t stream, const std::function<void(cudaStream_t)>& launches);
  /// Graphs made so far.
  int captured() const { return captured_; }

 private:
  struct Graph {
    Key key;
    std::shared_ptr<CUgraphExec_st> executable;  ///< null: seen once
    std::uint64_t used = 0;
  };
  Graph& graph_of(const Key& key);
  std::shared_ptr<CUgraphExec_st> capture(const std::function<void(cudaStream_t)>& launches);

  Stream side_;  ///< used for capturing, so that the caller's stream may be the legacy default one
  std::vector<Graph> graphs_;
  std::uint64_t uses_ = 0;
  int captured_ = 0;
};

}  // namespace zerogap::cuda
