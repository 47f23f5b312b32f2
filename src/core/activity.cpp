// SPDX-License-Identifier: Apache-2.0
#include "core/activity.hpp"

#include <atomic>
#include <mutex>

namespace zerogap::activity {
namespace {

std::mutex mutex;
std::string work_begun = "starting";
std::atomic<const char*> part_begun{nullptr};
std::atomic<std::uint64_t> steps{0};

}  // namespace

void begin(std::string work) {
  {
    const std::lock_guard lock(mutex);
    work_begun = std::move(work);
    part_begun = nullptr;
  }
  ++steps;
}

void part(const char* name) {
  part_begun = name;
  ++steps;
}

std::string now() {
  const std::lock_guard lock(mutex);
  const char* name = part_begun;
  return name == nullptr ? work_begun : work_begun + ", " + name;
}

std::uint64_t count() { return steps; }

}  // namespace zerogap::activity
