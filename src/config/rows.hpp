// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/schema.hpp"
#include "config/values.hpp"

/// Helpers for the rows of the table, which are written in two files, in the order in which keys are printed.
namespace zerogap::schema {

/// Prefix of the keys of both networks' optimizers.
inline const std::string optimizer_section = "optimizer.";

/// At least 1.
inline const Integer count{.low = 1};
/// At least 0.
inline const Integer count_or_none{.low = 0};

/// data, patches, network, arrangements, init
std::vector<Row> problem_rows();
/// optimizer, path, certificate, certify, run
std::vector<Row> run_rows();

/// Row::step of a kind of values.
template <class Kind>
int step_of(const Kind& kind) {
  if constexpr (std::is_same_v<Kind, Integer>) return kind.odd ? 2 : 1;
  return std::is_same_v<Kind, Seed> ? 1 : 0;
}

/// `at` returns a reference to the value in a Config, or a tuple of references.
template <class At, class Kind>
Row row(std::string key, At at, Kind kind, Effect effect, std::string help) {
  auto read = [=](Config& config, Network, const YAML::Node& node) { at(config) = kind.parse(node); };
  auto print = [=](const Config& config, Network) { return kind.print(at(config)); };
  constexpr bool text = std::is_same_v<Kind, Text>;
  return {std::move(key), std::move(help), kind.allowed(), effect, false, text, step_of(kind), read, print};
}

/// The same in the OptimizerOptions of either network.
template <class At, class Kind>
Row each(const std::string& name, At at, Kind kind, Effect effect, std::string help) {
  auto read = [=](Config& config, Network network, const YAML::Node& node) {
    at(config.optimizer(network)) = kind.parse(node);
  };
  auto print = [=](const Config& config, Network network) {
    return kind.print(at(config.optimizer(network)));
  };
  return {optimizer_section + name,
          std::move(help),
          kind.allowed(),
          effect,
          true,
          false,
          step_of(kind),
          read,
          print};
}

}  // namespace zerogap::schema
