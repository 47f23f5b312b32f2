// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "cuda/device_memory.hpp"

namespace zerogap::cuda {

enum class Slot { staged, images, pred, residual, parts, running, transposed, totals, results, count };

/// Arrays on the GPU that only grow and are kept, so that a step allocates nothing after the first of its
/// size.
class Scratch {
 public:
  explicit Scratch(DeviceMemory& memory) : memory_(&memory) {}

  /// At least `count` entries, not initialised; the content is lost if the array has to grow.
  template <class V>
  V* reserve(Slot slot, std::size_t count) {
    return static_cast<V*>(at_least(slot, count * sizeof(V)));
  }
  /// Changes whenever an array moves.
  std::uint64_t generation() const { return generation_; }
  std::size_t bytes() const;

 private:
  void* at_least(Slot slot, std::size_t bytes);
  DeviceMemory* memory_;
  std::array<Buffer<std::byte>, static_cast<std::size_t>(Slot::count)> slots_;
  std::uint64_t generation_ = 0;
};

/// Page-locked host memory from which the GPU copies asynchronously, and the event that marks the end of the
/// copy.
class Pinned {
 public:
  Pinned() = default;
  ~Pinned();
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

  /// Returns `bytes` of memory to fill, after the last copy from it is done.
  std::byte* fill(std::size_t bytes);
  /// Copies what was filled; returns at once.
  void send(void* to, std::size_t bytes, cudaStream_t stream);

 private:
  void* at_ = nullptr;
  std::size_t size_ = 0;
  Event sent_;
};

}  // namespace zerogap::cuda
