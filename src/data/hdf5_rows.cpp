// SPDX-License-Identifier: Apache-2.0
#include "data/hdf5_rows.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "hdf5/calls.hpp"

namespace zerogap {

Hdf5Rows::Hdf5Rows(hdf5::Handle array, std::string what, const std::vector<std::uint64_t>& chunk, Room room)
    : array_(std::move(array)), what_(std::move(what)), room_(room) {
  const hdf5::Quiet quiet;
  const std::vector<hsize_t> extents = hdf5::extents_of(array_, what_);
  extents_.assign(extents.begin(), extents.end());
  for (std::size_t d = 2; d < extents_.size(); ++d) line_ *= extents_[d];
  numbers_ = extents_.size() > 1 ? extents_[1] * line_ : 1;
  if (!chunk.empty()) band_ = std::max<std::int64_t>(1, static_cast<std::int64_t>(chunk[0]));
  if (chunk.size() > 1) lines_ = std::max<std::int64_t>(1, static_cast<std::int64_t>(chunk[1]));
}

void Hdf5Rows::expect(std::vector<Range> rows) {
  expected_ = std::move(rows);
  std::int64_t count = 0;
  for (const Range& each : expected_) count += each.count();
  room_.rows = std::max(room_.rows, count * numbers_ / 8);
}

void Hdf5Rows::read(std::int64_t first, std::int64_t rows, std::span<double> out) {
  const hdf5::Quiet quiet;
  if (static_cast<std::size_t>(rows * numbers_) != out.size())
    throw data_error(what_, "its shape changed while it was read", "do not write to a file that is in use");
  const std::int64_t lines = extents_.size() > 1 ? extents_[1] : 1;
  if (band_ == 1) return read_box({first, first + rows}, {0, lines}, out);
  for (std::int64_t row = first; row < first + rows; ++row) {
    auto found = std::lower_bound(rows_.begin(), rows_.end(), row);
    if (found == rows_.end() || *found != row) {
      put_together(row);
      found = rows_.begin();
    }
    std::copy_n(values_.begin() + (found - rows_.begin()) * numbers_, numbers_,
                out.begin() + (row - first) * numbers_);
  }
}

/// The expected rows from `first` on that share its chunks, as many as fit.
std::vector<std::int64_t> Hdf5Rows::next_rows(std::int64_t first) const {
  const std::int64_t end = std::min((first / band_ + 1) * band_, extents_[0]);
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, room_.rows / numbers_));
  std::vector<std::int64_t> rows;
  const auto add = [&](Range range) {
    for (std::int64_t row = std::max(range.first, first);
         row < std::min(range.last, end) && rows.size() < most; ++row)
      rows.push_back(row);
  };
  const auto from = std::partition_point(expected_.begin(), expected_.end(),
                                         [&](const Range& each) { return each.last <= first; });
  if (from == expected_.end() || from->first > first) {
    add({first, end});
  } else {
    for (auto each = from; each != expected_.end() && each->first < end; ++each) add(*each);
  }
  return rows;
}

/// Reads slab by slab: complete chunks along the lines, and only as many rows at a time as fit into a slab.
void Hdf5Rows::put_together(std::int64_t first) {
  rows_ = next_rows(first);
  values_.resize(rows_.size() * static_cast<std::size_t>(numbers_));
  const Range span{rows_.front(), rows_.back() + 1};
  const std::int64_t all = numbers_ / line_, fitting = room_.slab / (span.count() * line_) / lines_ * lines_,
                     lines = std::clamp(fitting, std::min(lines_, all), all),
                     at_once = std::clamp<std::int64_t>(room_.slab / (lines * line_), 1, span.count());
  for (std::int64_t y = 0; y < all; y += lines) {
    const Range part{y, std::min(y + lines, all)};
    const std::int64_t width = part.count() * line_;
    auto row = rows_.begin();
    for (std::int64_t r = span.first; r < span.last; r += at_once) {
      const Range some{r, std::min(r + at_once, span.last)};
      slab_.resize(static_cast<std::size_t>(some.count() * width));
      read_box(some, part, slab_);
      for (; row != rows_.end() && *row < some.last; ++row)
        std::copy_n(slab_.begin() + (*row - r) * width, width,
                    values_.begin() + (row - rows_.begin()) * numbers_ + y * line_);
    }
  }
}

void Hdf5Rows::read_box(Range rows, Range lines, std::span<double> out) const {
  const hdf5::Handle space(hdf5::checked(H5Dget_space(array_.get()), what_));
  std::vector<hsize_t> start(extents_.size(), 0), count(extents_.begin(), extents_.end());
  start[0] = static_cast<hsize_t>(rows.first);
  count[0] = static_cast<hsize_t>(rows.count());
  if (extents_.size() > 1) {
    start[1] = static_cast<hsize_t>(lines.first);
    count[1] = static_cast<hsize_t>(lines.count());
  }
  hdf5::checked(
      H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), what_);
  const hsize_t total = out.size();
  const hdf5::Handle memory(hdf5::checked(H5Screate_simple(1, &total, nullptr), what_));
  hdf5::checked(H5Dread(array_.get(), H5T_NATIVE_DOUBLE, memory.get(), space.get(), H5P_DEFAULT, out.data()),
                what_);
}

}  // namespace zerogap
