// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace zerogap {

/// From now on SIGTERM, SIGINT, SIGUSR1 and SIGHUP (the terminal closes) request a stop and do nothing else;
/// an earlier request is cleared. A SIGHUP that is ignored stays ignored, so that nohup works. A second
/// SIGINT, half a second or more after the first, ends the process at once. Two that are closer together are
/// one key press, delivered by the terminal and forwarded by a launcher.
void install_stop_signals();

/// Calls install_stop_signals(), which then clears no request while this object lives: a sweep runs one
/// training after another and must not lose a request that arrives between two. One at a time.
class HeldStopRequests {
 public:
  HeldStopRequests();
  ~HeldStopRequests();
  HeldStopRequests(const HeldStopRequests&) = delete;
  HeldStopRequests& operator=(const HeldStopRequests&) = delete;
};

/// The first signal that requested a stop; none if there was none.
std::optional<int> stop_requested();

/// "SIGTERM"; "signal 99" for one that has no name.
std::string signal_name(int signal);

}  // namespace zerogap
