#pragma once

#include <memory>

#include "kernels/device.hpp"

namespace zerogap {

/// LibTorch's caching allocator and current stream on GPU `ordinal`, so that its tensors and our arrays share
/// both. Null where LibTorch was built without CUDA: kernels then use a stream and a pool of their own.
std::unique_ptr<DeviceResources> make_torch_resources(int ordinal);

}  // namespace zerogap
