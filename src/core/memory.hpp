// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace zerogap {

/// A second queue of work on a device, in addition to its Memory's own, for work that may overlap with it.
class Queue {
 public:
  virtual ~Queue() = default;
  /// A cudaStream_t, as a pointer.
  virtual void* stream() const = 0;
  /// Work put here from now on starts after all work now on the memory's own queue.
  virtual void follow() = 0;
  /// Work put on the memory's own queue from now on starts after all work now here.
  virtual void join() = 0;
  /// Whether everything put here is done; does not wait. Throws Error (exit 4) if some of it failed.
  virtual bool done() = 0;
};

/// Where an implementation of the kernels keeps its arrays: the host's memory, or one GPU's. Calls on one
/// Memory are ordered with the kernels that use it.
class Memory {
 public:
  virtual ~Memory() = default;

  /// Whether the CPU can dereference the pointers.
  virtual bool on_host() const = 0;
  /// `bytes` > 0. Throws Error (exit 4) with the amount requested, the amount free and the key to lower.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* at) noexcept = 0;
  /// `bytes` > 0 of the host's memory, of the kind that download() fills fastest: page-locked for a GPU.
  /// Throws Error (exit 4) if there is none left.
  virtual void* allocate_host(std::size_t bytes) = 0;
  virtual void release_host(void* at) noexcept = 0;
  /// Copies from host memory, which may be changed as soon as the call returns.
  virtual void upload(void* to, const void* from, std::size_t bytes) = 0;
  /// Copies to host memory, after all work before it.
  virtual void download(void* to, const void* from, std::size_t bytes) = 0;
  /// Sets bytes to zero.
  virtual void clear(void* at, std::size_t bytes) = 0;
  /// Returns when all work before it is done; throws Error (exit 4) if some of it failed.
  virtual void wait() = 0;
  /// The cudaStream_t that all work goes to, as a pointer; null on the host.
  virtual void* stream() const { return nullptr; }
  /// Whether everything put on that queue is done; does not wait. Throws Error (exit 4) if some of it failed.
  virtual bool done() { return true; }
  /// Null on the host, where every call is over when it returns.
  virtual std::unique_ptr<Queue> make_queue() { return nullptr; }
};

/// The host's memory.
Memory& host_memory();

/// An array in some memory. Its entries are not initialised.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(Memory& memory, std::size_t size) : memory_(&memory), size_(size) {
    if (size > 0) data_ = static_cast<T*>(memory.allocate(size * sizeof(T)));
  }
  Buffer(Memory& memory, std::span<const T> values) : Buffer(memory, values.size()) { upload(values); }
  ~Buffer() {
    if (data_ != nullptr) memory_->release(data_);
  }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }

  T* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::span<T> span() const { return {data_, size_}; }
  Memory* memory() const { return memory_; }

  /// Becomes a new array if the size or the memory differs; unchanged otherwise.
  void resize(Memory& memory, std::size_t size) {
    if (memory_ != &memory || size_ != size) *this = Buffer(memory, size);
  }
  void clear() {
    if (size_ > 0) memory_->clear(data_, size_ * sizeof(T));
  }
  void upload(std::span<const T> values) {
    if (size_ > 0) memory_->upload(data_, values.data(), size_ * sizeof(T));
  }
  std::vector<T> download() const {
    std::vector<T> values(size_);
    if (size_ > 0) memory_->download(values.data(), data_, size_ * sizeof(T));
    return values;
  }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  Memory* memory_ = nullptr;
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

/// An array as the host sees it, for repeated reading. In host memory it is the array itself, without a copy;
/// for a device it is a copy in memory of Memory::allocate_host() that is reused.
template <class T>
class HostView {
 public:
  HostView() = default;
  ~HostView() { release(); }
  HostView(const HostView&) = delete;
  HostView& operator=(const HostView&) = delete;

  /// The entries after all work on the array's memory before this call; valid until the next call or a change
  /// of the array.
  std::span<const T> of(const Buffer<T>& array) {
    if (array.size() == 0 || array.memory()->on_host()) return array.span();
    if (memory_ != array.memory() || size_ < array.size()) {
      release();
      copy_ = static_cast<T*>(array.memory()->allocate_host(array.size() * sizeof(T)));
      memory_ = array.memory();
      size_ = array.size();
    }
    memory_->download(copy_, array.data(), array.size() * sizeof(T));
    return {copy_, array.size()};
  }

 private:
  void release() {
    if (copy_ != nullptr) memory_->release_host(copy_);
    copy_ = nullptr;
    size_ = 0;
  }

  Memory* memory_ = nullptr;
  T* copy_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace zerogap
