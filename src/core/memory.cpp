// SPDX-License-Identifier: Apache-2.0
#include "core/memory.hpp"

#include <cstring>
#include <new>
#include <string>

#include "core/error.hpp"
#include "core/out_of_memory.hpp"

namespace zerogap {
namespace {

/// Two cache lines, so that no SIMD vector of any target straddles one.
constexpr std::align_val_t alignment{128};

class HostMemory final : public Memory {
 public:
  bool on_host() const override { return true; }
  void* allocate(std::size_t bytes) override {
    void* at = ::operator new(bytes, alignment, std::nothrow);
    if (at == nullptr)
      throw runtime_failure("out of memory", "asked for " + std::to_string(bytes >> 20) + " MiB more",
                            out_of_memory_advice);
    return at;
  }
  void release(void* at) noexcept override { ::operator delete(at, alignment); }
  void* allocate_host(std::size_t bytes) override { return allocate(bytes); }
  void release_host(void* at) noexcept override { release(at); }
  void upload(void* to, const void* from, std::size_t bytes) override { std::memcpy(to, from, bytes); }
  void download(void* to, const void* from, std::size_t bytes) override { std::memcpy(to, from, bytes); }
  void clear(void* at, std::size_t bytes) override { std::memset(at, 0, bytes); }
  void wait() override {}
};

}  // namespace

Memory& host_memory() {
  static HostMemory memory;
  return memory;
}

}  // namespace zerogap
