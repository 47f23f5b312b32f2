// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace zerogap::test {

/// What stands behind the stream() of a FakeDevice, where a cudaStream_t would be: tasks run in order on a
/// thread of its own, and whoever puts them there does not wait.
class FakeStream {
 public:
  virtual ~FakeStream() = default;
  virtual void push(std::function<void()> task) = 0;
};

}  // namespace zerogap::test
