// SPDX-License-Identifier: Apache-2.0
#include "data/dataset_plan.hpp"

#include <tuple>

#include "core/error.hpp"
#include "core/log.hpp"
#include "data/selection.hpp"

namespace zerogap {
namespace {

DatasetShape list_shape(const PatchList& list) {
  const std::int64_t width = patch_group_width(list.patches());
  return {.images = (list.patches() + width - 1) / width,
          .height = 1,
          .width = static_cast<int>(width),
          .patch_list = true,
          .patch_length = list.length(),
          .patches = list.patches()};
}

DatasetShape image_shape(std::int64_t images, const ImageSource& source) {
  return {.images = images,
          .height = source.height(),
          .width = source.width(),
          .patches = images * source.height() * source.width()};
}

/// A list has nothing to select from.
void log_ignored_counts(const DataOptions& options, const PatchList& list) {
  static const DataOptions defaults;
  for (const auto& [key, asked, usual] : {std::tuple("data.images", options.images, defaults.images),
                                          std::tuple("data.pool", options.pool, defaults.pool)}) {
    if (asked == usual || asked == 0) continue;
    const std::string what = std::string(key) + " is " + std::to_string(asked),
                      why = list.name() + " holds a list of " + std::to_string(list.patches()) +
                            " patches, which is used whole";
    const std::string todo = "set data.images to 0 and leave data.pool out";
    if (options.strict) throw data_error(what, why + ", and data.strict is true", todo);
    log::warn_once(what + ", but " + why + "; " + todo);
  }
}

/// How many training images there are, which is what test_images = -1 asks for.
std::int64_t training_images(const DataOptions& options) {
  if (options.test_images >= 0) return 0;
  if (options.images != 0 && options.source != DataSource::hdf5) return options.images;
  return selected_count(options, Part::train, *open_source(options, Part::train), 0);
}

std::string origin_of(const DataOptions& options, Part part, const ImageSource& source, std::int64_t images) {
  if (images == 0) return source.name() + ", no " + name_of(part) + " images";
  std::string text = source.name() + ", " + std::to_string(images);
  if (source.images() != ImageSource::kUnlimited) text += " of " + std::to_string(source.images());
  text += std::string(" ") + name_of(part) + " images, ";
  if (source.noisy_given()) return text + "noise as given";
  std::string sigma = std::to_string(options.noise_sigma);
  sigma.erase(sigma.find_last_not_of('0') + 1);
  return text + "noise of deviation " + (sigma.back() == '.' ? sigma + "0" : sigma);
}

}  // namespace

DataPlan plan_dataset(const DataOptions& options, Part part) {
  DataPlan plan;
  plan.origin = "none";
  if (part == Part::test && options.test_images == 0) return plan;
  if (options.source == DataSource::hdf5 && !options.path.empty()) {
    plan.list = PatchList::open(options.path, part);
    if (plan.list) {
      if (options.normalise)
        throw usage_error("data.normalise needs images", options.path + " holds a list of patches",
                          "leave data.normalise off, or normalise the patches before storing them");
      if (part == Part::train) log_ignored_counts(options, *plan.list);
      plan.shape = list_shape(*plan.list);
      plan.origin =
          plan.list->name() + ", " + std::to_string(plan.list->patches()) + " " + name_of(part) + " patches";
      return plan;
    }
  }
  plan.source = open_source(options, part);
  const std::int64_t training = part == Part::test ? training_images(options) : 0;
  const std::int64_t count = selected_count(options, part, *plan.source, training);
  plan.selected = select_images(options, part, *plan.source, count);
  plan.shape = image_shape(count, *plan.source);
  plan.origin = origin_of(options, part, *plan.source, count);
  return plan;
}

DatasetShape inspect_dataset(const DataOptions& options, Part part) {
  return plan_dataset(options, part).shape;
}

}  // namespace zerogap
