// SPDX-License-Identifier: Apache-2.0
#include "data/dataset.hpp"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <limits>

#include "comm/collective.hpp"
#include "core/error.hpp"
#include "core/fixed_point.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "data/dataset_cache.hpp"
#include "data/dataset_plan.hpp"

namespace zerogap {
namespace {

/// The hash of one image (or group): its place in the set, its clean and then its noisy numbers.
std::uint64_t hash_numbers(std::span<const double> numbers, std::int64_t place) {
  return XXH3_64bits_withSeed(numbers.data(), numbers.size_bytes(), static_cast<std::uint64_t>(place));
}

template <class T>
std::string combined_hash(const Dataset<T>& data, std::uint64_t images_hash) {
  const DatasetShape& s = data.shape;
  const std::array<std::uint64_t, 9> words{images_hash,
                                           static_cast<std::uint64_t>(s.images),
                                           static_cast<std::uint64_t>(s.height),
                                           static_cast<std::uint64_t>(s.width),
                                           std::uint64_t{s.patch_list},
                                           static_cast<std::uint64_t>(s.patch_length),
                                           static_cast<std::uint64_t>(s.patches),
                                           std::bit_cast<std::uint64_t>(data.normalisation.mean),
                                           std::bit_cast<std::uint64_t>(data.normalisation.deviation)};
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx",
                static_cast<unsigned long long>(XXH3_64bits(words.data(), sizeof(words))));
  return text.data();
}

/// Refuses what T cannot hold as a finite number. Rows of `width` values are counted from `first` in the
/// message.
template <class T>
void require_finite(std::span<const double> values, const std::string& array, const std::string& where,
                    int width, std::int64_t first = 0) {
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (std::isfinite(static_cast<T>(values[k]))) continue;
    const std::int64_t row = first + static_cast<std::int64_t>(k) / width;
    const std::int64_t column = static_cast<std::int64_t>(k) % width;
    std::string found = std::to_string(values[k]);
    found += " at row " + std::to_string(row) + ", column " + std::to_string(column);
    throw data_error("non-finite value in '" + array + "' of " + where, found, "store finite numbers only");
  }
}

/// Appends one image to pixels inside its border of zeros.
template <class T>
void store_image(Dataset<T>& data, std::int64_t k, std::span<const double> clean,
                 std::span<const double> noisy) {
  const int height = data.shape.height, width = data.shape.width, border = (data.side - 1) / 2;
  const std::int64_t row = width + 2 * border;
  T* out = data.pixels.data() + k * row * (height + 2 * border) + border * row + border;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) out[y * row + x] = static_cast<T>(noisy[std::size_t(y) * width + x]);
  std::transform(clean.begin(), clean.end(), data.target.begin() + k * height * width,
                 [](double value) { return static_cast<T>(value); });
}

/// Reads this rank's images and adds their noise. Returns the sum of their hashes.
template <class T>
std::uint64_t read_images(Dataset<T>& data, const DataPlan& plan, const DataOptions& options, Part part) {
  const std::int64_t size = std::int64_t{data.shape.height} * data.shape.width, border = (data.side - 1) / 2;
  data.pixels.assign(data.images.count() * (data.shape.height + 2 * border) * (data.shape.width + 2 * border),
                     T{0});
  data.target.assign(data.images.count() * size, T{0});
  std::vector<double> numbers(2 * size);
  const std::span<double> clean(numbers.data(), size), noisy(numbers.data() + size, size);
  const Random random(options.noise_seed, RandomUse::noise);
  std::uint64_t hash = 0;
  plan.source->expect(std::span(plan.selected)
                          .subspan(static_cast<std::size_t>(data.images.first),
                                   static_cast<std::size_t>(data.images.count())));
  for (std::int64_t place = data.images.first; place < data.images.last; ++place) {
    const std::int64_t index = plan.selected[place];
    plan.source->read(index, clean, noisy);
    if (!plan.source->noisy_given()) {
      random.normals(image_key(part, index), noisy);
      for (std::int64_t k = 0; k < size; ++k) noisy[k] = clean[k] + options.noise_sigma * noisy[k];
    }
    const std::string where = "image " + std::to_string(index) + " of " + plan.source->name();
    require_finite<T>(clean, "clean", where, data.shape.width);
    require_finite<T>(noisy, "noisy", where, data.shape.width);
    store_image(data, place - data.images.first, clean, noisy);
    hash += hash_numbers(numbers, place);
  }
  return hash;
}

/// Reads this rank's groups of patches. Returns the sum of their hashes.
template <class T>
std::uint64_t read_patches(Dataset<T>& data, const PatchList& list) {
  const std::int64_t width = data.shape.width, length = data.shape.patch_length;
  data.pixels.assign(data.images.count() * width * length, T{0});
  data.target.assign(data.images.count() * width, T{0});
  std::vector<double> numbers(width * (1 + length));
  std::uint64_t hash = 0;
  list.expect({std::min(data.images.first * width, list.patches()),
               std::min(data.images.last * width, list.patches())});
  for (std::int64_t group = data.images.first; group < data.images.last; ++group) {
    const std::int64_t first = group * width, rows = std::min(width, list.patches() - first);
    const std::span<double> target(numbers.data(), rows), patches(numbers.data() + rows, rows * length);
    list.read(first, patches, target);
    require_finite<T>(target, "target", list.name(), 1, first);
    require_finite<T>(patches, "patches", list.name(), static_cast<int>(length), first);
    const std::int64_t k = group - data.images.first;
    for (std::int64_t i = 0; i < rows; ++i) data.target[k * width + i] = static_cast<T>(target[i]);
    for (std::int64_t i = 0; i < rows * length; ++i)
      data.pixels[k * width * length + i] = static_cast<T>(patches[i]);
    hash += hash_numbers(std::span(numbers).first(rows * (1 + length)), group);
  }
  return hash;
}

/// Sum of term(x) over the clean pixels of all ranks, each term at most `bound` in size.
template <class T, class Term>
double exact_sum(const Dataset<T>& data, Communicator& axis, double bound, Term&& term) {
  const FixedPoint fixed(bound * static_cast<double>(data.shape.patches));
  std::uint64_t sum = 0;
  for (const T value : data.target)
    sum += static_cast<std::uint64_t>(fixed.fixed(term(static_cast<double>(value))));
  return fixed.real(axis.sum(static_cast<std::int64_t>(sum)));
}

/// Mean and deviation of all clean pixels, the same to the last bit on any number of ranks.
template <class T>
Normalisation measure(const Dataset<T>& data, Communicator& axis) {
  const auto count = static_cast<double>(data.shape.patches);
  double largest = 0.0;
  for (const T value : data.target) largest = std::max(largest, std::abs(static_cast<double>(value)));
  largest = axis.max(largest);
  const double mean = exact_sum(data, axis, largest, [](double x) { return x; }) / count;
  const double reach = largest + std::abs(mean);
  const double squares =
      exact_sum(data, axis, reach * reach, [mean](double x) { return (x - mean) * (x - mean); });
  const double deviation = std::sqrt(squares / count);
  if (deviation <= 0.0)
    throw data_error("data.normalise cannot work", "all clean training pixels are " + std::to_string(mean),
                     "set data.normalise to false");
  return {mean, deviation};
}

/// Every default is for pixels in [0, 1], and HDF5 files are read by value: 0 to 255 would be trained on,
/// with noise that nobody can see and a threshold that nothing stays below.
template <class T>
void check_scale(const Dataset<T>& data, const DataOptions& options, Part part, bool noisy_given,
                 Communicator& axis) {
  constexpr double kFar = 16.0;
  std::array<double, 2> ends{-std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()};
  for (const T value : data.target) {
    ends[0] = std::max(ends[0], -static_cast<double>(value));
    ends[1] = std::max(ends[1], static_cast<double>(value));
  }
  axis.max(ends);
  const double low = -ends[0], high = ends[1];
  if (std::max(high, -low) < kFar || (options.normalise && noisy_given)) return;
  std::array<char, 64> range{};
  std::snprintf(range.data(), range.size(), "%.6g to %.6g", low == 0.0 ? 0.0 : low, high);
  const bool bytes = low >= 0.0 && high <= 255.0;
  log::warn_once(
      std::string("clean ") + name_of(part) + " pixels in " + options.path + " are " + range.data() +
      ", and data.noise.sigma, network.lambda and network.beta are meant for pixels from 0 to 1; divide "
      "them by " +
      (bytes ? "255" : "the largest that there can be") + " before they are stored (datasets/README.md)");
}

template <class T>
void normalise(Dataset<T>& data) {
  const auto map = [n = data.normalisation](T& value) {
    value = static_cast<T>((static_cast<double>(value) - n.mean) / n.deviation);
  };
  std::for_each(data.target.begin(), data.target.end(), map);
  const std::int64_t border = (data.side - 1) / 2, row = data.shape.width + 2 * border;
  const std::int64_t image = row * (data.shape.height + 2 * border);
  for (std::int64_t k = 0; k < data.images.count(); ++k)
    for (std::int64_t y = 0; y < data.shape.height; ++y) {
      const auto line = data.pixels.begin() + k * image + (y + border) * row + border;
      std::for_each(line, line + data.shape.width, map);
    }
}

template <class T>
Dataset<T> read_dataset(const DataOptions& options, Part part, int side, Communicator& axis,
                        const Normalisation* normalisation) {
  Dataset<T> data;
  std::uint64_t hash = 0;
  bool noisy_given = false;
  collective_try(axis, [&] {
    const DataPlan plan = plan_dataset(options, part);
    if (!plan.list && (side < 1 || side % 2 == 0))
      throw usage_error("patches.filter is " + std::to_string(side), "a patch needs a middle pixel",
                        "choose an odd number");
    data.shape = plan.shape;
    data.origin = plan.origin;
    data.images = share_of(plan.shape.images, axis.size(), axis.rank());
    data.side = plan.list ? 0 : side;
    noisy_given = plan.source && plan.source->noisy_given();
    if (plan.list) {
      hash = read_patches(data, *plan.list);
    } else if (plan.source) {
      hash = read_images(data, plan, options, part);
    }
  });
  hash = static_cast<std::uint64_t>(axis.sum(static_cast<std::int64_t>(hash)));
  if (options.source == DataSource::hdf5 && !data.shape.patch_list && data.shape.images > 0)
    check_scale(data, options, part, noisy_given, axis);
  if (options.normalise && data.shape.images > 0) {
    data.normalisation = normalisation != nullptr ? *normalisation : measure(data, axis);
    normalise(data);
  }
  data.content_hash = combined_hash(data, hash);
  return data;
}

/// Everything that a rank's share of a data set depends on, but for files that change meanwhile.
template <class T>
std::string cache_key(const DataOptions& o, Part part, int side, const Communicator& axis,
                      const Normalisation* given) {
  const Normalisation n = given != nullptr ? *given : Normalisation{};
  std::string key = o.path + "\n";
  for (const std::int64_t word :
       {static_cast<std::int64_t>(o.source), o.images, o.pool, o.test_images, std::int64_t{o.normalise},
        std::bit_cast<std::int64_t>(o.seed), std::bit_cast<std::int64_t>(o.noise_sigma),
        std::bit_cast<std::int64_t>(o.noise_seed), static_cast<std::int64_t>(part), std::int64_t{side},
        std::int64_t{axis.size()}, std::int64_t{axis.rank()}, std::int64_t{given != nullptr},
        std::bit_cast<std::int64_t>(n.mean), std::bit_cast<std::int64_t>(n.deviation),
        std::int64_t{sizeof(T)}})
    key += std::to_string(word) + " ";
  return key;
}

}  // namespace

template <class T>
PatchSource<T> Dataset<T>::source() const {
  return {.pixels = pixels.data(),
          .images = images.count(),
          .height = shape.height,
          .width = shape.width,
          .side = side,
          .length = shape.patch_list ? shape.patch_length : side * side};
}

template <class T>
Dataset<T> load_dataset(const DataOptions& options, Part part, int side, Communicator& axis,
                        const Normalisation* normalisation, DatasetCache* cache) {
  const auto read = [&] { return read_dataset<T>(options, part, side, axis, normalisation); };
  if (cache == nullptr) return read();
  const std::string key = cache_key<T>(options, part, side, axis, normalisation);
  const auto* known = std::any_cast<std::shared_ptr<const Dataset<T>>>(cache->find(key));
  // All ranks of the axis read, or none.
  if (axis.max(std::int64_t{known == nullptr ? 1 : 0}) == 0) return **known;
  auto data = std::make_shared<const Dataset<T>>(read());
  const std::size_t bytes = sizeof(T) * (data->pixels.size() + data->target.size());
  cache->keep(key, data, bytes);
  return *data;
}

template struct Dataset<float>;
template struct Dataset<double>;
template Dataset<float> load_dataset(const DataOptions&, Part, int, Communicator&, const Normalisation*,
                                     DatasetCache*);
template Dataset<double> load_dataset(const DataOptions&, Part, int, Communicator&, const Normalisation*,
                                      DatasetCache*);

}  // namespace zerogap
