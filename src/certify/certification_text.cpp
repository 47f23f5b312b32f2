// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

#include "certify/certify_run.hpp"
#include "core/format.hpp"

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

double number(const Json& value) { return value.is_number() ? value.get<double>() : NAN; }

std::string cell(const Json& value) { return value.is_number() ? fmt::format("{:.6g}", number(value)) : "-"; }

std::string share(const Json& value) { return value.is_number() ? format_percent(number(value)) : "-"; }

std::string program_line(const char* name, const Json& program) {
  return fmt::format("{:<22}{:>8} blocks  {:>10} reached  {:>10} proved  {:>10} gap\n", name,
                     program["blocks"].dump(), cell(program["objective"]), cell(program["lower_bound"]),
                     share(program["gap"]));
}

std::string networks_table(const Json& networks) {
  std::string text = fmt::format("{:<10}{:>12}{:>14}{:>10}{:>14}{:>10}  {}\n", "network", "objective",
                                 "certificate", "gap", "estimate", "gap", "greatest |z'tau(Yu)|");
  for (const auto& [name, n] : networks.items())
    text += fmt::format("{:<10}{:>12}{:>14}{:>10}{:>14}{:>10}  {:.6g} found, {:.6g} proved{}\n", name,
                        cell(n["objective"]), cell(n["certificate"]), share(n["certified_gap"]),
                        cell(n["estimate"]), share(n["estimated_gap"]), number(n["maximum_found"]),
                        number(n["maximum_proved"]), n["bound_is"] == "exact" ? " (exact)" : "");
  return text;
}

std::string judgement(const char* of, const Json& j) {
  return fmt::format("{:<12}{}: {}\n            to change it: {}\n", of, j["name"].get<std::string>(),
                     j["because"].get<std::string>(), j["change"].get<std::string>());
}

/// The network's own program, the search behind its estimate, and what its gap consists of.
std::string network_program_text(const Json& c) {
  const auto& p = c["network_program"];
  const auto& own = c["networks"][c["primal"]["form"].get<std::string>()];
  const auto& search = own["search"];
  const auto& part = c["gap"];
  std::string text = fmt::format(
      "network     its program over any number of filters: objective {} with {} atoms after {} rounds\n",
      cell(p["objective"]), p["atoms"].dump(), p["rounds"].dump());
  text += fmt::format("            a network of at most {} filters built from it: {} ({} asked for)\n",
                      c["primal"]["width"].dump(), cell(p["network_objective"]), p["filters_wanted"].dump());
  text += fmt::format("search      {} of {} random starts ended at the best of {} maxima; {} more expected\n",
                      search["at_best"].dump(), search["starts"].dump(), search["distinct"].dump(),
                      std::isfinite(number(search["expected_unseen"]))
                          ? fmt::format("{:.3g}", number(search["expected_unseen"]))
                          : std::string("unlimited"));
  text += fmt::format(
      "gap         {} estimated: {} training, {} number of filters, {} thresholds near 0, {} program not "
      "solved; {} more not proved\n",
      share(own["estimated_gap"]), share(part["optimiser"]), share(part["filters"]), share(part["at_zero"]),
      share(part["unsolved"]), share(part["unproved"]));
  return text;
}

}  // namespace

std::string certification_text(const Json& c) {
  std::string text = fmt::format("checkpoint  {}\nproblem     lambda = {:g}, beta = {:g}, rho = {:g}\n\n",
                                 c["checkpoint"].get<std::string>(), number(c["lambda"]), number(c["beta"]),
                                 number(c["rho"]));
  text += networks_table(c["networks"]);
  text +=
      "            certificate: proved, no weights of that network go below it; estimate: the same if the "
      "search found the greatest, not proved\n\n";
  text += program_line(c["program"]["solved_here"] == true ? "blocks (solved here)" : "blocks", c["program"]);
  if (c.contains("own_filters")) text += program_line("the primal's filters", c["own_filters"]);
  if (c.contains("with_filters")) text += program_line("both", c["with_filters"]);
  if (!c.contains("verdict")) return text + "\nno verdict: the run has no primal network\n";
  return text + "\n" + judgement("blocks", c["blocks_verdict"]) + "\n" + network_program_text(c) +
         judgement("verdict", c["verdict"]);
}

}  // namespace zerogap
