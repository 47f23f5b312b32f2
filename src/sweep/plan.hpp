// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "config/sweep_file.hpp"

namespace zerogap {

/// One network on one problem.
struct Cell {
  std::string name = {};      ///< cell_name of its identity
  std::string identity = {};  ///< cell_key
  Network network = Network::primal;
  std::size_t point = 0;    ///< the first point that it is part of; its configuration is the one there
  std::int64_t points = 0;  ///< how many points it is part of
  Settings settings = {};   ///< the axes' values; "" where the cell stands for several
  double pairs = 0.0;       ///< estimated
  double bytes = 0.0;       ///< a rank, estimated
  bool certified = false;   ///< certified_dual
  std::string start = {};  ///< the cell from whose solution it starts (SweepFile::chain); "" for its own init
  double on_gpu = 0.0;     ///< of bytes, what may lie on a GPU; not kept in files
};

/// A sweep and what it comes to. Self-contained: store, status and collect need nothing else, and ranks and
/// hosts that are given it need no files.
struct SweepPlan {
  SweepFile file;
  std::vector<Settings> points;
  std::vector<Cell> cells;  ///< each once, in the order of the points
  double data_seconds = 0.0;
  std::size_t data_sets = 0;
};

/// Expands a sweep: reads each data set once (its content is part of the cells' names). Throws Error naming
/// the point that is not valid, before anything runs.
SweepPlan plan_sweep(const SweepFile& file);

/// For plan_from_json().
nlohmann::ordered_json to_json(const SweepPlan& plan);
/// Throws std::exception when the text is no plan.
SweepPlan plan_from_json(const nlohmann::ordered_json& json);

/// The configuration that computes the cell: that of its first point, for its network alone.
Config cell_config(const SweepPlan& plan, const Cell& cell);

/// The same for a folder where the cell was begun, from that run's configuration (the text of its
/// config.yaml; empty: there is none): another sweep's, say, that differs in nothing that changes the result.
/// A run goes on as it began; where it runs, and how long a solver may, are ours to say. Where the folder
/// holds other mathematics the cell's own configuration, which will be refused there.
Config cell_config(const SweepPlan& plan, const Cell& cell, const std::string& begun);

}  // namespace zerogap
