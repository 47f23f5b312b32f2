// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "cuda/device_memory.hpp"

namespace zerogap::cuda {

/// Sequences of launches that are captured as CUDA graphs when they come back and replayed from then on: a
/// step of a small problem is many short kernels, and one graph starts faster than they do one by one.
class Replay {
 public:
  /// What a sequence's launches depend on: every pointer, size and choice that is in them. Numbers that
  /// kernels read from memory are not.
  using Key = std::vector<std::uint64_t>;

  /// Puts `launches` on `stream`: as they are the first time, by a graph later. Only launches and memset, all
  /// on the stream they are given; what they allocate, they have to keep. Where the stream is itself being
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

  Stream side_;  ///< captured on, so that the caller's stream may be the legacy default one
  std::vector<Graph> graphs_;
  std::uint64_t uses_ = 0;
  int captured_ = 0;
};

}  // namespace zerogap::cuda
