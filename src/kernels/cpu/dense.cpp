// SPDX-License-Identifier: Apache-2.0
#include "kernels/dense.hpp"

#include <algorithm>
#include <cmath>

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/dense.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef ZEROGAP_DENSE_TILE
#define ZEROGAP_DENSE_TILE
namespace zerogap::cpu {
/// Rows and columns of the square tiles in which matrices are processed.
constexpr int dense_tile = 16;
}  // namespace zerogap::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace zerogap::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// square (tile, tile) = sum_k left_k^T right_k for rows of tiles that are contiguous in memory.
void TileProduct(std::size_t rows, const double* left, const double* right, double* square) {
  constexpr int tall = HWY_TARGET <= HWY_AVX3 ? 8 : 4, wide = 2;
  const hn::CappedTag<double, dense_tile / wide> d;
  using Vector = hn::Vec<decltype(d)>;
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int i = 0; i < dense_tile; i += tall)
    for (int j = 0; j < dense_tile; j += wide * lanes) {
      Vector sum[tall][wide];
#pragma GCC unroll 8
      for (int a = 0; a < tall; ++a)
#pragma GCC unroll 2
        for (int b = 0; b < wide; ++b) sum[a][b] = hn::Zero(d);
      for (std::size_t k = 0; k < rows; ++k) {
        const double* y = left + k * dense_tile + i;
        const double* z = right + k * dense_tile + j;
        Vector column[wide];
#pragma GCC unroll 2
        for (int b = 0; b < wide; ++b) column[b] = hn::LoadU(d, z + b * lanes);
#pragma GCC unroll 8
        for (int a = 0; a < tall; ++a) {
          const auto entry = hn::Set(d, y[a]);
#pragma GCC unroll 2
          for (int b = 0; b < wide; ++b) sum[a][b] = hn::MulAdd(entry, column[b], sum[a][b]);
        }
      }
#pragma GCC unroll 8
      for (int a = 0; a < tall; ++a)
#pragma GCC unroll 2
        for (int b = 0; b < wide; ++b)
          hn::StoreU(sum[a][b], d, square + (i + a) * dense_tile + j + b * lanes);
    }
}

}  // namespace zerogap::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zerogap {
namespace cpu {
HWY_EXPORT(TileProduct);
void tile_product(std::size_t rows, const double* left, const double* right, double* square) {
  HWY_DYNAMIC_DISPATCH(TileProduct)(rows, left, right, square);
}
}  // namespace cpu
namespace {

using cpu::dense_tile;

/// Rows whose products are summed before they are added to the matrix; two tiles of them fit into L1.
constexpr std::int64_t panel = 96;

/// Adds a square to the part of c's upper triangle that it covers. c points to the square's corner; from
/// there `room` columns and `tall` rows remain.
void add_square(const double* square, double factor, bool diagonal, std::int64_t tall, std::int64_t room,
                double* c, std::int64_t stride) {
  for (std::int64_t a = 0; a < std::min<std::int64_t>(tall, dense_tile); ++a)
    for (std::int64_t b = diagonal ? a : 0; b < std::min<std::int64_t>(room, dense_tile); ++b)
      c[a * stride + b] += factor * square[a * dense_tile + b];
}

}  // namespace

void SymmetricMatrix::add_products(const double* z, std::size_t rows, double factor, std::int64_t first) {
  const std::int64_t here = n_ - first, tiles = (here + dense_tile - 1) / dense_tile;
  for (std::size_t start = 0; start < rows; start += panel) {
    const std::size_t depth = std::min<std::size_t>(panel, rows - start), size = depth * dense_tile;
    packed_.resize(static_cast<std::size_t>(tiles) * size);
#pragma omp parallel num_threads(threads_)
    {
#pragma omp for
      for (std::int64_t t = 0; t < tiles; ++t)
        for (std::size_t k = 0; k < depth; ++k)
          for (int a = 0; a < dense_tile; ++a) {
            const std::int64_t column = t * dense_tile + a;
            packed_[static_cast<std::size_t>(t) * size + k * dense_tile + static_cast<std::size_t>(a)] =
                column < here ? z[static_cast<std::int64_t>(start + k) * n_ + first + column] : 0.0;
          }
#pragma omp for schedule(dynamic)
      for (std::int64_t i = 0; i < tiles; ++i) {
        alignas(64) double square[dense_tile * dense_tile];
        for (std::int64_t j = i; j < tiles; ++j) {
          cpu::tile_product(depth, packed_.data() + static_cast<std::size_t>(i) * size,
                            packed_.data() + static_cast<std::size_t>(j) * size, square);
          add_square(square, factor, i == j, here - i * dense_tile, here - j * dense_tile,
                     row(first + i * dense_tile) + first + j * dense_tile, n_);
        }
      }
    }
  }
}

bool SymmetricMatrix::factor_panel(std::int64_t first, std::int64_t last) {
  const auto eliminate = [&](std::int64_t k, std::int64_t from, std::int64_t to) {
    for (std::int64_t l = first; l < k; ++l) {
      const double pivot = row(l)[k];
      for (std::int64_t j = from; j < to; ++j) row(k)[j] -= pivot * row(l)[j];
    }
  };
  for (std::int64_t k = first; k < last; ++k) {
    eliminate(k, k, last);
    const double square = row(k)[k];
    if (!(square > 0.0) || !std::isfinite(square)) return false;
    const double root = std::sqrt(square);
    for (std::int64_t j = k; j < last; ++j) row(k)[j] /= root;
  }
  constexpr std::int64_t slab = 128;
#pragma omp parallel for num_threads(threads_) schedule(dynamic)
  for (std::int64_t from = last; from < n_; from += slab) {
    const std::int64_t to = std::min(n_, from + slab);
    for (std::int64_t k = first; k < last; ++k) {
      eliminate(k, from, to);
      for (std::int64_t j = from; j < to; ++j) row(k)[j] /= row(k)[k];
    }
  }
  return true;
}

bool SymmetricMatrix::factor() {
  for (std::int64_t first = 0; first < n_; first += panel) {
    const std::int64_t last = std::min(n_, first + panel);
    if (!factor_panel(first, last)) return false;
    if (last < n_) add_products(row(first), static_cast<std::size_t>(last - first), -1.0, last);
  }
  return true;
}

void SymmetricMatrix::solve(std::span<double> x) const {
  const auto at = [&](std::int64_t i) -> double& { return x[static_cast<std::size_t>(i)]; };
  for (std::int64_t k = 0; k < n_; ++k) {
    at(k) /= row(k)[k];
    for (std::int64_t j = k + 1; j < n_; ++j) at(j) -= row(k)[j] * at(k);
  }
  for (std::int64_t k = n_ - 1; k >= 0; --k) {
    double sum = at(k);
    for (std::int64_t j = k + 1; j < n_; ++j) sum -= row(k)[j] * at(j);
    at(k) = sum / row(k)[k];
  }
}

}  // namespace zerogap
#endif
