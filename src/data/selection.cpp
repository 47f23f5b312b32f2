// SPDX-License-Identifier: Apache-2.0
#include "data/selection.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/random.hpp"

namespace zerogap {
namespace {

Error too_few(const ImageSource& source, Part part, const char* key, std::int64_t wanted) {
  const std::string most = std::to_string(source.images());
  const std::string todo = part == Part::train
                               ? "set data.images to at most " + most + ", or to 0 for all of them"
                               : "set data.test_images to at most " + most + ", or to -1";
  return data_error(
      std::string(key) + " asks for " + std::to_string(wanted) + " " + name_of(part) + " images",
      source.name() + " holds " + most, todo);
}

/// A count that a source cannot provide, and what is used instead.
struct Shortened {
  const char* key;
  std::int64_t asked, held;
  bool by_default;  ///< the count was not set by the user
  std::string instead, todo;
};

void report_shortage(const Shortened& count, const DataOptions& options, Part part,
                     const ImageSource& source) {
  const std::string what = std::string(count.key) + " is " + std::to_string(count.asked),
                    held = source.name() + " holds " + std::to_string(count.held) + " " + name_of(part) +
                           " images";
  if (options.strict) throw data_error(what, held + ", and data.strict is true", count.todo);
  if (!count.by_default) log::warn_once(what + ", but " + held + ": " + count.instead + "; " + count.todo);
}

/// data.pool as a number, which may be more than the source holds.
std::int64_t requested_pool(const DataOptions& options, const ImageSource& source) {
  if (options.pool != kWholePool) return options.pool;
  return source.images() == ImageSource::kUnlimited ? kDrawnPool : source.images();
}

std::int64_t training_count(const DataOptions& options, const ImageSource& source) {
  const bool unlimited = source.images() == ImageSource::kUnlimited;
  const std::int64_t pool = requested_pool(options, source);
  if (options.images == 0) return unlimited ? pool : source.images();
  if (options.images > pool && (unlimited || options.pool != kWholePool))
    throw usage_error("data.images is " + std::to_string(options.images),
                      "they are selected from data.pool, which is " + std::to_string(pool),
                      "lower data.images or raise data.pool");
  static const DataOptions defaults;
  const std::int64_t held = source.images();
  const std::string number = std::to_string(held);
  if (options.images > held && !source.noisy_given())
    throw too_few(source, Part::train, "data.images", options.images);
  if (options.images > held)
    report_shortage({"data.images", options.images, held, options.images == defaults.images,
                     "all of them are taken", "set data.images to " + number + ", or to 0 for all of them"},
                    options, Part::train, source);
  if (pool > held && !unlimited)
    report_shortage({"data.pool", pool, held, false, "images are selected from those",
                     "give the complete file, or set data.pool to " + number},
                    options, Part::train, source);
  return std::min(options.images, held);
}

/// Images are selected from [0, size).
std::int64_t pool_size(const DataOptions& options, Part part, const ImageSource& source, std::int64_t count) {
  const std::int64_t pool = requested_pool(options, source);
  if (source.images() == ImageSource::kUnlimited) return std::max(pool, count);
  if (part == Part::train && options.images != 0) return std::min(pool, source.images());
  return source.images();
}

}  // namespace

std::int64_t selected_count(const DataOptions& options, Part part, const ImageSource& source,
                            std::int64_t training) {
  if (part == Part::train) return training_count(options, source);
  const bool unlimited = source.images() == ImageSource::kUnlimited;
  if (options.test_images == kEveryTestImage)
    return unlimited ? requested_pool(options, source) : source.images();
  if (options.test_images < 0 && training > source.images())
    report_shortage(
        {"data.test_images", options.test_images, source.images(), true, "",
         "there are " + std::to_string(training) +
             " training images: give as many, or set data.test_images to " + std::to_string(source.images())},
        options, Part::test, source);
  if (options.test_images < 0) return std::min(training, source.images());
  if (options.test_images > source.images())
    throw too_few(source, part, "data.test_images", options.test_images);
  return options.test_images;
}

std::vector<std::int64_t> select_images(const DataOptions& options, Part part, const ImageSource& source,
                                        std::int64_t count) {
  const std::int64_t pool = pool_size(options, part, source, count);
  std::vector<std::int64_t> chosen(static_cast<std::size_t>(count));
  if (count == pool) {
    std::iota(chosen.begin(), chosen.end(), std::int64_t{0});
    return chosen;
  }
  const Random random(options.seed, RandomUse::selection);
  std::vector<std::pair<std::uint64_t, std::int64_t>> keys(static_cast<std::size_t>(pool));
  for (std::int64_t i = 0; i < pool; ++i) keys[i] = {random.bits(image_key(part, i), 0), i};
  std::nth_element(keys.begin(), keys.begin() + count, keys.end());
  for (std::int64_t k = 0; k < count; ++k) chosen[k] = keys[k].second;
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace zerogap
