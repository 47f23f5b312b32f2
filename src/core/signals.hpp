// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace zerogap {

/// From now on SIGTERM, SIGINT, SIGUSR1 and SIGHUP (a terminal that goes) ask for a stop and do nothing else;
/// an earlier request is forgotten. A SIGHUP that is ignored stays so: that is what nohup is for. A second
/// SIGINT, half a second or more after the first, ends the process at once: a user may force it. (Two that
/// come closer are one key press, delivered by the terminal and forwarded by a launcher.)
void install_stop_signals();

/// install_stop_signals() as it is, but while this lives no request is forgotten: who runs one training after
/// the other must not lose one that comes between two. One at a time.
class HeldStopRequests {
 public:
  HeldStopRequests();
  ~HeldStopRequests();
  HeldStopRequests(const HeldStopRequests&) = delete;
  HeldStopRequests& operator=(const HeldStopRequests&) = delete;
};

/// The signal that asked this process to stop first; none if none did.
std::optional<int> stop_requested();

/// "SIGTERM"; "signal 99" for one that has no name.
std::string signal_name(int signal);

}  // namespace zerogap
