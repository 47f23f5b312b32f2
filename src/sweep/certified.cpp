#include "sweep/certified.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/format.hpp"
#include "problem/program_sequence.hpp"

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

/// Advice that a cell can take: one with another precision or gap is another cell and begins anew, one with
/// more epochs goes on where it was.
std::string remedy(const Config& config, const std::string& ended, const std::filesystem::path& folder) {
  const std::string wider = config.run.precision == Precision::fp32
                                ? "set run.precision to fp64, or raise run.stop.gap"
                                : "raise run.stop.gap";
  if (ended == name_of(TerminationReason::rounding)) return wider + "; more epochs change nothing";
  if (ended == name_of(TerminationReason::conditioning))
    return wider + fmt::format("; or move {} away and raise optimizer.dual.memory", folder.string());
  return "raise optimizer.dual.epochs or run.stop.gap, and add --retry-failed";
}

}  // namespace

std::string why_not_certified(const Config& config, const Json& result, const std::filesystem::path& folder) {
  if (!result.is_object() || !result.contains("dual")) return "";
  const double wanted = config.run.stop.gap;
  const Json& gap = result["dual"]["gap"];
  if (gap.is_number() && gap.get<double>() <= wanted) return "";
  std::string ended, constraints;
  if (result.contains("solver")) {
    ended = result["solver"].value("ended", "");
    constraints = result["solver"].value("constraints", "");
  }
  std::string why = fmt::format("after {} epochs", result.value("epoch", std::int64_t{0}));
  std::string todo = remedy(config, ended, folder);
  if (ended == name_of(TerminationReason::rounding) || ended == name_of(TerminationReason::conditioning))
    why += ", where " + ended + " ends the solution";
  if (constraints == name_of(ConstraintStatus::unreachable)) {
    why += fmt::format(", where rho may not exceed network.hard.most = {:g}", config.hard.most);
    todo = "raise network.hard.most, network.hard.violation or run.stop.gap" +
           std::string(config.run.precision == Precision::fp32 ? ", or set run.precision to fp64" : "");
  }
  return fmt::format("the certified gap {} is above run.stop.gap {} {}; {}",
                     gap.is_number() ? format_percent(gap.get<double>()) : "?", format_percent(wanted), why,
                     todo);
}

}  // namespace zerogap
