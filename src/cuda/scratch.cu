// SPDX-License-Identifier: Apache-2.0
#include "cuda/scratch.hpp"

#include "cuda/check.hpp"

namespace zerogap::cuda {

void* Scratch::at_least(Slot slot, std::size_t bytes) {
  auto& buffer = slots_[static_cast<std::size_t>(slot)];
  if (buffer.size() < bytes) {
    buffer = {};  // first, so that old and new do not exist at once
    buffer = Buffer<std::byte>(*memory_, bytes);
    ++generation_;
  }
  return buffer.data();
}

std::size_t Scratch::bytes() const {
  std::size_t sum = 0;
  for (const auto& buffer : slots_) sum += buffer.size();
  return sum;
}

Pinned::~Pinned() {
  if (at_ != nullptr) check_no_throw(cudaFreeHost(at_));
}

std::byte* Pinned::fill(std::size_t bytes) {
  sent_.wait();
  if (size_ < bytes) {
    if (at_ != nullptr) check(cudaFreeHost(at_), "releasing pinned memory");
    at_ = nullptr;
    size_ = 0;
    check(cudaMallocHost(&at_, bytes), "allocating pinned host memory");
    size_ = bytes;
  }
  return static_cast<std::byte*>(at_);
}

void Pinned::send(void* to, std::size_t bytes, cudaStream_t stream) {
  check(cudaMemcpyAsync(to, at_, bytes, cudaMemcpyHostToDevice, stream), "copying to the GPU");
  sent_.record(stream);
}

}  // namespace zerogap::cuda
