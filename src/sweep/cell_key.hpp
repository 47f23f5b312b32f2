// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "config/sweep_file.hpp"
#include "data/dataset.hpp"

namespace zerogap {

/// The identity of a configuration's data, independent of their path: hashes of their content and their
/// shapes.
struct DataIdentity {
  std::string train, test;  ///< content hashes; test is empty without a test set
  std::string final_test;   ///< of every test image, if data.final_test is all
  DatasetShape train_shape, test_shape;
};

/// Reads each data set named by configurations once. Throws as load_dataset does.
class DataCatalog {
 public:
  const DataIdentity& of(const Config& config);
  double seconds() const { return seconds_; }  ///< spent on reading
  std::size_t sets() const { return known_.size(); }

 private:
  std::map<std::string, DataIdentity> known_;
  double seconds_ = 0.0;
};

/// Whether this network's cell computes a certified optimum: a dual that a solver takes to run.stop.gap. It
/// is then the same from any start and by any solver, up to that gap.
bool certified_dual(const Config& config, Network network);

/// Everything that determines the result of one network on one problem, one line each ("network.beta: 50").
/// Keys have their first names, so that renaming a key does not rename the cells of a store. These are all
/// keys that change the result, the precision, and the content of files instead of data.* and paths. Left out
/// are the other network's keys, keys that the configuration does not use, and
/// - primal: blocks (network.arrangements, arrangements.*), unless network.beta_units is beta_max, which
///   measures them;
/// - dual: network.filters; init.*, if it starts from zero; init.*, optimizer.* and run.evaluate_every,
///   if it is certified.
/// `start`: the name of the cell whose solution replaces init.*, along the key `chain`; or "". Throws Error
/// (exit 3) if a file that it depends on cannot be read.
std::string cell_key(const Config& config, Network network, const DataIdentity& data,
                     const std::string& start = "", const std::string& chain = "");

/// The content hashes in an identity, without shapes.
DataIdentity data_in(const std::string& identity);

/// The cell's name: 16 hexadecimal digits, XXH3 of its identity.
std::string cell_name(const std::string& identity);

/// Whether text has the form of a cell's name.
bool is_cell_name(const std::string& text);

}  // namespace zerogap
