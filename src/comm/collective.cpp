// SPDX-License-Identifier: Apache-2.0
#include "comm/collective.hpp"

#include <cstdint>

namespace zerogap {
namespace {

/// Exit code and kind, a byte each, before the text.
constexpr std::size_t head = 2;

std::string packed(ExitCode code, bool diverged, const std::string& text) {
  return std::string{static_cast<char>(code), diverged ? '\1' : '\0'} + text;
}

std::string packed(const RankFailure& failure) {
  return packed(failure.code, failure.diverged, failure.message);
}

RankFailure unpacked(const std::string& bytes, int rank) {
  return {rank, static_cast<ExitCode>(bytes[0]), bytes.substr(head), bytes[1] != '\0'};
}

}  // namespace

void RankFailure::raise() const {
  if (diverged) throw Diverged(message);
  throw Error(code, message, "", "");
}

std::optional<RankFailure> catch_failure(const std::function<void()>& work) {
  try {
    work();
  } catch (const Diverged& error) {
    return RankFailure{.code = error.code(), .message = error.what(), .diverged = true};
  } catch (const Error& error) {
    return RankFailure{.code = error.code(), .message = error.what()};
  }
  return std::nullopt;
}

std::vector<RankFailure> gather_failures(Communicator& ranks, const std::optional<RankFailure>& mine) {
  std::vector<RankFailure> failures;
  if (ranks.max(std::int64_t{mine ? 1 : 0}) == 0) return failures;
  const std::vector<std::string> all = ranks.all_gather_text(mine ? packed(*mine) : std::string());
  for (std::size_t rank = 0; rank < all.size(); ++rank)
    if (!all[rank].empty()) failures.push_back(unpacked(all[rank], static_cast<int>(rank)));
  return failures;
}

void collective_try(Communicator& ranks, const std::function<void()>& work) {
  const std::vector<RankFailure> failures = gather_failures(ranks, catch_failure(work));
  if (!failures.empty()) failures.front().raise();
}

std::string broadcast_from_root(Communicator& ranks, const std::function<std::string()>& make) {
  std::string text;
  if (ranks.rank() == 0) {
    const auto failure = catch_failure([&] { text = packed(ExitCode::done, false, make()); });
    if (failure) text = packed(*failure);
  }
  const RankFailure answer = unpacked(ranks.broadcast(text, 0), 0);
  if (answer.code != ExitCode::done) answer.raise();
  return answer.message;
}

}  // namespace zerogap
