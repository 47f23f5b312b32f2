// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "data/patch_list.hpp"
#include "data/source.hpp"

namespace zerogap {

/// What a part consists of, before any pixel is read: images of a source, or a list of patches, or nothing.
struct DataPlan {
  DatasetShape shape;
  std::unique_ptr<ImageSource> source;  ///< null for a list of patches and for an empty part
  std::vector<std::int64_t> selected;   ///< indices in the source, increasing
  std::optional<PatchList> list;
  std::string origin;
};

/// Throws as load_dataset does.
DataPlan plan_dataset(const DataOptions& options, Part part);

}  // namespace zerogap
