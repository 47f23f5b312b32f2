// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "comm/liveness.hpp"

namespace zerogap {

/// Ends this process with exit 4 if it makes no progress (core/activity.hpp) for `seconds`. This covers a
/// disconnected host and a collective or file system that hangs, none of which returns an error. It is a
/// thread from construction to destruction; time in which this process was suspended does not count.
///
/// Its message names the step and the hosts that do not answer, after asking the other ranks without MPI. It
/// then ends the process at once, without waiting for anything. If ZEROGAP_FAULT names a file, the message is
/// appended to it, which signals the batch script that a restart is worthwhile.
class Watchdog {
 public:
  /// Collective. With seconds = 0 it does nothing.
  Watchdog(double seconds, Communicator& world);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void watch();
  [[noreturn]] void give_up();

  double seconds_;
  std::unique_ptr<PeerDirectory> roster_;
  std::string fault_file_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

/// "no progress for 20 s in step 12 of the dual, summing the gradient (host node2 with rank 1 does not
/// answer); ...": the watchdog's message.
std::string watchdog_message(double seconds, const std::string& activity, const std::vector<Answer>& others);

}  // namespace zerogap
