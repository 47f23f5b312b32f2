// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/memory.hpp"
#include "kernels/backend.hpp"

namespace zerogap {

/// The GPUs of this process. If `count` is 0, `why` is the reason (no GPU, no driver, a driver that is too
/// old, or a build without CUDA), and `todo` what would help.
struct Devices {
  int count = 0;
  std::string why, todo;
  std::vector<std::string> ids;  ///< the devices' PCI addresses, the same for every process that sees them
};
/// Returns the GPUs that this process sees.
Devices find_devices();

/// The ids of those whose memory GPU `ordinal` of find_devices() can read and write directly, over NVLink or
/// PCI: its peers. None if CUDA does not answer.
std::vector<std::string> peers_of(int ordinal);

/// Total memory of GPU `ordinal` in bytes; starts nothing on the GPU. Throws Error (exit 4) if CUDA does not
/// answer.
std::uint64_t memory_of(int ordinal);

/// The memory of GPU `ordinal` of find_devices(), from CUDA's own pool and with its own stream. LibTorch's
/// allocator and stream are not used: its c10_cuda does not work without libtorch_cuda, another 1.5 GB to
/// load. Throws Error (exit 4) with the reason if the device cannot be used.
std::unique_ptr<Memory> make_device_memory(int ordinal);

/// Kernels on that GPU. `memory` must come from make_device_memory() and outlive them.
template <class T>
std::unique_ptr<Kernels<T>> make_cuda_kernels(Memory& memory);

}  // namespace zerogap
