// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/value.hpp"

namespace zerogap {

/// The meaning of a column.
enum class Role {
  name,     ///< name of the cell
  setting,  ///< chosen by an axis, or different between cells of several sweeps
  seed,     ///< a setting that draws random numbers
  rate,     ///< a setting that is a learning rate
  metric,   ///< computed: independent of how the sweep was run
  run,      ///< how it was run: seconds, ranks, hosts, versions
};

/// A column's name and role.
struct Column {
  std::string name;
  Role role = Role::metric;
};

/// Numbers, flags and texts by column name; null or left out if a cell has no such value.
using Row = std::map<std::string, Value, std::less<>>;

/// The value of a row in a column; null if it has none.
const Value& value(const Row& row, std::string_view column);

/// One row for each cell.
struct Table {
  std::vector<Column> columns;
  std::vector<Row> rows;
  std::vector<std::string> sweeps;    ///< from which it was collected
  std::vector<std::string> warnings;  ///< sanity_checks and what is missing
};

/// The arguments of `zerogap collect`.
struct CollectOptions {
  std::vector<std::string> sweeps = {};  ///< empty: the only one
  bool mixed = false;                    ///< allow cells of different programs or kernels in one table
  bool reproducible = false;             ///< without the columns of role `run`
};

/// The finished and failed cells of a store's sweeps. Error (exit 2) if the store has several sweeps and none
/// is named, or if cells were computed by different versions or kernels and `mixed` is not set.
Table collect(const std::filesystem::path& folder, const CollectOptions& options);

/// Adds a column `flags` and warnings: the objective is |x|^2 (a dead network), the gap is missing, a number
/// is not finite, a certified dual is above run.stop.gap, all objectives of a network are equal, an axis
/// moves none of them.
void add_sanity_flags(Table& table);

/// RFC 4180; numbers read back exactly.
std::string to_csv(const Table& table);

/// Writes one dataset for each column (float64, NaN for null; or texts), each with an attribute `role`; the
/// root's attributes record its origin. The file is complete or absent. Error (exit 3) if it cannot be
/// written.
void write_hdf5(const Table& table, const std::filesystem::path& file);

/// Throws Error (exit 3) if the file exists and is not an earlier table of this kind, which is replaced. To
/// be called before the table is made.
void require_place_of_csv(const std::filesystem::path& file);
/// The same for HDF5.
void require_place_of_hdf5(const std::filesystem::path& file);

/// One row for each set of settings other than seeds and learning rates, and for each learning rate in it:
/// cells, mean, sample standard deviation and best of the objective, mean and deviation of the PSNRs, the
/// largest certified gap; `best_rate` marks the learning rate with the least mean objective.
Table summarise(const Table& table);

/// The table as text with aligned columns.
std::string to_text(const Table& table);

}  // namespace zerogap
