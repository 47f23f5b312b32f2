// SPDX-License-Identifier: Apache-2.0
#include "sweep/certified.hpp"

#include <fmt/format.h>

#include "core/format.hpp"

namespace zerogap {
namespace {

/// Advice for the cell: with another precision or gap it is another cell that starts from the beginning, with
/// more epochs it continues where it was.
std::string remedy(const Config& config, TerminationReason ended, const std::filesystem::path& folder) {
  const std::string wider = config.run.precision == Precision::fp32
                                ? "set run.precision to fp64, or raise run.stop.gap"
                                : "raise run.stop.gap";
  if (ended == TerminationReason::rounding) return wider + "; more epochs change nothing";
  if (ended == TerminationReason::conditioning)
    return wider +
           fmt::format("; or move {} away and raise optimizer.dual.preconditioner_mib", folder.string());
  return "raise optimizer.dual.epochs or run.stop.gap, and add --retry-failed";
}

}  // namespace

std::string why_not_certified(const Config& config, const RunResult& result,
                              const std::filesystem::path& folder) {
  if (!result.evaluation.dual) return "";
  const double wanted = config.run.stop.gap, gap = result.evaluation.dual->gap();
  if (gap <= wanted) return "";
  const auto ended = result.solver ? result.solver->ended : TerminationReason::running;
  std::string why = fmt::format("after {} epochs", result.epoch);
  std::string todo = remedy(config, ended, folder);
  if (ended == TerminationReason::rounding || ended == TerminationReason::conditioning)
    why += fmt::format(", where {} ends the solution", name_of(ended));
  if (result.solver && result.solver->constraints == ConstraintStatus::unreachable) {
    why += fmt::format(", where rho may not exceed network.hard.rho_max = {:g}", config.hard.rho_max);
    todo = "raise network.hard.rho_max, network.hard.violation or run.stop.gap" +
           std::string(config.run.precision == Precision::fp32 ? ", or set run.precision to fp64" : "");
  }
  return fmt::format("the certified gap {} is above run.stop.gap {} {}; {}", format_percent(gap),
                     format_percent(wanted), why, todo);
}

}  // namespace zerogap
