// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace zerogap {

/// What `zerogap evaluate` was asked for.
struct EvaluateOptions {
  std::string data;       ///< HDF5 data set; empty: the data that the checkpoint was trained on
  std::string weights;    ///< a run's folder (its newest intact checkpoint), a checkpoint, or any HDF5 file
                          ///< with primal/u, primal/v and/or dual/g, dual/w, dual/w_prime
  std::string gradients;  ///< HDF5 file to write predictions and gradients to; empty: none
  std::vector<std::string> overrides;
  bool best = false;  ///< the checkpoint's best weights in place of its last
};

/// One evaluation of everything that the weights file holds, on all images of the data set. The configuration
/// is the checkpoint's own (defaults for another file) with the overrides. Collective.
nlohmann::ordered_json evaluate_file(const EvaluateOptions& given, Communicator& world);

/// The same values for people.
std::string evaluation_text(const nlohmann::ordered_json& evaluation);

}  // namespace zerogap
