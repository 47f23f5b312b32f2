// SPDX-License-Identifier: Apache-2.0
#include "cuda/device_memory.hpp"

#include <string>

#include "core/error.hpp"
#include "core/out_of_memory.hpp"
#include "cuda/check.hpp"

namespace zerogap::cuda {
namespace {

constexpr double mebibyte = 1024.0 * 1024.0;

std::string mebibytes(std::size_t bytes) {
  return std::to_string(static_cast<long long>(static_cast<double>(bytes) / mebibyte + 0.5)) + " MiB";
}

/// Whether all work before it is done; throws if that work failed.
bool over(cudaStream_t stream) {
  const cudaError_t status = cudaStreamQuery(stream);
  if (status == cudaErrorNotReady) {
    (void)cudaGetLastError();
    return false;
  }
  check(status, "work on the GPU");
  return true;
}

class DeviceQueue final : public Queue {
 public:
  explicit DeviceQueue(const DeviceMemory& memory) : memory_(&memory) {}

  void* stream() const override { return side_.get(); }
  void follow() override {
    memory_->use();
    ahead_.record(memory_->queue());
    ahead_.hold_back(side_.get());
  }
  void join() override {
    memory_->use();
    behind_.record(side_.get());
    behind_.hold_back(memory_->queue());
  }
  bool done() override {
    memory_->use();
    return over(side_.get());
  }

 private:
  const DeviceMemory* memory_;
  Stream side_;
  Event ahead_, behind_;
};

}  // namespace

Stream::Stream() {
  check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "making a stream on the GPU");
}
Stream::~Stream() { check_no_throw(cudaStreamDestroy(stream_)); }

Event::Event() {
  check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "making an event on the GPU");
}
Event::~Event() { check_no_throw(cudaEventDestroy(event_)); }
void Event::record(cudaStream_t stream) { check(cudaEventRecord(event_, stream), "recording an event"); }
void Event::wait() { check(cudaEventSynchronize(event_), "work on the GPU"); }
void Event::hold_back(cudaStream_t stream) {
  check(cudaStreamWaitEvent(stream, event_, 0), "ordering the GPU's work");
}

DeviceMemory::DeviceMemory(int ordinal) : ordinal_(ordinal) {
  use();
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, ordinal), "reading the properties of the GPU");
  name_ = properties.name;
  multiprocessors_ = properties.multiProcessorCount;
  queue_ = std::make_unique<Stream>();
  int supported = 0;
  check(cudaDeviceGetAttribute(&supported, cudaDevAttrMemoryPoolsSupported, ordinal),
        "querying the memory pools of the GPU");
  pools_ = supported != 0;
  if (!pools_) return;
  cudaMemPool_t pool = nullptr;
  check(cudaDeviceGetDefaultMemPool(&pool, ordinal), "finding the GPU's memory pool");
  // Released memory stays in the pool: a later array of the same size needs no call to the driver.
  unsigned long long keep = ~0ULL;
  check(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &keep),
        "setting the GPU's memory pool");
}

DeviceMemory::~DeviceMemory() {
  if (queue_ != nullptr) check_no_throw(cudaStreamSynchronize(queue()));
}

void DeviceMemory::use() const { check(cudaSetDevice(ordinal_), "choosing the GPU"); }

void* DeviceMemory::allocate(std::size_t bytes) {
  use();
  void* at = nullptr;
  const cudaError_t status = pools_ ? cudaMallocAsync(&at, bytes, queue()) : cudaMalloc(&at, bytes);
  if (status == cudaSuccess) return at;
  if (status != cudaErrorMemoryAllocation) check(status, "allocating the GPU's memory");
  (void)cudaGetLastError();
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "reading the free memory of the GPU");
  throw runtime_failure(
      "the GPU's memory is full",
      mebibytes(bytes) + " asked for, " + mebibytes(free) + " of " + mebibytes(total) + " free on " + name_,
      out_of_memory_advice);
}

void DeviceMemory::release(void* at) noexcept {
  if (pools_)
    check_no_throw(cudaFreeAsync(at, queue()));
  else
    check_no_throw(cudaFree(at));  // waits for the work before it
}

void* DeviceMemory::allocate_host(std::size_t bytes) {
  use();
  void* at = nullptr;
  check(cudaMallocHost(&at, bytes), "allocating page-locked host memory");
  return at;
}

void DeviceMemory::release_host(void* at) noexcept { check_no_throw(cudaFreeHost(at)); }

void DeviceMemory::upload(void* to, const void* from, std::size_t bytes) {
  use();
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, queue()), "copying to the GPU");
  check(cudaStreamSynchronize(queue()), "copying to the GPU");  // the caller may change `from` now
}

void DeviceMemory::download(void* to, const void* from, std::size_t bytes) {
  use();
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, queue()), "copying from the GPU");
  check(cudaStreamSynchronize(queue()), "work on the GPU");
}

void DeviceMemory::clear(void* at, std::size_t bytes) {
  use();
  check(cudaMemsetAsync(at, 0, bytes, queue()), "clearing the GPU's memory");
}

void DeviceMemory::wait() {
  use();
  check(cudaStreamSynchronize(queue()), "work on the GPU");
}

bool DeviceMemory::done() {
  use();
  return over(queue());
}

std::unique_ptr<Queue> DeviceMemory::make_queue() {
  use();
  return std::make_unique<DeviceQueue>(*this);
}

}  // namespace zerogap::cuda
