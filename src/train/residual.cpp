#include "train/residual.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace zerogap {

template <class T>
void Residual<T>::start(const PatchSet<T>& set, ImageList images, double bound) {
  if (!(bound < largest_weight_bound))
    throw Diverged("training diverged: the weights have left the range of numbers");
  set_ = &set;
  images_ = images;
  scale_ = FixedPoint(bound);
  pred_.assign(images.size() * static_cast<std::size_t>(set.source().pixels_per_image()), 0);
}

template <class T>
double Residual<T>::target(std::size_t i) const {
  const auto pixels = static_cast<std::size_t>(set_->source().pixels_per_image());
  return set_->data.target[static_cast<std::size_t>(images_[i / pixels]) * pixels + i % pixels];
}

template <class T>
void Residual<T>::finish() {
  grid_->arrangement_axis().sum(pred_);
  values_.resize(pred_.size());
  const auto pixels = static_cast<std::size_t>(set_->source().pixels_per_image());
  double largest = 0.0;
  for (std::size_t n = 0; n < images_.size(); ++n) {
    const T* x = set_->data.target.data() + static_cast<std::size_t>(images_[n]) * pixels;
    for (std::size_t i = 0; i < pixels; ++i) {
      const double r = prediction(n * pixels + i) - double{x[i]};
      values_[n * pixels + i] = static_cast<T>(r);
      largest = std::max(largest, std::abs(r));
    }
  }
  largest_ = grid_->patch_axis().max(largest);
}

template <class T>
void Residual<T>::release() {
  pred_ = {};
  values_ = {};
}

template <class T>
typename Residual<T>::Sums Residual<T>::sums() const {
  const double patches = static_cast<double>(set_->patches());
  const FixedPoint fit(patches * largest_ * largest_), cross(patches * largest_ * set_->bounds.target);
  std::int64_t both[2] = {0, 0};
  for (std::size_t i = 0; i < pred_.size(); ++i) {
    const double x = target(i), r = prediction(i) - x;
    both[0] += fit.fixed(r * r);
    both[1] += cross.fixed(r * x);
  }
  grid_->patch_axis().sum(std::span<std::int64_t>(both));
  return {fit.real(both[0]), cross.real(both[1])};
}

template class Residual<float>;
template class Residual<double>;

}  // namespace zerogap
