// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "config/sweep_file.hpp"
#include "data/dataset.hpp"

namespace zerogap {

/// What a configuration's data are, whatever their path: hashes of their content and their shapes.
struct DataIdentity {
  std::string train, test;  ///< content hashes; test is empty without one
  std::string final_test;   ///< of every test image, where data.final_test is all
  DatasetShape train_shape, test_shape;
};

/// Reads each data set that configurations name once. Throws as load_dataset does.
class DataCatalog {
 public:
  const DataIdentity& of(const Config& config);
  double seconds() const { return seconds_; }  ///< spent on reading
  std::size_t sets() const { return known_.size(); }

 private:
  std::map<std::string, DataIdentity> known_;
  double seconds_ = 0.0;
};

/// Whether a certified optimum is what this network's cell is after: a dual that a solver takes to
/// run.stop.gap. It is then the same from any start and by any solver, up to that gap.
bool certified_dual(const Config& config, Network network);

/// What the result of one network on one problem depends on, a line each ("network.beta: 50"), with keys
/// under their first names, so that a rename leaves the cells of a store their names. These are every key
/// that changes it, the precision, and in place of data.* and of files' paths their content. Left out are the
/// other network's keys, what the configuration makes no use of, and
/// - primal: blocks (network.arrangements, arrangements.*), unless network.beta_units is beta_max, which
///   measures them;
/// - dual: network.filters; init.*, where it starts from zero; init.*, optimizer.* and run.evaluate_every,
///   where it is certified.
/// `start`: the name of the cell whose solution takes the place of init.*, along the key `chain`; or "".
/// Throws Error (exit 3) when a file that it depends on cannot be read.
std::string cell_key(const Config& config, Network network, const DataIdentity& data,
                     const std::string& start = "", const std::string& chain = "");

/// The content that an identity names, without shapes.
DataIdentity data_in(const std::string& identity);

/// The cell's name: 16 hexadecimal digits, XXH3 of its identity.
std::string cell_name(const std::string& identity);

/// Whether text looks like one.
bool is_cell_name(const std::string& text);

}  // namespace zerogap
