// SPDX-License-Identifier: Apache-2.0
#include "problem/initial_weights.hpp"

#include <string>
#include <utility>

#include "config/removed_keys.hpp"
#include "core/error.hpp"
#include "model/form.hpp"
#include "model/initial.hpp"
#include "problem/weights_file.hpp"

namespace zerogap {
namespace {

InitialRule rule_of(InitKind kind, const InitOptions& init) {
  switch (kind) {
    case InitKind::zero:
      return {InitialKind::zero, 0.0, init.seed};
    case InitKind::normal:
      return {InitialKind::normal, init.std, init.seed};
    default:
      return {InitialKind::kaiming_uniform, 0.0, init.seed, init.kaiming_a};
  }
}

/// How the dual network starts, `automatic` and `same` resolved.
InitKind dual_kind(const InitOptions& init) {
  switch (init.dual_kind) {
    case DualInit::automatic: {
      const bool random = init.kind == InitKind::kaiming_uniform || init.kind == InitKind::normal;
      return random || init.kind == InitKind::greedy ? InitKind::zero : init.kind;
    }
    case DualInit::same:
      return init.kind;
    case DualInit::zero:
    case DualInit::blocks:  // w only; w' is g
      return InitKind::zero;
    case DualInit::kaiming_uniform:
      return InitKind::kaiming_uniform;
    case DualInit::normal:
      return InitKind::normal;
  }
  return init.kind;
}

/// A parameter's start values by rule: rows of `columns` entries.
std::vector<double> by_rule(const InitialRule& rule, InitialArray array, Range rows, int columns,
                            double fan_in) {
  std::vector<double> out(static_cast<std::size_t>(rows.count() * columns));
  for (std::int64_t j = 0; j < rows.count(); ++j)
    initial_row(
        rule, array, rows.first + j, fan_in,
        std::span(out).subspan(static_cast<std::size_t>(j * columns), static_cast<std::size_t>(columns)));
  return out;
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  std::string text;
  for (const auto size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text;
}

/// These rows of an array whose complete shape must be (total, columns), or (total) for one column.
std::vector<double> from_file(const CheckpointReader& file, const std::string& path, const std::string& name,
                              Range rows, std::int64_t total, int columns) {
  std::vector<std::uint64_t> wanted{static_cast<std::uint64_t>(total)};
  if (columns > 1 || name.back() != 'v') wanted.push_back(static_cast<std::uint64_t>(columns));
  if (!file.has(name) || file.shape(name) != wanted)
    throw data_error("init.path " + path + " does not fit: it belongs to another problem",
                     name + " must be " + std::to_string(total) + " rows of " + std::to_string(columns) +
                         (file.has(name) ? ", and is " + shape_text(file.shape(name)) : ", and is missing"),
                     "give weights of the same network, or another init.kind");
  return read_weights<double>(file, name, static_cast<std::uint64_t>(rows.first),
                              static_cast<std::uint64_t>(rows.count()));
}

/// All filters to which the dual weights at init.path are mapped, without zero ones.
Filters mapped_from_file(const Config& config, int length) {
  const auto file = open_weights(config.init.path);
  std::vector<std::uint64_t> blocks;
  for (const char* name : {"dual/g", "dual/w", "dual/w_prime"}) {
    const auto shape = file.has(name) ? file.shape(name) : std::vector<std::uint64_t>{};
    if (blocks.empty()) blocks = shape;
    if (shape != blocks || shape.size() != 2 || shape[1] != static_cast<std::uint64_t>(length))
      throw data_error(
          "init.path " + config.init.path + " has no fitting dual weights",
          std::string(name) + " must have rows of " + std::to_string(length) + " numbers, as many as dual/g",
          "give the checkpoint of a trained dual network");
  }
  const auto g = read_weights<double>(file, "dual/g");
  const NetworkForm form = config.network.form;
  const MapKind kind = config.init.map == PrimalMap::eq46 ? MapKind::eq46 : MapKind::gate_length;
  auto filters =
      without_zeros(map_to_primal(g, read_weights<double>(file, "dual/w_prime"), length, 1.0, kind, form));
  const auto negative =
      without_zeros(map_to_primal(g, read_weights<double>(file, "dual/w"), length, -1.0, kind, form));
  filters.u.insert(filters.u.end(), negative.u.begin(), negative.u.end());
  filters.v.insert(filters.v.end(), negative.v.begin(), negative.v.end());
  filters.count += negative.count;
  return filters;
}

}  // namespace

std::int64_t configured_filters(const Config& config, int length) {
  if (config.init.kind != InitKind::dual) return config.network.filters;
  const auto count = mapped_from_file(config, length).count;
  if (count == 0)
    throw data_error("init.path " + config.init.path + " gives no filter", "all its dual weights are zero",
                     "start from a trained dual network");
  return count;
}

Filters initial_filters(const Config& config, Range rows, std::int64_t total, int length) {
  Filters start{rows.count(), length, {}, {}};
  if (config.init.kind == InitKind::dual) {
    const auto all = mapped_from_file(config, length);
    start.u = local_rows(all.u, rows, length);
    start.v = local_rows(all.v, rows, 1);
  } else if (config.init.kind == InitKind::file) {
    const auto file = open_weights(config.init.path);
    start.u = from_file(file, config.init.path, "primal/u", rows, total, length);
    start.v = from_file(file, config.init.path, "primal/v", rows, total, 1);
  } else if (config.init.kind == InitKind::greedy) {
    // From the configuration of an earlier run, which can go on but not begin again.
    const auto removed = schema::removed_value("init.kind", "greedy");
    throw usage_error("init.kind is greedy and no checkpoint has the weights", removed->why, removed->todo);
  } else {
    const auto rule = rule_of(config.init.kind, config.init);
    start.u = by_rule(rule, InitialArray::u, rows, length, length);
    start.v = by_rule(rule, InitialArray::v, rows, 1, static_cast<double>(total));
  }
  project<double>(config.network.form, length, start.u);
  return start;
}

bool dual_starts_from_file(const InitOptions& init) {
  const InitKind kind = dual_kind(init);
  return kind == InitKind::file || kind == InitKind::dual;
}

bool starts_from_file(const InitOptions& init) {
  return init.kind == InitKind::file || init.kind == InitKind::dual || dual_starts_from_file(init);
}

std::int64_t blocks_that_differ(const CheckpointReader& file, Range rows, int length,
                                std::span<const double> g) {
  if (!file.has("dual/g")) return 0;
  const auto there = file.read<double>("dual/g", static_cast<std::uint64_t>(rows.first),
                                       static_cast<std::uint64_t>(rows.count()));
  const auto same = [&](double a, double b) {
    return a == b || static_cast<float>(a) == static_cast<float>(b);
  };
  std::int64_t differing = 0;
  for (std::int64_t j = 0; j < rows.count(); ++j) {
    bool equal = true;
    for (std::int64_t i = j * length; i < (j + 1) * length; ++i)
      equal = equal && same(there[static_cast<std::size_t>(i)], g[static_cast<std::size_t>(i)]);
    differing += equal ? 0 : 1;
  }
  return differing;
}

StartWeights initial_weights(const Config& config, Range rows, std::int64_t total, int length,
                             std::span<const double> g) {
  const InitKind kind = dual_kind(config.init);
  if (dual_starts_from_file(config.init)) {
    const auto file = open_weights(config.init.path);
    return {from_file(file, config.init.path, "dual/w", rows, total, length),
            from_file(file, config.init.path, "dual/w_prime", rows, total, length)};
  }
  const auto rule = rule_of(kind, config.init);
  auto w = by_rule(rule, InitialArray::w, rows, length, length);
  if (config.init.dual_kind == DualInit::blocks) return {std::move(w), {g.begin(), g.end()}};
  return {std::move(w), by_rule(rule, InitialArray::w_prime, rows, length, length)};
}

}  // namespace zerogap
