// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "comm/liveness.hpp"

namespace zerogap {

/// Ends this process with exit 4 when it makes no progress (core/activity.hpp) for `seconds`: a host that was
/// cut off, a collective or a file system that hangs, none of which returns an error. A thread, from
/// construction to destruction; time in which this process was suspended does not count.
///
/// Its last words name the step and, after asking the other ranks beside MPI, the hosts that do not answer.
/// It ends the process as it is: nothing is waited for. Where ZEROGAP_FAULT names a file, they are added to
/// it, which tells the batch script that this exit 4 is worth another start.
class Watchdog {
 public:
  /// Collective. seconds 0: does nothing.
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
/// answer); ...": what the watchdog says.
std::string watchdog_message(double seconds, const std::string& activity, const std::vector<Answer>& others);

}  // namespace zerogap
