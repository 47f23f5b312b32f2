// SPDX-License-Identifier: Apache-2.0
// Weights and checkpoints, from a recipe (recipe.hpp) or as a file: as inspect describes them, as a whole,
// array by array, and as the networks that denoise and export take.

#include "checkpoint/inspect.hpp"
#include "inference/network.hpp"
#include "problem/initial_weights.hpp"
#include "recipe.hpp"
#include "run/run_record.hpp"
#include "support.hpp"

#include <nlohmann/json.hpp>

namespace zerogap::fuzzing {
namespace {

void read_arrays(const CheckpointReader& file) {
  constexpr std::uint64_t most_rows = 4;
  for (const auto& path : file.arrays()) {
    const auto shape = file.shape(path);
    const std::uint64_t rows = std::min(most_rows, shape.empty() ? 1 : shape[0]);
    accepts([&] { file.read<double>(path, 0, rows); });
    accepts([&] { file.read<float>(path, shape.empty() ? 0 : shape[0] - rows, rows); });
    accepts([&] { file.read<std::int64_t>(path, 0, rows); });
  }
}

/// The configuration's dual and primal start weights, as a run with init.kind: file or dual reads them.
void start_from(const std::string& path, InitKind kind) {
  Config config;
  config.init.path = path;
  config.init.kind = kind;
  accepts([&] { initial_weights(config, {0, 2}, 2, 9); });
  accepts([&] {
    const std::int64_t filters = kind == InitKind::dual ? configured_filters(config, 9) : 2;
    initial_filters(config, {0, filters}, filters, 9);
  });
}

/// The lines "start file", "start dual" and "load NETWORK [KEY=VALUE]..." of a recipe say what else is done
/// with it: each opening of a file takes HDF5 a millisecond.
void take(const std::string& path, std::string_view recipe) {
  for (const auto& line : lines_of(recipe)) {
    const auto words = words_of(line);
    if (words.size() < 2) continue;
    if (words[0] == "start") start_from(path, words[1] == "dual" ? InitKind::dual : InitKind::file);
    if (words[0] == "load")
      accepts([&] {
        load_network({.weights = path, .network = words[1], .overrides = {words.begin() + 2, words.end()}});
      });
  }
}

}  // namespace

void fuzz(std::string_view bytes) {
  const std::string path = cook(bytes);
  accepts([&] { describe_file(path); });
  accepts([&] { describe_json(path).dump(2, ' ', false, nlohmann::json::error_handler_t::replace); });
  accepts([&] { read_arrays(CheckpointReader(path, false)); });
  accepts([&] { read_record(CheckpointReader(path)); });
  accepts([&] { read_arrays(open_weights(path)); });
  accepts([&] { load_network({.weights = path, .network = "", .overrides = {}}); });
  if (!bytes.starts_with("\x89HDF")) take(path, bytes);
}

}  // namespace zerogap::fuzzing
