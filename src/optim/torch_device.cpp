#include "optim/torch_device.hpp"

#ifdef ZEROGAP_TORCH_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace zerogap {
namespace {

namespace allocator = c10::cuda::CUDACachingAllocator;

class TorchResources final : public DeviceResources {
 public:
  explicit TorchResources(int ordinal)
      : ordinal_(static_cast<c10::DeviceIndex>(ordinal)), stream_(pick(ordinal_)) {
    c10::cuda::setCurrentCUDAStream(stream_);
  }

  void* stream() const override { return stream_.stream(); }
  void* allocate(std::size_t bytes) override {
    const c10::cuda::CUDAGuard guard(ordinal_);
    try {
      return allocator::raw_alloc_with_stream(bytes, stream_.stream());
    } catch (const c10::OutOfMemoryError&) {
      return nullptr;
    }
  }
  void release(void* at) noexcept override {
    try {
      allocator::raw_delete(at);
    } catch (...) {  // a destructor has nobody to tell
    }
  }

 private:
  /// From LibTorch's pool, for the default stream cannot be captured in a graph.
  static c10::cuda::CUDAStream pick(c10::DeviceIndex ordinal) {
    allocator::init(c10::cuda::device_count());
    const c10::cuda::CUDAGuard guard(ordinal);
    return c10::cuda::getStreamFromPool(false, ordinal);
  }

  c10::DeviceIndex ordinal_;
  c10::cuda::CUDAStream stream_;
};

}  // namespace

std::unique_ptr<DeviceResources> make_torch_resources(int ordinal) {
  return std::make_unique<TorchResources>(ordinal);
}

}  // namespace zerogap

#else

namespace zerogap {

std::unique_ptr<DeviceResources> make_torch_resources(int) { return nullptr; }

}  // namespace zerogap

#endif
