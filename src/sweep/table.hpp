// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/value.hpp"

namespace zerogap {

/// What a column tells.
enum class Role {
  name,     ///< of the cell
  setting,  ///< chosen by an axis, or what cells of several sweeps differ in
  seed,     ///< a setting that draws random numbers
  rate,     ///< a setting that is a learning rate
  metric,   ///< computed: the same however the sweep was run
  run,      ///< how it was run: seconds, ranks, hosts, versions
};

/// A column's name and what kind of number it holds.
struct Column {
  std::string name;
  Role role = Role::metric;
};

/// Numbers, flags and texts by their columns' names; null, or left out, where a cell has no such value.
using Row = std::map<std::string, Value, std::less<>>;

/// What a row has in a column; null where it has nothing.
const Value& value(const Row& row, std::string_view column);

/// A row a cell.
struct Table {
  std::vector<Column> columns;
  std::vector<Row> rows;
  std::vector<std::string> sweeps;    ///< that it was collected from
  std::vector<std::string> warnings;  ///< sanity_checks and what is missing
};

/// What `zerogap collect` was asked for.
struct CollectOptions {
  std::vector<std::string> sweeps = {};  ///< empty: the only one
  bool mixed = false;         ///< cells of different programs or kernels are meant to stand together
  bool reproducible = false;  ///< without the columns of role `run`
};

/// The finished and failed cells of a store's sweeps. Error (exit 2) when the store has several sweeps and
/// none is named, or when cells were computed by different versions or kernels and `mixed` does not allow it.
Table collect(const std::filesystem::path& folder, const CollectOptions& options);

/// Adds a column `flags` and warnings: the objective is |x|^2 (a dead network), the gap is missing, a number
/// is not finite, a certified dual is above run.stop.gap, all objectives of a network are equal, an axis
/// moves none of them.
void add_sanity_flags(Table& table);

/// RFC 4180; numbers read back exactly.
std::string to_csv(const Table& table);

/// One dataset a column (float64, NaN for null; or texts), attributes `role` on each; the root's attributes
/// say where it comes from. Whole or not at all. Error (exit 3) when it cannot be written.
void write_hdf5(const Table& table, const std::filesystem::path& file);

/// Refuses (Error, exit 3) a place for a table where there is anything but an earlier table of this kind,
/// which is replaced. To be called before the table is made.
void require_place_of_csv(const std::filesystem::path& file);
/// The same for HDF5.
void require_place_of_hdf5(const std::filesystem::path& file);

/// A row for each set of settings but seeds and learning rates, and for each learning rate in it: cells,
/// mean, sample standard deviation and best of the objective, mean and deviation of the PSNRs, the largest
/// certified gap; `best_rate` marks the learning rate with the least mean objective.
Table summarise(const Table& table);

/// Aligned columns for people.
std::string to_text(const Table& table);

}  // namespace zerogap
