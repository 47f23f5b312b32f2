// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "cuda/launch.hpp"

namespace zerogap::cuda {

/// Copies the arguments of a pass in host memory to the GPU: its numbers and weights in one copy, and the
/// list of images if it has changed.
class Staging {
 public:
  /// Their addresses on the GPU.
  template <class T>
  struct Arrays {
    const Scalars* scalars = nullptr;
    const T* arrays[3] = {};
    const std::int32_t* images = nullptr;
  };

  /// Null arrays stay null.
  template <class T>
  Arrays<T> bring(const Site& site, const Scalars& scalars, std::span<const std::span<const T>> arrays,
                  std::span<const std::int32_t> images) {
    std::size_t bytes = alignment;
    for (const auto& array : arrays) bytes += padded_size(array.size_bytes());
    std::byte* const host = pinned_.fill(bytes);
    std::byte* const device = site.scratch.reserve<std::byte>(Slot::staged, bytes);
    Arrays<T> brought;
    brought.scalars = reinterpret_cast<const Scalars*>(device);
    std::memcpy(host, &scalars, sizeof scalars);
    std::size_t at = alignment;
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      if (arrays[i].data() == nullptr) continue;
      std::memcpy(host + at, arrays[i].data(), arrays[i].size_bytes());
      brought.arrays[i] = reinterpret_cast<const T*>(device + at);
      at += padded_size(arrays[i].size_bytes());
    }
    pinned_.send(device, at, site.stream);
    brought.images = bring_list(site, images);
    return brought;
  }

 private:
  static constexpr std::size_t alignment = 256;
  static_assert(sizeof(Scalars) <= alignment);
  static std::size_t padded_size(std::size_t bytes) { return parts_of(bytes, alignment) * alignment; }

  const std::int32_t* bring_list(const Site& site, std::span<const std::int32_t> images) {
    auto* const device = site.scratch.reserve<std::int32_t>(Slot::images, images.size());
    if (std::equal(images.begin(), images.end(), last_.begin(), last_.end())) return device;
    last_.clear();  // unknown if what follows fails
    std::memcpy(pinned_list_.fill(images.size_bytes()), images.data(), images.size_bytes());
    pinned_list_.send(device, images.size_bytes(), site.stream);
    last_.assign(images.begin(), images.end());
    return device;
  }

  Pinned pinned_, pinned_list_;
  std::vector<std::int32_t> last_;
};

}  // namespace zerogap::cuda
