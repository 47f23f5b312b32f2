// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "comm/communicator.hpp"
#include "core/error.hpp"

namespace zerogap {

/// Spreads a failure of one rank to all ranks, so that none waits in the next collective call for a rank that
/// has left. Only Error is handled: any other exception leaves the rank, and main() ends the job.

/// An Error that one rank threw, as it is sent to the others.
struct RankFailure {
  int rank = 0;
  ExitCode code = ExitCode::runtime;
  std::string message;
  bool diverged = false;  ///< it was a Diverged

  /// Throws the Error (or Diverged) with this code and text.
  [[noreturn]] void raise() const;
};

/// Runs `work` on this rank alone. Returns the Error that it threw, if any.
std::optional<RankFailure> catch_failure(const std::function<void()>& work);

/// Returns the failures of all ranks in rank order, on every rank; `mine` is this rank's. Takes one reduction
/// if no rank failed. Collective.
std::vector<RankFailure> gather_failures(Communicator& ranks, const std::optional<RankFailure>& mine);

/// Runs `work` on every rank. If ranks fail, all throw the Error of the first of them, with its exit code.
/// `work` may be collective only if it does not throw before its collective calls are complete. Collective.
void collective_try(Communicator& ranks, const std::function<void()>& work);

/// Returns on every rank the text that `make` returns on rank 0. If that throws Error, all ranks throw it,
/// with its exit code. Collective.
std::string broadcast_from_root(Communicator& ranks, const std::function<std::string()>& make);

/// Runs `work` on rank 0 alone. All ranks return its text, if it returns one. If it throws Error, all ranks
/// throw it, with its exit code. Collective.
template <class Work>
auto on_root(Communicator& ranks, Work&& work) {
  if constexpr (std::is_void_v<std::invoke_result_t<Work&>>) {
    broadcast_from_root(ranks, [&] {
      work();
      return std::string();
    });
  } else {
    return broadcast_from_root(ranks, [&] { return std::string(work()); });
  }
}

}  // namespace zerogap
