// SPDX-License-Identifier: Apache-2.0
#include "problem/column_generation.hpp"

#include <fmt/format.h>

#include "core/format.hpp"

namespace zerogap {

ColumnGeneration::ColumnGeneration(const Config& config)
    : rounds_(config.arrangements.pricing.rounds),
      doublings_(config.arrangements.pricing.doublings),
      first_(config.network.arrangements) {
  parameters_ = configured_parameters(config.network);
}

/// In units of beta_max it would change with the blocks.
std::optional<double> ColumnGeneration::absolute_beta() const {
  return beta_ > 0.0 ? std::optional(beta_) : std::nullopt;
}

std::string ColumnGeneration::title() const { return fmt::format("program {}", number()); }

std::optional<ProgramChange> ColumnGeneration::next(const ProgramResult& result) {
  ++solved_;
  beta_ = result.parameters.beta;
  if (!exhausted_) record(result);  // otherwise its epochs were raised after it had ended
  summary_ = describe_last();
  const auto next = change();
  done_ = !next;
  return next;
}

std::optional<ProgramChange> ColumnGeneration::change() {
  using Kind = ProgramChange::Kind;
  if (exhausted_) return std::nullopt;
  if (on_curve() && doubled_ < doublings_) {
    ++doubled_;
    return ProgramChange{.kind = Kind::sampled_blocks, .blocks = first_ << doubled_};
  }
  if (rounds_ == 0) return std::nullopt;
  if (on_curve() && doublings_ > 0) {
    back_ = true;
    return ProgramChange{.kind = Kind::sampled_blocks, .blocks = first_};
  }
  return ProgramChange{.kind = Kind::priced_blocks, .round = round_ + 1};
}

void ColumnGeneration::record(const ProgramResult& result) {
  const BlockRecord solution{result.blocks, result.objective,      result.lower_bound,
                             result.gap,    result.steps - steps_, result.seconds - seconds_};
  steps_ = result.steps;
  seconds_ = result.seconds;
  if (on_curve()) curve_.push_back(solution);
  const double fall = objective_ - result.objective;
  objective_ = result.objective;
  if (on_curve() && doublings_ > 0) return;
  priced_.push_back({round_, change_, solution, round_ > 0 ? fall : 0.0});
}

bool ColumnGeneration::take(const BlockSearchResult& found) {
  const bool all_rounds = round_ == rounds_;
  if (all_rounds || found.added == 0) {
    exhausted_ = true;
    done_ = true;
    last_ = {all_rounds, found.price, found.estimate};
    return false;
  }
  change_ = found;
  ++round_;
  return true;
}

void ColumnGeneration::reopen() {
  if (!done_) return;
  --solved_;
  done_ = false;
}

std::string ColumnGeneration::describe_last() const {
  const bool curve = on_curve() && doublings_ > 0;
  if (!curve && priced_.empty()) return "";
  const BlockRecord& now = curve ? curve_.back() : priced_.back().solution;
  const std::string solution = fmt::format("P = {}, objective {:.8g}, bound {:.8g}, gap {}", now.blocks,
                                           now.objective, now.lower_bound.value(), format_percent(now.gap));
  if (curve) return "sampling    " + solution;
  if (round_ == 0) return "pricing     before round 1: " + solution;
  const RoundRecord& round = priced_.back();
  return fmt::format("pricing     round {}: {}; {} blocks added, {} dropped; fell by {:.6g}, {:.4g} a block",
                     round_, solution, change_.added, change_.dropped, round.fall,
                     round.fall / static_cast<double>(change_.added));
}

ScheduleRecords ColumnGeneration::records() const {
  ScheduleRecords all;
  if (doublings_ > 0) all.sampling_curve = curve_;
  if (rounds_ > 0) all.pricing = priced_;
  all.last_search = last_;
  all.all_blocks = all_blocks_;
  return all;
}

}  // namespace zerogap
