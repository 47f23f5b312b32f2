// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "comm/nccl/api.hpp"
#include "core/memory.hpp"

namespace zerogap::nccl {

/// An NCCL communicator and its name in messages.
struct Group {
  ncclComm_t handle = nullptr;
  std::string axis;  ///< "the patch axis"
  int rank = 0;
  int size = 1;
  std::int64_t sums = 0;  ///< started so far
};

/// A sum on its way.
struct Flight {
  Group* group = nullptr;
  std::int64_t number = 0;        ///< among the group's sums, from 1
  std::unique_ptr<Queue> before;  ///< done when this rank's work before the sum is
  /// The sum's own. NCCL keeps the order of a communicator's calls, whatever their streams.
  std::unique_ptr<Queue> queue;
  std::optional<std::chrono::steady_clock::time_point> since;  ///< when it began to keep this rank waiting
  bool joined = false;
};

/// All NCCL communicators of this rank and the sums in flight on them. If one fails, all are aborted, because
/// on a GPU the kernels of one may wait behind those of another.
class Watch {
 public:
  Watch(Memory& memory, double timeout) : memory_(memory), timeout_(timeout), api_(load()) {}

  const Api& api() const { return api_; }
  const Memory& memory() const { return memory_; }

  /// Makes the group's communicator. Collective over the group.
  void open(Group& group, const ncclUniqueId& id);
  /// Destroys it if nothing is in flight and no error ends the job; calls ncclCommAbort otherwise. Never
  /// throws and never waits for long.
  void close(Group& group) noexcept;

  /// Starts a sum on a queue of its own. Collective over the group.
  std::shared_ptr<Flight> start(Group& group, std::span<std::int64_t> resident);
  /// Work put on the memory's queue from now on starts after the sum.
  void join(Flight& flight);
  bool done(Flight& flight);
  /// Returns when the memory's queue is done.
  void synchronize();

 private:
  using Clock = std::chrono::steady_clock;

  void require_health() const;
  /// Throws if NCCL reports an error, or a sum has kept this rank waiting for too long.
  void check();
  void read_status(Flight& flight);
  /// Returns when a call that may still be in progress is complete; throws if it failed.
  void finish(Group& group, ncclResult_t result, const char* call);
  std::unique_ptr<Queue> take_queue();
  void collect_queues();
  /// Aborts every communicator, then throws.
  [[noreturn]] void fail(const std::string& what, const std::string& why, const std::string& todo);
  [[noreturn]] void fail(const Group& group, const char* call, ncclResult_t result);
  bool close_in_peace(Group& group) noexcept;

  Memory& memory_;
  double timeout_;
  Api api_;
  std::vector<Group*> groups_;
  std::vector<std::shared_ptr<Flight>> flights_;
  std::vector<std::unique_ptr<Queue>> idle_;
  std::string failure_;
};

}  // namespace zerogap::nccl
