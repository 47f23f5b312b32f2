// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "objective/patch_set.hpp"
#include "problem/execution.hpp"
#include "problem/threads.hpp"

namespace zerogap {

/// What no training ever changes: the process grid, the kernels, this rank's training and test patches.
/// Made once and shared; any number of programs (problem/program.hpp) are solved on it.
template <class T>
class Instance {
 public:
  /// Reads the data. `pixels` is what they are mapped with where data.normalise says so; none: measured on
  /// the training images. `cache`: for data that other instances read too; it must outlive this one.
  /// Collective.
  Instance(const Config& config, Communicator& world, const std::optional<Normalisation>& pixels,
           DatasetCache* cache = nullptr);

  ProcessGrid& grid() const { return *grid_; }
  Kernels<T>& kernels() const { return *kernels_; }
  const ExecutionContext& execution() const { return execution_; }
  int threads() const { return threads_.count; }
  /// What decided how many.
  const std::string& threads_from() const { return threads_.why; }
  /// run.comm_chunks: parts in which gradients are summed; 0: chosen.
  std::int64_t overlap() const { return overlap_; }
  /// Bytes that this rank had in memory before it read any data.
  std::size_t start_memory() const { return start_memory_; }

  int length() const { return train_.source().length; }  ///< d
  const PatchSet<T>& train() const { return train_; }
  /// The test images that evaluations on the way use; null where there are none.
  const PatchSet<T>* test() const { return test_ ? &*test_ : nullptr; }
  /// Every test image of the source, read now. Collective over the grid's patch axis.
  PatchSet<T> read_all_test_images() const;

 private:
  PatchSet<T> read_test_images(const DataOptions& options) const;

  DataOptions data_;
  DatasetCache* cache_;
  int side_;
  std::int64_t overlap_;
  Threads threads_;
  std::size_t start_memory_;
  ExecutionContext execution_;
  std::unique_ptr<ProcessGrid> grid_;
  std::unique_ptr<Kernels<T>> kernels_;
  PatchSet<T> train_;
  std::optional<PatchSet<T>> test_;
};

}  // namespace zerogap
