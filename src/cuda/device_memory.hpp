// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <memory>
#include <string>

#include "core/memory.hpp"
#include "kernels/device.hpp"

namespace zerogap::cuda {

/// A stream that does not synchronise with the legacy default stream.
class Stream {
 public:
  Stream();
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

/// An event without timing, used for ordering only.
class Event {
 public:
  Event();
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  void record(cudaStream_t stream);
  void wait();
  /// Work put on `stream` from now on starts after this event.
  void hold_back(cudaStream_t stream);

 private:
  cudaEvent_t event_ = nullptr;
};

/// One GPU's memory and the stream for all work on it.
class DeviceMemory final : public Memory {
 public:
  explicit DeviceMemory(int ordinal);
  ~DeviceMemory() override;
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  bool on_host() const override { return false; }
  void* allocate(std::size_t bytes) override;
  void release(void* at) noexcept override;
  void* allocate_host(std::size_t bytes) override;
  void release_host(void* at) noexcept override;
  void upload(void* to, const void* from, std::size_t bytes) override;
  void download(void* to, const void* from, std::size_t bytes) override;
  void clear(void* at, std::size_t bytes) override;
  void wait() override;
  void* stream() const override { return queue(); }
  bool done() override;
  std::unique_ptr<Queue> make_queue() override;

  cudaStream_t queue() const { return queue_->get(); }
  /// Makes this GPU the calling thread's current device.
  void use() const;
  const std::string& name() const { return name_; }
  int multiprocessors() const { return multiprocessors_; }

 private:
  int ordinal_;
  std::string name_;
  int multiprocessors_ = 1;
  std::unique_ptr<Stream> queue_;
  bool pools_ = false;  ///< whether the driver has memory pools, which not every virtual GPU's does
};

}  // namespace zerogap::cuda
