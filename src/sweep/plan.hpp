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
  std::size_t point = 0;    ///< the first point to which it belongs, which defines its configuration
  std::int64_t points = 0;  ///< number of points to which it belongs
  Settings settings = {};   ///< the axes' values; "" if the cell stands for several
  double pairs = 0.0;       ///< estimated
  double bytes = 0.0;       ///< per rank, estimated
  bool certified = false;   ///< certified_dual
  std::string start = {};  ///< the cell from whose solution it starts (SweepFile::chain); "" for its own init
  double on_gpu = 0.0;     ///< the part of bytes that may be on a GPU; not stored in files
};

/// An expanded sweep. Self-contained: store, status and collect need nothing else, and ranks and hosts that
/// receive it need no files.
struct SweepPlan {
  SweepFile file;
  std::vector<Settings> points;
  std::vector<Cell> cells;  ///< without duplicates, in the order of the points
  double data_seconds = 0.0;
  std::size_t data_sets = 0;
};

/// Expands a sweep; reads each data set once (its content is part of the cells' names). Throws Error naming
/// an invalid point before anything runs.
SweepPlan plan_sweep(const SweepFile& file);

/// For plan_from_json().
nlohmann::ordered_json to_json(const SweepPlan& plan);
/// Throws std::exception if the JSON is not a plan.
SweepPlan plan_from_json(const nlohmann::ordered_json& json);

/// The configuration for computing the cell: that of its first point, for its network alone.
Config cell_config(const SweepPlan& plan, const Cell& cell);

/// The same for a folder in which the cell was begun, from that run's configuration (the text of its
/// config.yaml; empty if there is none). It may be another sweep's that differs in nothing that changes the
/// result. A run continues as it began; only where it runs and the epochs of a solver are set here. If the
/// folder holds a mathematically different run, returns the cell's own configuration, which will be refused
/// there.
Config cell_config(const SweepPlan& plan, const Cell& cell, const std::string& begun);

}  // namespace zerogap
