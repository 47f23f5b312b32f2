// SPDX-License-Identifier: Apache-2.0
#include "data/patch_list.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace zerogap {

std::optional<PatchList> PatchList::open(const std::string& path, Part part) {
  Hdf5Arrays file = Hdf5Arrays::open(path);
  if (!file.has("patches")) return std::nullopt;
  PatchList list(std::move(file));
  const std::int64_t length = list.file_.shape("patches", 2)[1];
  if (length > 1 << 20)
    throw data_error("'patches' in " + path + " is too wide", std::to_string(length) + " numbers a patch",
                     "store one patch a row");
  list.length_ = static_cast<int>(length);
  if (part == Part::test) {
    if (!list.file_.has("test")) return list;
    list.group_ = "test/";
  }
  for (const char* name : {"patches", "target"})
    if (!list.file_.has(list.group_ + name))
      throw data_error("'" + list.group_ + name + "' is missing in " + path,
                       "patches need their target values", "store patches (I, d) and target (I)");
  const std::vector<std::int64_t> shape = list.file_.shape(list.group_ + "patches", 2);
  const std::int64_t targets = list.file_.shape(list.group_ + "target", 1)[0];
  if (targets != shape[0])
    throw data_error("'" + list.group_ + "target' in " + path + " does not fit the patches",
                     std::to_string(targets) + " values for " + std::to_string(shape[0]) + " patches",
                     "store one target value a patch");
  if (shape[1] != length)
    throw data_error("the test patches in " + path + " do not fit the training patches",
                     std::to_string(shape[1]) + " and " + std::to_string(length) + " numbers a patch",
                     "use one patch length");
  for (const char* name : {"patches", "target"}) list.file_.require_stored(list.group_ + name);
  list.patches_ = shape[0];
  return list;
}

void PatchList::expect(Range patches) const {
  for (const char* name : {"patches", "target"}) file_.expect_rows(group_ + name, {patches});
}

void PatchList::read(std::int64_t first, std::span<double> patches, std::span<double> target) const {
  const auto rows = static_cast<std::int64_t>(target.size());
  file_.read_rows(group_ + "patches", first, rows, patches);
  file_.read_rows(group_ + "target", first, rows, target);
}

std::int64_t patch_group_width(std::int64_t patches) {
  return std::clamp<std::int64_t>(patches / 64, 1, 256);
}

}  // namespace zerogap
