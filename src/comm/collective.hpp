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

/// How a failure of one rank becomes every rank's, so that none waits in the next collective call for a rank
/// that has left. Exceptions other than Error are no part of this: they leave the rank, and main() ends the
/// job.

/// An Error that one rank threw, as the other ranks learn of it.
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

/// Returns the failures of all ranks in rank order, on every rank; `mine` is this rank's. One reduction where
/// nobody failed. Collective.
std::vector<RankFailure> gather_failures(Communicator& ranks, const std::optional<RankFailure>& mine);

/// Runs `work` on every rank. Where ranks fail, all throw the first failing rank's Error, with its exit code.
/// `work` may be collective only if it does not throw before it has taken part. Collective.
void collective_try(Communicator& ranks, const std::function<void()>& work);

/// Returns on every rank the text that rank 0 makes; its Error is thrown by all, with its exit code.
/// Collective.
std::string broadcast_from_root(Communicator& ranks, const std::function<std::string()>& make);

/// Runs `work` on rank 0 alone. Its text, if it returns one, is returned by all ranks; its Error is thrown by
/// all, with its exit code. Collective.
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
