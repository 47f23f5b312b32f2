// SPDX-License-Identifier: Apache-2.0
#include "train/run_result.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/format.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

std::string above_zero(double zero) {
  return fmt::format(
      "            this is worse than the zero network's {:g}: lower optimizer.lr, or train longer\n", zero);
}

std::string primal_text(const PrimalReport& p, const std::optional<DualReport>& embedded, double zero,
                        bool empty) {
  const std::string form = p.form == NetworkForm::decay ? "" : std::string(name_of(p.form)) + ", ";
  std::string text =
      fmt::format("primal      {}objective {:g}, PSNR {:.2f} dB", form, p.train.objective(), p.psnr);
  if (embedded) text += fmt::format("; with its filters as blocks {:g}", embedded->objective());
  text += "\n";
  if (p.filters == p.width) text += "            all K filters are in use: more might do better\n";
  if (!p.active && !empty) text += "            dead: no activation passes the threshold\n";
  if (p.train.objective() > zero) text += above_zero(zero);
  return text;
}

/// What the network's program says, an estimate throughout.
std::string program_text(const NetworkProgramRecord& r) {
  if (r.atoms == 0)
    return fmt::format(
        "            no filter found is worth 2 beta: estimate: the zero network is the optimum (gap {})\n",
        format_percent(r.gap()));
  std::string text = fmt::format(
      "            its program over any number of filters: {} atoms, objective {:g}; estimate: no network is "
      "below {:g} "
      "(gap {})\n",
      r.atoms, r.objective, r.lower_bound.value(), format_percent(r.gap()));
  if (r.split)
    text += fmt::format(
        "            made of it: {} filters, {} distinct (its atoms ask for {}): objective {:g}, estimated "
        "gap {}\n",
        r.split->filters, r.split->distinct, r.split->wanted, r.split->objective,
        format_percent(r.split_gap()));
  if (r.end == ProgramEnd::nothing)
    text += "            the search found no filter worth adding, although the gap is not closed\n";
  text += fmt::format("            the search: {} of {} random starts ended at the best of {} maxima\n",
                      r.trust.at_best, r.trust.starts, r.trust.distinct);
  return text;
}

std::string dual_text(const DualReport& d, double rho, double zero) {
  std::string text = fmt::format(
      "dual        {} {:g}, PSNR {:.2f} dB; proved: the optimum on these blocks is at least {:g} (gap {})\n",
      d.hard ? "made feasible" : "objective", d.value(), d.psnr, d.best_lower_bound.value(),
      format_percent(d.gap()));
  if (rho > 0.0 && d.train.max_violation > 0.0)
    text += fmt::format("            sign constraints are violated by up to {:.3g}\n", d.train.max_violation);
  if (d.objective() > zero * (1.0 + 1e-3)) text += above_zero(zero);
  return text;
}

}  // namespace

const char* name_of(RunStatus status) {
  switch (status) {
    case RunStatus::complete:
      break;
    case RunStatus::stopped:
      return "stopped";
    case RunStatus::diverged:
      return "diverged";
  }
  return "complete";
}

ExitCode exit_code(RunStatus status) {
  switch (status) {
    case RunStatus::complete:
      break;
    case RunStatus::stopped:
      return ExitCode::stopped;
    case RunStatus::diverged:
      return ExitCode::runtime;
  }
  return ExitCode::done;
}

std::string summary_text(const RunResult& result, const std::filesystem::path& folder) {
  const double zero = result.baselines.train.zero_objective;
  const auto& last = result.evaluation;
  std::string text;
  const bool empty = std::ranges::any_of(
      result.networks, [](const NetworkRecord& n) { return n.program && n.program->atoms == 0; });
  if (last.primal) text += primal_text(*last.primal, last.embedded, zero, empty);
  for (const auto& network : result.networks)
    if (network.program) text += program_text(*network.program);
  if (last.dual) text += dual_text(*last.dual, result.description.parameters.rho, zero);
  return text + "result      " + (folder / "result.json").string() + "; draw it with launch/plot " +
         folder.string();
}

}  // namespace zerogap
