// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "core/memory.hpp"

namespace zerogap::test {

class Worker;

/// A GPU's memory without a GPU: on_host() is false, arrays come from malloc, and work is done in the
/// background, in order, as on a stream. tests/support/fake_nccl sums between such devices.
class FakeDevice final : public Memory {
 public:
  FakeDevice();
  ~FakeDevice() override;

  bool on_host() const override { return false; }
  void* allocate(std::size_t bytes) override;
  void release(void* at) noexcept override;
  void* allocate_host(std::size_t bytes) override;
  void release_host(void* at) noexcept override;
  void upload(void* to, const void* from, std::size_t bytes) override;
  void download(void* to, const void* from, std::size_t bytes) override;
  void clear(void* at, std::size_t bytes) override;
  void wait() override;
  void* stream() const override;
  bool done() override;
  std::unique_ptr<Queue> make_queue() override;

  /// A kernel: returns at once, the task runs after all work before it.
  void launch(std::function<void()> task);

 private:
  std::unique_ptr<Worker> worker_;
};

}  // namespace zerogap::test
