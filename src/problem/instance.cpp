// SPDX-License-Identifier: Apache-2.0
#include "problem/instance.hpp"

#include "core/error.hpp"
#include "core/host_info.hpp"

namespace zerogap {

template <class T>
Instance<T>::Instance(const Config& config, Communicator& world, const std::optional<Normalisation>& pixels,
                      DatasetCache* cache)
    : data_(config.data),
      cache_(cache),
      side_(static_cast<int>(config.patches.filter)),
      overlap_(config.run.comm_chunks),
      threads_(threads_per_rank(config.run.threads, world)),
      start_memory_(resident_bytes()),
      execution_(choose_execution(config.run, world)) {
  const auto shape = inspect_dataset(data_, Part::train);
  const GridShape wanted{static_cast<int>(config.run.grid.patches),
                         static_cast<int>(config.run.grid.arrangements)};
  grid_ = std::make_unique<ProcessGrid>(
      execution_.sums(world), complete_grid(wanted, world.size(), shape.images, config.network.arrangements));
  kernels_ = make_kernels<T>(execution_, threads_.count);
  auto& axis = grid_->patch_axis();
  train_ = measure(load_dataset<T>(data_, Part::train, side_, axis, pixels ? &*pixels : nullptr, cache_),
                   axis, kernels_->memory());
  auto test = read_test_images(data_);
  if (test.data.shape.images > 0) test_ = std::move(test);
}

template <class T>
PatchSet<T> Instance<T>::read_test_images(const DataOptions& options) const {
  auto& axis = grid_->patch_axis();
  auto data = load_dataset<T>(options, Part::test, side_, axis, &train_.data.normalisation, cache_);
  if (data.shape.images == 0) return {};
  if (data.source().length != length())
    throw data_error("test and training patches differ",
                     std::to_string(data.source().length) + " and " + std::to_string(length()) + " numbers",
                     "use data whose parts have one shape");
  return measure(std::move(data), axis, kernels_->memory());
}

template <class T>
PatchSet<T> Instance<T>::read_all_test_images() const {
  auto options = data_;
  options.test_images = kEveryTestImage;
  return read_test_images(options);
}

template class Instance<float>;
template class Instance<double>;

}  // namespace zerogap
