// SPDX-License-Identifier: Apache-2.0
#include "inference/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "core/error.hpp"
#include "core/log.hpp"
#include "model/form.hpp"
#include "problem/initial_weights.hpp"
#include "problem/program_schedule.hpp"
#include "problem/weights_file.hpp"
#include "run/run_record.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

fs::path file_of(const std::string& weights) {
  auto newest = weights_file(weights, *make_serial());
  if (newest.empty())
    throw data_error("there is no network in " + weights, "it holds no intact checkpoint",
                     "give the folder of a run (train --out) that has written one, a checkpoint, or an HDF5 "
                     "file of weights");
  return newest;
}

/// Everything about a file that is not an array.
struct Setting {
  Config config;
  double lambda = 0.0;
  Normalisation normalisation;
  bool best = false;  ///< whether to use the weights best/...
};

Setting setting_of_run(const NetworkChoice& choice, const CheckpointReader& file) {
  const auto record = read_record(file);
  const std::string name = file.path().string();
  Setting s{parse_config(record.config, name, choice.overrides), 0.0, {}, true};
  const auto other = differences_that_matter(parse_config(record.config, name, {}), s.config);
  if (!other.empty())
    throw usage_error("--set " + other.front().key + " would make it another network",
                      "the run has " + other.front().before, "set data.path or run.* only");
  const auto schedule = restored_schedule(s.config, record.programs, record.rounds);
  if (schedule->several()) s.best = false;  // the best weights may belong to an earlier program
  s.lambda = schedule->parameters().lambda;
  s.normalisation = training_normalisation(file, s.config);
  return s;
}

Setting setting_of_file(const NetworkChoice& choice, const CheckpointReader& file) {
  Setting s{parse_config("{}", choice.weights, choice.overrides), 0.0, {}, false};
  const bool set = std::any_of(choice.overrides.begin(), choice.overrides.end(),
                               [](const auto& o) { return o.starts_with("network.lambda="); });
  const auto stored = stored_threshold(file);
  if (!set && !stored)
    throw usage_error("the threshold of " + choice.weights + " is not known",
                      "it is not a run's checkpoint and has no attribute lambda",
                      "give --set network.lambda=NUMBER (and --set network.form=ball or relative if so)");
  s.lambda = set ? s.config.network.lambda : *stored;
  s.normalisation = stored_normalisation(file).value_or(Normalisation{});
  return s;
}

/// Arrays (rows, d) and (rows) of one network.
class Arrays {
 public:
  Arrays(const CheckpointReader& file, bool best) : file_(&file), best_(best) {}

  bool has(const std::string& name) const { return file_->has(name); }
  /// The array, or the one of this name in best/. `rows` and `columns`: those of an array read before, 0 for
  /// the first.
  std::vector<double> read(const std::string& name, std::uint64_t& rows, std::uint64_t& columns) const {
    const std::string path = best_ && file_->has("best/" + name) ? "best/" + name : name;
    if (!file_->has(path))
      throw data_error("weights " + file_->path().string() + " are incomplete",
                       path + " is missing or holds no numbers",
                       "give a file with all arrays of the network");
    auto shape = file_->shape(path);
    if (shape.size() == 1) shape.push_back(1);
    if (rows == 0) rows = shape[0];
    if (columns == 0) columns = shape.back();
    if (shape.size() != 2 || shape[0] != rows || shape[1] != columns || rows == 0)
      throw data_error("weights " + file_->path().string() + " do not fit together",
                       fmt::format("{} must be {} rows of {}", path, rows, columns),
                       "give arrays of one network");
    return read_weights<double>(*file_, path);
  }

 private:
  const CheckpointReader* file_;
  bool best_;
};

Filters primal_filters(const Arrays& arrays) {
  std::uint64_t rows = 0, columns = 0, one = 1;
  Filters f;
  f.u = arrays.read("primal/u", rows, columns);
  f.v = arrays.read("primal/v", rows, one);
  f.count = static_cast<std::int64_t>(rows);
  f.length = static_cast<int>(columns);
  return f;
}

DualWeights dual_weights(const Arrays& arrays) {
  std::uint64_t rows = 0, columns = 0;
  DualWeights dual;
  dual.g = arrays.read("dual/g", rows, columns);
  dual.w = arrays.read("dual/w", rows, columns);
  dual.w_prime = arrays.read("dual/w_prime", rows, columns);
  dual.count = static_cast<std::int64_t>(rows);
  dual.length = static_cast<int>(columns);
  return dual;
}

DualWeights without_zero_blocks(const DualWeights& all) {
  DualWeights kept{0, all.length, {}, {}, {}};
  for (std::int64_t j = 0; j < all.count; ++j) {
    const std::int64_t from = j * all.length, to = from + all.length;
    const auto zero = [](double w) { return w == 0.0; };
    if (std::all_of(all.w.begin() + from, all.w.begin() + to, zero) &&
        std::all_of(all.w_prime.begin() + from, all.w_prime.begin() + to, zero))
      continue;
    kept.g.insert(kept.g.end(), all.g.begin() + from, all.g.begin() + to);
    kept.w.insert(kept.w.end(), all.w.begin() + from, all.w.begin() + to);
    kept.w_prime.insert(kept.w_prime.end(), all.w_prime.begin() + from, all.w_prime.begin() + to);
    ++kept.count;
  }
  return kept;
}

/// Both halves of the map in section 6: w' gives positive output weights, w negative ones.
Filters mapped_filters(const DualWeights& dual, MapKind kind, NetworkForm form) {
  auto all = map_to_primal(dual.g, dual.w_prime, dual.length, 1.0, kind, form);
  const auto negative = map_to_primal(dual.g, dual.w, dual.length, -1.0, kind, form);
  all.u.insert(all.u.end(), negative.u.begin(), negative.u.end());
  all.v.insert(all.v.end(), negative.v.begin(), negative.v.end());
  all.count += negative.count;
  return all;
}

/// Converted to filters with the threshold lambda, for any form, without zero ones.
Filters plain_filters(const Filters& given, NetworkForm form) {
  Filters plain = given;
  if (form == NetworkForm::relative) to_unit_filters<double>(given.u, given.v, plain.u, plain.v);
  return without_zeros(plain);
}

std::string chosen_network(const NetworkChoice& choice, const Arrays& arrays) {
  const bool primal = arrays.has("primal/u"), dual = arrays.has("dual/w");
  if (!primal && !dual)
    throw data_error("there is no network in " + choice.weights,
                     "it has neither primal/u and v nor dual/g, w and w_prime",
                     "give a run's folder, a checkpoint, or a file with these arrays");
  if (choice.network.empty()) return primal ? "primal" : "dual";
  if (choice.network == "primal" ? !primal : !dual)
    throw data_error("there is no " + choice.network + " network in " + choice.weights,
                     primal ? "it holds the primal only" : "it holds the dual only",
                     primal ? "use --network primal, or train the dual too (run.networks)"
                            : "use --network dual, mapped or mapped_gate, or train the primal too "
                              "(run.networks)");
  return choice.network;
}

/// m for patches with d numbers.
int side_of(int length, const std::string& weights) {
  const int side = static_cast<int>(std::lround(std::sqrt(length)));
  if (side * side != length || side % 2 == 0)
    throw data_error(
        "weights " + weights + " do not fit images",
        fmt::format("their filters have {} numbers, which is not the square of an odd number", length),
        "give weights that were trained on images (filters of 3 x 3, 5 x 5, ...)");
  return side;
}

}  // namespace

TrainedNetwork load_network(const NetworkChoice& choice) {
  const auto file = open_weights(file_of(choice.weights).string());
  const bool of_run = file.attributes().contains("config");
  const Setting s = of_run ? setting_of_run(choice, file) : setting_of_file(choice, file);
  const Arrays arrays(file, s.best);
  TrainedNetwork network;
  network.file = file.path().string();
  network.name = chosen_network(choice, arrays);
  network.lambda = s.lambda;
  network.normalisation = s.normalisation;
  network.gated = network.name == "dual";
  const auto form = s.config.network.form;
  if (network.name == "primal") {
    network.filters = plain_filters(primal_filters(arrays), form);
  } else {
    const auto dual = dual_weights(arrays);
    const auto kind = network.name == "mapped" ? MapKind::eq46 : MapKind::gate_length;
    if (network.gated)
      network.dual = without_zero_blocks(dual);
    else
      network.filters = plain_filters(mapped_filters(dual, kind, form), form);
  }
  network.side = side_of(network.gated ? network.dual.length : network.filters.length, choice.weights);
  if (network.rows() == 0)
    log::warn("the {} network of {} is all zeros: its output is one value everywhere", network.name,
              choice.weights);
  return network;
}

}  // namespace zerogap
