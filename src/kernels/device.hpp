// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/memory.hpp"
#include "kernels/backend.hpp"

namespace zerogap {

/// What there is to work on. Where `count` is 0, `why` says so (no GPU, no driver, a driver that is too old,
/// or a build without CUDA), and `todo` what would help.
struct Devices {
  int count = 0;
  std::string why, todo;
  std::vector<std::string> ids;  ///< one a device, the same for every process that sees it: its PCI address
};
/// Those that this process sees.
Devices find_devices();

/// The ids of those whose memory GPU `ordinal` of find_devices() can read and write directly, over NVLink or
/// PCI: its peers. None where CUDA does not answer.
std::vector<std::string> peers_of(int ordinal);

/// Bytes of the memory of GPU `ordinal`, used or not; asks without starting anything on it. Throws Error
/// (exit 4) where CUDA does not answer.
std::uint64_t memory_of(int ordinal);

/// The memory of GPU `ordinal` of find_devices(), from CUDA's own pool, and a stream of its own. LibTorch's
/// are not used: its c10_cuda does not work without libtorch_cuda, which would be another 1.5 GB to load.
/// Throws Error (exit 4) when the device cannot be used, saying why.
std::unique_ptr<Memory> make_device_memory(int ordinal);

/// Kernels on that GPU. `memory` is one made by make_device_memory() and outlives them.
template <class T>
std::unique_ptr<Kernels<T>> make_cuda_kernels(Memory& memory);

}  // namespace zerogap
